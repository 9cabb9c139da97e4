/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See mailer_wishes.h. Two tables with open addressing; a hash of zero is an empty place, so zero is counted as one.
 */
#include "main/mailer_wishes.h"

#include "base/rc.h"
#include "seal/secret.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 1024 };

/* Full to three quarters is when it doubles. */
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

struct wishes {
    struct wish *slots;
    size_t room; /* a power of two */
    size_t count;
};

struct wishes *wishes_open(void)
{
    struct wishes *w = slots_new(1, sizeof *w);

    w->room = SLOTS_FIRST;
    w->slots = slots_new(w->room, sizeof *w->slots);
    return w;
}

void wishes_close(struct wishes **wishes)
{
    if (*wishes)
        free((*wishes)->slots);
    free(*wishes);
    *wishes = NULL;
}

static struct wish *wish_place(struct wish *slots, size_t room, uint64_t hash)
{
    size_t at = (size_t)hash & (room - 1);

    while (slots[at].hash && slots[at].hash != hash)
        at = (at + 1) & (room - 1);
    return &slots[at];
}

static void wishes_double(struct wishes *w)
{
    size_t room = w->room * 2;
    struct wish *slots = slots_new(room, sizeof *slots);

    for (size_t i = 0; i < w->room; i++)
        if (w->slots[i].hash)
            *wish_place(slots, room, w->slots[i].hash) = w->slots[i];
    free(w->slots);
    w->slots = slots;
    w->room = room;
}

struct wish *wishes_note(struct wishes *w, uint64_t hash, int64_t order)
{
    /* a store that counted past four thousand million wishes is told apart by which comes later */
    uint32_t fitted = order < 0 ? 0 : order > UINT32_MAX ? UINT32_MAX : (uint32_t)order;
    struct wish *place;

    if (is_full(w->count, w->room))
        wishes_double(w);
    hash = hash ? hash : 1;
    place = wish_place(w->slots, w->room, hash);
    if (place->hash == 0) {
        *place = (struct wish){.hash = hash, .order = fitted, .person = WISHES_NOBODY};
        w->count++;
        return place;
    }
    if (place->order > fitted)
        return NULL;
    place->order = fitted;
    return place;
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
