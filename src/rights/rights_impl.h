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
#include "rights/finder_rules.h"
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

/* By `order`, then key; what was superseded comes last. */
int answers_compare(const struct entry *a, const struct entry *b);
/* All of a kind in that order. */
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

/* ---- rights.c ---- */

struct span rights_verdict(enum answer answer, enum lang lang); /* "It depends" */

struct rights_shown {
    bool has_verdict;
    bool has_warning; /* in words of its own where its review is overdue */
    bool has_case;    /* what, where and when it is about */
};
/* A right in full, and its figures into the notes of the page. */
struct markup rights_section(struct arena *a, const struct site *site, const struct prose_library *lib,
                             const struct page_row *row, const struct finder_right *right, struct notes *notes,
                             const struct rights_shown *shown);

/* ---- table.c ---- */

/* Rights in a word each, without those that were superseded; empty when there are none. The words lead to the right on
 * the same page or, with `leads_to_answers`, to the finder's answer. */
struct markup rights_table(struct arena *a, const struct site *site, const struct finder *f,
                           const struct finder_rights *rights, struct span caption, bool leads_to_answers);

/* ---- finder_web.c ---- */

/* "/es/rights/find?activity=talk&place=break-room": what of the question was chosen. */
struct span finder_path(struct arena *a, const struct site *site, enum lang lang, const struct finder_question *q);
/* The form with the choice kept; empty when there is nothing to choose. */
struct markup finder_form(struct arena *a, const struct site *site, const struct finder *f,
                          const struct finder_question *q, enum msg title);
/* The page that answers. */
struct span finder_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                          const struct finder *f, const struct finder_question *q, const struct finder_found *found);

struct span faq_render(struct arena *, const struct site *, const struct prose_library *, const struct page_row *);
struct span rights_render(struct arena *, const struct site *, const struct prose_library *, const struct page_row *);

#endif
