/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Who asked for letters, in the store: a sealed record each, and the few clear columns that are needed without a key.
 *
 * There is no way to find a person by address, on purpose: who has the store and a list of staff would only have to try
 * (design §8). Two records of one person fall together when the list is unlocked.
 */
#ifndef STORE_SUBSCRIBERS_H
#define STORE_SUBSCRIBERS_H

#include "db/db.h"
#include "model/subscriber.h"
#include "seal/seal.h"

struct subscriber_row {
    struct seal_object object;
    int64_t wish; /* given by the store: of two records of one person the higher holds. Below zero: imported, and asked
                     for nothing since */
    enum subscriber_state state;
    int32_t state_day;
    enum lang lang;
    enum subscriber_often often;
    struct span audience;
    int32_t day;       /* of the sealed header */
    int64_t import_no; /* 0: by themselves */
    struct span sealed;
};

/* Stores one, active. RC_CONFLICT: its object is there already, which a confirmation clicked twice gives: nothing changed.
 * Else as db_write(). */
MUST_USE enum rc subscribers_add(struct db *db, int64_t campaign_id, const struct subscriber_row *row);
/* The same inside a transaction that runs: for many at once. */
MUST_USE enum rc subscribers_add_in(struct db *db, int64_t campaign_id, const struct subscriber_row *row);

/* Without `sealed`. RC_NOT_FOUND: deleted, or never there. */
MUST_USE enum rc subscribers_find(struct db *db, struct arena *a, int64_t campaign_id, const struct seal_object *object,
                                  struct subscriber_row *row_out);
/* From active to left and back, on `day`. To the state it has: RC_OK, and the day stays; the wish is the newest again, for
 * another record of the same person may have come since. Bounced stays bounced: RC_DENIED. RC_NOT_FOUND. */
MUST_USE enum rc subscribers_set_state(struct db *db, int64_t campaign_id, const struct seal_object *object,
                                       enum subscriber_state state, int32_t day);
/* What stands beside the record in clear, in any state. RC_NOT_FOUND. */
MUST_USE enum rc subscribers_set_wishes(struct db *db, int64_t campaign_id, const struct seal_object *object,
                                        enum lang lang, struct span audience, enum subscriber_often often);
/* The record; and whose its letters were is not to be known any more: what went out stays counted, what waits is withdrawn,
 * and mailing_forgetting_step() takes the rest of it out of the deliveries. RC_OK also when it is not there. */
MUST_USE enum rc subscribers_delete(struct db *db, int64_t campaign_id, const struct seal_object *object);

/* For an unlock: up to `most` records of every state behind wish `after` (0: from the start), in the order of wishes. */
MUST_USE enum rc subscribers_after(struct db *db, struct arena *a, int64_t campaign_id, int64_t after, size_t most,
                                   struct subscriber_row **rows_out, size_t *count_out);

struct subscriber_count {
    struct span audience;
    enum lang lang;
    int64_t active;
    int64_t left;
    int64_t bounced;
};
struct subscriber_counts {
    LIST(struct subscriber_count) list;
};
MUST_USE enum rc subscribers_count(struct db *db, struct arena *a, int64_t campaign_id,
                                   struct subscriber_counts *counts_out);

/* ---- imports ---- */

struct subscriber_import {
    int64_t import_no;
    struct instant made_at;
    struct instant undone_at; /* 0: it holds */
    int64_t people;
    struct span source;
};
struct subscriber_imports {
    LIST(struct subscriber_import) list; /* the newest first */
};
/* All rows or none. Their wishes are older than all that are there: whoever left, or whose address is dead, stays so although
 * a list still has them, and comes back only by themselves. */
MUST_USE enum rc subscribers_import(struct db *db, int64_t campaign_id, struct span source, struct instant now,
                                    const struct subscriber_row *rows, size_t count, int64_t *import_no_out);
/* Deletes its people, less those who since left or bounced: they stay as such. Letters that wait for them are withdrawn, as
 * those of subscribers_delete() are.
 * RC_NOT_FOUND; RC_CONFLICT: undone before. */
MUST_USE enum rc subscribers_import_undo(struct db *db, int64_t campaign_id, int64_t import_no, struct instant now,
                                         int64_t *people_out);
MUST_USE enum rc subscribers_imports(struct db *db, struct arena *a, int64_t campaign_id,
                                     struct subscriber_imports *imports_out);

#endif
