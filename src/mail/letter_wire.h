/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A letter as bytes: from the core, which knows what it says, to the mailer, which writes it; and as the store keeps it
 * for as long as a run lasts. doc/formats/letter.md.
 */
#ifndef MAIL_LETTER_WIRE_H
#define MAIL_LETTER_WIRE_H

#include "mail/message.h"

enum { MAIL_LETTER_MOST = 8 * 1024 * 1024 };

/* Empty: larger than MAIL_LETTER_MOST, or more than MAIL_PIECES_MOST pieces in a body. */
struct span mail_letter_put(struct arena *a, const struct mail_letter *letter);
/* False for what mail_letter_put() did not write. Borrows from `bytes`, lists in `a`. */
bool mail_letter_read(struct arena *a, struct span bytes, struct mail_letter *letter_out);

#endif
