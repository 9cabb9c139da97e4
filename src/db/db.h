/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The port to the store: one set of calls and one text of SQL for SQLite and PostgreSQL.
 *
 * `db_store` is the whole store, opened once a process. `db` is one connection of it, owned by one thread. A reader
 * reads and nothing else, on both engines; all writing goes through db_write() or db_post(), whose function runs on a
 * thread and a connection of the store's own.
 *
 * Invariants: exactly one connection in exactly one process writes a SQLite store (3.40.1 can damage its log
 * otherwise): it is opened only under the lock of its folder, and its readers are read-only. Nobody is told RC_OK
 * before what they wrote is on the disk. No value that a statement carries is ever part of an event or a sentence: an
 * engine's own messages quote rows, so they are dropped.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/arena.h"
#include "base/time.h"

struct db_store;
struct db;

/* ---- statements ---- */

enum { DB_COLS_MOST = 32, DB_ARGS_MOST = 32, DB_ROW_MOST = 2048, DB_NAME_MOST = 63 };

enum db_type {
    DB_TYPE_NONE = 0, /* ends a list of columns */
    DB_TYPE_NULL,
    DB_TYPE_I64,
    DB_TYPE_I32,
    DB_TYPE_BOOL,
    DB_TYPE_TEXT,
    DB_TYPE_BYTES,
};

struct db_col {
    uint16_t type; /* enum db_type */
    uint16_t offset;
    uint16_t row_size;
};

/* Which member of a row's struct the next column goes into. A member of another type does not compile. NULL in the
 * database is 0 and false; as text and bytes it is a span with a null pointer, which an empty text never has.
 * DB_I32 takes an int32_t or an enum; DB_I64 also `at.us` of a struct instant. */
#define DB_I64(row, member) DB_COLUMN(row, member, _Generic(((row *)NULL)->member, int64_t : DB_TYPE_I64))
#define DB_I32(row, member)                                                                                            \
    DB_COLUMN(row, member, _Generic(((row *)NULL)->member, int32_t : DB_TYPE_I32, uint32_t : DB_TYPE_I32))
#define DB_BOOL(row, member)  DB_COLUMN(row, member, _Generic(((row *)NULL)->member, bool : DB_TYPE_BOOL))
#define DB_TEXT(row, member)  DB_COLUMN(row, member, _Generic(((row *)NULL)->member, struct span : DB_TYPE_TEXT))
#define DB_BYTES(row, member) DB_COLUMN(row, member, _Generic(((row *)NULL)->member, struct span : DB_TYPE_BYTES))
#define DB_COLUMN(row, member, kind)                                                                                   \
    {                                                                                                                  \
        .type = (kind), .offset = offsetof(row, member), .row_size = sizeof(row)                                       \
    }

/* One statement. Parameters are $1, $2 … without a gap, each as often as needed; a cast is CAST($1 AS BIGINT), never
 * `::`. Every statement that runs is in the list given to db_open(), which prepares it, compares its columns with
 * `cols`, and on PostgreSQL their types too. */
struct db_stmt {
    const char *name; /* "news.find": unique, at most DB_NAME_MOST bytes; goes into events */
    const char *sql;
    const char *sql_postgres;         /* only where the engines cannot share one text; null: `sql` */
    struct db_col cols[DB_COLS_MOST]; /* of the result, in its order; none when there is none */
};

/* The highest N of $N in a statement's text. For the test that runs each of them. */
size_t db_stmt_params(const struct db_stmt *stmt);

struct db_value {
    enum db_type type;
    int64_t i;
    struct span s;
};

struct db_args {
    const struct db_value *values;
    size_t count;
};

/* DB_ARGS(db_i64(id), db_text(title)): lives as long as the block around it. As many as the statement has parameters.
 * */
#define DB_ARGS(...)                                                                                                   \
    ((struct db_args){(const struct db_value[]){__VA_ARGS__},                                                          \
                      sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value)})
#define DB_NO_ARGS ((struct db_args){NULL, 0})

struct db_value db_i64(int64_t value); /* for {i64} and {i32} */
struct db_value db_bool(bool value);
struct db_value db_text(struct span value); /* UTF-8 without NUL, else the statement gives RC_INVALID */
struct db_value db_bytes(struct span value);
struct db_value db_text_or_null(struct span value); /* NULL for a null pointer: what DB_TEXT reads back */
struct db_value db_bytes_or_null(struct span value);
struct db_value db_null(void);

/* ---- running them: the same on a reader and inside db_write() ----
 *
 * RC_CONFLICT   a key exists already, or a row that is referred to does not
 * RC_INVALID    a value that its column forbids (NULL, CHECK, not UTF-8)
 * RC_LIMIT      larger than the engine takes
 * RC_DENIED     writing on a reader
 * RC_RETRY      lost against somebody else; db_write() does that by itself
 * RC_IO         disk, network, database gone
 * After any of these inside db_write() or db_read() the transaction is lost: further statements give the same code, and
 * so does the whole, whatever its function returns. What may well happen is written as ON CONFLICT DO NOTHING. */

MUST_USE enum rc db_exec(struct db *db, const struct db_stmt *stmt, struct db_args args);
/* The same, and how many rows it inserted, changed or deleted. */
MUST_USE enum rc db_exec_count(struct db *db, const struct db_stmt *stmt, struct db_args args, size_t *rows_out);
/* The same statement `count` times, in order, inside db_write(): with PostgreSQL in a few journeys instead of as many. The
 * arguments stand one list behind the other. `rows_out` is an array of `count`, or null. After a fault none of it holds. */
MUST_USE enum rc db_exec_many(struct db *db, const struct db_stmt *stmt, const struct db_value *values, size_t count,
                              size_t *rows_out);

/* The only row into the struct that `stmt->cols` names. RC_NOT_FOUND without one, and *row_out is unchanged;
 * RC_CONFLICT when there are two. Text and bytes live in `a`; it may be null when there are none. */
MUST_USE enum rc db_one(struct db *db, struct arena *a, const struct db_stmt *stmt, struct db_args args, void *row_out);

struct db_rows {
    void *items; /* an array of the struct that `stmt->cols` names */
    size_t count;
};
/* All rows, with their text, in `a`. No row is RC_OK. */
MUST_USE enum rc db_all(struct db *db, struct arena *a, const struct db_stmt *stmt, struct db_args args,
                        struct db_rows *rows_out);

/* Calls `each` for row after row; the row and its text live until it returns. Anything but RC_OK from it stops, and
 * comes back. `each` may run other statements on `db`, not the same one. PostgreSQL's client holds the whole result in
 * memory: walk long tables by key, some thousand rows at a time. */
typedef enum rc db_each_fn(void *arg, const void *row);
MUST_USE enum rc db_each(struct db *db, const struct db_stmt *stmt, struct db_args args, db_each_fn *each, void *arg);

/* ---- transactions ---- */

/* What runs in one. It touches only the database and *arg, may run twice, and never waits for anything else. Twice also
 * when it went well: what shares a commit with it may have failed. */
typedef enum rc db_fn(struct db *db, void *arg);

/* Writes, all or nothing: RC_OK means on the disk. Anything but RC_OK from `fn` undoes what it did and comes back.
 * RC_RETRY is tried again a few times and comes back only then, or at once when too many wait already. RC_IO: not
 * promised; after a lost connection it may yet have happened. Blocks. `name` is for events. `db` is the reader of the
 * calling thread, outside db_read(); calling it inside `fn` is a CHECK. */
MUST_USE enum rc db_write(struct db *db, const char *name, db_fn *fn, void *arg);

/* The same without blocking, for threads that must not wait. `job` belongs to the store until `done` is called, once,
 * on a thread of the store, which it must not hold up; `done` may post the next. RC_RETRY: too many wait, `done` is not
 * called. */
struct db_job {
    const char *name;
    db_fn *fn;
    void *arg;
    void (*done)(struct db_job *job, enum rc rc);
    struct db_job *next; /* the store's, as is `tries` */
    unsigned tries;
    enum rc rc; /* the store's */
};
MUST_USE enum rc db_post(struct db_store *store, struct db_job *job);

/* Runs `fn` on one unchanging picture of the store. Writes nothing. `fn` may run twice. Inside another db_read() or a
 * db_write() it is a part of that. */
MUST_USE enum rc db_read(struct db *db, db_fn *fn, void *arg);

/* Inside db_write(): tells every process on this store, this one too, once the transaction is on the disk (`heard`
 * below). At most DB_NOTE_MOST bytes of text, say "campaign 7 revision 31". RC_LIMIT beyond. */
enum { DB_NOTE_MOST = 200 };
MUST_USE enum rc db_note(struct db *db, struct span note);

/* ---- the store ---- */

/* One file of schema/: forward only, applied once, in order. Tokens stand for types that the engines name differently:
 *   {i64} {i32} {bool} {text} {bytes}      {strict}  after a table's closing bracket
 *   a line that begins with "--sqlite:" or "--postgres:" is for that engine alone
 * Text compares and sorts by its bytes on both. A sole {i64} key given as NULL numbers itself on SQLite and is
 * RC_INVALID on PostgreSQL: give it. An empty or NULL text for MATCH is a fault of the statement on SQLite. */
struct db_migration {
    int32_t number;   /* 1, 2, 3 … */
    const char *name; /* "house", of 0001_house.sql */
    struct span sql;
};

enum db_event_kind {
    DB_EVENT_STATEMENT,      /* a statement failed in a way that nobody could expect */
    DB_EVENT_COMMIT,         /* a commit failed: what was in it is not promised */
    DB_EVENT_COMMIT_UNKNOWN, /* the connection went away while the answer was awaited */
    DB_EVENT_CHECKPOINT,     /* copying SQLite's log into its file failed; tried again later */
    DB_EVENT_SYNC,           /* the disk failed to keep what it was given: the process must stop */
    DB_EVENT_GAVE_UP,        /* lost against others too often */
    DB_EVENT_LOST,           /* no connection to the database */
    DB_EVENT_BACK,           /* it is there again */
};
struct db_event {
    enum db_event_kind kind;
    const char *name; /* of the statement or the transaction; never null */
    int code;         /* SQLite's extended code, or 0 */
    char state[6];    /* PostgreSQL's SQLSTATE, or "" */
};

struct db_lock;

struct db_options {
    const struct db_lock *lock; /* of the data folder; it must outlive the store. Needed for SQLite */
    const char *url;            /* null: SQLite in that folder; else postgres://… */
    const struct db_migration *migrations;
    size_t migration_count;
    const struct db_stmt *const *stmts;
    size_t stmt_count;
    struct instant now; /* written beside a migration */
    int writers;        /* connections that write on PostgreSQL; 0: 4 */
    int silence_ms;     /* who is silent for so long is gone, on PostgreSQL; 0: 10 s for readers, 20 s for writers */
    const char *vfs;    /* another VFS of SQLite, for tests; null: its own */
    void *arg;          /* of the functions below, all of which may be null and run on any thread */
    /* A note of db_note(), before its writer is told RC_OK; on PostgreSQL perhaps twice. An empty one: some may have
     * been missed, so forget everything that a note could have told. */
    void (*heard)(void *arg, struct span note);
    void (*event)(void *arg, const struct db_event *event);
    /* After a failed sync, before anyone is answered. Must end the process; so does leaving it null (abort). */
    void (*sync_failed)(void *arg);
};

/* Why it could not be opened: one whole sentence or two, in English, for the person at the command line. */
struct db_fault {
    char text[512];
};

/* Opens, brings the schema up to date and prepares every statement. Blocks. Threads are started: call it after fork().
 * RC_CONFLICT  the store is of a newer Breakroom, of another program, or a migration that ran is another now
 * RC_INVALID   the URL, a migration or a statement is wrong
 * RC_IO        disk, network, database not there
 * and *fault_out says it. */
MUST_USE enum rc db_open(const struct db_options *options, struct db_store **store_out, struct db_fault *fault_out);

/* Finishes what was begun, moves SQLite's log into its file, closes. Every reader must be closed before (CHECK), and no
 * job posted after. */
void db_close(struct db_store **store);

/* A connection for the calling thread. RC_IO when there is none to be had. */
MUST_USE enum rc db_reader_open(struct db_store *store, struct db **reader_out);
void db_reader_close(struct db **reader);

/* A reader for the length of a request: one that lies idle, or a new one. Belongs to the calling thread until it is given
 * back. Somebody waits for its answer: a server that is silent for three seconds is gone. RC_IO when there is none to be
 * had. */
MUST_USE enum rc db_borrow(struct db_store *store, struct db **reader_out);
void db_give_back(struct db **reader);

bool db_is_postgres(const struct db_store *store);

struct db_status {
    uint64_t written; /* transactions committed */
    uint64_t undone;  /* that their own function or a fault undid */
    uint64_t retried;
    uint64_t groups;      /* commits; on PostgreSQL the same as `written` */
    uint64_t group_most;  /* transactions in the largest */
    uint64_t waiting;     /* in the queue now */
    uint64_t checkpoints; /* SQLite */
    uint64_t log_bytes;   /* SQLite: of the write-ahead log */
    uint64_t reconnected; /* PostgreSQL */
    uint64_t readers;
    int32_t schema; /* number of the newest migration */
};
void db_status(struct db_store *store, struct db_status *status_out);

/* ---- the data folder and its lock ---- */

/* Below it, SQLite's files and nothing else, so that a process can be let into these alone. */
#define DB_FOLDER "store"

/* Takes the folder for this process; makes it and DB_FOLDER (0700) when they are not there. Held until db_unlock() or the end of the
 * process, children that inherited it included: take it after fork().
 * RC_CONFLICT  another server or command has it
 * RC_DENIED    folder or store belong to another user, or others may write there
 * RC_NOT_FOUND the folder above it is not there
 * RC_INVALID   no folder, or a link where a file should be, or a store where it was once
 * RC_IO        the disk */
MUST_USE enum rc db_lock(const char *folder, struct db_lock **lock_out, struct db_fault *fault_out);
void db_unlock(struct db_lock **lock);
const char *db_lock_folder(const struct db_lock *lock); /* lives as long as the lock */

#endif
