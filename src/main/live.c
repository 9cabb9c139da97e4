/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Shared between threads: the table of campaigns with a pointer to each one's snapshot, under `lock`, held for a
 * look-up and no longer; and each snapshot's count of holders. Only the keeper's thread writes the table, so it
 * reads without.
 */
#include "main/live.h"

#include "http/log.h"
#include "main/options.h"
#include "page/errors.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    LOOK_SECONDS = 10, /* at least so often: clocks jump */
    RETRY_SECONDS = 2, /* after a source that failed */
    SLACK_US = 2000000,
    LIVE_MEMORY = 16 * 1024 * 1024,
    LIST_MEMORY = 64 * 1024 * 1024,
};

struct snapshot {
    atomic_uint holds;
    struct arena *arena; /* everything of it but the answers */
    struct compiled compiled;
    struct page_cache *cache;
    int64_t revision;
    struct instant made;
    struct instant next; /* when something in it becomes public */
    bool is_settled;     /* the keeper's: its source took note of it */
};

struct seat {
    int64_t id;
    struct snapshot *current;
};

/* Borrows from the snapshot: made anew whenever one changes. */
struct name {
    struct span host;
    int64_t id;
};

struct live {
    struct live_options options;
    struct arena *arena;
    struct page_cache_room room;

    pthread_mutex_t lock;
    LIST(struct seat) seats; /* by id */
    LIST(struct name) names; /* of those with a snapshot, by host */
    bool is_changed;
    bool is_stopping;
    pthread_cond_t wake;
    pthread_t keeper;
    bool has_keeper;
    atomic_ullong compiled;
    unsigned long long given_back; /* the keeper's: `compiled` when memory was given back last */
    atomic_ullong failed;
};

/* ---- snapshots ---- */

static void snapshot_drop(struct snapshot **snapshot)
{
    struct snapshot *s = *snapshot;

    *snapshot = NULL;
    if (s == NULL || atomic_fetch_sub_explicit(&s->holds, 1, memory_order_acq_rel) != 1)
        return;
    page_cache_close(&s->cache);
    arena_close(&s->arena);
    free(s);
}

/* Midnight after `now` in the campaign's zone, or an earlier newsletter's minute. */
static struct instant next_change(const struct compiled *c)
{
    struct date tomorrow = date_from_days(date_to_days(c->site.today) + 1);
    struct instant next = zone_instant(c->campaign->zone, tomorrow, 0);
    size_t count = 0;
    const struct entry *news = campaign_entries(c->campaign, ENTRY_NEWS, &count);

    for (size_t i = 0; i < count; i++) {
        if (!news[i].is_draft && news[i].published.us > c->site.now.us && news[i].published.us < next.us)
            next = news[i].published;
    }
    return next;
}

static enum rc snapshot_open(struct live *l, struct live_campaign_row *row, struct arena *faults,
                             struct snapshot **snapshot_out, struct span *fault_out)
{
    struct snapshot *s = calloc(1, sizeof *s);
    const struct live_source *source = &l->options.source;
    enum rc rc;

    CHECK(s != NULL);
    atomic_init(&s->holds, 1);
    s->arena = arena_open(COMPILE_MEMORY);
    s->made = l->options.clock();
    rc = source->compile(source->ctx, s->arena, row, s->made, &s->compiled, fault_out);
    *fault_out = arena_dup(faults, *fault_out);
    if (rc == RC_INVALID)
        *fault_out = S("the campaign's campaign.ini has errors");
    if (rc == RC_OK) {
        s->revision = row->revision;
        s->compiled.site.takes_subscribers = row->takes_subscribers;
        s->compiled.site.keeps_keys = l->options.keeps_keys;
        s->next = next_change(&s->compiled);
        s->cache = page_cache_open(&s->compiled.site, &s->compiled.library, s->compiled.rows, &l->room,
                                   l->options.store, row->id);
        (void)atomic_fetch_add(&l->compiled, 1);
        *snapshot_out = s;
        return RC_OK;
    }
    snapshot_drop(&s);
    return rc;
}

/* ---- the table ---- */

static struct seat *seat_of(const struct live *l, int64_t id)
{
    size_t from = 0;
    size_t to = l->seats.count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (l->seats.items[middle].id == id)
            return &l->seats.items[middle];
        if (l->seats.items[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

static struct snapshot *hold(struct live *l, int64_t id)
{
    struct snapshot *s = NULL;
    const struct seat *seat;

    (void)pthread_mutex_lock(&l->lock);
    seat = seat_of(l, id);
    if (seat && seat->current) {
        s = seat->current;
        (void)atomic_fetch_add_explicit(&s->holds, 1, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&l->lock);
    return s;
}

static int compare_names(const void *left, const void *right)
{
    return span_cmp(((const struct name *)left)->host, ((const struct name *)right)->host);
}

static void name_seats(struct live *l)
{
    l->names.count = 0;
    for (size_t i = 0; i < l->seats.count; i++)
        if (l->seats.items[i].current)
            *LIST_ADD(l->arena, &l->names) =
                (struct name){.host = l->seats.items[i].current->compiled.campaign->host, .id = l->seats.items[i].id};
    if (l->names.count)
        qsort(l->names.items, l->names.count, sizeof *l->names.items, compare_names);
}

static bool find_name(const struct live *l, struct span host, int64_t *id_out)
{
    const struct name key = {.host = host};
    const struct name *found = l->names.count ? bsearch(&key, l->names.items, l->names.count, sizeof key, compare_names)
                                              : NULL;

    if (found)
        *id_out = found->id;
    return found != NULL;
}

/* Puts `next` (or nothing) in a campaign's seat and lets go of what was there. */
static void seat_snapshot(struct live *l, int64_t id, struct snapshot *next)
{
    struct snapshot *was = NULL;
    struct seat *seat;

    (void)pthread_mutex_lock(&l->lock);
    seat = seat_of(l, id);
    if (seat == NULL) {
        size_t i;

        (void)LIST_ADD(l->arena, &l->seats);
        for (i = l->seats.count - 1; i > 0 && l->seats.items[i - 1].id > id; i--)
            l->seats.items[i] = l->seats.items[i - 1];
        seat = &l->seats.items[i];
        *seat = (struct seat){.id = id};
    }
    was = seat->current;
    seat->current = next;
    name_seats(l);
    (void)pthread_mutex_unlock(&l->lock);
    snapshot_drop(&was);
}

/* ---- the keeper ---- */

static bool is_due(const struct snapshot *s, const struct live_campaign_row *row, struct instant now)
{
    return s == NULL || s->revision != row->revision || s->compiled.site.takes_subscribers != row->takes_subscribers ||
           s->next.us <= now.us || now.us < s->made.us - SLACK_US;
}

static enum rc refresh_one(struct live *l, struct live_campaign_row *row, struct arena *a, struct span *fault_out)
{
    const struct seat *seat = seat_of(l, row->id);
    const struct snapshot *old = seat ? seat->current : NULL;
    struct snapshot *next = NULL;
    enum rc rc;

    if (!is_due(old, row, l->options.clock()))
        return RC_OK;
    rc = snapshot_open(l, row, a, &next, fault_out);
    if (rc != RC_OK) {
        (void)atomic_fetch_add(&l->failed, 1);
        LOG_HOUSE_FAULT("live.not_compiled", KV_INT("campaign", row->id), KV_RC(rc));
        return rc;
    }
    if (old)
        page_cache_take_over(next->cache, old->cache);
    LOG_HOUSE("live.compiled", KV_INT("campaign", row->id), KV_INT("revision", row->revision),
              KV_INT("pages", page_cache_count(next->cache)));
    seat_snapshot(l, row->id, next);
    return RC_OK;
}

/* Tells the source of what is served now, until it has taken note. Not at the start: nobody waits for it then, and a
 * server that does not start has changed nothing. False: once more in a moment. */
static bool settle(struct live *l)
{
    bool is_settled = true;

    for (size_t i = 0; i < l->seats.count; i++) {
        struct snapshot *s = l->seats.items[i].current; /* stays: only this thread puts another in its place */
        struct live_campaign_row row = {.id = l->seats.items[i].id};

        if (s == NULL || s->is_settled)
            continue;
        row.revision = s->revision;
        s->is_settled = l->options.source.settle(l->options.source.ctx, &row, &s->compiled) == RC_OK;
        is_settled = is_settled && s->is_settled;
    }
    return is_settled;
}

static void forget_gone(struct live *l, const struct live_campaign_rows *rows)
{
    for (size_t i = 0; i < l->seats.count; i++) {
        bool is_there = false;

        for (size_t k = 0; k < rows->list.count && !is_there; k++)
            is_there = rows->list.items[k].id == l->seats.items[i].id;
        if (!is_there && l->seats.items[i].current)
            seat_snapshot(l, l->seats.items[i].id, NULL);
    }
}

/* All campaigns that are due. The first fault is what comes back; the others are looked after all the same. */
static enum rc refresh(struct live *l, struct arena *faults, struct span *fault_out)
{
    const struct live_source *source = &l->options.source;
    struct arena *a = arena_open(LIST_MEMORY);
    struct live_campaign_rows rows = {0};
    struct span fault = {0};
    enum rc rc = source->list(source->ctx, a, &rows, &fault);

    if (rc == RC_OK)
        forget_gone(l, &rows);
    else
        LOG_HOUSE_FAULT("live.not_listed", KV_RC(rc));
    for (size_t i = 0; i < rows.list.count; i++) {
        struct span why = {0};
        enum rc one = refresh_one(l, &rows.list.items[i], a, &why);

        if (rc == RC_OK && one != RC_OK) {
            rc = one;
            fault = why;
        }
    }
    *fault_out = arena_dup(faults, fault);
    arena_close(&a);
    return rc;
}

static int64_t seconds_to_wait(const struct live *l, bool has_failed)
{
    int64_t now = l->options.clock().us;
    int64_t wait = (int64_t)(has_failed ? RETRY_SECONDS : LOOK_SECONDS) * 1000000;

    for (size_t i = 0; i < l->seats.count; i++) {
        const struct snapshot *s = l->seats.items[i].current;

        if (s && s->next.us - now < wait && !has_failed)
            wait = s->next.us - now;
    }
    return wait < 0 ? 0 : wait;
}

/* Behind a compile: what is left of it in malloc's stock, and of the snapshot before, goes back to the system. */
static void give_back(struct live *l)
{
    unsigned long long compiled = atomic_load(&l->compiled);

    if (compiled != l->given_back)
        (void)malloc_trim(0);
    l->given_back = compiled;
}

static void *keep(void *arg)
{
    struct live *l = arg;
    bool has_failed = !settle(l);

    give_back(l);
    (void)pthread_mutex_lock(&l->lock);
    while (!l->is_stopping) {
        struct timespec until;
        int64_t us = seconds_to_wait(l, has_failed);
        struct arena *a;
        struct span fault;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        us += until.tv_nsec / 1000;
        until.tv_sec += us / 1000000;
        until.tv_nsec = us % 1000000 * 1000;
        if (!l->is_changed && us > 0)
            (void)pthread_cond_timedwait(&l->wake, &l->lock, &until);
        if (l->is_stopping)
            break;
        l->is_changed = false;
        (void)pthread_mutex_unlock(&l->lock);
        a = arena_open(LIVE_MEMORY);
        has_failed = refresh(l, a, &fault) != RC_OK;
        has_failed = !settle(l) || has_failed;
        arena_close(&a);
        give_back(l);
        (void)pthread_mutex_lock(&l->lock);
    }
    (void)pthread_mutex_unlock(&l->lock);
    return NULL;
}

void live_changed(struct live *l)
{
    (void)pthread_mutex_lock(&l->lock);
    l->is_changed = true;
    (void)pthread_cond_signal(&l->wake);
    (void)pthread_mutex_unlock(&l->lock);
}

/* ---- opening and closing ---- */

static enum rc check_preview(struct arena *a, const struct live *l, struct span *fault_out)
{
    int64_t id;

    if (l->options.preview.n == 0)
        return RC_OK;
    if (find_name(l, l->options.preview, &id))
        return RC_OK;
    *fault_out = arena_printf(a, "there is no campaign “%.*s” to preview", SPAN_ARGS(l->options.preview));
    return RC_INVALID;
}

enum rc live_open(struct arena *a, const struct live_options *options, struct live **live_out, struct span *fault_out)
{
    struct live *l = calloc(1, sizeof *l);
    pthread_condattr_t attr;
    enum rc rc;

    CHECK(l != NULL);
    l->options = *options;
    l->arena = arena_open(LIVE_MEMORY);
    l->room.most = options->keep_most;
    (void)pthread_mutex_init(&l->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&l->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    rc = refresh(l, a, fault_out);
    if (rc == RC_OK)
        rc = check_preview(a, l, fault_out);
    if (rc == RC_OK && pthread_create(&l->keeper, NULL, keep, l) != 0) {
        *fault_out = S("the system gives no more threads");
        rc = RC_IO;
    }
    l->has_keeper = rc == RC_OK;
    *live_out = l;
    if (rc != RC_OK)
        live_close(live_out);
    return rc;
}

void live_close(struct live **live)
{
    struct live *l = *live;

    *live = NULL;
    if (l == NULL)
        return;
    (void)pthread_mutex_lock(&l->lock);
    l->is_stopping = true;
    (void)pthread_cond_signal(&l->wake);
    (void)pthread_mutex_unlock(&l->lock);
    if (l->has_keeper)
        (void)pthread_join(l->keeper, NULL);
    for (size_t i = 0; i < l->seats.count; i++)
        snapshot_drop(&l->seats.items[i].current);
    (void)pthread_cond_destroy(&l->wake);
    (void)pthread_mutex_destroy(&l->lock);
    arena_close(&l->arena);
    free(l);
}

/* ---- requests ---- */

static bool is_this_machine(struct span host)
{
    return span_eq(host, S("127.0.0.1")) || span_eq(host, S("localhost")) || span_eq(host, S("[::1]"));
}

bool live_host(void *live, struct span host, int64_t *campaign_out)
{
    struct live *l = live;
    bool is_found;

    (void)pthread_mutex_lock(&l->lock);
    is_found = find_name(l, host, campaign_out);
    if (!is_found && l->options.preview.n && is_this_machine(host))
        is_found = find_name(l, l->options.preview, campaign_out);
    (void)pthread_mutex_unlock(&l->lock);
    return is_found;
}

bool live_minute(void *live, int64_t campaign_id, struct instant at, int *minute_out)
{
    struct snapshot *s = hold(live, campaign_id);
    int64_t second;

    if (s == NULL)
        return false;
    second = at.us / 1000000 + zone_offset(s->compiled.campaign->zone, at);
    *minute_out = (int)((second % 86400 + 86400) % 86400 / 60);
    snapshot_drop(&s);
    return true;
}

void live_error_page(void *live, struct req *rq, unsigned status)
{
    struct snapshot *s = hold(live, rq->campaign);

    if (s && status == 404)
        page_cache_send_lost(s->cache, rq);
    else if (s)
        page_error_send(rq, &s->compiled.site, status);
    snapshot_drop(&s);
}

void live_send(struct live *l, struct req *rq)
{
    struct snapshot *s = hold(l, rq->campaign);

    if (s)
        page_cache_send(s->cache, rq);
    else
        http_error(rq, 404);
    snapshot_drop(&s);
}

bool live_desk_open(void *live, const struct req *rq, struct page_desk *desk_out)
{
    struct live *l = live;
    struct snapshot *s = hold(l, rq->campaign);

    if (s == NULL)
        return false;
    *desk_out = (struct page_desk){
        .site = &s->compiled.site, .library = &s->compiled.library, .store = l->options.store, .held = s};
    return true;
}

void live_desk_close(void *live, struct page_desk *desk)
{
    struct snapshot *s = desk->held;

    (void)live;
    snapshot_drop(&s);
}

/* ---- what it says of itself ---- */

void live_status_put(struct live *l, struct buf *out)
{
    (void)pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->seats.count; i++) {
        const struct snapshot *s = l->seats.items[i].current;

        if (s == NULL)
            continue;
        buf_printf(out, "campaign %.*s: revision %lld, %zu addresses, compiled ", SPAN_ARGS(s->compiled.campaign->host),
                   (long long)s->revision, page_cache_count(s->cache));
        instant_put(out, s->made);
        buf_put(out, S(", next look "));
        instant_put(out, s->next);
        buf_char(out, '\n');
    }
    (void)pthread_mutex_unlock(&l->lock);
    buf_printf(out, "pages: %zu kept, %.1f of %.0f MB\n", atomic_load(&l->room.answers),
               (double)atomic_load(&l->room.used) / 1e6, (double)l->room.most / 1e6);
}

void live_counters_put(struct live *l, struct buf *out)
{
    size_t campaigns = 0;

    (void)pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->seats.count; i++)
        campaigns += l->seats.items[i].current != NULL;
    (void)pthread_mutex_unlock(&l->lock);
    page_cache_counters(&l->room, out);
    buf_printf(out,
               "# HELP breakroom_campaigns Campaigns that are served\n# TYPE breakroom_campaigns gauge\n"
               "breakroom_campaigns %zu\n"
               "# HELP breakroom_campaigns_compiled_total Times a campaign was compiled\n"
               "# TYPE breakroom_campaigns_compiled_total counter\nbreakroom_campaigns_compiled_total %llu\n"
               "# HELP breakroom_campaigns_failed_total Times a campaign could not be compiled\n"
               "# TYPE breakroom_campaigns_failed_total counter\nbreakroom_campaigns_failed_total %llu\n",
               campaigns, atomic_load(&l->compiled), atomic_load(&l->failed));
}
