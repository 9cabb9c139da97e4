/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the files of src/http share, and everything that threads share in it.
 *
 * Shared between threads: the server (fixed after open, but for its atomics and what has a lock), the connections'
 * atomics (epoll thread writes, keeper reads), the workers' queue, the limits, ready answers (immutable, counted), and
 * the free list of calls. A call belongs to one thread at a time: its epoll thread, or after http_park whoever it was
 * given to, until http_unpark.
 */
#ifndef HTTP_HTTP_IMPL_H
#define HTTP_HTTP_IMPL_H

#include "http/http.h"
#include "http/limit.h"
#include "http/log.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

/* ---- headers we look at, found in one pass ---- */

enum known_header {
    HEADER_ACCEPT_ENCODING,
    HEADER_CONTENT_LENGTH,
    HEADER_CONTENT_TYPE,
    HEADER_EXPECT,
    HEADER_HOST,
    HEADER_IF_NONE_MATCH,
    HEADER_IF_RANGE,
    HEADER_ORIGIN,
    HEADER_RANGE,
    HEADER_SEC_FETCH_SITE,
    HEADER_TRANSFER_ENCODING,
    HEADER_X_FORWARDED_FOR, /* the last one counts, of all others the first */
    HEADER_KNOWN_COUNT,
};

enum { HEADERS_MAX = 64, PARAMS_MAX = 4 };

struct head {
    struct span known[HEADER_KNOWN_COUNT]; /* trimmed; null pointer: none */
    uint8_t times[HEADER_KNOWN_COUNT];
    unsigned count;
    bool fault;         /* what came is not, byte for byte, a head as RFC 9112 has it */
    const char *expect; /* where the next header's name has to begin */
};

/* ---- connections ---- */

enum conn_phase {
    CONN_IDLE = 0, /* or a head is coming in: the keeper sees which */
    CONN_BODY,
    CONN_WORK, /* a handler has it: no time limit */
    CONN_SEND,
};

struct conn {
    int fd;
    size_t slot;           /* in the server's table, under its lock */
    struct http_peer peer; /* of the socket: our proxy's, where there is one */
    bool from_proxy;
    _Atomic unsigned phase;
    _Atomic uint64_t turn;  /* counts phases, so that the keeper knows a new one */
    _Atomic uint64_t bytes; /* of bodies so far */
    _Atomic uint64_t taken; /* of everything, by requests that are over: what came beyond is a head's beginning */
    /* the keeper's own */
    uint64_t seen_turn;
    uint64_t seen_ms;    /* when it first saw this turn, or began the present window */
    uint64_t seen_bytes; /* then */
    uint64_t head_ms;    /* when the head's first byte was there; 0: none yet */
    bool cut;
};

/* ---- calls: one request inside ---- */

enum call_stage { CALL_HEAD = 0, CALL_BODY, CALL_WOKEN };

struct call {
    struct req rq; /* first: the two pointers are the same */
    struct http_server *server;
    struct MHD_Connection *connection;
    struct conn *conn;
    struct call *next;            /* in the free list or the workers' queue */
    void (*work)(struct req *rq); /* what a worker is to do */
    enum call_stage stage;
    struct head head;
    struct span target; /* raw path */
    struct span params[PARAMS_MAX];
    unsigned refusal;  /* the status it gets once its body is read, or a CALL_… of call.h; 0: none */
    unsigned allow;    /* methods for a 405 or OPTIONS: bits 1 << enum http_method */
    size_t drained;    /* bytes read only to be dropped */
    uint64_t wire_len; /* bytes of head and body so far; a chunked body is not counted */
    size_t target_len; /* as it came, query and all */
    bool target_fault; /* seen before the head is whole */
    bool counted;
    bool limited; /* over its rate: row.limited answers */
    bool suspended;
    bool *left; /* of the thread that has it: set when the call goes to another */
    struct buf body_room;
    uint64_t began_us; /* monotonic */
    /* the answer */
    struct MHD_Response *response;
    struct http_ready *ready; /* held until queued, when `response` is one of its own */
    unsigned status;
    bool in_error; /* the error page is being made: its own error is a plain sentence */
};

static inline struct call *call_of(struct req *rq)
{
    return (struct call *)(void *)rq;
}

static inline const struct call *call_of_const(const struct req *rq)
{
    return (const struct call *)(const void *)rq;
}

/* ---- counters ---- */

#define HTTP_COUNTERS(X)                                                                                               \
    X(requests, "Requests answered")                                                                                   \
    X(status_2xx, "Answers of status 200 to 299")                                                                      \
    X(status_3xx, "Answers of status 300 to 399")                                                                      \
    X(status_4xx, "Answers of status 400 to 499")                                                                      \
    X(status_5xx, "Answers of status 500 to 599")                                                                      \
    X(bad_heads, "Heads refused and their connections closed")                                                         \
    X(unknown_hosts, "Requests for a host that is not ours")                                                           \
    X(foreign_posts, "POSTs refused for where they came from")                                                         \
    X(limited_posts, "POSTs refused for their rate")                                                                   \
    X(large_bodies, "Bodies over their route's cap")                                                                   \
    X(connections, "Connections accepted")                                                                             \
    X(refused_connections, "Connections refused: one address had too many")                                            \
    X(slow_heads, "Connections cut: head not whole in time")                                                           \
    X(slow_bodies, "Connections cut: body too slow")                                                                   \
    X(slow_readers, "Connections cut: answer read too slowly")                                                         \
    X(idle_cut, "Idle connections closed")                                                                             \
    X(handed_over, "Requests given to a worker")                                                                       \
    X(workers_busy, "Requests refused: too many waited for a worker")                                                  \
    X(unanswered, "Handlers that gave no answer")                                                                      \
    X(library_messages, "Messages of the HTTP library")

struct counters {
#define HTTP_COUNTER_FIELD(name, help) _Atomic uint64_t name;
    HTTP_COUNTERS(HTTP_COUNTER_FIELD)
#undef HTTP_COUNTER_FIELD
};

#define COUNT_UP(server, name) ((void)atomic_fetch_add_explicit(&(server)->counters.name, 1, memory_order_relaxed))

enum { DURATIONS = 6 }; /* histogram buckets, the last without bound */

/* ---- the server ---- */

struct workers;
struct routes;

struct http_server {
    struct http_options options; /* with defaults filled in */
    struct MHD_Daemon *daemon;
    struct routes *routes;
    struct arena *arena; /* lives with the server */
    struct limits *limits;
    struct workers *workers;
    bool has_proxy;
    struct http_peer proxy;

    pthread_mutex_t conns_lock; /* the table, and that a socket in it is open */
    struct conn **conns;
    size_t conns_count;
    size_t conns_room;

    pthread_t keeper;
    bool keeper_runs; /* the opening and closing thread's own */
    atomic_bool keeper_ends;
    int keeper_wake; /* eventfd */
    atomic_bool stopping;

    pthread_mutex_t calls_lock;
    struct call *calls_free;
    unsigned calls_free_count;

    pthread_mutex_t parked_lock;
    pthread_cond_t parked_none;
    unsigned parked;
    bool parking_is_over; /* under parked_lock: no handler may begin */
    atomic_uint active;   /* calls begun and not completed */

    _Atomic uint64_t next_id;
    struct counters counters;
    _Atomic uint64_t durations[DURATIONS];
    _Atomic uint64_t duration_us_sum;
};

uint64_t monotonic_us(void);

/* request.c: the checks of a head. False: answered with 400, or `refusal` says what is wrong with the path; the
 * connection closes. */
bool request_head(struct call *c, const char *url, const char *method, const char *version);
/* Whether a POST may come from where it says it does. */
bool request_same_origin(const struct call *c);

/* route.c */
struct routes *routes_build(struct arena *a, const struct route_table *tables, size_t count);
/* Finds the row: sets rq.route and params, or `refusal` (404, 405), or answers itself (slash, OPTIONS). */
enum match { MATCH_ROW, MATCH_NONE, MATCH_METHOD, MATCH_SLASH };
enum match routes_match(const struct routes *r, struct call *c, unsigned method_bit);

/* response.c: a plain answer that needs no callback; `reason` is a literal. */
void response_plain(struct call *c, unsigned status, const char *reason);
void response_options(struct call *c);
void response_release(struct call *c);
MUST_USE enum MHD_Result response_queue(struct call *c);

/* pool.c */
MUST_USE enum rc workers_open(unsigned count, struct workers **workers_out);
bool workers_give(struct workers *w, struct call *c); /* false: the queue is full */
void workers_close(struct workers **w);               /* after what is queued is done */
void call_work_here(struct call *c);                  /* c->work, then unpark unless it left */

/* keeper.c: cuts what is slow or idle, accepts on the second and further sockets. */
MUST_USE enum rc keeper_open(struct http_server *s);
void keeper_close(struct http_server *s);
void keeper_wake_now(struct http_server *s);
struct conn *conn_open(struct http_server *s, int fd, struct http_peer peer);
void conn_close(struct http_server *s, struct conn *conn);
void conn_phase(struct conn *conn, enum conn_phase phase);
/* A request of so many bytes on the wire is over. 0: nobody counted; all that has come in was it. */
void conn_took(struct conn *conn, uint64_t bytes);

#endif
