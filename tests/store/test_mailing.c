/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Mailings in the store, on both engines: a freeze is whole or nothing, one holder at a time, nobody is claimed twice, who
 * left is not claimed at all, an outcome counts for its own claim only, sites are paced, reports add up, and whom we were
 * asked to forget is nowhere.
 */
#include "house.h"

#include "store/content.h"
#include "store/mailing.h"
#include "store/subscribers.h"

enum { MEMORY = 256 * 1024 * 1024, TODAY = 20600, PEOPLE = 300, SITES = 30, FULL = 1000 };

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)

static const struct instant noon = {1777636800000000}; /* 2026-05-01T12:00:00Z */
static const struct mailing_holder ours = {"copy one"};
static const struct mailing_holder theirs = {"copy two"};
/* Ten a minute, five at once. */
static const struct pace_rule slowly = {6 * SECOND, 5};
static const struct pace_rule unpaced = {0, 100};
static struct arena *world;

/* ---- statements that only tests have ---- */

struct delivery_row {
    int64_t person_no;
    int32_t state;
    int32_t attempts;
    int64_t fence;
    int64_t next_at;
    int64_t first_at;
    int32_t code;
    struct span object;
    struct span address;
};
static const struct db_stmt list_deliveries = {
    .name = "test.list_deliveries",
    .sql = "SELECT person_no, state, attempts, fence, next_at, first_at, code, object, address"
           " FROM delivery"
           " WHERE campaign_id = $1 AND run_no = $2"
           " ORDER BY person_no",
    .cols = {DB_I64(struct delivery_row, person_no), DB_I32(struct delivery_row, state),
             DB_I32(struct delivery_row, attempts), DB_I64(struct delivery_row, fence),
             DB_I64(struct delivery_row, next_at), DB_I64(struct delivery_row, first_at),
             DB_I32(struct delivery_row, code), DB_BYTES(struct delivery_row, object),
             DB_BYTES(struct delivery_row, address)},
};
/* Time passes, on the clock that counts for leases. */
static const struct db_stmt lapse = {
    .name = "test.lapse",
    .sql = "UPDATE run"
           " SET lease_until = lease_until - $1",
};
struct n_row {
    int64_t n;
};
static const struct db_stmt count_rows = {
    .name = "test.count_rows",
    .sql = "SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM run_letter) + (SELECT count(*) FROM run_site)"
           " + (SELECT count(*) FROM delivery)",
    .cols = {DB_I64(struct n_row, n)},
};

static int setup(void **state)
{
    static const struct db_stmt *const more[] = {&list_deliveries, &lapse, &count_rows};

    world = arena_open(MEMORY);
    return house_setup_store(state, more, COUNT(more));
}

static int teardown(void **state)
{
    arena_close(&world);
    return house_teardown(state);
}

/* ---- a world ---- */

static struct seal_object object(unsigned n)
{
    struct seal_object o = {{0}};
    uint32_t mixed = n * 2654435761U;

    memcpy(o.bytes, &mixed, sizeof mixed);
    memcpy(o.bytes + 12, &n, sizeof n);
    return o;
}

static void add_subscriber(struct house *h, int64_t campaign_id, unsigned n)
{
    struct subscriber_row row = {.object = object(n),
                                 .lang = LANG_EN,
                                 .often = SUBSCRIBER_EVERY,
                                 .audience = S("educators"),
                                 .day = TODAY,
                                 .sealed = S("sealed")};

    assert_int_equal(subscribers_add(h->db, campaign_id, &row), RC_OK);
}

static int64_t campaign_of(struct house *h, struct span host)
{
    struct pieces p = {0};
    struct content_campaign campaign;

    *LIST_ADD(world, &p.list) = (struct piece){S("campaign.ini"), S("x"), S("x"), 0, 0};
    assert_int_equal(content_replace(h->db, world, host, 0, &p, NULL, noon, &campaign), RC_OK);
    return campaign.campaign_id;
}

static struct mailing_id make_run(struct house *h, int64_t campaign_id)
{
    const struct span letters[] = {S("in English"), S("en español")};
    const struct mailing_run run = {
        .id = {.campaign_id = campaign_id},
        .news = S("memo"),
        .audiences = S("educators,parents"),
        .starts_at = {noon.us + 5},
        .hours_from = 480,
        .hours_to = 1200,
        .domain = S("one.example"),
        .key_object = object(77),
        .key_day = TODAY,
        .key_sealed = S("the run's key, sealed"),
    };
    struct mailing_id id;

    assert_int_equal(mailing_make(h->db, &run, letters, COUNT(letters), &ours, noon, &id), RC_OK);
    return id;
}

static struct span address_of(unsigned n)
{
    return arena_printf(world, "address of %u under the key", n);
}

/* Person n of a run is the subscriber n; the site of n is n % sites. */
static void put_people(struct house *h, const struct mailing_id *id, unsigned count, unsigned sites)
{
    struct mailing_frozen *people = ARENA_ARRAY(world, struct mailing_frozen, count);

    for (unsigned n = 0; n < count; n++)
        people[n] = (struct mailing_frozen){.person_no = n,
                                            .object = object(n),
                                            .site_no = (int32_t)(n % sites),
                                            .letter_no = (int32_t)(n % 2),
                                            .address = address_of(n)};
    assert_int_equal(mailing_put_people(h->db, id, 1, people, count), RC_OK);
}

static void put_sites(struct house *h, const struct mailing_id *id, unsigned count, unsigned sites)
{
    struct mailing_site *all = ARENA_ARRAY(world, struct mailing_site, sites);

    for (unsigned s = 0; s < sites; s++) {
        int64_t people = count / sites + (s < count % sites);

        all[s] =
            (struct mailing_site){(int32_t)s, people, people < 5 ? S("") : arena_printf(world, "site%u.example", s)};
    }
    assert_int_equal(mailing_put_sites(h->db, id, 1, all, sites), RC_OK);
}

/* A run that is active, of `count` people at `sites` sites; all of them subscribers. */
static struct mailing_id frozen_run(struct house *h, unsigned count, unsigned sites)
{
    int64_t campaign_id = campaign_of(h, S("one.example"));
    struct mailing_id id = make_run(h, campaign_id);
    int64_t people = 0;

    for (unsigned n = 0; n < count; n++)
        add_subscriber(h, campaign_id, n);
    put_people(h, &id, count, sites);
    put_sites(h, &id, count, sites);
    assert_int_equal(mailing_freeze_end(h->db, &id, 1, 2, 3, &people), RC_OK);
    assert_int_equal(people, count);
    return id;
}

static enum rc claim_tx(struct db *db, void *arg)
{
    return mailing_claim_in(db, arg);
}

static struct mailing_claim claim(struct house *h, const struct mailing_id *id, int64_t fence, int32_t most,
                                  struct instant now, const struct pace_rule *rule)
{
    struct mailing_claim c = {.id = *id, .fence = fence, .now = now, .rule = *rule, .most = most, .a = world};

    assert_int_equal(db_write(h->db, "claim", claim_tx, &c), RC_OK);
    return c;
}

struct settling {
    const struct mailing_id *id;
    struct mailing_outcome *outcomes;
    size_t count;
    int64_t settled;
    int32_t slow_site;
    struct instant now;
};

static enum rc settle_tx(struct db *db, void *arg)
{
    struct settling *s = arg;

    return mailing_settle_in(db, s->id, s->outcomes, s->count, TODAY, &s->settled);
}

static int64_t settle(struct house *h, const struct mailing_id *id, struct mailing_outcome *outcomes, size_t count)
{
    struct settling s = {.id = id, .outcomes = outcomes, .count = count};

    assert_int_equal(db_write(h->db, "settle", settle_tx, &s), RC_OK);
    return s.settled;
}

static int64_t settle_one(struct house *h, const struct mailing_id *id, struct mailing_outcome outcome)
{
    return settle(h, id, &outcome, 1);
}

static enum rc slow_tx(struct db *db, void *arg)
{
    struct settling *s = arg;

    return mailing_slow_in(db, s->id, s->slow_site, s->now);
}

static void slow(struct house *h, const struct mailing_id *id, int32_t site_no, struct instant now)
{
    struct settling s = {.id = id, .slow_site = site_no, .now = now};

    assert_int_equal(db_write(h->db, "slow", slow_tx, &s), RC_OK);
}

static struct delivery_row person(struct house *h, const struct mailing_id *id, int64_t no)
{
    struct db_rows rows;

    assert_int_equal(
        db_all(h->db, world, &list_deliveries, DB_ARGS(db_i64(id->campaign_id), db_i64(id->run_no)), &rows), RC_OK);
    for (size_t i = 0; i < rows.count; i++)
        if (((const struct delivery_row *)rows.items)[i].person_no == no)
            return ((const struct delivery_row *)rows.items)[i];
    fail_msg("there is no person %lld", (long long)no);
    return (struct delivery_row){0};
}

static struct mailing_counts counts(struct house *h, const struct mailing_id *id)
{
    struct mailing_counts c;

    assert_int_equal(mailing_count(h->db, id, &c), RC_OK);
    return c;
}

static struct mailing_run found(struct house *h, const struct mailing_id *id)
{
    struct mailing_run run;

    assert_int_equal(mailing_find(h->db, world, id, &ours, noon, &run), RC_OK);
    return run;
}

static enum rc lapse_tx(struct db *db, void *arg)
{
    return db_exec(db, &lapse, DB_ARGS(db_i64(*(const int64_t *)arg)));
}

static void let_pass(struct house *h, int64_t us)
{
    assert_int_equal(db_write(h->db, "lapse", lapse_tx, &us), RC_OK);
}

static struct mailing_outcome sent(const struct mailing_person *p, int64_t fence)
{
    return (struct mailing_outcome){
        .person_no = p->person_no, .attempt = p->attempt, .fence = fence, .state = DELIVERY_SENT, .code = 250};
}

/* ---- runs and their freeze ---- */

static void a_run_is_made_and_found(void **state)
{
    struct house *h = *state;
    struct mailing_letters letters;
    struct mailing_runs runs;
    struct mailing_run run;
    struct mailing_id first, second;
    int64_t campaign_id;

    HOUSE_NEED(h);
    campaign_id = campaign_of(h, S("one.example"));
    first = make_run(h, campaign_id);
    second = make_run(h, campaign_id);
    assert_true(first.run_no == 1 && second.run_no == 2 && !mailing_id_eq(&first, &second));
    run = found(h, &first);
    assert_true(span_eq(run.news, S("memo")) && span_eq(run.audiences, S("educators,parents")));
    assert_true(run.state == RUN_FREEZING && run.fence == 1 && run.is_held && run.is_ours && run.people == 0);
    assert_true(run.made_at.us == noon.us && run.starts_at.us == noon.us + 5 && run.ended_at.us == 0);
    assert_true(run.hours_from == 480 && run.hours_to == 1200 && span_eq(run.domain, S("one.example")));
    assert_true(run.key_day == TODAY && span_eq(run.key_sealed, S("the run's key, sealed")));
    assert_int_equal(mailing_find(h->db, world, &first, &theirs, noon, &run), RC_OK);
    assert_true(run.is_held && !run.is_ours);
    assert_int_equal(mailing_letters(h->db, world, &second, &letters), RC_OK);
    assert_int_equal(letters.list.count, 2);
    assert_true(span_eq(letters.list.items[1], S("en español")));
    assert_int_equal(mailing_list(h->db, world, campaign_id, &ours, noon, &runs), RC_OK);
    assert_true(runs.list.count == 2 && runs.list.items[0].id.run_no == 2);
    assert_int_equal(mailing_under_way(h->db, world, &ours, noon, &runs), RC_OK);
    assert_true(runs.list.count == 2 && runs.list.items[0].id.run_no == 1);
    first.run_no = 9;
    assert_int_equal(mailing_find(h->db, world, &first, &ours, noon, &run), RC_NOT_FOUND);
}

static void a_freeze_takes_people_and_drops_doubles(void **state)
{
    struct house *h = *state;
    const int64_t doubles[] = {3, 7, 2499};
    struct mailing_frozen late = {.person_no = 9000, .address = S("x")};
    struct mailing_claim c;
    struct mailing_id id;
    int64_t people;

    HOUSE_NEED(h);
    id = make_run(h, campaign_of(h, S("one.example")));
    put_people(h, &id, 2500, SITES); /* more than go in at once */
    put_sites(h, &id, 2500, SITES);
    c = claim(h, &id, 1, 10, noon, &unpaced);
    assert_true(c.is_held && c.state == RUN_FREEZING && c.count == 0);
    assert_int_equal(mailing_drop_people(h->db, &id, 1, doubles, COUNT(doubles)), RC_OK);
    assert_int_equal(mailing_put_people(h->db, &id, 2, &late, 1), RC_CONFLICT); /* not our fence */
    assert_int_equal(mailing_freeze_end(h->db, &id, 2, 0, 0, &people), RC_CONFLICT);
    assert_int_equal(mailing_freeze_end(h->db, &id, 1, 2, 3, &people), RC_OK);
    assert_int_equal(people, 2497);
    assert_int_equal(mailing_put_people(h->db, &id, 1, &late, 1), RC_CONFLICT); /* it is over */
    assert_int_equal(mailing_drop_people(h->db, &id, 1, doubles, 1), RC_CONFLICT);
    assert_true(found(h, &id).state == RUN_ACTIVE && found(h, &id).damaged == 2 && found(h, &id).no_way == 3);
    assert_true(span_eq(person(h, &id, 4).address, address_of(4)));
}

static void a_freeze_that_did_not_end_leaves_nothing(void **state)
{
    struct house *h = *state;
    struct mailing_id id, other;
    struct n_row rows = {0};
    int64_t people, fence;
    bool is_gone = false;
    int steps = 0;

    HOUSE_NEED(h);
    id = make_run(h, campaign_of(h, S("one.example")));
    put_people(h, &id, 6000, SITES);
    put_sites(h, &id, 6000, SITES);
    assert_int_equal(mailing_remove_some(h->db, &id, 7, &is_gone), RC_CONFLICT);
    assert_int_equal(mailing_take(h->db, &id, &theirs, noon, &fence), RC_CONFLICT); /* it is being frozen */
    let_pass(h, MAILING_LEASE_US);
    assert_int_equal(mailing_take(h->db, &id, &theirs, noon, &fence), RC_OK);
    assert_int_equal(mailing_freeze_end(h->db, &id, 1, 0, 0, &people), RC_CONFLICT); /* whoever froze it is too late */
    while (!is_gone && ++steps < 100)
        assert_int_equal(mailing_remove_some(h->db, &id, fence, &is_gone), RC_OK);
    assert_true(steps > 2);
    assert_int_equal(db_one(h->db, NULL, &count_rows, DB_NO_ARGS, &rows), RC_OK);
    assert_int_equal(rows.n, 0);
    other = make_run(h, id.campaign_id);
    assert_int_equal(mailing_freeze_end(h->db, &other, 1, 0, 0, &people), RC_OK);
    assert_int_equal(mailing_remove_some(h->db, &other, 1, &is_gone), RC_CONFLICT); /* it is no freeze any more */
}

/* ---- leases ---- */

static void one_holder_at_a_time(void **state)
{
    struct house *h = *state;
    struct mailing_claim c;
    struct mailing_id id;
    int64_t fence;

    HOUSE_NEED(h);
    id = frozen_run(h, 20, 3);
    assert_int_equal(mailing_take(h->db, &id, &theirs, noon, &fence), RC_CONFLICT);
    assert_int_equal(mailing_take(h->db, &id, &ours, noon, &fence), RC_OK);
    assert_int_equal(fence, 2);
    c = claim(h, &id, 1, 10, noon, &unpaced);
    assert_true(!c.is_held && c.count == 0); /* an earlier life of ours */
    c = claim(h, &id, 2, 4, noon, &unpaced);
    assert_true(c.is_held && c.count == 4 && c.lease_left_us > MAILING_LEASE_US / 2);
    let_pass(h, MAILING_LEASE_US / 2);
    c = claim(h, &id, 2, 0, noon, &unpaced); /* renewed */
    assert_true(c.is_held && c.lease_left_us == MAILING_LEASE_US);
    let_pass(h, MAILING_LEASE_US - SECOND);
    assert_int_equal(mailing_take(h->db, &id, &theirs, noon, &fence), RC_CONFLICT);
    let_pass(h, SECOND);
    assert_int_equal(mailing_take(h->db, &id, &theirs, noon, &fence), RC_OK);
    assert_int_equal(fence, 3);
    assert_false(claim(h, &id, 2, 10, noon, &unpaced).is_held);
    assert_int_equal(mailing_let_go(h->db, &id, 2), RC_OK); /* not ours to let go */
    assert_int_equal(mailing_take(h->db, &id, &ours, noon, &fence), RC_CONFLICT);
    assert_int_equal(mailing_let_go(h->db, &id, 3), RC_OK);
    assert_false(claim(h, &id, 3, 10, noon, &unpaced).is_held);
    assert_int_equal(mailing_take(h->db, &id, &ours, noon, &fence), RC_OK);
    assert_int_equal(fence, 4);
    assert_int_equal(mailing_free_all(h->db), RC_OK);
    assert_int_equal(mailing_take(h->db, &id, &theirs, noon, &fence), RC_OK);
}

/* ---- claims ---- */

static void people_are_claimed_in_order_and_once(void **state)
{
    struct house *h = *state;
    struct mailing_claim c;
    struct mailing_id id;
    struct delivery_row row;
    int64_t next = 0;

    HOUSE_NEED(h);
    id = frozen_run(h, PEOPLE, SITES);
    for (int i = 0; i < 4; i++) {
        c = claim(h, &id, 1, 90, noon, &unpaced);
        assert_int_equal(c.count, i < 3 ? 90 : PEOPLE - 270);
        for (int k = 0; k < c.count; k++) {
            assert_int_equal(c.people[k].person_no, next++);
            assert_int_equal(c.people[k].attempt, 1);
        }
        assert_true(i < 3 ? c.next_at.us == noon.us : c.next_at.us == INT64_MAX);
    }
    assert_true(span_eq(c.people[5].address, address_of(275)) && c.people[5].letter_no == 1);
    assert_int_equal(c.people[5].site_no, 275 % SITES);
    assert_memory_equal(c.people[5].object.bytes, object(275).bytes, SEAL_ID_LEN);
    row = person(h, &id, 275);
    assert_true(row.state == DELIVERY_CLAIMED && row.attempts == 1 && row.fence == 1 && row.first_at == noon.us);
    assert_int_equal(claim(h, &id, 1, 90, noon, &unpaced).count, 0);
    assert_int_equal(counts(h, &id).by_state[DELIVERY_CLAIMED], PEOPLE);
}

static void who_left_is_withdrawn_by_the_claim(void **state)
{
    struct house *h = *state;
    struct seal_object left, gone, back;
    struct mailing_claim c;
    struct mailing_id id;

    HOUSE_NEED(h);
    id = frozen_run(h, 10, 2);
    left = object(2);
    gone = object(5);
    back = object(6);
    assert_int_equal(subscribers_set_state(h->db, id.campaign_id, &left, SUBSCRIBER_LEFT, TODAY), RC_OK);
    assert_int_equal(subscribers_delete(h->db, id.campaign_id, &gone), RC_OK);
    assert_int_equal(subscribers_set_state(h->db, id.campaign_id, &back, SUBSCRIBER_LEFT, TODAY), RC_OK);
    assert_int_equal(subscribers_set_state(h->db, id.campaign_id, &back, SUBSCRIBER_ACTIVE, TODAY), RC_OK);
    c = claim(h, &id, 1, 100, noon, &unpaced);
    assert_true(c.count == 8 && c.withdrawn == 2);
    for (int i = 0; i < c.count; i++)
        assert_true(c.people[i].person_no != 2 && c.people[i].person_no != 5);
    for (int no = 2; no <= 5; no += 3) {
        assert_int_equal(person(h, &id, no).state, DELIVERY_WITHDRAWN);
        assert_true(person(h, &id, no).address.n == 0 && person(h, &id, no).object.n == 0);
        assert_int_equal(person(h, &id, no).attempts, 0);
    }
}

static void a_pause_holds_and_a_stop_ends(void **state)
{
    struct house *h = *state;
    struct mailing_claim c;
    struct mailing_id id;
    struct mailing_outcome o;
    int64_t next = 0;

    HOUSE_NEED(h);
    id = frozen_run(h, 10, 2);
    assert_int_equal(mailing_change(h->db, &id, RUN_PAUSED), RC_OK);
    assert_int_equal(mailing_change(h->db, &id, RUN_PAUSED), RC_OK);
    c = claim(h, &id, 1, 3, noon, &unpaced);
    assert_true(c.is_held && c.state == RUN_PAUSED && c.count == 0);
    assert_int_equal(mailing_change(h->db, &id, RUN_ACTIVE), RC_OK);
    c = claim(h, &id, 1, 3, noon, &unpaced);
    assert_int_equal(c.count, 3);
    assert_int_equal(mailing_change(h->db, &id, RUN_STOPPED), RC_OK);
    assert_int_equal(mailing_change(h->db, &id, RUN_ACTIVE), RC_CONFLICT);
    assert_int_equal(claim(h, &id, 1, 3, noon, &unpaced).count, 0);
    assert_int_equal(mailing_end(h->db, &id, 1, noon), RC_CONFLICT); /* three are claimed */
    for (int i = 0; i < 3; i++) {
        o = sent(&c.people[i], 1);
        assert_int_equal(settle_one(h, &id, o), 1);
    }
    assert_int_equal(mailing_blank_some(h->db, &id, 0, 6, &next), RC_OK);
    assert_int_equal(next, 6);
    assert_int_equal(mailing_blank_some(h->db, &id, next, 6, &next), RC_OK);
    assert_int_equal(next, -1);
    assert_true(person(h, &id, 4).address.n == 0 && person(h, &id, 9).address.n == 0);
    assert_int_equal(mailing_end(h->db, &id, 2, noon), RC_CONFLICT); /* not ours */
    assert_int_equal(mailing_end(h->db, &id, 1, noon), RC_OK);
    assert_true(found(h, &id).state == RUN_STOPPED && found(h, &id).ended_at.us == noon.us);
    assert_true(found(h, &id).key_sealed.n == 0 && !found(h, &id).is_held);
    assert_int_equal(mailing_change(h->db, &id, RUN_PAUSED), RC_CONFLICT);
    assert_int_equal(counts(h, &id).by_state[DELIVERY_PENDING], 7);
}

/* ---- pace ---- */

static void a_large_site_waits_and_the_others_do_not(void **state)
{
    struct house *h = *state;
    struct mailing_claim c;
    struct mailing_id id;
    struct instant now = noon;
    int64_t campaign_id;
    int64_t people;
    int of_large = 0;

    HOUSE_NEED(h);
    campaign_id = campaign_of(h, S("one.example"));
    id = make_run(h, campaign_id);
    for (unsigned n = 0; n < 60; n++) { /* every other one at site 0; of the others five have 6 people each */
        struct mailing_frozen f = {
            .person_no = n, .object = object(n), .site_no = n % 2 ? 1 + (int32_t)n / 2 % 5 : 0, .address = S("a")};

        add_subscriber(h, campaign_id, n);
        assert_int_equal(mailing_put_people(h->db, &id, 1, &f, 1), RC_OK);
    }
    for (int s = 0; s < 6; s++) {
        struct mailing_site site = {s, s ? 5 : 30, S("s.example")}; /* five are not held up */

        assert_int_equal(mailing_put_sites(h->db, &id, 1, &site, 1), RC_OK);
    }
    assert_int_equal(mailing_freeze_end(h->db, &id, 1, 0, 0, &people), RC_OK);
    c = claim(h, &id, 1, 100, now, &slowly);
    for (int i = 0; i < c.count; i++)
        of_large += c.people[i].site_no == 0;
    assert_int_equal(of_large, 5);
    assert_int_equal(c.count, 35);
    assert_int_equal(counts(h, &id).parked, 25);
    assert_true(c.next_at.us == noon.us + 6 * SECOND);
    now.us = noon.us + 6 * SECOND - 1;
    assert_int_equal(claim(h, &id, 1, 100, now, &slowly).count, 0);
    now.us = noon.us + 6 * SECOND;
    c = claim(h, &id, 1, 100, now, &slowly);
    assert_true(c.count == 1 && c.people[0].person_no == 10);
    now.us = noon.us + 3600 * SECOND; /* a server that slept: five at once, and no more */
    c = claim(h, &id, 1, 100, now, &slowly);
    assert_int_equal(c.count, 5);
    assert_int_equal(claim(h, &id, 1, 100, now, &slowly).count, 0);
    assert_int_equal(claim(h, &id, 1, 100, now, &unpaced).count, 19); /* the rule is asked anew each time */
    assert_int_equal(counts(h, &id).parked, 0);
}

static void a_site_that_asks_for_it_rests(void **state)
{
    struct house *h = *state;
    struct instant now = noon;
    struct mailing_claim c;
    struct mailing_id id;

    HOUSE_NEED(h);
    id = frozen_run(h, 40, 2);
    c = claim(h, &id, 1, 4, now, &unpaced);
    assert_int_equal(c.count, 4);
    slow(h, &id, 1, now);
    slow(h, &id, 1, now);  /* said of letters that were under way together: once */
    slow(h, &id, 17, now); /* a site that has no row yet */
    c = claim(h, &id, 1, 100, now, &unpaced);
    assert_int_equal(c.count, 18);
    for (int i = 0; i < c.count; i++)
        assert_int_equal(c.people[i].site_no, 0);
    assert_true(c.next_at.us == noon.us + MINUTE);
    now.us += MINUTE;
    c = claim(h, &id, 1, 100, now, &unpaced);
    assert_true(c.count == 18 && c.people[0].site_no == 1); /* slower, but fewer than go at once */
}

static void pace_keeps_its_rule(void **state)
{
    const struct pace_rule rule = {SECOND, 10};
    struct pace large = {.people = 1000};
    struct pace small = {.people = 10};
    struct instant now = noon;

    (void)state;
    assert_int_equal(pace_room(&rule, &large, now, 100), 10);
    pace_take(&rule, &large, now, 10);
    assert_int_equal(pace_room(&rule, &large, now, 100), 0);
    assert_true(pace_room_at(&rule, &large, now).us == noon.us + SECOND);
    now.us += 3 * SECOND;
    assert_int_equal(pace_room(&rule, &large, now, 100), 3);
    assert_int_equal(pace_room(&rule, &large, now, 2), 2);
    now.us = noon.us - 3600 * SECOND; /* the clock was put back: no longer than a full bucket takes */
    assert_true(pace_room_at(&rule, &large, now).us <= now.us + SECOND);
    now = noon;
    assert_int_equal(pace_room(&rule, &small, now, 100), 100);
    for (int i = 0; i < 8; i++) {
        static const int minutes[] = {1, 2, 4, 8, 16, 30, 30, 30};

        pace_slow_down(&small, now);
        assert_true(small.rest_until.us == now.us + minutes[i] * MINUTE);
        assert_int_equal(pace_room(&rule, &small, now, 100), 0);
        assert_true(pace_room_at(&rule, &small, now).us == small.rest_until.us);
        now = small.rest_until;
    }
    assert_int_equal(pace_room(&rule, &small, now, 100), 1); /* ten at once, halved six times */
    pace_take(&rule, &small, now, 1);
    assert_true(pace_room_at(&rule, &small, now).us == now.us + 64 * SECOND);
    assert_false(pace_recover(&small, (struct instant){now.us + 30 * MINUTE - 1}));
    assert_true(pace_recover(&small, (struct instant){now.us + 30 * MINUTE}));
    assert_int_equal(small.slower, 5);
    assert_false(pace_recover(&small, (struct instant){now.us + 31 * MINUTE}));
    large = (struct pace){.people = 1000, .rest_until = {noon.us + 4000 * MINUTE}}; /* no rest is that long */
    assert_int_equal(pace_room(&rule, &large, noon, 100), 10);
}

/* ---- outcomes ---- */

static void outcomes_are_written_and_addresses_blanked(void **state)
{
    struct house *h = *state;
    struct mailing_outcome o[6];
    struct subscriber_row dead = {0};
    struct seal_object who;
    struct mailing_claim c;
    struct mailing_id id;

    HOUSE_NEED(h);
    id = frozen_run(h, 6, 2);
    c = claim(h, &id, 1, 100, noon, &unpaced);
    for (int i = 0; i < 6; i++) {
        o[i] = sent(&c.people[i], 1);
        o[i].state = i == 2   ? DELIVERY_FAILED
                     : i == 3 ? DELIVERY_DEFERRED
                     : i == 4 ? DELIVERY_PENDING
                     : i == 5 ? DELIVERY_IN_DOUBT
                              : DELIVERY_SENT;
    }
    o[2].code = 550;
    o[2].is_dead = true;
    o[3].next_at.us = noon.us + 5 * MINUTE;
    assert_int_equal(settle(h, &id, o, 6), 6);
    assert_true(person(h, &id, 0).state == DELIVERY_SENT && person(h, &id, 0).address.n == 0);
    assert_true(person(h, &id, 1).state == DELIVERY_SENT && person(h, &id, 1).code == 250);
    assert_true(person(h, &id, 2).state == DELIVERY_FAILED && person(h, &id, 2).address.n == 0);
    assert_int_equal(person(h, &id, 2).code, 550);
    who = object(2);
    assert_int_equal(subscribers_find(h->db, world, id.campaign_id, &who, &dead), RC_OK);
    assert_true(dead.state == SUBSCRIBER_BOUNCED && dead.state_day == TODAY);
    assert_true(person(h, &id, 3).state == DELIVERY_DEFERRED && person(h, &id, 3).address.n > 0);
    assert_true(person(h, &id, 4).state == DELIVERY_PENDING && person(h, &id, 4).attempts == 0);
    assert_int_equal(person(h, &id, 4).first_at, 0); /* it never began */
    assert_true(person(h, &id, 5).state == DELIVERY_IN_DOUBT && person(h, &id, 5).address.n > 0);
    c = claim(h, &id, 1, 100, noon, &unpaced);
    assert_true(c.count == 1 && c.people[0].person_no == 4 && c.people[0].attempt == 1);
    assert_true(c.next_at.us == noon.us + 5 * MINUTE);
    c = claim(h, &id, 1, 100, (struct instant){noon.us + 5 * MINUTE}, &unpaced);
    assert_true(c.count == 1 && c.people[0].person_no == 3 && c.people[0].attempt == 2);
    assert_true(c.people[0].first_at.us == noon.us);
}

static void an_outcome_counts_for_its_own_claim(void **state)
{
    struct house *h = *state;
    struct mailing_outcome o, later;
    struct subscriber_row alive = {0};
    struct seal_object who;
    struct mailing_claim c;
    struct mailing_id id;
    int64_t fence, people;

    HOUSE_NEED(h);
    id = frozen_run(h, 3, 2);
    c = claim(h, &id, 1, 100, noon, &unpaced);
    o = sent(&c.people[0], 2);
    o.state = DELIVERY_FAILED;
    o.is_dead = true;
    assert_int_equal(settle_one(h, &id, o), 0); /* another fence */
    o = sent(&c.people[0], 1);
    o.attempt = 2;
    assert_int_equal(settle_one(h, &id, o), 0);
    o.attempt = 1;
    assert_int_equal(settle_one(h, &id, o), 1);
    o.state = DELIVERY_FAILED;
    o.is_dead = true;
    assert_int_equal(settle_one(h, &id, o), 0); /* it is known already */
    assert_int_equal(person(h, &id, 0).state, DELIVERY_SENT);
    who = object(0);
    assert_int_equal(subscribers_find(h->db, world, id.campaign_id, &who, &alive), RC_OK);
    assert_int_equal(alive.state, SUBSCRIBER_ACTIVE); /* and nobody is dead for what does not count */
    /* in doubt, and then its answer comes after all: from a journal, or from a process that lost the run */
    o = sent(&c.people[1], 1);
    o.state = DELIVERY_IN_DOUBT;
    assert_int_equal(settle_one(h, &id, o), 1);
    assert_int_equal(mailing_take(h->db, &id, &ours, noon, &fence), RC_OK);
    later = sent(&c.people[1], 1);
    assert_int_equal(settle_one(h, &id, later), 1);
    assert_int_equal(person(h, &id, 1).state, DELIVERY_SENT);
    /* but not once it was decided otherwise */
    o = sent(&c.people[2], 1);
    o.state = DELIVERY_IN_DOUBT;
    assert_int_equal(settle_one(h, &id, o), 1);
    assert_int_equal(mailing_resend(h->db, &id, noon, &people), RC_OK);
    assert_int_equal(people, 1);
    later = sent(&c.people[2], 1);
    assert_int_equal(settle_one(h, &id, later), 0);
    c = claim(h, &id, fence, 100, noon, &unpaced);
    assert_true(c.count == 1 && c.people[0].attempt == 2 && c.people[0].first_at.us == noon.us);
    assert_int_equal(settle_one(h, &id, later), 0);
    assert_int_equal(person(h, &id, 2).state, DELIVERY_CLAIMED);
}

static void doubts_keep_a_run_open_until_somebody_decides(void **state)
{
    struct house *h = *state;
    struct mailing_claimed_list open;
    struct mailing_outcome o;
    struct mailing_claim c;
    struct mailing_id id, nowhere;
    int64_t people;

    HOUSE_NEED(h);
    id = frozen_run(h, 2, 1);
    assert_int_equal(mailing_end(h->db, &id, 1, noon), RC_CONFLICT); /* two wait */
    c = claim(h, &id, 1, 100, noon, &unpaced);
    o = sent(&c.people[0], 1);
    assert_int_equal(settle_one(h, &id, o), 1);
    assert_int_equal(mailing_end(h->db, &id, 1, noon), RC_CONFLICT); /* one is claimed */
    o = sent(&c.people[1], 1);
    o.state = DELIVERY_IN_DOUBT;
    assert_int_equal(settle_one(h, &id, o), 1);
    assert_int_equal(mailing_end(h->db, &id, 1, noon), RC_CONFLICT); /* one is in doubt */
    assert_int_equal(counts(h, &id).undecided, 1);
    assert_int_equal(mailing_claimed(h->db, world, &id, &open), RC_OK);
    assert_true(open.list.count == 1 && open.list.items[0].person_no == 1 && open.list.items[0].fence == 1);
    nowhere = (struct mailing_id){id.campaign_id, 99};
    assert_int_equal(mailing_leave(h->db, &nowhere, &people), RC_NOT_FOUND);
    assert_int_equal(mailing_resend(h->db, &nowhere, noon, &people), RC_NOT_FOUND);
    assert_int_equal(mailing_leave(h->db, &id, &people), RC_OK);
    assert_int_equal(people, 1);
    assert_int_equal(mailing_claimed(h->db, world, &id, &open), RC_OK);
    assert_int_equal(open.list.count, 0);
    o.state = DELIVERY_SENT;
    assert_int_equal(settle_one(h, &id, o), 0); /* whatever is said of it now: it was left as it is */
    assert_true(counts(h, &id).by_state[DELIVERY_IN_DOUBT] == 1 && counts(h, &id).undecided == 0);
    assert_int_equal(mailing_end(h->db, &id, 1, noon), RC_OK);
    assert_true(found(h, &id).state == RUN_DONE && found(h, &id).key_sealed.n == 0);
    assert_int_equal(mailing_resend(h->db, &id, noon, &people), RC_CONFLICT);
}

static void times_that_lie_too_far_ahead_are_mended(void **state)
{
    struct house *h = *state;
    struct mailing_outcome o;
    struct mailing_claim c;
    struct mailing_id id;

    HOUSE_NEED(h);
    id = frozen_run(h, 2, 1);
    c = claim(h, &id, 1, 100, noon, &unpaced);
    for (int i = 0; i < 2; i++) {
        o = sent(&c.people[i], 1);
        o.state = DELIVERY_DEFERRED;
        o.next_at.us = noon.us + (i ? 240 : 1440) * MINUTE;
        assert_int_equal(settle_one(h, &id, o), 1);
    }
    assert_int_equal(mailing_mend_times(h->db, &id, noon), RC_OK);
    c = claim(h, &id, 1, 100, noon, &unpaced);
    assert_true(c.count == 1 && c.people[0].person_no == 0);
}

/* ---- counts ---- */

static void a_report_adds_up_and_names_no_small_site(void **state)
{
    struct house *h = *state;
    struct mailing_report report;
    struct mailing_outcome o;
    struct mailing_claim c;
    struct mailing_had *had;
    struct mailing_id id;
    struct mailing_counts all;
    int64_t people = 0;
    size_t count;

    HOUSE_NEED(h);
    id = frozen_run(h, 33, 7); /* five sites of five people, two of four */
    c = claim(h, &id, 1, 20, noon, &unpaced);
    for (int i = 0; i < c.count; i++) {
        o = sent(&c.people[i], 1);
        if (i % 5 == 0)
            o.state = i % 2 ? DELIVERY_FAILED : DELIVERY_IN_DOUBT;
        assert_int_equal(settle_one(h, &id, o), 1);
    }
    all = counts(h, &id);
    assert_true(all.by_state[DELIVERY_SENT] == 16 && all.by_state[DELIVERY_FAILED] == 2);
    assert_true(all.by_state[DELIVERY_PENDING] == 13 && all.first_at.us == noon.us);
    assert_int_equal(mailing_report(h->db, world, &id, &report), RC_OK);
    assert_int_equal(report.list.count, 6);
    for (size_t i = 0; i < report.list.count; i++) {
        int64_t in_states = 0;

        for (int s = 0; s < DELIVERY_STATES; s++) {
            in_states += report.list.items[i].by_state[s];
            all.by_state[s] -= report.list.items[i].by_state[s];
        }
        assert_int_equal(in_states, report.list.items[i].people);
        people += in_states;
        assert_true((report.list.items[i].name.n == 0) == (i == 5));
    }
    assert_int_equal(people, 33);
    for (int s = 0; s < DELIVERY_STATES; s++)
        assert_int_equal(all.by_state[s], 0);
    assert_true(span_eq(report.list.items[0].name, S("site0.example")) && report.list.items[5].people == 8);
    assert_int_equal(mailing_had(h->db, world, &id, -1, 10, &had, &count), RC_OK);
    assert_int_equal(count, 10);
    assert_int_equal(mailing_had(h->db, world, &id, had[9].person_no, 100, &had, &count), RC_OK);
    assert_int_equal(count, 8); /* sixteen sent, two in doubt */
    for (size_t i = 0; i < count; i++) {
        struct seal_object o_i = object((unsigned)had[i].person_no);

        assert_true(had[i].mark == mailing_mark(&o_i));
    }
}

static int64_t people_of(const struct mailing_wanted_list *list, struct span audience, bool is_every)
{
    for (size_t i = 0; i < list->list.count; i++)
        if (list->list.items[i].is_every == is_every && span_eq(list->list.items[i].audience, audience))
            return list->list.items[i].people;
    return 0;
}

static void whom_a_run_reached_is_counted_by_who_still_wants_letters(void **state)
{
    struct house *h = *state;
    struct mailing_wanted_list list;
    struct seal_object first = object(0);
    struct seal_object second = object(1);
    struct mailing_claim c;
    struct mailing_outcome o;
    struct mailing_id id, other;
    int64_t people;

    HOUSE_NEED(h);
    id = frozen_run(h, 33, 7);
    c = claim(h, &id, 1, 20, noon, &unpaced);
    for (int i = 0; i < c.count; i++) {
        o = sent(&c.people[i], 1);
        if (i % 5 == 0)
            o.state = i % 2 ? DELIVERY_FAILED : DELIVERY_IN_DOUBT;
        assert_int_equal(settle_one(h, &id, o), 1);
    }
    assert_int_equal(mailing_wanted(h->db, world, id.campaign_id, &list), RC_OK);
    people = people_of(&list, S("educators"), true);
    assert_int_equal(people, 33);
    assert_int_equal(list.list.count, 1);
    assert_int_equal(mailing_reached(h->db, world, &id, &list), RC_OK);
    assert_int_equal(people_of(&list, S("educators"), true), 18);
    assert_int_equal(subscribers_set_state(h->db, id.campaign_id, &first, SUBSCRIBER_LEFT, 20600), RC_OK);
    assert_int_equal(
        subscribers_set_wishes(h->db, id.campaign_id, &second, LANG_EN, S("educators"), SUBSCRIBER_IMPORTANT), RC_OK);
    assert_int_equal(mailing_reached(h->db, world, &id, &list), RC_OK);
    assert_int_equal(list.list.count, 2);
    assert_int_equal(people_of(&list, S("educators"), true), 16);
    assert_int_equal(people_of(&list, S("educators"), false), 1);
    assert_int_equal(mailing_wanted(h->db, world, id.campaign_id, &list), RC_OK);
    assert_int_equal(people_of(&list, S("educators"), true), 31);
    other = make_run(h, id.campaign_id);
    assert_int_equal(mailing_reached(h->db, world, &other, &list), RC_OK);
    assert_int_equal(list.list.count, 0);
}

/* ---- forgetting ---- */

static void who_is_forgotten_is_in_no_delivery(void **state)
{
    struct house *h = *state;
    struct seal_object who;
    struct mailing_claim c;
    struct mailing_id id, second;
    struct db_rows rows;
    int64_t people;

    HOUSE_NEED(h);
    id = frozen_run(h, PEOPLE, SITES);
    c = claim(h, &id, 1, 100, noon, &unpaced);
    for (int i = 0; i < c.count; i++)
        assert_int_equal(settle_one(h, &id, sent(&c.people[i], 1)), 1);
    second = make_run(h, id.campaign_id);
    put_people(h, &second, 6000, SITES); /* more than one step looks at */
    assert_int_equal(mailing_freeze_end(h->db, &second, 1, 0, 0, &people), RC_OK);
    assert_int_equal(house_forget_all(h), 1); /* nobody */
    for (unsigned n = 0; n < PEOPLE; n += 10) {
        who = object(n);
        assert_int_equal(subscribers_delete(h->db, id.campaign_id, &who), RC_OK);
    }
    assert_true(house_forget_all(h) >= 3);
    assert_int_equal(house_forget_all(h), 1);
    for (int run = 0; run < 2; run++) {
        assert_int_equal(db_all(h->db, world, &list_deliveries,
                                DB_ARGS(db_i64(id.campaign_id), db_i64(run ? second.run_no : id.run_no)), &rows),
                         RC_OK);
        for (size_t i = 0; i < rows.count; i++) {
            const struct delivery_row *row = (const struct delivery_row *)rows.items + i;
            bool is_forgotten = row->person_no < PEOPLE && row->person_no % 10 == 0;

            assert_true((row->object.n == 0) == is_forgotten);
            if (is_forgotten && (run || row->person_no >= 100))
                assert_true(row->state == DELIVERY_WITHDRAWN && row->address.n == 0);
            else if (is_forgotten)
                assert_int_equal(row->state, DELIVERY_SENT); /* it went out, and counts */
        }
    }
}

/* ---- everything at once ---- */

static unsigned dice(unsigned *seed, unsigned sides)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % sides;
}

/* Claims, outcomes of every kind, doubts decided, pauses, holders that change: in the end everybody has one outcome, nobody
 * was sent to twice, and nobody is lost. */
static void nobody_is_lost_and_nobody_is_sent_to_twice(void **state)
{
    struct house *h = *state;
    struct mailing_claim c;
    struct mailing_id id;
    struct mailing_counts all;
    struct instant now = noon;
    unsigned seed = 7;
    int64_t fence = 1;
    int64_t ignored;
    unsigned char sends[FULL] = {0};
    bool is_over = false;

    HOUSE_NEED(h);
    id = frozen_run(h, FULL, SITES);
    for (int round = 0; round < 3000 && !is_over; round++) {
        struct mailing_outcome o[MAILING_CLAIM_MOST];

        if (dice(&seed, 20) == 0)
            assert_int_equal(mailing_take(h->db, &id, &ours, now, &fence), RC_OK);
        if (dice(&seed, 30) == 0)
            assert_int_equal(mailing_resend(h->db, &id, now, &ignored), RC_OK);
        if (dice(&seed, 20) == 0)
            slow(h, &id, (int32_t)dice(&seed, SITES), now);
        c = claim(h, &id, fence, 1 + (int32_t)dice(&seed, 60), now, &slowly);
        for (int i = 0; i < c.count; i++) {
            o[i] = sent(&c.people[i], fence);
            switch (dice(&seed, 6)) {
            case 0:
                o[i].state = DELIVERY_DEFERRED;
                o[i].next_at.us = now.us + 5 * MINUTE;
                break;
            case 1:
                o[i].state = DELIVERY_PENDING;
                o[i].next_at = now;
                break;
            case 2:
                o[i].state = DELIVERY_IN_DOUBT;
                break;
            default:
                sends[c.people[i].person_no]++;
            }
        }
        if (c.count)
            assert_int_equal(settle(h, &id, o, (size_t)c.count), c.count);
        assert_true(c.next_at.us >= now.us);
        if (c.next_at.us > now.us && c.next_at.us != INT64_MAX)
            now.us = c.next_at.us;
        if (c.next_at.us == INT64_MAX) {
            all = counts(h, &id);
            is_over = all.undecided == 0 && all.by_state[DELIVERY_SENT] == FULL;
            assert_int_equal(mailing_resend(h->db, &id, now, &ignored), RC_OK);
        }
    }
    assert_true(is_over);
    for (int i = 0; i < FULL; i++)
        assert_int_equal(sends[i], 1);
    assert_int_equal(counts(h, &id).parked, 0);
    assert_int_equal(mailing_end(h->db, &id, fence, now), RC_OK);
}

#define MAILING_TEST(f)                                                                                                \
    {#f " on SQLite", f, setup, teardown, (void *)(uintptr_t)HOUSE_SQLITE},                                            \
    {                                                                                                                  \
#f " on PostgreSQL", f, setup, teardown, (void *)(uintptr_t)HOUSE_POSTGRES                                     \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pace_keeps_its_rule),
        MAILING_TEST(a_run_is_made_and_found),
        MAILING_TEST(a_freeze_takes_people_and_drops_doubles),
        MAILING_TEST(a_freeze_that_did_not_end_leaves_nothing),
        MAILING_TEST(one_holder_at_a_time),
        MAILING_TEST(people_are_claimed_in_order_and_once),
        MAILING_TEST(who_left_is_withdrawn_by_the_claim),
        MAILING_TEST(a_pause_holds_and_a_stop_ends),
        MAILING_TEST(a_large_site_waits_and_the_others_do_not),
        MAILING_TEST(a_site_that_asks_for_it_rests),
        MAILING_TEST(outcomes_are_written_and_addresses_blanked),
        MAILING_TEST(an_outcome_counts_for_its_own_claim),
        MAILING_TEST(doubts_keep_a_run_open_until_somebody_decides),
        MAILING_TEST(times_that_lie_too_far_ahead_are_mended),
        MAILING_TEST(a_report_adds_up_and_names_no_small_site),
        MAILING_TEST(whom_a_run_reached_is_counted_by_who_still_wants_letters),
        MAILING_TEST(who_is_forgotten_is_in_no_delivery),
        MAILING_TEST(nobody_is_lost_and_nobody_is_sent_to_twice),
    };

    return cmocka_run_group_tests_name("mailing", tests, NULL, NULL);
}
