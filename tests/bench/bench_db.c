/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the writer costs: grouped writes through db_write() and db_post() against the same rows written by SQLite alone
 * with the same settings, in groups of all that can be waiting, and against one commit a row where a sync takes 5 ms.
 *
 * Like is put beside like. Where 64 threads of ours sleep until their row is kept, 64 threads sleep beside SQLite alone
 * as well, and hand their rows to one that inserts all there are and commits: putting 64 threads to sleep and waking them
 * costs two cores about as much as the commit. Such a row says in its name how far we are from a loop without any.
 *
 * bench_db small|full: raw and ours by turns, and the median of their ratios counts. Prints lines for bench.sh's table.
 */
#include "house.h"
#include "shim.h"

#include <semaphore.h>
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

struct raw {
    sqlite3 *h;
    sqlite3_stmt *insert;
};

static void raw_open(struct raw *raw, const char *folder)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/" DB_FOLDER "/store.sqlite", folder);
    need(sqlite3_open_v2(path, &raw->h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, SHIM_VFS) == SQLITE_OK, "open");
    need(sqlite3_exec(raw->h,
                      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
                      "PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;",
                      NULL, NULL, NULL) == SQLITE_OK,
         "pragma");
    need(sqlite3_prepare_v3(raw->h, house_insert.sql, -1, SQLITE_PREPARE_PERSISTENT, &raw->insert, NULL) == SQLITE_OK,
         "prepare");
}

static void raw_close(struct raw *raw)
{
    (void)sqlite3_finalize(raw->insert);
    (void)sqlite3_close(raw->h);
}

static void raw_insert(const struct raw *raw, int64_t id)
{
    (void)sqlite3_bind_int64(raw->insert, 1, id);
    (void)sqlite3_bind_int64(raw->insert, 2, 1);
    (void)sqlite3_bind_int64(raw->insert, 3, 1);
    need(sqlite3_step(raw->insert) == SQLITE_DONE, "insert");
    (void)sqlite3_reset(raw->insert);
}

static void raw_exec(const struct raw *raw, const char *sql)
{
    need(sqlite3_exec(raw->h, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static double raw_grouped(const char *folder, size_t group)
{
    struct raw raw;
    double begun;
    double rows = 0;

    raw_open(&raw, folder);
    for (begun = now_s(); now_s() - begun < seconds_each; rows += (double)group) {
        raw_exec(&raw, "BEGIN IMMEDIATE");
        for (size_t i = 0; i < group; i++)
            raw_insert(&raw, atomic_fetch_add(&next_id, 1));
        raw_exec(&raw, "COMMIT");
    }
    rows /= now_s() - begun;
    raw_close(&raw);
    return rows;
}

/* ---- SQLite alone, behind a desk where threads hand in a row each and sleep until it is kept ---- */

static double deadline;
static pthread_barrier_t start_line;

struct hand {
    int64_t id;
    sem_t kept;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct hand *hands[THREADS];
    size_t count;
    int threads;
} desk = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

static void *hand_in_main(void *arg)
{
    struct hand hand;

    need(sem_init(&hand.kept, 0, 0) == 0, "semaphore");
    (void)pthread_barrier_wait(&start_line);
    while (now_s() < deadline) {
        hand.id = atomic_fetch_add(&next_id, 1);
        (void)pthread_mutex_lock(&desk.lock);
        desk.hands[desk.count++] = &hand;
        (void)pthread_cond_signal(&desk.work);
        (void)pthread_mutex_unlock(&desk.lock);
        (void)sem_wait(&hand.kept);
    }
    (void)pthread_mutex_lock(&desk.lock);
    desk.threads--;
    (void)pthread_cond_signal(&desk.work);
    (void)pthread_mutex_unlock(&desk.lock);
    (void)sem_destroy(&hand.kept);
    return arg;
}

/* All that were handed in; none when everybody has gone. */
static size_t desk_take(struct hand **hands_out)
{
    size_t count;

    (void)pthread_mutex_lock(&desk.lock);
    while (desk.count == 0 && desk.threads > 0)
        (void)pthread_cond_wait(&desk.work, &desk.lock);
    count = desk.count;
    memcpy(hands_out, desk.hands, count * sizeof *hands_out);
    desk.count = 0;
    (void)pthread_mutex_unlock(&desk.lock);
    return count;
}

static double desk_serve(const struct raw *raw)
{
    struct hand *hands[THREADS];
    double rows = 0;
    size_t count;

    while ((count = desk_take(hands)) > 0) {
        raw_exec(raw, "BEGIN IMMEDIATE");
        for (size_t i = 0; i < count; i++)
            raw_insert(raw, hands[i]->id);
        raw_exec(raw, "COMMIT");
        for (size_t i = 0; i < count; i++)
            (void)sem_post(&hands[i]->kept);
        rows += (double)count;
    }
    return rows;
}

static double raw_with_threads(const char *folder)
{
    pthread_t ids[THREADS];
    struct raw raw;
    double begun;
    double rows;

    raw_open(&raw, folder);
    desk.threads = THREADS;
    need(pthread_barrier_init(&start_line, NULL, THREADS + 1) == 0, "barrier");
    for (int i = 0; i < THREADS; i++)
        need(pthread_create(&ids[i], NULL, hand_in_main, NULL) == 0, "thread");
    begun = now_s();
    deadline = begun + seconds_each;
    (void)pthread_barrier_wait(&start_line);
    rows = desk_serve(&raw) / (now_s() - begun);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(ids[i], NULL);
    (void)pthread_barrier_destroy(&start_line);
    raw_close(&raw);
    return rows;
}

/* ---- ours ---- */

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
    (void)pthread_barrier_wait(&start_line); /* the clock has stopped: readers close without it */
    db_reader_close(&db);
    return (void *)rows;
}

static double ours_blocking(struct house *h, int threads)
{
    pthread_t ids[THREADS];
    double begun;
    double took;
    double rows = 0;

    need(pthread_barrier_init(&start_line, NULL, (unsigned)threads + 1) == 0, "barrier");
    for (int i = 0; i < threads; i++)
        need(pthread_create(&ids[i], NULL, write_main, h) == 0, "thread");
    (void)pthread_barrier_wait(&start_line);
    begun = now_s();
    deadline = begun + seconds_each;
    (void)pthread_barrier_wait(&start_line);
    (void)pthread_barrier_wait(&start_line);
    took = now_s() - begun;
    for (int i = 0; i < threads; i++) {
        void *one = NULL;

        (void)pthread_join(ids[i], &one);
        rows += (double)(intptr_t)one;
    }
    (void)pthread_barrier_destroy(&start_line);
    return rows / took;
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

struct spread {
    double low;
    double median;
    double high;
};

static struct spread spread_of(double *ratios)
{
    qsort(ratios, (size_t)pairs, sizeof ratios[0], by_value);
    return (struct spread){ratios[pairs / 4], ratios[pairs / 2], ratios[pairs - 1 - pairs / 4]};
}

static void put_row(const char *what, double ours, const char *target, bool is_held, const char *beside,
                    const char *ratio)
{
    printf("row | %s | %.0f/s | %s | %s | %s | %s |\n", what, ours, target, is_held ? "held" : "missed", beside, ratio);
}

static double ours_once(struct house *h, bool posting)
{
    double rate;

    need(house_open(h) == RC_OK, h->fault.text);
    rate = posting ? ours_posting(h) : ours_blocking(h, THREADS);
    house_close(h);
    return rate;
}

/* Jobs that are posted wait in no thread: beside them stands a plain loop. */
static void posted(struct house *h, const char *what)
{
    double ratios[PAIRS_MOST];
    double ours = 0;
    double loop = 0;
    struct spread s;
    char beside[80];
    char text[64];

    for (int i = 0; i < pairs; i++) {
        ours = ours_once(h, true);
        loop = raw_grouped(h->folder, IN_FLIGHT);
        ratios[i] = ours / loop;
    }
    s = spread_of(ratios);
    (void)snprintf(beside, sizeof beside, "SQLite alone, as many a group: %.0f/s", loop);
    (void)snprintf(text, sizeof text, "%.2f × (%.2f–%.2f)", s.median, s.low, s.high);
    put_row(what, ours, "≥ 0.8 ×", s.median >= 0.8, beside, text);
}

static void waited_for(struct house *h, const char *what)
{
    double ratios[PAIRS_MOST];
    double loop_ratios[PAIRS_MOST];
    double ours = 0;
    double threads = 0;
    double loop = 0;
    struct spread s;
    char beside[128];
    char text[96];

    for (int i = 0; i < pairs; i++) {
        ours = ours_once(h, false);
        threads = raw_with_threads(h->folder);
        loop = raw_grouped(h->folder, THREADS);
        ratios[i] = ours / threads;
        loop_ratios[i] = ours / loop;
    }
    s = spread_of(ratios);
    (void)snprintf(beside, sizeof beside, "SQLite alone, as many threads: %.0f/s, a loop without threads: %.0f/s",
                   threads, loop);
    (void)snprintf(text, sizeof text, "%.2f × (%.2f–%.2f), of the loop %.2f ×", s.median, s.low, s.high,
                   spread_of(loop_ratios).median);
    put_row(what, ours, "≥ 0.8 × of as many threads", s.median >= 0.8, beside, text);
}

static void against_one_by_one(struct house *h)
{
    double many = ours_once(h, false);
    double one = raw_grouped(h->folder, 1);
    char beside[80];
    char text[32];

    (void)snprintf(beside, sizeof beside, "SQLite alone, a commit a row: %.0f/s", one);
    (void)snprintf(text, sizeof text, "%.1f ×", many / one);
    put_row("a sync takes 5 ms: 64 threads, against one by one", many, "≥ 10 ×", many / one >= 10, beside, text);
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
    waited_for(&h, "durable writes of 64 threads that wait for each");
    posted(&h, "durable writes, 256 jobs posted at a time");
    atomic_store(&shim.sync_us, 5000);
    waited_for(&h, "a sync takes 5 ms: 64 threads that wait");
    posted(&h, "a sync takes 5 ms: 256 jobs posted");
    against_one_by_one(&h);
    house_remove_all(&h);
    return 0;
}
