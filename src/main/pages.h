/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Every public address of a campaign: the one list that the static build writes and the server routes by.
 */
#ifndef MAIN_PAGES_H
#define MAIN_PAGES_H

#include "page/site.h"

/* The site of `campaign` at `now`. */
struct site pages_site(const struct campaign *campaign, struct instant now, bool is_static);

/* All rows, in `a`, in an order that does not change. A row's `render` may be called with any arena; the list has to
 * live as long, for the sitemap reads it. */
struct page_rows *pages_list(struct arena *a, const struct site *site);

#endif
