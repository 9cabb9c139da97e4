/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The leaflets of a campaign, made where a helper may be started: by the commands that build, load and check. A server
 * only sends what was made (page_row.piece); nothing of a leaflet is in a folder or a dump.
 *
 * What was set once is kept in the person's own cache by what it was made from (main/papers.h), so that nothing is set
 * anew that did not change.
 */
#ifndef MAIN_LEAFLETS_H
#define MAIN_LEAFLETS_H

#include "main/compile.h"
#include "main/papers.h"
#include "paper/paper.h"

/* Sets the card of rights, and the leaflets of all newsletters that are no drafts, each as it is when it comes out, or now,
 * and as it will be with corrections of later days, into the campaign; its rows then have them. One that cannot be is a
 * warning, and has no address. Where no helper starts there are none, and a line says so. Nothing for a campaign without
 * leaflets. */
void leaflets_make(struct arena *a, struct papers *papers, struct compiled *compiled);
/* The same warnings; keeps nothing, and does not set those that are short and plain: they fit. */
void leaflets_check(struct arena *a, struct papers *papers, struct compiled *compiled);

/* Why there is none, in words that go on after "memo.md: ". */
struct span leaflets_fault(struct arena *a, struct paper_problem problem);
struct span leaflets_card_fault(struct arena *a, struct paper_problem problem); /* of the card of rights */

#endif
