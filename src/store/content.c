/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See content.h. Writing compares by hash and touches what differs: a campaign with a gigabyte of photos of which one
 * figure changed writes one row.
 */
#include "store/content.h"

#include "store/store_impl.h"

/* ---- statements ---- */

#define CAMPAIGN_COLS                                                                                                  \
    {                                                                                                                  \
        DB_I64(struct content_campaign, campaign_id), DB_TEXT(struct content_campaign, host),                          \
            DB_I64(struct content_campaign, revision), DB_I64(struct content_campaign, changed_at.us)                  \
    }

static const struct db_stmt campaign_list = {
    .name = "campaign.list",
    .sql = "SELECT campaign_id, host, revision, changed_at"
           " FROM campaign"
           " ORDER BY host",
    .cols = CAMPAIGN_COLS,
};
static const struct db_stmt campaign_find = {
    .name = "campaign.find",
    .sql = "SELECT campaign_id, host, revision, changed_at"
           " FROM campaign"
           " WHERE host = $1",
    .cols = CAMPAIGN_COLS,
};
static const struct db_stmt campaign_get = {
    .name = "campaign.get",
    .sql = "SELECT campaign_id, host, revision, changed_at"
           " FROM campaign"
           " WHERE campaign_id = $1",
    .cols = CAMPAIGN_COLS,
};
static const struct db_stmt campaign_insert = {
    .name = "campaign.insert",
    .sql = "INSERT INTO campaign (campaign_id, host, revision, changed_at)"
           " SELECT COALESCE(max(campaign_id), 0) + 1, $1, 0, $2 FROM campaign",
};
/* Two copies of the server that load at once meet here: only one finds the revision that it looked at. */
static const struct db_stmt campaign_touch = {
    .name = "campaign.touch",
    .sql = "UPDATE campaign"
           " SET revision = revision + 1, changed_at = $3"
           " WHERE campaign_id = $1 AND revision = $2",
};

#define PIECE_COLS                                                                                                     \
    DB_TEXT(struct piece, path), DB_I64(struct piece, position), DB_BYTES(struct piece, hash),                         \
        DB_I64(struct piece, revision)

static const struct db_stmt piece_hashes = {
    .name = "piece.hashes",
    .sql = "SELECT path, position, hash, revision"
           " FROM piece"
           " WHERE campaign_id = $1"
           " ORDER BY path",
    .cols = {PIECE_COLS},
};
struct piece_row {
    struct piece piece;
    int64_t size;  /* of one that is large */
    bool is_large; /* and has no bytes here */
};
#define PIECE_ROW_COLS                                                                                                 \
    DB_TEXT(struct piece_row, piece.path), DB_I64(struct piece_row, piece.position),                                   \
        DB_BYTES(struct piece_row, piece.hash), DB_I64(struct piece_row, piece.revision),                              \
        DB_BYTES(struct piece_row, piece.bytes)

/* Some at a time: PostgreSQL's client holds a whole result in memory beside our copy. */
static const struct db_stmt piece_next = {
    .name = "piece.next",
    .sql = "SELECT path, position, hash, revision, bytes"
           " FROM piece"
           " WHERE campaign_id = $1 AND path > $2"
           " ORDER BY path"
           " LIMIT 100",
    .cols = {PIECE_ROW_COLS},
};

/* Of what is large the engines look up the length alone. */
#define IS_LARGE                                                                                                       \
    "(path LIKE 'photos/%' OR path LIKE 'documents/%.pdf' OR path LIKE 'documents/%.webp' OR path LIKE 'leaflets/%')"
static const struct db_stmt piece_next_text = {
    .name = "piece.next_text",
    .sql = "SELECT path, position, hash, revision, CASE WHEN " IS_LARGE " THEN NULL ELSE bytes END, " IS_LARGE
           ", CAST(length(bytes) AS BIGINT)"
           " FROM piece"
           " WHERE campaign_id = $1 AND path > $2"
           " ORDER BY path"
           " LIMIT 100",
    .cols = {PIECE_ROW_COLS, DB_BOOL(struct piece_row, is_large), DB_I64(struct piece_row, size)},
};
static const struct db_stmt piece_get = {
    .name = "piece.get",
    .sql = "SELECT bytes"
           " FROM piece"
           " WHERE campaign_id = $1 AND path = $2",
    .cols = {DB_BYTES(struct piece, bytes)},
};
static const struct db_stmt piece_put = {
    .name = "piece.put",
    .sql = "INSERT INTO piece (campaign_id, path, position, hash, revision, bytes)"
           " VALUES ($1, $2, $3, $4, $5, $6)"
           " ON CONFLICT (campaign_id, path) DO UPDATE"
           " SET position = excluded.position, hash = excluded.hash, revision = excluded.revision,"
           " bytes = excluded.bytes",
};
static const struct db_stmt piece_move = {
    .name = "piece.move",
    .sql = "UPDATE piece"
           " SET position = $3"
           " WHERE campaign_id = $1 AND path = $2",
};
static const struct db_stmt piece_delete = {
    .name = "piece.delete",
    .sql = "DELETE FROM piece"
           " WHERE campaign_id = $1 AND path = $2",
};

const struct db_stmt *const content_stmts[] = {
    &campaign_list, &campaign_find,   &campaign_get, &campaign_insert, &campaign_touch, &piece_hashes,
    &piece_next,    &piece_next_text, &piece_get,    &piece_put,       &piece_move,     &piece_delete,
};
const size_t content_stmt_count = COUNT(content_stmts);

/* ---- reading ---- */

enum rc content_campaigns(struct db *db, struct arena *a, struct content_campaigns *campaigns_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &campaign_list, DB_NO_ARGS, &rows);

    *campaigns_out = (struct content_campaigns){rows.items, rows.count};
    return rc;
}

enum rc content_find(struct db *db, struct arena *a, struct span host, struct content_campaign *campaign_out)
{
    return db_one(db, a, &campaign_find, DB_ARGS(db_text(host)), campaign_out);
}

static enum rc get_campaign(struct db *db, struct arena *a, int64_t campaign_id, struct content_campaign *campaign_out)
{
    return db_one(db, a, &campaign_get, DB_ARGS(db_i64(campaign_id)), campaign_out);
}

enum rc content_revision(struct db *db, int64_t campaign_id, int64_t *revision_out)
{
    struct arena *a = arena_open(64 * 1024);
    struct content_campaign campaign = {0};
    enum rc rc = get_campaign(db, a, campaign_id, &campaign);

    *revision_out = campaign.revision;
    arena_close(&a);
    return rc;
}

enum reading_what { READING_HASHES, READING_TEXTS, READING_ALL };

struct reading {
    struct arena *arena;
    int64_t campaign_id;
    enum reading_what what;
    struct content_campaign *campaign;
    struct pieces *pieces;
    struct content_larges *larges; /* of TEXTS */
};

static enum rc read_hashes(struct db *db, struct arena *a, int64_t campaign_id, struct pieces *pieces_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &piece_hashes, DB_ARGS(db_i64(campaign_id)), &rows);

    *pieces_out = (struct pieces){0};
    pieces_out->list.items = rows.items;
    pieces_out->list.count = rows.count;
    pieces_out->list.room = rows.count;
    return rc;
}

/* A hundred after the other, with their bytes or, of the large ones, their sizes: as `stmt` has it. */
static enum rc read_each(struct db *db, const struct reading *r, const struct db_stmt *stmt)
{
    struct span last = S("");
    struct db_rows rows;

    *r->pieces = (struct pieces){0};
    do {
        enum rc rc;

        rows = (struct db_rows){0};
        rc = db_all(db, r->arena, stmt, DB_ARGS(db_i64(r->campaign_id), db_text(last)), &rows);
        if (rc != RC_OK)
            return rc;
        for (size_t i = 0; i < rows.count; i++) {
            const struct piece_row *row = &((const struct piece_row *)rows.items)[i];

            *LIST_ADD(r->arena, &r->pieces->list) = row->piece;
            if (row->is_large)
                *LIST_ADD(r->arena, &r->larges->list) = (struct content_large){row->piece.path, row->size};
            last = row->piece.path;
        }
    } while (rows.count);
    return RC_OK;
}

static enum rc read_pieces(struct db *db, void *arg)
{
    const struct reading *r = arg;
    enum rc rc = get_campaign(db, r->arena, r->campaign_id, r->campaign);

    if (rc != RC_OK)
        return rc;
    switch (r->what) {
    case READING_HASHES:
        return read_hashes(db, r->arena, r->campaign_id, r->pieces);
    case READING_TEXTS:
        *r->larges = (struct content_larges){0};
        return read_each(db, r, &piece_next_text);
    case READING_ALL:
        break;
    }
    return read_each(db, r, &piece_next);
}

enum rc content_pieces(struct db *db, struct arena *a, int64_t campaign_id, struct content_campaign *campaign_out,
                       struct pieces *pieces_out)
{
    struct reading r = {
        .arena = a, .campaign_id = campaign_id, .what = READING_ALL, .campaign = campaign_out, .pieces = pieces_out};

    return db_read(db, read_pieces, &r);
}

enum rc content_texts(struct db *db, struct arena *a, int64_t campaign_id, struct content_campaign *campaign_out,
                      struct pieces *pieces_out, struct content_larges *larges_out)
{
    struct reading r = {.arena = a,
                        .campaign_id = campaign_id,
                        .what = READING_TEXTS,
                        .campaign = campaign_out,
                        .pieces = pieces_out,
                        .larges = larges_out};

    return db_read(db, read_pieces, &r);
}

enum rc content_hashes(struct db *db, struct arena *a, int64_t campaign_id, struct content_campaign *campaign_out,
                       struct pieces *pieces_out)
{
    struct reading r = {
        .arena = a, .campaign_id = campaign_id, .what = READING_HASHES, .campaign = campaign_out, .pieces = pieces_out};

    return db_read(db, read_pieces, &r);
}

enum rc content_piece(struct db *db, struct arena *a, int64_t campaign_id, struct span path, struct span *bytes_out)
{
    struct piece piece = {0};
    enum rc rc = db_one(db, a, &piece_get, DB_ARGS(db_i64(campaign_id), db_text(path)), &piece);

    *bytes_out = piece.bytes;
    return rc;
}

/* ---- writing ---- */

struct writing {
    struct arena *arena;
    struct span host;
    int64_t expected;
    const struct pieces *pieces;
    const struct search_docs *docs;
    struct instant now;
    struct content_campaign campaign; /* as it is after the transaction */
};

/* The campaign at the revision that the caller saw, or a new one. */
static enum rc find_or_add(struct db *db, struct writing *w)
{
    enum rc rc = content_find(db, w->arena, w->host, &w->campaign);

    if (rc == RC_OK)
        return w->campaign.revision == w->expected ? RC_OK : RC_CONFLICT;
    if (rc != RC_NOT_FOUND)
        return rc;
    if (w->expected != 0)
        return RC_CONFLICT;
    rc = db_exec(db, &campaign_insert, DB_ARGS(db_text(w->host), db_i64(w->now.us)));
    return rc == RC_OK ? content_find(db, w->arena, w->host, &w->campaign) : rc;
}

/* First of all changes, so that of two who load at once the second waits here and then sees that it is late. */
static enum rc touch(struct db *db, struct writing *w)
{
    size_t changed = 0;
    enum rc rc = db_exec_count(
        db, &campaign_touch, DB_ARGS(db_i64(w->campaign.campaign_id), db_i64(w->campaign.revision), db_i64(w->now.us)),
        &changed);

    if (rc != RC_OK)
        return rc;
    if (changed != 1)
        return RC_CONFLICT;
    w->campaign.revision++;
    w->campaign.changed_at = w->now;
    return RC_OK;
}

static enum rc write_changes(struct db *db, const struct writing *w, const struct piece_changes *changes)
{
    struct db_value id = db_i64(w->campaign.campaign_id);
    enum rc rc = RC_OK;

    for (size_t i = 0; i < changes->list.count && rc == RC_OK; i++) {
        const struct piece_change *c = &changes->list.items[i];

        switch (c->kind) {
        case PIECE_NEW:
        case PIECE_CHANGED:
            rc = db_exec(db, &piece_put,
                         DB_ARGS(id, db_text(c->path), db_i64(c->to->position), db_bytes(c->to->hash),
                                 db_i64(w->campaign.revision), db_bytes(c->to->bytes)));
            break;
        case PIECE_GONE:
            rc = db_exec(db, &piece_delete, DB_ARGS(id, db_text(c->path)));
            break;
        case PIECE_ORDER:
            break; /* write_positions() */
        }
    }
    return rc;
}

static enum rc write_positions(struct db *db, const struct writing *w, const struct pieces *old)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < w->pieces->list.count && rc == RC_OK; i++) {
        const struct piece *p = &w->pieces->list.items[i];
        const struct piece *before = p->position ? pieces_find(old, p->path) : NULL;

        if (before && before->position != p->position)
            rc = db_exec(db, &piece_move,
                         DB_ARGS(db_i64(w->campaign.campaign_id), db_text(p->path), db_i64(p->position)));
    }
    return rc;
}

static enum rc replace(struct db *db, void *arg)
{
    struct writing *w = arg;
    struct pieces old;
    struct piece_changes changes;
    enum rc rc = find_or_add(db, w);

    if (rc == RC_OK)
        rc = read_hashes(db, w->arena, w->campaign.campaign_id, &old);
    if (rc != RC_OK)
        return rc;
    pieces_compare(w->arena, &old, w->pieces, &changes);
    if (changes.list.count == 0)
        return RC_OK;
    rc = touch(db, w);
    if (rc == RC_OK)
        rc = write_changes(db, w, &changes);
    if (rc == RC_OK)
        rc = write_positions(db, w, &old);
    if (rc == RC_OK && w->docs)
        rc = search_write(db, w->arena, w->campaign.campaign_id, w->campaign.revision, w->docs);
    if (rc == RC_OK)
        rc = db_note(db, arena_printf(w->arena, "campaign %lld revision %lld", (long long)w->campaign.campaign_id,
                                      (long long)w->campaign.revision));
    return rc;
}

enum rc content_replace(struct db *db, struct arena *a, struct span host, int64_t expected, const struct pieces *pieces,
                        const struct search_docs *docs, struct instant now, struct content_campaign *campaign_out)
{
    struct writing w = {.arena = a, .host = host, .expected = expected, .pieces = pieces, .docs = docs, .now = now};
    enum rc rc = db_write(db, "content.replace", replace, &w);

    *campaign_out = w.campaign;
    return rc;
}
