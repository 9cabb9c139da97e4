/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See sip.h; the paper is Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), whose vectors are in the tests.
 */
#include "base/sip.h"

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static void take_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

uint64_t sip_hash(const struct sip_key *key, struct span bytes)
{
    uint64_t v[4] = {key->half[0] ^ 0x736f6d6570736575U, key->half[1] ^ 0x646f72616e646f6dU,
                     key->half[0] ^ 0x6c7967656e657261U, key->half[1] ^ 0x7465646279746573U};
    uint64_t word = 0;

    for (size_t i = 0; i < bytes.n; i++) {
        word |= (uint64_t)(unsigned char)bytes.p[i] << i % 8 * 8;
        if (i % 8 < 7)
            continue;
        take_word(v, word);
        word = 0;
    }
    take_word(v, word | (uint64_t)bytes.n << 56);
    v[2] ^= 0xFF;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
