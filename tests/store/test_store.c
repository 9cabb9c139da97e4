/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The product's own store, whole: every statement of store_stmts() runs on both engines, and its schema's way to the
 * newest from nothing, from each older one, twice, and not from the future. (That both engines end with one shape:
 * test_migrate.c.)
 */
#include "house.h"

#include "store/store.h"

static int store_setup(void **state)
{
    return house_setup_store(state, NULL, 0);
}

/* ---- statements ---- */

struct trial {
    const struct db_stmt *stmt;
    struct db_value value; /* for every parameter */
    enum rc rc;
};

static enum rc try_tx(struct db *db, void *arg)
{
    struct trial *t = arg;
    struct db_value values[DB_ARGS_MOST];
    struct db_args args = {values, db_stmt_params(t->stmt)};
    struct arena *a = arena_open(1 << 20);
    struct db_rows rows;

    for (size_t i = 0; i < DB_ARGS_MOST; i++)
        values[i] = t->value;
    if (t->stmt->cols[0].type == DB_TYPE_NONE)
        t->rc = db_exec(db, t->stmt, args);
    else
        t->rc = db_all(db, a, t->stmt, args, &rows);
    arena_close(&a);
    return RC_DENIED; /* undo it */
}

/* Runs, or is refused for what it was given; never a fault of its own. */
static bool runs(struct house *h, const struct db_stmt *stmt, struct db_value value)
{
    struct trial t = {stmt, value, RC_IO};
    int faults = atomic_load(&h->events[DB_EVENT_STATEMENT]);

    assert_int_equal(db_write(h->db, "try", try_tx, &t), RC_DENIED);
    return (t.rc == RC_OK || t.rc == RC_INVALID) && atomic_load(&h->events[DB_EVENT_STATEMENT]) == faults;
}

/* NULL for everything; a search takes no NULL, but a word. */
static void every_statement_runs(void **state)
{
    struct house *h = *state;

    HOUSE_NEED(h);
    assert_true(h->options.stmt_count > 0);
    for (size_t i = 0; i < h->options.stmt_count; i++) {
        const struct db_stmt *stmt = h->options.stmts[i];

        if (!runs(h, stmt, db_null()) && !runs(h, stmt, db_text(S("word"))))
            fail_msg("%s does not run", stmt->name);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(stmt->name, h->options.stmts[k]->name);
    }
}

/* Only what writes is refused on a reader, and that is. */
static void readers_write_nothing(void **state)
{
    struct house *h = *state;

    HOUSE_NEED(h);
    for (size_t i = 0; i < h->options.stmt_count; i++) {
        const struct db_stmt *stmt = h->options.stmts[i];
        struct db_value values[DB_ARGS_MOST];
        bool is_write = strncmp(stmt->sql, "SELECT", 6) != 0 && strncmp(stmt->sql, "WITH", 4) != 0;

        for (size_t k = 0; k < DB_ARGS_MOST; k++)
            values[k] = db_null();
        if (is_write && stmt->cols[0].type == DB_TYPE_NONE)
            assert_int_equal(db_exec(h->db, stmt, (struct db_args){values, db_stmt_params(stmt)}), RC_DENIED);
    }
}

/* ---- the schema ---- */

static void from_each_older_schema_to_the_newest_twice(void **state)
{
    struct house *h = *state;
    const struct db_migration *all;
    struct db_status status;
    size_t newest;

    HOUSE_NEED(h);
    all = h->options.migrations;
    newest = h->options.migration_count;
    for (size_t from = 0; from < newest; from++) {
        struct house older;

        assert_true(house_make(&older, h->engine));
        for (size_t round = 0; round < 3; round++) {
            older.options.migrations = all;
            older.options.migration_count = round ? newest : from;
            older.options.stmts = h->options.stmts;
            older.options.stmt_count = round ? h->options.stmt_count : 0;
            assert_int_equal(house_open(&older), RC_OK);
            db_status(older.store, &status);
            assert_int_equal(status.schema, older.options.migration_count);
            house_close(&older);
        }
        house_remove_all(&older);
    }
}

static void a_newer_store_is_refused_and_stays(void **state)
{
    struct house *h = *state;
    size_t newest;

    HOUSE_NEED(h);
    newest = h->options.migration_count;
    house_close(h);
    h->options.migration_count = newest - 1;
    assert_int_equal(house_open(h), RC_CONFLICT);
    assert_non_null(strstr(h->fault.text, "written by a newer Breakroom"));
    h->options.migration_count = newest;
    assert_int_equal(house_open(h), RC_OK);
}

#define STORE_TEST(f)                                                                                                  \
    {#f " on SQLite", f, store_setup, house_teardown, (void *)(uintptr_t)HOUSE_SQLITE},                                \
    {                                                                                                                  \
#f " on PostgreSQL", f, store_setup, house_teardown, (void *)(uintptr_t)HOUSE_POSTGRES                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_statement_runs),
        STORE_TEST(readers_write_nothing),
        STORE_TEST(from_each_older_schema_to_the_newest_twice),
        STORE_TEST(a_newer_store_is_refused_and_stays),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
