/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Core's way to content: the campaigns of a store.
 */
#ifndef MAIN_CORE_STORE_H
#define MAIN_CORE_STORE_H

#include "db/db.h"
#include "mail/notice.h"
#include "main/live.h"

/* What a program adds to core that the product has not: the tests' own part. Its migrations come after ours, whatever
 * their numbers say. */
struct core_more {
    struct route_table routes;
    const struct db_migration *migrations;
    size_t migration_count;
    const struct db_stmt *const *stmts;
    size_t stmt_count;
    const struct mail_postbox *postbox; /* in the place of the mailer's; null: that one */
};

struct core_store;

/* Opens the store; what it tells of changes goes to core_store_heard(). The lock must outlive it. `more` may be null.
 * `fault_out` says why. Blocks. */
MUST_USE enum rc core_store_open(struct arena *a, const struct db_lock *lock, struct span url, struct instant now,
                                 const struct core_more *more, struct core_store **store_out, struct span *fault_out);
struct db_store *core_store_db(struct core_store *store);
void core_store_close(struct core_store **store); /* accepts null */
/* Whether somebody carries letters: else no campaign takes subscribers. Before core_store_source() is used. */
void core_store_has_mail(struct core_store *store, bool has_mail);

struct live_source core_store_source(struct core_store *store);     /* used by one thread at a time */
void core_store_tells(struct core_store *store, struct live *live); /* null: nobody any more */
void core_store_status_put(struct core_store *store, struct buf *out);
void core_store_counters_put(struct core_store *store, struct buf *out);

#endif
