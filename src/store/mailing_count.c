/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What became of a run, in numbers; and whose it was, taken out for those who asked us to forget them.
 */
#include "store/mailing.h"

#include "store/mailing_impl.h"
#include "store/store_impl.h"

#include <stdlib.h>
#include <string.h>

enum { OBJECTS_MOST = 500, LOOK_AT_ONCE = 5000, STEP_MEMORY = 8 * 1024 * 1024 };

/* ---- counts ---- */

struct count_row {
    int32_t state;
    int64_t people;
    int64_t undecided;
    int64_t parked;
    int64_t first_at;
    int64_t refused;
    int64_t refused_code;
};
static const struct db_stmt count_all = {
    .name = "count.states",
    .sql = "SELECT state, count(*), CAST(sum(CASE WHEN state = 5 AND length(address) > 0 THEN 1 ELSE 0 END) AS BIGINT),"
           " CAST(sum(CASE WHEN next_at = -1 THEN 1 ELSE 0 END) AS BIGINT),"
           " COALESCE(min(CASE WHEN first_at > 0 THEN first_at END), 0),"
           " CAST(sum(CASE WHEN state = 3 AND code >= 500 THEN 1 ELSE 0 END) AS BIGINT),"
           " CAST(COALESCE(max(CASE WHEN state = 3 AND code >= 500 THEN code END), 0) AS BIGINT)"
           " FROM delivery"
           " WHERE campaign_id = $1 AND run_no = $2"
           " GROUP BY state",
    .cols = {DB_I32(struct count_row, state), DB_I64(struct count_row, people), DB_I64(struct count_row, undecided),
             DB_I64(struct count_row, parked), DB_I64(struct count_row, first_at), DB_I64(struct count_row, refused),
             DB_I64(struct count_row, refused_code)},
};
static const struct db_stmt count_wanted = {
    .name = "count.wanted",
    .sql = "SELECT audience, often = 1, count(*)"
           " FROM subscriber"
           " WHERE campaign_id = $1 AND state = 1"
           " GROUP BY audience, often = 1"
           " ORDER BY 1, 2",
    .cols = {DB_TEXT(struct mailing_wanted, audience), DB_BOOL(struct mailing_wanted, is_every),
             DB_I64(struct mailing_wanted, people)},
};
struct site_count_row {
    struct span name;
    int32_t state;
    int64_t people;
};
static const struct db_stmt count_sites = {
    .name = "count.sites",
    .sql = "SELECT COALESCE(r.name, ''), d.state, count(*)"
           " FROM delivery d"
           " LEFT JOIN run_site r ON r.campaign_id = d.campaign_id AND r.run_no = d.run_no AND r.site_no = d.site_no"
           " WHERE d.campaign_id = $1 AND d.run_no = $2"
           " GROUP BY COALESCE(r.name, ''), d.state"
           " ORDER BY 1, 2",
    .cols = {DB_TEXT(struct site_count_row, name), DB_I32(struct site_count_row, state),
             DB_I64(struct site_count_row, people)},
};

/* ---- forgetting ---- */

static const struct db_stmt forget = {
    .name = "forgotten.add",
    .sql = "INSERT INTO forgotten (campaign_id, object)"
           " VALUES ($1, $2)"
           " ON CONFLICT (campaign_id, object) DO NOTHING",
};
struct forgotten_row {
    int64_t campaign_id;
    struct span object;
};
static const struct db_stmt forgotten_list = {
    .name = "forgotten.list",
    .sql = "SELECT campaign_id, object"
           " FROM forgotten"
           " ORDER BY campaign_id, object"
           " LIMIT $1",
    .cols = {DB_I64(struct forgotten_row, campaign_id), DB_BYTES(struct forgotten_row, object)},
};
struct trace_row {
    int64_t run_no;
    int64_t person_no;
    struct span object;
};
/* A page of deliveries, from wherever one stands in the campaign. */
static const struct db_stmt trace_page = {
    .name = "forgotten.page",
    .sql = "SELECT run_no, person_no, object"
           " FROM delivery"
           " WHERE campaign_id = $1 AND (run_no, person_no) > ($2, $3)"
           " ORDER BY run_no, person_no"
           " LIMIT $4",
    .cols = {DB_I64(struct trace_row, run_no), DB_I64(struct trace_row, person_no), DB_BYTES(struct trace_row, object)},
};
static const struct db_stmt trace_blank = {
    .name = "forgotten.blank",
    .sql = "UPDATE delivery"
           " SET object = substr(object, 1, 0),"
           " address = CASE WHEN state IN (0, 3) THEN substr(address, 1, 0) ELSE address END,"
           " next_at = CASE WHEN state IN (0, 3) THEN 0 ELSE next_at END,"
           " state = CASE WHEN state IN (0, 3) THEN 6 ELSE state END"
           " WHERE campaign_id = $1 AND run_no = $2 AND person_no = $3",
};
static const struct db_stmt forgotten_done = {
    .name = "forgotten.done",
    .sql = "DELETE FROM forgotten"
           " WHERE campaign_id = $1 AND object = $2",
};

const struct db_stmt *const mailing_count_stmts[] = {
    &count_all, &count_wanted, &count_sites, &forget, &forgotten_list, &trace_page, &trace_blank, &forgotten_done,
};
const size_t mailing_count_stmt_count = COUNT(mailing_count_stmts);

static bool is_state(int32_t state)
{
    return state >= 0 && state < DELIVERY_STATES;
}

enum rc mailing_count(struct db *db, const struct mailing_id *id, struct mailing_counts *counts_out)
{
    struct arena *a = arena_open(64 * 1024);
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &count_all, MAILING_ID_ARGS(id), &rows);

    *counts_out = (struct mailing_counts){0};
    for (size_t i = 0; rc == RC_OK && i < rows.count; i++) {
        const struct count_row *row = (const struct count_row *)rows.items + i;

        if (!is_state(row->state)) {
            rc = RC_INVALID;
            break;
        }
        counts_out->by_state[row->state] = row->people;
        counts_out->undecided += row->undecided;
        counts_out->parked += row->parked;
        counts_out->refused += row->refused;
        if (row->refused_code)
            counts_out->refused_code = row->refused_code;
        if (row->first_at && (counts_out->first_at.us == 0 || row->first_at < counts_out->first_at.us))
            counts_out->first_at.us = row->first_at;
    }
    arena_close(&a);
    return rc;
}

enum rc mailing_wanted(struct db *db, struct arena *a, int64_t campaign_id, struct mailing_wanted_list *wanted_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &count_wanted, DB_ARGS(db_i64(campaign_id)), &rows);

    *wanted_out = (struct mailing_wanted_list){0};
    wanted_out->list.items = rows.items;
    wanted_out->list.count = wanted_out->list.room = rows.count;
    return rc;
}

static int compare_sites(const void *left, const void *right)
{
    const struct mailing_site_count *a = left;
    const struct mailing_site_count *b = right;

    if ((a->name.n == 0) != (b->name.n == 0))
        return a->name.n == 0 ? 1 : -1;
    if (a->people != b->people)
        return a->people > b->people ? -1 : 1;
    return span_cmp(a->name, b->name);
}

enum rc mailing_report(struct db *db, struct arena *a, const struct mailing_id *id, struct mailing_report *report_out)
{
    struct db_rows rows = {0};
    struct mailing_site_count *site = NULL;
    enum rc rc = db_all(db, a, &count_sites, MAILING_ID_ARGS(id), &rows);

    *report_out = (struct mailing_report){0};
    for (size_t i = 0; rc == RC_OK && i < rows.count; i++) {
        const struct site_count_row *row = (const struct site_count_row *)rows.items + i;

        if (!is_state(row->state))
            return RC_INVALID;
        if (site == NULL || !span_eq(site->name, row->name)) {
            site = LIST_ADD(a, &report_out->list);
            site->name = row->name;
        }
        site->by_state[row->state] = row->people;
        site->people += row->people;
    }
    if (report_out->list.count)
        qsort(report_out->list.items, report_out->list.count, sizeof *report_out->list.items, compare_sites);
    return rc;
}

/* ---- forgetting ---- */

enum rc mailing_forget_in(struct db *db, int64_t campaign_id, const struct seal_object *object)
{
    return db_exec(db, &forget, DB_ARGS(db_i64(campaign_id), mailing_object_value(object)));
}

struct mailing_forgetting {
    int64_t campaign_id;
    size_t count; /* 0: nobody, look for some */
    struct seal_object objects[OBJECTS_MOST];
    int64_t run_no; /* behind this one is where to go on */
    int64_t person_no;
};

struct mailing_forgetting *mailing_forgetting_open(void)
{
    struct mailing_forgetting *f = calloc(1, sizeof *f);

    CHECK(f != NULL);
    return f;
}

void mailing_forgetting_close(struct mailing_forgetting **forgetting)
{
    free(*forgetting);
    *forgetting = NULL;
}

/* Those of one campaign. */
static enum rc find_forgotten(struct mailing_forgetting *f, struct db *db, struct arena *a)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &forgotten_list, DB_ARGS(db_i64(OBJECTS_MOST)), &rows);
    const struct forgotten_row *row = rows.items;

    *f = (struct mailing_forgetting){.run_no = -1, .person_no = -1};
    for (size_t i = 0; rc == RC_OK && i < rows.count && row[i].campaign_id == row[0].campaign_id; i++) {
        if (row[i].object.n != SEAL_ID_LEN)
            return RC_INVALID;
        f->campaign_id = row[i].campaign_id;
        memcpy(f->objects[f->count++].bytes, row[i].object.p, SEAL_ID_LEN);
    }
    return rc;
}

static int compare_objects(const void *left, const void *right)
{
    return memcmp(left, right, SEAL_ID_LEN);
}

struct blanking {
    const struct mailing_forgetting *f;
    const struct trace_row *rows;
    const size_t *which;
    size_t count;
    bool is_last; /* all was looked at */
};

static enum rc blank_tx(struct db *db, void *arg)
{
    const struct blanking *b = arg;
    struct db_value id = db_i64(b->f->campaign_id);
    enum rc rc = RC_OK;

    for (size_t i = 0; i < b->count && rc == RC_OK; i++)
        rc = db_exec(db, &trace_blank,
                     DB_ARGS(id, db_i64(b->rows[b->which[i]].run_no), db_i64(b->rows[b->which[i]].person_no)));
    for (size_t i = 0; b->is_last && i < b->f->count && rc == RC_OK; i++)
        rc = db_exec(db, &forgotten_done, DB_ARGS(id, mailing_object_value(&b->f->objects[i])));
    return rc;
}

static enum rc step(struct mailing_forgetting *f, struct db *db, struct arena *a)
{
    struct db_rows rows = {0};
    size_t *which = ARENA_ARRAY(a, size_t, LOOK_AT_ONCE);
    struct blanking b = {.f = f, .which = which};
    enum rc rc = db_all(db, a, &trace_page,
                        DB_ARGS(db_i64(f->campaign_id), db_i64(f->run_no), db_i64(f->person_no), db_i64(LOOK_AT_ONCE)),
                        &rows);

    if (rc != RC_OK)
        return rc;
    b.rows = rows.items;
    b.is_last = rows.count < LOOK_AT_ONCE;
    for (size_t i = 0; i < rows.count; i++)
        if (b.rows[i].object.n == SEAL_ID_LEN &&
            bsearch(b.rows[i].object.p, f->objects, f->count, sizeof *f->objects, compare_objects))
            which[b.count++] = i;
    if (b.count || b.is_last)
        rc = db_write(db, "forgotten.blank", blank_tx, &b);
    if (rows.count) {
        f->run_no = b.rows[rows.count - 1].run_no;
        f->person_no = b.rows[rows.count - 1].person_no;
    }
    if (b.is_last)
        f->count = 0;
    return rc;
}

enum rc mailing_forgetting_step(struct mailing_forgetting *f, struct db *db, bool *more_out)
{
    struct arena *a = arena_open(STEP_MEMORY);
    enum rc rc = RC_OK;

    if (f->count == 0)
        rc = find_forgotten(f, db, a);
    *more_out = rc == RC_OK && f->count > 0;
    if (*more_out)
        rc = step(f, db, a);
    if (rc != RC_OK) {
        f->count = 0;
        *more_out = false;
    }
    arena_close(&a);
    return rc;
}
