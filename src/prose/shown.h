/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Quoted words as everybody may see them: where they stand among the public words of their page, and on its picture.
 *
 * A quotation is found in all the words of a document; what is shown may have fewer, for redactions took some out. A
 * word that is not shown is never marked, and its place on the picture is told to nobody.
 */
#ifndef PROSE_SHOWN_H
#define PROSE_SHOWN_H

#include "html/html.h"
#include "prose/quote.h"

/* Of a range in d->text what is left of it in d->shown.text. False when the page is not shown, when nothing of the
 * range is, or when the two pages have different words. */
bool shown_range(const struct document *d, const struct quote_range *range, struct quote_range *shown_out);

/* One flag a word of a page that is shown. */
bool *shown_marks(struct arena *a, const struct doc_page *page);
void shown_mark(bool *marks, const struct quote_range *shown);

/* The picture of a page with boxes over the marked words: one a line, as far as they stand side by side. Words without a
 * box have none. `picture`: where it is; `alt`: what it shows, in words; `page` from 1. */
struct shown_picture {
    const struct document *document;
    uint32_t page;
    const bool *marks;
    struct url picture;
    struct span alt;
    bool is_lazy; /* not in sight at first */
};
void shown_write_picture(struct buf *out, const struct shown_picture *p);

#endif
