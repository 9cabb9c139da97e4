/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What subscribing knows by itself: what stands for a person when letters are counted, and for how long leaving can be
 * undone. Whose an address is, mail/employer.h knows. No store, no page.
 */
#ifndef SUBSCRIBE_SUBSCRIBE_RULES_H
#define SUBSCRIBE_SUBSCRIBE_RULES_H

#include "base/arena.h"

enum { SUBSCRIBE_CONFIRM_DAYS = 7, SUBSCRIBE_UNDO_DAYS = 30 };

/* The mailbox behind an address, as far as one can tell: in lower case, without "+tag" and without dots before the @. To
 * count letters by, never to write to. Lives in `a`. */
struct span subscribe_mailbox(struct arena *a, struct span address);

/* May who left on day `left` come back with a click on day `today`? Both since 1970. */
bool subscribe_can_undo(int32_t left, int32_t today);

#endif
