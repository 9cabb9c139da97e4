/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The index of search in the store: written with the content that it is made from, asked with a query.
 *
 * The engine narrows by words; phrases and the order are ours, so that both engines give the same. What is not public at
 * the moment that is asked for is not found, not counted and not read.
 */
#ifndef STORE_SEARCH_H
#define STORE_SEARCH_H

#include "db/db.h"
#include "model/campaign.h"
#include "terms/query.h"

/* Where an entry's kind stands, of a case in the docket. In the store: for ever. */
enum { SEARCH_CASE = 100 };

/* A text that readers can open. No drafts. */
struct search_doc {
    int kind; /* enum entry_kind, or SEARCH_CASE */
    enum lang lang;
    struct span key;
    struct span title;
    struct span body;         /* a line a block */
    struct instant public_at; /* `us` 0: always was */
    struct date day;          /* may be unset */
};
struct search_docs {
    LIST(struct search_doc) list; /* each kind, key and language once */
    struct date day;              /* on which they were made */
};

/* Makes a campaign's part of the index these documents, at that revision. To be called inside db_write(), and may run
 * twice; `a` is scratch. Rows that would be the same are not written. RC_CONFLICT: it is of a later revision already. */
MUST_USE enum rc search_write(struct db *db, struct arena *a, int64_t campaign_id, int64_t revision,
                              const struct search_docs *docs);
/* The same in a transaction of its own, where the campaign is still at `revision`; else RC_CONFLICT. */
MUST_USE enum rc search_renew(struct db *db, struct arena *a, int64_t campaign_id, int64_t revision,
                              const struct search_docs *docs);
/* RC_OK: made from that revision, by these rules, on that day. RC_NOT_FOUND: it has to be made anew. */
MUST_USE enum rc search_check(struct db *db, int64_t campaign_id, int64_t revision, struct date day);

struct search_hit {
    int kind;
    enum lang lang;
    struct span key;
    struct date day;
    bool is_title; /* every part of the query stands in the title */
};
struct search_hits {
    LIST(struct search_hit) list; /* those found in their title first; then the newest; then by kind, key, language */
};
/* All that is found in every language and public at `now`. RC_RETRY: the index is being made. Lives in `a`. `db` is of
 * `store`. */
MUST_USE enum rc search_find(struct db_store *store, struct db *db, struct arena *a, int64_t campaign_id,
                             const struct query *query, struct instant now, struct search_hits *hits_out);
/* Title and body of a hit, if it is public at `now`; else RC_NOT_FOUND. */
MUST_USE enum rc search_text(struct db *db, struct arena *a, int64_t campaign_id, const struct search_hit *hit,
                             struct instant now, struct span *title_out, struct span *body_out);

#endif
