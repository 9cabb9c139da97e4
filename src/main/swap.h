/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A folder of files that appears whole or not at all, in the place of an older one.
 *
 * Files are written into a folder beside it (".NAME.breakroom-new"), flushed to the disk, and the two are exchanged in one
 * step (renameat2). Killed at any moment there is the old folder or the new one; what is left over the next one clears.
 */
#ifndef MAIN_SWAP_H
#define MAIN_SWAP_H

#include "base/arena.h"

struct swap;

/* Makes ready to replace `out`. RC_CONFLICT when something is there that no build wrote, or another build is at work;
 * RC_IO for the machine's troubles. `fault_out` is then a sentence without a full stop. */
MUST_USE enum rc swap_open(struct arena *a, const char *out, struct swap **swap_out, struct span *fault_out);
/* The same, but only where nothing is yet, or an empty folder; and without the marker of a build. */
MUST_USE enum rc swap_open_new(struct arena *a, const char *out, struct swap **swap_out, struct span *fault_out);
/* As swap_open(), in the place of an older packed folder: a build's is another's. */
MUST_USE enum rc swap_open_packed(struct arena *a, const char *out, struct swap **swap_out, struct span *fault_out);
/* Writes one file; `path` is relative, with '/' between its parts, which are made. */
MUST_USE enum rc swap_write(struct swap *s, struct span path, struct span bytes, struct span *fault_out);
/* Puts the new folder in its place and removes the old one. */
MUST_USE enum rc swap_commit(struct swap *s, struct span *fault_out);
/* Removes what was written and not committed. Nulls the pointer; accepts null. */
void swap_close(struct swap **s);

#endif
