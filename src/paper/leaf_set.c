/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Text into rows: a story set into a rectangle without an end, listened to while it draws. A colour is a note (see
 * model/leaflet.h); letters are taken over one by one, for a story hands over several lines as one text.
 */
#include "paper/leaf.h"

#include <math.h>
#include <string.h>

#define ENDLESS 1000000.0F

static const float ascent = 0.82F, descent = 0.26F; /* of the size: what a line takes, whatever its font says */

struct recorder {
    fz_device super;
    struct leaf *leaf;
    struct leaf_flow *flow;
};

/* ---- listening ---- */

/* Breaks and parts that we put into words, and signs that only ask for another form of the letter before them. */
static bool is_unseen(int ucs)
{
    return (ucs >= 0x200B && ucs <= 0x200D) || ucs == 0xFEFF || (ucs >= 0xFE00 && ucs <= 0xFE0F);
}

static struct leaf_piece *new_piece(struct recorder *r, const fz_text_span *span, float base, const float *colour)
{
    struct leaf_piece *piece = LIST_ADD(r->leaf->arena, &r->flow->pieces);

    *piece = (struct leaf_piece){
        .text = fz_new_text(r->leaf->ctx),
        .base = base,
        .size = fabsf(span->trm.d),
        .x0 = ENDLESS,
        .x1 = -ENDLESS,
        .ink = (unsigned)lroundf(colour[0] * 255),
        .link = (unsigned)lroundf(colour[1] * 255) << 8 | (unsigned)lroundf(colour[2] * 255),
    };
    return piece;
}

static void take_letter(struct recorder *r, struct leaf_piece *piece, fz_text_span *span, const fz_text_item *item,
                        fz_point at)
{
    fz_context *ctx = r->leaf->ctx;
    fz_matrix trm = span->trm;

    trm.e = at.x;
    trm.f = at.y;
    fz_show_glyph(ctx, piece->text, span->font, trm, item->gid, item->ucs, span->wmode, (int)span->bidi_level,
                  (fz_bidi_direction)span->markup_dir, (fz_text_language)span->language);
    if (item->gid < 0)
        return; /* the rest of a ligature */
    if (item->gid == 0 && item->ucs > ' ' && r->leaf->missing == 0)
        r->leaf->missing = (uint32_t)item->ucs;
    if (item->ucs != ' ') { /* one before a link is not its, and a line's last one sticks out */
        float end = at.x + fz_advance_glyph(ctx, span->font, item->gid, 0) * piece->size;

        piece->x0 = at.x < piece->x0 ? at.x : piece->x0;
        piece->x1 = end > piece->x1 ? end : piece->x1;
    }
}

static void record_text(fz_context *ctx, fz_device *device, const fz_text *text, fz_matrix ctm,
                        fz_colorspace *colourspace, const float *colour, float alpha, fz_color_params params)
{
    struct recorder *r = (struct recorder *)device;

    (void)ctx;
    (void)colourspace;
    (void)alpha;
    (void)params;
    for (fz_text_span *span = text->head; span; span = span->next) {
        struct leaf_piece *piece = NULL;

        for (int i = 0; i < span->len; i++) {
            fz_point at = fz_transform_point_xy(span->items[i].x, span->items[i].y, ctm);

            if (is_unseen(span->items[i].ucs))
                continue;
            if (piece == NULL || fabsf(at.y - piece->base) > 0.5F)
                piece = new_piece(r, span, at.y, colour);
            take_letter(r, piece, span, &span->items[i], at);
        }
    }
}

static void record(struct leaf *leaf, struct leaf_flow *flow, struct span html, fz_rect where, float size)
{
    static const char css[] =
        "@page{margin:0}body{margin:0;color:#010000;line-height:1.3}"
        "p{margin:0 0 0.5em 0}h2{font-size:1.22em;line-height:1.15;margin:0.8em 0 0.3em 0}"
        "h3{font-size:1.05em;line-height:1.2;margin:0.7em 0 0.25em 0}"
        ".t{margin:0}.l{margin:0 0 0.5em 0;padding:0 0 0 1.3em}.i{margin:0 0 0.28em 0}"
        ".m{text-indent:-0.883em}.m1{text-indent:-1.133em}.m2{text-indent:-1.695em}.m3{text-indent:-2.257em}"
        ".q{margin:0.5em 0 0.7em 0.9em}.b{margin:1.1em 0.7em 1.1em 0.7em}"
        ".s{font-size:0.86em;line-height:1.25}.n{font-family:sans-serif}"
        "pre{white-space:pre-wrap;font-size:0.85em;margin:0 0 0.5em 0}"
        ".k{font-size:1.5em;font-weight:bold;line-height:1.1;margin:0 0 0.1em 0}.g{font-style:italic;margin:0}"
        "h1{font-size:2.3em;line-height:1.08;margin:0.35em 0 0.2em 0}"
        ".u{font-size:1.22em;line-height:1.3;margin:0 0 0.25em 0}"
        ".r{text-align:right}.c{text-align:center}";
    fz_context *ctx = leaf->ctx;
    fz_buffer *buffer = fz_new_buffer_from_copied_data(ctx, (const unsigned char *)html.p, html.n);
    fz_story *story = fz_new_story(ctx, buffer, css, size, NULL);
    struct recorder *r = fz_new_derived_device(ctx, struct recorder);
    fz_rect filled;

    r->super.fill_text = record_text;
    r->leaf = leaf;
    r->flow = flow;
    (void)fz_place_story(ctx, story, where, &filled);
    fz_draw_story(ctx, story, &r->super, fz_identity);
    fz_close_device(ctx, &r->super);
    fz_drop_device(ctx, &r->super);
    fz_drop_story(ctx, story);
    fz_drop_buffer(ctx, buffer);
}

/* ---- rows ---- */

/* Nearly in order: a story goes down the page. */
static void sort_pieces(struct leaf_piece *p, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct leaf_piece piece = p[i];
        size_t k = i;

        for (; k > 0 && (p[k - 1].base > piece.base + 0.5F); k--)
            p[k] = p[k - 1];
        p[k] = piece;
    }
}

static bool is_heading(unsigned ink)
{
    return (ink & LEAFLET_INK) == LEAFLET_HEADING;
}

/* The lines of a paragraph stand closer than paragraphs do. */
static bool begins_paragraph(const struct leaf_row *before, const struct leaf_row *row, float size)
{
    if (before == NULL || before->image || before->ink != row->ink)
        return true;
    return row->base - before->base > size * 1.36F;
}

static void add_rows(struct leaf *leaf, struct leaf_flow *flow, size_t from, size_t first_row)
{
    const struct leaf_piece *p = flow->pieces.items;

    for (size_t i = from; i < flow->pieces.count;) {
        struct leaf_row row = {.base = p[i].base, .ink = p[i].ink, .first = i};
        const struct leaf_row *before = flow->rows.count > first_row ? &flow->rows.items[flow->rows.count - 1] : NULL;
        float size = 0;

        for (; i < flow->pieces.count && fabsf(p[i].base - row.base) <= 0.5F; i++, row.count++)
            size = p[i].size > size ? p[i].size : size;
        row.top = row.base - ascent * size;
        row.bottom = row.base + descent * size;
        row.begins = begins_paragraph(before, &row, size);
        row.is_tied = is_heading(row.ink);
        *LIST_ADD(leaf->arena, &flow->rows) = row;
        flow->bottom = row.bottom;
    }
}

void leaf_set_text(struct leaf *leaf, struct leaf_flow *flow, struct span html, float x, float width, float size)
{
    size_t from = flow->pieces.count;
    size_t first_row = flow->rows.count;
    float top = flow->bottom;

    record(leaf, flow, html, fz_make_rect(x, top, x + width, top + ENDLESS), size);
    sort_pieces(flow->pieces.items + from, flow->pieces.count - from);
    add_rows(leaf, flow, from, first_row);
}

struct leaf_flow leaf_set_alone(struct leaf *leaf, struct span html, float width, float size)
{
    struct leaf_flow flow = {0};

    if (html.n)
        leaf_set_text(leaf, &flow, html, 0, width, size);
    return flow;
}

static bool ends_in_box(const struct leaf_flow *flow)
{
    return flow->rows.count && (flow->rows.items[flow->rows.count - 1].ink & LEAFLET_IN_BOX);
}

struct leaf_flow leaf_set(struct leaf *leaf, float width, float size)
{
    struct leaf_flow flow = {0};

    for (size_t i = 0; i < leaf->leaflet->parts.count; i++) {
        const struct leaflet_part *part = &leaf->leaflet->parts.items[i];

        if (i > 0)
            flow.bottom += size * 0.5F + (ends_in_box(&flow) ? LEAF_FRAME * 2 : 0);
        if (part->kind == LEAFLET_PART_TEXT)
            leaf_set_text(leaf, &flow, part->html, 0, width, size);
        else if (part->kind == LEAFLET_PART_TABLE)
            leaf_set_table(leaf, &flow, i, width, size);
        else
            leaf_set_photo(leaf, &flow, i, width, size);
    }
    return flow;
}

void leaf_drop(struct leaf *leaf, struct leaf_flow *flow)
{
    for (size_t i = 0; i < flow->pieces.count; i++)
        fz_drop_text(leaf->ctx, flow->pieces.items[i].text);
    *flow = (struct leaf_flow){0};
}
