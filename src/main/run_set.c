/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See run_set.h.
 */
#include "main/run_set.h"

static size_t place_of(const struct run_set *set, const struct mailing_id *id)
{
    size_t i = 0;

    while (i < set->count && !mailing_id_eq(&set->ids[i], id))
        i++;
    return i;
}

bool run_set_has(const struct run_set *set, const struct mailing_id *id)
{
    return place_of(set, id) < set->count;
}

void run_set_put(struct run_set *set, const struct mailing_id *id, bool is_in)
{
    size_t i = place_of(set, id);

    if (is_in && i == set->count && i < RUN_SET_MOST)
        set->ids[set->count++] = *id;
    if (!is_in && i < set->count)
        set->ids[i] = set->ids[--set->count];
}
