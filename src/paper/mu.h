/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The inside of breakroom-paper: a document opened by MuPDF, and what can be asked of it.
 *
 * All of this runs behind the sandbox. MuPDF's memory is counted; past the limit its allocations fail, and that is a
 * fault of the document, not a crash. Scripts, attachments, forms as forms, comments: never looked at, never run.
 */
#ifndef PAPER_MU_H
#define PAPER_MU_H

#include "paper/helper.h"

#include <mupdf/fitz.h>

struct mu_look {
    uint32_t page; /* from 1 */
    uint32_t turn; /* clockwise: 0, 90, 180, 270; after the page's own rotation */
};

struct mu_words {
    const struct doc_word *words;
    uint32_t count;
};

struct mu_request {
    uint32_t operation; /* enum wire_operation */
    uint32_t kind;      /* enum doc_kind */
    uint32_t form;      /* enum wire_form, of WIRE_DRAW */
    uint32_t lang;      /* enum lang, of WIRE_COPY */
    uint32_t dpi;
    uint32_t width_most; /* in pixels; 0: no limit but WIRE_PIXELS_MOST */
    uint32_t pages_most;
    const struct mu_look *looks;
    uint32_t look_count;
    const struct redaction *redactions;
    uint32_t redaction_count;
    const struct mu_words *words; /* one a look, of WIRE_COPY */
};

struct mu {
    fz_context *ctx;
    fz_document *document;
    struct arena *arena; /* a page's; forgotten before the next */
    const struct mu_request *request;
    uint32_t page_count;
    uint32_t page; /* the one that is looked at, from 1; 0: none yet */
};

/* The page and its size in points, upright as the file says, its corner at 0, 0. Throws. */
struct mu_page {
    fz_page *page;
    fz_matrix upright; /* moves the corner */
    float width, height;
};
struct mu_page mu_load_page(struct mu *mu, uint32_t number);
/* What a person sees on it: contents and filled fields, no comments. Throws. */
void mu_run_page(struct mu *mu, const struct mu_page *page, fz_device *device, fz_matrix matrix);

/* The page as pixels, three bytes each or one, with its redactions burnt in. The caller drops it. `size_out`: in points,
 * turned. Throws. */
fz_pixmap *mu_draw_page(struct mu *mu, const struct mu_look *look, fz_colorspace *colours, fz_point *size_out);

void mu_read(struct mu *mu); /* WIRE_PAGE for each page */
void mu_draw(struct mu *mu); /* WIRE_PICTURE for each look */
void mu_copy(struct mu *mu); /* WIRE_PARTs */

/* Few colours side by side, as print has: no loss is worth it. A photo has many. */
bool encode_is_print(const unsigned char *pixels, uint32_t width, uint32_t height, size_t stride, unsigned depth);
/* From malloc(); null when there is no memory, or the picture is too large for the format. */
unsigned char *encode_webp(const unsigned char *rgb, uint32_t width, uint32_t height, size_t stride, bool is_print,
                           size_t *n_out);
unsigned char *encode_jpeg(const unsigned char *pixels, uint32_t width, uint32_t height, size_t stride, unsigned depth,
                           size_t *n_out);

#endif
