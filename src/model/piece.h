/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A campaign as pieces: what folder and store exchange, so that loading and dumping lose nothing. No I/O here.
 *
 * A piece is one file ("news/2026-04-24-memo.md", "photos/gate.jpg", "campaign.ini") or one row of a register
 * ("figures.csv#signers/2026-04-20"). Pieces stand in the order of their paths, each path once. Two are equal when
 * their hashes are; where only that matters, `bytes` may be empty (what the store held when a folder was dumped).
 */
#ifndef MODEL_PIECE_H
#define MODEL_PIECE_H

#include "base/arena.h"

struct piece {
    struct span path;
    struct span bytes;
    struct span hash; /* SHA-256 */
    int64_t position; /* of a row in its register, from 1; 0 for a file */
    int64_t revision; /* the campaign's, when it last changed; 0 outside the store */
};

struct pieces {
    LIST(struct piece) list;
};

void pieces_sort(struct pieces *pieces);
const struct piece *pieces_find(const struct pieces *pieces, struct span path); /* or null */

/* Is it made from other pieces, and so in no folder: a leaflet? */
bool piece_is_derived(struct span path);
/* The others; borrows. */
struct pieces pieces_of_folder(struct arena *a, const struct pieces *pieces);

/* "figures.csv" of "figures.csv#signers/2026-04-20"; false, and `register_out` is all of it, for a file. */
bool piece_is_row(struct span path, struct span *register_out);
/* What a person calls it: "memo" of "news/2026-04-24-memo.es.md", "signers" of the row above, "gate.jpg" of a photo,
 * the document's key of each of its files. */
struct span piece_key(struct span path);

/* ---- what is different ---- */

enum piece_change_kind { PIECE_NEW, PIECE_CHANGED, PIECE_GONE, PIECE_ORDER };
enum { PIECE_CHANGE_KIND_COUNT = PIECE_ORDER + 1 };

struct piece_change {
    enum piece_change_kind kind;
    struct span path;       /* PIECE_ORDER: of the register, whose rows stand in another order */
    const struct piece *to; /* of the new pieces; null for GONE and ORDER */
};
struct piece_changes {
    LIST(struct piece_change) list; /* by path; the orders come last */
    size_t counts[PIECE_CHANGE_KIND_COUNT];
};
void pieces_compare(struct arena *a, const struct pieces *from, const struct pieces *to,
                    struct piece_changes *changes_out);

/* ---- two who changed the same ---- */

/* A person's word on what to do about a piece: by its key or its whole path. */
struct piece_take {
    struct span key;
    bool is_folder; /* the folder's; else the store's */
    bool is_used;
};

struct piece_conflict {
    struct span path;
    bool is_gone;         /* from the store */
    bool is_folders_also; /* the folder changed it as well */
};

struct piece_merge {
    struct pieces pieces; /* what the store is to hold */
    LIST(struct piece_conflict) conflicts;
    size_t kept; /* pieces of the store that stand although the folder has it otherwise */
};
/* The folder's pieces, but for those that changed in the store since `base` was dumped from it and differ now: of them
 * the one that a take names, or else a conflict. Sets is_used of the takes. Rows that come together from both may have
 * one position. */
void pieces_merge(struct arena *a, const struct pieces *base, const struct pieces *store, const struct pieces *folder,
                  struct piece_take *takes, size_t take_count, struct piece_merge *merge_out);

#endif
