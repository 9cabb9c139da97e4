/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The addresses of this part.
 */
#include "sources/sources_impl.h"

void sources_rows(struct page_rows *rows, const struct site *site)
{
    page_rows_add_all(rows, site, S("/chronology"), NULL, chronology_render);
    page_rows_add_all(rows, site, S("/press"), NULL, press_render);
}
