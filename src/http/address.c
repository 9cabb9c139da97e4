/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Addresses: one form for both families, cut to what one subscriber line owns.
 */
#include "http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { TEXT_MAX = 64, V4_AT = 12, V6_KEEP = 8 };

static const uint8_t mapped[V4_AT] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

static struct http_peer from_v4(const void *four)
{
    struct http_peer p;

    memcpy(p.bytes, mapped, sizeof mapped);
    memcpy(p.bytes + V4_AT, four, 4);
    return p;
}

static struct http_peer from_v6(const void *sixteen)
{
    struct http_peer p;

    memcpy(p.bytes, sixteen, sizeof p.bytes);
    if (memcmp(p.bytes, mapped, sizeof mapped) != 0)
        memset(p.bytes + V6_KEEP, 0, sizeof p.bytes - V6_KEEP);
    return p;
}

struct http_peer peer_of_sockaddr(const struct sockaddr *addr)
{
    if (addr && addr->sa_family == AF_INET)
        return from_v4(&((const struct sockaddr_in *)(const void *)addr)->sin_addr);
    if (addr && addr->sa_family == AF_INET6)
        return from_v6(&((const struct sockaddr_in6 *)(const void *)addr)->sin6_addr);
    return (struct http_peer){{0}};
}

/* "[::1]:80" → "::1"; "192.0.2.7:80" → "192.0.2.7". Two colons without brackets are an IPv6 address. */
static struct span without_port(struct span s)
{
    size_t end;

    if (span_starts(s, S("["))) {
        end = span_find_char(s, ']');
        return end == SPAN_NONE ? s : span_sub(s, 1, end - 1);
    }
    end = span_find_char(s, ':');
    if (end != SPAN_NONE && span_find_last_char(s, ':') == end)
        return span_sub(s, 0, end);
    return s;
}

bool peer_parse(struct span text, struct http_peer *peer_out)
{
    struct span bare = without_port(span_trim(text));
    char cstr[TEXT_MAX];
    uint8_t bytes[16];

    if (bare.n == 0 || bare.n >= sizeof cstr || memchr(bare.p, 0, bare.n))
        return false;
    memcpy(cstr, bare.p, bare.n);
    cstr[bare.n] = 0;
    if (inet_pton(AF_INET, cstr, bytes) == 1) {
        *peer_out = from_v4(bytes);
        return true;
    }
    if (inet_pton(AF_INET6, cstr, bytes) == 1) {
        *peer_out = from_v6(bytes);
        return true;
    }
    return false;
}

bool peer_forwarded(struct span header, struct http_peer *peer_out)
{
    size_t comma = span_find_last_char(header, ',');

    return peer_parse(comma == SPAN_NONE ? header : span_from(header, comma + 1), peer_out);
}

bool peer_eq(struct http_peer a, struct http_peer b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}
