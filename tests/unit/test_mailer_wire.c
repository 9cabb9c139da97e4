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

enum { MEMORY = 512 * 1024 * 1024 };

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
    {.object = {{4, 5, 6}}, .wish = INT64_MAX, .day = 20574, .is_had = true},
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
        {.kind = MAILER_HELLO, .hello = {.can_send = true, .run_count = 2, .runs = {{7, 1}, {7, 2}}}},
        {.kind = MAILER_UNLOCKED,
         .unlocked = {.run = run, .rc = RC_LIMIT, .key_sealed = S("BRS1 key"), .key_kept = S("BRA1 key")}},
        {.kind = MAILER_FROZEN, .frozen = {COUNT(frozen), frozen}},
        {.kind = MAILER_FROZEN_END, .frozen_end = {run, COUNT(doubles), doubles, COUNT(sites), sites}},
        {.kind = MAILER_RESULTS, .results = {run, 3, COUNT(results), results}},
        {.kind = MAILER_HOST, .host = {SMTP_REFUSED, 535}},
        {.kind = MAILER_UNLOCK,
         .unlock = {run, {{1}}, {{2}}, {{3}}, 20574, S("sealed"), S("kept"), S("x.example"), S("handed over")}},
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
static enum rc read_alone(struct span bytes, struct mailer_frame *frame_out, size_t *len_out)
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

/* ---- comes back ---- */

static void assert_run(const struct mailer_run *one, const struct mailer_run *other)
{
    assert_int_equal(one->campaign_id, other->campaign_id);
    assert_int_equal(one->run_no, other->run_no);
}

static void assert_span(struct span one, struct span other)
{
    assert_true(span_eq(one, other));
}

static void same_hello(const struct mailer_frame *one, const struct mailer_frame *other)
{
    assert_int_equal(one->hello.can_send, other->hello.can_send);
    assert_int_equal(one->hello.run_count, other->hello.run_count);
    for (size_t i = 0; i < one->hello.run_count; i++)
        assert_run(&one->hello.runs[i], &other->hello.runs[i]);
}

static void same_unlocked(const struct mailer_frame *one, const struct mailer_frame *other)
{
    assert_run(&one->unlocked.run, &other->unlocked.run);
    assert_int_equal(one->unlocked.rc, other->unlocked.rc);
    assert_span(one->unlocked.key_sealed, other->unlocked.key_sealed);
    assert_span(one->unlocked.key_kept, other->unlocked.key_kept);
}

static void same_frozen(const struct mailer_frame *one, const struct mailer_frame *other)
{
    assert_int_equal(one->frozen.count, other->frozen.count);
    for (size_t i = 0; i < one->frozen.count; i++) {
        const struct mailer_frozen *a_frozen = &one->frozen.items[i];
        const struct mailer_frozen *b_frozen = &other->frozen.items[i];

        assert_int_equal(a_frozen->verdict, b_frozen->verdict);
        assert_int_equal(a_frozen->person_no, b_frozen->person_no);
        assert_int_equal(a_frozen->site_no, b_frozen->site_no);
        assert_span(a_frozen->address, b_frozen->address);
    }
}

static void same_frozen_end(const struct mailer_frame *one, const struct mailer_frame *other)
{
    const struct mailer_frozen_end *a_end = &one->frozen_end;
    const struct mailer_frozen_end *b_end = &other->frozen_end;

    assert_run(&a_end->run, &b_end->run);
    assert_int_equal(a_end->double_count, b_end->double_count);
    assert_memory_equal(a_end->doubles, b_end->doubles, a_end->double_count * sizeof a_end->doubles[0]);
    assert_int_equal(a_end->site_count, b_end->site_count);
    for (size_t i = 0; i < a_end->site_count; i++) {
        assert_int_equal(a_end->sites[i].site_no, b_end->sites[i].site_no);
        assert_int_equal(a_end->sites[i].people, b_end->sites[i].people);
        assert_span(a_end->sites[i].name, b_end->sites[i].name);
    }
}

static void same_results(const struct mailer_frame *one, const struct mailer_frame *other)
{
    assert_run(&one->results.run, &other->results.run);
    assert_int_equal(one->results.fence, other->results.fence);
    assert_int_equal(one->results.count, other->results.count);
    for (size_t i = 0; i < one->results.count; i++) {
        const struct mailer_result *a_result = &one->results.results[i];
        const struct mailer_result *b_result = &other->results.results[i];

        assert_int_equal(a_result->person_no, b_result->person_no);
        assert_int_equal(a_result->attempt, b_result->attempt);
        assert_int_equal(a_result->outcome, b_result->outcome);
        assert_int_equal(a_result->code, b_result->code);
        assert_int_equal(a_result->why, b_result->why);
    }
}

static void same_host(const struct mailer_frame *one, const struct mailer_frame *other)
{
    assert_int_equal(one->host.state, other->host.state);
    assert_int_equal(one->host.code, other->host.code);
}

static void same_unlock(const struct mailer_frame *one, const struct mailer_frame *other)
{
    assert_run(&one->unlock.run, &other->unlock.run);
    assert_memory_equal(&one->unlock.campaign, &other->unlock.campaign, sizeof one->unlock.campaign);
    assert_memory_equal(&one->unlock.reader, &other->unlock.reader, sizeof one->unlock.reader);
    assert_memory_equal(&one->unlock.key_object, &other->unlock.key_object, sizeof one->unlock.key_object);
    assert_int_equal(one->unlock.key_day, other->unlock.key_day);
    assert_span(one->unlock.key_sealed, other->unlock.key_sealed);
    assert_span(one->unlock.key_kept, other->unlock.key_kept);
    assert_span(one->unlock.domain, other->unlock.domain);
    assert_span(one->unlock.handover, other->unlock.handover);
}

static void same_people(const struct mailer_frame *one, const struct mailer_frame *other)
{
    assert_int_equal(one->people.count, other->people.count);
    for (size_t i = 0; i < one->people.count; i++) {
        const struct mailer_record *a_record = &one->people.items[i];
        const struct mailer_record *b_record = &other->people.items[i];

        assert_memory_equal(&a_record->object, &b_record->object, sizeof a_record->object);
        assert_int_equal(a_record->wish, b_record->wish);
        assert_int_equal(a_record->day, b_record->day);
        assert_int_equal(a_record->is_active, b_record->is_active);
        assert_int_equal(a_record->is_wanted, b_record->is_wanted);
        assert_int_equal(a_record->is_had, b_record->is_had);
        assert_span(a_record->sealed, b_record->sealed);
    }
}

static void same_letters(const struct mailer_frame *one, const struct mailer_frame *other)
{
    assert_run(&one->letters.run, &other->letters.run);
    assert_span(one->letters.domain, other->letters.domain);
    assert_int_equal(one->letters.count, other->letters.count);
    for (size_t i = 0; i < one->letters.count; i++)
        assert_span(one->letters.letters[i], other->letters.letters[i]);
}

static void same_send(const struct mailer_frame *one, const struct mailer_frame *other)
{
    assert_run(&one->send.run, &other->send.run);
    assert_int_equal(one->send.fence, other->send.fence);
    assert_int_equal(one->send.until_ms, other->send.until_ms);
    assert_int_equal(one->send.count, other->send.count);
    for (size_t i = 0; i < one->send.count; i++) {
        const struct mailer_person *a_person = &one->send.people[i];
        const struct mailer_person *b_person = &other->send.people[i];

        assert_int_equal(a_person->person_no, b_person->person_no);
        assert_int_equal(a_person->attempt, b_person->attempt);
        assert_int_equal(a_person->letter_no, b_person->letter_no);
        assert_memory_equal(&a_person->link, &b_person->link, sizeof a_person->link);
        assert_int_equal(a_person->first_at.us, b_person->first_at.us);
        assert_span(a_person->address, b_person->address);
    }
}

static void same_notice(const struct mailer_frame *one, const struct mailer_frame *other)
{
    assert_int_equal(one->notice.campaign_id, other->notice.campaign_id);
    assert_span(one->notice.domain, other->notice.domain);
    assert_span(one->notice.address, other->notice.address);
    assert_span(one->notice.letter, other->notice.letter);
}

static void same_run(const struct mailer_frame *one, const struct mailer_frame *other)
{
    assert_run(&one->run, &other->run);
}

/* By member, so that one which neither side writes is seen. */
static void assert_same(const struct mailer_frame *one, const struct mailer_frame *other)
{
    static void (*const same[])(const struct mailer_frame *, const struct mailer_frame *) = {
        [MAILER_HELLO] = same_hello,     [MAILER_UNLOCKED] = same_unlocked,
        [MAILER_FROZEN] = same_frozen,   [MAILER_FROZEN_END] = same_frozen_end,
        [MAILER_RESULTS] = same_results, [MAILER_HOST] = same_host,
        [MAILER_UNLOCK] = same_unlock,   [MAILER_PEOPLE] = same_people,
        [MAILER_PEOPLE_END] = same_run,  [MAILER_LETTERS] = same_letters,
        [MAILER_SEND] = same_send,       [MAILER_BREAK] = same_run,
        [MAILER_FORGET] = same_run,      [MAILER_NOTICE] = same_notice,
    };

    assert_int_equal(one->kind, other->kind);
    if (one->kind != MAILER_RESET)
        same[one->kind](one, other);
}

static void every_kind_comes_back(void **state)
{
    struct mailer_frame frames[FRAMES];

    (void)state;
    fill(frames);
    for (size_t i = 0; i < FRAMES; i++) {
        struct span bytes = written(&frames[i]);
        struct mailer_frame frame = read_whole(bytes);

        assert_same(&frame, &frames[i]);
        assert_true(span_eq(written(&frame), bytes));
    }
}

/* Both processes are of one version; but what is on the wire is what the header says, and this is it. */
static void these_bytes(void **state)
{
    static const struct mailer_result result = {5, 2, MAIL_FAILED, 550, MAIL_CLASS_NO_SUCH_PERSON};
    struct mailer_frame frame = {.kind = MAILER_RESULTS, .results = {{7, 3}, 9, 1, &result}};

    (void)state;
    assert_true(span_eq(written(&frame), S("\57\0\0\0\5"
                                           "\7\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\11\0\0\0\0\0\0\0"
                                           "\1\0\0\0"
                                           "\5\0\0\0\0\0\0\0\2\0\0\0\3\46\2\0\0\1")));
    frame = (struct mailer_frame){.kind = MAILER_RESET};
    assert_true(span_eq(written(&frame), S("\1\0\0\0\50")));
}

/* ---- a stream ---- */

static void one_after_the_other(void **state)
{
    struct mailer_frame frames[FRAMES];
    struct buf *b = buf_new(a, MAILER_FRAME_MOST);
    struct span rest;

    (void)state;
    fill(frames);
    for (size_t i = 0; i < FRAMES; i++)
        mailer_frame_put(b, &frames[i]);
    rest = buf_span(b);
    for (size_t i = 0; i < FRAMES; i++) {
        struct mailer_frame frame;
        size_t len;

        assert_int_equal(mailer_frame_read(a, rest, &frame, &len), RC_OK);
        assert_same(&frame, &frames[i]);
        rest = span_from(rest, len);
    }
    assert_int_equal(rest.n, 0);
}

static void half_a_frame_is_none_yet(void **state)
{
    struct mailer_frame frames[FRAMES];

    (void)state;
    fill(frames);
    for (size_t i = 0; i < FRAMES; i++) {
        struct span bytes = written(&frames[i]);
        struct mailer_frame frame;
        size_t len = 77;

        for (size_t n = 0; n < bytes.n; n++)
            assert_int_equal(read_alone(span_sub(bytes, 0, n), &frame, &len), RC_RETRY);
        assert_int_equal(len, 77);
        assert_int_equal(read_alone(bytes, &frame, &len), RC_OK);
    }
}

static void what_does_not_fit_is_not_begun(void **state)
{
    struct mailer_frame frames[FRAMES];
    struct mailer_frame large = {.kind = MAILER_NOTICE};
    size_t room = MAILER_FRAME_MOST - 4 - 1 - 8 - 3 * 4;
    char *bytes = memset(arena_alloc(a, room + 1), 'x', room + 1);
    struct buf b;

    (void)state;
    fill(frames);
    for (size_t cap = 5; cap < 5 + 21; cap++) { /* a RESET, and less than a BREAK */
        buf_init(&b, a, cap);
        mailer_frame_put(&b, &frames[FRAMES - 1]);
        assert_int_equal(b.n, 5);
        mailer_frame_put(&b, &frames[11]);
        assert_true(buf_overflowed(&b) && b.n == 5);
    }
    large.notice.letter = (struct span){bytes, room};
    buf_init(&b, a, 3 * (size_t)MAILER_FRAME_MOST);
    mailer_frame_put(&b, &large);
    assert_true(!buf_overflowed(&b) && b.n == MAILER_FRAME_MOST);
    assert_int_equal(read_whole(buf_span(&b)).notice.letter.n, room);
    large.notice.letter.n++;
    mailer_frame_put(&b, &large);
    assert_true(buf_overflowed(&b) && b.n == MAILER_FRAME_MOST);
}

/* ---- what nobody wrote ---- */

/* A frame of these bytes, with its head. */
static struct span framed(uint8_t kind, struct span members)
{
    char *bytes = arena_alloc(a, members.n + 5);

    for (int i = 0; i < 4; i++)
        bytes[i] = (char)((members.n + 1) >> (8 * i) & 0xFF);
    bytes[4] = (char)kind;
    if (members.n)
        memcpy(bytes + 5, members.p, members.n);
    return (struct span){bytes, members.n + 5};
}

/* In an arena with no room for what hostile counts ask for. */
static void assert_refused(struct span bytes)
{
    struct arena *small = arena_open(64 * 1024);
    struct mailer_frame frame;
    size_t len;

    assert_int_equal(mailer_frame_read(small, bytes, &frame, &len), RC_INVALID);
    arena_close(&small);
}

static void lengths_that_lie(void **state)
{
    struct mailer_frame frames[FRAMES];
    struct mailer_frame frame;
    size_t len;

    (void)state;
    fill(frames);
    for (size_t i = 0; i < FRAMES; i++) {
        struct span bytes = written(&frames[i]);
        struct span members = span_from(bytes, 5);
        char *more = arena_alloc(a, members.n + 1);

        for (size_t n = 0; n < members.n; n++) /* its members are cut, and it says so itself */
            assert_refused(framed((uint8_t)bytes.p[4], span_sub(members, 0, n)));
        memcpy(more, members.p, members.n);
        assert_refused(framed((uint8_t)bytes.p[4], (struct span){more, members.n + 1}));
    }
    assert_refused(S("\0\0\0\0"));
    assert_refused(S("\0\0\0\0\50"));
    assert_refused(S("\xFF\xFF\xFF\xFF"));
    assert_refused(S("\xFD\xFF\xFF\0")); /* with its head a byte more than MAILER_FRAME_MOST */
    assert_int_equal(mailer_frame_read(a, S("\xFC\xFF\xFF\0"), &frame, &len), RC_RETRY);
    assert_int_equal(mailer_frame_read(a, (struct span){0}, &frame, &len), RC_RETRY);
}

static void kinds_that_are_none(void **state)
{
    struct mailer_frame frame;
    size_t len;

    (void)state;
    for (unsigned kind = 0; kind < 256; kind++) {
        enum rc rc = mailer_frame_read(a, framed((uint8_t)kind, (struct span){0}), &frame, &len);

        assert_int_equal(rc, kind == MAILER_RESET ? RC_OK : RC_INVALID);
    }
}

/* Each byte changed in every bit: nothing is read beyond, and what is still taken would be written so. */
static void every_byte_changed(void **state)
{
    struct mailer_frame frames[FRAMES];

    (void)state;
    fill(frames);
    for (size_t i = 0; i < FRAMES; i++) {
        struct span bytes = written(&frames[i]);
        char *changed = arena_cstr(a, bytes);

        for (size_t at = 0; at < bytes.n; at++)
            for (int bit = 0; bit < 8; bit++) {
                struct mailer_frame frame;
                size_t len = 0;

                changed[at] ^= (char)(1 << bit);
                if (mailer_frame_read(a, (struct span){changed, bytes.n}, &frame, &len) == RC_OK)
                    assert_true(span_eq(written(&frame), (struct span){changed, len}));
                changed[at] ^= (char)(1 << bit);
            }
        if (i % 4 == 3)
            arena_reset(a);
    }
}

static void lists_have_caps(void **state)
{
    static const struct {
        uint8_t kind;
        size_t before; /* bytes before the count */
        size_t item;
        size_t most;
    } lists[] = {
        {MAILER_HELLO, 1, 16, MAILER_RUNS_MOST},     {MAILER_FROZEN, 0, 17, MAILER_BATCH_MOST},
        {MAILER_RESULTS, 24, 18, MAILER_BATCH_MOST}, {MAILER_PEOPLE, 0, 35, MAILER_BATCH_MOST},
        {MAILER_LETTERS, 20, 4, MAILER_BATCH_MOST},  {MAILER_SEND, 32, 71, MAILER_BATCH_MOST},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++)
        for (size_t more = 0; more < 3; more++) {
            size_t count = lists[i].most + more;
            size_t n = lists[i].before + 4 + count * lists[i].item;
            char *bytes = arena_alloc(a, n);
            struct mailer_frame frame;
            size_t len;

            bytes[lists[i].before] = (char)(count & 0xFF);
            bytes[lists[i].before + 1] = (char)(count >> 8);
            for (size_t k = 0; k < count; k++) { /* the least that an enumerator may be */
                char *item = bytes + lists[i].before + 4 + k * lists[i].item;

                if (lists[i].kind == MAILER_FROZEN)
                    item[0] = MAILER_TAKEN;
                if (lists[i].kind == MAILER_RESULTS)
                    item[12] = MAIL_SENT;
            }
            if (more == 0)
                assert_int_equal(mailer_frame_read(a, framed(lists[i].kind, (struct span){bytes, n}), &frame, &len),
                                 RC_OK);
            else
                assert_refused(framed(lists[i].kind, (struct span){bytes, n}));
            memset(bytes + lists[i].before, 0xFF, 4);
            assert_refused(framed(lists[i].kind, (struct span){bytes, n}));
        }
}

/* Doubles and sites have no cap but the bytes that are there. */
static void as_many_as_fit(void **state)
{
    size_t count = (MAILER_FRAME_MOST - 5 - 16 - 4 - 4) / 8;
    struct mailer_frame frame = {.kind = MAILER_FROZEN_END};
    struct arena *own = arena_open(3 * (size_t)MAILER_FRAME_MOST);
    int64_t *numbers = ARENA_ARRAY(a, int64_t, count);
    struct span bytes;
    size_t len;
    char *lies;

    (void)state;
    frame.frozen_end.doubles = numbers;
    frame.frozen_end.double_count = count;
    bytes = written(&frame);
    assert_int_equal(mailer_frame_read(own, bytes, &frame, &len), RC_OK);
    assert_int_equal(frame.frozen_end.double_count, count);
    lies = arena_cstr(a, span_sub(bytes, 0, 1000));
    memcpy(lies, "\x83\3\0\0", 4); /* 900 bytes: so many are not there */
    assert_refused((struct span){lies, 904});
    arena_close(&own);
}

static void sites_as_many_as_fit(void **state)
{
    size_t count = (MAILER_FRAME_MOST - 5 - 16 - 4 - 4) / 16;
    struct mailer_frame frame = {.kind = MAILER_FROZEN_END};
    struct arena *own = arena_open(3 * (size_t)MAILER_FRAME_MOST);
    struct mailer_site *many = ARENA_ARRAY(a, struct mailer_site, count);
    size_t len;

    (void)state;
    frame.frozen_end.sites = many;
    frame.frozen_end.site_count = count;
    assert_int_equal(mailer_frame_read(own, written(&frame), &frame, &len), RC_OK);
    assert_int_equal(frame.frozen_end.site_count, count);
    arena_close(&own);
}

/* One byte that says one of a few things: all that it may be, and all that it may not. */
static void enumerators_that_are_none(void **state)
{
    static const struct {
        size_t frame;
        size_t at; /* of the members */
        int least;
        int most;
    } bytes_of[] = {
        {0, 0, 0, 1},          /* HELLO can_send */
        {1, 16, RC_OK, RC_IO}, /* UNLOCKED rc */
        {2, 4, MAILER_TAKEN, MAILER_UNDELIVERABLE},
        {4, 28 + 12, MAIL_SENT, MAIL_UNSENT},  /* RESULTS outcome */
        {4, 28 + 17, 0, MAIL_CLASS_COUNT - 1}, /* why */
        {5, 0, SMTP_IDLE, SMTP_REFUSED},
        {7, 4 + 28, 0, 1}, /* PEOPLE is_active */
        {7, 4 + 29, 0, 1}, /* is_wanted */
        {7, 4 + 30, 0, 1}, /* is_had */
    };
    struct mailer_frame frames[FRAMES];

    (void)state;
    fill(frames);
    for (size_t i = 0; i < COUNT(bytes_of); i++) {
        struct span bytes = written(&frames[bytes_of[i].frame]);
        char *changed = arena_cstr(a, bytes);

        for (int value = 0; value < 256; value++) {
            struct mailer_frame frame;
            size_t len;
            bool is = value >= bytes_of[i].least && value <= bytes_of[i].most;

            changed[5 + bytes_of[i].at] = (char)value;
            assert_int_equal(mailer_frame_read(a, (struct span){changed, bytes.n}, &frame, &len),
                             is ? RC_OK : RC_INVALID);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back),
        cmocka_unit_test(these_bytes),
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(half_a_frame_is_none_yet),
        cmocka_unit_test(what_does_not_fit_is_not_begun),
        cmocka_unit_test(lengths_that_lie),
        cmocka_unit_test(kinds_that_are_none),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(lists_have_caps),
        cmocka_unit_test(as_many_as_fit),
        cmocka_unit_test(sites_as_many_as_fit),
        cmocka_unit_test(enumerators_that_are_none),
    };

    return cmocka_run_group_tests_name("mailer_wire", tests, open_world, close_world);
}
