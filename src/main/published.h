/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What each public newsletter showed of figures, papers, claims and allegations: taken from a compiled campaign, recorded in
 * the store, and written as published.csv.
 */
#ifndef MAIN_PUBLISHED_H
#define MAIN_PUBLISHED_H

#include "main/compile.h"
#include "store/published.h"

enum { PUBLISHED_MOST = 16 * 1024 * 1024 }; /* bytes of a published.csv */

/* The newsletters of a campaign, for published_record(). */
struct published_news {
    struct published_rows rows; /* that are public at the site's moment */
    struct published_rows all;
};
/* Lives in `a` alone. */
void published_look(struct arena *a, const struct compiled *compiled, struct published_news *news_out);

/* published.csv of what is public at the site's moment: as it is recorded, and what is not recorded yet as it is now. */
struct span published_csv_of(struct arena *a, const struct compiled *compiled, const struct published_rows *recorded);
/* The same without a compile, where published_check() says that nothing is missing. */
struct span published_csv_recorded(struct arena *a, const struct published_rows *recorded, struct instant now);

#endif
