/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The memory that libcmark-gfm works in. For parse.c alone.
 */
#ifndef PROSE_PARSE_BOX_H
#define PROSE_PARSE_BOX_H

#include "prose/prose_impl.h"

#define CMARK_NO_SHORT_NAMES /* its NODE_TEXT is not ours */
#include <cmark-gfm.h>
#include <setjmp.h>

/* Where to go when 64 MB are not enough. */
extern _Thread_local jmp_buf parse_box_out;
extern cmark_mem parse_box_mem;

/* The room is kept from one text to the next, cleared; one that a text blew up is given back. */
void parse_box_open(struct prose_room *room);
void parse_box_close(struct prose_room *room);

#endif
