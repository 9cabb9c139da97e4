/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See play_mailer.h.
 */
#include "play_mailer.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "store/content.h"
#include "store/keys.h"

enum { MEMORY = 256 * 1024 * 1024 };

struct instant play_now;
struct arena *play_world;
int play_minute;
struct play_mailer play_mailers[2];
static struct server_key *key;

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
    return play_now;
}

static bool minute_fake(void *zones, int64_t campaign_id, struct instant at, int *minute_out)
{
    (void)zones;
    (void)campaign_id;
    (void)at;
    *minute_out = play_minute;
    return true;
}

/* ---- a mailer ---- */

static void say(struct play_mailer *m, const struct mailer_frame *frame)
{
    mailer_frame_put(m->answers, frame);
}

static void hear_people(struct play_mailer *m, const struct mailer_frame *f)
{
    struct mailer_frozen *items = ARENA_ARRAY(play_world, struct mailer_frozen, f->people.count);

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
        items[i].address = arena_printf(play_world, "address %lld", (long long)m->taken++);
    }
    say(m, &(struct mailer_frame){.kind = MAILER_FROZEN, .frozen = {f->people.count, items}});
}

static void hear_people_end(struct play_mailer *m, const struct mailer_run *run)
{
    struct mailer_site sites[8];

    for (int32_t i = 0; i < 8; i++)
        sites[i] =
            (struct mailer_site){i, m->sites[i], m->sites[i] < 5 ? S("") : arena_printf(play_world, "s%d.example", i)};
    m->runs[m->run_count++] = *run;
    say(m,
        &(struct mailer_frame){
            .kind = MAILER_FROZEN_END,
            .frozen_end = {
                .run = *run, .double_count = m->double_count, .doubles = m->doubles, .site_count = 8, .sites = sites}});
}

static void hear_unlock(struct play_mailer *m, const struct mailer_unlock *u)
{
    bool is_kept = u->handover.n == 0;
    struct mailer_unlocked said = {.run = u->run, .rc = m->unlocks};

    if (is_kept) {
        assert_int_equal(u->key_kept.n, 2);
        said.rc = u->key_kept.p[1] == m->keeper ? RC_OK : RC_INVALID;
        m->opens++;
    } else {
        said.key_sealed = u->key_sealed.n ? S("") : S("sealed key");
        said.key_kept = m->keeper ? arena_printf(play_world, "k%c", m->keeper) : S("");
    }
    if (said.rc == RC_OK && (is_kept || u->key_sealed.n))
        m->runs[m->run_count++] = u->run;
    say(m, &(struct mailer_frame){.kind = MAILER_UNLOCKED, .unlocked = said});
}

static enum rc heard(void *link, uint64_t pair, const struct mailer_frame *f)
{
    struct play_mailer *m = link;

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
            m->hand[m->hand_count++] = (struct play_letter){f->send.run.run_no, f->send.people[i].person_no,
                                                            f->send.fence, f->send.people[i].attempt};
        m->hand_most = m->hand_count > m->hand_most ? m->hand_count : m->hand_most;
        break;
    case MAILER_BREAK:
        m->breaks++;
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
static void answer(struct play_mailer *m)
{
    struct span bytes = arena_dup(play_world, buf_span(m->answers));

    m->answers->n = 0;
    while (bytes.n) {
        struct mailer_frame frame;
        size_t len;

        assert_int_equal(mailer_frame_read(play_world, bytes, &frame, &len), RC_OK);
        sending_frame(m->core, m->pair, &frame, play_world);
        bytes = span_from(bytes, len);
    }
}

static void tell(struct play_mailer *m, const struct play_letter *l, enum mail_outcome outcome, int code,
                 enum mail_class why)
{
    const struct mailer_result result = {l->person_no, l->attempt, outcome, code, why};

    say(m,
        &(struct mailer_frame){.kind = MAILER_RESULTS,
                               .results = {.run = {1, l->run_no}, .fence = l->fence, .count = 1, .results = &result}});
}

void play_finish(struct play_mailer *m, const struct play_letter *l, enum mail_outcome outcome, int code,
                 enum mail_class why)
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

static void start_mailer(struct play_mailer *m, struct house *h, const char *journal)
{
    m->answers = buf_new(play_world, 64 << 20);
    (void)snprintf(m->journal_path, sizeof m->journal_path, "%s/%s", h->folder, journal);
    m->journal_fd = open(m->journal_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(m->journal_fd >= 0);
    assert_int_equal(journal_open(m->journal_fd, &m->journal), RC_OK);
}

void play_greet(struct play_mailer *m)
{
    struct mailer_hello hello = {.can_send = true, .run_count = m->run_count};

    memcpy(hello.runs, m->runs, sizeof *m->runs * m->run_count);
    m->pair++;
    m->has_letters = false;
    m->hand_count = 0;
    m->answers->n = 0;
    sending_up(m->core, m->pair, &hello);
}

static void stop_mailer(struct play_mailer *m)
{
    journal_close(&m->journal);
    if (m->journal_fd > 0)
        (void)close(m->journal_fd);
    memset(m, 0, sizeof *m);
}

/* ---- a core ---- */

void play_core(struct play_mailer *m, struct house *h, const char *name)
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

int play_setup(void **state)
{
    static const struct db_stmt *const more[] = {&lapse, &hinder, &help};
    struct house *h;

    play_world = arena_open(MEMORY);
    server_key_make(&key);
    play_now.us = 1777636800000000; /* 2026-05-01T12:00:00Z */
    play_minute = 720;
    memset(play_mailers, 0, sizeof play_mailers);
    if (house_setup_store(state, more, COUNT(more)) != 0)
        return -1;
    h = *state;
    if (h->store) {
        start_mailer(&play_mailers[0], h, "mailer.journal");
        play_core(&play_mailers[0], h, "copy one");
    }
    return 0;
}

int play_teardown(void **state)
{
    for (int i = 0; i < 2; i++) {
        sending_close(&play_mailers[i].core);
        stop_mailer(&play_mailers[i]);
    }
    server_key_close(&key);
    arena_close(&play_world);
    return house_teardown(state);
}

void play_second(struct play_mailer *n, struct house *h, char keeper)
{
    start_mailer(n, h, "other.journal");
    n->keeper = keeper;
    play_core(n, h, "copy two");
    play_greet(n);
}

/* ---- a world ---- */

struct seal_object play_object(unsigned n)
{
    struct seal_object o = {{0}};

    memcpy(o.bytes, &n, sizeof n);
    o.bytes[15] = 1;
    return o;
}

void play_subscriber(struct house *h, unsigned n, struct span sealed, struct span audience)
{
    struct subscriber_row row = {.object = play_object(n),
                                 .lang = n % 2 ? LANG_ES : LANG_EN,
                                 .often = SUBSCRIBER_EVERY,
                                 .audience = audience,
                                 .day = PLAY_TODAY,
                                 .sealed = sealed};

    assert_int_equal(subscribers_add(h->db, 1, &row), RC_OK);
}

void play_people(struct house *h, unsigned people)
{
    struct pieces p = {0};
    struct content_campaign campaign;
    struct keys_new fresh = {.campaign = seal_campaign_make()};
    struct passphrase *words;
    struct mailing_secret *mailing;
    struct committee_secret *committee;
    struct mailing_public m;
    struct committee_public c;

    *LIST_ADD(play_world, &p.list) = (struct piece){S("campaign.ini"), S("x"), S("x"), 0, 0};
    assert_int_equal(content_replace(h->db, play_world, S("one.example"), 0, &p, NULL, play_now, &campaign), RC_OK);
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
    assert_int_equal(keys_put(h->db, 1, &fresh, play_now), RC_OK);
    mailing_key_close(&mailing);
    committee_key_close(&committee);
    passphrase_close(&words);
    for (unsigned n = 0; n < people; n++)
        play_subscriber(h, n, S("sealed"), S("educators"));
}

struct asking {
    struct sending *core;
    const struct sending_order *order; /* null: an unlock */
    struct mailing_id id;
    enum rc rc;
    atomic_bool is_done;
};

static void *ask_thread(void *arg)
{
    static const struct handover handover;
    const struct seal_campaign campaign = {{0}};
    struct asking *k = arg;

    if (k->order)
        k->rc = sending_start(k->core, k->order, &k->id.run_no);
    else
        k->rc = sending_unlock(k->core, &k->id, &campaign, &handover);
    atomic_store(&k->is_done, true);
    return NULL;
}

void play_turn(struct play_mailer *m)
{
    (void)sending_turn(m->core);
    answer(m);
}

void play_turns(struct play_mailer *m, int n)
{
    for (int i = 0; i < n; i++)
        play_turn(m);
}

/* What takes a call of another thread, while the engine turns here. */
static enum rc ask(struct play_mailer *m, struct asking *k)
{
    pthread_t thread;

    k->core = m->core;
    assert_int_equal(pthread_create(&thread, NULL, ask_thread, k), 0);
    while (!atomic_load(&k->is_done))
        play_turn(m);
    (void)pthread_join(thread, NULL);
    return k->rc;
}

enum rc play_try(struct play_mailer *m, const struct sending_order *order, int64_t *run_no_out)
{
    struct asking k = {.order = order};
    enum rc rc = ask(m, &k);

    *run_no_out = k.id.run_no;
    return rc;
}

enum rc play_unlock(struct play_mailer *m, int64_t run_no)
{
    struct asking k = {.id = {1, run_no}};

    return ask(m, &k);
}

static const struct span two_letters[] = {SPAN_INIT("english"), SPAN_INIT("spanish")};
static const struct sending_audience audiences[] = {{SPAN_INIT("educators"), true}, {SPAN_INIT("parents"), false}};
static const bool all_wanted[] = {true, true};

struct sending_order play_order(void)
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

struct mailing_run play_run(struct house *h, int64_t run_no)
{
    struct mailing_holder nobody = {{0}};
    struct mailing_run run = {0};
    struct mailing_id id = {1, run_no};

    if (mailing_find(h->db, play_world, &id, &nobody, play_now, &run) != RC_OK)
        run.state = 0;
    return run;
}

struct mailing_counts play_counts(struct house *h, int64_t run_no)
{
    struct mailing_counts c;
    struct mailing_id id = {1, run_no};

    assert_int_equal(mailing_count(h->db, &id, &c), RC_OK);
    return c;
}

int64_t play_start(struct play_mailer *m, struct house *h, const struct sending_order *order)
{
    const struct sending_order usual = play_order();
    int64_t run_no;

    assert_int_equal(play_try(m, order ? order : &usual, &run_no), RC_OK);
    for (int i = 0; i < PLAY_TURNS && play_run(h, run_no).state == RUN_FREEZING; i++)
        play_turn(m);
    assert_int_equal(play_run(h, run_no).state, RUN_ACTIVE);
    return run_no;
}

void play_pass(int64_t us)
{
    struct timespec t = {.tv_nsec = 51000000}; /* of the clock since boot, by which outcomes gather */

    play_now.us += us;
    (void)nanosleep(&t, NULL);
}

void play_settle(struct play_mailer *m)
{
    play_turn(m);
    play_pass(0);
    play_turns(m, 5);
}

void play_send(struct play_mailer *m, size_t n)
{
    for (size_t k = 0; k < n; k++)
        play_finish(m, &m->hand[k], MAIL_SENT, 250, MAIL_CLASS_NONE);
}

void play_tell(struct play_mailer *m)
{
    m->hand_count = 0;
    answer(m);
}

void play_finish_all(struct play_mailer *m, enum mail_outcome outcome, int code, enum mail_class why)
{
    for (size_t k = 0; k < m->hand_count; k++)
        play_finish(m, &m->hand[k], outcome, code, why);
    play_tell(m);
}

void play_letters(struct play_mailer *m)
{
    play_finish_all(m, MAIL_SENT, 250, MAIL_CLASS_NONE);
    play_turn(m);
    if (m->hand_count == 0)
        play_pass(PLAY_SECOND);
}

void play_until(struct play_mailer *m, struct house *h, int64_t run_no, enum run_state state)
{
    for (int i = 0; i < PLAY_TURNS && play_run(h, run_no).state != state; i++)
        play_letters(m);
    assert_int_equal(play_run(h, run_no).state, state);
}

void play_claim(struct play_mailer *m)
{
    for (int i = 0; i < PLAY_TURNS && m->hand_count == 0; i++)
        play_turn(m);
    assert_true(m->hand_count > 0);
}

int64_t play_begun(struct play_mailer *m, struct house *h, unsigned people)
{
    int64_t run_no;

    play_people(h, people);
    play_greet(m);
    run_no = play_start(m, h, NULL);
    play_claim(m);
    return run_no;
}

void play_assert_once(const struct play_mailer *m, int people)
{
    for (int i = 0; i < people; i++)
        assert_int_equal(m->sent[i], 1);
}

/* ---- what a store may meet ---- */

static enum rc lapse_tx(struct db *db, void *arg)
{
    (void)arg;
    return db_exec(db, &lapse, DB_ARGS(db_i64(MAILING_LEASE_US)));
}

void play_lapse(struct house *h)
{
    assert_int_equal(db_write(h->db, "lapse", lapse_tx, NULL), RC_OK);
}

static enum rc plain_tx(struct db *db, void *arg)
{
    return db_exec(db, arg, DB_NO_ARGS);
}

void play_hinder(struct house *h, bool is_hindered)
{
    assert_int_equal(db_write(h->db, "hinder", plain_tx, (void *)(uintptr_t)(is_hindered ? &hinder : &help)), RC_OK);
}
