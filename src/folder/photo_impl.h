/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What photo.c, photo_jpeg.c and photo_png.c share. Nobody else includes this.
 *
 * Both formats are walked twice by the same code: once to check the file, to note what stands in it and to measure,
 * once to write into memory of exactly that size. A sink without memory only measures.
 */
#ifndef FOLDER_PHOTO_IMPL_H
#define FOLDER_PHOTO_IMPL_H

#include "folder/photo.h"

struct photo_sink {
    char *p; /* null: only measure */
    size_t n;
    size_t room;
};

void photo_put(struct photo_sink *out, struct span bytes);
void photo_put_u16(struct photo_sink *out, uint32_t value);
void photo_put_u32(struct photo_sink *out, uint32_t value);

/* Big-endian numbers. The caller has made sure that the bytes are there. */
uint8_t photo_u8(struct span s, size_t at);
uint16_t photo_u16(struct span s, size_t at);
uint32_t photo_u32(struct span s, size_t at);

/* The orientation in IFD0 of Exif data that starts with its TIFF header; 1 when there is none or it makes no sense. */
uint8_t photo_orientation_of(struct span tiff);

/* Exif data with this orientation and nothing else, without the word "Exif" before it. */
enum { PHOTO_TIFF_LEN = 26 };
void photo_put_tiff(struct photo_sink *out, uint8_t orientation);

/* The length that an ICC profile with this beginning gives itself, 0 when it is none. */
enum { PHOTO_ICC_HEADER_LEN = 128 };
uint32_t photo_icc_len(struct span header);

/* RC_LIMIT with the reason when the picture is too large, RC_INVALID when it has no size. */
MUST_USE enum rc photo_check_size(uint32_t width, uint32_t height, struct span *fault_out);

/* Each fills all of `photo_out`, with width and height as stored, not as shown. */
MUST_USE enum rc photo_jpeg_clean(struct arena *a, struct span file, struct photo *photo_out, struct span *fault_out);
MUST_USE enum rc photo_png_clean(struct arena *a, struct span file, struct photo *photo_out, struct span *fault_out);

#endif
