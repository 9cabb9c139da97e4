/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The statements of each table family, for store.c to gather.
 */
#ifndef STORE_STORE_IMPL_H
#define STORE_STORE_IMPL_H

#include "db/db.h"

extern const struct db_stmt *const content_stmts[];
extern const size_t content_stmt_count;
extern const struct db_stmt *const keys_stmts[];
extern const size_t keys_stmt_count;
extern const struct db_stmt *const mailing_stmts[];
extern const size_t mailing_stmt_count;
extern const struct db_stmt *const mailing_claim_stmts[];
extern const size_t mailing_claim_stmt_count;
extern const struct db_stmt *const mailing_count_stmts[];
extern const size_t mailing_count_stmt_count;
extern const struct db_stmt *const mailing_freeze_stmts[];
extern const size_t mailing_freeze_stmt_count;
extern const struct db_stmt *const mailing_settle_stmts[];
extern const size_t mailing_settle_stmt_count;
extern const struct db_stmt *const published_stmts[];
extern const size_t published_stmt_count;
extern const struct db_stmt *const search_stmts[];
extern const size_t search_stmt_count;
extern const struct db_stmt *const subscribers_stmts[];
extern const size_t subscribers_stmt_count;

#endif
