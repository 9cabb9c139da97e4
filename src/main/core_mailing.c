/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See core_mailing.h.
 */
#include "main/core_mailing_impl.h"

#include "http/log.h"
#include "main/core_letters.h"
#include "main/store_door.h"
#include "store/content.h"
#include "store/keys.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SEALED_IDS_AT = 42 }; /* of doc/formats/sealed.md, BRS1: the ids of its readers */

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

/* ---- who opens it ---- */

static bool tell_key(struct asking *k, const struct keys_row *row)
{
    struct sending_status status;

    sending_status(k->m->sending, &status);
    if (row == NULL) {
        core_mailing_refuse(k, S("the campaign has no mailing key: “breakroom keys new” makes it"));
        return false;
    }
    if (status.pair == 0) {
        core_mailing_refuse(
            k, S("the server's mailer is not there: it may be starting anew; “breakroom status” says more"));
        return false;
    }
    if (!status.can_send) {
        core_mailing_refuse(
            k, S("the server has no smart host, so it cannot send: name one in server.ini and start it anew"));
        return false;
    }
    k->told->campaign = k->keys.campaign;
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
            core_mailing_refuse(
                k, arena_printf(k->a,
                                "mailing %" PRId64
                                " of it is not over: “breakroom send --list” shows it; stop it first to begin again",
                                run->id.run_no));
            return false;
        }
    }
    if (newest && !k->call->is_again) {
        struct buf *day = buf_new(k->a, 64);

        instant_put(day, newest->made_at);
        core_mailing_refuse(k, arena_printf(k->a,
                                            "it was sent on %.*s (mailing %" PRId64
                                            "); with --again it goes to those whom that one did not reach",
                                            SPAN_ARGS(span_sub(buf_span(day), 0, 10)), newest->id.run_no));
        return false;
    }
    return true;
}

/* How many of them the call is for. */
static int64_t add_up(const struct asking *k, const struct core_letters *letters,
                      const struct mailing_wanted_list *list)
{
    int64_t people = 0;

    for (size_t i = 0; i < list->list.count; i++) {
        const struct mailing_wanted *w = &list->list.items[i];
        bool is_in = k->call->audiences.n == 0;

        for (size_t n = 0; n < letters->audience_count && !is_in; n++)
            is_in = letters->is_wanted[n] && span_eq(letters->audiences[n].key, w->audience);
        people += is_in && (w->is_every || k->call->is_important) ? w->people : 0;
    }
    return people;
}

/* Everybody, less those whom an earlier run reached: no two runs of one newsletter reach the same record. */
static bool count_people(struct asking *k, const struct core_letters *letters, const int64_t *had, size_t had_count)
{
    struct mailing_wanted_list list;
    enum rc rc = mailing_wanted(k->db, k->a, k->campaign.campaign_id, &list);

    if (rc == RC_OK)
        k->told->people = add_up(k, letters, &list);
    for (size_t i = 0; i < had_count && rc == RC_OK; i++) {
        rc = mailing_reached(k->db, k->a, &(struct mailing_id){k->campaign.campaign_id, had[i]}, &list);
        if (rc == RC_OK)
            k->told->people -= add_up(k, letters, &list);
    }
    if (rc != RC_OK)
        core_mailing_refuse(k, S("the server cannot read its store"));
    return rc == RC_OK;
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
        core_mailing_refuse(k, rc == RC_INVALID ? why : store_door_fault(rc));
        return false;
    }
    k->told->subject = letters->subject;
    k->told->sample = letters->sample;
    return count_people(k, letters, *had_out, *had_count_out);
}

static void look(struct asking *k)
{
    struct core_letters letters;
    int64_t *had;
    size_t had_count;

    (void)prepare(k, &letters, &had, &had_count);
}

static void tell_outcome(struct asking *k, enum rc rc, int64_t run_no)
{
    switch (rc) {
    case RC_OK:
        core_mailing_tell_run(k, run_no);
        return;
    case RC_INVALID:
        k->told->outcome = SEND_LOCKED;
        return;
    case RC_LIMIT:
        core_mailing_refuse(
            k, S("another list is being opened just now, or too many mailings are under way; try again when one "
                 "is over"));
        return;
    case RC_CONFLICT:
        core_mailing_refuse(k, S("another copy of the server has it"));
        return;
    case RC_DENIED:
        core_mailing_refuse(k, S("the server's mailer went away or did not answer; nothing was sent"));
        return;
    case RC_NOT_FOUND:
        core_mailing_refuse(k, S("it is over"));
        return;
    case RC_RETRY:
    case RC_IO:
        core_mailing_refuse(k, S("the server cannot write its store; nothing was sent"));
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
        core_mailing_refuse(k, S("nothing came to open the list with"));
        return;
    }
    if (!prepare(k, &letters, &had, &had_count))
        return;
    if (k->told->people != call->people) {
        k->told->outcome = SEND_CHANGED;
        return;
    }
    if (!mailing_public_read((struct span){(const char *)row->public_half, KEY_LEN}, &reader)) {
        core_mailing_refuse(k, S("the store's mailing key is none"));
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
        .is_important = call->is_important,
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
    if (rc == RC_NOT_FOUND)
        core_mailing_refuse(
            k, arena_printf(k->a,
                            "the server has no key that it could sign letters from %.*s with, and they would be taken "
                            "for forged ones: “breakroom dkim new %.*s” makes it; nothing was sent",
                            SPAN_ARGS(order.domain), SPAN_ARGS(order.domain)));
    else
        tell_outcome(k, rc, run_no);
    LOG_HOUSE("core.send", KV_INT("campaign", k->campaign.campaign_id), KV_INT("run", run_no),
              KV_INT("outcome", k->told->outcome));
}

static void tell_keys(struct asking *k)
{
    const struct mailing_run *run = core_mailing_find_run(k);

    if (run && !core_mailing_needs_unlock(k, run)) {
        core_mailing_refuse(k, arena_printf(k->a, "mailing %" PRId64 " does not wait for an unlock", run->id.run_no));
    } else if (run && tell_key(k, key_of_run(&k->keys, run)) && core_mailing_add_run(k, run) != RC_OK) {
        core_mailing_refuse(k, S("the server cannot read its store"));
    }
}

static void unlock(struct asking *k)
{
    const struct mailing_run *run = core_mailing_find_run(k);
    enum rc rc;

    if (run == NULL)
        return;
    if (!k->call->has_handover) {
        core_mailing_refuse(k, S("nothing came to open it with"));
        return;
    }
    rc = sending_unlock(k->m->sending, &run->id, &k->keys.campaign, &k->call->handover);
    tell_outcome(k, rc, run->id.run_no);
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
        core_mailing_change(k);
        return;
    case SEND_LIST:
        core_mailing_list(k);
        return;
    case SEND_REPORT:
        core_mailing_report(k);
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
        core_mailing_refuse(&k, S("the server cannot read its store"));
        return;
    }
    rc = store_door_campaign(k.db, a, call->host, &k.campaign, &told_out->sentence, NULL);
    if (rc != RC_OK) {
        core_mailing_refuse(&k, told_out->sentence);
    } else {
        told_out->host = k.campaign.host;
        rc = core_mailing_read_runs(&k);
        if (rc == RC_OK)
            rc = keys_list(k.db, a, k.campaign.campaign_id, &k.keys);
        if (rc == RC_OK)
            answer(&k);
        else
            core_mailing_refuse(&k, store_door_fault(rc));
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
