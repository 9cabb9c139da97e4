/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the port and its two engines know of each other. Private to src/db.
 *
 * Everything that threads share is here: the queue under its mutex, the counters (atomic), and the rest of `db_store`,
 * which never changes after db_open(). A `db` belongs to one thread.
 */
#ifndef DB_DB_IMPL_H
#define DB_DB_IMPL_H

#include "db/db.h"

#include <pthread.h>
#include <stdatomic.h>

/* Where rows go. `take` gets the values of one row; text is borrowed from the engine until it returns. */
struct db_sink {
    const struct db_stmt *stmt;
    enum rc (*take)(struct db_sink *sink, const struct db_value *values);
    struct arena *a;
    void *row;    /* db_one, db_each */
    size_t count; /* rows taken */
    size_t room;  /* db_all */
    void *items;  /* db_all */
    db_each_fn *each;
    void *arg;
};

struct db_engine {
    /* A new connection without prepared statements. */
    enum rc (*connect)(struct db_store *store, bool writing, struct db **db_out, struct db_fault *fault);
    void (*disconnect)(struct db *db);
    /* Prepares statements from..to-1 of the store's list and compares their shape. */
    enum rc (*prepare)(struct db *db, size_t from, size_t to, struct db_fault *fault);
    /* A text of several statements without parameters: migrations. */
    enum rc (*script)(struct db *db, const char *sql, struct db_fault *fault);
    enum rc (*migrate_begin)(struct db *db); /* a transaction that keeps every other migration out */
    enum rc (*migrate_commit)(struct db *db);
    void (*rollback)(struct db *db);
    enum rc (*run)(struct db *db, size_t index, struct db_args args, struct db_sink *sink, size_t *changed);
    /* `lists` lists of `args.count` values, one behind the other in args.values; `changed` an array of as many. */
    enum rc (*run_many)(struct db *db, size_t index, struct db_args args, size_t lists, size_t *changed);
    enum rc (*read_begin)(struct db *db);
    enum rc (*read_end)(struct db *db);
    bool (*lost)(struct db *db); /* the connection is gone, and a new one may be had */
    enum rc (*note)(struct db *db, struct span note);
    void (*work)(struct db *db, struct db_job *jobs); /* runs and finishes each of a list */
    void (*idle)(struct db *db);                      /* nothing to do for a while */
    size_t take_most;                                 /* jobs at a time */
};
extern const struct db_engine db_sqlite_engine;
extern const struct db_engine db_postgres_engine;

/* How long a worker lets a group gather before it begins: set by the engine after each group. */
struct db_pace {
    size_t expected; /* jobs; 1 means do not wait */
    int64_t gather_us;
    bool restless; /* wants to be called when idle */
};

struct db {
    struct db_store *store;
    bool writing;
    bool in_fn;              /* inside the function of a transaction that writes */
    bool in_read;            /* inside db_read() */
    bool is_borrowed;        /* somebody waits for a page: it is patient for less long */
    enum rc failed;          /* the first fault of the transaction; RC_OK without one */
    struct arena *a;         /* lives as long as the connection */
    LIST(struct span) notes; /* of the group, in `notes_a` */
    struct arena *notes_a;
    struct db_pace pace;
};

struct db_queue {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct db_job *first;
    struct db_job **last;
    size_t count;
    size_t wanted; /* a worker waits for so many */
    bool stopping;
    atomic_uint bell; /* not under the lock: db_write() sleeps on it */
};

struct db_counters {
    atomic_uint_fast64_t written, undone, retried, groups, group_most, checkpoints, log_bytes, reconnected, readers;
};

/* Readers that nobody has borrowed, most of them still warm. */
enum { DB_IDLE_MOST = 16 };
struct db_idle {
    pthread_mutex_t lock;
    struct db *readers[DB_IDLE_MOST];
    size_t count;
};

struct db_postgres; /* what is PostgreSQL's alone: address, listener */

enum { DB_WRITERS_MOST = 64 };

struct db_store {
    struct db_options o;
    const struct db_engine *engine;
    struct arena *a;  /* lives as long as the store */
    const char *path; /* SQLite's file */
    struct db_postgres *postgres;
    const struct db_stmt **stmts; /* ours first */
    size_t stmt_count;
    uint16_t *params; /* that each of them has */
    uint32_t *slots;  /* statement → its index + 1, by address */
    size_t slot_mask;
    struct db *writers[DB_WRITERS_MOST];
    pthread_t threads[DB_WRITERS_MOST];
    size_t writer_count;
    size_t thread_count;
    struct db_queue queue;
    struct db_idle idle;
    struct db_counters n;
    int32_t schema;
};

enum { DB_TRIES_MOST = 10 };

/* ---- db.c ---- */
void db_init(struct db *db, struct db_store *store, bool writing, struct arena *a);
/* Puts one row's values into a struct; text is copied into `a`, or borrowed when it is null. RC_IO for a value that
 * does not fit its column's type. */
enum rc db_row_fill(const struct db_stmt *stmt, const struct db_value *values, struct arena *a, void *row);
size_t db_params_of(const char *sql); /* the highest N of $N */
size_t db_col_count(const struct db_stmt *stmt);
const char *db_stmt_text(const struct db_store *store, const struct db_stmt *stmt);
enum rc db_args_check(struct db_args args); /* RC_INVALID for text that is not UTF-8 or has a NUL */
void db_tell(struct db_store *store, enum db_event_kind kind, const char *name, int code, const char *state);
void db_notes_cut(struct db *db, size_t count); /* forgets those from `count` on */
void db_notes_heard(struct db *db);             /* after a commit: tells and forgets them */
void db_fault_set(struct db_fault *fault, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- queue.c ---- */
void db_queue_init(struct db_queue *q);
enum rc db_queue_start(struct db_store *store);
void db_queue_stop(struct db_store *store); /* when all is done */
/* For a writer that has a transaction open: what came meanwhile, once `wanted` are there, the clock has reached `until`
 * or the store stops. Null: nothing came. */
struct db_job *db_queue_more(struct db *db, size_t wanted, int64_t until);
/* Runs the job's function; true when it may be run again after it was undone. job->rc is what came of it. */
bool db_job_run(struct db *db, struct db_job *job);
/* Tells each of a list, linked by `next`, what came of it. */
void db_jobs_finish(struct db_store *store, struct db_job *jobs);
int64_t db_clock_us(void); /* monotonic */
void db_sleep_us(int64_t us);
void db_back_off(unsigned tries); /* sleeps longer each time, never the same */

/* ---- migrate.c ---- */
extern const struct db_stmt *const db_own_stmts[];
extern const size_t db_own_stmt_count;
/* Brings the schema to the newest; statements of our own are prepared on return. */
enum rc db_migrate(struct db *writer, struct db_fault *fault);

/* ---- sqlite_writer.c, postgres_writer.c, postgres_listen.c: parts of the engines ---- */
void db_sqlite_work(struct db *db, struct db_job *jobs);
void db_sqlite_idle(struct db *db);
void db_postgres_work(struct db *db, struct db_job *job);
enum rc db_postgres_place(struct db_store *store, struct db_fault *fault); /* reads the URL, finds the host */
enum rc db_postgres_listen(struct db_store *store);                        /* starts the thread that hears notes */
void db_postgres_silence(struct db_store *store);

#endif
