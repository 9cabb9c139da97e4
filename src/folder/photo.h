/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A photo as it may be published: the picture, its colours, which way is up, and nothing else.
 *
 * A phone writes the place, the time, its serial number and a small copy of the uncropped picture into every photo.
 * Nothing is decoded and nothing is blacklisted: the file is walked segment by segment, only what a decoder needs is
 * copied, and the few small segments of another's making (JFIF, Adobe, orientation) are written anew.
 * What stays as it came: the picture itself and the colour profile, which may hold words of its maker.
 */
#ifndef FOLDER_PHOTO_H
#define FOLDER_PHOTO_H

#include "base/arena.h"

enum photo_kind { PHOTO_JPEG, PHOTO_PNG };

enum { PHOTO_BYTES_MOST = 64 * 1024 * 1024, PHOTO_PIXELS_MOST = 100 * 1000 * 1000 };

struct photo {
    enum photo_kind kind;
    uint32_t width, height; /* in pixels, as shown: after the orientation */
    uint8_t orientation;    /* 1 to 8 as in Exif; 1 when the file does not say */
    struct span bytes;      /* the cleaned file, in the arena: at most 64 bytes longer than what came in */
};

/* Cleaning a cleaned photo gives the same bytes. RC_INVALID: not a photo, or a damaged one; RC_LIMIT: more than 64 MB
 * or 100 megapixels; RC_IO: no memory for zlib. Unless RC_OK, `fault_out` is a short literal to follow the photo's name
 * and a colon ("ends before the picture does"), and `photo_out` is all zero. The arena needs room for `file` again. */
MUST_USE enum rc photo_clean(struct arena *a, struct span file, struct photo *photo_out, struct span *fault_out);

#endif
