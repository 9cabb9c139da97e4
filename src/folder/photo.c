/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The door of photo cleaning, and what both formats need: the sink, numbers, orientation, the head of a profile.
 *
 * Of Exif exactly one number is read, by bounded steps through IFD0; no offset in it is followed, so nothing can loop.
 */
#include "folder/photo_impl.h"

#include <string.h>

void photo_put(struct photo_sink *out, struct span bytes)
{
    if (out->p && bytes.n) {
        CHECK(bytes.n <= out->room - out->n); /* both walks must put the same */
        memcpy(out->p + out->n, bytes.p, bytes.n);
    }
    out->n += bytes.n;
}

void photo_put_u16(struct photo_sink *out, uint32_t value)
{
    const char bytes[2] = {(char)(value >> 8 & 0xFF), (char)(value & 0xFF)};

    photo_put(out, (struct span){bytes, sizeof bytes});
}

void photo_put_u32(struct photo_sink *out, uint32_t value)
{
    photo_put_u16(out, value >> 16);
    photo_put_u16(out, value);
}

uint8_t photo_u8(struct span s, size_t at)
{
    return (uint8_t)s.p[at];
}

uint16_t photo_u16(struct span s, size_t at)
{
    return (uint16_t)(photo_u8(s, at) << 8 | photo_u8(s, at + 1));
}

uint32_t photo_u32(struct span s, size_t at)
{
    return (uint32_t)photo_u16(s, at) << 16 | photo_u16(s, at + 2);
}

static uint16_t tiff_u16(struct span s, size_t at, bool little)
{
    if (little)
        return (uint16_t)(photo_u8(s, at + 1) << 8 | photo_u8(s, at));
    return photo_u16(s, at);
}

static uint32_t tiff_u32(struct span s, size_t at, bool little)
{
    uint32_t first = tiff_u16(s, at, little);
    uint32_t second = tiff_u16(s, at + 2, little);

    return little ? second << 16 | first : first << 16 | second;
}

/* Exif 2.32 §4.6.2 (TIFF 6.0): byte order, 42, where IFD0 is; there a count and entries of 12 bytes. */
uint8_t photo_orientation_of(struct span tiff)
{
    enum { HEADER = 8, ENTRY = 12, ORIENTATION = 0x0112, SHORT = 3 };
    bool little = span_starts(tiff, S("II*\0"));
    size_t at;
    size_t entries;

    if (tiff.n < HEADER || (!little && !span_starts(tiff, S("MM\0*"))))
        return 1;
    at = tiff_u32(tiff, 4, little);
    if (at < HEADER || at > tiff.n || tiff.n - at < 2)
        return 1;
    entries = tiff_u16(tiff, at, little);
    at += 2;
    for (size_t i = 0; i < entries && tiff.n - at >= ENTRY; i++, at += ENTRY) {
        uint16_t value;

        if (tiff_u16(tiff, at, little) != ORIENTATION)
            continue;
        value = tiff_u16(tiff, at + 8, little);
        if (tiff_u16(tiff, at + 2, little) != SHORT || tiff_u32(tiff, at + 4, little) != 1 || value < 1 || value > 8)
            return 1;
        return (uint8_t)value;
    }
    return 1;
}

void photo_put_tiff(struct photo_sink *out, uint8_t orientation)
{
    photo_put(out, S("MM\0*\0\0\0\x08"               /* IFD0 follows */
                     "\0\x01"                        /* with one entry: */
                     "\x01\x12\0\x03\0\0\0\x01\0")); /* orientation, one short */
    photo_put(out, (struct span){(const char *)&orientation, 1});
    photo_put(out, S("\0\0\0\0\0\0")); /* the rest of the value's room, and no further IFD */
}

uint32_t photo_icc_len(struct span header)
{
    uint32_t len;

    if (header.n < PHOTO_ICC_HEADER_LEN || !span_eq(span_sub(header, 36, 4), S("acsp")))
        return 0;
    len = photo_u32(header, 0);
    return len < PHOTO_ICC_HEADER_LEN ? 0 : len;
}

enum rc photo_check_size(uint32_t width, uint32_t height, struct span *fault_out)
{
    if (width == 0 || height == 0) {
        *fault_out = S("does not say how large the picture is");
        return RC_INVALID;
    }
    if ((uint64_t)width * height > PHOTO_PIXELS_MOST) {
        *fault_out = S("larger than 100 megapixels");
        return RC_LIMIT;
    }
    return RC_OK;
}

enum rc photo_clean(struct arena *a, struct span file, struct photo *photo_out, struct span *fault_out)
{
    struct photo photo = {0};
    enum rc rc;

    *photo_out = photo;
    *fault_out = S("");
    if (file.n > PHOTO_BYTES_MOST) {
        *fault_out = S("larger than 64 MB");
        return RC_LIMIT;
    }
    if (span_starts(file, S("\xFF\xD8"))) {
        rc = photo_jpeg_clean(a, file, &photo, fault_out);
    } else if (span_starts(file, S("\x89PNG\r\n\x1A\n"))) {
        rc = photo_png_clean(a, file, &photo, fault_out);
    } else {
        *fault_out = S("not a JPEG or PNG");
        rc = RC_INVALID;
    }
    if (rc != RC_OK)
        return rc;
    if (photo.orientation >= 5) { /* from 5 on the picture lies on its side */
        uint32_t width = photo.width;

        photo.width = photo.height;
        photo.height = width;
    }
    *photo_out = photo;
    return RC_OK;
}
