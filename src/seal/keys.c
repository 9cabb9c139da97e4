/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See keys.h.
 */
#include "seal/keys.h"

#include "seal/keys_impl.h"
#include "seal/secret.h"

#include <sodium.h>
#include <string.h>

static const char *const names[] = {[KEY_MAILING] = "mailing", [KEY_COMMITTEE] = "committee"};

struct seal_campaign seal_campaign_make(void)
{
    struct seal_campaign campaign;

    CHECK(sodium_init() >= 0);
    randombytes_buf(campaign.bytes, sizeof campaign.bytes);
    return campaign;
}

static bool read_exactly(struct span bytes, unsigned char *bytes_out, size_t n)
{
    if (bytes.n != n)
        return false;
    memcpy(bytes_out, bytes.p, n);
    return true;
}

bool seal_campaign_read(struct span bytes, struct seal_campaign *campaign_out)
{
    return read_exactly(bytes, campaign_out->bytes, SEAL_ID_LEN);
}

struct span seal_campaign_span(const struct seal_campaign *campaign)
{
    return (struct span){(const char *)campaign->bytes, SEAL_ID_LEN};
}

struct span key_kind_name(enum key_kind kind)
{
    return span_of(names[kind]);
}

bool key_kind_read(struct span name, enum key_kind *kind_out)
{
    for (int kind = KEY_MAILING; kind <= KEY_KIND_COUNT; kind++)
        if (span_eq(name, span_of(names[kind]))) {
            *kind_out = (enum key_kind)kind;
            return true;
        }
    return false;
}

/* ---- pairs ---- */

void key_pair_grow(struct key_pair *pair)
{
    CHECK(crypto_box_seed_keypair(pair->public, pair->secret, pair->seed) == 0);
}

static struct key_pair *make_pair(size_t size, unsigned char public_out[KEY_LEN])
{
    struct key_pair *pair = secret_alloc(size);

    randombytes_buf(pair->seed, sizeof pair->seed);
    key_pair_grow(pair);
    memcpy(public_out, pair->public, KEY_LEN);
    return pair;
}

void mailing_key_make(struct mailing_secret **secret_out, struct mailing_public *public_out)
{
    *secret_out = (struct mailing_secret *)make_pair(sizeof **secret_out, public_out->bytes);
}

void committee_key_make(struct committee_secret **secret_out, struct committee_public *public_out)
{
    *secret_out = (struct committee_secret *)make_pair(sizeof **secret_out, public_out->bytes);
}

struct mailing_public mailing_public_of(const struct mailing_secret *secret)
{
    struct mailing_public key;

    memcpy(key.bytes, secret->pair.public, KEY_LEN);
    return key;
}

void mailing_key_close(struct mailing_secret **secret)
{
    secret_free(*secret);
    *secret = NULL;
}

void committee_key_close(struct committee_secret **secret)
{
    secret_free(*secret);
    *secret = NULL;
}

bool mailing_key_eq(const struct mailing_secret *a, const struct mailing_secret *b)
{
    return secret_eq(&a->pair, &b->pair, sizeof a->pair);
}

bool committee_key_eq(const struct committee_secret *a, const struct committee_secret *b)
{
    return secret_eq(&a->pair, &b->pair, sizeof a->pair);
}

/* ---- public halves ---- */

struct key_id key_id_of(enum key_kind kind, const unsigned char public_half[KEY_LEN])
{
    static const char label[] = "breakroom key id 1";
    unsigned char said[sizeof label + 1 + KEY_LEN]; /* the NUL behind the label too */
    unsigned char hash[32];
    struct key_id id;

    memcpy(said, label, sizeof label);
    said[sizeof label] = (unsigned char)kind;
    memcpy(said + sizeof label + 1, public_half, KEY_LEN);
    CHECK(crypto_generichash(hash, sizeof hash, said, sizeof said, NULL, 0) == 0);
    memcpy(id.bytes, hash, sizeof id.bytes);
    return id;
}

struct key_id mailing_key_id(const struct mailing_public *key)
{
    return key_id_of(KEY_MAILING, key->bytes);
}

struct key_id committee_key_id(const struct committee_public *key)
{
    return key_id_of(KEY_COMMITTEE, key->bytes);
}

bool mailing_public_read(struct span bytes, struct mailing_public *key_out)
{
    return read_exactly(bytes, key_out->bytes, KEY_LEN);
}

bool committee_public_read(struct span bytes, struct committee_public *key_out)
{
    return read_exactly(bytes, key_out->bytes, KEY_LEN);
}

void key_hex_put(struct buf *b, struct span bytes)
{
    for (size_t i = 0; i < bytes.n; i++)
        buf_printf(b, "%02x", (unsigned char)bytes.p[i]);
}

bool key_hex_read(struct span digits, unsigned char *bytes_out, size_t n)
{
    if (digits.n != 2 * n)
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        char c = digits.p[i];
        int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

        if (value < 0)
            return false;
        bytes_out[i / 2] = (unsigned char)(bytes_out[i / 2] << 4 | value);
    }
    return true;
}
