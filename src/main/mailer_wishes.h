/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a freeze remembers of everybody while it lasts: which wish of an address is the newest, and how many people each
 * domain has. About 24 bytes a person; no address, only hashes under a key that dies with the freeze. Pure.
 */
#ifndef MAIN_MAILER_WISHES_H
#define MAIN_MAILER_WISHES_H

#include "base/span.h"

/* ---- addresses ---- */

enum { WISHES_NOBODY = -1 };

struct wish {
    uint64_t hash;
    uint32_t order;
    int32_t person; /* number in the run, or WISHES_NOBODY; the caller's to set */
};

struct wishes;
struct wishes *wishes_open(void);
void wishes_close(struct wishes **wishes); /* accepts null */

/* This address has a wish of this order. Null: a newer one was seen already. Else the place of the address, with the order
 * noted and the person of before it; valid until the next call. Of two equal ones the later call is the newer. */
struct wish *wishes_note(struct wishes *wishes, uint64_t hash, int64_t order);
/* No wish of this address counts, whenever it was made. The place of the address, as above; never null. */
struct wish *wishes_end(struct wishes *wishes, uint64_t hash);

/* ---- domains ---- */

enum { SITES_MOST = 256 * 1024, SITES_NAMED_FROM = 5, SITES_NAMES_MOST = 4 * 1024 * 1024 };

struct site {
    int32_t people;
    uint32_t name_at; /* one more than where it stands in the names; 0: none */
    uint32_t name_len;
};

struct sites;
struct sites *sites_open(void);
void sites_close(struct sites **sites); /* wipes the names; accepts null */

/* The number of the domain with this hash, from 1. What comes after SITES_MOST of them shares the last number. */
int32_t sites_number(struct sites *sites, uint64_t hash);
/* One more there. `name` is copied where enough people share it. */
void sites_add(struct sites *sites, int32_t number, struct span name);
void sites_take(struct sites *sites, int32_t number); /* one less */

/* Numbers are 1 to the count. */
size_t sites_count(const struct sites *sites);
int32_t sites_people(const struct sites *sites, int32_t number);
/* Empty while fewer than SITES_NAMED_FROM people share it, and of those that share a number. */
struct span sites_name(const struct sites *sites, int32_t number);

#endif
