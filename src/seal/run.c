/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See run.h. A person's number is the nonce of their address: two addresses under one number would give away what the two
 * have in common. So a key makes the addresses of one freeze, once, and a freeze that broke off takes its key with it.
 */
#include "seal/run.h"

#include "seal/keys_impl.h"
#include "seal/run_impl.h"
#include "seal/seal_impl.h"
#include "seal/secret.h"

#include <sodium.h>
#include <string.h>

enum {
    BLOCK = 64,
    TAG_LEN = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    NONCE_LEN = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    ID_BYTES = 16,
    ENCODING = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};
_Static_assert(RUN_SEALED_MOST == (RUN_ADDRESS_MOST / BLOCK + 1) * BLOCK + TAG_LEN, "the longest, with its padding");
_Static_assert(sodium_base64_ENCODED_LEN(ID_BYTES, ENCODING) == RUN_ID_LEN + 1, "with the library's NUL");

/* ---- the key of a run ---- */

void run_key_grow(struct run_key *key)
{
    CHECK(crypto_kdf_derive_from_key(key->addresses, KEY_LEN, 1, "br-a-run", key->seed) == 0);
    CHECK(crypto_kdf_derive_from_key(key->ids, KEY_LEN, 2, "br-a-run", key->seed) == 0);
}

void run_key_make(struct run_key **key_out)
{
    struct run_key *key = secret_alloc(sizeof *key);

    randombytes_buf(key->seed, sizeof key->seed);
    run_key_grow(key);
    *key_out = key;
}

void run_key_close(struct run_key **key)
{
    secret_free(*key);
    *key = NULL;
}

enum rc run_key_seal(struct arena *a, const struct run_key *key, const struct seal_head *head,
                     const struct mailing_public *reader, struct span *sealed_out)
{
    struct seal_reader readers[] = {mailing_reader(reader)};

    CHECK(head->kind == SEAL_RUN);
    return seal_put(a, head, readers, COUNT(readers), (struct span){(const char *)key->seed, KEY_LEN}, sealed_out);
}

enum rc run_key_open(const struct mailing_secret *secret, const struct seal_head *expected, struct span sealed,
                     struct seal_room *room, struct run_key **key_out)
{
    struct span payload;
    struct run_key *key;
    enum rc rc;

    CHECK(expected->kind == SEAL_RUN);
    rc = seal_open_mailing(secret, expected, sealed, room, &payload);
    if (rc != RC_OK)
        return rc;
    if (payload.n != KEY_LEN)
        return RC_INVALID;
    key = secret_alloc(sizeof *key);
    memcpy(key->seed, payload.p, KEY_LEN);
    run_key_grow(key);
    (void)seal_room_take(room, 0); /* wipes it there: nobody else reads the seed */
    *key_out = key;
    return RC_OK;
}

/* ---- addresses ---- */

static const char address_label[] = "breakroom address 1"; /* bound, with its NUL */

static void nonce_of(int64_t person_no, unsigned char nonce_out[NONCE_LEN])
{
    memset(nonce_out, 0, NONCE_LEN);
    seal_number_put(nonce_out, (uint64_t)person_no, 8);
}

size_t run_address_put(const struct run_key *key, int64_t person_no, struct span address,
                       unsigned char sealed_out[RUN_SEALED_MOST])
{
    unsigned char nonce[NONCE_LEN];
    size_t padded;

    CHECK(address.n <= RUN_ADDRESS_MOST);
    if (address.n)
        memcpy(sealed_out, address.p, address.n);
    CHECK(sodium_pad(&padded, sealed_out, address.n, BLOCK, RUN_SEALED_MOST - TAG_LEN) == 0);
    nonce_of(person_no, nonce);
    CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(sealed_out, NULL, sealed_out, padded,
                                                     (const unsigned char *)address_label, sizeof address_label, NULL,
                                                     nonce, key->addresses) == 0);
    return padded + TAG_LEN;
}

enum rc run_address_open(const struct run_key *key, int64_t person_no, struct span sealed,
                         char address_out[RUN_SEALED_MOST], size_t *len_out)
{
    unsigned char nonce[NONCE_LEN];
    unsigned char *plain = (unsigned char *)address_out;
    size_t padded = sealed.n - TAG_LEN;

    if (sealed.n < BLOCK + TAG_LEN || sealed.n > RUN_SEALED_MOST || padded % BLOCK != 0)
        return RC_INVALID;
    nonce_of(person_no, nonce);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, (const unsigned char *)sealed.p, sealed.n,
                                                   (const unsigned char *)address_label, sizeof address_label, nonce,
                                                   key->addresses) == 0 &&
        sodium_unpad(len_out, plain, padded, BLOCK) == 0 && *len_out <= RUN_ADDRESS_MOST)
        return RC_OK;
    secret_wipe(address_out, RUN_SEALED_MOST);
    return RC_INVALID;
}

struct run_id run_id_make(const struct run_key *key, int64_t person_no)
{
    static const char label[] = "breakroom message id 1"; /* the NUL too */
    unsigned char said[sizeof label + 8];
    unsigned char hash[ID_BYTES];
    char text[RUN_ID_LEN + 1];
    struct run_id id;

    memcpy(said, label, sizeof label);
    seal_number_put(said + sizeof label, (uint64_t)person_no, 8);
    CHECK(crypto_generichash(hash, sizeof hash, said, sizeof said, key->ids, KEY_LEN) == 0);
    (void)sodium_bin2base64(text, sizeof text, hash, sizeof hash, ENCODING);
    memcpy(id.text, text, RUN_ID_LEN);
    return id;
}

/* ---- handing the mailing secret over ---- */

enum { MAGIC_LEN = 4 };
static const char magic[MAGIC_LEN] = {'B', 'R', 'H', '1'};

/* What is in the box. A box has no associated data, so the campaign is inside. */
struct handed {
    unsigned char campaign[SEAL_ID_LEN];
    unsigned char seed[KEY_LEN];
};
_Static_assert(HANDOVER_LEN == MAGIC_LEN + sizeof(struct handed) + crypto_box_SEALBYTES, "nothing between");

void mailer_key_make(struct mailer_secret **secret_out, struct mailer_public *public_out)
{
    struct mailer_secret *secret = secret_alloc(sizeof *secret);

    CHECK(crypto_box_keypair(secret->public, secret->secret) == 0);
    memcpy(public_out->bytes, secret->public, KEY_LEN);
    *secret_out = secret;
}

void mailer_key_close(struct mailer_secret **secret)
{
    secret_free(*secret);
    *secret = NULL;
}

bool mailer_public_read(struct span bytes, struct mailer_public *key_out)
{
    static const unsigned char nothing[1];
    unsigned char box[crypto_box_SEALBYTES + sizeof nothing];

    CHECK(sodium_init() >= 0);
    if (bytes.n != KEY_LEN)
        return false;
    memcpy(key_out->bytes, bytes.p, KEY_LEN);
    return crypto_box_seal(box, nothing, sizeof nothing, key_out->bytes) == 0; /* a point of small order is no key */
}

void handover_put(const struct mailing_secret *secret, const struct seal_campaign *campaign,
                  const struct mailer_public *mailer, struct handover *handover_out)
{
    struct handed *handed = secret_alloc(sizeof *handed);

    memcpy(handed->campaign, campaign->bytes, SEAL_ID_LEN);
    memcpy(handed->seed, secret->pair.seed, KEY_LEN);
    memcpy(handover_out->bytes, magic, MAGIC_LEN);
    CHECK(crypto_box_seal(handover_out->bytes + MAGIC_LEN, (const unsigned char *)handed, sizeof *handed,
                          mailer->bytes) == 0);
    secret_free(handed);
}

enum rc handover_open(const struct mailer_secret *mailer, const struct seal_campaign *campaign, struct span bytes,
                      struct mailing_secret **secret_out)
{
    const unsigned char *at = (const unsigned char *)bytes.p;
    struct handed *handed;
    struct mailing_secret *secret;
    enum rc rc = RC_INVALID;

    if (bytes.n != HANDOVER_LEN || memcmp(at, magic, MAGIC_LEN) != 0)
        return RC_INVALID;
    handed = secret_alloc(sizeof *handed);
    if (crypto_box_seal_open((unsigned char *)handed, at + MAGIC_LEN, HANDOVER_LEN - MAGIC_LEN, mailer->public,
                             mailer->secret) == 0 &&
        secret_eq(handed->campaign, campaign->bytes, SEAL_ID_LEN)) {
        secret = secret_alloc(sizeof *secret);
        memcpy(secret->pair.seed, handed->seed, KEY_LEN);
        key_pair_grow(&secret->pair);
        *secret_out = secret;
        rc = RC_OK;
    }
    secret_free(handed);
    return rc;
}
