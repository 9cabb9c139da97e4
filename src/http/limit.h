/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What one address may have: open connections, and POSTs a minute by class.
 *
 * In memory only and under a key made at start: the table holds 64 bits of a keyed hash, not addresses. Shared by all
 * threads, under locks of its own. A school shares one address: nothing here counts page views.
 */
#ifndef HTTP_LIMIT_H
#define HTTP_LIMIT_H

#include "http/http.h"

struct limits;

/* `rates` by enum http_rate, burst 0 meaning the class's default. RC_IO: no randomness, no memory. */
MUST_USE enum rc limits_open(const struct http_rate_limit rates[HTTP_RATE_COUNT], unsigned connections_max,
                             unsigned connections_a_peer, struct limits **limits_out);
void limits_close(struct limits **limits);

/* Takes one from the peer's bucket of `rate`, at a monotonic time. False when it is empty. NONE is never empty. */
bool limits_take(struct limits *l, struct http_peer peer, enum http_rate rate, uint64_t now_ms);

bool limits_may_connect(struct limits *l, struct http_peer peer);
void limits_connected(struct limits *l, struct http_peer peer);
void limits_disconnected(struct limits *l, struct http_peer peer); /* once for each limits_connected() */

#endif
