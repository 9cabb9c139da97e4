/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See shown.h. The picture is an <img>, which browsers load when it comes into sight and keep room for; above it lies
 * an SVG with the page's own measures, so that boxes need no arithmetic and print as they look.
 */
#include "prose/shown.h"

#include <string.h>

enum { PAD_ACROSS = 15, PAD_UP = 8 }; /* tenths of a point around a box, as a pen does not stop at a letter's edge */

/* ---- words ---- */

static bool is_same_word(const struct doc_word *a, const struct doc_word *b)
{
    return span_eq(a->text, b->text) && memcmp(&a->box, &b->box, sizeof a->box) == 0;
}

bool shown_range(const struct document *d, const struct quote_range *range, struct quote_range *shown_out)
{
    const struct doc_page *all;
    const struct doc_page *page;
    bool is_any = false;
    size_t at = 0;

    if (range->page == 0 || range->page > d->text.page_count || range->page > d->shown.text.page_count)
        return false;
    all = &d->text.pages[range->page - 1];
    page = &d->shown.text.pages[range->page - 1];
    *shown_out = (struct quote_range){.page = range->page};
    for (uint32_t i = 0; i < all->word_count && at < page->word_count; i++) {
        if (!is_same_word(&all->words[i], &page->words[at]))
            continue; /* taken out */
        if (i >= range->first && i <= range->last) {
            if (!is_any)
                shown_out->first = (uint32_t)at;
            shown_out->last = (uint32_t)at;
            is_any = true;
        }
        at++;
    }
    return is_any &&
           at == page->word_count; /* else they are not the same page's words: better no mark than a wrong one */
}

bool *shown_marks(struct arena *a, const struct doc_page *page)
{
    return ARENA_ARRAY(a, bool, page->word_count + 1);
}

void shown_mark(bool *marks, const struct quote_range *shown)
{
    for (uint32_t i = shown->first; i <= shown->last; i++)
        marks[i] = true;
}

/* ---- the picture ---- */

static bool has_box(const struct doc_word *w)
{
    return w->box.x1 > w->box.x0 && w->box.y1 > w->box.y0;
}

static int32_t within(int32_t value, int32_t most)
{
    if (value < 0)
        return 0;
    return value > most ? most : value;
}

static void write_box(struct buf *out, const struct doc_page *page, struct doc_box box)
{
    int32_t x0 = within(box.x0 - PAD_ACROSS, page->width);
    int32_t y0 = within(box.y0 - PAD_UP, page->height);
    int32_t x1 = within(box.x1 + PAD_ACROSS, page->width);
    int32_t y1 = within(box.y1 + PAD_UP, page->height);

    if (x1 > x0 && y1 > y0)
        buf_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"></rect>", x0, y0, x1 - x0, y1 - y0);
}

static void write_boxes(struct buf *out, const struct doc_page *page, const bool *marks)
{
    for (size_t i = 0; i < page->word_count; i++) {
        struct doc_box box = page->words[i].box;
        size_t next = i + 1;

        if (!marks[i] || !has_box(&page->words[i]))
            continue;
        for (; next < page->word_count && marks[next] && page->words[next].line == page->words[i].line; next++) {
            const struct doc_box *more = &page->words[next].box;

            if (!has_box(&page->words[next]))
                break;
            box.x0 = more->x0 < box.x0 ? more->x0 : box.x0;
            box.y0 = more->y0 < box.y0 ? more->y0 : box.y0;
            box.x1 = more->x1 > box.x1 ? more->x1 : box.x1;
            box.y1 = more->y1 > box.y1 ? more->y1 : box.y1;
        }
        write_box(out, page, box);
        i = next - 1;
    }
}

static bool is_any_marked(const struct doc_page *page, const bool *marks)
{
    for (size_t i = 0; i < page->word_count; i++)
        if (marks[i] && has_box(&page->words[i]))
            return true;
    return false;
}

void shown_write_picture(struct buf *out, const struct shown_picture *p)
{
    const struct doc_public *shown = &p->document->shown;
    const struct doc_picture *picture = &shown->pictures[p->page - 1];
    const struct doc_page *page = &shown->text.pages[p->page - 1];

    buf_put(out, S("<span class=\"sheet\"><img src=\""));
    html_url(out, p->picture);
    buf_put(out, S("\" alt=\""));
    html_attr(out, p->alt);
    buf_printf(out, "\" width=\"%u\" height=\"%u\"%s>", picture->width, picture->height,
               p->is_lazy ? " loading=\"lazy\" decoding=\"async\"" : "");
    if (page->width > 0 && page->height > 0 && is_any_marked(page, p->marks)) {
        buf_printf(out, "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" aria-hidden=\"true\">", page->width,
                   page->height);
        write_boxes(out, page, p->marks);
        buf_put(out, S("</svg>"));
    }
    buf_put(out, S("</span>"));
}
