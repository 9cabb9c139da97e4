/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The steps of load and dump, each a question with one answer: look, write, dump, and what of a dump impact reads. A command does them itself in a store
 * that it has, or a server does them for it; what comes of it, and what the person is told, is the same.
 *
 * Nothing is held between two steps. Who looked names the revision that it saw when it writes.
 */
#ifndef MAIN_EXCHANGE_STEP_H
#define MAIN_EXCHANGE_STEP_H

#include "main/exchange.h"

enum exchange_outcome {
    EXCHANGE_DONE,
    EXCHANGE_BUSY,      /* a server does another step for somebody else; nothing was done */
    EXCHANGE_CONFLICTS, /* pieces changed in the store since the folder was dumped; nothing was done */
    EXCHANGE_REFUSED,   /* errors: `lines` has them; nothing was done */
    EXCHANGE_CHANGED,   /* the store is not what was looked at; nothing was done */
    EXCHANGE_UNKNOWN,   /* written or not: nobody knows */
    EXCHANGE_TROUBLE,   /* `sentence` says; nothing was done */
};
enum { EXCHANGE_OUTCOME_COUNT = EXCHANGE_TROUBLE + 1 };

/* What is asked for. */
struct exchange_call {
    struct load_order order; /* of a dump: `host`, empty for the only campaign */
    struct span base;        /* order.base as folder_base_write() has it; empty: none */
    bool with_bytes;         /* the pieces have them: to write, or where the store's may be kept */
    struct instant at;       /* the moment to check for */
    int64_t revision;        /* to write: what was looked at */
    struct span url;         /* of the store that the person named; empty: none */
};

/* What came of it. */
struct exchange_told {
    enum exchange_outcome outcome;
    int64_t campaign_id;          /* 0: a new one */
    int64_t revision;             /* what the store holds now */
    uint64_t files;               /* of a dump */
    struct span sentence;         /* without a full stop, or empty */
    struct span lines;            /* diagnostics, or what there is to choose from */
    struct piece_changes changes; /* `to` is null */
    LIST(struct piece_conflict) conflicts;
    struct span used; /* a byte for each take: '1' when it decided something */
    struct span base; /* .breakroom-base of what the store is to hold; empty when the folder has none */
};

/* All live in `a`. */
void exchange_look(struct db *db, struct arena *a, const struct exchange_call *call, struct exchange_told *told_out);
/* Looks once more, and writes what the person agreed to. What is there already is EXCHANGE_DONE. */
void exchange_write(struct db *db, struct arena *a, const struct exchange_call *call, struct exchange_told *told_out);
/* Of a dump only campaign.ini and published.csv. */
void exchange_published(struct db *db, struct arena *a, const struct exchange_call *call,
                        struct folder_files *files_out, struct exchange_told *told_out);
void exchange_dump(struct db *db, struct arena *a, const struct exchange_call *call, struct folder_files *files_out,
                   struct exchange_told *told_out);

/* As a terminal shows them. */
struct span exchange_diag_lines(struct arena *a, const struct diags *diags);

#endif
