/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One leaflet: taken off the wire, its measures chosen, set as large as it fits. One page where the letters can have ten
 * points, else two; but rather one page of nine points than a second that is hardly begun. What does not fit two pages
 * at nine points is too long, and by how many lines is the answer.
 */
#include "paper/leaf.h"

enum { SMALLEST = 36, ONE_PAGE = 40, LARGEST = 46 }; /* quarters of a point */

static const float leading = 1.3F;
static const float scant = 0.4F; /* of a page */

/* ---- off the wire ---- */

static struct span take_bytes(struct wire_in *in)
{
    return wire_take(in, wire_take_u32(in));
}

/* So many things of `size` bytes at least. */
static uint32_t take_count(struct wire_in *in, size_t size)
{
    uint32_t count = wire_take_u32(in);

    if (count > in->rest.n / size)
        helper_fault(PAPER_NONSENSE, 0);
    return count;
}

static void take_table(struct arena *a, struct wire_in *in, struct leaflet_part *part)
{
    struct leaflet_cell *cells;
    size_t count;

    part->columns = take_count(in, 8);
    part->rows = take_count(in, 8);
    count = (size_t)part->columns * part->rows;
    if (count == 0 || count > in->rest.n / 8)
        helper_fault(PAPER_NONSENSE, 0);
    cells = ARENA_ARRAY(a, struct leaflet_cell, count);
    for (size_t i = 0; i < count; i++) {
        cells[i].align = (char)wire_take_u32(in);
        cells[i].html = take_bytes(in);
    }
    part->cells = cells;
}

static void take_part(struct arena *a, struct wire_in *in, struct leaflet_part *part)
{
    uint32_t kind = wire_take_u32(in);

    if (kind > LEAFLET_PART_PHOTO)
        helper_fault(PAPER_NONSENSE, 0);
    *part = (struct leaflet_part){.kind = (enum leaflet_part_kind)kind};
    part->html = take_bytes(in);
    part->bytes = take_bytes(in);
    if (kind == LEAFLET_PART_TABLE)
        take_table(a, in, part);
}

static struct leaflet *take_leaflet(struct arena *a, struct span bytes)
{
    struct leaflet *l = ARENA_NEW(a, struct leaflet);
    struct wire_in in = {bytes, false};
    struct span *const words[] = {&l->title, &l->author, &l->day,  &l->head,
                                  &l->foot,  &l->more,   &l->next, &l->code.dark};
    uint32_t count;

    l->paper = wire_take_u32(&in) == LEAFLET_A4 ? LEAFLET_A4 : LEAFLET_LETTER;
    l->lang = wire_take_u32(&in) == LANG_ES ? LANG_ES : LANG_EN;
    l->accent = wire_take_u32(&in);
    l->code.width = wire_take_u32(&in);
    for (size_t i = 0; i < COUNT(words); i++)
        *words[i] = take_bytes(&in);
    if (l->code.width > LEAFLET_SQUARE_MOST || l->code.dark.n * 8 < (size_t)l->code.width * l->code.width)
        helper_fault(PAPER_NONSENSE, 0);
    for (count = take_count(&in, 4); count > 0; count--)
        *LIST_ADD(a, &l->links) = take_bytes(&in);
    for (count = take_count(&in, 12); count > 0; count--)
        take_part(a, &in, LIST_ADD(a, &l->parts));
    if (in.is_short || in.rest.n)
        helper_fault(PAPER_NONSENSE, 0);
    return l;
}

/* ---- the sheet ---- */

static struct leaf_sheet measure_sheet(struct leaf *leaf)
{
    const struct leaflet *l = leaf->leaflet;
    struct leaf_sheet s = {.width = 612, .height = 792, .margin = 40, .gap = 24};
    float across;
    float foot;

    if (l->paper == LEAFLET_A4) {
        s.width = 595.276F;
        s.height = 841.89F;
    }
    across = s.width - 2 * s.margin;
    s.column = (across - s.gap) / LEAF_COLUMNS;
    s.code = l->code.width ? 84 : 0;
    s.head = leaf_set_alone(leaf, l->head, across, 10);
    s.foot = leaf_set_alone(leaf, l->foot, across - s.code, 8.5F);
    s.more = leaf_set_alone(leaf, l->more, across, 8.5F);
    s.next = leaf_set_alone(leaf, l->next, across, 8.5F);
    foot = s.foot.bottom + 8 > s.code + 3 ? s.foot.bottom + 8 : s.code + 3;
    s.foot_top = s.height - s.margin + 8 - foot;
    s.top[0] = s.margin + s.head.bottom + 16;
    s.top[1] = s.margin + s.next.bottom + 14;
    s.room[0] = s.foot_top - 12 - s.top[0];
    s.room[1] = s.foot_top - 12 - s.top[1];
    return s;
}

/* Room of the pages when there are so many: the foot is on the last. */
static void room_of(const struct leaf_sheet *s, unsigned pages, float *room)
{
    room[0] = pages == 1 ? s->room[0] : s->height - s->margin - s->more.bottom - 4 - s->top[0];
    room[1] = s->room[1];
}

/* ---- the size ---- */

static bool fits(struct leaf *leaf, struct leaf_sheet *sheet, unsigned quarters, unsigned pages, struct leaf_flow *flow,
                 struct leaf_layout *layout, float *left)
{
    float room[LEAF_PAGES];

    *flow = leaf_set(leaf, sheet->column, (float)quarters / 4);
    room_of(sheet, pages, room);
    return leaf_lay_out(flow, room, pages, layout, left);
}

/* The largest size from `least` at which it fits so many pages; `flow` and `layout` are its. */
static bool find_size(struct leaf *leaf, struct leaf_sheet *sheet, unsigned least, unsigned pages,
                      struct leaf_flow *flow, struct leaf_layout *layout, float *left)
{
    unsigned low = least;
    unsigned high = LARGEST;

    if (!fits(leaf, sheet, least, pages, flow, layout, left))
        return false;
    while (low < high) {
        struct leaf_flow tried;
        struct leaf_layout as;
        unsigned middle = (low + high + 1) / 2;

        if (fits(leaf, sheet, middle, pages, &tried, &as, left)) {
            leaf_drop(leaf, flow);
            *flow = tried;
            *layout = as;
            low = middle;
        } else {
            leaf_drop(leaf, &tried);
            high = middle - 1;
        }
    }
    return true;
}

static void prepare(struct leaf *leaf, float column)
{
    const struct leaflet *l = leaf->leaflet;

    leaf->images = ARENA_ARRAY(leaf->arena, fz_image *, l->parts.count + 1);
    leaf->widths = ARENA_ARRAY(leaf->arena, float *, l->parts.count + 1);
    for (size_t i = 0; i < l->parts.count; i++) {
        if (l->parts.items[i].kind == LEAFLET_PART_PHOTO)
            leaf->images[i] = leaf_photo(leaf, l->parts.items[i].bytes, column);
        else if (l->parts.items[i].kind == LEAFLET_PART_TABLE)
            leaf_measure_table(leaf, i);
    }
}

/* Is the second page hardly begun? */
static bool is_scant(const struct leaf_flow *flow, const struct leaf_sheet *sheet, const struct leaf_layout *layout)
{
    const struct leaf_cut *first = &layout->columns[1][0];

    return leaf_height(flow, first->from, first->to) < sheet->room[1] * scant;
}

/* As large as it fits. Ends the process where it does not. */
static void choose(struct leaf *leaf, struct leaf_sheet *sheet, struct leaf_flow *flow, struct leaf_layout *layout)
{
    struct leaf_flow one;
    struct leaf_layout as;
    float left = 0;

    if (find_size(leaf, sheet, ONE_PAGE, 1, flow, layout, &left))
        return;
    leaf_drop(leaf, flow);
    if (!find_size(leaf, sheet, SMALLEST, 2, flow, layout, &left))
        helper_fault(PAPER_LEAFLET_LONG, (uint32_t)(left / (leading * SMALLEST / 4)) + 1);
    if (!is_scant(flow, sheet, layout))
        return;
    if (find_size(leaf, sheet, SMALLEST, 1, &one, &as, &left)) {
        leaf_drop(leaf, flow);
        *flow = one;
        *layout = as;
    } else {
        leaf_drop(leaf, &one);
    }
}

void mu_leaflet(struct mu *mu, struct span bytes)
{
    struct leaf leaf = {.mu = mu, .ctx = mu->ctx, .arena = mu->arena};
    struct leaf_sheet sheet;
    struct leaf_flow flow;
    struct leaf_layout layout;

    leaf.leaflet = take_leaflet(mu->arena, bytes);
    sheet = measure_sheet(&leaf);
    prepare(&leaf, sheet.column);
    choose(&leaf, &sheet, &flow, &layout);
    if (leaf.missing)
        helper_fault(PAPER_NO_LETTER, leaf.missing);
    room_of(&sheet, layout.pages, sheet.room);
    leaf_write(&leaf, &sheet, &flow, &layout);
}
