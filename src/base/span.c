/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Borrowed text. Pure: nothing here allocates or writes through a span.
 */
#define _GNU_SOURCE /* memmem, memrchr */
#include "base/span.h"

#include <string.h>

struct span span_of(const char *cstr)
{
    return (struct span){cstr, cstr ? strlen(cstr) : 0};
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool span_eq_nocase(struct span a, struct span b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
            return false;
    return true;
}

int span_cmp(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;

    if (order != 0)
        return order;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool span_ends(struct span s, struct span suffix)
{
    return s.n >= suffix.n && span_eq(span_from(s, s.n - suffix.n), suffix);
}

size_t span_find(struct span s, struct span what)
{
    const char *at;

    if (what.n == 0)
        return 0;
    if (s.n < what.n)
        return SPAN_NONE;
    at = memmem(s.p, s.n, what.p, what.n);
    return at ? (size_t)(at - s.p) : SPAN_NONE;
}

size_t span_find_char(struct span s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

    return at ? (size_t)(at - s.p) : SPAN_NONE;
}

size_t span_find_last_char(struct span s, char c)
{
    const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;

    return at ? (size_t)(at - s.p) : SPAN_NONE;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct span span_trim(struct span s)
{
    while (s.n && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool span_cut(struct span s, char sep, struct span *before_out, struct span *after_out)
{
    size_t at = span_find_char(s, sep);

    if (at == SPAN_NONE) {
        *before_out = s;
        *after_out = (struct span){0};
        return false;
    }
    *before_out = span_sub(s, 0, at);
    *after_out = span_from(s, at + 1);
    return true;
}

bool span_next(struct span *rest, char sep, struct span *piece_out)
{
    struct span after;

    if (rest->p == NULL)
        return false;
    if (span_cut(*rest, sep, piece_out, &after))
        *rest = after;
    else
        *rest = (struct span){0};
    return true;
}

bool span_to_u64(struct span s, uint64_t max, uint64_t *value_out)
{
    uint64_t value = 0;

    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value > max)
        return false;
    *value_out = value;
    return true;
}
