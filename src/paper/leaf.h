/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The inside of breakroom-paper that sets leaflets: a leaflet's parts, set one below the other into rows; rows cut into
 * columns of equal height; columns drawn as a PDF.
 *
 * MuPDF's story breaks lines and nothing else. It sets into one rectangle without an end; where a column ends, what stays
 * together, rules, tables and photos are ours. Measures are points; y goes down. Whatever is wrong throws or ends the
 * process: there is one leaflet a process.
 */
#ifndef PAPER_LEAF_H
#define PAPER_LEAF_H

#include "model/leaflet.h"
#include "paper/mu.h"

#include <mupdf/pdf.h>

enum {
    LEAF_PAGES = 3,
    /* two of a leaflet, three pairs of panels of a card */ LEAF_COLUMNS = 2,
    LEAF_FRAME = 5 /* between an answer and its frame */
};

/* Words of one font on one line. */
struct leaf_piece {
    fz_text *text;
    float base; /* where the letters stand */
    float size;
    float x0, x1;
    unsigned ink;  /* enum leaflet_ink and where it stands */
    unsigned link; /* 0: none */
};

/* What no column's end can part: a line, a photo, a row of a table. */
struct leaf_row {
    float top, bottom;
    float base;          /* of its first line */
    unsigned ink;        /* of its first piece */
    size_t first, count; /* pieces */
    fz_image *image;     /* or null */
    float width;         /* of the image */
    bool begins;         /* a paragraph, or anything else */
    bool is_tied;        /* to the next row */
    float rule;          /* a line below it this thick, or 0 */
};

struct leaf_flow {
    LIST(struct leaf_piece) pieces;
    LIST(struct leaf_row) rows;
    float bottom;
};

struct leaf {
    struct mu *mu;
    fz_context *ctx;
    struct arena *arena;
    const struct leaflet *leaflet;
    fz_image **images; /* one a part; null: no photo */
    float **widths;    /* one a part: the natural and the least width of each column of a table, at 10 points */
    uint32_t missing;  /* the first character that no font has, or 0 */
};

/* ---- leaf_set.c ---- */
/* Adds HTML set `width` wide with its corner at `x`, flow->bottom. Throws. */
void leaf_set_text(struct leaf *leaf, struct leaf_flow *flow, struct span html, float x, float width, float size);
/* A flow of its own, for what does not run through columns. */
struct leaf_flow leaf_set_alone(struct leaf *leaf, struct span html, float width, float size);
/* All parts of the leaflet. */
struct leaf_flow leaf_set(struct leaf *leaf, float width, float size);
void leaf_drop(struct leaf *leaf, struct leaf_flow *flow);

/* ---- leaf_table.c: the n-th part ---- */
void leaf_measure_table(struct leaf *leaf, size_t n);
void leaf_set_table(struct leaf *leaf, struct leaf_flow *flow, size_t n, float width, float size);

/* ---- leaf_photo.c ---- */
/* Upright, on white, no more pixels than print needs. Throws. */
fz_image *leaf_photo(struct leaf *leaf, struct span bytes, float width);
void leaf_set_photo(struct leaf *leaf, struct leaf_flow *flow, size_t n, float width, float size);

/* ---- leaf_flow.c: pure ---- */
struct leaf_cut {
    size_t from, to; /* rows */
};
struct leaf_layout {
    unsigned pages;
    struct leaf_cut columns[LEAF_PAGES][LEAF_COLUMNS];
};
/* Rows into columns as high as `room` says for each page, of equal height on a page. False where they do not fit;
 * `left_out`: how high what is left over is. */
bool leaf_lay_out(const struct leaf_flow *flow, const float *room, unsigned pages, struct leaf_layout *layout_out,
                  float *left_out);
/* Of the rows in a column of their own, frames included. */
float leaf_height(const struct leaf_flow *flow, size_t from, size_t to);
/* May a column end before row `i`? */
bool leaf_may_end(const struct leaf_flow *flow, size_t i);

/* ---- leaf_page.c ---- */
struct leaf_sheet {
    float width, height;
    float margin, gap;
    float column; /* how wide */
    struct leaf_flow head, foot, more, next;
    float code;                              /* a side of the QR code, or 0 */
    float top[LEAF_PAGES], room[LEAF_PAGES]; /* of the columns */
    float foot_top;
};
/* A page being drawn. `leaf` is whose links are on it. */
struct leaf_page {
    struct leaf *leaf;
    fz_context *ctx;
    fz_device *device;
    pdf_document *pdf;
    pdf_obj *links; /* annotations */
    float width, height;
    pdf_obj *resources;
    fz_buffer *contents;
};
struct leaf_page leaf_page_begin(struct leaf *leaf, pdf_document *pdf, float width, float height);
void leaf_page_end(struct leaf_page *page);
void leaf_fill_box(struct leaf_page *page, float x, float y, float w, float h, float grey);
/* Rows of a flow with the first one's top at `y`. */
void leaf_draw_flow(struct leaf_page *page, const struct leaf_flow *flow, const struct leaf_cut *cut, float x, float y,
                    float width);
void leaf_draw_all(struct leaf_page *page, const struct leaf_flow *flow, float x, float y, float width);
void leaf_draw_code(struct leaf_page *page, float x, float y, float side);
/* Sends the PDF, described by `leaf`; drops nothing. */
void leaf_send(struct leaf *leaf, pdf_document *pdf, unsigned pages);

/* Sends the PDF. */
void leaf_write(struct leaf *leaf, const struct leaf_sheet *sheet, const struct leaf_flow *flow,
                const struct leaf_layout *layout);

/* ---- leaf_card.c ---- */
/* Sets the card and its back, and sends the PDF. */
void leaf_card(struct leaf *leaf);

/* ---- leaf_main.c ---- */
/* Photos and tables, before anything is set in columns so wide. */
void leaf_prepare(struct leaf *leaf, float column);
void mu_leaflet(struct mu *mu, struct span bytes); /* WIRE_COUNT, WIRE_PARTs */

#endif
