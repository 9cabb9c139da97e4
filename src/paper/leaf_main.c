/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One leaflet: taken off the wire, its measures chosen, set as large as it fits. One page where the letters can have ten
 * points, else two; but rather one page of nine points than a second that is hardly begun. What does not fit two pages
 * at nine points is too long, and by how many lines is the answer.
 */
#include "paper/leaf.h"
#include "paper/leaf_wire.h"

#include <math.h>

enum { SMALLEST = 36, ONE_PAGE = 40, LARGEST = 46 }; /* quarters of a point */

static const float leading = 1.3F;
static const float scant = 0.4F; /* of a page */

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

/* The leaflet set in letters of a size, and on how many pages. */
struct setting {
    unsigned quarters;
    struct leaf_flow flow;
    struct leaf_layout layout;
};

static void set(struct leaf *leaf, const struct leaf_sheet *sheet, unsigned quarters, struct setting *setting_out)
{
    *setting_out = (struct setting){.quarters = quarters, .flow = leaf_set(leaf, sheet->column, (float)quarters / 4)};
}

/* `left_out`: how high what is left over is. */
static bool fits(const struct leaf_sheet *sheet, struct setting *setting, unsigned pages, float *left_out)
{
    float room[LEAF_PAGES];

    room_of(sheet, pages, room);
    return leaf_lay_out(&setting->flow, room, pages, &setting->layout, left_out);
}

/* Where the search looks first: a letter half as large again takes half as much again each way. */
static unsigned guess(const struct leaf_sheet *sheet, const struct setting *setting, unsigned pages)
{
    float room[LEAF_PAGES];
    float all = 0;
    float size;

    room_of(sheet, pages, room);
    for (unsigned i = 0; i < pages; i++)
        all += room[i] * LEAF_COLUMNS;
    size = (float)setting->quarters * sqrtf(all / (setting->flow.bottom + 1));
    return size >= LARGEST ? LARGEST : (unsigned)size;
}

/* The largest size at which it fits so many pages, between that of `best`, at which it does, and the largest. */
static void enlarge(struct leaf *leaf, const struct leaf_sheet *sheet, struct setting *best, unsigned pages)
{
    unsigned low = best->quarters;
    unsigned high = LARGEST;
    unsigned next = guess(sheet, best, pages);

    while (low < high) {
        struct setting tried;
        float left;

        next = next <= low ? low + 1 : next > high ? high : next;
        set(leaf, sheet, next, &tried);
        if (fits(sheet, &tried, pages, &left)) {
            leaf_drop(leaf, &best->flow);
            *best = tried;
            low = next++;
        } else {
            leaf_drop(leaf, &tried.flow);
            high = --next;
        }
    }
}

/* Is the second page hardly begun? */
static bool is_scant(const struct leaf_sheet *sheet, const struct setting *setting)
{
    const struct leaf_cut *first = &setting->layout.columns[1][0];

    return leaf_height(&setting->flow, first->from, first->to) < sheet->room[1] * scant;
}

/* As large as it fits. Ends the process where it does not. */
static struct setting choose(struct leaf *leaf, const struct leaf_sheet *sheet)
{
    struct setting one;
    struct setting two;
    float left;

    set(leaf, sheet, SMALLEST, &one);
    if (fits(sheet, &one, 1, &left)) {
        enlarge(leaf, sheet, &one, 1);
        if (one.quarters >= ONE_PAGE)
            return one;
        set(leaf, sheet, ONE_PAGE, &two);
        if (!fits(sheet, &two, 2, &left))
            return one;
    } else {
        two = one;
        if (!fits(sheet, &two, 2, &left))
            helper_fault(PAPER_LEAFLET_LONG, (uint32_t)(left / (leading * SMALLEST / 4)) + 1);
        enlarge(leaf, sheet, &two, 2);
        return two;
    }
    enlarge(leaf, sheet, &two, 2);
    return is_scant(sheet, &two) ? one : two;
}

static fz_image *photo_or_fault(struct leaf *leaf, struct span bytes, float column, uint32_t number)
{
    fz_image *image = NULL;

    fz_var(image);
    fz_try(leaf->ctx)
    {
        image = leaf_photo(leaf, bytes, column);
    }
    fz_catch(leaf->ctx)
    {
        helper_fault(PAPER_BAD_PHOTO, number);
    }
    return image;
}

void leaf_prepare(struct leaf *leaf, float column)
{
    const struct leaflet *l = leaf->leaflet;
    uint32_t photos = 0;

    leaf->images = ARENA_ARRAY(leaf->arena, fz_image *, l->parts.count + 1);
    leaf->widths = ARENA_ARRAY(leaf->arena, float *, l->parts.count + 1);
    for (size_t i = 0; i < l->parts.count; i++) {
        if (l->parts.items[i].kind == LEAFLET_PART_PHOTO)
            leaf->images[i] = photo_or_fault(leaf, l->parts.items[i].bytes, column, ++photos);
        else if (l->parts.items[i].kind == LEAFLET_PART_TABLE)
            leaf_measure_table(leaf, i);
    }
}

void mu_leaflet(struct mu *mu, struct span bytes)
{
    struct leaf leaf = {.mu = mu, .ctx = mu->ctx, .arena = mu->arena};
    struct leaf_sheet sheet;
    struct setting setting;
    struct leaflet *leaflet;

    if (!leaf_wire_take(mu->arena, bytes, &leaflet))
        helper_fault(PAPER_NONSENSE, 0);
    leaf.leaflet = leaflet;
    if (leaf.leaflet->is_card) {
        leaf_card(&leaf);
        return;
    }
    sheet = measure_sheet(&leaf);
    leaf_prepare(&leaf, sheet.column);
    setting = choose(&leaf, &sheet);
    if (leaf.missing)
        helper_fault(PAPER_NO_LETTER, leaf.missing);
    room_of(&sheet, setting.layout.pages, sheet.room);
    leaf_write(&leaf, &sheet, &setting.flow, &setting.layout);
}
