/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * In which order the pieces of lines on a page are read: columns one after the other, rows of a table across.
 *
 * A PDF says where its letters stand, not in which order they are read; programs write them in any.
 */
#ifndef PAPER_ORDER_H
#define PAPER_ORDER_H

#include "model/document.h"

/* Words of one line without a wide gap between them. */
struct order_piece {
    struct doc_box box;
    uint32_t first, count; /* the caller's words */
    uint32_t line;         /* comes out: pieces side by side in no columns share one */
};

/* Sorts `pieces` and numbers their lines from 0. Returns how many lines there are. */
uint32_t order_pieces(struct order_piece *pieces, size_t count, int32_t page_width);

#endif
