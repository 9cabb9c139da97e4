/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What `breakroom mail preview … --to ADDRESS` asks of a server: one letter, marked as a preview, to one address. Only a
 * server can: it has the mailer. The answer is a sentence.
 *
 * The address goes through the server's memory as one that is typed on its form does, and is wiped there.
 */
#ifndef MAIN_PREVIEW_STEP_H
#define MAIN_PREVIEW_STEP_H

#include "base/buf.h"

#define PREVIEW_VERB "preview"
enum { PREVIEW_CALL_MOST = 4 * 1024 };

struct preview_call {
    struct span url;     /* of the store that the person named; empty: none */
    struct span host;    /* empty: the only campaign */
    struct span news;    /* "memo", "memo.es" */
    struct span address; /* as it was typed */
};

/* Longer than PREVIEW_CALL_MOST: cut, and then nobody reads it. */
struct span preview_call_put(struct arena *a, const struct preview_call *call);
/* False for anything else. Borrows. */
MUST_USE bool preview_call_read(struct span bytes, struct preview_call *call_out);

#endif
