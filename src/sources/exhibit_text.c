/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Words of a page as people read them on: lines joined to paragraphs where the paper shows one.
 *
 * A line that the next word would have fitted on was ended on purpose; so was one before a gap, and one above which the
 * next stands (another column). A typed page has no boxes: there the longest line is the measure, and an empty line a
 * gap. Whatever is guessed here moves no word: all stand in the document's order, each once.
 */
#include "base/utf8.h"
#include "sources/exhibit_impl.h"

#include <stdlib.h>

enum {
    WORDS_MOST = 40,        /* of an excerpt; the page below has them all */
    SET_WORDS_MOST = 20000, /* of a page that is parted into paragraphs: more than the densest newspaper has */
    SCRATCH = 4 * 1024 * 1024,
};

/* Words words[first] to words[last] stand on one line. Tenths of a point; of a typed one, characters. */
struct line {
    uint32_t first;
    uint32_t last;
    uint32_t number;
    int64_t left;
    int64_t right;
    int64_t top;
    int64_t bottom;
    int64_t first_width; /* of its first word */
    int64_t edge;        /* how far right the lines go that it stands with */
};

struct lines {
    const struct doc_page *page;
    struct line *items;
    size_t count;
    int64_t gap;   /* between two lines, as it mostly is */
    int64_t space; /* between two words, nearly */
    bool has_boxes;
};

static bool is_boxed(const struct doc_page *page)
{
    for (size_t i = 0; i < page->word_count; i++)
        if (page->words[i].box.x1 <= page->words[i].box.x0 || page->words[i].box.y1 <= page->words[i].box.y0)
            return false;
    return true;
}

static void widen(struct line *line, const struct doc_word *w, bool has_boxes)
{
    if (!has_boxes) {
        line->right += (line->right ? 1 : 0) + (int64_t)utf8_count(w->text);
        return;
    }
    line->left = w->box.x0 < line->left ? w->box.x0 : line->left;
    line->right = w->box.x1 > line->right ? w->box.x1 : line->right;
    line->top = w->box.y0 < line->top ? w->box.y0 : line->top;
    line->bottom = w->box.y1 > line->bottom ? w->box.y1 : line->bottom;
}

static void cut_lines(struct arena *a, struct lines *l)
{
    const struct doc_page *page = l->page;

    l->items = ARENA_ARRAY(a, struct line, page->word_count + 1);
    for (uint32_t i = 0; i < page->word_count; i++) {
        const struct doc_word *w = &page->words[i];
        struct line *line = l->count ? &l->items[l->count - 1] : NULL;

        if (line == NULL || w->line != line->number) {
            line = &l->items[l->count++];
            *line = (struct line){.first = i, .number = w->line};
            line->first_width = l->has_boxes ? w->box.x1 - w->box.x0 : (int64_t)utf8_count(w->text);
            if (l->has_boxes) {
                line->left = w->box.x0;
                line->top = w->box.y0;
                line->bottom = w->box.y1;
            }
        }
        line->last = i;
        widen(line, w, l->has_boxes);
    }
}

/* Does the second stand above the first, in another column? */
static bool is_above(const struct lines *l, const struct line *before, const struct line *line)
{
    return l->has_boxes && line->top < before->top;
}

static int compare_gaps(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static void find_gap(struct arena *a, struct lines *l)
{
    int64_t *gaps = ARENA_ARRAY(a, int64_t, l->count + 1);
    size_t count = 0;

    l->space = l->has_boxes ? 30 : 1;
    for (size_t i = 1; i < l->count; i++)
        if (!is_above(l, &l->items[i - 1], &l->items[i]))
            gaps[count++] = l->has_boxes ? l->items[i].top - l->items[i - 1].bottom
                                         : l->items[i].number - l->items[i - 1].number - 1;
    if (count == 0)
        return;
    qsort(gaps, count, sizeof *gaps, compare_gaps);
    l->gap = l->has_boxes ? gaps[count / 2] : 0;
}

/* Do two lines stand apart: in other columns, over a gap, or in letters of another size? Tesseract's boxes are those of
 * the letters that are there: their heights say nothing. */
static bool is_apart(const struct lines *l, size_t i)
{
    const struct line *before = &l->items[i - 1];
    const struct line *line = &l->items[i];
    int64_t height = before->bottom - before->top;
    int64_t other = line->bottom - line->top;

    if (!l->has_boxes)
        return line->number - before->number > 1;
    if (is_above(l, before, line))
        return true;
    if (l->page->reading == DOC_READING_FILE && (height * 4 > other * 5 || other * 4 > height * 5))
        return true;
    return line->top - before->bottom > l->gap + (height < other ? height : other) * 2 / 5;
}

static void find_edges(struct lines *l)
{
    size_t from = 0;

    for (size_t i = 0; i <= l->count; i++) {
        int64_t edge = 0;

        if (i < l->count && (i == 0 || !is_apart(l, i)))
            continue;
        for (size_t k = from; k < i; k++)
            edge = l->items[k].right > edge ? l->items[k].right : edge;
        for (size_t k = from; k < i; k++)
            l->items[k].edge = edge;
        from = i;
    }
}

/* "•", "1.", "(a)", "–" */
static bool is_item(struct span word)
{
    static const struct span marks[] = {SPAN_INIT("•"), SPAN_INIT("–"), SPAN_INIT("—"), SPAN_INIT("-"),
                                        SPAN_INIT("*"), SPAN_INIT("▪"), SPAN_INIT("◦")};
    char end = word.n ? word.p[word.n - 1] : 0;

    for (size_t i = 0; i < COUNT(marks); i++)
        if (span_eq(word, marks[i]))
            return true;
    return word.n >= 2 && word.n <= 4 && (end == '.' || end == ')') &&
           ((word.p[0] >= '0' && word.p[0] <= '9') || word.p[0] == '(');
}

static bool is_new_paragraph(const struct lines *l, size_t i)
{
    const struct line *before = &l->items[i - 1];
    const struct line *line = &l->items[i];

    return is_apart(l, i) || is_item(l->page->words[line->first].text) ||
           before->right + l->space + line->first_width < before->edge;
}

/* "high-" at a line's end goes on with "light". */
static bool is_broken_word(const struct doc_word *w, const struct doc_word *next)
{
    return w->line != next->line && w->text.n > 1 && w->text.p[w->text.n - 1] == '-' && next->text.p[0] >= 'a' &&
           next->text.p[0] <= 'z';
}

static void write_words(struct buf *out, const struct doc_page *page, const bool *marks, uint32_t first, uint32_t last)
{
    for (uint32_t i = first; i <= last; i++) {
        bool was_marked = i > first && marks[i - 1];

        if (marks[i] && !was_marked)
            buf_put(out, S("<mark>"));
        html_text(out, page->words[i].text);
        if (marks[i] && (i == last || !marks[i + 1]))
            buf_put(out, S("</mark>"));
        if (i < last && !is_broken_word(&page->words[i], &page->words[i + 1]))
            buf_char(out, ' ');
    }
}

static void write_paragraph(struct buf *out, const struct doc_page *page, const bool *marks, uint32_t first,
                            uint32_t last)
{
    buf_put(out, S("<p>"));
    write_words(out, page, marks, first, last);
    buf_put(out, S("</p>\n"));
}

static void write_paragraphs(struct buf *out, const struct doc_page *page, const bool *marks)
{
    struct arena *scratch = arena_open(SCRATCH);
    struct lines l = {.page = page, .has_boxes = is_boxed(page)};
    size_t from = 0;

    cut_lines(scratch, &l);
    find_gap(scratch, &l);
    find_edges(&l);
    for (size_t i = 1; i <= l.count; i++) {
        if (i < l.count && !is_new_paragraph(&l, i))
            continue;
        write_paragraph(out, page, marks, l.items[from].first, l.items[i - 1].last);
        from = i;
    }
    arena_close(&scratch);
}

struct markup exhibit_text(struct arena *a, const struct doc_page *page, const bool *marks)
{
    struct buf *out = frame_buf(a);

    if (page->word_count == 0)
        return (struct markup){0};
    if (page->word_count <= SET_WORDS_MOST)
        write_paragraphs(out, page, marks);
    else
        write_paragraph(out, page, marks, 0, (uint32_t)page->word_count - 1);
    return markup_of(out);
}

size_t exhibit_text_size(const struct doc_page *page)
{
    size_t size = page->word_count;

    for (size_t i = 0; i < page->word_count; i++)
        size += page->words[i].text.n;
    return size;
}

struct span exhibit_words(struct arena *a, const struct doc_page *page, const struct exhibit_quote *q)
{
    struct buf *out = frame_buf(a);
    uint32_t written = 0;

    if (q->is_begun)
        buf_put(out, S("… "));
    for (size_t r = 0; r < q->ranges.count; r++) {
        const struct quote_range *range = &q->ranges.items[r];

        if (r)
            buf_put(out, S(" … "));
        for (uint32_t i = range->first; i <= range->last; i++) {
            if (written++ == WORDS_MOST) {
                buf_put(out, S("…"));
                return buf_span(out);
            }
            buf_put(out, page->words[i].text);
            if (i < range->last && !is_broken_word(&page->words[i], &page->words[i + 1]))
                buf_char(out, ' ');
        }
    }
    if (q->goes_on)
        buf_put(out, S(" …"));
    return buf_span(out);
}
