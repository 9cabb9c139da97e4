/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a server is to do, and how the parent tells its children and hears from them.
 *
 * A child gets one end of a socket pair as descriptor 3 and, behind it, the sockets and files it was promised. The parent's
 * first message says its orders as lines `name=value`; what else goes over the pair is channel.h. A password in a URL is
 * thereby on no command line. What the mailer is told core never hears: who to hand letters to, and where the password is.
 */
#ifndef MAIN_ORDERS_H
#define MAIN_ORDERS_H

#include "base/buf.h"
#include "base/time.h"
#include "http/http.h"

enum { ORDERS_CHANNEL = 3, ORDERS_MESSAGE_MAX = 32 * 1024, ORDERS_STOP_SECONDS = 10 };
#define ORDERS_BEAT "beat"
/* Of the data folder: the mailer's journal, and the keys that it signs with. */
#define ORDERS_JOURNAL "mailer.journal"
#define ORDERS_DKIM    "dkim"
/* And the server's own key, unless server.ini names another file. */
#define ORDERS_SERVER_KEY "server.key"

struct orders {
    struct span data;       /* the data folder */
    struct span url;        /* postgres://…; empty: SQLite in `data` */
    struct span preview;    /* host */
    struct span proxy;      /* whose X-Forwarded-For counts; empty: nobody's */
    struct span server_key; /* a file; empty: the one in `data` */
    bool is_https;          /* as browsers see us: a proxy in front speaks TLS */
    bool needs_landlock;    /* else it goes on without where the kernel has none */
    bool skips_landlock;
    bool has_control;                /* the first socket behind the channel is the control socket */
    uint64_t listeners;              /* how many follow */
    uint64_t keep_most;              /* bytes of pages */
    uint64_t site_rate;              /* letters a minute to one receiving site; 0: as fast as it goes */
    uint64_t site_burst;             /* of them at once */
    uint64_t confirmations_a_person; /* letters in an hour, and the next */
    uint64_t confirmations_a_campaign;
    bool has_smart_host;  /* letters can go out */
    bool keeps_keys;      /* of runs, under the server's own: they go on alone */
    int64_t ahead_us;     /* what our clock is ahead of the machine's: --at */
    struct instant since; /* of the parent */
    uint64_t restarts;    /* of this child */
};

/* Of the mailer. */
struct mailer_orders {
    struct span data;
    struct span host;          /* the smart host; empty: letters cannot go out */
    struct span user;          /* empty: nobody asks for one */
    struct span password_file; /* path; with a user */
    struct span ca_file;       /* path; empty: the system's */
    struct span hello;         /* our name in EHLO; empty: the machine's */
    struct span server_key;    /* path; empty: no key of a run is kept */
    uint64_t port;
    uint64_t tls;         /* enum smtp_tls */
    uint64_t connections; /* 0: as smtp.h has it */
    bool needs_landlock;
    bool skips_landlock;
    int64_t ahead_us;
    uint64_t restarts;
};

/* As lines. False for a value that no line can hold. */
bool orders_put(struct buf *out, const struct orders *orders);
bool mailer_orders_put(struct buf *out, const struct mailer_orders *orders);
/* The other way. False for what the put did not write. Borrows. */
bool orders_read(struct span lines, struct orders *orders_out);
bool mailer_orders_read(struct span lines, struct mailer_orders *orders_out);

#endif
