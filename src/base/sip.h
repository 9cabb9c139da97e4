/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SipHash-2-4: a short keyed hash, for tables in memory that strangers fill. Whoever lacks the key can neither aim at a
 * place of the table nor try names against it; the key comes from the kernel at each start and is stored nowhere.
 */
#ifndef BASE_SIP_H
#define BASE_SIP_H

#include "base/span.h"

struct sip_key {
    uint64_t half[2];
};

uint64_t sip_hash(const struct sip_key *key, struct span bytes);

#endif
