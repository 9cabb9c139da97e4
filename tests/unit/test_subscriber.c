/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A subscriber's record: these bytes, for they are stored sealed for years; and of what was not written so nothing is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/subscriber.h"

enum { MEMORY = 16 * 1024 * 1024 };

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

#define RECORD                                                                                                         \
    "address rosa@home.example\n"                                                                                      \
    "audience educators\n"                                                                                             \
    "workplace Harbor High, año 2\n"                                                                                  \
    "lang es\n"                                                                                                        \
    "asked 2026-04-24T14:30:05Z\n"                                                                                     \
    "source form 1 es\n"

static struct subscriber rosa(void)
{
    return (struct subscriber){
        .address = S("rosa@home.example"),
        .audience = S("educators"),
        .workplace = S("Harbor High, año 2"),
        .lang = LANG_ES,
        .asked_at = {INT64_C(1777041005) * 1000000 + 999999},
        .source = S("form 1 es"),
    };
}

static bool put(const struct subscriber *s, struct span *record_out)
{
    struct buf *b = buf_new(a, SUBSCRIBER_RECORD_MOST);
    bool is_put = subscriber_put(b, s);

    assert_false(buf_overflowed(b));
    assert_true(is_put || b->n == 0);
    *record_out = buf_span(b);
    return is_put;
}

static bool is_read(struct span record)
{
    struct subscriber s;
    char *alone = malloc(record.n + 1); /* bytes of its own, so that a sanitizer sees who reads beyond them */
    bool is;

    assert_non_null(alone);
    if (record.n)
        memcpy(alone, record.p, record.n);
    is = subscriber_read((struct span){record.n ? alone : NULL, record.n}, &s);
    free(alone);
    return is;
}

static void these_bytes(void **state)
{
    struct subscriber s = rosa();
    struct subscriber out;
    struct span record;

    (void)state;
    assert_true(put(&s, &record));
    assert_true(span_eq(record, S(RECORD)));
    assert_true(subscriber_read(record, &out));
    assert_true(span_eq(out.address, s.address) && span_eq(out.audience, s.audience));
    assert_true(span_eq(out.workplace, s.workplace) && span_eq(out.source, s.source));
    assert_int_equal(out.lang, LANG_ES);
    assert_int_equal(out.asked_at.us, INT64_C(1777041005) * 1000000); /* to the second */
    assert_true(subscriber_put(buf_new(a, 4096), &out));
}

static void a_workplace_may_be_empty(void **state)
{
    struct subscriber s = rosa();
    struct subscriber out;
    struct span record;

    (void)state;
    s.workplace = (struct span){0};
    assert_true(put(&s, &record));
    assert_true(span_find(record, S("\nworkplace \n")) != SPAN_NONE);
    assert_true(subscriber_read(record, &out));
    assert_int_equal(out.workplace.n, 0);
}

/* `count` times the same character. */
static struct span many(const char *character, size_t count)
{
    struct buf *b = buf_new(a, 64 * 1024);

    for (size_t i = 0; i < count; i++)
        buf_put(b, span_of(character));
    return buf_span(b);
}

static void the_longest_fits(void **state)
{
    struct subscriber s = rosa();
    struct subscriber longer;
    struct span record;

    (void)state;
    s.address = many("a", SUBSCRIBER_ADDRESS_MOST);
    s.audience = many("k", AUDIENCE_KEY_MOST);
    s.workplace = many("\xF0\x9F\x8E\x93", SUBSCRIBER_WORKPLACE_MOST);
    s.source = many("\xF0\x9F\x8E\x93", SUBSCRIBER_SOURCE_MOST);
    s.asked_at.us = INT64_C(32503679999) * 1000000;
    assert_true(put(&s, &record));
    assert_true(record.n <= SUBSCRIBER_RECORD_MOST && is_read(record));
    longer = s;
    longer.address = many("a", SUBSCRIBER_ADDRESS_MOST + 1);
    assert_false(put(&longer, &record));
    longer = s;
    longer.audience = many("k", AUDIENCE_KEY_MOST + 1);
    assert_false(put(&longer, &record));
    longer = s;
    longer.workplace = many("x", SUBSCRIBER_WORKPLACE_MOST + 1);
    assert_false(put(&longer, &record));
    longer = s;
    longer.source = many("x", SUBSCRIBER_SOURCE_MOST + 1);
    assert_false(put(&longer, &record));
}

static void what_may_not_be_in_it(void **state)
{
    static const struct span values[] = {
        SPAN_INIT("a\nsource b"),  SPAN_INIT("a\r"),   SPAN_INIT("a\0b"),      SPAN_INIT("a\tb"),
        SPAN_INIT("\x1b[2J"),      SPAN_INIT("a\x7f"), SPAN_INIT("a\xC2\x85"), SPAN_INIT("a\xE2\x80\xA8"),
        SPAN_INIT("\xE2\x80\xA9"), SPAN_INIT("\xFF"),  SPAN_INIT("a\xC3"),     SPAN_INIT("\xC0\x80"),
        SPAN_INIT("\xED\xA0\x80"),
    };
    struct span record;

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        struct subscriber s[4] = {rosa(), rosa(), rosa(), rosa()};

        s[0].address = s[1].audience = s[2].workplace = s[3].source = values[i];
        for (size_t k = 0; k < COUNT(s); k++)
            assert_false(put(&s[k], &record));
    }
}

static void what_has_to_be_in_it(void **state)
{
    struct subscriber s[5] = {rosa(), rosa(), rosa(), rosa(), rosa()};
    struct span record;

    (void)state;
    s[0].address = s[1].audience = s[2].source = (struct span){0};
    s[3].asked_at.us = -1;
    s[4].asked_at.us = INT64_C(32503680000) * 1000000;
    for (size_t i = 0; i < COUNT(s); i++)
        assert_false(put(&s[i], &record));
}

/* Whatever is read is exactly what would be written of it. */
static void nothing_else_is_read(void **state)
{
    static const char record[] = RECORD;
    static const struct {
        const char *was;
        const char *is;
    } changes[] = {
        {"address", "Address"},
        {"address rosa", "address  \x01rosa"},
        {"address rosa@home.example\n", "address \n"},
        {"address rosa@home.example\n", "address\n"},
        {"address rosa@home.example\n", ""},
        {"audience educators\n", "audience \n"},
        {"lang es", "lang de"},
        {"lang es", "lang ES"},
        {"lang es\n", "lang es\nlang es\n"},
        {"14:30:05Z", "14:30:60Z"},
        {"2026-04-24T14:30:05Z", "2026-04-30T23:59:60Z"},
        {"14:30:05Z", "14:30:05z"},
        {"T14:30", "t14:30"},
        {"14:30:05Z", "14:30:05.5Z"},
        {"14:30:05Z", "14:30:05+00:00"},
        {"2026-04-24T14:30:05Z", "2026-04-24"},
        {"2026-04-24", "1969-12-31"},
        {"2026-04-24", "2026-02-30"},
        {"source form 1 es\n", "source form 1 es"},
        {"source form 1 es\n", "source form 1 es\n\n"},
        {"source form 1 es\n", "source form 1 es\nmore\n"},
        {"source form 1 es\n", "source form 1 es\r\n"},
        {"source form 1 es\n", "source \n"},
        {"lang es\nasked 2026-04-24T14:30:05Z\n", "asked 2026-04-24T14:30:05Z\nlang es\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        const char *at = strstr(record, changes[i].was);
        struct span changed;

        assert_non_null(at);
        changed = arena_printf(a, "%.*s%s%s", (int)(at - record), record, changes[i].is, at + strlen(changes[i].was));
        assert_false(is_read(changed));
    }
    for (size_t n = 0; n < sizeof record - 1; n++)
        assert_false(is_read((struct span){record, n}));
    assert_false(is_read(S(RECORD "\0")));
    assert_false(is_read(many("address ", 5000)));
    assert_true(is_read(S(RECORD)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(these_bytes),          cmocka_unit_test(a_workplace_may_be_empty),
        cmocka_unit_test(the_longest_fits),     cmocka_unit_test(what_may_not_be_in_it),
        cmocka_unit_test(what_has_to_be_in_it), cmocka_unit_test(nothing_else_is_read),
    };

    return cmocka_run_group_tests_name("subscriber", tests, open_world, close_world);
}
