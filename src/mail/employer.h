/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Which addresses are the employer's, or look as if they were: nobody is to be written to there, however they came to us.
 * For the page on which people subscribe and for lists that are brought in, so that both say the same.
 */
#ifndef MAIL_EMPLOYER_H
#define MAIL_EMPLOYER_H

#include "base/arena.h"

enum mail_owner {
    MAIL_OWNER_ANYBODY,
    MAIL_OWNER_EMPLOYER,  /* one of the employer's domains, or below one */
    MAIL_OWNER_LOOKALIKE, /* reads like one: a slip of the keyboard, or somebody else's trap */
};

/* `domains` as campaign.ini has them, parted by commas; `address` as mail_address() made it. What it writes is in `a`. */
enum mail_owner mail_owner_of(struct arena *a, struct span domains, struct span address);

#endif
