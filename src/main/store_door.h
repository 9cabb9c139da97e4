/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The store as a command opens it: the lock of the data folder, the store, one reader.
 *
 * The lock makes the command the one writer of the folder. A command that a running server should serve asks its control
 * socket first and comes here only when nobody answers.
 */
#ifndef MAIN_STORE_DOOR_H
#define MAIN_STORE_DOOR_H

#include "store/content.h"

struct store_door {
    struct arena *arena;
    struct db_lock *lock;
    struct db_store *store;
    struct db *db;
};

/* False, with a sentence on stderr, when there is none to be had. `url` null: SQLite in the folder. A failed sync ends
 * the process with status 2. Close it in either case. */
bool store_door_open(const char *data, const char *url, struct instant now, struct store_door *door_out);
void store_door_close(struct store_door *door); /* accepts one that is all zero */

/* The campaign of that host; of an empty one, the only campaign there is. RC_NOT_FOUND: there is none, or more than one;
 * else as content_campaigns(). Where it is not RC_OK, a sentence without a full stop, and a line for each host that there
 * is; `hosts_out` may be null. All in `a`. */
MUST_USE enum rc store_door_campaign(struct db *db, struct arena *a, struct span host,
                                     struct content_campaign *campaign_out, struct span *sentence_out,
                                     struct span *hosts_out);

/* A sentence on stderr for what control_ask() gave, when that is neither RC_OK nor RC_NOT_FOUND. `end` stands behind it:
 * "; nothing was loaded". */
void store_door_no_answer(const char *data, enum rc rc, struct span said, const char *end);

/* A sentence without a full stop for what the store answered, when that is neither RC_OK nor about the content. */
struct span store_door_fault(enum rc rc);

#endif
