/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Rows onto pages: letters, rules, bars beside quotations, frames around answers, the QR code, and links that are alive.
 *
 * Text is black or grey and nothing is said by colour alone, so that a copier does it no harm. The PDF has the title, the
 * language and the newsletter's own day; the same leaflet is the same bytes.
 */
#include "paper/leaf.h"

#include <string.h>

enum { PART = 1024 * 1024, QUIET = 4 };

static const float bar = 1.6F, hair = 0.4F;

static void fill(struct leaf_page *page, fz_path *path, float grey)
{
    fz_fill_path(page->ctx, page->device, path, 0, fz_identity, fz_device_gray(page->ctx), &grey, 1,
                 fz_default_color_params);
    fz_drop_path(page->ctx, path);
}

void leaf_fill_box(struct leaf_page *page, float x, float y, float w, float h, float grey)
{
    fz_path *path = fz_new_path(page->ctx);

    fz_rectto(page->ctx, path, x, y, x + w, y + h);
    fill(page, path, grey);
}

static void frame_box(struct leaf_page *page, float x, float y, float w, float h)
{
    fz_path *path = fz_new_path(page->ctx);

    fz_rectto(page->ctx, path, x, y, x + w, y + h);
    fz_rectto(page->ctx, path, x + hair, y + hair, x + w - hair, y + h - hair);
    fz_fill_path(page->ctx, page->device, path, 1, fz_identity, fz_device_gray(page->ctx), &(float){0.35F}, 1,
                 fz_default_color_params);
    fz_drop_path(page->ctx, path);
}

static void accent_of(const struct leaf *leaf, float *rgb)
{
    for (unsigned i = 0; i < 3; i++)
        rgb[i] = (float)(leaf->leaflet->accent >> (16 - 8 * i) & 0xFF) / 255;
}

/* ---- letters and links ---- */

static void add_link(struct leaf_page *page, const struct leaf_piece *p, float dx, float dy)
{
    fz_context *ctx = page->ctx;
    struct span address = page->leaf->leaflet->links.items[p->link - 1];
    pdf_obj *link = pdf_array_push_dict(ctx, page->links, 6);
    pdf_obj *action;

    pdf_dict_put(ctx, link, PDF_NAME(Type), PDF_NAME(Annot));
    pdf_dict_put(ctx, link, PDF_NAME(Subtype), PDF_NAME(Link));
    pdf_dict_put_rect(ctx, link, PDF_NAME(Rect),
                      fz_make_rect(p->x0 + dx, page->height - (p->base + dy + p->size * 0.26F), p->x1 + dx,
                                   page->height - (p->base + dy - p->size * 0.82F)));
    pdf_array_push_int(ctx, pdf_dict_put_array(ctx, link, PDF_NAME(Border), 3), 0);
    pdf_array_push_int(ctx, pdf_dict_get(ctx, link, PDF_NAME(Border)), 0);
    pdf_array_push_int(ctx, pdf_dict_get(ctx, link, PDF_NAME(Border)), 0);
    action = pdf_dict_put_dict(ctx, link, PDF_NAME(A), 2);
    pdf_dict_put(ctx, action, PDF_NAME(S), PDF_NAME(URI));
    pdf_dict_put_string(ctx, action, PDF_NAME(URI), address.p, address.n);
}

static void draw_piece(struct leaf_page *page, const struct leaf_piece *p, float dx, float dy)
{
    float rgb[3];
    float grey = (p->ink & LEAFLET_INK) == LEAFLET_SOFT || (p->ink & LEAFLET_INK) == LEAFLET_CITE ? 0.25F : 0;
    bool is_accent = (p->ink & LEAFLET_INK) == LEAFLET_ACCENT;

    accent_of(page->leaf, rgb);
    fz_fill_text(page->ctx, page->device, p->text, fz_translate(dx, dy),
                 is_accent ? fz_device_rgb(page->ctx) : fz_device_gray(page->ctx), is_accent ? rgb : &grey, 1,
                 fz_default_color_params);
    if (p->link == 0 || p->link > page->leaf->leaflet->links.count || p->x1 <= p->x0)
        return;
    leaf_fill_box(page, p->x0 + dx, p->base + dy + p->size * 0.14F, p->x1 - p->x0, hair, 0.45F);
    add_link(page, p, dx, dy);
}

static void draw_row(struct leaf_page *page, const struct leaf_flow *flow, const struct leaf_row *row, float dx,
                     float dy, float width)
{
    if (row->image)
        fz_fill_image(page->ctx, page->device, row->image,
                      fz_make_matrix(row->width, 0, 0, row->bottom - row->top, dx, row->top + dy), 1,
                      fz_default_color_params);
    for (size_t i = row->first; i < row->first + row->count; i++)
        draw_piece(page, &flow->pieces.items[i], dx, dy);
    if (row->rule > 0)
        leaf_fill_box(page, dx, row->bottom + dy - row->rule / 2, width, row->rule, 0.2F);
}

/* ---- what stands beside and around rows ---- */

static bool is_in(const struct leaf_flow *flow, size_t i, unsigned place)
{
    return (flow->rows.items[i].ink & place) != 0;
}

/* Does something of its own begin at row `i`: a quotation after another's source, an answer's question? */
static bool is_next(const struct leaf_flow *flow, size_t i, unsigned place)
{
    const struct leaf_row *row = &flow->rows.items[i];
    const struct leaf_row *before = &flow->rows.items[i - 1];

    if (place == LEAFLET_IN_QUOTE)
        return (before->ink & LEAFLET_INK) == LEAFLET_CITE && (row->ink & LEAFLET_INK) != LEAFLET_CITE;
    return (row->ink & LEAFLET_INK) == LEAFLET_HEADING && (before->ink & LEAFLET_INK) != LEAFLET_HEADING;
}

static void draw_places(struct leaf_page *page, const struct leaf_flow *flow, const struct leaf_cut *cut, float dx,
                        float dy, float width, unsigned place)
{
    for (size_t i = cut->from; i < cut->to;) {
        size_t to = i + 1;
        float top = flow->rows.items[i].top + dy;
        float bottom;

        if (!is_in(flow, i, place)) {
            i++;
            continue;
        }
        while (to < cut->to && is_in(flow, to, place) && !is_next(flow, to, place))
            to++;
        bottom = flow->rows.items[to - 1].bottom + dy;
        if (place == LEAFLET_IN_QUOTE)
            leaf_fill_box(page, dx + (is_in(flow, i, LEAFLET_IN_BOX) ? LEAF_FRAME + 2 : 0), top, bar, bottom - top,
                          0.45F);
        else
            frame_box(page, dx, top - LEAF_FRAME, width, bottom - top + 2 * LEAF_FRAME);
        i = to;
    }
}

void leaf_draw_flow(struct leaf_page *page, const struct leaf_flow *flow, const struct leaf_cut *cut, float x, float y,
                    float width)
{
    float dy;

    if (cut->to <= cut->from)
        return;
    dy = y - flow->rows.items[cut->from].top;
    if (is_in(flow, cut->from, LEAFLET_IN_BOX))
        dy += LEAF_FRAME; /* the frame's line is the column's top */
    draw_places(page, flow, cut, x, dy, width, LEAFLET_IN_BOX);
    draw_places(page, flow, cut, x, dy, width, LEAFLET_IN_QUOTE);
    for (size_t i = cut->from; i < cut->to; i++)
        draw_row(page, flow, &flow->rows.items[i], x, dy, width);
}

void leaf_draw_all(struct leaf_page *page, const struct leaf_flow *flow, float x, float y, float width)
{
    leaf_draw_flow(page, flow, &(struct leaf_cut){0, flow->rows.count}, x, y, width);
}

/* ---- the code ---- */

void leaf_draw_code(struct leaf_page *page, float x, float y, float side)
{
    const struct leaflet_square *code = &page->leaf->leaflet->code;
    float unit = side / (float)(code->width + 2 * QUIET);
    fz_path *path = fz_new_path(page->ctx);

    for (uint32_t row = 0; row < code->width; row++)
        for (uint32_t from = 0, to; from < code->width; from = to + 1) {
            for (to = from; to < code->width; to++) {
                size_t bit = (size_t)row * code->width + to;

                if (!((uint8_t)code->dark.p[bit / 8] >> bit % 8 & 1))
                    break;
            }
            if (to > from)
                fz_rectto(page->ctx, path, x + (float)(from + QUIET) * unit, y + (float)(row + QUIET) * unit,
                          x + (float)(to + QUIET) * unit, y + (float)(row + QUIET + 1) * unit);
        }
    fill(page, path, 0);
}

/* ---- pages ---- */

static void draw_frame(struct leaf_page *page, const struct leaf_sheet *s, unsigned number, unsigned pages)
{
    float across = s->width - 2 * s->margin;
    float rgb[3];
    fz_path *path = fz_new_path(page->ctx);

    if (number == 0) {
        accent_of(page->leaf, rgb);
        fz_rectto(page->ctx, path, s->margin, s->margin - 9, s->width - s->margin, s->margin - 5);
        fz_fill_path(page->ctx, page->device, path, 0, fz_identity, fz_device_rgb(page->ctx), rgb, 1,
                     fz_default_color_params);
        leaf_draw_all(page, &s->head, s->margin, s->margin, across);
        leaf_fill_box(page, s->margin, s->top[0] - 9, across, hair, 0.35F);
    } else {
        leaf_draw_all(page, &s->next, s->margin, s->margin, across);
        leaf_fill_box(page, s->margin, s->top[1] - 8, across, hair, 0.35F);
    }
    fz_drop_path(page->ctx, path);
    leaf_fill_box(page, s->margin + s->column + s->gap / 2 - hair / 2, s->top[number], hair, s->room[number], 0.75F);
    if (number + 1 < pages) {
        leaf_draw_all(page, &s->more, s->margin, s->top[0] + s->room[0] + 8, across);
        return;
    }
}

static void draw_foot(struct leaf_page *page, const struct leaf_sheet *s)
{
    leaf_fill_box(page, s->margin, s->foot_top, s->width - 2 * s->margin, 0.9F, 0);
    if (s->code > 0) /* its own quiet edge is the space around it */
        leaf_draw_code(page, s->margin - s->code * 0.08F, s->foot_top + 3, s->code);
    leaf_draw_all(page, &s->foot, s->margin + s->code, s->foot_top + 8, s->width - 2 * s->margin - s->code);
}

struct leaf_page leaf_page_begin(struct leaf *leaf, pdf_document *pdf, float width, float height)
{
    struct leaf_page page = {.leaf = leaf, .ctx = leaf->ctx, .pdf = pdf, .width = width, .height = height};

    page.device = pdf_page_write(leaf->ctx, pdf, fz_make_rect(0, 0, width, height), &page.resources, &page.contents);
    page.links = pdf_new_array(leaf->ctx, pdf, 16);
    return page;
}

void leaf_page_end(struct leaf_page *page)
{
    fz_context *ctx = page->ctx;
    pdf_obj *object;

    fz_close_device(ctx, page->device);
    fz_drop_device(ctx, page->device);
    object =
        pdf_add_page(ctx, page->pdf, fz_make_rect(0, 0, page->width, page->height), 0, page->resources, page->contents);
    pdf_dict_put(ctx, object, PDF_NAME(Annots), page->links);
    pdf_insert_page(ctx, page->pdf, -1, object);
}

static void write_page(struct leaf *leaf, pdf_document *pdf, const struct leaf_sheet *s, const struct leaf_flow *flow,
                       const struct leaf_layout *layout, unsigned number)
{
    struct leaf_page page = leaf_page_begin(leaf, pdf, s->width, s->height);
    struct leaf_sheet sheet = *s;
    float lowest = 0;

    for (unsigned c = 0; c < LEAF_COLUMNS; c++) {
        const struct leaf_cut *cut = &layout->columns[number][c];
        float height = leaf_height(flow, cut->from, cut->to);

        lowest = height > lowest ? height : lowest;
    }
    if (number + 1 == layout->pages)
        sheet.room[number] = lowest; /* the line between the columns is as long as they are */
    draw_frame(&page, &sheet, number, layout->pages);
    for (unsigned c = 0; c < LEAF_COLUMNS; c++)
        leaf_draw_flow(&page, flow, &layout->columns[number][c], s->margin + (float)c * (s->column + s->gap),
                       s->top[number], s->column);
    if (number + 1 == layout->pages)
        draw_foot(&page, s);
    leaf_page_end(&page);
}

static void describe(struct leaf *leaf, pdf_document *pdf)
{
    fz_context *ctx = leaf->ctx;
    const struct leaflet *l = leaf->leaflet;
    pdf_obj *trailer = pdf_trailer(ctx, pdf);
    pdf_obj *root = pdf_dict_get(ctx, trailer, PDF_NAME(Root));
    pdf_obj *info = pdf_dict_put_dict(ctx, trailer, PDF_NAME(Info), 4);
    pdf_obj *wishes = pdf_new_dict(ctx, pdf, 1);
    struct span day = arena_printf(leaf->arena, "D:%.*s120000Z", SPAN_ARGS(l->day));

    pdf_dict_put_text_string(ctx, info, PDF_NAME(Title), arena_cstr(leaf->arena, l->title));
    pdf_dict_put_text_string(ctx, info, PDF_NAME(Author), arena_cstr(leaf->arena, l->author));
    pdf_dict_put_string(ctx, info, PDF_NAME(CreationDate), day.p, day.n);
    pdf_dict_put_text_string(ctx, root, PDF_NAME(Lang), arena_cstr(leaf->arena, lang_code(l->lang)));
    pdf_dict_puts_drop(ctx, root, "ViewerPreferences", wishes);
    pdf_dict_puts(ctx, wishes, "DisplayDocTitle", PDF_TRUE);
}

static void send(struct leaf *leaf, fz_buffer *bytes)
{
    unsigned char *p;
    size_t n = fz_buffer_storage(leaf->ctx, bytes, &p);

    for (size_t at = 0; at < n; at += PART) {
        struct buf *head = buf_new(leaf->arena, 4);
        size_t part = n - at < PART ? n - at : PART;

        wire_u32(head, 1);
        helper_write_two(WIRE_PART, buf_span(head), (struct span){(const char *)p + at, part});
    }
}

void leaf_send(struct leaf *leaf, pdf_document *pdf, unsigned pages)
{
    fz_context *ctx = leaf->ctx;
    pdf_write_options options = pdf_default_write_options;
    fz_buffer *bytes = fz_new_buffer(ctx, PART);
    fz_output *out = fz_new_output_with_buffer(ctx, bytes);
    struct buf *count = buf_new(leaf->arena, 4);

    describe(leaf, pdf);
    options.do_compress = options.do_compress_fonts = options.do_compress_images = 1;
    pdf_write_document(ctx, pdf, out, &options);
    fz_close_output(ctx, out);
    wire_u32(count, pages);
    helper_write(WIRE_COUNT, buf_span(count));
    send(leaf, bytes);
}

void leaf_write(struct leaf *leaf, const struct leaf_sheet *sheet, const struct leaf_flow *flow,
                const struct leaf_layout *layout)
{
    pdf_document *pdf = pdf_create_document(leaf->ctx);

    for (unsigned i = 0; i < layout->pages; i++)
        write_page(leaf, pdf, sheet, flow, layout, i);
    leaf_send(leaf, pdf, layout->pages);
}
