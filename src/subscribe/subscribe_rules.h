/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What subscribing knows by itself: which addresses are the employer's, or look as if they were, and for how long leaving
 * can be undone. No store, no page.
 */
#ifndef SUBSCRIBE_SUBSCRIBE_RULES_H
#define SUBSCRIBE_SUBSCRIBE_RULES_H

#include "base/arena.h"

enum { SUBSCRIBE_CONFIRM_DAYS = 7, SUBSCRIBE_UNDO_DAYS = 30 };

enum subscribe_mail {
    SUBSCRIBE_MAIL_PRIVATE,
    SUBSCRIBE_MAIL_WORK,      /* one of the employer's domains, or below one */
    SUBSCRIBE_MAIL_LOOKALIKE, /* reads like one: a slip of the keyboard, or somebody else's trap */
};

/* `domains` as campaign.ini has them, parted by commas; `address` as mail_address() made it. What it writes is in `a`. */
enum subscribe_mail subscribe_mail_of(struct arena *a, struct span domains, struct span address);

/* The mailbox behind an address, as far as one can tell: in lower case, without "+tag" and without dots before the @. To
 * count letters by, never to write to. Lives in `a`. */
struct span subscribe_mailbox(struct arena *a, struct span address);

/* May who left on day `left` come back with a click on day `today`? Both since 1970. */
bool subscribe_can_undo(int32_t left, int32_t today);

#endif
