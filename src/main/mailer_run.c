/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Runs as the mailer knows them: a key each, what they say, the batches of people that core handed over, and the results
 * that go back. A key outlives the pair with core; everything else ends with it.
 *
 * Invariant: each person of a batch gets exactly one result, and the batch is freed with the last of them.
 */
#include "main/mailer_impl.h"

#include "http/log.h"
#include "mail/address.h"
#include "mail/letter_wire.h"
#include "seal/secret.h"

#include <stdlib.h>
#include <string.h>

enum {
    RESULTS_WAIT_MS = 50,
    SIGN_AGAIN_MS = 1000,
    WAITING_MOST = 32 * MAILER_BATCH_MOST, /* people: more than core ever hands over */
    LETTER_ROOM_FIRST = 64 * 1024,
    SEND_MEMORY = 1024 * 1024,
    LETTERS_MEMORY = 512 * 1024 * 1024, /* of the largest that a frame can hold; a usual one takes one */
};

static bool is_run(const struct mailer_run *a, const struct mailer_run *b)
{
    return a->campaign_id == b->campaign_id && a->run_no == b->run_no;
}

/* ---- keys ---- */

void runs_hello(const struct mailer *m, struct mailer_hello *hello)
{
    for (size_t i = 0; i < COUNT(m->runs); i++)
        if (m->runs[i])
            hello->runs[hello->run_count++] = m->runs[i]->id;
}

static struct run **place_of(struct mailer *m, const struct mailer_run *id)
{
    struct run **empty = NULL;

    for (size_t i = 0; i < COUNT(m->runs); i++) {
        if (m->runs[i] && is_run(&m->runs[i]->id, id))
            return &m->runs[i];
        if (m->runs[i] == NULL)
            empty = &m->runs[i];
    }
    return empty;
}

bool runs_have_room(struct mailer *m, const struct mailer_run *id)
{
    return place_of(m, id) != NULL;
}

struct run *runs_keep(struct mailer *m, const struct mailer_run *id, struct run_key *key)
{
    struct run **place = place_of(m, id);
    struct run *run = calloc(1, sizeof *run);

    CHECK(place != NULL && run != NULL);
    run_drop(place);
    *run = (struct run){.refs = 1, .id = *id, .key = key};
    *place = run;
    return run;
}

struct run *runs_find(struct mailer *m, const struct mailer_run *id)
{
    struct run **place = place_of(m, id);

    return place ? *place : NULL;
}

void run_drop(struct run **run)
{
    struct run *r = *run;

    *run = NULL;
    if (r == NULL || --r->refs > 0)
        return;
    letters_drop(&r->letters);
    run_key_close(&r->key);
    free(r);
}

void runs_close(struct mailer *m)
{
    for (size_t i = 0; i < COUNT(m->runs); i++)
        run_drop(&m->runs[i]);
}

void on_forget(struct mailer *m, const struct mailer_run *id)
{
    struct run **place = place_of(m, id);

    if (place == NULL || *place == NULL)
        return;
    freeze_drop(m, *place);
    out_give_back(m, *place);
    run_drop(place);
}

/* ---- what they say ---- */

void letters_drop(struct letters **letters)
{
    struct letters *l = *letters;

    *letters = NULL;
    if (l == NULL || --l->refs > 0)
        return;
    signing_drop(&l->signing);
    arena_close(&l->arena);
    free(l);
}

void runs_forget_letters(struct mailer *m)
{
    for (size_t i = 0; i < COUNT(m->runs); i++)
        if (m->runs[i])
            letters_drop(&m->runs[i]->letters);
}

static enum rc compile(struct letters *l, const struct mailer_letters *said)
{
    enum rc rc = RC_OK;

    l->messages = ARENA_ARRAY(l->arena, const struct mail_message *, said->count);
    l->from = ARENA_ARRAY(l->arena, struct span, said->count);
    l->room = ARENA_ARRAY(l->arena, size_t, said->count);
    for (size_t i = 0; i < said->count && rc == RC_OK; i++) {
        struct mail_letter letter;

        l->room[i] = LETTER_ROOM_FIRST;
        if (!mail_letter_read(l->arena, said->letters[i], &letter))
            return RC_INVALID;
        l->from[i] = arena_dup(l->arena, letter.from);
        rc = mail_compile(l->arena, &letter, &l->messages[i]);
    }
    l->count = said->count;
    return rc;
}

void on_letters(struct mailer *m, const struct mailer_letters *said)
{
    struct run *run = runs_find(m, &said->run);
    struct letters *l;

    if (run == NULL)
        return;
    l = calloc(1, sizeof *l);
    CHECK(l != NULL);
    l->refs = 1;
    l->arena = arena_open(LETTERS_MEMORY);
    l->rc = compile(l, said);
    l->signing = signing_take(m, said->domain, 0);
    if (l->rc != RC_OK)
        LOG_HOUSE_FAULT("mailer.letters_refused", KV_INT("campaign", run->id.campaign_id),
                        KV_INT("run", run->id.run_no), KV_RC(l->rc));
    letters_drop(&run->letters);
    run->letters = l;
}

/* ---- results ---- */

void results_flush(struct mailer *m)
{
    struct results *r = &m->results;
    struct mailer_frame frame = {
        .kind = MAILER_RESULTS,
        .results = {.run = r->run, .fence = r->fence, .count = r->count, .results = r->items},
    };

    if (r->count)
        CHECK(peer_send(m, &frame) == RC_OK);
    r->count = 0;
}

int64_t results_due_ms(const struct mailer *m)
{
    return m->results.count ? m->results.since_ms + RESULTS_WAIT_MS : 0;
}

static void results_add(struct mailer *m, const struct mailer_run *run, int64_t fence,
                        const struct mailer_result *result)
{
    struct results *r = &m->results;

    if (r->count && (!is_run(&r->run, run) || r->fence != fence))
        results_flush(m);
    if (r->count == 0) {
        r->run = *run;
        r->fence = fence;
        r->since_ms = mailer_now_ms();
    }
    r->items[r->count++] = *result;
    if (r->count == COUNT(r->items))
        results_flush(m);
}

/* ---- those who are to be written to ---- */

static void send_free(struct mailer *m, struct send *send)
{
    struct send **at = &m->sends;
    struct arena *a = send->arena; /* in which it lies */

    while (*at != send)
        at = &(*at)->next;
    *at = send->next;
    if (m->sends_end == &send->next)
        m->sends_end = at;
    run_drop(&send->run);
    letters_drop(&send->letters);
    arena_close(&a);
}

void send_result(struct mailer *m, struct send *send, size_t person, enum mail_outcome outcome, int code,
                 enum mail_class why)
{
    const struct mailer_person *p = &send->people[person];
    struct mailer_result result = {
        .person_no = p->person_no, .attempt = p->attempt, .outcome = outcome, .code = code, .why = why};

    results_add(m, &send->run->id, send->fence, &result);
    if (--send->open == 0)
        send_free(m, send);
}

/* The administrator may have brought the key by now. */
static void sign_again(struct mailer *m, struct letters *l)
{
    struct signing *again;

    if (l->signing->rc == RC_OK)
        return;
    again = signing_take(m, l->signing->domain, SIGN_AGAIN_MS);
    signing_drop(&l->signing);
    l->signing = again;
}

/* Of people whom we cannot even begin with. */
static void all_unsent(struct mailer *m, const struct mailer_send *said)
{
    for (size_t i = 0; i < said->count; i++) {
        struct mailer_result result = {
            .person_no = said->people[i].person_no, .attempt = said->people[i].attempt, .outcome = MAIL_UNSENT};

        results_add(m, &said->run, said->fence, &result);
    }
}

void on_send(struct mailer *m, const struct mailer_send *said)
{
    struct run *run = runs_find(m, &said->run);
    struct arena *a;
    struct send *send;
    struct mailer_person *people;

    if (run == NULL || run->letters == NULL || m->is_stopping || m->smtp == NULL || said->count == 0 ||
        m->waiting + said->count > WAITING_MOST) {
        all_unsent(m, said);
        return;
    }
    sign_again(m, run->letters);
    a = arena_open(SEND_MEMORY);
    send = ARENA_NEW(a, struct send);
    people = ARENA_ARRAY(a, struct mailer_person, said->count);
    for (size_t i = 0; i < said->count; i++) {
        people[i] = said->people[i];
        people[i].address =
            arena_dup(a, span_sub(said->people[i].address, 0, RUN_SEALED_MOST + 1)); /* longer is none */
    }
    *send = (struct send){
        .run = run,
        .letters = run->letters,
        .fence = said->fence,
        .until_ms = said->until_ms,
        .open = said->count,
        .count = said->count,
        .people = people,
        .arena = a,
    };
    run->refs++;
    run->letters->refs++;
    *m->sends_end = send;
    m->sends_end = &send->next;
    m->waiting += said->count;
}

void on_break(struct mailer *m, const struct mailer_run *id)
{
    struct run *run = runs_find(m, id);

    if (run == NULL)
        return;
    freeze_drop(m, run);
    out_give_back(m, run);
}

void on_reset(struct mailer *m)
{
    if (m->sends) {
        LOG_HOUSE_FAULT("mailer.reset_too_early", KV_INT("waiting", m->waiting));
        return;
    }
    if (journal_reset(m->journal) != RC_OK)
        LOG_HOUSE_FAULT("mailer.journal_not_reset", KV_RC(RC_IO));
}
