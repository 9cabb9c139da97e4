/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Two tables of fixed size. Buckets live in sets of four; the one not asked for the longest makes room, so a flood of
 * addresses forgets old ones and never grows. Connection counts are exact: the table has twice as many places as
 * there can be connections.
 */
#include "http/limit.h"

#include "base/sip.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { BUCKETS = 65536, WAYS = 4, A_REQUEST = 60000, DAY_MS = 86400000 };

struct bucket {
    uint64_t tag;                    /* 0: free */
    uint64_t ms;                     /* last filled */
    uint64_t parts[HTTP_RATE_COUNT]; /* what is left, A_REQUEST of them for one */
};

struct count {
    uint64_t tag; /* 0: free */
    uint32_t open;
};

struct limits {
    struct sip_key key;
    struct http_rate_limit rates[HTTP_RATE_COUNT];
    unsigned connections_a_peer;
    pthread_mutex_t bucket_lock;
    struct bucket *buckets;
    pthread_mutex_t count_lock;
    struct count *counts;
    size_t count_mask;
};

static const struct http_rate_limit defaults[HTTP_RATE_COUNT] = {
    [HTTP_RATE_FORM] = {.burst = 120, .per_minute = 120},
    [HTTP_RATE_SIGN] = {.burst = 300, .per_minute = 120}, /* a staff meeting signs together */
    [HTTP_RATE_LOGIN] = {.burst = 20, .per_minute = 10},
    [HTTP_RATE_LEAVE] = {.burst = 6000, .per_minute = 6000},
};

/* Never 0. */
static uint64_t tag_of(const struct limits *l, struct http_peer peer)
{
    uint64_t tag = sip_hash(&l->key, (struct span){(const char *)peer.bytes, sizeof peer.bytes});

    return tag ? tag : 1;
}

enum rc limits_open(const struct http_rate_limit rates[HTTP_RATE_COUNT], unsigned connections_max,
                    unsigned connections_a_peer, struct limits **limits_out)
{
    struct limits *l = calloc(1, sizeof *l);
    size_t places = 1024;

    *limits_out = l;
    if (l == NULL)
        return RC_IO;
    while (places < (size_t)connections_max * 2)
        places *= 2;
    l->count_mask = places - 1;
    l->counts = calloc(places, sizeof *l->counts);
    l->buckets = calloc(BUCKETS, sizeof *l->buckets);
    l->connections_a_peer = connections_a_peer;
    for (size_t i = 0; i < HTTP_RATE_COUNT; i++)
        l->rates[i] = rates[i].burst ? rates[i] : defaults[i];
    (void)pthread_mutex_init(&l->bucket_lock, NULL);
    (void)pthread_mutex_init(&l->count_lock, NULL);
    if (l->counts && l->buckets && getrandom(&l->key, sizeof l->key, 0) == (ssize_t)sizeof l->key)
        return RC_OK;
    limits_close(limits_out);
    return RC_IO;
}

void limits_close(struct limits **limits)
{
    struct limits *l = *limits;

    *limits = NULL;
    if (l == NULL)
        return;
    (void)pthread_mutex_destroy(&l->bucket_lock);
    (void)pthread_mutex_destroy(&l->count_lock);
    free(l->counts);
    free(l->buckets);
    free(l);
}

/* What has come in since. Exact: a thousandth of a second at one a minute is one part of A_REQUEST. */
static void refill(const struct limits *l, struct bucket *b, uint64_t now_ms)
{
    uint64_t passed = now_ms > b->ms ? now_ms - b->ms : 0;

    if (passed == 0)
        return;
    if (passed > DAY_MS)
        passed = DAY_MS;
    for (size_t r = 0; r < HTTP_RATE_COUNT; r++) {
        uint64_t full = (uint64_t)l->rates[r].burst * A_REQUEST;
        uint64_t has = b->parts[r] + passed * l->rates[r].per_minute;

        b->parts[r] = has < full ? has : full;
    }
    b->ms = now_ms;
}

/* The peer's bucket, filled up to `now_ms`; a full one for a peer that has none. */
static struct bucket *bucket_of(struct limits *l, uint64_t tag, uint64_t now_ms)
{
    struct bucket *set = &l->buckets[(tag % (BUCKETS / WAYS)) * WAYS];
    struct bucket *oldest = set;

    for (size_t i = 0; i < WAYS; i++) {
        struct bucket *b = &set[i];

        if (b->tag == tag) {
            refill(l, b, now_ms);
            return b;
        }
        if (b->ms < oldest->ms || (b->tag == 0 && oldest->tag != 0))
            oldest = b;
    }
    *oldest = (struct bucket){.tag = tag, .ms = now_ms};
    for (size_t r = 0; r < HTTP_RATE_COUNT; r++)
        oldest->parts[r] = (uint64_t)l->rates[r].burst * A_REQUEST;
    return oldest;
}

bool limits_take(struct limits *l, struct http_peer peer, enum http_rate rate, uint64_t now_ms)
{
    uint64_t tag = tag_of(l, peer);
    struct bucket *b;
    bool may;

    if (rate == HTTP_RATE_NONE)
        return true;
    (void)pthread_mutex_lock(&l->bucket_lock);
    b = bucket_of(l, tag, now_ms);
    may = b->parts[rate] >= A_REQUEST;
    if (may)
        b->parts[rate] -= A_REQUEST;
    (void)pthread_mutex_unlock(&l->bucket_lock);
    return may;
}

/* The place of `tag`, or the free one where it belongs. */
static size_t place_of(const struct limits *l, uint64_t tag)
{
    size_t at = tag & l->count_mask;

    while (l->counts[at].tag && l->counts[at].tag != tag)
        at = (at + 1) & l->count_mask;
    return at;
}

bool limits_may_connect(struct limits *l, struct http_peer peer)
{
    uint64_t tag = tag_of(l, peer);
    bool may;

    (void)pthread_mutex_lock(&l->count_lock);
    may = l->counts[place_of(l, tag)].open < l->connections_a_peer;
    (void)pthread_mutex_unlock(&l->count_lock);
    return may;
}

void limits_connected(struct limits *l, struct http_peer peer)
{
    uint64_t tag = tag_of(l, peer);
    struct count *c;

    (void)pthread_mutex_lock(&l->count_lock);
    c = &l->counts[place_of(l, tag)];
    c->tag = tag;
    c->open++;
    (void)pthread_mutex_unlock(&l->count_lock);
}

void limits_disconnected(struct limits *l, struct http_peer peer)
{
    uint64_t tag = tag_of(l, peer);
    size_t hole;

    (void)pthread_mutex_lock(&l->count_lock);
    hole = place_of(l, tag);
    CHECK(l->counts[hole].open > 0);
    if (--l->counts[hole].open == 0) { /* close the gap: what was pushed past it moves up */
        for (size_t at = (hole + 1) & l->count_mask; l->counts[at].tag; at = (at + 1) & l->count_mask) {
            size_t home = l->counts[at].tag & l->count_mask;

            if (((at - home) & l->count_mask) >= ((at - hole) & l->count_mask)) {
                l->counts[hole] = l->counts[at];
                hole = at;
            }
        }
        l->counts[hole] = (struct count){0};
    }
    (void)pthread_mutex_unlock(&l->count_lock);
}
