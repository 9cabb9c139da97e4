/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Days, instants and time zones, without the C library's one zone a process.
 *
 * Inside the program time is an `instant`: microseconds since 1970-01-01 UTC. A `date` is a day in the calendar of
 * a campaign; a zone turns one into the other. Zones are TZif files (RFC 8536), parsed from bytes that others read.
 */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/arena.h"
#include "base/buf.h"

struct instant {
    int64_t us; /* microseconds since 1970-01-01T00:00:00Z */
};

struct date {
    int16_t year; /* 1900 … 2999 */
    int8_t month; /* 1 … 12; 0 in a date that is not set */
    int8_t day;   /* 1 … 31 */
};

bool date_is_set(struct date d);
/* "2026-04-24" and nothing else; false for a day that no calendar has. */
bool date_parse(struct span s, struct date *date_out);
int date_cmp(struct date a, struct date b);
int32_t date_to_days(struct date d); /* days since 1970-01-01, negative before */
struct date date_from_days(int32_t days);
int date_weekday(struct date d);             /* 0 = Sunday */
void date_put(struct buf *b, struct date d); /* as YYYY-MM-DD */
/* "7:30" or "07:30" on a clock of 24 hours → minutes since midnight. */
bool clock_parse(struct span s, int *minutes_out);

/* RFC 3339 with "Z" or an offset; a date alone is 00:00 in UTC. */
bool instant_parse(struct span s, struct instant *instant_out);
void instant_put(struct buf *b, struct instant t); /* as 2026-04-24T14:30:00Z, RFC 3339 */

struct zone;
/* Reads the bytes of a TZif file of version 1 to 4. RC_INVALID for anything else. Lives in `a`; borrows nothing. */
MUST_USE enum rc zone_parse(struct arena *a, struct span tzif, const struct zone **zone_out);
int32_t zone_offset(const struct zone *z, struct instant t); /* seconds east of UTC at that instant */
/* The instant of a wall-clock time. A time that a clock change skips is the instant of the change; of one that
 * comes twice the first is taken. */
struct instant zone_instant(const struct zone *z, struct date d, int minutes);
struct date zone_date(const struct zone *z, struct instant t);

#endif
