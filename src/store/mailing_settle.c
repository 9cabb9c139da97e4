/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What came of those who were claimed, from the mailer or from its journal, and what is done about those in doubt.
 *
 * An outcome counts for the claim it belongs to, by fence and attempt, and for no other: one that comes late, twice, or from
 * a process that lost the run changes nothing that was decided since.
 */
#include "store/mailing.h"

#include "store/mailing_impl.h"
#include "store/store_impl.h"

#include <stdlib.h>
#include <string.h>

enum { OUTCOMES_MOST = 512 };
#define AHEAD_MOST_US INT64_C(18000000000) /* five hours: more than the longest wait between two attempts */

#define IS_OPEN "(state = 1 OR (state = 5 AND length(address) > 0))"

static const struct db_stmt settle = {
    .name = "settle.settle",
    .sql = "UPDATE delivery"
           " SET state = $7, code = $8, class = $9, next_at = $10, attempts = attempts - $11,"
           " first_at = CASE WHEN attempts = $11 THEN 0 ELSE first_at END,"
           " address = CASE WHEN $12 = 1 THEN substr(address, 1, 0) ELSE address END"
           " WHERE campaign_id = $1 AND run_no = $2 AND person_no BETWEEN $3 AND $4 AND fence = $5 AND attempts = $6"
           " AND " IS_OPEN,
};
/* Before the outcome is written: whose it is stands beside the claim. */
static const struct db_stmt bury = {
    .name = "settle.bury",
    .sql = "UPDATE subscriber"
           " SET state = 3, state_day = $6"
           " WHERE campaign_id = $1 AND state = 1 AND object ="
           " (SELECT object FROM delivery"
           " WHERE campaign_id = $1 AND run_no = $2 AND person_no = $3 AND fence = $4 AND attempts = $5 AND " IS_OPEN
           ")",
};

struct site_row {
    int64_t people;
    int64_t next_at;
    int32_t slower;
    int64_t rest_until;
};
static const struct db_stmt site_find = {
    .name = "settle.site",
    .sql = "SELECT people, next_at, slower, rest_until"
           " FROM run_site"
           " WHERE campaign_id = $1 AND run_no = $2 AND site_no = $3",
    .cols = {DB_I64(struct site_row, people), DB_I64(struct site_row, next_at), DB_I32(struct site_row, slower),
             DB_I64(struct site_row, rest_until)},
};
static const struct db_stmt site_slow = {
    .name = "settle.site_slow",
    .sql = "INSERT INTO run_site (campaign_id, run_no, site_no, name, people, next_at, slower, rest_until, parked)"
           " VALUES ($1, $2, $3, '', 0, 0, $4, $5, 0)"
           " ON CONFLICT (campaign_id, run_no, site_no) DO UPDATE"
           " SET slower = excluded.slower, rest_until = excluded.rest_until",
};

static const struct db_stmt claimed_list = {
    .name = "settle.claimed",
    .sql = "SELECT person_no, attempts, fence, first_at, site_no, state = 1"
           " FROM delivery"
           " WHERE campaign_id = $1 AND run_no = $2 AND state IN (1, 5) AND (state = 1 OR length(address) > 0)"
           " ORDER BY person_no",
    .cols = {DB_I64(struct mailing_claimed, person_no), DB_I32(struct mailing_claimed, attempts),
             DB_I64(struct mailing_claimed, fence), DB_I64(struct mailing_claimed, first_at),
             DB_I32(struct mailing_claimed, site_no), DB_BOOL(struct mailing_claimed, is_claimed)},
};
struct left_row {
    int64_t people;
};
static const struct db_stmt left_count = {
    .name = "settle.left",
    .sql =
        "SELECT count(*)"
        " FROM delivery d"
        " LEFT JOIN subscriber s ON s.campaign_id = d.campaign_id AND s.object = d.object"
        " WHERE d.campaign_id = $1 AND d.run_no = $2 AND d.state IN (1, 5) AND d.state = 1 AND COALESCE(s.state, 0) <> 1",
    .cols = {DB_I64(struct left_row, people)},
};
static const struct db_stmt mend = {
    .name = "settle.mend",
    .sql = "UPDATE delivery"
           " SET next_at = $3"
           " WHERE campaign_id = $1 AND run_no = $2 AND state IN (0, 3) AND next_at >= 0 AND next_at > $4",
};
static const struct db_stmt resend = {
    .name = "settle.resend",
    .sql = "UPDATE delivery"
           " SET state = 0, next_at = $3"
           " WHERE campaign_id = $1 AND run_no = $2 AND state IN (1, 5) AND state = 5 AND length(address) > 0",
};
static const struct db_stmt leave = {
    .name = "settle.leave",
    .sql = "UPDATE delivery"
           " SET address = substr(address, 1, 0)"
           " WHERE campaign_id = $1 AND run_no = $2 AND state IN (1, 5) AND state = 5 AND length(address) > 0",
};
struct state_row {
    int32_t state;
};
static const struct db_stmt run_state = {
    .name = "settle.run_state",
    .sql = "SELECT state"
           " FROM run"
           " WHERE campaign_id = $1 AND run_no = $2",
    .cols = {DB_I32(struct state_row, state)},
};

const struct db_stmt *const mailing_settle_stmts[] = {
    &settle, &bury, &site_find, &site_slow, &claimed_list, &left_count, &mend, &resend, &leave, &run_state,
};
const size_t mailing_settle_stmt_count = COUNT(mailing_settle_stmts);

/* ---- outcomes ---- */

static int compare_people(const void *left, const void *right)
{
    const struct mailing_outcome *a = left;
    const struct mailing_outcome *b = right;

    return (a->person_no > b->person_no) - (a->person_no < b->person_no);
}

/* The next one's number, and the same in all else. */
static bool is_next(const struct mailing_outcome *a, const struct mailing_outcome *b)
{
    return b->person_no == a->person_no + 1 && b->attempt == a->attempt && b->fence == a->fence &&
           b->state == a->state && b->code == a->code && b->why == a->why && b->next_at.us == a->next_at.us;
}

static enum rc bury_dead(struct db *db, const struct mailing_id *id, const struct mailing_outcome *outcomes,
                         size_t count, int32_t day)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < count && rc == RC_OK; i++)
        if (outcomes[i].is_dead && outcomes[i].state == DELIVERY_FAILED)
            rc = db_exec(db, &bury,
                         DB_ARGS(db_i64(id->campaign_id), db_i64(id->run_no), db_i64(outcomes[i].person_no),
                                 db_i64(outcomes[i].fence), db_i64(outcomes[i].attempt), db_i64(day)));
    return rc;
}

static enum rc settle_some(struct db *db, const struct mailing_id *id, const struct mailing_outcome *outcomes,
                           size_t count, int64_t *settled)
{
    enum { COLS = 12 };
    struct db_value values[OUTCOMES_MOST * COLS];
    size_t rows[OUTCOMES_MOST];
    size_t n = 0;
    enum rc rc;

    CHECK(count > 0 && count <= OUTCOMES_MOST);
    for (size_t i = 0; i < count; i++) {
        const struct mailing_outcome *o = &outcomes[i];
        bool is_final = o->state == DELIVERY_SENT || o->state == DELIVERY_FAILED;
        struct db_value row[COLS] = {db_i64(id->campaign_id),
                                     db_i64(id->run_no),
                                     db_i64(o->person_no),
                                     db_i64(o->person_no),
                                     db_i64(o->fence),
                                     db_i64(o->attempt),
                                     db_i64(o->state),
                                     db_i64(o->code),
                                     db_i64(o->why),
                                     db_i64(o->next_at.us),
                                     db_i64(o->state == DELIVERY_PENDING),
                                     db_i64(is_final)};

        while (i + 1 < count && is_next(&outcomes[i], &outcomes[i + 1]))
            i++;
        row[3] = db_i64(outcomes[i].person_no);
        memcpy(values + COLS * n++, row, sizeof row);
    }
    rc = db_exec_many(db, &settle, values, n, rows);
    for (size_t i = 0; i < n && rc == RC_OK; i++)
        *settled += (int64_t)rows[i];
    return rc;
}

enum rc mailing_settle_in(struct db *db, const struct mailing_id *id, struct mailing_outcome *outcomes, size_t count,
                          int32_t day, int64_t *settled_out)
{
    int64_t settled = 0;
    enum rc rc = bury_dead(db, id, outcomes, count, day);

    if (count)
        qsort(outcomes, count, sizeof *outcomes, compare_people);
    for (size_t at = 0; at < count && rc == RC_OK; at += OUTCOMES_MOST)
        rc = settle_some(db, id, outcomes + at, count - at < OUTCOMES_MOST ? count - at : OUTCOMES_MOST, &settled);
    if (settled_out)
        *settled_out = settled;
    return rc;
}

enum rc mailing_slow_in(struct db *db, const struct mailing_id *id, int32_t site_no, struct instant now)
{
    struct db_value campaign = db_i64(id->campaign_id);
    struct db_value run = db_i64(id->run_no);
    struct site_row row = {0};
    struct pace pace;
    enum rc rc = db_one(db, NULL, &site_find, DB_ARGS(campaign, run, db_i64(site_no)), &row);

    if (rc != RC_OK && rc != RC_NOT_FOUND)
        return rc;
    pace = (struct pace){row.people, {row.next_at}, row.slower, {row.rest_until}};
    pace_slow_down(&pace, now);
    return db_exec(db, &site_slow,
                   DB_ARGS(campaign, run, db_i64(site_no), db_i64(pace.slower), db_i64(pace.rest_until.us)));
}

/* ---- after a death, or a clock that was put back ---- */

enum rc mailing_claimed(struct db *db, struct arena *a, const struct mailing_id *id,
                        struct mailing_claimed_list *claimed_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &claimed_list, MAILING_ID_ARGS(id), &rows);

    *claimed_out = (struct mailing_claimed_list){0};
    claimed_out->list.items = rows.items;
    claimed_out->list.count = claimed_out->list.room = rows.count;
    return rc;
}

enum rc mailing_left(struct db *db, const struct mailing_id *id, int64_t *people_out)
{
    struct left_row row = {0};
    enum rc rc = db_one(db, NULL, &left_count, MAILING_ID_ARGS(id), &row);

    *people_out = row.people;
    return rc;
}

struct deciding {
    const struct mailing_id *id;
    const struct db_stmt *stmt;
    struct instant now;
    int64_t people;
};

static enum rc mend_tx(struct db *db, void *arg)
{
    const struct deciding *d = arg;

    return db_exec(db, &mend,
                   DB_ARGS(db_i64(d->id->campaign_id), db_i64(d->id->run_no), db_i64(d->now.us),
                           db_i64(d->now.us + AHEAD_MOST_US)));
}

enum rc mailing_mend_times(struct db *db, const struct mailing_id *id, struct instant now)
{
    struct deciding d = {.id = id, .now = now};

    return db_write(db, "settle.mend", mend_tx, &d);
}

/* ---- doubts ---- */

static enum rc resend_tx(struct db *db, void *arg)
{
    struct deciding *d = arg;
    struct state_row run = {0};
    size_t rows = 0;
    enum rc rc = db_one(db, NULL, &run_state, MAILING_ID_ARGS(d->id), &run);

    if (rc == RC_OK && run.state != RUN_ACTIVE && run.state != RUN_PAUSED)
        rc = RC_CONFLICT;
    if (rc == RC_OK)
        rc = db_exec_count(db, &resend, MAILING_FENCE_ARGS(d->id, d->now.us), &rows);
    d->people = (int64_t)rows;
    return rc;
}

enum rc mailing_resend(struct db *db, const struct mailing_id *id, struct instant now, int64_t *people_out)
{
    struct deciding d = {.id = id, .now = now};
    enum rc rc = db_write(db, "settle.resend", resend_tx, &d);

    *people_out = rc == RC_OK ? d.people : 0;
    return rc;
}

static enum rc leave_tx(struct db *db, void *arg)
{
    struct deciding *d = arg;
    struct state_row run = {0};
    size_t rows = 0;
    enum rc rc = db_one(db, NULL, &run_state, MAILING_ID_ARGS(d->id), &run);

    if (rc == RC_OK)
        rc = db_exec_count(db, &leave, MAILING_ID_ARGS(d->id), &rows);
    d->people = (int64_t)rows;
    return rc;
}

enum rc mailing_leave(struct db *db, const struct mailing_id *id, int64_t *people_out)
{
    struct deciding d = {.id = id};
    enum rc rc = db_write(db, "settle.leave", leave_tx, &d);

    *people_out = rc == RC_OK ? d.people : 0;
    return rc;
}
