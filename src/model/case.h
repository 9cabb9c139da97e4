/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A case before a board or a court as plain rows (F33): what was alleged, and what became of each allegation, day by day.
 * No I/O.
 *
 * An outcome belongs to an allegation, never to a case: most cases end with some allegations sustained and others dismissed,
 * and then both sides announce a victory. What words may say of an allegation on a day is decided here alone.
 */
#ifndef MODEL_CASE_H
#define MODEL_CASE_H

#include "base/time.h"
#include "model/diag.h"
#include "model/lang.h"

enum case_state {
    CASE_REPORTED, /* somebody said so; nobody was charged */
    CASE_CHARGED,
    CASE_COMPLAINT_ISSUED,
    CASE_SETTLED,
    CASE_DISMISSED, /* withdrawn counts as well */
    CASE_SUSTAINED,
    CASE_ON_APPEAL, /* keeps what was decided before it, and so does the last */
    CASE_REVERSED,
    CASE_FINAL,
};
enum { CASE_STATE_COUNT = CASE_FINAL + 1 };

/* How much words say: an allegation bears words that are no stronger than it. */
enum legal_strength {
    LEGAL_NOTHING,
    LEGAL_ALLEGED,
    LEGAL_CHARGED,
    LEGAL_COMPLAINT,
    LEGAL_FOUND,
};

/* Words, and where each of them stands in the file; line 0 where they are missing. */
struct case_text {
    struct words words;
    struct place at[LANG_COUNT];
};

/* What it came to on a day, and through whom: empty where the forum itself did it, or whoever filed. */
struct case_step {
    struct date date;
    enum case_state state;
    struct words by;
    struct place at;
};

struct case_document {
    struct span key;
    struct place at;
    uint32_t width;
};

struct allegation {
    struct span key;
    struct place at;              /* of its section */
    struct case_text text;        /* what was allegedly done */
    LIST(struct case_step) steps; /* one a day, in their order */
    LIST(struct case_document) documents;
};

struct legal_case {
    struct span key;
    struct span file;
    struct span source; /* the whole .ini */
    struct span number; /* the forum's: "LA-CE-6025-E" */
    struct words forum;
    struct words filed_by; /* a name, or people by what they are: "two teachers" */
    struct words against;
    struct case_text title;
    struct case_text summary;
    LIST(struct case_document) documents;
    LIST(struct allegation) allegations; /* in the file's order */
};

struct span case_state_name(enum case_state state); /* "complaint-issued" */
bool case_state_from_name(struct span name, enum case_state *state_out);

/* May `state` come after the `count` steps in `steps`? Where not, `instead_out` has what may, parted by commas. */
bool case_may_follow(struct arena *a, const struct case_step *steps, size_t count, enum case_state state,
                     struct span *instead_out);

const struct allegation *case_allegation(const struct legal_case *c, struct span key); /* or null */
/* Has anything become of one of them by that day? What comes later is on no page. */
bool case_is_public(const struct legal_case *c, struct date day);
/* The step in force on `day`: the latest not after it. Null when there is none yet. */
const struct case_step *allegation_step(const struct allegation *al, struct date day);
/* The same, but for an appeal and its end: what was decided last, or how far it has come. */
const struct case_step *allegation_outcome(const struct allegation *al, struct date day);
/* What words may say of it on `day`. Settled, dismissed and reversed bear no more than "alleged". */
enum legal_strength allegation_strength(const struct allegation *al, struct date day);
/* What it once came to, up to `day`: what a text may tell that also tells how it ended. */
enum legal_strength allegation_strength_ever(const struct allegation *al, struct date day);
/* Settled, dismissed or reversed: whoever speaks of it has to say so. */
bool case_state_is_fallen(enum case_state state);

#endif
