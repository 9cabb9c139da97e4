/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The page for a request that cannot be answered as asked: one kind sentence, and what to do.
 *
 * It is made anew each time, in the language that the address speaks, and nobody keeps it. That an address is not there
 * has a page of its own (files.h), which the static build has too.
 */
#ifndef PAGE_ERRORS_H
#define PAGE_ERRORS_H

#include "http/http.h"
#include "page/site.h"

/* Answers with the page for `status`, 400 or above. Any thread; does not wait. */
void page_error_send(struct req *rq, const struct site *site, unsigned status);

#endif
