/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Sealed objects: what was sealed once opens for ever, by the book and by another's reading of it; and nothing that was
 * changed, cut, swapped, moved or relabelled opens at all.
 */
#include "seal_fixture.h"

#include <sodium.h>

#include "seal/seal.h"

static struct arena *a;
static struct seal_room *room;
static struct mailing_secret *ours;
static struct mailing_secret *others;
static struct committee_secret *committee;
static struct mailing_public ours_public;
static struct mailing_public others_public;
static struct committee_public committee_public;

static const struct seal_head head = {
    .kind = SEAL_SUBSCRIBER,
    .campaign = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
    .object = {{0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF}},
    .day = 20574,
};
static const struct seal_head notice = {
    .kind = SEAL_NOTICE,
    .campaign = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
    .object = {{0xB0, 1}},
    .day = -1,
};
#define PAYLOAD S("address: rosa@home.example\n")

static int open_world(void **state)
{
    (void)state;
    a = arena_open(FIXTURE_MEMORY);
    room = seal_room_open();
    ours = fixed_mailing(0x11, &ours_public);
    others = fixed_mailing(0x22, &others_public);
    committee = fixed_committee(0x33, &committee_public);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    mailing_key_close(&ours);
    mailing_key_close(&others);
    committee_key_close(&committee);
    assert_null(ours);
    seal_room_close(&room);
    arena_close(&a);
    return 0;
}

static struct span seal_for(const struct mailing_public *key, const struct seal_head *of, struct span payload)
{
    struct seal_reader reader = mailing_reader(key);
    struct span sealed = {0};

    assert_int_equal(seal_put(a, of, &reader, 1, payload, &sealed), RC_OK);
    return sealed;
}

static enum rc open_it(const struct seal_head *expected, struct span sealed, struct span *payload_out)
{
    *payload_out = (struct span){0};
    return seal_open_mailing(ours, expected, sealed, room, payload_out);
}

static void assert_opens(const struct seal_head *expected, struct span sealed, struct span payload)
{
    struct span out;

    assert_int_equal(open_it(expected, sealed, &out), RC_OK);
    assert_true(span_eq(out, payload));
}

static void assert_shut(const struct seal_head *expected, struct span sealed)
{
    struct span out;

    assert_int_equal(open_it(expected, sealed, &out), RC_INVALID);
    assert_null(out.p);
}

static unsigned char *copy_of(struct span sealed)
{
    return (unsigned char *)arena_cstr(a, sealed);
}

/* ---- what is sealed opens ---- */

static void comes_back(void **state)
{
    static const size_t lengths[] = {0, 1, 27, 511, 512, 513, 4095, 4096};
    char text[4096];

    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct span payload = {text, lengths[i]};

        assert_opens(&head, seal_for(&ours_public, &head, payload), payload);
    }
    assert_opens(&head, seal_for(&ours_public, &head, (struct span){0}), S(""));
}

/* Made on 2026-11-22 by the first version. Should this ever fail, everything that is stored has become unreadable. */
static const char vector[] =
#include "seal_vector.inc"
    ;

static void what_was_sealed_once_opens(void **state)
{
    (void)state;
    assert_opens(&head, hex_bytes(a, vector), PAYLOAD);
}

/* The document read by another eye: offsets as numbers, libsodium, none of our code. */
static void another_reads_it_by_the_document(void **state)
{
    struct span sealed = seal_for(&ours_public, &head, PAYLOAD);
    const unsigned char *at = (const unsigned char *)sealed.p;
    unsigned char seed[32], pk[32], sk[32], key[32], said[19 + 32], hash[32], id[19 + 1 + 32], plain[512];
    unsigned long long n = 0;

    (void)state;
    memset(seed, 0x11, sizeof seed);
    assert_int_equal(crypto_box_seed_keypair(pk, sk, seed), 0);
    assert_int_equal(sealed.n, 42 + 8 + 32 + 24 + 80 + 512 + 16);
    assert_memory_equal(at, "BRS1\x01", 5);
    assert_memory_equal(at + 5, head.campaign.bytes, 16);
    assert_memory_equal(at + 21, head.object.bytes, 16);
    assert_memory_equal(at + 37, "\x5e\x50\0\0\x01", 5); /* day 20574, one reader */
    memcpy(id, "breakroom key id 1", 19);
    id[19] = 1;
    memcpy(id + 20, pk, 32);
    assert_int_equal(crypto_generichash(hash, 32, id, sizeof id, NULL, 0), 0);
    assert_memory_equal(at + 42, hash, 8);
    assert_int_equal(crypto_box_seal_open(key, at + 106, 80, pk, sk), 0);
    memcpy(said, "breakroom sealed 1", 19);
    memcpy(said + 19, key, 32);
    assert_int_equal(crypto_generichash(hash, 32, said, sizeof said, NULL, 0), 0);
    assert_memory_equal(at + 50, hash, 32);
    assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &n, NULL, at + 186, 528, at, 186, at + 82, key),
                     0);
    assert_int_equal(n, 512);
    assert_memory_equal(plain, PAYLOAD.p, PAYLOAD.n);
    assert_int_equal(plain[PAYLOAD.n], 0x80);
    for (size_t i = PAYLOAD.n + 1; i < 512; i++)
        assert_int_equal(plain[i], 0);
}

static void one_to_eight_readers(void **state)
{
    struct committee_secret *secrets[SEAL_READERS_MOST];
    struct seal_reader readers[SEAL_READERS_MOST + 1];
    struct span sealed;
    struct span out;

    (void)state;
    for (unsigned char i = 0; i < SEAL_READERS_MOST; i++) {
        struct committee_public key;

        secrets[i] = fixed_committee((unsigned char)(0x40 + i), &key);
        readers[i] = committee_reader(&key);
    }
    readers[SEAL_READERS_MOST] = committee_reader(&committee_public);
    for (size_t count = 1; count <= SEAL_READERS_MOST; count++) {
        assert_int_equal(seal_put(a, &notice, readers, count, PAYLOAD, &sealed), RC_OK);
        assert_int_equal(sealed.n, seal_len(SEAL_NOTICE, count, PAYLOAD.n));
        for (size_t i = 0; i < SEAL_READERS_MOST; i++) {
            enum rc rc = seal_open_committee(secrets[i], &notice, sealed, room, &out);

            assert_int_equal(rc, i < count ? RC_OK : RC_INVALID);
            assert_true(i >= count || span_eq(out, PAYLOAD));
        }
    }
    assert_int_equal(seal_put(a, &notice, readers, SEAL_READERS_MOST + 1, PAYLOAD, &sealed), RC_INVALID);
    assert_int_equal(seal_put(a, &notice, readers, 0, PAYLOAD, &sealed), RC_INVALID);
    readers[3] = readers[1];
    assert_int_equal(seal_put(a, &notice, readers, 4, PAYLOAD, &sealed), RC_INVALID);
    for (size_t i = 0; i < SEAL_READERS_MOST; i++)
        committee_key_close(&secrets[i]);
}

static void kinds_have_their_readers(void **state)
{
    struct seal_reader wrong = mailing_reader(&ours_public);
    struct span sealed;

    (void)state;
    assert_int_equal(seal_put(a, &notice, &wrong, 1, PAYLOAD, &sealed), RC_INVALID);
    wrong = committee_reader(&committee_public);
    assert_int_equal(seal_put(a, &head, &wrong, 1, PAYLOAD, &sealed), RC_INVALID);
}

static void what_is_no_key_is_refused(void **state)
{
    static const struct mailing_public zero = {{0}};
    static const struct mailing_public one = {{1}};
    struct seal_reader readers[2] = {mailing_reader(&ours_public), mailing_reader(&zero)};
    struct mailing_public read;
    struct span sealed;

    (void)state;
    assert_int_equal(seal_put(a, &head, readers, 2, PAYLOAD, &sealed), RC_INVALID);
    readers[1] = mailing_reader(&one);
    assert_int_equal(seal_put(a, &head, readers, 2, PAYLOAD, &sealed), RC_INVALID);
    assert_false(mailing_public_read(S("short"), &read));
    assert_true(mailing_public_read((struct span){(const char *)ours_public.bytes, KEY_LEN}, &read));
}

/* ---- nothing else does ---- */

static void every_byte_counts(void **state)
{
    struct seal_reader readers[2] = {mailing_reader(&ours_public), mailing_reader(&others_public)};
    struct span sealed;
    unsigned char *bytes;

    (void)state;
    assert_int_equal(seal_put(a, &head, readers, 2, PAYLOAD, &sealed), RC_OK);
    bytes = copy_of(sealed);
    for (size_t i = 0; i < sealed.n; i++)
        for (int bit = 0; bit < 8; bit += 7) {
            bytes[i] ^= (unsigned char)(1 << bit);
            assert_shut(&head, (struct span){(const char *)bytes, sealed.n});
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    assert_opens(&head, (struct span){(const char *)bytes, sealed.n}, PAYLOAD);
}

static void cut_and_lengthened(void **state)
{
    struct span sealed = seal_for(&ours_public, &head, PAYLOAD);
    char *more = arena_alloc(a, sealed.n + 1024);

    (void)state;
    for (size_t n = 0; n < sealed.n; n++) {
        /* bytes of its own, so that a sanitizer sees who reads beyond them */
        char *cut = malloc(n + 1);

        assert_non_null(cut);
        memcpy(cut, sealed.p, n);
        assert_shut(&head, (struct span){n ? cut : NULL, n});
        free(cut);
    }
    memcpy(more, sealed.p, sealed.n);
    for (size_t n = 1; n <= 1024; n++)
        assert_shut(&head, (struct span){more, sealed.n + n});
}

static void another_head_is_another_object(void **state)
{
    struct span sealed = seal_for(&ours_public, &head, PAYLOAD);
    struct seal_head wrong;

    (void)state;
    wrong = head;
    wrong.campaign.bytes[15]++;
    assert_shut(&wrong, sealed);
    wrong = head;
    wrong.object.bytes[0]++;
    assert_shut(&wrong, sealed);
    wrong = head;
    wrong.day++;
    assert_shut(&wrong, sealed);
    wrong = head;
    wrong.kind = SEAL_CONTACT; /* same readers, same padding */
    assert_shut(&wrong, sealed);
}

/* Who can write to the store puts a body under the head of another person's row. */
static void relabelled(void **state)
{
    struct seal_head other = head;
    struct span mine = seal_for(&ours_public, &head, PAYLOAD);
    struct span theirs;
    unsigned char *forged = copy_of(mine);

    (void)state;
    other.object.bytes[3] = 7;
    other.day += 3;
    theirs = seal_for(&ours_public, &other, PAYLOAD);
    memcpy(forged, theirs.p, 42); /* the head alone */
    assert_shut(&other, (struct span){(const char *)forged, mine.n});
    memcpy(forged, theirs.p, 186); /* everything before the body */
    assert_shut(&other, (struct span){(const char *)forged, mine.n});
}

/* Who keeps an object and cannot open it sees whose it is, and that it may be one. */
static void who_keeps_it_sees_whose_it_is(void **state)
{
    struct seal_reader readers[2] = {mailing_reader(&ours_public), mailing_reader(&others_public)};
    struct span sealed = seal_for(&ours_public, &head, PAYLOAD);
    struct seal_head wrong = head;
    struct span both;

    (void)state;
    assert_true(seal_is_for(&head, &readers[0].id, sealed));
    assert_false(seal_is_for(&head, &readers[1].id, sealed));
    assert_int_equal(seal_put(a, &head, readers, 2, PAYLOAD, &both), RC_OK);
    assert_false(seal_is_for(&head, &readers[0].id, both));
    wrong.object.bytes[3]++;
    assert_false(seal_is_for(&wrong, &readers[0].id, sealed));
    for (size_t n = 0; n < sealed.n; n++) {
        char *cut = malloc(n + 1);

        assert_non_null(cut);
        memcpy(cut, sealed.p, n);
        assert_false(seal_is_for(&head, &readers[0].id, (struct span){n ? cut : NULL, n}));
        free(cut);
    }
}

static void swapped_readers(void **state)
{
    struct seal_reader readers[2] = {mailing_reader(&ours_public), mailing_reader(&others_public)};
    struct span sealed;
    unsigned char *bytes;
    unsigned char kept[80];

    (void)state;
    assert_int_equal(seal_put(a, &head, readers, 2, PAYLOAD, &sealed), RC_OK);
    bytes = copy_of(sealed);
    memcpy(kept, bytes + 42, 8);
    memmove(bytes + 42, bytes + 50, 8);
    memcpy(bytes + 50, kept, 8);
    assert_shut(&head, (struct span){(const char *)bytes, sealed.n}); /* ids alone */
    memcpy(kept, bytes + 114, 80);
    memmove(bytes + 114, bytes + 194, 80);
    memcpy(bytes + 194, kept, 80);
    assert_shut(&head, (struct span){(const char *)bytes, sealed.n}); /* ids and boxes */
    assert_shut(&head, seal_for(&others_public, &head, PAYLOAD));
    bytes = copy_of(seal_for(&others_public, &head, PAYLOAD));
    memcpy(bytes + 42, mailing_reader(&ours_public).id.bytes, 8); /* somebody else's, under our id */
    assert_shut(&head, (struct span){(const char *)bytes, seal_len(SEAL_SUBSCRIBER, 1, PAYLOAD.n)});
}

/* An object whose box for us holds another key than the commitment names: made as whoever knows the format could, and
 * with a body that this key does open. Without the commitment two readers could read two texts. */
static void one_object_has_one_key(void **state)
{
    struct span sealed = seal_for(&ours_public, &head, PAYLOAD);
    unsigned char *at = copy_of(sealed);
    unsigned char key[32], plain[512] = "another text\x80", said[19 + 32];

    (void)state;
    memset(key, 0x77, sizeof key);
    assert_int_equal(crypto_box_seal(at + 106, key, 32, ours_public.bytes), 0);
    assert_int_equal(
        crypto_aead_xchacha20poly1305_ietf_encrypt(at + 186, NULL, plain, 512, at, 186, NULL, at + 82, key), 0);
    assert_shut(&head, (struct span){(const char *)at, sealed.n});
    /* the same with its commitment: so it was that, and nothing else */
    memcpy(said, "breakroom sealed 1", 19);
    memcpy(said + 19, key, 32);
    assert_int_equal(crypto_generichash(at + 50, 32, said, sizeof said, NULL, 0), 0);
    assert_int_equal(
        crypto_aead_xchacha20poly1305_ietf_encrypt(at + 186, NULL, plain, 512, at, 186, NULL, at + 82, key), 0);
    assert_opens(&head, (struct span){(const char *)at, sealed.n}, S("another text"));
}

static void nothing_is_the_same_twice(void **state)
{
    struct span first = seal_for(&ours_public, &head, PAYLOAD);
    struct span second = seal_for(&ours_public, &head, PAYLOAD);

    (void)state;
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.p, second.p, 50);
    for (size_t at = 50; at + 16 <= first.n; at += 16)
        assert_memory_not_equal(first.p + at, second.p + at, 16);
    assert_memory_not_equal(seal_object_make().bytes, seal_object_make().bytes, SEAL_ID_LEN);
    assert_memory_not_equal(seal_campaign_make().bytes, seal_campaign_make().bytes, SEAL_ID_LEN);
}

static void lengths_are_hidden(void **state)
{
    static const struct {
        enum seal_kind kind;
        size_t block;
        size_t most;
    } kinds[] = {{SEAL_SUBSCRIBER, 512, 4096},
                 {SEAL_CONTACT, 512, 4096},
                 {SEAL_RUN, 64, 256},
                 {SEAL_NOTICE, 1024, 16384},
                 {SEAL_REPORT, 4096, 65536}};

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        size_t least = seal_len(kinds[i].kind, 1, 0);

        for (size_t n = 0; n < kinds[i].block; n++)
            assert_int_equal(seal_len(kinds[i].kind, 1, n), least);
        assert_int_equal(seal_len(kinds[i].kind, 1, kinds[i].block), least + kinds[i].block);
        assert_true(seal_len(kinds[i].kind, 1, kinds[i].most) > 0);
        assert_int_equal(seal_len(kinds[i].kind, 1, kinds[i].most + 1), 0);
    }
    assert_int_equal(seal_for(&ours_public, &head, S("a@b.example")).n,
                     seal_for(&ours_public, &head, S("somebody.with.a.long.name@a-long-house.example")).n);
}

static void too_much_is_refused(void **state)
{
    struct seal_reader reader = mailing_reader(&ours_public);
    struct span sealed;

    (void)state;
    assert_int_equal(seal_put(a, &head, &reader, 1, (struct span){arena_alloc(a, 5000), 4097}, &sealed), RC_LIMIT);
}

/* The room holds one payload at a time, and nothing of the one before, also not where the next is shorter or spoiled. */
static void the_room_forgets(void **state)
{
    struct span large = {memset(arena_alloc(a, 600), '3', 600), 600};
    struct span secret = seal_for(&ours_public, &head, large);
    struct span brief = seal_for(&ours_public, &head, S("!"));
    unsigned char *spoiled = copy_of(brief);
    struct span first;
    struct span second;

    (void)state;
    assert_int_equal(open_it(&head, secret, &first), RC_OK);
    assert_non_null(memchr(first.p + 512, '3', 88));
    assert_int_equal(open_it(&head, brief, &second), RC_OK);
    assert_ptr_equal(first.p, second.p);
    assert_null(memchr(second.p, '3', 1024));
    assert_int_equal(open_it(&head, secret, &first), RC_OK);
    spoiled[brief.n - 1] ^= 1;
    assert_shut(&head, (struct span){(const char *)spoiled, brief.n});
    assert_null(memchr(first.p, '3', 1024));
}

static void keys_are_told_apart(void **state)
{
    struct mailing_public m;
    struct committee_public c;
    struct mailing_secret *same = fixed_mailing(0x11, &m);
    struct committee_secret *twin = fixed_committee(0x11, &c);
    struct key_id one = mailing_key_id(&m);
    struct key_id two = committee_key_id(&c);
    enum key_kind kind;

    (void)state;
    assert_memory_equal(m.bytes, c.bytes, KEY_LEN);
    assert_memory_not_equal(one.bytes, two.bytes, KEY_ID_LEN);
    assert_true(mailing_key_eq(ours, same));
    assert_false(mailing_key_eq(ours, others));
    assert_false(committee_key_eq(committee, twin));
    assert_true(key_kind_read(S("committee"), &kind) && kind == KEY_COMMITTEE);
    assert_true(key_kind_read(S("mailing"), &kind) && kind == KEY_MAILING);
    assert_false(key_kind_read(S("filing"), &kind));
    mailing_key_close(&same);
    committee_key_close(&twin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(what_was_sealed_once_opens),
        cmocka_unit_test(another_reads_it_by_the_document),
        cmocka_unit_test(one_to_eight_readers),
        cmocka_unit_test(kinds_have_their_readers),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(cut_and_lengthened),
        cmocka_unit_test(another_head_is_another_object),
        cmocka_unit_test(relabelled),
        cmocka_unit_test(who_keeps_it_sees_whose_it_is),
        cmocka_unit_test(swapped_readers),
        cmocka_unit_test(one_object_has_one_key),
        cmocka_unit_test(nothing_is_the_same_twice),
        cmocka_unit_test(lengths_are_hidden),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(the_room_forgets),
        cmocka_unit_test(keys_are_told_apart),
    };

    return cmocka_run_group_tests_name("seal", tests, open_world, close_world);
}
