/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the files of mailing.h share.
 */
#ifndef STORE_MAILING_IMPL_H
#define STORE_MAILING_IMPL_H

#include "store/mailing.h"

#define MAILING_ID_ARGS(id)           DB_ARGS(db_i64((id)->campaign_id), db_i64((id)->run_no))
#define MAILING_FENCE_ARGS(id, fence) DB_ARGS(db_i64((id)->campaign_id), db_i64((id)->run_no), db_i64(fence))

/* For an insert into run_kept: whoever may write to the run was looked at. */
MUST_USE enum rc mailing_keep_in(struct db *db, const struct mailing_id *id, struct span key_kept);
MUST_USE enum rc mailing_unkeep_in(struct db *db, const struct mailing_id *id);

struct db_value mailing_object_value(const struct seal_object *object);

/* The lease's part of mailing_claim_in(): fills in is_held, lease_left_us and state, and renews. */
MUST_USE enum rc mailing_hold_in(struct db *db, struct mailing_claim *claim);

#endif
