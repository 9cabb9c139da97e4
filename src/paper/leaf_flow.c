/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Rows into columns. A column ends where it may (no heading last, no line of a paragraph alone, a quotation with where it
 * stands), and the columns of a page are as low as they can be with the same rows in them: so they end alike.
 */
#include "paper/leaf.h"

enum { STEPS = 24 };

static bool goes_on(const struct leaf_flow *flow, size_t i)
{
    return i < flow->rows.count && !flow->rows.items[i].begins;
}

/* Where a quotation stands, what an answer rests on: nothing by itself. */
static bool is_afterword(const struct leaf_row *row)
{
    unsigned ink = row->ink & LEAFLET_INK;

    return ink == LEAFLET_CITE || (ink == LEAFLET_SOFT && (row->ink & LEAFLET_IN_BOX));
}

bool leaf_may_end(const struct leaf_flow *flow, size_t i)
{
    const struct leaf_row *rows = flow->rows.items;

    if (i == 0 || i >= flow->rows.count)
        return true;
    if (rows[i - 1].is_tied)
        return false;
    if (rows[i].begins && is_afterword(&rows[i]))
        return false;
    if (rows[i].begins)
        return true;
    return !rows[i - 1].begins && goes_on(flow, i + 1); /* neither the first line alone nor the last */
}

float leaf_height(const struct leaf_flow *flow, size_t from, size_t to)
{
    const struct leaf_row *first;
    const struct leaf_row *last;

    if (to <= from)
        return 0;
    first = &flow->rows.items[from];
    last = &flow->rows.items[to - 1];
    return last->bottom - first->top + (first->ink & LEAFLET_IN_BOX ? LEAF_FRAME : 0) +
           (last->ink & LEAFLET_IN_BOX ? LEAF_FRAME : 0);
}

/* The last place before which a column from `from` may end that is no higher than `room`; `from` where there is none. */
static size_t column_end(const struct leaf_flow *flow, size_t from, float room)
{
    size_t best = from;

    for (size_t to = from + 1; to <= flow->rows.count && leaf_height(flow, from, to) <= room; to++)
        if (leaf_may_end(flow, to))
            best = to;
    return best;
}

static size_t page_end(const struct leaf_flow *flow, size_t from, float room, struct leaf_cut *columns)
{
    for (unsigned c = 0; c < LEAF_COLUMNS; c++) {
        columns[c] = (struct leaf_cut){from, column_end(flow, from, room)};
        from = columns[c].to;
    }
    return from;
}

/* The same rows in columns as low as they can be. */
static void balance(const struct leaf_flow *flow, size_t from, size_t to, float room, struct leaf_cut *columns)
{
    struct leaf_cut tried[LEAF_COLUMNS];
    float low = 0;
    float high = room;

    for (unsigned i = 0; i < STEPS; i++) {
        float middle = (low + high) / 2;

        if (page_end(flow, from, middle, tried) >= to)
            high = middle;
        else
            low = middle;
    }
    (void)page_end(flow, from, high, columns);
}

bool leaf_lay_out(const struct leaf_flow *flow, const float *room, unsigned pages, struct leaf_layout *layout_out,
                  float *left_out)
{
    size_t from = 0;

    *layout_out = (struct leaf_layout){.pages = pages};
    for (unsigned p = 0; p < pages; p++) {
        size_t to = page_end(flow, from, room[p], layout_out->columns[p]);

        balance(flow, from, to, room[p], layout_out->columns[p]);
        from = to;
    }
    *left_out = leaf_height(flow, from, flow->rows.count);
    return from == flow->rows.count;
}
