/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A page as MuPDF loads and draws it. Redactions are burnt in here and nowhere else: after the page is drawn and before
 * anything else sees a pixel.
 */
#include "paper/mu.h"

#include <math.h>
#include <string.h>

enum {
    SIDE_MOST = 16000, /* WebP ends at 16,383 */
    PIXELS_MOST = WIRE_PIXELS_MOST / 2,
};

struct mu_page mu_load_page(struct mu *mu, uint32_t number)
{
    fz_context *ctx = mu->ctx;
    struct mu_page page = {.page = fz_load_page(ctx, mu->document, (int)number - 1)};
    fz_rect bounds = fz_bound_page(ctx, page.page);

    page.upright = fz_translate(-bounds.x0, -bounds.y0);
    page.width = bounds.x1 - bounds.x0;
    page.height = bounds.y1 - bounds.y0;
    if (!(page.width >= 0.1F && page.width * 10 <= WIRE_SIDE_MOST && page.height >= 0.1F &&
          page.height * 10 <= WIRE_SIDE_MOST))
        helper_fault(PAPER_PAGE_SIZE, number);
    return page;
}

void mu_run_page(struct mu *mu, const struct mu_page *page, fz_device *device, fz_matrix matrix)
{
    fz_run_page_contents(mu->ctx, page->page, device, matrix, NULL);
    fz_run_page_widgets(mu->ctx, page->page, device, matrix, NULL);
}

static float scale_of(const struct mu *mu, float width, float height)
{
    float scale = (float)mu->request->dpi / 72;

    if (mu->request->width_most && width * scale > (float)mu->request->width_most)
        scale = (float)mu->request->width_most / width;
    if (width * height * scale * scale > PIXELS_MOST)
        scale = sqrtf(PIXELS_MOST / (width * height));
    if (width * scale > SIDE_MOST)
        scale = SIDE_MOST / width;
    if (height * scale > SIDE_MOST)
        scale = SIDE_MOST / height;
    return scale;
}

/* By our own hand: fz_clear_pixmap_rect_with_value() takes the last of three colours for opacity. */
static void blacken(fz_pixmap *drawn, fz_irect r)
{
    r = fz_intersect_irect(r, fz_make_irect(0, 0, drawn->w, drawn->h));
    if (r.x0 >= r.x1)
        return;
    for (int y = r.y0; y < r.y1; y++)
        memset(drawn->samples + (ptrdiff_t)y * drawn->stride + (ptrdiff_t)r.x0 * drawn->n, 0,
               (size_t)(r.x1 - r.x0) * drawn->n);
}

static float on_paper(int32_t tenths)
{
    return (float)(tenths < -WIRE_SIDE_MOST      ? -WIRE_SIDE_MOST
                   : tenths > 2 * WIRE_SIDE_MOST ? 2 * WIRE_SIDE_MOST
                                                 : tenths);
}

static void burn(fz_pixmap *drawn, const struct mu_request *request, uint32_t page, float scale)
{
    for (uint32_t i = 0; i < request->redaction_count; i++) {
        const struct doc_box *box = &request->redactions[i].box;
        fz_irect pixels;

        if (request->redactions[i].page != page)
            continue;
        /* one more all around: what is drawn at the edge is spread over neighbours */
        pixels.x0 = (int)floorf(on_paper(box->x0) * scale / 10) - 1;
        pixels.y0 = (int)floorf(on_paper(box->y0) * scale / 10) - 1;
        pixels.x1 = (int)ceilf(on_paper(box->x1) * scale / 10) + 1;
        pixels.y1 = (int)ceilf(on_paper(box->y1) * scale / 10) + 1;
        blacken(drawn, pixels);
    }
}

/* Where a page comes to lie among pixels. */
struct placed {
    fz_matrix matrix;
    float scale;
    fz_irect pixels;
    fz_point size;
};

static struct placed place(const struct mu *mu, const struct mu_page *page, uint32_t turn)
{
    bool is_on_its_side = turn == 90 || turn == 270;
    struct placed placed;
    fz_matrix turned;
    fz_rect bounds;

    placed.size = is_on_its_side ? fz_make_point(page->height, page->width) : fz_make_point(page->width, page->height);
    placed.scale = scale_of(mu, placed.size.x, placed.size.y);
    turned = fz_concat(fz_scale(placed.scale, placed.scale), fz_rotate((float)turn));
    bounds = fz_transform_rect((fz_rect){0, 0, page->width, page->height}, turned);
    placed.matrix = fz_concat(fz_concat(page->upright, turned), fz_translate(-bounds.x0, -bounds.y0));
    placed.pixels =
        (fz_irect){0, 0, (int)ceilf(bounds.x1 - bounds.x0 - 0.01F), (int)ceilf(bounds.y1 - bounds.y0 - 0.01F)};
    if (placed.pixels.x1 < 1)
        placed.pixels.x1 = 1;
    if (placed.pixels.y1 < 1)
        placed.pixels.y1 = 1;
    return placed;
}

fz_pixmap *mu_draw_page(struct mu *mu, const struct mu_look *look, fz_colorspace *colours, fz_point *size_out)
{
    fz_context *ctx = mu->ctx;
    struct mu_page page = mu_load_page(mu, look->page);
    struct placed placed = place(mu, &page, look->turn);
    fz_pixmap *drawn = NULL;
    fz_device *device = NULL;

    fz_var(drawn);
    fz_var(device);
    fz_try(ctx)
    {
        drawn = fz_new_pixmap_with_bbox(ctx, colours, placed.pixels, NULL, 0);
        fz_clear_pixmap_with_value(ctx, drawn, 0xFF);
        device = fz_new_draw_device(ctx, fz_identity, drawn);
        mu_run_page(mu, &page, device, placed.matrix);
        fz_close_device(ctx, device);
        burn(drawn, mu->request, look->page, placed.scale);
    }
    fz_always(ctx)
    {
        fz_drop_device(ctx, device);
        fz_drop_page(ctx, page.page);
    }
    fz_catch(ctx)
    {
        fz_drop_pixmap(ctx, drawn);
        fz_rethrow(ctx);
    }
    *size_out = placed.size;
    return drawn;
}
