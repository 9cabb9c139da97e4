/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Search of the live site: "/search?q=", in the other language "/es/search?q=".
 */
#ifndef SEARCH_SEARCH_WEB_H
#define SEARCH_SEARCH_WEB_H

#include "http/http.h"
#include "model/lang.h"

enum { SEARCH_ROUTE_COUNT = 1 + LANG_COUNT };
extern const struct route search_routes[SEARCH_ROUTE_COUNT];

#endif
