/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The part `rights`: questions and answers, and "may I do this, here, now?"
 */
#ifndef RIGHTS_RIGHTS_WEB_H
#define RIGHTS_RIGHTS_WEB_H

#include "http/http.h"
#include "page/site.h"

void rights_rows(struct page_rows *rows, const struct site *site);

/* The finder: what depends on a question. For the server alone. */
enum { RIGHTS_ROUTES = 3 };
extern const struct route rights_routes[RIGHTS_ROUTES];

#endif
