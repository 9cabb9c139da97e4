/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The server's side of `breakroom import`: it stores the records that the command sealed, and could not open any of them.
 *
 * One at a time: a call may bring a quarter of a gigabyte. Who comes second is told before it has sent anything.
 */
#ifndef MAIN_CORE_IMPORT_H
#define MAIN_CORE_IMPORT_H

#include "db/db.h"
#include "main/control.h"

/* For struct control_verb, a whole call. `store` null: this server has none, and says so. `url` is the store's, empty for
 * SQLite. */
void core_import(struct db_store *store, struct span url, struct instant now, struct control_call *call);

#endif
