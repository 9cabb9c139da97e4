/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The control socket D/control: how a command speaks with the server that has the data folder.
 *
 * A request is one line, `VERB WORD… [+N]`, of printable ASCII, and N bytes behind it. The answer is any number of
 * `note N` and then one `ok N` or `fault N`, each a line and N bytes. Content goes through it, never a path: the server
 * cannot open what the caller can. Only the server's own user gets in.
 */
#ifndef MAIN_CONTROL_H
#define MAIN_CONTROL_H

#include "base/arena.h"

enum { CONTROL_LINE_MAX = 1024, CONTROL_WORDS_MAX = 8 };

struct control_request {
    struct span verb;
    struct span words[CONTROL_WORDS_MAX];
    size_t word_count;
    uint64_t body_len; /* 0: none follows */
};

/* A line without its end. False for what is no request; borrows. */
bool control_parse(struct span line, struct control_request *request_out);

/* ---- the server's side ---- */

struct control_call {
    struct arena *arena; /* dies with the call */
    const struct control_request *request;
    struct control *control; /* control.c's, as is the rest */
    int fd;
    bool is_body_read;
    bool is_answered;
    bool is_gone; /* the caller left, or the server stops */
};

struct control_verb {
    struct span name;
    uint64_t body_max;
    size_t memory;                                     /* of the call's arena; 0: little */
    void (*run)(void *ctx, struct control_call *call); /* on a thread of the socket's; may wait */
};

/* The bytes behind the line, once; in the call's arena. A verb that takes one caller at a time does so before. False: the
 * caller left, was too slow, or the server stops; no answer is needed then. */
MUST_USE bool control_body(struct control_call *call, struct span *body_out);

/* Progress, before the answer: the parts one after the other. False: nobody hears it any more. */
bool control_note(struct control_call *call, const struct span *parts, size_t count);
void control_ok(struct control_call *call, struct span text); /* exactly one of these two */
void control_fault(struct control_call *call, struct span sentence);

struct control;
/* Answers on `fd`, which listens and is taken over. `verbs` and `ctx` must outlive it. RC_IO: no threads. */
MUST_USE enum rc control_open(int fd, const struct control_verb *verbs, size_t count, void *ctx,
                              struct control **control_out);
void control_close(struct control **control); /* waits for calls that have begun; accepts null */

/* Makes the socket in the folder `data`, under a name of this process's own, 0600. Core gives it the right one when it
 * has the lock. RC_IO with a sentence in errno. */
struct control_socket {
    int fd;
    uint64_t device; /* which file it is */
    uint64_t inode;
};
MUST_USE enum rc control_listen(const char *data, struct control_socket *socket_out);
/* D/control.PID of this process's parent becomes D/control. */
MUST_USE enum rc control_name(const char *data);
/* Takes away what control_listen() made, whether it was named or not; never another server's. */
void control_forget(const char *data, const struct control_socket *socket);

/* ---- the command's side ---- */

/* Asks the server of `data`; the body is `parts`, one after the other. RC_OK: it said ok; RC_CONFLICT: it said fault; both
 * with what it said, in `a`. RC_NOT_FOUND: none is there. RC_DENIED: what is there belongs to another user. RC_IO: it went
 * away in between. `note` may be null; its text dies when it returns. Blocks. */
MUST_USE enum rc control_ask(struct arena *a, const char *data, struct span line, const struct span *parts,
                             size_t count, void (*note)(void *ctx, struct span text), void *ctx, struct span *said_out);

/* What a server says to a verb that it does not have: it is of another version. */
#define CONTROL_UNKNOWN "this server does not know that request"

#endif
