/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a path, a query and a host. What is let through is UTF-8 without a control character, has no segment
 * that climbs and as many slashes as came, and is the same again after it was written out and read back.
 */
#include "base/utf8.h"
#include "http/uri.h"

#include <string.h>

enum { MEMORY = 16 * 1024 * 1024 };

static void check_path(struct arena *a, struct span raw)
{
    struct buf *b = buf_new(a, MEMORY / 4);
    struct span path;
    struct span again;
    struct span piece;
    size_t slashes = 0;

    if (uri_path(a, raw, &path) != RC_OK)
        return;
    CHECK(span_starts(path, S("/")) && utf8_first_fault(path) == SPAN_NONE);
    for (size_t i = 0; i < path.n; i++)
        CHECK((unsigned char)path.p[i] >= 0x20 && path.p[i] != '\\');
    for (size_t i = 0; i < raw.n; i++)
        slashes += raw.p[i] == '/';
    for (size_t i = 0; i < path.n; i++)
        slashes -= path.p[i] == '/';
    CHECK(slashes == 0);
    uri_path_put(b, path);
    CHECK(buf_span(b).n > URI_PATH_MAX || (uri_path(a, buf_span(b), &again) == RC_OK && span_eq(path, again)));
    while (span_next(&path, '/', &piece))
        CHECK(!span_eq(piece, S(".")) && !span_eq(piece, S("..")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span raw = {(const char *)data, size};
    struct arena *a = arena_open(MEMORY);
    struct span got;

    if (size > 0 && size <= URI_QUERY_MAX) {
        check_path(a, raw);
        if (uri_query(a, raw, S("q"), &got) == RC_OK)
            CHECK(utf8_first_fault(got) == SPAN_NONE && got.n <= raw.n);
        if (uri_host(a, raw, &got) == RC_OK) {
            CHECK(got.n > 0 && got.n <= 253 && span_find_char(got, '/') == SPAN_NONE);
            for (size_t i = 0; i < got.n; i++)
                CHECK(got.p[i] > 0x20 && got.p[i] < 0x7F && !(got.p[i] >= 'A' && got.p[i] <= 'Z'));
        }
    }
    arena_close(&a);
    return 0;
}
