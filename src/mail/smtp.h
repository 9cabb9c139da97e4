/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Handing letters to one smart host: ESMTP (RFC 5321) with PIPELINING (RFC 2920), STARTTLS (RFC 3207, RFC 8314), AUTH
 * (RFC 4954), on any number of connections and one epoll thread.
 *
 * The end of a message and the next one's envelope share a write, so at most one letter a connection can be in doubt. Of
 * each letter the outcome is known or known to be unknown; which letters those are is for the caller to write down before
 * the last dot (`before_dot`). Connections are reused, opened as there is work, and closed when there is none.
 *
 * Invariant: a job that was taken gets exactly one `done`.
 */
#ifndef MAIL_SMTP_H
#define MAIL_SMTP_H

#include "base/arena.h"
#include "mail/outcome.h"

enum smtp_tls {
    SMTP_TLS_START = 1,  /* STARTTLS, and nothing without it; 587 */
    SMTP_TLS_FROM_START, /* 465 */
    SMTP_TLS_NONE,       /* a host on this machine, or one that the administrator answers for */
};

struct smtp_job {
    uint64_t id;      /* the caller's */
    struct span from; /* envelope: plain addresses (mail/address.h), or empty: <> */
    struct span to;
    struct span message; /* CRLF lines, no line begins with a dot; borrowed until `done` */
};

struct smtp_done {
    uint64_t id;
    enum mail_outcome outcome;
    enum mail_class why;
    int code; /* of the reply that decided; 0: none came */
};

/* What the host as a whole does. A host that is away costs nobody an attempt. */
enum smtp_state {
    SMTP_IDLE, /* no connection, no work */
    SMTP_WORKING,
    SMTP_AWAY,    /* cannot be reached, or says 421 or 554 at once; tried again with growing pauses up to ten minutes */
    SMTP_REFUSED, /* certificate, user or password is not taken: the administrator has to mend that */
};

struct smtp_options {
    struct span host; /* name or address */
    uint16_t port;
    enum smtp_tls tls;
    struct span user; /* empty: no AUTH. Never without TLS, unless the host is this machine */
    struct span password;
    struct span ca_file;           /* PEM; empty: the system's */
    struct span hello;             /* our name in EHLO */
    unsigned connections;          /* 0: 8 */
    unsigned letters_a_connection; /* 0: 500; then it is closed and another opened */
    unsigned reply_seconds;        /* 0: 300; of the last dot twice as long (RFC 5321 §4.5.3.2) */
    void *ctx;
    /* Right before the write that holds the last dot. False: it could not be written down; the letter is given back as
     * unsent. */
    bool (*before_dot)(void *ctx, uint64_t id);
    void (*done)(void *ctx, const struct smtp_done *done);
    void (*state)(void *ctx, enum smtp_state state, int code); /* may be null; when it changes */
    int64_t (*clock_ms)(void);                                 /* monotonic; null: the kernel's */
};

struct smtp;

/* Reads what TLS needs (before a sandbox closes), connects to nothing. RC_INVALID: options that contradict each other, or a
 * CA file that is none; `fault_out` is a sentence without a full stop. */
MUST_USE enum rc smtp_open(struct arena *a, const struct smtp_options *options, struct smtp **smtp_out,
                           struct span *fault_out);
/* Breaks off what is under way: each job gets its `done` first. */
void smtp_close(struct smtp **smtp); /* accepts null */

/* The descriptor to wait on for reading, and for how long at most (-1: until it wakes). One thread for all of these. */
int smtp_fd(const struct smtp *smtp);
int smtp_wait_ms(const struct smtp *smtp);
/* Does what can be done without waiting; callbacks come from in here and from smtp_add() alone. */
void smtp_turn(struct smtp *smtp);

/* How many jobs it would take now: two a connection, so that one is ready when the other ends; 0 while the host is away. */
size_t smtp_room(const struct smtp *smtp);
/* Takes one. What is in it but for `message` is copied. More than smtp_room() breaks an invariant. */
void smtp_add(struct smtp *smtp, const struct smtp_job *job);
/* Gives back what has not reached its last dot, waits for nobody; what has, goes on. */
void smtp_withdraw(struct smtp *smtp);
size_t smtp_under_way(const struct smtp *smtp);
/* Tries a host that is away now rather than at the end of its pause. */
void smtp_try_now(struct smtp *smtp);

#endif
