/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A campaign's sealing keys in the store: public halves, and secret halves wrapped. The store never holds what opens them.
 *
 * Of each kind one pair is in use or none. Making new ones replaces all at once, and never takes an old one away: what was
 * sealed to it would be lost.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "db/db.h"
#include "seal/wrap.h"

struct keys_row {
    enum key_kind kind;
    struct key_id id;
    unsigned char public_half[KEY_LEN];
    struct wrapped wrapped;
    struct instant made_at;
    struct instant replaced_at; /* 0: in use */
};
struct keys {
    bool has_campaign; /* false: there were never any */
    struct seal_campaign campaign;
    LIST(struct keys_row) list; /* in use first, by kind; then the newest first */
};

/* All of a campaign, in `a`. RC_INVALID: what is stored is not in form: another program wrote there. Else as db_all(). */
MUST_USE enum rc keys_list(struct db *db, struct arena *a, int64_t campaign_id, struct keys *keys_out);
/* What the campaign is called inside of what is sealed, and nothing else. RC_NOT_FOUND: it has no keys yet. */
MUST_USE enum rc keys_campaign(struct db *db, struct arena *a, int64_t campaign_id, struct seal_campaign *campaign_out);
/* The pair of a kind that is in use, or null. */
const struct keys_row *keys_in_use(const struct keys *keys, enum key_kind kind);

/* Which campaigns have a pair of a kind in use. */
struct keys_holders {
    const int64_t *campaign_ids; /* in their order */
    size_t count;
};
MUST_USE enum rc keys_holders(struct db *db, struct arena *a, enum key_kind kind, struct keys_holders *holders_out);
bool keys_is_holder(const struct keys_holders *holders, int64_t campaign_id);

enum { KEYS_AT_ONCE = KEY_KIND_COUNT };

/* A whole set: one pair of each kind. */
struct keys_new {
    struct seal_campaign campaign; /* as keys_list() said, or a new one where there was none */
    struct keys_row rows[KEYS_AT_ONCE];
    size_t replaced_count; /* those that the person was told of: exactly these must be in use */
    struct key_id replaced[KEYS_AT_ONCE];
};

/* Stores it in one transaction and puts what it replaces out of use. Each row has to be in form (wrapped_read()): RC_INVALID
 * if not. RC_CONFLICT: other keys are in use than `replaced`, or the campaign has another name: somebody was first. Tells
 * every process "keys ID". Else as db_write(), which it calls. */
MUST_USE enum rc keys_put(struct db *db, int64_t campaign_id, const struct keys_new *fresh, struct instant now);

#endif
