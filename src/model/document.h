/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A document as plain rows: what its .ini says of it, and what its pages say. No I/O here.
 *
 * Authenticity and clearance are apart: that a paper is genuine does not make it public, and neither makes what it shows
 * unlawful. The text of pages comes from elsewhere (a PDF's own text, a machine that read a picture, a person who typed
 * it); how far a page can be trusted travels with it.
 */
#ifndef MODEL_DOCUMENT_H
#define MODEL_DOCUMENT_H

#include "base/time.h"
#include "model/diag.h"
#include "model/lang.h"

/* Tenths of a point (1/720 inch) from the top left corner of the page as a person sees it: rotation is applied. */
struct doc_box {
    int32_t x0, y0, x1, y1;
};

enum doc_reading {
    DOC_READING_NONE = 0, /* no words on it, or nobody has read it */
    DOC_READING_FILE,     /* the file's own text */
    DOC_READING_MACHINE,  /* Tesseract read the picture */
    DOC_READING_TYPED,    /* a person typed it from the picture: words have no box (all zero) */
};

struct doc_word {
    struct span text; /* UTF-8 as it was found; no white space in it */
    struct doc_box box;
    uint32_t line;       /* on its page, in reading order, from 0: columns one after the other */
    uint32_t confidence; /* DOC_READING_MACHINE: 0 to 100; else 100 */
};

struct doc_page {
    int32_t width; /* tenths of a point */
    int32_t height;
    enum doc_reading reading;
    struct doc_word *words; /* in reading order */
    size_t word_count;
};

/* Pages in the file's order: pages[0] is the first. */
struct doc_text {
    struct doc_page *pages;
    size_t page_count;
};

enum doc_kind { DOC_KIND_PDF, DOC_KIND_JPEG, DOC_KIND_PNG, DOC_KIND_TIFF };

enum authenticity {
    AUTHENTICITY_UNVERIFIED,
    AUTHENTICITY_CORROBORATED,
    AUTHENTICITY_ADMITTED,
    AUTHENTICITY_DISPUTED,
    AUTHENTICITY_FALSE,
};

enum clearance {
    CLEARANCE_RECEIVED,
    CLEARANCE_PRIVILEGED,
    CLEARANCE_REJECTED,
    CLEARANCE_CLEARED, /* may be shown; shown once something quotes it or it is listed */
    CLEARANCE_PUBLISHED,
};

/* Burnt into the public copy: nothing under it leaves the organizer's computer. */
struct redaction {
    uint32_t page; /* from 1, place in the file */
    struct doc_box box;
};

#endif
