/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `check --online`: are others' pages still there?
 */
#ifndef MAIN_ONLINE_H
#define MAIN_ONLINE_H

#include "main/compile.h"

/* Asks every link to others' sites once, at most ten seconds each and a minute in all; what does not answer is a warning
 * [broken-link]. Sends nothing but the request for the page. False when libcurl cannot start. Blocks. */
bool online_check(struct arena *a, struct compiled *compiled);

#endif
