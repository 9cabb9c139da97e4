/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What load and dump do in the store, apart from who asks: a command that is the one writer, or the server for a command
 * at its control socket. Content goes in and out, never a path of the machine.
 */
#ifndef MAIN_EXCHANGE_H
#define MAIN_EXCHANGE_H

#include "db/db.h"
#include "folder/dump.h"
#include "main/compile.h"
#include "main/published.h"
#include "store/content.h"

/* ---- load ---- */

struct load_order {
    struct span host;                /* which campaign */
    struct pieces pieces;            /* of a folder without an error */
    const struct compiled *compiled; /* the same, for search; null: the server that opens the store next does that */
    const struct published_news *published; /* what it shows, where `compiled` is null */
    const struct folder_base *base;         /* what the folder was dumped from; null: it never was */
    struct piece_take *takes;
    size_t take_count;
};

struct load_plan {
    struct content_campaign campaign; /* campaign_id 0: a new one */
    struct piece_merge merge;         /* with conflicts, nothing may be loaded */
    struct pieces pieces;             /* what the store is to hold */
    struct piece_changes changes;     /* against what it holds now */
    struct compiled compiled;         /* of `pieces`, when they are not just the folder's; else all zero */
};

/* Looks, and writes nothing. RC_OK, with conflicts or without; RC_INVALID: what folder and store make together has
 * errors, in plan_out->compiled.diags; RC_IO … as reading the store. Everything lives in `a`. */
MUST_USE enum rc load_look(struct db *db, struct arena *a, const struct load_order *order, struct instant now,
                           struct load_plan *plan_out);
/* Writes, all or nothing. RC_CONFLICT: the store changed since load_look(). */
MUST_USE enum rc load_write(struct db *db, struct arena *a, const struct load_order *order, struct load_plan *plan,
                            struct instant now);

/* ---- dump ---- */

/* All files of a dump: the campaign's, published.csv and .breakroom-base. RC_NOT_FOUND: no such campaign. */
MUST_USE enum rc dump_files(struct db *db, struct arena *a, int64_t campaign_id, struct instant now,
                            struct folder_files *files_out);
/* .breakroom-base of pieces that the store holds now: a folder that was just loaded is as good as just dumped. */
struct span dump_base(struct arena *a, struct span host, const struct pieces *pieces);
/* Of these only campaign.ini and published.csv. Quick where the store has a record of all that is public at `now`. */
MUST_USE enum rc dump_published(struct db *db, struct arena *a, const struct content_campaign *campaign,
                                struct instant now, struct folder_files *files_out);

#endif
