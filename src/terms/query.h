/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What somebody typed into the search field, taken apart; and where it is found in a text.
 *
 * A part is a word, found in all its forms, or words side by side, found as they stand: what is in quotation marks, and
 * what was typed without a space ("3543.1"). A text is found when every part is. Anything typed is either a query or one
 * of the faults below; nothing is guessed and nothing can break it.
 */
#ifndef TERMS_QUERY_H
#define TERMS_QUERY_H

#include "base/buf.h"
#include "terms/terms.h"

enum { QUERY_CHARS_MAX = 200, QUERY_WORDS_MAX = 12 };

enum query_fault {
    QUERY_FINE = 0,
    QUERY_EMPTY,      /* nothing but white space */
    QUERY_NO_WORDS,   /* signs alone: "§ — !" */
    QUERY_TOO_LONG,   /* over QUERY_CHARS_MAX characters */
    QUERY_TOO_MANY,   /* over QUERY_WORDS_MAX words */
    QUERY_UNREADABLE, /* not UTF-8, or a NUL */
};

struct query_word {
    struct span folded;
    struct span stems[LANG_COUNT][TERM_STEMS]; /* of a part that is one word */
    struct span forms[LANG_COUNT][TERM_STEMS]; /* the same as they stand among forms: " en=sign " */
    size_t stem_count[LANG_COUNT];
};

struct query_part {
    bool is_exact;      /* as it stands: no other form */
    bool is_stop;       /* not asked for where other parts are */
    struct span phrase; /* " smaller classes ": as it stands in a folded text */
    const struct query_word *words;
    size_t count;
};

struct query {
    LIST(struct query_part) parts;
    size_t words;
};

/* `lang`: of the page, for the words that say nothing alone. Everything lives in `a`; `query_out` is whole with QUERY_FINE
 * alone. */
MUST_USE enum query_fault query_parse(struct terms *terms, struct arena *a, enum lang lang, struct span typed,
                                      struct query *query_out);

/* A text as phrases are looked up in it: " smaller classes | now ", a bar where a line ends. Appends; `out` begins and ends
 * with a space. */
void query_fold(struct buf *out, struct span text);
/* All forms of its words, each once, with a space on both sides: what an index holds. A stem is "en=sign". */
struct span query_forms(struct terms *terms, struct arena *a, enum lang lang, struct span text);
/* "smaller+classes " for each two that stand side by side: with these an index narrows phrases. Appends. */
void query_pairs(struct buf *out, struct span text);
/* "en=sign" */
struct span query_stem_form(struct arena *a, enum lang lang, struct span stem);

/* Is every phrase of more than two words in a folded text? (Those of two are their pair.) */
bool query_phrases_are_in(const struct query *query, struct span folded);
/* Is every part in a text of that language, given folded and as forms? */
bool query_is_in(const struct query *query, enum lang lang, struct span folded, struct span forms);

/* Where the query stands in a text: in order, apart from each other, on whole characters. */
struct query_mark {
    size_t at;
    size_t n;
    uint32_t parts; /* bit by bit */
};
struct query_marks {
    LIST(struct query_mark) list;
};
void query_mark(struct terms *terms, struct arena *a, const struct query *query, enum lang lang, struct span text,
                struct query_marks *marks_out);

#endif
