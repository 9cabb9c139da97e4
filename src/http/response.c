/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Answers: the headers that every one of them carries, conditional requests, ranges, and answers made once for all.
 *
 * An answer is chosen on whatever thread has the call and queued on its epoll thread. Header values come from literals
 * and from checked text alone; the library refuses one with a line end, and that would be a fault of ours.
 */
#include "http/http_impl.h"
#include "http/match.h"
#include "http/uri.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEADER_ROOM = 1024, NAME_MAX_LEN = 200 };

static const char *const every_answer[][2] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "same-origin"}, /* with no-referrer our own forms would come with "Origin: null" */
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Permissions-Policy",
     "camera=(), display-capture=(), geolocation=(), interest-cohort=(), microphone=(), payment=(), usb=()"},
};

static const char *cache_control(enum http_cache cache)
{
    switch (cache) {
    case HTTP_NO_STORE:
        return "no-store";
    case HTTP_REVALIDATE:
        return "no-cache";
    case HTTP_MINUTE:
        return "public, max-age=60, must-revalidate";
    case HTTP_IMMUTABLE:
        return "public, max-age=31536000, immutable";
    }
    return "no-store";
}

static void add(struct MHD_Response *r, const char *name, const char *value)
{
    CHECK(MHD_add_response_header(r, name, value) == MHD_YES);
}

/* attachment; filename="plain"; filename*=UTF-8''percent (RFC 6266, RFC 8187) */
static void add_attachment(struct MHD_Response *r, struct span name, bool is_shown)
{
    char room[HEADER_ROOM];
    size_t n = (size_t)snprintf(room, sizeof room, "%s; filename=\"", is_shown ? "inline" : "attachment");

    name = span_sub(name, 0, NAME_MAX_LEN);
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        room[n++] = c > 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '%' && c != '/' ? c : '_';
    }
    n += (size_t)snprintf(room + n, sizeof room - n, "\"; filename*=UTF-8''");
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-';

        n += (size_t)snprintf(room + n, sizeof room - n, plain ? "%c" : "%%%02X", c);
    }
    add(r, "Content-Disposition", room);
}

/* The header's value of an ETag: with quotes, and a mark for the encoding, for each has bytes of its own. */
static size_t etag_text(char *room, size_t room_len, struct span etag, enum http_encoding encoding)
{
    static const char *const marks[HTTP_ENCODINGS] = {"", "-gz", "-br"};

    for (size_t i = 0; i < etag.n; i++) {
        char c = etag.p[i];

        CHECK((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
              c == '-');
    }
    return (size_t)snprintf(room, room_len, "\"%.*s%s\"", SPAN_ARGS(etag), marks[encoding]);
}

/* Everything but what belongs to the body's length. */
static struct MHD_Response *dress(struct MHD_Response *r, const struct http_answer *a, enum http_encoding encoding,
                                  bool varies)
{
    char etag[128];

    CHECK(r != NULL);
    for (size_t i = 0; i < COUNT(every_answer); i++)
        add(r, every_answer[i][0], every_answer[i][1]);
    add(r, "Cross-Origin-Resource-Policy", a->embeddable ? "cross-origin" : "same-origin");
    add(r, "Content-Security-Policy", a->csp ? a->csp : HTTP_CSP);
    add(r, "Cache-Control", cache_control(a->cache));
    if (a->type)
        add(r, "Content-Type", a->type);
    if (a->language)
        add(r, "Content-Language", a->language);
    if (encoding != HTTP_IDENTITY)
        add(r, "Content-Encoding", http_encoding_name(encoding).p);
    if (varies)
        add(r, "Vary", "Accept-Encoding");
    if (a->attachment.n)
        add_attachment(r, a->attachment, a->is_shown);
    if (a->etag.n) {
        CHECK(etag_text(etag, sizeof etag, a->etag, encoding) < sizeof etag);
        add(r, "ETag", etag);
    }
    return r;
}

/* ---- choosing the answer of a call ---- */

void response_release(struct call *c)
{
    if (c->response && c->ready == NULL)
        MHD_destroy_response(c->response);
    c->response = NULL;
    http_ready_drop(&c->ready);
}

/* Takes the response. A second answer is our mistake; the first stands. */
static void choose(struct call *c, unsigned status, struct MHD_Response *r)
{
    if (c->response) {
        LOG_OURS(&c->rq, "http.answered_twice", KV_INT("status", status));
        MHD_destroy_response(r);
        return;
    }
    c->status = status;
    c->response = r;
}

bool http_answered(const struct req *rq)
{
    return call_of_const(rq)->response != NULL;
}

static void add_allow(struct call *c, struct MHD_Response *r)
{
    bool get = c->allow & 1U << HTTP_GET;
    bool post = c->allow & 1U << HTTP_POST;

    add(r, "Allow", get && post ? "GET, HEAD, OPTIONS, POST" : get ? "GET, HEAD, OPTIONS" : "OPTIONS, POST");
}

/* What some statuses need beside their page. */
static void add_for_status(struct call *c, unsigned status, struct MHD_Response *r)
{
    if (status == 405)
        add_allow(c, r);
    else if (status == 429)
        add(r, "Retry-After", "60");
    else if (status == 503)
        add(r, "Retry-After", "5");
}

static struct MHD_Response *borrowed(struct span body)
{
    return MHD_create_response_from_buffer(body.n, (void *)(body.n ? body.p : ""), MHD_RESPMEM_PERSISTENT);
}

void response_plain(struct call *c, unsigned status, const char *reason)
{
    static const struct http_answer answer = {.type = "text/plain; charset=utf-8"};
    struct MHD_Response *r = dress(borrowed(span_of(reason)), &answer, HTTP_IDENTITY, false);

    add_for_status(c, status, r);
    choose(c, status, r);
}

void response_options(struct call *c)
{
    static const struct http_answer answer = {.type = NULL};
    struct MHD_Response *r = dress(borrowed(S("")), &answer, HTTP_IDENTITY, false);

    add_allow(c, r);
    choose(c, 204, r);
}

/* Whether the client has it already. */
static bool has_it(const struct call *c, const char *etag, size_t etag_len)
{
    return c->rq.method == HTTP_GET && c->head.times[HEADER_IF_NONE_MATCH] == 1 &&
           etag_listed(c->head.known[HEADER_IF_NONE_MATCH], (struct span){etag + 1, etag_len - 2});
}

/* What of `size` bytes in identity the client asks for. */
static enum range_kind range_of(const struct call *c, struct span etag, uint64_t size, uint64_t *from_out,
                                uint64_t *len_out)
{
    if (c->rq.method != HTTP_GET || c->rq.head_only || etag.n == 0 || c->head.times[HEADER_RANGE] != 1)
        return RANGE_WHOLE;
    if (c->head.times[HEADER_IF_RANGE] && !etag_same_strong(c->head.known[HEADER_IF_RANGE], etag))
        return RANGE_WHOLE;
    return range_parse(c->head.known[HEADER_RANGE], size, from_out, len_out);
}

static void choose_part(struct call *c, const struct http_answer *a, struct MHD_Response *r, bool varies, uint64_t from,
                        uint64_t len, uint64_t size)
{
    char range[80];

    (void)dress(r, a, HTTP_IDENTITY, varies);
    (void)snprintf(range, sizeof range, "bytes %llu-%llu/%llu", (unsigned long long)from,
                   (unsigned long long)(from + len - 1), (unsigned long long)size);
    add(r, "Content-Range", range);
    add(r, "Accept-Ranges", "bytes");
    choose(c, 206, r);
}

static void choose_nowhere(struct call *c, uint64_t size)
{
    static const struct http_answer answer = {.type = "text/plain; charset=utf-8"};
    struct MHD_Response *r = dress(borrowed(S("There is no such part.\n")), &answer, HTTP_IDENTITY, false);
    char range[48];

    (void)snprintf(range, sizeof range, "bytes */%llu", (unsigned long long)size);
    add(r, "Content-Range", range);
    choose(c, 416, r);
}

static unsigned status_of(const struct http_answer *a)
{
    return a->status ? a->status : 200;
}

/* 304 or 416, where the client's conditions ask for them; then nothing of the body is needed. */
static bool settled(struct call *c, const struct http_answer *a, uint64_t size, enum range_kind *kind_out,
                    uint64_t *from_out, uint64_t *len_out)
{
    char etag[128];
    size_t n;

    *kind_out = RANGE_WHOLE;
    if (a->etag.n == 0 || status_of(a) != 200)
        return false;
    n = etag_text(etag, sizeof etag, a->etag, HTTP_IDENTITY);
    if (has_it(c, etag, n)) {
        choose(c, 304, dress(borrowed(S("")), a, HTTP_IDENTITY, false));
        return true;
    }
    *kind_out = range_of(c, a->etag, size, from_out, len_out);
    if (*kind_out == RANGE_NOWHERE)
        choose_nowhere(c, size);
    return *kind_out == RANGE_NOWHERE;
}

void http_send(struct req *rq, const struct http_answer *a, struct span body)
{
    struct call *c = call_of(rq);
    enum range_kind kind;
    uint64_t from = 0;
    uint64_t len = 0;
    struct MHD_Response *r;

    if (settled(c, a, body.n, &kind, &from, &len))
        return;
    if (kind == RANGE_PART) {
        choose_part(c, a, borrowed(span_sub(body, (size_t)from, (size_t)len)), false, from, len, body.n);
        return;
    }
    r = dress(borrowed(body), a, HTTP_IDENTITY, false);
    if (a->etag.n && status_of(a) == 200)
        add(r, "Accept-Ranges", "bytes");
    add_for_status(c, status_of(a), r);
    choose(c, status_of(a), r);
}

void http_send_html(struct req *rq, unsigned status, struct span body)
{
    struct http_answer answer = {.status = status, .type = "text/html; charset=utf-8"};

    http_send(rq, &answer, body);
}

void http_send_file(struct req *rq, const struct http_answer *a, int fd, uint64_t size)
{
    struct call *c = call_of(rq);
    enum range_kind kind;
    uint64_t from = 0;
    uint64_t len = size;
    struct MHD_Response *r;

    if (settled(c, a, size, &kind, &from, &len) || size == 0) {
        (void)close(fd);
        if (size == 0 && !http_answered(rq))
            choose(c, status_of(a), dress(borrowed(S("")), a, HTTP_IDENTITY, false));
        return;
    }
    r = MHD_create_response_from_fd_at_offset64(len, fd, from);
    if (kind == RANGE_PART) {
        choose_part(c, a, r, false, from, len, size);
        return;
    }
    (void)dress(r, a, HTTP_IDENTITY, false);
    if (a->etag.n)
        add(r, "Accept-Ranges", "bytes");
    choose(c, status_of(a), r);
}

/* ---- elsewhere ---- */

static bool place_is_ours(struct span path)
{
    if (!span_starts(path, S("/")) || span_starts(path, S("//")) || path.n > HEADER_ROOM)
        return false;
    for (size_t i = 0; i < path.n; i++)
        if ((unsigned char)path.p[i] <= 0x20 || (unsigned char)path.p[i] >= 0x7F || path.p[i] == '\\')
            return false;
    return true;
}

static void go(struct req *rq, unsigned status, struct span path, const struct http_answer *answer)
{
    struct MHD_Response *r;

    if (!place_is_ours(path)) {
        LOG_OURS(rq, "http.bad_place", KV_INT("status", status));
        http_error(rq, 500);
        return;
    }
    r = dress(borrowed(S("")), answer, HTTP_IDENTITY, false);
    add(r, "Location", arena_cstr(rq->arena, path));
    choose(call_of(rq), status, r);
}

void http_see_other(struct req *rq, struct span path)
{
    static const struct http_answer answer = {.cache = HTTP_NO_STORE};

    go(rq, 303, path, &answer);
}

void http_moved(struct req *rq, struct span path)
{
    static const struct http_answer answer = {.cache = HTTP_MINUTE};

    go(rq, 301, path, &answer);
}

/* ---- errors ---- */

static const char *sentence(unsigned status)
{
    switch (status) {
    case 400:
        return "The request is malformed.\n";
    case 403:
        return "Not allowed.\n";
    case 404:
        return "Not found.\n";
    case 405:
        return "This address does not take that.\n";
    case 413:
        return "That is too large.\n";
    case 414:
        return "The address is too long.\n";
    case 415:
        return "That is no form that can be read here.\n";
    case 422:
        return "Something is missing or wrong in what was sent.\n";
    case 429:
        return "Too many at once. Please try again in a minute.\n";
    case 431:
        return "The request's head is too large.\n";
    case 503:
        return "Please try again in a moment.\n";
    default:
        return "Something went wrong on our side.\n";
    }
}

void http_error(struct req *rq, unsigned status)
{
    struct call *c = call_of(rq);

    if (c->server->options.error_page && !c->in_error) {
        c->in_error = true;
        c->server->options.error_page(c->server->options.context, rq, status);
        c->in_error = false;
    }
    if (c->response == NULL)
        response_plain(c, status, sentence(status));
}

/* ---- answers made once ---- */

struct http_ready {
    atomic_uint holds;
    size_t size;
    unsigned status;
    unsigned have;             /* bits 1 << encoding */
    struct http_answer answer; /* its spans and strings are its own or literals */
    struct span identity;      /* in its response's keeping */
    struct MHD_Response *whole[HTTP_ENCODINGS];
    struct MHD_Response *unchanged[HTTP_ENCODINGS]; /* 304 */
    char etag[HTTP_ENCODINGS][128];
    size_t etag_len[HTTP_ENCODINGS];
    char etag_room[100];
    char attachment_room[NAME_MAX_LEN];
};

static struct span keep(char *room, size_t room_len, struct span s)
{
    CHECK(s.n <= room_len);
    if (s.n)
        memcpy(room, s.p, s.n);
    return (struct span){room, s.n};
}

struct http_ready *http_ready_new(const struct http_answer *answer, const struct span bodies[HTTP_ENCODINGS])
{
    struct http_ready *ready = calloc(1, sizeof *ready);

    CHECK(ready != NULL && bodies[HTTP_IDENTITY].p != NULL);
    atomic_init(&ready->holds, 1);
    ready->answer = *answer;
    ready->answer.etag = keep(ready->etag_room, sizeof ready->etag_room, answer->etag);
    ready->answer.attachment =
        keep(ready->attachment_room, sizeof ready->attachment_room, span_sub(answer->attachment, 0, NAME_MAX_LEN));
    ready->status = status_of(answer);
    ready->size = sizeof *ready;
    for (unsigned e = 0; e < HTTP_ENCODINGS; e++)
        if (e == HTTP_IDENTITY || bodies[e].n)
            ready->have |= 1U << e;
    for (unsigned e = 0; e < HTTP_ENCODINGS; e++) {
        enum http_encoding encoding = (enum http_encoding)e;
        bool varies = ready->have != 1U << HTTP_IDENTITY;
        char *copy;

        if (!(ready->have & 1U << e))
            continue;
        copy = malloc(bodies[e].n + 1);
        CHECK(copy != NULL);
        if (bodies[e].n)
            memcpy(copy, bodies[e].p, bodies[e].n);
        if (e == HTTP_IDENTITY)
            ready->identity = (struct span){copy, bodies[e].n};
        ready->whole[e] = dress(MHD_create_response_from_buffer_with_free_callback(bodies[e].n, copy, free),
                                &ready->answer, encoding, varies);
        ready->size += bodies[e].n;
        if (answer->etag.n == 0)
            continue;
        if (ready->status == 200)
            add(ready->whole[e], "Accept-Ranges", "bytes");
        ready->unchanged[e] = dress(borrowed(S("")), &ready->answer, encoding, varies);
        ready->etag_len[e] = etag_text(ready->etag[e], sizeof ready->etag[e], ready->answer.etag, encoding);
    }
    return ready;
}

struct http_ready *http_ready_hold(struct http_ready *ready)
{
    (void)atomic_fetch_add_explicit(&ready->holds, 1, memory_order_relaxed);
    return ready;
}

void http_ready_drop(struct http_ready **pointer)
{
    struct http_ready *ready = *pointer;

    *pointer = NULL;
    if (ready == NULL || atomic_fetch_sub_explicit(&ready->holds, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t e = 0; e < HTTP_ENCODINGS; e++) {
        if (ready->whole[e])
            MHD_destroy_response(ready->whole[e]);
        if (ready->unchanged[e])
            MHD_destroy_response(ready->unchanged[e]);
    }
    free(ready);
}

size_t http_ready_size(const struct http_ready *ready)
{
    return ready->size;
}

static void drop_when_sent(void *ready)
{
    struct http_ready *held = ready;

    http_ready_drop(&held);
}

static void send_part(struct call *c, struct http_ready *ready, uint64_t from, uint64_t len)
{
    struct MHD_Response *r = MHD_create_response_from_buffer_with_free_callback_cls(
        (size_t)len, (void *)(ready->identity.p + from), drop_when_sent, http_ready_hold(ready));

    choose_part(c, &ready->answer, r, ready->have != 1U << HTTP_IDENTITY, from, len, ready->identity.n);
}

void http_send_ready(struct req *rq, struct http_ready *ready)
{
    struct call *c = call_of(rq);
    enum http_encoding e = HTTP_IDENTITY;
    uint64_t from;
    uint64_t len;

    if (c->response) {
        LOG_OURS(rq, "http.answered_twice", KV_INT("status", ready->status));
        return;
    }
    if (ready->status == 200 && c->head.times[HEADER_RANGE]) {
        switch (range_of(c, ready->answer.etag, ready->identity.n, &from, &len)) {
        case RANGE_PART:
            send_part(c, ready, from, len);
            return;
        case RANGE_NOWHERE:
            choose_nowhere(c, ready->identity.n);
            return;
        case RANGE_WHOLE:
            break;
        }
    }
    if (c->head.times[HEADER_ACCEPT_ENCODING] == 1)
        e = http_encoding_choose(c->head.known[HEADER_ACCEPT_ENCODING], ready->have);
    c->ready = http_ready_hold(ready);
    c->status = ready->status;
    c->response = ready->whole[e];
    if (ready->status == 200 && ready->unchanged[e] && has_it(c, ready->etag[e], ready->etag_len[e])) {
        c->status = 304;
        c->response = ready->unchanged[e];
    }
}

enum MHD_Result response_queue(struct call *c)
{
    enum MHD_Result ok = MHD_queue_response(c->connection, c->status, c->response);

    response_release(c); /* the library holds its own */
    return ok;
}
