/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The schema's way to the newest: numbered texts, forward only, each recorded with a hash of its text.
 *
 * Everything that is missing runs in one transaction that keeps other copies out, so a store has the old schema or the
 * newest, never one between. A store that knows more than we do is left untouched. The hash (FNV-1a) is there to notice
 * a text that was edited after it ran; it guards against a mistake, not against an attacker.
 */
#include "db/db_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MOST = 4 * 1024 * 1024 };

struct applied {
    int32_t number;
    struct span hash;
};

static const struct db_stmt applied_list = {
    .name = "schema_version.list",
    .sql = "SELECT number, hash"
           " FROM schema_version"
           " ORDER BY number",
    .cols = {DB_I32(struct applied, number), DB_TEXT(struct applied, hash)},
};

static const struct db_stmt applied_insert = {
    .name = "schema_version.insert",
    .sql = "INSERT INTO schema_version (number, name, hash, applied_at)"
           " VALUES ($1, $2, $3, $4)",
};

const struct db_stmt *const db_own_stmts[] = {&applied_list, &applied_insert};
const size_t db_own_stmt_count = COUNT(db_own_stmts);

static const struct db_migration first = {
    .name = "schema_version",
    .sql = SPAN_INIT("CREATE TABLE IF NOT EXISTS schema_version (\n"
                     "    number     {i32}  NOT NULL PRIMARY KEY,\n"
                     "    name       {text} NOT NULL,\n"
                     "    hash       {text} NOT NULL,\n"
                     "    applied_at {i64}  NOT NULL\n"
                     ") {strict};\n"),
};

/* ---- the text for an engine ---- */

static const struct token {
    struct span name;
    struct span sqlite;
    struct span postgres;
} tokens[] = {
    {SPAN_INIT("i64"), SPAN_INIT("INTEGER"), SPAN_INIT("BIGINT")},
    {SPAN_INIT("i32"), SPAN_INIT("INTEGER"), SPAN_INIT("INTEGER")},
    {SPAN_INIT("bool"), SPAN_INIT("INTEGER"), SPAN_INIT("BOOLEAN")},
    {SPAN_INIT("text"), SPAN_INIT("TEXT"), SPAN_INIT("TEXT COLLATE \"C\"")},
    {SPAN_INIT("bytes"), SPAN_INIT("BLOB"), SPAN_INIT("BYTEA")},
    {SPAN_INIT("strict"), SPAN_INIT("STRICT"), SPAN_INIT("")},
};

/* False for a token that is not in the table. */
static bool put_line(struct buf *b, struct span line, bool postgres)
{
    size_t open;

    while ((open = span_find_char(line, '{')) != SPAN_NONE) {
        struct span name = span_from(line, open + 1);
        size_t close = span_find_char(name, '}');
        const struct token *t = tokens;

        buf_put(b, span_sub(line, 0, open));
        if (close == SPAN_NONE)
            return false;
        while (t < tokens + COUNT(tokens) && !span_eq(t->name, span_sub(name, 0, close)))
            t++;
        if (t == tokens + COUNT(tokens))
            return false;
        buf_put(b, postgres ? t->postgres : t->sqlite);
        line = span_from(name, close + 1);
    }
    buf_put(b, line);
    buf_char(b, '\n');
    return true;
}

/* Null when a token is unknown. */
static const char *text_for(struct arena *a, const struct db_migration *m, bool postgres)
{
    struct buf *b = buf_new(a, TEXT_MOST);
    struct span rest = m->sql;
    struct span line;

    while (span_next(&rest, '\n', &line)) {
        bool lite = span_starts(line, S("--sqlite:"));
        bool post = span_starts(line, S("--postgres:"));

        if (lite || post) {
            if (post != postgres)
                continue;
            line = span_from(line, span_find_char(line, ':') + 1);
        }
        if (!put_line(b, line, postgres))
            return NULL;
    }
    CHECK(!buf_overflowed(b));
    return arena_cstr(a, buf_span(b));
}

static struct span hash_of(struct arena *a, struct span text)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < text.n; i++)
        h = (h ^ (unsigned char)text.p[i]) * UINT64_C(0x100000001b3);
    return arena_printf(a, "%016" PRIx64, h);
}

/* ---- applying ---- */

static enum rc script(struct db *db, struct arena *a, const struct db_migration *m, struct db_fault *fault)
{
    const char *text = text_for(a, m, db_is_postgres(db->store));
    struct db_fault why = {""};
    enum rc rc;

    if (text == NULL) {
        db_fault_set(fault, "The migration “%s” has a {token} that stands for nothing.", m->name);
        return RC_INVALID;
    }
    rc = db->store->engine->script(db, text, &why);
    if (rc != RC_OK)
        db_fault_set(fault, "The migration “%s” failed: %s.", m->name, why.text);
    return rc;
}

static enum rc apply(struct db *db, struct arena *a, const struct db_migration *m, struct db_fault *fault)
{
    enum rc rc = script(db, a, m, fault);

    if (rc != RC_OK)
        return rc;
    return db_exec(db, &applied_insert,
                   DB_ARGS(db_i64(m->number), db_text(span_of(m->name)), db_text(hash_of(a, m->sql)),
                           db_i64(db->store->o.now.us)));
}

/* What ran must be what we know, in our order. */
static enum rc compare(const struct db_options *o, struct arena *a, const struct db_rows *rows, struct db_fault *fault)
{
    const struct applied *ran = rows->items;
    int32_t newest = rows->count > 0 ? ran[rows->count - 1].number : 0;

    if (newest > (int32_t)o->migration_count) {
        db_fault_set(
            fault,
            "This store was written by a newer Breakroom: its schema is number %d, this program knows up to %zu. "
            "Install the newer program, or restore a backup made before it.",
            newest, o->migration_count);
        return RC_CONFLICT;
    }
    for (size_t i = 0; i < rows->count; i++) {
        if (ran[i].number != (int32_t)i + 1 || !span_eq(ran[i].hash, hash_of(a, o->migrations[i].sql))) {
            db_fault_set(fault,
                         "This store was made with another text of migration %zu (“%s”) than this program has. "
                         "Use the program that made it, or restore a backup.",
                         i + 1, o->migrations[i].name);
            return RC_CONFLICT;
        }
    }
    return RC_OK;
}

static enum rc migrate(struct db *db, struct arena *a, struct db_fault *fault)
{
    const struct db_options *o = &db->store->o;
    struct db_rows ran = {NULL, 0};
    enum rc rc = script(db, a, &first, fault);

    if (rc == RC_OK)
        rc = db->store->engine->prepare(db, 0, db_own_stmt_count, fault);
    if (rc == RC_OK)
        rc = db_all(db, a, &applied_list, DB_NO_ARGS, &ran);
    if (rc == RC_OK)
        rc = compare(o, a, &ran, fault);
    for (size_t i = ran.count; rc == RC_OK && i < o->migration_count; i++) {
        CHECK(o->migrations[i].number == (int32_t)i + 1);
        rc = apply(db, a, &o->migrations[i], fault);
    }
    return rc;
}

enum rc db_migrate(struct db *writer, struct db_fault *fault)
{
    const struct db_engine *engine = writer->store->engine;
    struct arena *a = arena_open((size_t)8 * TEXT_MOST);
    enum rc rc = engine->migrate_begin(writer);

    if (rc == RC_OK) {
        writer->in_fn = true;
        rc = migrate(writer, a, fault);
        writer->in_fn = false;
        writer->failed = RC_OK;
        if (rc == RC_OK)
            rc = engine->migrate_commit(writer);
        else
            engine->rollback(writer);
    }
    if (rc == RC_RETRY)
        db_fault_set(fault, "Another program holds the store and does not let go of it. Close it and try again.");
    if (rc == RC_OK)
        writer->store->schema = (int32_t)writer->store->o.migration_count;
    else if (fault->text[0] == 0)
        db_fault_set(fault, "The store's schema could not be brought up to date: the disk or the database failed.");
    arena_close(&a);
    return rc == RC_RETRY ? RC_IO : rc;
}
