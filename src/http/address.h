/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Who is at the other end, as far as limits need to know: an IPv4 address, or the /64 of an IPv6 one.
 *
 * No function here writes an address as text, and none may be added: what cannot be printed cannot be logged.
 */
#ifndef HTTP_ADDRESS_H
#define HTTP_ADDRESS_H

#include "base/rc.h"
#include "base/span.h"

struct sockaddr;

struct http_peer {
    uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d; of IPv6 the last eight are zero */
};

/* From a socket. All zero for a family that is neither. */
struct http_peer peer_of_sockaddr(const struct sockaddr *addr);
/* "192.0.2.7", "2001:db8::1", with or without brackets and port as proxies write them. False for anything else. */
bool peer_parse(struct span text, struct http_peer *peer_out);
/* The client that our proxy saw: the last entry of the last X-Forwarded-For. False when it is no address. */
bool peer_forwarded(struct span header, struct http_peer *peer_out);
bool peer_eq(struct http_peer a, struct http_peer b);

#endif
