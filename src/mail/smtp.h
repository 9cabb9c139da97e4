/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Handing letters to one smart host: ESMTP (RFC 5321) with PIPELINING (RFC 2920), STARTTLS (RFC 3207, RFC 8314), AUTH
 * (RFC 4954), on any number of connections and one epoll thread.
 *
 * The end of a message and the next one's envelope share a write, so at most one letter a connection can be in doubt. Of
 * each letter the outcome is known or known to be unknown; which letters those are is for the caller to write down before
 * the last dot (`before_dot`). Connections are reused, opened as there is work, and closed seconds after there is none.
 *
 * What is sent is exactly the message that was given: nothing is stuffed, folded or mended, so that what was signed is what
 * arrives. A message with a bare CR or LF, a line that begins with a dot, or no line end at its end could be read as two,
 * and breaks an invariant (CHECK): who writes messages (mail/message.h) cannot make one.
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
    uint64_t id;         /* the caller's */
    struct span from;    /* envelope: a plain address (mail/address.h), or empty: <> */
    struct span to;      /* a plain address */
    struct span message; /* CRLF lines, no line begins with a dot; borrowed until `done` */
};

struct smtp_done {
    uint64_t id;
    enum mail_outcome outcome;
    enum mail_class why;
    int code; /* of the reply that decided; 0: none came */
};

/* What the host as a whole does. A host that is away or refuses us costs nobody an attempt: what is not past its last dot
 * is given back as unsent, and there is no room until a connection has come as far as taking letters again. One is tried
 * after growing pauses, up to ten minutes, of its own accord.
 *
 * So that one person cannot hold up all the others: who was in question the second time in a row when the host hung up,
 * fell silent or said 421 is put off (MAIL_DEFERRED) instead. */
enum smtp_state {
    SMTP_IDLE, /* no connection, no work */
    SMTP_WORKING,
    SMTP_AWAY,    /* cannot be reached, is silent or talks nonsense, says 421, 554 at once, or 4xx to who we are */
    SMTP_REFUSED, /* certificate, user, password or sender is not taken: the administrator has to mend that */
};

/* Why, where no reply said it. Below 100, so that it and a reply's code are told apart. */
enum smtp_trouble {
    SMTP_NO_NAME = 1, /* the host's name leads nowhere */
    SMTP_NO_CONNECTION = 2,
    SMTP_SILENT = 3,
    SMTP_HUNG_UP = 4,
    SMTP_NONSENSE = 5,    /* no SMTP, or a reply that does not end */
    SMTP_NO_TLS = 6,      /* STARTTLS is not offered, or what follows is not TLS alone */
    SMTP_CERTIFICATE = 7, /* nobody whom we trust says that it is this host's, today */
    SMTP_NO_AUTH = 8,     /* neither PLAIN nor LOGIN is offered; or not by this machine, and without TLS */
};

struct smtp_options {
    struct span host; /* name or address */
    uint16_t port;
    enum smtp_tls tls;
    struct span user; /* empty: no AUTH. Never without TLS, unless the host is this machine */
    struct span password;
    struct span ca_file;           /* PEM; empty: the system's */
    struct span hello;             /* our name in EHLO: a host name, or an address in brackets */
    unsigned connections;          /* 0: 8 */
    unsigned letters_a_connection; /* 0: 500; then it is closed and another opened */
    unsigned reply_seconds;        /* 0: 300. The others of RFC 5321 §4.5.3.2 in proportion: of the last dot twice */
    void *ctx;
    /* All of the letter is in the kernel's hands but its end, which is written when this returns. False: it could not be
     * written down; the letter is broken off and given back as unsent. */
    bool (*before_dot)(void *ctx, uint64_t id);
    void (*done)(void *ctx, const struct smtp_done *done);
    /* May be null; when it changes. `code`: of the reply, or an enum smtp_trouble; 0: none. */
    void (*state)(void *ctx, enum smtp_state state, int code);
    int64_t (*clock_ms)(void); /* monotonic; null: the kernel's */
    struct span name_servers;  /* for tests: "127.0.0.1:5353"; empty: the system's */
};

struct smtp;

/* Reads what TLS and the look-up of names need (before a sandbox closes), connects to nothing, starts no thread. Lives in
 * `a`; copies the options, the password into memory of secrets. RC_INVALID: options that contradict each other, or a CA
 * file that is none; `fault_out` is a sentence without a full stop. RC_IO: a library failed. */
MUST_USE enum rc smtp_open(struct arena *a, const struct smtp_options *options, struct smtp **smtp_out,
                           struct span *fault_out);
/* Breaks off what is under way: each job gets its `done` first. */
void smtp_close(struct smtp **smtp); /* accepts null; nothing may be added meanwhile */

/* The descriptor to wait on for reading, and for how long at most (-1: until it wakes). One thread for all of these. */
int smtp_fd(const struct smtp *smtp);
int smtp_wait_ms(const struct smtp *smtp);
/* Does what can be done without waiting; callbacks come from in here, from smtp_withdraw() and from smtp_close(). Inside
 * one, only smtp_room(), smtp_add() and smtp_under_way() may be called. */
void smtp_turn(struct smtp *smtp);

/* How many jobs it would take now: three a connection, one whose reply is awaited, one whose envelope is said, one to follow
 * it in the same write; 0 while the host is away or refuses. */
size_t smtp_room(const struct smtp *smtp);
/* Takes one. What is in it but for `message` is copied. More than smtp_room() breaks an invariant, as does an address or
 * a message that is not as struct smtp_job says. */
void smtp_add(struct smtp *smtp, const struct smtp_job *job);
/* Gives back what has not reached its last dot, waits for nobody; what has, goes on. */
void smtp_withdraw(struct smtp *smtp);
size_t smtp_under_way(const struct smtp *smtp);
/* Tries a host that is away or refuses now rather than at the end of its pause. */
void smtp_try_now(struct smtp *smtp);

#endif
