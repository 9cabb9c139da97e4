/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The key of a run under the server's own key, where the administrator wants runs to go on alone (server.ini: handover =
 * server). doc/formats/sealed.md, "BRA1".
 *
 * Whoever has the store and the server's key then reads the addresses that still wait, until the run ends. So the bytes are
 * made only while the setting is on, and removed when the run ends or the setting is off.
 */
#ifndef SEAL_RUN_KEPT_H
#define SEAL_RUN_KEPT_H

#include "seal/run.h"
#include "seal/token.h"

/* From the server's key, for this alone: the process that keeps runs needs no more of it. */
struct run_keeper;
/* `key` was not narrowed. */
void run_keeper_make(const struct server_key *key, struct run_keeper **keeper_out);
void run_keeper_close(struct run_keeper **keeper); /* wipes; accepts null */

enum { RUN_KEPT_LEN = 4 + 24 + KEY_LEN + 16 };
struct run_kept {
    unsigned char bytes[RUN_KEPT_LEN];
};
/* Bound to the campaign and the run: `head` is that of the run's sealed key. */
void run_key_keep(const struct run_keeper *keeper, const struct run_key *key, const struct seal_head *head,
                  struct run_kept *kept_out);
/* RC_INVALID: another server's key, another run's, or damaged. */
MUST_USE enum rc run_key_kept_open(const struct run_keeper *keeper, const struct seal_head *head, struct span kept,
                                   struct run_key **key_out);

#endif
