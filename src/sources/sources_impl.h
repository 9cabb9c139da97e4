/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The pages of this part.
 */
#ifndef SOURCES_SOURCES_IMPL_H
#define SOURCES_SOURCES_IMPL_H

#include "page/dates.h"
#include "page/frame.h"
#include "sources/sources_web.h"
#include "templates.h"

struct span chronology_render(struct arena *, const struct site *, const struct prose_library *,
                              const struct page_row *);
struct span exhibit_list_render(struct arena *, const struct site *, const struct prose_library *,
                                const struct page_row *);
/* The rows of one document: its pages, its public copy and its pictures. */
void exhibit_rows(struct page_rows *rows, const struct site *site, const struct document *d);
/* What they said, what is so: the list and a page an item; none while there is no item. */
void claims_rows(struct page_rows *rows, const struct site *site);
struct span docket_render(struct arena *, const struct site *, const struct prose_library *, const struct page_row *);
/* The docket and a page a case; none while there is no case. */
void docket_rows(struct page_rows *rows, const struct site *site);
struct span press_render(struct arena *, const struct site *, const struct prose_library *, const struct page_row *);

#endif
