/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Small PDFs, written by hand, for the tests of paper: sound ones and all kinds of bad ones.
 */
#ifndef TESTS_PAPER_MAKE_H
#define TESTS_PAPER_MAKE_H

#include "base/buf.h"

enum { MAKE_OBJECTS = 20100 };

/* Objects are written in any order; make_end() writes the table and the trailer. */
struct make {
    struct arena *arena;
    struct buf *b;
    size_t *offsets;
    unsigned count; /* the highest number */
};

struct make make_begin(struct arena *a);
void make_object(struct make *m, unsigned number, struct span body);
void make_stream(struct make *m, unsigned number, struct span entries, struct span bytes);
/* `extra` stands in the trailer. */
struct span make_end(struct make *m, struct span extra);

/* Catalog 1, pages 2, Helvetica 3 as /F, then two objects a page. `page_extra` stands in each page. */
struct span make_pages(struct arena *a, const struct span *contents, size_t count, struct span page_extra);
/* One page of these lines, from the top, in 12 points. */
struct span make_lines(struct arena *a, const char *const *lines, size_t count);
struct span make_text(struct arena *a, int x, int y, int size, const char *text);

/* One page, encrypted (RC4, 40 bits). With a password that nobody knows, or with an empty one. */
struct span make_locked(struct arena *a, struct span content, bool with_password);

struct span make_deflated(struct arena *a, struct span plain);
struct span make_inflated(struct arena *a, struct span packed); /* what can be read of it; at most 64 MB */

#endif
