/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the writer costs: grouped writes through db_write() and db_post() against the same rows written by SQLite alone
 * in groups of the same size, and against one commit a row on a disk whose sync takes 5 ms.
 *
 * bench_db small|full: raw and ours by turns, and the median of their ratios counts. Prints lines for bench.sh's table.
 */
#include "house.h"
#include "shim.h"

#include <sqlite3.h>
#include <time.h>

enum { THREADS = 64, IN_FLIGHT = 256, PAIRS_MOST = 9 };

static double seconds_each;
static int pairs;
static atomic_llong next_id = 1;

static double now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench_db: %s\n", what);
    exit(1);
}

/* ---- SQLite alone, with our settings ---- */

static double raw_grouped(const char *folder, size_t group)
{
    char path[128];
    sqlite3 *h = NULL;
    sqlite3_stmt *s = NULL;
    double begun;
    double rows = 0;

    (void)snprintf(path, sizeof path, "%s/store.sqlite", folder);
    need(sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, SHIM_VFS) == SQLITE_OK, "open");
    need(sqlite3_exec(h,
                      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
                      "PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;",
                      NULL, NULL, NULL) == SQLITE_OK,
         "pragma");
    need(sqlite3_prepare_v3(h, house_insert.sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK, "prepare");
    for (begun = now_s(); now_s() - begun < seconds_each; rows += (double)group) {
        need(sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK, "begin");
        for (size_t i = 0; i < group; i++) {
            (void)sqlite3_bind_int64(s, 1, atomic_fetch_add(&next_id, 1));
            (void)sqlite3_bind_int64(s, 2, 1);
            (void)sqlite3_bind_int64(s, 3, 1);
            need(sqlite3_step(s) == SQLITE_DONE, "insert");
            (void)sqlite3_reset(s);
        }
        need(sqlite3_exec(h, "COMMIT", NULL, NULL, NULL) == SQLITE_OK, "commit");
    }
    rows /= now_s() - begun;
    (void)sqlite3_finalize(s);
    (void)sqlite3_close(h);
    return rows;
}

/* ---- ours ---- */

static double deadline;
static pthread_barrier_t start_line;

static void *write_main(void *arg)
{
    struct house *h = arg;
    struct db *db = NULL;
    intptr_t rows = 0;

    need(db_reader_open(h->store, &db) == RC_OK, "reader");
    (void)pthread_barrier_wait(&start_line); /* all have opened theirs */
    (void)pthread_barrier_wait(&start_line); /* the clock runs */
    while (now_s() < deadline) {
        need(house_put(db, atomic_fetch_add(&next_id, 1), NULL) == RC_OK, "write");
        rows++;
    }
    db_reader_close(&db);
    return (void *)rows;
}

static double ours_blocking(struct house *h, int threads)
{
    pthread_t ids[THREADS];
    double begun;
    double rows = 0;

    need(pthread_barrier_init(&start_line, NULL, (unsigned)threads + 1) == 0, "barrier");
    for (int i = 0; i < threads; i++)
        need(pthread_create(&ids[i], NULL, write_main, h) == 0, "thread");
    (void)pthread_barrier_wait(&start_line);
    begun = now_s();
    deadline = begun + seconds_each;
    (void)pthread_barrier_wait(&start_line);
    for (int i = 0; i < threads; i++) {
        void *one = NULL;

        (void)pthread_join(ids[i], &one);
        rows += (double)(intptr_t)one;
    }
    (void)pthread_barrier_destroy(&start_line);
    return rows / (now_s() - begun);
}

struct flight {
    struct db_job job; /* first */
    struct house *h;
    atomic_llong *rows;
    atomic_int *landed;
};

static enum rc flight_tx(struct db *db, void *arg)
{
    (void)arg;
    return db_exec(
        db, &house_insert,
        DB_ARGS(db_i64(atomic_fetch_add(&next_id, 1)), db_i64(1), db_bool(true), db_null(), db_null(), db_null()));
}

static void flight_done(struct db_job *job, enum rc rc)
{
    struct flight *f = (struct flight *)job;

    need(rc == RC_OK, "post");
    atomic_fetch_add(f->rows, 1);
    if (now_s() < deadline)
        need(db_post(f->h->store, job) == RC_OK, "post again");
    else
        atomic_fetch_add(f->landed, 1);
}

static double ours_posting(struct house *h)
{
    static struct flight flights[IN_FLIGHT];
    atomic_llong rows = 0;
    atomic_int landed = 0;
    double begun = now_s();

    deadline = begun + seconds_each;
    for (int i = 0; i < IN_FLIGHT; i++) {
        flights[i] = (struct flight){{.name = "flight", .fn = flight_tx, .done = flight_done}, h, &rows, &landed};
        need(db_post(h->store, &flights[i].job) == RC_OK, "post");
    }
    need(house_wait(&landed, IN_FLIGHT), "landing");
    return (double)atomic_load(&rows) / (now_s() - begun);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* One pair: ours, then SQLite alone on the same file, with groups of all that can be waiting at once. */
static double pair(struct house *h, bool posting, double *ours, double *raw)
{
    need(house_open(h) == RC_OK, h->fault.text);
    *ours = posting ? ours_posting(h) : ours_blocking(h, THREADS);
    house_close(h);
    *raw = raw_grouped(h->folder, posting ? IN_FLIGHT : THREADS);
    return *ours / *raw;
}

static void put_row(const char *what, double ours, const char *target, bool is_held, const char *beside, double other,
                    const char *ratio)
{
    printf("row | %s | %.0f/s | %s | %s | %s: %.0f/s | %s |\n", what, ours, target, is_held ? "held" : "missed", beside,
           other, ratio);
}

static void against_raw(struct house *h, bool posting, const char *what)
{
    double ratios[PAIRS_MOST];
    double ours = 0;
    double raw = 0;
    char text[64];

    for (int i = 0; i < pairs; i++)
        ratios[i] = pair(h, posting, &ours, &raw);
    qsort(ratios, (size_t)pairs, sizeof ratios[0], by_value);
    (void)snprintf(text, sizeof text, "%.2f × (%.2f–%.2f)", ratios[pairs / 2], ratios[pairs / 4],
                   ratios[pairs - 1 - pairs / 4]);
    put_row(what, ours, "≥ 0.8 ×", ratios[pairs / 2] >= 0.8, "SQLite alone, as many a group", raw, text);
}

static void against_one_by_one(struct house *h)
{
    double many;
    double one;
    char text[32];

    need(house_open(h) == RC_OK, h->fault.text);
    many = ours_blocking(h, THREADS);
    house_close(h);
    one = raw_grouped(h->folder, 1);
    (void)snprintf(text, sizeof text, "%.1f ×", many / one);
    put_row("a sync takes 5 ms: 64 threads, against one by one", many, "≥ 10 ×", many / one >= 10,
            "SQLite alone, a commit a row", one, text);
}

int main(int argc, char **argv)
{
    bool is_full = argc > 1 && strcmp(argv[1], "full") == 0;
    struct house h;

    seconds_each = is_full ? 0.5 : 0.1;
    pairs = is_full ? PAIRS_MOST : 1;
    shim_register();
    shim_reset();
    need(house_make(&h, HOUSE_SQLITE), "house");
    h.options.vfs = SHIM_VFS;
    against_raw(&h, false, "durable writes of 64 threads that wait for each");
    against_raw(&h, true, "durable writes, 256 jobs posted at a time");
    atomic_store(&shim.sync_us, 5000);
    against_raw(&h, false, "a sync takes 5 ms: 64 threads that wait");
    against_raw(&h, true, "a sync takes 5 ms: 256 jobs posted");
    against_one_by_one(&h);
    house_remove_all(&h);
    return 0;
}
