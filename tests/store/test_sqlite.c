/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SQLite's own promises: what is answered is on the disk, groups share a sync, only the writer checkpoints, a bad disk
 * gives no false answer, and a process killed at any moment loses nothing it answered.
 */
#include "house.h"
#include "shim.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static int shim_setup(void **state)
{
    struct house *h = calloc(1, sizeof *h);

    if (h == NULL || !house_make(h, HOUSE_SQLITE))
        return -1;
    shim_register();
    shim_reset();
    h->options.vfs = SHIM_VFS;
    *state = h;
    return house_open(h) == RC_OK ? 0 : -1;
}

static int shim_teardown(void **state)
{
    shim_reset();
    return house_teardown(state);
}

static long file_size(const struct house *h, const char *name)
{
    char path[128];
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/%s", h->folder, name);
    return stat(path, &st) == 0 ? (long)st.st_size : -1;
}

static void sleep_ms(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

    (void)nanosleep(&t, NULL);
}

/* ---- what is answered is on the disk ---- */

static void an_answer_comes_after_the_sync(void **state)
{
    struct house *h = *state;

    for (int i = 0; i < 20; i++) {
        int before = atomic_load(&shim.syncs);

        assert_int_equal(house_put(h->db, i, NULL), RC_OK);
        assert_false(atomic_load(&shim.log_unsynced));
        assert_true(atomic_load(&shim.syncs) > before);
    }
}

struct crowd {
    struct house *h;
    int64_t from;
    int count;
    int done;
};

static void *crowd_main(void *arg)
{
    struct crowd *c = arg;
    struct db *db = NULL;

    if (db_reader_open(c->h->store, &db) != RC_OK)
        return NULL;
    for (int i = 0; i < c->count; i++)
        c->done += house_put(db, c->from + i, NULL) == RC_OK;
    db_reader_close(&db);
    return NULL;
}

static int crowd_run(struct house *h, int threads, int each)
{
    struct crowd crowd[64];
    pthread_t ids[64];
    int done = 0;

    for (int i = 0; i < threads; i++) {
        crowd[i] = (struct crowd){h, (int64_t)i * each, each, 0};
        assert_int_equal(pthread_create(&ids[i], NULL, crowd_main, &crowd[i]), 0);
    }
    for (int i = 0; i < threads; i++) {
        assert_int_equal(pthread_join(ids[i], NULL), 0);
        done += crowd[i].done;
    }
    return done;
}

static enum rc clear_tx(struct db *db, void *arg)
{
    (void)arg;
    return db_exec(db, &house_remove, DB_ARGS(db_i64(1)));
}

/* Counted, not timed: 16 threads that write 20 rows each need far fewer syncs than 320. */
static void those_who_wait_share_a_sync(void **state)
{
    struct house *h = *state;
    struct db_status s;
    int before;

    atomic_store(&shim.sync_us, 5000);
    before = atomic_load(&shim.syncs);
    assert_int_equal(crowd_run(h, 16, 20), 320);
    assert_true(house_rows(h, h->db) == 320);
    db_status(h->store, &s);
    assert_true(s.written == 320 && s.groups < 80 && s.group_most >= 8);
    assert_true(atomic_load(&shim.syncs) - before < 100);
}

/* Groups of all sizes; the last of a thread's answers has no later one that would wake it. */
static void whoever_waits_is_woken(void **state)
{
    struct house *h = *state;

    atomic_store(&shim.sync_us, 1);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(crowd_run(h, 32 - 3 * i, 20), (32 - 3 * i) * 20);
        assert_int_equal(house_rows(h, h->db), (32 - 3 * i) * 20);
        assert_int_equal(db_write(h->db, "clear", clear_tx, NULL), RC_OK);
    }
}

struct mixed {
    struct db_job job; /* first */
    int64_t id;
    enum rc result; /* of the function */
    enum rc got;
    atomic_int *done;
};

static enum rc mixed_tx(struct db *db, void *arg)
{
    const struct mixed *m = arg;
    enum rc rc = db_exec(db, &house_insert_once, DB_ARGS(db_i64(m->id)));

    return rc == RC_OK ? m->result : rc;
}

static void mixed_done(struct db_job *job, enum rc rc)
{
    struct mixed *m = (struct mixed *)job;

    m->got = rc;
    atomic_fetch_add(m->done, 1);
}

static enum rc hold_tx(struct db *db, void *arg)
{
    (void)db;
    (void)arg;
    sleep_ms(50);
    return RC_OK;
}

static void post_all(struct house *h, struct mixed *jobs, int count, atomic_int *done)
{
    static struct mixed hold;

    hold = (struct mixed){.job = {.name = "hold", .fn = hold_tx, .done = mixed_done}, .done = done};
    assert_int_equal(db_post(h->store, &hold.job), RC_OK); /* while it runs, the others gather */
    for (int i = 0; i < count; i++) {
        jobs[i].done = done;
        jobs[i].job = (struct db_job){.name = "mixed", .fn = mixed_tx, .arg = &jobs[i], .done = mixed_done};
        assert_int_equal(db_post(h->store, &jobs[i].job), RC_OK);
    }
    assert_true(house_wait(done, count + 1));
}

static void one_of_a_group_fails_alone(void **state)
{
    struct house *h = *state;
    atomic_int done = 0;
    struct mixed jobs[30] = {0};
    struct db_status s;

    for (int i = 0; i < 30; i++)
        jobs[i] = (struct mixed){.id = i, .result = i % 3 == 1 ? RC_DENIED : RC_OK};
    post_all(h, jobs, 30, &done);
    for (int i = 0; i < 30; i++)
        assert_int_equal(jobs[i].got, jobs[i].result);
    assert_true(house_rows(h, h->db) == 20);
    db_status(h->store, &s);
    assert_true(s.groups <= 3 && s.written == 21 && s.undone == 10);
}

/* ---- a bad disk ---- */

static void a_failed_sync_promises_nothing(void **state)
{
    struct house *h = *state;
    atomic_int done = 0;
    struct mixed jobs[10] = {0};

    assert_int_equal(house_put(h->db, 1000, NULL), RC_OK);
    for (int i = 0; i < 10; i++)
        jobs[i] = (struct mixed){.id = i, .result = i == 3 ? RC_DENIED : RC_OK};
    atomic_store(&shim.sync_fails, true);
    post_all(h, jobs, 10, &done);
    for (int i = 0; i < 10; i++)
        assert_int_equal(jobs[i].got, i == 3 ? RC_DENIED : RC_IO);
    assert_int_equal(atomic_load(&h->sync_failed), 1);
    assert_int_equal(atomic_load(&h->events[DB_EVENT_SYNC]), 1);
    /* The disk may seem well again: what it dropped is gone all the same. */
    atomic_store(&shim.sync_fails, false);
    assert_int_equal(house_put(h->db, 2000, NULL), RC_IO);
    assert_int_equal(atomic_load(&h->sync_failed), 1);
    house_close(h);
    assert_int_equal(house_open(h), RC_OK);
    assert_int_equal(house_put(h->db, 1000, NULL), RC_CONFLICT); /* what was answered is there */
    assert_int_equal(house_put(h->db, 3000, NULL), RC_OK);
}

static void a_failed_sync_of_a_checkpoint_counts_too(void **state)
{
    struct house *h = *state;

    assert_int_equal(house_put(h->db, 1, NULL), RC_OK);
    atomic_store(&shim.sync_fails, true);
    assert_true(house_wait(&h->sync_failed, 1)); /* when idle */
    atomic_store(&shim.sync_fails, false);
    assert_int_equal(house_put(h->db, 2, NULL), RC_IO);
}

static void a_full_disk_refuses_and_recovers(void **state)
{
    struct house *h = *state;
    int written = 0;
    enum rc rc = RC_OK;

    assert_int_equal(house_put(h->db, 1000, "before"), RC_OK);
    atomic_store(&shim.room, 200000);
    while (rc == RC_OK) {
        rc = house_put(h->db, written, NULL);
        written += rc == RC_OK;
    }
    assert_int_equal(rc, RC_IO);
    assert_true(written > 0);
    assert_true(house_rows(h, h->db) == written + 1); /* reading goes on */
    assert_int_equal(house_put(h->db, 2000, NULL), RC_IO);
    assert_int_equal(atomic_load(&h->sync_failed), 0);
    atomic_store(&shim.room, -1);
    assert_int_equal(house_put(h->db, 3000, NULL), RC_OK);
    house_close(h);
    assert_int_equal(house_open(h), RC_OK);
    assert_true(house_rows(h, h->db) == written + 2);
}

/* ---- the log and who moves it ---- */

static void wait_for_checkpoint(struct house *h)
{
    struct db_status s = {.log_bytes = 1};

    for (int i = 0; i < 1000 && s.log_bytes > 0; i++) {
        sleep_ms(10);
        db_status(h->store, &s);
    }
    assert_true(s.log_bytes == 0);
    assert_int_equal(file_size(h, DB_FOLDER "/store.sqlite-wal"), 0);
}

static void only_the_writer_checkpoints(void **state)
{
    struct house *h = *state;
    struct db *other = NULL;
    struct db_status s;

    assert_int_equal(crowd_run(h, 4, 25), 100);
    for (int i = 0; i < 5; i++) { /* a reader that closes must not */
        assert_int_equal(db_reader_open(h->store, &other), RC_OK);
        assert_true(house_rows(h, other) == 100);
        db_reader_close(&other);
    }
    db_status(h->store, &s);
    assert_true(s.log_bytes > 0);
    wait_for_checkpoint(h); /* idle: the writer did */
    db_status(h->store, &s);
    assert_true(s.checkpoints >= 1);
    assert_int_equal(house_put(h->db, 1000, NULL), RC_OK);
    assert_true(file_size(h, DB_FOLDER "/store.sqlite-wal") > 0);
    house_close(h);
    assert_int_equal(file_size(h, DB_FOLDER "/store.sqlite-wal"), -1); /* closed: one file */
}

static enum rc fat_tx(struct db *db, void *arg)
{
    static char fat[1024 * 1024];
    int64_t id = *(const int64_t *)arg;

    memset(fat, 'x', sizeof fat);
    return db_exec(
        db, &house_insert,
        DB_ARGS(db_i64(id), db_i64(1), db_bool(true), db_null(), db_bytes((struct span){fat, sizeof fat}), db_null()));
}

/* A reader on old pages keeps the log from being begun anew, and nothing else. */
static enum rc read_long(struct db *db, void *arg)
{
    struct house *h = arg;
    struct db *writer = NULL;
    int64_t before = house_rows(h, db);

    EXPECT(db_reader_open(h->store, &writer) == RC_OK);
    for (int64_t id = 0; id < 80; id++)
        EXPECT(db_write(writer, "fat", fat_tx, &id) == RC_OK);
    db_reader_close(&writer);
    EXPECT(house_rows(h, db) == before);
    return RC_OK;
}

static void a_long_log_is_moved_while_busy(void **state)
{
    struct house *h = *state;
    struct db_status s;

    atomic_store(&shim.sync_us, 1); /* this many bytes need no real sync */
    assert_int_equal(db_read(h->db, read_long, h), RC_OK);
    db_status(h->store, &s);
    assert_true(s.checkpoints >= 1);
    assert_true(house_rows(h, h->db) == 80);
    wait_for_checkpoint(h);
}

/* ---- the file ---- */

static void settings_are_what_the_design_says(void **state)
{
    struct house *h = *state;
    char path[128];
    sqlite3 *raw = NULL;
    sqlite3_stmt *s = NULL;
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/" DB_FOLDER "/store.sqlite", h->folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(sqlite3_open_v2(path, &raw, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(raw, "PRAGMA journal_mode", -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(s, 0), "wal");
    (void)sqlite3_finalize(s);
    /* Every table of ours is STRICT. */
    assert_int_equal(sqlite3_prepare_v2(raw,
                                        "SELECT count(*) FROM pragma_table_list"
                                        " WHERE type = 'table' AND schema = 'main' AND strict = 0"
                                        " AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'word%'",
                                        -1, &s, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(s, 0), 0);
    (void)sqlite3_finalize(s);
    assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

static void write_file(const struct house *h, const char *text)
{
    char path[128];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/" DB_FOLDER "/store.sqlite", h->folder);
    f = fopen(path, "wb");
    assert_non_null(f);
    for (int i = 0; i < 100; i++)
        (void)fputs(text, f);
    (void)fclose(f);
}

static void a_file_of_another_program_is_left_alone(void **state)
{
    struct house *h = *state;
    char path[128];
    sqlite3 *raw = NULL;
    long size;

    house_close(h);
    (void)snprintf(path, sizeof path, "%s/" DB_FOLDER "/store.sqlite", h->folder);
    write_file(h, "This is a letter to my aunt. ");
    assert_int_equal(house_open(h), RC_CONFLICT);
    assert_non_null(strstr(h->fault.text, "is not a Breakroom store"));
    assert_int_equal(file_size(h, DB_FOLDER "/store.sqlite"), 2900);

    assert_int_equal(remove(path), 0);
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "CREATE TABLE recipes (name)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(raw), SQLITE_OK);
    size = file_size(h, DB_FOLDER "/store.sqlite");
    assert_int_equal(house_open(h), RC_CONFLICT);
    assert_non_null(strstr(h->fault.text, "another program made it"));
    assert_int_equal(file_size(h, DB_FOLDER "/store.sqlite"), size);
    assert_int_equal(file_size(h, DB_FOLDER "/store.sqlite-wal"), -1);
}

/* ---- killed ---- */

enum { KILL_THREADS = 4, KILL_ROUNDS = 10 };

struct teller {
    struct house *h;
    int64_t next;
    int fd;
};

static bool is_refused(int64_t id)
{
    return id % 61 == 0;
}

/* Two rows a transaction, and its number only after the answer. Some refuse between the two: their group is undone and
 * runs again, also while it is killed. */
static enum rc pair_tx(struct db *db, void *arg)
{
    int64_t id = *(const int64_t *)arg;
    enum rc rc = db_exec(db, &house_insert_once, DB_ARGS(db_i64(id)));

    if (rc == RC_OK && is_refused(id))
        return RC_DENIED;
    return rc == RC_OK ? db_exec(db, &house_insert_once, DB_ARGS(db_i64(-id))) : rc;
}

static void *tell(void *arg)
{
    struct teller *t = arg;
    struct db *db = NULL;

    if (db_reader_open(t->h->store, &db) != RC_OK)
        _exit(3);
    for (;; t->next += KILL_THREADS) {
        enum rc rc = db_write(db, "pair", pair_tx, &t->next);

        if (is_refused(t->next) && rc == RC_DENIED)
            continue;
        if (rc != RC_OK || write(t->fd, &t->next, sizeof t->next) != (ssize_t)sizeof t->next)
            _exit(4);
    }
    return NULL;
}

static void write_until_killed(struct house *h, int64_t from, int fd)
{
    struct teller tellers[KILL_THREADS];
    pthread_t ids[KILL_THREADS];

    if (house_open(h) != RC_OK)
        _exit(2);
    for (int i = 0; i < KILL_THREADS; i++) {
        tellers[i] = (struct teller){h, from + i, fd};
        if (pthread_create(&ids[i], NULL, tell, &tellers[i]) != 0)
            _exit(2);
    }
    (void)pthread_join(ids[0], NULL);
}

static bool there(struct house *h, int64_t id)
{
    struct house_row row;

    return db_one(h->db, h->a, &house_find, DB_ARGS(db_i64(id)), &row) == RC_OK;
}

static void one_round(struct house *h, int64_t from, int ms)
{
    int pipes[2];
    int64_t told[4096];
    size_t count = 0;
    struct db_rows rows;
    pid_t pid;

    assert_int_equal(pipe(pipes), 0);
    pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        write_until_killed(h, from, pipes[1]);
    }
    (void)close(pipes[1]);
    assert_int_equal(read(pipes[0], &told[count++], sizeof told[0]), sizeof told[0]); /* it has begun */
    sleep_ms(ms);
    assert_int_equal(kill(pid, SIGKILL), 0);
    while (count < COUNT(told) && read(pipes[0], &told[count], sizeof told[0]) == (ssize_t)sizeof told[0])
        count++;
    (void)close(pipes[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);

    assert_int_equal(house_open(h), RC_OK);
    for (size_t i = 0; i < count; i++)
        assert_true(there(h, told[i]));
    assert_int_equal(db_all(h->db, h->a, &house_list, DB_NO_ARGS, &rows), RC_OK);
    for (size_t i = 0; i < rows.count; i++) /* both of a pair or neither */
        assert_true(there(h, -((const struct house_row *)rows.items)[i].id));
    house_close(h);
}

static void what_was_answered_survives_a_kill(void **state)
{
    struct house *h = *state;
    const char *more = getenv("TEST_ROUNDS");
    int rounds = more ? atoi(more) : KILL_ROUNDS;

    house_close(h);
    for (int i = 0; i < rounds; i++) {
        arena_reset(h->a);
        one_round(h, 1 + (int64_t)i * 100000, i * 7 % 60);
    }
}

#define SHIM_TEST(f)                                                                                                   \
    {                                                                                                                  \
#f, f, shim_setup, shim_teardown, NULL                                                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHIM_TEST(an_answer_comes_after_the_sync),
        SHIM_TEST(those_who_wait_share_a_sync),
        SHIM_TEST(whoever_waits_is_woken),
        SHIM_TEST(one_of_a_group_fails_alone),
        SHIM_TEST(a_failed_sync_promises_nothing),
        SHIM_TEST(a_failed_sync_of_a_checkpoint_counts_too),
        SHIM_TEST(a_full_disk_refuses_and_recovers),
        SHIM_TEST(only_the_writer_checkpoints),
        SHIM_TEST(a_long_log_is_moved_while_busy),
        HOUSE_TEST_SQLITE(settings_are_what_the_design_says),
        HOUSE_TEST_SQLITE(a_file_of_another_program_is_left_alone),
        HOUSE_TEST_SQLITE(what_was_answered_survives_a_kill),
    };

    return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
