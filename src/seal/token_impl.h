/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a server key is inside: for token.c, and for tests that need one that is always the same.
 */
#ifndef SEAL_TOKEN_IMPL_H
#define SEAL_TOKEN_IMPL_H

#include "seal/token.h"

struct server_key {
    unsigned char bytes[KEY_LEN];
};

#endif
