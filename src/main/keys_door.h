/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The way of `breakroom keys` to a store: a step is done by the server that has the data folder, or, when none answers
 * there, with the folder's lock in its own hand.
 */
#ifndef MAIN_KEYS_DOOR_H
#define MAIN_KEYS_DOOR_H

#include "main/keys_step.h"
#include "main/options.h"

/* False: a sentence was said, and nothing was done. Else `told_out`, in `a`, is DONE, CHANGED or UNKNOWN. Blocks. */
MUST_USE bool keys_ask(struct arena *a, const struct options *options, const struct keys_call *call,
                       struct keys_told *told_out);

#endif
