/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What became of a run, in numbers; and whose it was, taken out for those who asked us to forget them.
 */
#include "store/mailing.h"

#include "store/mailing_impl.h"
#include "store/store_impl.h"

#include <stdlib.h>
#include <string.h>

enum {
    OBJECTS_MOST = 64 * 1024, /* forgotten in one walk through the deliveries */
    LOOK_AT_ONCE = 5000,
    DONE_AT_ONCE = 2000,
    SITES_MOST = 1024 * 1024, /* more than a mailer numbers */
    STEP_MEMORY = 8 * 1024 * 1024,
};

/* ---- counts ----
 *
 * SQLite sorts what it is to group, in memory: a million rows of a run are twenty times what all else here takes. So it hands
 * out one row after the other, and they are added up here; PostgreSQL, whose client would hold them all, groups by hash. */

struct count_row {
    int64_t by_state[DELIVERY_STATES];
    int64_t undecided;
    int64_t parked;
    int64_t first_at;
    int64_t refused;
    int64_t refused_code;
};
#define IN_STATE(n) "count(CASE WHEN state = " #n " THEN 1 END), "
static const struct db_stmt count_all = {
    .name = "count.states",
    .sql = "SELECT " IN_STATE(0) IN_STATE(1) IN_STATE(2) IN_STATE(3) IN_STATE(4) IN_STATE(5) IN_STATE(6) //
    " count(CASE WHEN state = 5 AND length(address) > 0 THEN 1 END), count(CASE WHEN next_at = -1 THEN 1 END),"
    " COALESCE(min(CASE WHEN first_at > 0 THEN first_at END), 0),"
    " count(CASE WHEN state = 3 AND code >= 500 THEN 1 END),"
    " CAST(COALESCE(max(CASE WHEN state = 3 AND code >= 500 THEN code END), 0) AS BIGINT)"
    " FROM delivery"
    " WHERE campaign_id = $1 AND run_no = $2",
    .cols = {DB_I64(struct count_row, by_state[0]), DB_I64(struct count_row, by_state[1]),
             DB_I64(struct count_row, by_state[2]), DB_I64(struct count_row, by_state[3]),
             DB_I64(struct count_row, by_state[4]), DB_I64(struct count_row, by_state[5]),
             DB_I64(struct count_row, by_state[6]), DB_I64(struct count_row, undecided),
             DB_I64(struct count_row, parked), DB_I64(struct count_row, first_at), DB_I64(struct count_row, refused),
             DB_I64(struct count_row, refused_code)},
};
_Static_assert(DELIVERY_STATES == 7, "a column for each");

#define WANTED_COLS                                                                                                    \
    {                                                                                                                  \
        DB_TEXT(struct mailing_wanted, audience), DB_BOOL(struct mailing_wanted, is_every),                            \
            DB_I64(struct mailing_wanted, people)                                                                      \
    }
#define WANTED                                                                                                         \
    " FROM subscriber"                                                                                                 \
    " WHERE campaign_id = $1 AND state = 1"
static const struct db_stmt count_wanted = {
    .name = "count.wanted",
    .sql = "SELECT audience, often = 1, 1" WANTED,
    .sql_postgres = "SELECT audience, often = 1, count(*)" WANTED " GROUP BY audience, often = 1",
    .cols = WANTED_COLS,
};
/* CROSS JOIN: SQLite keeps to the order, and finds each record by its key. */
#define REACHED                                                                                                        \
    " FROM delivery d"                                                                                                 \
    " CROSS JOIN subscriber s"                                                                                         \
    " WHERE d.campaign_id = $1 AND d.run_no = $2 AND d.state IN (2, 5) AND length(d.object) > 0"                       \
    " AND s.campaign_id = d.campaign_id AND s.object = d.object AND s.state = 1"
static const struct db_stmt count_reached = {
    .name = "count.reached",
    .sql = "SELECT s.audience, s.often = 1, 1" REACHED,
    .sql_postgres = "SELECT s.audience, s.often = 1, count(*)" REACHED " GROUP BY s.audience, s.often = 1",
    .cols = WANTED_COLS,
};

struct site_count_row {
    int32_t site_no;
    int32_t state;
    int64_t people;
};
#define SITES                                                                                                          \
    " FROM delivery"                                                                                                   \
    " WHERE campaign_id = $1 AND run_no = $2"
static const struct db_stmt count_sites = {
    .name = "count.sites",
    .sql = "SELECT site_no, state, 1" SITES,
    .sql_postgres = "SELECT site_no, state, count(*)" SITES " GROUP BY site_no, state",
    .cols = {DB_I32(struct site_count_row, site_no), DB_I32(struct site_count_row, state),
             DB_I64(struct site_count_row, people)},
};
struct site_name_row {
    int32_t site_no;
    struct span name;
};
static const struct db_stmt site_names = {
    .name = "count.site_names",
    .sql = "SELECT site_no, name"
           " FROM run_site"
           " WHERE campaign_id = $1 AND run_no = $2 AND name <> ''"
           " ORDER BY site_no",
    .cols = {DB_I32(struct site_name_row, site_no), DB_TEXT(struct site_name_row, name)},
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
    &count_all, &count_wanted,   &count_reached, &count_sites, &site_names,
    &forget,    &forgotten_list, &trace_page,    &trace_blank, &forgotten_done,
};
const size_t mailing_count_stmt_count = COUNT(mailing_count_stmts);

enum rc mailing_count(struct db *db, const struct mailing_id *id, struct mailing_counts *counts_out)
{
    struct count_row row = {.parked = 0};
    enum rc rc = db_one(db, NULL, &count_all, MAILING_ID_ARGS(id), &row);

    *counts_out = (struct mailing_counts){
        .undecided = row.undecided,
        .parked = row.parked,
        .first_at = {row.first_at},
        .refused = row.refused,
        .refused_code = row.refused_code,
    };
    memcpy(counts_out->by_state, row.by_state, sizeof row.by_state);
    return rc;
}

struct adding {
    struct arena *a;
    struct mailing_wanted_list *list;
};

static enum rc add_wanted(void *arg, const void *row)
{
    const struct adding *k = arg;
    const struct mailing_wanted *w = row;
    struct mailing_wanted *place = NULL;

    for (size_t i = 0; i < k->list->list.count && place == NULL; i++)
        if (k->list->list.items[i].is_every == w->is_every && span_eq(k->list->list.items[i].audience, w->audience))
            place = &k->list->list.items[i];
    if (place == NULL) {
        place = LIST_ADD(k->a, &k->list->list);
        *place = (struct mailing_wanted){.audience = arena_dup(k->a, w->audience), .is_every = w->is_every};
    }
    place->people += w->people;
    return RC_OK;
}

enum rc mailing_wanted(struct db *db, struct arena *a, int64_t campaign_id, struct mailing_wanted_list *wanted_out)
{
    struct adding k = {a, wanted_out};

    *wanted_out = (struct mailing_wanted_list){0};
    return db_each(db, &count_wanted, DB_ARGS(db_i64(campaign_id)), add_wanted, &k);
}

enum rc mailing_reached(struct db *db, struct arena *a, const struct mailing_id *id,
                        struct mailing_wanted_list *reached_out)
{
    struct adding k = {a, reached_out};

    *reached_out = (struct mailing_wanted_list){0};
    return db_each(db, &count_reached, MAILING_ID_ARGS(id), add_wanted, &k);
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

/* People of every site of a run, by its number. */
struct sites {
    struct site_states {
        int64_t people[DELIVERY_STATES];
    } * of;
    size_t room;
};

static enum rc add_site(void *arg, const void *row)
{
    struct sites *k = arg;
    const struct site_count_row *r = row;
    size_t no = (size_t)r->site_no;

    if (r->site_no < 0 || r->site_no > SITES_MOST || r->state < 0 || r->state >= DELIVERY_STATES)
        return RC_INVALID;
    if (no >= k->room) {
        size_t room = k->room ? k->room : 256;

        while (room <= no)
            room *= 2;
        k->of = realloc(k->of, room * sizeof *k->of);
        CHECK(k->of != NULL);
        memset(k->of + k->room, 0, (room - k->room) * sizeof *k->of);
        k->room = room;
    }
    k->of[no].people[r->state] += r->people;
    return RC_OK;
}

static void put_site(struct arena *a, struct mailing_report *report, struct span name, const struct site_states *states)
{
    struct mailing_site_count count = {.name = name};

    for (size_t i = 0; i < DELIVERY_STATES; i++) {
        count.by_state[i] = states->people[i];
        count.people += states->people[i];
    }
    if (count.people)
        *LIST_ADD(a, &report->list) = count;
}

/* Those that have a name, each; and all the others together. */
static enum rc put_sites(struct db *db, struct arena *a, const struct mailing_id *id, struct sites *k,
                         struct mailing_report *report)
{
    struct db_rows names = {0};
    struct site_states others = {{0}};
    enum rc rc = db_all(db, a, &site_names, MAILING_ID_ARGS(id), &names);

    for (size_t i = 0; rc == RC_OK && i < names.count; i++) {
        const struct site_name_row *row = (const struct site_name_row *)names.items + i;

        if (row->site_no < 0 || (size_t)row->site_no >= k->room)
            continue;
        put_site(a, report, row->name, &k->of[row->site_no]);
        memset(&k->of[row->site_no], 0, sizeof *k->of);
    }
    for (size_t no = 0; no < k->room; no++)
        for (size_t i = 0; i < DELIVERY_STATES; i++)
            others.people[i] += k->of[no].people[i];
    put_site(a, report, S(""), &others);
    return rc;
}

enum rc mailing_report(struct db *db, struct arena *a, const struct mailing_id *id, struct mailing_report *report_out)
{
    struct sites k = {0};
    enum rc rc = db_each(db, &count_sites, MAILING_ID_ARGS(id), add_site, &k);

    *report_out = (struct mailing_report){0};
    if (rc == RC_OK)
        rc = put_sites(db, a, id, &k, report_out);
    if (report_out->list.count)
        qsort(report_out->list.items, report_out->list.count, sizeof *report_out->list.items, compare_sites);
    free(k.of);
    return rc;
}

/* ---- forgetting ---- */

enum rc mailing_forget_in(struct db *db, int64_t campaign_id, const struct seal_object *object)
{
    return db_exec(db, &forget, DB_ARGS(db_i64(campaign_id), mailing_object_value(object)));
}

/* Walks through the deliveries of a campaign for as many as it found, then takes them off the list. */
struct mailing_forgetting {
    int64_t campaign_id;
    struct seal_object *objects; /* in their order; null: nobody, look for some */
    size_t count;
    size_t room;
    size_t done;    /* of them, off the list */
    bool is_walked; /* all was looked at */
    int64_t run_no; /* behind this one is where to go on */
    int64_t person_no;
};

struct mailing_forgetting *mailing_forgetting_open(void)
{
    struct mailing_forgetting *f = calloc(1, sizeof *f);

    CHECK(f != NULL);
    return f;
}

/* Looks for others the next time. */
static void begin_anew(struct mailing_forgetting *f)
{
    free(f->objects);
    *f = (struct mailing_forgetting){.run_no = -1, .person_no = -1};
}

void mailing_forgetting_close(struct mailing_forgetting **forgetting)
{
    if (*forgetting)
        begin_anew(*forgetting);
    free(*forgetting);
    *forgetting = NULL;
}

/* Those of one campaign. */
static enum rc add_forgotten(void *arg, const void *item)
{
    struct mailing_forgetting *f = arg;
    const struct forgotten_row *row = item;

    if (row->object.n != SEAL_ID_LEN)
        return RC_INVALID;
    if (f->count && row->campaign_id != f->campaign_id)
        return RC_OK;
    if (f->count == f->room) {
        f->room = f->room ? f->room * 2 : 64;
        f->objects = realloc(f->objects, f->room * sizeof *f->objects);
        CHECK(f->objects != NULL);
    }
    f->campaign_id = row->campaign_id;
    memcpy(f->objects[f->count++].bytes, row->object.p, SEAL_ID_LEN);
    return RC_OK;
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
};

static enum rc blank_tx(struct db *db, void *arg)
{
    const struct blanking *b = arg;
    struct db_value id = db_i64(b->f->campaign_id);
    enum rc rc = RC_OK;

    for (size_t i = 0; i < b->count && rc == RC_OK; i++)
        rc = db_exec(db, &trace_blank,
                     DB_ARGS(id, db_i64(b->rows[b->which[i]].run_no), db_i64(b->rows[b->which[i]].person_no)));
    return rc;
}

/* A page of deliveries further. */
static enum rc walk(struct mailing_forgetting *f, struct db *db, struct arena *a)
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
    for (size_t i = 0; i < rows.count; i++)
        if (b.rows[i].object.n == SEAL_ID_LEN &&
            bsearch(b.rows[i].object.p, f->objects, f->count, sizeof *f->objects, compare_objects))
            which[b.count++] = i;
    if (b.count)
        rc = db_write(db, "forgotten.blank", blank_tx, &b);
    if (rows.count) {
        f->run_no = b.rows[rows.count - 1].run_no;
        f->person_no = b.rows[rows.count - 1].person_no;
    }
    f->is_walked = rows.count < LOOK_AT_ONCE;
    return rc;
}

static size_t done_next(const struct mailing_forgetting *f)
{
    return f->count - f->done < DONE_AT_ONCE ? f->count : f->done + DONE_AT_ONCE;
}

static enum rc done_tx(struct db *db, void *arg)
{
    const struct mailing_forgetting *f = arg;
    enum rc rc = RC_OK;

    for (size_t i = f->done; i < done_next(f) && rc == RC_OK; i++)
        rc = db_exec(db, &forgotten_done, DB_ARGS(db_i64(f->campaign_id), mailing_object_value(&f->objects[i])));
    return rc;
}

static enum rc take_off(struct mailing_forgetting *f, struct db *db)
{
    enum rc rc = db_write(db, "forgotten.done", done_tx, f);

    f->done = done_next(f);
    return rc;
}

enum rc mailing_forgetting_step(struct mailing_forgetting *f, struct db *db, bool *more_out)
{
    struct arena *a = arena_open(STEP_MEMORY);
    enum rc rc = RC_OK;

    if (f->count == 0) {
        begin_anew(f);
        rc = db_each(db, &forgotten_list, DB_ARGS(db_i64(OBJECTS_MOST)), add_forgotten, f);
    }
    *more_out = rc == RC_OK && f->count > 0;
    if (*more_out && !f->is_walked)
        rc = walk(f, db, a);
    if (*more_out && rc == RC_OK && f->is_walked)
        rc = take_off(f, db);
    if (rc != RC_OK)
        *more_out = false;
    if (rc != RC_OK || f->done == f->count)
        begin_anew(f);
    arena_close(&a);
    return rc;
}
