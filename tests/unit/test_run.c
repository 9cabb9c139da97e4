/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Links, the key of a run, and how the mailing secret is handed over: as the document has them (the vectors were made by
 * another program in another language), and nothing that was changed, cut or moved is taken.
 */
#define _GNU_SOURCE
#include "seal_fixture.h"

#include <stdlib.h>

#include <sodium.h>

#include "seal/link.h"
#include "seal/run_impl.h"
#include "seal/run_kept.h"
#include "seal/token_impl.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static struct arena *a;
static struct seal_room *room;

static int open_world(void **state)
{
    (void)state;
    a = arena_open(FIXTURE_MEMORY);
    room = seal_room_open();
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    seal_room_close(&room);
    arena_close(&a);
    return 0;
}

static struct server_key *fixed_server_key(unsigned char byte)
{
    struct server_key *key = secret_alloc(sizeof *key);

    memset(key->root, byte, sizeof key->root);
    server_key_grow(key);
    return key;
}

static struct run_key *fixed_run_key(unsigned char byte)
{
    struct run_key *key = secret_alloc(sizeof *key);

    memset(key->seed, byte, sizeof key->seed);
    run_key_grow(key);
    return key;
}

static struct seal_object fixed_object(unsigned char first)
{
    struct seal_object object;

    for (size_t i = 0; i < sizeof object.bytes; i++)
        object.bytes[i] = (unsigned char)(first + i);
    return object;
}

/* ---- links ---- */

static struct span text_of(const struct link *link)
{
    return (struct span){link->text, LINK_LEN};
}

static void a_link_is_what_the_document_says(void **state)
{
    struct server_key *key = fixed_server_key(5);
    struct seal_campaign campaign = fixed_campaign(0xC1);
    struct seal_object object = fixed_object(0xA0);
    struct seal_object out;
    struct link link = link_make(key, &campaign, &object);

    (void)state;
    assert_true(span_eq(text_of(&link), S("oKGio6SlpqeoqaqrrK2urx6ljMjm5RwAiLSZt-y7RAE")));
    assert_int_equal(link_read(key, &campaign, text_of(&link), &out), RC_OK);
    assert_memory_equal(out.bytes, object.bytes, SEAL_ID_LEN);
    server_key_close(&key);
}

static void a_link_is_of_one_server_and_campaign(void **state)
{
    struct server_key *key = fixed_server_key(5);
    struct server_key *other = fixed_server_key(6);
    struct seal_campaign campaign = fixed_campaign(0xC1);
    struct seal_campaign elsewhere = fixed_campaign(0xC2);
    struct seal_object object = seal_object_make();
    struct seal_object out;
    struct link link = link_make(key, &campaign, &object);

    (void)state;
    assert_int_equal(link_read(other, &campaign, text_of(&link), &out), RC_INVALID);
    assert_int_equal(link_read(key, &elsewhere, text_of(&link), &out), RC_INVALID);
    assert_int_equal(link_read(key, &campaign, text_of(&link), &out), RC_OK);
    server_key_close(&key);
    server_key_close(&other);
}

static void every_letter_of_a_link_counts(void **state)
{
    struct server_key *key = fixed_server_key(5);
    struct seal_campaign campaign = fixed_campaign(0xC1);
    struct seal_object object = fixed_object(0xA0);
    struct seal_object out;
    struct link link = link_make(key, &campaign, &object);
    char more[LINK_LEN + 2];

    (void)state;
    while (memchr(link.text, '_', LINK_LEN) == NULL) { /* the last letter of the alphabet, which a library mistook */
        object = seal_object_make();
        link = link_make(key, &campaign, &object);
    }
    for (size_t i = 0; i < LINK_LEN; i++) {
        char kept = link.text[i];

        for (int c = 0; c < 256; c++) {
            link.text[i] = (char)c;
            assert_int_equal(link_read(key, &campaign, text_of(&link), &out),
                             link.text[i] == kept ? RC_OK : RC_INVALID);
        }
        link.text[i] = kept;
    }
    for (size_t n = 0; n < LINK_LEN; n++) {
        char *cut = malloc(n + 1);

        assert_non_null(cut);
        memcpy(cut, link.text, n);
        assert_int_equal(link_read(key, &campaign, (struct span){n ? cut : NULL, n}, &out), RC_INVALID);
        free(cut);
    }
    memcpy(more, link.text, LINK_LEN);
    for (size_t k = 0; LETTERS[k]; k++) {
        more[LINK_LEN] = more[LINK_LEN + 1] = LETTERS[k];
        assert_int_equal(link_read(key, &campaign, (struct span){more, LINK_LEN + 1}, &out), RC_INVALID);
        assert_int_equal(link_read(key, &campaign, (struct span){more, LINK_LEN + 2}, &out), RC_INVALID);
    }
    server_key_close(&key);
}

/* Half of one link and half of another: whose record it is, is what is proven. */
static void links_are_not_put_together(void **state)
{
    struct server_key *key = fixed_server_key(5);
    struct seal_campaign campaign = fixed_campaign(0xC1);
    struct seal_object mine = fixed_object(0xA0);
    struct seal_object theirs = fixed_object(0xA0);
    struct seal_object out;
    struct link link;
    struct link other;

    (void)state;
    theirs.bytes[0]++;
    link = link_make(key, &campaign, &mine);
    other = link_make(key, &campaign, &theirs);
    memcpy(link.text, other.text, 16);
    assert_int_equal(link_read(key, &campaign, text_of(&link), &out), RC_INVALID);
    server_key_close(&key);
}

/* ---- addresses under the key of a run ---- */

static const char address_vector[] =
#include "run_address_vector.inc"
    ;

static struct span sealed_address(const struct run_key *key, int64_t person_no, struct span address)
{
    unsigned char *bytes = arena_alloc(a, RUN_SEALED_MOST);
    size_t n = run_address_put(key, person_no, address, bytes);

    return (struct span){(const char *)bytes, n};
}

static void assert_address(const struct run_key *key, int64_t person_no, struct span sealed, struct span address)
{
    char out[RUN_SEALED_MOST];
    size_t n = 0;

    assert_int_equal(run_address_open(key, person_no, sealed, out, &n), RC_OK);
    assert_true(span_eq((struct span){out, n}, address));
}

static void assert_no_address(const struct run_key *key, int64_t person_no, struct span sealed)
{
    static const char nothing[RUN_SEALED_MOST];
    char out[RUN_SEALED_MOST] = {0};
    size_t n = 0;

    assert_int_equal(run_address_open(key, person_no, sealed, out, &n), RC_INVALID);
    assert_memory_equal(out, nothing, sizeof nothing); /* nor anything of it */
}

static void an_address_is_what_the_document_says(void **state)
{
    struct run_key *key = fixed_run_key(7);
    struct span sealed = sealed_address(key, 7, S("rosa@home.example"));

    (void)state;
    assert_string_equal(hex_of(a, sealed), address_vector);
    assert_address(key, 7, hex_bytes(a, address_vector), S("rosa@home.example"));
    run_key_close(&key);
}

static void addresses_of_every_length(void **state)
{
    struct run_key *key = fixed_run_key(7);
    char *large = memset(arena_alloc(a, RUN_ADDRESS_MOST), 'x', RUN_ADDRESS_MOST);

    (void)state;
    for (size_t n = 0; n <= RUN_ADDRESS_MOST; n++) {
        struct span sealed = sealed_address(key, (int64_t)n, (struct span){n ? large : NULL, n});

        assert_int_equal(sealed.n, (n / 64 + 1) * 64 + 16); /* and says no more of the length */
        assert_address(key, (int64_t)n, sealed, (struct span){large, n});
    }
    run_key_close(&key);
}

static void an_address_is_of_one_run_and_person(void **state)
{
    struct run_key *key = fixed_run_key(7);
    struct run_key *other = fixed_run_key(8);
    struct span sealed = sealed_address(key, 3, S("rosa@home.example"));

    (void)state;
    assert_no_address(other, 3, sealed);
    assert_no_address(key, 2, sealed);
    assert_no_address(key, -3, sealed);
    assert_no_address(key, 3 + (INT64_C(1) << 32), sealed);
    assert_address(key, 3, sealed, S("rosa@home.example"));
    assert_memory_not_equal(sealed_address(key, 4, S("rosa@home.example")).p, sealed.p, 16);
    run_key_close(&key);
    run_key_close(&other);
}

static void every_byte_of_an_address_counts(void **state)
{
    struct run_key *key = fixed_run_key(7);
    struct span sealed = sealed_address(key, 3, S("rosa@home.example"));
    char *bytes = arena_cstr(a, sealed);
    char *more = arena_alloc(a, 4096);

    (void)state;
    for (size_t i = 0; i < sealed.n; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (char)(1 << bit);
            assert_no_address(key, 3, (struct span){bytes, sealed.n});
            bytes[i] ^= (char)(1 << bit);
        }
    for (size_t n = 0; n < sealed.n; n++) {
        char *cut = malloc(n + 1);

        assert_non_null(cut);
        memcpy(cut, sealed.p, n);
        assert_no_address(key, 3, (struct span){n ? cut : NULL, n});
        free(cut);
    }
    memcpy(more, sealed.p, sealed.n);
    for (size_t n = sealed.n + 1; n <= 4096; n++)
        assert_no_address(key, 3, (struct span){more, n});
    run_key_close(&key);
}

/* Sealed with the right key, and no padding, or more inside than an address has. */
static void what_is_no_address(void **state)
{
    static const char label[] = "breakroom address 1";
    struct run_key *key = fixed_run_key(7);
    unsigned char nonce[24] = {3};
    unsigned char plain[320];
    unsigned char sealed[336];

    (void)state;
    for (size_t n = 64; n <= 320; n += 64)
        for (size_t len = n - 64; len <= n; len++) { /* n: nothing of it is padding */
            char out[RUN_SEALED_MOST] = {0};
            size_t out_len = 0;
            enum rc rc;

            memset(plain, 0, sizeof plain);
            memset(plain, 'x', len);
            if (len < n)
                plain[len] = 0x80;
            assert_int_equal(crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL, plain, n,
                                                                        (const unsigned char *)label, sizeof label,
                                                                        NULL, nonce, key->addresses),
                             0);
            rc = run_address_open(key, 3, (struct span){(const char *)sealed, n + 16}, out, &out_len);
            assert_int_equal(rc, len < n && len <= RUN_ADDRESS_MOST ? RC_OK : RC_INVALID);
            assert_int_equal(rc == RC_OK ? out_len : 0, rc == RC_OK ? len : 0);
            assert_true(rc == RC_OK || memchr(out, 'x', sizeof out) == NULL);
        }
    run_key_close(&key);
}

/* ---- message ids ---- */

static void ids_are_what_the_document_says(void **state)
{
    struct run_key *key = fixed_run_key(7);
    struct run_key *other = fixed_run_key(8);
    static const struct {
        int64_t person_no;
        const char *id;
    } ids[] = {{0, "VXVWUpK_B1RVpVJYvOXFkQ"}, {1, "TVnUoafzHRfrz2yP0rWLeA"}, {1000000, "hjpEm0mDMvSEmhGr-5fq2g"}};

    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct run_id id = run_id_make(key, ids[i].person_no);
        struct run_id elsewhere = run_id_make(other, ids[i].person_no);

        assert_memory_equal(id.text, ids[i].id, RUN_ID_LEN);
        assert_memory_not_equal(elsewhere.text, ids[i].id, RUN_ID_LEN);
    }
    run_key_close(&key);
    run_key_close(&other);
}

/* ---- the key of a run as an object ---- */

static struct seal_head run_head(void)
{
    return (struct seal_head){SEAL_RUN, fixed_campaign(0xC1), fixed_object(0xB0), 20574};
}

static void a_runs_key_comes_back(void **state)
{
    struct mailing_public public_half;
    struct mailing_secret *secret = fixed_mailing(0x11, &public_half);
    struct mailing_public others_half;
    struct mailing_secret *others = fixed_mailing(0x22, &others_half);
    struct seal_head head = run_head();
    struct run_key *key;
    struct run_key *again = NULL;
    struct span sealed;

    (void)state;
    run_key_make(&key);
    assert_int_equal(run_key_seal(a, key, &head, &public_half, &sealed), RC_OK);
    assert_int_equal(run_key_open(secret, &head, sealed, room, &again), RC_OK);
    assert_memory_equal(key, again, sizeof *key);
    assert_address(again, 1, sealed_address(key, 1, S("rosa@home.example")), S("rosa@home.example"));
    run_key_close(&again);
    assert_int_equal(run_key_open(others, &head, sealed, room, &again), RC_INVALID);
    head.day++;
    assert_int_equal(run_key_open(secret, &head, sealed, room, &again), RC_INVALID);
    assert_null(again);
    run_key_close(&key);
    assert_null(key);
    mailing_key_close(&secret);
    mailing_key_close(&others);
}

/* Sealed rightly by who knows the public half, and no key inside. */
static void what_is_no_runs_key(void **state)
{
    struct mailing_public public_half;
    struct mailing_secret *secret = fixed_mailing(0x11, &public_half);
    struct seal_reader reader = mailing_reader(&public_half);
    struct seal_head head = run_head();
    struct mailing_public zero = {{0}};
    char bytes[64] = {0};
    struct run_key *key = fixed_run_key(7);
    struct run_key *out = NULL;
    struct span sealed;

    (void)state;
    for (size_t n = 0; n <= sizeof bytes; n++) {
        assert_int_equal(seal_put(a, &head, &reader, 1, (struct span){bytes, n}, &sealed), RC_OK);
        assert_int_equal(run_key_open(secret, &head, sealed, room, &out), n == 32 ? RC_OK : RC_INVALID);
        run_key_close(&out);
    }
    assert_int_equal(run_key_seal(a, key, &head, &zero, &sealed), RC_INVALID);
    run_key_close(&key);
    mailing_key_close(&secret);
}

/* Nobody but the key's own memory has the seed once it was opened. */
static void the_room_has_no_key(void **state)
{
    struct mailing_public public_half;
    struct mailing_secret *secret = fixed_mailing(0x11, &public_half);
    struct seal_head head = run_head();
    struct run_key *key = fixed_run_key(7);
    struct run_key *again = NULL;
    struct span sealed;
    struct span payload;

    (void)state;
    assert_int_equal(run_key_seal(a, key, &head, &public_half, &sealed), RC_OK);
    assert_int_equal(seal_open_mailing(secret, &head, sealed, room, &payload), RC_OK);
    assert_non_null(memmem(payload.p, 64, key->seed, KEY_LEN));
    assert_int_equal(run_key_open(secret, &head, sealed, room, &again), RC_OK);
    assert_null(memmem(payload.p, 64, key->seed, KEY_LEN));
    assert_null(memmem(sealed.p, sealed.n, key->seed, KEY_LEN));
    run_key_close(&again);
    run_key_close(&key);
    mailing_key_close(&secret);
}

/* ---- handing over ---- */

static struct span bytes_of(const struct handover *handover)
{
    return (struct span){(const char *)handover->bytes, HANDOVER_LEN};
}

static void the_secret_is_handed_over(void **state)
{
    struct mailing_public public_half;
    struct mailing_secret *secret = fixed_mailing(0x11, &public_half);
    struct mailing_secret *got = NULL;
    struct seal_campaign campaign = fixed_campaign(0xC1);
    struct mailer_secret *mailer;
    struct mailer_public key;
    struct mailing_public known;
    struct handover handover;
    unsigned char inside[48];

    (void)state;
    mailer_key_make(&mailer, &key);
    handover_put(secret, &campaign, &key, &handover);
    assert_int_equal(handover_open(mailer, &campaign, bytes_of(&handover), &got), RC_OK);
    assert_true(mailing_key_eq(secret, got));
    known = mailing_public_of(got);
    assert_memory_equal(known.bytes, public_half.bytes, KEY_LEN);
    /* by the document, without our code */
    assert_int_equal(HANDOVER_LEN, 100);
    assert_memory_equal(handover.bytes, "BRH1", 4);
    assert_int_equal(crypto_box_seal_open(inside, handover.bytes + 4, 96, mailer->public, mailer->secret), 0);
    for (size_t i = 0; i < sizeof inside; i++)
        assert_int_equal(inside[i], i < 16 ? 0xC1 : 0x11);
    assert_null(memmem(handover.bytes, HANDOVER_LEN, secret->pair.seed, 8));
    mailing_key_close(&got);
    mailing_key_close(&secret);
    mailer_key_close(&mailer);
    assert_null(mailer);
}

static void a_handover_is_for_one_mailer_and_campaign(void **state)
{
    struct mailing_public public_half;
    struct mailing_secret *secret = fixed_mailing(0x11, &public_half);
    struct mailing_secret *got = NULL;
    struct seal_campaign campaign = fixed_campaign(0xC1);
    struct seal_campaign elsewhere = fixed_campaign(0xC2);
    struct mailer_secret *mailer;
    struct mailer_secret *anew;
    struct mailer_public key;
    struct mailer_public key_anew;
    struct handover handover;

    (void)state;
    mailer_key_make(&mailer, &key);
    mailer_key_make(&anew, &key_anew);
    handover_put(secret, &campaign, &key, &handover);
    assert_int_equal(handover_open(anew, &campaign, bytes_of(&handover), &got), RC_INVALID);
    assert_int_equal(handover_open(mailer, &elsewhere, bytes_of(&handover), &got), RC_INVALID);
    for (size_t i = 0; i < HANDOVER_LEN; i++) {
        handover.bytes[i] ^= 1;
        assert_int_equal(handover_open(mailer, &campaign, bytes_of(&handover), &got), RC_INVALID);
        handover.bytes[i] ^= 1;
    }
    for (size_t n = 0; n < HANDOVER_LEN; n++) {
        char *cut = malloc(n + 1);

        assert_non_null(cut);
        memcpy(cut, handover.bytes, n);
        assert_int_equal(handover_open(mailer, &campaign, (struct span){n ? cut : NULL, n}, &got), RC_INVALID);
        free(cut);
    }
    assert_null(got);
    mailing_key_close(&secret);
    mailer_key_close(&mailer);
    mailer_key_close(&anew);
}

static void a_mailers_key_is_one_that_can_be_sealed_to(void **state)
{
    static const char small[][KEY_LEN] = {
        {0},
        {1},
        /* of order 8: RFC 7748's field, the points that every secret half takes to zero */
        "\xe0\xeb\x7a\x7c\x3b\x41\xb8\xae\x16\x56\xe3\xfa\xf1\x9f\xc4\x6a\xda\x09\x8d\xeb\x9c\x32\xb1\xfd\x86\x62\x05"
        "\x16\x5f\x49\xb8",
    };
    struct mailer_secret *mailer;
    struct mailer_public key;
    struct mailer_public read;

    (void)state;
    mailer_key_make(&mailer, &key);
    assert_true(mailer_public_read((struct span){(const char *)key.bytes, KEY_LEN}, &read));
    assert_memory_equal(read.bytes, key.bytes, KEY_LEN);
    assert_false(mailer_public_read((struct span){(const char *)key.bytes, KEY_LEN - 1}, &read));
    assert_false(mailer_public_read((struct span){0}, &read));
    for (size_t i = 0; i < COUNT(small); i++)
        assert_false(mailer_public_read((struct span){small[i], KEY_LEN}, &read));
    mailer_key_close(&mailer);
}

/* ---- keys that the server keeps ---- */

static struct seal_head fixed_head(void)
{
    return (struct seal_head){
        .kind = SEAL_RUN, .campaign = fixed_campaign(0xC1), .object = fixed_object(0xA0), .day = 20600};
}

static struct span kept_bytes(const struct run_kept *kept)
{
    return (struct span){(const char *)kept->bytes, sizeof kept->bytes};
}

static void a_kept_key_opens_with_the_servers_key(void **state)
{
    struct server_key *server = fixed_server_key(5);
    struct run_keeper *keeper;
    struct run_key *key = fixed_run_key(7);
    struct run_key *again = NULL;
    struct seal_head head = fixed_head();
    struct run_kept kept;
    struct run_kept other;

    (void)state;
    run_keeper_make(server, &keeper);
    run_key_keep(keeper, key, &head, &kept);
    run_key_keep(keeper, key, &head, &other);
    assert_memory_not_equal(kept.bytes, other.bytes, sizeof kept.bytes); /* a nonce each */
    assert_int_equal(run_key_kept_open(keeper, &head, kept_bytes(&kept), &again), RC_OK);
    assert_memory_equal(again->seed, key->seed, KEY_LEN);
    assert_memory_equal(again->addresses, key->addresses, KEY_LEN);
    assert_memory_equal(again->ids, key->ids, KEY_LEN);
    run_key_close(&again);
    run_key_close(&key);
    run_keeper_close(&keeper);
    server_key_close(&server);
}

/* The bytes of doc/formats/sealed.md, made there by other people's code. */
static void a_kept_key_is_what_the_document_says(void **state)
{
    static const unsigned char written[RUN_KEPT_LEN] = {
#include "run_kept_vector.inc"
    };
    struct server_key *server = fixed_server_key(5);
    struct run_keeper *keeper;
    struct run_key *key = NULL;
    struct seal_head head = fixed_head();
    unsigned char seed[KEY_LEN];

    (void)state;
    memset(seed, 7, sizeof seed);
    run_keeper_make(server, &keeper);
    assert_int_equal(run_key_kept_open(keeper, &head, (struct span){(const char *)written, sizeof written}, &key),
                     RC_OK);
    assert_memory_equal(key->seed, seed, KEY_LEN);
    run_key_close(&key);
    run_keeper_close(&keeper);
    server_key_close(&server);
}

static void a_kept_key_is_of_one_server_campaign_and_run(void **state)
{
    struct server_key *server = fixed_server_key(5);
    struct server_key *stranger = fixed_server_key(6);
    struct run_keeper *keeper;
    struct run_keeper *strange;
    struct run_key *key = fixed_run_key(7);
    struct run_key *again = NULL;
    struct seal_head head = fixed_head();
    struct run_kept kept;

    (void)state;
    run_keeper_make(server, &keeper);
    run_keeper_make(stranger, &strange);
    run_key_keep(keeper, key, &head, &kept);
    assert_int_equal(run_key_kept_open(strange, &head, kept_bytes(&kept), &again), RC_INVALID);
    head.campaign = fixed_campaign(0xC2);
    assert_int_equal(run_key_kept_open(keeper, &head, kept_bytes(&kept), &again), RC_INVALID);
    head = fixed_head();
    head.object.bytes[15] ^= 1;
    assert_int_equal(run_key_kept_open(keeper, &head, kept_bytes(&kept), &again), RC_INVALID);
    head = fixed_head();
    for (size_t i = 0; i < sizeof kept.bytes; i++) {
        kept.bytes[i] ^= 1;
        assert_int_equal(run_key_kept_open(keeper, &head, kept_bytes(&kept), &again), RC_INVALID);
        kept.bytes[i] ^= 1;
    }
    assert_int_equal(run_key_kept_open(keeper, &head, span_sub(kept_bytes(&kept), 0, RUN_KEPT_LEN - 1), &again),
                     RC_INVALID);
    assert_int_equal(run_key_kept_open(keeper, &head, (struct span){0}, &again), RC_INVALID);
    assert_null(again);
    run_key_close(&key);
    run_keeper_close(&strange);
    run_keeper_close(&keeper);
    server_key_close(&stranger);
    server_key_close(&server);
}

/* What core has makes links and tokens as before, and there is nothing in it to open a run with. */
static void a_narrow_key_makes_links_and_nothing_else(void **state)
{
    struct server_key *wide = fixed_server_key(5);
    struct server_key *narrow = fixed_server_key(5);
    struct seal_campaign campaign = fixed_campaign(0xC1);
    struct seal_object object = fixed_object(0xA0);
    struct link one = link_make(wide, &campaign, &object);
    struct link two;
    unsigned char root[KEY_LEN];
    const unsigned char *at;

    (void)state;
    memcpy(root, wide->root, KEY_LEN);
    server_key_narrow(narrow);
    two = link_make(narrow, &campaign, &object);
    assert_memory_equal(one.text, two.text, LINK_LEN);
    at = (const unsigned char *)narrow;
    for (size_t i = 0; i + KEY_LEN <= sizeof *narrow; i++)
        assert_memory_not_equal(at + i, root, KEY_LEN);
    server_key_close(&wide);
    server_key_close(&narrow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_what_the_document_says),
        cmocka_unit_test(a_link_is_of_one_server_and_campaign),
        cmocka_unit_test(every_letter_of_a_link_counts),
        cmocka_unit_test(links_are_not_put_together),
        cmocka_unit_test(an_address_is_what_the_document_says),
        cmocka_unit_test(addresses_of_every_length),
        cmocka_unit_test(an_address_is_of_one_run_and_person),
        cmocka_unit_test(every_byte_of_an_address_counts),
        cmocka_unit_test(what_is_no_address),
        cmocka_unit_test(ids_are_what_the_document_says),
        cmocka_unit_test(a_runs_key_comes_back),
        cmocka_unit_test(what_is_no_runs_key),
        cmocka_unit_test(the_room_has_no_key),
        cmocka_unit_test(the_secret_is_handed_over),
        cmocka_unit_test(a_handover_is_for_one_mailer_and_campaign),
        cmocka_unit_test(a_mailers_key_is_one_that_can_be_sealed_to),
        cmocka_unit_test(a_kept_key_opens_with_the_servers_key),
        cmocka_unit_test(a_kept_key_is_what_the_document_says),
        cmocka_unit_test(a_kept_key_is_of_one_server_campaign_and_run),
        cmocka_unit_test(a_narrow_key_makes_links_and_nothing_else),
    };

    return cmocka_run_group_tests_name("run", tests, open_world, close_world);
}
