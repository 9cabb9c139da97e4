/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See subscribe_limit.h. Mailboxes live in sets of four, the one that asked the longest ago makes room; each remembers
 * when its letters of the last hour were. A campaign counts by minutes, the current one and sixty before it, so that no
 * sixty minutes ever have more than the limit.
 */
#include "subscribe/subscribe_limit.h"

#include "base/sip.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SETS = 4096, WAYS = 4, HOUR_S = 3600, MINUTES = 61, HOST_MOST = 253 };

struct person {
    uint64_t tag;                                /* 0: free */
    uint32_t times[SUBSCRIBE_LIMIT_PERSON_MOST]; /* seconds since the table was opened, plus one; 0: none */
};

struct per_campaign {
    int64_t campaign_id;
    uint64_t minute; /* that minutes[minute % MINUTES] counts */
    uint16_t minutes[MINUTES];
    uint64_t refused; /* since the alarm */
    uint64_t alarm_s; /* 0: none in the last hour */
    struct instant alarm_at;
    char host[HOST_MOST + 1];
};

struct subscribe_limit {
    struct sip_key key;
    unsigned a_person;
    unsigned a_campaign;
    pthread_mutex_t lock; /* all below */
    uint64_t opened_s;    /* set by the first letter */
    struct person *people;
    struct per_campaign *campaigns;
    size_t campaign_count;
};

enum rc subscribe_limit_open(unsigned a_person, unsigned a_campaign, struct subscribe_limit **limit_out)
{
    struct subscribe_limit *l = calloc(1, sizeof *l);

    CHECK(a_person > 0 && a_person <= SUBSCRIBE_LIMIT_PERSON_MOST && a_campaign > 0 &&
          a_campaign <= SUBSCRIBE_LIMIT_CAMPAIGN_MOST);
    *limit_out = l;
    if (l == NULL)
        return RC_IO;
    (void)pthread_mutex_init(&l->lock, NULL);
    l->a_person = a_person;
    l->a_campaign = a_campaign;
    l->people = calloc((size_t)SETS * WAYS, sizeof *l->people);
    if (l->people && getrandom(&l->key, sizeof l->key, 0) == (ssize_t)sizeof l->key)
        return RC_OK;
    subscribe_limit_close(limit_out);
    return RC_IO;
}

void subscribe_limit_close(struct subscribe_limit **limit)
{
    struct subscribe_limit *l = *limit;

    *limit = NULL;
    if (l == NULL)
        return;
    (void)pthread_mutex_destroy(&l->lock);
    free(l->people);
    free(l->campaigns);
    free(l);
}

/* ---- mailboxes ---- */

static uint32_t newest(const struct person *p)
{
    uint32_t most = 0;

    for (size_t i = 0; i < SUBSCRIBE_LIMIT_PERSON_MOST; i++)
        most = p->times[i] > most ? p->times[i] : most;
    return most;
}

static uint64_t tag_of(const struct subscribe_limit *l, struct span mailbox)
{
    uint64_t tag = sip_hash(&l->key, mailbox);

    return tag ? tag : 1;
}

/* Null when nothing is known of the mailbox. */
static struct person *find_person(struct subscribe_limit *l, uint64_t tag)
{
    struct person *set = l->people + tag % SETS * WAYS;

    for (size_t i = 0; i < WAYS; i++)
        if (set[i].tag == tag)
            return &set[i];
    return NULL;
}

/* A free place, or that of who asked the longest ago. Only for a letter that goes out: what is refused makes nobody
 * forgotten. */
static struct person *add_person(struct subscribe_limit *l, uint64_t tag)
{
    struct person *set = l->people + tag % SETS * WAYS;
    struct person *place = set;

    for (size_t i = 1; i < WAYS; i++)
        if (place->tag && (set[i].tag == 0 || newest(&set[i]) < newest(place)))
            place = &set[i];
    *place = (struct person){.tag = tag};
    return place;
}

/* A free place for a time, or null when `most` letters are younger than an hour. */
static uint32_t *find_time(struct person *p, unsigned most, uint32_t now)
{
    for (size_t i = 0; i < most; i++)
        if (p->times[i] == 0 || now - p->times[i] >= HOUR_S)
            return &p->times[i];
    return NULL;
}

/* ---- campaigns ---- */

static struct per_campaign *find_campaign(struct subscribe_limit *l, const struct subscribe_asked *asked)
{
    struct per_campaign *c;

    for (size_t i = 0; i < l->campaign_count; i++)
        if (l->campaigns[i].campaign_id == asked->campaign_id)
            return &l->campaigns[i];
    c = realloc(l->campaigns, (l->campaign_count + 1) * sizeof *c);
    CHECK(c != NULL);
    l->campaigns = c;
    c += l->campaign_count++;
    *c = (struct per_campaign){.campaign_id = asked->campaign_id, .minute = asked->now_s / 60};
    if (asked->host.n && asked->host.n <= HOST_MOST)
        memcpy(c->host, asked->host.p, asked->host.n);
    return c;
}

/* Lets go of minutes that are over an hour old. */
static void move_on(struct per_campaign *c, uint64_t now_s)
{
    uint64_t minute = now_s / 60;

    if (minute >= c->minute + MINUTES)
        memset(c->minutes, 0, sizeof c->minutes);
    else
        for (uint64_t m = c->minute + 1; m <= minute; m++)
            c->minutes[m % MINUTES] = 0;
    c->minute = minute > c->minute ? minute : c->minute;
    if (c->alarm_s && now_s >= c->alarm_s + HOUR_S) {
        c->alarm_s = 0;
        c->refused = 0;
    }
}

static unsigned in_the_hour(const struct per_campaign *c)
{
    unsigned n = 0;

    for (size_t i = 0; i < MINUTES; i++)
        n += c->minutes[i];
    return n;
}

static void refuse(struct per_campaign *c, const struct subscribe_asked *asked, bool *alarm_out)
{
    *alarm_out = c->alarm_s == 0;
    if (c->alarm_s == 0) {
        c->alarm_s = asked->now_s ? asked->now_s : 1;
        c->alarm_at = asked->now;
    }
    c->refused++;
}

/* ---- both ---- */

static uint32_t since_opened(struct subscribe_limit *l, uint64_t now_s)
{
    if (l->opened_s == 0)
        l->opened_s = now_s;
    return (uint32_t)(now_s - l->opened_s) + 1;
}

enum subscribe_may subscribe_limit_take(struct subscribe_limit *l, const struct subscribe_asked *asked, bool *alarm_out)
{
    enum subscribe_may may = SUBSCRIBE_MAY;
    uint64_t tag = tag_of(l, asked->mailbox);
    struct per_campaign *c;
    struct person *p;
    uint32_t now;

    *alarm_out = false;
    (void)pthread_mutex_lock(&l->lock);
    now = since_opened(l, asked->now_s);
    p = find_person(l, tag);
    c = find_campaign(l, asked);
    move_on(c, asked->now_s);
    if (p && find_time(p, l->a_person, now) == NULL) {
        may = SUBSCRIBE_MAY_NOT_PERSON;
    } else if (in_the_hour(c) >= l->a_campaign) {
        may = SUBSCRIBE_MAY_NOT_CAMPAIGN;
        refuse(c, asked, alarm_out);
    } else {
        *find_time(p ? p : add_person(l, tag), l->a_person, now) = now;
        c->minutes[c->minute % MINUTES]++;
    }
    (void)pthread_mutex_unlock(&l->lock);
    return may;
}

void subscribe_limit_give_back(struct subscribe_limit *l, const struct subscribe_asked *asked)
{
    struct per_campaign *c;
    struct person *p;
    uint32_t last;

    (void)pthread_mutex_lock(&l->lock);
    p = find_person(l, tag_of(l, asked->mailbox));
    last = p ? newest(p) : 0;
    for (size_t i = 0; last && i < SUBSCRIBE_LIMIT_PERSON_MOST; i++)
        if (p->times[i] == last) {
            p->times[i] = 0;
            break;
        }
    c = find_campaign(l, asked);
    move_on(c, asked->now_s);
    if (c->minutes[c->minute % MINUTES])
        c->minutes[c->minute % MINUTES]--;
    (void)pthread_mutex_unlock(&l->lock);
}

void subscribe_limit_status_put(struct subscribe_limit *l, uint64_t now_s, struct buf *out)
{
    (void)pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->campaign_count; i++) {
        struct per_campaign *c = &l->campaigns[i];
        unsigned n;

        move_on(c, now_s);
        n = in_the_hour(c);
        if (n == 0 && c->alarm_s == 0)
            continue;
        buf_printf(out, "sign-up %s: %u confirmation letters in the last hour, of at most %u", c->host, n,
                   l->a_campaign);
        if (c->alarm_s) {
            buf_printf(out, "; LIMIT REACHED, %llu not written since ", (unsigned long long)c->refused);
            instant_put(out, c->alarm_at);
        }
        buf_char(out, '\n');
    }
    (void)pthread_mutex_unlock(&l->lock);
}
