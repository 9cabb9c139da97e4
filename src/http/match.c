/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * ETags never hold commas or quotes here (http.h says what they are made of), so a list may be cut at its commas.
 */
#include "http/match.h"

static bool quoted_is(struct span s, struct span etag)
{
    return s.n == etag.n + 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' && span_eq(span_sub(s, 1, etag.n), etag);
}

bool etag_listed(struct span header, struct span etag)
{
    struct span entry;

    if (span_eq(span_trim(header), S("*")))
        return true;
    while (span_next(&header, ',', &entry)) {
        entry = span_trim(entry);
        if (span_starts(entry, S("W/")))
            entry = span_from(entry, 2);
        if (quoted_is(entry, etag))
            return true;
    }
    return false;
}

bool etag_same_strong(struct span header, struct span etag)
{
    return quoted_is(span_trim(header), etag);
}

enum range_kind range_parse(struct span header, uint64_t size, uint64_t *from_out, uint64_t *len_out)
{
    struct span unit;
    struct span set;
    struct span first;
    struct span last;
    uint64_t from;
    uint64_t to;

    if (!span_cut(span_trim(header), '=', &unit, &set) || !span_eq_nocase(unit, S("bytes")) ||
        span_find_char(set, ',') != SPAN_NONE || !span_cut(span_trim(set), '-', &first, &last))
        return RANGE_WHOLE;
    if (first.n == 0) { /* the last so many */
        if (!span_to_u64(last, UINT64_MAX, &to))
            return RANGE_WHOLE;
        if (to == 0 || size == 0)
            return RANGE_NOWHERE;
        *len_out = to < size ? to : size;
        *from_out = size - *len_out;
        return RANGE_PART;
    }
    if (!span_to_u64(first, UINT64_MAX, &from))
        return RANGE_WHOLE;
    to = UINT64_MAX;
    if (last.n && (!span_to_u64(last, UINT64_MAX, &to) || to < from))
        return RANGE_WHOLE;
    if (from >= size)
        return RANGE_NOWHERE;
    *from_out = from;
    *len_out = (to < size - 1 ? to : size - 1) - from + 1;
    return RANGE_PART;
}
