/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Makes the photos that test_photo.c cleans, and decodes what comes out: libjpeg, libpng and zlib do the work.
 *
 * Everything here lives in `arena`. Each private text begins with PRIVATE.
 */
#ifndef TESTS_PHOTO_MAKE_H
#define TESTS_PHOTO_MAKE_H

#include "folder/photo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

enum { WIDTH = 40, HEIGHT = 24, MB = 1024 * 1024 };

static struct arena *arena;

static struct span join(const struct span *pieces, size_t count)
{
    return arena_join(arena, pieces, count);
}
#define JOIN(...) join((const struct span[]){__VA_ARGS__}, COUNT(((const struct span[]){__VA_ARGS__})))

static struct span number(uint32_t value, size_t len)
{
    char bytes[4] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};

    return arena_dup(arena, (struct span){bytes + 4 - len, len});
}

static const struct span secrets[] = {
    SPAN_INIT("PRIVATE gps: 12 Orchard Lane, Pomelo Nine, serial SN-00817"),
    SPAN_INIT("PRIVATE small copy of the uncropped picture"),
    SPAN_INIT("PRIVATE <x:xmpmeta> history, document id, people tagged"),
    SPAN_INIT("PRIVATE <script>alert('a page inside a picture')</script>"),
    SPAN_INIT("PRIVATE caption written by Ada Example, Newsroom Ltd"),
    SPAN_INIT("PRIVATE second picture, a film, the maker's trailer"),
};

/* Exif as a phone writes it: words before the orientation, GPS after it, in either byte order. */
static struct span exif(unsigned orientation, bool little)
{
    struct span values = secrets[0];

    if (little)
        return JOIN(S("II*\0\x08\0\0\0\x03\0\x0F\x01\x02\0\x3A\0\0\0\x32\0\0\0\x12\x01\x03\0\x01\0\0\0"),
                    number(orientation << 24, 4), S("\x25\x88\x04\0\x01\0\0\0\x1A\0\0\0\0\0\0\0"), values);
    return JOIN(S("MM\0*\0\0\0\x08\0\x03\x01\x0F\0\x02\0\0\0\x3A\0\0\0\x32\x01\x12\0\x03\0\0\0\x01"),
                number(orientation << 16, 4), S("\x88\x25\0\x04\0\0\0\x01\0\0\0\x1A\0\0\0\0"), values);
}

static struct span minimal_tiff(unsigned orientation)
{
    return JOIN(S("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"), number(orientation, 1), S("\0\0\0\0\0\0"));
}

static struct span icc_profile(size_t len)
{
    char *p = arena_alloc(arena, len);

    for (size_t i = 0; i < len; i++)
        p[i] = (char)(i * 7 % 251);
    return JOIN(number((uint32_t)len, 4), ((struct span){p + 4, 32}), S("acsp"), ((struct span){p + 40, len - 40}));
}

/* --- JPEG --- */

struct recipe {
    J_COLOR_SPACE space;
    int components;
    unsigned restart;
    unsigned orientation;                       /* 0: no Exif */
    bool progressive, arithmetic, bare, little; /* bare: nothing private in it */
};

static void put_marker(j_compress_ptr c, int marker, struct span head, struct span body)
{
    struct span whole = JOIN(head, body);

    jpeg_write_marker(c, JPEG_APP0 + marker, (const JOCTET *)whole.p, (unsigned)whole.n);
}

static void put_private(j_compress_ptr c, const struct recipe *r)
{
    if (r->orientation)
        put_marker(c, 1, S("Exif\0\0"), exif(r->orientation, r->little));
    if (r->bare)
        return;
    put_marker(c, 0, S("JFXX\0\x10"), secrets[1]);
    put_marker(c, 1, S("http://ns.adobe.com/xap/1.0/\0"), secrets[2]);
    put_marker(c, 1, S("http://ns.adobe.com/xmp/extension/\0"), secrets[2]);
    put_marker(c, 2, S("MPF\0"), secrets[5]);
    put_marker(c, 13, S("Photoshop 3.0\0"), secrets[4]);
    put_marker(c, 5, S("maker"), secrets[0]);
    put_marker(c, JPEG_COM - JPEG_APP0, S(""), secrets[3]);
}

static void put_rows(j_compress_ptr c)
{
    JSAMPLE row[WIDTH * 4];
    JSAMPROW rows[1] = {row};

    while (c->next_scanline < c->image_height) {
        for (unsigned i = 0; i < (unsigned)(WIDTH * c->input_components); i++)
            row[i] = (JSAMPLE)(i * 5 + c->next_scanline * 9 + (i ^ c->next_scanline) * 3);
        (void)jpeg_write_scanlines(c, rows, 1);
    }
}

static struct span make_jpeg(const struct recipe *r)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long n = 0;
    struct span file;

    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &bytes, &n);
    c.image_width = WIDTH;
    c.image_height = HEIGHT;
    c.input_components = r->components;
    c.in_color_space = r->components == 1 ? JCS_GRAYSCALE : r->components == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&c);
    jpeg_set_colorspace(&c, r->space);
    c.write_Adobe_marker = r->space == JCS_RGB || r->components == 4;
    c.restart_interval = r->restart;
    c.arith_code = r->arithmetic;
    if (r->progressive)
        jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    put_private(&c, r);
    put_rows(&c);
    jpeg_finish_compress(&c);
    file = JOIN(((struct span){(char *)bytes, n}), r->bare ? S("") : secrets[5]);
    jpeg_destroy_compress(&c);
    free(bytes);
    return file;
}

static struct span decode_jpeg(struct span file)
{
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr errors;
    char *pixels;
    size_t stride;

    d.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, (const unsigned char *)file.p, file.n);
    assert_int_equal(jpeg_read_header(&d, TRUE), JPEG_HEADER_OK);
    (void)jpeg_start_decompress(&d);
    stride = d.output_width * (size_t)d.output_components;
    pixels = arena_alloc(arena, stride * d.output_height);
    while (d.output_scanline < d.output_height) {
        JSAMPROW row = (JSAMPROW)pixels + stride * d.output_scanline;

        (void)jpeg_read_scanlines(&d, &row, 1);
    }
    (void)jpeg_finish_decompress(&d);
    assert_int_equal(errors.num_warnings, 0);
    stride *= d.output_height;
    jpeg_destroy_decompress(&d);
    return (struct span){pixels, stride};
}

/* A bare JPEG with these segments after SOI. */
static struct span with_segments(struct span segments)
{
    const struct recipe r = {.space = JCS_YCbCr, .components = 3, .bare = true};
    struct span file = make_jpeg(&r);

    return JOIN(S("\xFF\xD8"), segments, span_from(file, 2));
}

static struct span segment(uint32_t marker, struct span head, struct span body)
{
    return JOIN(number(0xFF00 | marker, 2), number((uint32_t)(2 + head.n + body.n), 2), head, body);
}

static struct span icc_segment(uint32_t number_of, uint32_t count, struct span part)
{
    return segment(0xE2, JOIN(S("ICC_PROFILE\0"), number(number_of << 8 | count, 2)), part);
}

/* --- PNG --- */

static struct span chunk(struct span type, struct span body)
{
    struct span crc_of = JOIN(type, body);

    return JOIN(number((uint32_t)body.n, 4), crc_of,
                number((uint32_t)crc32(0, (const Bytef *)crc_of.p, (uInt)crc_of.n), 4));
}

static struct span packed(struct span s)
{
    uLongf n = compressBound(s.n);
    char *p = arena_alloc(arena, n);

    assert_int_equal(compress((Bytef *)p, &n, (const Bytef *)s.p, s.n), Z_OK);
    return (struct span){p, n};
}

#define SIGNATURE S("\x89PNG\r\n\x1A\n")
#define IEND      chunk(S("IEND"), S(""))
#define PALETTE   chunk(S("PLTE"), S("\0\0\0\xFF\0\0\0\xFF\0\xFF\xFF\xFF"))

static struct span ihdr(uint32_t width, uint32_t height, struct span rest)
{
    return chunk(S("IHDR"), JOIN(number(width, 4), number(height, 4), rest));
}

/* Four colours, two bits a pixel. */
static struct span png_data(void)
{
    enum { STRIDE = 1 + WIDTH / 4 };
    char rows[HEIGHT * STRIDE];

    for (size_t i = 0; i < sizeof rows; i++)
        rows[i] = i % STRIDE == 0 ? 0 : (char)(i * 37);
    return packed((struct span){rows, sizeof rows});
}

static struct span make_png(struct span before_palette, struct span after_palette, struct span after_data)
{
    struct span data = png_data();

    return JOIN(SIGNATURE, ihdr(WIDTH, HEIGHT, S("\x02\x03\0\0\0")), before_palette, PALETTE, after_palette,
                chunk(S("IDAT"), span_sub(data, 0, 20)), chunk(S("IDAT"), span_from(data, 20)), after_data, IEND);
}

static struct span iccp(struct span name, struct span stream)
{
    return chunk(S("iCCP"), JOIN(name, S("\0\0"), stream));
}

static struct span decode_png(struct span file)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    char *pixels;
    size_t n;

    assert_true(png_image_begin_read_from_memory(&image, file.p, file.n));
    image.format = PNG_FORMAT_RGBA;
    n = PNG_IMAGE_SIZE(image);
    pixels = arena_alloc(arena, n);
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    return (struct span){pixels, n};
}

static struct span png_with_everything(void)
{
    struct span text = chunk(S("tEXt"), JOIN(S("Comment\0"), secrets[3]));
    struct span xmp = chunk(S("iTXt"), JOIN(S("XML:com.adobe.xmp\0\0\0\0\0"), secrets[2]));
    struct span raw = chunk(S("zTXt"), JOIN(S("Raw profile type exif\0\0"), packed(secrets[0])));
    struct span profile = iccp(S("PRIVATE display of Ada"), packed(icc_profile(400)));
    struct span gamma = chunk(S("gAMA"), number(45455, 4));
    struct span transparent = chunk(S("tRNS"), S("\x80"));
    struct span background = chunk(S("bKGD"), S("\x01"));
    struct span density = chunk(S("pHYs"), S("\0\0\x0B\x13\0\0\x0B\x13\x01"));
    struct span unknown = chunk(S("prVt"), secrets[4]);
    struct span frames = chunk(S("acTL"), S("\0\0\0\x02\0\0\0\0"));
    struct span frame = chunk(S("fdAT"), secrets[1]);
    struct span date = chunk(S("tIME"), S("\x07\xE9\x03\x0E\x0F\x09\x1A"));

    return JOIN(make_png(JOIN(text, xmp, profile, gamma), JOIN(transparent, background, frames, density, unknown, raw),
                         JOIN(date, chunk(S("eXIf"), exif(6, true)), frame, text)),
                secrets[5]);
}

#endif
