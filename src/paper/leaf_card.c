/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A card: one sheet across, printed on both sides and folded three times, behind itself each time, so that the first of
 * its eight panels stays in front. No line runs over a fold, and ticks at the edges say where to fold. The first panel
 * has the head, the last the foot and the code; what is between them is as large as fits.
 */
#include "paper/leaf.h"

enum { ACROSS = 4, DOWN = 2, PAIRS = (ACROSS * DOWN - 2) / LEAF_COLUMNS, SMALLEST = 30, LARGEST = 44, STEPS = 12 };

static const float edge = 17; /* what office printers leave white, and a thumb */
static const float tick = 7;
static const float leading = 1.3F;

struct card {
    float width, height;
    float panel_width, panel_height;
    float column, room;
};

struct side {
    struct leaf leaf;
    struct leaf_flow head, foot, flow;
    struct leaf_layout layout;
};

static struct card measure(enum leaflet_paper paper)
{
    struct card c = {.width = 792, .height = 612};

    if (paper == LEAFLET_A4) {
        c.width = 841.89F;
        c.height = 595.276F;
    }
    c.panel_width = c.width / ACROSS;
    c.panel_height = c.height / DOWN;
    c.column = c.panel_width - 2 * edge;
    c.room = c.panel_height - 2 * edge;
    return c;
}

static bool fits(const struct side *s, float height, struct leaf_layout *layout, float *left)
{
    const float room[LEAF_PAGES] = {height, height, height};

    return leaf_lay_out(&s->flow, room, PAIRS, layout, left);
}

/* The same words in panels as low as they can be, so that all are about as full. */
static void even(struct side *s, float room)
{
    float low = 0;

    for (unsigned i = 0; i < STEPS; i++) {
        struct leaf_layout tried;
        float middle = (low + room) / 2;
        float left;

        if (fits(s, middle, &tried, &left)) {
            room = middle;
            s->layout = tried;
        } else {
            low = middle;
        }
    }
}

/* As large as fits. Ends the process where it does not. */
static void set(struct side *s, const struct card *c)
{
    float left = 0;

    leaf_prepare(&s->leaf, c->column);
    s->head = leaf_set_alone(&s->leaf, s->leaf.leaflet->head, c->column, 9.5F);
    s->foot = leaf_set_alone(&s->leaf, s->leaf.leaflet->foot, c->column, 7.5F);
    for (unsigned quarters = LARGEST; quarters >= SMALLEST; quarters--) {
        s->flow = leaf_set(&s->leaf, c->column, (float)quarters / 4);
        if (fits(s, c->room, &s->layout, &left)) {
            even(s, c->room);
            return;
        }
        leaf_drop(&s->leaf, &s->flow);
    }
    helper_fault(PAPER_LEAFLET_LONG, (uint32_t)(left / (leading * SMALLEST / 4)) + 1);
}

static void draw_ticks(struct leaf_page *page, const struct card *c)
{
    for (unsigned i = 1; i < ACROSS; i++) {
        leaf_fill_box(page, c->panel_width * (float)i - 0.2F, 0, 0.4F, tick, 0.4F);
        leaf_fill_box(page, c->panel_width * (float)i - 0.2F, c->height - tick, 0.4F, tick, 0.4F);
    }
    leaf_fill_box(page, 0, c->panel_height - 0.2F, tick, 0.4F, 0.4F);
    leaf_fill_box(page, c->width - tick, c->panel_height - 0.2F, tick, 0.4F, 0.4F);
}

/* Where the n-th panel's words begin. */
static fz_point corner(const struct card *c, unsigned n)
{
    unsigned row = n / ACROSS;

    return fz_make_point(c->panel_width * (float)(n % ACROSS) + edge, c->panel_height * (float)row + edge);
}

static void draw(struct side *s, const struct card *c, pdf_document *pdf)
{
    struct leaf_page page = leaf_page_begin(&s->leaf, pdf, c->width, c->height);
    fz_point at = corner(c, 0);
    float code = c->room - s->foot.bottom - 6;

    code = code > 92 ? 92 : code;
    draw_ticks(&page, c);
    leaf_draw_all(&page, &s->head, at.x, at.y + (c->room - s->head.bottom) / 2, c->column);
    for (unsigned i = 0; i < PAIRS * LEAF_COLUMNS; i++) {
        at = corner(c, i + 1);
        leaf_draw_flow(&page, &s->flow, &s->layout.columns[i / LEAF_COLUMNS][i % LEAF_COLUMNS], at.x, at.y, c->column);
    }
    at = corner(c, ACROSS * DOWN - 1);
    leaf_draw_all(&page, &s->foot, at.x, at.y, c->column);
    if (s->leaf.leaflet->code.width && code > 40)
        leaf_draw_code(&page, at.x - code * 0.08F, at.y + c->room - code, code);
    leaf_page_end(&page);
}

void leaf_card(struct leaf *leaf)
{
    struct side sides[] = {{.leaf = *leaf}, {.leaf = *leaf}};
    unsigned count = leaf->leaflet->back ? 2 : 1;
    struct card card = measure(leaf->leaflet->paper);
    pdf_document *pdf = pdf_create_document(leaf->ctx);

    if (leaf->leaflet->back)
        sides[1].leaf.leaflet = leaf->leaflet->back;
    for (unsigned i = 0; i < count; i++) {
        set(&sides[i], &card);
        if (sides[i].leaf.missing)
            helper_fault(PAPER_NO_LETTER, sides[i].leaf.missing);
        if (sides[i].head.bottom > card.room || sides[i].foot.bottom > card.room)
            helper_fault(PAPER_LEAFLET_LONG, 1);
        draw(&sides[i], &card, pdf);
    }
    leaf_send(leaf, pdf, count);
}
