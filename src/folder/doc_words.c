/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See doc_words.h. Counts are compared with what can be there before there is room for them.
 */
#include "folder/doc_words.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "folder/folder.h"

enum {
    LINES_MOST = 10 * 1000 * 1000, /* of one page */
    PIXELS_MOST = 16383,           /* a side: WebP has no more */
    CONFIDENCE_MOST = 100,
    WORD_LEAST = 4,  /* bytes: "0 a\n" */
    PAGE_LEAST = 20, /* "page 1 1 none 1 1 0\n" */
};

static const struct span heading = SPAN_INIT("breakroom words 1");
static const struct span readings[] = {
    [DOC_READING_NONE] = SPAN_INIT("none"),
    [DOC_READING_FILE] = SPAN_INIT("file"),
    [DOC_READING_MACHINE] = SPAN_INIT("machine"),
    [DOC_READING_TYPED] = SPAN_INIT("typed"),
};

/* ---- writing ---- */

static void put_number(struct buf *b, int64_t value)
{
    buf_u64(b, value < 0 ? 0 : (uint64_t)value);
    buf_char(b, ' ');
}

static void put_word(struct buf *b, enum doc_reading reading, const struct doc_word *word)
{
    put_number(b, word->line);
    if (reading != DOC_READING_TYPED) {
        put_number(b, word->box.x0);
        put_number(b, word->box.y0);
        put_number(b, word->box.x1);
        put_number(b, word->box.y1);
    }
    if (reading == DOC_READING_MACHINE)
        put_number(b, word->confidence);
    buf_put(b, word->text);
    buf_char(b, '\n');
}

bool doc_words_write(struct arena *a, const struct doc_text *text, const struct doc_picture *pictures,
                     struct span *bytes_out)
{
    struct buf *b = buf_new(a, FOLDER_WORDS_MAX);

    buf_put(b, heading);
    buf_char(b, '\n');
    for (size_t p = 0; p < text->page_count; p++) {
        const struct doc_page *page = &text->pages[p];

        buf_printf(b, "page %d %d %.*s %u %u %zu\n", page->width, page->height, SPAN_ARGS(readings[page->reading]),
                   pictures[p].width, pictures[p].height, page->word_count);
        for (size_t i = 0; i < page->word_count; i++)
            put_word(b, page->reading, &page->words[i]);
    }
    *bytes_out = buf_span(b);
    return !buf_overflowed(b);
}

/* ---- reading ---- */

struct reader {
    struct arena *arena;
    struct span rest; /* of the file */
    struct span line; /* what is left of this line */
    uint32_t number;
    struct doc_words_fault *fault;
};

static bool fails(struct reader *r, struct span words)
{
    if (r->fault->words.n == 0)
        *r->fault = (struct doc_words_fault){r->number, words};
    return false;
}

/* Every line has its end. */
static bool next_line(struct reader *r)
{
    size_t end = span_find_char(r->rest, '\n');

    r->number++;
    if (end == SPAN_NONE)
        return fails(r, S("the file ends too early"));
    r->line = span_sub(r->rest, 0, end);
    r->rest = span_from(r->rest, end + 1);
    return true;
}

/* Up to the next space, which goes with it; or all. */
static struct span take_field(struct reader *r)
{
    struct span field;
    struct span after;

    (void)span_cut(r->line, ' ', &field, &after);
    r->line = after;
    return field;
}

static bool take_number(struct reader *r, uint64_t most, uint64_t *value_out)
{
    struct span digits = take_field(r);

    if ((digits.n > 1 && digits.p[0] == '0') || !span_to_u64(digits, most, value_out))
        return fails(r, S("a number is missing, is too large, or is none"));
    return true;
}

static bool take_side(struct reader *r, int32_t most, int32_t *side_out)
{
    uint64_t value = 0;

    if (!take_number(r, (uint64_t)most, &value))
        return false;
    *side_out = (int32_t)value;
    return true;
}

static bool take_box(struct reader *r, const struct doc_page *page, struct doc_box *box)
{
    if (!take_side(r, page->width, &box->x0) || !take_side(r, page->height, &box->y0) ||
        !take_side(r, page->width, &box->x1) || !take_side(r, page->height, &box->y1))
        return false;
    return (box->x0 <= box->x1 && box->y0 <= box->y1) || fails(r, S("a word's place ends before it begins"));
}

static bool is_word(struct span text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7F)
            return false;
    return text.n > 0 && utf8_first_fault(text) == SPAN_NONE;
}

static bool take_word(struct reader *r, const struct doc_page *page, uint32_t least_line, struct doc_word *word)
{
    uint64_t line = 0;
    uint64_t confidence = CONFIDENCE_MOST;

    if (!next_line(r) || !take_number(r, LINES_MOST, &line))
        return false;
    if (page->reading != DOC_READING_TYPED && !take_box(r, page, &word->box))
        return false;
    if (page->reading == DOC_READING_MACHINE && !take_number(r, CONFIDENCE_MOST, &confidence))
        return false;
    if (line < least_line)
        return fails(r, S("the words are not in their order"));
    if (!is_word(r->line))
        return fails(r, S("this is no word, or not UTF-8"));
    word->line = (uint32_t)line;
    word->confidence = (uint32_t)confidence;
    word->text = r->line;
    return true;
}

static bool take_reading(struct reader *r, enum doc_reading *reading_out)
{
    struct span name = take_field(r);

    for (size_t i = 0; i < COUNT(readings); i++) {
        if (span_eq(readings[i], name)) {
            *reading_out = (enum doc_reading)i;
            return true;
        }
    }
    return fails(r, S("who read this page is none, file, machine or typed"));
}

static bool take_head(struct reader *r, struct doc_page *page, struct doc_picture *picture)
{
    int32_t wide = 0;
    int32_t high = 0;
    uint64_t count = 0;

    if (!next_line(r))
        return false;
    if (!span_eq(take_field(r), S("page")))
        return fails(r, S("a page is to begin here"));
    if (!take_side(r, DOC_SIDE_MOST, &page->width) || !take_side(r, DOC_SIDE_MOST, &page->height) ||
        !take_reading(r, &page->reading) || !take_side(r, PIXELS_MOST, &wide) || !take_side(r, PIXELS_MOST, &high) ||
        !take_number(r, FOLDER_WORDS_MAX, &count))
        return false;
    if (r->line.p) /* behind the last number stood a space */
        return fails(r, S("a page has six numbers and words, no more"));
    if (page->width == 0 || page->height == 0 || wide == 0 || high == 0)
        return fails(r, S("a page, or its picture, has no size"));
    if (count > r->rest.n / WORD_LEAST || (count && page->reading == DOC_READING_NONE))
        return fails(r, S("this page has not so many words"));
    *picture = (struct doc_picture){(uint32_t)wide, (uint32_t)high, {0}};
    page->word_count = (size_t)count;
    return true;
}

static bool take_page(struct reader *r, struct doc_page *page, struct doc_picture *picture)
{
    if (!take_head(r, page, picture))
        return false;
    page->words = ARENA_ARRAY(r->arena, struct doc_word, page->word_count + 1);
    for (size_t i = 0; i < page->word_count; i++)
        if (!take_word(r, page, i ? page->words[i - 1].line : 0, &page->words[i]))
            return false;
    return true;
}

bool doc_words_read(struct arena *a, struct span bytes, struct doc_text *text_out, struct doc_picture **pictures_out,
                    struct doc_words_fault *fault_out)
{
    struct reader r = {.arena = a, .rest = bytes, .fault = fault_out};
    size_t room = bytes.n / PAGE_LEAST + 1;

    room = room < DOC_PAGES_MOST ? room : DOC_PAGES_MOST;
    *fault_out = (struct doc_words_fault){0};
    *text_out = (struct doc_text){ARENA_ARRAY(a, struct doc_page, room), 0};
    *pictures_out = ARENA_ARRAY(a, struct doc_picture, room);
    if (!next_line(&r) || !span_eq(r.line, heading))
        return fails(&r, S("this is no file of words, or of another release"));
    while (r.rest.n) {
        if (text_out->page_count == room)
            return fails(&r, S("there are too many pages"));
        if (!take_page(&r, &text_out->pages[text_out->page_count], &(*pictures_out)[text_out->page_count]))
            return false;
        text_out->page_count++;
    }
    return text_out->page_count > 0 || fails(&r, S("there are no pages"));
}
