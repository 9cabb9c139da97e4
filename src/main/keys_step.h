/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The steps of `breakroom keys`: look at a campaign's keys, store a set. A command does them in a store that it has, or a
 * server does them for it; the bytes between the two are here as well, lines of text.
 *
 * What goes through is public halves and wrapped ones. No secret half and no passphrase can: there is no place for them.
 */
#ifndef MAIN_KEYS_STEP_H
#define MAIN_KEYS_STEP_H

#include "store/keys.h"

#define KEYS_VERB "keys"
enum { KEYS_BODY_MOST = 8 * 1024 };

struct keys_call {
    struct span url;  /* of the store that the person named; empty: none */
    struct span host; /* empty: the only campaign */
    bool writes;
    struct keys_new fresh; /* where it writes */
};

enum keys_outcome {
    KEYS_DONE,
    KEYS_CHANGED, /* others were made meanwhile; nothing was done */
    KEYS_UNKNOWN, /* stored or not: nobody knows */
    KEYS_TROUBLE, /* `sentence` says; nothing was done */
};
enum { KEYS_OUTCOME_COUNT = KEYS_TROUBLE + 1 };

struct keys_told {
    enum keys_outcome outcome;
    struct span sentence; /* without a full stop */
    struct span host;
    struct keys keys; /* as they are now; `wrapped` is not told */
};

/* Everything lives in `a`. */
void keys_step(struct db *db, struct arena *a, const struct keys_call *call, struct instant now,
               struct keys_told *told_out);

struct span keys_call_put(struct arena *a, const struct keys_call *call);
/* False for anything else. Borrows. Whether a set is in form is keys_put()'s to say. */
MUST_USE bool keys_call_read(struct span bytes, struct keys_call *call_out);
struct span keys_told_put(struct arena *a, const struct keys_told *told);
MUST_USE bool keys_told_read(struct arena *a, struct span bytes, struct keys_told *told_out);

#endif
