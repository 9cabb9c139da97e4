/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The part `news`: home, newsletters, their list, feed and corrections, the standing pages and the platform.
 */
#ifndef NEWS_NEWS_WEB_H
#define NEWS_NEWS_WEB_H

#include "page/site.h"

/* All addresses of this part, in both languages. Nothing that is not public at `site->now` is among them. */
void news_rows(struct page_rows *rows, const struct site *site);

#endif
