/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The addresses of this part.
 */
#include "rights/rights_card.h"
#include "rights/rights_impl.h"

void rights_rows(struct page_rows *rows, const struct site *site)
{
    page_rows_add_all(rows, site, S("/rights/"), NULL, rights_render);
    page_rows_add_leaflet(rows, site, campaign_main_lang(site->campaign), S(RIGHTS_CARD_STEM), S(RIGHTS_CARD_PATH));
    page_rows_add_all(rows, site, S("/faq/"), NULL, faq_render);
}
