/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a head must be before anything else looks at it.
 *
 * The library is lax: it takes bare LF, folds lines into names, cuts values at a NUL, drops nameless headers, and looks
 * at the first of two lengths. Two programs that disagree on where a request ends can be made to serve one visitor's
 * request to another. So, beside each rule by name, the head is laid out again: method, target, version and headers
 * are pointers into the bytes that came, and each must begin exactly where the one before it, with its CRLF, ended.
 * Whatever the library cut, glued or dropped leaves a gap.
 */
#include "http/http_impl.h"
#include "http/uri.h"

#include <string.h>

enum { CRLF = 2, VERSION_LEN = 8, METHOD_MAX = 16 };

static const struct span known_names[HEADER_KNOWN_COUNT] = {
    [HEADER_ACCEPT_ENCODING] = SPAN_INIT("Accept-Encoding"),
    [HEADER_CONTENT_LENGTH] = SPAN_INIT("Content-Length"),
    [HEADER_CONTENT_TYPE] = SPAN_INIT("Content-Type"),
    [HEADER_EXPECT] = SPAN_INIT("Expect"),
    [HEADER_HOST] = SPAN_INIT("Host"),
    [HEADER_IF_NONE_MATCH] = SPAN_INIT("If-None-Match"),
    [HEADER_IF_RANGE] = SPAN_INIT("If-Range"),
    [HEADER_ORIGIN] = SPAN_INIT("Origin"),
    [HEADER_RANGE] = SPAN_INIT("Range"),
    [HEADER_SEC_FETCH_SITE] = SPAN_INIT("Sec-Fetch-Site"),
    [HEADER_TRANSFER_ENCODING] = SPAN_INIT("Transfer-Encoding"),
    [HEADER_X_FORWARDED_FOR] = SPAN_INIT("X-Forwarded-For"),
};

/* A token of RFC 9110 §5.6.2. */
static bool name_is_fine(struct span name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            (c == 0 || strchr(others, c) == NULL))
            return false;
    }
    return name.n > 0;
}

static bool value_is_fine(struct span value)
{
    for (size_t i = 0; i < value.n; i++)
        if (((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7F)
            return false;
    return true;
}

/* "Content-Lengthx", which a folded line becomes: begins with a name that frames the request, and is not it. */
static bool only_begins_with(struct span name, enum known_header header)
{
    struct span known = known_names[header];

    return name.n > known.n && span_eq_nocase(span_sub(name, 0, known.n), known);
}

static void note_known(struct head *h, struct span name, struct span value)
{
    for (unsigned i = 0; i < HEADER_KNOWN_COUNT; i++) {
        if (name.n != known_names[i].n || !span_eq_nocase(name, known_names[i]))
            continue;
        if (h->times[i] == 0 || i == HEADER_X_FORWARDED_FOR)
            h->known[i] = span_trim(value);
        if (h->known[i].p == NULL)
            h->known[i].p = "";
        h->times[i] = (uint8_t)(h->times[i] < UINT8_MAX ? h->times[i] + 1 : UINT8_MAX);
        return;
    }
}

static enum MHD_Result note_header(void *arg, enum MHD_ValueKind kind, const char *name_p, size_t name_n,
                                   const char *value_p, size_t value_n)
{
    struct head *h = arg;
    struct span name = {name_p, name_n};
    struct span value = {value_p, value_n};

    (void)kind;
    if (++h->count > HEADERS_MAX || name_p != h->expect || value_p == NULL || value_p <= name_p + name_n ||
        !name_is_fine(name) || !value_is_fine(value) || only_begins_with(name, HEADER_CONTENT_LENGTH) ||
        only_begins_with(name, HEADER_TRANSFER_ENCODING) || only_begins_with(name, HEADER_HOST)) {
        h->fault = true;
        return MHD_NO;
    }
    h->expect = value_p + value_n + CRLF;
    note_known(h, name, value);
    return MHD_YES;
}

/* The head's bytes as they came: method SP target SP version CRLF *(header CRLF) CRLF, and nothing between. */
static bool layout_is_whole(struct call *c, const char *method, const char *version)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    if (info == NULL || c->target_fault || strlen(version) != VERSION_LEN)
        return false;
    c->wire_len = info->header_size;
    c->head.expect = version + VERSION_LEN + CRLF;
    (void)MHD_get_connection_values_n(c->connection, MHD_HEADER_KIND, note_header, &c->head);
    return !c->head.fault && c->head.expect + CRLF == method + info->header_size;
}

static bool framing_is_clear(const struct head *h, bool body_allowed)
{
    bool length = h->times[HEADER_CONTENT_LENGTH] > 0;
    bool coding = h->times[HEADER_TRANSFER_ENCODING] > 0;

    if (h->times[HEADER_CONTENT_LENGTH] > 1 || h->times[HEADER_TRANSFER_ENCODING] > 1 || h->times[HEADER_HOST] > 1)
        return false;
    if (length && coding)
        return false;
    if (coding && !span_eq_nocase(h->known[HEADER_TRANSFER_ENCODING], S("chunked")))
        return false;
    return body_allowed || (!length && !coding);
}

static void note_peer(struct call *c)
{
    struct http_peer forwarded;

    c->rq.peer = c->conn->peer;
    if (c->conn->from_proxy && c->head.times[HEADER_X_FORWARDED_FOR] &&
        peer_forwarded(c->head.known[HEADER_X_FORWARDED_FOR], &forwarded))
        c->rq.peer = forwarded;
}

static bool refuse(struct call *c)
{
    COUNT_UP(c->server, bad_heads);
    response_plain(c, 400, "The request is malformed.\n");
    return false;
}

static bool refuse_path(struct call *c, unsigned status)
{
    COUNT_UP(c->server, bad_heads);
    c->refusal = status;
    return false;
}

bool request_head(struct call *c, const char *url, const char *method, const char *version)
{
    struct span verb = span_of(method);
    enum rc rc;

    if (!layout_is_whole(c, method, version) || !name_is_fine(verb) || verb.n > METHOD_MAX)
        return refuse(c);
    c->rq.head_only = span_eq(verb, S("HEAD"));
    if (c->rq.head_only || span_eq(verb, S("GET")))
        c->rq.method = HTTP_GET;
    else if (span_eq(verb, S("POST")))
        c->rq.method = HTTP_POST;
    if (!framing_is_clear(&c->head, c->rq.method != HTTP_GET))
        return refuse(c);
    c->target = span_of(url);
    if (span_eq(c->target, S("*")) && span_eq(verb, S("OPTIONS"))) {
        c->rq.path = c->target;
    } else {
        rc = uri_path(c->rq.arena, c->target, &c->rq.path);
        if (rc != RC_OK)
            return refuse_path(c, rc == RC_LIMIT ? 414 : 400);
    }
    note_peer(c);
    return true;
}

bool request_same_origin(const struct call *c)
{
    struct span origin = c->head.known[HEADER_ORIGIN];
    struct span site = c->head.known[HEADER_SEC_FETCH_SITE];
    bool names_us = origin.p && span_eq_nocase(origin, http_origin(&c->rq));

    if (c->head.times[HEADER_ORIGIN] > 1 || c->head.times[HEADER_SEC_FETCH_SITE] > 1)
        return false;
    if (origin.p && !names_us && !span_eq(origin, S("null")))
        return false; /* whatever else it says, it comes from elsewhere */
    if (site.p)
        return span_eq(site, S("same-origin"));
    return names_us;
}

struct span http_origin(const struct req *rq)
{
    const struct call *c = call_of_const(rq);
    struct span pieces[] = {span_of(c->server->options.scheme), S("://"), c->head.known[HEADER_HOST]};

    return arena_join(rq->arena, pieces, COUNT(pieces));
}

bool http_header(const struct req *rq, struct span name, struct span *value_out)
{
    const struct call *c = call_of_const(rq);
    const char *value;
    size_t n;

    for (unsigned i = 0; i < HEADER_KNOWN_COUNT; i++)
        if (span_eq_nocase(name, known_names[i])) {
            *value_out = c->head.known[i];
            return c->head.times[i] > 0;
        }
    if (MHD_lookup_connection_value_n(c->connection, MHD_HEADER_KIND, name.p, name.n, &value, &n) != MHD_YES ||
        value == NULL)
        return false;
    *value_out = span_trim((struct span){value, n});
    return true;
}

bool http_query(const struct req *rq, struct span name, struct span *value_out)
{
    return uri_query(rq->arena, rq->query, name, value_out) == RC_OK;
}
