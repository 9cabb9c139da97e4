/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What breakroom-paper and breakroom-ocr share: frames on descriptors 0 and 1, and closing themselves in.
 *
 * A helper has one client, its parent. Whatever goes wrong ends the process; nothing is tried again.
 */
#ifndef PAPER_HELPER_H
#define PAPER_HELPER_H

#include "model/document.h"
#include "paper/wire.h"

/* Gives up files, network and all else, then says hello. Ends the process when it cannot. `memory`: bytes in all. */
void helper_close_in(uint64_t memory);

/* The next frame, which has to be of this kind; its bytes are the caller's, from malloc(). Null with `n_out` 0 at the
 * end of input. */
char *helper_read(enum wire_kind kind, size_t *n_out);

void helper_write(enum wire_kind kind, struct span bytes);
void helper_write_two(enum wire_kind kind, struct span first, struct span second); /* one frame */

_Noreturn void helper_fault(enum paper_fault fault, uint32_t page);
_Noreturn void helper_end(void);

/* A word of a WIRE_PAGE. */
void helper_put_word(struct buf *b, const struct doc_word *word);

#endif
