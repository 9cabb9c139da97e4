/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A store that lives as long as a demo: a data folder of its own, with one campaign folder loaded into it.
 */
#ifndef MAIN_DEMO_H
#define MAIN_DEMO_H

#include "base/arena.h"
#include "base/time.h"

struct demo_store {
    const char *data; /* the folder, in TMPDIR; only this user gets in */
    struct span host; /* of the campaign */
};

/* Makes the store from the campaign folder `folder` as at `now`; it is removed when this process ends, however it ends.
 * EXIT_FINE, or EXIT_ERRORS or EXIT_TROUBLE after a sentence on stderr. Everything lives in `a`. */
MUST_USE int demo_store_make(struct arena *a, const char *folder, struct instant now, struct demo_store *demo_out);

#endif
