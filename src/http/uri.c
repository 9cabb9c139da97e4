/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Paths are split before they are decoded, so an escaped slash can never make a segment.
 */
#include "http/uri.h"
#include "base/utf8.h"

#include <string.h>

enum { HOST_MAX = 253 };

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

enum rc uri_decode(struct arena *a, struct span s, bool plus, struct span *out)
{
    char *room;
    size_t n = 0;

    *out = s;
    if (span_find_char(s, '%') == SPAN_NONE && (!plus || span_find_char(s, '+') == SPAN_NONE))
        return RC_OK;
    room = arena_alloc(a, s.n);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '%') {
            if (s.n - i < 3 || hex(s.p[i + 1]) < 0 || hex(s.p[i + 2]) < 0)
                return RC_INVALID;
            c = (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]));
            i += 2;
        } else if (plus && c == '+') {
            c = ' ';
        }
        room[n++] = c;
    }
    *out = (struct span){room, n};
    return RC_OK;
}

static bool segment_is_fine(struct span s)
{
    if (span_eq(s, S(".")) || span_eq(s, S("..")) || utf8_first_fault(s) != SPAN_NONE)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F || s.p[i] == '/' || s.p[i] == '\\')
            return false;
    return true;
}

enum rc uri_path(struct arena *a, struct span raw, struct span *path_out)
{
    struct span rest = raw;
    struct span piece;
    struct span segment;
    size_t n = 0;
    char *room;

    if (raw.n > URI_PATH_MAX)
        return RC_LIMIT;
    if (!span_starts(raw, S("/")))
        return RC_INVALID;
    room = arena_alloc(a, raw.n);
    rest = span_from(raw, 1);
    while (span_next(&rest, '/', &piece)) {
        if (uri_decode(a, piece, false, &segment) != RC_OK || !segment_is_fine(segment))
            return RC_INVALID;
        room[n++] = '/';
        if (segment.n)
            memcpy(room + n, segment.p, segment.n);
        n += segment.n;
    }
    if (n == 0)
        room[n++] = '/';
    *path_out = (struct span){room, n};
    return RC_OK;
}

void uri_path_put(struct buf *out, struct span path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/";

    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];

        if (c && strchr(plain, c))
            buf_char(out, (char)c);
        else
            buf_printf(out, "%%%02X", c);
    }
}

enum rc uri_query(struct arena *a, struct span query, struct span name, struct span *value_out)
{
    struct span pair;
    struct span key;
    struct span value;

    while (span_next(&query, '&', &pair)) {
        (void)span_cut(pair, '=', &key, &value);
        if (uri_decode(a, key, true, &key) != RC_OK || !span_eq(key, name))
            continue;
        if (uri_decode(a, value, true, &value) != RC_OK || utf8_first_fault(value) != SPAN_NONE)
            return RC_INVALID;
        *value_out = value;
        return RC_OK;
    }
    return RC_NOT_FOUND;
}

/* Cuts ":port" off. False when what follows the colon is no port. */
static bool cut_port(struct span *host)
{
    size_t from = span_starts(*host, S("[")) ? span_find_char(*host, ']') : 0;
    size_t colon;
    uint64_t port;

    if (from == SPAN_NONE)
        return false;
    colon = span_find_char(span_from(*host, from), ':');
    if (colon == SPAN_NONE)
        return !span_starts(*host, S("[")) || from == host->n - 1;
    if (from > 0 && colon != 1)
        return false;
    if (!span_to_u64(span_from(*host, from + colon + 1), 65535, &port))
        return false;
    *host = span_sub(*host, 0, from + colon);
    return true;
}

enum rc uri_host(struct arena *a, struct span header, struct span *host_out)
{
    struct span host = header;
    bool v6 = span_starts(host, S("["));
    char *room;

    if (!cut_port(&host))
        return RC_INVALID;
    if (!v6 && span_ends(host, S(".")))
        host = span_sub(host, 0, host.n - 1);
    if (host.n == 0 || host.n > HOST_MAX)
        return RC_INVALID;
    room = arena_alloc(a, host.n);
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        else if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_' &&
                 !(v6 && (c == ':' || c == '[' || c == ']')))
            return RC_INVALID;
        room[i] = c;
    }
    *host_out = (struct span){room, host.n};
    return RC_OK;
}
