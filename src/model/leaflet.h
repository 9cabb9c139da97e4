/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A leaflet before it is set: its words with their parts, its photos, where its links lead. Plain data, no I/O.
 *
 * Text is HTML of a small kind that prose/leaflet.c and news/news_leaflet.c write and paper/leaf_set.c sets. Its colours
 * are no colours: "#RRGGBB" is a note to whoever sets it. RR is an ink and where it stands (below), GGBB the number of a
 * link, from 1, or 0 for none. So each word that comes out of the typesetter still says what it is.
 */
#ifndef MODEL_LEAFLET_H
#define MODEL_LEAFLET_H

#include "base/arena.h"
#include "model/lang.h"

enum leaflet_ink {
    LEAFLET_TEXT = 1,
    LEAFLET_HEADING, /* stays with what follows */
    LEAFLET_CITE,    /* stays with the quotation before it */
    LEAFLET_SOFT,    /* grey */
    LEAFLET_ACCENT,
};
enum { LEAFLET_INK = 15, LEAFLET_IN_QUOTE = 16, LEAFLET_IN_BOX = 32 };

enum leaflet_paper { LEAFLET_LETTER, LEAFLET_A4 };

enum leaflet_part_kind { LEAFLET_PART_TEXT, LEAFLET_PART_TABLE, LEAFLET_PART_PHOTO };

struct leaflet_cell {
    struct span html;
    char align; /* 'l' 'c' 'r' */
};

/* A table's first row is its head. */
struct leaflet_part {
    enum leaflet_part_kind kind;
    struct span html;  /* TEXT; PHOTO: what is said below it, or empty */
    struct span bytes; /* PHOTO: JPEG or PNG */
    uint32_t columns, rows;
    const struct leaflet_cell *cells; /* row by row */
};

/* A newsletter's leaflet as it was made: a part of no folder, made from one and kept beside it in the store.
 * `path` is "leaflets/2026-04-24-memo.es.pdf"; what it is to be from a later day on has that before its suffix,
 * "leaflets/2026-04-24-memo.es.2026-06-01.pdf". */
#define LEAFLET_FOLDER "leaflets/"
enum { LEAFLET_COPY_MOST = 8 * 1024 * 1024 };
struct leaflet_copy {
    struct span path;
    struct span bytes; /* none where the store keeps it */
    size_t size;       /* 0: from then on there is none */
};

/* A QR code: `width` squares a side, bit by bit from the lowest, row by row. */
struct leaflet_square {
    uint32_t width;
    struct span dark;
};

enum { LEAFLET_LINKS_MOST = 65535, LEAFLET_SQUARE_MOST = 177 };

/* A card is one sheet, folded three times to eight panels: `head` is on the first, `foot` on the last. `more` and `next` are
 * a leaflet's alone. */
struct leaflet {
    bool is_card;
    const struct leaflet *back; /* a card's other side; or null */
    enum leaflet_paper paper;
    enum lang lang;
    uint32_t accent; /* 0xRRGGBB */
    struct span title;
    struct span author;
    struct span day;  /* "20260424": the same newsletter is the same bytes on any day */
    struct span head; /* HTML over both columns */
    struct span foot; /* HTML beside the code */
    struct span more; /* HTML at the foot of the first page of two */
    struct span next; /* HTML over the second */
    struct leaflet_square code;
    LIST(struct span) links; /* whole addresses, in ASCII; link n is items[n - 1] */
    LIST(struct leaflet_part) parts;
};

#endif
