/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What of a campaign search finds: newsletters, questions, rights, standing pages, the platform, and cases of the docket.
 */
#ifndef SEARCH_SEARCH_DOCS_H
#define SEARCH_SEARCH_DOCS_H

#include "page/site.h"
#include "prose/prose.h"
#include "store/search.h"

/* All texts but drafts and answers that another has replaced; those still to come with their minute. Lives in `a`. */
void search_docs_make(struct arena *a, const struct site *site, const struct prose_library *lib,
                      struct search_docs *docs_out);

#endif
