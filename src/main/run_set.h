/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A few runs, by their ids: those whose keys the mailer holds, those whose kept keys it cannot open. Pure.
 */
#ifndef MAIN_RUN_SET_H
#define MAIN_RUN_SET_H

#include "store/mailing.h"

enum { RUN_SET_MOST = 64 };

struct run_set {
    struct mailing_id ids[RUN_SET_MOST];
    size_t count;
};

bool run_set_has(const struct run_set *set, const struct mailing_id *id);
/* One more than RUN_SET_MOST is not taken. */
void run_set_put(struct run_set *set, const struct mailing_id *id, bool is_in);

#endif
