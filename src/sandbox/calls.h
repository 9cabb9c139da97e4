/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The lists of the kernel's calls, a role each. For sandbox.c alone.
 */
#ifndef SANDBOX_CALLS_H
#define SANDBOX_CALLS_H

#include "base/rc.h"

#include <stdbool.h>

/* Kills on what no role needs. Its children inherit it, so it may still connect: the mailer does. RC_IO: the kernel
 * refused. */
MUST_USE enum rc sandbox_calls_parent(void);
/* Kills on all that is not on the list: no new program, no process, no socket of its own making, no code made at run
 * time. */
MUST_USE enum rc sandbox_calls_core(bool connects);
/* Kills on all that is not on the list: no new program, no process, no socket that listens, no file opened to write. */
MUST_USE enum rc sandbox_calls_mailer(void);
/* Kills on all but reading from descriptor 0, writing to 1 and 2, memory and the clock. */
MUST_USE enum rc sandbox_calls_helper(void);

#endif
