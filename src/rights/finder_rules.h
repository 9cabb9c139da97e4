/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * "May I do this, here, now?" as a rule: a question of three choices, and which rights answer it.
 *
 * What can be chosen is what the rights say, word for word but for case and spaces. Its key is made of the
 * main language's words, so that one address asks the same in every language. Nothing is guessed: a right answers
 * where its words are the chosen ones, or where its file says `everywhere` or `always`, and nowhere else.
 */
#ifndef RIGHTS_FINDER_RULES_H
#define RIGHTS_FINDER_RULES_H

#include "model/campaign.h"

enum finder_part { FINDER_ACTIVITY, FINDER_PLACE, FINDER_TIME };
enum { FINDER_PARTS = FINDER_TIME + 1 };

struct finder_choice {
    struct span key;               /* "break-room" */
    struct span words[LANG_COUNT]; /* empty: no right says it in that language. The first right's that does */
    enum lang lang;                /* in which there are words for sure */
    struct span folded;
    bool is_offered; /* a right has it that was not superseded */
};
struct finder_choices {
    LIST(struct finder_choice) list; /* in the order of the rights */
};

/* One right: its words in the language asked for, or else in another; its facts from the main file. */
struct finder_right {
    const struct entry *words;
    const struct entry *facts;
    size_t at[FINDER_PARTS]; /* its choices */
};
struct finder_rights {
    LIST(struct finder_right) list;
};

struct finder {
    const struct campaign *campaign;
    enum lang lang;
    struct finder_rights rights; /* by `order`, then key; what was superseded comes last */
    struct finder_choices choices[FINDER_PARTS];
};

/* Everything that can be asked of a campaign, for a page in `lang`. Lives in `a` and borrows from the campaign. */
const struct finder *finder_of(struct arena *a, const struct campaign *c, enum lang lang);
/* The words of a choice for a page in finder->lang, and the language they are in. */
struct span finder_words(const struct finder *f, const struct finder_choice *choice, enum lang *lang_out);

struct finder_question {
    const struct finder_choice *chosen[FINDER_PARTS]; /* null: not chosen */
    bool is_unknown[FINDER_PARTS];                    /* something was given that nobody offers */
};
/* Takes one part of a question as it came, any bytes; empty is "not chosen". */
void finder_choose(const struct finder *f, struct finder_question *q, enum finder_part part, struct span key);
/* The question that a right answers by its own words. */
struct finder_question finder_question_of(const struct finder *f, const struct finder_right *right);

enum finder_state {
    FINDER_BLANK,    /* nothing was chosen */
    FINDER_UNKNOWN,  /* something was chosen that is not there: no right is looked for */
    FINDER_PARTIAL,  /* `rights` fit what was chosen, but that is no answer yet */
    FINDER_ANSWERED, /* `verdict`; `rights` with the most careful first */
    FINDER_CONFLICT, /* one right says yes and another no: both in `rights`, and nobody should act on either */
    FINDER_NONE,     /* no right covers it. Also where nothing could be added that would find one */
};
struct finder_found {
    enum finder_state state;
    enum answer verdict;
    struct finder_rights rights;
    struct finder_rights near;  /* NONE: other rights about the same activity. They answer something else */
    struct finder_rights newer; /* what took the place of superseded rights that fit, if it is not in `rights` */
};
struct finder_found finder_answer(struct arena *a, const struct finder *f, const struct finder_question *q);

/* Is its review overdue on that day? Then the answer is shown with a warning. */
bool finder_is_due(const struct finder_right *right, struct date today);

#endif
