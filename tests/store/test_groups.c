/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Transactions that share a commit of SQLite, and one or more of them fail: who wrote before and after it is told OK and
 * is there, once, in its place; what failed left nothing; and who had to run again ran once again, not more.
 *
 * Each test makes one group, or knows how many: while the first transaction waits for a flag, the others are posted.
 */
#include "house.h"

#include <time.h>

enum { JOBS_MOST = 40 };

enum deed {
    DEED_WRITE = 0, /* numbers its row after the highest there is */
    DEED_LOOK,      /* reads, and refuses */
    DEED_DENY,      /* writes, and refuses */
    DEED_CLASH,     /* writes, then writes the same key: the engine's own fault */
    DEED_LOSE,      /* writes, and loses the first time */
    DEED_LOSE_DRY,  /* loses the first time before it wrote */
};

struct party;

struct job {
    struct db_job job; /* first */
    struct party *party;
    enum deed deed;
    int runs;
    int64_t id; /* of its row */
    enum rc got;
};

struct party {
    struct house *h;
    struct job jobs[JOBS_MOST];
    int count;
    struct job hold;
    atomic_bool posted;
    atomic_int done;
};

static enum rc insert(struct db *db, struct job *j)
{
    struct arena *a = arena_open(64 * 1024);
    struct house_row row = {0};
    enum rc rc = db_one(db, a, &house_insert_back, DB_ARGS(db_null()), &row);

    if (rc == RC_OK) {
        j->id = row.id;
        rc = db_note(db, arena_printf(a, "row %lld", (long long)row.id));
    }
    arena_close(&a);
    return rc;
}

static enum rc job_tx(struct db *db, void *arg)
{
    struct job *j = arg;
    struct house_count count = {0};
    enum rc rc = db_one(db, NULL, &house_count, DB_NO_ARGS, &count);

    j->runs++;
    if (rc == RC_OK && j->deed == DEED_LOOK)
        return RC_NOT_FOUND;
    if (rc == RC_OK && j->deed == DEED_LOSE_DRY && j->runs == 1)
        return RC_RETRY;
    if (rc == RC_OK)
        rc = insert(db, j);
    if (rc != RC_OK || j->deed == DEED_WRITE || j->deed == DEED_LOSE_DRY)
        return rc;
    if (j->deed == DEED_CLASH)
        return db_exec(db, &house_insert,
                       DB_ARGS(db_i64(j->id), db_i64(1), db_bool(true), db_null(), db_null(), db_null()));
    if (j->deed == DEED_LOSE)
        return j->runs == 1 ? RC_RETRY : RC_OK;
    return RC_DENIED;
}

static void job_done(struct db_job *job, enum rc rc)
{
    struct job *j = (struct job *)job;

    j->got = rc;
    atomic_fetch_add(&j->party->done, 1);
}

/* Longer than a group may last, so that its own is over when the others are there. */
static enum rc hold_tx(struct db *db, void *arg)
{
    struct timespec t = {.tv_nsec = 30000000};
    const struct job *j = arg;

    (void)db;
    do
        (void)nanosleep(&t, NULL);
    while (!atomic_load(&j->party->posted));
    return RC_OK;
}

/* All in one group, in the order of `deeds`. */
static void run_group(struct party *p, struct house *h, const enum deed *deeds, int count)
{
    p->h = h;
    p->count = count;
    atomic_store(&p->posted, false);
    atomic_store(&p->done, 0);
    p->hold = (struct job){.job = {.name = "hold", .fn = hold_tx, .done = job_done}, .party = p};
    p->hold.job.arg = &p->hold;
    assert_int_equal(db_post(h->store, &p->hold.job), RC_OK);
    for (int i = 0; i < count; i++) {
        struct job *j = &p->jobs[i];

        *j = (struct job){.job = {.name = "job", .fn = job_tx, .arg = j, .done = job_done}, .party = p};
        j->deed = deeds[i];
        assert_int_equal(db_post(h->store, &j->job), RC_OK);
    }
    atomic_store(&p->posted, true);
    assert_true(house_wait(&p->done, count + 1));
}

static enum rc want(enum deed deed)
{
    switch (deed) {
    case DEED_LOOK:
        return RC_NOT_FOUND;
    case DEED_DENY:
        return RC_DENIED;
    case DEED_CLASH:
        return RC_CONFLICT;
    case DEED_WRITE:
    case DEED_LOSE:
    case DEED_LOSE_DRY:
    default:
        return RC_OK;
    }
}

/* Everybody got the answer that is theirs, and every row stands where its writer was in the queue: `from` is the
 * number of the first. Those that lost come after the others. */
static void expect_all(const struct party *p, int64_t from)
{
    int64_t next = from;

    for (int i = 0; i < p->count; i++) {
        const struct job *j = &p->jobs[i];
        struct house_row row;

        assert_int_equal(j->got, want(j->deed));
        if (j->deed != DEED_WRITE)
            continue;
        assert_true(j->id == next++);
        assert_int_equal(db_one(p->h->db, p->h->a, &house_find, DB_ARGS(db_i64(j->id)), &row), RC_OK);
    }
}

static void expect_runs(const struct party *p, int from, int to, int runs)
{
    for (int i = from; i < to; i++)
        assert_int_equal(p->jobs[i].runs, runs);
}

static void who_wrote_and_fails_undoes_itself_alone(void **state)
{
    static const enum deed deeds[] = {0, 0, 0, DEED_DENY, 0, DEED_CLASH, 0, 0};
    struct house *h = *state;
    struct party p;
    struct db_status s;

    run_group(&p, h, deeds, COUNT(deeds));
    expect_all(&p, 1);
    assert_true(house_rows(h, h->db) == 6);
    expect_runs(&p, 0, 3, 2); /* before it */
    expect_runs(&p, 3, 8, 1); /* itself, and what came after */
    assert_int_equal(atomic_load(&h->heard), 6);
    db_status(h->store, &s);
    assert_true(s.written == 7 && s.undone == 2 && s.retried == 0);
    assert_true(s.groups >= 2 && s.groups <= 4); /* the first job and these; a slow machine ends a group early */
}

static void who_only_looked_costs_nobody_anything(void **state)
{
    static const enum deed deeds[] = {0, 0, DEED_LOOK, 0, DEED_LOOK, 0};
    struct house *h = *state;
    struct party p;

    run_group(&p, h, deeds, COUNT(deeds));
    expect_all(&p, 1);
    expect_runs(&p, 0, 6, 1);
    assert_true(house_rows(h, h->db) == 4);
    assert_int_equal(atomic_load(&h->heard), 4);
}

static void who_lost_runs_again_after_the_others(void **state)
{
    static const enum deed deeds[] = {0, DEED_LOSE_DRY, 0, DEED_LOSE, 0};
    struct house *h = *state;
    struct party p;
    struct db_status s;

    run_group(&p, h, deeds, COUNT(deeds));
    assert_true(house_rows(h, h->db) == 5);
    for (int i = 0; i < p.count; i++)
        assert_int_equal(p.jobs[i].got, RC_OK);
    assert_true(p.jobs[0].id < p.jobs[2].id && p.jobs[2].id < p.jobs[4].id);
    expect_runs(&p, 0, 4, 2);
    expect_runs(&p, 4, 5, 1);
    assert_int_equal(atomic_load(&h->heard), 5);
    db_status(h->store, &s);
    assert_true(s.written == 6 && s.undone == 0 && s.retried == 2);
}

static void alone_in_its_group_it_is_undone_too(void **state)
{
    static const enum deed deeds[] = {DEED_DENY};
    struct house *h = *state;
    struct party p;

    run_group(&p, h, deeds, COUNT(deeds));
    expect_all(&p, 1);
    expect_runs(&p, 0, 1, 1);
    assert_true(house_rows(h, h->db) == 0);
    assert_int_equal(atomic_load(&h->heard), 0);
    assert_int_equal(house_put(h->db, 1, NULL), RC_OK);
}

/* After one group that had to be undone the next ones are careful, and later ones quick again. */
static void many_that_fail_are_not_run_twice_each(void **state)
{
    static const enum deed deeds[] = {0, 0, 0, DEED_DENY, 0};
    struct house *h = *state;
    struct party p;

    run_group(&p, h, deeds, COUNT(deeds));
    expect_runs(&p, 0, 3, 2);
    for (int i = 1; i < 4; i++) {
        run_group(&p, h, deeds, COUNT(deeds));
        expect_all(&p, 1 + (int64_t)i * 4);
        expect_runs(&p, 0, 5, 1);
    }
    for (int i = 0; i < 20; i++)
        assert_int_equal(house_put(h->db, 1000 + i, NULL), RC_OK);
    run_group(&p, h, deeds, COUNT(deeds));
    expect_all(&p, 1020);
    expect_runs(&p, 0, 3, 2);
}

static void all_of_a_group_may_fail(void **state)
{
    enum deed deeds[JOBS_MOST];
    struct house *h = *state;
    struct party p;

    for (int i = 0; i < JOBS_MOST; i++)
        deeds[i] = i % 2 ? DEED_CLASH : DEED_DENY;
    run_group(&p, h, deeds, JOBS_MOST);
    expect_all(&p, 1);
    expect_runs(&p, 0, JOBS_MOST, 1);
    assert_true(house_rows(h, h->db) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST_SQLITE(who_wrote_and_fails_undoes_itself_alone),
        HOUSE_TEST_SQLITE(who_only_looked_costs_nobody_anything),
        HOUSE_TEST_SQLITE(who_lost_runs_again_after_the_others),
        HOUSE_TEST_SQLITE(alone_in_its_group_it_is_undone_too),
        HOUSE_TEST_SQLITE(many_that_fail_are_not_run_twice_each),
        HOUSE_TEST_SQLITE(all_of_a_group_may_fail),
    };

    return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}
