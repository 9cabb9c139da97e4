/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A short hash under a secret key (SipHash-2-4): to find equal things in a table of one process, while the key lives.
 * Without the key a hash says nothing of what was hashed; it is never written down.
 */
#ifndef SEAL_SHORT_HASH_H
#define SEAL_SHORT_HASH_H

#include "base/rc.h"
#include "base/span.h"

struct short_hash_key;
void short_hash_key_make(struct short_hash_key **key_out);
void short_hash_key_close(struct short_hash_key **key); /* wipes; accepts null */

/* Two things of a million share theirs with a chance of one in thirty million. */
uint64_t short_hash(const struct short_hash_key *key, struct span bytes);

#endif
