/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The parts one after another. Files come last: the sitemap speaks of all that came before.
 */
#include "main/pages.h"

#include "news/news_web.h"
#include "page/files.h"
#include "rights/rights_web.h"
#include "sources/sources_web.h"

struct site pages_site(const struct campaign *campaign, struct instant now, bool is_static)
{
    return (struct site){
        .campaign = campaign,
        .now = now,
        .today = zone_date(campaign->zone, now),
        .is_static = is_static,
    };
}

struct page_rows *pages_list(struct arena *a, const struct site *site)
{
    struct page_rows *rows = ARENA_NEW(a, struct page_rows);

    rows->arena = a;
    news_rows(rows, site);
    rights_rows(rows, site);
    sources_rows(rows, site);
    files_rows(rows, site);
    return rows;
}
