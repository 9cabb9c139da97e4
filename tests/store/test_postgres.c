/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * PostgreSQL's own promises: a database that goes away and comes back, copies that hear each other, types that are
 * compared.
 */
#include "house.h"

#include <time.h>

#define END_ALL                                                                                                        \
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"                                                           \
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static void ended_connections_are_replaced(void **state)
{
    struct house *h = *state;
    struct db_status s;

    HOUSE_NEED(h);
    for (int i = 0; i < 3; i++) {
        house_psql(h->url, END_ALL);
        assert_true(house_rows(h, h->db) == i); /* nobody notices */
        assert_int_equal(house_put(h->db, i, NULL), RC_OK);
    }
    db_status(h->store, &s);
    assert_true(s.reconnected >= 4);
    /* The listener was away: it cannot know what it missed. */
    assert_true(house_wait(&h->heard_empty, 1));
}

static enum rc read_and_lose(struct db *db, void *arg)
{
    struct house *h = arg;
    struct house_count count;
    static int runs;

    if (runs++ == 0)
        house_psql(h->url, END_ALL);
    return db_one(db, NULL, &house_count, DB_NO_ARGS, &count);
}

struct lossy {
    struct house *h;
    int runs;
};

static enum rc write_and_lose(struct db *db, void *arg)
{
    struct lossy *l = arg;
    enum rc rc = db_exec(db, &house_insert_once, DB_ARGS(db_i64(++l->runs)));

    if (l->runs == 1)
        house_psql(l->h->url, END_ALL);
    return rc == RC_OK ? db_exec(db, &house_insert_once, DB_ARGS(db_i64(100))) : rc;
}

static void a_transaction_that_lost_its_connection_is_run_again(void **state)
{
    struct house *h = *state;
    struct lossy l = {h, 0};

    HOUSE_NEED(h);
    assert_int_equal(db_read(h->db, read_and_lose, h), RC_OK);
    assert_int_equal(db_write(h->db, "lose", write_and_lose, &l), RC_OK);
    assert_int_equal(l.runs, 2);
    assert_true(house_rows(h, h->db) == 2);
}

/* Gone: refused at once. Back: everything goes on, and what was answered is there. */
static void gone_and_back(void **state)
{
    struct house *h = *state;
    struct house_count count;
    int64_t begun;
    enum rc rc = RC_IO;

    HOUSE_NEED(h);
    assert_int_equal(house_put(h->db, 1, NULL), RC_OK);
    house_server("kill");
    begun = now_ms();
    assert_int_equal(house_put(h->db, 2, NULL), RC_IO);
    assert_int_equal(db_one(h->db, NULL, &house_count, DB_NO_ARGS, &count), RC_IO);
    assert_true(now_ms() - begun < 3000);
    assert_true(atomic_load(&h->events[DB_EVENT_LOST]) > 0);
    house_server("start");
    for (int i = 0; i < 1000 && rc == RC_IO; i++) {
        struct timespec t = {.tv_nsec = 10000000};

        (void)nanosleep(&t, NULL);
        rc = house_put(h->db, 3, NULL);
    }
    assert_int_equal(rc, RC_OK);
    for (int i = 0; i < 100 && db_one(h->db, NULL, &house_count, DB_NO_ARGS, &count) != RC_OK; i++) {
        struct timespec t = {.tv_nsec = 10000000};

        (void)nanosleep(&t, NULL);
    }
    assert_true(house_rows(h, h->db) == 2);
    assert_true(house_wait(&h->heard_empty, 1));
}

/* Frozen: it takes what is sent and says nothing. Each waits once, then all are refused at once until it is back. */
static void frozen_and_back(void **state)
{
    struct house *h = *state;
    struct house_count count;
    int64_t begun;
    enum rc rc = RC_IO;

    HOUSE_NEED(h);
    house_close(h);
    h->options.silence_ms = 1000;
    (void)snprintf(h->url + strlen(h->url), sizeof h->url - strlen(h->url), "&connect_timeout=2");
    assert_int_equal(house_open(h), RC_OK);
    assert_int_equal(house_put(h->db, 1, NULL), RC_OK);
    house_server("freeze");
    begun = now_ms();
    assert_int_equal(db_one(h->db, NULL, &house_count, DB_NO_ARGS, &count), RC_IO);
    assert_int_equal(house_put(h->db, 2, NULL), RC_IO);
    assert_true(now_ms() - begun < 15000);
    begun = now_ms();
    for (int i = 0; i < 20; i++) {
        assert_int_equal(db_one(h->db, NULL, &house_count, DB_NO_ARGS, &count), RC_IO);
        assert_int_equal(house_put(h->db, 2, NULL), RC_IO);
    }
    assert_true(now_ms() - begun < 10000); /* not twenty times two seconds */
    house_server("thaw");
    for (int i = 0; i < 2000 && rc == RC_IO; i++) {
        struct timespec t = {.tv_nsec = 10000000};

        (void)nanosleep(&t, NULL);
        rc = house_put(h->db, 3, NULL);
    }
    assert_int_equal(rc, RC_OK);
    rc = RC_IO;
    for (int i = 0; i < 2000 && rc == RC_IO; i++) {
        struct timespec t = {.tv_nsec = 10000000};

        (void)nanosleep(&t, NULL);
        rc = db_one(h->db, NULL, &house_count, DB_NO_ARGS, &count);
    }
    assert_int_equal(rc, RC_OK);
    assert_true(count.n >= 2 && count.n <= 3); /* the second was not promised; it may have happened */
}

/* The server freezes inside a transaction, and the store is closed while it is: nobody waits for ever. */
static enum rc freeze_inside(struct db *db, void *arg)
{
    enum rc rc = db_exec(db, &house_insert_once, DB_ARGS(db_i64(1)));

    (void)arg;
    house_server("freeze");
    return rc == RC_OK ? db_exec(db, &house_insert_once, DB_ARGS(db_i64(2))) : rc;
}

static void frozen_inside_a_transaction(void **state)
{
    struct house *h = *state;
    int64_t begun;

    HOUSE_NEED(h);
    house_close(h);
    h->options.silence_ms = 1000;
    (void)snprintf(h->url + strlen(h->url), sizeof h->url - strlen(h->url), "&connect_timeout=2");
    assert_int_equal(house_open(h), RC_OK);
    begun = now_ms();
    assert_int_equal(db_write(h->db, "freeze", freeze_inside, NULL), RC_IO);
    house_close(h);
    assert_true(now_ms() - begun < 20000);
    house_server("thaw");
}

static enum rc note_tx(struct db *db, void *arg)
{
    (void)arg;
    return db_note(db, S("campaign 1 revision 2"));
}

/* Eight copies on one database: all hear within two seconds. */
static void copies_hear_each_other(void **state)
{
    enum { COPIES = 8 };
    struct house *h = *state;
    static struct house copies[COPIES];
    int64_t begun;

    HOUSE_NEED(h);
    for (int i = 0; i < COPIES; i++) {
        assert_true(house_make(&copies[i], HOUSE_POSTGRES));
        (void)snprintf(copies[i].url, sizeof copies[i].url, "%s", h->url);
        copies[i].options.writers = 1;
        assert_int_equal(house_open(&copies[i]), RC_OK);
    }
    begun = now_ms();
    assert_int_equal(db_write(h->db, "note", note_tx, NULL), RC_OK);
    for (int i = 0; i < COPIES; i++) {
        assert_true(house_wait(&copies[i].heard, 1));
        assert_true(house_heard_last(&copies[i], "campaign 1 revision 2"));
    }
    assert_true(now_ms() - begun < 2000);
    for (int i = 0; i < COPIES; i++)
        house_remove_all(&copies[i]);
}

static void types_are_compared(void **state)
{
    static const struct db_stmt wrong[] = {
        {.name = "wide", .sql = "SELECT id FROM thing", .cols = {DB_I32(struct house_row, kind)}},
        {.name = "sum", .sql = "SELECT sum(id) FROM thing", .cols = {DB_I64(struct house_row, id)}},
        {.name = "truth", .sql = "SELECT open FROM thing", .cols = {DB_I64(struct house_row, id)}},
        {.name = "text", .sql = "SELECT seal FROM thing", .cols = {DB_TEXT(struct house_row, title)}},
    };
    struct house *h = *state;
    const struct db_stmt *list[1];

    HOUSE_NEED(h);
    house_close(h);
    h->options.stmts = list;
    h->options.stmt_count = 1;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        list[0] = &wrong[i];
        assert_int_equal(house_open(h), RC_INVALID);
        assert_non_null(strstr(h->fault.text, "has a type that does not fit its member"));
    }
}

static void addresses_are_understood_or_refused(void **state)
{
    static const char *const bad[] = {"", "mysql://x/y", "postgres://h/db?nonsense=1", "host=localhost"};
    struct house *h = *state;
    const char *query = getenv("TEST_POSTGRES") ? strchr(getenv("TEST_POSTGRES"), '?') : NULL;

    HOUSE_NEED(h);
    house_close(h);
    for (size_t i = 0; i < COUNT(bad); i++) {
        (void)snprintf(h->url, sizeof h->url, "%s", bad[i]);
        assert_int_equal(house_open(h), RC_INVALID);
        assert_non_null(strstr(h->fault.text, "postgres://user@host/name"));
    }
    (void)snprintf(h->url, sizeof h->url, "postgres://postgres:secret@/no_such_house%s", query);
    assert_int_equal(house_open(h), RC_IO);
    assert_non_null(strstr(h->fault.text, "cannot be reached"));
    assert_null(strstr(h->fault.text, "secret"));
    (void)snprintf(h->url, sizeof h->url, "postgres://postgres@localhost:1/x");
    assert_int_equal(house_open(h), RC_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST_POSTGRES(ended_connections_are_replaced),
        HOUSE_TEST_POSTGRES(a_transaction_that_lost_its_connection_is_run_again),
        HOUSE_TEST_POSTGRES(gone_and_back),
        HOUSE_TEST_POSTGRES(frozen_and_back),
        HOUSE_TEST_POSTGRES(frozen_inside_a_transaction),
        HOUSE_TEST_POSTGRES(copies_hear_each_other),
        HOUSE_TEST_POSTGRES(types_are_compared),
        HOUSE_TEST_POSTGRES(addresses_are_understood_or_refused),
    };

    return cmocka_run_group_tests_name("postgres", tests, NULL, NULL);
}
