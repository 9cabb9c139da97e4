/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a cell of a list of people says: yes or no, a language, a day. Pure.
 *
 * Days are the trap: 3/4/2026 is March in one file and April in the next. Which it is, the whole column says, or nobody.
 */
#ifndef MAIN_IMPORT_CELLS_H
#define MAIN_IMPORT_CELLS_H

#include "base/time.h"
#include "model/lang.h"

/* Of words as import_fold() makes them. */
bool import_says_yes(struct span folded);  /* subscribed, yes, sí, 1 … */
bool import_says_no(struct span folded);   /* no, false, 0 …, or nothing */
bool import_says_left(struct span folded); /* unsubscribed, cleaned, bouncing …: of a status */
/* False: another language, or none that we know. */
bool import_says_lang(struct span folded, enum lang *lang_out);

/* What a column of days looks like so far. */
struct import_days {
    bool has_day_first;   /* 24/4/2026 stands somewhere */
    bool has_month_first; /* 4/24/2026 does */
};
void import_days_see(struct import_days *days, struct span cell);

/* The day of "2026-04-24", "2026-04-24 07:30:00 UTC", "4/24/2026 7:30", "24/4/2026". RC_INVALID: none. RC_CONFLICT: day and
 * month may be either way round, and `days` does not say. */
MUST_USE enum rc import_day_read(const struct import_days *days, struct span cell, struct date *day_out);

#endif
