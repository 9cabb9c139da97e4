/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The freeze of a run: its people as the mailer gave them back, or nobody. Rows come in the order of their numbers, so that
 * those who are claimed together later lie side by side.
 */
#include "store/mailing.h"

#include "store/mailing_impl.h"
#include "store/store_impl.h"

#include <string.h>

enum { REMOVE_AT_ONCE = 5000, ROWS_MOST = 1024 };

struct no_row {
    int64_t no;
};

/* Nobody else's, and still being frozen. */
static const struct db_stmt frozen_check = {
    .name = "freeze.check",
    .sql = "SELECT run_no"
           " FROM run"
           " WHERE campaign_id = $1 AND run_no = $2 AND fence = $3 AND state = 1",
    .cols = {DB_I64(struct no_row, no)},
};
static const struct db_stmt key_put = {
    .name = "freeze.key_put",
    .sql = "UPDATE run"
           " SET key_sealed = $4"
           " WHERE campaign_id = $1 AND run_no = $2 AND fence = $3 AND state = 1",
};
static const struct db_stmt person_put = {
    .name = "freeze.person_put",
    .sql =
        "INSERT INTO delivery"
        " (campaign_id, run_no, person_no, object, site_no, letter_no, state, attempts, fence, next_at, first_at, code,"
        " class, address)"
        " VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, 0, 0, 0, $7)",
};
static const struct db_stmt person_drop = {
    .name = "freeze.person_drop",
    .sql = "DELETE FROM delivery"
           " WHERE campaign_id = $1 AND run_no = $2 AND person_no = $3",
};
static const struct db_stmt site_put = {
    .name = "freeze.site_put",
    .sql = "INSERT INTO run_site (campaign_id, run_no, site_no, name, people, next_at, slower, rest_until, parked)"
           " VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0)",
};
static const struct db_stmt freeze_end = {
    .name = "freeze.end",
    .sql = "UPDATE run"
           " SET state = 2, damaged = $4, no_way = $5,"
           " people = (SELECT count(*) FROM delivery WHERE campaign_id = $1 AND run_no = $2)"
           " WHERE campaign_id = $1 AND run_no = $2 AND fence = $3 AND state = 1"
           " RETURNING people",
    .cols = {DB_I64(struct no_row, no)},
};

static const struct db_stmt remove_people = {
    .name = "freeze.remove_people",
    .sql = "DELETE FROM delivery"
           " WHERE campaign_id = $1 AND run_no = $2 AND person_no <"
           " (SELECT min(person_no) FROM delivery WHERE campaign_id = $1 AND run_no = $2) + $3",
};
static const struct db_stmt remove_sites = {
    .name = "freeze.remove_sites",
    .sql = "DELETE FROM run_site"
           " WHERE campaign_id = $1 AND run_no = $2 AND site_no <"
           " (SELECT min(site_no) FROM run_site WHERE campaign_id = $1 AND run_no = $2) + $3",
};
static const struct db_stmt remove_letters = {
    .name = "freeze.remove_letters",
    .sql = "DELETE FROM run_letter"
           " WHERE campaign_id = $1 AND run_no = $2",
};
static const struct db_stmt remove_run = {
    .name = "freeze.remove_run",
    .sql = "DELETE FROM run"
           " WHERE campaign_id = $1 AND run_no = $2",
};

struct had_row {
    int64_t person_no;
    struct span object;
};
static const struct db_stmt had_list = {
    .name = "freeze.had",
    .sql = "SELECT person_no, object"
           " FROM delivery"
           " WHERE campaign_id = $1 AND run_no = $2 AND person_no > $3 AND state IN (2, 5) AND length(object) > 0"
           " ORDER BY person_no"
           " LIMIT $4",
    .cols = {DB_I64(struct had_row, person_no), DB_BYTES(struct had_row, object)},
};

const struct db_stmt *const mailing_freeze_stmts[] = {
    &key_put,       &frozen_check, &person_put,     &person_drop, &site_put, &freeze_end,
    &remove_people, &remove_sites, &remove_letters, &remove_run,  &had_list,
};
const size_t mailing_freeze_stmt_count = COUNT(mailing_freeze_stmts);

/* ---- rows come ---- */

struct putting {
    const struct mailing_id *id;
    int64_t fence;
    const struct db_stmt *stmt;
    const struct db_value *values;
    size_t count;
};

static enum rc check_freezing(struct db *db, const struct mailing_id *id, int64_t fence)
{
    struct no_row row;
    enum rc rc = db_one(db, NULL, &frozen_check, MAILING_FENCE_ARGS(id, fence), &row);

    return rc == RC_NOT_FOUND ? RC_CONFLICT : rc;
}

static enum rc put_tx(struct db *db, void *arg)
{
    const struct putting *p = arg;
    enum rc rc = check_freezing(db, p->id, p->fence);

    return rc == RC_OK ? db_exec_many(db, p->stmt, p->values, p->count, NULL) : rc;
}

struct putting_key {
    const struct mailing_id *id;
    int64_t fence;
    struct span sealed;
    struct span kept;
};

static enum rc put_key_tx(struct db *db, void *arg)
{
    const struct putting_key *p = arg;
    size_t rows = 0;
    enum rc rc = db_exec_count(
        db, &key_put, DB_ARGS(db_i64(p->id->campaign_id), db_i64(p->id->run_no), db_i64(p->fence), db_bytes(p->sealed)),
        &rows);

    if (rc == RC_OK && rows == 0)
        rc = RC_CONFLICT;
    return rc == RC_OK && p->kept.n ? mailing_keep_in(db, p->id, p->kept) : rc;
}

enum rc mailing_put_key(struct db *db, const struct mailing_id *id, int64_t fence, struct span key_sealed,
                        struct span key_kept)
{
    struct putting_key p = {id, fence, key_sealed, key_kept};

    return db_write(db, "freeze.key", put_key_tx, &p);
}

struct putting_people {
    const struct mailing_id *id;
    int64_t fence;
    const struct mailing_frozen *people;
    size_t count;
};

static enum rc put_people_tx(struct db *db, void *arg)
{
    enum { COLS = 7 };
    const struct putting_people *p = arg;
    struct db_value values[ROWS_MOST * COLS];
    enum rc rc = check_freezing(db, p->id, p->fence);

    for (size_t at = 0; at < p->count && rc == RC_OK; at += ROWS_MOST) {
        size_t n = p->count - at < ROWS_MOST ? p->count - at : ROWS_MOST;

        for (size_t i = 0; i < n; i++) {
            const struct mailing_frozen *f = &p->people[at + i];
            const struct db_value row[COLS] = {db_i64(p->id->campaign_id), db_i64(p->id->run_no),
                                               db_i64(f->person_no),       mailing_object_value(&f->object),
                                               db_i64(f->site_no),         db_i64(f->letter_no),
                                               db_bytes(f->address)};

            memcpy(values + i * COLS, row, sizeof row);
        }
        rc = db_exec_many(db, &person_put, values, n, NULL);
    }
    return rc;
}

/* All in one: what a commit costs is mostly its sync, and the mailer's threads wait for it sooner or later. */
enum rc mailing_put_people(struct db *db, const struct mailing_id *id, int64_t fence,
                           const struct mailing_frozen *people, size_t count)
{
    struct putting_people p = {id, fence, people, count};

    return count ? db_write(db, "freeze.people", put_people_tx, &p) : RC_OK;
}

enum rc mailing_drop_people(struct db *db, const struct mailing_id *id, int64_t fence, const int64_t *person_nos,
                            size_t count)
{
    enum { COLS = 3 };
    struct db_value values[ROWS_MOST * COLS];
    enum rc rc = RC_OK;

    for (size_t at = 0; at < count && rc == RC_OK; at += ROWS_MOST) {
        struct putting p = {id, fence, &person_drop, values, count - at < ROWS_MOST ? count - at : ROWS_MOST};

        for (size_t i = 0; i < p.count; i++) {
            values[i * COLS] = db_i64(id->campaign_id);
            values[i * COLS + 1] = db_i64(id->run_no);
            values[i * COLS + 2] = db_i64(person_nos[at + i]);
        }
        rc = db_write(db, "freeze.drop", put_tx, &p);
    }
    return rc;
}

enum rc mailing_put_sites(struct db *db, const struct mailing_id *id, int64_t fence, const struct mailing_site *sites,
                          size_t count)
{
    enum { COLS = 5 };
    struct db_value values[ROWS_MOST * COLS];
    enum rc rc = RC_OK;

    for (size_t at = 0; at < count && rc == RC_OK; at += ROWS_MOST) {
        struct putting p = {id, fence, &site_put, values, count - at < ROWS_MOST ? count - at : ROWS_MOST};

        for (size_t i = 0; i < p.count; i++) {
            const struct mailing_site *s = &sites[at + i];
            const struct db_value row[COLS] = {db_i64(id->campaign_id), db_i64(id->run_no), db_i64(s->site_no),
                                               db_text(s->name), db_i64(s->people)};

            memcpy(values + i * COLS, row, sizeof row);
        }
        rc = db_write(db, "freeze.sites", put_tx, &p);
    }
    return rc;
}

/* ---- the end of it, either way ---- */

struct ending {
    const struct mailing_id *id;
    int64_t fence;
    int64_t damaged;
    int64_t no_way;
    int64_t people;
    bool is_gone;
};

static enum rc end_tx(struct db *db, void *arg)
{
    struct ending *e = arg;
    struct no_row people = {0};
    enum rc rc = db_one(db, NULL, &freeze_end,
                        DB_ARGS(db_i64(e->id->campaign_id), db_i64(e->id->run_no), db_i64(e->fence), db_i64(e->damaged),
                                db_i64(e->no_way)),
                        &people);

    e->people = people.no;
    return rc == RC_NOT_FOUND ? RC_CONFLICT : rc;
}

enum rc mailing_freeze_end(struct db *db, const struct mailing_id *id, int64_t fence, int64_t damaged, int64_t no_way,
                           int64_t *people_out)
{
    struct ending e = {.id = id, .fence = fence, .damaged = damaged, .no_way = no_way};
    enum rc rc = db_write(db, "freeze.end", end_tx, &e);

    *people_out = rc == RC_OK ? e.people : 0;
    return rc;
}

static enum rc remove_tx(struct db *db, void *arg)
{
    struct ending *e = arg;
    struct db_args some = MAILING_FENCE_ARGS(e->id, REMOVE_AT_ONCE);
    size_t rows = 0;
    enum rc rc = check_freezing(db, e->id, e->fence);

    e->is_gone = false;
    if (rc == RC_OK)
        rc = db_exec_count(db, &remove_people, some, &rows);
    if (rc == RC_OK && rows == 0)
        rc = db_exec_count(db, &remove_sites, some, &rows);
    if (rc != RC_OK || rows)
        return rc;
    rc = db_exec(db, &remove_letters, MAILING_ID_ARGS(e->id));
    if (rc == RC_OK)
        rc = mailing_unkeep_in(db, e->id);
    if (rc == RC_OK)
        rc = db_exec(db, &remove_run, MAILING_ID_ARGS(e->id));
    e->is_gone = rc == RC_OK;
    return rc;
}

enum rc mailing_remove_some(struct db *db, const struct mailing_id *id, int64_t fence, bool *is_gone_out)
{
    struct ending e = {.id = id, .fence = fence};
    enum rc rc = db_write(db, "freeze.remove", remove_tx, &e);

    *is_gone_out = rc == RC_OK && e.is_gone;
    return rc;
}

/* ---- whom an earlier run reached ---- */

uint64_t mailing_mark(const struct seal_object *object)
{
    uint64_t mark;

    memcpy(&mark, object->bytes, sizeof mark);
    return mark;
}

enum rc mailing_had(struct db *db, struct arena *a, const struct mailing_id *id, int64_t after, int32_t most,
                    struct mailing_had **had_out, size_t *count_out)
{
    struct db_rows rows = {0};
    enum rc rc = db_all(db, a, &had_list,
                        DB_ARGS(db_i64(id->campaign_id), db_i64(id->run_no), db_i64(after), db_i64(most)), &rows);

    *count_out = 0;
    *had_out = ARENA_ARRAY(a, struct mailing_had, rows.count + 1);
    for (size_t i = 0; rc == RC_OK && i < rows.count; i++) {
        const struct had_row *row = (const struct had_row *)rows.items + i;
        struct seal_object object;

        if (row->object.n != sizeof object.bytes)
            return RC_INVALID;
        memcpy(object.bytes, row->object.p, sizeof object.bytes);
        (*had_out)[(*count_out)++] = (struct mailing_had){row->person_no, mailing_mark(&object)};
    }
    return rc;
}
