/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Claims. Letters go out in the order of people, whose rows lie side by side: a claim of 256 touches a dozen pages. Who
 * belongs to a site that has no room now is parked, once, and from then on found by site, so that nobody who has to wait is
 * looked at again and again, and one slow site never fills a claim.
 *
 * Everything here may run twice, and begins by forgetting what it found the first time.
 */
#include "store/mailing.h"

#include "model/subscriber.h"
#include "store/mailing_impl.h"
#include "store/store_impl.h"

#include <string.h>

enum {
    ROUNDS_MOST = 4, /* of 256 people looked at: more wait for the next claim */
    PARKED_SHARE = MAILING_CLAIM_MOST * 3 / 4,
    SLOTS_LEAST = 4096,
    CLAIM_MEMORY = 64 * 1024 * 1024,
};

/* ---- statements ---- */

struct site_row {
    int32_t site_no;
    int64_t people;
    int64_t next_at;
    int32_t slower;
    int64_t rest_until;
    int64_t parked;
};
static const struct db_stmt parked_sites = {
    .name = "claim.parked_sites",
    .sql = "SELECT site_no, people, next_at, slower, rest_until, parked"
           " FROM run_site"
           " WHERE campaign_id = $1 AND run_no = $2 AND parked > 0"
           " ORDER BY next_at, site_no",
    .cols = {DB_I32(struct site_row, site_no), DB_I64(struct site_row, people), DB_I64(struct site_row, next_at),
             DB_I32(struct site_row, slower), DB_I64(struct site_row, rest_until), DB_I64(struct site_row, parked)},
};
static const struct db_stmt site_pace = {
    .name = "claim.site_pace",
    .sql = "UPDATE run_site"
           " SET next_at = $4, slower = $5, rest_until = $6, parked = $7"
           " WHERE campaign_id = $1 AND run_no = $2 AND site_no = $3",
};

struct person_row {
    int64_t person_no;
    struct span object;
    int32_t site_no;
    int32_t letter_no;
    int32_t attempts;
    int64_t first_at;
    struct span address;
    int32_t subscriber; /* enum subscriber_state; 0: gone */
    struct site_row site;
};
#define PERSON_SELECT                                                                                                  \
    "SELECT d.person_no, d.object, d.site_no, d.letter_no, d.attempts, d.first_at, d.address, COALESCE(s.state, 0),"   \
    " COALESCE(r.people, 0), COALESCE(r.next_at, 0), COALESCE(r.slower, 0), COALESCE(r.rest_until, 0),"                \
    " COALESCE(r.parked, 0)"                                                                                           \
    " FROM delivery d"                                                                                                 \
    " LEFT JOIN subscriber s ON s.campaign_id = d.campaign_id AND s.object = d.object"                                 \
    " LEFT JOIN run_site r ON r.campaign_id = d.campaign_id AND r.run_no = d.run_no AND r.site_no = d.site_no"
#define PERSON_COLS                                                                                                    \
    {                                                                                                                  \
        DB_I64(struct person_row, person_no), DB_BYTES(struct person_row, object), DB_I32(struct person_row, site_no), \
            DB_I32(struct person_row, letter_no), DB_I32(struct person_row, attempts),                                 \
            DB_I64(struct person_row, first_at), DB_BYTES(struct person_row, address),                                 \
            DB_I32(struct person_row, subscriber), DB_I64(struct person_row, site.people),                             \
            DB_I64(struct person_row, site.next_at), DB_I32(struct person_row, site.slower),                           \
            DB_I64(struct person_row, site.rest_until), DB_I64(struct person_row, site.parked)                         \
    }
static const struct db_stmt due_people = {
    .name = "claim.due",
    .sql = PERSON_SELECT " WHERE d.campaign_id = $1 AND d.run_no = $2 AND d.state IN (0, 3) AND d.next_at >= 0"
                         " AND d.next_at <= $3"
                         " ORDER BY d.next_at, d.person_no"
                         " LIMIT $4",
    .cols = PERSON_COLS,
};
static const struct db_stmt parked_people = {
    .name = "claim.parked",
    .sql = PERSON_SELECT " WHERE d.campaign_id = $1 AND d.run_no = $2 AND d.site_no = $3 AND d.state IN (0, 3)"
                         " AND d.next_at = -1"
                         " ORDER BY d.person_no"
                         " LIMIT $4",
    .cols = PERSON_COLS,
};
struct at_row {
    int64_t at;
};
static const struct db_stmt due_first = {
    .name = "claim.first",
    .sql = "SELECT next_at"
           " FROM delivery"
           " WHERE campaign_id = $1 AND run_no = $2 AND state IN (0, 3) AND next_at >= 0"
           " ORDER BY next_at, person_no"
           " LIMIT 1",
    .cols = {DB_I64(struct at_row, at)},
};

/* Each of these for all whose numbers lie between two, who are all of one mind. */
static const struct db_stmt set_claimed = {
    .name = "claim.set_claimed",
    .sql = "UPDATE delivery"
           " SET state = 1, attempts = attempts + 1, fence = $5, next_at = 0,"
           " first_at = CASE WHEN first_at = 0 THEN $6 ELSE first_at END"
           " WHERE campaign_id = $1 AND run_no = $2 AND person_no BETWEEN $3 AND $4 AND state IN (0, 3)",
};
static const struct db_stmt set_parked = {
    .name = "claim.set_parked",
    .sql = "UPDATE delivery"
           " SET next_at = -1"
           " WHERE campaign_id = $1 AND run_no = $2 AND person_no BETWEEN $3 AND $4 AND state IN (0, 3)",
};
/* A letter to nobody: whose it would have been is not kept either. */
static const struct db_stmt set_withdrawn = {
    .name = "claim.set_withdrawn",
    .sql = "UPDATE delivery"
           " SET state = 6, next_at = 0, address = substr(address, 1, 0), object = substr(object, 1, 0)"
           " WHERE campaign_id = $1 AND run_no = $2 AND person_no BETWEEN $3 AND $4 AND state IN (0, 3)",
};

const struct db_stmt *const mailing_claim_stmts[] = {
    &parked_sites, &site_pace, &due_people, &parked_people, &due_first, &set_claimed, &set_parked, &set_withdrawn,
};
const size_t mailing_claim_stmt_count = COUNT(mailing_claim_stmts);

/* ---- the sites that were met in this claim ---- */

struct site {
    bool is_there;
    int32_t site_no;
    bool is_changed;
    int64_t parked;
    struct pace pace;
};

struct claiming {
    struct db *db;
    struct mailing_claim *c;
    struct arena *a; /* dies with the transaction */
    struct site *slots;
    size_t mask;
    struct db_rows parked; /* the sites that somebody is parked for */
};

static struct site *site_of(struct claiming *k, int32_t site_no, const struct site_row *row)
{
    size_t at = ((uint32_t)site_no * 2654435761U) & k->mask;

    while (k->slots[at].is_there && k->slots[at].site_no != site_no)
        at = (at + 1) & k->mask;
    if (!k->slots[at].is_there) {
        k->slots[at] = (struct site){
            .is_there = true,
            .site_no = site_no,
            .parked = row->parked,
            .pace = {row->people, {row->next_at}, row->slower, {row->rest_until}},
        };
        k->slots[at].is_changed = pace_recover(&k->slots[at].pace, k->c->now);
    }
    return &k->slots[at];
}

/* Room for the sites of everybody who may be looked at. */
static void make_slots(struct claiming *k)
{
    size_t n = SLOTS_LEAST;

    while (n < 2 * (k->parked.count + (size_t)(ROUNDS_MOST + 1) * MAILING_CLAIM_MOST))
        n *= 2;
    k->slots = ARENA_ARRAY(k->a, struct site, n);
    k->mask = n - 1;
    for (size_t i = 0; i < k->parked.count; i++) {
        const struct site_row *row = (const struct site_row *)k->parked.items + i;

        (void)site_of(k, row->site_no, row);
    }
}

static enum rc write_sites(const struct claiming *k)
{
    enum { COLS = 7 };
    struct db_value *values;
    size_t n = 0;

    for (size_t i = 0; i <= k->mask; i++)
        n += k->slots[i].is_changed;
    values = ARENA_ARRAY(k->a, struct db_value, n * COLS + 1);
    n = 0;
    for (size_t i = 0; i <= k->mask; i++) {
        const struct site *s = &k->slots[i];
        const struct db_value row[COLS] = {
            db_i64(k->c->id.campaign_id),         db_i64(k->c->id.run_no), db_i64(s->site_no),
            db_i64(s->pace.next_at.us),           db_i64(s->pace.slower),  db_i64(s->pace.rest_until.us),
            db_i64(s->parked > 0 ? s->parked : 0)};

        if (s->is_changed)
            memcpy(values + COLS * n++, row, sizeof row);
    }
    return db_exec_many(k->db, &site_pace, values, n, NULL);
}

/* ---- people ---- */

/* One after the other, as runs of numbers. */
struct numbers {
    struct {
        int64_t from;
        int64_t to;
    } runs[MAILING_CLAIM_MOST];
    size_t count;
};

static void add_number(struct numbers *n, int64_t person_no)
{
    if (n->count && n->runs[n->count - 1].to == person_no - 1) {
        n->runs[n->count - 1].to++;
        return;
    }
    n->runs[n->count].from = n->runs[n->count].to = person_no;
    n->count++;
}

static enum rc set_all(const struct claiming *k, const struct db_stmt *stmt, const struct numbers *n, size_t cols)
{
    struct db_value values[MAILING_CLAIM_MOST * 6];

    for (size_t i = 0; i < n->count; i++) {
        const struct db_value row[6] = {db_i64(k->c->id.campaign_id), db_i64(k->c->id.run_no), db_i64(n->runs[i].from),
                                        db_i64(n->runs[i].to),        db_i64(k->c->fence),     db_i64(k->c->now.us)};

        memcpy(values + i * cols, row, cols * sizeof *row);
    }
    return db_exec_many(k->db, stmt, values, n->count, NULL);
}

static enum rc add_person(struct claiming *k, const struct person_row *row)
{
    struct mailing_claim *c = k->c;
    struct mailing_person *p = &c->people[c->count];

    if (row->object.n != sizeof p->object.bytes)
        return RC_IO; /* nobody is active without */
    *p = (struct mailing_person){
        .person_no = row->person_no,
        .site_no = row->site_no,
        .letter_no = row->letter_no,
        .attempt = row->attempts + 1,
        .first_at = {row->first_at ? row->first_at : c->now.us},
        .address = arena_dup(c->a, row->address),
    };
    memcpy(p->object.bytes, row->object.p, sizeof p->object.bytes);
    c->count++;
    return RC_OK;
}

/* Claims, parks or withdraws each of them, at most `most`. */
static enum rc decide(struct claiming *k, const struct db_rows *rows, bool is_parked)
{
    struct mailing_claim *c = k->c;
    struct numbers claimed = {.count = 0};
    struct numbers parked = {.count = 0};
    struct numbers withdrawn = {.count = 0};
    enum rc rc = RC_OK;

    for (size_t i = 0; i < rows->count && rc == RC_OK && c->count < c->most; i++) {
        const struct person_row *row = (const struct person_row *)rows->items + i;
        struct site *s = site_of(k, row->site_no, &row->site);

        if (row->subscriber != SUBSCRIBER_ACTIVE) {
            add_number(&withdrawn, row->person_no);
            c->withdrawn++;
        } else if (pace_room(&c->rule, &s->pace, c->now, 1) == 0) {
            if (!is_parked)
                add_number(&parked, row->person_no);
            s->parked += !is_parked;
            s->is_changed = true;
            continue;
        } else {
            int64_t before = s->pace.next_at.us;

            pace_take(&c->rule, &s->pace, c->now, 1);
            s->is_changed = s->is_changed || s->pace.next_at.us != before;
            add_number(&claimed, row->person_no);
            rc = add_person(k, row);
        }
        s->parked -= is_parked;
        s->is_changed = s->is_changed || is_parked;
    }
    if (rc == RC_OK)
        rc = set_all(k, &set_withdrawn, &withdrawn, 4);
    if (rc == RC_OK)
        rc = set_all(k, &set_parked, &parked, 4);
    return rc == RC_OK ? set_all(k, &set_claimed, &claimed, 6) : rc;
}

/* Of each site that has room again, as many as there is room for. */
static enum rc take_parked(struct claiming *k)
{
    struct mailing_claim *c = k->c;
    int32_t most = c->most < PARKED_SHARE ? c->most : PARKED_SHARE;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < k->parked.count && rc == RC_OK && c->count < most; i++) {
        const struct site_row *row = (const struct site_row *)k->parked.items + i;
        struct site *s = site_of(k, row->site_no, row);
        int32_t room = pace_room(&c->rule, &s->pace, c->now, most - c->count);
        struct db_rows rows = {0};

        if (room == 0)
            continue;
        rc = db_all(k->db, k->a, &parked_people,
                    DB_ARGS(db_i64(c->id.campaign_id), db_i64(c->id.run_no), db_i64(row->site_no), db_i64(room)),
                    &rows);
        if (rc == RC_OK)
            rc = decide(k, &rows, true);
        if (rc == RC_OK && rows.count < (size_t)room) { /* the count was about so */
            s->parked = 0;
            s->is_changed = true;
        }
    }
    return rc;
}

/* `is_through_out`: nobody is left whose time has come. */
static enum rc take_due(struct claiming *k, bool *is_through_out)
{
    struct mailing_claim *c = k->c;
    enum rc rc = RC_OK;

    *is_through_out = false;
    for (int round = 0; round < ROUNDS_MOST && rc == RC_OK && c->count < c->most && !*is_through_out; round++) {
        struct db_rows rows = {0};
        int32_t limit = round ? MAILING_CLAIM_MOST : c->most - c->count; /* mostly all of the first are claimed */

        rc = db_all(k->db, k->a, &due_people,
                    DB_ARGS(db_i64(c->id.campaign_id), db_i64(c->id.run_no), db_i64(c->now.us), db_i64(limit)), &rows);
        if (rc == RC_OK)
            rc = decide(k, &rows, false);
        *is_through_out = rows.count < (size_t)limit && c->count < c->most;
    }
    return rc;
}

/* When to look again. */
static enum rc find_next(struct claiming *k, bool is_through)
{
    struct mailing_claim *c = k->c;
    struct at_row first = {.at = INT64_MAX};
    enum rc rc;

    c->next_at = c->now;
    if (!is_through)
        return RC_OK;
    rc = db_one(k->db, NULL, &due_first, MAILING_ID_ARGS(&c->id), &first);
    for (size_t i = 0; i <= k->mask; i++) {
        const struct site *s = &k->slots[i];
        int64_t at = s->parked > 0 ? pace_room_at(&c->rule, &s->pace, c->now).us : INT64_MAX;

        if (at < first.at)
            first.at = at;
    }
    c->next_at.us = first.at;
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc claim(struct claiming *k)
{
    struct mailing_claim *c = k->c;
    bool is_through = false;
    enum rc rc = db_all(k->db, k->a, &parked_sites, MAILING_ID_ARGS(&c->id), &k->parked);

    if (rc != RC_OK)
        return rc;
    make_slots(k);
    rc = take_parked(k);
    if (rc == RC_OK)
        rc = take_due(k, &is_through);
    if (rc == RC_OK)
        rc = find_next(k, is_through);
    return rc == RC_OK ? write_sites(k) : rc;
}

enum rc mailing_claim_in(struct db *db, struct mailing_claim *c)
{
    struct claiming k = {.db = db, .c = c};
    enum rc rc;

    CHECK(c->most >= 0 && c->most <= MAILING_CLAIM_MOST);
    c->count = c->withdrawn = 0;
    c->next_at.us = INT64_MAX;
    rc = mailing_hold_in(db, c);
    if (rc != RC_OK || !c->is_held || c->state != RUN_ACTIVE || c->most == 0)
        return rc;
    k.a = arena_open(CLAIM_MEMORY);
    rc = claim(&k);
    arena_close(&k.a);
    return rc;
}
