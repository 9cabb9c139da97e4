/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * paper_draw() and paper_copy(): what the public gets, and which words go with it.
 */
#include "paper/paper_impl.h"

#include <string.h>

enum { TOUCH = 2 /* tenths of a point: as near as that is under it */ };

/* ---- words ---- */

static bool touches(const struct doc_box *word, const struct doc_box *bar)
{
    return word->x0 <= (int64_t)bar->x1 + TOUCH && word->x1 >= (int64_t)bar->x0 - TOUCH &&
           word->y0 <= (int64_t)bar->y1 + TOUCH && word->y1 >= (int64_t)bar->y0 - TOUCH;
}

static bool is_nowhere(const struct doc_box *box)
{
    return box->x0 == box->x1 || box->y0 == box->y1;
}

static bool is_covered(const struct doc_word *word, uint32_t page, const struct redaction *redactions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct redaction r = redactions[i].page == page ? redaction_upright(redactions[i]) : redactions[i];

        if (r.page == page && (is_nowhere(&word->box) || touches(&word->box, &r.box)))
            return true;
    }
    return false;
}

struct doc_text paper_public_text(struct arena *a, const struct doc_text *text, const struct redaction *redactions,
                                  size_t redaction_count)
{
    struct doc_text out = {ARENA_ARRAY(a, struct doc_page, text->page_count), text->page_count};

    for (size_t p = 0; p < text->page_count; p++) {
        const struct doc_page *from = &text->pages[p];
        struct doc_page *to = &out.pages[p];

        *to = *from;
        to->words = ARENA_ARRAY(a, struct doc_word, from->word_count);
        to->word_count = 0;
        for (size_t w = 0; w < from->word_count; w++)
            if (!is_covered(&from->words[w], (uint32_t)p + 1, redactions, redaction_count))
                to->words[to->word_count++] = from->words[w];
    }
    return out;
}

/* Typed words have no place: their lines are spread over the page, so that all of them can be found and heard. */
static void place_typed(struct doc_page *page)
{
    uint32_t lines = page->word_count ? page->words[page->word_count - 1].line + 1 : 1;
    int32_t step = page->height / (int32_t)(lines + 1);
    int32_t height = step < 10 ? 10 : step > 100 ? 100 : step;
    int32_t x = 0;

    for (size_t i = 0; i < page->word_count; i++) {
        struct doc_word *word = &page->words[i];
        int32_t width = (int32_t)(word->text.n < 100 ? word->text.n : 100) * height * 2 / 5 + 1;

        if (i == 0 || page->words[i - 1].line != word->line)
            x = height;
        if (is_nowhere(&word->box))
            word->box = (struct doc_box){x, step * (int32_t)(word->line + 1) - height, x + width,
                                         step * (int32_t)(word->line + 1)};
        x += width + height / 3;
    }
}

/* ---- pictures ---- */

static void put_redactions(struct buf *b, const struct redaction *redactions, size_t count, uint32_t page)
{
    for (size_t i = 0; i < count; i++)
        if (page == 0 || redactions[i].page == page) {
            struct redaction r = redaction_upright(redactions[i]);

            buf_printf(b, " %u:%d,%d,%d,%d", r.page, r.box.x0, r.box.y0, r.box.x1, r.box.y1);
        }
}

static struct span picture_key(struct arena *a, const struct paper_source *source, const struct paper_drawing *d,
                               size_t i)
{
    struct buf *b = buf_new(a, 4 * 1024 * 1024);

    buf_printf(b, "%u %u %u", d->pages[i], d->turns ? d->turns[i] : 0U, d->width);
    put_redactions(b, d->redactions, d->redaction_count, d->pages[i]);
    return cache_key(a, S("draw"), source, buf_span(b));
}

static bool is_webp(struct span bytes)
{
    return bytes.n > 12 && span_starts(bytes, S("RIFF")) && span_eq(span_sub(bytes, 8, 4), S("WEBP"));
}

static bool take_picture(struct arena *a, struct span bytes, uint32_t page, struct paper_picture *picture_out)
{
    struct answer_picture picture;

    if (!answer_picture(bytes, &picture) || picture.page != page || !is_webp(picture.bytes) ||
        picture.bytes.n > PAPER_PICTURE_MOST)
        return false;
    *picture_out = (struct paper_picture){page, picture.width, picture.height, arena_dup(a, picture.bytes)};
    return true;
}

struct drawing {
    struct arena *arena; /* the caller's */
    struct arena *own;
    const struct paper_drawing *asked;
    struct paper_picture *pictures;
    struct span *keys;
    uint32_t *missing; /* places in asked->pages */
    uint32_t *pages;
    uint16_t *turns;
    size_t missing_count;
};

static bool take_pictures(struct drawing *d, struct work *w, struct paper_problem *problem)
{
    struct answer_source answers = work_answers(w);

    for (size_t i = 0; i < d->missing_count; i++) {
        struct span bytes;

        child_page_begins(&w->child);
        if (!answer_next(w->scratch, &answers, WIRE_PICTURE, &bytes, problem)) {
            if (problem->page == 0)
                problem->page = d->pages[i];
            return false;
        }
        if (!take_picture(d->arena, bytes, d->pages[i], &d->pictures[d->missing[i]])) {
            *problem = (struct paper_problem){PAPER_NONSENSE, d->pages[i]};
            return false;
        }
        cache_put(w->scratch, w->job, d->keys[d->missing[i]], bytes);
        arena_reset(w->scratch);
        if (!work_goes_on(w, (uint32_t)i + 1, (uint32_t)d->missing_count, problem))
            return false;
    }
    return work_is_done(w, problem);
}

static void look_up(struct drawing *d, const struct paper_job *job, const struct paper_source *source)
{
    for (size_t i = 0; i < d->asked->page_count; i++) {
        struct arena *a = arena_open((size_t)64 * 1024 * 1024);
        struct span bytes;

        d->keys[i] = picture_key(d->own, source, d->asked, i);
        if (!cache_get(a, job, d->keys[i], PAPER_PICTURE_MOST + 12, &bytes) ||
            !take_picture(d->arena, bytes, d->asked->pages[i], &d->pictures[i])) {
            d->pages[d->missing_count] = d->asked->pages[i];
            d->turns[d->missing_count] = d->asked->turns ? d->asked->turns[i] : 0;
            d->missing[d->missing_count++] = (uint32_t)i;
        }
        arena_close(&a);
    }
}

enum rc paper_draw(struct arena *a, const struct paper_job *job, const struct paper_source *source,
                   const struct paper_drawing *drawing, struct paper_picture *pictures_out,
                   struct paper_problem *problem_out)
{
    struct drawing d = {.arena = a, .asked = drawing, .pictures = pictures_out};
    struct request request = {.operation = WIRE_DRAW, .form = WIRE_WEBP, .dpi = DRAW_DPI, .width = drawing->width};
    size_t n = drawing->page_count;
    struct work w;

    memset(pictures_out, 0, n * sizeof *pictures_out);
    *problem_out = (struct paper_problem){paper_look(a, source), 0};
    if (problem_out->fault != PAPER_FINE || n == 0)
        return paper_rc(*problem_out);
    d.own = arena_open((size_t)512 * 1024 * 1024);
    d.keys = ARENA_ARRAY(d.own, struct span, n);
    d.missing = ARENA_ARRAY(d.own, uint32_t, n);
    d.pages = ARENA_ARRAY(d.own, uint32_t, n);
    d.turns = ARENA_ARRAY(d.own, uint16_t, n);
    look_up(&d, job, source);
    request.pages = d.pages;
    request.turns = d.turns;
    request.page_count = d.missing_count;
    request.redactions = drawing->redactions;
    request.redaction_count = drawing->redaction_count;
    if (d.missing_count) {
        if (!work_begin(&w, job, source, &request, problem_out) || !take_pictures(&d, &w, problem_out))
            memset(pictures_out, 0, n * sizeof *pictures_out);
        work_end(&w);
    }
    arena_close(&d.own);
    return paper_rc(*problem_out);
}

/* ---- the copy ---- */

static struct span copy_key(struct arena *a, const struct paper_source *source, const struct request *request,
                            const struct doc_text *words)
{
    struct buf *b = buf_new(a, WIRE_REQUEST_MOST);

    for (size_t p = 0; p < words->page_count; p++) {
        buf_printf(b, "\n%u %u", (unsigned)source->lang, request->turns ? request->turns[p] : 0U);
        for (size_t i = 0; i < words->pages[p].word_count; i++) {
            const struct doc_word *word = &words->pages[p].words[i];

            buf_printf(b, " %u %d,%d,%d,%d ", word->line, word->box.x0, word->box.y0, word->box.x1, word->box.y1);
            buf_put(b, word->text);
        }
    }
    put_redactions(b, request->redactions, request->redaction_count, 0);
    return buf_overflowed(b) ? S("") : cache_key(a, S("copy"), source, buf_span(b));
}

enum rc paper_copy(struct arena *a, const struct paper_job *job, const struct paper_source *source,
                   const struct paper_text *text, const struct redaction *redactions, size_t redaction_count,
                   struct span *pdf_out, struct paper_problem *problem_out)
{
    struct arena *own = arena_open((size_t)1024 * 1024 * 1024);
    struct doc_text words = paper_public_text(own, &text->text, redactions, redaction_count);
    struct request request = {.operation = WIRE_COPY,
                              .turns = text->turns,
                              .page_count = words.page_count,
                              .redactions = redactions,
                              .redaction_count = redaction_count,
                              .words = &words,
                              .dpi = DRAW_DPI};
    struct span key;
    struct work w;

    *pdf_out = (struct span){0};
    *problem_out = (struct paper_problem){paper_look(own, source), 0};
    for (size_t i = 0; i < words.page_count; i++)
        place_typed(&words.pages[i]);
    key = copy_key(own, source, &request, &words);
    if (problem_out->fault == PAPER_FINE &&
        !(key.n && cache_get(a, job, key, WIRE_FILE_MOST, pdf_out) && span_starts(*pdf_out, S("%PDF-")))) {
        *pdf_out = (struct span){0};
        if (work_begin(&w, job, source, &request, problem_out) && w.page_count != words.page_count)
            *problem_out = (struct paper_problem){PAPER_NO_SUCH_PAGE, 0}; /* `text` is another document's */
        if (problem_out->fault != PAPER_FINE || !work_file(a, &w, own, pdf_out, problem_out))
            *pdf_out = (struct span){0};
        else if (key.n)
            cache_put(own, job, key, *pdf_out);
        work_end(&w);
    }
    arena_close(&own);
    return paper_rc(*problem_out);
}
