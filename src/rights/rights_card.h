/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The rights on a card that folds to a pocket (F5): one sheet, a language a side.
 */
#ifndef RIGHTS_RIGHTS_CARD_H
#define RIGHTS_RIGHTS_CARD_H

#include "model/leaflet.h"
#include "page/site.h"
#include "prose/prose.h"

/* What the store calls it, and its address. */
#define RIGHTS_CARD_STEM "rights-card"
#define RIGHTS_CARD_PATH "/rights/card.pdf"

/* RC_NOT_FOUND: no right holds today. RC_LIMIT: far too large. Lives in `a`, and borrows from the site. */
MUST_USE enum rc rights_card(struct arena *a, const struct site *site, const struct prose_library *lib,
                             enum leaflet_paper paper, struct leaflet *card_out);
/* The day after the first of the reviews that end; not set where none does. Until then the card stands as it is. */
struct date rights_card_ends(const struct site *site);

#endif
