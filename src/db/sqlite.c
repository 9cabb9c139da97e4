/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SQLite: opening a connection the way we trust it, and running prepared statements.
 *
 * Invariants: a reader is opened SQLITE_OPEN_READONLY and never checkpoints, not even when it closes last; automatic
 * checkpoints are off everywhere. A statement is reset and its bindings cleared before its caller goes on, for they
 * point into the caller's memory.
 */
#include "db/sqlite_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define APPLICATION_ID "1112689457" /* 0x42524b31, "BRK1" in the file's head: it is ours */

enum { CONN_MOST = 4 * 1024 * 1024 };

static struct sqlite_conn *conn_of(struct db *db)
{
    return (struct sqlite_conn *)db;
}

/* ---- faults ---- */

static enum rc rc_of_constraint(int code)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return RC_CONFLICT;
    default:
        return RC_INVALID;
    }
}

enum rc sqlite_rc(struct sqlite_conn *c, int code)
{
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
        c->sync_failed = true;
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return RC_OK;
    case SQLITE_CONSTRAINT:
        return rc_of_constraint(code);
    case SQLITE_MISMATCH:
        return RC_INVALID;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return RC_RETRY;
    case SQLITE_TOOBIG:
        return RC_LIMIT;
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return c->db.writing ? RC_IO : RC_DENIED;
    default:
        return RC_IO;
    }
}

/* The log's index is made longer in a way of its own, whose fault is never “full”. */
static bool is_full(struct db *db, int code)
{
    return (code & 0xff) == SQLITE_FULL || sqlite3_system_errno(conn_of(db)->h) == ENOSPC;
}

static void open_fault(struct db *db, struct db_fault *fault, int code)
{
    const char *path = db->store->path;

    if ((code & 0xff) == SQLITE_NOTADB)
        db_fault_set(fault, "%s is not a Breakroom store: it is no SQLite database.", path);
    else if (is_full(db, code))
        db_fault_set(fault, "%s cannot be written: the disk is full.", path);
    else if ((code & 0xff) == SQLITE_BUSY)
        db_fault_set(fault, "%s is in use by another program. Close it and try again.", path);
    else if ((code & 0xff) == SQLITE_CORRUPT)
        db_fault_set(fault, "%s is damaged. Restore it from a backup.", path);
    else
        db_fault_set(fault, "%s cannot be opened: %s.", path, sqlite3_errstr(code));
}

/* ---- a connection ---- */

static const char *const own_sql[OWN_COUNT] = {
    [OWN_BEGIN_READ] = "BEGIN",
    [OWN_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [OWN_COMMIT] = "COMMIT",
    [OWN_ROLLBACK] = "ROLLBACK",
    [OWN_SAVEPOINT] = "SAVEPOINT one",
    [OWN_SAVEPOINT_KEEP] = "RELEASE one",
    [OWN_SAVEPOINT_UNDO] = "ROLLBACK TO one",
};

static int prepare(struct sqlite_conn *c, const char *sql, sqlite3_stmt **out)
{
    return sqlite3_prepare_v3(c->h, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
}

enum rc sqlite_own_run(struct sqlite_conn *c, enum sqlite_own which)
{
    int code = sqlite3_step(c->own[which]);

    (void)sqlite3_reset(c->own[which]);
    return code == SQLITE_DONE ? RC_OK : sqlite_rc(c, code);
}

static int log_grew(void *arg, sqlite3 *h, const char *name, int pages)
{
    struct sqlite_conn *c = arg;

    (void)h;
    (void)name;
    c->log_bytes = (int64_t)pages * 4096;
    return SQLITE_OK;
}

/* What holds for every connection; what the file says of itself is not trusted. */
static int configure(struct sqlite_conn *c)
{
    static const struct {
        int op;
        int value;
    } settings[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_DQS_DML, 0},     {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
    };
    int code = sqlite3_extended_result_codes(c->h, 1);

    for (size_t i = 0; code == SQLITE_OK && i < COUNT(settings); i++)
        code = sqlite3_db_config(c->h, settings[i].op, settings[i].value, NULL);
    if (code == SQLITE_OK && !c->db.writing)
        code = sqlite3_db_config(c->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    /* Two megabytes by default, in each of them: the kernel has the file's pages already. */
    if (code == SQLITE_OK && !c->db.writing)
        code = sqlite3_exec(c->h, "PRAGMA cache_size=-512;", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(c->h, SQLITE_BUSY_MS);
    if (code == SQLITE_OK)
        code = sqlite3_exec(c->h,
                            "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF;"
                            "PRAGMA synchronous=FULL; PRAGMA mmap_size=0; PRAGMA wal_autocheckpoint=0;",
                            NULL, NULL, NULL);
    return code;
}

static int pragma_value(struct sqlite_conn *c, const char *sql, char *out, size_t room)
{
    sqlite3_stmt *s = NULL;
    int code = prepare(c, sql, &s);

    if (code == SQLITE_OK)
        code = sqlite3_step(s);
    if (code == SQLITE_ROW) {
        (void)snprintf(out, room, "%s", (const char *)sqlite3_column_text(s, 0));
        code = SQLITE_OK;
    }
    (void)sqlite3_finalize(s);
    return code;
}

/* A file of another program is refused before a byte of it changes. */
static enum rc adopt(struct sqlite_conn *c, struct db_fault *fault)
{
    char id[24] = "";
    char tables[24] = "";
    char mode[24] = "";
    int code = pragma_value(c, "PRAGMA application_id", id, sizeof id);

    if (code == SQLITE_OK)
        code = pragma_value(c, "SELECT count(*) FROM sqlite_schema", tables, sizeof tables);
    if (code == SQLITE_OK && strcmp(id, APPLICATION_ID) != 0 && (strcmp(id, "0") != 0 || strcmp(tables, "0") != 0)) {
        db_fault_set(fault, "%s is not a Breakroom store: another program made it.", c->db.store->path);
        return RC_CONFLICT;
    }
    if (code == SQLITE_OK)
        code = pragma_value(c, "PRAGMA journal_mode=WAL", mode, sizeof mode);
    if (code == SQLITE_OK && strcmp(mode, "wal") != 0)
        code = SQLITE_CANTOPEN;
    if (code == SQLITE_OK && strcmp(id, "0") == 0)
        code = sqlite3_exec(c->h, "PRAGMA application_id=" APPLICATION_ID, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        return RC_OK;
    open_fault(&c->db, fault, code);
    return (code & 0xff) == SQLITE_NOTADB ? RC_CONFLICT : RC_IO;
}

static void sqlite_disconnect(struct db *db)
{
    struct sqlite_conn *c = conn_of(db);
    struct arena *a = db->a;

    for (size_t i = 0; c->stmts != NULL && i < db->store->stmt_count; i++)
        (void)sqlite3_finalize(c->stmts[i].s);
    for (size_t i = 0; i < OWN_COUNT; i++)
        (void)sqlite3_finalize(c->own[i]);
    /* The writer closes last and so checkpoints: the next start finds one file. Not after a failed sync. */
    if (c->dead && c->h != NULL)
        (void)sqlite3_db_config(c->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    CHECK(sqlite3_close(c->h) == SQLITE_OK);
    arena_close(&a);
}

/* SQLite would make it readable for the group. */
static void create_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd != -1)
        (void)close(fd);
}

static enum rc sqlite_connect(struct db_store *store, bool writing, struct db **db_out, struct db_fault *fault)
{
    int flags = SQLITE_OPEN_NOMUTEX | (writing ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    struct arena *a = arena_open(CONN_MOST);
    struct sqlite_conn *c = ARENA_NEW(a, struct sqlite_conn);
    enum rc rc = RC_OK;
    int code;

    db_init(&c->db, store, writing, a);
    c->stmts = ARENA_ARRAY(a, struct sqlite_stmt, store->stmt_count);
    if (writing)
        create_private(store->path);
    code = sqlite3_open_v2(store->path, &c->h, flags, store->o.vfs);
    if (code == SQLITE_OK)
        code = configure(c);
    if (code == SQLITE_OK && writing) {
        (void)sqlite3_wal_hook(c->h, log_grew, c);
        rc = adopt(c, fault);
    }
    for (size_t i = 0; code == SQLITE_OK && rc == RC_OK && i < OWN_COUNT; i++)
        code = prepare(c, own_sql[i], &c->own[i]);
    if (code != SQLITE_OK) {
        open_fault(&c->db, fault, code);
        rc = (code & 0xff) == SQLITE_NOTADB ? RC_CONFLICT : RC_IO;
    }
    *db_out = &c->db;
    if (rc != RC_OK) {
        struct arena *notes = c->db.notes_a;

        c->dead = true;
        sqlite_disconnect(&c->db);
        arena_close(&notes);
        *db_out = NULL;
    }
    return rc;
}

/* ---- statements ---- */

/* Finds where $1, $2 … are; false for any other name. */
static bool params_map(struct sqlite_stmt *st)
{
    int count = sqlite3_bind_parameter_count(st->s);

    if (count > DB_ARGS_MOST)
        return false;
    st->params = (uint8_t)count;
    for (int i = 0; i < count; i++) {
        char name[16];
        int at;

        (void)snprintf(name, sizeof name, "$%d", i + 1);
        at = sqlite3_bind_parameter_index(st->s, name);
        if (at == 0)
            return false;
        st->at[i] = (uint8_t)at;
    }
    return true;
}

static enum rc sqlite_prepare(struct db *db, size_t from, size_t to, struct db_fault *fault)
{
    struct sqlite_conn *c = conn_of(db);

    for (size_t i = from; i < to; i++) {
        const struct db_stmt *stmt = db->store->stmts[i];
        struct sqlite_stmt *st = &c->stmts[i];

        if (prepare(c, stmt->sql, &st->s) != SQLITE_OK || st->s == NULL) {
            db_fault_set(fault, "The statement “%s” is wrong for SQLite: %s.", stmt->name, sqlite3_errmsg(c->h));
            return RC_INVALID;
        }
        if (!params_map(st) || st->params != db_stmt_params(stmt)) {
            db_fault_set(fault, "The statement “%s”: its parameters are not $1, $2 … without a gap.", stmt->name);
            return RC_INVALID;
        }
        if ((size_t)sqlite3_column_count(st->s) != db_col_count(stmt)) {
            db_fault_set(fault, "The statement “%s” has %d columns and a struct for %zu.", stmt->name,
                         sqlite3_column_count(st->s), db_col_count(stmt));
            return RC_INVALID;
        }
    }
    return RC_OK;
}

static int bind(struct sqlite_stmt *st, struct db_args args)
{
    int code = SQLITE_OK;

    for (size_t i = 0; code == SQLITE_OK && i < args.count; i++) {
        const struct db_value *v = &args.values[i];

        if (v->type == DB_TYPE_NULL)
            continue; /* as it was cleared */
        if (v->type == DB_TYPE_TEXT)
            code = sqlite3_bind_text64(st->s, st->at[i], v->s.p, v->s.n, SQLITE_STATIC, SQLITE_UTF8);
        else if (v->type == DB_TYPE_BYTES)
            code = sqlite3_bind_blob64(st->s, st->at[i], v->s.p, v->s.n, SQLITE_STATIC);
        else
            code = sqlite3_bind_int64(st->s, st->at[i], v->i);
    }
    return code;
}

static struct db_value column(sqlite3_stmt *s, int i)
{
    const char *p;

    switch (sqlite3_column_type(s, i)) {
    case SQLITE_INTEGER:
        return db_i64(sqlite3_column_int64(s, i));
    case SQLITE_NULL:
        return db_null();
    case SQLITE_BLOB:
        p = sqlite3_column_blob(s, i);
        return (struct db_value){DB_TYPE_BYTES, 0, {p ? p : "", (size_t)sqlite3_column_bytes(s, i)}};
    default: /* a REAL reads as text and so fits no column */
        p = (const char *)sqlite3_column_text(s, i);
        return (struct db_value){DB_TYPE_TEXT, 0, {p ? p : "", (size_t)sqlite3_column_bytes(s, i)}};
    }
}

static enum rc rows(struct sqlite_stmt *st, struct db_sink *sink, int *code_out)
{
    struct db_value values[DB_COLS_MOST];
    int count = sqlite3_column_count(st->s);
    enum rc rc = RC_OK;

    while (rc == RC_OK && (*code_out = sqlite3_step(st->s)) == SQLITE_ROW) {
        for (int i = 0; i < count; i++)
            values[i] = column(st->s, i);
        CHECK(sink != NULL); /* what has columns was given one */
        rc = sink->take(sink, values);
    }
    return rc;
}

static enum rc sqlite_run(struct db *db, size_t index, struct db_args args, struct db_sink *sink, size_t *changed)
{
    struct sqlite_conn *c = conn_of(db);
    struct sqlite_stmt *st = &c->stmts[index];
    sqlite3_int64 before = sqlite3_total_changes64(c->h);
    enum rc rc = RC_OK;
    int code;

    CHECK(!st->busy);
    st->busy = true;
    code = bind(st, args);
    if (code == SQLITE_OK)
        rc = rows(st, sink, &code);
    (void)sqlite3_reset(st->s);
    (void)sqlite3_clear_bindings(st->s);
    st->busy = false;
    if (code == SQLITE_DONE && sqlite3_total_changes64(c->h) != before)
        *changed = (size_t)sqlite3_changes64(c->h);
    if (rc == RC_OK)
        rc = sqlite_rc(c, code);
    if (rc == RC_IO || rc == RC_DENIED)
        db_tell(db->store, DB_EVENT_STATEMENT, db->store->stmts[index]->name, code, NULL);
    return rc;
}

static enum rc sqlite_run_many(struct db *db, size_t index, struct db_args args, size_t lists, size_t *changed)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < lists && rc == RC_OK; i++, args.values += args.count)
        rc = sqlite_run(db, index, args, NULL, &changed[i]);
    return rc;
}

/* ---- what the port asks for besides ---- */

static enum rc sqlite_script(struct db *db, const char *sql, struct db_fault *fault)
{
    struct sqlite_conn *c = conn_of(db);
    int code = sqlite3_exec(c->h, sql, NULL, NULL, NULL);

    if (code != SQLITE_OK)
        db_fault_set(fault, "%s", sqlite3_errmsg(c->h));
    return sqlite_rc(c, code);
}

static enum rc sqlite_migrate_begin(struct db *db)
{
    return sqlite_own_run(conn_of(db), OWN_BEGIN_WRITE);
}

static enum rc sqlite_commit(struct db *db)
{
    return sqlite_own_run(conn_of(db), OWN_COMMIT);
}

static void sqlite_rollback(struct db *db)
{
    struct sqlite_conn *c = conn_of(db);

    if (!sqlite3_get_autocommit(c->h))
        (void)sqlite_own_run(c, OWN_ROLLBACK);
}

static enum rc sqlite_read_begin(struct db *db)
{
    return sqlite_own_run(conn_of(db), OWN_BEGIN_READ);
}

static bool sqlite_lost(struct db *db)
{
    (void)db;
    return false;
}

/* One process has the store, and it hears after the commit. */
static enum rc sqlite_note(struct db *db, struct span note)
{
    (void)db;
    (void)note;
    return RC_OK;
}

const struct db_engine db_sqlite_engine = {
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .prepare = sqlite_prepare,
    .script = sqlite_script,
    .migrate_begin = sqlite_migrate_begin,
    .migrate_commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .run = sqlite_run,
    .run_many = sqlite_run_many,
    .read_begin = sqlite_read_begin,
    .read_end = sqlite_commit,
    .lost = sqlite_lost,
    .note = sqlite_note,
    .work = db_sqlite_work,
    .idle = db_sqlite_idle,
    .take_most = 1000,
};
