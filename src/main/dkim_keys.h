/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The keys that letters are signed with, in the data folder: D/dkim/DOMAIN/br1.pem and br2.pem, files of 0600, and
 * `current`, a link to the one that signs. Two, so that a new key can be in the DNS before it signs, and the old one stays
 * there while letters that it signed are still on their way.
 */
#ifndef MAIN_DKIM_KEYS_H
#define MAIN_DKIM_KEYS_H

#include "base/arena.h"
#include "base/time.h"

enum { DKIM_SELECTORS = 2 };

struct dkim_keys {
    struct span selector[DKIM_SELECTORS];
    struct span pem[DKIM_SELECTORS]; /* empty: there is none */
    int current;                     /* which signs; -1: none */
    struct instant since;            /* when it began to */
};

/* RC_OK, also when there is none. RC_INVALID: `domain` is no host name. RC_IO: `fault_out` says why. Lives in `a`. */
MUST_USE enum rc dkim_keys_read(struct arena *a, const char *data, struct span domain, struct dkim_keys *keys_out,
                                struct span *fault_out);
/* Writes a key whole or not at all, in place of what was there; it does not sign yet. */
MUST_USE enum rc dkim_keys_write(struct arena *a, const char *data, struct span domain, struct span selector,
                                 struct span pem, struct span *fault_out);
/* From now on this one signs. */
MUST_USE enum rc dkim_keys_use(struct arena *a, const char *data, struct span domain, struct span selector,
                               struct span *fault_out);

/* A new file of 0600; one that is there is not touched. */
MUST_USE enum rc dkim_file_write_new(struct arena *a, const char *path, struct span bytes, struct span *fault_out);
MUST_USE enum rc dkim_file_read(struct arena *a, const char *path, struct span *bytes_out, struct span *fault_out);

#endif
