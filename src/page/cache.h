/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The answers of one compiled site, each made when it is first asked for and then kept as bytes.
 *
 * A kept answer never changes. When the site is compiled anew, page_cache_take_over() makes each page that was kept
 * once more and goes on with the old answer where the bytes are the same: a change drops the pages that used what
 * changed. Threads may ask at the same time; opening, taking over and closing are for one.
 */
#ifndef PAGE_CACHE_H
#define PAGE_CACHE_H

#include "http/http.h"
#include "page/site.h"

#include <stdatomic.h>

/* How much the caches of a process may keep together, and what they did. Shared by all threads. */
struct page_cache_room {
    size_t most; /* bytes; 0 keeps nothing */
    atomic_size_t used;
    atomic_size_t answers; /* kept now */
    atomic_ullong asked;   /* pages sent */
    atomic_ullong made;    /* pages made */
    atomic_ullong same;    /* pages that a new site has, and the same bytes */
};

struct page_cache;
struct db_store;

/* Answers for `rows` of `site`. All three must outlive it, as must `room` and `store`, which has what the rows' pieces keep
 * out of memory and gives it without waiting. Null where nothing is kept out. */
struct page_cache *page_cache_open(const struct site *site, const struct prose_library *lib,
                                   const struct page_rows *rows, struct page_cache_room *room, struct db_store *store,
                                   int64_t campaign_id);
void page_cache_close(struct page_cache **cache); /* answers on their way out live on */

/* Makes every page that `old` has kept, and keeps it. Before anyone asks `cache`. */
void page_cache_take_over(struct page_cache *cache, const struct page_cache *old);

/* Answers a GET for rq->path. There is always an answer: a page, the place it moved to, or the page for a wrong
 * address; 503 where the store does not give what it keeps. */
void page_cache_send(struct page_cache *cache, struct req *rq);
/* The page for a wrong address, status 404, in the language that the address speaks. */
void page_cache_send_lost(struct page_cache *cache, struct req *rq);

size_t page_cache_count(const struct page_cache *cache); /* addresses, kept or not */
/* In Prometheus' text format. */
void page_cache_counters(const struct page_cache_room *room, struct buf *out);

#endif
