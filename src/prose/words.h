/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The word lists behind the checks of wording: data, one set a language. No rules here, only words.
 *
 * All in lower case, with accents, separated by single spaces. An entry matches whole words.
 */
#ifndef PROSE_WORDS_H
#define PROSE_WORDS_H

#include "base/span.h"
#include "model/case.h"
#include "model/lang.h"

/* How a number in a text stands to the value in the register; the table in doc/guide/writing.md. */
enum bound {
    BOUND_EXACT,
    BOUND_OVER,     /* value > n, and n at least two thirds of it */
    BOUND_AT_LEAST, /* value ≥ n, and n at least two thirds of it */
    BOUND_NEARLY,   /* n > value ≥ 0.9 n */
    BOUND_ABOUT,    /* within a tenth of n */
    BOUND_UNDER,    /* value < n, and at least two thirds of it */
    BOUND_UP_TO,    /* value ≤ n, and at least two thirds of it */
    BOUND_VAGUE,    /* "hundreds": value ≥ n, and below ten times n */
};

struct bound_words {
    struct span words;
    enum bound bound;
};

enum numeral_kind {
    NUMERAL_ADD,
    NUMERAL_HUNDRED,
    NUMERAL_SCALE,
    NUMERAL_JOIN,
    NUMERAL_ARTICLE,
    NUMERAL_BEFORE_SCALE, /* "a": a number only before "hundred" and the like */
};
struct numeral {
    struct span word;
    uint32_t value;
    enum numeral_kind kind;
};

/* "doubled": the newer value is `factor_percent` of the older, in hundredths. */
struct growth_words {
    struct span words;
    uint32_t factor_percent;
};

/* "hundreds of": at least that many. */
struct vague_words {
    struct span word;
    uint32_t at_least;
};

/* "issued a complaint": how far an allegation has come, says who writes it. */
struct legal_words {
    struct span words;
    enum legal_strength strength;
};

struct word_list {
    const struct span *items;
    size_t count;
};

struct words_of {
    struct word_list relative_dates; /* "last week" */
    struct word_list ago_before;     /* es: "hace" N days */
    struct word_list ago_between;    /* es: hace "unos" días; numbers may stand there too */
    struct word_list ago_units;      /* "days" */
    struct word_list ago_after;      /* en: N days "ago" */
    struct word_list weekday_before; /* "on" Friday */
    struct word_list weekdays;
    struct word_list months;
    struct word_list link_texts;          /* "click here" */
    struct word_list not_a_count_before;  /* "page", "section", "room": the number behind is a name */
    struct word_list number_joins;        /* pages 6 "and" 7 */
    struct word_list clock_after;         /* "a.m." */
    struct word_list clock_before;        /* "a las", "at" */
    struct word_list clock_follow;        /* at 7 "on" Friday, but not at 7 schools */
    struct word_list negations;           /* words that turn a sentence round: no brackets and no cut may hide one */
    struct word_list amounts;             /* numbers and quantities beside the numerals */
    struct word_list usual_in_names;      /* "schools", "union": no part of a name by which one knows whose it is */
    struct word_list legal_conclusions;   /* "unlawful": for a ruling to say */
    struct word_list legal_acts;          /* "violated": the same, as verbs */
    struct word_list legal_alleged;       /* "allegedly": what makes a conclusion in its clause somebody's */
    struct word_list legal_alleges;       /* "alleges that": the same, over commas */
    struct word_list legal_turns;         /* "but": what somebody alleges ends before it */
    struct word_list legal_and;           /* "and": so it does, with a comma before it or a verb behind it */
    struct word_list legal_still;         /* "not only" illegal: a negation that takes nothing back */
    struct word_list legal_small;         /* no one "has been" found guilty: they do not put a negation further off */
    struct word_list legal_asked;         /* "whether" it was illegal: nobody says so */
    struct word_list legal_charge_before; /* es: "cargo por" práctica injusta, which is a charge and no conclusion */
    struct word_list legal_charge_after;  /* en: an unfair practice "charge" */
    struct word_list legal_settled;       /* what says that an allegation was settled, and the next two */
    struct word_list legal_dismissed;
    struct word_list legal_reversed;
    const struct legal_words *legal_steps;
    size_t legal_step_count;
    const struct bound_words *bounds;
    size_t bound_count;
    const struct bound_words *bounds_after; /* "or more" */
    size_t bound_after_count;
    const struct numeral *numerals;
    size_t numeral_count;
    const struct growth_words *growths;
    size_t growth_count;
    const struct vague_words *vagues;
    size_t vague_count;
    bool dot_groups_thousands; /* "1.700" is 1700 */
};

const struct words_of *words_for(enum lang lang);

#endif
