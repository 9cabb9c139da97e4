/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The web server as the parts see it: routes are rows, a request is a struct, an answer is given once.
 *
 * Below stands libmicrohttpd, which no other file may include; what it is lax about is checked before a handler runs.
 * A handler gets a request whose framing, path, host, origin, body size and rate are in order, and answers it with
 * exactly one http_send_… call. It runs on an epoll thread and must not wait there: what waits goes to a worker
 * (HTTP_WORKER in its row, or http_hand_over). A request belongs to one thread at a time.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/time.h"
#include "http/address.h"
#include "http/encode.h"

/* ---- requests ---- */

enum http_method {
    HTTP_GET = 1, /* HEAD comes as this one; the body is dropped on its way out */
    HTTP_POST,
};

struct req {
    struct arena *arena; /* dies when the answer is out: a body may lie in it. Of a POST it is zeroed then */
    enum http_method method;
    bool head_only;
    struct span path;  /* decoded: begins with '/', UTF-8, no control character, no empty, "." or ".." segment */
    struct span query; /* as it came, without the '?' */
    struct span host;  /* as the client named us: lower case, without port or final dot */
    int64_t campaign;  /* what the host callback made of it */
    struct span body;  /* of a POST, whole, at most the row's cap */
    uint64_t id;       /* for the log and the error page: says nothing about the client */
    struct instant now;
    struct http_peer peer;     /* for limits only; never to be stored or logged */
    const struct route *route; /* null for a request that matched none */
    void *principal;           /* what the authorize callback put there */
};

/* A header of the request, trimmed; of several the first. False when there is none. Borrows until the answer is out. */
bool http_header(const struct req *rq, struct span name, struct span *value_out);
/* The decoded segment that stood for `:name` (or segments, for `+name`) in the route's path. A name that the row lacks
 * breaks an invariant. */
struct span http_param(const struct req *rq, struct span name);
/* The first `name=` of the query, decoded, UTF-8. False when there is none or it cannot be decoded. */
bool http_query(const struct req *rq, struct span name, struct span *value_out);
/* "https://host[:port]" of this request. */
struct span http_origin(const struct req *rq);

/* ---- routes ---- */

/* Who may. Zero is nobody, whatever else the row says. All but EVERYONE ask the authorize callback. */
enum http_who {
    HTTP_WHO_NOBODY = 0,
    HTTP_WHO_EVERYONE,
    HTTP_WHO_WRITER,
    HTTP_WHO_ORGANIZER,
    HTTP_WHO_LEAD,
    HTTP_WHO_ATTORNEY,
    HTTP_WHO_COUNT,
};

enum http_csrf {
    HTTP_CSRF_UNSET = 0,   /* refused when the server opens */
    HTTP_CSRF_SAFE,        /* GET: changes nothing */
    HTTP_CSRF_SAME_ORIGIN, /* our own pages alone may post: Sec-Fetch-Site same-origin, or Origin equal */
    HTTP_CSRF_ANY_ORIGIN,  /* one-click leaving (RFC 8058): the address itself is the permission */
};

/* How many POSTs one address may send: `http_options.rates`. */
enum http_rate {
    HTTP_RATE_NONE = 0, /* page views are never limited: a school shares one address */
    HTTP_RATE_FORM,
    HTTP_RATE_SIGN,
    HTTP_RATE_LOGIN,
    HTTP_RATE_LEAVE, /* one click to leave: mail companies send those of thousands of people from one address */
    HTTP_RATE_COUNT,
};

enum http_flags {
    HTTP_IN_PLACE = 0,
    HTTP_WORKER = 1,    /* runs on a worker thread and may wait: writes, PostgreSQL, other processes */
    HTTP_CACHEABLE = 2, /* the same for everybody: the page cache may keep it */
};

struct route {
    enum http_method method;
    struct span path; /* "/news/:key", "/files/+name" (the last one: any number of segments) */
    enum http_who who;
    void (*handler)(struct req *rq);
    enum http_csrf csrf;
    enum http_rate rate;
    size_t body_max; /* 0 for GET */
    unsigned flags;  /* enum http_flags, or'ed */
    /* Answers a POST over its rate, 429, in place of `handler`: with the form as it was typed, and nothing changed. In
     * place, so it must not wait. Null: the error page. */
    void (*limited)(struct req *rq);
};

/* A row without a policy does not compile, nor does one with HTTP_WHO_NOBODY. Rows are made with these three alone. */
#define HTTP_POLICY(who)                                                                                               \
    ((enum http_who)(sizeof(struct {                                                                                   \
                         _Static_assert((who) != HTTP_WHO_NOBODY, "who may?");                                         \
                         char c;                                                                                       \
                     }) * 0 +                                                                                          \
                     (who)))
#define ROUTE_GET(path_literal, who_may, handle, flag_bits)                                                            \
    {                                                                                                                  \
        .method = HTTP_GET, .path = SPAN_INIT(path_literal), .who = HTTP_POLICY(who_may), .handler = (handle),         \
        .csrf = HTTP_CSRF_SAFE, .flags = (flag_bits)                                                                   \
    }
#define ROUTE_POST(path_literal, who_may, handle, origin_rule, rate_class, body_cap, flag_bits)                        \
    {                                                                                                                  \
        .method = HTTP_POST, .path = SPAN_INIT(path_literal), .who = HTTP_POLICY(who_may), .handler = (handle),        \
        .csrf = (origin_rule), .rate = (rate_class), .body_max = (body_cap), .flags = (flag_bits)                      \
    }
/* What a form of a page of ours is sent to; `limit` shows it again to those who send too often. */
#define ROUTE_FORM(path_literal, who_may, handle, limit, rate_class, body_cap, flag_bits)                              \
    {                                                                                                                  \
        .method = HTTP_POST, .path = SPAN_INIT(path_literal), .who = HTTP_POLICY(who_may), .handler = (handle),        \
        .csrf = HTTP_CSRF_SAME_ORIGIN, .rate = (rate_class), .body_max = (body_cap), .flags = (flag_bits),             \
        .limited = (limit)                                                                                             \
    }

struct route_table {
    const struct route *rows;
    size_t count;
};

/* ---- answers: exactly one a request ---- */

enum http_cache {
    HTTP_NO_STORE = 0, /* forms, anything about a person */
    HTTP_REVALIDATE,   /* kept, but asked for again with its ETag */
    HTTP_MINUTE,       /* public pages: a minute, then as REVALIDATE */
    HTTP_IMMUTABLE,    /* the address changes with the content */
};

struct http_answer {
    unsigned status;  /* 0 is 200 */
    const char *type; /* "text/html; charset=utf-8": a literal */
    enum http_cache cache;
    struct span etag;       /* without quotes, of [0-9A-Za-z._-]; empty: none. For bytes as they are in identity */
    const char *csp;        /* a literal in place of HTTP_CSP; null: that one */
    const char *language;   /* "es", or null */
    struct span attachment; /* a file name: sent to be saved, not shown. Any UTF-8 */
    bool is_shown;          /* with a name and all the same shown: who saves it has that name */
    bool embeddable;        /* other sites may show it: pictures of a feed */
};

#define HTTP_CSP                                                                                                       \
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/* Answers with `body`, which must live until the answer is out: a literal, or in rq->arena. Conditional requests and
 * a single Range are honoured where the answer has an ETag. */
void http_send(struct req *rq, const struct http_answer *answer, struct span body);
/* A page for this one person: text/html, not stored. */
void http_send_html(struct req *rq, unsigned status, struct span body);
/* Bytes of a file; takes `fd`, which must be a regular file of `size` bytes that nobody shortens. */
void http_send_file(struct req *rq, const struct http_answer *answer, int fd, uint64_t size);
/* 303 to a place of our own: begins with one '/'. Anything else is answered 500 and logged as our fault. */
void http_see_other(struct req *rq, struct span path);
/* The same for good (301). Only GET. */
void http_moved(struct req *rq, struct span path);
/* The error page for `status`, made by the error callback; a plain sentence where there is none. */
void http_error(struct req *rq, unsigned status);

/* An answer that is made once and sent many times, by any thread: the page cache's entry. Immutable; counted. */
struct http_ready;
/* Copies everything. `bodies` by enum http_encoding: an empty one is left out, identity must be there. Counted once. */
struct http_ready *http_ready_new(const struct http_answer *answer, const struct span bodies[HTTP_ENCODINGS]);
struct http_ready *http_ready_hold(struct http_ready *ready); /* one more; gives back its argument */
void http_ready_drop(struct http_ready **pointer);            /* one less, nulls the pointer; accepts null */
size_t http_ready_size(const struct http_ready *ready);       /* bytes it keeps */
/* Sends the encoding that fits best, 304 or 206 as asked. The caller keeps its hold. */
void http_send_ready(struct req *rq, struct http_ready *ready);

/* ---- waiting ---- */

/* Goes on with `work` on a worker thread; the handler returns at once and `work` answers. 503 when too many wait. */
void http_hand_over(struct req *rq, void (*work)(struct req *rq));
/* For an answer that comes from elsewhere (the writer's queue): park first, then give `rq` away, then return without
 * touching it. Whoever has it answers and unparks, on any thread: after that `rq` is gone. */
void http_park(struct req *rq);
void http_unpark(struct req *rq);
bool http_answered(const struct req *rq);

/* ---- the server ---- */

struct http_rate_limit {
    uint32_t burst;      /* at once */
    uint32_t per_minute; /* and then */
};

enum { HTTP_LISTEN_MAX = 4 };

/* Callbacks run on any thread, at the same time, and must not wait. */
struct http_options {
    int listen[HTTP_LISTEN_MAX]; /* bound and listening; taken over */
    size_t listen_count;
    const struct route_table *tables;
    size_t table_count;
    void *context; /* for the callbacks */

    /* Which campaign a host is, from its name without port. False: nobody's; the client is told nothing. */
    bool (*host)(void *context, struct span host, int64_t *campaign_out);
    /* Whether the client may. False: it may have answered, else the page is as if it did not exist. On the thread of
     * the handler; may set rq->principal. Null: nobody but EVERYONE. */
    bool (*authorize)(void *context, struct req *rq, enum http_who who);
    /* Makes the page for an error, with http_send. Null: a plain sentence. */
    void (*error_page)(void *context, struct req *rq, unsigned status);
    struct instant (*clock)(void); /* null: the machine's */

    const char *scheme;                            /* "http" or "https", as browsers see us; a literal */
    struct span proxy;                             /* address whose X-Forwarded-For counts; empty: none */
    unsigned threads;                              /* 0: one per CPU */
    unsigned workers;                              /* 0: 8 */
    unsigned connections_max;                      /* 0: 16000, or what the limit of open files leaves */
    unsigned connections_a_peer;                   /* 0: 1000 */
    struct http_rate_limit rates[HTTP_RATE_COUNT]; /* burst 0: the class's default */
    unsigned head_seconds;                         /* 0: 10 */
    unsigned idle_seconds;                         /* 0: 60; less when connections run out */
    size_t arena_max;                              /* of a request; 0: 64 MB */
};

struct http_server;

/* A listening socket for "127.0.0.1", "::1", "0.0.0.0" … Port 0 takes a free one. RC_INVALID: not an address;
 * RC_CONFLICT: in use; RC_DENIED: not allowed; RC_IO. */
MUST_USE enum rc http_listen(struct span address, uint16_t port, int *fd_out, uint16_t *port_out);
/* Starts the threads. Rows that contradict themselves or each other break an invariant. RC_IO: the machine refused.
 * Sockets are taken in either case. */
MUST_USE enum rc http_server_open(const struct http_options *options, struct http_server **server_out);
/* Stops listening, lets what was begun be answered for up to `grace_ms`, but waits without limit for handlers that
 * still run. Blocks. Nulls the pointer. */
void http_server_close(struct http_server **server, unsigned grace_ms);
/* Counters as Prometheus text. */
void http_server_counters(struct http_server *server, struct buf *out);

#endif
