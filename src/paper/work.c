/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One request to breakroom-paper, and what every operation does the same way.
 */
#include "paper/paper_impl.h"

#include "folder/photo.h"

#include <string.h>

#define SCRATCH_MOST ((size_t)512 * 1024 * 1024)

enum { PDF_HEAD = 1024 };

struct paper_limits paper_limits_default(void)
{
    return (struct paper_limits){
        .page_ms = 10000, .page_wait_ms = 120000, .document_ms = 30 * 60 * 1000, .pages_most = 2000};
}

enum rc paper_rc(struct paper_problem problem)
{
    if (problem.fault == PAPER_FINE)
        return RC_OK;
    return paper_fault_is_of_document(problem.fault) ? RC_INVALID : RC_IO;
}

/* ---- before a helper is started ---- */

/* PDF 1.7, appendix H.3: readers look for the header in the first 1,024 bytes. */
static bool is_pdf(struct span bytes)
{
    return span_find(span_sub(bytes, 0, PDF_HEAD), S("%PDF-")) != SPAN_NONE;
}

static bool is_kind(const struct paper_source *source)
{
    struct span bytes = source->bytes;

    switch (source->kind) {
    case DOC_KIND_PDF:
        return is_pdf(bytes);
    case DOC_KIND_JPEG:
        return span_starts(bytes, S("\xFF\xD8\xFF"));
    case DOC_KIND_PNG:
        return span_starts(bytes, S("\x89PNG\r\n\x1A\n"));
    case DOC_KIND_TIFF:
        return span_starts(bytes, S("II*\0")) || span_starts(bytes, S("MM\0*"));
    }
    return false;
}

/* Pictures that browsers show are walked from end to end, for decoders take half a picture without a word. */
static enum paper_fault look_at_picture(const struct paper_source *source)
{
    struct arena *a;
    struct photo photo;
    struct span why;
    enum rc rc;

    if (source->kind != DOC_KIND_JPEG && source->kind != DOC_KIND_PNG)
        return PAPER_FINE;
    a = arena_open(source->bytes.n * 2 + 1024 * 1024);
    rc = photo_clean(a, source->bytes, &photo, &why);
    arena_close(&a);
    if (rc == RC_LIMIT)
        return PAPER_TOO_LARGE;
    if (rc != RC_OK)
        return span_find(why, S("ends ")) != SPAN_NONE ? PAPER_TRUNCATED : PAPER_DAMAGED;
    return PAPER_FINE;
}

enum paper_fault paper_look(struct arena *a, const struct paper_source *source)
{
    (void)a;
    if (source->bytes.n == 0)
        return PAPER_TRUNCATED;
    if (source->bytes.n > WIRE_DOCUMENT_MOST)
        return PAPER_TOO_LARGE;
    if (!is_kind(source))
        return PAPER_WRONG_KIND;
    return look_at_picture(source);
}

/* ---- the request ---- */

struct redaction redaction_upright(struct redaction r)
{
    struct doc_box box = r.box;

    r.box.x0 = box.x0 < box.x1 ? box.x0 : box.x1;
    r.box.x1 = box.x0 < box.x1 ? box.x1 : box.x0;
    r.box.y0 = box.y0 < box.y1 ? box.y0 : box.y1;
    r.box.y1 = box.y0 < box.y1 ? box.y1 : box.y0;
    return r;
}

static void put_box(struct buf *b, const struct doc_box *box)
{
    wire_i32(b, box->x0);
    wire_i32(b, box->y0);
    wire_i32(b, box->x1);
    wire_i32(b, box->y1);
}

static void put_words(struct buf *b, const struct doc_page *page)
{
    wire_u32(b, (uint32_t)page->word_count);
    for (size_t i = 0; i < page->word_count; i++) {
        const struct doc_word *word = &page->words[i];

        put_box(b, &word->box);
        wire_u32(b, word->line);
        wire_u16(b, word->confidence);
        wire_text(b, span_sub(word->text, 0, WIRE_WORD_MOST));
    }
}

static struct span request_bytes(struct arena *a, const struct work *w, const struct request *r)
{
    struct buf *b = buf_new(a, WIRE_REQUEST_MOST);

    wire_u32(b, r->operation);
    wire_u32(b, w->source->kind);
    wire_u32(b, r->form);
    wire_u32(b, w->source->lang);
    wire_u32(b, r->dpi);
    wire_u32(b, r->width);
    wire_u32(b, w->job->limits.pages_most);
    wire_u32(b, (uint32_t)r->page_count);
    for (size_t i = 0; i < r->page_count; i++) {
        wire_u32(b, r->pages ? r->pages[i] : (uint32_t)i + 1);
        wire_u32(b, r->turns ? r->turns[i] : 0);
    }
    wire_u32(b, (uint32_t)r->redaction_count);
    for (size_t i = 0; i < r->redaction_count; i++) {
        struct redaction upright = redaction_upright(r->redactions[i]);

        wire_u32(b, upright.page);
        put_box(b, &upright.box);
    }
    for (size_t i = 0; r->words && i < r->page_count; i++)
        put_words(b, &r->words->pages[i]);
    if (buf_overflowed(b))
        return (struct span){0};
    return buf_span(b);
}

static enum paper_fault send_frame(struct work *w, enum wire_kind kind, struct span bytes)
{
    char head[WIRE_HEAD];
    enum paper_fault fault;

    wire_head(head, kind, bytes.n);
    fault = child_write(&w->child, (struct span){head, sizeof head});
    return fault == PAPER_FINE ? child_write(&w->child, bytes) : fault;
}

/* ---- the work ---- */

struct answer_source work_answers(struct work *w)
{
    return (struct answer_source){child_read, &w->child};
}

static bool take_hello(struct work *w, struct paper_problem *problem_out)
{
    struct answer_source answers = work_answers(w);
    struct span bytes;
    uint32_t version;

    if (!answer_next(w->scratch, &answers, WIRE_HELLO, &bytes, problem_out))
        return false;
    if (!answer_u32(bytes, &version) || version != WIRE_VERSION)
        *problem_out = (struct paper_problem){PAPER_NO_HELPER, 0}; /* of another release */
    return problem_out->fault == PAPER_FINE;
}

static bool take_count(struct work *w, struct paper_problem *problem_out)
{
    struct answer_source answers = work_answers(w);
    struct span bytes;

    if (!answer_next(w->scratch, &answers, WIRE_COUNT, &bytes, problem_out))
        return false;
    if (!answer_u32(bytes, &w->page_count) || w->page_count == 0 || w->page_count > w->job->limits.pages_most)
        *problem_out = (struct paper_problem){PAPER_NONSENSE, 0};
    return problem_out->fault == PAPER_FINE;
}

bool work_begin(struct work *w, const struct paper_job *job, const struct paper_source *source,
                const struct request *request, struct paper_problem *problem_out)
{
    struct span asked;
    enum paper_fault fault;

    *w = (struct work){.job = job, .source = source, .scratch = arena_open(SCRATCH_MOST), .child = {.fd = -1}};
    w->ends = child_now() + job->limits.document_ms;
    asked = request_bytes(w->scratch, w, request);
    fault = asked.n ? child_start(w->scratch, &w->child, &job->limits, w->ends, PAPER_PROGRAM, NULL) : PAPER_MANY_WORDS;
    *problem_out = (struct paper_problem){fault, 0};
    if (fault != PAPER_FINE || !take_hello(w, problem_out))
        return false;
    problem_out->fault = send_frame(w, WIRE_REQUEST, asked);
    if (problem_out->fault == PAPER_FINE)
        problem_out->fault = send_frame(w, WIRE_DOCUMENT, source->bytes);
    if (problem_out->fault != PAPER_FINE || !take_count(w, problem_out))
        return false;
    arena_reset(w->scratch);
    return true;
}

bool work_is_done(struct work *w, struct paper_problem *problem_out)
{
    struct answer_source answers = work_answers(w);
    struct span bytes;

    return answer_next(w->scratch, &answers, WIRE_END, &bytes, problem_out);
}

bool work_file(struct arena *a, struct work *w, struct arena *parts, struct span *pdf_out,
               struct paper_problem *problem)
{
    struct answer_source answers = work_answers(w);
    LIST(struct span) list = {0};
    uint32_t page = 0;
    size_t n = 0;

    for (;;) {
        struct span bytes;
        struct wire_in in;
        enum wire_kind kind;
        uint32_t at;

        if (!answer_either(parts, &answers, WIRE_PART, WIRE_END, &kind, &bytes, problem))
            return false;
        if (kind == WIRE_END)
            break;
        in = (struct wire_in){bytes, false};
        at = wire_take_u32(&in);
        n += in.rest.n;
        if (in.is_short || in.rest.n == 0 || at < page || at > w->page_count || n > WIRE_FILE_MOST) {
            *problem = (struct paper_problem){PAPER_NONSENSE, 0};
            return false;
        }
        *LIST_ADD(parts, &list) = in.rest;
        if (at == page)
            continue;
        page = at;
        child_page_begins(&w->child);
        if (!work_goes_on(w, page, w->page_count, problem))
            return false;
    }
    *pdf_out = arena_join(a, list.items, list.count);
    if (!span_starts(*pdf_out, S("%PDF-")))
        *problem = (struct paper_problem){PAPER_NONSENSE, 0};
    return problem->fault == PAPER_FINE;
}

void work_end(struct work *w)
{
    child_end(&w->child);
    arena_close(&w->scratch);
}

bool work_goes_on(const struct work *w, uint32_t done, uint32_t total, struct paper_problem *problem_out)
{
    if (w->job->progress == NULL || w->job->progress(w->job->arg, done, total))
        return true;
    *problem_out = (struct paper_problem){PAPER_STOPPED, 0};
    return false;
}
