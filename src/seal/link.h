/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What stands in a letter's links to leave and to change one's wishes: whose record it is, and a proof that we wrote it.
 * Never ends: a mail of years ago must still let people go (RFC 8058). The bytes are doc/formats/sealed.md, "Links".
 */
#ifndef SEAL_LINK_H
#define SEAL_LINK_H

#include "seal/token.h"

enum { LINK_LEN = 43 }; /* A–Z a–z 0–9 - _ */

struct link {
    char text[LINK_LEN];
};

struct link link_make(const struct server_key *key, const struct seal_campaign *campaign,
                      const struct seal_object *object);
/* RC_INVALID: none that link_make() made with this key for this campaign. */
MUST_USE enum rc link_read(const struct server_key *key, const struct seal_campaign *campaign, struct span text,
                           struct seal_object *object_out);

#endif
