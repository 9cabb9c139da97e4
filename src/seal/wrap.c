/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See wrap.h.
 */
#include "seal/wrap.h"

#include "seal/seal_impl.h"
#include "seal/secret.h"
#include "seal/wrap_impl.h"

#include <sodium.h>
#include <string.h>

enum {
    MAGIC_LEN = 4,
    AT_KIND = MAGIC_LEN,
    AT_CAMPAIGN = AT_KIND + 1,
    AT_KEY_ID = AT_CAMPAIGN + SEAL_ID_LEN,
    AT_PASSES = AT_KEY_ID + KEY_ID_LEN,
    AT_MEMORY = AT_PASSES + 4,
    AT_SALT = AT_MEMORY + 4,
    AT_NONCE = AT_SALT + crypto_pwhash_SALTBYTES,
    AT_BODY = AT_NONCE + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_LEN = crypto_aead_xchacha20poly1305_ietf_ABYTES,

    /* What we write, and the least that we open; above the most it would be an attack on the machine. */
    PASSES = 3,
    PASSES_MOST = 8,
    MEMORY_KIB = 64 * 1024,
    MEMORY_KIB_MOST = 512 * 1024,
};
_Static_assert(AT_BODY + KEY_LEN + TAG_LEN == WRAPPED_LEN, "as doc/formats/sealed.md has it");

static const char magic[MAGIC_LEN] = {'B', 'R', 'W', '1'};

static void head_put(unsigned char *at, enum key_kind kind, const struct seal_campaign *campaign)
{
    memcpy(at, magic, MAGIC_LEN);
    at[AT_KIND] = (unsigned char)kind;
    memcpy(at + AT_CAMPAIGN, campaign->bytes, SEAL_ID_LEN);
}

bool wrapped_is_sound(const struct wrapped *wrapped, enum key_kind kind, const struct seal_campaign *campaign)
{
    unsigned char head[AT_KEY_ID];
    uint64_t passes = seal_number_read(wrapped->bytes + AT_PASSES, 4);
    uint64_t memory = seal_number_read(wrapped->bytes + AT_MEMORY, 4);

    head_put(head, kind, campaign);
    return memcmp(wrapped->bytes, head, sizeof head) == 0 && passes >= PASSES && passes <= PASSES_MOST &&
           memory >= MEMORY_KIB && memory <= MEMORY_KIB_MOST;
}

/* Null: no memory for it. */
static struct wrapping_key *derive(const struct wrapped *wrapped, const struct passphrase *passphrase)
{
    struct wrapping_key *key = secret_alloc(sizeof *key);
    struct span words = passphrase_words(passphrase);

    if (crypto_pwhash(key->bytes, sizeof key->bytes, words.p, words.n, wrapped->bytes + AT_SALT,
                      seal_number_read(wrapped->bytes + AT_PASSES, 4),
                      (size_t)seal_number_read(wrapped->bytes + AT_MEMORY, 4) * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) == 0)
        return key;
    secret_free(key);
    return NULL;
}

static enum rc wrap(const struct key_pair *pair, enum key_kind kind, const struct seal_campaign *campaign,
                    const struct passphrase *passphrase, struct wrapped *wrapped_out)
{
    unsigned char *at = wrapped_out->bytes;
    struct key_id id = key_id_of(kind, pair->public);
    struct wrapping_key *key;

    head_put(at, kind, campaign);
    memcpy(at + AT_KEY_ID, id.bytes, sizeof id.bytes);
    seal_number_put(at + AT_PASSES, PASSES, 4);
    seal_number_put(at + AT_MEMORY, MEMORY_KIB, 4);
    randombytes_buf(at + AT_SALT, crypto_pwhash_SALTBYTES);
    randombytes_buf(at + AT_NONCE, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    key = derive(wrapped_out, passphrase);
    if (key == NULL)
        return RC_IO;
    CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(at + AT_BODY, NULL, pair->seed, KEY_LEN, at, AT_BODY, NULL,
                                                     at + AT_NONCE, key->bytes) == 0);
    secret_free(key);
    return RC_OK;
}

enum rc wrapped_open_with(const struct wrapped *wrapped, enum key_kind kind, const struct wrapping_key *key,
                          struct key_pair *pair_out)
{
    const unsigned char *at = wrapped->bytes;
    struct key_id id;

    if (crypto_aead_xchacha20poly1305_ietf_decrypt(pair_out->seed, NULL, NULL, at + AT_BODY, KEY_LEN + TAG_LEN, at,
                                                   AT_BODY, at + AT_NONCE, key->bytes) != 0)
        return RC_INVALID;
    key_pair_grow(pair_out);
    id = key_id_of(kind, pair_out->public);
    return memcmp(id.bytes, at + AT_KEY_ID, sizeof id.bytes) == 0 ? RC_OK : RC_INVALID;
}

static enum rc unwrap(const struct wrapped *wrapped, enum key_kind kind, const struct seal_campaign *campaign,
                      const struct passphrase *passphrase, struct key_pair *pair_out)
{
    struct wrapping_key *key;
    enum rc rc;

    if (!wrapped_is_sound(wrapped, kind, campaign))
        return RC_INVALID;
    key = derive(wrapped, passphrase);
    if (key == NULL)
        return RC_IO;
    rc = wrapped_open_with(wrapped, kind, key, pair_out);
    secret_free(key);
    return rc;
}

/* ---- one door a kind ---- */

enum rc wrap_mailing(const struct mailing_secret *secret, const struct seal_campaign *campaign,
                     const struct passphrase *passphrase, struct wrapped *wrapped_out)
{
    return wrap(&secret->pair, KEY_MAILING, campaign, passphrase, wrapped_out);
}

enum rc wrap_committee(const struct committee_secret *secret, const struct seal_campaign *campaign,
                       const struct passphrase *passphrase, struct wrapped *wrapped_out)
{
    return wrap(&secret->pair, KEY_COMMITTEE, campaign, passphrase, wrapped_out);
}

enum rc unwrap_mailing(const struct wrapped *wrapped, const struct seal_campaign *campaign,
                       const struct passphrase *passphrase, struct mailing_secret **secret_out)
{
    struct mailing_secret *secret = secret_alloc(sizeof *secret);
    enum rc rc = unwrap(wrapped, KEY_MAILING, campaign, passphrase, &secret->pair);

    if (rc == RC_OK)
        *secret_out = secret;
    else
        mailing_key_close(&secret);
    return rc;
}

enum rc unwrap_committee(const struct wrapped *wrapped, const struct seal_campaign *campaign,
                         const struct passphrase *passphrase, struct committee_secret **secret_out)
{
    struct committee_secret *secret = secret_alloc(sizeof *secret);
    enum rc rc = unwrap(wrapped, KEY_COMMITTEE, campaign, passphrase, &secret->pair);

    if (rc == RC_OK)
        *secret_out = secret;
    else
        committee_key_close(&secret);
    return rc;
}

bool wrapped_read(struct span bytes, enum key_kind kind, const struct seal_campaign *campaign,
                  const unsigned char public_half[KEY_LEN], struct wrapped *wrapped_out)
{
    struct key_id id = key_id_of(kind, public_half);

    if (bytes.n != WRAPPED_LEN)
        return false;
    memcpy(wrapped_out->bytes, bytes.p, WRAPPED_LEN);
    return wrapped_is_sound(wrapped_out, kind, campaign) &&
           memcmp(wrapped_out->bytes + AT_KEY_ID, id.bytes, sizeof id.bytes) == 0;
}
