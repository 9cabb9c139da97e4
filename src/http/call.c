/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The life of a request: the library's callbacks, in the order in which they come.
 *
 * call_on_target (the request line is there) → call_on_request with nothing (the head is there: every check), with
 * each piece of the body, with nothing (the handler runs), and again after a park → call_on_completed.
 * An answer queued on the first of these closes the connection, for the library then reads no body; so a refusal waits
 * until a body of bearable size has been read, or a browser would see a broken connection instead of our page.
 */
#include "http/call.h"
#include "http/uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FREE_MAX = 256,          /* calls kept for reuse */
    ARENA_KEPT = 32 * 1024,  /* an arena that grew past it is not kept */
    DRAIN_MAX = 1024 * 1024, /* bytes read from a refused POST, so that its sender sees the answer */
    TARGET_MAX = URI_PATH_MAX + URI_QUERY_MAX + 1,
};

static const uint64_t duration_bounds_us[DURATIONS - 1] = {1000, 10000, 100000, 1000000, 10000000};

uint64_t monotonic_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

struct instant call_clock(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (struct instant){(int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000};
}

/* ---- calls come and go ---- */

static struct call *call_open(struct http_server *s)
{
    struct call *c;
    struct arena *a;

    (void)pthread_mutex_lock(&s->calls_lock);
    c = s->calls_free;
    if (c) {
        s->calls_free = c->next;
        s->calls_free_count--;
    }
    (void)pthread_mutex_unlock(&s->calls_lock);
    if (c == NULL) {
        c = malloc(sizeof *c);
        CHECK(c != NULL);
        a = arena_open(s->options.arena_max);
    } else {
        a = c->rq.arena;
    }
    memset(c, 0, sizeof *c);
    c->rq.arena = a;
    c->server = s;
    c->rq.id = atomic_fetch_add_explicit(&s->next_id, 1, memory_order_relaxed);
    return c;
}

static void call_close(struct call *c)
{
    struct http_server *s = c->server;
    bool keep;

    response_release(c);
    if (c->rq.method == HTTP_POST)
        arena_wipe(c->rq.arena); /* what a person typed is theirs: it is gone with the answer, from a core file too */
    else
        arena_reset(c->rq.arena);
    if (arena_used(c->rq.arena) > ARENA_KEPT) {
        arena_close(&c->rq.arena);
        c->rq.arena = arena_open(s->options.arena_max);
    }
    (void)pthread_mutex_lock(&s->calls_lock);
    keep = s->calls_free_count < FREE_MAX;
    if (keep) {
        c->next = s->calls_free;
        s->calls_free = c;
        s->calls_free_count++;
    }
    (void)pthread_mutex_unlock(&s->calls_lock);
    if (!keep) {
        arena_close(&c->rq.arena);
        free(c);
    }
}

void calls_free(struct http_server *s)
{
    struct call *c;

    while ((c = s->calls_free)) {
        s->calls_free = c->next;
        arena_close(&c->rq.arena);
        free(c);
    }
}

/* ---- the request line ---- */

/* The library is about to cut the target up: what is needed of it is kept, and that it follows the method by one space
 * and is followed by the version by one is seen to here, by the bytes around it. */
void *call_on_target(void *server, const char *target, struct MHD_Connection *connection)
{
    struct call *c = call_open(server);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct span whole = span_of(target);
    struct span path;

    c->connection = connection;
    c->conn = info->socket_context;
    c->target_len = whole.n;
    if (whole.n == 0 || whole.n > TARGET_MAX)
        c->target_fault = true;
    else if (span_cut(whole, '?', &path, &c->rq.query))
        c->rq.query = arena_dup(c->rq.arena, c->rq.query);
    return c;
}

/* The library would decode here; we do it ourselves, once, from what came. */
size_t call_unescape(void *server, struct MHD_Connection *connection, char *text)
{
    (void)server;
    (void)connection;
    return strlen(text);
}

/* ---- the head ---- */

static bool find_campaign(struct call *c)
{
    const struct http_options *o = &c->server->options;

    return c->head.times[HEADER_HOST] && uri_host(c->rq.arena, c->head.known[HEADER_HOST], &c->rq.host) == RC_OK &&
           o->host(o->context, c->rq.host, &c->rq.campaign);
}

static void move_without_slash(struct call *c)
{
    struct buf *b = buf_new(c->rq.arena, URI_PATH_MAX * 4);

    uri_path_put(b, span_sub(c->rq.path, 0, c->rq.path.n - 1));
    if (c->rq.query.n) {
        buf_char(b, '?');
        buf_put(b, c->rq.query);
    }
    c->allow = 0;
    if (buf_overflowed(b))
        http_error(&c->rq, 404);
    else
        http_moved(&c->rq, buf_span(b));
}

/* A POST that a row takes: where it comes from, how often, how large. 0, or the status of the refusal. */
static unsigned refuse_post(struct call *c)
{
    const struct route *row = c->rq.route;
    uint64_t length = 0;

    if (row->csrf != HTTP_CSRF_ANY_ORIGIN && !(row->csrf == HTTP_CSRF_SAME_ORIGIN && request_same_origin(c))) {
        COUNT_UP(c->server, foreign_posts);
        return 403;
    }
    if (!limits_take(c->server->limits, c->rq.peer, row->rate, c->began_us / 1000)) {
        COUNT_UP(c->server, limited_posts);
        if (row->limited == NULL)
            return 429;
        c->limited = true;
    }
    if (c->head.times[HEADER_CONTENT_LENGTH] &&
        (!span_to_u64(c->head.known[HEADER_CONTENT_LENGTH], UINT64_MAX, &length) || length > row->body_max)) {
        COUNT_UP(c->server, large_bodies);
        return 413;
    }
    return 0;
}

/* Finds who answers: a row, or the status of the refusal. */
static void route(struct call *c, bool is_options)
{
    unsigned method_bit = c->rq.method ? 1U << c->rq.method : 0;

    switch (routes_match(c->server->routes, c, method_bit)) {
    case MATCH_ROW:
        if (c->rq.route->who == HTTP_WHO_NOBODY)
            c->refusal = 404;
        else if (c->rq.method == HTTP_POST)
            c->refusal = refuse_post(c);
        return;
    case MATCH_METHOD:
        c->refusal = is_options ? CALL_OPTIONS : 405;
        return;
    case MATCH_SLASH:
        c->refusal = CALL_SLASH;
        return;
    case MATCH_NONE:
        c->refusal = 404;
        return;
    }
}

static void answer_refusal(struct call *c)
{
    if (c->refusal == CALL_OPTIONS)
        response_options(c);
    else if (c->refusal == CALL_SLASH)
        move_without_slash(c);
    else if (c->refusal == CALL_NO_HOST)
        response_plain(c, 404, "Not found.\n"); /* names no campaign, and knows none */
    else
        http_error(&c->rq, c->refusal);
}

/* The path alone is wrong, so whose page it would have been can be told. */
static void answer_bad_path(struct call *c)
{
    c->rq.path = S("/");
    if (find_campaign(c))
        http_error(&c->rq, c->refusal);
    else
        response_plain(c, c->refusal, "The address is malformed.\n");
}

/* Whether a refused body is small enough to be read to its end for politeness. */
static bool worth_draining(const struct call *c)
{
    uint64_t length = 0;

    if (c->head.times[HEADER_EXPECT])
        return false; /* it waits for us: it has not begun */
    if (!c->head.times[HEADER_CONTENT_LENGTH])
        return true; /* chunked, or nothing: counted as it comes */
    return span_to_u64(c->head.known[HEADER_CONTENT_LENGTH], DRAIN_MAX, &length);
}

static enum MHD_Result on_head(struct call *c, const char *url, const char *method, const char *version)
{
    bool is_options = strcmp(method, "OPTIONS") == 0;

    c->began_us = monotonic_us();
    c->rq.now = c->server->options.clock();
    c->counted = true;
    (void)atomic_fetch_add(&c->server->active, 1);
    if (method + strlen(method) + 1 != url || url + c->target_len + 1 != version)
        c->target_fault = true;
    if (!request_head(c, url, method, version)) {
        if (c->response == NULL)
            answer_bad_path(c);
        conn_phase(c->conn, CONN_SEND);
        return response_queue(c);
    }
    if (!find_campaign(c)) {
        COUNT_UP(c->server, unknown_hosts);
        c->refusal = CALL_NO_HOST;
    } else if (is_options && span_eq(c->rq.path, S("*"))) {
        c->allow = 1U << HTTP_GET | 1U << HTTP_POST;
        c->refusal = CALL_OPTIONS;
    } else {
        route(c, is_options);
    }
    if (c->refusal && !worth_draining(c)) {
        answer_refusal(c);
        conn_phase(c->conn, CONN_SEND);
        return response_queue(c);
    }
    if (!c->refusal)
        buf_init(&c->body_room, c->rq.arena, c->rq.route->body_max);
    conn_phase(c->conn, CONN_BODY);
    return MHD_YES;
}

/* The library leaves what it read where it was, and gives the memory back unwiped when the connection ends: an address that
 * somebody typed would stay in the process for as long as nobody else gets that memory. The bytes are its own read buffer,
 * which it hands us as const and does not look at again once they are taken. */
static void wipe_taken(const char *data, size_t n)
{
    explicit_bzero((char *)(uintptr_t)data, n);
}

/* Of the bytes that came, all are taken. */
static enum MHD_Result take_body(struct call *c, const char *data, size_t n)
{
    c->wire_len += n;
    (void)atomic_fetch_add_explicit(&c->conn->bytes, n, memory_order_relaxed);
    if (!c->refusal) {
        buf_put(&c->body_room, (struct span){data, n});
        if (!buf_overflowed(&c->body_room))
            return MHD_YES;
        COUNT_UP(c->server, large_bodies);
        c->refusal = 413;
    }
    c->drained += n;
    return c->drained > DRAIN_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_body(struct call *c, const char *data, size_t *data_len)
{
    enum MHD_Result result = take_body(c, data, *data_len);

    wipe_taken(data, *data_len);
    *data_len = 0;
    return result;
}

/* ---- the handler, and waiting ---- */

static void run_handler(struct req *rq)
{
    const struct call *c = call_of_const(rq);
    const struct http_options *o = &c->server->options;
    enum http_who who = rq->route->who;
    bool may = who == HTTP_WHO_EVERYONE;

    if (!may && who != HTTP_WHO_NOBODY && o->authorize)
        may = o->authorize(o->context, rq, who);
    if (may)
        (c->limited ? rq->route->limited : rq->route->handler)(rq);
    else if (!http_answered(rq))
        http_error(rq, 404); /* denied looks unknown */
}

/* The call goes to another thread; before anything of the kind the connection is suspended, and whoever has it now is
 * told by the flag on its own stack, for the call itself may be gone when it looks. */
static void leave(struct call *c)
{
    bool *left = c->left;

    c->left = NULL;
    CHECK(left != NULL);
    *left = true;
    if (c->suspended)
        return;
    c->suspended = true;
    conn_phase(c->conn, CONN_WORK);
    MHD_suspend_connection(c->connection);
}

/* Counts a call from before its handler runs until it is answered, or no longer suspended. False when the server is about
 * to stop: the library ends the process over a connection that is suspended then, so nobody may begin any more. */
static bool enter(struct http_server *s)
{
    bool may;

    (void)pthread_mutex_lock(&s->parked_lock);
    may = !s->parking_is_over;
    if (may)
        s->parked++;
    (void)pthread_mutex_unlock(&s->parked_lock);
    return may;
}

static void release(struct http_server *s)
{
    (void)pthread_mutex_lock(&s->parked_lock);
    if (--s->parked == 0)
        (void)pthread_cond_broadcast(&s->parked_none);
    (void)pthread_mutex_unlock(&s->parked_lock);
}

void http_park(struct req *rq)
{
    leave(call_of(rq));
}

void http_unpark(struct req *rq)
{
    struct call *c = call_of(rq);
    struct http_server *s = c->server;

    MHD_resume_connection(c->connection); /* from here on the call may be gone */
    release(s);
}

void http_hand_over(struct req *rq, void (*work)(struct req *rq))
{
    struct call *c = call_of(rq);
    struct http_server *s = c->server;

    c->work = work;
    leave(c);
    if (workers_give(s->workers, c)) {
        COUNT_UP(s, handed_over);
        return;
    }
    COUNT_UP(s, workers_busy);
    http_error(rq, 503);
    http_unpark(rq);
}

static enum MHD_Result finish(struct call *c)
{
    if (c->response == NULL) {
        COUNT_UP(c->server, unanswered);
        LOG_OURS(&c->rq, "http.unanswered", KV_RC(RC_INVALID));
        http_error(&c->rq, 500);
    }
    conn_phase(c->conn, CONN_SEND);
    return response_queue(c);
}

static enum MHD_Result run(struct call *c)
{
    struct http_server *s = c->server;
    bool left = false;

    c->stage = CALL_WOKEN;
    c->rq.body = buf_span(&c->body_room);
    conn_phase(c->conn, CONN_WORK);
    if (!enter(s)) {
        http_error(&c->rq, 503);
        return finish(c);
    }
    c->left = &left; /* cppcheck-suppress autoVariables; taken back below, or by leave() */
    if (c->refusal)
        answer_refusal(c);
    else if (c->rq.route->flags & HTTP_WORKER && !c->limited)
        http_hand_over(&c->rq, run_handler);
    else
        run_handler(&c->rq);
    if (left)
        return MHD_YES; /* the call is another's now, and so is its count */
    c->left = NULL;
    release(s);
    return finish(c);
}

enum MHD_Result call_on_request(void *server, struct MHD_Connection *connection, const char *url, const char *method,
                                const char *version, const char *data, size_t *data_len, void **context)
{
    struct call *c = *context;

    (void)server;
    (void)connection;
    switch (c->stage) {
    case CALL_HEAD:
        c->stage = CALL_BODY;
        return on_head(c, url, method, version);
    case CALL_BODY:
        return *data_len ? on_body(c, data, data_len) : run(c);
    case CALL_WOKEN:
        c->suspended = false;
        return finish(c);
    }
    return MHD_NO;
}

/* ---- the end ---- */

static void count_answer(struct call *c)
{
    struct http_server *s = c->server;
    uint64_t us = monotonic_us() - c->began_us;
    size_t i = 0;

    COUNT_UP(s, requests);
    if (c->status >= 500)
        COUNT_UP(s, status_5xx);
    else if (c->status >= 400)
        COUNT_UP(s, status_4xx);
    else if (c->status >= 300)
        COUNT_UP(s, status_3xx);
    else if (c->status >= 200)
        COUNT_UP(s, status_2xx);
    while (i < COUNT(duration_bounds_us) && us > duration_bounds_us[i])
        i++;
    (void)atomic_fetch_add_explicit(&s->durations[i], 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&s->duration_us_sum, us, memory_order_relaxed);
}

void call_on_completed(void *server, struct MHD_Connection *connection, void **context,
                       enum MHD_RequestTerminationCode code)
{
    struct http_server *s = server;
    struct call *c = *context;

    (void)connection;
    (void)code;
    *context = NULL;
    if (c == NULL)
        return;
    conn_took(c->conn, c->head.times[HEADER_TRANSFER_ENCODING] ? 0 : c->wire_len);
    conn_phase(c->conn, CONN_IDLE);
    if (c->counted) {
        count_answer(c);
        (void)atomic_fetch_sub(&s->active, 1);
    }
    call_close(c);
}

void call_durations_put(struct http_server *s, struct buf *out)
{
    uint64_t total = 0;

    buf_put(out, S("# HELP breakroom_http_duration_seconds From a whole head to the last byte out\n"
                   "# TYPE breakroom_http_duration_seconds histogram\n"));
    for (size_t i = 0; i < COUNT(duration_bounds_us); i++) {
        total += atomic_load_explicit(&s->durations[i], memory_order_relaxed);
        buf_printf(out, "breakroom_http_duration_seconds_bucket{le=\"%g\"} %llu\n", (double)duration_bounds_us[i] / 1e6,
                   (unsigned long long)total);
    }
    total += atomic_load_explicit(&s->durations[DURATIONS - 1], memory_order_relaxed);
    buf_printf(out, "breakroom_http_duration_seconds_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)total);
    buf_printf(out, "breakroom_http_duration_seconds_sum %.6f\nbreakroom_http_duration_seconds_count %llu\n",
               (double)atomic_load_explicit(&s->duration_us_sum, memory_order_relaxed) / 1e6,
               (unsigned long long)total);
}
