/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a server key is inside: for what is made with one, and for tests that need one that is always the same.
 */
#ifndef SEAL_TOKEN_IMPL_H
#define SEAL_TOKEN_IMPL_H

#include "seal/token.h"

struct server_key {
    unsigned char root[KEY_LEN]; /* what stands in the file; the others come from it. Zero once it is narrowed */
    unsigned char confirm[KEY_LEN];
    unsigned char links[KEY_LEN];
    bool is_narrow;
};

void server_key_grow(struct server_key *key); /* the others, from the root */

#endif
