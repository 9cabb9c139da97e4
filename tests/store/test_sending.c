/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The core's side of a mailing, against a mailer that the test plays: a freeze, doubles and all; letters that go out, are put
 * off, fail or stay in doubt; a mailer that dies with letters in hand; a core that does; hours, pauses, stops; two copies.
 *
 * The test turns the engine itself, and the clock is the test's.
 */
#include "house.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "mail/journal.h"
#include "main/sending.h"
#include "store/content.h"
#include "store/keys.h"
#include "store/store.h"
#include "store/subscribers.h"

enum { MEMORY = 256 * 1024 * 1024, TODAY = 20600, TURNS = 4000, MOST = 4000, IN_HAND = 1024 };

#define SECOND INT64_C(1000000)

static struct instant now;
static struct arena *world;
static struct server_key *key;
static int minute_of_day;

/* Time passes, on the clock that counts for leases. */
static const struct db_stmt lapse = {
    .name = "test.lapse",
    .sql = "UPDATE run"
           " SET lease_until = lease_until - $1",
};
/* SQLite's: nobody can be claimed any more; and again they can. */
static const struct db_stmt hinder = {
    .name = "test.hinder",
    .sql = "CREATE TRIGGER hinder BEFORE UPDATE ON delivery"
           " WHEN NEW.state = 1"
           " BEGIN SELECT RAISE(ABORT, 'hindered'); END",
    .sql_postgres = "UPDATE run SET run_no = run_no WHERE run_no < 0",
};
static const struct db_stmt help = {
    .name = "test.help",
    .sql = "DROP TRIGGER IF EXISTS hinder",
    .sql_postgres = "UPDATE run SET run_no = run_no WHERE run_no < 0",
};

static struct instant clock_fake(void)
{
    return now;
}

static bool minute_fake(void *zones, int64_t campaign_id, struct instant at, int *minute_out)
{
    (void)zones;
    (void)campaign_id;
    (void)at;
    *minute_out = minute_of_day;
    return true;
}

/* ---- a mailer ---- */

struct letter {
    int64_t run_no;
    int64_t person_no;
    int64_t fence;
    int32_t attempt;
};

struct mailer {
    struct sending *core;
    uint64_t pair;
    char journal_path[128];
    int journal_fd;
    struct journal *journal;
    struct mailer_run runs[16];
    size_t run_count;
    enum rc unlocks; /* what it says to an unlock */
    char keeper;     /* 0; or which server's key it keeps keys with */
    size_t opens;    /* how often it was asked to open what is kept */
    int64_t taken;   /* of the freeze */
    int64_t doubles[16];
    size_t double_count;
    int64_t sites[64];
    struct letter hand[IN_HAND];
    size_t hand_count;
    size_t hand_most;
    bool has_letters;
    bool is_broken;
    size_t breaks;
    size_t forgets;
    size_t resets;
    int64_t until_ms;
    struct buf *answers; /* frames to give back */
    int sent[MOST];      /* by person, whatever the run */
};

static struct mailer mailers[2];

static void say(struct mailer *m, const struct mailer_frame *frame)
{
    mailer_frame_put(m->answers, frame);
}

static void hear_people(struct mailer *m, const struct mailer_frame *f)
{
    struct mailer_frozen *items = ARENA_ARRAY(world, struct mailer_frozen, f->people.count);

    for (size_t i = 0; i < f->people.count; i++) {
        const struct mailer_record *r = &f->people.items[i];

        items[i].verdict = span_eq(r->sealed, S("damaged")) ? MAILER_DAMAGED
                           : !r->is_wanted || r->is_had     ? MAILER_NOT_WANTED
                                                            : MAILER_TAKEN;
        if (items[i].verdict != MAILER_TAKEN)
            continue;
        if (span_eq(r->sealed, S("double")))
            m->doubles[m->double_count++] = m->taken;
        items[i].person_no = m->taken;
        items[i].site_no = (int32_t)(m->taken % 8);
        m->sites[m->taken % 8]++;
        items[i].address = arena_printf(world, "address %lld", (long long)m->taken++);
    }
    say(m, &(struct mailer_frame){.kind = MAILER_FROZEN, .frozen = {f->people.count, items}});
}

static void hear_people_end(struct mailer *m, const struct mailer_run *run)
{
    struct mailer_site sites[8];

    for (int32_t i = 0; i < 8; i++)
        sites[i] =
            (struct mailer_site){i, m->sites[i], m->sites[i] < 5 ? S("") : arena_printf(world, "s%d.example", i)};
    m->runs[m->run_count++] = *run;
    say(m,
        &(struct mailer_frame){
            .kind = MAILER_FROZEN_END,
            .frozen_end = {
                .run = *run, .double_count = m->double_count, .doubles = m->doubles, .site_count = 8, .sites = sites}});
}

static void hear_unlock(struct mailer *m, const struct mailer_unlock *u)
{
    bool is_kept = u->handover.n == 0;
    struct mailer_unlocked said = {.run = u->run, .rc = m->unlocks};

    if (is_kept) {
        assert_int_equal(u->key_kept.n, 2);
        said.rc = u->key_kept.p[1] == m->keeper ? RC_OK : RC_INVALID;
        m->opens++;
    } else {
        said.key_sealed = u->key_sealed.n ? S("") : S("sealed key");
        said.key_kept = m->keeper ? arena_printf(world, "k%c", m->keeper) : S("");
    }
    if (said.rc == RC_OK && (is_kept || u->key_sealed.n))
        m->runs[m->run_count++] = u->run;
    say(m, &(struct mailer_frame){.kind = MAILER_UNLOCKED, .unlocked = said});
}

static enum rc heard(void *link, uint64_t pair, const struct mailer_frame *f)
{
    struct mailer *m = link;

    if (pair != m->pair)
        return RC_IO;
    switch ((int)f->kind) {
    case MAILER_UNLOCK:
        hear_unlock(m, &f->unlock);
        break;
    case MAILER_PEOPLE:
        hear_people(m, f);
        break;
    case MAILER_PEOPLE_END:
        hear_people_end(m, &f->run);
        break;
    case MAILER_LETTERS:
        m->has_letters = f->letters.count == 2;
        break;
    case MAILER_SEND:
        assert_true(m->has_letters);
        m->until_ms = f->send.until_ms;
        for (size_t i = 0; i < f->send.count; i++)
            m->hand[m->hand_count++] = (struct letter){f->send.run.run_no, f->send.people[i].person_no, f->send.fence,
                                                       f->send.people[i].attempt};
        m->hand_most = m->hand_count > m->hand_most ? m->hand_count : m->hand_most;
        break;
    case MAILER_BREAK:
        m->breaks++;
        m->is_broken = true;
        break;
    case MAILER_FORGET:
        m->forgets++;
        for (size_t i = 0; i < m->run_count; i++)
            if (m->runs[i].run_no == f->run.run_no)
                m->runs[i--] = m->runs[--m->run_count];
        break;
    case MAILER_RESET:
        assert_int_equal(m->hand_count, 0);
        assert_int_equal(journal_reset(m->journal), RC_OK);
        m->resets++;
        break;
    default:
        fail_msg("the core says %d", (int)f->kind);
    }
    return RC_OK;
}

/* Gives back what waits. */
static void answer(struct mailer *m)
{
    struct span bytes = arena_dup(world, buf_span(m->answers));

    m->answers->n = 0;
    while (bytes.n) {
        struct mailer_frame frame;
        size_t len;

        assert_int_equal(mailer_frame_read(world, bytes, &frame, &len), RC_OK);
        sending_frame(m->core, m->pair, &frame, world);
        bytes = span_from(bytes, len);
    }
}

static void tell(struct mailer *m, const struct letter *l, enum mail_outcome outcome, int code, enum mail_class why)
{
    const struct mailer_result result = {l->person_no, l->attempt, outcome, code, why};

    say(m,
        &(struct mailer_frame){.kind = MAILER_RESULTS,
                               .results = {.run = {1, l->run_no}, .fence = l->fence, .count = 1, .results = &result}});
}

/* One letter comes to its end: in the journal, as a mailer does it. */
static void finish(struct mailer *m, const struct letter *l, enum mail_outcome outcome, int code, enum mail_class why)
{
    const struct journal_letter in_journal = {1, l->run_no, l->person_no, l->fence, l->attempt};

    if (outcome != MAIL_UNSENT)
        assert_int_equal(journal_intend(m->journal, &in_journal), RC_OK);
    if (outcome == MAIL_SENT)
        m->sent[l->person_no]++;
    if (outcome != MAIL_UNSENT && outcome != MAIL_IN_DOUBT)
        assert_int_equal(journal_outcome(m->journal, &in_journal, outcome, code, why), RC_OK);
    tell(m, l, outcome, code, why);
}

static void start_mailer(struct mailer *m, struct house *h)
{
    m->answers = buf_new(world, 64 << 20);
    (void)snprintf(m->journal_path, sizeof m->journal_path, "%s/mailer.journal", h->folder);
    m->journal_fd = open(m->journal_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(m->journal_fd >= 0);
    assert_int_equal(journal_open(m->journal_fd, &m->journal), RC_OK);
}

static void greet(struct mailer *m)
{
    struct mailer_hello hello = {.can_send = true, .run_count = m->run_count};

    memcpy(hello.runs, m->runs, sizeof *m->runs * m->run_count);
    m->pair++;
    m->has_letters = false;
    m->hand_count = 0;
    m->answers->n = 0;
    sending_up(m->core, m->pair, &hello);
}

static void stop_mailer(struct mailer *m)
{
    journal_close(&m->journal);
    if (m->journal_fd > 0)
        (void)close(m->journal_fd);
    memset(m, 0, sizeof *m);
}

/* ---- a core ---- */

static void start_core(struct mailer *m, struct house *h, const char *name)
{
    struct sending_options o = {
        .store = h->store,
        .journal = m->journal_path,
        .key = key,
        .pace = {0, 100},
        .clock = clock_fake,
        .link = m,
        .send = heard,
        .minute = minute_fake,
        .keeps_keys = m->keeper != 0,
        .has_no_thread = true,
    };

    memcpy(o.holder.bytes, name, strlen(name));
    assert_int_equal(sending_open(&o, &m->core), RC_OK);
}

static int setup(void **state)
{
    struct house *h = calloc(1, sizeof *h);
    const struct db_stmt **all;

    world = arena_open(MEMORY);
    server_key_make(&key);
    now.us = 1777636800000000; /* 2026-05-01T12:00:00Z */
    minute_of_day = 720;
    memset(mailers, 0, sizeof mailers);
    if (h == NULL)
        return -1;
    if (house_make(h, (enum house_engine)(uintptr_t)*state)) {
        h->options.migrations = store_migrations(h->a, &h->options.migration_count);
        h->options.stmts = store_stmts(h->a, &h->options.stmt_count);
        all = ARENA_ARRAY(world, const struct db_stmt *, h->options.stmt_count + 3);
        memcpy(all, h->options.stmts, h->options.stmt_count * sizeof *all);
        all[h->options.stmt_count++] = &lapse;
        all[h->options.stmt_count++] = &hinder;
        all[h->options.stmt_count++] = &help;
        h->options.stmts = all;
        if (house_open(h) != RC_OK)
            print_error("%s\n", h->fault.text);
    }
    *state = h;
    if (h->store) {
        start_mailer(&mailers[0], h);
        start_core(&mailers[0], h, "copy one");
    }
    return h->store == NULL && (h->engine == HOUSE_SQLITE || h->url[0] != 0) ? -1 : 0;
}

static int teardown(void **state)
{
    for (int i = 0; i < 2; i++) {
        sending_close(&mailers[i].core);
        stop_mailer(&mailers[i]);
    }
    server_key_close(&key);
    arena_close(&world);
    return house_teardown(state);
}

/* ---- a world ---- */

static struct seal_object object(unsigned n)
{
    struct seal_object o = {{0}};

    memcpy(o.bytes, &n, sizeof n);
    o.bytes[15] = 1;
    return o;
}

static void add_subscriber(struct house *h, unsigned n, struct span sealed, struct span audience)
{
    struct subscriber_row row = {.object = object(n),
                                 .lang = n % 2 ? LANG_ES : LANG_EN,
                                 .often = SUBSCRIBER_EVERY,
                                 .audience = audience,
                                 .day = TODAY,
                                 .sealed = sealed};

    assert_int_equal(subscribers_add(h->db, 1, &row), RC_OK);
}

static void make_world(struct house *h, unsigned people)
{
    struct pieces p = {0};
    struct content_campaign campaign;
    struct keys_new fresh = {.campaign = seal_campaign_make()};
    struct passphrase *words;
    struct mailing_secret *mailing;
    struct committee_secret *committee;
    struct mailing_public m;
    struct committee_public c;

    *LIST_ADD(world, &p.list) = (struct piece){S("campaign.ini"), S("x"), S("x"), 0, 0};
    assert_int_equal(content_replace(h->db, world, S("one.example"), 0, &p, NULL, now, &campaign), RC_OK);
    assert_int_equal(campaign.campaign_id, 1);
    passphrase_make(&words);
    mailing_key_make(&mailing, &m);
    committee_key_make(&committee, &c);
    fresh.rows[0] = (struct keys_row){.kind = KEY_MAILING, .id = mailing_key_id(&m)};
    memcpy(fresh.rows[0].public_half, m.bytes, KEY_LEN);
    assert_int_equal(wrap_mailing(mailing, &fresh.campaign, words, &fresh.rows[0].wrapped), RC_OK);
    fresh.rows[1] = (struct keys_row){.kind = KEY_COMMITTEE, .id = committee_key_id(&c)};
    memcpy(fresh.rows[1].public_half, c.bytes, KEY_LEN);
    assert_int_equal(wrap_committee(committee, &fresh.campaign, words, &fresh.rows[1].wrapped), RC_OK);
    assert_int_equal(keys_put(h->db, 1, &fresh, now), RC_OK);
    mailing_key_close(&mailing);
    committee_key_close(&committee);
    passphrase_close(&words);
    for (unsigned n = 0; n < people; n++)
        add_subscriber(h, n, S("sealed"), S("educators"));
}

struct starting {
    struct sending *core;
    struct sending_order order;
    struct mailing_id id;
    bool is_unlock;
    enum rc rc;
    atomic_bool is_done;
};

static void *start_thread(void *arg)
{
    struct starting *s = arg;
    struct seal_campaign campaign = {{0}};

    if (s->is_unlock)
        s->rc = sending_unlock(s->core, &s->id, &campaign, &s->order.handover);
    else
        s->rc = sending_start(s->core, &s->order, &s->id.run_no);
    atomic_store(&s->is_done, true);
    return NULL;
}

static void turn(struct mailer *m)
{
    (void)sending_turn(m->core);
    answer(m);
}

/* What takes a call of another thread, while the engine turns here. */
static enum rc ask(struct mailer *m, struct starting *s)
{
    pthread_t thread;

    s->core = m->core;
    assert_int_equal(pthread_create(&thread, NULL, start_thread, s), 0);
    while (!atomic_load(&s->is_done))
        turn(m);
    (void)pthread_join(thread, NULL);
    return s->rc;
}

static const struct span two_letters[] = {SPAN_INIT("english"), SPAN_INIT("spanish")};
static const struct sending_audience audiences[] = {{SPAN_INIT("educators"), true}, {SPAN_INIT("parents"), false}};
static const bool all_wanted[] = {true, true};
static const bool parents_wanted[] = {false, true};

static struct sending_order order_of(void)
{
    return (struct sending_order){
        .campaign_id = 1,
        .news = S("memo"),
        .audiences_text = S(""),
        .audiences = audiences,
        .is_wanted = all_wanted,
        .audience_count = 2,
        .domain = S("one.example"),
        .letters = two_letters,
        .letter_count = 2,
        .letter_of = {[LANG_EN] = {0, 0}, [LANG_ES] = {1, 1}},
    };
}

static struct mailing_run run_of(struct house *h, int64_t run_no)
{
    struct mailing_holder nobody = {{0}};
    struct mailing_run run = {0};
    struct mailing_id id = {1, run_no};

    if (mailing_find(h->db, world, &id, &nobody, now, &run) != RC_OK)
        run.state = 0;
    return run;
}

static struct mailing_counts counts_of(struct house *h, int64_t run_no)
{
    struct mailing_counts c;
    struct mailing_id id = {1, run_no};

    assert_int_equal(mailing_count(h->db, &id, &c), RC_OK);
    return c;
}

/* Made, frozen, active. */
static int64_t start_run(struct mailer *m, struct house *h, const struct sending_order *order)
{
    struct starting s = {.order = order ? *order : order_of()};

    assert_int_equal(ask(m, &s), RC_OK);
    for (int i = 0; i < TURNS && run_of(h, s.id.run_no).state == RUN_FREEZING; i++)
        turn(m);
    assert_int_equal(run_of(h, s.id.run_no).state, RUN_ACTIVE);
    return s.id.run_no;
}

static void pass(int64_t us)
{
    struct timespec t = {.tv_nsec = 51000000}; /* of the clock since boot, by which outcomes gather */

    now.us += us;
    (void)nanosleep(&t, NULL);
}

/* What came is written down. */
static void settle_down(struct mailer *m)
{
    turn(m);
    pass(0);
    for (int i = 0; i < 5; i++)
        turn(m);
}

/* Sends all that the mailer has, until the run is in `state`. */
static void send_until(struct mailer *m, struct house *h, int64_t run_no, enum run_state state)
{
    for (int i = 0; i < TURNS && run_of(h, run_no).state != state; i++) {
        for (size_t k = 0; k < m->hand_count; k++)
            finish(m, &m->hand[k], MAIL_SENT, 250, MAIL_CLASS_NONE);
        m->hand_count = 0;
        answer(m);
        turn(m);
        if (m->hand_count == 0)
            pass(SECOND);
    }
    assert_int_equal(run_of(h, run_no).state, state);
}

/* All that it has in hand ends alike. */
static void finish_all(struct mailer *m, enum mail_outcome outcome, int code, enum mail_class why)
{
    for (size_t k = 0; k < m->hand_count; k++)
        finish(m, &m->hand[k], outcome, code, why);
    m->hand_count = 0;
    answer(m);
}

static void claim_some(struct mailer *m)
{
    for (int i = 0; i < TURNS && m->hand_count == 0; i++)
        turn(m);
    assert_true(m->hand_count > 0);
}

/* ---- what is expected ---- */

static void a_run_goes_from_the_list_to_its_end(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct mailing_counts c;
    int64_t run;

    HOUSE_NEED(h);
    make_world(h, 1500);
    add_subscriber(h, 2000, S("damaged"), S("educators"));
    add_subscriber(h, 2001, S("double"), S("educators"));
    greet(m);
    run = start_run(m, h, NULL);
    assert_int_equal(m->resets, 1);
    assert_int_equal(run_of(h, run).people, 1500);
    assert_int_equal(run_of(h, run).damaged, 1);
    send_until(m, h, run, RUN_DONE);
    c = counts_of(h, run);
    assert_int_equal(c.by_state[DELIVERY_SENT], 1500);
    for (int i = 0; i < 1500; i++)
        assert_int_equal(m->sent[i], 1);
    assert_true(m->hand_most <= 512);
    assert_true(m->until_ms > sending_boot_us() / 1000 && m->until_ms < sending_boot_us() / 1000 + 50000);
    turn(m);
    turn(m);
    assert_int_equal(m->forgets, 1);
    assert_int_equal(run_of(h, run).key_sealed.n, 0);
}

static void a_list_that_does_not_open_leaves_nothing(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct starting s = {.order = order_of()};
    struct starting t = {.order = order_of()};
    struct starting u = {.order = order_of()};

    HOUSE_NEED(h);
    make_world(h, 20000);
    assert_int_equal(ask(m, &s), RC_DENIED); /* no mailer */
    greet(m);
    m->unlocks = RC_INVALID;
    assert_int_equal(ask(m, &t), RC_INVALID);
    for (int i = 0; i < 10; i++)
        turn(m);
    assert_int_equal(run_of(h, t.id.run_no).state, 0);
    m->unlocks = RC_OK;
    assert_int_equal(ask(m, &u), RC_OK);
    sending_down(m->core, m->pair); /* while the list is read */
    for (int i = 0; i < 10; i++)
        (void)sending_turn(m->core);
    assert_int_equal(run_of(h, u.id.run_no).state, 0);
    assert_true(sending_fault(m->core, &(struct mailing_id){1, u.id.run_no}, arena_alloc(world, SENDING_FAULT_LEN)));
}

static void only_whom_it_is_for_and_who_did_not_get_it(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct sending_order order = order_of();
    int64_t run;

    HOUSE_NEED(h);
    make_world(h, 20);
    for (unsigned n = 100; n < 110; n++)
        add_subscriber(h, n, S("sealed"), S("parents"));
    greet(m);
    order.is_wanted = parents_wanted;
    order.audiences_text = S("parents");
    run = start_run(m, h, &order);
    assert_int_equal(run_of(h, run).people, 10);
    send_until(m, h, run, RUN_DONE);
    order = order_of();
    order.had = &run;
    order.had_count = 1;
    m->taken = 0;
    run = start_run(m, h, &order);
    assert_int_equal(run_of(h, run).people, 20);
}

static void who_left_and_who_wants_less_are_left_out(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct sending_order order = order_of();
    struct seal_object who;
    int64_t run;

    HOUSE_NEED(h);
    make_world(h, 20);
    for (unsigned n = 0; n < 8; n++) {
        who = object(n);
        if (n < 5)
            assert_int_equal(subscribers_set_state(h->db, 1, &who, SUBSCRIBER_LEFT, TODAY), RC_OK);
        else
            assert_int_equal(subscribers_set_wishes(h->db, 1, &who, LANG_EN, S("educators"), SUBSCRIBER_IMPORTANT),
                             RC_OK);
    }
    greet(m);
    run = start_run(m, h, &order);
    assert_int_equal(run_of(h, run).people, 12);
    send_until(m, h, run, RUN_DONE);
    order.is_important = true;
    m->taken = 0;
    run = start_run(m, h, &order);
    assert_int_equal(run_of(h, run).people, 15);
}

static int state_of(struct house *h, unsigned n)
{
    struct seal_object who = object(n);
    struct subscriber_row row = {0};

    assert_int_equal(subscribers_find(h->db, world, 1, &who, &row), RC_OK);
    return (int)row.state;
}

static void outcomes_of_every_kind(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct mailing_id id = {1, 0};
    struct mailing_counts c;
    int64_t run;
    int64_t people;

    HOUSE_NEED(h);
    make_world(h, 12);
    greet(m);
    run = start_run(m, h, NULL);
    claim_some(m);
    assert_int_equal(m->hand_count, 12);
    for (size_t k = 0; k < 12; k++)
        finish(m, &m->hand[k],
               k < 4    ? MAIL_SENT
               : k < 6  ? MAIL_FAILED
               : k < 8  ? MAIL_DEFERRED
               : k < 10 ? MAIL_UNSENT
                        : MAIL_IN_DOUBT,
               k < 4   ? 250
               : k < 6 ? 550
                       : 451,
               k == 4 ? MAIL_CLASS_NO_SUCH_PERSON : MAIL_CLASS_OTHER);
    m->hand_count = 0;
    answer(m);
    settle_down(m);
    c = counts_of(h, run);
    assert_true(c.by_state[DELIVERY_SENT] == 4 && c.by_state[DELIVERY_FAILED] == 2);
    assert_true(c.by_state[DELIVERY_DEFERRED] == 2 && c.undecided == 2);
    assert_int_equal(c.by_state[DELIVERY_PENDING], 2);
    assert_int_equal(state_of(h, 4), SUBSCRIBER_BOUNCED);
    assert_int_equal(state_of(h, 5), SUBSCRIBER_ACTIVE); /* it was refused, and somebody is there */
    pass(2 * SECOND);
    claim_some(m);
    assert_int_equal(m->hand_count, 2); /* who was not begun */
    assert_int_equal(m->hand[0].attempt, 1);
    send_until(m, h, run, RUN_ACTIVE);
    for (size_t k = 0; k < 2; k++)
        finish(m, &m->hand[k], MAIL_SENT, 250, MAIL_CLASS_NONE);
    m->hand_count = 0;
    answer(m);
    settle_down(m);
    pass(301 * SECOND);
    claim_some(m);
    assert_int_equal(m->hand_count, 2); /* who was put off */
    assert_int_equal(m->hand[0].attempt, 2);
    for (size_t k = 0; k < 2; k++)
        finish(m, &m->hand[k], MAIL_SENT, 250, MAIL_CLASS_NONE);
    m->hand_count = 0;
    answer(m);
    settle_down(m);
    pass(SECOND);
    settle_down(m);
    assert_int_equal(run_of(h, run).state, RUN_ACTIVE); /* two are in doubt: a person decides */
    id.run_no = run;
    assert_int_equal(mailing_resend(h->db, &id, now, &people), RC_OK);
    assert_int_equal(people, 2);
    sending_nudge(m->core);
    send_until(m, h, run, RUN_DONE);
    assert_int_equal(counts_of(h, run).by_state[DELIVERY_SENT], 10);
}

static void a_mailer_that_died_is_settled_by_its_journal(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct journal_letter intended;
    struct mailing_counts c;
    int64_t run;
    int64_t people;

    HOUSE_NEED(h);
    make_world(h, 300);
    greet(m);
    run = start_run(m, h, NULL);
    claim_some(m);
    for (size_t k = 0; k < 50; k++) /* done, and it could not say so any more */
        finish(m, &m->hand[k], MAIL_SENT, 250, MAIL_CLASS_NONE);
    for (size_t k = 50; k < 53; k++) { /* their last dot was written, and nobody knows */
        intended = (struct journal_letter){1, run, m->hand[k].person_no, m->hand[k].fence, m->hand[k].attempt};
        assert_int_equal(journal_intend(m->journal, &intended), RC_OK);
    }
    sending_down(m->core, m->pair);
    m->run_count = 0; /* it was started anew */
    greet(m);
    for (int i = 0; i < 5; i++)
        turn(m);
    c = counts_of(h, run);
    assert_int_equal(c.by_state[DELIVERY_CLAIMED], 0);
    assert_int_equal(c.by_state[DELIVERY_SENT], 50);
    assert_int_equal(c.undecided, 3);
    assert_int_equal(c.by_state[DELIVERY_PENDING], 247);
    assert_int_equal(m->hand_count, 0); /* it waits for an unlock */
    sending_down(m->core, m->pair);
    greet(m); /* once more, and the journal that began anew says nothing of those in doubt */
    for (int i = 0; i < 5; i++)
        turn(m);
    assert_int_equal(counts_of(h, run).undecided, 3);
    assert_false(sending_has_key(m->core, &(struct mailing_id){1, run}));
    {
        struct starting s = {.is_unlock = true, .id = {1, run}};

        assert_int_equal(ask(m, &s), RC_OK);
    }
    assert_int_equal(mailing_leave(h->db, &(struct mailing_id){1, run}, &people), RC_OK);
    sending_nudge(m->core);
    send_until(m, h, run, RUN_DONE);
    for (int i = 0; i < 300; i++)
        assert_int_equal(m->sent[i], i >= 50 && i < 53 ? 0 : 1);
}

static void a_core_that_died_is_settled_too(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct mailing_counts c;
    int64_t run;

    HOUSE_NEED(h);
    make_world(h, 300);
    greet(m);
    run = start_run(m, h, NULL);
    claim_some(m);
    sending_close(&m->core);
    for (size_t k = 0; k < 20; k++)
        finish(m, &m->hand[k], MAIL_SENT, 250, MAIL_CLASS_NONE);
    start_core(m, h, "copy one");
    turn(m);
    assert_true(counts_of(h, run).by_state[DELIVERY_CLAIMED] > 0); /* not before the mailer is at rest */
    greet(m);
    for (int i = 0; i < 3; i++)
        turn(m);
    c = counts_of(h, run);
    assert_true(c.by_state[DELIVERY_SENT] == 20 && c.undecided == 0);
    send_until(m, h, run, RUN_DONE); /* the mailer has the key still */
    for (int i = 0; i < 300; i++)
        assert_int_equal(m->sent[i], 1);
}

static void without_a_journal_everybody_claimed_is_in_doubt(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    int64_t run;
    int64_t claimed;

    HOUSE_NEED(h);
    make_world(h, 300);
    greet(m);
    run = start_run(m, h, NULL);
    claim_some(m);
    claimed = counts_of(h, run).by_state[DELIVERY_CLAIMED];
    sending_down(m->core, m->pair);
    assert_int_equal(ftruncate(m->journal_fd, 0), 0); /* power went */
    journal_close(&m->journal);
    assert_int_equal(journal_open(m->journal_fd, &m->journal), RC_OK);
    greet(m);
    for (int i = 0; i < 3; i++)
        turn(m);
    assert_int_equal(counts_of(h, run).undecided, claimed);
    assert_int_equal(counts_of(h, run).by_state[DELIVERY_SENT], 0);
}

/* Who was not begun when a mailer died is claimed again under the same number: the dead say nothing of that. */
static void what_a_mailer_of_before_says_counts_for_nothing(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct mailer_result late = {.outcome = MAIL_SENT, .code = 250};
    struct mailer_frame frame = {.kind = MAILER_RESULTS, .results = {.count = 1, .results = &late}};
    int64_t run;

    HOUSE_NEED(h);
    make_world(h, 10);
    greet(m);
    run = start_run(m, h, NULL);
    claim_some(m);
    greet(m);
    claim_some(m);
    late.person_no = m->hand[0].person_no;
    late.attempt = m->hand[0].attempt;
    frame.results.run = (struct mailer_run){1, run};
    frame.results.fence = m->hand[0].fence;
    sending_frame(m->core, m->pair - 1, &frame, world);
    settle_down(m);
    assert_int_equal(counts_of(h, run).by_state[DELIVERY_SENT], 0);
    frame.results.fence--; /* of an earlier claim: this one is not answered by it */
    sending_frame(m->core, m->pair, &frame, world);
    frame.results.fence++;
    sending_frame(m->core, m->pair, &frame, world);
    settle_down(m);
    assert_int_equal(counts_of(h, run).by_state[DELIVERY_SENT], 1);
}

/* Twenty thousand letters: it begins anew while nobody is at the mailer (heard() looks), and everybody goes on. */
static void a_journal_begins_anew_before_it_is_full(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    size_t letters = 0;

    HOUSE_NEED(h);
    make_world(h, 500);
    greet(m);
    (void)start_run(m, h, NULL);
    assert_int_equal(m->resets, 1);
    while (m->resets == 1 && letters < 30000) {
        turn(m);
        letters += m->hand_count;
        finish_all(m, MAIL_UNSENT, 0, MAIL_CLASS_NONE);
        now.us += 2 * SECOND;
    }
    assert_int_equal(m->resets, 2);
    assert_true(letters >= 20000 && letters < 21000);
    claim_some(m);
}

static void a_clock_that_was_put_back_keeps_nobody_waiting(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];

    HOUSE_NEED(h);
    make_world(h, 10);
    greet(m);
    (void)start_run(m, h, NULL);
    claim_some(m);
    finish_all(m, MAIL_DEFERRED, 451, MAIL_CLASS_BUSY);
    settle_down(m);
    now.us -= 86400 * SECOND;
    for (int i = 0; i < 10; i++)
        turn(m);
    assert_int_equal(m->hand_count, 10);
    assert_int_equal(m->hand[0].attempt, 2);
}

static enum rc lapse_tx(struct db *db, void *arg)
{
    return db_exec(db, &lapse, DB_ARGS(db_i64(*(const int64_t *)arg)));
}

/* A copy that stood still for too long: another has the run by now. What it had in hand counts, and that is all. */
static void a_run_that_somebody_took_is_let_alone(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    const struct mailing_holder stranger = {"copy two"};
    struct mailing_id id = {1, 0};
    int64_t us = MAILING_LEASE_US;
    int64_t fence;
    size_t taken;

    HOUSE_NEED(h);
    make_world(h, 700);
    greet(m);
    id.run_no = start_run(m, h, NULL);
    claim_some(m);
    taken = m->hand_count;
    assert_true(taken < 700);
    assert_int_equal(mailing_take(h->db, &id, &stranger, now, &fence), RC_CONFLICT);
    assert_int_equal(db_write(h->db, "lapse", lapse_tx, &us), RC_OK);
    assert_int_equal(mailing_take(h->db, &id, &stranger, now, &fence), RC_OK);
    finish_all(m, MAIL_SENT, 250, MAIL_CLASS_NONE);
    for (int i = 0; i < 20; i++) {
        settle_down(m);
        pass(SECOND);
    }
    assert_int_equal(m->hand_count, 0);
    assert_int_equal(counts_of(h, id.run_no).by_state[DELIVERY_SENT], taken);
    assert_int_equal(counts_of(h, id.run_no).by_state[DELIVERY_PENDING], 700 - taken);
}

static enum rc plain_tx(struct db *db, void *arg)
{
    return db_exec(db, arg, DB_NO_ARGS);
}

static enum rc claim_tx(struct db *db, void *arg)
{
    return mailing_claim_in(db, arg);
}

/* A commit that is said to have failed may have been done all the same: who is claimed by it is at no mailer. */
static void a_claim_that_nobody_knows_of_is_undone(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct timespec second = {.tv_sec = 1, .tv_nsec = 100000000};
    struct mailing_claim *c = ARENA_NEW(world, struct mailing_claim);
    int64_t run;

    HOUSE_NEED(h);
    make_world(h, 300);
    greet(m);
    run = start_run(m, h, NULL);
    claim_some(m);
    assert_int_equal(m->hand_count, 256);
    assert_int_equal(db_write(h->db, "hinder", plain_tx, (void *)(uintptr_t)&hinder), RC_OK);
    finish_all(m, MAIL_SENT, 250, MAIL_CLASS_NONE);
    turn(m);
    turn(m);
    assert_int_equal(m->hand_count, 0);
    assert_int_equal(db_write(h->db, "help", plain_tx, (void *)(uintptr_t)&help), RC_OK);
    *c = (struct mailing_claim){.id = {1, run}, .fence = run_of(h, run).fence, .now = now, .most = 10, .a = world};
    assert_int_equal(db_write(h->db, "claim", claim_tx, c), RC_OK);
    assert_int_equal(c->count, 10);
    (void)nanosleep(&second, NULL); /* for so long a store that failed is let alone */
    send_until(m, h, run, RUN_DONE);
    for (int i = 0; i < 300; i++)
        assert_int_equal(m->sent[i], 1);
}

static void hours_and_the_start_are_kept(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct sending_order order = order_of();
    int64_t run;

    HOUSE_NEED(h);
    make_world(h, 10);
    greet(m);
    order.hours_from = 8 * 60;
    order.hours_to = 20 * 60;
    order.starts_at.us = now.us + 3600 * SECOND;
    run = start_run(m, h, &order);
    for (int i = 0; i < 10; i++)
        turn(m);
    assert_int_equal(m->hand_count, 0);
    now.us += 3600 * SECOND;
    minute_of_day = 20 * 60;
    for (int i = 0; i < 10; i++)
        turn(m);
    assert_int_equal(m->hand_count, 0);
    minute_of_day = 20 * 60 - 1;
    claim_some(m);
    send_until(m, h, run, RUN_DONE);
}

static void a_pause_calls_back_what_was_not_begun(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct mailing_id id = {1, 0};
    int64_t run;

    HOUSE_NEED(h);
    make_world(h, 700);
    greet(m);
    run = id.run_no = start_run(m, h, NULL);
    claim_some(m);
    assert_int_equal(mailing_change(h->db, &id, RUN_PAUSED), RC_OK);
    sending_nudge(m->core);
    turn(m);
    turn(m);
    assert_int_equal(m->breaks, 1);
    for (size_t k = 0; k < m->hand_count; k++)
        finish(m, &m->hand[k], k < 5 ? MAIL_SENT : MAIL_UNSENT, 250, MAIL_CLASS_NONE);
    m->hand_count = 0;
    answer(m);
    settle_down(m);
    pass(SECOND);
    for (int i = 0; i < 20; i++)
        turn(m);
    assert_int_equal(m->hand_count, 0);
    assert_int_equal(counts_of(h, run).by_state[DELIVERY_SENT], 5);
    assert_int_equal(mailing_change(h->db, &id, RUN_ACTIVE), RC_OK);
    sending_nudge(m->core);
    pass(SECOND);
    claim_some(m);
    assert_int_equal(mailing_change(h->db, &id, RUN_STOPPED), RC_OK);
    sending_nudge(m->core);
    turn(m);
    turn(m);
    assert_int_equal(m->breaks, 2);
    for (size_t k = 0; k < m->hand_count; k++)
        finish(m, &m->hand[k], MAIL_UNSENT, 0, MAIL_CLASS_NONE);
    m->hand_count = 0;
    answer(m);
    settle_down(m);
    pass(SECOND);
    for (int i = 0; i < 20; i++)
        turn(m);
    assert_true(run_of(h, run).state == RUN_STOPPED && run_of(h, run).ended_at.us > 0);
    assert_int_equal(run_of(h, run).key_sealed.n, 0);
    assert_int_equal(m->forgets, 1);
}

/* A mailer with a journal of its own, for a core of its own. */
static void start_other(struct mailer *n, struct house *h)
{
    start_mailer(n, h);
    (void)snprintf(n->journal_path, sizeof n->journal_path, "%s/other.journal", h->folder);
    (void)close(n->journal_fd);
    journal_close(&n->journal);
    n->journal_fd = open(n->journal_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(journal_open(n->journal_fd, &n->journal), RC_OK);
}

static void of_two_copies_one_sends(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct mailer *n = &mailers[1];
    struct starting s = {.is_unlock = true};
    int64_t run;

    HOUSE_NEED(h);
    make_world(h, 300);
    greet(m);
    run = start_run(m, h, NULL);
    claim_some(m);
    start_other(n, h);
    start_core(n, h, "copy two");
    if (h->engine == HOUSE_SQLITE) /* there is no second process there; its start takes no lease from us but in time */
        assert_int_equal(counts_of(h, run).by_state[DELIVERY_SENT], 0);
    greet(n);
    for (int i = 0; i < 5; i++)
        turn(n);
    s.id = (struct mailing_id){1, run};
    if (h->engine == HOUSE_POSTGRES)
        assert_int_equal(ask(n, &s), RC_CONFLICT);
    send_until(m, h, run, RUN_DONE);
    assert_int_equal(n->hand_count, 0);
    for (int i = 0; i < 300; i++)
        assert_int_equal(m->sent[i] + n->sent[i], 1);
}

/* ---- keys that the server keeps ---- */

/* All of it was killed: what is left is the store and the journal. `keeper`: what server.ini and server.key say now. */
static void start_anew(struct mailer *m, struct house *h, const char *name, char keeper)
{
    sending_close(&m->core);
    m->run_count = 0;
    m->keeper = keeper;
    start_core(m, h, name);
    greet(m);
}

static int64_t keep_and_claim(struct mailer *m, struct house *h, unsigned people)
{
    int64_t run;

    make_world(h, people);
    sending_close(&m->core);
    m->keeper = '1';
    start_core(m, h, "copy one");
    greet(m);
    run = start_run(m, h, NULL);
    assert_true(span_eq(run_of(h, run).key_kept, S("k1")));
    claim_some(m);
    return run;
}

static void assert_once(const struct mailer *m, int people)
{
    for (int i = 0; i < people; i++)
        assert_int_equal(m->sent[i], 1);
}

static void a_run_goes_on_alone(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    int64_t run;

    HOUSE_NEED(h);
    run = keep_and_claim(m, h, 600);
    for (size_t k = 0; k < 50; k++)
        finish(m, &m->hand[k], MAIL_SENT, 250, MAIL_CLASS_NONE);
    sending_down(m->core, m->pair); /* the mailer alone */
    m->run_count = 0;
    greet(m);
    for (int i = 0; i < 5; i++)
        turn(m);
    assert_true(m->opens == 1 && sending_has_key(m->core, &(struct mailing_id){1, run}));
    claim_some(m);
    for (size_t k = 0; k < 30; k++)
        finish(m, &m->hand[k], MAIL_SENT, 250, MAIL_CLASS_NONE);
    start_anew(m, h, "copy one", '1'); /* everything */
    send_until(m, h, run, RUN_DONE);
    assert_int_equal(m->opens, 2);
    assert_once(m, 600);
    assert_int_equal(run_of(h, run).key_kept.n, 0);
    turn(m);
    turn(m);
    assert_int_equal(m->forgets, 1);
}

static void paused_it_stays_paused_and_stopped_it_is_over(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct mailing_id id = {1, 0};

    HOUSE_NEED(h);
    id.run_no = keep_and_claim(m, h, 300);
    assert_int_equal(mailing_change(h->db, &id, RUN_PAUSED), RC_OK);
    start_anew(m, h, "copy one", '1');
    settle_down(m);
    pass(SECOND);
    settle_down(m);
    assert_true(m->hand_count == 0 && sending_has_key(m->core, &id));
    assert_int_equal(mailing_change(h->db, &id, RUN_STOPPED), RC_OK);
    start_anew(m, h, "copy one", '1');
    for (int i = 0; i < 20; i++)
        turn(m);
    assert_true(run_of(h, id.run_no).ended_at.us > 0 && run_of(h, id.run_no).key_kept.n == 0);
    assert_int_equal(m->opens, 1);
}

static void with_the_setting_off_it_waits_and_nothing_is_kept(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct starting s = {.is_unlock = true};
    int64_t run;

    HOUSE_NEED(h);
    run = keep_and_claim(m, h, 300);
    start_anew(m, h, "copy one", 0);
    assert_int_equal(run_of(h, run).key_kept.n, 0); /* at once */
    settle_down(m);
    pass(SECOND);
    settle_down(m);
    assert_true(m->hand_count == 0 && m->opens == 0);
    s.id = (struct mailing_id){1, run};
    assert_int_equal(ask(m, &s), RC_OK);
    assert_int_equal(run_of(h, run).key_kept.n, 0);
    send_until(m, h, run, RUN_DONE);
    assert_once(m, 300);
}

static void with_another_servers_key_it_waits_for_an_unlock(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct mailing_holder nobody = {{0}};
    struct starting s = {.is_unlock = true};
    struct mailing_run row;
    int64_t run;

    HOUSE_NEED(h);
    run = keep_and_claim(m, h, 300);
    start_anew(m, h, "copy one", '2');
    for (int i = 0; i < 20; i++)
        turn(m);
    row = run_of(h, run);
    assert_int_equal(sending_kept(m->core, &row), SENDING_KEPT_FOREIGN);
    assert_true(m->hand_count == 0 && m->opens == 1); /* asked once */
    assert_int_equal(mailing_find(h->db, world, &(struct mailing_id){1, run}, &nobody, now, &row), RC_OK);
    assert_false(row.is_held); /* a copy with the right one may have it */
    s.id = (struct mailing_id){1, run};
    assert_int_equal(ask(m, &s), RC_OK);
    assert_true(span_eq(run_of(h, run).key_kept, S("k2"))); /* and from here on this one counts */
    start_anew(m, h, "copy one", '2');
    send_until(m, h, run, RUN_DONE);
    assert_once(m, 300);
}

static void second_copy(struct mailer *n, struct house *h, char keeper)
{
    start_mailer(n, h);
    (void)snprintf(n->journal_path, sizeof n->journal_path, "%s/other.journal", h->folder);
    (void)close(n->journal_fd);
    journal_close(&n->journal);
    n->journal_fd = open(n->journal_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(journal_open(n->journal_fd, &n->journal), RC_OK);
    n->keeper = keeper;
    start_core(n, h, "copy two");
    greet(n);
}

/* Copy one is gone, with fifty sent, three at the last dot, the others not begun; nobody knows but its journal. */
static void the_other_copy_takes_over(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct mailer *n = &mailers[1];
    struct mailing_id id = {1, 0};
    int64_t claimed;
    int64_t people;

    HOUSE_NEED(h);
    id.run_no = keep_and_claim(m, h, 700);
    claimed = counts_of(h, id.run_no).by_state[DELIVERY_CLAIMED];
    for (size_t k = 0; k < 50; k++)
        finish(m, &m->hand[k], MAIL_SENT, 250, MAIL_CLASS_NONE);
    for (size_t k = 50; k < 53; k++)
        finish(m, &m->hand[k], MAIL_IN_DOUBT, 0, MAIL_CLASS_NONE);
    second_copy(n, h, '1');
    settle_down(n);
    pass(SECOND);
    settle_down(n);
    assert_true(n->opens == 0 && n->hand_count == 0);                                /* while the lease holds */
    assert_int_equal(mailing_let_go(h->db, &id, run_of(h, id.run_no).fence), RC_OK); /* its time is over */
    sending_nudge(n->core);
    for (int i = 0; i < TURNS && counts_of(h, id.run_no).by_state[DELIVERY_SENT] < 700 - claimed; i++) {
        for (size_t k = 0; k < n->hand_count; k++)
            finish(n, &n->hand[k], MAIL_SENT, 250, MAIL_CLASS_NONE);
        n->hand_count = 0;
        answer(n);
        turn(n);
        if (n->hand_count == 0)
            pass(SECOND);
    }
    assert_int_equal(n->opens, 1);
    assert_int_equal(counts_of(h, id.run_no).undecided, claimed);
    start_anew(m, h, "copy one", '1'); /* back, and its journal knows */
    for (int i = 0; i < 20; i++)
        turn(m);
    assert_int_equal(counts_of(h, id.run_no).by_state[DELIVERY_SENT], 750 - claimed);
    assert_int_equal(m->hand_count, 0);
    assert_int_equal(mailing_resend(h->db, &id, now, &people), RC_OK);
    assert_int_equal(people, claimed - 50);
    sending_nudge(n->core);
    send_until(n, h, id.run_no, RUN_DONE);
    assert_int_equal(run_of(h, id.run_no).key_kept.n, 0);
    for (int i = 0; i < 700; i++)
        assert_int_equal(m->sent[i] + n->sent[i], 1); /* those three were not, as the test knows */
}

/* Whoever takes over knows nothing of what the other had in hand: in doubt, until the other is back and knows. */
static void a_copy_that_takes_over_doubts_until_the_other_is_back(void **state)
{
    struct house *h = *state;
    struct mailer *m = &mailers[0];
    struct mailer *n = &mailers[1];
    struct starting s = {.is_unlock = true};
    int64_t us = MAILING_LEASE_US;
    int64_t claimed;
    int64_t run;

    HOUSE_NEED(h);
    make_world(h, 300);
    greet(m);
    run = start_run(m, h, NULL);
    claim_some(m);
    claimed = counts_of(h, run).by_state[DELIVERY_CLAIMED];
    for (size_t k = 0; k < 20; k++) /* and then it says no more */
        finish(m, &m->hand[k], MAIL_SENT, 250, MAIL_CLASS_NONE);
    second_copy(n, h, 0);
    turn(n);
    assert_int_equal(db_write(h->db, "lapse", lapse_tx, &us), RC_OK);
    s.id = (struct mailing_id){1, run};
    assert_int_equal(ask(n, &s), RC_OK);
    settle_down(n);
    assert_int_equal(counts_of(h, run).undecided, claimed);
    m->run_count = 0;
    greet(m);
    settle_down(m);
    assert_int_equal(counts_of(h, run).undecided, claimed - 20);
    assert_int_equal(counts_of(h, run).by_state[DELIVERY_SENT], 20);
    for (size_t k = 0; k < n->hand_count; k++)
        assert_true(n->hand[k].person_no >= claimed);
}

#define SENDING_TEST(f)                                                                                                \
    {#f " on SQLite", f, setup, teardown, (void *)(uintptr_t)HOUSE_SQLITE},                                            \
    {                                                                                                                  \
#f " on PostgreSQL", f, setup, teardown, (void *)(uintptr_t)HOUSE_POSTGRES                                     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENDING_TEST(a_run_goes_from_the_list_to_its_end),
        SENDING_TEST(a_list_that_does_not_open_leaves_nothing),
        SENDING_TEST(only_whom_it_is_for_and_who_did_not_get_it),
        SENDING_TEST(who_left_and_who_wants_less_are_left_out),
        SENDING_TEST(outcomes_of_every_kind),
        SENDING_TEST(a_mailer_that_died_is_settled_by_its_journal),
        SENDING_TEST(a_core_that_died_is_settled_too),
        SENDING_TEST(without_a_journal_everybody_claimed_is_in_doubt),
        SENDING_TEST(what_a_mailer_of_before_says_counts_for_nothing),
        SENDING_TEST(a_journal_begins_anew_before_it_is_full),
        SENDING_TEST(a_clock_that_was_put_back_keeps_nobody_waiting),
        SENDING_TEST(a_run_that_somebody_took_is_let_alone),
        SENDING_TEST(hours_and_the_start_are_kept),
        SENDING_TEST(a_pause_calls_back_what_was_not_begun),
        SENDING_TEST(a_run_goes_on_alone),
        SENDING_TEST(paused_it_stays_paused_and_stopped_it_is_over),
        SENDING_TEST(with_the_setting_off_it_waits_and_nothing_is_kept),
        SENDING_TEST(with_another_servers_key_it_waits_for_an_unlock),
        {"the_other_copy_takes_over on PostgreSQL", the_other_copy_takes_over, setup, teardown,
         (void *)(uintptr_t)HOUSE_POSTGRES},
        {"a_claim_that_nobody_knows_of_is_undone on SQLite", a_claim_that_nobody_knows_of_is_undone, setup, teardown,
         (void *)(uintptr_t)HOUSE_SQLITE},
        {"of_two_copies_one_sends on PostgreSQL", of_two_copies_one_sends, setup, teardown,
         (void *)(uintptr_t)HOUSE_POSTGRES},
        {"a_copy_that_takes_over_doubts_until_the_other_is_back on PostgreSQL",
         a_copy_that_takes_over_doubts_until_the_other_is_back, setup, teardown, (void *)(uintptr_t)HOUSE_POSTGRES},
    };

    return cmocka_run_group_tests_name("sending", tests, NULL, NULL);
}
