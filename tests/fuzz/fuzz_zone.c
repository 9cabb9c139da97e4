/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a TZif file. What is taken for a zone has sane offsets, its wall clock and its instants belong
 * together, and no shorter piece of it is a zone.
 */
#include "base/time.h"

enum { SOURCE_MAX = 64 * 1024, MEMORY = 1024 * 1024 };

static int64_t seconds_of(struct instant t)
{
    return t.us / 1000000 - (t.us % 1000000 < 0);
}

/* What the clock on the wall shows, in seconds since its own 1970. */
static int64_t wall(const struct zone *z, int64_t seconds)
{
    return seconds + zone_offset(z, (struct instant){seconds * 1000000});
}

static void check_offset(const struct zone *z, int64_t us)
{
    int32_t offset = zone_offset(z, (struct instant){us});

    CHECK(offset > -25 * 3600 && offset < 26 * 3600);
    CHECK(date_is_set(zone_date(z, (struct instant){us})));
}

/* The first instant at which the clock shows the wanted time, or has passed it. */
static void check_instant(const struct zone *z, struct date d, int minutes)
{
    int64_t want = (int64_t)date_to_days(d) * 86400 + minutes * 60;
    struct instant t = zone_instant(z, d, minutes);
    int64_t at = seconds_of(t);

    CHECK(t.us % 1000000 == 0);
    CHECK(wall(z, at) >= want);
    for (int64_t back = 1; back < 2 * 86400; back = back * 2 + 1)
        CHECK(wall(z, at - back) < want);
    if (wall(z, at) == want)
        CHECK(date_cmp(zone_date(z, t), d) == 0);
}

static void check_zone(const struct zone *z)
{
    static const struct date days[] = {{1900, 1, 1}, {1901, 12, 14}, {1970, 1, 1},   {2001, 9, 9},  {2024, 2, 29},
                                       {2026, 3, 8}, {2026, 11, 1},  {2037, 12, 31}, {2038, 1, 19}, {2399, 12, 31},
                                       {2400, 1, 1}, {2999, 7, 1},   {2999, 12, 31}};

    check_offset(z, INT64_MIN);
    check_offset(z, INT64_MAX);
    for (int64_t us = -2300000000000000; us < 40000000000000000; us += 97654321987654)
        check_offset(z, us);
    for (size_t i = 0; i < COUNT(days); i++)
        for (int minutes = 0; minutes < 1440; minutes += 60)
            check_instant(z, days[i], minutes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span tzif = {(const char *)data, size};
    struct arena *a = arena_open(MEMORY);
    const struct zone *z = NULL;
    const struct zone *none = NULL;

    if (size <= SOURCE_MAX && zone_parse(a, tzif, &z) == RC_OK) {
        check_zone(z);
        for (size_t cut = 1; cut <= 64 && cut <= size; cut++) {
            CHECK(zone_parse(a, span_sub(tzif, 0, size - cut), &none) == RC_INVALID);
            arena_reset(a);
        }
    }
    CHECK(none == NULL);
    arena_close(&a);
    return 0;
}
