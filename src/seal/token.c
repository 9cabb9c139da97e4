/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See token.h. Each purpose has a key of its own, drawn from the server's; the campaign is bound, and is not in the bytes.
 */
#include "seal/token.h"

#include "seal/seal_impl.h"
#include "seal/secret.h"
#include "seal/token_impl.h"

#include <sodium.h>
#include <string.h>

enum {
    MAGIC_LEN = 4,
    AT_PURPOSE = MAGIC_LEN,
    AT_UNTIL = AT_PURPOSE + 1,
    AT_NONCE = AT_UNTIL + 8,
    AT_BODY = AT_NONCE + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_LEN = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    BOUND_LEN = AT_BODY + SEAL_ID_LEN,
    ENCODING = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};
static const char magic[MAGIC_LEN] = {'B', 'R', 'T', '1'};
static const char key_word[] = "breakroom server key 1 ";
enum { KEY_WORD_LEN = sizeof key_word - 1, KEY_DIGITS = 2 * KEY_LEN };
_Static_assert(SERVER_KEY_LINE_LEN == KEY_WORD_LEN + KEY_DIGITS + 1, "with its end");

/* The payload is filled up to a multiple of `block`; it may have `most` bytes. */
static const struct {
    size_t block;
    size_t most;
} purposes[] = {
    [TOKEN_CONFIRM] = {512, TOKEN_PAYLOAD_MOST},
};

/* ---- the server's key ---- */

void server_key_grow(struct server_key *key)
{
    CHECK(crypto_kdf_derive_from_key(key->confirm, KEY_LEN, TOKEN_CONFIRM, "br-token", key->root) == 0);
    CHECK(crypto_kdf_derive_from_key(key->links, KEY_LEN, 1, "br-links", key->root) == 0);
}

void server_key_make(struct server_key **key_out)
{
    *key_out = secret_alloc(sizeof **key_out);
    crypto_aead_xchacha20poly1305_ietf_keygen((*key_out)->root);
    server_key_grow(*key_out);
}

void server_key_narrow(struct server_key *key)
{
    secret_wipe(key->root, sizeof key->root);
    key->is_narrow = true;
}

void server_key_close(struct server_key **key)
{
    secret_free(*key);
    *key = NULL;
}

struct server_key_line *server_key_line_make(const struct server_key *key)
{
    struct server_key_line *line = secret_alloc(sizeof *line);

    CHECK(!key->is_narrow);
    memcpy(line->text, key_word, KEY_WORD_LEN);
    (void)sodium_bin2hex(line->text + KEY_WORD_LEN, KEY_DIGITS + 1, key->root, KEY_LEN);
    line->text[KEY_WORD_LEN + KEY_DIGITS] = '\n';
    return line;
}

void server_key_line_close(struct server_key_line **line)
{
    secret_free(*line);
    *line = NULL;
}

enum rc server_key_read(struct span line, struct server_key **key_out)
{
    struct server_key *key;
    size_t n = 0;

    if (span_ends(line, S("\n")))
        line.n--;
    if (!span_starts(line, S("breakroom server key 1 ")) || line.n != KEY_WORD_LEN + KEY_DIGITS)
        return RC_INVALID;
    key = secret_alloc(sizeof *key);
    if (sodium_hex2bin(key->root, KEY_LEN, line.p + KEY_WORD_LEN, KEY_DIGITS, NULL, &n, NULL) == 0 && n == KEY_LEN) {
        server_key_grow(key);
        *key_out = key;
        return RC_OK;
    }
    secret_free(key);
    return RC_INVALID;
}

/* ---- tokens ---- */

static const unsigned char *key_for(const struct server_key *key, enum token_purpose purpose)
{
    CHECK(purpose == TOKEN_CONFIRM);
    return key->confirm;
}

/* What the body is bound to: everything before it, and the campaign. */
static void put_bound(unsigned char bound_out[BOUND_LEN], const unsigned char *at, const struct seal_campaign *campaign)
{
    memcpy(bound_out, at, AT_BODY);
    memcpy(bound_out + AT_BODY, campaign->bytes, SEAL_ID_LEN);
}

enum rc token_put(struct arena *a, const struct server_key *key, enum token_purpose purpose,
                  const struct seal_campaign *campaign, struct instant until, struct span payload,
                  struct span *token_out)
{
    unsigned char bound[BOUND_LEN];
    size_t block = purposes[purpose].block;
    size_t padded = seal_padded(payload.n, block);
    size_t n = AT_BODY + padded + TAG_LEN;
    unsigned char *at;
    char *letters;

    CHECK(until.us != 0);
    if (payload.n > purposes[purpose].most)
        return RC_LIMIT;
    at = arena_alloc(a, n);
    memcpy(at, magic, MAGIC_LEN);
    at[AT_PURPOSE] = (unsigned char)purpose;
    seal_number_put(at + AT_UNTIL, (uint64_t)until.us, 8);
    randombytes_buf(at + AT_NONCE, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    put_bound(bound, at, campaign);
    if (payload.n)
        memcpy(at + AT_BODY, payload.p, payload.n);
    CHECK(sodium_pad(&padded, at + AT_BODY, payload.n, block, padded) == 0);
    CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(at + AT_BODY, NULL, at + AT_BODY, padded, bound, sizeof bound,
                                                     NULL, at + AT_NONCE, key_for(key, purpose)) == 0);
    letters = arena_alloc(a, sodium_base64_ENCODED_LEN(n, ENCODING));
    (void)sodium_bin2base64(letters, sodium_base64_ENCODED_LEN(n, ENCODING), at, n, ENCODING);
    *token_out = (struct span){letters, sodium_base64_ENCODED_LEN(n, ENCODING) - 1};
    return RC_OK;
}

/* The bytes of a token of this purpose. False: none. */
static bool decode(struct span token, enum token_purpose purpose, unsigned char bytes_out[TOKEN_MOST], size_t *n_out)
{
    size_t least = AT_BODY + purposes[purpose].block + TAG_LEN;

    if (token.n > TOKEN_MOST || !seal_letters_read(token, bytes_out, TOKEN_MOST, n_out))
        return false;
    return *n_out >= least && memcmp(bytes_out, magic, MAGIC_LEN) == 0 && bytes_out[AT_PURPOSE] == purpose &&
           (*n_out - AT_BODY - TAG_LEN) % purposes[purpose].block == 0;
}

enum rc token_open(const struct server_key *key, enum token_purpose purpose, const struct seal_campaign *campaign,
                   struct instant now, struct span token, struct arena *a, struct span *payload_out)
{
    unsigned char at[TOKEN_MOST];
    unsigned char bound[BOUND_LEN];
    unsigned char *plain;
    struct instant until;
    size_t body_len;
    size_t len = 0;
    size_t n;
    bool is_ours;

    if (!decode(token, purpose, at, &n))
        return RC_INVALID;
    body_len = n - AT_BODY;
    plain = arena_alloc(a, body_len - TAG_LEN);
    put_bound(bound, at, campaign);
    is_ours = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, at + AT_BODY, body_len, bound, sizeof bound,
                                                         at + AT_NONCE, key_for(key, purpose)) == 0 &&
              sodium_unpad(&len, plain, body_len - TAG_LEN, purposes[purpose].block) == 0;
    until.us = (int64_t)seal_number_read(at + AT_UNTIL, 8);
    if (is_ours && now.us < until.us) {
        *payload_out = (struct span){(const char *)plain, len};
        return RC_OK;
    }
    secret_wipe(plain, body_len - TAG_LEN);
    return is_ours ? RC_DENIED : RC_INVALID;
}
