/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The server's own key, with which it writes the links that it can read again: D/server.key, made at the first start, or
 * the file that server.ini names.
 *
 * It is made under the lock of the data folder, and appears whole or not at all. What is there is never replaced: every
 * link in every letter that went out would be dead.
 */
#ifndef MAIN_SERVER_KEY_H
#define MAIN_SERVER_KEY_H

#include "base/arena.h"
#include "seal/token.h"

/* `file` is what server.ini says, and has to be there; empty: the one in `data`, whose lock the caller holds. Anything but
 * RC_OK: a sentence without a full stop. `made_out` may be null. Before the sandbox. */
MUST_USE enum rc server_key_take(struct arena *a, const char *data, struct span file, struct server_key **key_out,
                                 bool *made_out, struct span *fault_out);

#endif
