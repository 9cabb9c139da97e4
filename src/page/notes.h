/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The notes of a page: for each figure its text leans on, the day, the source and what was corrected. A number in the
 * text leads to "#fig-KEY", which is here.
 */
#ifndef PAGE_NOTES_H
#define PAGE_NOTES_H

#include "page/site.h"

struct note {
    const struct figure *figure;
    struct span words; /* the value with its unit, as the page's language writes it */
};
struct notes {
    struct date day; /* of what they stand under: what was corrected before it is not told; not set: all is */
    LIST(struct note) list;
};

/* Once a key: the first stays. `words` as prose_figure_words() gives them. */
void notes_add(struct notes *notes, struct arena *a, const struct figure *figure, struct span words);
/* Empty when there are none. */
struct markup notes_render(struct arena *a, const struct notes *notes, const struct site *site,
                           const struct page_row *row);

/* "Corrected: it said 8 before." or the sentence of a withdrawn figure; empty when nothing was changed after `day`, where
 * that is set. */
struct span notes_change(struct arena *a, const struct site *site, const struct figure *figure, struct date day,
                         enum lang lang);

#endif
