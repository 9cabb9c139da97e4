/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * An unlock: the mailing secret comes in, opens or makes the key of a run, and goes. For a new run everybody streams
 * through first: threads unseal, and in the order in which people came it is decided who is one of the run.
 *
 * Two records are one person's when their addresses are the same mailbox: the domain as IDNA writes it, and what stands
 * before the @ in lower case. Nothing else is taken for the same: "ana+work@" or "a.na@" may be somebody else's, and two
 * letters to one are better than none to the other.
 *
 * The secret lives from the hand-over to the last record unsealed, in locked memory; nothing here is written anywhere. A core
 * that falls silent in between does not keep it alive: after a minute it is wiped, and core is told.
 */
#include "main/mailer_impl.h"

#include "http/log.h"
#include "main/mailer_wishes.h"
#include "model/subscriber.h"
#include "seal/secret.h"
#include "seal/short_hash.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_MEMORY = 4 * 1024 * 1024, UNLOCK_MEMORY = 64 * 1024, BATCHES_AHEAD = 2, PATIENCE_MS = 60 * 1000 };

/* A record as a thread left it. */
struct opened {
    enum mailer_verdict verdict; /* 0: it has an address */
    uint64_t hash;
    uint64_t site_hash;
    size_t len;
    char address[MAIL_ADDRESS_MOST];
};

struct batch {
    struct task task; /* the first */
    struct batch *next;
    const struct freeze *freeze;
    bool is_done;
    struct arena *arena;
    const struct mailer_record *records;
    size_t count;
    struct opened opened[MAILER_BATCH_MOST];
};

struct freeze {
    struct run *run;
    struct seal_campaign campaign;
    struct mailing_secret *secret;
    struct short_hash_key *key;
    struct wishes *wishes;
    struct sites *sites;
    struct batch *batches; /* in the order in which they came */
    struct batch **batches_end;
    size_t batch_count;
    bool is_ended;    /* everybody came */
    int64_t heard_ms; /* core said something then, or was given something to answer to */
    int32_t taken;
    int64_t *doubles;
    size_t double_count;
    size_t double_room;
};

/* ---- unsealing, on a thread of the pool ---- */

/* Which mailbox it is. */
static uint64_t hash_mailbox(const struct short_hash_key *key, struct span address)
{
    char folded[MAIL_ADDRESS_MOST];
    uint64_t hash;

    for (size_t i = 0; i < address.n; i++)
        folded[i] = address.p[i] >= 'A' && address.p[i] <= 'Z' ? (char)(address.p[i] + 'a' - 'A') : address.p[i];
    hash = short_hash(key, (struct span){folded, address.n});
    secret_wipe(folded, sizeof folded);
    return hash;
}

static void open_record(const struct freeze *f, const struct mailer_record *r, struct arena *scratch,
                        struct seal_room *room, struct opened *o)
{
    struct seal_head head = {.kind = SEAL_SUBSCRIBER, .campaign = f->campaign, .object = r->object, .day = r->day};
    struct subscriber subscriber;
    struct span payload;
    struct span address;

    o->verdict = MAILER_DAMAGED;
    if (seal_open_mailing(f->secret, &head, r->sealed, room, &payload) != RC_OK ||
        !subscriber_read(payload, &subscriber))
        return;
    o->verdict = MAILER_UNDELIVERABLE;
    if (mail_address(scratch, subscriber.address, &address) != RC_OK)
        return;
    o->verdict = 0;
    o->hash = hash_mailbox(f->key, address);
    o->site_hash = short_hash(f->key, mail_address_domain(address));
    o->len = address.n;
    memcpy(o->address, address.p, address.n);
}

static void open_batch(struct task *task, struct worker *w)
{
    struct batch *b = (struct batch *)task;
    struct seal_room *room = seal_room_open(); /* for this batch: the last record does not stay in it */

    for (size_t i = 0; i < b->count; i++) {
        open_record(b->freeze, &b->records[i], w->scratch, room, &b->opened[i]);
        arena_wipe(w->scratch);
    }
    seal_room_close(&room);
}

static void batch_done(struct mailer *m, struct task *task)
{
    (void)m;
    ((struct batch *)task)->is_done = true;
}

/* ---- who is one of the run ---- */

static void double_add(struct freeze *f, int32_t person)
{
    if (f->double_count == f->double_room) {
        f->double_room = f->double_room ? f->double_room * 2 : 256;
        f->doubles = realloc(f->doubles, f->double_room * sizeof *f->doubles);
        CHECK(f->doubles != NULL);
    }
    f->doubles[f->double_count++] = person;
}

/* The newest wish of an address wins, be it to get letters, others, or none. Who has the letter gets no second one by another
 * record, whatever that one wishes. */
static void judge(struct freeze *f, const struct mailer_record *r, const struct opened *o, struct mailer_frozen *out)
{
    bool is_wanted = r->is_wanted && !r->is_had;
    struct wish *place;
    int32_t site;

    out->verdict = is_wanted || o->verdict == MAILER_DAMAGED ? o->verdict : MAILER_NOT_WANTED;
    if (o->verdict)
        return;
    place = r->is_had ? wishes_end(f->wishes, o->hash) : wishes_note(f->wishes, o->hash, r->wish);
    if (place == NULL) {
        out->verdict = is_wanted ? MAILER_DOUBLE : MAILER_NOT_WANTED;
        return;
    }
    site = sites_number(f->sites, o->site_hash);
    if (place->person != WISHES_NOBODY) {
        double_add(f, place->person);
        sites_take(f->sites, site);
    }
    place->person = is_wanted ? f->taken++ : WISHES_NOBODY;
    if (!is_wanted)
        return;
    sites_add(f->sites, site, mail_address_domain((struct span){o->address, o->len}));
    out->verdict = MAILER_TAKEN;
    out->person_no = place->person;
    out->site_no = site;
}

static void batch_free(struct freeze *f, struct batch *b)
{
    f->batches = b->next;
    if (f->batches == NULL)
        f->batches_end = &f->batches;
    f->batch_count--;
    arena_close(&b->arena);
    secret_wipe(b->opened, sizeof b->opened);
    free(b);
}

/* The first batch goes back to core: verdicts, and addresses under the run's key. */
static void hand_on(struct mailer *m, struct freeze *f)
{
    struct batch *b = f->batches;
    struct mailer_frozen *items = ARENA_ARRAY(b->arena, struct mailer_frozen, b->count);
    unsigned char *sealed = arena_alloc(b->arena, b->count * RUN_SEALED_MOST);
    struct mailer_frame frame = {.kind = MAILER_FROZEN, .frozen = {.count = b->count, .items = items}};

    for (size_t i = 0; i < b->count; i++) {
        const struct opened *o = &b->opened[i];
        unsigned char *at = sealed + i * RUN_SEALED_MOST;

        judge(f, &b->records[i], o, &items[i]);
        if (items[i].verdict == MAILER_TAKEN)
            items[i].address = (struct span){(const char *)at, run_address_put(f->run->key, items[i].person_no,
                                                                               (struct span){o->address, o->len}, at)};
    }
    CHECK(peer_send(m, &frame) == RC_OK);
    f->heard_ms = mailer_now_ms();
    batch_free(f, b);
}

/* ---- its end ---- */

static void freeze_free(struct mailer *m, struct freeze **freeze)
{
    struct freeze *f = *freeze;

    *freeze = NULL;
    pool_finish(m->pool, m); /* its threads read the secret */
    while (f->batches)
        batch_free(f, f->batches);
    mailing_key_close(&f->secret);
    short_hash_key_close(&f->key);
    wishes_close(&f->wishes);
    sites_close(&f->sites);
    free(f->doubles);
    run_drop(&f->run);
    free(f);
    (void)malloc_trim(0); /* letters go out for hours now, and need none of it */
}

static size_t list_sites(const struct freeze *f, struct mailer_site *sites_out)
{
    size_t count = 0;

    for (int32_t number = 1; (size_t)number <= sites_count(f->sites); number++)
        if (sites_people(f->sites, number) > 0)
            sites_out[count++] = (struct mailer_site){
                .site_no = number, .people = sites_people(f->sites, number), .name = sites_name(f->sites, number)};
    return count;
}

/* Everybody came and was judged: what could open them goes first. */
static void finish(struct mailer *m)
{
    struct freeze *f = m->freeze;
    struct mailer_site *sites = calloc(sites_count(f->sites) + 1, sizeof *sites);
    struct mailer_frame frame = {
        .kind = MAILER_FROZEN_END,
        .frozen_end = {.run = f->run->id, .double_count = f->double_count, .doubles = f->doubles, .sites = sites},
    };
    enum rc rc;

    CHECK(sites != NULL);
    mailing_key_close(&f->secret);
    short_hash_key_close(&f->key);
    frame.frozen_end.site_count = list_sites(f, sites);
    rc = peer_send(m, &frame);
    if (rc == RC_LIMIT) { /* no names, then: they are for a report alone */
        for (size_t i = 0; i < frame.frozen_end.site_count; i++)
            sites[i].name = (struct span){0};
        rc = peer_send(m, &frame);
    }
    if (rc == RC_LIMIT) { /* a million doubles and more: core hears that it was too much */
        struct mailer_frame too_many = {.kind = MAILER_UNLOCKED, .unlocked = {.run = f->run->id, .rc = RC_LIMIT}};

        LOG_HOUSE_FAULT("mailer.freeze_too_large", KV_INT("doubles", f->double_count));
        CHECK(peer_send(m, &too_many) == RC_OK);
    }
    LOG_HOUSE("mailer.frozen", KV_INT("campaign", f->run->id.campaign_id), KV_INT("run", f->run->id.run_no),
              KV_INT("people", f->taken - (int64_t)f->double_count));
    free(sites);
    freeze_free(m, &m->freeze);
}

/* Core says nothing any more. The key goes too: nobody can be written to with it. */
static void give_up(struct mailer *m)
{
    struct mailer_run id = m->freeze->run->id;
    struct mailer_frame said = {.kind = MAILER_UNLOCKED, .unlocked = {.run = id, .rc = RC_DENIED}};

    LOG_HOUSE_FAULT("mailer.freeze_given_up", KV_INT("campaign", id.campaign_id), KV_INT("run", id.run_no));
    on_forget(m, &id);
    CHECK(peer_send(m, &said) == RC_OK);
}

bool freeze_is_full(const struct mailer *m)
{
    return m->freeze && m->freeze->batch_count >= (size_t)(BATCHES_AHEAD * pool_threads(m->pool)) + 1;
}

void freeze_turn(struct mailer *m)
{
    struct freeze *f = m->freeze;

    while (f && f->batches && f->batches->is_done && !peer_is_full(m))
        hand_on(m, f);
    if (f && f->is_ended && f->batches == NULL)
        finish(m);
    else if (f && f->batches == NULL && mailer_now_ms() >= f->heard_ms + PATIENCE_MS)
        give_up(m);
}

int64_t freeze_due_ms(const struct mailer *m)
{
    return m->freeze && m->freeze->batches == NULL ? m->freeze->heard_ms + PATIENCE_MS : 0;
}

void freeze_drop(struct mailer *m, const struct run *run)
{
    if (m->freeze && (run == NULL || m->freeze->run == run))
        freeze_free(m, &m->freeze);
}

/* ---- what core asks for ---- */

void on_people(struct mailer *m, const struct mailer_frame *frame, struct span bytes)
{
    struct freeze *f = m->freeze;
    struct batch *b;
    struct mailer_record *records;
    struct span copy;

    if (f == NULL || f->is_ended) /* it was broken off, and core had sent more by then */
        return;
    b = calloc(1, sizeof *b);
    CHECK(b != NULL);
    b->task = (struct task){.work = open_batch, .done = batch_done};
    b->freeze = f;
    b->arena = arena_open(bytes.n * 2 + BATCH_MEMORY);
    copy = arena_dup(b->arena, bytes);
    records = ARENA_ARRAY(b->arena, struct mailer_record, frame->people.count);
    for (size_t i = 0; i < frame->people.count; i++) {
        records[i] = frame->people.items[i];
        records[i].sealed.p = copy.p + (records[i].sealed.p - bytes.p);
    }
    b->records = records;
    b->count = frame->people.count;
    *f->batches_end = b;
    f->batches_end = &b->next;
    f->batch_count++;
    f->heard_ms = mailer_now_ms();
    pool_add(m->pool, &b->task);
}

void on_people_end(struct mailer *m, const struct mailer_run *id)
{
    struct run *run = runs_find(m, id);

    if (m->freeze && run && m->freeze->run == run)
        m->freeze->is_ended = true;
}

static void begin_freeze(struct mailer *m, const struct mailer_unlock *unlock, struct run *run,
                         struct mailing_secret **secret)
{
    struct freeze *f = calloc(1, sizeof *f);

    CHECK(f != NULL);
    run->refs++;
    *f = (struct freeze){
        .run = run,
        .campaign = unlock->campaign,
        .secret = *secret,
        .wishes = wishes_open(),
        .sites = sites_open(),
        .heard_ms = mailer_now_ms(),
    };
    *secret = NULL;
    f->batches_end = &f->batches;
    short_hash_key_make(&f->key);
    m->freeze = f;
}

static struct seal_head head_of(const struct mailer_unlock *unlock)
{
    return (struct seal_head){
        .kind = SEAL_RUN, .campaign = unlock->campaign, .object = unlock->key_object, .day = unlock->key_day};
}

/* With the secret in hand: the key, old or new. */
static enum rc key_of(struct arena *a, const struct mailing_secret *secret, const struct mailer_unlock *unlock,
                      struct span *sealed_out, struct run_key **key_out)
{
    struct seal_head head = head_of(unlock);
    struct mailing_public own = mailing_public_of(secret);
    struct seal_room *room;
    enum rc rc;

    if (unlock->key_sealed.n == 0) {
        if (memcmp(own.bytes, unlock->reader.bytes, sizeof own.bytes) != 0)
            return RC_INVALID; /* of a key that is not in use any more */
        run_key_make(key_out);
        return run_key_seal(a, *key_out, &head, &unlock->reader, sealed_out);
    }
    room = seal_room_open();
    rc = run_key_open(secret, &head, unlock->key_sealed, room, key_out);
    seal_room_close(&room);
    return rc;
}

/* Without a secret: what the server keeps. */
static enum rc kept_key_of(const struct mailer *m, const struct mailer_unlock *unlock, struct run_key **key_out)
{
    struct seal_head head = head_of(unlock);

    return m->keeper ? run_key_kept_open(m->keeper, &head, unlock->key_kept, key_out) : RC_INVALID;
}

/* Letters that nobody signed are turned away, or taken for forged ones: nobody is written to, then. */
static enum rc check_signing(struct mailer *m, struct span domain)
{
    struct signing *signing = signing_take(m, domain, 0);
    enum rc rc = signing->rc == RC_OK ? RC_OK : RC_NOT_FOUND;

    signing_drop(&signing);
    return rc;
}

/* With the secret: the list for a new run, or a run of before. */
static enum rc unlock_with(struct mailer *m, struct arena *a, const struct mailer_unlock *unlock, bool is_new,
                           struct mailer_unlocked *answer, struct mailing_secret **secret_out, struct run_key **key_out)
{
    struct seal_head head = head_of(unlock);
    enum rc rc = is_new ? check_signing(m, unlock->domain) : RC_OK;
    struct run_kept *kept;

    if (rc == RC_OK)
        rc = handover_open(m->secret, &unlock->campaign, unlock->handover, secret_out);
    if (rc == RC_OK)
        rc = key_of(a, *secret_out, unlock, &answer->key_sealed, key_out);
    if (rc != RC_OK || m->keeper == NULL)
        return rc;
    kept = ARENA_NEW(a, struct run_kept);
    run_key_keep(m->keeper, *key_out, &head, kept);
    answer->key_kept = (struct span){(const char *)kept->bytes, sizeof kept->bytes};
    return RC_OK;
}

void on_unlock(struct mailer *m, const struct mailer_unlock *unlock)
{
    struct mailer_frame answer = {.kind = MAILER_UNLOCKED, .unlocked = {.run = unlock->run}};
    struct arena *a = arena_open(UNLOCK_MEMORY);
    bool is_kept = unlock->handover.n == 0;
    bool is_new = unlock->key_sealed.n == 0 && !is_kept;
    struct mailing_secret *secret = NULL;
    struct run_key *key = NULL;
    struct run *run = runs_find(m, &unlock->run);
    enum rc rc = RC_LIMIT;

    if (run && is_new) /* once more from the start */
        on_forget(m, &unlock->run);
    if (runs_have_room(m, &unlock->run) && (!is_new || m->freeze == NULL))
        rc = is_kept ? kept_key_of(m, unlock, &key)
                     : unlock_with(m, a, unlock, is_new, &answer.unlocked, &secret, &key);
    if (rc == RC_OK && (run == NULL || is_new)) {
        run = runs_keep(m, &unlock->run, key);
        if (is_new)
            begin_freeze(m, unlock, run, &secret);
    } else {
        run_key_close(&key); /* also of one that is there already: two unlocked it. What it says stays */
    }
    mailing_key_close(&secret);
    answer.unlocked.rc = rc;
    CHECK(peer_send(m, &answer) == RC_OK);
    arena_close(&a);
}
