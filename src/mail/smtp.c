/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See smtp.h. The house that the connections live in: jobs that wait for one, when one is opened, and what the host as a
 * whole does.
 *
 * Connections come and go inside a turn; only `staff()` opens them, after all events were heard, so that an event never
 * reaches another connection than it was of. What a caller adds in a callback is queued and no more.
 */
#define _GNU_SOURCE
#include "mail/smtp_impl.h"

#include "seal/secret.h"

#include <openssl/rand.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    EVENTS = 64,
    PAUSE_AWAY_MS = 1000,
    PAUSE_REFUSED_MS = 60 * 1000, /* a wrong password, tried often, locks an account */
    PAUSE_MOST_MS = 10 * 60 * 1000,
    KNOWN_MS = 5 * 60 * 1000, /* how long an address is believed */
};

/* ---- jobs ---- */

void smtp_is_done(struct smtp *s, struct smtp_work *work, enum mail_outcome outcome, const struct mail_reply *reply,
                  enum mail_class why)
{
    struct smtp_done done = {.id = work->id, .outcome = outcome, .why = why, .code = reply ? reply->code : 0};

    secret_wipe(work->to, work->to_n);
    work->next = s->free;
    s->free = work;
    s->under_way--;
    s->options.done(s->options.ctx, &done);
}

struct smtp_work *smtp_take(struct smtp *s)
{
    struct smtp_work *work = s->queue;

    if (work == NULL)
        return NULL;
    s->queue = work->next;
    if (s->queue == NULL)
        s->queue_end = &s->queue;
    s->queued--;
    return work;
}

/* The caller may add others meanwhile: those stay. */
static void give_back_queue(struct smtp *s)
{
    size_t count = s->queued;

    for (size_t i = 0; i < count; i++)
        smtp_is_done(s, smtp_take(s), MAIL_UNSENT, NULL, MAIL_CLASS_NONE);
}

/* FNV-1a: who is told apart here chose no address to collide with another's. */
static uint64_t hash_of(struct span s)
{
    uint64_t hash = 14695981039346656037U;

    for (size_t i = 0; i < s.n; i++)
        hash = (hash ^ (unsigned char)s.p[i]) * 1099511628211U;
    return hash ? hash : 1;
}

void smtp_strike(struct smtp *s, struct smtp_work *work, const struct mail_reply *reply)
{
    uint64_t hash = hash_of((struct span){work->to, work->to_n});

    for (size_t i = 0; i < SMTP_STRUCK; i++) {
        if (s->struck[i] == hash) {
            s->struck[i] = 0;
            smtp_is_done(s, work, MAIL_DEFERRED, reply, MAIL_CLASS_BUSY);
            return;
        }
    }
    s->struck[s->struck_at++ % SMTP_STRUCK] = hash;
    smtp_is_done(s, work, MAIL_UNSENT, reply, MAIL_CLASS_NONE);
}

static bool is_line_ends(struct span message)
{
    const char *p = message.p;
    const char *end = p + message.n;
    const char *lf;
    size_t lines = 0;
    size_t returns = 0;

    if (message.n < 2 || p[0] == '.' || end[-1] != '\n')
        return false;
    while (p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        if (lf == message.p || lf[-1] != '\r' || (lf + 1 < end && lf[1] == '.'))
            return false;
        lines++;
        p = lf + 1;
    }
    for (p = message.p; p < end && (p = memchr(p, '\r', (size_t)(end - p))) != NULL; p++)
        returns++;
    return returns == lines; /* each LF has its CR, so there is none alone */
}

void smtp_add(struct smtp *smtp, const struct smtp_job *job)
{
    struct smtp_work *work = smtp->free;

    CHECK(work != NULL && smtp_room(smtp) > 0);
    CHECK(job->from.n == 0 || mail_address_is_plain(job->from));
    CHECK(mail_address_is_plain(job->to));
    CHECK(job->from.n <= sizeof work->from && job->to.n <= sizeof work->to);
    CHECK(is_line_ends(job->message));
    smtp->free = work->next;
    work->next = NULL;
    work->id = job->id;
    work->message = job->message;
    work->from_n = job->from.n;
    work->to_n = job->to.n;
    if (job->from.n)
        memcpy(work->from, job->from.p, job->from.n);
    memcpy(work->to, job->to.p, job->to.n);
    *smtp->queue_end = work;
    smtp->queue_end = &work->next;
    smtp->queued++;
    smtp->under_way++;
    smtp->is_stirred = true;
}

/* ---- the host ---- */

static bool is_out_of_reach(const struct smtp *s)
{
    return s->state == SMTP_AWAY || s->state == SMTP_REFUSED;
}

static void set_state(struct smtp *s, enum smtp_state state, int code)
{
    if (s->state == state)
        return;
    s->state = state;
    if (s->options.state)
        s->options.state(s->options.ctx, state, code);
}

static unsigned count_stage(const struct smtp *s, enum smtp_stage from, enum smtp_stage to)
{
    unsigned count = 0;

    for (unsigned i = 0; i < s->options.connections; i++)
        count += s->conns[i].stage >= from && s->conns[i].stage <= to;
    return count;
}

static int64_t next_pause(const struct smtp *s, enum smtp_state state)
{
    int64_t first = state == SMTP_REFUSED ? PAUSE_REFUSED_MS : PAUSE_AWAY_MS;
    int64_t pause = s->pause_ms ? s->pause_ms * 2 : first;

    if (pause < first)
        pause = first;
    return pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS;
}

/* So that many servers do not come back to one host in the same moment. */
static int64_t shortened(int64_t pause)
{
    uint16_t dice = 0;

    (void)RAND_bytes((unsigned char *)&dice, sizeof dice);
    return pause - pause / 4 * dice / UINT16_MAX;
}

void smtp_trouble(struct smtp *s, enum smtp_state state, int code, bool is_of_address)
{
    unsigned ready = count_stage(s, STAGE_READY, STAGE_READY);

    s->is_proven = false;
    s->liked = ready;
    if (is_of_address) {
        s->address_at++;
        s->is_stirred = true;
        if (s->address_left > 1) {
            s->address_left--; /* it has another, which is tried at once */
            return;
        }
    }
    s->address_left = s->address_count;
    if (s->now >= s->again_at) { /* else several came to nothing in one moment */
        s->pause_ms = next_pause(s, state);
        s->again_at = s->now + shortened(s->pause_ms);
    }
    if (count_stage(s, STAGE_CONNECTING, STAGE_LEAVING))
        return; /* there are others: more than it likes, say. Who is alone and fails says that it is away */
    set_state(s, state, code);
    give_back_queue(s);
}

void smtp_does_well(struct smtp *s)
{
    if (s->liked == 0)
        s->pause_ms = 0;
}

void smtp_is_ready(struct smtp *s)
{
    unsigned ready = count_stage(s, STAGE_READY, STAGE_READY);

    if (ready > s->liked)
        s->liked = s->now < s->again_at ? ready : 0; /* begun before the trouble, or one more after its pause */
    s->is_proven = true;
    s->address_left = s->address_count;
    if (is_out_of_reach(s))
        set_state(s, SMTP_WORKING, 0);
    s->is_stirred = true;
}

void smtp_names_are_known(struct smtp *s)
{
    s->is_asking = false;
    s->address_left = s->address_count;
    s->known_until = s->now + KNOWN_MS;
    if (s->address_count == 0 && !s->is_closing)
        smtp_trouble(s, SMTP_AWAY, SMTP_NO_NAME, false);
    s->is_stirred = true;
}

/* ---- connections ---- */

static void open_one(struct smtp *s)
{
    if (s->names && (s->address_count == 0 || s->now >= s->known_until)) {
        s->is_asking = true;
        smtp_names_ask(s);
        return;
    }
    for (unsigned i = 0; i < s->options.connections; i++) {
        if (s->conns[i].stage == STAGE_NONE) {
            smtp_conn_open(&s->conns[i], &s->addresses[s->address_at % s->address_count]);
            return;
        }
    }
}

/* One at a time until the first of them takes letters: a host that is away is not knocked at eight times. A pause is for a
 * host that is away, and for more connections than one that is not seems to like. */
static bool wants_another(const struct smtp *s)
{
    unsigned all = count_stage(s, STAGE_CONNECTING, STAGE_LEAVING);
    unsigned coming = count_stage(s, STAGE_CONNECTING, STAGE_HELLO);

    if (s->is_asking || all == s->options.connections)
        return false;
    if (is_out_of_reach(s))
        return s->now >= s->again_at && coming == 0;
    if (s->queued == 0 || (s->now < s->again_at && all >= (s->liked ? s->liked : 1)))
        return false;
    return s->is_proven ? s->queued > coming : coming == 0;
}

static void staff(struct smtp *s)
{
    s->is_stirred = false;
    for (unsigned i = 0; i < s->options.connections && s->queued; i++)
        if (smtp_talk_is_free(&s->conns[i]))
            smtp_talk_letters(&s->conns[i]);
    while (!s->is_stirred && (s->queued || is_out_of_reach(s)) &&
           wants_another(s)) /* what came to something at once is seen to in the next turn */
        open_one(s);
}

static void see_to_deadlines(struct smtp *s)
{
    int64_t due = INT64_MAX;

    if (s->now < s->due)
        return;
    for (unsigned i = 0; i < s->options.connections; i++) {
        struct smtp_conn *c = &s->conns[i];

        if (c->stage != STAGE_NONE && s->now >= c->deadline)
            smtp_conn_late(c);
        if (c->stage != STAGE_NONE && c->deadline < due)
            due = c->deadline;
    }
    s->due = due;
}

static void settle(struct smtp *s)
{
    if (!is_out_of_reach(s))
        set_state(s, s->under_way || count_stage(s, STAGE_CONNECTING, STAGE_LEAVING) ? SMTP_WORKING : SMTP_IDLE, 0);
}

void smtp_turn(struct smtp *smtp)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(smtp->epoll, events, EVENTS, 0);

    smtp->now = smtp->options.clock_ms();
    for (int i = 0; i < count; i++) {
        uint64_t who = events[i].data.u64;

        if (who < smtp->options.connections)
            smtp_conn_event(&smtp->conns[who], events[i].events);
        else
            smtp_names_event(smtp, (int)(who - smtp->options.connections), events[i].events);
    }
    if (smtp->names)
        smtp_names_turn(smtp);
    see_to_deadlines(smtp);
    staff(smtp);
    settle(smtp);
}

/* ---- the caller ---- */

int smtp_fd(const struct smtp *smtp)
{
    return smtp->epoll;
}

int smtp_wait_ms(const struct smtp *smtp)
{
    int64_t now = smtp->options.clock_ms();
    int64_t at = smtp->due;
    int64_t names = smtp->names && smtp->is_asking ? smtp_names_wait_ms(smtp) : -1;
    int64_t wait;

    if (smtp->is_stirred)
        return 0;
    /* Against the last turn's clock: a moment that has passed since is yet to be seen to. */
    if (!smtp->is_asking && (smtp->queued || is_out_of_reach(smtp)) && smtp->again_at > smtp->now &&
        smtp->again_at < at)
        at = smtp->again_at;
    wait = at == INT64_MAX ? -1 : at - now;
    if (at != INT64_MAX && wait < 0)
        wait = 0;
    if (names >= 0 && (wait < 0 || names < wait))
        wait = names;
    return wait > INT32_MAX ? INT32_MAX : (int)wait;
}

size_t smtp_room(const struct smtp *smtp)
{
    size_t room = SMTP_JOBS_EACH * (size_t)smtp->options.connections;

    return smtp->is_closing || is_out_of_reach(smtp) || smtp->under_way >= room ? 0 : room - smtp->under_way;
}

size_t smtp_under_way(const struct smtp *smtp)
{
    return smtp->under_way;
}

/* What has not reached its last dot goes back; the connection is of no use to anybody then, unless a dot is out. */
static void withdraw_from(struct smtp_conn *c)
{
    struct smtp *s = c->smtp;
    struct smtp_work *next = c->next;
    struct smtp_work *current = c->is_dot_out ? NULL : c->current;

    if (next == NULL && current == NULL)
        return;
    c->next = NULL;
    c->is_ending = true;
    if (current)
        c->current = NULL;
    if (c->current == NULL)
        smtp_conn_drop(c);
    if (current)
        smtp_is_done(s, current, MAIL_UNSENT, NULL, MAIL_CLASS_NONE);
    if (next)
        smtp_is_done(s, next, MAIL_UNSENT, NULL, MAIL_CLASS_NONE);
}

void smtp_withdraw(struct smtp *smtp)
{
    give_back_queue(smtp);
    for (unsigned i = 0; i < smtp->options.connections; i++)
        if (smtp->conns[i].stage != STAGE_NONE)
            withdraw_from(&smtp->conns[i]);
}

void smtp_try_now(struct smtp *smtp)
{
    smtp->pause_ms = 0;
    smtp->again_at = 0;
    smtp->is_stirred = true;
}

void smtp_close(struct smtp **smtp)
{
    struct smtp *s = *smtp;

    if (s == NULL)
        return;
    s->is_closing = true;
    give_back_queue(s);
    for (unsigned i = 0; s->conns && i < s->options.connections; i++) {
        struct smtp_conn *c = &s->conns[i];

        if (smtp_talk_is_free(c))
            smtp_talk_quit(c);
        if (c->stage != STAGE_NONE)
            smtp_conn_drop(c);
    }
    smtp_names_close(s);
    smtp_tls_close(s);
    secret_free(s->secrets);
    if (s->epoll >= 0)
        (void)close(s->epoll);
    *smtp = NULL;
}
