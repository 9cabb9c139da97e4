/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * bench_seal COUNT: seals so many subscribers on one core, opens them, and says "SEALS OPENS BARE UNWRAP": in a second
 * of CPU each, how many crypto_box_seal() alone does of the same in between, and the milliseconds of an unwrapping.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "seal/seal.h"
#include "seal/wrap.h"

enum { ROUND = 100 };

/* Of this program alone: what else the machine does is nobody's business here. */
static double now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct times {
    double seals;
    double opens;
    double bare;
};

/* Alternating, so that what else the machine does falls on all three. */
static bool run_round(struct arena *a, const struct mailing_secret *secret, const struct mailing_public *key,
                      struct seal_room *room, struct times *times)
{
    struct seal_head head = {.kind = SEAL_SUBSCRIBER, .day = 20574};
    struct seal_reader reader = mailing_reader(key);
    struct span sealed[ROUND];
    unsigned char box[crypto_box_SEALBYTES + 32];
    struct span out;
    double start = now_s();

    for (int i = 0; i < ROUND; i++)
        if (seal_put(a, &head, &reader, 1, S("address: rosa@home.example\naudience: parent\n"), &sealed[i]) != RC_OK)
            return false;
    times->seals += now_s() - start;
    start = now_s();
    for (int i = 0; i < ROUND; i++)
        if (seal_open_mailing(secret, &head, sealed[i], room, &out) != RC_OK)
            return false;
    times->opens += now_s() - start;
    start = now_s();
    for (int i = 0; i < ROUND; i++)
        if (crypto_box_seal(box, key->bytes, 32, key->bytes) != 0)
            return false;
    times->bare += now_s() - start;
    return true;
}

static bool time_unwrap(const struct mailing_secret *secret, double *ms_out)
{
    struct seal_campaign campaign = seal_campaign_make();
    struct mailing_secret *back = NULL;
    struct passphrase *words;
    struct wrapped wrapped;
    bool is_fine;
    double start;

    passphrase_make(&words);
    is_fine = wrap_mailing(secret, &campaign, words, &wrapped) == RC_OK;
    start = now_s();
    is_fine = is_fine && unwrap_mailing(&wrapped, &campaign, words, &back) == RC_OK;
    *ms_out = (now_s() - start) * 1000;
    mailing_key_close(&back);
    passphrase_close(&words);
    return is_fine;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) / ROUND : 0;
    struct arena *a = arena_open(16 * 1024 * 1024);
    struct seal_room *room = seal_room_open();
    struct mailing_secret *secret;
    struct mailing_public key;
    struct times t = {0};
    double unwrap = 0;
    bool is_fine = rounds > 0;

    mailing_key_make(&secret, &key);
    for (int i = 0; i < rounds && is_fine; i++) {
        arena_reset(a);
        is_fine = run_round(a, secret, &key, room, &t);
    }
    is_fine = is_fine && time_unwrap(secret, &unwrap);
    if (is_fine)
        printf("%.0f %.0f %.0f %.0f\n", rounds * ROUND / t.seals, rounds * ROUND / t.opens, rounds * ROUND / t.bare,
               unwrap);
    mailing_key_close(&secret);
    seal_room_close(&room);
    arena_close(&a);
    return !is_fine;
}
