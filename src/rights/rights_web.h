/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The part `rights`: questions and answers, and "may I do this, here, now?"
 */
#ifndef RIGHTS_RIGHTS_WEB_H
#define RIGHTS_RIGHTS_WEB_H

#include "page/site.h"

void rights_rows(struct page_rows *rows, const struct site *site);

#endif
