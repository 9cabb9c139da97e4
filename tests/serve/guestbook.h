/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A part that only tests have: a page with a form, and the rows that were sent. It proves what every posting page of the
 * product leans on: fields and faults, origins, limits, and a row that is on the disk before anyone is told so.
 */
#ifndef TESTS_GUESTBOOK_H
#define TESTS_GUESTBOOK_H

#include "main/core_store.h"

extern const struct core_more guestbook;

#endif
