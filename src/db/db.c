/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Statements and their rows, the same for both engines: finding the prepared statement, checking its arguments, filling
 * structs.
 *
 * Invariant: a `db` on which a transaction has failed runs nothing more until that transaction is undone, on both
 * engines.
 */
#include "db/db_impl.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MANY_MOST = 256 }; /* statements on their way at once: what comes back fits where it waits */

/* ---- values ---- */

struct db_value db_i64(int64_t value)
{
    return (struct db_value){DB_TYPE_I64, value, {NULL, 0}};
}

struct db_value db_bool(bool value)
{
    return (struct db_value){DB_TYPE_BOOL, value, {NULL, 0}};
}

/* The empty text is a text: its pointer must not read as NULL. */
static struct span not_null(struct span s)
{
    return s.n > 0 ? s : S("");
}

struct db_value db_text(struct span value)
{
    return (struct db_value){DB_TYPE_TEXT, 0, not_null(value)};
}

struct db_value db_bytes(struct span value)
{
    return (struct db_value){DB_TYPE_BYTES, 0, not_null(value)};
}

struct db_value db_text_or_null(struct span value)
{
    return value.p ? db_text(value) : db_null();
}

struct db_value db_bytes_or_null(struct span value)
{
    return value.p ? db_bytes(value) : db_null();
}

struct db_value db_null(void)
{
    return (struct db_value){DB_TYPE_NULL, 0, {NULL, 0}};
}

enum rc db_args_check(struct db_args args)
{
    for (size_t i = 0; i < args.count; i++) {
        if (args.values[i].type == DB_TYPE_TEXT && utf8_first_fault(args.values[i].s) != SPAN_NONE)
            return RC_INVALID;
    }
    return RC_OK;
}

/* ---- statements ---- */

size_t db_col_count(const struct db_stmt *stmt)
{
    size_t n = 0;

    while (n < DB_COLS_MOST && stmt->cols[n].type != DB_TYPE_NONE)
        n++;
    return n;
}

size_t db_params_of(const char *sql)
{
    size_t most = 0;

    for (const char *p = strchr(sql, '$'); p != NULL; p = strchr(p, '$')) {
        size_t n = 0;

        for (p++; *p >= '0' && *p <= '9' && n <= DB_ARGS_MOST; p++)
            n = n * 10 + (size_t)(*p - '0');
        if (n > most)
            most = n;
    }
    return most;
}

size_t db_stmt_params(const struct db_stmt *stmt)
{
    return db_params_of(stmt->sql);
}

const char *db_stmt_text(const struct db_store *store, const struct db_stmt *stmt)
{
    return db_is_postgres(store) && stmt->sql_postgres ? stmt->sql_postgres : stmt->sql;
}

static size_t stmt_index(const struct db_store *store, const struct db_stmt *stmt)
{
    size_t slot = ((uintptr_t)stmt >> 4) & store->slot_mask;
    bool listed = false;

    while (store->slots[slot] != 0) {
        listed = store->stmts[store->slots[slot] - 1] == stmt;
        if (listed)
            break;
        slot = (slot + 1) & store->slot_mask;
    }
    CHECK(listed); /* in the list given to db_open() */
    return store->slots[slot] - 1;
}

/* ---- rows ---- */

static enum rc fill_int(enum db_type type, const struct db_value *v, char *at)
{
    int32_t small = (int32_t)v->i;
    bool truth = v->i != 0;

    if (v->type == DB_TYPE_TEXT || v->type == DB_TYPE_BYTES)
        return RC_IO;
    if (type == DB_TYPE_I64) {
        memcpy(at, &v->i, sizeof v->i);
    } else if (type == DB_TYPE_BOOL) {
        if (v->i != 0 && v->i != 1)
            return RC_IO;
        memcpy(at, &truth, sizeof truth);
    } else {
        if (small != v->i)
            return RC_IO;
        memcpy(at, &small, sizeof small);
    }
    return RC_OK;
}

static enum rc fill_span(enum db_type type, const struct db_value *v, struct arena *a, char *at)
{
    struct span s = v->s;

    if (v->type == DB_TYPE_NULL)
        s = (struct span){NULL, 0};
    else if (v->type != type)
        return RC_IO;
    else if (s.n == 0)
        s = S("");
    else if (a != NULL)
        s = arena_dup(a, s);
    memcpy(at, &s, sizeof s);
    return RC_OK;
}

enum rc db_row_fill(const struct db_stmt *stmt, const struct db_value *values, struct arena *a, void *row)
{
    for (size_t i = 0; i < DB_COLS_MOST && stmt->cols[i].type != DB_TYPE_NONE; i++) {
        const struct db_col *col = &stmt->cols[i];
        enum db_type type = (enum db_type)col->type;
        char *at = (char *)row + col->offset;
        enum rc rc = type == DB_TYPE_TEXT || type == DB_TYPE_BYTES ? fill_span(type, &values[i], a, at)
                                                                   : fill_int(type, &values[i], at);

        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

static bool has_text(const struct db_stmt *stmt)
{
    for (size_t i = 0; i < DB_COLS_MOST && stmt->cols[i].type != DB_TYPE_NONE; i++) {
        if (stmt->cols[i].type == DB_TYPE_TEXT || stmt->cols[i].type == DB_TYPE_BYTES)
            return true;
    }
    return false;
}

/* ---- the calls ---- */

static enum rc run(struct db *db, const struct db_stmt *stmt, struct db_args args, struct db_sink *sink,
                   size_t *changed)
{
    size_t index = stmt_index(db->store, stmt);
    enum rc rc = db->failed;

    CHECK(args.count == db->store->params[index]);
    CHECK((sink != NULL) == (stmt->cols[0].type != DB_TYPE_NONE));
    CHECK(!db->writing || db->in_fn); /* the store's own connections are nobody's else */
    if (rc == RC_OK)
        rc = db_args_check(args);
    if (rc == RC_OK)
        rc = db->store->engine->run(db, index, args, sink, changed);
    return rc;
}

/* What a transaction may not get over. */
static enum rc settle(struct db *db, enum rc rc)
{
    if ((db->in_fn || db->in_read) && rc != RC_OK && db->failed == RC_OK)
        db->failed = rc;
    return rc;
}

enum rc db_exec(struct db *db, const struct db_stmt *stmt, struct db_args args)
{
    size_t changed;

    return db_exec_count(db, stmt, args, &changed);
}

enum rc db_exec_count(struct db *db, const struct db_stmt *stmt, struct db_args args, size_t *rows_out)
{
    *rows_out = 0;
    return settle(db, run(db, stmt, args, NULL, rows_out));
}

enum rc db_exec_many(struct db *db, const struct db_stmt *stmt, const struct db_value *values, size_t count,
                     size_t *rows_out)
{
    struct db_args args = {values, db_params_of(db_stmt_text(db->store, stmt))};
    size_t changed[MANY_MOST];
    enum rc rc = db->failed;

    CHECK(db->in_fn && stmt->cols[0].type == DB_TYPE_NONE);
    for (size_t at = 0; at < count && rc == RC_OK; at += MANY_MOST) {
        size_t n = count - at < MANY_MOST ? count - at : MANY_MOST;

        args.values = values + at * args.count;
        rc = db_args_check((struct db_args){args.values, n * args.count});
        memset(changed, 0, sizeof changed);
        if (rc == RC_OK)
            rc = db->store->engine->run_many(db, stmt_index(db->store, stmt), args, n, changed);
        if (rows_out)
            memcpy(rows_out + at, changed, n * sizeof *changed);
    }
    return settle(db, rc);
}

static enum rc take_one(struct db_sink *sink, const struct db_value *values)
{
    if (sink->count++ > 0)
        return RC_OK;
    return db_row_fill(sink->stmt, values, sink->a, sink->row);
}

enum rc db_one(struct db *db, struct arena *a, const struct db_stmt *stmt, struct db_args args, void *row_out)
{
    struct db_sink sink = {.stmt = stmt, .take = take_one, .a = a, .row = row_out};
    size_t changed;
    enum rc rc;

    CHECK(a != NULL || !has_text(stmt));
    rc = settle(db, run(db, stmt, args, &sink, &changed));
    if (rc != RC_OK)
        return rc;
    if (sink.count == 0)
        return RC_NOT_FOUND;
    return sink.count == 1 ? RC_OK : RC_CONFLICT;
}

static enum rc take_all(struct db_sink *sink, const struct db_value *values)
{
    size_t size = sink->stmt->cols[0].row_size;

    sink->items = arena_grow(sink->a, sink->items, sink->count, &sink->room, size);
    return db_row_fill(sink->stmt, values, sink->a, (char *)sink->items + sink->count++ * size);
}

enum rc db_all(struct db *db, struct arena *a, const struct db_stmt *stmt, struct db_args args,
               struct db_rows *rows_out)
{
    struct db_sink sink = {.stmt = stmt, .take = take_all, .a = a};
    size_t changed;
    enum rc rc = settle(db, run(db, stmt, args, &sink, &changed));

    *rows_out = rc == RC_OK ? (struct db_rows){sink.items, sink.count} : (struct db_rows){NULL, 0};
    return rc;
}

/* Distinguishes a fault of ours from the answer of `each`, which ends nothing but the walk. */
static enum rc take_each(struct db_sink *sink, const struct db_value *values)
{
    enum rc rc;

    memset(sink->row, 0, sink->stmt->cols[0].row_size);
    rc = db_row_fill(sink->stmt, values, NULL, sink->row);
    if (rc != RC_OK)
        return rc;
    rc = sink->each(sink->arg, sink->row);
    sink->count = rc != RC_OK;
    return rc;
}

enum rc db_each(struct db *db, const struct db_stmt *stmt, struct db_args args, db_each_fn *each, void *arg)
{
    _Alignas(max_align_t) char row[DB_ROW_MOST];
    struct db_sink sink = {.stmt = stmt, .take = take_each, .row = row, .each = each, .arg = arg};
    size_t changed;
    enum rc rc;

    CHECK(stmt->cols[0].row_size <= sizeof row);
    rc = run(db, stmt, args, &sink, &changed);
    return sink.count > 0 ? rc : settle(db, rc);
}

/* ---- transactions ---- */

enum rc db_read(struct db *db, db_fn *fn, void *arg)
{
    const struct db_engine *engine = db->store->engine;
    enum rc rc = RC_RETRY;

    if (db->in_read || db->in_fn)
        return fn(db, arg);
    for (unsigned tries = 0; rc == RC_RETRY && tries < DB_TRIES_MOST; tries++) {
        if (tries > 0)
            db_back_off(tries);
        rc = engine->read_begin(db);
        if (rc != RC_OK)
            continue;
        db->in_read = true;
        db->failed = RC_OK;
        rc = fn(db, arg);
        db->in_read = false;
        if (rc == RC_OK)
            rc = db->failed;
        db->failed = RC_OK;
        if (rc == RC_OK)
            rc = engine->read_end(db);
        else
            engine->rollback(db);
        if (rc == RC_IO && tries == 0 && engine->lost(db))
            rc = RC_RETRY;
    }
    return rc;
}

enum rc db_note(struct db *db, struct span note)
{
    enum rc rc = db->failed;

    CHECK(db->in_fn);
    if (rc == RC_OK && note.n > DB_NOTE_MOST)
        rc = RC_LIMIT;
    if (rc == RC_OK && (note.n == 0 || utf8_first_fault(note) != SPAN_NONE))
        rc = RC_INVALID;
    if (rc == RC_OK)
        rc = db->store->engine->note(db, note);
    if (rc == RC_OK)
        *LIST_ADD(db->notes_a, &db->notes) = arena_dup(db->notes_a, note);
    return settle(db, rc);
}

void db_notes_cut(struct db *db, size_t count)
{
    db->notes.count = count;
    if (count == 0) {
        memset(&db->notes, 0, sizeof db->notes);
        arena_reset(db->notes_a);
    }
}

void db_notes_heard(struct db *db)
{
    const struct db_options *o = &db->store->o;

    for (size_t i = 0; o->heard != NULL && i < db->notes.count; i++)
        o->heard(o->arg, db->notes.items[i]);
    db_notes_cut(db, 0);
}

/* ---- telling ---- */

void db_tell(struct db_store *store, enum db_event_kind kind, const char *name, int code, const char *state)
{
    struct db_event event = {.kind = kind, .name = name ? name : "", .code = code};

    if (store->o.event == NULL)
        return;
    (void)snprintf(event.state, sizeof event.state, "%s", state ? state : "");
    store->o.event(store->o.arg, &event);
}

void db_fault_set(struct db_fault *fault, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
}
