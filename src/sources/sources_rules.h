/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the part `sources` answers when a newsletter refers to it: figures, press coverage and the pages of
 * documents.
 */
#ifndef SOURCES_SOURCES_RULES_H
#define SOURCES_SOURCES_RULES_H

#include "page/site.h"
#include "prose/prose.h"

/* For `press:KEY`. */
struct prose_target sources_find_press(struct arena *a, const struct site *site, struct span key, enum lang lang);
/* For `![…](fig:KEY)`: the value in force on `day` and where it is from. */
struct prose_target sources_find_figure(struct arena *a, const struct site *site, struct span key, enum lang lang,
                                        struct date day);
/* For `case:KEY#ALLEGATION`, here "KEY#ALLEGATION": what had become of it by `day`, and what has since. */
struct prose_target sources_find_case(struct arena *a, const struct site *site, struct span key, enum lang lang,
                                      struct date day);
/* Where an item or a claim is read: "/es/claims/fact-sheet#claim-2", also where its own words are in another language. */
struct span claims_path(const struct site *site, struct arena *a, enum lang lang, const struct entry *e);
/* For `claim:KEY`, a claim or a whole item, in a text of `day`. `lib` may hold no document for it yet. */
struct prose_target sources_find_claim(struct arena *a, const struct site *site, const struct prose_library *lib,
                                       struct span key, enum lang lang, struct date day);
struct span sources_nearest_claim(struct arena *a, const struct campaign *c, struct span key);
struct span sources_nearest_case(struct arena *a, const struct campaign *c, struct span key);
/* The document that will stand at that path in any language ("/es/sources/KEY"), made already or not; null when there is
 * none that is cleared. */
const struct document *sources_exhibit_at(const struct site *site, struct arena *a, struct span path);
/* Is there a page of that name ("p9", "piv")? Of a document that nobody has read, any. */
bool sources_exhibit_has(struct arena *a, const struct document *d, struct span anchor);
/* Keys that exist, for "did you mean". */
struct span sources_nearest_press(struct arena *a, const struct campaign *c, struct span key);
struct span sources_nearest_figure(struct arena *a, const struct campaign *c, struct span key);

#endif
