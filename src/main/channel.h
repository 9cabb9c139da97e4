/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What parent and child say to each other beside the orders (orders.h): words of one message each, over the socket pair
 * whose end a child finds as descriptor ORDERS_CHANNEL.
 *
 * A child says `ready` once, `alive` to each `beat`, or `fault CODE SENTENCE` and ends. The parent says `stop`, and `peer`
 * with a socket: the child's end of a new pair to the other child.
 */
#ifndef MAIN_CHANNEL_H
#define MAIN_CHANNEL_H

#include "base/span.h"
#include "base/time.h"
#include "main/orders.h"

/* The other child, and how to speak with it. */
struct channel_peer {
    int64_t pid;
    struct instant since;
    uint64_t restarts;
    int fd;
};

/* ---- the parent's side ---- */

/* The descriptor stays the caller's. False: the child takes nothing any more. */
bool channel_give(int channel, const struct channel_peer *peer);

/* ---- a child's side ---- */

enum channel_word {
    CHANNEL_NOTHING, /* yet, or nothing that we know */
    CHANNEL_BEAT,
    CHANNEL_PEER,
    CHANNEL_STOP, /* or the parent is no more */
};

/* Waits for the orders: one message, into `room`. False: nobody sends them. */
bool channel_orders(char room[ORDERS_MESSAGE_MAX], struct span *orders_out);
/* Does not wait. Of CHANNEL_PEER alone `peer_out` is filled in, and its descriptor the caller's. */
enum channel_word channel_hear(struct channel_peer *peer_out);

void channel_ready(void);
void channel_alive(void);
/* Says why it cannot be, and is false. Of what a library says, the first line; the full stop is the parent's. */
PRINTF_LIKE(2, 3) bool channel_fault(int code, const char *format, ...);

#endif
