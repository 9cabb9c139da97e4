/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What core and mailer say to each other: every kind comes back as it was, whole frames alone are read, and of what
 * nobody wrote nothing is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "main/mailer_wire.h"

enum { MEMORY = 256 * 1024 * 1024 };

static struct arena *a;

static int open_world(void **state)
{
    (void)state;
    a = arena_open(MEMORY);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    arena_close(&a);
    return 0;
}

/* ---- one of each ---- */

static const struct mailer_run run = {7, INT64_MAX};

static const struct mailer_record records[] = {
    {.object = {{1, 2, 3}}, .wish = 1, .day = -1, .is_active = true, .is_wanted = true, .sealed = SPAN_INIT("BRS1…")},
    {.object = {{4, 5, 6}}, .wish = INT64_MAX, .day = 20574},
};
static const struct mailer_frozen frozen[] = {
    {.verdict = MAILER_TAKEN, .person_no = 0, .site_no = 3, .address = SPAN_INIT("under the key")},
    {.verdict = MAILER_UNDELIVERABLE},
};
static const int64_t doubles[] = {3, 1000000};
static const struct mailer_site sites[] = {{1, 12, SPAN_INIT("home.example")}, {2, 4, {0}}};
static const struct span letters[] = {SPAN_INIT("BRL1 en"), SPAN_INIT(""), SPAN_INIT("BRL1 es")};
static const struct mailer_person people[] = {
    {5, 1, 0, {"abcdefghijklmnopqrstuvwxyz0123456789-_ABCDE"}, {1777636800000000}, SPAN_INIT("x")},
    {INT64_MAX, INT32_MAX, 2, {"0"}, {INT64_MIN}, {0}},
};
static const struct mailer_result results[] = {
    {5, 1, MAIL_SENT, 250, MAIL_CLASS_NONE},
    {6, 2, MAIL_UNSENT, 0, MAIL_CLASS_LATE},
};

#define FRAMES 15

static void fill(struct mailer_frame frames_out[FRAMES])
{
    const struct mailer_frame frames[FRAMES] = {
        {.kind = MAILER_HELLO,
         .hello = {.key = {{9, 8, 7}}, .can_send = true, .run_count = 2, .runs = {{7, 1}, {7, 2}}}},
        {.kind = MAILER_UNLOCKED, .unlocked = {.run = run, .rc = RC_LIMIT, .key_sealed = S("BRS1 key")}},
        {.kind = MAILER_FROZEN, .frozen = {COUNT(frozen), frozen}},
        {.kind = MAILER_FROZEN_END, .frozen_end = {run, COUNT(doubles), doubles, COUNT(sites), sites}},
        {.kind = MAILER_RESULTS, .results = {run, 3, COUNT(results), results}},
        {.kind = MAILER_HOST, .host = {SMTP_REFUSED, 535}},
        {.kind = MAILER_UNLOCK, .unlock = {run, {{1}}, {{2}}, {{3}}, 20574, S("sealed"), S("handed over")}},
        {.kind = MAILER_PEOPLE, .people = {COUNT(records), records}},
        {.kind = MAILER_PEOPLE_END, .run = run},
        {.kind = MAILER_LETTERS, .letters = {run, S("bayside.example"), COUNT(letters), letters}},
        {.kind = MAILER_SEND, .send = {run, 3, 123456789, COUNT(people), people}},
        {.kind = MAILER_BREAK, .run = run},
        {.kind = MAILER_FORGET, .run = run},
        {.kind = MAILER_NOTICE, .notice = {7, S("bayside.example"), S("rosa@home.example"), S("BRL1 confirm")}},
        {.kind = MAILER_RESET},
    };

    memcpy(frames_out, frames, sizeof frames);
}

static struct span written(const struct mailer_frame *frame)
{
    struct buf *b = buf_new(a, MAILER_FRAME_MOST);

    mailer_frame_put(b, frame);
    assert_false(buf_overflowed(b));
    return buf_span(b);
}

/* Bytes of its own, so that a sanitizer sees who reads beyond them. */
__attribute__((unused)) static enum rc read_alone(struct span bytes, struct mailer_frame *frame_out, size_t *len_out)
{
    char *alone = malloc(bytes.n + 1);
    enum rc rc;

    assert_non_null(alone);
    if (bytes.n)
        memcpy(alone, bytes.p, bytes.n);
    rc = mailer_frame_read(a, (struct span){bytes.n ? alone : NULL, bytes.n}, frame_out, len_out);
    free(alone);
    return rc;
}

static struct mailer_frame read_whole(struct span bytes)
{
    struct mailer_frame frame;
    size_t len = 0;

    assert_int_equal(mailer_frame_read(a, bytes, &frame, &len), RC_OK);
    assert_int_equal(len, bytes.n);
    return frame;
}

static void every_kind_comes_back(void **state)
{
    struct mailer_frame frames[FRAMES];

    (void)state;
    fill(frames);
    for (size_t i = 0; i < FRAMES; i++) {
        struct span bytes = written(&frames[i]);
        struct mailer_frame frame = read_whole(bytes);

        assert_int_equal(frame.kind, frames[i].kind);
        assert_true(span_eq(written(&frame), bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back),
    };

    return cmocka_run_group_tests_name("mailer_wire", tests, open_world, close_world);
}
