/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the part `rights` answers when a newsletter refers to a question or a right.
 */
#ifndef RIGHTS_RIGHTS_RULES_H
#define RIGHTS_RIGHTS_RULES_H

#include "page/site.h"
#include "prose/prose.h"

/* For `faq:KEY` (ENTRY_FAQ) and `right:KEY` (ENTRY_RIGHT), in a text of `day`. `lib` may hold no document for it yet. */
struct prose_target rights_find(struct arena *a, const struct site *site, const struct prose_library *lib,
                                enum entry_kind kind, struct span key, enum lang lang, struct date day);

#endif
