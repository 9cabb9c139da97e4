/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The calendar, the clock and the zones.
 *
 * The calendar is Gregorian throughout and counted in 64 bits inside, so no instant can overflow it; a `date` that
 * comes out is kept within its years, 1900 to 2999. A zone is a table of changes and, for all that comes after the
 * table, the rule in the file's last line (RFC 8536 §3.3): the files of today hold little more than the rule.
 * Nothing here asks the machine for the time or for a file.
 *
 * A file that counts leap seconds is refused: our instants do not count them.
 */
#include "base/time.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, SECOND_US = 1000000 };
enum { YEAR_FIRST = 1900, YEAR_LAST = 2999 };
/* What a file may ask for: the largest real one has under 300 changes; a type's number is one byte. */
enum { CHANGES_MAX = 2000, TYPES_MAX = 256 };
/* RFC 8536 §3.2: offsets from over -25 hours to under 26. */
enum { OFFSET_LEAST = -25 * HOUR + 1, OFFSET_MOST = 26 * HOUR - 1 };

enum rule_kind { RULE_JULIAN /* J60: 29 February never counts */, RULE_DAY /* 59: from 0 */, RULE_WEEK /* M3.2.0 */ };

struct rule {
    enum rule_kind kind;
    int day; /* of the year, or of the week from Sunday */
    int month;
    int week;     /* 5 is the last */
    int32_t time; /* seconds after midnight on the clock before the change; may be negative or over a day */
};

struct zone {
    const int64_t *changes; /* ascending, seconds since 1970 */
    const int32_t *offsets; /* in force from the change of the same index on */
    size_t count;
    int32_t offset_first; /* before all changes */
    bool has_rule;        /* after the last change: otherwise its offset stays */
    bool has_summer;
    int32_t standard;
    int32_t summer;
    struct rule summer_begins;
    struct rule summer_ends;
};

/* ---- calendar ---- */

static int64_t floor_div(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int64_t year, int month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Years begin in March here, so that the leap day is the last of its year; 719468 days from 0000-03-01 to 1970. */
static int64_t days_of(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static int64_t year_of(int64_t days)
{
    int64_t year = 1970 + floor_div(days * 400, 146097);

    while (days_of(year, 1, 1) > days)
        year--;
    while (days_of(year + 1, 1, 1) <= days)
        year++;
    return year;
}

static int weekday_of(int64_t days)
{
    int64_t since_sunday = days + 4; /* 1970-01-01 was a Thursday */

    return (int)(since_sunday - floor_div(since_sunday, 7) * 7);
}

bool date_is_set(struct date d)
{
    return d.month != 0;
}

int date_cmp(struct date a, struct date b)
{
    if (a.year != b.year)
        return a.year < b.year ? -1 : 1;
    if (a.month != b.month)
        return a.month < b.month ? -1 : 1;
    return a.day < b.day ? -1 : a.day > b.day;
}

int32_t date_to_days(struct date d)
{
    return (int32_t)days_of(d.year, d.month, d.day);
}

struct date date_from_days(int32_t days)
{
    int64_t first = days_of(YEAR_FIRST, 1, 1);
    int64_t last = days_of(YEAR_LAST, 12, 31);
    int64_t within = days < first ? first : days > last ? last : days;
    int64_t year = year_of(within);
    int month = 1;
    int64_t day = within - days_of(year, 1, 1);

    while (day >= days_in_month(year, month))
        day -= days_in_month(year, month++);
    return (struct date){(int16_t)year, (int8_t)month, (int8_t)(day + 1)};
}

int date_weekday(struct date d)
{
    return weekday_of(date_to_days(d));
}

/* ---- text ---- */

static bool take_char(struct span *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = span_from(*s, 1);
    return true;
}

/* `least` to `most` digits, `most` under 10. */
static bool take_digits(struct span *s, size_t least, size_t most, int *value_out)
{
    size_t n = 0;
    int value = 0;

    while (n < most && n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
        value = value * 10 + (s->p[n++] - '0');
    *s = span_from(*s, n);
    *value_out = value;
    return n >= least;
}

/* Two digits, at most `max`. */
static bool take_two(struct span *s, int max, int *value_out)
{
    return take_digits(s, 2, 2, value_out) && *value_out <= max;
}

bool date_parse(struct span s, struct date *date_out)
{
    int year;
    int month;
    int day;

    if (!take_digits(&s, 4, 4, &year) || !take_char(&s, '-') || !take_digits(&s, 2, 2, &month) || !take_char(&s, '-') ||
        !take_digits(&s, 2, 2, &day) || s.n > 0)
        return false;
    if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *date_out = (struct date){(int16_t)year, (int8_t)month, (int8_t)day};
    return true;
}

void date_put(struct buf *b, struct date d)
{
    buf_printf(b, "%04d-%02d-%02d", d.year, d.month, d.day);
}

bool clock_parse(struct span s, int *minutes_out)
{
    int hours;
    int minutes;

    if (!take_digits(&s, 1, 2, &hours) || hours > 23 || !take_char(&s, ':') || !take_two(&s, 59, &minutes) || s.n > 0)
        return false;
    *minutes_out = hours * 60 + minutes;
    return true;
}

/* ".25" → 250000. Digits past the microsecond are read and dropped; without a dot it is 0. */
static bool take_fraction(struct span *s, int *us_out)
{
    int us = 0;
    int unit = SECOND_US / 10;
    size_t n = 0;

    *us_out = 0;
    if (!take_char(s, '.'))
        return true;
    for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
        us += (s->p[n] - '0') * unit;
        unit /= 10;
    }
    *s = span_from(*s, n);
    *us_out = us;
    return n > 0;
}

/* "Z" or "+01:30", in seconds east. */
static bool take_offset(struct span *s, int *offset_out)
{
    int sign;
    int hours;
    int minutes;

    *offset_out = 0;
    if (take_char(s, 'Z') || take_char(s, 'z'))
        return true;
    if (take_char(s, '+'))
        sign = 1;
    else if (take_char(s, '-'))
        sign = -1;
    else
        return false;
    if (!take_two(s, 23, &hours) || !take_char(s, ':') || !take_two(s, 59, &minutes))
        return false;
    *offset_out = sign * (hours * HOUR + minutes * MINUTE);
    return true;
}

/* What follows the day: seconds since its midnight in UTC, and microseconds. */
static bool take_time(struct span *s, int *seconds_out, int *us_out, bool *leap_out)
{
    int hours;
    int minutes;
    int seconds;
    int offset;

    if (!take_char(s, 'T') && !take_char(s, 't'))
        return false;
    if (!take_two(s, 23, &hours) || !take_char(s, ':') || !take_two(s, 59, &minutes) || !take_char(s, ':') ||
        !take_two(s, 60, &seconds) || !take_fraction(s, us_out) || !take_offset(s, &offset))
        return false;
    *leap_out = seconds == 60;
    *seconds_out = hours * HOUR + minutes * MINUTE + seconds - offset;
    return true;
}

bool instant_parse(struct span s, struct instant *instant_out)
{
    struct span rest = span_from(s, 10);
    struct date d;
    int seconds = 0;
    int us = 0;
    bool leap = false;
    int64_t at;

    if (!date_parse(span_sub(s, 0, 10), &d))
        return false;
    if (rest.n > 0 && (!take_time(&rest, &seconds, &us, &leap) || rest.n > 0))
        return false;
    at = (int64_t)date_to_days(d) * DAY + seconds;
    if (at < days_of(YEAR_FIRST, 1, 1) * DAY || at >= days_of(YEAR_LAST + 1, 1, 1) * DAY)
        return false;
    /* A leap second ends a month in UTC (RFC 3339 §5.7) and is for us the one after it. */
    if (leap && (at % DAY != 0 || date_from_days((int32_t)(at / DAY)).day != 1))
        return false;
    instant_out->us = at * SECOND_US + us;
    return true;
}

static int64_t seconds_of(struct instant t)
{
    return floor_div(t.us, SECOND_US);
}

void instant_put(struct buf *b, struct instant t)
{
    int64_t seconds = seconds_of(t);
    int64_t days = floor_div(seconds, DAY); /* 64 bits of microseconds are under 2^27 days */
    int of_day = (int)(seconds - days * DAY);

    date_put(b, date_from_days((int32_t)days));
    buf_printf(b, "T%02d:%02d:%02dZ", of_day / HOUR, of_day / MINUTE % 60, of_day % 60);
}

/* ---- the rule: a POSIX TZ string, `PST8PDT,M3.2.0,M11.1.0` ---- */

static bool is_name_char(char c, bool quoted)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
}

static bool take_name(struct span *s)
{
    bool quoted = take_char(s, '<');
    size_t n = 0;

    while (n < s->n && is_name_char(s->p[n], quoted))
        n++;
    *s = span_from(*s, n);
    return n >= 3 && (!quoted || take_char(s, '>'));
}

/* "-2", "02:00", "1:30:15": seconds. */
static bool take_hms(struct span *s, int hours_max, int32_t *seconds_out)
{
    int sign = take_char(s, '-') ? -1 : 1;
    int hours;
    int minutes = 0;
    int seconds = 0;

    if (sign > 0)
        (void)take_char(s, '+');
    if (!take_digits(s, 1, 3, &hours) || hours > hours_max)
        return false;
    if (take_char(s, ':')) {
        if (!take_two(s, 59, &minutes))
            return false;
        if (take_char(s, ':') && !take_two(s, 59, &seconds))
            return false;
    }
    *seconds_out = sign * (hours * HOUR + minutes * MINUTE + seconds);
    return true;
}

static bool take_week(struct span *s, struct rule *r)
{
    r->kind = RULE_WEEK;
    return take_digits(s, 1, 2, &r->month) && r->month >= 1 && r->month <= 12 && take_char(s, '.') &&
           take_digits(s, 1, 1, &r->week) && r->week >= 1 && r->week <= 5 && take_char(s, '.') &&
           take_digits(s, 1, 1, &r->day) && r->day <= 6;
}

/* ",M3.2.0/2". Times from -167 to 167 hours as in version 3 and later; earlier ones are within that. */
static bool take_rule(struct span *s, struct rule *r)
{
    bool fits;

    *r = (struct rule){.time = 2 * HOUR};
    if (!take_char(s, ','))
        return false;
    if (take_char(s, 'M')) {
        fits = take_week(s, r);
    } else if (take_char(s, 'J')) {
        r->kind = RULE_JULIAN;
        fits = take_digits(s, 1, 3, &r->day) && r->day >= 1 && r->day <= 365;
    } else {
        r->kind = RULE_DAY;
        fits = take_digits(s, 1, 3, &r->day) && r->day <= 365;
    }
    return fits && (!take_char(s, '/') || take_hms(s, 167, &r->time));
}

static bool posix_parse(struct span s, struct zone *z)
{
    int32_t west;

    z->has_rule = s.n > 0;
    if (s.n == 0)
        return true;
    if (!take_name(&s) || !take_hms(&s, 24, &west))
        return false;
    z->standard = -west;
    if (s.n == 0)
        return true;
    z->has_summer = true;
    z->summer = z->standard + HOUR;
    if (!take_name(&s))
        return false;
    if (s.n > 0 && s.p[0] != ',') {
        if (!take_hms(&s, 24, &west))
            return false;
        z->summer = -west;
    }
    return take_rule(&s, &z->summer_begins) && take_rule(&s, &z->summer_ends) && s.n == 0;
}

/* Seconds since 1970 on the clock that the rule is told in. */
static int64_t rule_time(const struct rule *r, int64_t year)
{
    int64_t day = days_of(year, 1, 1);

    switch (r->kind) {
    case RULE_JULIAN:
        day += r->day - 1 + (r->day >= 60 && is_leap(year));
        break;
    case RULE_DAY:
        day += r->day;
        break;
    case RULE_WEEK: {
        int64_t first = days_of(year, r->month, 1);

        day = first + (7 + r->day - weekday_of(first)) % 7 + (r->week - 1) * 7;
        if (day >= first + days_in_month(year, r->month))
            day -= 7;
        break;
    }
    }
    return day * DAY + r->time;
}

/* The rule's last change at or before `at`, and the first after it. A rule's time may lie a week outside its year, so
 * two years on either side are enough. A summer that begins when another ends never stops: the beginning wins. */
static void rule_around(const struct zone *z, int64_t at, bool *summer_out, int64_t *next_out)
{
    int64_t year = year_of(floor_div(at, DAY));
    int64_t last = INT64_MIN;

    *summer_out = false;
    *next_out = INT64_MAX;
    for (int64_t y = year - 2; y <= year + 2; y++) {
        int64_t ends = rule_time(&z->summer_ends, y) - z->summer;
        int64_t begins = rule_time(&z->summer_begins, y) - z->standard;

        if (ends <= at && ends > last) {
            last = ends;
            *summer_out = false;
        }
        if (begins <= at && begins >= last) {
            last = begins;
            *summer_out = true;
        }
        if (ends > at && ends < *next_out)
            *next_out = ends;
        if (begins > at && begins < *next_out)
            *next_out = begins;
    }
}

/* ---- the file ---- */

struct header {
    char version;
    uint32_t indicators_utc;
    uint32_t indicators_standard;
    uint32_t leap_seconds;
    uint32_t changes;
    uint32_t types;
    uint32_t name_bytes;
};

static uint32_t big_endian_32(const char *p)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++)
        value = value << 8 | (uint8_t)p[i];
    return value;
}

static int64_t big_endian_time(const char *p, size_t size)
{
    if (size == 4)
        return (int32_t)big_endian_32(p);
    return (int64_t)((uint64_t)big_endian_32(p) << 32 | big_endian_32(p + 4));
}

static bool take_bytes(struct span *rest, uint64_t n, struct span *taken_out)
{
    if (n > rest->n)
        return false;
    *taken_out = span_sub(*rest, 0, (size_t)n);
    *rest = span_from(*rest, (size_t)n);
    return true;
}

static bool take_header(struct span *rest, struct header *h)
{
    struct span bytes;

    if (!take_bytes(rest, 44, &bytes) || !span_starts(bytes, S("TZif")))
        return false;
    *h = (struct header){
        .version = bytes.p[4],
        .indicators_utc = big_endian_32(bytes.p + 20),
        .indicators_standard = big_endian_32(bytes.p + 24),
        .leap_seconds = big_endian_32(bytes.p + 28),
        .changes = big_endian_32(bytes.p + 32),
        .types = big_endian_32(bytes.p + 36),
        .name_bytes = big_endian_32(bytes.p + 40),
    };
    return h->version == '\0' || (h->version >= '2' && h->version <= '4');
}

/* Bytes of the block behind the header, when a time has `size` bytes. */
static uint64_t block_size(const struct header *h, size_t size)
{
    return (uint64_t)h->changes * (size + 1) + (uint64_t)h->types * 6 + h->name_bytes +
           (uint64_t)h->leap_seconds * (size + 4) + h->indicators_standard + h->indicators_utc;
}

static bool header_is_sound(const struct header *h)
{
    return h->changes <= CHANGES_MAX && h->types >= 1 && h->types <= TYPES_MAX && h->name_bytes >= 1 &&
           h->leap_seconds == 0 && (h->indicators_utc == 0 || h->indicators_utc == h->types) &&
           (h->indicators_standard == 0 || h->indicators_standard == h->types);
}

/* The offset of each type. A type is an offset in 4 bytes, whether it is summer time, and where its name is. */
static bool read_types(const struct header *h, const char *p, int32_t offsets[TYPES_MAX])
{
    CHECK(h->types >= 1 && h->types <= TYPES_MAX);
    for (uint32_t i = 0; i < h->types; i++, p += 6) {
        offsets[i] = (int32_t)big_endian_32(p);
        if (offsets[i] < OFFSET_LEAST || offsets[i] > OFFSET_MOST || (uint8_t)p[4] > 1 ||
            (uint8_t)p[5] >= h->name_bytes)
            return false;
    }
    return true;
}

static bool read_changes(struct arena *a, const struct header *h, struct span block, size_t size, struct zone *z)
{
    const char *type_of = block.p + h->changes * size;
    int64_t *changes = ARENA_ARRAY(a, int64_t, h->changes);
    int32_t *offsets = ARENA_ARRAY(a, int32_t, h->changes);
    int32_t type_offsets[TYPES_MAX];

    if (!read_types(h, type_of + h->changes, type_offsets))
        return false;
    for (uint32_t i = 0; i < h->changes; i++) {
        uint8_t type = (uint8_t)type_of[i];

        changes[i] = big_endian_time(block.p + i * size, size);
        if (type >= h->types || (i > 0 && changes[i] <= changes[i - 1]))
            return false;
        offsets[i] = type_offsets[type];
    }
    z->changes = changes;
    z->offsets = offsets;
    z->count = h->changes;
    z->offset_first = type_offsets[0];
    return true;
}

/* The last line, between two line ends. */
static bool read_footer(struct span rest, struct zone *z)
{
    size_t end;

    if (!take_char(&rest, '\n'))
        return false;
    end = span_find_char(rest, '\n');
    return end != SPAN_NONE && end + 1 == rest.n && posix_parse(span_sub(rest, 0, end), z);
}

enum rc zone_parse(struct arena *a, struct span tzif, const struct zone **zone_out)
{
    struct zone *z;
    struct span rest = tzif;
    struct span block;
    struct header h;
    size_t size = 4;

    if (!take_header(&rest, &h))
        return RC_INVALID;
    if (h.version != '\0') { /* the first block is for readers of version 1: passed over */
        char version = h.version;

        if (!take_bytes(&rest, block_size(&h, 4), &block) || !take_header(&rest, &h) || h.version != version)
            return RC_INVALID;
        size = 8;
    }
    if (!header_is_sound(&h) || !take_bytes(&rest, block_size(&h, size), &block))
        return RC_INVALID;
    z = ARENA_NEW(a, struct zone);
    if (!read_changes(a, &h, block, size, z))
        return RC_INVALID;
    if (h.version == '\0' ? rest.n > 0 : !read_footer(rest, z))
        return RC_INVALID;
    *zone_out = z;
    return RC_OK;
}

/* ---- zones ---- */

/* How many changes are at or before `at`. */
static size_t changes_until(const struct zone *z, int64_t at)
{
    size_t low = 0;
    size_t high = z->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (z->changes[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The offset in force at `at`, and when it changes next: INT64_MAX for never. */
static int32_t offset_at(const struct zone *z, int64_t at, int64_t *next_out)
{
    size_t passed = changes_until(z, at);
    bool summer;

    *next_out = passed < z->count ? z->changes[passed] : INT64_MAX;
    if (passed < z->count || !z->has_rule) /* the rule is for what comes after the table */
        return passed ? z->offsets[passed - 1] : z->offset_first;
    if (!z->has_summer)
        return z->standard;
    rule_around(z, at, &summer, next_out);
    return summer ? z->summer : z->standard;
}

int32_t zone_offset(const struct zone *z, struct instant t)
{
    int64_t next;

    return offset_at(z, seconds_of(t), &next);
}

/* The first instant whose wall clock shows the wanted time or a later one. From one change to the next the clock only
 * runs forward, so that is the time itself, the first of two, or the change that skipped it. */
struct instant zone_instant(const struct zone *z, struct date d, int minutes)
{
    int64_t want = (int64_t)date_to_days(d) * DAY + (int64_t)minutes * MINUTE;
    int64_t at = want - OFFSET_MOST - 1; /* no clock is that far ahead: it shows less than wanted */

    for (;;) {
        int64_t next;
        int32_t offset = offset_at(z, at, &next);

        if (at + offset >= want)
            break;
        if (want - offset < next) {
            at = want - offset;
            break;
        }
        at = next;
    }
    return (struct instant){at * SECOND_US};
}

struct date zone_date(const struct zone *z, struct instant t)
{
    return date_from_days((int32_t)floor_div(seconds_of(t) + zone_offset(z, t), DAY));
}
