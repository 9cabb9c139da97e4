/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See mailer_wishes.h. Tables with open addressing; a hash of zero is an empty place, so zero is counted as one.
 *
 * The one of addresses is cut into shards, which grow one at a time and by a quarter: whatever the number of people, it is
 * never less than half full, and never there twice.
 */
#include "main/mailer_wishes.h"

#include "base/rc.h"
#include "seal/secret.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 1024, SHARDS = 64, SHARD_BITS = 6, SHARD_FIRST = 64 };

/* Full to three quarters is when it grows. */
static bool is_full(size_t count, size_t slots)
{
    return count >= slots / 4 * 3;
}

static void *slots_new(size_t count, size_t size)
{
    void *p = calloc(count, size);

    CHECK(p != NULL);
    return p;
}

/* ---- addresses ---- */

struct shard {
    struct wish *slots;
    size_t room; /* a multiple of four */
    size_t count;
};

struct wishes {
    struct shard shards[SHARDS];
};

struct wishes *wishes_open(void)
{
    struct wishes *w = slots_new(1, sizeof *w);

    for (size_t i = 0; i < SHARDS; i++)
        w->shards[i] = (struct shard){.slots = slots_new(SHARD_FIRST, sizeof(struct wish)), .room = SHARD_FIRST};
    return w;
}

void wishes_close(struct wishes **wishes)
{
    for (size_t i = 0; *wishes && i < SHARDS; i++)
        free((*wishes)->shards[i].slots);
    free(*wishes);
    *wishes = NULL;
}

/* By the low half of the hash; which shard it is, the high bits say. */
static struct wish *wish_place(struct wish *slots, size_t room, uint64_t hash)
{
    size_t at = (size_t)((hash & UINT32_MAX) * room >> 32);

    while (slots[at].hash && slots[at].hash != hash)
        at = at + 1 < room ? at + 1 : 0;
    return &slots[at];
}

static void shard_grow(struct shard *s)
{
    size_t room = s->room / 16 * 20;
    struct wish *slots = slots_new(room, sizeof *slots);

    for (size_t i = 0; i < s->room; i++)
        if (s->slots[i].hash)
            *wish_place(slots, room, s->slots[i].hash) = s->slots[i];
    free(s->slots);
    s->slots = slots;
    s->room = room;
}

/* Null: it is there, and ended or newer. */
static struct wish *note(struct wishes *w, uint64_t hash, uint32_t order)
{
    struct shard *s;
    struct wish *place;

    hash = hash ? hash : 1;
    s = &w->shards[hash >> (64 - SHARD_BITS)];
    if (is_full(s->count, s->room))
        shard_grow(s);
    place = wish_place(s->slots, s->room, hash);
    if (place->hash == 0) {
        *place = (struct wish){.hash = hash, .order = order, .person = WISHES_NOBODY};
        s->count++;
        return place;
    }
    if (place->order > order)
        return NULL;
    place->order = order;
    return place;
}

struct wish *wishes_note(struct wishes *w, uint64_t hash, int64_t order)
{
    /* a store that counted past four thousand million wishes is told apart by which comes later */
    const int64_t most = UINT32_MAX - 1;

    return note(w, hash, order < 0 ? 0 : order > most ? (uint32_t)most : (uint32_t)order);
}

struct wish *wishes_end(struct wishes *w, uint64_t hash)
{
    return note(w, hash, UINT32_MAX);
}

/* ---- domains ---- */

struct site_slot {
    uint64_t hash;
    int32_t number;
};

struct sites {
    struct site_slot *slots;
    size_t room;
    struct site *list; /* by number, from 1 */
    size_t list_room;
    size_t count;
    char *names;
    size_t names_room;
    size_t names_len;
};

struct sites *sites_open(void)
{
    struct sites *s = slots_new(1, sizeof *s);

    s->room = SLOTS_FIRST;
    s->slots = slots_new(s->room, sizeof *s->slots);
    s->list_room = SLOTS_FIRST;
    s->list = slots_new(s->list_room, sizeof *s->list);
    return s;
}

void sites_close(struct sites **sites)
{
    struct sites *s = *sites;

    *sites = NULL;
    if (s == NULL)
        return;
    if (s->names)
        secret_wipe(s->names, s->names_len);
    free(s->names);
    free(s->list);
    free(s->slots);
    free(s);
}

static struct site_slot *site_place(struct site_slot *slots, size_t room, uint64_t hash)
{
    size_t at = (size_t)hash & (room - 1);

    while (slots[at].hash && slots[at].hash != hash)
        at = (at + 1) & (room - 1);
    return &slots[at];
}

static void sites_double(struct sites *s)
{
    size_t room = s->room * 2;
    struct site_slot *slots = slots_new(room, sizeof *slots);
    struct site *list = slots_new(s->list_room * 2, sizeof *list);

    for (size_t i = 0; i < s->room; i++)
        if (s->slots[i].hash)
            *site_place(slots, room, s->slots[i].hash) = s->slots[i];
    memcpy(list, s->list, s->list_room * sizeof *list);
    free(s->slots);
    free(s->list);
    s->slots = slots;
    s->room = room;
    s->list = list;
    s->list_room *= 2;
}

int32_t sites_number(struct sites *s, uint64_t hash)
{
    struct site_slot *place;

    if (is_full(s->count + 2, s->room))
        sites_double(s);
    hash = hash ? hash : 1;
    place = site_place(s->slots, s->room, hash);
    if (place->hash)
        return place->number;
    if (s->count == SITES_MOST)
        return SITES_MOST;
    *place = (struct site_slot){.hash = hash, .number = (int32_t)++s->count};
    return place->number;
}

/* Into the names, which move as they grow: what they were is wiped. */
static void keep_name(struct sites *s, struct site *site, struct span name)
{
    if (name.n == 0 || s->names_len + name.n > SITES_NAMES_MOST)
        return;
    if (s->names_len + name.n > s->names_room) {
        size_t room = s->names_room ? s->names_room * 2 : 4096;
        char *names = slots_new(room, 1);

        if (s->names) {
            memcpy(names, s->names, s->names_len);
            secret_wipe(s->names, s->names_len);
        }
        free(s->names);
        s->names = names;
        s->names_room = room;
    }
    memcpy(s->names + s->names_len, name.p, name.n);
    site->name_at = (uint32_t)s->names_len + 1;
    site->name_len = (uint32_t)name.n;
    s->names_len += name.n;
}

void sites_add(struct sites *s, int32_t number, struct span name)
{
    struct site *site = &s->list[number];

    site->people++;
    if (site->people >= SITES_NAMED_FROM && site->name_at == 0 && number < SITES_MOST)
        keep_name(s, site, name);
}

void sites_take(struct sites *s, int32_t number)
{
    s->list[number].people--;
}

size_t sites_count(const struct sites *s)
{
    return s->count;
}

int32_t sites_people(const struct sites *s, int32_t number)
{
    return s->list[number].people;
}

struct span sites_name(const struct sites *s, int32_t number)
{
    const struct site *site = &s->list[number];

    if (site->people < SITES_NAMED_FROM || site->name_at == 0)
        return (struct span){0};
    return (struct span){s->names + site->name_at - 1, site->name_len};
}
