/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a photo. What comes out cleans to itself and holds only the segments that may be there, and of Exif only
 * our own. Checksums of PNG are set right before each run, else no change would get past the first chunk.
 */
#include "folder/photo.h"

#include <string.h>
#include <zlib.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char tiff_start[] = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01"; /* then 0, 2..8, six zeros */

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void check_tiff(struct span tiff, uint8_t orientation)
{
    CHECK(tiff.n == 26 && memcmp(tiff.p, tiff_start, 18) == 0);
    CHECK(tiff.p[18] == 0 && (uint8_t)tiff.p[19] == orientation && orientation >= 2 && orientation <= 8);
    CHECK(memcmp(tiff.p + 20, "\0\0\0\0\0\0", 6) == 0);
}

/* All segments before the first scan. */
static void check_jpeg(struct span out, uint8_t orientation)
{
    const uint8_t *p = (const uint8_t *)out.p;
    unsigned exif = 0;

    for (size_t at = 2; p[at + 1] != 0xDA; at += 2 + ((size_t)p[at + 2] << 8 | p[at + 3])) {
        struct span body = span_sub(out, at + 4, ((size_t)p[at + 2] << 8 | p[at + 3]) - 2);

        CHECK(p[at] == 0xFF && p[at + 1] >= 0xC0 && p[at + 1] != 0xFE);
        if (p[at + 1] == 0xE0)
            CHECK(span_eq(body, S("JFIF\0\x01\x01\0\0\x01\0\x01\0\0")));
        else if (p[at + 1] == 0xE1)
            CHECK(span_starts(body, S("Exif\0\0")) && ++exif == 1);
        else if (p[at + 1] == 0xE2)
            CHECK(span_starts(body, S("ICC_PROFILE\0")));
        else if (p[at + 1] == 0xEE)
            CHECK(body.n == 12 && span_starts(body, S("Adobe\0\x64\0\0\0\0")));
        else
            CHECK(p[at + 1] < 0xE0);
        if (p[at + 1] == 0xE1)
            check_tiff(span_from(body, 6), orientation);
    }
    CHECK(exif == (orientation != 1));
}

static void check_png(struct span out, uint8_t orientation)
{
    static const char may_be[] = "IHDR PLTE IDAT IEND gAMA cHRM sRGB iCCP sBIT tRNS bKGD pHYs eXIf";
    unsigned exif = 0;
    size_t at = 8;

    while (at < out.n) {
        size_t n = u32((const uint8_t *)out.p + at);
        struct span type = span_sub(out, at + 4, 4);

        CHECK(span_find(span_of(may_be), type) != SPAN_NONE);
        if (span_eq(type, S("eXIf"))) {
            check_tiff(span_sub(out, at + 8, n), orientation);
            exif++;
        }
        if (span_eq(type, S("iCCP")))
            CHECK(span_starts(span_sub(out, at + 8, n), S("icc\0\0")));
        at += 12 + n;
    }
    CHECK(at == out.n && exif == (orientation != 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(8 * 1024 * 1024);
    struct photo photo;
    struct photo again;
    struct span fault;
    enum rc rc = photo_clean(a, (struct span){(const char *)data, size}, &photo, &fault);

    CHECK((rc == RC_OK) == (fault.n == 0));
    if (rc == RC_OK) {
        CHECK(photo.bytes.n <= size + 64);
        CHECK(photo_clean(a, photo.bytes, &again, &fault) == RC_OK && span_eq(photo.bytes, again.bytes));
        CHECK(photo.width == again.width && photo.height == again.height && photo.orientation == again.orientation);
        if (photo.kind == PHOTO_JPEG)
            check_jpeg(photo.bytes, photo.orientation);
        else
            check_png(photo.bytes, photo.orientation);
    }
    arena_close(&a);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size_t at = 8;

    (void)seed;
    size = LLVMFuzzerMutate(data, size, max_size);
    if (size < 8 || memcmp(data, "\x89PNG\r\n\x1A\n", 8) != 0)
        return size;
    while (size - at >= 12 && u32(data + at) <= size - at - 12) {
        size_t n = u32(data + at);
        uint32_t crc = (uint32_t)crc32(0, data + at + 4, (uInt)n + 4);

        for (size_t i = 0; i < 4; i++)
            data[at + 8 + n + i] = (uint8_t)(crc >> (24 - 8 * i));
        at += 12 + n;
    }
    return size;
}
