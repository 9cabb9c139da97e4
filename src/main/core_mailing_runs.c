/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Runs as commands see them: in numbers, one or all, and what a person changes about one.
 *
 * Counting a run looks at everybody in it. What was counted is kept: for a run that has ended, for good; for one under way,
 * for twenty times as long as it took.
 */
#include "main/core_mailing_impl.h"

#include "http/log.h"
#include "main/store_door.h"

#include <inttypes.h>

enum { COUNT_PATIENCE = 20, SITES_MOST = 20000 };

/* Nothing was done, and why. */
void core_mailing_refuse(struct asking *k, struct span why)
{
    k->told->outcome = SEND_TROUBLE;
    k->told->sentence = why;
}

/* ---- a run in numbers ---- */

static struct kept_counts *kept_of(struct core_mailing *m, const struct mailing_id *id)
{
    for (size_t i = 0; i < m->kept_count && i < COUNTS_KEPT; i++)
        if (mailing_id_eq(&m->kept[i].id, id))
            return &m->kept[i];
    return &m->kept[m->kept_count++ % COUNTS_KEPT];
}

static enum rc count_run(const struct asking *k, const struct mailing_run *run, struct mailing_counts *counts_out)
{
    struct core_mailing *m = k->m;
    int64_t now = sending_boot_us();
    struct kept_counts *kept;
    bool is_known;
    enum rc rc;

    (void)pthread_mutex_lock(&m->lock);
    kept = kept_of(m, &run->id);
    is_known = mailing_id_eq(&kept->id, &run->id) && kept->state == run->state &&
               (kept->is_final || (now < kept->until_us && run->ended_at.us == 0));
    *counts_out = kept->counts;
    (void)pthread_mutex_unlock(&m->lock);
    if (is_known)
        return RC_OK;
    rc = mailing_count(k->db, &run->id, counts_out);
    if (rc != RC_OK)
        return rc;
    (void)pthread_mutex_lock(&m->lock);
    kept = kept_of(m, &run->id);
    *kept = (struct kept_counts){.id = run->id,
                                 .state = run->state,
                                 .is_final = run->ended_at.us != 0,
                                 .until_us = now + COUNT_PATIENCE * (sending_boot_us() - now),
                                 .counts = *counts_out};
    (void)pthread_mutex_unlock(&m->lock);
    return RC_OK;
}

/* Whoever changed something wants to see it. */
void core_mailing_forget_counts(struct core_mailing *m, const struct mailing_id *id)
{
    (void)pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->kept_count && i < COUNTS_KEPT; i++)
        if (mailing_id_eq(&m->kept[i].id, id))
            m->kept[i].until_us = 0;
    (void)pthread_mutex_unlock(&m->lock);
}

enum rc core_mailing_add_run(const struct asking *k, const struct mailing_run *run)
{
    struct mailing_counts c;
    enum rc rc = count_run(k, run, &c);
    enum sending_kept kept = sending_kept(k->m->sending, run);
    bool is_elsewhere = run->is_held && !run->is_ours;
    bool is_locked;

    if (rc != RC_OK)
        return rc;
    is_locked = (run->state == RUN_ACTIVE || run->state == RUN_PAUSED) && !is_elsewhere &&
                !sending_has_key(k->m->sending, &run->id) && kept != SENDING_KEPT_OPENS &&
                c.by_state[DELIVERY_PENDING] + c.by_state[DELIVERY_DEFERRED] > 0;
    *LIST_ADD(k->a, &k->told->runs) = (struct send_run){
        .run_no = run->id.run_no,
        .news = run->news,
        .state = run->state,
        .made_at = run->made_at,
        .starts_at = run->starts_at,
        .ended_at = run->ended_at,
        .people = run->state == RUN_FREEZING ? c.by_state[DELIVERY_PENDING] : run->people,
        .damaged = run->damaged,
        .no_way = run->no_way,
        .sent = c.by_state[DELIVERY_SENT],
        .waiting = c.by_state[DELIVERY_PENDING],
        .claimed = c.by_state[DELIVERY_CLAIMED],
        .deferred = c.by_state[DELIVERY_DEFERRED],
        .failed = c.by_state[DELIVERY_FAILED],
        .in_doubt = c.by_state[DELIVERY_IN_DOUBT],
        .undecided = c.undecided,
        .withdrawn = c.by_state[DELIVERY_WITHDRAWN],
        .refused = c.refused,
        .refused_code = c.refused_code,
        .needs_unlock = is_locked,
        .is_foreign = is_locked && kept == SENDING_KEPT_FOREIGN,
    };
    return RC_OK;
}

enum rc core_mailing_read_runs(struct asking *k)
{
    return mailing_list(k->db, k->a, k->campaign.campaign_id, sending_holder(k->m->sending), k->m->clock(), &k->runs);
}

/* The one that was named. */
const struct mailing_run *core_mailing_named_run(const struct asking *k, int64_t run_no)
{
    for (size_t i = 0; i < k->runs.list.count; i++)
        if (k->runs.list.items[i].id.run_no == run_no)
            return &k->runs.list.items[i];
    return NULL;
}

/* The run that was made or opened just now. */
void core_mailing_tell_run(struct asking *k, int64_t run_no)
{
    const struct mailing_run *run = core_mailing_read_runs(k) == RC_OK ? core_mailing_named_run(k, run_no) : NULL;

    if (run) {
        core_mailing_forget_counts(k->m, &run->id);
        if (core_mailing_add_run(k, run) == RC_OK)
            return;
    }
    core_mailing_refuse(k, S("the server cannot read its store; it was done all the same"));
}

/* ---- one run ---- */

bool core_mailing_needs_unlock(const struct asking *k, const struct mailing_run *run)
{
    return (run->state == RUN_ACTIVE || run->state == RUN_PAUSED) && !sending_has_key(k->m->sending, &run->id);
}

/* Named, or the newest that the question fits. Null: said so. */
const struct mailing_run *core_mailing_find_run(struct asking *k)
{
    const struct send_call *call = k->call;
    const struct mailing_run *named = call->run_no ? core_mailing_named_run(k, call->run_no) : NULL;

    if (call->run_no && named == NULL)
        core_mailing_refuse(k, arena_printf(k->a, "there is no mailing %" PRId64, call->run_no));
    for (size_t i = 0; i < k->runs.list.count && call->run_no == 0 && named == NULL; i++) {
        const struct mailing_run *run = &k->runs.list.items[i];
        struct mailing_counts counts = {0};
        bool fits = run->ended_at.us == 0 && run->state != RUN_FREEZING;

        if (call->ask == SEND_KEYS || call->ask == SEND_UNLOCK)
            fits = fits && core_mailing_needs_unlock(k, run);
        if (call->ask == SEND_RESEND || call->ask == SEND_LEAVE)
            fits = count_run(k, run, &counts) == RC_OK && counts.undecided > 0;
        named = fits ? run : NULL;
    }
    if (call->run_no == 0 && named == NULL)
        core_mailing_refuse(k, call->ask == SEND_RESEND || call->ask == SEND_LEAVE ? S("nobody is in doubt")
                               : call->ask == SEND_KEYS || call->ask == SEND_UNLOCK
                                   ? S("no mailing waits for an unlock")
                                   : S("no mailing is under way"));
    return named;
}

void core_mailing_change(struct asking *k)
{
    const struct mailing_run *run = core_mailing_find_run(k);
    enum send_ask ask = k->call->ask;
    int64_t people = 0;
    enum rc rc;

    if (run == NULL)
        return;
    if (ask == SEND_RESEND)
        rc = mailing_resend(k->db, &run->id, k->m->clock(), &people);
    else if (ask == SEND_LEAVE)
        rc = mailing_leave(k->db, &run->id, &people);
    else
        rc = mailing_change(k->db, &run->id,
                            ask == SEND_PAUSE    ? RUN_PAUSED
                            : ask == SEND_RESUME ? RUN_ACTIVE
                                                 : RUN_STOPPED);
    if (rc == RC_CONFLICT) {
        core_mailing_refuse(k, arena_printf(k->a, "mailing %" PRId64 " %s", run->id.run_no,
                                            run->state == RUN_FREEZING ? "is still being opened" : "is over"));
        return;
    }
    if (rc != RC_OK) {
        core_mailing_refuse(k, store_door_fault(rc));
        return;
    }
    sending_nudge(k->m->sending);
    LOG_HOUSE("core.send_change", KV_INT("ask", ask), KV_INT("run", run->id.run_no), KV_INT("people", people));
    core_mailing_tell_run(k, run->id.run_no);
}

/* ---- all of them ---- */

static void tell_host(struct asking *k)
{
    struct sending_status status;

    sending_status(k->m->sending, &status);
    k->told->has_mailer = status.pair != 0;
    k->told->host_state = status.host.state;
    k->told->host_code = status.host.code;
}

void core_mailing_list(struct asking *k)
{
    struct mailing_id id = {k->campaign.campaign_id, k->call->run_no};
    char fault[SENDING_FAULT_LEN];
    enum rc rc = RC_OK;

    tell_host(k);
    for (size_t i = 0; i < k->runs.list.count && rc == RC_OK; i++)
        if (k->call->run_no == 0 || k->runs.list.items[i].id.run_no == k->call->run_no)
            rc = core_mailing_add_run(k, &k->runs.list.items[i]);
    if (rc != RC_OK)
        core_mailing_refuse(k, store_door_fault(rc));
    else if (k->told->runs.count == 0 && id.run_no && sending_fault(k->m->sending, &id, fault))
        core_mailing_refuse(k, arena_dup(k->a, span_of(fault)));
}

void core_mailing_report(struct asking *k)
{
    struct mailing_report sites = {0};
    enum rc rc = RC_OK;

    tell_host(k);
    for (size_t i = 0; i < k->runs.list.count && rc == RC_OK; i++) {
        const struct mailing_run *run = &k->runs.list.items[i];

        if (!span_eq(run->news, k->call->news) || run->state == RUN_FREEZING)
            continue;
        if (k->told->runs.count == 0)
            rc = mailing_report(k->db, k->a, &run->id, &sites);
        if (rc == RC_OK)
            rc = core_mailing_add_run(k, run);
    }
    if (rc != RC_OK) {
        core_mailing_refuse(k, store_door_fault(rc));
        return;
    }
    if (k->told->runs.count == 0) {
        core_mailing_refuse(k, arena_printf(k->a, "“%.*s” was not sent yet", SPAN_ARGS(k->call->news)));
        return;
    }
    for (size_t i = 0; i < sites.list.count && i < SITES_MOST; i++)
        *LIST_ADD(k->a, &k->told->sites) = sites.list.items[i];
}

void core_mailing_status_put(struct core_mailing *m, struct buf *out)
{
    struct arena *a = arena_open((size_t)64 * 1024 * 1024);
    struct asking k = {.m = m, .a = a, .told = ARENA_NEW(a, struct send_told)};
    enum rc rc = db_borrow(m->store, &k.db);

    if (rc == RC_OK) {
        rc = mailing_under_way(k.db, a, sending_holder(m->sending), m->clock(), &k.runs);
        for (size_t i = 0; i < k.runs.list.count && rc == RC_OK; i++) {
            const struct mailing_run *run = &k.runs.list.items[i];
            const struct send_run *r;

            rc = core_mailing_add_run(&k, run);
            if (rc != RC_OK)
                break;
            r = &k.told->runs.items[k.told->runs.count - 1];
            buf_printf(out,
                       "mailing %" PRId64 " of campaign %" PRId64 ", “%.*s”: %s, %" PRId64 " of %" PRId64 " sent%s\n",
                       r->run_no, run->id.campaign_id, SPAN_ARGS(r->news),
                       r->state == RUN_FREEZING  ? "the list is being opened"
                       : r->state == RUN_ACTIVE  ? "under way"
                       : r->state == RUN_PAUSED  ? "paused"
                       : r->state == RUN_STOPPED ? "stopping"
                                                 : "done",
                       r->sent, r->people,
                       r->state == RUN_PAUSED && r->refused ? ", THE SMART HOST REFUSES ITS LETTERS"
                       : r->is_foreign ? ", waits for an unlock: what is kept of its key is under another server's key"
                       : r->needs_unlock ? ", waits for an unlock"
                                         : "");
        }
        db_give_back(&k.db);
    }
    if (rc != RC_OK)
        buf_put(out, S("mailings: the store cannot be read\n"));
    arena_close(&a);
}
