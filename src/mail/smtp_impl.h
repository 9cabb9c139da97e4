/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the files of the SMTP client share. From the outside in:
 *
 *   smtp.c        the house: jobs that wait, how many connections there are, pauses, what is said to the caller
 *   smtp_open.c   options, what is read before a sandbox closes
 *   smtp_names.c  where the host is
 *   smtp_conn.c   one connection's bytes: sockets, time-outs, what is written in which order
 *   smtp_tls.c    the same bytes under TLS
 *   smtp_talk.c   what is said over a connection, and what each reply means
 *   smtp_reply.c  bytes → replies; pure
 *
 * Invariant: a job is in one place: the queue, `next` or `current` of one connection. Whoever takes it from there gives it
 * to smtp_is_done(), at once.
 */
#ifndef MAIL_SMTP_IMPL_H
#define MAIL_SMTP_IMPL_H

#include "mail/address.h"
#include "mail/smtp.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

enum {
    SMTP_LINE_MOST = 2048,        /* RFC 5321 §4.5.3.1.5 has 512; not everybody does */
    SMTP_REPLY_MOST = 16 * 1024,  /* of all its lines */
    SMTP_IN = 2 * SMTP_LINE_MOST, /* read at once */
    SMTP_TAIL = 1024,             /* the end of a message, written with its dot */
    SMTP_OUT = 4096,              /* a tail, a dot and an envelope; or a command */
    SMTP_EXPECTED = 8,            /* replies to what one write may hold */
    SMTP_ADDRESSES = 8,
    SMTP_SECRET_MOST = 512, /* of a user's name, or a password */
    SMTP_SECRET_LINE = 2048,
    SMTP_CONNECTIONS_MOST = 1024,
    SMTP_STRUCK = 16,
    SMTP_JOBS_EACH = 3, /* of a connection */
};

/* ---- replies ---- */

enum smtp_heard {
    SMTP_HEARD_PART,     /* no whole line yet */
    SMTP_HEARD_LINE,     /* one of a reply of several, not its last */
    SMTP_HEARD_REPLY,    /* the last: `reply` is whole */
    SMTP_HEARD_NONSENSE, /* no reply, or too long to be one */
};
struct smtp_reader {
    struct mail_reply reply; /* as its first line has it */
    size_t bytes;            /* of it so far; 0: between replies */
};
/* Takes one line off `bytes`. `text_out` borrows what stands behind the code. */
enum smtp_heard smtp_hear(struct smtp_reader *r, struct span *bytes, struct span *text_out);

/* ---- jobs ---- */

struct smtp_work {
    struct smtp_work *next; /* in the queue, or among the free */
    uint64_t id;
    struct span message;
    size_t from_n;
    size_t to_n;
    char from[MAIL_ADDRESS_MOST];
    char to[MAIL_ADDRESS_MOST];
};

/* ---- a connection ---- */

enum smtp_stage {
    STAGE_NONE,
    STAGE_CONNECTING,
    STAGE_SHAKING, /* TLS */
    STAGE_HELLO,   /* up to where letters are taken */
    STAGE_READY,
    STAGE_LEAVING, /* QUIT */
};

/* What a reply is awaited to. */
enum smtp_said {
    SAID_NOTHING, /* the host greets first */
    SAID_EHLO,
    SAID_HELO,
    SAID_STARTTLS,
    SAID_AUTH,
    SAID_USER,
    SAID_PASSWORD,
    SAID_RSET,
    SAID_MAIL,
    SAID_RCPT,
    SAID_DATA,
    SAID_DOT,
    SAID_DOT_OF_NONE, /* of a letter whose only recipient was refused, where DATA was taken all the same */
    SAID_QUIT,
};

struct smtp_conn {
    struct smtp *smtp;
    enum smtp_stage stage;
    int fd;
    uint32_t interest; /* of epoll */
    int64_t deadline;
    SSL *tls; /* null: none */
    bool tls_wants_write;
    bool is_here; /* the host is this machine */
    /* what it offers */
    bool has_pipelining;
    bool has_size;
    bool has_starttls;
    bool has_auth_plain;
    bool has_auth_login;
    /* what is awaited, oldest first */
    uint8_t expected[SMTP_EXPECTED];
    size_t expected_count;
    struct smtp_reader reader;
    char in[SMTP_IN];
    size_t in_n;
    /* what is to be written: `out` first, then `body`, then, if `wants_dot`, the tail with its dot, which go to `out` */
    char out[SMTP_OUT];
    size_t out_n;
    size_t out_at;
    size_t dot_at; /* how much of `out` has to be written for the dot to be out; 0: there is none in it */
    struct span body;
    bool wants_dot;
    bool is_dot_out;
    /* letters: `current` from its 354 to the reply to its dot, `next` from its MAIL to its 354 */
    struct smtp_work *current;
    struct smtp_work *next;
    bool is_orphaned; /* replies to an envelope are awaited whose letter has its outcome already */
    bool is_ending;   /* nothing more is begun: closed once `current` has its reply */
    bool needs_rset;  /* the host holds an envelope that led to nothing */
    bool has_served;  /* something was said here of a person */
    unsigned letters;
};

/* ---- the house ---- */

struct smtp_address {
    struct sockaddr_storage where;
    socklen_t length;
};

/* In memory of secrets, as they go over the wire: base64. */
struct smtp_secrets {
    size_t plain_n;
    size_t user_n;
    size_t password_n;
    char plain[SMTP_SECRET_LINE];
    char user[SMTP_SECRET_LINE];
    char password[SMTP_SECRET_LINE];
};

struct smtp_names;

struct smtp {
    struct smtp_options options; /* ours */
    int epoll;
    int64_t now;
    int64_t due; /* no deadline of a connection is before it */
    bool is_stirred;
    bool is_closing;
    struct smtp_conn *conns;
    SSL_CTX *tls;
    BIO_METHOD *bio;
    struct smtp_secrets *secrets; /* null: no AUTH */
    /* jobs */
    struct smtp_work *free;
    struct smtp_work *queue;
    struct smtp_work **queue_end;
    size_t queued;
    size_t under_way;
    /* the host */
    enum smtp_state state;
    int64_t pause_ms; /* the last one; 0: it does well */
    int64_t again_at; /* no connection is opened before, over those that it likes */
    unsigned liked;   /* connections, when one more came to nothing; 0: no matter */
    bool is_proven;   /* a connection came as far as letters since the last trouble */
    uint64_t struck[SMTP_STRUCK];
    size_t struck_at;
    /* where it is */
    struct smtp_names *names; /* null: an address was given, or this machine */
    bool is_asking;
    int64_t known_until;
    struct smtp_address addresses[SMTP_ADDRESSES];
    size_t address_count;
    size_t address_at;   /* to be tried next */
    size_t address_left; /* of this round */
};

/* smtp.c */
void smtp_is_done(struct smtp *s, struct smtp_work *work, enum mail_outcome outcome, const struct mail_reply *reply,
                  enum mail_class why);
struct smtp_work *smtp_take(struct smtp *s); /* the next of the queue, or null */
/* Back as unsent; or put off, if it was in question the last time too. */
void smtp_strike(struct smtp *s, struct smtp_work *work, const struct mail_reply *reply);
/* What it means for the house that a connection came to nothing. The connection is closed already. */
void smtp_trouble(struct smtp *s, enum smtp_state state, int code, bool is_of_address);
void smtp_does_well(struct smtp *s); /* something was said of a person */
void smtp_is_ready(struct smtp *s);  /* a connection takes letters */

/* smtp_open.c */
bool smtp_address_is_here(const struct smtp_address *address);

/* smtp_names.c */
MUST_USE enum rc smtp_names_open(struct smtp *s, struct arena *a);
void smtp_names_close(struct smtp *s);
void smtp_names_ask(struct smtp *s); /* the answer comes as smtp_names_are_known(), now or later */
void smtp_names_event(struct smtp *s, int fd, uint32_t events);
void smtp_names_turn(struct smtp *s);
int64_t smtp_names_wait_ms(const struct smtp *s); /* -1: until it wakes */
void smtp_names_are_known(struct smtp *s);        /* in smtp.c. `addresses`; none: it leads nowhere */

/* smtp_conn.c */
void smtp_conn_open(struct smtp_conn *c, const struct smtp_address *address);
void smtp_conn_event(struct smtp_conn *c, uint32_t events);
void smtp_conn_late(struct smtp_conn *c); /* its deadline has passed */
void smtp_conn_flush(struct smtp_conn *c);
void smtp_conn_shake(struct smtp_conn *c); /* begins TLS; goes on with smtp_talk_secured() */
/* Closed without a word, and nobody's fault. What is in it goes back: a letter whose dot is out is in doubt. */
void smtp_conn_drop(struct smtp_conn *c);
/* The same, and the house hears of it. A reply of 421 decides about whom it was said of. */
void smtp_conn_fail(struct smtp_conn *c, enum smtp_state state, int code);

/* smtp_tls.c */
MUST_USE enum rc smtp_tls_open(struct smtp *s, const char *ca_file, struct span *fault_out);
void smtp_tls_close(struct smtp *s);
bool smtp_tls_begin(struct smtp_conn *c);
void smtp_tls_end(struct smtp_conn *c, bool says_so);
enum smtp_io { SMTP_IO_SOME, SMTP_IO_NONE, SMTP_IO_END };
enum smtp_io smtp_tls_read(struct smtp_conn *c, char *room, size_t size, size_t *n_out);
enum smtp_io smtp_tls_write(struct smtp_conn *c, struct span bytes, size_t *n_out);
/* SMTP_IO_SOME: it is secure. SMTP_IO_END: it failed, `trouble_out` says why. */
enum smtp_io smtp_tls_shake(struct smtp_conn *c, enum smtp_trouble *trouble_out);

/* smtp_talk.c */
void smtp_talk_begin(struct smtp_conn *c);   /* the connection is there */
void smtp_talk_secured(struct smtp_conn *c); /* TLS is */
void smtp_talk_line(struct smtp_conn *c, struct span text, bool is_first);
void smtp_talk_reply(struct smtp_conn *c, const struct mail_reply *reply);
void smtp_talk_dot(struct smtp_conn *c); /* all of `body` is written */
/* Begins the next letter, if it may and there is one; else writes what is to be written. */
void smtp_talk_letters(struct smtp_conn *c);
void smtp_talk_quit(struct smtp_conn *c);
bool smtp_talk_is_free(const struct smtp_conn *c);

#endif
