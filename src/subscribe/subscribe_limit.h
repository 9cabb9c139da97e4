/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * How many confirmation letters go out in an hour: to one mailbox, and for one campaign. So nobody's mailbox can be filled
 * by typing its address here, and a flood of invented addresses costs the campaign's name with mail companies no more than
 * a bounded number of letters.
 *
 * In memory only, under a key made at start: the table holds keyed hashes, not addresses, and never grows. Each copy of a
 * server counts for itself. Times are seconds of a clock that only goes forward.
 */
#ifndef SUBSCRIBE_SUBSCRIBE_LIMIT_H
#define SUBSCRIBE_SUBSCRIBE_LIMIT_H

#include "base/buf.h"
#include "base/time.h"

enum { SUBSCRIBE_LIMIT_PERSON_MOST = 12, SUBSCRIBE_LIMIT_CAMPAIGN_MOST = 50000 };

struct subscribe_limit;

/* What is given back is closed with subscribe_limit_close(). RC_IO: no randomness, no memory. */
MUST_USE enum rc subscribe_limit_open(unsigned a_person, unsigned a_campaign, struct subscribe_limit **limit_out);
void subscribe_limit_close(struct subscribe_limit **limit); /* accepts null */

enum subscribe_may {
    SUBSCRIBE_MAY,
    SUBSCRIBE_MAY_NOT_PERSON,   /* this mailbox had its letters */
    SUBSCRIBE_MAY_NOT_CAMPAIGN, /* the campaign had */
};
struct subscribe_asked {
    int64_t campaign_id;
    struct span host;    /* of the campaign: for status */
    struct span mailbox; /* subscribe_mailbox() */
    uint64_t now_s;
    struct instant now; /* for status */
};
/* Counts one letter, or says why not. `alarm_out`: the campaign's limit was reached just now, for the first time in an
 * hour; somebody should hear of it. Any thread. */
enum subscribe_may subscribe_limit_take(struct subscribe_limit *l, const struct subscribe_asked *asked,
                                        bool *alarm_out);
/* The letter that was counted last for them was not taken: it does not count. */
void subscribe_limit_give_back(struct subscribe_limit *l, const struct subscribe_asked *asked);

/* A line for each campaign that sent some in the last hour, or was not allowed to. */
void subscribe_limit_status_put(struct subscribe_limit *l, uint64_t now_s, struct buf *out);

#endif
