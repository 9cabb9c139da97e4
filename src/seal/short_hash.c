/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See short_hash.h.
 */
#include "seal/short_hash.h"

#include "seal/secret.h"

#include <sodium.h>
#include <string.h>

struct short_hash_key {
    unsigned char bytes[crypto_shorthash_KEYBYTES];
};

void short_hash_key_make(struct short_hash_key **key_out)
{
    *key_out = secret_alloc(sizeof **key_out);
    crypto_shorthash_keygen((*key_out)->bytes);
}

void short_hash_key_close(struct short_hash_key **key)
{
    secret_free(*key);
    *key = NULL;
}

uint64_t short_hash(const struct short_hash_key *key, struct span bytes)
{
    unsigned char hash[crypto_shorthash_BYTES];
    uint64_t value;

    CHECK(crypto_shorthash(hash, (const unsigned char *)(bytes.n ? bytes.p : ""), bytes.n, key->bytes) == 0);
    memcpy(&value, hash, sizeof value);
    return value;
}
