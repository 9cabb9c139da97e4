/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The steps of `breakroom import`: what there is to know of a campaign before people are brought in, bringing them in, the
 * list of imports, and taking one out again. A command does them in a store that it has, or a server does them for it; the
 * bytes between the two are here as well: lines of text, and behind them the sealed records.
 *
 * No address goes through: a record is sealed before it becomes a part of a call, and there is no other place for one.
 */
#ifndef MAIN_IMPORT_STEP_H
#define MAIN_IMPORT_STEP_H

#include "model/campaign.h"
#include "store/subscribers.h"

#define IMPORT_VERB "import"
enum {
    IMPORT_BODY_MOST = 256 * 1024 * 1024,
    IMPORT_CALL_MEMORY = 512 * 1024 * 1024, /* the body, its rows, and what is told */
    IMPORT_ROWS_MOST = 250000,
    IMPORT_AT_ONCE = 10000, /* imports that are listed */
};

enum import_work { IMPORT_LOOK, IMPORT_WRITE, IMPORT_NAME, IMPORT_UNDO };
enum { IMPORT_WORK_COUNT = IMPORT_UNDO + 1 };

struct import_call {
    enum import_work work;
    struct span url;  /* of the store that the person named; empty: none */
    struct span host; /* empty: the only campaign */

    int64_t import_no; /* to undo */

    struct seal_campaign campaign; /* to write, and the rest; as IMPORT_LOOK told */
    struct key_id key;             /* what the records are sealed to */
    int32_t day;                   /* of their heads */
    struct span source;
    size_t people;
    const struct span *packs; /* import_row_put() one after the other; each holds whole rows */
    size_t pack_count;
};

enum import_outcome {
    IMPORT_DONE,
    IMPORT_CHANGED, /* the campaign has another key or other audiences by now; nothing was done */
    IMPORT_UNKNOWN, /* stored or not: nobody knows */
    IMPORT_TROUBLE, /* `sentence` says; nothing was done */
};
enum { IMPORT_OUTCOME_COUNT = IMPORT_TROUBLE + 1 };

struct import_told {
    enum import_outcome outcome;
    struct span sentence; /* without a full stop */
    struct span host;

    bool has_key; /* of IMPORT_LOOK, and the rest: false before `breakroom keys new` */
    struct seal_campaign campaign;
    struct mailing_public key;
    enum lang langs[LANG_COUNT]; /* the main one first */
    size_t lang_count;
    struct span mail_domains;
    LIST(struct audience) audiences; /* without their purposes */

    int64_t import_no; /* of IMPORT_WRITE */
    int64_t people;    /* of IMPORT_WRITE and IMPORT_UNDO */
    struct subscriber_imports imports;
};

/* Everything lives in `a`. */
void import_step(struct db *db, struct arena *a, const struct import_call *call, struct instant now,
                 struct import_told *told_out);

/* One record of a pack. */
void import_row_put(struct buf *b, const struct seal_object *object, enum lang lang, struct span audience,
                    struct span sealed);
/* All of a call's, in `a`; they borrow from its packs. False: what is there is not what import_row_put() writes, or not so
 * many. */
MUST_USE bool import_rows_read(struct arena *a, const struct import_call *call, struct subscriber_row **rows_out);

/* The lines of a call; its packs are to follow them. */
struct span import_call_put(struct arena *a, const struct import_call *call);
/* False for anything else. Borrows. */
MUST_USE bool import_call_read(struct arena *a, struct span bytes, struct import_call *call_out);
struct span import_told_put(struct arena *a, const struct import_told *told);
MUST_USE bool import_told_read(struct arena *a, struct span bytes, struct import_told *told_out);

#endif
