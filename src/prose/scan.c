/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Cutting a line into words and numbers. Linear; the text is our own reader's, so it is UTF-8.
 */
#include "base/buf.h"
#include "base/utf8.h"
#include "prose/scan.h"

#include <string.h>

enum { ABBREVIATION_MAX = 5 }; /* bytes: "núm" has four */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A lower-case copy of the same length in bytes. */
static struct span lower_copy(struct arena *a, struct span text)
{
    struct buf out;
    struct span rest = text;
    uint32_t c;

    buf_init(&out, a, text.n * 2 + 8);
    while (rest.n) {
        size_t before = rest.n;
        size_t out_before = out.n;
        struct span character = rest;

        (void)utf8_next(&rest, &c);
        character.n = before - rest.n;
        buf_utf8(&out, utf8_lower(c));
        if (out.n - out_before != character.n) {
            out.n = out_before;
            buf_put(&out, character);
        }
    }
    return buf_span(&out);
}

/* Bytes of a thousands separator at `s`: "," "." "’" or one of the narrow spaces; 0 for none. */
static size_t separator_len(struct span s)
{
    static const struct span marks[] = {SPAN_INIT(","),      SPAN_INIT("."),      SPAN_INIT("’"),
                                        SPAN_INIT("\u00a0"), SPAN_INIT("\u202f"), SPAN_INIT("\u2009")};

    for (size_t i = 0; i < COUNT(marks); i++)
        if (span_starts(s, marks[i]))
            return marks[i].n;
    return 0;
}

/* " 700" of "1 700", as Spanish groups digits: three of them and no more. */
static bool is_spaced_group(struct span s)
{
    return s.n >= 4 && s.p[0] == ' ' && is_digit(s.p[1]) && is_digit(s.p[2]) && is_digit(s.p[3]) &&
           (s.n == 4 || !is_digit(s.p[4]));
}

static size_t number_len(struct span s, bool may_be_spaced)
{
    size_t n = 0;

    while (n < s.n && is_digit(s.p[n])) {
        size_t from = n;

        while (n < s.n && is_digit(s.p[n]))
            n++;
        size_t mark = separator_len(span_from(s, n));

        if (may_be_spaced && n - from <= 3 && is_spaced_group(span_from(s, n)))
            mark = 1;

        if (mark == 0 || n + mark >= s.n || !is_digit(s.p[n + mark]))
            break;
        n += mark;
    }
    return n;
}

/* Letters, digits, and dots between single letters ("a.m"); apostrophes inside. */
static size_t word_len(struct span s)
{
    struct span rest = s;
    size_t n = 0;
    size_t letters = 0; /* since the last dot */
    uint32_t c;

    while (rest.n) {
        struct span ahead = rest;

        (void)utf8_next(&ahead, &c);
        if (utf8_is_word(c)) {
            letters++;
        } else if (c == '.' && letters == 1 && ahead.n && utf8_is_word((uint8_t)ahead.p[0]) && !is_digit(ahead.p[0])) {
            letters = 0;
        } else {
            break;
        }
        n += rest.n - ahead.n;
        rest = ahead;
    }
    return n;
}

/* A short word with a full stop and a space between it and what stands at `at`. */
static bool is_abbreviation(const struct token *t, size_t at)
{
    return !t->is_number && t->lower.n <= ABBREVIATION_MAX && t->at + t->lower.n + 2 == at;
}

struct scan scan_text(struct arena *a, struct span text, enum lang lang)
{
    struct span lower = lower_copy(a, text);
    LIST(struct token) tokens = {0};
    bool begins_sentence = true;
    size_t at = 0;

    while (at < lower.n) {
        struct span rest = span_from(lower, at);
        struct span after = rest;
        uint32_t c;
        size_t n = number_len(rest, words_for(lang)->dot_groups_thousands);
        bool is_number = n > 0;

        if (is_number) {
            struct span behind = span_from(rest, n);
            struct span peek = behind;

            if (behind.n && utf8_next(&peek, &c) && utf8_is_word(c)) { /* "12th", "4b" */
                n += word_len(behind);
                is_number = false;
            }
        } else {
            n = word_len(rest);
        }
        if (n == 0 && (span_starts(rest, S("§")))) {
            n = S("§").n;
        }
        if (n) {
            if (is_number && tokens.count && is_abbreviation(&tokens.items[tokens.count - 1], at))
                begins_sentence = false; /* "tit. 8", "No. 6025" */
            *LIST_ADD(a, &tokens) = (struct token){at, span_sub(lower, at, n), is_number, begins_sentence};
            begins_sentence = false;
            at += n;
            continue;
        }
        (void)utf8_next(&after, &c);
        if (c == '.' || c == '!' || c == '?' || c == 0x2026)
            begins_sentence = true;
        at += rest.n - after.n;
    }
    return (struct scan){text, tokens.items, tokens.count, words_for(lang)};
}

size_t scan_phrase_at(const struct scan *s, size_t i, struct span phrase)
{
    struct span rest = phrase;
    struct span word;
    size_t n = 0;

    while (span_next(&rest, ' ', &word)) {
        if (i + n >= s->count || (n && s->tokens[i + n].begins_sentence))
            return 0;
        if (word.n && word.p[word.n - 1] == '.')
            word.n--; /* "p." is the token "p" */
        if (!span_eq(s->tokens[i + n].lower, word))
            return 0;
        n++;
    }
    return n;
}

size_t scan_list_at(const struct scan *s, size_t i, const struct word_list *list)
{
    size_t longest = 0;

    for (size_t k = 0; k < list->count; k++) {
        size_t n;

        if (list->items[k].p[0] != s->tokens[i].lower.p[0])
            continue;
        n = scan_phrase_at(s, i, list->items[k]);
        if (n > longest)
            longest = n;
    }
    return longest;
}

static size_t word_count(struct span phrase)
{
    struct span word;
    size_t n = 0;

    while (span_next(&phrase, ' ', &word))
        n++;
    return n;
}

bool scan_list_before(const struct scan *s, size_t i, const struct word_list *list)
{
    for (size_t k = 0; k < list->count; k++) {
        struct span phrase = list->items[k];
        size_t n;

        if (span_ends(phrase, S(".")))
            phrase.n--;
        if (i == 0 || !span_ends(phrase, s->tokens[i - 1].lower))
            continue; /* nearly always */
        n = word_count(list->items[k]);
        if (n <= i && scan_phrase_at(s, i - n, list->items[k]) == n)
            return true;
    }
    return false;
}

char scan_byte_before(const struct scan *s, size_t i)
{
    return s->tokens[i].at ? s->text.p[s->tokens[i].at - 1] : 0;
}

char scan_byte_after(const struct scan *s, size_t i)
{
    size_t at = s->tokens[i].at + s->tokens[i].lower.n;

    return at < s->text.n ? s->text.p[at] : 0;
}
