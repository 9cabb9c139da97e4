/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A disk with a mind of its own: a VFS of SQLite that passes everything on to the machine's, but syncs slowly, or fails
 * to sync, or has only so much room, and knows what has not been synced.
 */
#ifndef TESTS_SHIM_H
#define TESTS_SHIM_H

#include <stdatomic.h>
#include <stdbool.h>

#define SHIM_VFS "breakroom-shim" /* the name for db_options.vfs */

struct shim {
    atomic_int sync_us;       /* each sync sleeps so long */
    atomic_int syncs;         /* counted */
    atomic_bool sync_fails;   /* from now on */
    atomic_llong room;        /* bytes that may still be written; negative: no end */
    atomic_bool log_unsynced; /* the write-ahead log has bytes that were not synced */
};
extern struct shim shim;

void shim_register(void); /* once is enough; more does nothing */
void shim_reset(void);    /* a good disk again */

#endif
