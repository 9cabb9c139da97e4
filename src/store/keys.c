/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See keys.h.
 */
#include "store/keys.h"

#include "store/store_impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct name_row {
    struct span name;
};
struct key_row {
    struct span key_id;
    int32_t kind;
    struct span public_half;
    struct span wrapped;
    int64_t made_at;
    int64_t replaced_at;
};

struct holder_row {
    int64_t campaign_id;
};

static const struct db_stmt name_find = {
    .name = "keys.name",
    .sql = "SELECT name"
           " FROM seal_campaign"
           " WHERE campaign_id = $1",
    .cols = {DB_BYTES(struct name_row, name)},
};
static const struct db_stmt name_put = {
    .name = "keys.name_put",
    .sql = "INSERT INTO seal_campaign (campaign_id, name)"
           " VALUES ($1, $2)"
           " ON CONFLICT (campaign_id) DO NOTHING",
};
static const struct db_stmt key_list = {
    .name = "keys.list",
    .sql = "SELECT key_id, kind, public_half, wrapped, made_at, replaced_at"
           " FROM sealing_key"
           " WHERE campaign_id = $1"
           " ORDER BY CASE WHEN replaced_at = 0 THEN 0 ELSE 1 END, made_at DESC, kind, key_id",
    .cols = {DB_BYTES(struct key_row, key_id), DB_I32(struct key_row, kind), DB_BYTES(struct key_row, public_half),
             DB_BYTES(struct key_row, wrapped), DB_I64(struct key_row, made_at), DB_I64(struct key_row, replaced_at)},
};
static const struct db_stmt key_replace = {
    .name = "keys.replace",
    .sql = "UPDATE sealing_key"
           " SET replaced_at = $3"
           " WHERE campaign_id = $1 AND key_id = $2 AND replaced_at = 0",
};
static const struct db_stmt key_insert = {
    .name = "keys.insert",
    .sql = "INSERT INTO sealing_key (campaign_id, key_id, kind, public_half, wrapped, made_at, replaced_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, 0)",
};

static const struct db_stmt key_holders = {
    .name = "keys.holders",
    .sql = "SELECT campaign_id"
           " FROM sealing_key"
           " WHERE kind = $1 AND replaced_at = 0"
           " ORDER BY campaign_id",
    .cols = {DB_I64(struct holder_row, campaign_id)},
};

const struct db_stmt *const keys_stmts[] = {&name_find, &name_put, &key_list, &key_replace, &key_insert, &key_holders};
const size_t keys_stmt_count = COUNT(keys_stmts);

/* ---- reading ---- */

/* Bytes of the store are another's until they were looked at. */
static bool take_row(const struct key_row *row, const struct seal_campaign *campaign, struct keys_row *out)
{
    struct key_id id;

    if (row->kind < KEY_MAILING || row->kind > KEY_KIND_COUNT || row->public_half.n != KEY_LEN)
        return false;
    *out = (struct keys_row){
        .kind = (enum key_kind)row->kind, .made_at = {row->made_at}, .replaced_at = {row->replaced_at}};
    memcpy(out->public_half, row->public_half.p, KEY_LEN);
    id = key_id_of(out->kind, out->public_half);
    if (!span_eq(row->key_id, (struct span){(const char *)id.bytes, sizeof id.bytes}))
        return false;
    out->id = id;
    return wrapped_read(row->wrapped, out->kind, campaign, out->public_half, &out->wrapped);
}

enum rc keys_list(struct db *db, struct arena *a, int64_t campaign_id, struct keys *keys_out)
{
    struct name_row name = {0};
    struct db_rows rows = {0};
    enum rc rc = db_one(db, a, &name_find, DB_ARGS(db_i64(campaign_id)), &name);

    *keys_out = (struct keys){0};
    if (rc == RC_NOT_FOUND)
        return RC_OK;
    if (rc == RC_OK)
        rc = db_all(db, a, &key_list, DB_ARGS(db_i64(campaign_id)), &rows);
    if (rc != RC_OK)
        return rc;
    keys_out->has_campaign = true;
    if (!seal_campaign_read(name.name, &keys_out->campaign))
        return RC_INVALID;
    for (size_t i = 0; i < rows.count; i++)
        if (!take_row((const struct key_row *)rows.items + i, &keys_out->campaign, LIST_ADD(a, &keys_out->list)))
            return RC_INVALID;
    return RC_OK;
}

enum rc keys_campaign(struct db *db, struct arena *a, int64_t campaign_id, struct seal_campaign *campaign_out)
{
    struct name_row name = {0};
    enum rc rc = db_one(db, a, &name_find, DB_ARGS(db_i64(campaign_id)), &name);

    return rc == RC_OK && !seal_campaign_read(name.name, campaign_out) ? RC_INVALID : rc;
}

const struct keys_row *keys_in_use(const struct keys *keys, enum key_kind kind)
{
    for (size_t i = 0; i < keys->list.count; i++)
        if (keys->list.items[i].kind == kind && keys->list.items[i].replaced_at.us == 0)
            return &keys->list.items[i];
    return NULL;
}

enum rc keys_holders(struct db *db, struct arena *a, enum key_kind kind, struct keys_holders *holders_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &key_holders, DB_ARGS(db_i64(kind)), &rows);
    int64_t *ids;

    *holders_out = (struct keys_holders){0};
    if (rc != RC_OK)
        return rc;
    ids = ARENA_ARRAY(a, int64_t, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++)
        ids[i] = ((const struct holder_row *)rows.items + i)->campaign_id;
    *holders_out = (struct keys_holders){ids, rows.count};
    return RC_OK;
}

static int compare_ids(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

bool keys_is_holder(const struct keys_holders *holders, int64_t campaign_id)
{
    return holders->count &&
           bsearch(&campaign_id, holders->campaign_ids, holders->count, sizeof campaign_id, compare_ids) != NULL;
}

/* ---- writing ---- */

struct putting {
    int64_t campaign_id;
    const struct keys_new *fresh;
    struct instant now;
};

static struct db_value id_value(const struct key_id *id)
{
    return db_bytes((struct span){(const char *)id->bytes, sizeof id->bytes});
}

static enum rc put_name(struct db *db, struct arena *a, const struct putting *p)
{
    struct name_row name = {0};
    enum rc rc =
        db_exec(db, &name_put, DB_ARGS(db_i64(p->campaign_id), db_bytes(seal_campaign_span(&p->fresh->campaign))));

    if (rc == RC_OK)
        rc = db_one(db, a, &name_find, DB_ARGS(db_i64(p->campaign_id)), &name);
    if (rc == RC_OK && !span_eq(name.name, seal_campaign_span(&p->fresh->campaign)))
        rc = RC_CONFLICT;
    return rc;
}

/* Those that were named, each; that there are no others in use, the index sees. */
static enum rc replace(struct db *db, const struct putting *p)
{
    for (size_t i = 0; i < p->fresh->replaced_count; i++) {
        size_t rows = 0;
        enum rc rc = db_exec_count(db, &key_replace,
                                   DB_ARGS(db_i64(p->campaign_id), id_value(&p->fresh->replaced[i]), db_i64(p->now.us)),
                                   &rows);

        if (rc != RC_OK)
            return rc;
        if (rows != 1)
            return RC_CONFLICT;
    }
    return RC_OK;
}

static enum rc put_tx(struct db *db, void *arg)
{
    const struct putting *p = arg;
    struct arena *a = arena_open(64 * 1024);
    struct span note = arena_printf(a, "keys %" PRId64, p->campaign_id);
    enum rc rc = put_name(db, a, p);

    if (rc == RC_OK)
        rc = replace(db, p);
    for (size_t i = 0; i < KEYS_AT_ONCE && rc == RC_OK; i++) {
        const struct keys_row *row = &p->fresh->rows[i];

        rc =
            db_exec(db, &key_insert,
                    DB_ARGS(db_i64(p->campaign_id), id_value(&row->id), db_i64(row->kind),
                            db_bytes((struct span){(const char *)row->public_half, KEY_LEN}),
                            db_bytes((struct span){(const char *)row->wrapped.bytes, WRAPPED_LEN}), db_i64(p->now.us)));
    }
    if (rc == RC_OK)
        rc = db_note(db, note);
    arena_close(&a);
    return rc;
}

/* One of each kind, each with its own id and wrapping. */
static bool is_whole(const struct keys_new *fresh)
{
    for (size_t i = 0; i < KEYS_AT_ONCE; i++) {
        const struct keys_row *row = &fresh->rows[i];
        struct key_id id;
        struct wrapped w;

        if (row->kind != (enum key_kind)(KEY_MAILING + i))
            return false;
        id = key_id_of(row->kind, row->public_half);
        if (memcmp(id.bytes, row->id.bytes, sizeof id.bytes) != 0 ||
            !wrapped_read((struct span){(const char *)row->wrapped.bytes, WRAPPED_LEN}, row->kind, &fresh->campaign,
                          row->public_half, &w))
            return false;
    }
    return fresh->replaced_count <= KEYS_AT_ONCE;
}

enum rc keys_put(struct db *db, int64_t campaign_id, const struct keys_new *fresh, struct instant now)
{
    struct putting p = {campaign_id, fresh, now};

    if (!is_whole(fresh))
        return RC_INVALID;
    return db_write(db, "keys.put", put_tx, &p);
}
