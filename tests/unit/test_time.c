/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Days, instants and zones. Zone files are the machine's own and ones made here byte by byte; the C library, which
 * reads the same files by its own code, is the judge of all the offsets.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"

#define ZONE_DIR "/usr/share/zoneinfo/"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open(16 * 1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

static struct span read_file(const char *path)
{
    size_t room = 64 * 1024;
    char *bytes = arena_alloc(arena, room);
    FILE *file = fopen(path, "rb");
    size_t n;

    if (file == NULL)
        fail_msg("%s is not there: is tzdata installed?", path);
    n = fread(bytes, 1, room, file);
    (void)fclose(file);
    assert_true(n > 0 && n < room);
    return (struct span){bytes, n};
}

static struct span zone_file(const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof path, ZONE_DIR "%s", name);
    return read_file(path);
}

static const struct zone *zone_of(struct span tzif)
{
    const struct zone *z = NULL;

    assert_int_equal(zone_parse(arena, tzif, &z), RC_OK);
    return z;
}

static const struct zone *zone_named(const char *name)
{
    return zone_of(zone_file(name));
}

static struct date day(const char *text)
{
    struct date d = {0};

    if (!date_parse(span_of(text), &d))
        fail_msg("%s is a day", text);
    return d;
}

static struct instant at(const char *text)
{
    struct instant t = {0};

    if (!instant_parse(span_of(text), &t))
        fail_msg("%s is an instant", text);
    return t;
}

static void assert_instant(struct instant got, const char *want)
{
    struct buf *b = buf_new(arena, 64);

    instant_put(b, got);
    if (!span_eq(buf_span(b), span_of(want)))
        fail_msg("%.*s is not %s", SPAN_ARGS(buf_span(b)), want);
}

static void assert_date(struct date got, const char *want)
{
    assert_int_equal(date_cmp(got, day(want)), 0);
}

/* ---- days ---- */

static void refuses_what_is_no_day(void **state)
{
    static const struct span bad[] = {{NULL, 0},
                                      SPAN_INIT(""),
                                      SPAN_INIT("2026-02-30"),
                                      SPAN_INIT("2025-02-29"),
                                      SPAN_INIT("2100-02-29"),
                                      SPAN_INIT("2026-04-31"),
                                      SPAN_INIT("2026-00-10"),
                                      SPAN_INIT("2026-13-01"),
                                      SPAN_INIT("2026-01-00"),
                                      SPAN_INIT("2026-01-32"),
                                      SPAN_INIT("1899-12-31"),
                                      SPAN_INIT("3000-01-01"),
                                      SPAN_INIT("0000-00-00"),
                                      SPAN_INIT("2026-4-24"),
                                      SPAN_INIT("2026-04-4"),
                                      SPAN_INIT("26-04-24"),
                                      SPAN_INIT(" 2026-04-24"),
                                      SPAN_INIT("2026-04-24 "),
                                      SPAN_INIT("2026-04-24\0"),
                                      SPAN_INIT("2026/04/24"),
                                      SPAN_INIT("2026-04"),
                                      SPAN_INIT("20260424"),
                                      SPAN_INIT("2026-04-2\0"),
                                      SPAN_INIT("-026-04-24"),
                                      SPAN_INIT("+026-04-24"),
                                      SPAN_INIT("2026--4-24"),
                                      SPAN_INIT("2026-04-24T00:00:00Z"),
                                      SPAN_INIT("02026-04-24"),
                                      SPAN_INIT("2O26-04-24")};
    struct date d = {2001, 2, 3};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (date_parse(bad[i], &d))
            fail_msg("\"%.*s\" was taken for a day", SPAN_ARGS(bad[i]));
    assert_int_equal(d.year, 2001); /* untouched by what failed */
}

static void every_day_comes_back(void **state)
{
    struct date before = {1899, 12, 31};
    int32_t first = date_to_days(day("1900-01-01"));
    int32_t last = date_to_days(day("2999-12-31"));
    int weekday = 1; /* 1900-01-01 was a Monday */

    (void)state;
    assert_int_equal(date_to_days(day("1970-01-01")), 0);
    assert_int_equal(date_to_days(day("2000-03-01")), 11017);
    for (int32_t days = first; days <= last; days++) {
        struct date d = date_from_days(days);

        if (date_to_days(d) != days || date_cmp(before, d) >= 0 || date_cmp(d, before) <= 0 ||
            date_weekday(d) != weekday)
            fail_msg("day %d", days);
        before = d;
        weekday = (weekday + 1) % 7;
    }
    assert_int_equal(before.year, 2999);
}

static void days_outside_are_kept_inside(void **state)
{
    (void)state;
    assert_date(date_from_days(INT32_MIN), "1900-01-01");
    assert_date(date_from_days(INT32_MAX), "2999-12-31");
    assert_false(date_is_set((struct date){0}));
    assert_true(date_is_set(day("1900-01-01")));
}

static void writes_days(void **state)
{
    struct buf *b = buf_new(arena, 64);

    (void)state;
    date_put(b, day("2026-04-05"));
    assert_true(span_eq(buf_span(b), S("2026-04-05")));
    assert_int_equal(date_weekday(day("2026-04-24")), 5);
    assert_int_equal(date_weekday(day("1969-12-28")), 0);
}

static void reads_clocks(void **state)
{
    static const struct span bad[] = {
        {NULL, 0},        SPAN_INIT(""),       SPAN_INIT("24:00"),    SPAN_INIT("7:60"),  SPAN_INIT("7"),
        SPAN_INIT("7:3"), SPAN_INIT("007:30"), SPAN_INIT("07:30:00"), SPAN_INIT("-7:30"), SPAN_INIT("7:30 pm"),
        SPAN_INIT(":30"), SPAN_INIT("7.30"),   SPAN_INIT(" 7:30")};
    int minutes = -1;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (clock_parse(bad[i], &minutes))
            fail_msg("\"%.*s\" was taken for a time", SPAN_ARGS(bad[i]));
    assert_int_equal(minutes, -1);
    assert_true(clock_parse(S("7:30"), &minutes));
    assert_int_equal(minutes, 450);
    assert_true(clock_parse(S("07:30"), &minutes));
    assert_int_equal(minutes, 450);
    assert_true(clock_parse(S("00:00"), &minutes));
    assert_int_equal(minutes, 0);
    assert_true(clock_parse(S("23:59"), &minutes));
    assert_int_equal(minutes, 1439);
}

/* ---- instants ---- */

static void refuses_what_is_no_instant(void **state)
{
    static const struct span bad[] = {{NULL, 0},
                                      SPAN_INIT(""),
                                      SPAN_INIT("2026-02-30"),
                                      SPAN_INIT("2026-02-30T00:00:00Z"),
                                      SPAN_INIT("2026-04-24T"),
                                      SPAN_INIT("2026-04-24T14:30Z"),
                                      SPAN_INIT("2026-04-24T14:30:00"),
                                      SPAN_INIT("2026-04-24T24:00:00Z"),
                                      SPAN_INIT("2026-04-24T14:60:00Z"),
                                      SPAN_INIT("2026-04-24T14:30:61Z"),
                                      SPAN_INIT("2026-04-24T14:30:60Z"),
                                      SPAN_INIT("2026-04-24T23:59:60Z"),
                                      SPAN_INIT("2026-04-24T14:30:00.Z"),
                                      SPAN_INIT("2026-04-24T14:30:00ZZ"),
                                      SPAN_INIT("2026-04-24T14:30:00Z "),
                                      SPAN_INIT("2026-04-24 14:30:00Z"),
                                      SPAN_INIT("2026-04-24T14:30:00+0100"),
                                      SPAN_INIT("2026-04-24T14:30:00+24:00"),
                                      SPAN_INIT("2026-04-24T14:30:00+01:60"),
                                      SPAN_INIT("2026-04-24T14:30:00 01:00"),
                                      SPAN_INIT("2026-04-24T14:30:00+01"),
                                      SPAN_INIT("2999-12-31T23:59:59-00:01"),
                                      SPAN_INIT("1900-01-01T00:00:00+00:01"),
                                      SPAN_INIT("2026-04-24T1:30:00Z"),
                                      SPAN_INIT("2026-04-24T14:30:00\0Z"),
                                      SPAN_INIT("2026-04-24T14:30:00,5Z")};
    struct instant t = {5};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (instant_parse(bad[i], &t))
            fail_msg("\"%.*s\" was taken for an instant", SPAN_ARGS(bad[i]));
    assert_int_equal(t.us, 5);
}

static void reads_and_writes_instants(void **state)
{
    (void)state;
    assert_int_equal(at("1970-01-01").us, 0);
    assert_true(at("2026-04-24T14:30:00Z").us == 1777041000000000);
    assert_true(at("1969-12-31T23:59:59.999999Z").us == -1);
    assert_true(at("1970-01-01T00:00:00.25Z").us == 250000);
    assert_true(at("1970-01-01T00:00:00.00000099999999999999999999Z").us == 0);
    assert_instant(at("2026-04-24t07:30:00-07:00"), "2026-04-24T14:30:00Z");
    assert_instant(at("2026-04-24T20:00:00.999999+05:30"), "2026-04-24T14:30:00Z");
    assert_instant(at("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00Z"); /* a leap second that was */
    assert_instant(at("2016-12-31T15:59:60-08:00"), "2017-01-01T00:00:00Z");
    assert_instant(at("1900-01-01"), "1900-01-01T00:00:00Z");
    assert_instant(at("2999-12-31T23:59:59z"), "2999-12-31T23:59:59Z");
    assert_instant((struct instant){-1}, "1969-12-31T23:59:59Z");
}

static void instants_of_any_size_are_written(void **state)
{
    struct buf *b = buf_new(arena, 64);

    (void)state;
    instant_put(b, (struct instant){INT64_MAX});
    instant_put(b, (struct instant){INT64_MIN});
    assert_false(buf_overflowed(b));
    assert_int_equal(buf_span(b).n, 40);
}

/* ---- zones of the machine ---- */

static void every_prefix_of_a_zone_file_is_refused(void **state)
{
    static const char *const names[] = {"America/Los_Angeles", "Asia/Gaza", "Etc/UTC"};

    struct arena *parsed = arena_open(1024 * 1024);

    (void)state;
    for (size_t k = 0; k < COUNT(names); k++) {
        struct span whole = zone_file(names[k]);
        const struct zone *z = NULL;

        for (size_t n = 0; n < whole.n; n++) {
            /* A copy of just this length: a read past it is seen. */
            char *cut = malloc(n ? n : 1);

            assert_non_null(cut);
            memcpy(cut, whole.p, n);
            if (zone_parse(parsed, (struct span){cut, n}, &z) != RC_INVALID)
                fail_msg("%s: the first %zu bytes were taken for a zone", names[k], n);
            free(cut);
            arena_reset(parsed);
        }
        assert_null(z);
    }
    arena_close(&parsed);
}

/* Zone by zone of the machine's list against the C library, every 58 days or so from 1900 to 2300. */
static void offsets_agree_with_the_c_library(void **state)
{
    struct span list = arena_dup(arena, read_file(ZONE_DIR "zone1970.tab"));
    struct arena *list_arena = arena; /* the list lives longer than a zone */
    struct span line;
    size_t zones = 0;

    (void)state;
    while (span_next(&list, '\n', &line)) {
        struct span name = line;
        struct span piece;
        const struct zone *z;

        if (line.n == 0 || line.p[0] == '#')
            continue;
        for (int i = 0; i < 3; i++)
            assert_true(span_next(&name, '\t', &piece));
        arena = arena_open(16 * 1024 * 1024);
        setenv("TZ", arena_cstr(arena, piece), 1);
        tzset();
        z = zone_named(arena_cstr(arena, piece));
        for (int64_t t = -2208988800; t < 10413792000; t += 5012345 + (t & 7)) {
            struct tm tm;
            time_t moment = (time_t)t;

            assert_non_null(localtime_r(&moment, &tm));
            if (zone_offset(z, (struct instant){t * 1000000}) != tm.tm_gmtoff)
                fail_msg("%.*s at %lld", SPAN_ARGS(piece), (long long)t);
        }
        arena_close(&arena);
        zones++;
    }
    arena = list_arena;
    unsetenv("TZ");
    assert_true(zones > 300);
}

static void los_angeles_around_its_changes(void **state)
{
    const struct zone *z = zone_named("America/Los_Angeles");

    (void)state;
    assert_int_equal(zone_offset(z, at("2026-03-08T09:59:59Z")), -8 * 3600);
    assert_int_equal(zone_offset(z, at("2026-03-08T10:00:00Z")), -7 * 3600);
    assert_int_equal(zone_offset(z, (struct instant){at("2026-03-08T10:00:00Z").us - 1}), -8 * 3600);
    assert_int_equal(zone_offset(z, at("2026-11-01T08:59:59Z")), -7 * 3600);
    assert_int_equal(zone_offset(z, at("2026-11-01T09:00:00Z")), -8 * 3600);
    assert_instant(zone_instant(z, day("2026-04-24"), 450), "2026-04-24T14:30:00Z");
    /* 2:30 on the night that skips it: the change itself. 1:30 on the night that has two: the first. */
    assert_instant(zone_instant(z, day("2026-03-08"), 119), "2026-03-08T09:59:00Z");
    assert_instant(zone_instant(z, day("2026-03-08"), 120), "2026-03-08T10:00:00Z");
    assert_instant(zone_instant(z, day("2026-03-08"), 150), "2026-03-08T10:00:00Z");
    assert_instant(zone_instant(z, day("2026-03-08"), 180), "2026-03-08T10:00:00Z");
    assert_instant(zone_instant(z, day("2026-03-08"), 181), "2026-03-08T10:01:00Z");
    assert_instant(zone_instant(z, day("2026-11-01"), 90), "2026-11-01T08:30:00Z");
    assert_instant(zone_instant(z, day("2026-11-01"), 120), "2026-11-01T10:00:00Z");
    /* The same within the table, before the rule takes over. */
    assert_instant(zone_instant(z, day("1995-04-02"), 150), "1995-04-02T10:00:00Z");
    assert_instant(zone_instant(z, day("1995-10-29"), 90), "1995-10-29T08:30:00Z");
    assert_date(zone_date(z, at("2026-04-24T06:59:59Z")), "2026-04-23");
    assert_date(zone_date(z, at("2026-04-24T07:00:00Z")), "2026-04-24");
}

static void the_far_future_follows_the_rule(void **state)
{
    const struct zone *z = zone_named("America/Los_Angeles");

    (void)state;
    assert_int_equal(zone_offset(z, at("2999-07-01")), -7 * 3600);
    assert_int_equal(zone_offset(z, at("2999-12-31")), -8 * 3600);
    assert_instant(zone_instant(z, day("2999-03-10"), 150), "2999-03-10T10:00:00Z"); /* its second Sunday */
    assert_instant(zone_instant(z, day("2999-12-31"), 15 * 60), "2999-12-31T23:00:00Z");
    assert_int_equal(zone_offset(z, (struct instant){INT64_MAX}) % 3600, 0);
    assert_int_equal(zone_offset(z, (struct instant){INT64_MIN}), -28378); /* before clocks were agreed on */
    assert_date(zone_date(z, (struct instant){INT64_MAX}), "2999-12-31");
    assert_date(zone_date(z, (struct instant){INT64_MIN}), "1900-01-01");
}

static void southern_summers_span_the_new_year(void **state)
{
    const struct zone *z = zone_named("Australia/Sydney");

    (void)state;
    assert_int_equal(zone_offset(z, at("2040-01-01")), 11 * 3600);
    assert_int_equal(zone_offset(z, at("2040-07-01")), 10 * 3600);
    assert_int_equal(zone_offset(z, at("2040-12-31T23:59:59Z")), 11 * 3600);
    assert_instant(zone_instant(z, day("2041-10-06"), 150), "2041-10-05T16:00:00Z");
    assert_instant(zone_instant(z, day("2041-04-07"), 150), "2041-04-06T15:30:00Z");
    assert_instant(zone_instant(z, day("2041-01-01"), 0), "2040-12-31T13:00:00Z");
}

static void odd_zones(void **state)
{
    const struct zone *z = zone_named("Pacific/Apia");

    (void)state;
    /* Samoa skipped a whole day. */
    assert_instant(zone_instant(z, day("2011-12-30"), 12 * 60), "2011-12-30T10:00:00Z");
    assert_instant(zone_instant(z, day("2011-12-31"), 0), "2011-12-30T10:00:00Z");
    assert_instant(zone_instant(z, day("2011-12-29"), 23 * 60), "2011-12-30T09:00:00Z");
    z = zone_named("Australia/Lord_Howe"); /* half an hour of summer */
    assert_instant(zone_instant(z, day("2040-10-07"), 135), "2040-10-06T15:30:00Z");
    z = zone_named("Europe/Dublin"); /* summer is the standard, winter the exception */
    assert_int_equal(zone_offset(z, at("2050-07-01")), 3600);
    assert_int_equal(zone_offset(z, at("2050-01-01")), 0);
    z = zone_named("Etc/UTC"); /* no changes at all */
    assert_int_equal(zone_offset(z, at("2050-07-01")), 0);
    assert_instant(zone_instant(z, day("1900-01-01"), 0), "1900-01-01T00:00:00Z");
}

/* ---- zones made here ---- */

struct made {
    char version;
    const int64_t *changes; /* type i % types from the i-th on, counted from 1 */
    uint32_t changes_count;
    const int32_t *offsets;
    uint32_t types_count;
    uint32_t leap_count;
    const char *footer; /* with both of its line ends; null for none */
};

static void put_big_endian(struct buf *b, uint64_t value, int bytes)
{
    while (bytes-- > 0)
        buf_char(b, (char)(value >> (8 * bytes)));
}

static void put_block(struct buf *b, const struct made *m, int size)
{
    buf_put(b, S("TZif"));
    buf_char(b, m->version);
    buf_put(b, S("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    put_big_endian(b, 0, 4);
    put_big_endian(b, 0, 4);
    put_big_endian(b, m->leap_count, 4);
    put_big_endian(b, m->changes_count, 4);
    put_big_endian(b, m->types_count, 4);
    put_big_endian(b, 4, 4);
    for (uint32_t i = 0; i < m->changes_count; i++)
        put_big_endian(b, (uint64_t)m->changes[i], size);
    for (uint32_t i = 0; i < m->changes_count; i++)
        buf_char(b, (char)((i + 1) % m->types_count));
    for (uint32_t i = 0; i < m->types_count; i++) {
        put_big_endian(b, (uint64_t)m->offsets[i], 4);
        put_big_endian(b, 0, 2);
    }
    buf_put(b, S("ABC\0"));
    for (uint32_t i = 0; i < m->leap_count; i++)
        buf_put(b, (struct span){"\0\0\0\0\0\0\0\0\0\0\0", (size_t)size + 4});
}

static struct span make(const struct made *m)
{
    struct buf *b = buf_new(arena, 1024 * 1024);

    put_block(b, m, 4);
    if (m->version != '\0')
        put_block(b, m, 8);
    if (m->footer)
        buf_put(b, span_of(m->footer));
    assert_false(buf_overflowed(b));
    return buf_span(b);
}

static bool is_refused(struct span tzif)
{
    const struct zone *z = NULL;

    return zone_parse(arena, tzif, &z) == RC_INVALID && z == NULL;
}

static const int64_t two_changes[] = {0, 1000000000};
static const int32_t two_offsets[] = {-3600, 7200};

static struct made sound(const char *footer)
{
    return (struct made){.version = '2',
                         .changes = two_changes,
                         .changes_count = 2,
                         .offsets = two_offsets,
                         .types_count = 2,
                         .footer = footer};
}

static const struct zone *zone_by_rule(const char *footer)
{
    struct made m = sound(footer);

    m.changes_count = 0;
    return zone_of(make(&m));
}

static void without_a_footer_the_last_offset_stays(void **state)
{
    struct made m = sound("\n\n");
    const struct zone *z = zone_of(make(&m));

    (void)state;
    assert_int_equal(zone_offset(z, (struct instant){-1}), -3600);
    assert_int_equal(zone_offset(z, (struct instant){0}), 7200);
    assert_int_equal(zone_offset(z, (struct instant){999999999999999}), 7200);
    assert_int_equal(zone_offset(z, (struct instant){1000000000000000}), -3600);
    assert_int_equal(zone_offset(z, at("2999-12-31")), -3600);
    m.changes_count = 0;
    z = zone_of(make(&m));
    assert_int_equal(zone_offset(z, at("2999-12-31")), -3600);
    m.footer = "\nXXX-5\n";
    z = zone_of(make(&m));
    assert_int_equal(zone_offset(z, at("1950-12-31")), 5 * 3600); /* no changes: the rule is for all time */
}

static void versions_one_to_four(void **state)
{
    struct made m = sound(NULL);
    const struct zone *z;

    (void)state;
    m.version = '\0';
    z = zone_of(make(&m));
    assert_int_equal(zone_offset(z, (struct instant){-1}), -3600);
    assert_int_equal(zone_offset(z, (struct instant){0}), 7200);
    assert_int_equal(zone_offset(z, at("2999-12-31")), -3600);
    for (size_t n = 0; n < make(&m).n; n++)
        assert_true(is_refused(span_sub(make(&m), 0, n)));
    m.footer = "\n\n";
    assert_true(is_refused(make(&m))); /* version 1 has no such line */
    for (char version = '2'; version <= '4'; version++) {
        m.version = version;
        assert_int_equal(zone_offset(zone_of(make(&m)), (struct instant){0}), 7200);
    }
    m.version = '5';
    assert_true(is_refused(make(&m)));
    m.version = '1';
    assert_true(is_refused(make(&m)));
}

static void refuses_files_that_contradict_themselves(void **state)
{
    static const int64_t twice[] = {5, 5};
    static const int64_t backwards[] = {5, 4};
    static const int32_t too_far[] = {0, 26 * 3600};
    static const int32_t too_far_west[] = {-25 * 3600, 0};
    static const int32_t least[] = {INT32_MIN, 0};
    const int64_t *changes[] = {twice, backwards};
    const int32_t *offsets[] = {too_far, too_far_west, least};
    struct made m;
    struct span bytes;

    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        m = sound("\n\n");
        m.changes = changes[i];
        assert_true(is_refused(make(&m)));
    }
    for (size_t i = 0; i < COUNT(offsets); i++) {
        m = sound("\n\n");
        m.offsets = offsets[i];
        assert_true(is_refused(make(&m)));
    }
    m = sound("\n\n");
    m.leap_count = 1;
    assert_true(is_refused(make(&m)));
    m = sound("\n\nx");
    assert_true(is_refused(make(&m)));
    m = sound(NULL);
    assert_true(is_refused(make(&m)));
    m = sound("\n\n");
    bytes = arena_dup(arena, make(&m));
    ((char *)bytes.p)[0] = 't';
    assert_true(is_refused(bytes));
    assert_true(is_refused((struct span){NULL, 0}));
    assert_true(is_refused(S("Not a zone, but a long enough text that a header could be cut from it.")));
}

/* One byte of a sound file, `offset` behind the start of its second block's header, set to `byte`. */
static struct span with_byte(const struct made *m, size_t offset, char byte)
{
    struct span bytes = arena_dup(arena, make(m));

    ((char *)bytes.p)[44 + m->changes_count * 5 + m->types_count * 6 + 4 + offset] = byte;
    return bytes;
}

static void refuses_numbers_that_point_nowhere(void **state)
{
    struct made m = sound("\n\n");

    (void)state;
    assert_false(is_refused(with_byte(&m, 4, '2')));
    assert_true(is_refused(with_byte(&m, 4, '3'))); /* the two headers differ in version */
    assert_false(is_refused(with_byte(&m, 44 + 16, 0)));
    assert_true(is_refused(with_byte(&m, 44 + 16, 2))); /* the type of the first change, of two types */
    assert_false(is_refused(with_byte(&m, 44 + 18 + 5, 3)));
    assert_true(is_refused(with_byte(&m, 44 + 18 + 5, 4))); /* where a name of the four bytes of names begins */
    assert_true(is_refused(with_byte(&m, 44 + 18 + 4, 2))); /* summer time: yes or no */
}

static void as_many_changes_and_types_as_we_take(void **state)
{
    struct made m = sound("\n\n");
    int64_t *changes = ARENA_ARRAY(arena, int64_t, 2001);
    int32_t *offsets = ARENA_ARRAY(arena, int32_t, 257);

    (void)state;
    for (int i = 0; i <= 2000; i++)
        changes[i] = i;
    m.changes = changes;
    m.changes_count = 2000;
    assert_false(is_refused(make(&m)));
    m.changes_count = 2001;
    assert_true(is_refused(make(&m)));
    m = sound("\n\n");
    m.offsets = offsets;
    m.types_count = 256;
    assert_false(is_refused(make(&m)));
    m.types_count = 257;
    assert_true(is_refused(make(&m)));
    m.changes_count = 0;
    m.types_count = 0;
    assert_true(is_refused(make(&m)));
}

/* Each count of each header at each extreme: nothing may be read or allocated on its word. */
static void counts_that_lie(void **state)
{
    struct made m = sound("\n\n");
    struct span good = make(&m);
    size_t second = 44 + 2 * 5 + 2 * 6 + 4;

    (void)state;
    for (size_t header = 0; header <= second; header += second)
        for (size_t at_byte = header + 20; at_byte < header + 44; at_byte++) {
            struct span bad = arena_dup(arena, good);

            ((char *)bad.p)[at_byte] ^= (char)0xFF;
            assert_true(is_refused(bad));
            ((char *)bad.p)[at_byte] = (char)(good.p[at_byte] + 1);
            assert_true(is_refused(bad));
        }
}

static void refuses_rules_that_are_none(void **state)
{
    static const char *const bad[] = {"\nP8\n",
                                      "\nPST\n",
                                      "\n8\n",
                                      "\nPST8PDT\n",
                                      "\nPST8PDT,M3.2.0\n",
                                      "\nPST8PDT,M3.2.0,M11.1.0,\n",
                                      "\nPST8PDT,M13.2.0,M11.1.0\n",
                                      "\nPST8PDT,M0.2.0,M11.1.0\n",
                                      "\nPST8PDT,M3.0.0,M11.1.0\n",
                                      "\nPST8PDT,M3.6.0,M11.1.0\n",
                                      "\nPST8PDT,M3.2.7,M11.1.0\n",
                                      "\nPST8PDT,J0,J10\n",
                                      "\nPST8PDT,J366,J10\n",
                                      "\nPST8PDT,366,10\n",
                                      "\nPST8PDT,M3.2.0/168,M11.1.0\n",
                                      "\nPST8PDT,M3.2.0/,M11.1.0\n",
                                      "\nPST25\n",
                                      "\nPST-25\n",
                                      "\n<+00\n",
                                      "\n<+00>\n",
                                      "\n<+0>0\n",
                                      "\nPST8:60\n",
                                      "\nPST8:0\n",
                                      "\nPST8 \n",
                                      "\n PST8\n",
                                      "\n:America/Los_Angeles\n",
                                      "\nPST8PDT9999999999,M3.2.0,M11.1.0\n",
                                      "\nPST8\n\n",
                                      "PST8\n",
                                      "\nPST8",
                                      "\nPST8,M3.2.0,M11.1.0\n",
                                      "\nPST8PDT,M,M\n",
                                      "\nPST8PDT,M3.2,M11.1\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct made m = sound(bad[i]);

        if (!is_refused(make(&m)))
            fail_msg("footer %zu was taken: %s", i, bad[i]);
    }
}

static void rules_of_each_kind(void **state)
{
    const struct zone *z = zone_by_rule("\nAAA0BBB,J60,J300/3:30:15\n");

    (void)state;
    /* J60 is March 1 in every year, 59 and 60 are not. */
    assert_int_equal(zone_offset(z, at("2023-03-01T01:59:59Z")), 0);
    assert_int_equal(zone_offset(z, at("2023-03-01T02:00:00Z")), 3600);
    assert_int_equal(zone_offset(z, at("2024-02-29T12:00:00Z")), 0);
    assert_int_equal(zone_offset(z, at("2024-03-01T02:00:00Z")), 3600);
    assert_int_equal(zone_offset(z, at("2024-10-27T02:30:14Z")), 3600);
    assert_int_equal(zone_offset(z, at("2024-10-27T02:30:15Z")), 0);
    z = zone_by_rule("\nAAA0BBB,59,365\n");
    assert_int_equal(zone_offset(z, at("2023-03-01T02:00:00Z")), 3600);
    assert_int_equal(zone_offset(z, at("2024-02-29T02:00:00Z")), 3600);
    assert_int_equal(zone_offset(z, at("2024-02-28T12:00:00Z")), 0);
    z = zone_by_rule("\n<-02>2<-01>,M3.5.0/-1,M10.5.0/0\n"); /* an hour before the day begins */
    assert_int_equal(zone_offset(z, at("2025-03-30T00:59:59Z")), -7200);
    assert_int_equal(zone_offset(z, at("2025-03-30T01:00:00Z")), -3600);
    z = zone_by_rule("\nEET-2EEST,M3.4.4/50,M10.4.4/50\n"); /* the Saturday after the fourth Thursday */
    assert_int_equal(zone_offset(z, at("2027-03-26T23:59:59Z")), 7200);
    assert_int_equal(zone_offset(z, at("2027-03-27T00:00:00Z")), 10800);
    z = zone_by_rule("\nAAA3:30BBB1:15,M2.5.4,M8.1.0\n"); /* February's last Thursday, leap year and not */
    assert_int_equal(zone_offset(z, at("2024-02-29T05:30:00Z")), -4500);
    assert_int_equal(zone_offset(z, at("2024-02-29T05:29:59Z")), -12600);
    assert_int_equal(zone_offset(z, at("2026-02-26T05:30:00Z")), -4500);
}

/* RFC 8536 §3.3.1: how a zone says that it has summer time all year. */
static void a_summer_without_end(void **state)
{
    const struct zone *z = zone_by_rule("\nEST5EDT,0/0,J365/25\n");
    const struct zone *negative = zone_by_rule("\nXXX3EDT4,0/0,J365/23\n");

    (void)state;
    for (int32_t d = date_to_days(day("2020-12-25")); d < date_to_days(day("2025-01-07")); d++)
        for (int hour = 0; hour < 24; hour++) {
            struct instant t = {((int64_t)d * 24 + hour) * 3600 * 1000000};

            assert_int_equal(zone_offset(z, t), -4 * 3600);
            assert_int_equal(zone_offset(negative, t), -4 * 3600);
        }
    assert_instant(zone_instant(z, day("2021-01-01"), 0), "2021-01-01T04:00:00Z");
}

/* Times of a rule that reach a week into the next year, or into the one before. */
static void rules_that_leave_their_year(void **state)
{
    const struct zone *z = zone_by_rule("\nAAA0BBB,J365/167,J365/160\n");

    (void)state;
    assert_int_equal(zone_offset(z, at("2024-01-01")), 3600);
    assert_int_equal(zone_offset(z, at("2024-01-06T14:59:59Z")), 3600);
    assert_int_equal(zone_offset(z, at("2024-01-06T15:00:00Z")), 0);
    assert_int_equal(zone_offset(z, at("2024-01-06T22:59:59Z")), 0);
    assert_int_equal(zone_offset(z, at("2024-01-06T23:00:00Z")), 3600);
    z = zone_by_rule("\nAAA0BBB,0/-167,0/-160\n");
    assert_int_equal(zone_offset(z, at("2023-12-25T00:59:59Z")), 0);
    assert_int_equal(zone_offset(z, at("2023-12-25T01:00:00Z")), 3600);
    assert_int_equal(zone_offset(z, at("2023-12-25T07:00:00Z")), 0);
    assert_int_equal(zone_offset(z, at("2023-12-31T23:59:59Z")), 0);
    assert_instant(zone_instant(z, day("2023-12-25"), 90), "2023-12-25T01:00:00Z");
}

/* Wall clock and instant belong together on every half hour of every day, change or no change. */
static void wall_clocks_come_back(void **state)
{
    static const char *const names[] = {"America/Los_Angeles", "Australia/Lord_Howe", "Asia/Gaza", "America/Nuuk"};

    (void)state;
    for (size_t k = 0; k < COUNT(names); k++) {
        const struct zone *z = zone_named(names[k]);
        struct instant before = {INT64_MIN};

        for (int32_t d = date_to_days(day("2035-01-01")); d < date_to_days(day("2041-01-01")); d++)
            for (int minutes = 0; minutes < 1440; minutes += 30) {
                struct instant t = zone_instant(z, date_from_days(d), minutes);
                int64_t want = (int64_t)d * 86400 + minutes * 60;
                int64_t shown = t.us / 1000000 + zone_offset(z, t);
                struct instant just_before = {t.us - 1000000};

                assert_true(shown >= want && shown <= want + 3600);
                assert_true(just_before.us / 1000000 + zone_offset(z, just_before) < want);
                assert_true(t.us >= before.us);
                before = t;
            }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refuses_what_is_no_day),
        TEST(every_day_comes_back),
        TEST(days_outside_are_kept_inside),
        TEST(writes_days),
        TEST(reads_clocks),
        TEST(refuses_what_is_no_instant),
        TEST(reads_and_writes_instants),
        TEST(instants_of_any_size_are_written),
        TEST(every_prefix_of_a_zone_file_is_refused),
        TEST(offsets_agree_with_the_c_library),
        TEST(los_angeles_around_its_changes),
        TEST(the_far_future_follows_the_rule),
        TEST(southern_summers_span_the_new_year),
        TEST(odd_zones),
        TEST(without_a_footer_the_last_offset_stays),
        TEST(versions_one_to_four),
        TEST(refuses_files_that_contradict_themselves),
        TEST(refuses_numbers_that_point_nowhere),
        TEST(as_many_changes_and_types_as_we_take),
        TEST(counts_that_lie),
        TEST(refuses_rules_that_are_none),
        TEST(rules_of_each_kind),
        TEST(a_summer_without_end),
        TEST(rules_that_leave_their_year),
        TEST(wall_clocks_come_back),
    };

    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
