/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * People of a list → sealed records, as a call of import_step.h takes them. Behind this no address is needed any more.
 */
#ifndef MAIN_IMPORT_SEAL_H
#define MAIN_IMPORT_SEAL_H

#include "main/import_list.h"
#include "main/import_step.h"

/* Fills in `people`, `packs` and `pack_count`; `campaign` and `day` are the caller's. `progress` (may be null) is called
 * after each thousand. RC_LIMIT: more than IMPORT_BODY_MOST. RC_INVALID: the key is none. Lives in `a`. */
MUST_USE enum rc import_seal(struct arena *a, const struct import_list *list, const struct mailing_public *key,
                             struct import_call *call, void (*progress)(size_t done, size_t count));

#endif
