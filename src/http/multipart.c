/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * multipart/form-data (RFC 7578) of a body that is whole in memory. Strict: CRLF, nothing before the first delimiter,
 * every part a form-data with a name, nothing but an optional CRLF after the last delimiter. Everything borrows.
 */
#include "http/form_impl.h"

enum { BOUNDARY_MAX = 70, PART_HEADERS_MAX = 8 };

/* Takes a quoted string or a token off the front. */
static bool take_value(struct span *rest, struct span *value_out)
{
    size_t end;

    if (span_starts(*rest, S("\""))) {
        end = span_find_char(span_from(*rest, 1), '"');
        if (end == SPAN_NONE)
            return false;
        *value_out = span_sub(*rest, 1, end);
        *rest = span_from(*rest, end + 2);
        return true;
    }
    end = span_find_char(*rest, ';');
    *value_out = span_trim(end == SPAN_NONE ? *rest : span_sub(*rest, 0, end));
    *rest = end == SPAN_NONE ? S("") : span_from(*rest, end);
    return value_out->n > 0;
}

bool form_header_param(struct span params, struct span name, struct span *value_out)
{
    struct span key;
    struct span value;

    while (params.n > 0) {
        if (!span_cut(params, '=', &key, &params) || !take_value(&params, &value))
            return false;
        if (span_eq_nocase(span_trim(key), name)) {
            *value_out = value;
            return true;
        }
        params = span_trim(params);
        if (params.n > 0 && !span_starts(params, S(";")))
            return false;
        params = span_from(params, 1);
    }
    return false;
}

static bool boundary_is_fine(struct span b)
{
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] <= 0x20 || b.p[i] >= 0x7F)
            return false;
    return b.n > 0 && b.n <= BOUNDARY_MAX;
}

/* Takes `what` off the front. */
static bool take(struct span *s, struct span what)
{
    if (!span_starts(*s, what))
        return false;
    *s = span_from(*s, what.n);
    return true;
}

static bool read_part_header(struct span line, struct form_pair *pair)
{
    struct span name;
    struct span value;
    struct span kind;
    struct span params;

    if (!span_cut(line, ':', &name, &value))
        return false;
    value = span_trim(value);
    if (span_eq_nocase(name, S("Content-Type"))) {
        pair->type = value;
        return true;
    }
    if (!span_eq_nocase(name, S("Content-Disposition")))
        return true;
    (void)span_cut(value, ';', &kind, &params);
    if (!span_eq_nocase(span_trim(kind), S("form-data")) || pair->name.n ||
        !form_header_param(params, S("name"), &pair->name) || pair->name.n == 0)
        return false;
    pair->is_file = form_header_param(params, S("filename"), &pair->file_name);
    return true;
}

/* The head of a part, up to and with its empty line. */
static bool read_part_head(struct span *rest, struct form_pair *pair)
{
    for (int i = 0; i <= PART_HEADERS_MAX; i++) {
        size_t end = span_find(*rest, S("\r\n"));
        struct span line;

        if (end == SPAN_NONE)
            return false;
        line = span_sub(*rest, 0, end);
        *rest = span_from(*rest, end + 2);
        if (line.n == 0)
            return pair->name.n > 0;
        if (!read_part_header(line, pair))
            return false;
    }
    return false;
}

/* Offset of CRLF "--" boundary. */
static size_t find_delimiter(struct span s, struct span boundary)
{
    size_t at = 0;

    for (;;) {
        size_t found = span_find(span_from(s, at), S("\r\n--"));

        if (found == SPAN_NONE)
            return SPAN_NONE;
        at += found;
        if (span_starts(span_from(s, at + 4), boundary))
            return at;
        at += 4;
    }
}

enum rc form_read_multipart(struct span body, struct span boundary, struct form_pairs *pairs_out)
{
    struct span rest = body;

    pairs_out->count = 0;
    if (!boundary_is_fine(boundary) || !take(&rest, S("--")) || !take(&rest, boundary))
        return RC_INVALID;
    while (take(&rest, S("\r\n"))) {
        struct form_pair *pair = &pairs_out->items[pairs_out->count];
        size_t end;

        if (pairs_out->count == FORM_FIELDS_MAX)
            return RC_LIMIT;
        *pair = (struct form_pair){.is_file = false};
        if (!read_part_head(&rest, pair))
            return RC_INVALID;
        end = find_delimiter(rest, boundary);
        if (end == SPAN_NONE)
            return RC_INVALID;
        pair->value = span_sub(rest, 0, end);
        rest = span_from(rest, end + 4 + boundary.n);
        pairs_out->count++;
    }
    if (!take(&rest, S("--")))
        return RC_INVALID;
    return rest.n == 0 || span_eq(rest, S("\r\n")) ? RC_OK : RC_INVALID;
}
