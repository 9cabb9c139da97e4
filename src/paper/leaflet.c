/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * paper_leaflet(): a leaflet handed to breakroom-paper, which sets it, and its PDF taken back.
 */
#include "paper/leaf_wire.h"
#include "paper/paper_impl.h"

enum {
    SET_DPI = 72,
    LEAFLET_RULES = 1, /* one more whenever the same leaflet would be set otherwise */
};

/* ---- what was set before ---- */

/* A PDF, or what was wrong with the leaflet: eight bytes. */
static struct span entry_of(struct arena *a, struct span pdf, struct paper_problem problem)
{
    struct buf *b;

    if (problem.fault == PAPER_FINE)
        return pdf;
    if (!paper_fault_is_of_document(problem.fault) || problem.fault == PAPER_SLOW || problem.fault == PAPER_SLOW_PAGE)
        return (struct span){0};
    b = buf_new(a, 8);
    wire_u32(b, problem.fault);
    wire_u32(b, problem.page);
    return buf_span(b);
}

static bool take_entry(struct span entry, struct span *pdf_out, struct paper_problem *problem_out)
{
    struct wire_in in = {entry, false};

    if (span_starts(entry, S("%PDF-"))) {
        *pdf_out = entry;
        return true;
    }
    problem_out->fault = (enum paper_fault)wire_take_u32(&in);
    problem_out->page = wire_take_u32(&in);
    if (!in.is_short && in.rest.n == 0 && paper_fault_is_of_document(problem_out->fault))
        return true;
    *problem_out = (struct paper_problem){0};
    return false;
}

static void set(struct arena *a, struct arena *own, const struct paper_job *job, const struct paper_source *source,
                struct span *pdf_out, struct paper_problem *problem_out)
{
    const struct request request = {.operation = WIRE_LEAFLET, .dpi = SET_DPI};
    struct span key = cache_key(own, S("leaflet"), source, arena_printf(own, "%d", (int)LEAFLET_RULES));
    struct span entry;
    struct work w;

    if (cache_get(a, job, key, WIRE_FILE_MOST, &entry) && take_entry(entry, pdf_out, problem_out))
        return;
    if (!work_begin(&w, job, source, &request, problem_out) || !work_file(a, &w, own, pdf_out, problem_out))
        *pdf_out = (struct span){0};
    work_end(&w);
    cache_put(own, job, key, entry_of(own, *pdf_out, *problem_out));
}

enum rc paper_leaflet(struct arena *a, const struct paper_job *job, const struct leaflet *leaflet, struct span *pdf_out,
                      struct paper_problem *problem_out)
{
    struct arena *own = arena_open((size_t)512 * 1024 * 1024);
    struct paper_source source = {leaf_wire_put(own, leaflet), DOC_KIND_PDF,
                                  leaflet->lang}; /* a kind that nobody asks */

    *pdf_out = (struct span){0};
    *problem_out = (struct paper_problem){source.bytes.n ? PAPER_FINE : PAPER_TOO_LARGE, 0};
    if (problem_out->fault == PAPER_FINE)
        set(a, own, job, &source, pdf_out, problem_out);
    arena_close(&own);
    return paper_rc(*problem_out);
}
