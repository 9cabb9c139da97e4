/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Borrowed text: a pointer and a length in bytes, passed by value.
 *
 * A span never owns its bytes and is not NUL-terminated; it lives as long as what it was cut from.
 * The empty span may have a null pointer: never pass `p` to a library without looking at `n`.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *p;
    size_t n;
};

/* A string literal as a span. */
#define S(literal) ((struct span){"" literal, sizeof(literal) - 1})
/* The same in a static initializer. */
#define SPAN_INIT(literal)                                                                                             \
    {                                                                                                                  \
        "" literal, sizeof(literal) - 1                                                                                \
    }
/* For printf's "%.*s". */
#define SPAN_ARGS(s) (int)(s).n, (s).n > 0 ? (s).p : ""

struct span span_of(const char *cstr); /* borrows a NUL-terminated string; null gives the empty span */

/* These stand in every inner loop, so the compiler gets to see them. */

/* Clamped to what is there. */
static inline struct span span_sub(struct span s, size_t from, size_t len)
{
    if (from >= s.n)
        return (struct span){s.n ? s.p + s.n : s.p, 0};
    return (struct span){s.p + from, len < s.n - from ? len : s.n - from};
}

/* The rest from `from` on. */
static inline struct span span_from(struct span s, size_t from)
{
    return span_sub(s, from, s.n);
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_starts(struct span s, struct span prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool span_eq_nocase(struct span a, struct span b); /* ASCII letters only */
int span_cmp(struct span a, struct span b);        /* bytewise, shorter first; for qsort */
bool span_ends(struct span s, struct span suffix);

#define SPAN_NONE SIZE_MAX
size_t span_find(struct span s, struct span what); /* SPAN_NONE when it is not in `s` */
size_t span_find_char(struct span s, char c);      /* the first, or SPAN_NONE */
size_t span_find_last_char(struct span s, char c); /* the last, or SPAN_NONE */

struct span span_trim(struct span s); /* without ASCII white space at both ends */

/* Cuts at the first `sep`. False, and `before_out` is all of `s`, when there is none. The outputs borrow. */
bool span_cut(struct span s, char sep, struct span *before_out, struct span *after_out);

/* Takes the next piece up to `sep` off `rest`. False once nothing is left. "a,,b" has three pieces, "a," two, the
 * empty literal one empty piece, a span with a null pointer none. */
bool span_next(struct span *rest, char sep, struct span *piece_out);

/* A plain decimal number of ASCII digits, at most `max`. False for anything else, a sign or a space included. */
bool span_to_u64(struct span s, uint64_t max, uint64_t *value_out);

#endif
