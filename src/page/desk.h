/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a handler of a part works with: the campaign that its request is for, as it is now.
 *
 * Most pages are rows that the page cache answers (site.h, cache.h). What depends on the request itself, a question or a
 * form, has a route of its own; its handler opens the desk, renders and closes it. What it renders must lie in rq->arena:
 * the campaign may be replaced once the desk is closed.
 */
#ifndef PAGE_DESK_H
#define PAGE_DESK_H

#include "http/http.h"
#include "page/site.h"

struct db_store;

struct page_desk {
    const struct site *site;
    const struct prose_library *library;
    struct db_store *store; /* null where a folder is served without one */
    void *held;             /* the source's */
};

/* Where desks come from: main sets it before the first request. Callbacks run on any thread and must not wait. */
struct page_desk_source {
    void *ctx;
    bool (*open)(void *ctx, const struct req *rq, struct page_desk *desk_out);
    void (*close)(void *ctx, struct page_desk *desk);
};
void page_desk_from(const struct page_desk_source *source);

/* False: there is no such campaign any more, and the request was answered 404. */
bool page_desk_open(struct req *rq, struct page_desk *desk_out);
void page_desk_close(struct page_desk *desk);

/* Which language the request's address speaks, if it is `path` ("/search") in a language of the campaign. */
bool page_desk_language(const struct page_desk *desk, const struct req *rq, struct span path, enum lang *lang_out);

#endif
