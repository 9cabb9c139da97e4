/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Runs as they go: which are ours, who is claimed, what came of it, and when one is over.
 *
 * Outcomes of many letters and the next claim share a transaction, and so a sync. Nothing is claimed before what was claimed
 * in an earlier life is settled, nor beyond what the mailer can have in hand.
 */
#include "main/sending_impl.h"

#include "http/log.h"
#include "seal/link.h"
#include "store/keys.h"

#include <stdlib.h>
#include <string.h>

enum { OUTCOMES_MANY = 128, CLAIM_LEAST = 128, BLANK_AT_ONCE = 20000, KEYS_MEMORY = 1024 * 1024 };
#define RENEW_MS     25000
#define KNOCK_US     (2 * SENDING_SECOND_US)
#define FAILED_US    SENDING_SECOND_US
#define ASK_AGAIN_US (30 * SENDING_SECOND_US)

/* ---- which runs there are ---- */

static enum rc find_campaign(struct sending *s, struct held_run *run)
{
    struct arena *a = arena_open(KEYS_MEMORY);
    struct keys keys;
    enum rc rc = keys_list(s->db, a, run->id.campaign_id, &keys);

    if (rc == RC_OK && !keys.has_campaign)
        rc = RC_NOT_FOUND;
    if (rc == RC_OK)
        run->campaign = keys.campaign;
    arena_close(&a);
    return rc;
}

static void take_run(struct sending *s, struct held_run *run, const struct mailing_run *row)
{
    enum rc rc = mailing_take(s->db, &run->id, &s->o.holder, s->o.clock(), &run->fence);

    if (rc == RC_CONFLICT)
        return; /* somebody else was first */
    run->was_ours = row->is_ours;
    run->last_fence = row->fence;
    run->is_taken = rc == RC_OK;
    run->until_ms = 0;
    run->next_at.us = 0;
    run->blank_from = 0;
    run->was_taken = false;
    if (rc == RC_OK)
        rc = sending_settle_run(s, run);
    LOG_HOUSE("sending.taken", KV_INT("campaign", run->id.campaign_id), KV_INT("run", run->id.run_no),
              KV_INT("fence", run->fence), KV_RC(rc));
}

static void lose_run(struct held_run *run)
{
    LOG_HOUSE_FAULT("sending.lost", KV_INT("campaign", run->id.campaign_id), KV_INT("run", run->id.run_no),
                    KV_INT("fence", run->fence));
    run->is_taken = false;
    run->is_settled = false;
    run->has_letters = false;
    run->refusal_count = 0;
    run->is_refused = false;
}

/* What another life left half done, or another copy that is gone. */
static void remove_freeze(struct sending *s, const struct mailing_run *row)
{
    struct freeze *f = &s->freeze;
    bool is_gone = false;
    int64_t fence;

    if ((f->state != FREEZE_NONE && mailing_id_eq(&f->id, &row->id)) || (row->is_held && !row->is_ours))
        return;
    if (mailing_take(s->db, &row->id, &s->o.holder, s->o.clock(), &fence) != RC_OK ||
        mailing_remove_some(s->db, &row->id, fence, &is_gone) != RC_OK)
        return;
    s->looked_us = 0;
    s->is_busy = true;
    if (is_gone)
        LOG_HOUSE("sending.freeze_removed", KV_INT("campaign", row->id.campaign_id), KV_INT("run", row->id.run_no));
}

static void look_at_run(struct sending *s, const struct mailing_run *row)
{
    struct held_run *run;

    if (row->state == RUN_FREEZING) {
        remove_freeze(s, row);
        return;
    }
    run = sending_run_add(s, &row->id);
    if (run == NULL)
        return;
    run->is_listed = true;
    if (run->state != row->state) {
        run->next_at.us = 0;
        run->blank_from = 0;
        run->distrusts = false;
    }
    run->state = row->state;
    run->starts_at = row->starts_at;
    run->hours_from = row->hours_from;
    run->hours_to = row->hours_to;
    if (run->state == RUN_ACTIVE)
        run->is_broken = false;
    if (run->is_taken && (!row->is_ours || row->fence != run->fence))
        lose_run(run);
    if (run->is_taken && !run->is_settled && s->is_settled && sending_settle_run(s, run) != RC_OK)
        return;
    if (!run->is_taken && s->is_settled && (!row->is_held || row->is_ours) &&
        (run->has_key || row->is_ours || row->state == RUN_STOPPED || s->takes_any || sending_may_open(s, run, row)) &&
        find_campaign(s, run) == RC_OK)
        take_run(s, run, row);
    sending_open_kept(s, run, row);
}

/* Somebody at the mailer has left since: all who have not reached their last dot come back, and the next claim looks again.
 * Once for each who leaves, for who is past the dot stays there until the host has answered. */
static void mind_leavers(struct sending *s, struct held_run *run)
{
    int64_t left = 0;

    if (!run->is_taken || run->flight_count == 0 || mailing_left(s->db, &run->id, &left) != RC_OK)
        return;
    if (left > run->left_count)
        (void)sending_say_of(s, MAILER_BREAK, &run->id);
    run->left_count = left;
}

static void drop_ended(struct sending *s)
{
    for (size_t i = 0; i < s->run_count; i++) {
        struct held_run *run = s->runs[i];

        if (run->is_listed || run->flight_count)
            continue;
        if (run->has_key) {
            (void)sending_say_of(s, MAILER_FORGET, &run->id);
            sending_set_key(s, &run->id, false);
        }
        sending_set_foreign(s, run, false);
        free(run);
        s->runs[i--] = s->runs[--s->run_count];
    }
}

/* Once for each pair: what was at the mailer when the pair before ended. */
static bool settle_pair(struct sending *s)
{
    if (s->pair == 0 || s->is_settled)
        return s->is_settled;
    if (sending_settle_all(s) != RC_OK || !sending_say(s, &(struct mailer_frame){.kind = MAILER_RESET}))
        return false;
    s->in_journal = 0;
    s->is_settled = true;
    return true;
}

void sending_look(struct sending *s)
{
    struct mailing_runs runs = {0};
    int64_t now = sending_boot_us();

    if (s->looked_us && now < s->looked_us + SENDING_LOOK_US)
        return;
    s->looked_us = now;
    if (s->pair && !settle_pair(s))
        return;
    if (mailing_under_way(s->db, s->turn, &s->o.holder, s->o.clock(), &runs) != RC_OK)
        return;
    for (size_t i = 0; i < s->run_count; i++)
        s->runs[i]->is_listed = false;
    for (size_t i = 0; i < runs.list.count; i++)
        look_at_run(s, &runs.list.items[i]);
    for (size_t i = 0; i < s->run_count; i++)
        mind_leavers(s, s->runs[i]);
    drop_ended(s);
}

/* ---- what came of letters ---- */

static bool is_away(const struct sending *s)
{
    return s->host.state == SMTP_AWAY || s->host.state == SMTP_REFUSED;
}

void sending_outcome_of(const struct sending *s, enum mail_outcome outcome, int code, enum mail_class why,
                        int32_t attempt, struct instant first_at, struct mailing_outcome *out)
{
    struct instant now = s->o.clock();

    *out = (struct mailing_outcome){.code = code, .why = (int32_t)why};
    switch (outcome) {
    case MAIL_SENT:
        out->state = DELIVERY_SENT;
        return;
    case MAIL_FAILED:
        out->state = DELIVERY_FAILED;
        out->is_dead = why == MAIL_CLASS_NO_SUCH_PERSON;
        return;
    case MAIL_DEFERRED:
        out->state = DELIVERY_DEFERRED;
        if (!mail_retry_at(first_at.us ? first_at : now, now, attempt, &out->next_at)) {
            out->state = DELIVERY_FAILED;
            out->why = MAIL_CLASS_LATE;
        }
        return;
    case MAIL_IN_DOUBT:
        out->state = DELIVERY_IN_DOUBT;
        return;
    case MAIL_UNSENT:
        break;
    }
    out->state = DELIVERY_PENDING;
    out->next_at.us = now.us + (is_away(s) ? 15 : 1) * SENDING_SECOND_US;
}

static void take_result(struct sending *s, struct held_run *run, int64_t fence, const struct mailer_result *r)
{
    struct mailing_outcome out;
    struct instant first_at;
    size_t i = 0;

    while (i < run->flight_count && (run->flights[i].person_no != r->person_no ||
                                     run->flights[i].attempt != r->attempt || run->flights[i].fence != fence))
        i++;
    if (i == run->flight_count || run->outcome_count + run->refusal_count == COUNT(run->outcomes))
        return; /* not theirs to tell; the journal has it, if it was */
    first_at = run->flights[i].first_at;
    sending_outcome_of(s, r->outcome, r->code, r->why, r->attempt, first_at, &out);
    out.person_no = r->person_no;
    out.attempt = r->attempt;
    out.fence = fence;
    if (r->outcome == MAIL_SENT) {
        run->was_taken = true;
        run->distrusts = false;
        sending_believe(run);
    }
    if (sending_is_refusal(&out))
        sending_refusal(s, run, &out, first_at);
    else
        run->outcomes[run->outcome_count++] = out;
    if ((r->code == 421 || (r->why == MAIL_CLASS_POLICY && r->outcome == MAIL_DEFERRED)) &&
        run->slow_count < COUNT(run->slow_sites))
        run->slow_sites[run->slow_count++] = run->flights[i].site_no;
    if ((out.state == DELIVERY_PENDING || out.state == DELIVERY_DEFERRED) && out.next_at.us < run->next_at.us)
        run->next_at = out.next_at;
    run->flights[i] = run->flights[--run->flight_count];
    if (s->gathered_us == 0)
        s->gathered_us = sending_boot_us();
}

void sending_results(struct sending *s, const struct mailer_results *results)
{
    struct held_run *run = sending_run_of(s, &(struct mailing_id){results->run.campaign_id, results->run.run_no});

    for (size_t i = 0; run && i < results->count; i++)
        take_result(s, run, results->fence, &results->results[i]);
}

/* ---- one transaction ---- */

struct turn {
    struct sending *s;
    struct held_run *run; /* whose claim; null: none */
    struct mailing_claim *claim;
    struct instant now;
};

static enum rc turn_tx(struct db *db, void *arg)
{
    struct turn *t = arg;
    int32_t day = (int32_t)(t->now.us / (86400 * SENDING_SECOND_US));
    enum rc rc = RC_OK;

    for (size_t i = 0; i < t->s->run_count && rc == RC_OK; i++) {
        struct held_run *run = t->s->runs[i];

        rc = mailing_settle_in(db, &run->id, run->outcomes, run->outcome_count, day, NULL);
        for (size_t k = 0; k < run->slow_count && rc == RC_OK; k++)
            rc = mailing_slow_in(db, &run->id, run->slow_sites[k], t->now);
        if (run->is_refused && rc == RC_OK)
            rc = mailing_pause_in(db, &run->id);
    }
    return rc == RC_OK && t->claim ? mailing_claim_in(db, t->claim) : rc;
}

static void outcomes_are_written(struct sending *s)
{
    for (size_t i = 0; i < s->run_count; i++) {
        s->runs[i]->outcome_count = 0;
        s->runs[i]->slow_count = 0;
        if (s->runs[i]->is_refused)
            s->runs[i]->state = RUN_PAUSED; /* unless somebody stopped it: the next look has the last word */
        s->runs[i]->is_refused = false;
    }
    s->gathered_us = 0;
}

static bool say_letters(struct sending *s, struct held_run *run)
{
    struct mailing_letters letters;
    struct mailing_run row;
    struct mailer_frame frame = {.kind = MAILER_LETTERS};

    if (run->has_letters)
        return true;
    if (mailing_letters(s->db, s->turn, &run->id, &letters) != RC_OK ||
        mailing_find(s->db, s->turn, &run->id, &s->o.holder, s->o.clock(), &row) != RC_OK)
        return false;
    frame.letters = (struct mailer_letters){.run = {run->id.campaign_id, run->id.run_no},
                                            .domain = row.domain,
                                            .count = letters.list.count,
                                            .letters = letters.list.items};
    run->has_letters = sending_say(s, &frame);
    return run->has_letters;
}

static void hand_over(struct sending *s, struct held_run *run, const struct mailing_claim *c)
{
    struct mailer_person *people = ARENA_ARRAY(s->turn, struct mailer_person, (size_t)c->count + 1);
    struct mailer_frame frame = {.kind = MAILER_SEND};

    for (int32_t i = 0; i < c->count; i++) {
        const struct mailing_person *p = &c->people[i];

        CHECK(run->flight_count < COUNT(run->flights));
        run->flights[run->flight_count++] =
            (struct flight){p->person_no, run->fence, p->attempt, p->site_no, p->first_at};
        people[i] = (struct mailer_person){.person_no = p->person_no,
                                           .attempt = p->attempt,
                                           .letter_no = p->letter_no,
                                           .link = link_make(s->o.key, &run->campaign, &p->object),
                                           .first_at = p->first_at,
                                           .address = p->address};
    }
    s->in_journal += c->count;
    frame.send = (struct mailer_send){.run = {run->id.campaign_id, run->id.run_no},
                                      .fence = run->fence,
                                      .until_ms = run->until_ms,
                                      .count = (size_t)c->count,
                                      .people = people};
    if (!sending_say(s, &frame)) /* its end is on its way to us; the journal will say that nobody was begun */
        LOG_HOUSE("sending.not_handed_over", KV_INT("run", run->id.run_no), KV_INT("people", c->count));
}

/* Writes what is there to be written, and claims up to `most` of `run`, if there is one. False: the store failed. */
static bool write_turn(struct sending *s, struct held_run *run, int32_t most)
{
    struct turn t = {.s = s, .run = run, .now = s->o.clock()};
    int64_t boot_us = sending_boot_us();
    enum rc rc;

    if (run) {
        t.claim = ARENA_NEW(s->turn, struct mailing_claim);
        *t.claim = (struct mailing_claim){
            .id = run->id, .fence = run->fence, .now = t.now, .rule = s->o.pace, .most = most, .a = s->turn};
    }
    rc = db_write(s->db, "sending.turn", turn_tx, &t);
    if (rc != RC_OK) {
        LOG_HOUSE_FAULT("sending.not_written", KV_RC(rc));
        s->failed_us = boot_us;
        if (run && most)
            run->is_doubtful = true; /* it may have been committed all the same */
        return false;
    }
    outcomes_are_written(s);
    if (run == NULL)
        return true;
    if (!t.claim->is_held) {
        lose_run(run);
        return true;
    }
    run->state = t.claim->state;
    run->until_ms = (boot_us + t.claim->lease_left_us - SENDING_MARGIN_US) / 1000;
    if (most == 0)
        return true;
    run->next_at = t.claim->next_at;
    if (t.claim->count)
        hand_over(s, run, t.claim);
    return true;
}

/* ---- who may be claimed ---- */

static size_t all_in_hand(const struct sending *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->run_count; i++)
        n += sending_in_hand(s->runs[i]);
    return n;
}

static size_t unwritten(const struct sending *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->run_count; i++)
        n += s->runs[i]->outcome_count;
    return n;
}

static bool is_hour(const struct sending *s, const struct held_run *run, struct instant now)
{
    int minute;

    if (run->hours_from == run->hours_to)
        return true;
    if (!s->o.minute(s->o.zones, run->id.campaign_id, now, &minute))
        return false;
    if (run->hours_from < run->hours_to)
        return minute >= run->hours_from && minute < run->hours_to;
    return minute >= run->hours_from || minute < run->hours_to;
}

static bool may_claim(const struct sending *s, const struct held_run *run, struct instant now)
{
    return run->is_taken && run->is_settled && run->has_key && !run->is_doubtful && !run->is_refused &&
           run->state == RUN_ACTIVE && run->starts_at.us <= now.us && run->next_at.us <= now.us && is_hour(s, run, now);
}

/* How many may be claimed now; 0: wait for outcomes. */
static int32_t room(const struct sending *s)
{
    size_t window = is_away(s) ? SENDING_WINDOW_AWAY : SENDING_WINDOW;
    size_t open = all_in_hand(s);

    if (s->pair == 0 || !s->can_send || !s->is_settled || s->is_draining || open >= window)
        return 0;
    if (is_away(s) && sending_boot_us() < s->knocked_us + KNOCK_US)
        return 0;
    if (!is_away(s) && open && window - open < CLAIM_LEAST)
        return 0;
    return (int32_t)(window - open < MAILING_CLAIM_MOST ? window - open : MAILING_CLAIM_MOST);
}

static struct held_run *next_to_claim(struct sending *s)
{
    struct instant now = s->o.clock();

    for (size_t i = 0; i < s->run_count; i++) {
        struct held_run *run = s->runs[(s->next_run + i) % s->run_count];

        if (may_claim(s, run, now)) {
            s->next_run = (s->next_run + i + 1) % s->run_count;
            return run;
        }
    }
    return NULL;
}

/* ---- the ends of things ---- */

void sending_let_go(struct sending *s, struct held_run *run)
{
    if (mailing_let_go(s->db, &run->id, run->fence) != RC_OK)
        return;
    run->is_taken = false;
    run->is_settled = false;
}

static void end_run(struct sending *s, struct held_run *run)
{
    enum rc rc = mailing_end(s->db, &run->id, run->fence, s->o.clock());

    if (rc == RC_OK) {
        LOG_HOUSE("sending.ended", KV_INT("campaign", run->id.campaign_id), KV_INT("run", run->id.run_no));
        s->looked_us = 0; /* which drops it, and has the mailer forget its key */
        run->is_taken = false;
        return;
    }
    if (run->state == RUN_STOPPED && rc == RC_CONFLICT && sending_reconcile(s, run) != RC_OK)
        LOG_HOUSE_FAULT("sending.not_reconciled", KV_INT("run", run->id.run_no));
    run->next_at.us = s->o.clock().us + ASK_AGAIN_US; /* somebody is in doubt, until a person decides */
    if (rc == RC_CONFLICT && !run->has_key && run->state != RUN_STOPPED)
        sending_let_go(s, run); /* whoever gets its key shall have it */
}

/* As far as we know: the store has the last word. Without a key there may be nobody left to write to. */
static bool may_be_over(const struct held_run *run, struct instant now)
{
    if (run->state == RUN_STOPPED || !run->has_key)
        return run->next_at.us <= now.us;
    return run->state == RUN_ACTIVE && run->next_at.us == INT64_MAX;
}

static void mind_end(struct sending *s, struct held_run *run)
{
    if (!run->is_taken || !run->is_settled || run->is_opening || sending_in_hand(run))
        return;
    if (run->state == RUN_STOPPED && run->blank_from >= 0) {
        if (mailing_blank_some(s->db, &run->id, run->blank_from, BLANK_AT_ONCE, &run->blank_from) == RC_OK)
            s->is_busy = true;
        else
            s->failed_us = sending_boot_us();
    } else if (may_be_over(run, s->o.clock())) {
        end_run(s, run);
    }
}

static void mind_break(struct sending *s, struct held_run *run)
{
    if (run->flight_count == 0 || run->is_broken || run->state == RUN_ACTIVE)
        return;
    run->is_broken = sending_say_of(s, MAILER_BREAK, &run->id);
}

static void mind_lease(struct sending *s, struct held_run *run)
{
    if (run->is_taken && sending_boot_us() / 1000 > run->until_ms - RENEW_MS)
        (void)write_turn(s, run, 0);
}

/* Before the journal is full. */
static void mind_journal(struct sending *s)
{
    if (s->in_journal >= SENDING_RESET_AFTER)
        s->is_draining = true;
    if (!s->is_draining || all_in_hand(s) || !sending_say(s, &(struct mailer_frame){.kind = MAILER_RESET}))
        return;
    s->in_journal = 0;
    s->is_draining = false;
}

void sending_work(struct sending *s)
{
    int64_t now = sending_boot_us();
    struct held_run *run = NULL;
    int32_t most;

    if (s->failed_us && now < s->failed_us + FAILED_US)
        return;
    s->failed_us = 0;
    for (size_t i = 0; i < s->run_count && s->failed_us == 0; i++) {
        if (s->runs[i]->is_doubtful && s->runs[i]->is_taken && sending_reconcile(s, s->runs[i]) != RC_OK)
            s->failed_us = now;
        sending_mind_refusals(s, s->runs[i]);
        mind_break(s, s->runs[i]);
        mind_lease(s, s->runs[i]);
    }
    most = s->failed_us ? 0 : room(s);
    run = most ? next_to_claim(s) : NULL;
    if (run && !say_letters(s, run))
        run = NULL;
    if (run)
        s->knocked_us = now;
    if (s->failed_us == 0 &&
        (run || unwritten(s) >= OUTCOMES_MANY || (s->gathered_us && now >= s->gathered_us + SENDING_GATHER_US)))
        (void)write_turn(s, run, run ? most : 0);
    for (size_t i = 0; i < s->run_count && s->failed_us == 0; i++)
        mind_end(s, s->runs[i]);
    mind_journal(s);
    if (run && s->failed_us == 0 && room(s) && run->next_at.us <= s->o.clock().us)
        s->is_busy = true;
}

int64_t sending_next_us(const struct sending *s)
{
    struct instant now = s->o.clock();
    int64_t us = SENDING_SECOND_US;

    if (s->gathered_us && s->failed_us == 0) {
        us = s->gathered_us + SENDING_GATHER_US - sending_boot_us();
        us = us < 0 ? 0 : us;
    }
    for (size_t i = 0; i < s->run_count && room(s); i++) {
        const struct held_run *run = s->runs[i];
        int64_t left = run->next_at.us - now.us;

        if (run->is_taken && run->has_key && run->state == RUN_ACTIVE && left < us)
            us = left < 0 ? (may_claim(s, run, now) ? 0 : us) : left;
    }
    return us;
}
