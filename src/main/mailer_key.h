/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * To which key the mailing secret is sealed: D/mailer.public, the public half of the pair that the mailer makes at each start,
 * a line of hexadecimal.
 *
 * The mailer writes it before its sandbox closes, and `breakroom send` reads it. Core's sandbox does not let it write there: a
 * core that was taken over cannot name a key of its own and read the list at the next unlock.
 */
#ifndef MAIN_MAILER_KEY_H
#define MAIN_MAILER_KEY_H

#include "base/arena.h"
#include "seal/run.h"

/* In the place of the one before. RC_IO with a sentence without a full stop. */
MUST_USE enum rc mailer_key_say(struct arena *a, const char *data, const struct mailer_public *key,
                                struct span *fault_out);
/* RC_IO: it cannot be read; RC_INVALID: it is no key. Both with a sentence without a full stop. */
MUST_USE enum rc mailer_key_hear(struct arena *a, const char *data, struct mailer_public *key_out,
                                 struct span *fault_out);

#endif
