/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * bench_mail KB COUNT: writes and signs a letter of so many KB for so many people, on one thread. Prints the milliseconds
 * of processor time for one with a signature, one without, and one bare signature of the same key, in microseconds. Exit 1
 * when one could not be written.
 */
#include "mail/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct span make_words(struct arena *a, size_t bytes)
{
    struct buf *out = buf_new(a, bytes + 100);

    while (out->n < bytes)
        buf_put(out, S("<p style=\"margin:0 0 18px\">The law lets colleagues talk, meet and sign. Así es.</p>\n"));
    return buf_span(out);
}

static const struct mail_message *make_letter(struct arena *a, size_t kb)
{
    struct span text[] = {make_words(a, kb * 1024 * 3 / 10), S("\n")};
    struct span html[] = {S("<a href=\"https://bayside.example/leave/"), make_words(a, kb * 1024 * 6 / 10), S("\n")};
    const struct mail_letter letter = {
        .kind = MAIL_NEWS,
        .from_name = S("Bayside Educators United"),
        .from = S("news@bayside.example"),
        .reply_to = S("hello@bayside.example"),
        .subject = S("The memo says one thing, the board another"),
        .text = {text, COUNT(text)},
        .html = {html, COUNT(html)},
        .list_name = S("Bayside Educators United"),
        .list_id = S("news.bayside.example"),
        .leave = S("https://bayside.example/leave/"),
        .archive = S("https://bayside.example/news/"),
        .feedback = S("2026-04-24-memo:en:news"),
    };
    const struct mail_message *m = NULL;

    return mail_compile(a, &letter, &m) == RC_OK ? m : NULL;
}

/* Microseconds a letter; below zero when one was not written. */
static double run(const struct mail_message *m, struct dkim *dkim, unsigned count, size_t *size_out)
{
    struct arena *keep = arena_open(64 * 1024 * 1024);
    struct arena *scratch = arena_open(1024 * 1024);
    struct buf *out = buf_new(keep, 8 * 1024 * 1024);
    double start = now_us();
    enum rc rc = RC_OK;

    for (unsigned i = 0; i < count && rc == RC_OK; i++) {
        char address[64];
        char id[32];
        int address_len = snprintf(address, sizeof address, "person.%u@reader%u.example", i, i % 97);
        int id_len = snprintf(id, sizeof id, "m%u", i);
        const struct mail_person person = {
            .address = {address, (size_t)address_len}, .token = {id, (size_t)id_len}, .id = {id, (size_t)id_len}};

        out->n = 0;
        arena_reset(scratch);
        rc = mail_write(m, &person, dkim, scratch, out);
    }
    *size_out = out->n;
    start = now_us() - start;
    arena_close(&scratch);
    arena_close(&keep);
    return rc == RC_OK ? start / count : -1;
}

int main(int argc, char **argv)
{
    size_t kb = argc == 3 ? (size_t)strtoul(argv[1], NULL, 10) : 0;
    unsigned count = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    struct arena *a = arena_open(256 * 1024 * 1024);
    const struct mail_message *m = kb && count ? make_letter(a, kb) : NULL;
    struct dkim *dkim = NULL;
    struct span pem;
    size_t size = 0;
    double bare;
    double with;

    if (m == NULL || dkim_key_new(a, &pem) != RC_OK || dkim_open(pem, S("bayside.example"), S("br1"), &dkim) != RC_OK)
        return 1;
    bare = run(m, NULL, count * 10, &size);
    with = run(m, dkim, count, &size);
    printf("%zu %.1f %.1f\n", size, with, bare);
    dkim_close(&dkim);
    arena_close(&a);
    return with > 0 && bare > 0 ? 0 : 1;
}
