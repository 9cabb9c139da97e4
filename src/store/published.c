/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See published.h.
 */
#include "store/published.h"

#include "store/content.h"
#include "store/store_impl.h"

struct state_row {
    int64_t revision;
    struct instant next_at;
};
static const struct db_stmt state_get = {
    .name = "published.state_get",
    .sql = "SELECT revision, next_at"
           " FROM published_state"
           " WHERE campaign_id = $1",
    .cols = {DB_I64(struct state_row, revision), DB_I64(struct state_row, next_at.us)},
};
/* First of all writes: of two who record at once the second waits here. Never back to an earlier revision. */
static const struct db_stmt state_put = {
    .name = "published.state_put",
    .sql = "INSERT INTO published_state (campaign_id, revision, next_at)"
           " VALUES ($1, $2, $3)"
           " ON CONFLICT (campaign_id) DO UPDATE"
           " SET revision = excluded.revision, next_at = excluded.next_at"
           " WHERE published_state.revision <= excluded.revision",
};
static const struct db_stmt published_all = {
    .name = "published.all",
    .sql = "SELECT key, lang, public_at, hash, shown, leans"
           " FROM published"
           " WHERE campaign_id = $1"
           " ORDER BY key, lang",
    .cols = {DB_TEXT(struct published_row, key), DB_I32(struct published_row, lang),
             DB_I64(struct published_row, public_at.us), DB_BYTES(struct published_row, hash),
             DB_TEXT(struct published_row, shown), DB_TEXT(struct published_row, leans)},
};
static const struct db_stmt published_put = {
    .name = "published.put",
    .sql = "INSERT INTO published (campaign_id, key, lang, public_at, hash, shown, leans)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7)"
           " ON CONFLICT (campaign_id, key, lang) DO UPDATE"
           " SET public_at = excluded.public_at, hash = excluded.hash, shown = excluded.shown, leans = excluded.leans",
};
static const struct db_stmt published_delete = {
    .name = "published.delete",
    .sql = "DELETE FROM published"
           " WHERE campaign_id = $1 AND key = $2 AND lang = $3",
};

const struct db_stmt *const published_stmts[] = {
    &state_get, &state_put, &published_all, &published_put, &published_delete,
};
const size_t published_stmt_count = COUNT(published_stmts);

const struct published_row *published_find(const struct published_rows *rows, struct span key, int lang)
{
    for (size_t i = 0; i < rows->list.count; i++)
        if (rows->list.items[i].lang == lang && span_eq(rows->list.items[i].key, key))
            return &rows->list.items[i];
    return NULL;
}

enum rc published_list(struct db *db, struct arena *a, int64_t campaign_id, struct published_rows *rows_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &published_all, DB_ARGS(db_i64(campaign_id)), &rows);

    *rows_out = (struct published_rows){0};
    rows_out->list.items = rows.items;
    rows_out->list.count = rows.count;
    rows_out->list.room = rows.count;
    return rc;
}

enum rc published_check(struct db *db, int64_t campaign_id, int64_t revision, struct instant now)
{
    struct state_row row = {0};
    enum rc rc = db_one(db, NULL, &state_get, DB_ARGS(db_i64(campaign_id)), &row);

    if (rc != RC_OK)
        return rc;
    return row.revision == revision && now.us < row.next_at.us ? RC_OK : RC_NOT_FOUND;
}

/* ---- recording ---- */

struct recording {
    struct arena *arena;
    int64_t campaign_id;
    int64_t revision;
    const struct published_rows *rows;
    const struct published_rows *all;
};

static enum rc put_row(struct db *db, const struct recording *r, const struct published_row *row)
{
    return db_exec(db, &published_put,
                   DB_ARGS(db_i64(r->campaign_id), db_text(row->key), db_i64(row->lang), db_i64(row->public_at.us),
                           db_bytes(row->hash), db_text(row->shown), db_text(row->leans)));
}

static enum rc record(struct db *db, void *arg)
{
    const struct recording *r = arg;
    struct published_rows known = {0};
    int64_t revision = 0;
    size_t changed = 0;
    enum rc rc = db_exec_count(
        db, &state_put, DB_ARGS(db_i64(r->campaign_id), db_i64(r->revision), db_i64(r->rows->next_at.us)), &changed);

    if (rc == RC_OK)
        rc = content_revision(db, r->campaign_id, &revision);
    if (rc == RC_OK && (changed != 1 || revision != r->revision))
        rc = RC_CONFLICT;
    if (rc == RC_OK)
        rc = published_list(db, r->arena, r->campaign_id, &known);
    for (size_t i = 0; rc == RC_OK && i < r->rows->list.count; i++) {
        const struct published_row *row = &r->rows->list.items[i];
        const struct published_row *before = published_find(&known, row->key, row->lang);

        if (before == NULL || !span_eq(before->hash, row->hash))
            rc = put_row(db, r, row);
    }
    for (size_t i = 0; rc == RC_OK && i < known.list.count; i++) {
        const struct published_row *row = &known.list.items[i];

        if (published_find(r->all, row->key, row->lang) == NULL)
            rc = db_exec(db, &published_delete, DB_ARGS(db_i64(r->campaign_id), db_text(row->key), db_i64(row->lang)));
    }
    return rc;
}

enum rc published_record(struct db *db, struct arena *a, int64_t campaign_id, int64_t revision,
                         const struct published_rows *rows, const struct published_rows *all)
{
    struct recording r = {a, campaign_id, revision, rows, all};

    return db_write(db, "published.record", record, &r);
}
