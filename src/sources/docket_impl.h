/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Inside the docket: what a state is called, and who brought it about.
 */
#ifndef SOURCES_DOCKET_IMPL_H
#define SOURCES_DOCKET_IMPL_H

#include "page/dates.h"
#include "page/frame.h"
#include "sources/sources_impl.h"
#include "templates.h"

/* Has anything become of it by today? What comes later is on no page. */
bool docket_is_shown(const struct site *site, const struct allegation *al);
/* "/docket/KEY" in a language. */
struct span docket_path(const struct site *site, struct arena *a, enum lang lang, const struct legal_case *c);

/* What an allegation came to, in a word or two: "Sustained, on appeal". */
enum msg docket_state(const struct case_step *step, const struct case_step *outcome);
/* What happened on one day: "An appeal was filed". */
enum msg docket_step(enum case_state state);
/* Through whom: as the case says, or whoever filed, or the forum. Empty for what both sides did. */
struct page_words docket_by(const struct site *site, const struct legal_case *c, const struct case_step *step,
                            enum lang lang);

#endif
