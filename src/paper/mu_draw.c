/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Pages as pictures: WebP for people, grey pixels for Tesseract.
 */
#include "paper/mu.h"

#include <stdlib.h>

/* WIRE_PICTURE: page, width, height, then its bytes. */
static void send_picture(struct mu *mu, const fz_pixmap *drawn, struct span bytes)
{
    struct buf *b = buf_new(mu->arena, 64);

    wire_u32(b, mu->page);
    wire_u32(b, (uint32_t)drawn->w);
    wire_u32(b, (uint32_t)drawn->h);
    if (bytes.n > WIRE_PICTURE_MOST - b->n)
        helper_fault(PAPER_MEMORY, mu->page);
    helper_write_two(WIRE_PICTURE, buf_span(b), bytes);
}

static void send_webp(struct mu *mu, const fz_pixmap *drawn)
{
    uint32_t width = (uint32_t)drawn->w;
    uint32_t height = (uint32_t)drawn->h;
    size_t stride = (size_t)drawn->stride;
    size_t n;
    unsigned char *bytes = encode_webp(drawn->samples, width, height, stride,
                                       encode_is_print(drawn->samples, width, height, stride, 3), &n);

    if (bytes == NULL)
        helper_fault(PAPER_MEMORY, mu->page);
    send_picture(mu, drawn, (struct span){(const char *)bytes, n});
    free(bytes);
}

static void draw_one(struct mu *mu, const struct mu_look *look)
{
    fz_context *ctx = mu->ctx;
    bool is_grey = mu->request->form == WIRE_GREY;
    fz_point size;
    fz_pixmap *drawn = mu_draw_page(mu, look, is_grey ? fz_device_gray(ctx) : fz_device_rgb(ctx), &size);

    if (is_grey) /* no gaps between rows: fz_new_pixmap_with_bbox() makes none */
        send_picture(mu, drawn, (struct span){(const char *)drawn->samples, (size_t)drawn->stride * (size_t)drawn->h});
    else
        send_webp(mu, drawn);
    fz_drop_pixmap(ctx, drawn);
}

void mu_draw(struct mu *mu)
{
    for (uint32_t i = 0; i < mu->request->look_count; i++) {
        mu->page = mu->request->looks[i].page;
        draw_one(mu, &mu->request->looks[i]);
        arena_reset(mu->arena);
    }
}
