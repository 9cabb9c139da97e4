/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What questions and rights share: their order, their texts in the page's language, and what stands under an answer.
 */
#ifndef RIGHTS_RIGHTS_IMPL_H
#define RIGHTS_RIGHTS_IMPL_H

#include "page/dates.h"
#include "page/frame.h"
#include "page/notes.h"
#include "prose/prose.h"
#include "rights/rights_web.h"
#include "templates.h"

/* One answer: its words in the page's language, or else in the other; its facts from the main file. */
struct answer_item {
    const struct entry *words;
    const struct entry *facts;
};
struct answer_items {
    LIST(struct answer_item) list;
};

/* ---- answers.c ---- */

/* All of a kind by `order`, then key; what was superseded comes last. */
struct answer_items answers_of(struct arena *a, const struct campaign *c, enum entry_kind kind, enum lang lang);

/* The text of an answer, and its figures into the notes of the page. */
struct markup answer_body(struct arena *a, const struct site *site, const struct prose_library *lib,
                          const struct page_row *row, const struct entry *e, struct notes *notes);

struct answer_row {
    enum msg name;
    struct span words;
};
/* The list under an answer: `rows` whose words are not empty, and when it was checked. `base` is where the kind's
 * answers are: "/faq/". */
struct markup answer_facts(struct arena *a, const struct site *site, const struct page_row *row,
                           const struct answer_item *item, const struct answer_row *rows, size_t count,
                           struct span base);

struct span faq_render(struct arena *, const struct site *, const struct prose_library *, const struct page_row *);
struct span rights_render(struct arena *, const struct site *, const struct prose_library *, const struct page_row *);

#endif
