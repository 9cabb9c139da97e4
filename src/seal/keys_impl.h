/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a secret half is inside: for src/seal, and for tests that need keys that are always the same.
 */
#ifndef SEAL_KEYS_IMPL_H
#define SEAL_KEYS_IMPL_H

#include "seal/keys.h"

struct key_pair {
    unsigned char seed[KEY_LEN]; /* both halves come from it: this is what is wrapped */
    unsigned char secret[KEY_LEN];
    unsigned char public[KEY_LEN];
};
struct mailing_secret {
    struct key_pair pair;
};
struct committee_secret {
    struct key_pair pair;
};

void key_pair_grow(struct key_pair *pair); /* the halves, from the seed */

#endif
