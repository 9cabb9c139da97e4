/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A store for one test, on either engine: a data folder in a temporary directory, and on PostgreSQL a database of its
 * own in the server that tests/lib/postgres.sh started. Without that server (TEST_POSTGRES) its tests are skipped.
 *
 * What the store tells (events, notes, a failed sync) is counted here; tests look at the counts, never at a clock.
 */
#ifndef TESTS_HOUSE_H
#define TESTS_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/db.h"

enum house_engine { HOUSE_SQLITE, HOUSE_POSTGRES };

struct house {
    enum house_engine engine;
    char root[64];             /* temporary */
    char folder[80];           /* D */
    char url[512];             /* PostgreSQL's */
    struct db_options options; /* as opened; a test may change it between house_close() and house_open() */
    struct db_lock *lock;
    struct db_store *store;
    struct db *db; /* the test's own reader */
    struct arena *a;
    struct db_fault fault;
    atomic_int events[DB_EVENT_BACK + 1];
    atomic_int sync_failed;
    atomic_int heard;       /* notes */
    atomic_int heard_empty; /* of them empty */
    pthread_mutex_t lock_last;
    char last_note[DB_NOTE_MOST + 1];
};

/* The schema and the statements of the tests. */
struct house_row {
    int64_t id;
    int32_t kind;
    bool open;
    struct span title;
    struct span seal;
    int64_t parent;
};
struct house_count {
    int64_t n;
};
extern const struct db_migration house_migrations[2];
extern const struct db_stmt house_insert, house_insert_once, house_find, house_list, house_retitle, house_remove,
    house_count, house_search, house_first, house_bump, house_insert_back, house_truth;
extern const struct db_stmt *const house_stmts[];
extern const size_t house_stmt_count;

/* Prepares `h` and gives it empty storage; opens nothing. False: there is no PostgreSQL here. */
bool house_make(struct house *h, enum house_engine engine);
enum rc house_open(struct house *h); /* the store and a reader */
void house_close(struct house *h);
void house_remove_all(struct house *h);

/* Setup and teardown of a cmocka test whose initial state points to an enum house_engine; the state is then a house. */
int house_setup(void **state);
/* The same with the product's own schema and statements (store/store.h), and `more` of the test's. */
int house_setup_store(void **state, const struct db_stmt *const *more, size_t more_count);
int house_teardown(void **state);
#define HOUSE_TEST(f)                                                                                                  \
    {#f " on SQLite", f, house_setup, house_teardown, (void *)(uintptr_t)HOUSE_SQLITE},                                \
    {                                                                                                                  \
#f " on PostgreSQL", f, house_setup, house_teardown, (void *)(uintptr_t)HOUSE_POSTGRES                         \
    }
#define HOUSE_TEST_SQLITE(f)                                                                                           \
    {                                                                                                                  \
#f, f, house_setup, house_teardown, (void *)(uintptr_t)HOUSE_SQLITE                                            \
    }
#define HOUSE_TEST_POSTGRES(f)                                                                                         \
    {                                                                                                                  \
#f, f, house_setup, house_teardown, (void *)(uintptr_t)HOUSE_POSTGRES                                          \
    }
#define HOUSE_NEED(h)                                                                                                  \
    do {                                                                                                               \
        if ((h)->store == NULL)                                                                                        \
            skip();                                                                                                    \
    } while (0)

/* assert_true() for a function that runs on a thread of the store, where cmocka cannot end a test: the test fails when
 * it ends. */
#define EXPECT(what) house_expect((what), #what, __FILE__, __LINE__)
void house_expect(bool true_or_not, const char *what, const char *file, int line);

/* One row, written through db_write(). */
enum rc house_put(struct db *db, int64_t id, const char *title);
int64_t house_rows(struct house *h, struct db *db);
/* The product's store forgets whoever is to be forgotten, as a server does beside its other work; in how many steps. */
int house_forget_all(struct house *h);
/* Waits until *what is at least `n`, at most ten seconds; false when it never came. */
bool house_wait(atomic_int *what, int n);
/* A command in the shell of the test's server folder: "stop", "start", "kill" of tests/lib/postgres.sh. */
void house_server(const char *what);
/* Runs SQL outside the store, as another program would. */
void house_psql(const char *url, const char *sql);

/* Is that the last note that came? A store may tell it twice, and so write it while a test looks. */
bool house_heard_last(struct house *h, const char *note);

#endif
