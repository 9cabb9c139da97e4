/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What each published newsletter showed, in the store. It is recorded once, when the newsletter is public and somebody looks: a
 * load, or the server when its minute comes; and anew only when its own text is another.
 */
#ifndef STORE_PUBLISHED_H
#define STORE_PUBLISHED_H

#include "db/db.h"
#include "model/campaign.h"

struct published_row {
    struct span key;
    int lang; /* enum lang */
    struct instant public_at;
    struct span hash;  /* SHA-256 of its file */
    struct span shown; /* "signers=146; schools=21" */
    struct span leans; /* "doc:memo=p2, p6-7; case:6025#access=charged" */
};
struct published_rows {
    LIST(struct published_row) list; /* each key and language once */
    struct instant next_at;          /* when one more becomes public; the largest number for never */
};

/* Records those of `rows` that are not known yet, or of which the text is another; what is known of the others stays. `all` are
 * the campaign's newsletters, public or not (only key and language): what is none of them is forgotten. In a transaction of
 * its own; `a` is scratch. RC_CONFLICT: the campaign is not at `revision`. Else as db_write(). */
MUST_USE enum rc published_record(struct db *db, struct arena *a, int64_t campaign_id, int64_t revision,
                                  const struct published_rows *rows, const struct published_rows *all);
/* RC_OK: all that is public at `now` in that revision is recorded. RC_NOT_FOUND: somebody has to look. */
MUST_USE enum rc published_check(struct db *db, int64_t campaign_id, int64_t revision, struct instant now);
/* All that is recorded, by key and language. Lives in `a`. */
MUST_USE enum rc published_list(struct db *db, struct arena *a, int64_t campaign_id, struct published_rows *rows_out);
/* Null when there is none. */
const struct published_row *published_find(const struct published_rows *rows, struct span key, int lang);

#endif
