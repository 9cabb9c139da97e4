/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the client's files share. Nobody else includes this.
 */
#ifndef PAPER_PAPER_IMPL_H
#define PAPER_PAPER_IMPL_H

#include "paper/answer.h"
#include "paper/child.h"

#define PAPER_PROGRAM "breakroom-paper"
#define OCR_PROGRAM   "breakroom-ocr"

enum {
    PAPER_RULES = 1, /* one more whenever the same bytes would be read or drawn otherwise: old entries are forgotten */
    SCAN_DPI = 300,
    DRAW_DPI = 200,
};

struct request {
    enum wire_operation operation;
    enum wire_form form;
    const uint32_t *pages; /* null: the first `page_count` */
    const uint16_t *turns; /* null: none; one a page of `pages` */
    size_t page_count;
    const struct redaction *redactions;
    size_t redaction_count;
    const struct doc_text *words; /* WIRE_COPY: without what redactions touch; pages as many as `page_count` */
    uint32_t dpi;
    uint32_t width;
};

/* One document's work: the helper that reads it, and when its time is over. */
struct work {
    const struct paper_job *job;
    const struct paper_source *source;
    struct arena *scratch; /* a frame's */
    struct child child;
    int64_t ends;
    uint32_t page_count;
};

/* What can be said without a helper: size, and whether the bytes are what the kind says. */
enum paper_fault paper_look(struct arena *a, const struct paper_source *source);

/* Starts the helper, asks, and takes the count of pages. Unless true, `problem_out`; work_end() in both cases. */
bool work_begin(struct work *w, const struct paper_job *job, const struct paper_source *source,
                const struct request *request, struct paper_problem *problem_out);
/* The last frame. */
bool work_is_done(struct work *w, struct paper_problem *problem_out);
void work_end(struct work *w);
struct answer_source work_answers(struct work *w);
bool work_goes_on(const struct work *w, uint32_t done, uint32_t total, struct paper_problem *problem_out);

/* All WIRE_PARTs as one file in `a`; it begins as a PDF does. */
bool work_file(struct arena *a, struct work *w, struct arena *parts, struct span *pdf_out,
               struct paper_problem *problem_out);

enum rc paper_rc(struct paper_problem problem);
struct redaction redaction_upright(struct redaction r); /* its corners in order */

/* Keys and entries of the cache. `rest` is whatever else the result depends on. */
struct span cache_key(struct arena *a, struct span what, const struct paper_source *source, struct span rest);
bool cache_get(struct arena *a, const struct paper_job *job, struct span key, size_t most, struct span *entry_out);
void cache_put(struct arena *a, const struct paper_job *job, struct span key, struct span entry);

#endif
