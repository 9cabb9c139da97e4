/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The server's side of load and dump: what a command asks for at the control socket is done here, in the store.
 *
 * One step at a time: a folder can be a gigabyte, and the server's memory holds two of them at most, what it serves and
 * what comes. Who comes second is told before it has sent anything. Between two steps nothing is held.
 */
#ifndef MAIN_CORE_EXCHANGE_H
#define MAIN_CORE_EXCHANGE_H

#include "db/db.h"
#include "main/control.h"

struct core_exchange;

/* Uses `store`, whose URL is `url`, empty for SQLite; both must outlive it. */
struct core_exchange *core_exchange_open(struct db_store *store, struct span url, struct instant (*clock)(void));
void core_exchange_close(struct core_exchange **exchange); /* after the last call; accepts null */

/* For struct control_verb, each a whole call. A null exchange: this server has no store, and says so. */
void core_exchange_look(struct core_exchange *exchange, struct control_call *call);
void core_exchange_write(struct core_exchange *exchange, struct control_call *call);
void core_exchange_dump(struct core_exchange *exchange, struct control_call *call);
void core_exchange_published(struct core_exchange *exchange, struct control_call *call);

/* For `status`: a line or two. */
void core_exchange_status_put(struct core_exchange *exchange, struct buf *out);

#endif
