/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The pages on which people subscribe, confirm, leave and change their wishes.
 *
 *   /subscribe                  the form; /subscribe/sent follows it
 *   /subscribe/confirm/TOKEN    a button; the token is the whole record, sealed, and nothing is stored before
 *   /leave/LINK                 a button; one-click leaving of mail programs comes here too (RFC 8058)
 *   /preferences/LINK           what a person gets; …/delete deletes all about them
 */
#ifndef SUBSCRIBE_SUBSCRIBE_WEB_H
#define SUBSCRIBE_SUBSCRIBE_WEB_H

#include "http/http.h"
#include "seal/token.h"

struct subscribe_options {
    const struct server_key *key; /* has to outlive the last request */
    unsigned letters_a_person;    /* in an hour; subscribe_limit.h says how many they may be */
    unsigned letters_a_campaign;
};

/* Before the first request, and after the last. RC_IO: the machine gives no randomness or memory. */
MUST_USE enum rc subscribe_open(const struct subscribe_options *options);
void subscribe_close(void); /* also where nothing is open */
void subscribe_status_put(struct buf *out);

enum { SUBSCRIBE_LANGUAGES = 3, SUBSCRIBE_ROUTES_EACH = 12 };
extern const struct route subscribe_routes[SUBSCRIBE_LANGUAGES * SUBSCRIBE_ROUTES_EACH];

#endif
