/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a process gives up for good: privileges to gain, calls of the kernel (seccomp), files (Landlock), limits.
 *
 * Entered once, before the first byte from outside and before a second thread; never left. A forbidden call kills the
 * process; a forbidden file is refused (EACCES). The filter of `parent` comes down to its children, so it holds only
 * what no role needs; what else a role gives up is its own list.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/arena.h"

enum sandbox_role { SANDBOX_PARENT, SANDBOX_CORE, SANDBOX_MAILER, SANDBOX_HELPER };

enum { SANDBOX_PATHS_MAX = 16 };

struct sandbox_plan {
    enum sandbox_role role;
    bool connects;       /* SANDBOX_CORE alone: to a database elsewhere, the network's calls stay */
    bool needs_landlock; /* without it: refused */
    bool skips_landlock; /* landlock = no */
    uint64_t memory;     /* SANDBOX_HELPER alone: bytes that it may write to in all; 0: no limit */
    /* Folders or files, absolute or relative; what is not there is left out. Below `write` files can be made, changed and removed, never
     * run. The parent may read and run everything: its children are smaller. */
    const char *read[SANDBOX_PATHS_MAX];
    const char *write[SANDBOX_PATHS_MAX];
};

struct sandbox {
    bool has_seccomp;
    int landlock; /* the kernel's version of it; 0: none, or not used */
};

/* RC_DENIED: no Landlock where it is needed; RC_IO: the kernel refused. `fault_out` is a sentence without a full
 * stop. */
MUST_USE enum rc sandbox_enter(struct arena *a, const struct sandbox_plan *plan, struct sandbox *sandbox_out,
                               struct span *fault_out);

#endif
