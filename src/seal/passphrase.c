/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See passphrase.h.
 */
#include "seal/passphrase.h"

#include "seal/secret.h"
#include "words.h"

#include <sodium.h>
#include <string.h>

struct passphrase {
    size_t n;
    char text[PASSPHRASE_MOST];
};

static bool next_of_list(struct span *rest, struct span *word_out)
{
    while (span_next(rest, '\n', word_out))
        if (word_out->n > 0 && word_out->p[0] != '#')
            return true;
    return false;
}

static size_t list_count(void)
{
    struct span rest = words_files[0].bytes;
    struct span word;
    size_t count = 0;

    while (next_of_list(&rest, &word))
        count++;
    return count;
}

static struct span list_word(size_t index)
{
    struct span rest = words_files[0].bytes;
    struct span word = {0};

    for (size_t i = 0; i <= index; i++)
        CHECK(next_of_list(&rest, &word));
    return word;
}

static bool is_listed(struct span word)
{
    struct span rest = words_files[0].bytes;
    struct span one;

    while (next_of_list(&rest, &one))
        if (span_eq(one, word))
            return true;
    return false;
}

static void add_word(struct passphrase *p, struct span word)
{
    CHECK(p->n + 1 + word.n <= sizeof p->text);
    if (p->n)
        p->text[p->n++] = ' ';
    memcpy(p->text + p->n, word.p, word.n);
    p->n += word.n;
}

void passphrase_make(struct passphrase **passphrase_out)
{
    struct passphrase *p = secret_alloc(sizeof *p);
    size_t count = list_count();

    for (int i = 0; i < PASSPHRASE_WORDS; i++)
        add_word(p, list_word(randombytes_uniform((uint32_t)count)));
    *passphrase_out = p;
}

static bool is_gap(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-';
}

/* Words in lower case with single spaces, cut off where it would not fit: no six words of the list are that long. */
static void tidy(struct passphrase *p, struct span typed)
{
    bool is_apart = false;

    for (size_t i = 0; i < typed.n && p->n + 2 <= sizeof p->text; i++) {
        char c = typed.p[i];

        if (is_gap(c)) {
            is_apart = true;
            continue;
        }
        if (is_apart && p->n)
            p->text[p->n++] = ' ';
        is_apart = false;
        p->text[p->n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
}

enum rc passphrase_read(struct span typed, struct passphrase **passphrase_out, unsigned *wrong_out)
{
    struct passphrase *p = secret_alloc(sizeof *p);
    struct span rest;
    struct span word;
    unsigned count = 0;

    *wrong_out = 0;
    tidy(p, typed);
    rest = (struct span){p->n ? p->text : NULL, p->n};
    while (span_next(&rest, ' ', &word)) {
        count++;
        if (*wrong_out == 0 && !is_listed(word))
            *wrong_out = count;
    }
    if (count == PASSPHRASE_WORDS && *wrong_out == 0) {
        *passphrase_out = p;
        return RC_OK;
    }
    if (count != PASSPHRASE_WORDS)
        *wrong_out = 0;
    secret_free(p);
    return RC_INVALID;
}

void passphrase_close(struct passphrase **passphrase)
{
    secret_free(*passphrase);
    *passphrase = NULL;
}

struct span passphrase_words(const struct passphrase *passphrase)
{
    return (struct span){passphrase->text, passphrase->n};
}
