/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Days in words. Each shape of a range is one whole message, for no two languages build them alike.
 */
#include "page/dates.h"

#include "html/msg.h"

static struct span month_name(enum lang lang, struct date day)
{
    static const enum msg months[] = {
        MSG_DATE_JANUARY, MSG_DATE_FEBRUARY, MSG_DATE_MARCH,     MSG_DATE_APRIL,   MSG_DATE_MAY,      MSG_DATE_JUNE,
        MSG_DATE_JULY,    MSG_DATE_AUGUST,   MSG_DATE_SEPTEMBER, MSG_DATE_OCTOBER, MSG_DATE_NOVEMBER, MSG_DATE_DECEMBER,
    };

    return day.month < 1 || day.month > 12 ? S("") : msg_plain(lang, months[day.month - 1]);
}

/* The message `shape` filled with all that a range may need. */
static struct span in_words(struct arena *a, enum lang lang, enum msg shape, struct date from, struct date to)
{
    struct msg_digits digits[4];
    const struct msg_arg args[] = {
        {S("month"), month_name(lang, from)},         {S("day"), msg_int(&digits[0], from.day)},
        {S("year"), msg_int(&digits[1], from.year)},  {S("last_month"), month_name(lang, to)},
        {S("last_day"), msg_int(&digits[2], to.day)}, {S("last_year"), msg_int(&digits[3], to.year)},
    };

    return msg_text(a, lang, shape, 0, args, COUNT(args));
}

struct span date_words(struct arena *a, enum lang lang, struct date day)
{
    return in_words(a, lang, MSG_DATE_DAY, day, day);
}

struct span date_month_words(struct arena *a, enum lang lang, struct date day)
{
    return in_words(a, lang, MSG_DATE_MONTH, day, day);
}

struct span date_range_words(struct arena *a, enum lang lang, struct date from, struct date to)
{
    if (!date_is_set(to) || date_cmp(from, to) == 0)
        return date_words(a, lang, from);
    if (from.year != to.year)
        return in_words(a, lang, MSG_DATE_RANGE_OF_YEARS, from, to);
    if (from.month != to.month)
        return in_words(a, lang, MSG_DATE_RANGE_OF_MONTHS, from, to);
    return in_words(a, lang, MSG_DATE_RANGE_OF_DAYS, from, to);
}

struct span date_iso(struct arena *a, struct date day)
{
    struct buf *out = buf_new(a, 16);

    date_put(out, day);
    return buf_span(out);
}

struct span date_month_iso(struct arena *a, struct date day)
{
    return span_sub(date_iso(a, day), 0, sizeof "2026-04" - 1);
}

struct span instant_iso(struct arena *a, struct instant t)
{
    struct buf *out = buf_new(a, 40);

    instant_put(out, t);
    return buf_span(out);
}
