/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The way of `breakroom import` to a store: a step is done by the server that has the data folder, or, when none answers
 * there, with the folder's lock in its own hand.
 */
#ifndef MAIN_IMPORT_DOOR_H
#define MAIN_IMPORT_DOOR_H

#include "main/import_step.h"
#include "main/options.h"

/* False: a sentence was said, and nothing was done. Else `told_out`, in `a`, is DONE, CHANGED or UNKNOWN. Blocks. */
MUST_USE bool import_ask(struct arena *a, const struct options *options, const struct import_call *call,
                         struct import_told *told_out);

#endif
