/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Passphrases: six words that we draw from a list of 7,772 (words.txt), never words that a person thought of.
 *
 * 77.5 bits. Each try costs 64 MiB and a tenth of a second (wrap.h): all of them are out of anybody's reach, and a list of
 * passphrases that people like does not help.
 */
#ifndef SEAL_PASSPHRASE_H
#define SEAL_PASSPHRASE_H

#include "base/rc.h"
#include "base/span.h"

struct passphrase;

enum { PASSPHRASE_WORDS = 6, PASSPHRASE_MOST = 256 };

void passphrase_make(struct passphrase **passphrase_out);
/* What a person typed: any case, and any white space or hyphens between the words. RC_INVALID when it is not six words of
 * the list; *wrong_out is then the first that is not on it, from 1, or 0 when the number of words is wrong. The words of
 * the list are known to all, so to name the number tells nothing. */
MUST_USE enum rc passphrase_read(struct span typed, struct passphrase **passphrase_out, unsigned *wrong_out);
void passphrase_close(struct passphrase **passphrase); /* wipes; accepts null */

/* The words with single spaces: to show, to nobody but the person. Borrows. */
struct span passphrase_words(const struct passphrase *passphrase);

#endif
