/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The server's side of `breakroom keys`: it stores and lists what the command made, and could not open any of it.
 */
#ifndef MAIN_CORE_KEYS_H
#define MAIN_CORE_KEYS_H

#include "db/db.h"
#include "main/control.h"

/* For struct control_verb, a whole call. `store` null: this server has none, and says so. `url` is the store's, empty for
 * SQLite. */
void core_keys(struct db_store *store, struct span url, struct instant now, struct control_call *call);

/* What a server says to a call that it cannot read, and to one for another store. */
#define CORE_NOT_UNDERSTOOD                                                                                            \
    "it does not understand what came: start the server anew, so that it and this command are the same version"
#define CORE_NOT_MEANT "it serves another store than --db says: leave --db out, or name another data folder"

#endif
