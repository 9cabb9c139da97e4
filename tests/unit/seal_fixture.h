/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Keys that are always the same, objects sealed to them once and for all, and a look into the memory of this process.
 */
#ifndef TESTS_SEAL_FIXTURE_H
#define TESTS_SEAL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "seal/keys_impl.h"
#include "seal/secret.h"

enum { FIXTURE_MEMORY = 64 * 1024 * 1024 };

/* The pair whose seed is 32 times that byte. */
static inline struct mailing_secret *fixed_mailing(unsigned char byte, struct mailing_public *public_out)
{
    struct mailing_secret *secret = secret_alloc(sizeof *secret);

    memset(secret->pair.seed, byte, sizeof secret->pair.seed);
    key_pair_grow(&secret->pair);
    memcpy(public_out->bytes, secret->pair.public, KEY_LEN);
    return secret;
}

static inline struct committee_secret *fixed_committee(unsigned char byte, struct committee_public *public_out)
{
    struct committee_secret *secret = secret_alloc(sizeof *secret);

    memset(secret->pair.seed, byte, sizeof secret->pair.seed);
    key_pair_grow(&secret->pair);
    memcpy(public_out->bytes, secret->pair.public, KEY_LEN);
    return secret;
}

static inline struct seal_campaign fixed_campaign(unsigned char byte)
{
    struct seal_campaign campaign;

    memset(campaign.bytes, byte, sizeof campaign.bytes);
    return campaign;
}

static inline struct span hex_bytes(struct arena *a, const char *digits)
{
    size_t n = strlen(digits) / 2;
    unsigned char *bytes = arena_alloc(a, n + 1);

    assert_true(key_hex_read(span_of(digits), bytes, n));
    return (struct span){(const char *)bytes, n};
}

static inline const char *hex_of(struct arena *a, struct span bytes)
{
    struct buf *b = buf_new(a, 1 << 20);

    key_hex_put(b, bytes);
    return arena_cstr(a, buf_span(b));
}

#endif
