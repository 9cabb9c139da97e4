/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What goes over the pipe between a helper and its client. Both sides include this; no outside library does.
 *
 * A frame is its kind and its length (both u32, little-endian) and that many bytes. The kind says how long it may be:
 * who reads looks before it makes room. Numbers are little-endian, text is UTF-8 behind a u16 of its length.
 *
 *   client   REQUEST, DOCUMENT        then it only reads (paper)
 *            SCAN …                   one answer each (ocr)
 *   helper   HELLO, COUNT, then what was asked for, page by page, then END; or FAULT, which ends it
 */
#ifndef PAPER_WIRE_H
#define PAPER_WIRE_H

#include "base/buf.h"
#include "paper/fault.h"

enum { WIRE_VERSION = 1, WIRE_HEAD = 8 };

enum wire_kind {
    WIRE_HELLO = 1, /* version */
    WIRE_REQUEST,
    WIRE_DOCUMENT, /* its bytes */
    WIRE_SCAN,     /* width, height, dots an inch, grey pixels */
    WIRE_COUNT,    /* pages */
    WIRE_PAGE,     /* see wire_page_head */
    WIRE_PICTURE,  /* page, width, height, bytes */
    WIRE_PART,     /* page, the next bytes of the file that was asked for */
    WIRE_FAULT,    /* enum paper_fault, page or 0 */
    WIRE_END,
    WIRE_KIND_COUNT,
};

enum {
    WIRE_DOCUMENT_MOST = 128 * 1024 * 1024,
    WIRE_REQUEST_MOST = 128 * 1024 * 1024,
    WIRE_PIXELS_MOST = 25 * 1000 * 1000, /* of one picture */
    WIRE_PAGE_MOST = 4 * 1024 * 1024,
    WIRE_WORD_MIN = 25, /* bytes of a word on a page: box, line, confidence, length, one letter */
    WIRE_WORD_MOST = 1000,
    WIRE_PICTURE_MOST = WIRE_PIXELS_MOST + 12,
    WIRE_PART_MOST = 32 * 1024 * 1024,
    WIRE_FILE_MOST = 512 * 1024 * 1024, /* all parts */
    WIRE_SIDE_MOST = 144000,            /* tenths of a point: 5.08 m, the most that PDF 1.4 has */
};

enum wire_operation { WIRE_READ = 1, WIRE_DRAW, WIRE_COPY, WIRE_LEAFLET };
enum wire_form { WIRE_WEBP = 1, WIRE_GREY };

uint32_t wire_most(uint32_t kind); /* bytes that a frame of this kind may have; 0: no such kind */

void wire_u16(struct buf *b, uint32_t value);
void wire_u32(struct buf *b, uint32_t value);
void wire_i32(struct buf *b, int32_t value);
void wire_text(struct buf *b, struct span text); /* at most 65,535 bytes */
void wire_head(char head[WIRE_HEAD], uint32_t kind, size_t n);

/* Takes numbers off `rest`. What is not there reads as 0 and sets `is_short`, which stays. */
struct wire_in {
    struct span rest;
    bool is_short;
};
uint32_t wire_take_u16(struct wire_in *in);
uint32_t wire_take_u32(struct wire_in *in);
int32_t wire_take_i32(struct wire_in *in);
struct span wire_take(struct wire_in *in, size_t n); /* borrows */
struct span wire_take_text(struct wire_in *in);

#endif
