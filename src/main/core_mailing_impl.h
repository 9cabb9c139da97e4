/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the files of core_mailing.h share: one call, and what it is about.
 */
#ifndef MAIN_CORE_MAILING_IMPL_H
#define MAIN_CORE_MAILING_IMPL_H

#include "main/core_mailing.h"
#include "store/content.h"
#include "store/keys.h"

#include <pthread.h>

enum { COUNTS_KEPT = 256 };

struct kept_counts {
    struct mailing_id id;
    enum run_state state; /* while they were counted: those of a freeze say nothing of letters */
    bool is_final;
    int64_t until_us; /* since boot */
    struct mailing_counts counts;
};

struct core_mailing {
    struct db_store *store;
    struct span url;
    struct instant (*clock)(void);
    struct sending *sending;

    pthread_mutex_t lock;
    struct kept_counts kept[COUNTS_KEPT]; /* under the lock, and the next */
    size_t kept_count;
};

/* One call. */
struct asking {
    struct core_mailing *m;
    struct db *db;
    struct arena *a;
    const struct send_call *call;
    struct send_told *told;
    struct content_campaign campaign;
    struct mailing_runs runs; /* the campaign's */
    struct keys keys;
};

/* Nothing was done, and why. */
void core_mailing_refuse(struct asking *k, struct span why);

/* Appends it to what is told. */
MUST_USE enum rc core_mailing_add_run(const struct asking *k, const struct mailing_run *run);
MUST_USE enum rc core_mailing_read_runs(struct asking *k);
const struct mailing_run *core_mailing_named_run(const struct asking *k, int64_t run_no); /* or null */
/* The one that was named, or the newest that the question fits. Null: said so. */
const struct mailing_run *core_mailing_find_run(struct asking *k);
bool core_mailing_needs_unlock(const struct asking *k, const struct mailing_run *run);
/* The run that was made, opened or changed just now. */
void core_mailing_tell_run(struct asking *k, int64_t run_no);
/* Whoever changed something wants to see it. */
void core_mailing_forget_counts(struct core_mailing *m, const struct mailing_id *id);

/* Whole answers: pause, resume, stop, resend, leave; the list; the report. */
void core_mailing_change(struct asking *k);
void core_mailing_list(struct asking *k);
void core_mailing_report(struct asking *k);

#endif
