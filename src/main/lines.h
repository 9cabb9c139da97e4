/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Lines `WORD VALUE` at the control socket: the steps that send a few lines write and read them here.
 *
 * A reader takes lines in the order in which its writer writes them, and none besides. No value holds a control
 * character; every reader is false for what no writer wrote.
 */
#ifndef MAIN_LINES_H
#define MAIN_LINES_H

#include "base/buf.h"
#include "base/time.h"

void lines_put_hex(struct buf *b, const unsigned char *bytes, size_t n);

/* The next line of `rest`, which has to begin with that word: what follows it and its space, which may be nothing. */
MUST_USE bool lines_take(struct span *rest, struct span word, struct span *value_out);

/* Of a value, piece by piece, parted by spaces. */
MUST_USE bool lines_word(struct span *value, struct span *word_out); /* not an empty one */
MUST_USE bool lines_hex(struct span *value, unsigned char *bytes_out, size_t n);
MUST_USE bool lines_number(struct span *value, uint64_t most, uint64_t *number_out);
MUST_USE bool lines_instant(struct span *value, struct instant *instant_out);

#endif
