/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a helper says, read as if an enemy wrote it: for the helper may have been taken over by what it read.
 *
 * No length is believed before it is compared with the most there may be; no number leaves here that is out of its
 * range. The fuzz target reads through the same door.
 */
#ifndef PAPER_ANSWER_H
#define PAPER_ANSWER_H

#include "paper/paper.h"
#include "paper/wire.h"

/* Exactly `n` bytes or a fault. */
typedef enum paper_fault answer_read_fn(void *arg, char *p, size_t n);

struct answer_source {
    answer_read_fn *read;
    void *arg;
};

struct answer_page {
    struct doc_page page; /* `reading` is the caller's to say; text borrows the frame's bytes */
    uint32_t number;
    uint32_t turn; /* 0, 90, 180, 270 */
    size_t bytes;  /* of all its words */
};

struct answer_picture {
    uint32_t page, width, height;
    struct span bytes;
};

/* The next frame, which has to be of `kind`, its bytes in `a`. A WIRE_FAULT becomes `problem_out`, anything else
 * PAPER_NONSENSE or what `read` gave. */
bool answer_next(struct arena *a, const struct answer_source *source, enum wire_kind kind, struct span *bytes_out,
                 struct paper_problem *problem_out);
/* The same where either of two may come. */
bool answer_either(struct arena *a, const struct answer_source *source, enum wire_kind first, enum wire_kind second,
                   enum wire_kind *kind_out, struct span *bytes_out, struct paper_problem *problem_out);

bool answer_u32(struct span bytes, uint32_t *value_out); /* WIRE_HELLO, WIRE_COUNT */
bool answer_page(struct arena *a, struct span bytes, struct answer_page *page_out);
bool answer_picture(struct span bytes, struct answer_picture *picture_out);

#endif
