/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a sealed object, a wrapped half, a token, a link, an address of a run, a secret handed over, a run's key that
 * is kept, a server's key,
 * a passphrase, and as what a command and a server tell each other of keys. Nothing that we did not make opens; what is taken is written again as the same.
 *
 * The last byte chooses which, and whether the bytes are laid over one that does open: a fuzzer does not find keys.
 */
#include <string.h>

#include "main/keys_step.h"
#include "seal/link.h"
#include "seal/run_impl.h"
#include "seal/run_kept.h"
#include "seal/secret.h"
#include "seal/token_impl.h"
#include "seal/wrap_impl.h"

enum { SOURCE_MAX = 16 * 1024, MEMORY = 16 * 1024 * 1024 };

static struct mailing_secret *secret;
static struct mailing_public public_half;
static struct server_key *server;
static struct run_keeper *keeper;
static struct wrapping_key *wrapping;
static struct seal_room *room;
static struct run_key *run;
static struct mailer_secret *mailer;
static struct mailer_public mailer_public;
static struct seal_campaign campaign;
static struct seal_head head = {.kind = SEAL_SUBSCRIBER, .day = 20574};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    secret = secret_alloc(sizeof *secret);
    memset(secret->pair.seed, 0x11, KEY_LEN);
    key_pair_grow(&secret->pair);
    memcpy(public_half.bytes, secret->pair.public, KEY_LEN);
    server = secret_alloc(sizeof *server);
    server_key_grow(server);
    run_keeper_make(server, &keeper);
    wrapping = secret_alloc(sizeof *wrapping);
    room = seal_room_open();
    run_key_make(&run);
    mailer_key_make(&mailer, &mailer_public);
    memset(campaign.bytes, 0xC1, sizeof campaign.bytes);
    head.campaign = campaign;
    return 0;
}

/* `good` with the bytes put over it at the place that their first two say. */
static struct span laid_over(struct arena *a, struct span good, struct span bytes)
{
    char *out = arena_cstr(a, good);
    size_t at;

    if (bytes.n < 3)
        return good;
    at = ((size_t)(unsigned char)bytes.p[0] << 8 | (unsigned char)bytes.p[1]) % good.n;
    bytes = span_sub(bytes, 2, good.n - at);
    memcpy(out + at, bytes.p, bytes.n);
    return (struct span){out, good.n};
}

static void check_sealed(struct arena *a, struct span bytes, bool is_laid)
{
    struct seal_reader reader = mailing_reader(&public_half);
    struct span good;
    struct span out;

    CHECK(seal_put(a, &head, &reader, 1, S("rosa@home.example"), &good) == RC_OK);
    bytes = is_laid ? laid_over(a, good, bytes) : bytes;
    CHECK((seal_open_mailing(secret, &head, bytes, room, &out) == RC_OK) == span_eq(bytes, good));
}

static void check_wrapped(struct span bytes)
{
    struct wrapped w;
    struct key_pair *pair = secret_alloc(sizeof *pair);

    if (wrapped_read(bytes, KEY_MAILING, &campaign, public_half.bytes, &w)) {
        CHECK(bytes.n == WRAPPED_LEN && wrapped_is_sound(&w, KEY_MAILING, &campaign));
        CHECK(!wrapped_is_sound(&w, KEY_COMMITTEE, &campaign));
    }
    if (bytes.n == WRAPPED_LEN) {
        memcpy(w.bytes, bytes.p, WRAPPED_LEN);
        CHECK(wrapped_open_with(&w, KEY_MAILING, wrapping, pair) == RC_INVALID);
    }
    secret_free(pair);
}

static void check_token(struct arena *a, struct span bytes, bool is_laid)
{
    struct instant until = {2};
    struct span good;
    struct span out;

    CHECK(token_put(a, server, TOKEN_CONFIRM, &campaign, until, S("rosa@home.example"), &good) == RC_OK);
    bytes = is_laid ? laid_over(a, good, bytes) : bytes;
    CHECK(token_open(server, TOKEN_CONFIRM, &campaign, (struct instant){1}, bytes, a, &out) ==
          (span_eq(bytes, good) ? RC_OK : RC_INVALID));
    CHECK(token_open(server, TOKEN_CONFIRM, &campaign, until, bytes, a, &out) ==
          (span_eq(bytes, good) ? RC_DENIED : RC_INVALID));
}

static void check_link(struct arena *a, struct span bytes, bool is_laid)
{
    struct link link = link_make(server, &campaign, &head.object);
    struct span good = {link.text, LINK_LEN};
    struct seal_object object;

    bytes = is_laid ? laid_over(a, good, bytes) : bytes;
    CHECK((link_read(server, &campaign, bytes, &object) == RC_OK) == span_eq(bytes, good));
}

static void check_kept(struct arena *a, struct span bytes, bool is_laid)
{
    struct seal_head own = {.kind = SEAL_RUN, .campaign = campaign};
    struct run_kept kept;
    struct span good = {(const char *)kept.bytes, RUN_KEPT_LEN};
    struct span tried;
    struct run_key *got = NULL;

    run_key_keep(keeper, run, &own, &kept);
    tried = is_laid ? laid_over(a, good, bytes) : bytes;
    if (run_key_kept_open(keeper, &own, tried, &got) == RC_OK) {
        CHECK(span_eq(tried, good) && secret_eq(got->seed, run->seed, KEY_LEN));
        run_key_close(&got);
    } else {
        CHECK(!span_eq(tried, good));
    }
}

static void check_run(struct arena *a, struct span bytes, bool is_laid)
{
    unsigned char sealed[RUN_SEALED_MOST];
    char out[RUN_SEALED_MOST];
    struct handover handover;
    struct mailing_secret *got;
    struct span good = {(const char *)sealed, run_address_put(run, 3, S("rosa@home.example"), sealed)};
    struct span handed = {(const char *)handover.bytes, HANDOVER_LEN};
    struct span tried = is_laid ? laid_over(a, good, bytes) : bytes;
    size_t n;

    CHECK((run_address_open(run, 3, tried, out, &n) == RC_OK) == span_eq(tried, good));
    handover_put(secret, &campaign, &mailer_public, &handover);
    tried = is_laid ? laid_over(a, handed, bytes) : bytes;
    if (handover_open(mailer, &campaign, tried, &got) == RC_OK) {
        CHECK(span_eq(tried, handed) && mailing_key_eq(got, secret));
        mailing_key_close(&got);
    } else {
        CHECK(!span_eq(tried, handed));
    }
    check_kept(a, bytes, is_laid);
}

static void check_words(struct span bytes)
{
    struct server_key *key;
    struct passphrase *p;
    struct passphrase *again;
    unsigned wrong;

    if (server_key_read(bytes, &key) == RC_OK)
        server_key_close(&key);
    if (passphrase_read(bytes, &p, &wrong) != RC_OK) {
        CHECK(wrong <= PASSPHRASE_WORDS);
        return;
    }
    CHECK(passphrase_read(passphrase_words(p), &again, &wrong) == RC_OK);
    CHECK(span_eq(passphrase_words(p), passphrase_words(again)));
    passphrase_close(&p);
    passphrase_close(&again);
}

static void check_call(struct arena *a, struct span bytes)
{
    struct keys_call call;
    struct keys_call again;
    struct keys_told told;
    struct keys_told told_again;

    if (bytes.n <= KEYS_BODY_MOST && keys_call_read(bytes, &call)) {
        CHECK(keys_call_read(keys_call_put(a, &call), &again));
        CHECK(again.writes == call.writes && span_eq(again.host, call.host) && span_eq(again.url, call.url));
        CHECK(memcmp(&again.fresh, &call.fresh, sizeof call.fresh) == 0);
    }
    if (keys_told_read(a, bytes, &told)) {
        CHECK(keys_told_read(a, keys_told_put(a, &told), &told_again));
        CHECK(told.outcome == told_again.outcome && told.keys.list.count == told_again.keys.list.count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {(const char *)data, size ? size - 1 : 0};
    struct arena *a = arena_open(MEMORY);
    uint8_t which = size ? data[size - 1] : 0;

    if (size <= SOURCE_MAX) {
        if (which >= 'a' && which <= 'b')
            check_link(a, bytes, which == 'b');
        else if (which >= 'c' && which <= 'd')
            check_run(a, bytes, which == 'd');
        else if (which % 8 < 2)
            check_sealed(a, bytes, which % 8 == 1);
        else if (which % 8 < 4)
            check_token(a, bytes, which % 8 == 3);
        else if (which % 8 == 4)
            check_wrapped(bytes);
        else if (which % 8 == 5)
            check_words(bytes);
        else
            check_call(a, bytes);
    }
    arena_close(&a);
    return 0;
}
