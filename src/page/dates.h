/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Days as people write them: "April 24, 2026", "24 de abril de 2026". Words come from locale/, order too.
 */
#ifndef PAGE_DATES_H
#define PAGE_DATES_H

#include "base/time.h"
#include "model/lang.h"

struct span date_words(struct arena *a, enum lang lang, struct date day);
/* "April 22–24, 2026", over months and years as well; a single day when both are the same or `to` is not set. */
struct span date_range_words(struct arena *a, enum lang lang, struct date from, struct date to);
struct span date_month_words(struct arena *a, enum lang lang, struct date day); /* "March 2026" */

struct span date_iso(struct arena *a, struct date day);       /* "2026-04-24" */
struct span date_month_iso(struct arena *a, struct date day); /* "2026-04" */
struct span instant_iso(struct arena *a, struct instant t);   /* "2026-04-24T14:30:00Z" */

#endif
