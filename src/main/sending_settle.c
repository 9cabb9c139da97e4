/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * After a death of core or mailer: what became of those who were claimed, as far as the mailer's journal knows.
 *
 * No word of somebody in a journal of this boot: they were not begun, and wait again. A word of what came of it: that. An
 * intent alone: in doubt. A journal of another boot, or none: all are in doubt; so is whoever another copy had claimed, whose
 * journal is not ours, until that copy comes back and knows.
 */
#include "main/sending_impl.h"

#include "http/log.h"

#include <stdlib.h>
#include <string.h>

enum { SETTLE_MEMORY = JOURNAL_ROOM + 256 * 1024 * 1024 };

static int compare_letters(const struct journal_letter *a, const struct journal_letter *b)
{
    if (a->campaign_id != b->campaign_id)
        return a->campaign_id < b->campaign_id ? -1 : 1;
    if (a->run_no != b->run_no)
        return a->run_no < b->run_no ? -1 : 1;
    if (a->person_no != b->person_no)
        return a->person_no < b->person_no ? -1 : 1;
    if (a->fence != b->fence)
        return a->fence < b->fence ? -1 : 1;
    return (a->attempt > b->attempt) - (a->attempt < b->attempt);
}

static int compare_entries(const void *left, const void *right)
{
    return compare_letters(&((const struct journal_entry *)left)->letter,
                           &((const struct journal_entry *)right)->letter);
}

static const struct journal_entry *find_entry(const struct journal_entries *all, const struct mailing_id *id,
                                              const struct mailing_claimed *c)
{
    struct journal_entry wanted = {.letter = {.campaign_id = id->campaign_id,
                                              .run_no = id->run_no,
                                              .person_no = c->person_no,
                                              .fence = c->fence,
                                              .attempt = c->attempts}};

    if (!all->is_of_this_boot || all->list.count == 0)
        return NULL;
    return bsearch(&wanted, all->list.items, all->list.count, sizeof wanted, compare_entries);
}

struct settling {
    struct mailing_id id;
    struct mailing_outcome *outcomes;
    size_t count;
    int32_t day;
    int64_t settled;
};

static enum rc settle_tx(struct db *db, void *arg)
{
    struct settling *t = arg;

    return mailing_settle_in(db, &t->id, t->outcomes, t->count, t->day, &t->settled);
}

/* `knows_all`: what this journal does not name was not begun, if it was claimed under `fence`. `may_doubt`: the run is ours
 * by now, and what nobody knows is in doubt; else it is left to who has it. */
struct judging {
    const struct journal_entries *journal;
    bool knows_all;
    bool may_doubt;
    int64_t fence;
};

static bool judge(const struct sending *s, const struct judging *j, const struct mailing_id *id,
                  const struct mailing_claimed *c, struct mailing_outcome *out)
{
    const struct journal_entry *e = find_entry(j->journal, id, c);

    /* Of who is in doubt already a journal that says nothing says nothing: it may have begun anew since. */
    if (!c->is_claimed && (e == NULL || e->outcome == MAIL_IN_DOUBT))
        return false;
    if (e) {
        sending_outcome_of(s, e->outcome, e->code, e->why, c->attempts, (struct instant){c->first_at}, out);
    } else if (!j->may_doubt) {
        return false;
    } else if (j->knows_all && c->fence == j->fence) {
        *out = (struct mailing_outcome){.state = DELIVERY_PENDING, .next_at = s->o.clock()};
    } else {
        *out = (struct mailing_outcome){.state = DELIVERY_IN_DOUBT};
    }
    out->person_no = c->person_no;
    out->attempt = c->attempts;
    out->fence = c->fence;
    return true;
}

static enum rc settle_claimed(struct sending *s, struct arena *a, const struct judging *j, const struct mailing_id *id)
{
    struct settling t = {.id = *id, .day = (int32_t)(s->o.clock().us / (86400 * SENDING_SECOND_US))};
    struct mailing_claimed_list all;
    size_t doubts = 0;
    enum rc rc = mailing_claimed(s->db, a, id, &all);

    if (rc != RC_OK || all.list.count == 0)
        return rc;
    t.outcomes = ARENA_ARRAY(a, struct mailing_outcome, all.list.count);
    for (size_t i = 0; i < all.list.count; i++) {
        if (!judge(s, j, id, &all.list.items[i], &t.outcomes[t.count]))
            continue;
        doubts += t.outcomes[t.count++].state == DELIVERY_IN_DOUBT;
    }
    if (t.count)
        rc = db_write(s->db, "sending.settle", settle_tx, &t);
    LOG_HOUSE("sending.settled", KV_INT("campaign", id->campaign_id), KV_INT("run", id->run_no),
              KV_INT("people", t.count), KV_INT("in_doubt", doubts), KV_RC(rc));
    return rc;
}

static enum rc read_journal(struct sending *s, struct arena *a, struct journal_entries *entries_out)
{
    enum rc rc = journal_read(a, s->o.journal, entries_out);

    if (rc == RC_OK && entries_out->list.count)
        qsort(entries_out->list.items, entries_out->list.count, sizeof *entries_out->list.items, compare_entries);
    if (rc != RC_OK)
        LOG_HOUSE_FAULT("sending.journal", KV_RC(rc));
    return rc;
}

enum rc sending_settle_run(struct sending *s, struct held_run *run)
{
    struct arena *a = arena_open(SETTLE_MEMORY);
    struct journal_entries entries = {0};
    struct judging j = {.journal = &entries, .may_doubt = true, .fence = run->last_fence};
    enum rc rc = read_journal(s, a, &entries);

    j.knows_all = entries.is_of_this_boot && run->was_ours;
    if (rc == RC_OK)
        rc = settle_claimed(s, a, &j, &run->id);
    run->is_settled = rc == RC_OK;
    arena_close(&a);
    return rc;
}

/* Those that we have, and, where our journal has a word of it, those that another copy has by now. */
enum rc sending_settle_all(struct sending *s)
{
    struct arena *a = arena_open(SETTLE_MEMORY);
    struct journal_entries entries = {0};
    struct mailing_runs runs = {0};
    enum rc rc = read_journal(s, a, &entries);

    if (rc == RC_OK)
        rc = mailing_under_way(s->db, a, &s->o.holder, s->o.clock(), &runs);
    for (size_t i = 0; i < runs.list.count && rc == RC_OK; i++) {
        const struct mailing_run *row = &runs.list.items[i];
        struct held_run *run = sending_run_of(s, &row->id);
        struct judging j = {.journal = &entries,
                            .knows_all = entries.is_of_this_boot && row->is_ours,
                            .may_doubt = row->is_ours,
                            .fence = row->fence};

        if (row->state == RUN_FREEZING)
            continue;
        rc = settle_claimed(s, a, &j, &row->id);
        if (run && row->is_ours) {
            run->is_settled = rc == RC_OK;
            run->outcome_count = 0; /* they were in the journal as well */
            run->refusal_count = 0;
            run->slow_count = 0;
        }
    }
    arena_close(&a);
    return rc;
}

static bool is_flying(const struct held_run *run, const struct mailing_claimed *c)
{
    for (size_t i = 0; i < run->flight_count; i++)
        if (run->flights[i].person_no == c->person_no && run->flights[i].attempt == c->attempts)
            return true;
    for (size_t i = 0; i < run->outcome_count; i++)
        if (run->outcomes[i].person_no == c->person_no && run->outcomes[i].attempt == c->attempts)
            return true;
    for (size_t i = 0; i < run->refusal_count; i++)
        if (run->refusals[i].outcome.person_no == c->person_no && run->refusals[i].outcome.attempt == c->attempts)
            return true;
    return false;
}

enum rc sending_reconcile(struct sending *s, struct held_run *run)
{
    struct arena *a = arena_open(SETTLE_MEMORY);
    struct settling t = {.id = run->id};
    struct mailing_claimed_list all;
    enum rc rc = mailing_claimed(s->db, a, &run->id, &all);

    t.outcomes = ARENA_ARRAY(a, struct mailing_outcome, all.list.count + 1);
    for (size_t i = 0; rc == RC_OK && i < all.list.count; i++) {
        const struct mailing_claimed *c = &all.list.items[i];

        if (c->is_claimed && c->fence == run->fence && !is_flying(run, c))
            t.outcomes[t.count++] = (struct mailing_outcome){.person_no = c->person_no,
                                                             .attempt = c->attempts,
                                                             .fence = c->fence,
                                                             .state = DELIVERY_PENDING,
                                                             .next_at = s->o.clock()};
    }
    if (rc == RC_OK && t.count)
        rc = db_write(s->db, "sending.reconcile", settle_tx, &t);
    if (rc == RC_OK)
        run->is_doubtful = false;
    arena_close(&a);
    return rc;
}
