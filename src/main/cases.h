/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The words of the docket obey what newsletters obey.
 */
#ifndef MAIN_CASES_H
#define MAIN_CASES_H

#include "model/campaign.h"

/* What `legal-too-strong` is in the title, the summary and the allegations of a case, on `today`. */
void cases_check(struct arena *a, const struct campaign *c, struct date today, struct diags *diags);

#endif
