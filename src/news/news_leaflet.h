/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A newsletter as a leaflet (F28): what goes to the typesetter.
 */
#ifndef NEWS_NEWS_LEAFLET_H
#define NEWS_NEWS_LEAFLET_H

#include "model/leaflet.h"
#include "page/site.h"
#include "prose/prose.h"

/* Public or not yet. RC_LIMIT: far larger than a leaflet. Lives in `a`, and borrows the campaign's photos. */
MUST_USE enum rc news_leaflet(struct arena *a, const struct site *site, const struct prose_library *lib,
                              const struct entry *e, enum leaflet_paper paper, struct leaflet *leaflet_out);

/* How many things that a newsletter leans on came to something else by the site's day. */
size_t news_leaflet_leans(struct arena *a, const struct site *site, const struct prose_library *lib,
                          const struct entry *e);

#endif
