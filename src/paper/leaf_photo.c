/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Photos: upright, on white, with the pixels that print can use, as JPEG. A photo of fifty megapixels comes in and a
 * hundred kilobytes go out; the library reads a JPEG at an eighth of its size where that does.
 */
#include "paper/leaf.h"

#include <stdlib.h>

enum { PHOTO_DPI = 220, SIDE_MOST = 60000 };

static const float tallest = 0.72F; /* of a column's width */

fz_image *leaf_photo(struct leaf *leaf, struct span bytes, float width)
{
    fz_context *ctx = leaf->ctx;
    fz_buffer *in = fz_new_buffer_from_shared_data(ctx, (const unsigned char *)bytes.p, bytes.n);
    fz_image *image = fz_new_image_from_buffer(ctx, in);
    uint8_t turn = fz_image_orientation(ctx, image);
    bool is_turned = turn == 2 || turn == 4 || turn == 6 || turn == 8; /* a quarter, in MuPDF's own count */
    float w = (float)(is_turned ? image->h : image->w);
    float h = (float)(is_turned ? image->w : image->h);
    float across = width * PHOTO_DPI / 72;
    fz_pixmap *pixels;
    fz_device *device;
    unsigned char *jpeg;
    size_t n = 0;

    if (image->w <= 0 || image->h <= 0 || image->w > SIDE_MOST || image->h > SIDE_MOST)
        fz_throw(ctx, FZ_ERROR_GENERIC, "a photo of no size");
    across = across < w ? across : w;
    if (across * h / w > across * 3)
        across = w * across * 3 / h; /* a strip: its height is what counts */
    across = across < 1 ? 1 : across;
    h = across * h / w < 1 ? 1 : across * h / w;
    pixels = fz_new_pixmap_with_bbox(ctx, fz_device_rgb(ctx), fz_make_irect(0, 0, (int)across, (int)h), NULL, 0);
    fz_clear_pixmap_with_value(ctx, pixels, 0xFF);
    device = fz_new_draw_device(ctx, fz_identity, pixels);
    fz_fill_image(ctx, device, image,
                  fz_concat(fz_image_orientation_matrix(ctx, image),
                            fz_scale((float)fz_pixmap_width(ctx, pixels), (float)fz_pixmap_height(ctx, pixels))),
                  1, fz_default_color_params);
    fz_close_device(ctx, device);
    fz_drop_device(ctx, device);
    fz_drop_image(ctx, image);
    fz_drop_buffer(ctx, in);
    jpeg = encode_jpeg(fz_pixmap_samples(ctx, pixels), (uint32_t)fz_pixmap_width(ctx, pixels),
                       (uint32_t)fz_pixmap_height(ctx, pixels), (size_t)fz_pixmap_stride(ctx, pixels), 3, &n);
    fz_drop_pixmap(ctx, pixels);
    if (jpeg == NULL)
        fz_throw(ctx, FZ_ERROR_MEMORY, "a photo");
    in = fz_new_buffer_from_copied_data(ctx, jpeg, n);
    free(jpeg);
    image = fz_new_image_from_buffer(ctx, in);
    fz_drop_buffer(ctx, in);
    return image;
}

void leaf_set_photo(struct leaf *leaf, struct leaf_flow *flow, size_t n, float width, float size)
{
    const struct leaflet_part *part = &leaf->leaflet->parts.items[n];
    fz_image *image = leaf->images[n];
    float height = width * (float)image->h / (float)image->w;
    struct leaf_row *row = LIST_ADD(leaf->arena, &flow->rows);
    size_t first;

    *row = (struct leaf_row){.top = flow->bottom + size * 0.2F, .ink = LEAFLET_TEXT, .image = image, .begins = true};
    row->width = height > width * tallest ? width * width * tallest / height : width;
    row->bottom = row->top + row->width * (float)image->h / (float)image->w;
    row->base = row->bottom;
    row->is_tied = part->html.n != 0;
    flow->bottom = row->bottom + size * 0.2F;
    first = flow->rows.count;
    if (part->html.n)
        leaf_set_text(leaf, flow, part->html, 0, width, size);
    for (size_t i = first; i + 1 < flow->rows.count; i++)
        flow->rows.items[i].is_tied = true;
}
