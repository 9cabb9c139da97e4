/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Our own words outside Markdown obey what newsletters obey: those of the docket, of the registers and of campaign.ini.
 */
#ifndef MAIN_OWN_WORDS_H
#define MAIN_OWN_WORDS_H

#include "model/campaign.h"

/* What `legal-too-strong` is in the title, the summary and the allegations of a case, on `today`; what `legal-unsupported` is
 * in cells of the registers and in campaign.ini, which have no place for a `case:` link. What stands in quotation marks is
 * others'. */
void own_words_check(struct arena *a, const struct campaign *c, struct date today, struct diags *diags);

#endif
