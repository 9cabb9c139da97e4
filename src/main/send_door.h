/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The way of `breakroom send` and `breakroom report` to the server of a data folder. There is no other: letters are
 * sent by a server's mailer, or not at all.
 */
#ifndef MAIN_SEND_DOOR_H
#define MAIN_SEND_DOOR_H

#include "main/options.h"
#include "main/send_step.h"

/* False: a sentence was said, and nothing was done that the person asked for. Else `told_out`, in `a`, is DONE, CHANGED or
 * LOCKED. Fills in url and host of `call`. Blocks. */
MUST_USE bool send_ask(struct arena *a, const struct options *options, struct send_call *call,
                       struct send_told *told_out);

/* What becomes of a run, in a line: "sending: 1,204 of 2,000 sent, 3 put off …". Lives in `a`. */
struct span send_run_words(struct arena *a, const struct send_run *run);
/* What the smart host does, where that is not well; else empty. A sentence without a full stop. */
struct span send_host_words(struct arena *a, const struct send_told *told);
/* "1,204" */
struct span send_number(struct arena *a, int64_t number);

#endif
