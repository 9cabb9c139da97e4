/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Pixels → WebP, and JPEG for the copy to download. Nothing is written beside the picture: no profile, no time, no name.
 */
#include "paper/mu.h"

#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <webp/encode.h>

enum {
    QUALITY_WEBP = 78,
    QUALITY_JPEG = 82,
    LOSSLESS_LEVEL = 3, /* of 9: the next ones take twice as long for a twentieth less */
    ALIKE_PART = 70,    /* of a hundred pixels, to be called print */
};

bool encode_is_print(const unsigned char *pixels, uint32_t width, uint32_t height, size_t stride, unsigned depth)
{
    uint64_t alike = 0;

    for (uint32_t y = 0; y < height; y++) {
        const unsigned char *row = pixels + y * stride;

        for (uint32_t x = 1; x < width; x++)
            alike += memcmp(row + (size_t)x * depth, row + (size_t)(x - 1) * depth, depth) == 0;
    }
    return alike * 100 >= (uint64_t)(width - 1) * height * ALIKE_PART;
}

unsigned char *encode_webp(const unsigned char *rgb, uint32_t width, uint32_t height, size_t stride, bool is_print,
                           size_t *n_out)
{
    WebPConfig config;
    WebPPicture picture;
    WebPMemoryWriter writer;
    int is_fine;

    if (!WebPConfigPreset(&config, WEBP_PRESET_TEXT, QUALITY_WEBP) || !WebPPictureInit(&picture) ||
        (is_print && !WebPConfigLosslessPreset(&config, LOSSLESS_LEVEL)))
        return NULL;
    WebPMemoryWriterInit(&writer);
    picture.use_argb = is_print;
    picture.width = (int)width;
    picture.height = (int)height;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
    is_fine = WebPPictureImportRGB(&picture, rgb, (int)stride) && WebPEncode(&config, &picture);
    WebPPictureFree(&picture);
    if (!is_fine) {
        WebPMemoryWriterClear(&writer);
        return NULL;
    }
    *n_out = writer.size;
    return writer.mem;
}

struct jpeg_errors {
    struct jpeg_error_mgr manager;
    jmp_buf away;
};

static void jpeg_failed(j_common_ptr common)
{
    struct jpeg_errors *errors = (struct jpeg_errors *)common->err;

    longjmp(errors->away, 1);
}

unsigned char *encode_jpeg(const unsigned char *pixels, uint32_t width, uint32_t height, size_t stride, unsigned depth,
                           size_t *n_out)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_errors errors;
    unsigned char *bytes = NULL;
    unsigned long n = 0;

    jpeg.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = jpeg_failed;
    jpeg_create_compress(&jpeg);
    if (setjmp(errors.away)) {
        jpeg_destroy_compress(&jpeg);
        return NULL; /* what was written so far goes with the process */
    }
    jpeg_mem_dest(&jpeg, &bytes, &n);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = (int)depth;
    jpeg.in_color_space = depth == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, QUALITY_JPEG, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < height) {
        JSAMPROW row = (JSAMPROW)(pixels + jpeg.next_scanline * stride); /* libjpeg has no const; it only reads */

        (void)jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    *n_out = n;
    return bytes;
}
