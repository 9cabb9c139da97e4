/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What sealing and tokens share: where plaintext comes out, and numbers as bytes.
 */
#ifndef SEAL_SEAL_IMPL_H
#define SEAL_SEAL_IMPL_H

#include "seal/seal.h"

/* The key of one object. */
struct data_key {
    unsigned char bytes[KEY_LEN];
};

struct seal_room {
    struct data_key key;                           /* of what is being opened: room made once for a million of them */
    unsigned char bytes[SEAL_PAYLOAD_MOST + 4096]; /* with its padding */
    size_t used;
};

/* Makes room for the next. Null: it is larger than anything that we write. */
unsigned char *seal_room_take(struct seal_room *room, size_t n);

/* Least significant byte first. */
void seal_number_put(unsigned char *at, uint64_t value, size_t n);
uint64_t seal_number_read(const unsigned char *at, size_t n);

/* With the padding: always at least one byte more. */
size_t seal_padded(size_t payload_len, size_t block);

#endif
