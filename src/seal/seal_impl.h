/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What sealing, tokens and links share: where plaintext comes out, numbers as bytes, and bytes as letters.
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

/* Bytes of letters A–Z a–z 0–9 - _ without "=", each in the one way to write them. False for anything else, or more than
 * `room`. Goes around libsodium 1.0.18, which takes a byte above 127 for "_" where char is signed. */
bool seal_letters_read(struct span letters, unsigned char *bytes_out, size_t room, size_t *n_out);

/* With the padding: always at least one byte more. */
size_t seal_padded(size_t payload_len, size_t block);

#endif
