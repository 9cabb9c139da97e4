/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One who asked for letters: what is sealed of them, as bytes, and what stands beside it in clear. No I/O.
 *
 * The sealed record is lines `name value`, UTF-8, in a fixed order; a value never holds a line's end. It is the proof that
 * they asked: who, for what, when, and where they were asked (LAW-US-CAN-SPAM, GDPR Art. 7). What they change later, on
 * the page of preferences, changes in clear columns; the proof stays.
 */
#ifndef MODEL_SUBSCRIBER_H
#define MODEL_SUBSCRIBER_H

#include "base/buf.h"
#include "base/time.h"
#include "model/lang.h"

/* As they stand in the store: never renumbered. */
enum subscriber_state { SUBSCRIBER_ACTIVE = 1, SUBSCRIBER_LEFT = 2, SUBSCRIBER_BOUNCED = 3 };
enum subscriber_often { SUBSCRIBER_EVERY = 1, SUBSCRIBER_IMPORTANT = 2 };

enum {
    SUBSCRIBER_ADDRESS_MOST = 254,   /* bytes, RFC 5321 §4.5.3.1.3 */
    SUBSCRIBER_WORKPLACE_MOST = 120, /* characters, as a form counts them; the next too */
    SUBSCRIBER_SOURCE_MOST = 200,
    SUBSCRIBER_RECORD_MOST = 1664, /* bytes: the longest of all */
    AUDIENCE_KEY_MOST = 40,        /* bytes */
};

struct subscriber {
    struct span address;   /* as mail_address() made it */
    struct span audience;  /* key */
    struct span workplace; /* as typed; may be empty */
    enum lang lang;
    struct instant asked_at; /* to the second; from 1970 on */
    struct span source;      /* where they said yes: "form 1 en", or an import's own words */
};

/* False: a member is empty that may not be, too long, not UTF-8, or holds a control character. */
bool subscriber_put(struct buf *out, const struct subscriber *subscriber);
/* False for what subscriber_put() did not write. Borrows. */
bool subscriber_read(struct span record, struct subscriber *subscriber_out);

#endif
