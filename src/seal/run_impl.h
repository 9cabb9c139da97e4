/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the key of a run is inside: for run.c, and for tests that need one that is always the same.
 */
#ifndef SEAL_RUN_IMPL_H
#define SEAL_RUN_IMPL_H

#include "seal/run.h"

struct run_key {
    unsigned char seed[KEY_LEN]; /* the other two come from it: this is what is sealed */
    unsigned char addresses[KEY_LEN];
    unsigned char ids[KEY_LEN];
};
struct mailer_secret {
    unsigned char secret[KEY_LEN];
    unsigned char public[KEY_LEN];
};

void run_key_grow(struct run_key *key); /* the others, from the seed */

#endif
