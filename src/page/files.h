/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Everything that is served and is no page of words: style, icon, share card, photos, files, robots.txt, the sitemap,
 * and the page for an address that is not there.
 */
#ifndef PAGE_FILES_H
#define PAGE_FILES_H

#include "page/site.h"

/* Call last: the sitemap lists what is in `rows` when it is rendered, so `rows` must live as long. */
void files_rows(struct page_rows *rows, const struct site *site);

#endif
