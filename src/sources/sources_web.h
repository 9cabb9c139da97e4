/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The part `sources`: the chronology, the docket, what the employer said and what is so, the press and documents.
 */
#ifndef SOURCES_SOURCES_WEB_H
#define SOURCES_SOURCES_WEB_H

#include "page/site.h"

void sources_rows(struct page_rows *rows, const struct site *site);

#endif
