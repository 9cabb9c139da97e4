/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The thread, what it hears, and what others ask of it. What the mailer says comes on the link's thread and is put down; the
 * engine's own thread takes it from there, so that nothing of the engine is shared but what stands under its lock.
 */
#include "main/sending_impl.h"

#include "http/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INBOX_MEMORY = 512 * 1024 * 1024, TURN_LEAST_MS = 1, TURN_MOST_MS = 1000 };

int64_t sending_boot_us(void)
{
    struct timespec t;

    CHECK(clock_gettime(CLOCK_BOOTTIME, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- runs ---- */

struct held_run *sending_run_of(struct sending *s, const struct mailing_id *id)
{
    for (size_t i = 0; i < s->run_count; i++)
        if (mailing_id_eq(&s->runs[i]->id, id))
            return s->runs[i];
    return NULL;
}

struct held_run *sending_run_add(struct sending *s, const struct mailing_id *id)
{
    struct held_run *run = sending_run_of(s, id);

    if (run || s->run_count == SENDING_RUNS_MOST)
        return run;
    run = calloc(1, sizeof *run);
    CHECK(run != NULL);
    run->id = *id;
    run->has_key = run_set_has(&s->keys, id);
    s->runs[s->run_count++] = run;
    return run;
}

size_t sending_in_hand(const struct held_run *run)
{
    return run->flight_count + run->outcome_count + run->refusal_count;
}

void sending_set_key(struct sending *s, const struct mailing_id *id, bool has_key)
{
    struct held_run *run = sending_run_of(s, id);

    (void)pthread_mutex_lock(&s->lock);
    run_set_put(&s->keys, id, has_key);
    (void)pthread_mutex_unlock(&s->lock);
    if (run) {
        run->has_key = has_key;
        run->next_at.us = 0;
    }
}

bool sending_say(struct sending *s, const struct mailer_frame *frame)
{
    return s->pair && s->o.send(s->o.link, s->pair, frame) == RC_OK;
}

bool sending_say_of(struct sending *s, enum mailer_frame_kind kind, const struct mailing_id *id)
{
    return sending_say(s, &(struct mailer_frame){.kind = kind, .run = {id->campaign_id, id->run_no}});
}

void sending_answer(struct sending *s, struct request *request, enum rc rc)
{
    if (request == NULL)
        return;
    (void)pthread_mutex_lock(&s->lock);
    request->rc = rc;
    request->is_done = true;
    (void)pthread_cond_broadcast(&s->answered);
    (void)pthread_mutex_unlock(&s->lock);
}

void sending_keep_fault(struct sending *s, const struct mailing_id *id, const char *text)
{
    struct kept_fault *fault;

    (void)pthread_mutex_lock(&s->lock);
    fault = &s->faults[s->fault_count++ % FAULTS_KEPT];
    fault->id = *id;
    (void)snprintf(fault->text, sizeof fault->text, "%s", text);
    (void)pthread_mutex_unlock(&s->lock);
}

/* ---- what the mailer says: on the link's thread ---- */

static void put_down(struct sending *s, enum heard_kind kind, uint64_t pair, const struct mailer_frame *frame)
{
    struct buf *bytes;
    struct heard *heard;

    (void)pthread_mutex_lock(&s->lock);
    heard = LIST_ADD(s->inbox, &s->heard);
    *heard = (struct heard){.kind = kind, .pair = pair};
    if (frame) {
        bytes = buf_new(s->inbox, 2 * (size_t)MAILER_FRAME_MOST);
        mailer_frame_put(bytes, frame);
        heard->bytes = buf_span(bytes);
    }
    (void)pthread_cond_signal(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
}

void sending_up(void *sending, uint64_t pair, const struct mailer_hello *hello)
{
    struct sending *s = sending;
    struct mailer_frame frame = {.kind = MAILER_HELLO, .hello = *hello};

    (void)pthread_mutex_lock(&s->lock);
    s->status = (struct sending_status){.pair = pair, .can_send = hello->can_send};
    s->status.host.state = SMTP_IDLE;
    (void)pthread_mutex_unlock(&s->lock);
    put_down(s, HEARD_UP, pair, &frame);
}

void sending_frame(void *sending, uint64_t pair, const struct mailer_frame *frame, struct arena *a)
{
    struct sending *s = sending;

    (void)a;
    if (frame->kind == MAILER_HOST) {
        (void)pthread_mutex_lock(&s->lock);
        s->status.host = frame->host;
        (void)pthread_mutex_unlock(&s->lock);
    }
    put_down(s, HEARD_FRAME, pair, frame);
}

void sending_down(void *sending, uint64_t pair)
{
    struct sending *s = sending;

    (void)pthread_mutex_lock(&s->lock);
    if (s->status.pair == pair)
        s->status = (struct sending_status){0};
    (void)pthread_mutex_unlock(&s->lock);
    put_down(s, HEARD_DOWN, pair, NULL);
}

/* ---- and on ours ---- */

static void forget_pair(struct sending *s)
{
    s->pair = 0;
    s->is_settled = false;
    s->can_send = false;
    s->is_draining = false;
    if (s->freeze.state != FREEZE_NONE)
        sending_freeze_abort(s, RC_DENIED, "the mailer ended before the list was read to its end: begin again");
    sending_answer(s, s->unlocking, RC_DENIED);
    s->unlocking = NULL;
    for (size_t i = 0; i < s->run_count; i++) {
        s->runs[i]->flight_count = 0; /* what became of them the journal says */
        s->runs[i]->is_settled = false;
        s->runs[i]->has_letters = false;
        s->runs[i]->is_broken = false;
        s->runs[i]->is_opening = false;
        s->runs[i]->asked_us = 0;
        sending_set_foreign(s, s->runs[i], false); /* another mailer may have another key */
    }
}

static void hear_up(struct sending *s, uint64_t pair, const struct mailer_hello *hello)
{
    if (s->pair)
        forget_pair(s);
    s->pair = pair;
    s->can_send = hello->can_send;
    s->host = (struct mailer_host){.state = SMTP_IDLE};
    (void)pthread_mutex_lock(&s->lock);
    s->keys.count = 0;
    for (size_t i = 0; i < hello->run_count && i < MAILER_RUNS_MOST; i++)
        run_set_put(&s->keys, &(struct mailing_id){hello->runs[i].campaign_id, hello->runs[i].run_no}, true);
    (void)pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < s->run_count; i++) {
        s->runs[i]->has_key = run_set_has(&s->keys, &s->runs[i]->id);
        s->runs[i]->next_at.us = 0;
    }
    s->looked_us = 0;
}

static void hear_unlocked(struct sending *s, const struct mailer_unlocked *unlocked)
{
    struct mailing_id id = {unlocked->run.campaign_id, unlocked->run.run_no};
    struct request *request = s->unlocking;
    struct held_run *run = sending_run_of(s, &id);

    if (run && run->is_opening) {
        sending_opened(s, run, unlocked->rc);
        return;
    }
    if (s->freeze.state == FREEZE_UNLOCKING && mailing_id_eq(&s->freeze.id, &id)) {
        sending_freeze_unlocked(s, unlocked);
        return;
    }
    if (s->freeze.state != FREEZE_NONE && mailing_id_eq(&s->freeze.id, &id) && unlocked->rc != RC_OK) {
        sending_freeze_abort(s, unlocked->rc,
                             unlocked->rc == RC_LIMIT ? "too many people are on the list twice"
                                                      : "the mailer gave it up");
        return;
    }
    if (request == NULL || !mailing_id_eq(&request->id, &id)) {
        if (run && unlocked->rc == RC_OK) /* nobody waits for the answer any more, and it is there all the same */
            sending_set_key(s, &id, true);
        else if (unlocked->rc == RC_OK) /* it was over meanwhile */
            (void)sending_say_of(s, MAILER_FORGET, &id);
        return;
    }
    s->unlocking = NULL;
    if (unlocked->rc == RC_OK)
        sending_set_key(s, &id, true);
    if (unlocked->rc == RC_OK && run)
        sending_keep_key(s, run, unlocked->key_kept);
    s->looked_us = 0;
    sending_answer(s, request, unlocked->rc);
}

static void hear_frame(struct sending *s, const struct mailer_frame *frame)
{
    switch (frame->kind) {
    case MAILER_HELLO:
        return;
    case MAILER_UNLOCKED:
        hear_unlocked(s, &frame->unlocked);
        return;
    case MAILER_FROZEN:
        sending_freeze_frozen(s, frame->frozen.count, frame->frozen.items);
        return;
    case MAILER_FROZEN_END:
        sending_freeze_end(s, &frame->frozen_end);
        return;
    case MAILER_RESULTS:
        sending_results(s, &frame->results);
        return;
    case MAILER_HOST:
        s->host = frame->host;
        return;
    case MAILER_UNLOCK:
    case MAILER_PEOPLE:
    case MAILER_PEOPLE_END:
    case MAILER_LETTERS:
    case MAILER_SEND:
    case MAILER_BREAK:
    case MAILER_FORGET:
    case MAILER_NOTICE:
    case MAILER_RESET:
        return; /* those are ours to say */
    }
}

static void hear_all(struct sending *s)
{
    for (size_t i = 0; i < s->reading.count; i++) {
        const struct heard *heard = &s->reading.items[i];
        struct mailer_frame frame;
        size_t len;

        if (heard->kind == HEARD_DOWN) {
            if (heard->pair == s->pair)
                forget_pair(s);
            continue;
        }
        if (mailer_frame_read(s->turn, heard->bytes, &frame, &len) != RC_OK) {
            LOG_HOUSE_FAULT("sending.frame", KV_INT("pair", heard->pair), KV_INT("bytes", heard->bytes.n));
            continue;
        }
        if (heard->kind == HEARD_UP)
            hear_up(s, heard->pair, &frame.hello);
        else if (heard->pair == s->pair)
            hear_frame(s, &frame);
    }
}

/* ---- requests ---- */

/* One whose key another life of this run's mailer had. */
static void begin_unlock(struct sending *s, struct request *r)
{
    struct held_run *run;
    struct mailing_run row;
    int64_t fence = 0;
    enum rc rc = mailing_find(s->db, s->turn, &r->id, &s->o.holder, s->o.clock(), &row);

    if (rc == RC_OK && (row.ended_at.us || row.state == RUN_FREEZING || row.key_sealed.n == 0))
        rc = RC_NOT_FOUND;
    run = rc == RC_OK ? sending_run_add(s, &r->id) : NULL;
    if (rc == RC_OK && run == NULL)
        rc = RC_LIMIT;
    if (rc == RC_OK && !run->is_taken) {
        run->was_ours = row.is_ours;
        run->last_fence = row.fence;
        rc = mailing_take(s->db, &r->id, &s->o.holder, s->o.clock(), &fence);
    }
    if (rc == RC_OK)
        run->campaign = r->campaign;
    if (rc == RC_OK && !run->is_taken) {
        run->fence = fence;
        run->is_taken = true;
        run->is_settled = false;
    }
    if (rc == RC_OK && !sending_say(s, &(struct mailer_frame){
                                           .kind = MAILER_UNLOCK,
                                           .unlock = {.run = {r->id.campaign_id, r->id.run_no},
                                                      .campaign = r->campaign,
                                                      .key_object = row.key_object,
                                                      .key_day = row.key_day,
                                                      .key_sealed = row.key_sealed,
                                                      .handover = {(const char *)r->handover.bytes, HANDOVER_LEN}}}))
        rc = RC_DENIED;
    if (rc != RC_OK) {
        sending_answer(s, r, rc);
        return;
    }
    s->unlocking = r;
    s->unlocking_until_us = sending_boot_us() + SENDING_PATIENCE_US;
}

static void take_requests(struct sending *s)
{
    struct request *r;

    for (;;) {
        (void)pthread_mutex_lock(&s->lock);
        r = s->unlocking == NULL ? s->requests : NULL;
        if (r)
            s->requests = r->next;
        (void)pthread_mutex_unlock(&s->lock);
        if (r == NULL)
            return;
        if (s->pair == 0 || !s->can_send)
            sending_answer(s, r, RC_DENIED);
        else if (r->kind == REQUEST_START)
            sending_freeze_begin(s, r);
        else
            begin_unlock(s, r);
    }
}

static void lose_patience(struct sending *s)
{
    if (s->unlocking == NULL || sending_boot_us() < s->unlocking_until_us)
        return;
    if (s->freeze.state == FREEZE_UNLOCKING) {
        sending_freeze_abort(s, RC_DENIED, "the mailer did not answer");
        return;
    }
    sending_answer(s, s->unlocking, RC_DENIED);
    s->unlocking = NULL;
}

static enum rc ask(struct sending *s, struct request *r)
{
    struct request **last = &s->requests;

    (void)pthread_mutex_lock(&s->lock);
    while (*last)
        last = &(*last)->next;
    if (s->is_stopping)
        r->is_done = true;
    else
        *last = r;
    (void)pthread_cond_signal(&s->wake);
    while (!r->is_done)
        (void)pthread_cond_wait(&s->answered, &s->lock);
    (void)pthread_mutex_unlock(&s->lock);
    return r->rc;
}

enum rc sending_start(struct sending *s, const struct sending_order *order, int64_t *run_no_out)
{
    struct request r = {.kind = REQUEST_START, .order = order, .rc = RC_DENIED};
    enum rc rc = ask(s, &r);

    *run_no_out = r.id.run_no;
    return rc;
}

enum rc sending_unlock(struct sending *s, const struct mailing_id *id, const struct seal_campaign *campaign,
                       const struct handover *handover)
{
    struct request r = {
        .kind = REQUEST_UNLOCK, .id = *id, .campaign = *campaign, .handover = *handover, .rc = RC_DENIED};

    return ask(s, &r);
}

/* ---- the turn ---- */

/* Told from the clock since boot, which nobody can set: what waits for a time that is a day off would wait for a day. */
static void mind_the_clock(struct sending *s)
{
    struct instant now = s->o.clock();
    int64_t offset = now.us - sending_boot_us();

    if (s->clock_offset && offset < s->clock_offset - 60 * SENDING_SECOND_US) {
        LOG_HOUSE("sending.clock_put_back", KV_INT("seconds", (s->clock_offset - offset) / SENDING_SECOND_US));
        for (size_t i = 0; i < s->run_count; i++) {
            if (s->runs[i]->is_taken && mailing_mend_times(s->db, &s->runs[i]->id, now) != RC_OK)
                return; /* once more in the next turn */
            s->runs[i]->next_at.us = 0;
        }
    }
    s->clock_offset = offset;
}

/* Now and then, and then step by step: traces of those who were deleted. */
static void forget_some(struct sending *s)
{
    int64_t now = sending_boot_us();

    if (!s->forgets_more && now < s->forgot_us + 30 * SENDING_SECOND_US)
        return;
    s->forgot_us = now;
    if (mailing_forgetting_step(s->forgetting, s->db, &s->forgets_more) != RC_OK)
        s->forgets_more = false;
}

int64_t sending_turn(struct sending *s)
{
    struct arena *inbox;
    bool is_nudged;
    int64_t us;

    (void)pthread_mutex_lock(&s->lock);
    inbox = s->inbox;
    s->inbox = s->outbox;
    s->outbox = inbox;
    s->reading.items = s->heard.items;
    s->reading.count = s->heard.count;
    memset(&s->heard, 0, sizeof s->heard);
    is_nudged = s->is_nudged;
    s->is_nudged = false;
    (void)pthread_mutex_unlock(&s->lock);
    arena_reset(s->turn);
    mind_the_clock(s);
    hear_all(s);
    memset(&s->reading, 0, sizeof s->reading);
    arena_reset(s->outbox);
    s->is_busy = false;
    for (size_t i = 0; is_nudged && i < s->run_count; i++)
        s->runs[i]->next_at.us = 0;
    s->takes_any = is_nudged;
    if (is_nudged)
        s->looked_us = 0;
    take_requests(s);
    lose_patience(s);
    sending_look(s);
    sending_freeze_turn(s);
    sending_work(s);
    forget_some(s);
    us = s->is_busy || s->forgets_more ? 0 : sending_next_us(s);
    return us / 1000 >= TURN_MOST_MS ? TURN_MOST_MS : us / 1000 < TURN_LEAST_MS ? TURN_LEAST_MS : us / 1000;
}

static void *run_thread(void *arg)
{
    struct sending *s = arg;

    (void)pthread_mutex_lock(&s->lock);
    while (!s->is_stopping) {
        struct timespec until;
        int64_t ms;
        int woke = 0;

        (void)pthread_mutex_unlock(&s->lock);
        ms = sending_turn(s);
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += ms % 1000 * 1000000;
        until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        (void)pthread_mutex_lock(&s->lock);
        while (!s->is_stopping && !s->is_nudged && s->heard.count == 0 && s->requests == NULL && woke == 0)
            woke = pthread_cond_timedwait(&s->wake, &s->lock, &until);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

void sending_nudge(struct sending *s)
{
    (void)pthread_mutex_lock(&s->lock);
    s->is_nudged = true;
    (void)pthread_cond_signal(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
}

/* ---- opening and closing ---- */

enum rc sending_open(const struct sending_options *options, struct sending **sending_out)
{
    struct sending *s = calloc(1, sizeof *s);
    pthread_condattr_t attr;
    enum rc rc;

    CHECK(s != NULL);
    *sending_out = s;
    s->o = *options;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&s->wake, &attr);
    (void)pthread_cond_init(&s->answered, &attr);
    (void)pthread_condattr_destroy(&attr);
    s->inbox = arena_open(INBOX_MEMORY);
    s->outbox = arena_open(INBOX_MEMORY);
    s->turn = arena_open(SENDING_TURN_MEMORY);
    s->forgetting = mailing_forgetting_open();
    rc = db_reader_open(s->o.store, &s->db);
    if (rc == RC_OK && !db_is_postgres(s->o.store))
        rc = mailing_free_all(s->db);
    if (rc == RC_OK && !s->o.keeps_keys)
        rc = mailing_keep_none(s->db);
    if (rc == RC_OK && !s->o.has_no_thread) {
        s->has_thread = pthread_create(&s->thread, NULL, run_thread, s) == 0;
        rc = s->has_thread ? RC_OK : RC_IO;
    }
    if (rc != RC_OK)
        sending_close(sending_out);
    return rc;
}

void sending_stop(struct sending *s)
{
    struct request *r;

    if (s == NULL)
        return;
    (void)pthread_mutex_lock(&s->lock);
    s->is_stopping = true;
    (void)pthread_cond_signal(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
    if (s->has_thread)
        (void)pthread_join(s->thread, NULL);
    s->has_thread = false;
    sending_answer(s, s->unlocking, RC_DENIED);
    s->unlocking = NULL;
    while ((r = s->requests) != NULL) {
        s->requests = r->next; /* it is gone once it is answered */
        sending_answer(s, r, RC_DENIED);
    }
}

void sending_close(struct sending **sending)
{
    struct sending *s = *sending;

    *sending = NULL;
    if (s == NULL)
        return;
    sending_stop(s);
    for (size_t i = 0; i < s->run_count; i++) {
        if (s->runs[i]->is_taken && sending_in_hand(s->runs[i]) == 0 &&
            mailing_let_go(s->db, &s->runs[i]->id, s->runs[i]->fence) != RC_OK)
            LOG_HOUSE_FAULT("sending.not_let_go", KV_INT("run", s->runs[i]->id.run_no));
        free(s->runs[i]);
    }
    arena_close(&s->freeze.arena);
    arena_close(&s->freeze.reading);
    arena_close(&s->freeze.writing);
    free(s->freeze.had);
    mailing_forgetting_close(&s->forgetting);
    if (s->db)
        db_reader_close(&s->db);
    arena_close(&s->inbox);
    arena_close(&s->outbox);
    arena_close(&s->turn);
    (void)pthread_cond_destroy(&s->wake);
    (void)pthread_cond_destroy(&s->answered);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

/* ---- what it says of itself ---- */

void sending_status(struct sending *s, struct sending_status *status_out)
{
    (void)pthread_mutex_lock(&s->lock);
    *status_out = s->status;
    (void)pthread_mutex_unlock(&s->lock);
}

const struct mailing_holder *sending_holder(const struct sending *s)
{
    return &s->o.holder;
}

bool sending_has_key(struct sending *s, const struct mailing_id *id)
{
    bool has_key;

    (void)pthread_mutex_lock(&s->lock);
    has_key = s->status.pair && run_set_has(&s->keys, id);
    (void)pthread_mutex_unlock(&s->lock);
    return has_key;
}

bool sending_fault(struct sending *s, const struct mailing_id *id, char text_out[SENDING_FAULT_LEN])
{
    bool is_found = false;

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < FAULTS_KEPT; i++)
        if (s->faults[i].text[0] && mailing_id_eq(&s->faults[i].id, id)) {
            memcpy(text_out, s->faults[i].text, sizeof s->faults[i].text);
            is_found = true;
        }
    (void)pthread_mutex_unlock(&s->lock);
    return is_found;
}
