/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Pieces are put into rows from top to bottom. As many rows as possible from one on that leave the same gap free from
 * top to bottom are two columns, if there are lines enough on both sides and they are wide enough to be prose: left
 * first, then right, each by the same rule. A row that belongs to none is read across.
 */
#include "paper/order.h"

#include <stdlib.h>
#include <string.h>

enum {
    BINS = 512,
    DEPTH_MOST = 6,
    GUTTER = 100,    /* tenths of a point */
    LINES_LEAST = 3, /* on each side */
    WIDTH_PART = 8,  /* lines of a column are an eighth of the page wide, on average */
    CORE_MOST = 180, /* of a letter three lines high only the first line counts */
};

struct sorter {
    struct order_piece *pieces;
    int32_t width;
    uint32_t line;
};

/* What of a piece counts when rows are told apart: lines that are set tight overlap at their edges. */
static int32_t core_top(const struct order_piece *p)
{
    int32_t height = p->box.y1 - p->box.y0;

    return p->box.y0 + (height < CORE_MOST ? height : CORE_MOST) / 4;
}

static int32_t core_bottom(const struct order_piece *p)
{
    int32_t height = p->box.y1 - p->box.y0;

    return p->box.y0 + (height < CORE_MOST ? height : CORE_MOST) * 3 / 4;
}

static int compare_numbers(int32_t a, int32_t b)
{
    return (a > b) - (a < b);
}

/* By place alone, and where that is equal as they came: `first` tells all pieces apart. */
static int by_height(const void *x, const void *y)
{
    const struct order_piece *a = x;
    const struct order_piece *b = y;
    int order = compare_numbers(core_top(a), core_top(b));

    if (order == 0)
        order = compare_numbers(a->box.x0, b->box.x0);
    return order ? order : (a->first > b->first) - (a->first < b->first);
}

static int by_side(const void *x, const void *y)
{
    const struct order_piece *a = x;
    const struct order_piece *b = y;
    int order = compare_numbers(a->box.x0, b->box.x0);

    return order ? order : (a->first > b->first) - (a->first < b->first);
}

/* One behind the last piece of the row that begins at `from`. */
static size_t row_end(const struct order_piece *pieces, size_t from, size_t end)
{
    int32_t bottom = core_bottom(&pieces[from]);
    size_t at = from + 1;

    while (at < end && core_top(&pieces[at]) < bottom) {
        if (core_bottom(&pieces[at]) > bottom)
            bottom = core_bottom(&pieces[at]);
        at++;
    }
    return at;
}

static size_t bin_of(const struct sorter *s, int32_t x)
{
    int64_t bin = (int64_t)x * BINS / s->width;

    return bin < 0 ? 0 : bin >= BINS ? BINS - 1 : (size_t)bin;
}

static void occupy(const struct sorter *s, bool taken[BINS], size_t from, size_t end)
{
    for (size_t i = from; i < end; i++) {
        size_t first = bin_of(s, s->pieces[i].box.x0);
        size_t last = bin_of(s, s->pieces[i].box.x1);

        for (size_t bin = first; bin <= last; bin++)
            taken[bin] = true;
    }
}

/* The middle of the widest gap between taken bins, or 0 when none is wide enough. */
static int32_t gutter_of(const struct sorter *s, const bool taken[BINS])
{
    size_t best = 0;
    size_t middle = 0;
    size_t run = 0;
    bool is_inside = false;

    for (size_t bin = 0; bin < BINS; bin++) {
        if (!taken[bin]) {
            run += is_inside;
            continue;
        }
        if (run > best) {
            best = run;
            middle = bin - (run + 1) / 2;
        }
        is_inside = true;
        run = 0;
    }
    if ((int64_t)best * s->width < (int64_t)GUTTER * BINS)
        return 0;
    return (int32_t)((int64_t)middle * s->width / BINS);
}

static bool is_left(const struct order_piece *p, int32_t gutter)
{
    return p->box.x0 < gutter;
}

/* Lines enough on both sides, and wide enough. */
static bool are_columns(const struct sorter *s, size_t from, size_t end, int32_t gutter)
{
    int64_t lines[2] = {0};
    int64_t width[2] = {0};

    for (size_t i = from; i < end; i++) {
        bool left = is_left(&s->pieces[i], gutter);

        lines[left]++;
        width[left] += s->pieces[i].box.x1 - s->pieces[i].box.x0;
    }
    for (size_t side = 0; side < 2; side++)
        if (lines[side] < LINES_LEAST || width[side] * WIDTH_PART < lines[side] * s->width)
            return false;
    return true;
}

/* A line on the right alone, a date say, comes before the columns below it. */
static bool has_left(const struct sorter *s, size_t from, size_t end, int32_t gutter)
{
    for (size_t i = from; i < end; i++)
        if (is_left(&s->pieces[i], gutter))
            return true;
    return false;
}

/* As far down as the rows from `from` on leave one gap free. */
static size_t columns_end(const struct sorter *s, size_t from, size_t end, int32_t *gutter_out)
{
    bool taken[BINS] = {false};
    size_t at = from;

    *gutter_out = 0;
    while (at < end) {
        size_t next = row_end(s->pieces, at, end);
        int32_t gutter;

        occupy(s, taken, at, next);
        gutter = gutter_of(s, taken);
        if (gutter == 0 && (at > from || next - at > 1))
            break; /* a single piece leaves no gap between pieces, and forbids none */
        *gutter_out = gutter;
        at = next;
    }
    return at;
}

static void read_across(struct sorter *s, size_t from, size_t end)
{
    qsort(s->pieces + from, end - from, sizeof *s->pieces, by_side);
    for (size_t i = from; i < end; i++)
        s->pieces[i].line = s->line;
    s->line++;
}

/* Left to the front; the rest keeps no order, for it is sorted again. Returns where the right begins. */
static size_t part_sides(struct sorter *s, size_t from, size_t end, int32_t gutter)
{
    size_t right = from;

    for (size_t i = from; i < end; i++) {
        struct order_piece piece = s->pieces[i];

        if (!is_left(&piece, gutter))
            continue;
        s->pieces[i] = s->pieces[right];
        s->pieces[right++] = piece;
    }
    return right;
}

static void read_region(struct sorter *s, size_t from, size_t end, unsigned depth)
{
    qsort(s->pieces + from, end - from, sizeof *s->pieces, by_height);
    while (from < end) {
        size_t next = row_end(s->pieces, from, end);
        int32_t gutter = 0;
        size_t last = depth < DEPTH_MOST ? columns_end(s, from, end, &gutter) : from;

        if (gutter && are_columns(s, from, last, gutter) && has_left(s, from, next, gutter)) {
            size_t right = part_sides(s, from, last, gutter);

            read_region(s, from, right, depth + 1);
            read_region(s, right, last, depth + 1);
            from = last;
            continue;
        }
        read_across(s, from, next);
        from = next;
    }
}

uint32_t order_pieces(struct order_piece *pieces, size_t count, int32_t page_width)
{
    struct sorter s = {.pieces = pieces, .width = page_width > 0 ? page_width : 1};

    if (count)
        read_region(&s, 0, count, 0);
    return s.line;
}
