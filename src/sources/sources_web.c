/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The addresses of this part.
 */
#include "sources/sources_impl.h"

void sources_rows(struct page_rows *rows, const struct site *site)
{
    page_rows_add_all(rows, site, S("/chronology"), NULL, chronology_render);
    page_rows_add_all(rows, site, S("/press"), NULL, press_render);
    docket_rows(rows, site);
    claims_rows(rows, site);
    page_rows_add_all(rows, site, S("/sources/"), NULL, exhibit_list_render);
    for (size_t i = 0; i < site->campaign->documents.count; i++)
        if (document_is_shown(&site->campaign->documents.items[i]))
            exhibit_rows(rows, site, &site->campaign->documents.items[i]);
}
