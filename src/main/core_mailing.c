/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See core_mailing.h.
 *
 * Counting a run looks at everybody in it. What was counted is kept: for a run that has ended, for good; for one under way,
 * for twenty times as long as it took.
 */
#include "main/core_mailing.h"

#include "http/log.h"
#include "main/core_letters.h"
#include "main/store_door.h"
#include "store/content.h"
#include "store/keys.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTS_KEPT = 256, SEALED_IDS_AT = 42, COUNT_PATIENCE = 20, SITES_MOST = 20000 };

struct kept_counts {
    struct mailing_id id;
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

struct core_mailing *core_mailing_open(struct db_store *store, struct span url, struct instant (*clock)(void),
                                       struct sending *sending)
{
    struct core_mailing *m = calloc(1, sizeof *m);

    CHECK(m != NULL);
    *m = (struct core_mailing){.store = store, .url = url, .clock = clock, .sending = sending};
    (void)pthread_mutex_init(&m->lock, NULL);
    return m;
}

void core_mailing_close(struct core_mailing **mailing)
{
    struct core_mailing *m = *mailing;

    *mailing = NULL;
    if (m == NULL)
        return;
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

/* Nothing was done, and why. */
static void refuse(struct asking *k, struct span why)
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
    is_known = mailing_id_eq(&kept->id, &run->id) && (kept->is_final || now < kept->until_us);
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
                                 .is_final = run->ended_at.us != 0,
                                 .until_us = now + COUNT_PATIENCE * (sending_boot_us() - now),
                                 .counts = *counts_out};
    (void)pthread_mutex_unlock(&m->lock);
    return RC_OK;
}

/* Whoever changed something wants to see it. */
static void forget_counts(struct core_mailing *m, const struct mailing_id *id)
{
    (void)pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->kept_count && i < COUNTS_KEPT; i++)
        if (mailing_id_eq(&m->kept[i].id, id))
            m->kept[i].until_us = 0;
    (void)pthread_mutex_unlock(&m->lock);
}

static enum rc add_run(const struct asking *k, const struct mailing_run *run)
{
    struct mailing_counts c;
    enum rc rc = count_run(k, run, &c);
    bool is_elsewhere = run->is_held && !run->is_ours;

    if (rc != RC_OK)
        return rc;
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
        .needs_unlock = (run->state == RUN_ACTIVE || run->state == RUN_PAUSED) && !is_elsewhere &&
                        !sending_has_key(k->m->sending, &run->id) &&
                        c.by_state[DELIVERY_PENDING] + c.by_state[DELIVERY_DEFERRED] > 0,
    };
    return RC_OK;
}

static enum rc read_runs(struct asking *k)
{
    return mailing_list(k->db, k->a, k->campaign.campaign_id, sending_holder(k->m->sending), k->m->clock(), &k->runs);
}

/* The one that was named. */
static const struct mailing_run *named_run(const struct asking *k, int64_t run_no)
{
    for (size_t i = 0; i < k->runs.list.count; i++)
        if (k->runs.list.items[i].id.run_no == run_no)
            return &k->runs.list.items[i];
    return NULL;
}

/* ---- who opens it ---- */

static bool tell_key(struct asking *k, const struct keys_row *row)
{
    struct sending_status status;

    sending_status(k->m->sending, &status);
    if (row == NULL) {
        refuse(k, S("the campaign has no mailing key: “breakroom keys new” makes it"));
        return false;
    }
    if (status.pair == 0) {
        refuse(k, S("the server's mailer is not there: it may be starting anew; “breakroom status” says more"));
        return false;
    }
    if (!status.can_send) {
        refuse(k, S("the server has no smart host, so it cannot send: name one in server.ini and start it anew"));
        return false;
    }
    k->told->campaign = k->keys.campaign;
    k->told->mailer = status.key;
    k->told->wrapped = row->wrapped;
    return true;
}

/* Who is named in the run's sealed key. */
static const struct keys_row *key_of_run(const struct keys *keys, const struct mailing_run *run)
{
    struct span named = span_sub(run->key_sealed, SEALED_IDS_AT, KEY_ID_LEN);

    for (size_t i = 0; i < keys->list.count; i++) {
        const struct keys_row *row = &keys->list.items[i];

        if (row->kind == KEY_MAILING && named.n == KEY_ID_LEN && memcmp(named.p, row->id.bytes, KEY_ID_LEN) == 0)
            return row;
    }
    return NULL;
}

/* ---- look, start ---- */

/* Was it sent before? Fills in which runs' people have it. */
static bool check_before(struct asking *k, int64_t *had_out, size_t *count_out)
{
    const struct mailing_run *newest = NULL;

    *count_out = 0;
    for (size_t i = 0; i < k->runs.list.count; i++) {
        const struct mailing_run *run = &k->runs.list.items[i];

        if (!span_eq(run->news, k->call->news) || run->state == RUN_FREEZING)
            continue;
        newest = newest ? newest : run;
        had_out[(*count_out)++] = run->id.run_no;
        if (run->ended_at.us == 0) {
            refuse(k, arena_printf(k->a,
                                   "mailing %" PRId64
                                   " of it is not over: “breakroom send --list” shows it; stop it first to begin again",
                                   run->id.run_no));
            return false;
        }
    }
    if (newest && !k->call->is_again) {
        struct buf *day = buf_new(k->a, 64);

        instant_put(day, newest->made_at);
        refuse(k, arena_printf(k->a,
                               "it was sent on %.*s (mailing %" PRId64
                               "); with --again it goes to those whom that one did not reach",
                               SPAN_ARGS(span_sub(buf_span(day), 0, 10)), newest->id.run_no));
        return false;
    }
    return true;
}

static bool count_people(struct asking *k, const struct core_letters *letters)
{
    struct mailing_wanted_list wanted;

    if (mailing_wanted(k->db, k->a, k->campaign.campaign_id, &wanted) != RC_OK) {
        refuse(k, S("the server cannot read its store"));
        return false;
    }
    for (size_t i = 0; i < wanted.list.count; i++) {
        const struct mailing_wanted *w = &wanted.list.items[i];
        bool is_in = k->call->audiences.n == 0;

        for (size_t n = 0; n < letters->audience_count && !is_in; n++)
            is_in = letters->is_wanted[n] && span_eq(letters->audiences[n].key, w->audience);
        k->told->people += is_in && w->is_every ? w->people : 0;
    }
    return true;
}

static bool prepare(struct asking *k, struct core_letters *letters, int64_t **had_out, size_t *had_count_out)
{
    struct span why = {0};
    enum rc rc;

    *had_out = ARENA_ARRAY(k->a, int64_t, k->runs.list.count + 1);
    if (!tell_key(k, keys_in_use(&k->keys, KEY_MAILING)) || !check_before(k, *had_out, had_count_out))
        return false;
    rc = core_letters_make(k->db, k->a, k->campaign.campaign_id, k->call->news, k->call->audiences, k->m->clock(),
                           letters, &why);
    if (rc != RC_OK) {
        refuse(k, rc == RC_INVALID ? why : store_door_fault(rc));
        return false;
    }
    k->told->subject = letters->subject;
    k->told->sample = letters->sample;
    return count_people(k, letters);
}

static void look(struct asking *k)
{
    struct core_letters letters;
    int64_t *had;
    size_t had_count;

    (void)prepare(k, &letters, &had, &had_count);
}

/* The run that was made or opened just now. */
static void tell_run(struct asking *k, int64_t run_no)
{
    const struct mailing_run *run = read_runs(k) == RC_OK ? named_run(k, run_no) : NULL;

    if (run) {
        forget_counts(k->m, &run->id);
        if (add_run(k, run) == RC_OK)
            return;
    }
    refuse(k, S("the server cannot read its store; it was done all the same"));
}

static void tell_outcome(struct asking *k, enum rc rc, int64_t run_no)
{
    switch (rc) {
    case RC_OK:
        tell_run(k, run_no);
        return;
    case RC_INVALID:
        k->told->outcome = SEND_LOCKED;
        return;
    case RC_LIMIT:
        refuse(k, S("another list is being opened just now, or too many mailings are under way; try again when one "
                    "is over"));
        return;
    case RC_CONFLICT:
        refuse(k, S("another copy of the server has it"));
        return;
    case RC_DENIED:
        refuse(k, S("the server's mailer went away or did not answer; nothing was sent"));
        return;
    case RC_NOT_FOUND:
        refuse(k, S("it is over"));
        return;
    case RC_RETRY:
    case RC_IO:
        refuse(k, S("the server cannot write its store; nothing was sent"));
        return;
    }
}

static void start(struct asking *k)
{
    const struct send_call *call = k->call;
    struct mailing_public reader;
    struct core_letters letters;
    struct sending_order order;
    const struct keys_row *row = keys_in_use(&k->keys, KEY_MAILING);
    int64_t *had;
    int64_t run_no = 0;
    size_t had_count;
    enum rc rc;

    if (!call->has_handover) {
        refuse(k, S("nothing came to open the list with"));
        return;
    }
    if (!prepare(k, &letters, &had, &had_count))
        return;
    if (k->told->people != call->people) {
        k->told->outcome = SEND_CHANGED;
        return;
    }
    if (!mailing_public_read((struct span){(const char *)row->public_half, KEY_LEN}, &reader)) {
        refuse(k, S("the store's mailing key is none"));
        return;
    }
    order = (struct sending_order){
        .campaign_id = k->campaign.campaign_id,
        .campaign = k->keys.campaign,
        .reader = reader,
        .news = call->news,
        .audiences_text = call->audiences,
        .audiences = letters.audiences,
        .is_wanted = letters.is_wanted,
        .audience_count = letters.audience_count,
        .had = had,
        .had_count = had_count,
        .domain = letters.domain,
        .letters = letters.letters,
        .letter_count = letters.letter_count,
        .starts_at = call->starts_at,
        .hours_from = call->hours_from,
        .hours_to = call->hours_to,
        .handover = call->handover,
    };
    memcpy(order.letter_of, letters.letter_of, sizeof order.letter_of);
    rc = sending_start(k->m->sending, &order, &run_no);
    tell_outcome(k, rc, run_no);
    LOG_HOUSE("core.send", KV_INT("campaign", k->campaign.campaign_id), KV_INT("run", run_no),
              KV_INT("outcome", k->told->outcome));
}

/* ---- one run ---- */

static bool needs_unlock(const struct asking *k, const struct mailing_run *run)
{
    return (run->state == RUN_ACTIVE || run->state == RUN_PAUSED) && !sending_has_key(k->m->sending, &run->id);
}

/* Named, or the newest that the question fits. Null: said so. */
static const struct mailing_run *find_run(struct asking *k)
{
    const struct send_call *call = k->call;
    const struct mailing_run *named = call->run_no ? named_run(k, call->run_no) : NULL;

    if (call->run_no && named == NULL)
        refuse(k, arena_printf(k->a, "there is no mailing %" PRId64, call->run_no));
    for (size_t i = 0; i < k->runs.list.count && call->run_no == 0 && named == NULL; i++) {
        const struct mailing_run *run = &k->runs.list.items[i];
        struct mailing_counts counts = {0};
        bool fits = run->ended_at.us == 0 && run->state != RUN_FREEZING;

        if (call->ask == SEND_KEYS || call->ask == SEND_UNLOCK)
            fits = fits && needs_unlock(k, run);
        if (call->ask == SEND_RESEND || call->ask == SEND_LEAVE)
            fits = count_run(k, run, &counts) == RC_OK && counts.undecided > 0;
        named = fits ? run : NULL;
    }
    if (call->run_no == 0 && named == NULL)
        refuse(k, call->ask == SEND_RESEND || call->ask == SEND_LEAVE  ? S("nobody is in doubt")
                  : call->ask == SEND_KEYS || call->ask == SEND_UNLOCK ? S("no mailing waits for an unlock")
                                                                       : S("no mailing is under way"));
    return named;
}

static void tell_keys(struct asking *k)
{
    const struct mailing_run *run = find_run(k);

    if (run && !needs_unlock(k, run)) {
        refuse(k, arena_printf(k->a, "mailing %" PRId64 " does not wait for an unlock", run->id.run_no));
    } else if (run && tell_key(k, key_of_run(&k->keys, run)) && add_run(k, run) != RC_OK) {
        refuse(k, S("the server cannot read its store"));
    }
}

static void unlock(struct asking *k)
{
    const struct mailing_run *run = find_run(k);
    enum rc rc;

    if (run == NULL)
        return;
    if (!k->call->has_handover) {
        refuse(k, S("nothing came to open it with"));
        return;
    }
    rc = sending_unlock(k->m->sending, &run->id, &k->keys.campaign, &k->call->handover);
    tell_outcome(k, rc, run->id.run_no);
}

static void change(struct asking *k)
{
    const struct mailing_run *run = find_run(k);
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
        refuse(k, arena_printf(k->a, "mailing %" PRId64 " %s", run->id.run_no,
                               run->state == RUN_FREEZING ? "is still being opened" : "is over"));
        return;
    }
    if (rc != RC_OK) {
        refuse(k, store_door_fault(rc));
        return;
    }
    sending_nudge(k->m->sending);
    LOG_HOUSE("core.send_change", KV_INT("ask", ask), KV_INT("run", run->id.run_no), KV_INT("people", people));
    tell_run(k, run->id.run_no);
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

static void list(struct asking *k)
{
    struct mailing_id id = {k->campaign.campaign_id, k->call->run_no};
    char fault[SENDING_FAULT_LEN];
    enum rc rc = RC_OK;

    tell_host(k);
    for (size_t i = 0; i < k->runs.list.count && rc == RC_OK; i++)
        if (k->call->run_no == 0 || k->runs.list.items[i].id.run_no == k->call->run_no)
            rc = add_run(k, &k->runs.list.items[i]);
    if (rc != RC_OK)
        refuse(k, store_door_fault(rc));
    else if (k->told->runs.count == 0 && id.run_no && sending_fault(k->m->sending, &id, fault))
        refuse(k, arena_dup(k->a, span_of(fault)));
}

static void report(struct asking *k)
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
            rc = add_run(k, run);
    }
    if (rc != RC_OK) {
        refuse(k, store_door_fault(rc));
        return;
    }
    if (k->told->runs.count == 0) {
        refuse(k, arena_printf(k->a, "“%.*s” was not sent yet", SPAN_ARGS(k->call->news)));
        return;
    }
    for (size_t i = 0; i < sites.list.count && i < SITES_MOST; i++)
        *LIST_ADD(k->a, &k->told->sites) = sites.list.items[i];
}

/* ---- a call ---- */

static void answer(struct asking *k)
{
    switch (k->call->ask) {
    case SEND_LOOK:
        look(k);
        return;
    case SEND_START:
        start(k);
        return;
    case SEND_KEYS:
        tell_keys(k);
        return;
    case SEND_UNLOCK:
        unlock(k);
        return;
    case SEND_PAUSE:
    case SEND_RESUME:
    case SEND_STOP:
    case SEND_RESEND:
    case SEND_LEAVE:
        change(k);
        return;
    case SEND_LIST:
        list(k);
        return;
    case SEND_REPORT:
        report(k);
        return;
    }
}

void core_mailing_step(struct core_mailing *m, struct arena *a, const struct send_call *call,
                       struct send_told *told_out)
{
    struct asking k = {.m = m, .a = a, .call = call, .told = told_out};
    enum rc rc;

    *told_out = (struct send_told){.outcome = SEND_DONE};
    if (db_reader_open(m->store, &k.db) != RC_OK) { /* of its own: opening a list takes its time */
        refuse(&k, S("the server cannot read its store"));
        return;
    }
    rc = store_door_campaign(k.db, a, call->host, &k.campaign, &told_out->sentence, NULL);
    if (rc != RC_OK) {
        refuse(&k, told_out->sentence);
    } else {
        told_out->host = k.campaign.host;
        rc = read_runs(&k);
        if (rc == RC_OK)
            rc = keys_list(k.db, a, k.campaign.campaign_id, &k.keys);
        if (rc == RC_OK)
            answer(&k);
        else
            refuse(&k, store_door_fault(rc));
    }
    db_reader_close(&k.db);
}

void core_mailing(struct core_mailing *m, struct control_call *call)
{
    struct send_call order;
    struct send_told told;
    struct span body;

    if (m == NULL) {
        control_fault(call, S("it serves a folder, not a store"));
        return;
    }
    if (!control_body(call, &body))
        return;
    if (!send_call_read(body, &order)) {
        control_fault(call, S("it does not understand what came: start the server anew, so that it and this command "
                              "are the same version"));
        return;
    }
    if (order.url.n && !span_eq(order.url, m->url)) {
        control_fault(call, S("it serves another store than --db says: leave --db out, or name another data folder"));
        return;
    }
    core_mailing_step(m, call->arena, &order, &told);
    control_ok(call, send_told_put(call->arena, &told));
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

            rc = add_run(&k, run);
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
                       r->sent, r->people, r->needs_unlock ? ", waits for an unlock" : "");
        }
        db_give_back(&k.db);
    }
    if (rc != RC_OK)
        buf_put(out, S("mailings: the store cannot be read\n"));
    arena_close(&a);
}
