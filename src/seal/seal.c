/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See seal.h. Everything before the body is associated data, the boxes too: a byte that changes anywhere in an object
 * spoils it for every reader, not only for the one whose box it is in.
 */
#include "seal/seal.h"

#include "seal/keys_impl.h"
#include "seal/seal_impl.h"
#include "seal/secret.h"

#include <sodium.h>
#include <string.h>

enum {
    MAGIC_LEN = 4,
    AT_KIND = MAGIC_LEN,
    AT_CAMPAIGN = AT_KIND + 1,
    AT_OBJECT = AT_CAMPAIGN + SEAL_ID_LEN,
    AT_DAY = AT_OBJECT + SEAL_ID_LEN,
    AT_COUNT = AT_DAY + 4,
    AT_READERS = AT_COUNT + 1,
    COMMITMENT_LEN = 32,
    NONCE_LEN = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_LEN = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    BOX_LEN = crypto_box_SEALBYTES + KEY_LEN,
};
static const char magic[MAGIC_LEN] = {'B', 'R', 'S', '1'};

/* The payload of a kind is filled up to a multiple of `block`; it may have `most` bytes. */
static const struct {
    enum key_kind readers;
    size_t block;
    size_t most;
} kinds[] = {
    [SEAL_SUBSCRIBER] = {KEY_MAILING, 512, 4096},
    [SEAL_CONTACT] = {KEY_MAILING, 512, 4096},
    [SEAL_RUN] = {KEY_MAILING, 64, 256},
    [SEAL_NOTICE] = {KEY_COMMITTEE, 1024, 16 * 1024},
    [SEAL_REPORT] = {KEY_COMMITTEE, 4096, SEAL_PAYLOAD_MOST},
};

/* Where things stand in an object with so many readers. */
struct places {
    size_t commitment;
    size_t nonce;
    size_t boxes;
    size_t body;
};

static struct places places_of(size_t readers)
{
    size_t commitment = AT_READERS + readers * KEY_ID_LEN;

    return (struct places){
        .commitment = commitment,
        .nonce = commitment + COMMITMENT_LEN,
        .boxes = commitment + COMMITMENT_LEN + NONCE_LEN,
        .body = commitment + COMMITMENT_LEN + NONCE_LEN + readers * BOX_LEN,
    };
}

static bool is_kind(enum seal_kind kind)
{
    return kind >= SEAL_SUBSCRIBER && kind <= SEAL_REPORT;
}

void seal_number_put(unsigned char *at, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

uint64_t seal_number_read(const unsigned char *at, size_t n)
{
    uint64_t value = 0;

    for (size_t i = 0; i < n; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

bool seal_letters_read(struct span letters, unsigned char *bytes_out, size_t room, size_t *n_out)
{
    for (size_t i = 0; i < letters.n; i++)
        if ((unsigned char)letters.p[i] > 0x7F)
            return false;
    return letters.n > 0 && sodium_base642bin(bytes_out, room, letters.p, letters.n, NULL, n_out, NULL,
                                              sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

size_t seal_padded(size_t payload_len, size_t block)
{
    return (payload_len / block + 1) * block;
}

struct seal_object seal_object_make(void)
{
    struct seal_object object;

    CHECK(sodium_init() >= 0);
    randombytes_buf(object.bytes, sizeof object.bytes);
    return object;
}

struct seal_reader mailing_reader(const struct mailing_public *key)
{
    struct seal_reader reader = {.kind = KEY_MAILING, .id = mailing_key_id(key)};

    memcpy(reader.key, key->bytes, KEY_LEN);
    return reader;
}

struct seal_reader committee_reader(const struct committee_public *key)
{
    struct seal_reader reader = {.kind = KEY_COMMITTEE, .id = committee_key_id(key)};

    memcpy(reader.key, key->bytes, KEY_LEN);
    return reader;
}

/* Two keys that open one ciphertext to two texts exist; two keys with this hash do not. */
static void commit_to(const struct data_key *key, unsigned char commitment_out[COMMITMENT_LEN])
{
    static const unsigned char label[] = "breakroom sealed 1"; /* the NUL too */
    crypto_generichash_state state;

    CHECK(crypto_generichash_init(&state, NULL, 0, COMMITMENT_LEN) == 0);
    CHECK(crypto_generichash_update(&state, label, sizeof label) == 0);
    CHECK(crypto_generichash_update(&state, key->bytes, sizeof key->bytes) == 0);
    CHECK(crypto_generichash_final(&state, commitment_out, COMMITMENT_LEN) == 0);
    secret_wipe(&state, sizeof state);
}

/* ---- sealing ---- */

static void head_put(unsigned char *at, const struct seal_head *head)
{
    memcpy(at, magic, MAGIC_LEN);
    at[AT_KIND] = (unsigned char)head->kind;
    memcpy(at + AT_CAMPAIGN, head->campaign.bytes, SEAL_ID_LEN);
    memcpy(at + AT_OBJECT, head->object.bytes, SEAL_ID_LEN);
    seal_number_put(at + AT_DAY, (uint32_t)head->day, 4);
}

static bool are_readers(enum seal_kind kind, const struct seal_reader *readers, size_t count)
{
    if (count == 0 || count > SEAL_READERS_MOST)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (readers[i].kind != kinds[kind].readers)
            return false;
        for (size_t k = 0; k < i; k++)
            if (memcmp(readers[i].key, readers[k].key, KEY_LEN) == 0)
                return false;
    }
    return true;
}

size_t seal_len(enum seal_kind kind, size_t reader_count, size_t payload_len)
{
    CHECK(is_kind(kind));
    if (payload_len > kinds[kind].most)
        return 0;
    return places_of(reader_count).body + seal_padded(payload_len, kinds[kind].block) + TAG_LEN;
}

static enum rc put_boxes(unsigned char *at, const struct places *p, const struct data_key *key,
                         const struct seal_reader *readers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memcpy(at + AT_READERS + i * KEY_ID_LEN, readers[i].id.bytes, KEY_ID_LEN);
        if (crypto_box_seal(at + p->boxes + i * BOX_LEN, key->bytes, KEY_LEN, readers[i].key) != 0)
            return RC_INVALID; /* a point of small order */
    }
    return RC_OK;
}

enum rc seal_put(struct arena *a, const struct seal_head *head, const struct seal_reader *readers, size_t reader_count,
                 struct span payload, struct span *sealed_out)
{
    struct places p = places_of(reader_count);
    struct data_key key; /* on the stack, and wiped: what it locks lies in ordinary memory beside it */
    unsigned char *at;
    size_t padded;
    size_t len;
    enum rc rc;

    CHECK(is_kind(head->kind));
    if (!are_readers(head->kind, readers, reader_count))
        return RC_INVALID;
    len = seal_len(head->kind, reader_count, payload.n);
    if (len == 0)
        return RC_LIMIT;
    at = arena_alloc(a, len);
    crypto_aead_xchacha20poly1305_ietf_keygen(key.bytes);
    head_put(at, head);
    at[AT_COUNT] = (unsigned char)reader_count;
    commit_to(&key, at + p.commitment);
    randombytes_buf(at + p.nonce, NONCE_LEN);
    rc = put_boxes(at, &p, &key, readers, reader_count);
    if (rc == RC_OK) { /* in place: no second copy of the payload that somebody had to wipe */
        if (payload.n)
            memcpy(at + p.body, payload.p, payload.n);
        CHECK(sodium_pad(&padded, at + p.body, payload.n, kinds[head->kind].block, len - TAG_LEN - p.body) == 0);
        CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(at + p.body, NULL, at + p.body, padded, at, p.body, NULL,
                                                         at + p.nonce, key.bytes) == 0);
        *sealed_out = (struct span){(const char *)at, len};
    }
    secret_wipe(&key, sizeof key);
    return rc;
}

/* ---- opening ---- */

struct seal_room *seal_room_open(void)
{
    return secret_alloc(sizeof(struct seal_room));
}

void seal_room_close(struct seal_room **room)
{
    secret_free(*room);
    *room = NULL;
}

unsigned char *seal_room_take(struct seal_room *room, size_t n)
{
    secret_wipe(room->bytes, room->used);
    room->used = n <= sizeof room->bytes ? n : 0;
    return n <= sizeof room->bytes ? room->bytes : NULL;
}

/* The head to the byte, and lengths that such an object can have. */
static bool is_expected(const unsigned char *at, size_t n, const struct seal_head *expected, struct places *places_out)
{
    unsigned char head[AT_COUNT];
    size_t block = kinds[expected->kind].block;
    size_t count;

    if (n < AT_READERS)
        return false;
    head_put(head, expected);
    count = at[AT_COUNT];
    if (memcmp(at, head, AT_COUNT) != 0 || count == 0 || count > SEAL_READERS_MOST)
        return false;
    *places_out = places_of(count);
    if (n < places_out->body + block + TAG_LEN || n > seal_len(expected->kind, count, kinds[expected->kind].most))
        return false;
    return (n - places_out->body - TAG_LEN) % block == 0;
}

bool seal_is_for(const struct seal_head *head, const struct key_id *reader, struct span sealed)
{
    const unsigned char *at = (const unsigned char *)sealed.p;
    struct places p;

    CHECK(is_kind(head->kind));
    return is_expected(at, sealed.n, head, &p) && at[AT_COUNT] == 1 &&
           memcmp(at + AT_READERS, reader->bytes, KEY_ID_LEN) == 0;
}

static bool unbox(const unsigned char *at, const struct places *p, enum key_kind kind, const struct key_pair *pair,
                  struct data_key *key_out)
{
    struct key_id id = key_id_of(kind, pair->public);
    unsigned char commitment[COMMITMENT_LEN];

    for (size_t i = 0; i < at[AT_COUNT]; i++) {
        if (memcmp(at + AT_READERS + i * KEY_ID_LEN, id.bytes, KEY_ID_LEN) != 0)
            continue;
        if (crypto_box_seal_open(key_out->bytes, at + p->boxes + i * BOX_LEN, BOX_LEN, pair->public, pair->secret) != 0)
            return false;
        commit_to(key_out, commitment);
        return secret_eq(commitment, at + p->commitment, COMMITMENT_LEN);
    }
    return false;
}

static enum rc open_with(const struct key_pair *pair, enum key_kind kind, const struct seal_head *expected,
                         struct span sealed, struct seal_room *room, struct span *payload_out)
{
    const unsigned char *at = (const unsigned char *)sealed.p;
    struct data_key *key = &room->key;
    unsigned char *plain;
    struct places p;
    size_t body_len;
    size_t len = 0;
    bool is_fine;

    CHECK(is_kind(expected->kind) && kinds[expected->kind].readers == kind);
    if (!is_expected(at, sealed.n, expected, &p))
        return RC_INVALID;
    body_len = sealed.n - p.body;
    plain = seal_room_take(room, body_len - TAG_LEN);
    if (plain == NULL)
        return RC_INVALID;
    is_fine = unbox(at, &p, kind, pair, key) &&
              crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, at + p.body, body_len, at, p.body,
                                                         at + p.nonce, key->bytes) == 0 &&
              sodium_unpad(&len, plain, body_len - TAG_LEN, kinds[expected->kind].block) == 0;
    secret_wipe(key, sizeof *key);
    if (!is_fine) {
        secret_wipe(plain, body_len - TAG_LEN);
        return RC_INVALID;
    }
    *payload_out = (struct span){(const char *)plain, len};
    return RC_OK;
}

enum rc seal_open_mailing(const struct mailing_secret *secret, const struct seal_head *expected, struct span sealed,
                          struct seal_room *room, struct span *payload_out)
{
    return open_with(&secret->pair, KEY_MAILING, expected, sealed, room, payload_out);
}

enum rc seal_open_committee(const struct committee_secret *secret, const struct seal_head *expected, struct span sealed,
                            struct seal_room *room, struct span *payload_out)
{
    return open_with(&secret->pair, KEY_COMMITTEE, expected, sealed, room, payload_out);
}
