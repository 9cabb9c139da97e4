/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The rows of all parts as one table, sorted so that a literal segment is tried before a `:name`.
 *
 * Everything a row could contradict itself or another in is checked when the server opens, so that what runs is
 * exactly what was read in review.
 */
#include "http/http_impl.h"

#include <stdlib.h>
#include <string.h>

enum { SEGMENTS_MAX = 8 };

enum segment_kind { SEGMENT_LITERAL, SEGMENT_NAME, SEGMENT_REST };

struct segment {
    enum segment_kind kind;
    struct span text; /* without ':' or '+' */
};

struct shape {
    const struct route *row;
    size_t count;
    struct segment segments[SEGMENTS_MAX];
};

struct routes {
    struct shape *shapes;
    size_t count;
};

static bool name_is_fine(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && s.p[i] != '_')
            return false;
    return s.n > 0;
}

static struct segment segment_of(struct span text)
{
    if (span_starts(text, S(":")))
        return (struct segment){SEGMENT_NAME, span_from(text, 1)};
    if (span_starts(text, S("+")))
        return (struct segment){SEGMENT_REST, span_from(text, 1)};
    return (struct segment){SEGMENT_LITERAL, text};
}

static struct shape shape_of(const struct route *row)
{
    struct shape s = {.row = row};
    struct span rest = span_from(row->path, 1);
    struct span piece;
    size_t names = 0;

    CHECK(span_starts(row->path, S("/")));
    while (rest.n > 0 && span_next(&rest, '/', &piece)) {
        struct segment seg = segment_of(piece);

        CHECK(s.count < SEGMENTS_MAX && piece.n > 0);
        CHECK(s.count == 0 || s.segments[s.count - 1].kind != SEGMENT_REST);
        CHECK(seg.kind == SEGMENT_LITERAL || name_is_fine(seg.text));
        names += seg.kind != SEGMENT_LITERAL;
        s.segments[s.count++] = seg;
    }
    CHECK(names <= PARAMS_MAX);
    CHECK(row->path.n == 1 || !span_ends(row->path, S("/")));
    return s;
}

static void row_check(const struct route *row)
{
    CHECK(row->who > HTTP_WHO_NOBODY && row->who < HTTP_WHO_COUNT);
    CHECK(row->handler != NULL);
    CHECK(row->rate < HTTP_RATE_COUNT);
    CHECK(row->method == HTTP_GET || row->method == HTTP_POST);
    if (row->method == HTTP_GET) {
        CHECK(row->csrf == HTTP_CSRF_SAFE && row->rate == HTTP_RATE_NONE && row->body_max == 0 && !row->limited);
        CHECK(!(row->flags & HTTP_CACHEABLE) || row->who == HTTP_WHO_EVERYONE);
        return;
    }
    CHECK(row->csrf == HTTP_CSRF_SAME_ORIGIN || row->csrf == HTTP_CSRF_ANY_ORIGIN);
    CHECK(row->rate != HTTP_RATE_NONE && row->body_max > 0);
    CHECK(!(row->flags & HTTP_CACHEABLE));
}

/* Order of trying: by segments from the left, literals first and among themselves by text, then names, then rests. */
static int shape_cmp(const void *left, const void *right)
{
    const struct shape *a = left;
    const struct shape *b = right;

    for (size_t i = 0; i < a->count && i < b->count; i++) {
        const struct segment *x = &a->segments[i];
        const struct segment *y = &b->segments[i];

        if (x->kind != y->kind)
            return x->kind < y->kind ? -1 : 1;
        if (x->kind == SEGMENT_LITERAL && span_cmp(x->text, y->text) != 0)
            return span_cmp(x->text, y->text);
    }
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    return (int)a->row->method - (int)b->row->method;
}

struct routes *routes_build(struct arena *a, const struct route_table *tables, size_t count)
{
    struct routes *r = ARENA_NEW(a, struct routes);
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        total += tables[i].count;
    r->shapes = ARENA_ARRAY(a, struct shape, total);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < tables[i].count; k++) {
            row_check(&tables[i].rows[k]);
            r->shapes[r->count++] = shape_of(&tables[i].rows[k]);
        }
    if (r->count)
        qsort(r->shapes, r->count, sizeof *r->shapes, shape_cmp);
    for (size_t i = 1; i < r->count; i++)
        CHECK(shape_cmp(&r->shapes[i - 1], &r->shapes[i]) != 0); /* the same row twice */
    return r;
}

static bool shape_fits(const struct shape *s, struct span path, struct span *params)
{
    struct span rest = path;
    struct span piece;
    size_t names = 0;

    for (size_t i = 0; i < s->count; i++) {
        const struct segment *seg = &s->segments[i];

        if (seg->kind == SEGMENT_REST) {
            params[names] = rest;
            return rest.n > 0 && rest.p[0] != '/' && span_find(rest, S("//")) == SPAN_NONE;
        }
        if (!span_next(&rest, '/', &piece) || piece.n == 0)
            return false;
        if (seg->kind == SEGMENT_NAME)
            params[names++] = piece;
        else if (!span_eq(piece, seg->text))
            return false;
    }
    return s->count ? rest.p == NULL : path.n == 0;
}

/* The row for `path`, which is without its leading '/'. `allow_out` gathers the methods of all that fit. */
static const struct shape *find(const struct routes *r, struct span path, unsigned method_bit, struct span *params,
                                unsigned *allow_out)
{
    struct span tried[PARAMS_MAX] = {{0}};
    const struct shape *found = NULL;

    *allow_out = 0;
    for (size_t i = 0; i < r->count; i++) {
        const struct shape *s = &r->shapes[i];
        unsigned bit = 1U << s->row->method;

        if (!shape_fits(s, path, tried))
            continue;
        *allow_out |= bit;
        if (bit == method_bit && found == NULL) {
            found = s;
            memcpy(params, tried, sizeof tried);
        }
    }
    return found;
}

enum match routes_match(const struct routes *r, struct call *c, unsigned method_bit)
{
    struct span path = span_from(c->rq.path, 1);
    const struct shape *s = find(r, path, method_bit, c->params, &c->allow);

    if (s) {
        c->rq.route = s->row;
        return MATCH_ROW;
    }
    if (c->allow)
        return MATCH_METHOD;
    if (path.n > 1 && span_ends(path, S("/")) &&
        find(r, span_sub(path, 0, path.n - 1), method_bit, c->params, &c->allow) && method_bit == 1U << HTTP_GET)
        return MATCH_SLASH;
    c->allow = 0;
    return MATCH_NONE;
}

struct span http_param(const struct req *rq, struct span name)
{
    struct shape s;
    size_t names = 0;
    size_t i = 0;

    CHECK(rq->route != NULL);
    s = shape_of(rq->route);
    while (i < s.count && (s.segments[i].kind == SEGMENT_LITERAL || !span_eq(s.segments[i].text, name)))
        names += s.segments[i++].kind != SEGMENT_LITERAL;
    CHECK(i < s.count); /* else the row has no such name */
    return call_of_const(rq)->params[names];
}
