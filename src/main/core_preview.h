/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The server's side of `breakroom mail preview … --to ADDRESS`: makes the letter of what the store has and hands it to the
 * mailer as a notice, before all else and in memory only. Nothing is stored; the address is wiped with the call.
 */
#ifndef MAIN_CORE_PREVIEW_H
#define MAIN_CORE_PREVIEW_H

#include "db/db.h"
#include "main/control.h"

/* For struct control_verb, a whole call. `store` null: this server has none, and says so. `url` is the store's, empty for
 * SQLite. */
void core_preview(struct db_store *store, struct span url, struct instant now, struct control_call *call);

#endif
