/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * PostgreSQL: prepared statements by name, and their results in binary.
 *
 * Invariants: a server's message is never passed on once statements run, for its details quote rows. A connection that
 * went away inside a transaction is not replaced before that transaction is over.
 */
#include "db/postgres_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONN_MOST = 4 * 1024 * 1024,
    TRY_AGAIN_US = 250000,
    PROMPT_US = 2000000,
    OID_BOOL = 16,
    OID_BYTES = 17,
    OID_I64 = 20,
    OID_I32 = 23,
    OID_TEXT = 25,
};

static struct postgres_conn *conn_of(struct db *db)
{
    return (struct postgres_conn *)db;
}

/* ---- a connection ---- */

static enum rc postgres_connect(struct db_store *store, bool writing, struct db **db_out, struct db_fault *fault)
{
    PGconn *h = postgres_dial(store, writing, fault);
    struct postgres_conn *c;
    struct arena *a;

    *db_out = NULL;
    if (h == NULL)
        return RC_IO;
    a = arena_open(CONN_MOST);
    c = ARENA_NEW(a, struct postgres_conn);
    db_init(&c->db, store, writing, a);
    c->c = h;
    if (store->o.silence_ms > 0)
        c->silence_ms = store->o.silence_ms;
    else
        c->silence_ms = writing ? POSTGRES_SILENCE_WRITER_MS : POSTGRES_SILENCE_READER_MS;
    *db_out = &c->db;
    return RC_OK;
}

static void postgres_disconnect(struct db *db)
{
    struct arena *a = db->a;

    PQfinish(conn_of(db)->c);
    arena_close(&a);
}

/* ---- prepared statements ---- */

static bool type_fits(enum db_type type, Oid oid)
{
    switch (type) {
    case DB_TYPE_I64:
        return oid == OID_I64 || oid == OID_I32;
    case DB_TYPE_I32:
        return oid == OID_I32;
    case DB_TYPE_BOOL:
        return oid == OID_BOOL;
    case DB_TYPE_TEXT:
        return oid == OID_TEXT;
    case DB_TYPE_BYTES:
        return oid == OID_BYTES;
    case DB_TYPE_NONE:
    case DB_TYPE_NULL:
        break;
    }
    return false;
}

static enum rc shape_check(const struct db_stmt *stmt, const PGresult *r, size_t params, struct db_fault *fault)
{
    size_t columns = (size_t)PQnfields(r);

    if (columns != db_col_count(stmt)) {
        db_fault_set(fault, "The statement “%s” has %zu columns and a struct for %zu.", stmt->name, columns,
                     db_col_count(stmt));
        return RC_INVALID;
    }
    if ((size_t)PQnparams(r) != params) {
        db_fault_set(fault, "The statement “%s”: its parameters are not $1, $2 … without a gap.", stmt->name);
        return RC_INVALID;
    }
    for (size_t i = 0; i < columns; i++) {
        if (!type_fits((enum db_type)stmt->cols[i].type, PQftype(r, (int)i))) {
            db_fault_set(fault, "The statement “%s”: column %zu (“%s”) has a type that does not fit its member.",
                         stmt->name, i + 1, PQfname(r, (int)i));
            return RC_INVALID;
        }
    }
    return RC_OK;
}

/* The next result of the pipeline; only the first fault is told. */
static enum rc pipe_result(struct postgres_conn *c, const struct db_stmt *stmt, bool described, struct db_fault *fault)
{
    PGresult *r = postgres_result(c->c, c->silence_ms);
    ExecStatusType status = PQresultStatus(r);
    enum rc rc = RC_OK;

    if (status == PGRES_FATAL_ERROR) {
        const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

        db_fault_set(fault, "The statement “%s” is wrong for PostgreSQL: %s.", stmt->name,
                     text ? text : "the connection is gone");
        rc = postgres_alive(c) ? RC_INVALID : RC_IO;
    } else if (status != PGRES_COMMAND_OK) {
        rc = RC_IO;
    } else if (described) {
        rc = shape_check(stmt, r, db_params_of(db_stmt_text(c->db.store, stmt)), fault);
    }
    PQclear(r);
    PQclear(postgres_result(c->c, c->silence_ms)); /* null: the end of this one */
    return rc;
}

static bool pipe_send(struct postgres_conn *c, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const struct db_stmt *stmt = c->db.store->stmts[i];

        if (!PQsendPrepare(c->c, stmt->name, db_stmt_text(c->db.store, stmt), 0, NULL) ||
            !PQsendDescribePrepared(c->c, stmt->name))
            return false;
    }
    return PQpipelineSync(c->c) == 1;
}

/* All in one go: one journey to the server and back instead of two for each. */
static enum rc postgres_prepare(struct db *db, size_t from, size_t to, struct db_fault *fault)
{
    struct postgres_conn *c = conn_of(db);
    struct db_fault ignored = {""};
    enum rc rc = RC_OK;

    if (from >= to)
        return RC_OK;
    if (!PQenterPipelineMode(c->c) || !pipe_send(c, from, to)) {
        postgres_why(fault, c->c);
        return RC_IO;
    }
    for (size_t i = from; i < to && postgres_alive(c); i++) {
        for (int part = 0; part < 2; part++) {
            enum rc one = pipe_result(c, db->store->stmts[i], part == 1, rc == RC_OK ? fault : &ignored);

            rc = rc == RC_OK ? one : rc;
        }
    }
    PQclear(postgres_result(c->c, c->silence_ms)); /* of the sync */
    if (!PQexitPipelineMode(c->c) || !postgres_alive(c))
        rc = RC_IO;
    if (rc == RC_OK)
        c->prepared = to;
    return rc;
}

bool postgres_alive(const struct postgres_conn *c)
{
    return !c->ended && PQstatus(c->c) == CONNECTION_OK;
}

enum rc postgres_ready(struct postgres_conn *c)
{
    struct db_store *store = c->db.store;
    struct db_fault ignored = {""};
    PGconn *fresh;

    if (postgres_away(store))
        return RC_IO;
    if (postgres_alive(c))
        return RC_OK;
    if (c->in_tx || db_clock_us() < c->try_after)
        return RC_IO;
    fresh = postgres_dial(store, c->db.writing, &ignored);
    if (fresh != NULL) {
        PQfinish(c->c);
        c->c = fresh;
        c->ended = false;
        if (postgres_prepare(&c->db, 0, c->prepared, &ignored) == RC_OK) {
            atomic_fetch_add(&store->n.reconnected, 1);
            db_tell(store, DB_EVENT_BACK, c->db.writing ? "writer" : "reader", 0, NULL);
            return RC_OK;
        }
    }
    db_tell(store, DB_EVENT_LOST, c->db.writing ? "writer" : "reader", 0, NULL);
    c->try_after = db_clock_us() + TRY_AGAIN_US;
    return RC_IO;
}

/* ---- results ---- */

static enum rc rc_of_state(const char *state)
{
    if (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0 || strcmp(state, "55P03") == 0)
        return RC_RETRY;
    if (strcmp(state, "23505") == 0 || strcmp(state, "23503") == 0 || strcmp(state, "23P01") == 0)
        return RC_CONFLICT;
    if (strcmp(state, "25006") == 0 || strcmp(state, "42501") == 0)
        return RC_DENIED;
    if (strncmp(state, "54", 2) == 0)
        return RC_LIMIT;
    if (strncmp(state, "23", 2) == 0 || strncmp(state, "22", 2) == 0)
        return RC_INVALID;
    return RC_IO;
}

/* Is the connection over? The server may say so a moment before the socket does. */
static bool last_word(struct postgres_conn *c, const PGresult *r)
{
    const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);

    if (severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
        c->ended = true;
    return !postgres_alive(c);
}

enum rc postgres_settle(struct postgres_conn *c, PGresult *r, const char *name)
{
    ExecStatusType status = PQresultStatus(r);
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    bool ended = last_word(c, r);
    enum rc rc = RC_OK;

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        rc = ended ? RC_IO : rc_of_state(state ? state : "");
    if (rc == RC_IO || rc == RC_DENIED)
        db_tell(c->db.store, !ended ? DB_EVENT_STATEMENT : DB_EVENT_LOST, name, 0, state);
    PQclear(r);
    return rc;
}

static int silence_of(const struct postgres_conn *c)
{
    if (c->db.is_borrowed && c->silence_ms > POSTGRES_SILENCE_BORROWED_MS)
        return POSTGRES_SILENCE_BORROWED_MS;
    return c->silence_ms;
}

/* Was it long silent, and then gone? */
static bool was_silent(const struct postgres_conn *c, int64_t begun)
{
    if (postgres_alive(c) || db_clock_us() - begun <= PROMPT_US)
        return false;
    postgres_doubt(c->db.store);
    return true;
}

enum rc postgres_command(struct postgres_conn *c, const char *sql, const char *name)
{
    int64_t begun = db_clock_us();
    enum rc rc = postgres_settle(c, postgres_ask(c->c, sql, silence_of(c)), name);

    (void)was_silent(c, begun);
    return rc;
}

static uint64_t big_endian(const char *p, int n)
{
    uint64_t v = 0;

    for (int i = 0; i < n; i++)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

static struct db_value value(const PGresult *r, int row, int col)
{
    const char *p = PQgetvalue(r, row, col);
    int n = PQgetlength(r, row, col);

    if (PQgetisnull(r, row, col))
        return db_null();
    switch (PQftype(r, col)) {
    case OID_I64:
        return db_i64((int64_t)big_endian(p, n));
    case OID_I32:
        return db_i64((int32_t)(uint32_t)big_endian(p, n));
    case OID_BOOL:
        return db_bool(p[0] != 0);
    case OID_BYTES:
        return db_bytes((struct span){p, (size_t)n});
    default:
        return db_text((struct span){p, (size_t)n});
    }
}

static enum rc rows(const PGresult *r, struct db_sink *sink)
{
    struct db_value values[DB_COLS_MOST];
    int columns = PQnfields(r);
    enum rc rc = RC_OK;

    for (int row = 0; rc == RC_OK && row < PQntuples(r); row++) {
        for (int col = 0; col < columns; col++)
            values[col] = value(r, row, col);
        rc = sink->take(sink, values);
    }
    return rc;
}

/* Numbers go as text, which fits a column of 32 bits as well as one of 64; text and bytes as they are. */
struct params {
    const char *values[DB_ARGS_MOST];
    int lengths[DB_ARGS_MOST];
    int formats[DB_ARGS_MOST];
    char numbers[DB_ARGS_MOST][24];
};

static enum rc bind(struct params *p, struct db_args args)
{
    for (size_t i = 0; i < args.count; i++) {
        const struct db_value *v = &args.values[i];

        p->values[i] = p->numbers[i];
        p->lengths[i] = 0;
        p->formats[i] = 0;
        if (v->type == DB_TYPE_NULL) {
            p->values[i] = NULL;
        } else if (v->type == DB_TYPE_TEXT || v->type == DB_TYPE_BYTES) {
            if (v->s.n > INT32_MAX / 4)
                return RC_LIMIT;
            p->values[i] = v->s.p;
            p->lengths[i] = (int)v->s.n;
            p->formats[i] = 1;
        } else if (v->type == DB_TYPE_BOOL) {
            (void)snprintf(p->numbers[i], sizeof p->numbers[i], "%s", v->i ? "t" : "f");
        } else {
            (void)snprintf(p->numbers[i], sizeof p->numbers[i], "%lld", (long long)v->i);
        }
    }
    return RC_OK;
}

static enum rc postgres_run(struct db *db, size_t index, struct db_args args, struct db_sink *sink, size_t *changed)
{
    struct postgres_conn *c = conn_of(db);
    const char *name = db->store->stmts[index]->name;
    struct params p;
    PGresult *r = NULL;
    int64_t begun;
    enum rc rc = bind(&p, args);

    /* What a reader asked outside a transaction can be asked again on a new connection, but who waited long for nothing
     * is told. */
    for (int tries = 0; rc == RC_OK && tries < 2; tries++) {
        rc = postgres_ready(c);
        if (rc != RC_OK)
            break;
        PQclear(r);
        begun = db_clock_us();
        r = postgres_answer(c->c,
                            PQsendQueryPrepared(c->c, name, (int)args.count, p.values, p.lengths, p.formats, 1) == 1,
                            silence_of(c));
        if (!last_word(c, r) || was_silent(c, begun) || c->in_tx)
            break;
    }
    if (rc == RC_OK && sink != NULL && PQresultStatus(r) == PGRES_TUPLES_OK)
        rc = rows(r, sink);
    else if (rc == RC_OK && PQresultStatus(r) == PGRES_COMMAND_OK)
        *changed = (size_t)strtoull(PQcmdTuples(r), NULL, 10);
    if (rc != RC_OK) {
        PQclear(r);
        return rc;
    }
    return postgres_settle(c, r, name);
}

static bool many_send(struct postgres_conn *c, const char *name, struct db_args args, size_t lists)
{
    struct params p;

    for (size_t i = 0; i < lists; i++, args.values += args.count)
        if (bind(&p, args) != RC_OK ||
            PQsendQueryPrepared(c->c, name, (int)args.count, p.values, p.lengths, p.formats, 1) != 1)
            return false;
    return PQpipelineSync(c->c) == 1;
}

/* What came of one; what stands behind a fault was not run, which is no fault of its own. */
static enum rc many_result(struct postgres_conn *c, const char *name, size_t *changed)
{
    PGresult *r = postgres_result(c->c, c->silence_ms);
    enum rc rc = RC_OK;

    if (PQresultStatus(r) == PGRES_COMMAND_OK)
        *changed = (size_t)strtoull(PQcmdTuples(r), NULL, 10);
    if (PQresultStatus(r) == PGRES_PIPELINE_ABORTED)
        PQclear(r);
    else
        rc = postgres_settle(c, r ? r : PQmakeEmptyPGresult(c->c, PGRES_FATAL_ERROR), name);
    PQclear(postgres_result(c->c, c->silence_ms)); /* null: the end of this one */
    return rc;
}

static bool fits(struct db_args args, size_t lists)
{
    for (size_t i = 0; i < args.count * lists; i++)
        if (args.values[i].s.n > INT32_MAX / 4)
            return false;
    return true;
}

/* All are sent before the first answer is read; what is bound is copied by then. */
static enum rc postgres_run_many(struct db *db, size_t index, struct db_args args, size_t lists, size_t *changed)
{
    struct postgres_conn *c = conn_of(db);
    const char *name = db->store->stmts[index]->name;
    enum rc rc = postgres_ready(c);
    int64_t begun = db_clock_us();

    if (rc == RC_OK && !fits(args, lists))
        rc = RC_LIMIT;
    if (rc != RC_OK)
        return rc;
    if (!PQenterPipelineMode(c->c) || !many_send(c, name, args, lists)) {
        c->ended = true; /* half of it is on its way */
        return RC_IO;
    }
    for (size_t i = 0; i < lists && postgres_alive(c); i++) {
        enum rc one = many_result(c, name, &changed[i]);

        rc = rc == RC_OK ? one : rc;
    }
    PQclear(postgres_result(c->c, c->silence_ms)); /* of the sync */
    if (postgres_alive(c) && !PQexitPipelineMode(c->c))
        c->ended = true;
    (void)was_silent(c, begun);
    return postgres_alive(c) ? rc : RC_IO;
}

/* ---- what the port asks for besides ---- */

static enum rc postgres_script(struct db *db, const char *sql, struct db_fault *fault)
{
    struct postgres_conn *c = conn_of(db);
    PGresult *r = postgres_ask(c->c, sql, POSTGRES_SILENCE_MIGRATION_MS);
    const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

    if (text != NULL)
        db_fault_set(fault, "%s", text);
    return postgres_settle(c, r, "migration");
}

static enum rc postgres_migrate_begin(struct db *db)
{
    struct postgres_conn *c = conn_of(db);
    enum rc rc = postgres_command(c, "BEGIN", "migration");

    c->in_tx = rc == RC_OK;
    if (rc == RC_OK)
        rc = postgres_command(c, "SET LOCAL statement_timeout = '300s'", "migration");
    if (rc == RC_OK) /* another copy may migrate just now */
        rc = postgres_settle(
            c, postgres_ask(c->c, "SELECT pg_advisory_xact_lock(1112689457)", POSTGRES_SILENCE_MIGRATION_MS),
            "migration");
    return rc;
}

static enum rc postgres_commit(struct db *db)
{
    struct postgres_conn *c = conn_of(db);
    enum rc rc = postgres_command(c, "COMMIT", "commit");

    c->in_tx = false;
    return rc;
}

static void postgres_rollback(struct db *db)
{
    struct postgres_conn *c = conn_of(db);

    if (postgres_alive(c))
        (void)postgres_command(c, "ROLLBACK", "rollback");
    c->in_tx = false;
}

static enum rc postgres_read_begin(struct db *db)
{
    struct postgres_conn *c = conn_of(db);
    enum rc rc = RC_IO;

    for (int tries = 0; rc == RC_IO && tries < 2 && postgres_ready(c) == RC_OK; tries++)
        rc = postgres_command(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "read");
    c->in_tx = rc == RC_OK;
    return rc;
}

static enum rc postgres_note(struct db *db, struct span note)
{
    static const int format = 1;
    struct postgres_conn *c = conn_of(db);
    int length = (int)note.n;

    bool is_sent = PQsendQueryParams(c->c, "SELECT pg_notify('" POSTGRES_CHANNEL "', $1)", 1, NULL, &note.p, &length,
                                     &format, 0) == 1;

    return postgres_settle(c, postgres_answer(c->c, is_sent, c->silence_ms), "note");
}

static bool postgres_lost(struct db *db)
{
    return !postgres_alive(conn_of(db));
}

static void postgres_idle(struct db *db)
{
    (void)db;
}

const struct db_engine db_postgres_engine = {
    .connect = postgres_connect,
    .disconnect = postgres_disconnect,
    .prepare = postgres_prepare,
    .script = postgres_script,
    .migrate_begin = postgres_migrate_begin,
    .migrate_commit = postgres_commit,
    .rollback = postgres_rollback,
    .run = postgres_run,
    .run_many = postgres_run_many,
    .read_begin = postgres_read_begin,
    .read_end = postgres_commit,
    .lost = postgres_lost,
    .note = postgres_note,
    .work = db_postgres_work,
    .idle = postgres_idle,
    .take_most = 1,
};
