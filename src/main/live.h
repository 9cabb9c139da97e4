/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The campaigns of a server, each compiled and ready to answer.
 *
 * A snapshot is a campaign compiled at one moment: rows, documents and the answers made from them. It never changes. A
 * thread of its own makes a new one when the content changed, when the next newsletter's minute comes and at
 * midnight in the campaign's zone, and puts it in the old one's place; a request that has begun ends on the one it
 * began with.
 *
 * This file owns the thread, the snapshots and the table of hosts. Content comes from a source that it is given.
 */
#ifndef MAIN_LIVE_H
#define MAIN_LIVE_H

#include "http/http.h"
#include "main/compile.h"
#include "page/cache.h"
#include "page/desk.h"

struct live_campaign_row {
    int64_t id;
    int64_t revision;       /* another one: compile again */
    bool takes_subscribers; /* the same; the site's */
};
struct live_campaign_rows {
    LIST(struct live_campaign_row) list;
};

/* Where campaigns come from. Called by one thread at a time. `fault_out` is a sentence without a full stop. */
struct live_source {
    void *ctx;
    /* Every campaign there is. Anything but RC_OK: asked again in a moment; what is there goes on. */
    enum rc (*list)(void *ctx, struct arena *a, struct live_campaign_rows *rows_out, struct span *fault_out);
    /* One of them as at `now`, as compile_source() has it, and the revision that was read. It was without errors when it
     * was taken in: an error since does not keep it back. */
    enum rc (*compile)(void *ctx, struct arena *a, struct live_campaign_row *row, struct instant now,
                       struct compiled *compiled_out, struct span *fault_out);
    /* What was compiled is served now; another revision or another day than before. Anything but RC_OK: asked again in
     * a moment. May block. */
    enum rc (*settle)(void *ctx, const struct live_campaign_row *row, const struct compiled *compiled);
};

struct live_options {
    struct live_source source;
    struct instant (*clock)(void);
    struct span preview;    /* host of the campaign that answers to 127.0.0.1, localhost and [::1] too; empty: none */
    size_t keep_most;       /* bytes of answers to keep */
    bool keeps_keys;        /* the sites' */
    struct db_store *store; /* for desks, and for what is kept out of memory; null: there is none */
};

struct live;

/* Compiles every campaign, then starts the thread. RC_INVALID: a campaign has errors, or the one to preview is not
 * there; else what the source says. `fault_out` lives in `a`. Blocks. */
MUST_USE enum rc live_open(struct arena *a, const struct live_options *options, struct live **live_out,
                           struct span *fault_out);
void live_close(struct live **live); /* after the last request; accepts null */

/* Something in the content changed. From any thread; does not wait. */
void live_changed(struct live *live);

/* For struct http_options; `live` is the context. Any thread. */
bool live_host(void *live, struct span host, int64_t *campaign_out);
/* Minutes since midnight in the campaign's zone. False: there is no such campaign. Any thread. */
bool live_minute(void *live, int64_t campaign_id, struct instant at, int *minute_out);
void live_error_page(void *live, struct req *rq, unsigned status);
/* Answers a GET of any public address. */
void live_send(struct live *live, struct req *rq);

/* For struct page_desk_source; `live` is the context. What is open goes on to hold its snapshot. */
bool live_desk_open(void *live, const struct req *rq, struct page_desk *desk_out);
void live_desk_close(void *live, struct page_desk *desk);

/* For `status`: a line a campaign. And counters in Prometheus' text format. */
void live_status_put(struct live *live, struct buf *out);
void live_counters_put(struct live *live, struct buf *out);

#endif
