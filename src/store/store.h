/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What db_open() has to know about our store: its schema and every statement. A new table family is added here.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "db/db.h"

/* The files of schema/, which the program carries, in their order. Lives in `a`. */
const struct db_migration *store_migrations(struct arena *a, size_t *count_out);
/* Every statement that src/store runs. Lives in `a`. */
const struct db_stmt *const *store_stmts(struct arena *a, size_t *count_out);

#endif
