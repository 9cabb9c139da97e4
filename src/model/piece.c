/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Comparing and merging pieces: walks over sorted lists. See piece.h.
 */
#include "model/piece.h"

#include "model/leaflet.h"

#include <stdlib.h>

static int compare_paths(const void *left, const void *right)
{
    return span_cmp(((const struct piece *)left)->path, ((const struct piece *)right)->path);
}

void pieces_sort(struct pieces *pieces)
{
    if (pieces->list.count)
        qsort(pieces->list.items, pieces->list.count, sizeof *pieces->list.items, compare_paths);
}

const struct piece *pieces_find(const struct pieces *pieces, struct span path)
{
    struct piece wanted = {.path = path};

    return pieces->list.count
               ? bsearch(&wanted, pieces->list.items, pieces->list.count, sizeof *pieces->list.items, compare_paths)
               : NULL;
}

bool piece_is_row(struct span path, struct span *register_out)
{
    struct span rest;

    return span_cut(path, '#', register_out, &rest);
}

struct span piece_key(struct span path)
{
    struct span before;
    struct span rest;
    size_t slash = span_find_last_char(path, '/');

    if (span_cut(path, '#', &before, &rest)) {
        (void)span_cut(rest, '/', &before, &rest);
        return before;
    }
    if (slash != SPAN_NONE)
        rest = span_from(path, slash + 1);
    else
        rest = path;
    if (span_starts(path, S("documents/"))) { /* its files fit each other and no other's */
        (void)span_cut(rest, '.', &before, &rest);
        return before;
    }
    if (span_starts(path, S("cases/")) && span_ends(rest, S(".ini")))
        return span_sub(rest, 0, rest.n - 4);
    if (!span_ends(rest, S(".md")))
        return rest;
    (void)span_cut(rest, '.', &before, &rest);
    return span_starts(path, S("news/")) && before.n > 11 ? span_from(before, 11) : before;
}

static bool is_same(const struct piece *a, const struct piece *b)
{
    return a == NULL || b == NULL ? a == b : span_eq(a->hash, b->hash);
}

/* ---- what is different ---- */

static void add_change(struct arena *a, struct piece_changes *changes, enum piece_change_kind kind, struct span path,
                       const struct piece *to)
{
    *LIST_ADD(a, &changes->list) = (struct piece_change){kind, path, to};
    changes->counts[kind]++;
}

static int compare_rows(const void *left, const void *right)
{
    const struct piece *a = *(const struct piece *const *)left;
    const struct piece *b = *(const struct piece *const *)right;
    struct span register_a;
    struct span register_b;
    int order;

    (void)piece_is_row(a->path, &register_a);
    (void)piece_is_row(b->path, &register_b);
    order = span_cmp(register_a, register_b);
    return order ? order : (a->position > b->position) - (a->position < b->position);
}

/* Of rows that were there before and are there now, does one stand on the other side of another? */
static void compare_order(struct arena *a, const struct pieces *from, const struct pieces *to,
                          struct piece_changes *changes)
{
    const struct piece **rows = ARENA_ARRAY(a, const struct piece *, to->list.count + 1);
    struct span last = {0};
    struct span reported = {0};
    int64_t before = 0;
    size_t count = 0;

    for (size_t i = 0; i < to->list.count; i++)
        if (to->list.items[i].position)
            rows[count++] = &to->list.items[i];
    if (count)
        qsort(rows, count, sizeof *rows, compare_rows);
    for (size_t i = 0; i < count; i++) {
        const struct piece *old = pieces_find(from, rows[i]->path);
        struct span own;

        (void)piece_is_row(rows[i]->path, &own);
        if (!span_eq(own, last))
            before = 0;
        last = own;
        if (old == NULL)
            continue;
        if (old->position < before && !span_eq(own, reported)) {
            add_change(a, changes, PIECE_ORDER, own, NULL);
            reported = own;
        }
        before = old->position;
    }
}

void pieces_compare(struct arena *a, const struct pieces *from, const struct pieces *to,
                    struct piece_changes *changes_out)
{
    size_t i = 0;
    size_t k = 0;

    *changes_out = (struct piece_changes){0};
    while (i < from->list.count || k < to->list.count) {
        const struct piece *old = i < from->list.count ? &from->list.items[i] : NULL;
        const struct piece *new = k < to->list.count ? &to->list.items[k] : NULL;
        int order = old == NULL ? 1 : new == NULL ? -1 : span_cmp(old->path, new->path);

        CHECK(order < 0 || new != NULL);
        if (order < 0)
            add_change(a, changes_out, PIECE_GONE, old->path, NULL);
        else if (order > 0)
            add_change(a, changes_out, PIECE_NEW, new->path, new);
        else if (!is_same(old, new))
            add_change(a, changes_out, PIECE_CHANGED, new->path, new);
        i += order <= 0;
        k += order >= 0;
    }
    compare_order(a, from, to, changes_out);
}

/* ---- two who changed the same ---- */

static struct piece_take *find_take(struct piece_take *takes, size_t count, struct span path)
{
    for (size_t i = 0; i < count; i++)
        if (span_eq(takes[i].key, path) || span_eq(takes[i].key, piece_key(path)))
            return &takes[i];
    return NULL;
}

struct merger {
    struct arena *arena;
    const struct pieces *base;
    struct piece_take *takes;
    size_t take_count;
    struct piece_merge *out;
};

/* One path, as the store and the folder have it; one of them may be null. */
static void merge_one(const struct merger *m, const struct piece *store, const struct piece *folder)
{
    const struct piece *either = store ? store : folder;
    const struct piece *winner = folder;
    const struct piece *base;
    struct span path;

    CHECK(either != NULL);
    path = either->path;
    base = pieces_find(m->base, path);
    if (!is_same(store, folder) && !is_same(store, base)) {
        struct piece_take *take = find_take(m->takes, m->take_count, path);

        if (take == NULL)
            *LIST_ADD(m->arena, &m->out->conflicts) =
                (struct piece_conflict){path, store == NULL, !is_same(folder, base)};
        else
            take->is_used = true;
        if (take && !take->is_folder) {
            winner = store;
            m->out->kept++;
        }
    }
    if (winner)
        *LIST_ADD(m->arena, &m->out->pieces.list) = *winner;
}

bool piece_is_derived(struct span path)
{
    return span_starts(path, S(LEAFLET_FOLDER));
}

struct pieces pieces_of_folder(struct arena *a, const struct pieces *pieces)
{
    struct pieces out = {0};

    for (size_t i = 0; i < pieces->list.count; i++)
        if (!piece_is_derived(pieces->list.items[i].path))
            *LIST_ADD(a, &out.list) = pieces->list.items[i];
    return out;
}

void pieces_merge(struct arena *a, const struct pieces *base, const struct pieces *store, const struct pieces *folder,
                  struct piece_take *takes, size_t take_count, struct piece_merge *merge_out)
{
    struct merger m = {a, base, takes, take_count, merge_out};
    size_t i = 0;
    size_t k = 0;

    *merge_out = (struct piece_merge){0};
    while (i < store->list.count || k < folder->list.count) {
        const struct piece *left = i < store->list.count ? &store->list.items[i] : NULL;
        const struct piece *right = k < folder->list.count ? &folder->list.items[k] : NULL;
        int order = left == NULL ? 1 : right == NULL ? -1 : span_cmp(left->path, right->path);

        merge_one(&m, order <= 0 ? left : NULL, order >= 0 ? right : NULL);
        i += order <= 0;
        k += order >= 0;
    }
}
