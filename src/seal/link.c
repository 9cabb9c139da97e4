/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See link.h. The proof is half a hash: nobody can try one but at our door, and 128 bits leave nothing to try.
 */
#include "seal/link.h"

#include "seal/seal_impl.h"
#include "seal/secret.h"
#include "seal/token_impl.h"

#include <sodium.h>
#include <string.h>

enum { PROOF_LEN = 16, BYTES_LEN = SEAL_ID_LEN + PROOF_LEN, ENCODING = sodium_base64_VARIANT_URLSAFE_NO_PADDING };
_Static_assert(sodium_base64_ENCODED_LEN(BYTES_LEN, ENCODING) == LINK_LEN + 1, "with the library's NUL");

static void prove(const struct server_key *key, const struct seal_campaign *campaign, const unsigned char *object,
                  unsigned char proof_out[PROOF_LEN])
{
    static const char label[] = "breakroom link 1"; /* the NUL too */
    unsigned char said[sizeof label + SEAL_ID_LEN + SEAL_ID_LEN];

    memcpy(said, label, sizeof label);
    memcpy(said + sizeof label, campaign->bytes, SEAL_ID_LEN);
    memcpy(said + sizeof label + SEAL_ID_LEN, object, SEAL_ID_LEN);
    CHECK(crypto_generichash(proof_out, PROOF_LEN, said, sizeof said, key->links, sizeof key->links) == 0);
}

struct link link_make(const struct server_key *key, const struct seal_campaign *campaign,
                      const struct seal_object *object)
{
    unsigned char bytes[BYTES_LEN];
    char text[LINK_LEN + 1];
    struct link link;

    memcpy(bytes, object->bytes, SEAL_ID_LEN);
    prove(key, campaign, object->bytes, bytes + SEAL_ID_LEN);
    (void)sodium_bin2base64(text, sizeof text, bytes, sizeof bytes, ENCODING);
    memcpy(link.text, text, LINK_LEN);
    return link;
}

enum rc link_read(const struct server_key *key, const struct seal_campaign *campaign, struct span text,
                  struct seal_object *object_out)
{
    unsigned char bytes[BYTES_LEN];
    unsigned char proof[PROOF_LEN];
    size_t n;

    if (text.n != LINK_LEN || !seal_letters_read(text, bytes, sizeof bytes, &n) || n != sizeof bytes)
        return RC_INVALID;
    prove(key, campaign, bytes, proof);
    if (!secret_eq(proof, bytes + SEAL_ID_LEN, PROOF_LEN))
        return RC_INVALID;
    memcpy(object_out->bytes, bytes, SEAL_ID_LEN);
    return RC_OK;
}
