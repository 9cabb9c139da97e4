/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Campaigns and their pieces in the store.
 *
 * Once served, the store is the truth. A campaign's revision grows by one with every transaction that changes a piece,
 * and with nothing else; whoever saw a revision can so tell whether anything is different now.
 */
#ifndef STORE_CONTENT_H
#define STORE_CONTENT_H

#include "db/db.h"
#include "model/piece.h"
#include "store/search.h"

struct content_campaign {
    int64_t campaign_id;
    struct span host;
    int64_t revision;
    struct instant changed_at;
};
struct content_campaigns {
    const struct content_campaign *items; /* by host */
    size_t count;
};

/* Each of these gives RC_OK or what db_all() gives, and everything lives in `a`. */
MUST_USE enum rc content_campaigns(struct db *db, struct arena *a, struct content_campaigns *campaigns_out);
/* RC_NOT_FOUND when no campaign answers to that host. */
MUST_USE enum rc content_find(struct db *db, struct arena *a, struct span host, struct content_campaign *campaign_out);
/* RC_NOT_FOUND when there is no such campaign. */
MUST_USE enum rc content_revision(struct db *db, int64_t campaign_id, int64_t *revision_out);

/* The campaign and all its pieces, of one moment. RC_NOT_FOUND when there is no such campaign. */
MUST_USE enum rc content_pieces(struct db *db, struct arena *a, int64_t campaign_id,
                                struct content_campaign *campaign_out, struct pieces *pieces_out);
/* What is only sent as it is: a photo, a document's copy, a picture of its page, a leaflet. */
struct content_large {
    struct span path;
    int64_t size;
};
struct content_larges {
    LIST(struct content_large) list; /* by path */
};
/* The same, but of what is only sent as it is there is no byte in `pieces_out`, and a size in `larges_out`. */
MUST_USE enum rc content_texts(struct db *db, struct arena *a, int64_t campaign_id,
                               struct content_campaign *campaign_out, struct pieces *pieces_out,
                               struct content_larges *larges_out);
/* The same without bytes: to compare. */
MUST_USE enum rc content_hashes(struct db *db, struct arena *a, int64_t campaign_id,
                                struct content_campaign *campaign_out, struct pieces *pieces_out);

/* The bytes of one piece: "campaign.ini". RC_NOT_FOUND when there is none. */
MUST_USE enum rc content_piece(struct db *db, struct arena *a, int64_t campaign_id, struct span path,
                               struct span *bytes_out);

/* Makes the campaign of a host hold exactly these pieces: new ones come, changed ones change, others go, all or nothing.
 * `expected` is the revision that the caller looked at, 0 when it found no such campaign. The same pieces again write
 * nothing and keep the revision. `docs` are what search finds from then on; null leaves its index to whoever looks next.
 * Tells every process "campaign ID revision REVISION". `a` is scratch.
 * RC_CONFLICT: somebody else changed it since `expected`. Else as db_write(), which it calls. */
MUST_USE enum rc content_replace(struct db *db, struct arena *a, struct span host, int64_t expected,
                                 const struct pieces *pieces, const struct search_docs *docs, struct instant now,
                                 struct content_campaign *campaign_out);

#endif
