/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Tables: columns as wide as their words ask for, each cell set by itself, rules under the rows. A row is never parted,
 * and the head stays with the first of them.
 */
#include "paper/leaf.h"

enum { MEASURED_AT = 10, ROWS_MEASURED = 50 /* of a longer table nobody makes a leaflet */ };
#define WIDE 100000.0F

static const float pad = 0.7F;      /* of the size, between columns */
static const float slack = 1.01F;   /* for what letters measure more when they are small */
static const float smallest = 6.0F; /* points */

static float widest(const struct leaf_flow *flow)
{
    float most = 0;

    for (size_t i = 0; i < flow->pieces.count; i++)
        most = flow->pieces.items[i].x1 > most ? flow->pieces.items[i].x1 : most;
    return most;
}

static float measure(struct leaf *leaf, struct span html, float width)
{
    struct leaf_flow flow = leaf_set_alone(leaf, html, width, MEASURED_AT);
    float most = widest(&flow);

    leaf_drop(leaf, &flow);
    return most;
}

/* Cells are ranged left to be measured: in an endless line the right is far away. */
void leaf_measure_table(struct leaf *leaf, size_t n)
{
    const struct leaflet_part *part = &leaf->leaflet->parts.items[n];
    float *widths = ARENA_ARRAY(leaf->arena, float, (size_t)part->columns * 2);

    for (size_t i = 0; i < (size_t)part->columns * part->rows && i < (size_t)part->columns * ROWS_MEASURED; i++) {
        size_t column = i % part->columns;
        float natural = measure(leaf, part->cells[i].html, WIDE);
        float least = measure(leaf, part->cells[i].html, 1);

        widths[column * 2] = natural > widths[column * 2] ? natural : widths[column * 2];
        widths[column * 2 + 1] = least > widths[column * 2 + 1] ? least : widths[column * 2 + 1];
    }
    leaf->widths[n] = widths;
}

/* The size at which every column has room for its longest word, if that is not `size`. Ends the process where nobody
 * could read it. */
static float fitting(const float *asked, uint32_t count, float width, float size)
{
    float least = 0;

    for (uint32_t i = 0; i < count; i++)
        least += asked[(size_t)i * 2 + 1] / MEASURED_AT * slack;
    if (least * size <= width)
        return size;
    if (width / least < smallest)
        helper_fault(PAPER_WIDE_TABLE, 0);
    return width / least;
}

/* Each column its longest word, and of what is left a share of what it would like. */
static void share(const float *asked, uint32_t count, float scale, float width, float *widths)
{
    float least = 0;
    float natural = 0;

    for (uint32_t i = 0; i < count; i++) {
        natural += asked[(size_t)i * 2] * scale;
        least += asked[(size_t)i * 2 + 1] * scale;
    }
    for (uint32_t i = 0; i < count; i++) {
        float like = asked[(size_t)i * 2] * scale;
        float need = asked[(size_t)i * 2 + 1] * scale;

        if (natural <= width)
            widths[i] = like + (width - natural) / (float)count;
        else
            widths[i] = need + (width - least) * (like - need) / (natural - least);
    }
}

static void shift(struct leaf_flow *flow, size_t from, float by)
{
    for (size_t i = from; i < flow->pieces.count; i++) {
        struct leaf_piece *p = &flow->pieces.items[i];

        p->x0 += by;
        p->x1 += by;
        for (fz_text_span *span = p->text->head; span; span = span->next)
            for (int k = 0; k < span->len; k++)
                span->items[k].x += by;
    }
}

/* One cell into `cell`, with its right or its middle where the column has it. */
static void set_cell(struct leaf *leaf, struct leaf_flow *cell, const struct leaflet_cell *c, float x, float width,
                     float size)
{
    leaf_set_text(leaf, cell, c->html, x, width, size);
    for (size_t i = 0; c->align != 'l' && i < cell->rows.count; i++) {
        const struct leaf_row *row = &cell->rows.items[i];
        struct leaf_flow line = {0};
        float end = x;

        for (size_t k = row->first; k < row->first + row->count; k++)
            end = cell->pieces.items[k].x1 > end ? cell->pieces.items[k].x1 : end;
        line.pieces.items = cell->pieces.items + row->first;
        line.pieces.count = row->count;
        shift(&line, 0, (x + width - end) / (c->align == 'c' ? 2 : 1));
    }
}

void leaf_set_table(struct leaf *leaf, struct leaf_flow *flow, size_t n, float width, float size)
{
    const struct leaflet_part *part = &leaf->leaflet->parts.items[n];
    float *widths = ARENA_ARRAY(leaf->arena, float, part->columns);
    float room = width - pad * size * (float)(part->columns - 1);
    float small = fitting(leaf->widths[n], part->columns, room, size * 0.9F);

    share(leaf->widths[n], part->columns, small / MEASURED_AT * slack, room, widths);
    for (uint32_t r = 0; r < part->rows; r++) {
        struct leaf_row row = {.top = flow->bottom, .bottom = flow->bottom, .ink = LEAFLET_TEXT, .begins = true};
        float x = 0;

        row.first = flow->pieces.count;
        for (uint32_t c = 0; c < part->columns; c++) {
            struct leaf_flow cell = {.bottom = row.top + size * 0.15F};

            set_cell(leaf, &cell, &part->cells[(size_t)r * part->columns + c], x, widths[c], small);
            for (size_t i = 0; i < cell.pieces.count; i++)
                *LIST_ADD(leaf->arena, &flow->pieces) = cell.pieces.items[i];
            row.bottom = cell.bottom > row.bottom ? cell.bottom : row.bottom;
            x += widths[c] + pad * size;
        }
        row.bottom += size * 0.15F;
        row.base = row.bottom;
        row.count = flow->pieces.count - row.first;
        row.rule = r == 0 ? 0.9F : 0.35F;
        row.is_tied = r == 0;
        *LIST_ADD(leaf->arena, &flow->rows) = row;
        flow->bottom = row.bottom;
    }
}
