/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a server's answer means for one person, and when to try again. Pure: no clock, no I/O.
 *
 * Of a reply we keep its code, its enhanced code's class and nothing of its text, which holds addresses.
 */
#ifndef MAIL_OUTCOME_H
#define MAIL_OUTCOME_H

#include "base/span.h"
#include "base/time.h"

enum mail_outcome {
    MAIL_SENT = 1,
    MAIL_DEFERRED = 2, /* tried and put off: counts as an attempt */
    MAIL_FAILED = 3,
    MAIL_IN_DOUBT = 4, /* its last dot may have been read, and no reply came */
    MAIL_UNSENT = 5,   /* not begun, or broken off before the last dot: no attempt */
};

/* Why. As they stand in the store: never renumbered. */
enum mail_class {
    MAIL_CLASS_NONE = 0,
    MAIL_CLASS_NO_SUCH_PERSON = 1, /* 5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10, 5.4.4: hard. Not written to again */
    MAIL_CLASS_FULL = 2,           /* 4.2.2, 5.2.2 */
    MAIL_CLASS_POLICY = 3,         /* x.7.x: says nothing about the person; the whole site rests */
    MAIL_CLASS_BUSY = 4,           /* 421, 450, 451, 452: later */
    MAIL_CLASS_TOO_LARGE = 5,      /* 5.2.3, 5.3.4, 552 */
    MAIL_CLASS_OTHER = 6,
    MAIL_CLASS_UNDELIVERABLE = 7, /* we do not hand it on: no server promised to carry such an address */
    MAIL_CLASS_LATE = 8,          /* put off for longer than two days */
    MAIL_CLASS_COUNT
};

struct mail_reply {
    int code;        /* 200 … 599; 0: none came */
    int enhanced[3]; /* RFC 3463; zeros: none */
};

/* The first line's code and enhanced code; its end may be there or not. False for what is no reply line (RFC 5321 §4.2).
 * An enhanced code of another class than the code's is none. */
bool mail_reply_read(struct span line, struct mail_reply *reply_out);

/* Of the reply to RCPT, DATA or the last dot. 5xx is final for this letter, whatever its class; 3xx and none say nothing:
 * MAIL_IN_DOUBT, which is true only after a last dot. */
enum mail_outcome mail_outcome_of(const struct mail_reply *reply, enum mail_class *class_out);

/* When to try again after attempt number `attempts` (from 1) that began at `first_at`: 5, 15, 60 minutes, then every four
 * hours. False: it is two days since the first, and was the last. */
bool mail_retry_at(struct instant first_at, struct instant now, int attempts, struct instant *next_out);

#endif
