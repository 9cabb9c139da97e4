/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * From a person to a signed letter, to the smart host, and what became of it. As many letters are made as the host takes
 * and the threads keep busy; the rest waits as core handed it over, under the run's key.
 *
 * Order matters: written down, then the last dot; the reply, written down, then told to core.
 */
#include "main/mailer_impl.h"

#include "http/log.h"
#include "seal/secret.h"

#include <stdlib.h>
#include <string.h>

enum {
    BYTES_MOST = 24 * 1024 * 1024, /* of letters that are made and not gone */
    ROOM_MOST = 64 * 1024 * 1024,  /* of one */
    JOURNAL_PAUSE_MS = 10000,
    NOTICE_ROOM = 16 * 1024,
    NOTICE_KEY_MS = 60000, /* for so long a key that was read for a notice is used for the next */
};

/* ---- letters ---- */

static void count_bytes(struct mailer *m, struct letter *l, size_t bytes)
{
    m->letter_bytes = m->letter_bytes - l->counted + bytes;
    l->counted = bytes;
}

/* Its address is in the envelope and in the bytes. */
static void letter_free(struct mailer *m, struct letter *l)
{
    count_bytes(m, l, 0);
    if (l->bytes)
        secret_wipe(l->bytes, l->len);
    free(l->bytes);
    signing_drop(&l->signing);
    secret_wipe(l, sizeof *l);
    free(l);
}

static void ready_add(struct mailer *m, struct letter *l)
{
    l->next = NULL;
    *m->ready_end = l;
    m->ready_end = &l->next;
    m->ready_count++;
}

/* `at` points to it. */
static struct letter *ready_take(struct mailer *m, struct letter **at)
{
    struct letter *l = *at;

    *at = l->next;
    if (m->ready_end == &l->next)
        m->ready_end = at;
    m->ready_count--;
    return l;
}

/* ---- making ---- */

enum rc letter_write(struct letter *l, const struct mail_message *message, const struct mail_person *person,
                     struct dkim *dkim, struct arena *scratch)
{
    for (;;) {
        struct buf out = {.p = malloc(l->room), .room = l->room, .cap = l->room};
        enum rc rc;

        CHECK(out.p != NULL);
        rc = mail_write(message, person, dkim, scratch, &out);
        l->bytes = out.p;
        l->len = out.n;
        if (rc != RC_LIMIT || l->room >= ROOM_MOST)
            return rc;
        secret_wipe(out.p, l->room); /* how much of it was written, nobody knows */
        free(out.p);
        l->bytes = NULL;
        l->room *= 2;
    }
}

/* On a thread of the pool. */
static void make(struct task *task, struct worker *w)
{
    struct letter *l = (struct letter *)task;
    const struct send *s = l->send;
    const struct mailer_person *p;
    const struct run_key *key;
    struct run_id id;

    if (l->notice) {
        notice_make(l, w);
        return;
    }
    p = &s->people[l->person];
    key = s->run->key;
    l->rc = run_address_open(key, p->person_no, p->address, l->to, &l->to_len);
    if (l->rc != RC_OK)
        return;
    id = run_id_make(key, p->person_no);
    l->rc = letter_write(l, s->letters->messages[p->letter_no],
                         &(struct mail_person){
                             .address = {l->to, l->to_len},
                             .token = {p->link.text, sizeof p->link.text},
                             .id = {id.text, sizeof id.text},
                             .when = p->first_at,
                         },
                         l->signing->keys[w->number], w->scratch);
}

/* May it still go out, as far as core is concerned? */
static bool is_wanted(const struct mailer *m, const struct send *s)
{
    return !s->is_broken && !m->is_stopping && mailer_boot_ms() < s->until_ms;
}

static void unsent(struct mailer *m, struct letter *l)
{
    send_result(m, l->send, l->person, MAIL_UNSENT, 0, MAIL_CLASS_NONE);
    letter_free(m, l);
}

/* One that cannot be made: the address is at fault, or the letter, or we are. */
static void not_made(struct mailer *m, struct letter *l)
{
    LOG_HOUSE_FAULT("mailer.letter_not_made", KV_RC(l->rc));
    if (l->notice)
        notice_done(m, l->notice, l->signing->rc == RC_OK ? MAIL_FAILED : MAIL_DEFERRED);
    else if (l->rc == RC_INVALID)
        send_result(m, l->send, l->person, MAIL_FAILED, 0, MAIL_CLASS_UNDELIVERABLE);
    else if (l->rc == RC_LIMIT)
        send_result(m, l->send, l->person, MAIL_FAILED, 0, MAIL_CLASS_TOO_LARGE);
    else
        send_result(m, l->send, l->person, MAIL_DEFERRED, 0, MAIL_CLASS_OTHER);
    letter_free(m, l);
}

static void made(struct mailer *m, struct task *task)
{
    struct letter *l = (struct letter *)task;
    size_t *room = l->notice ? NULL : &l->send->letters->room[l->send->people[l->person].letter_no];

    m->making_count--;
    count_bytes(m, l, l->room);
    if (room && l->room > *room)
        *room = l->room;
    if (l->rc != RC_OK)
        not_made(m, l);
    else if (l->send && l->send->is_broken)
        unsent(m, l);
    else
        ready_add(m, l);
}

static void begin(struct mailer *m, struct letter *l, size_t room, struct signing *signing)
{
    l->task = (struct task){.work = make, .done = made};
    l->room = room;
    l->signing = signing;
    count_bytes(m, l, room);
    m->making_count++;
    pool_add(m->pool, &l->task);
}

static struct letter *letter_new(void)
{
    struct letter *l = calloc(1, sizeof *l);

    CHECK(l != NULL);
    return l;
}

static void begin_notice(struct mailer *m, struct notice *notice)
{
    struct letter *l = letter_new();

    l->notice = notice;
    l->when = mailer_clock(m);
    begin(m, l, NOTICE_ROOM, signing_take(m, notice_domain(notice), NOTICE_KEY_MS));
}

/* The next of a batch that has one: letters that cannot be used put everybody off, whom we cannot name is not ours. */
static void begin_person(struct mailer *m, struct send *s)
{
    size_t person = s->next_person++;
    const struct mailer_person *p = &s->people[person];
    struct letters *letters = s->letters;
    struct letter *l;

    m->waiting--;
    if (!is_wanted(m, s)) {
        send_result(m, s, person, MAIL_UNSENT, 0, MAIL_CLASS_NONE);
    } else if (letters->rc != RC_OK || letters->signing->rc != RC_OK || p->letter_no < 0 ||
               (size_t)p->letter_no >= letters->count) {
        send_result(m, s, person, MAIL_DEFERRED, 0, MAIL_CLASS_OTHER);
    } else {
        l = letter_new();
        l->send = s;
        l->person = person;
        letters->signing->refs++;
        begin(m, l, letters->room[p->letter_no], letters->signing);
    }
}

static struct send *next_send(const struct mailer *m)
{
    struct send *s = m->sends;

    while (s && s->next_person == s->count)
        s = s->next;
    return s;
}

static bool has_room(const struct mailer *m)
{
    size_t letters = m->making_count + m->ready_count;

    return letters < m->letters_most && (letters == 0 || m->letter_bytes < BYTES_MOST);
}

static void make_more(struct mailer *m)
{
    struct notice *notice;
    struct send *s;

    while (has_room(m) && (notice = notice_next(m)))
        begin_notice(m, notice);
    while (has_room(m) && (s = next_send(m)))
        begin_person(m, s);
}

/* ---- giving ---- */

/* A notice goes before letters that wait. */
static struct letter **first_ready(struct mailer *m)
{
    for (struct letter **at = &m->ready; *at; at = &(*at)->next)
        if ((*at)->notice)
            return at;
    return m->ready ? &m->ready : NULL;
}

static struct span sender_of(const struct letter *l)
{
    if (l->notice)
        return (struct span){l->from, l->from_len};
    CHECK(l->send != NULL);
    return l->send->letters->from[l->send->people[l->person].letter_no];
}

static void give(struct mailer *m, struct letter *l)
{
    if (l->send && !is_wanted(m, l->send)) {
        unsent(m, l);
        return;
    }
    m->given_count++;
    smtp_add(m->smtp, &(struct smtp_job){
                          .id = (uint64_t)(uintptr_t)l,
                          .from = sender_of(l),
                          .to = {l->to, l->to_len},
                          .message = {l->bytes, l->len},
                      });
}

/* Nothing new goes out while a pair waits for its greeting, which says that nothing is under way. */
static bool may_give(const struct mailer *m)
{
    return m->smtp && !m->is_stopping && (m->peer.fd < 0 || m->peer.is_up);
}

/* While the disk does not take the journal, only notices go out. */
static bool is_journal_fine(struct mailer *m)
{
    if (m->journal_again_ms && mailer_now_ms() >= m->journal_again_ms)
        m->journal_again_ms = 0;
    return m->journal_again_ms == 0;
}

void out_turn(struct mailer *m)
{
    bool is_fine = is_journal_fine(m);
    struct letter **at;

    if (!may_give(m))
        return;
    make_more(m);
    while (smtp_room(m->smtp) && (at = first_ready(m)) && ((*at)->notice || is_fine)) {
        give(m, ready_take(m, at));
        make_more(m);
    }
}

/* ---- at the last dot, and after ---- */

static struct journal_letter journal_letter(const struct letter *l)
{
    const struct send *s = l->send;

    return (struct journal_letter){
        .campaign_id = s->run->id.campaign_id,
        .run_no = s->run->id.run_no,
        .person_no = s->people[l->person].person_no,
        .fence = s->fence,
        .attempt = s->people[l->person].attempt,
    };
}

bool out_before_dot(void *ctx, uint64_t id)
{
    struct mailer *m = ctx;
    struct letter *l = (struct letter *)(uintptr_t)id;
    struct journal_letter letter;
    enum rc rc;

    if (l->notice)
        return true;
    if (!is_wanted(m, l->send)) {
        l->is_refused = true;
        return false;
    }
    letter = journal_letter(l);
    rc = journal_intend(m->journal, &letter);
    l->is_written_down = rc == RC_OK;
    if (rc == RC_OK)
        return true;
    LOG_HOUSE_FAULT("mailer.no_intent", KV_RC(rc));
    l->is_refused = rc != RC_IO; /* the journal has to begin anew: core can do that once it has everybody back */
    if (rc == RC_IO)
        m->journal_again_ms = mailer_now_ms() + JOURNAL_PAUSE_MS;
    return false;
}

void out_done(void *ctx, const struct smtp_done *done)
{
    struct mailer *m = ctx;
    struct letter *l = (struct letter *)(uintptr_t)done->id;

    m->given_count--;
    if (l->notice) {
        notice_done(m, l->notice, done->outcome);
        letter_free(m, l);
        return;
    }
    if (l->is_written_down && done->outcome != MAIL_IN_DOUBT) {
        struct journal_letter letter = journal_letter(l);

        if (journal_outcome(m->journal, &letter, done->outcome, done->code, done->why) != RC_OK)
            LOG_HOUSE_FAULT("mailer.outcome_not_written", KV_INT("outcome", done->outcome));
    }
    if (done->outcome == MAIL_UNSENT && !l->is_refused && is_wanted(m, l->send)) {
        l->is_written_down = false; /* the host hung up, or is away: its turn comes again */
        ready_add(m, l);
        return;
    }
    send_result(m, l->send, l->person, done->outcome, done->code, done->why);
    letter_free(m, l);
}

/* ---- giving back ---- */

/* Those who have no letter yet. A batch may end with the last of them. */
static void give_back_rest(struct mailer *m)
{
    struct send *next;

    for (struct send *s = m->sends; s; s = next) {
        size_t rest = s->is_broken ? s->count - s->next_person : 0;

        next = s->next;
        m->waiting -= rest;
        for (; rest; rest--)
            send_result(m, s, s->next_person++, MAIL_UNSENT, 0, MAIL_CLASS_NONE);
    }
}

static void give_back_ready(struct mailer *m)
{
    struct letter **at = &m->ready;

    while (*at) {
        if ((*at)->send && !is_wanted(m, (*at)->send))
            unsent(m, ready_take(m, at));
        else
            at = &(*at)->next;
    }
}

void out_give_back(struct mailer *m, const struct run *run)
{
    for (struct send *s = m->sends; s; s = s->next)
        if (run == NULL || s->run == run)
            s->is_broken = true;
    give_back_ready(m);
    if (m->smtp && m->given_count)
        smtp_withdraw(m->smtp);
    give_back_rest(m);
    results_flush(m);
}

void out_close(struct mailer *m)
{
    CHECK(m->sends == NULL && m->making_count == 0 && m->given_count == 0);
    while (m->ready) {
        struct letter *l = ready_take(m, &m->ready);

        notice_done(m, l->notice, MAIL_UNSENT);
        letter_free(m, l);
    }
}

int64_t out_due_ms(const struct mailer *m)
{
    int64_t until = 0;

    for (const struct send *s = m->sends; s; s = s->next)
        if (!s->is_broken && (until == 0 || s->until_ms < until))
            until = s->until_ms;
    return until ? mailer_now_ms() + until - mailer_boot_ms() : 0;
}

void out_expire(struct mailer *m)
{
    int64_t now = mailer_boot_ms();
    bool is_any = false;

    for (struct send *s = m->sends; s; s = s->next)
        if (now >= s->until_ms && !s->is_broken)
            is_any = s->is_broken = true;
    if (is_any) {
        give_back_ready(m);
        give_back_rest(m);
    }
}
