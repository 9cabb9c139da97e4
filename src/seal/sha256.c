/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See sha256.h.
 */
#include "seal/sha256.h"

#include <sodium.h>

struct span sha256_of(struct arena *a, struct span bytes)
{
    unsigned char *hash = arena_alloc(a, SHA256_LEN);

    CHECK(crypto_hash_sha256(hash, (const unsigned char *)(bytes.n ? bytes.p : ""), bytes.n) == 0);
    return (struct span){(const char *)hash, SHA256_LEN};
}

void sha256_put(struct buf *b, struct span hash)
{
    for (size_t i = 0; i < hash.n; i++)
        buf_printf(b, "%02x", (unsigned char)hash.p[i]);
}

bool sha256_parse(struct arena *a, struct span digits, struct span *hash_out)
{
    char *hash;

    if (digits.n != (size_t)2 * SHA256_LEN)
        return false;
    hash = arena_alloc(a, SHA256_LEN);
    for (size_t i = 0; i < digits.n; i++) {
        char c = digits.p[i];
        int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

        if (value < 0)
            return false;
        hash[i / 2] = (char)((unsigned char)hash[i / 2] << 4 | value);
    }
    *hash_out = (struct span){hash, SHA256_LEN};
    return true;
}
