/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The freeze: every record goes through the mailer, which gives back each wanted address under the run's key. Sixteen
 * batches are on their way at once, so that its threads have something to open while the store is written; what is held
 * here does not grow with the list.
 *
 * Nobody is written to before the last of it is in the store. Whatever goes wrong on the way takes the run away again.
 */
#include "main/sending_impl.h"

#include "http/log.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ORDER_MEMORY = 256 * 1024 * 1024, ROWS_MEMORY = 64 * 1024 * 1024, HAD_AT_ONCE = 20000 };

/* ---- whom an earlier run reached ---- */

static int compare_marks(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static enum rc read_had(struct sending *s, const struct mailing_id *run)
{
    struct freeze *f = &s->freeze;
    int64_t after = -1;
    enum rc rc = RC_OK;
    size_t count = 1;

    while (rc == RC_OK && count) {
        struct arena *a = arena_open(ROWS_MEMORY);
        struct mailing_had *had;

        rc = mailing_had(s->db, a, run, after, HAD_AT_ONCE, &had, &count);
        if (rc == RC_OK && count) {
            uint64_t *grown = realloc(f->had, (f->had_count + count) * sizeof *grown);

            CHECK(grown != NULL);
            f->had = grown;
            for (size_t i = 0; i < count; i++)
                f->had[f->had_count++] = had[i].mark;
            after = had[count - 1].person_no;
        }
        arena_close(&a);
    }
    return rc;
}

static bool is_had(const struct freeze *f, const struct seal_object *object)
{
    uint64_t mark = mailing_mark(object);

    return f->had_count && bsearch(&mark, f->had, f->had_count, sizeof mark, compare_marks);
}

/* ---- the beginning ---- */

static void close_freeze(struct freeze *f)
{
    arena_close(&f->arena);
    arena_close(&f->reading);
    arena_close(&f->writing);
    free(f->had);
    memset(f, 0, sizeof *f);
    (void)malloc_trim(0); /* the end of a freeze is large, and what comes behind it is not */
}

/* The order outlives whoever gave it. The handover is not kept. */
static void keep_order(struct freeze *f, const struct sending_order *o)
{
    struct sending_audience *audiences;
    bool *is_wanted;

    f->arena = arena_open(ORDER_MEMORY);
    f->reading = arena_open(ROWS_MEMORY);
    f->writing = arena_open(ROWS_MEMORY);
    f->frozen = ARENA_ARRAY(f->arena, struct mailing_frozen, FREEZE_ROWS);
    f->order = *o;
    audiences = ARENA_ARRAY(f->arena, struct sending_audience, o->audience_count + 1);
    is_wanted = ARENA_ARRAY(f->arena, bool, o->audience_count + 1);
    for (size_t i = 0; i < o->audience_count; i++) {
        audiences[i] =
            (struct sending_audience){arena_dup(f->arena, o->audiences[i].key), o->audiences[i].shows_paid_by};
        is_wanted[i] = o->is_wanted[i];
    }
    f->order.audiences = audiences;
    f->order.is_wanted = is_wanted;
    f->order.letters = NULL; /* in the store by now */
    f->order.had = NULL;
}

static enum rc make_run(struct sending *s, const struct sending_order *o, struct mailing_run *run_out)
{
    struct instant now = s->o.clock();

    *run_out = (struct mailing_run){
        .id = {.campaign_id = o->campaign_id},
        .news = o->news,
        .audiences = o->audiences_text,
        .starts_at = o->starts_at,
        .hours_from = o->hours_from,
        .hours_to = o->hours_to,
        .domain = o->domain,
        .key_object = seal_object_make(),
        .key_day = (int32_t)(now.us / (86400 * SENDING_SECOND_US)),
    };
    return mailing_make(s->db, run_out, o->letters, o->letter_count, &s->o.holder, now, &s->freeze.id);
}

void sending_freeze_begin(struct sending *s, struct request *r)
{
    struct freeze *f = &s->freeze;
    const struct sending_order *o = r->order;
    struct mailing_run run;
    enum rc rc = f->state == FREEZE_NONE ? RC_OK : RC_LIMIT;

    if (rc != RC_OK) {
        sending_answer(s, r, rc);
        return;
    }
    for (size_t i = 0; i < o->had_count && rc == RC_OK; i++)
        rc = read_had(s, &(struct mailing_id){o->campaign_id, o->had[i]});
    if (f->had_count)
        qsort(f->had, f->had_count, sizeof *f->had, compare_marks);
    if (rc == RC_OK)
        rc = make_run(s, o, &run);
    if (rc != RC_OK) {
        close_freeze(f);
        sending_answer(s, r, RC_IO);
        return;
    }
    keep_order(f, o);
    f->fence = 1;
    f->state = FREEZE_UNLOCKING;
    r->id = f->id;
    s->unlocking = r;
    s->unlocking_until_us = sending_boot_us() + SENDING_PATIENCE_US;
    f->renew_us = sending_boot_us() + MAILING_LEASE_US / 4;
    if (!sending_say(s,
                     &(struct mailer_frame){.kind = MAILER_UNLOCK,
                                            .unlock = {.run = {f->id.campaign_id, f->id.run_no},
                                                       .campaign = o->campaign,
                                                       .reader = o->reader,
                                                       .key_object = run.key_object,
                                                       .key_day = run.key_day,
                                                       .domain = o->domain,
                                                       .handover = {(const char *)o->handover.bytes, HANDOVER_LEN}}}))
        sending_freeze_abort(s, RC_DENIED, "the mailer went away");
}

void sending_freeze_unlocked(struct sending *s, const struct mailer_unlocked *unlocked)
{
    struct freeze *f = &s->freeze;
    struct request *r = s->unlocking;
    enum rc rc = unlocked->rc;

    if (rc == RC_OK)
        rc = mailing_put_key(s->db, &f->id, f->fence, unlocked->key_sealed,
                             s->o.keeps_keys ? unlocked->key_kept : (struct span){0}) == RC_OK
                 ? RC_OK
                 : RC_IO;
    if (rc != RC_OK) {
        sending_freeze_abort(s, rc, "the list was not opened");
        return;
    }
    f->state = FREEZE_STREAMING;
    f->heard_us = sending_boot_us();
    LOG_HOUSE("sending.freeze", KV_INT("campaign", f->id.campaign_id), KV_INT("run", f->id.run_no));
    s->unlocking = NULL;
    sending_answer(s, r, RC_OK);
}

/* Left in the store as a freeze of ours that is not under way: the next look at the runs takes it away. */
void sending_freeze_abort(struct sending *s, enum rc rc, const char *why)
{
    struct freeze *f = &s->freeze;
    bool is_waiting = f->state == FREEZE_UNLOCKING;
    struct mailing_id id = f->id;

    LOG_HOUSE_FAULT("sending.freeze_ended", KV_INT("campaign", id.campaign_id), KV_INT("run", id.run_no), KV_RC(rc));
    (void)sending_say_of(s, MAILER_FORGET, &id);
    sending_set_key(s, &id, false);
    if (!is_waiting)
        sending_keep_fault(s, &id, why);
    close_freeze(f);
    s->looked_us = 0;
    if (is_waiting) {
        struct request *r = s->unlocking;

        s->unlocking = NULL;
        sending_answer(s, r, rc);
    }
}

/* ---- records go out ---- */

static bool is_wanted(const struct freeze *f, const struct subscriber_row *row, bool *shows_out)
{
    const struct sending_order *o = &f->order;
    bool wants = o->audiences_text.n == 0;

    *shows_out = true; /* an audience that the campaign has no more: rather say it than not */
    for (size_t i = 0; i < o->audience_count; i++)
        if (span_eq(o->audiences[i].key, row->audience)) {
            *shows_out = o->audiences[i].shows_paid_by;
            wants = wants || o->is_wanted[i];
        }
    return wants && row->state == SUBSCRIBER_ACTIVE && (row->often == SUBSCRIBER_EVERY || o->is_important);
}

static void send_batch(struct sending *s)
{
    struct freeze *f = &s->freeze;
    struct freeze_batch *b = &f->batches[(f->first + f->batch_count) % FREEZE_BATCHES];
    struct mailer_record records[MAILER_BATCH_MOST];

    b->count = 0;
    while (b->count < MAILER_BATCH_MOST && f->row_at < f->row_count) {
        const struct subscriber_row *row = &f->rows[f->row_at++];
        bool shows = true;

        records[b->count] = (struct mailer_record){
            .object = row->object,
            .wish = row->wish,
            .day = row->day,
            .is_active = row->state == SUBSCRIBER_ACTIVE,
            .is_wanted = is_wanted(f, row, &shows),
            .is_had = is_had(f, &row->object),
            .sealed = row->sealed,
        };
        b->objects[b->count] = row->object;
        b->letter_no[b->count] = f->order.letter_of[row->lang][shows];
        b->count++;
    }
    if (f->batch_count == 0) /* it owed us nothing until now */
        f->heard_us = sending_boot_us();
    f->batch_count++;
    if (!sending_say(s, &(struct mailer_frame){.kind = MAILER_PEOPLE, .people = {.count = b->count, .items = records}}))
        sending_freeze_abort(s, RC_DENIED, "the mailer went away");
}

static enum rc read_records(struct sending *s)
{
    struct freeze *f = &s->freeze;
    enum rc rc;

    arena_reset(f->reading);
    f->row_at = f->row_count = 0;
    rc = subscribers_after(s->db, f->reading, f->id.campaign_id, f->after, FREEZE_READ, &f->rows, &f->row_count);
    if (rc == RC_OK && f->row_count)
        f->after = f->rows[f->row_count - 1].wish;
    f->is_read = rc == RC_OK && f->row_count == 0;
    return rc;
}

/* ---- and people come back ---- */

static enum rc write_people(struct sending *s)
{
    struct freeze *f = &s->freeze;
    enum rc rc = mailing_put_people(s->db, &f->id, f->fence, f->frozen, f->frozen_count);

    f->frozen_count = 0;
    arena_reset(f->writing);
    return rc;
}

static void take_frozen(struct freeze *f, const struct freeze_batch *b, size_t i, const struct mailer_frozen *item)
{
    switch (item->verdict) {
    case MAILER_TAKEN:
        f->frozen[f->frozen_count++] = (struct mailing_frozen){
            .person_no = item->person_no,
            .object = b->objects[i],
            .site_no = item->site_no,
            .letter_no = b->letter_no[i],
            .address = arena_dup(f->writing, item->address),
        };
        return;
    case MAILER_DAMAGED:
        f->damaged++;
        return;
    case MAILER_UNDELIVERABLE:
        f->no_way++;
        return;
    case MAILER_NOT_WANTED:
    case MAILER_DOUBLE:
        return;
    }
}

void sending_freeze_frozen(struct sending *s, size_t count, const struct mailer_frozen *items)
{
    struct freeze *f = &s->freeze;
    const struct freeze_batch *b = &f->batches[f->first];

    f->heard_us = sending_boot_us();
    if (f->state != FREEZE_STREAMING)
        return;
    if (f->batch_count == 0 || count != b->count) {
        sending_freeze_abort(s, RC_IO, "the mailer answered out of turn");
        return;
    }
    for (size_t i = 0; i < count; i++)
        take_frozen(f, b, i, &items[i]);
    f->first = (f->first + 1) % FREEZE_BATCHES;
    f->batch_count--;
    if (f->frozen_count + MAILER_BATCH_MOST > FREEZE_ROWS && write_people(s) != RC_OK)
        sending_freeze_abort(s, RC_IO, "the store could not be written");
}

void sending_freeze_end(struct sending *s, const struct mailer_frozen_end *end)
{
    struct freeze *f = &s->freeze;
    struct mailing_id id = {end->run.campaign_id, end->run.run_no};
    struct mailing_site *sites;
    int64_t people = 0;
    enum rc rc;

    if (f->state != FREEZE_ENDING || !mailing_id_eq(&id, &f->id))
        return;
    arena_reset(f->reading);
    sites = ARENA_ARRAY(f->reading, struct mailing_site, end->site_count + 1);
    for (size_t i = 0; i < end->site_count; i++)
        sites[i] = (struct mailing_site){end->sites[i].site_no, end->sites[i].people, end->sites[i].name};
    rc = mailing_drop_people(s->db, &id, f->fence, end->doubles, end->double_count);
    if (rc == RC_OK)
        rc = mailing_put_sites(s->db, &id, f->fence, sites, end->site_count);
    if (rc == RC_OK) {
        sending_set_key(s, &id, true); /* before it can be seen: without a key it would seem to wait for an unlock */
        rc = mailing_freeze_end(s->db, &id, f->fence, f->damaged, f->no_way, &people);
    }
    if (rc != RC_OK) {
        sending_freeze_abort(s, rc, "the store could not be written");
        return;
    }
    LOG_HOUSE("sending.frozen", KV_INT("campaign", id.campaign_id), KV_INT("run", id.run_no), KV_INT("people", people));
    close_freeze(f);
    s->looked_us = 0;
}

/* ---- the turn ---- */

static enum rc hold_tx(struct db *db, void *arg)
{
    return mailing_claim_in(db, arg);
}

static bool renew(struct sending *s)
{
    struct freeze *f = &s->freeze;
    struct mailing_claim *c;

    if (sending_boot_us() < f->renew_us)
        return true;
    c = ARENA_NEW(s->turn, struct mailing_claim);
    *c = (struct mailing_claim){.id = f->id, .fence = f->fence, .now = s->o.clock(), .a = s->turn};
    if (db_write(s->db, "sending.renew", hold_tx, c) != RC_OK || !c->is_held)
        return false;
    f->renew_us = sending_boot_us() + MAILING_LEASE_US / 4;
    return true;
}

void sending_freeze_turn(struct sending *s)
{
    struct freeze *f = &s->freeze;

    if (f->state == FREEZE_NONE)
        return;
    if (!renew(s)) {
        sending_freeze_abort(s, RC_IO, "the store could not be written");
        return;
    }
    if ((f->batch_count || f->state == FREEZE_ENDING) && sending_boot_us() > f->heard_us + SENDING_PATIENCE_US) {
        sending_freeze_abort(s, RC_DENIED, "the mailer did not answer");
        return;
    }
    while (f->state == FREEZE_STREAMING && !f->is_read && f->batch_count < FREEZE_BATCHES) {
        if (f->row_at == f->row_count && read_records(s) != RC_OK)
            sending_freeze_abort(s, RC_IO, "the store could not be read");
        else if (!f->is_read)
            send_batch(s);
    }
    if (f->state != FREEZE_STREAMING || !f->is_read || f->batch_count)
        return;
    if (write_people(s) != RC_OK) {
        sending_freeze_abort(s, RC_IO, "the store could not be written");
        return;
    }
    f->state = FREEZE_ENDING;
    f->heard_us = sending_boot_us();
    if (!sending_say_of(s, MAILER_PEOPLE_END, &f->id))
        sending_freeze_abort(s, RC_DENIED, "the mailer went away");
}
