/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a data folder is called as the holder of mailings: D/holder, 16 random bytes, made at the first start.
 *
 * By it a server that was started anew knows which runs were its own, whose journal lies beside it. It is nobody's secret. A
 * copy of a data folder must not run beside its original on one PostgreSQL: both would be the same holder.
 */
#ifndef MAIN_HOLDER_H
#define MAIN_HOLDER_H

#include "store/mailing.h"

/* Under the lock of the folder, before the sandbox. What is damaged is made anew: then whoever was claimed is in doubt. RC_IO
 * with a sentence without a full stop. */
MUST_USE enum rc holder_take(struct arena *a, const char *data, struct mailing_holder *holder_out,
                             struct span *fault_out);

#endif
