/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * paper_read(): the file's own words page by page; then, for pages that have none, their pictures go to breakroom-ocr,
 * one at a time.
 */
#include "paper/paper_impl.h"

#include <string.h>

enum {
    WORDS_MOST = 1000 * 1000,
    TEXT_MOST = 16 * 1024 * 1024,
    DARK = 140,        /* of 255: ink */
    INK_LEAST = 40000, /* a page is blank when fewer than one pixel in so many is dark */
    ENTRY_PAGE = 8,
};

struct reading {
    struct arena *arena;
    const struct paper_job *job;
    const struct paper_source *source;
    struct paper_text *out;
    struct paper_problem *problem;
    size_t words, bytes;
    uint32_t steps, step; /* of progress */
};

static bool fails(const struct reading *r, enum paper_fault fault, uint32_t page)
{
    *r->problem = (struct paper_problem){fault, page};
    return false;
}

/* Copies the page's words to where they stay. */
static bool keep_page(struct reading *r, const struct answer_page *from, uint32_t number, enum doc_reading reading)
{
    struct doc_page *page = &r->out->text.pages[number - 1];

    r->words += from->page.word_count;
    r->bytes += from->bytes;
    if (r->words > WORDS_MOST || r->bytes > TEXT_MOST)
        return fails(r, PAPER_MANY_WORDS, number);
    *page = from->page;
    page->reading = page->word_count ? reading : DOC_READING_NONE;
    page->words = ARENA_ARRAY(r->arena, struct doc_word, page->word_count);
    for (size_t i = 0; i < page->word_count; i++) {
        page->words[i] = from->page.words[i];
        page->words[i].text = arena_dup(r->arena, from->page.words[i].text);
        if (reading != DOC_READING_MACHINE)
            page->words[i].confidence = 100;
    }
    r->out->turns[number - 1] = (uint16_t)from->turn;
    return true;
}

/* ---- the file's own words ---- */

static bool take_pages(struct reading *r, struct work *w)
{
    struct answer_source answers = work_answers(w);

    r->out->text.pages = ARENA_ARRAY(r->arena, struct doc_page, w->page_count);
    r->out->text.page_count = w->page_count;
    r->out->turns = ARENA_ARRAY(r->arena, uint16_t, w->page_count);
    r->steps = w->page_count;
    for (uint32_t number = 1; number <= w->page_count; number++) {
        struct span bytes;
        struct answer_page page;

        child_page_begins(&w->child);
        if (!answer_next(w->scratch, &answers, WIRE_PAGE, &bytes, r->problem)) {
            r->problem->page = number;
            return false;
        }
        if (!answer_page(w->scratch, bytes, &page) || page.number != number || page.turn)
            return fails(r, PAPER_NONSENSE, number);
        if (!keep_page(r, &page, number, DOC_READING_FILE) || !work_goes_on(w, ++r->step, r->steps, r->problem))
            return false;
        arena_reset(w->scratch);
    }
    return work_is_done(w, r->problem);
}

static bool read_own(struct reading *r)
{
    const struct request request = {.operation = WIRE_READ, .dpi = DRAW_DPI};
    struct work w;
    bool is_fine = work_begin(&w, r->job, r->source, &request, r->problem) && take_pages(r, &w);

    work_end(&w);
    return is_fine;
}

/* ---- by machine ---- */

static bool is_blank(struct span grey)
{
    size_t dark = 0;

    for (size_t i = 0; i < grey.n; i++)
        dark += (uint8_t)grey.p[i] < DARK;
    return dark < 4 + grey.n / INK_LEAST;
}

/* Pixels of the turned picture → tenths of a point of the turned page. */
static bool to_tenths(struct answer_page *found, const struct doc_page *page, const struct answer_picture *picture)
{
    bool is_on_its_side = found->turn == 90 || found->turn == 270;
    int32_t width = is_on_its_side ? page->height : page->width;
    int32_t height = is_on_its_side ? page->width : page->height;
    int64_t pixels_wide = is_on_its_side ? picture->height : picture->width;
    int64_t pixels_high = is_on_its_side ? picture->width : picture->height;

    if (found->page.width != pixels_wide || found->page.height != pixels_high)
        return false;
    for (size_t i = 0; i < found->page.word_count; i++) {
        struct doc_box *box = &found->page.words[i].box;

        box->x0 = (int32_t)(box->x0 * (int64_t)width / pixels_wide);
        box->x1 = (int32_t)(box->x1 * (int64_t)width / pixels_wide);
        box->y0 = (int32_t)(box->y0 * (int64_t)height / pixels_high);
        box->y1 = (int32_t)(box->y1 * (int64_t)height / pixels_high);
    }
    found->page.width = width;
    found->page.height = height;
    return true;
}

static bool send_scan(struct reading *r, struct child *ocr, const struct answer_picture *picture)
{
    char bytes[WIRE_HEAD + 12];
    struct arena *a = arena_open(1024);
    struct buf *b = buf_new(a, 12);
    enum paper_fault fault;

    wire_head(bytes, WIRE_SCAN, picture->bytes.n + 12);
    wire_u32(b, picture->width);
    wire_u32(b, picture->height);
    wire_u32(b, SCAN_DPI);
    memcpy(bytes + WIRE_HEAD, b->p, 12);
    arena_close(&a);
    fault = child_write(ocr, (struct span){bytes, sizeof bytes});
    if (fault == PAPER_FINE)
        fault = child_write(ocr, picture->bytes);
    return fault == PAPER_FINE || fails(r, fault, picture->page);
}

static bool read_scan(struct reading *r, struct work *w, struct child *ocr, const struct answer_picture *picture)
{
    struct answer_source answers = {child_read, ocr};
    struct span bytes;
    struct answer_page found;

    child_page_begins(ocr);
    if (!send_scan(r, ocr, picture))
        return false;
    if (!answer_next(w->scratch, &answers, WIRE_PAGE, &bytes, r->problem)) {
        r->problem->page = picture->page;
        return false;
    }
    if (!answer_page(w->scratch, bytes, &found) || !to_tenths(&found, &r->out->text.pages[picture->page - 1], picture))
        return fails(r, PAPER_NONSENSE, picture->page);
    return keep_page(r, &found, picture->page, DOC_READING_MACHINE);
}

static bool take_scan(struct reading *r, struct work *w, struct child *ocr, uint32_t number)
{
    struct answer_source answers = work_answers(w);
    struct span bytes;
    struct answer_picture picture;

    child_page_begins(&w->child);
    if (!answer_next(w->scratch, &answers, WIRE_PICTURE, &bytes, r->problem)) {
        r->problem->page = number;
        return false;
    }
    if (!answer_picture(bytes, &picture) || picture.page != number ||
        picture.bytes.n != (size_t)picture.width * picture.height)
        return fails(r, PAPER_NONSENSE, number);
    return is_blank(picture.bytes) || read_scan(r, w, ocr, &picture);
}

/* What breakroom-ocr says first: after it has loaded its languages, or that it cannot. */
static bool start_ocr(struct reading *r, struct work *w, struct child *ocr)
{
    struct answer_source answers = {child_read, ocr};
    struct span bytes;
    uint32_t version;
    enum paper_fault fault =
        child_start(w->scratch, ocr, &r->job->limits, w->ends, OCR_PROGRAM, r->source->lang == LANG_ES ? "spa" : "eng");

    if (fault != PAPER_FINE)
        return fails(r, fault, 0);
    if (!answer_next(w->scratch, &answers, WIRE_HELLO, &bytes, r->problem))
        return false;
    return (answer_u32(bytes, &version) && version == WIRE_VERSION) || fails(r, PAPER_NO_HELPER, 0);
}

static bool read_scans(struct reading *r, const uint32_t *pages, size_t count)
{
    const struct request request = {
        .operation = WIRE_DRAW, .form = WIRE_GREY, .pages = pages, .page_count = count, .dpi = SCAN_DPI};
    struct work w;
    struct child ocr = {.fd = -1};
    bool is_fine = work_begin(&w, r->job, r->source, &request, r->problem);

    if (is_fine && w.page_count != r->out->text.page_count)
        is_fine = fails(r, PAPER_NONSENSE, 0);
    is_fine = is_fine && start_ocr(r, &w, &ocr);
    for (size_t i = 0; i < count && is_fine; i++) {
        arena_reset(w.scratch);
        is_fine = take_scan(r, &w, &ocr, pages[i]) && work_goes_on(&w, ++r->step, r->steps, r->problem);
    }
    is_fine = is_fine && work_is_done(&w, r->problem);
    child_end(&ocr);
    work_end(&w);
    return is_fine;
}

static bool read_by_machine(struct reading *r)
{
    uint32_t *pages = ARENA_ARRAY(r->arena, uint32_t, r->out->text.page_count);
    size_t count = 0;

    for (size_t i = 0; i < r->out->text.page_count; i++)
        if (r->out->text.pages[i].word_count == 0)
            pages[count++] = (uint32_t)i + 1;
    r->steps += (uint32_t)count;
    return count == 0 || read_scans(r, pages, count);
}

/* ---- kept for the next time ---- */

/* Fault, its page, count of pages; each page its length, its reading, then as it comes over the pipe. */
static struct span entry_of(struct arena *a, const struct paper_text *text, struct paper_problem problem)
{
    struct buf *b = buf_new(a, PAPER_TEXT_MOST / 2);

    wire_u32(b, problem.fault);
    wire_u32(b, problem.page);
    wire_u32(b, (uint32_t)text->text.page_count);
    for (size_t i = 0; i < text->text.page_count; i++) {
        const struct doc_page *page = &text->text.pages[i];
        uint32_t n = 20;

        for (size_t w = 0; w < page->word_count; w++)
            n += WIRE_WORD_MIN - 1 + (uint32_t)page->words[w].text.n;
        wire_u32(b, n);
        wire_u32(b, page->reading);
        wire_u32(b, (uint32_t)i + 1);
        wire_i32(b, page->width);
        wire_i32(b, page->height);
        wire_u32(b, text->turns[i]);
        wire_u32(b, (uint32_t)page->word_count);
        for (size_t w = 0; w < page->word_count; w++) {
            wire_i32(b, page->words[w].box.x0);
            wire_i32(b, page->words[w].box.y0);
            wire_i32(b, page->words[w].box.x1);
            wire_i32(b, page->words[w].box.y1);
            wire_u32(b, page->words[w].line);
            wire_u16(b, page->words[w].confidence);
            wire_text(b, page->words[w].text);
        }
    }
    return buf_overflowed(b) ? S("") : buf_span(b);
}

static bool take_entry_page(struct reading *r, struct wire_in *in, uint32_t number)
{
    struct doc_page *page = &r->out->text.pages[number - 1];
    uint32_t n = wire_take_u32(in);
    uint32_t reading = wire_take_u32(in);
    struct answer_page kept;

    if (reading > DOC_READING_MACHINE || !answer_page(r->arena, wire_take(in, n), &kept) || in->is_short ||
        kept.number != number || (kept.page.word_count == 0) != (reading == DOC_READING_NONE))
        return false;
    *page = kept.page;
    page->reading = (enum doc_reading)reading;
    r->out->turns[number - 1] = (uint16_t)kept.turn;
    return true;
}

/* False: nothing kept, or nothing that makes sense. */
static bool take_entry(struct reading *r, struct span entry)
{
    struct wire_in in = {entry, false};
    uint32_t fault = wire_take_u32(&in);
    uint32_t page = wire_take_u32(&in);
    uint32_t count = wire_take_u32(&in);

    if (in.is_short || fault >= PAPER_FAULT_COUNT || count > in.rest.n / (ENTRY_PAGE + 20))
        return false;
    *r->problem = (struct paper_problem){(enum paper_fault)fault, page};
    if (fault != PAPER_FINE)
        return in.rest.n == 0 && paper_fault_is_of_document((enum paper_fault)fault);
    r->out->text.pages = ARENA_ARRAY(r->arena, struct doc_page, count);
    r->out->text.page_count = count;
    r->out->turns = ARENA_ARRAY(r->arena, uint16_t, count);
    for (uint32_t i = 1; i <= count; i++)
        if (!take_entry_page(r, &in, i))
            return false;
    return count > 0 && in.rest.n == 0;
}

/* What a slow machine could not do another may; all other faults of a document stay. */
static bool is_for_ever(enum paper_fault fault)
{
    return fault == PAPER_FINE ||
           (paper_fault_is_of_document(fault) && fault != PAPER_SLOW && fault != PAPER_SLOW_PAGE);
}

enum rc paper_read(struct arena *a, const struct paper_job *job, const struct paper_source *source,
                   struct paper_text *text_out, struct paper_problem *problem_out)
{
    struct reading r = {.arena = a, .job = job, .source = source, .out = text_out, .problem = problem_out};
    struct arena *own = arena_open(2 * PAPER_TEXT_MOST);
    struct span key =
        cache_key(own, S("read"), source, arena_printf(own, "%u %u", (unsigned)source->lang, job->limits.pages_most));
    struct span entry;

    *text_out = (struct paper_text){0};
    *problem_out = (struct paper_problem){paper_look(own, source), 0};
    if (problem_out->fault == PAPER_FINE && cache_get(a, job, key, PAPER_TEXT_MOST / 2, &entry) &&
        take_entry(&r, entry)) {
        arena_close(&own);
        if (problem_out->fault != PAPER_FINE)
            *text_out = (struct paper_text){0};
        return paper_rc(*problem_out);
    }
    if (problem_out->fault == PAPER_FINE) {
        *text_out = (struct paper_text){0};
        if (!read_own(&r) || !read_by_machine(&r))
            *text_out = (struct paper_text){0};
        if (is_for_ever(problem_out->fault))
            cache_put(own, job, key, entry_of(own, text_out, *problem_out));
    }
    arena_close(&own);
    return paper_rc(*problem_out);
}
