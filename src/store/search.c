/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See search.h. A row is told by the hash of what it is made from: a load that changes one newsletter stems one.
 */
#include "store/search.h"

#include "seal/sha256.h"
#include "store/store_impl.h"

#include <stdlib.h>

enum { WORDS_MAX = 256 * 1024 * 1024, EXPRESSION_MAX = 64 * 1024 };

#define NO_DAY INT64_MIN

/* ---- statements ---- */

struct state_row {
    int64_t revision;
    int64_t rules;
    int64_t day;
};
static const struct db_stmt state_get = {
    .name = "search.state",
    .sql = "SELECT revision, rules, day"
           " FROM search_state"
           " WHERE campaign_id = $1",
    .cols = {DB_I64(struct state_row, revision), DB_I64(struct state_row, rules), DB_I64(struct state_row, day)},
};
/* First of all writes: of two who make the index of a campaign at once the second waits here. Never back to an earlier
 * revision. */
static const struct db_stmt state_put = {
    .name = "search.state_put",
    .sql = "INSERT INTO search_state (campaign_id, revision, rules, day)"
           " VALUES ($1, $2, $3, $4)"
           " ON CONFLICT (campaign_id) DO UPDATE"
           " SET revision = excluded.revision, rules = excluded.rules, day = excluded.day"
           " WHERE search_state.revision <= excluded.revision",
};

struct revision_row {
    int64_t revision;
};
static const struct db_stmt revision_get = {
    .name = "search.revision",
    .sql = "SELECT revision"
           " FROM campaign"
           " WHERE campaign_id = $1",
    .cols = {DB_I64(struct revision_row, revision)},
};

struct known {
    int64_t search_id;
    int kind;
    enum lang lang;
    struct span key;
    struct span hash;
    bool is_kept;
};
static const struct db_stmt doc_list = {
    .name = "search.list",
    .sql = "SELECT search_id, kind, lang, key, hash"
           " FROM search"
           " WHERE campaign_id = $1"
           " ORDER BY kind, key, lang",
    .cols = {DB_I64(struct known, search_id), DB_I32(struct known, kind), DB_I32(struct known, lang),
             DB_TEXT(struct known, key), DB_BYTES(struct known, hash)},
};
static const struct db_stmt doc_put = {
    .name = "search.put",
    .sql =
        "INSERT INTO search (search_id, campaign_id, kind, lang, public_at, day, key, hash, title_words, title, words,"
        " folded, body)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        " ON CONFLICT (search_id) DO UPDATE"
        " SET public_at = excluded.public_at, day = excluded.day, hash = excluded.hash,"
        " title_words = excluded.title_words, title = excluded.title, words = excluded.words,"
        " folded = excluded.folded, body = excluded.body",
};
/* The words of a row into the index, after the row; out of it, before the row changes or goes. */
static const struct db_stmt index_add = {
    .name = "search.index_add",
    .sql = "INSERT INTO search_index (rowid, words)"
           " VALUES ($1, $2)",
    .sql_postgres = "INSERT INTO search_index (rowid, words)"
                    " VALUES ($1, CAST(CAST($2 AS TEXT) AS TSVECTOR))",
};
static const struct db_stmt index_remove = {
    .name = "search.index_remove",
    .sql = "INSERT INTO search_index (search_index, rowid, words)"
           " SELECT 'delete', search_id, words FROM search WHERE search_id = $1",
    .sql_postgres = "DELETE FROM search_index"
                    " WHERE rowid = $1",
};
static const struct db_stmt doc_delete = {
    .name = "search.delete",
    .sql = "DELETE FROM search"
           " WHERE search_id = $1",
};

struct found {
    int kind;
    enum lang lang;
    int64_t day;
    struct span key;
    struct span title_words;
    struct span folded;
};
#define FIND_FROM                                                                                                      \
    " FROM search"                                                                                                     \
    " WHERE campaign_id = $1 AND public_at <= $2"
#define FIND_SQLITE " AND search_id IN (SELECT rowid FROM search_index WHERE search_index MATCH $3)"
#define FIND_POSTGRES                                                                                                  \
    " AND search_id IN (SELECT rowid FROM search_index WHERE words @@ CAST(CAST($3 AS TEXT) AS TSQUERY))"
static const struct db_stmt find_words = {
    .name = "search.find_words",
    .sql = "SELECT kind, lang, day, key, title_words" FIND_FROM FIND_SQLITE,
    .sql_postgres = "SELECT kind, lang, day, key, title_words" FIND_FROM FIND_POSTGRES,
    .cols = {DB_I32(struct found, kind), DB_I32(struct found, lang), DB_I64(struct found, day),
             DB_TEXT(struct found, key), DB_TEXT(struct found, title_words)},
};
static const struct db_stmt find_phrases = {
    .name = "search.find_phrases",
    .sql = "SELECT kind, lang, day, key, title_words, folded" FIND_FROM FIND_SQLITE,
    .sql_postgres = "SELECT kind, lang, day, key, title_words, folded" FIND_FROM FIND_POSTGRES,
    .cols = {DB_I32(struct found, kind), DB_I32(struct found, lang), DB_I64(struct found, day),
             DB_TEXT(struct found, key), DB_TEXT(struct found, title_words), DB_TEXT(struct found, folded)},
};

struct text_row {
    struct span title;
    struct span body;
};
static const struct db_stmt text_get = {
    .name = "search.text",
    .sql = "SELECT title, body"
           " FROM search"
           " WHERE campaign_id = $1 AND kind = $2 AND key = $3 AND lang = $4 AND public_at <= $5",
    .cols = {DB_TEXT(struct text_row, title), DB_TEXT(struct text_row, body)},
};

const struct db_stmt *const search_stmts[] = {
    &state_get, &state_put,    &revision_get, &doc_list,     &doc_put,  &doc_delete,
    &index_add, &index_remove, &find_words,   &find_phrases, &text_get,
};
const size_t search_stmt_count = COUNT(search_stmts);

/* ---- writing ---- */

static int64_t days_of(struct date day)
{
    return date_is_set(day) ? date_to_days(day) : NO_DAY;
}

static struct date date_of(int64_t days)
{
    if (days == NO_DAY)
        return (struct date){0};
    return date_from_days((int32_t)days);
}

static void put_field(struct buf *out, struct span field)
{
    buf_u64(out, field.n);
    buf_char(out, ':');
    buf_put(out, field);
}

static struct span hash_of(struct arena *a, const struct search_doc *doc)
{
    struct buf *b = buf_new(a, WORDS_MAX);

    buf_printf(b, "%d %d %d %lld %lld ", TERMS_RULES, (int)doc->kind, (int)doc->lang, (long long)doc->public_at.us,
               (long long)days_of(doc->day));
    put_field(b, doc->key);
    put_field(b, doc->title);
    put_field(b, doc->body);
    return sha256_of(a, buf_span(b));
}

static struct span title_words(struct terms *terms, struct arena *a, const struct search_doc *doc)
{
    struct buf *b = buf_new(a, WORDS_MAX);

    query_fold(b, doc->title);
    buf_char(b, '|');
    buf_put(b, query_forms(terms, a, doc->lang, doc->title));
    return buf_span(b);
}

struct writing {
    struct arena *scratch;
    struct terms *terms;
    int64_t campaign_id;
    int64_t last_id; /* given to a row so far */
};

static enum rc put_doc(struct db *db, const struct writing *w, int64_t search_id, const struct search_doc *doc,
                       struct span hash)
{
    struct arena *a = w->scratch;
    struct span whole = arena_join(a, (struct span[]){doc->title, S("\n"), doc->body}, 3);
    struct span words = query_forms(w->terms, a, doc->lang, whole);
    struct buf *folded = buf_new(a, WORDS_MAX);
    struct buf *all = buf_new(a, WORDS_MAX);
    enum rc rc;

    query_fold(folded, whole);
    buf_printf(all, "#%lld", (long long)w->campaign_id);
    buf_put(all, words);
    query_pairs(all, whole);
    words = buf_span(all);
    rc = db_exec(db, &doc_put,
                 DB_ARGS(db_i64(search_id), db_i64(w->campaign_id), db_i64(doc->kind), db_i64(doc->lang),
                         db_i64(doc->public_at.us), db_i64(days_of(doc->day)), db_text(doc->key), db_bytes(hash),
                         db_text(title_words(w->terms, a, doc)), db_text(doc->title), db_text(words),
                         db_text(buf_span(folded)), db_text(doc->body)));
    return rc == RC_OK ? db_exec(db, &index_add, DB_ARGS(db_i64(search_id), db_text(words))) : rc;
}

static int compare_known(const void *left, const void *right)
{
    const struct known *a = left;
    const struct known *b = right;
    int keys;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    keys = span_cmp(a->key, b->key);
    if (keys != 0)
        return keys;
    return (a->lang > b->lang) - (a->lang < b->lang);
}

static struct known *known_of(const struct db_rows *rows, const struct search_doc *doc)
{
    struct known wanted = {.kind = doc->kind, .lang = doc->lang, .key = doc->key};

    return rows->count ? bsearch(&wanted, rows->items, rows->count, sizeof wanted, compare_known) : NULL;
}

static enum rc write_doc(struct db *db, struct writing *w, struct known *known, const struct search_doc *doc)
{
    struct span hash = hash_of(w->scratch, doc);
    enum rc rc = RC_OK;

    if (known == NULL)
        return put_doc(db, w, ++w->last_id, doc, hash);
    known->is_kept = true;
    if (span_eq(known->hash, hash))
        return RC_OK;
    rc = db_exec(db, &index_remove, DB_ARGS(db_i64(known->search_id)));
    return rc == RC_OK ? put_doc(db, w, known->search_id, doc, hash) : rc;
}

static enum rc remove_doc(struct db *db, const struct known *known)
{
    enum rc rc = db_exec(db, &index_remove, DB_ARGS(db_i64(known->search_id)));

    return rc == RC_OK ? db_exec(db, &doc_delete, DB_ARGS(db_i64(known->search_id))) : rc;
}

static enum rc write_docs(struct db *db, struct arena *a, struct writing *w, const struct search_docs *docs)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &doc_list, DB_ARGS(db_i64(w->campaign_id)), &rows);
    struct known *known = rows.items;

    for (size_t i = 0; i < rows.count; i++)
        if (known[i].search_id > w->last_id)
            w->last_id = known[i].search_id;
    for (size_t i = 0; i < docs->list.count && rc == RC_OK; i++) {
        rc = write_doc(db, w, known_of(&rows, &docs->list.items[i]), &docs->list.items[i]);
        arena_reset(w->scratch);
    }
    for (size_t i = 0; i < rows.count && rc == RC_OK; i++)
        if (!known[i].is_kept)
            rc = remove_doc(db, &known[i]);
    return rc;
}

enum rc search_write(struct db *db, struct arena *a, int64_t campaign_id, int64_t revision,
                     const struct search_docs *docs)
{
    struct writing w = {.campaign_id = campaign_id, .last_id = campaign_id << 32};
    size_t changed = 0;
    enum rc rc = db_exec_count(
        db, &state_put, DB_ARGS(db_i64(campaign_id), db_i64(revision), db_i64(TERMS_RULES), db_i64(days_of(docs->day))),
        &changed);

    if (rc != RC_OK)
        return rc;
    if (changed == 0)
        return RC_CONFLICT;
    w.scratch = arena_open((size_t)WORDS_MAX * 4);
    w.terms = terms_open();
    rc = write_docs(db, a, &w, docs);
    terms_close(&w.terms);
    arena_close(&w.scratch);
    return rc;
}

struct renewing {
    struct arena *arena;
    int64_t campaign_id;
    int64_t revision;
    const struct search_docs *docs;
};

static enum rc renew(struct db *db, void *arg)
{
    const struct renewing *r = arg;
    struct revision_row row = {0};
    enum rc rc = db_one(db, NULL, &revision_get, DB_ARGS(db_i64(r->campaign_id)), &row);

    if (rc != RC_OK)
        return rc;
    return row.revision == r->revision ? search_write(db, r->arena, r->campaign_id, r->revision, r->docs) : RC_CONFLICT;
}

enum rc search_renew(struct db *db, struct arena *a, int64_t campaign_id, int64_t revision,
                     const struct search_docs *docs)
{
    struct renewing r = {a, campaign_id, revision, docs};

    return db_write(db, "search.renew", renew, &r);
}

enum rc search_check(struct db *db, int64_t campaign_id, int64_t revision, struct date day)
{
    struct state_row row = {0};
    enum rc rc = db_one(db, NULL, &state_get, DB_ARGS(db_i64(campaign_id)), &row);
    bool is_same = row.revision == revision && row.rules == TERMS_RULES && row.day == days_of(day);

    if (rc != RC_OK)
        return rc;
    return is_same ? RC_OK : RC_NOT_FOUND;
}

/* ---- asking ---- */

/* Words hold letters, digits and one sign of ours: nothing in them ends a quotation of either engine. */
static void put_alternative(struct buf *b, bool is_postgres, bool is_first, struct span word)
{
    struct span quote = is_postgres ? S("'") : S("\"");

    if (!is_first)
        buf_put(b, is_postgres ? S(" | ") : S(" OR "));
    buf_put(b, quote);
    buf_put(b, word);
    buf_put(b, quote);
}

static void put_word(struct buf *b, bool is_postgres, const struct query_part *part, const struct query_word *word)
{
    buf_put(b, is_postgres ? S(" & (") : S(" AND ("));
    put_alternative(b, is_postgres, true, word->folded);
    for (int lang = 0; lang < LANG_COUNT && !part->is_exact; lang++)
        for (size_t i = 0; i < word->stem_count[lang]; i++)
            put_alternative(b, is_postgres, false, query_stem_form(b->arena, (enum lang)lang, word->stems[lang][i]));
    buf_char(b, ')');
}

/* Of a phrase its pairs; the words are in them. */
static void put_phrase(struct buf *b, bool is_postgres, const struct query_part *part)
{
    for (size_t i = 1; i < part->count; i++) {
        struct span pair =
            arena_join(b->arena, (struct span[]){part->words[i - 1].folded, S("+"), part->words[i].folded}, 3);

        buf_put(b, is_postgres ? S(" & ") : S(" AND "));
        put_alternative(b, is_postgres, true, pair);
    }
}

static struct span expression(struct arena *a, bool is_postgres, int64_t campaign_id, const struct query *query)
{
    struct buf *b = buf_new(a, EXPRESSION_MAX);

    buf_printf(b, is_postgres ? "'#%lld'" : "\"#%lld\"", (long long)campaign_id);
    for (size_t i = 0; i < query->parts.count; i++) {
        const struct query_part *part = &query->parts.items[i];

        if (part->count > 1)
            put_phrase(b, is_postgres, part);
        else if (!part->is_stop)
            put_word(b, is_postgres, part, &part->words[0]);
    }
    CHECK(!buf_overflowed(b));
    return buf_span(b);
}

struct finding {
    struct arena *arena;
    int64_t campaign_id;
    const struct query *query;
    struct instant now;
    struct span expression;
    bool has_phrases;
    struct search_hits *hits;
};

static enum rc take(void *arg, const void *row)
{
    const struct finding *f = arg;
    const struct found *found = row;
    struct span folded;
    struct span forms;

    if (f->has_phrases && !query_phrases_are_in(f->query, found->folded))
        return RC_OK;
    (void)span_cut(found->title_words, '|', &folded, &forms);
    *LIST_ADD(f->arena, &f->hits->list) = (struct search_hit){
        .kind = found->kind,
        .lang = found->lang,
        .key = arena_dup(f->arena, found->key),
        .day = date_of(found->day),
        .is_title = query_is_in(f->query, found->lang, folded, forms),
    };
    return RC_OK;
}

static int compare_hits(const void *left, const void *right)
{
    const struct search_hit *a = left;
    const struct search_hit *b = right;
    int by = (int)b->is_title - (int)a->is_title;

    if (by == 0 && days_of(a->day) != days_of(b->day))
        by = days_of(a->day) > days_of(b->day) ? -1 : 1;
    if (by == 0)
        by = (a->kind > b->kind) - (a->kind < b->kind);
    if (by == 0)
        by = span_cmp(a->key, b->key);
    return by ? by : (a->lang > b->lang) - (a->lang < b->lang);
}

static enum rc find(struct db *db, void *arg)
{
    struct finding *f = arg;
    struct state_row state = {0};
    enum rc rc = db_one(db, NULL, &state_get, DB_ARGS(db_i64(f->campaign_id)), &state);

    f->hits->list.count = 0;
    if (rc == RC_NOT_FOUND || (rc == RC_OK && state.rules != TERMS_RULES))
        return RC_RETRY;
    if (rc != RC_OK)
        return rc;
    return db_each(db, f->has_phrases ? &find_phrases : &find_words,
                   DB_ARGS(db_i64(f->campaign_id), db_i64(f->now.us), db_text(f->expression)), take, f);
}

enum rc search_find(struct db_store *store, struct db *db, struct arena *a, int64_t campaign_id,
                    const struct query *query, struct instant now, struct search_hits *hits_out)
{
    struct finding f = {
        .arena = a,
        .campaign_id = campaign_id,
        .query = query,
        .now = now,
        .expression = expression(a, db_is_postgres(store), campaign_id, query),
        .hits = hits_out,
    };
    enum rc rc;

    *hits_out = (struct search_hits){0};
    for (size_t i = 0; i < query->parts.count; i++)
        f.has_phrases = f.has_phrases || query->parts.items[i].count > 2;
    rc = db_read(db, find, &f);
    if (hits_out->list.count)
        qsort(hits_out->list.items, hits_out->list.count, sizeof *hits_out->list.items, compare_hits);
    return rc;
}

enum rc search_text(struct db *db, struct arena *a, int64_t campaign_id, const struct search_hit *hit,
                    struct instant now, struct span *title_out, struct span *body_out)
{
    struct text_row row = {0};
    enum rc rc = db_one(
        db, a, &text_get,
        DB_ARGS(db_i64(campaign_id), db_i64(hit->kind), db_text(hit->key), db_i64(hit->lang), db_i64(now.us)), &row);

    *title_out = row.title;
    *body_out = row.body;
    return rc;
}
