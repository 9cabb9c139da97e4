/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * All of core that has to do with letters, in one hand: the link to the mailer, the engine of mailings, and the answers to
 * commands; opened and closed in the order in which they need each other.
 */
#ifndef MAIN_CORE_MAIL_H
#define MAIN_CORE_MAIL_H

#include "main/core_mailing.h"
#include "main/live.h"
#include "main/mailer_link.h"

struct core_mail;
struct core_mail_options {
    struct db_store *store;
    struct span url;              /* the store's; empty: SQLite */
    struct span data;             /* the data folder; journal_prepare() was called */
    const struct server_key *key; /* for links in letters */
    struct mailing_holder holder; /* holder_take() */
    struct instant (*clock)(void);
    struct live *live;
    uint64_t site_rate;  /* letters a minute to one receiving site; 0: as fast as it goes */
    uint64_t site_burst; /* so many at once; 1 or more */
    bool keeps_keys;     /* handover = server */
    bool has_smart_host; /* else nobody carries letters, and no postbox is put up */
};

/* All of `options` must outlive it. RC_IO: no threads, or the store cannot be read. */
MUST_USE enum rc core_mail_open(const struct core_mail_options *options, struct core_mail **mail_out);
/* No command is answered from here on. Before the control socket is closed, which waits for calls. Accepts null. */
void core_mail_stop(struct core_mail *mail);
void core_mail_close(struct core_mail **mail); /* accepts null */

struct mailer_link *core_mail_link(struct core_mail *mail);         /* for what the parent brings */
struct core_mailing *core_mail_mailing(struct core_mail *mail);     /* for the control socket */
void core_mail_status_put(struct core_mail *mail, struct buf *out); /* for `status`; accepts null */

#endif
