/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Runs, their letters and their leases. People are in mailing_people.c, counts in mailing_count.c.
 *
 * Which of two processes holds a run is told by one clock: the server's on PostgreSQL, whatever those of its clients say.
 * A SQLite store has one process, and so one clock.
 */
#include "store/mailing.h"

#include "store/mailing_impl.h"
#include "store/store_impl.h"

#include <string.h>

/* The clock, beside a parameter of ours that only SQLite looks at. */
#define CLOCK_POSTGRES(param)                                                                                          \
    "(CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) + 0 * CAST(" param " AS BIGINT))"

/* ---- statements: runs ---- */

struct no_row {
    int64_t no;
};
static const struct db_stmt run_make = {
    .name = "run.make",
    .sql = "INSERT INTO run"
           " (campaign_id, run_no, news, state, audiences, made_at, starts_at, ended_at, hours_from, hours_to, people,"
           " damaged, no_way, domain, holder, lease_until, fence, key_object, key_day, key_sealed)"
           " SELECT $1, COALESCE(max(run_no), 0) + 1, $2, 1, $3, $4, $5, 0, $6, $7, 0, 0, 0, $8, $9, $4 + $13, 1, $10,"
           " $11, $12"
           " FROM run"
           " WHERE campaign_id = $1"
           " RETURNING run_no",
    .sql_postgres =
        "INSERT INTO run"
        " (campaign_id, run_no, news, state, audiences, made_at, starts_at, ended_at, hours_from, hours_to, people,"
        " damaged, no_way, domain, holder, lease_until, fence, key_object, key_day, key_sealed)"
        " SELECT $1, COALESCE(max(run_no), 0) + 1, $2, 1, $3, $4, $5, 0, $6, $7, 0, 0, 0, $8,"
        " $9, " CLOCK_POSTGRES("$4") " + $13, 1, $10, $11, $12"
                                     " FROM run"
                                     " WHERE campaign_id = $1"
                                     " RETURNING run_no",
    .cols = {DB_I64(struct no_row, no)},
};

struct run_row {
    int64_t campaign_id;
    int64_t run_no;
    struct span news;
    int32_t state;
    struct span audiences;
    int64_t made_at;
    int64_t starts_at;
    int64_t ended_at;
    int32_t hours_from;
    int32_t hours_to;
    int64_t people;
    int64_t damaged;
    int64_t no_way;
    struct span domain;
    bool is_held;
    bool is_ours;
    int64_t fence;
    struct span key_object;
    int32_t key_day;
    struct span key_sealed;
    struct span key_kept;
};
#define RUN_SELECT(clock)                                                                                              \
    "SELECT campaign_id, run_no, news, state, audiences, made_at, starts_at, ended_at, hours_from, hours_to, people,"  \
    " damaged, no_way, domain, length(holder) > 0 AND lease_until > " clock ", holder = $1, fence, key_object,"        \
    " key_day, key_sealed,"                                                                                            \
    " COALESCE((SELECT kept FROM run_kept k WHERE k.campaign_id = run.campaign_id AND k.run_no = run.run_no),"         \
    " substr(key_sealed, 1, 0))"                                                                                       \
    " FROM run"
#define RUN_COLS                                                                                                       \
    {                                                                                                                  \
        DB_I64(struct run_row, campaign_id), DB_I64(struct run_row, run_no), DB_TEXT(struct run_row, news),            \
            DB_I32(struct run_row, state), DB_TEXT(struct run_row, audiences), DB_I64(struct run_row, made_at),        \
            DB_I64(struct run_row, starts_at), DB_I64(struct run_row, ended_at), DB_I32(struct run_row, hours_from),   \
            DB_I32(struct run_row, hours_to), DB_I64(struct run_row, people), DB_I64(struct run_row, damaged),         \
            DB_I64(struct run_row, no_way), DB_TEXT(struct run_row, domain), DB_BOOL(struct run_row, is_held),         \
            DB_BOOL(struct run_row, is_ours), DB_I64(struct run_row, fence), DB_BYTES(struct run_row, key_object),     \
            DB_I32(struct run_row, key_day), DB_BYTES(struct run_row, key_sealed), DB_BYTES(struct run_row, key_kept)  \
    }

static const struct db_stmt run_find = {
    .name = "run.find",
    .sql = RUN_SELECT("$2") " WHERE campaign_id = $3 AND run_no = $4",
    .sql_postgres = RUN_SELECT(CLOCK_POSTGRES("$2")) " WHERE campaign_id = $3 AND run_no = $4",
    .cols = RUN_COLS,
};
static const struct db_stmt run_list = {
    .name = "run.list",
    .sql = RUN_SELECT("$2") " WHERE campaign_id = $3"
                            " ORDER BY run_no DESC",
    .sql_postgres = RUN_SELECT(CLOCK_POSTGRES("$2")) " WHERE campaign_id = $3"
                                                     " ORDER BY run_no DESC",
    .cols = RUN_COLS,
};
static const struct db_stmt run_open = {
    .name = "run.open",
    .sql = RUN_SELECT("$2") " WHERE ended_at = 0"
                            " ORDER BY campaign_id, run_no",
    .sql_postgres = RUN_SELECT(CLOCK_POSTGRES("$2")) " WHERE ended_at = 0"
                                                     " ORDER BY campaign_id, run_no",
    .cols = RUN_COLS,
};

static const struct db_stmt letter_put = {
    .name = "run.letter_put",
    .sql = "INSERT INTO run_letter (campaign_id, run_no, letter_no, letter)"
           " VALUES ($1, $2, $3, $4)",
};
struct letter_row {
    int32_t letter_no;
    struct span letter;
};
static const struct db_stmt letter_list = {
    .name = "run.letters",
    .sql = "SELECT letter_no, letter"
           " FROM run_letter"
           " WHERE campaign_id = $1 AND run_no = $2"
           " ORDER BY letter_no",
    .cols = {DB_I32(struct letter_row, letter_no), DB_BYTES(struct letter_row, letter)},
};

static const struct db_stmt run_pause = {
    .name = "run.pause",
    .sql = "UPDATE run"
           " SET state = 3"
           " WHERE campaign_id = $1 AND run_no = $2 AND ended_at = 0 AND state IN (2, 3)",
};
static const struct db_stmt run_resume = {
    .name = "run.resume",
    .sql = "UPDATE run"
           " SET state = 2"
           " WHERE campaign_id = $1 AND run_no = $2 AND ended_at = 0 AND state IN (2, 3)",
};
static const struct db_stmt run_stop = {
    .name = "run.stop",
    .sql = "UPDATE run"
           " SET state = 4"
           " WHERE campaign_id = $1 AND run_no = $2 AND ended_at = 0 AND state IN (2, 3, 4)",
};
#define NOBODY(condition)                                                                                              \
    " AND NOT EXISTS (SELECT 1 FROM delivery WHERE campaign_id = $1 AND run_no = $2 AND " condition ")"
static const struct db_stmt run_end_done = {
    .name = "run.end_done",
    .sql = "UPDATE run"
           " SET state = 5, ended_at = $4, holder = substr(holder, 1, 0), lease_until = 0,"
           " key_sealed = substr(key_sealed, 1, 0)"
           " WHERE campaign_id = $1 AND run_no = $2 AND fence = $3 AND length(holder) > 0 AND state IN (2, 3)" //
    NOBODY("state IN (0, 3) AND next_at >= 0")                                                                 //
    NOBODY("state IN (0, 3) AND next_at = -1")                                                                 //
    NOBODY("state IN (1, 5) AND (state = 1 OR length(address) > 0)"),
};
static const struct db_stmt run_end_stopped = {
    .name = "run.end_stopped",
    .sql = "UPDATE run"
           " SET ended_at = $4, holder = substr(holder, 1, 0), lease_until = 0, key_sealed = substr(key_sealed, 1, 0)"
           " WHERE campaign_id = $1 AND run_no = $2 AND fence = $3 AND length(holder) > 0 AND state = 4" //
    NOBODY("state IN (1, 5) AND state = 1"),
};
static const struct db_stmt run_blank = {
    .name = "run.blank",
    .sql = "UPDATE delivery"
           " SET address = substr(address, 1, 0)"
           " WHERE campaign_id = $1 AND run_no = $2 AND person_no >= $3 AND person_no < $4"
           " AND state <> 1 AND length(address) > 0",
};
static const struct db_stmt run_last = {
    .name = "run.last",
    .sql = "SELECT COALESCE(max(person_no), -1)"
           " FROM delivery"
           " WHERE campaign_id = $1 AND run_no = $2",
    .cols = {DB_I64(struct no_row, no)},
};

/* ---- statements: keys that are kept ---- */

static const struct db_stmt keep_check = {
    .name = "run.keep_check",
    .sql = "SELECT run_no"
           " FROM run"
           " WHERE campaign_id = $1 AND run_no = $2 AND fence = $3 AND length(holder) > 0 AND ended_at = 0",
    .cols = {DB_I64(struct no_row, no)},
};
static const struct db_stmt keep_put = {
    .name = "run.keep",
    .sql = "INSERT INTO run_kept (campaign_id, run_no, kept)"
           " VALUES ($1, $2, $3)",
};
static const struct db_stmt keep_remove = {
    .name = "run.unkeep",
    .sql = "DELETE FROM run_kept"
           " WHERE campaign_id = $1 AND run_no = $2",
};
static const struct db_stmt keep_none = {
    .name = "run.keep_none",
    .sql = "DELETE FROM run_kept",
};

/* ---- statements: leases ---- */

#define TAKE_WHERE(clock)                                                                                              \
    " WHERE campaign_id = $1 AND run_no = $2 AND ended_at = 0"                                                         \
    " AND (holder = $3 OR length(holder) = 0 OR lease_until <= " clock ")"                                             \
    " RETURNING fence"
#define TAKE_SET(clock)                                                                                                \
    "UPDATE run"                                                                                                       \
    " SET holder = $3, lease_until = " clock " + $5, fence = fence + 1"
static const struct db_stmt lease_take = {
    .name = "run.take",
    .sql = TAKE_SET("$4") TAKE_WHERE("$4"),
    .sql_postgres = TAKE_SET(CLOCK_POSTGRES("$4")) TAKE_WHERE(CLOCK_POSTGRES("$4")),
    .cols = {DB_I64(struct no_row, no)},
};
static const struct db_stmt lease_let_go = {
    .name = "run.let_go",
    .sql = "UPDATE run"
           " SET holder = substr(holder, 1, 0), lease_until = 0"
           " WHERE campaign_id = $1 AND run_no = $2 AND fence = $3",
};
static const struct db_stmt lease_free_all = {
    .name = "run.free_all",
    .sql = "UPDATE run"
           " SET lease_until = 0"
           " WHERE ended_at = 0",
};
struct lease_row {
    int32_t state;
    int64_t left_us;
};
#define LEASE_SELECT(clock)                                                                                            \
    "SELECT state, lease_until - " clock " FROM run"                                                                   \
    " WHERE campaign_id = $1 AND run_no = $2 AND fence = $3 AND length(holder) > 0 AND ended_at = 0"
static const struct db_stmt lease_look = {
    .name = "run.lease",
    .sql = LEASE_SELECT("$4"),
    .sql_postgres = LEASE_SELECT(CLOCK_POSTGRES("$4")),
    .cols = {DB_I32(struct lease_row, state), DB_I64(struct lease_row, left_us)},
};
#define RENEW(clock)                                                                                                   \
    "UPDATE run"                                                                                                       \
    " SET lease_until = " clock " + $5"                                                                                \
    " WHERE campaign_id = $1 AND run_no = $2 AND fence = $3"
static const struct db_stmt lease_renew = {
    .name = "run.renew",
    .sql = RENEW("$4"),
    .sql_postgres = RENEW(CLOCK_POSTGRES("$4")),
};

const struct db_stmt *const mailing_stmts[] = {
    &run_make,   &run_find,   &run_list,     &run_open,       &letter_put,      &letter_list,
    &run_pause,  &run_resume, &run_stop,     &run_end_done,   &run_end_stopped, &run_blank,
    &run_last,   &lease_take, &lease_let_go, &lease_free_all, &lease_look,      &lease_renew,
    &keep_check, &keep_put,   &keep_remove,  &keep_none,
};
const size_t mailing_stmt_count = COUNT(mailing_stmts);

bool mailing_id_eq(const struct mailing_id *a, const struct mailing_id *b)
{
    return a->campaign_id == b->campaign_id && a->run_no == b->run_no;
}

static struct db_value holder_value(const struct mailing_holder *holder)
{
    return db_bytes((struct span){(const char *)holder->bytes, sizeof holder->bytes});
}

struct db_value mailing_object_value(const struct seal_object *object)
{
    return db_bytes((struct span){(const char *)object->bytes, sizeof object->bytes});
}

/* ---- runs ---- */

struct making {
    const struct mailing_run *run;
    const struct span *letters;
    size_t count;
    const struct mailing_holder *holder;
    struct instant now;
    int64_t run_no;
};

static enum rc make_tx(struct db *db, void *arg)
{
    struct making *m = arg;
    const struct mailing_run *r = m->run;
    struct no_row made = {0};
    enum rc rc = db_one(db, NULL, &run_make,
                        DB_ARGS(db_i64(r->id.campaign_id), db_text(r->news), db_text(r->audiences), db_i64(m->now.us),
                                db_i64(r->starts_at.us), db_i64(r->hours_from), db_i64(r->hours_to), db_text(r->domain),
                                holder_value(m->holder), mailing_object_value(&r->key_object), db_i64(r->key_day),
                                db_bytes(r->key_sealed), db_i64(MAILING_LEASE_US)),
                        &made);

    m->run_no = made.no;
    for (size_t i = 0; i < m->count && rc == RC_OK; i++)
        rc = db_exec(db, &letter_put,
                     DB_ARGS(db_i64(r->id.campaign_id), db_i64(made.no), db_i64((int64_t)i), db_bytes(m->letters[i])));
    return rc;
}

enum rc mailing_make(struct db *db, const struct mailing_run *run, const struct span *letters, size_t count,
                     const struct mailing_holder *holder, struct instant now, struct mailing_id *id_out)
{
    struct making m = {.run = run, .letters = letters, .count = count, .holder = holder, .now = now};
    enum rc rc = db_write(db, "run.make", make_tx, &m);

    *id_out = (struct mailing_id){run->id.campaign_id, rc == RC_OK ? m.run_no : 0};
    return rc;
}

/* Bytes of the store are another's until they were looked at. */
static bool take_row(const struct run_row *row, struct mailing_run *out)
{
    *out = (struct mailing_run){
        .id = {row->campaign_id, row->run_no},
        .news = row->news,
        .state = (enum run_state)row->state,
        .audiences = row->audiences,
        .made_at = {row->made_at},
        .starts_at = {row->starts_at},
        .ended_at = {row->ended_at},
        .hours_from = row->hours_from,
        .hours_to = row->hours_to,
        .people = row->people,
        .damaged = row->damaged,
        .no_way = row->no_way,
        .domain = row->domain,
        .is_held = row->is_held,
        .is_ours = row->is_ours,
        .fence = row->fence,
        .key_day = row->key_day,
        .key_sealed = row->key_sealed,
        .key_kept = row->key_kept,
    };
    if (row->key_object.n != sizeof out->key_object.bytes)
        return false;
    memcpy(out->key_object.bytes, row->key_object.p, sizeof out->key_object.bytes);
    return true;
}

enum rc mailing_find(struct db *db, struct arena *a, const struct mailing_id *id, const struct mailing_holder *holder,
                     struct instant now, struct mailing_run *run_out)
{
    struct run_row row = {0};
    enum rc rc = db_one(db, a, &run_find,
                        DB_ARGS(holder_value(holder), db_i64(now.us), db_i64(id->campaign_id), db_i64(id->run_no)),
                        &row);

    return rc == RC_OK && !take_row(&row, run_out) ? RC_INVALID : rc;
}

static enum rc take_rows(struct arena *a, enum rc rc, const struct db_rows *rows, struct mailing_runs *runs_out)
{
    *runs_out = (struct mailing_runs){0};
    for (size_t i = 0; rc == RC_OK && i < rows->count; i++)
        if (!take_row((const struct run_row *)rows->items + i, LIST_ADD(a, &runs_out->list)))
            rc = RC_INVALID;
    return rc;
}

enum rc mailing_list(struct db *db, struct arena *a, int64_t campaign_id, const struct mailing_holder *holder,
                     struct instant now, struct mailing_runs *runs_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &run_list, DB_ARGS(holder_value(holder), db_i64(now.us), db_i64(campaign_id)), &rows);

    return take_rows(a, rc, &rows, runs_out);
}

enum rc mailing_under_way(struct db *db, struct arena *a, const struct mailing_holder *holder, struct instant now,
                          struct mailing_runs *runs_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &run_open, DB_ARGS(holder_value(holder), db_i64(now.us)), &rows);

    return take_rows(a, rc, &rows, runs_out);
}

enum rc mailing_letters(struct db *db, struct arena *a, const struct mailing_id *id,
                        struct mailing_letters *letters_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &letter_list, MAILING_ID_ARGS(id), &rows);

    *letters_out = (struct mailing_letters){0};
    for (size_t i = 0; rc == RC_OK && i < rows.count; i++) {
        const struct letter_row *row = (const struct letter_row *)rows.items + i;

        if (row->letter_no != (int32_t)i)
            rc = RC_INVALID;
        *LIST_ADD(a, &letters_out->list) = row->letter;
    }
    return rc;
}

/* ---- keys that are kept ---- */

enum rc mailing_unkeep_in(struct db *db, const struct mailing_id *id)
{
    return db_exec(db, &keep_remove, MAILING_ID_ARGS(id));
}

enum rc mailing_keep_in(struct db *db, const struct mailing_id *id, struct span key_kept)
{
    enum rc rc = mailing_unkeep_in(db, id);

    return rc == RC_OK
               ? db_exec(db, &keep_put, DB_ARGS(db_i64(id->campaign_id), db_i64(id->run_no), db_bytes(key_kept)))
               : rc;
}

struct keeping {
    const struct mailing_id *id;
    int64_t fence;
    struct span key_kept;
};

static enum rc keep_tx(struct db *db, void *arg)
{
    const struct keeping *k = arg;
    struct no_row row;
    enum rc rc = db_one(db, NULL, &keep_check, MAILING_FENCE_ARGS(k->id, k->fence), &row);

    if (rc == RC_NOT_FOUND)
        return RC_CONFLICT;
    return rc == RC_OK ? mailing_keep_in(db, k->id, k->key_kept) : rc;
}

enum rc mailing_keep_key(struct db *db, const struct mailing_id *id, int64_t fence, struct span key_kept)
{
    struct keeping k = {id, fence, key_kept};

    return db_write(db, "run.keep", keep_tx, &k);
}

static enum rc keep_none_tx(struct db *db, void *arg)
{
    (void)arg;
    return db_exec(db, &keep_none, DB_NO_ARGS);
}

enum rc mailing_keep_none(struct db *db)
{
    return db_write(db, "run.keep_none", keep_none_tx, NULL);
}

/* ---- what becomes of them ---- */

struct changing {
    const struct mailing_id *id;
    const struct db_stmt *stmt;
    int64_t fence;
    struct instant now;
    int64_t from;
    int64_t to;
    int64_t last;
};

static enum rc change_tx(struct db *db, void *arg)
{
    const struct changing *c = arg;
    size_t rows = 0;
    enum rc rc = db_exec_count(db, c->stmt, MAILING_ID_ARGS(c->id), &rows);

    return rc == RC_OK && rows == 0 ? RC_CONFLICT : rc;
}

enum rc mailing_change(struct db *db, const struct mailing_id *id, enum run_state to)
{
    struct changing c = {
        .id = id,
        .stmt = to == RUN_PAUSED   ? &run_pause
                : to == RUN_ACTIVE ? &run_resume
                                   : &run_stop,
    };

    CHECK(to == RUN_PAUSED || to == RUN_ACTIVE || to == RUN_STOPPED);
    return db_write(db, "run.change", change_tx, &c);
}

enum rc mailing_pause_in(struct db *db, const struct mailing_id *id)
{
    return db_exec(db, &run_pause, MAILING_ID_ARGS(id));
}

static enum rc end_tx(struct db *db, void *arg)
{
    const struct changing *c = arg;
    struct db_args args =
        DB_ARGS(db_i64(c->id->campaign_id), db_i64(c->id->run_no), db_i64(c->fence), db_i64(c->now.us));
    size_t rows = 0;
    enum rc rc = db_exec_count(db, &run_end_done, args, &rows);

    if (rc == RC_OK && rows == 0)
        rc = db_exec_count(db, &run_end_stopped, args, &rows);
    if (rc == RC_OK && rows == 0)
        rc = RC_CONFLICT;
    return rc == RC_OK ? mailing_unkeep_in(db, c->id) : rc;
}

enum rc mailing_end(struct db *db, const struct mailing_id *id, int64_t fence, struct instant now)
{
    struct changing c = {.id = id, .fence = fence, .now = now};

    return db_write(db, "run.end", end_tx, &c);
}

static enum rc blank_tx(struct db *db, void *arg)
{
    struct changing *c = arg;
    struct no_row last = {0};
    enum rc rc = db_one(db, NULL, &run_last, MAILING_ID_ARGS(c->id), &last);

    c->last = last.no;
    return rc != RC_OK
               ? rc
               : db_exec(db, &run_blank,
                         DB_ARGS(db_i64(c->id->campaign_id), db_i64(c->id->run_no), db_i64(c->from), db_i64(c->to)));
}

enum rc mailing_blank_some(struct db *db, const struct mailing_id *id, int64_t from_no, int32_t most, int64_t *next_out)
{
    struct changing c = {.id = id, .from = from_no, .to = from_no + most};
    enum rc rc = db_write(db, "run.blank", blank_tx, &c);

    *next_out = c.to <= c.last ? c.to : -1;
    return rc;
}

/* ---- leases ---- */

struct taking {
    const struct mailing_id *id;
    const struct mailing_holder *holder;
    struct instant now;
    int64_t fence;
};

static enum rc take_tx(struct db *db, void *arg)
{
    struct taking *t = arg;
    struct no_row fence = {0};
    enum rc rc = db_one(db, NULL, &lease_take,
                        DB_ARGS(db_i64(t->id->campaign_id), db_i64(t->id->run_no), holder_value(t->holder),
                                db_i64(t->now.us), db_i64(MAILING_LEASE_US)),
                        &fence);

    t->fence = fence.no;
    return rc == RC_NOT_FOUND ? RC_CONFLICT : rc;
}

enum rc mailing_take(struct db *db, const struct mailing_id *id, const struct mailing_holder *holder,
                     struct instant now, int64_t *fence_out)
{
    struct taking t = {.id = id, .holder = holder, .now = now};
    enum rc rc = db_write(db, "run.take", take_tx, &t);

    *fence_out = rc == RC_OK ? t.fence : 0;
    return rc;
}

static enum rc let_go_tx(struct db *db, void *arg)
{
    const struct changing *c = arg;

    return db_exec(db, &lease_let_go, MAILING_FENCE_ARGS(c->id, c->fence));
}

enum rc mailing_let_go(struct db *db, const struct mailing_id *id, int64_t fence)
{
    struct changing c = {.id = id, .fence = fence};

    return db_write(db, "run.let_go", let_go_tx, &c);
}

static enum rc free_all_tx(struct db *db, void *arg)
{
    (void)arg;
    return db_exec(db, &lease_free_all, DB_NO_ARGS);
}

enum rc mailing_free_all(struct db *db)
{
    return db_write(db, "run.free_all", free_all_tx, NULL);
}

enum rc mailing_hold_in(struct db *db, struct mailing_claim *c)
{
    struct db_value id = db_i64(c->id.campaign_id);
    struct db_value no = db_i64(c->id.run_no);
    struct lease_row lease = {0};
    enum rc rc = db_one(db, NULL, &lease_look, DB_ARGS(id, no, db_i64(c->fence), db_i64(c->now.us)), &lease);

    c->is_held = rc == RC_OK;
    c->lease_left_us = lease.left_us;
    c->state = (enum run_state)lease.state;
    if (rc == RC_NOT_FOUND)
        return RC_OK;
    if (rc == RC_OK && (lease.left_us < MAILING_LEASE_US * 2 / 3 || lease.left_us > MAILING_LEASE_US)) {
        rc = db_exec(db, &lease_renew, DB_ARGS(id, no, db_i64(c->fence), db_i64(c->now.us), db_i64(MAILING_LEASE_US)));
        c->lease_left_us = MAILING_LEASE_US;
    }
    return rc;
}
