/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See subscribers.h. Every wish takes the next number of its campaign in the transaction that writes it. Two copies of a
 * server that do so at once cannot both commit: PostgreSQL lets one of them begin again. Who is imported gets the oldest
 * wish instead, below zero: nothing that a person did by themselves, leaving above all, is undone by an import. Zero is
 * nobody's.
 *
 * Nothing here compares addresses: there are none.
 */
#include "store/subscribers.h"

#include "store/mailing.h"
#include "store/store_impl.h"

#include <string.h>

struct stored_row {
    struct span object;
    int64_t wish;
    int32_t state;
    int32_t state_day;
    struct span lang;
    struct span audience;
    int32_t often;
    int32_t day;
    int64_t import_no;
    struct span sealed;
};
struct state_row {
    int32_t state;
};
struct count_row {
    struct span audience;
    struct span lang;
    int64_t active;
    int64_t left;
    int64_t bounced;
};
struct import_row {
    int64_t import_no;
    int64_t made_at;
    int64_t undone_at;
    int64_t people;
    struct span source;
};

/* ---- statements: people ---- */

#define CLEAR_COLS                                                                                                     \
    DB_BYTES(struct stored_row, object), DB_I64(struct stored_row, wish), DB_I32(struct stored_row, state),            \
        DB_I32(struct stored_row, state_day), DB_TEXT(struct stored_row, lang), DB_TEXT(struct stored_row, audience),  \
        DB_I32(struct stored_row, often), DB_I32(struct stored_row, day), DB_I64(struct stored_row, import_no)

#define NEWEST_WISH "CASE WHEN max(wish) > 0 THEN max(wish) ELSE 0 END + 1"
#define OLDEST_WISH "CASE WHEN min(wish) < 0 THEN min(wish) ELSE 0 END - 1"
#define ADD(wish)                                                                                                      \
    "INSERT INTO subscriber"                                                                                           \
    " (campaign_id, object, wish, state, state_day, lang, audience, often, day, import_no, sealed)"                    \
    " SELECT $1, $2, " wish ", 1, $3, $4, $5, $6, $7, $8, $9"                                                          \
    " FROM subscriber"                                                                                                 \
    " WHERE campaign_id = $1"                                                                                          \
    " ON CONFLICT (campaign_id, object) DO NOTHING"

static const struct db_stmt add = {
    .name = "subscriber.add",
    .sql = ADD(NEWEST_WISH),
};
static const struct db_stmt add_imported = {
    .name = "subscriber.add_imported",
    .sql = ADD(OLDEST_WISH),
};
static const struct db_stmt find = {
    .name = "subscriber.find",
    .sql = "SELECT object, wish, state, state_day, lang, audience, often, day, import_no"
           " FROM subscriber"
           " WHERE campaign_id = $1 AND object = $2",
    .cols = {CLEAR_COLS},
};
static const struct db_stmt state_of = {
    .name = "subscriber.state",
    .sql = "SELECT state"
           " FROM subscriber"
           " WHERE campaign_id = $1 AND object = $2",
    .cols = {DB_I32(struct state_row, state)},
};
/* The day is that of the first time; the wish is the newest again, for another record of the same person may have come
 * since, and it is what was asked last that holds. */
static const struct db_stmt set_state = {
    .name = "subscriber.set_state",
    .sql = "UPDATE subscriber"
           " SET state_day = CASE WHEN state = $3 THEN state_day ELSE $4 END, state = $3,"
           " wish = (SELECT " NEWEST_WISH " FROM subscriber WHERE campaign_id = $1)"
           " WHERE campaign_id = $1 AND object = $2",
};
static const struct db_stmt set_wishes = {
    .name = "subscriber.set_wishes",
    .sql = "UPDATE subscriber"
           " SET lang = $3, audience = $4, often = $5,"
           " wish = (SELECT " NEWEST_WISH " FROM subscriber WHERE campaign_id = $1)"
           " WHERE campaign_id = $1 AND object = $2",
};
static const struct db_stmt after = {
    .name = "subscriber.after",
    .sql = "SELECT object, wish, state, state_day, lang, audience, often, day, import_no, sealed"
           " FROM subscriber"
           " WHERE campaign_id = $1 AND wish > $2"
           " ORDER BY wish"
           " LIMIT $3",
    .cols = {CLEAR_COLS, DB_BYTES(struct stored_row, sealed)},
};
static const struct db_stmt count = {
    .name = "subscriber.count",
    .sql = "SELECT audience, lang,"
           " sum(CASE WHEN state = 1 THEN 1 ELSE 0 END), sum(CASE WHEN state = 2 THEN 1 ELSE 0 END),"
           " sum(CASE WHEN state = 3 THEN 1 ELSE 0 END)"
           " FROM subscriber"
           " WHERE campaign_id = $1"
           " GROUP BY audience, lang"
           " ORDER BY audience, lang",
    .cols = {DB_TEXT(struct count_row, audience), DB_TEXT(struct count_row, lang), DB_I64(struct count_row, active),
             DB_I64(struct count_row, left), DB_I64(struct count_row, bounced)},
};

/* ---- statements: deleting ---- */

static const struct db_stmt remove_one = {
    .name = "subscriber.remove",
    .sql = "DELETE FROM subscriber"
           " WHERE campaign_id = $1 AND object = $2",
};

/* ---- statements: imports ---- */

static const struct db_stmt import_add = {
    .name = "subscriber_import.add",
    .sql = "INSERT INTO subscriber_import (campaign_id, import_no, made_at, undone_at, people, source)"
           " SELECT $1, COALESCE(max(import_no), 0) + 1, $2, 0, $3, $4"
           " FROM subscriber_import"
           " WHERE campaign_id = $1",
};
static const struct db_stmt import_newest = {
    .name = "subscriber_import.newest",
    .sql = "SELECT import_no, made_at, undone_at, people, source"
           " FROM subscriber_import"
           " WHERE campaign_id = $1"
           " ORDER BY import_no DESC"
           " LIMIT 1",
    .cols = {DB_I64(struct import_row, import_no), DB_I64(struct import_row, made_at),
             DB_I64(struct import_row, undone_at), DB_I64(struct import_row, people),
             DB_TEXT(struct import_row, source)},
};
static const struct db_stmt import_find = {
    .name = "subscriber_import.find",
    .sql = "SELECT import_no, made_at, undone_at, people, source"
           " FROM subscriber_import"
           " WHERE campaign_id = $1 AND import_no = $2",
    .cols = {DB_I64(struct import_row, import_no), DB_I64(struct import_row, made_at),
             DB_I64(struct import_row, undone_at), DB_I64(struct import_row, people),
             DB_TEXT(struct import_row, source)},
};
static const struct db_stmt import_list = {
    .name = "subscriber_import.list",
    .sql = "SELECT import_no, made_at, undone_at, people, source"
           " FROM subscriber_import"
           " WHERE campaign_id = $1"
           " ORDER BY import_no DESC",
    .cols = {DB_I64(struct import_row, import_no), DB_I64(struct import_row, made_at),
             DB_I64(struct import_row, undone_at), DB_I64(struct import_row, people),
             DB_TEXT(struct import_row, source)},
};
static const struct db_stmt import_undone = {
    .name = "subscriber_import.undone",
    .sql = "UPDATE subscriber_import"
           " SET undone_at = $3"
           " WHERE campaign_id = $1 AND import_no = $2",
};
/* As with those who have all about them deleted: whose letters were theirs is found step by step, and not here. */
static const struct db_stmt import_forget = {
    .name = "subscriber_import.forget",
    .sql = "INSERT INTO forgotten (campaign_id, object)"
           " SELECT campaign_id, object"
           " FROM subscriber"
           " WHERE campaign_id = $1 AND import_no = $2 AND import_no > 0 AND state = 1"
           " ON CONFLICT (campaign_id, object) DO NOTHING",
};
static const struct db_stmt import_remove = {
    .name = "subscriber_import.remove",
    .sql = "DELETE FROM subscriber"
           " WHERE campaign_id = $1 AND import_no = $2 AND import_no > 0 AND state = 1",
};

const struct db_stmt *const subscribers_stmts[] = {
    &add,         &add_imported,  &find,          &state_of,      &set_state,     &set_wishes,
    &after,       &count,         &remove_one,    &import_add,    &import_newest, &import_find,
    &import_list, &import_undone, &import_forget, &import_remove,
};
const size_t subscribers_stmt_count = COUNT(subscribers_stmts);

static struct db_value object_value(const struct seal_object *object)
{
    return db_bytes((struct span){(const char *)object->bytes, sizeof object->bytes});
}

/* ---- reading ---- */

/* Bytes of the store are another's until they were looked at. */
static bool take_row(const struct stored_row *s, struct subscriber_row *row_out)
{
    *row_out = (struct subscriber_row){
        .wish = s->wish,
        .state = (enum subscriber_state)s->state,
        .state_day = s->state_day,
        .often = (enum subscriber_often)s->often,
        .audience = s->audience,
        .day = s->day,
        .import_no = s->import_no,
        .sealed = s->sealed,
    };
    if (s->object.n != sizeof row_out->object.bytes || !lang_from_code(s->lang, &row_out->lang))
        return false;
    memcpy(row_out->object.bytes, s->object.p, sizeof row_out->object.bytes);
    return true;
}

enum rc subscribers_find(struct db *db, struct arena *a, int64_t campaign_id, const struct seal_object *object,
                         struct subscriber_row *row_out)
{
    struct stored_row stored = {0};
    enum rc rc = db_one(db, a, &find, DB_ARGS(db_i64(campaign_id), object_value(object)), &stored);

    if (rc == RC_OK && !take_row(&stored, row_out))
        rc = RC_INVALID;
    return rc;
}

enum rc subscribers_after(struct db *db, struct arena *a, int64_t campaign_id, int64_t last, size_t most,
                          struct subscriber_row **rows_out, size_t *count_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &after,
                        DB_ARGS(db_i64(campaign_id), db_i64(last ? last : INT64_MIN), db_i64((int64_t)most)), &rows);

    *count_out = 0;
    *rows_out = NULL;
    if (rc != RC_OK || rows.count == 0)
        return rc;
    *rows_out = ARENA_ARRAY(a, struct subscriber_row, rows.count);
    for (size_t i = 0; i < rows.count; i++)
        if (!take_row((const struct stored_row *)rows.items + i, &(*rows_out)[i]))
            return RC_INVALID;
    *count_out = rows.count;
    return RC_OK;
}

enum rc subscribers_count(struct db *db, struct arena *a, int64_t campaign_id, struct subscriber_counts *counts_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &count, DB_ARGS(db_i64(campaign_id)), &rows);

    *counts_out = (struct subscriber_counts){0};
    for (size_t i = 0; rc == RC_OK && i < rows.count; i++) {
        const struct count_row *row = (const struct count_row *)rows.items + i;
        struct subscriber_count *c = LIST_ADD(a, &counts_out->list);

        *c = (struct subscriber_count){
            .audience = row->audience, .active = row->active, .left = row->left, .bounced = row->bounced};
        if (!lang_from_code(row->lang, &c->lang))
            rc = RC_INVALID;
    }
    return rc;
}

/* ---- one person's wishes ---- */

struct writing {
    int64_t campaign_id;
    const struct seal_object *object;
    const struct subscriber_row *row;
    enum subscriber_state state;
    int32_t day;
    enum lang lang;
    struct span audience;
    enum subscriber_often often;
};

enum rc subscribers_add_in(struct db *db, int64_t campaign_id, const struct subscriber_row *row)
{
    size_t added = 0;
    enum rc rc = db_exec_count(db, row->import_no ? &add_imported : &add,
                               DB_ARGS(db_i64(campaign_id), object_value(&row->object), db_i64(row->day),
                                       db_text(lang_code(row->lang)), db_text(row->audience), db_i64(row->often),
                                       db_i64(row->day), db_i64(row->import_no), db_bytes(row->sealed)),
                               &added);

    return rc == RC_OK && added == 0 ? RC_CONFLICT : rc;
}

static enum rc add_tx(struct db *db, void *arg)
{
    const struct writing *w = arg;

    return subscribers_add_in(db, w->campaign_id, w->row);
}

enum rc subscribers_add(struct db *db, int64_t campaign_id, const struct subscriber_row *row)
{
    struct writing w = {.campaign_id = campaign_id, .row = row};

    return db_write(db, "subscriber.add", add_tx, &w);
}

static enum rc set_state_tx(struct db *db, void *arg)
{
    const struct writing *w = arg;
    struct state_row now = {0};
    enum rc rc = db_one(db, NULL, &state_of, DB_ARGS(db_i64(w->campaign_id), object_value(w->object)), &now);

    if (rc != RC_OK)
        return rc;
    if (now.state == SUBSCRIBER_BOUNCED)
        return RC_DENIED;
    return db_exec(db, &set_state,
                   DB_ARGS(db_i64(w->campaign_id), object_value(w->object), db_i64((int64_t)w->state), db_i64(w->day)));
}

enum rc subscribers_set_state(struct db *db, int64_t campaign_id, const struct seal_object *object,
                              enum subscriber_state state, int32_t day)
{
    struct writing w = {.campaign_id = campaign_id, .object = object, .state = state, .day = day};

    return db_write(db, "subscriber.set_state", set_state_tx, &w);
}

static enum rc set_wishes_tx(struct db *db, void *arg)
{
    const struct writing *w = arg;
    size_t changed = 0;
    enum rc rc = db_exec_count(db, &set_wishes,
                               DB_ARGS(db_i64(w->campaign_id), object_value(w->object), db_text(lang_code(w->lang)),
                                       db_text(w->audience), db_i64((int64_t)w->often)),
                               &changed);

    return rc == RC_OK && changed == 0 ? RC_NOT_FOUND : rc;
}

enum rc subscribers_set_wishes(struct db *db, int64_t campaign_id, const struct seal_object *object, enum lang lang,
                               struct span audience, enum subscriber_often often)
{
    struct writing w = {
        .campaign_id = campaign_id, .object = object, .lang = lang, .audience = audience, .often = often};

    return db_write(db, "subscriber.set_wishes", set_wishes_tx, &w);
}

static enum rc delete_tx(struct db *db, void *arg)
{
    const struct writing *w = arg;
    enum rc rc = mailing_forget_in(db, w->campaign_id, w->object);

    if (rc == RC_OK)
        rc = db_exec(db, &remove_one, DB_ARGS(db_i64(w->campaign_id), object_value(w->object)));
    return rc;
}

enum rc subscribers_delete(struct db *db, int64_t campaign_id, const struct seal_object *object)
{
    struct writing w = {.campaign_id = campaign_id, .object = object};

    return db_write(db, "subscriber.delete", delete_tx, &w);
}

/* ---- imports ---- */

struct importing {
    int64_t campaign_id;
    struct span source;
    struct instant now;
    const struct subscriber_row *rows;
    size_t count;
    int64_t import_no; /* comes out, or goes in */
    int64_t people;
};

static struct subscriber_import import_of(const struct import_row *row)
{
    return (struct subscriber_import){
        .import_no = row->import_no,
        .made_at = {row->made_at},
        .undone_at = {row->undone_at},
        .people = row->people,
        .source = row->source,
    };
}

static enum rc import_tx(struct db *db, void *arg)
{
    struct importing *i = arg;
    struct arena *a = arena_open(64 * 1024);
    struct import_row newest = {0};
    enum rc rc =
        db_exec(db, &import_add,
                DB_ARGS(db_i64(i->campaign_id), db_i64(i->now.us), db_i64((int64_t)i->count), db_text(i->source)));

    if (rc == RC_OK)
        rc = db_one(db, a, &import_newest, DB_ARGS(db_i64(i->campaign_id)), &newest);
    i->import_no = newest.import_no;
    for (size_t k = 0; rc == RC_OK && k < i->count; k++) {
        struct subscriber_row row = i->rows[k];

        row.import_no = i->import_no;
        rc = subscribers_add_in(db, i->campaign_id, &row);
    }
    arena_close(&a);
    return rc;
}

enum rc subscribers_import(struct db *db, int64_t campaign_id, struct span source, struct instant now,
                           const struct subscriber_row *rows, size_t rows_count, int64_t *import_no_out)
{
    struct importing i = {.campaign_id = campaign_id, .source = source, .now = now, .rows = rows, .count = rows_count};
    enum rc rc = db_write(db, "subscriber.import", import_tx, &i);

    *import_no_out = rc == RC_OK ? i.import_no : 0;
    return rc;
}

static enum rc undo_tx(struct db *db, void *arg)
{
    struct importing *i = arg;
    struct arena *a = arena_open(64 * 1024);
    struct db_value id = db_i64(i->campaign_id);
    struct db_value no = db_i64(i->import_no);
    struct import_row row = {0};
    size_t removed = 0;
    enum rc rc = db_one(db, a, &import_find, DB_ARGS(id, no), &row);

    if (rc == RC_OK && row.undone_at)
        rc = RC_CONFLICT;
    if (rc == RC_OK)
        rc = db_exec(db, &import_undone, DB_ARGS(id, no, db_i64(i->now.us)));
    if (rc == RC_OK)
        rc = db_exec(db, &import_forget, DB_ARGS(id, no));
    if (rc == RC_OK)
        rc = db_exec_count(db, &import_remove, DB_ARGS(id, no), &removed);
    i->people = (int64_t)removed;
    arena_close(&a);
    return rc;
}

enum rc subscribers_import_undo(struct db *db, int64_t campaign_id, int64_t import_no, struct instant now,
                                int64_t *people_out)
{
    struct importing i = {.campaign_id = campaign_id, .import_no = import_no, .now = now};
    enum rc rc = db_write(db, "subscriber.import_undo", undo_tx, &i);

    *people_out = rc == RC_OK ? i.people : 0;
    return rc;
}

enum rc subscribers_imports(struct db *db, struct arena *a, int64_t campaign_id, struct subscriber_imports *imports_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &import_list, DB_ARGS(db_i64(campaign_id)), &rows);

    *imports_out = (struct subscriber_imports){0};
    for (size_t i = 0; rc == RC_OK && i < rows.count; i++)
        *LIST_ADD(a, &imports_out->list) = import_of((const struct import_row *)rows.items + i);
    return rc;
}
