/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A command's way to a store for one step of load or dump: through the server that has the data folder, or, when none
 * answers there, with the folder's lock in its own hand for as long as the step takes.
 */
#ifndef MAIN_EXCHANGE_DOOR_H
#define MAIN_EXCHANGE_DOOR_H

#include "main/exchange_step.h"
#include "main/options.h"

enum exchange_step { EXCHANGE_STEP_LOOK, EXCHANGE_STEP_WRITE, EXCHANGE_STEP_DUMP, EXCHANGE_STEP_PUBLISHED };

/* False: a sentence was said, and nothing was done. Else `told_out` says how it went; outcomes BUSY and TROUBLE do not
 * come out. What is told lives in `a`, and so do the files of the last two. Waits for a server that is busy. */
MUST_USE bool exchange_ask(struct arena *a, const struct options *options, enum exchange_step step,
                           const struct exchange_call *call, struct folder_files *files_out,
                           struct exchange_told *told_out);

#endif
