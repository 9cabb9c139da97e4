/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See run_kept.h. The nonce is random: a run may be kept more than once, by each copy whose unlock opened it.
 */
#include "seal/run_kept.h"

#include "seal/run_impl.h"
#include "seal/secret.h"
#include "seal/token_impl.h"

#include <sodium.h>
#include <string.h>

enum {
    MAGIC_LEN = 4,
    NONCE_LEN = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_LEN = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    AT_BODY = MAGIC_LEN + NONCE_LEN,
};
static const char magic[MAGIC_LEN] = {'B', 'R', 'A', '1'};
_Static_assert(RUN_KEPT_LEN == AT_BODY + KEY_LEN + TAG_LEN, "nothing between");

struct run_keeper {
    unsigned char bytes[KEY_LEN];
};

/* Not in the bytes: whose they are, one has to know. */
struct bound {
    char magic[MAGIC_LEN];
    unsigned char campaign[SEAL_ID_LEN];
    unsigned char object[SEAL_ID_LEN];
};
_Static_assert(sizeof(struct bound) == MAGIC_LEN + 2 * SEAL_ID_LEN, "no padding");

void run_keeper_make(const struct server_key *key, struct run_keeper **keeper_out)
{
    struct run_keeper *keeper = secret_alloc(sizeof *keeper);

    CHECK(!key->is_narrow);
    CHECK(crypto_kdf_derive_from_key(keeper->bytes, sizeof keeper->bytes, 1, "br-keeps", key->root) == 0);
    *keeper_out = keeper;
}

void run_keeper_close(struct run_keeper **keeper)
{
    secret_free(*keeper);
    *keeper = NULL;
}

static struct bound bound_of(const struct seal_head *head)
{
    struct bound bound;

    CHECK(head->kind == SEAL_RUN);
    memcpy(bound.magic, magic, MAGIC_LEN);
    memcpy(bound.campaign, head->campaign.bytes, SEAL_ID_LEN);
    memcpy(bound.object, head->object.bytes, SEAL_ID_LEN);
    return bound;
}

void run_key_keep(const struct run_keeper *keeper, const struct run_key *key, const struct seal_head *head,
                  struct run_kept *kept_out)
{
    const struct bound bound = bound_of(head);
    unsigned char *at = kept_out->bytes;

    memcpy(at, magic, MAGIC_LEN);
    randombytes_buf(at + MAGIC_LEN, NONCE_LEN);
    CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(at + AT_BODY, NULL, key->seed, KEY_LEN,
                                                     (const unsigned char *)&bound, sizeof bound, NULL, at + MAGIC_LEN,
                                                     keeper->bytes) == 0);
}

enum rc run_key_kept_open(const struct run_keeper *keeper, const struct seal_head *head, struct span kept,
                          struct run_key **key_out)
{
    const struct bound bound = bound_of(head);
    const unsigned char *at = (const unsigned char *)kept.p;
    struct run_key *key;

    if (kept.n != RUN_KEPT_LEN || memcmp(at, magic, MAGIC_LEN) != 0)
        return RC_INVALID;
    key = secret_alloc(sizeof *key);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(key->seed, NULL, NULL, at + AT_BODY, KEY_LEN + TAG_LEN,
                                                   (const unsigned char *)&bound, sizeof bound, at + MAGIC_LEN,
                                                   keeper->bytes) != 0) {
        run_key_close(&key);
        return RC_INVALID;
    }
    run_key_grow(key);
    *key_out = key;
    return RC_OK;
}
