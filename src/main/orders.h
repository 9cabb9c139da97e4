/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a server is to do, and how the parent tells its children and hears from them.
 *
 * A child gets one end of a socket pair as descriptor 3 and, behind it, the sockets it was promised. The parent's first
 * message says the orders as lines `name=value`; the child answers `ready`, or `fault CODE SENTENCE`, and ends.
 * `beat` is answered with `alive`. `stop`, or the end of the parent, ends the child in order. A password in a URL is thereby on no command line.
 */
#ifndef MAIN_ORDERS_H
#define MAIN_ORDERS_H

#include "base/buf.h"
#include "base/time.h"
#include "http/http.h"

enum { ORDERS_CHANNEL = 3, ORDERS_MESSAGE_MAX = 32 * 1024, ORDERS_STOP_SECONDS = 10 };
#define ORDERS_BEAT "beat"

struct orders {
    struct span data;       /* the data folder */
    struct span url;        /* postgres://…; empty: SQLite in `data` */
    struct span preview;    /* host */
    struct span proxy;      /* whose X-Forwarded-For counts; empty: nobody's */
    struct span server_key; /* a file; empty: the one in `data` */
    bool is_https;          /* as browsers see us: a proxy in front speaks TLS */
    bool needs_landlock;    /* else it goes on without where the kernel has none */
    bool skips_landlock;
    bool has_control;     /* the first socket behind the channel is the control socket */
    uint64_t listeners;   /* how many follow */
    uint64_t keep_most;   /* bytes of pages */
    int64_t ahead_us;     /* what our clock is ahead of the machine's: --at */
    struct instant since; /* of the parent */
    uint64_t restarts;    /* of this child */
};

/* As lines. False for a value that no line can hold. */
bool orders_put(struct buf *out, const struct orders *orders);
/* The other way. False for what orders_put() did not write. Borrows. */
bool orders_read(struct span lines, struct orders *orders_out);

#endif
