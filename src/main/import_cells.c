/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See import_cells.h.
 */
#include "main/import_cells.h"

static bool is_one_of(struct span folded, const struct span *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_eq(folded, words[i]))
            return true;
    return false;
}

bool import_says_yes(struct span folded)
{
    static const struct span words[] = {
        SPAN_INIT("subscribed"), SPAN_INIT("yes"),       SPAN_INIT("y"),  SPAN_INIT("true"),      SPAN_INIT("t"),
        SPAN_INIT("1"),          SPAN_INIT("active"),    SPAN_INIT("si"), SPAN_INIT("suscrito"),  SPAN_INIT("suscrita"),
        SPAN_INIT("opted in"),   SPAN_INIT("verdadero"), SPAN_INIT("x"),  SPAN_INIT("confirmed"),
    };

    return is_one_of(folded, words, COUNT(words));
}

bool import_says_no(struct span folded)
{
    static const struct span words[] = {
        SPAN_INIT("no"), SPAN_INIT("n"), SPAN_INIT("false"), SPAN_INIT("f"), SPAN_INIT("0"), SPAN_INIT("falso"),
    };

    return folded.n == 0 || is_one_of(folded, words, COUNT(words));
}

bool import_says_left(struct span folded)
{
    static const struct span words[] = {
        SPAN_INIT("unsubscribed"),   SPAN_INIT("non subscribed"),   SPAN_INIT("nonsubscribed"),
        SPAN_INIT("not subscribed"), SPAN_INIT("never subscribed"), SPAN_INIT("transactional"),
        SPAN_INIT("archived"),       SPAN_INIT("pending"),          SPAN_INIT("cleaned"),
        SPAN_INIT("bounced"),        SPAN_INIT("bouncing"),         SPAN_INIT("previous bounce"),
        SPAN_INIT("spam"),           SPAN_INIT("spam complaint"),   SPAN_INIT("previous spam complaint"),
        SPAN_INIT("complained"),     SPAN_INIT("opted out"),        SPAN_INIT("opt out"),
        SPAN_INIT("suppressed"),     SPAN_INIT("deleted"),          SPAN_INIT("baja"),
        SPAN_INIT("cancelado"),      SPAN_INIT("cancelada"),
    };

    return is_one_of(folded, words, COUNT(words));
}

bool import_says_lang(struct span folded, enum lang *lang_out)
{
    static const struct span english[] = {SPAN_INIT("english"), SPAN_INIT("ingles"), SPAN_INIT("eng")};
    static const struct span spanish[] = {SPAN_INIT("spanish"), SPAN_INIT("espanol"), SPAN_INIT("castellano"),
                                          SPAN_INIT("spa")};
    struct span first;
    struct span rest;

    (void)span_cut(folded, ' ', &first, &rest); /* "es mx", "english (us)" */
    if (lang_from_code(first, lang_out))
        return true;
    if (is_one_of(first, english, COUNT(english)))
        *lang_out = LANG_EN;
    else if (is_one_of(first, spanish, COUNT(spanish)))
        *lang_out = LANG_ES;
    else
        return false;
    return true;
}

/* ---- days ---- */

/* What stands behind a day: a time in any of the ways in which programs write it, which we have no use for. */
static bool is_time(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || span_find_char(S(" :.+-TZUCGMAPamp"), s.p[i]) != SPAN_NONE))
            return false;
    return true;
}

/* Three numbers with one kind of sign between them. */
static bool read_three(struct span cell, uint64_t numbers_out[3])
{
    size_t end = 0;
    struct span rest;
    struct span part;
    char sign;
    int i = 0;

    while (end < cell.n && cell.p[end] != ' ' && cell.p[end] != 'T')
        end++;
    if (!is_time(span_from(cell, end)))
        return false;
    rest = span_sub(cell, 0, end);
    sign = span_find_char(rest, '/') != SPAN_NONE ? '/' : span_find_char(rest, '.') != SPAN_NONE ? '.' : '-';
    while (span_next(&rest, sign, &part))
        if (i == 3 || part.n > 4 || !span_to_u64(part, 9999, &numbers_out[i++]))
            return false;
    return i == 3 && (numbers_out[0] > 31 || numbers_out[2] > 99 || sign == '/'); /* 26-04-24 may be anything */
}

static bool make_day(uint64_t year, uint64_t month, uint64_t day, struct date *day_out)
{
    struct date d;

    if (year < 100)
        year += 2000;
    if (year < 1900 || year > 2999 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    d = (struct date){(int16_t)year, (int8_t)month, (int8_t)day};
    *day_out = date_from_days(date_to_days(d)); /* the 31st of April comes back as another */
    return date_cmp(d, *day_out) == 0;
}

void import_days_see(struct import_days *days, struct span cell)
{
    uint64_t n[3];

    if (!read_three(span_trim(cell), n) || n[0] > 31)
        return;
    days->has_day_first |= n[0] > 12 && n[1] <= 12;
    days->has_month_first |= n[1] > 12 && n[0] <= 12;
}

enum rc import_day_read(const struct import_days *days, struct span cell, struct date *day_out)
{
    uint64_t n[3];
    bool is_month_first;

    *day_out = (struct date){0};
    if (!read_three(span_trim(cell), n))
        return RC_INVALID;
    if (n[0] > 31)
        return make_day(n[0], n[1], n[2], day_out) ? RC_OK : RC_INVALID;
    if (n[0] <= 12 && n[1] <= 12 && n[0] != n[1] && days->has_day_first == days->has_month_first)
        return RC_CONFLICT;
    is_month_first = n[1] > 12 || (n[0] <= 12 && days->has_month_first);
    if (!make_day(n[2], is_month_first ? n[0] : n[1], is_month_first ? n[1] : n[0], day_out))
        return RC_INVALID;
    return RC_OK;
}
