/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Inside search: what was asked, what came of it, and the page that says so.
 */
#ifndef SEARCH_SEARCH_IMPL_H
#define SEARCH_SEARCH_IMPL_H

#include "html/html.h"
#include "page/site.h"
#include "store/search.h"

enum { SEARCH_PAGE_HITS = 20 };

enum search_outcome {
    SEARCH_ANSWERED, /* hits, or none */
    SEARCH_NOT_ASKED,
    SEARCH_REFUSED, /* `fault` says why */
    SEARCH_NOT_READY,
    SEARCH_NOT_HERE, /* no store */
};

/* One hit as it is shown. */
struct search_shown {
    struct search_hit hit;
    struct span title;
    struct span body;
};

struct search_result {
    enum search_outcome outcome;
    enum query_fault fault;
    struct span typed;
    struct query query;
    size_t count;                                /* in the page's language */
    size_t other_count;                          /* in the other one */
    size_t page;                                 /* from 1 */
    struct search_shown shown[SEARCH_PAGE_HITS]; /* of that page */
    size_t shown_count;
};

/* ---- search_page.c ---- */

/* The whole page. Lives in `a`. */
struct span search_page_render(struct arena *a, struct terms *terms, const struct site *site, enum lang lang,
                               const struct search_result *result);

/* ---- search_snippet.c ---- */

/* `text` on one line, with the words of the query in <mark>. */
struct markup search_marked(struct terms *terms, struct arena *a, const struct query *query, enum lang lang,
                            struct span text);
/* The piece of `body` in which most of the query stands, the same way. */
struct markup search_snippet(struct terms *terms, struct arena *a, const struct query *query, enum lang lang,
                             struct span body, bool is_title);

#endif
