/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Core's end of the sockets to the mailer: one thread owns them, hands on every frame that comes, writes those that go,
 * and takes the new pair whenever the parent brings one. What the frames mean is for its caller to know.
 *
 * A pair has a number, from 1. A frame is for one pair: what was meant for an earlier one never reaches a later one, and
 * what a pair did not carry to its end is lost with it. What then became of it, the mailer's journal says.
 */
#ifndef MAIN_MAILER_LINK_H
#define MAIN_MAILER_LINK_H

#include "main/mailer_wire.h"

struct mailer_link;

/* All from the link's own thread, one at a time; while one runs, nothing else comes in or goes out, so it may wait for the
 * store and not for the mailer. None before mailer_link_open() or after mailer_link_close(). Any may be null. */
struct mailer_link_options {
    void *ctx;
    /* A new pair greets: nothing of before is under way in the mailer any more. The first of each pair. */
    void (*up)(void *ctx, uint64_t pair, const struct mailer_hello *hello);
    /* Every other frame, in order. It and what it points to end with the call; `a` too. */
    void (*frame)(void *ctx, uint64_t pair, const struct mailer_frame *frame, struct arena *a);
    /* What was up is gone: the mailer ended, or the parent brings another pair. */
    void (*down)(void *ctx, uint64_t pair);
};

/* Starts the thread; there is no pair yet. RC_IO: no thread. */
MUST_USE enum rc mailer_link_open(const struct mailer_link_options *options, struct mailer_link **link_out);
void mailer_link_close(struct mailer_link **link); /* accepts null; drops what waits, ends the pair */

/* A new pair's socket from the parent, taken over, and which process it leads to. Any thread; does not wait. */
struct mailer_process {
    int64_t pid;
    struct instant since;
    uint64_t restarts;
};
void mailer_link_take(struct mailer_link *link, int fd, const struct mailer_process *process);

/* Any thread. Copies the frame into the queue of `pair`; waits while that is full, but not on the link's own thread: what
 * a callback sends is taken always, so send there only what one frame asks for. RC_IO: that pair is not up (any more). RC_LIMIT: larger than a frame may be. */
MUST_USE enum rc mailer_link_send(struct mailer_link *link, uint64_t pair, const struct mailer_frame *frame);

/* For mail_postbox_is(): notices go before what else waits. The box ends with the link. */
struct mail_postbox mailer_link_postbox(struct mailer_link *link);

/* ---- what it says of itself ---- */

struct mailer_link_status {
    uint64_t pair; /* which is up; 0: none */
    bool can_send; /* the mailer has a smart host; as its last greeting said */
    struct mailer_process process;
    struct mailer_host host; /* as the mailer said last; SMTP_IDLE at first */
    uint64_t notices;        /* posted, since the start */
};
void mailer_link_status(struct mailer_link *link, struct mailer_link_status *status_out);

/* For `status`: the lines about the mailer. */
void mailer_link_status_put(struct mailer_link *link, struct buf *out);

#endif
