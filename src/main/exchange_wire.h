/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The steps of exchange_step.h as bytes at the control socket: the call that a command sends, the answer, and on the way
 * the files of a dump. One writer and one reader, here.
 *
 * Every length stands before what it counts and is compared with what is there before anything is allocated. A reader
 * takes only what its writer can have written; it borrows, and says nothing about whether the content is any good:
 * whoever stores it compiles it first.
 */
#ifndef MAIN_EXCHANGE_WIRE_H
#define MAIN_EXCHANGE_WIRE_H

#include "base/buf.h"
#include "main/exchange_step.h"
#include "main/options.h"

#define EXCHANGE_LOOK      "load-look"
#define EXCHANGE_WRITE     "load-write"
#define EXCHANGE_DUMP      "dump"
#define EXCHANGE_PUBLISHED "published"

/* All photos (1 GB), all public copies (512 MB), and everything beside them. A piece is 128 MB at most. */
#define EXCHANGE_BODY_MOST ((uint64_t)1792 << 20)

/* A call as parts, to be sent one after the other: a head, and the pieces' bytes where it has them, which are borrowed.
 * False: larger than EXCHANGE_BODY_MOST. */
MUST_USE bool exchange_call_put(struct arena *a, const struct exchange_call *call, const struct span **parts_out,
                                size_t *count_out);
/* False for anything else. Pieces with bytes get the hash of these. What comes out lives in `a` and in `bytes`. */
MUST_USE bool exchange_call_read(struct arena *a, struct span bytes, struct exchange_call *call_out);

struct span exchange_told_put(struct arena *a, const struct exchange_told *told);
MUST_USE bool exchange_told_read(struct arena *a, struct span bytes, struct exchange_told *told_out);

/* Notes on the way: a line for the person, or a file. As parts for control_note(). */
enum { EXCHANGE_NOTE_PARTS = 3 };
void exchange_note_line(struct span line, struct span parts_out[EXCHANGE_NOTE_PARTS]);
void exchange_note_file(struct arena *a, const struct folder_file *file, struct span parts_out[EXCHANGE_NOTE_PARTS]);
/* False when it is neither, or a file whose path leads out of its folder. A line comes as a file without a path. */
MUST_USE bool exchange_note_read(struct span note, struct folder_file *file_out);

#endif
