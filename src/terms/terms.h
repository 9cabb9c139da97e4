/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Words as search sees them: out of a text, without case and accents, and cut back to their stem.
 *
 * The index and the query go through these rules and no others, so both engines find the same. A change here that gives
 * another word for any text raises TERMS_RULES: indexes of before are then made anew.
 */
#ifndef TERMS_TERMS_H
#define TERMS_TERMS_H

#include "base/arena.h"
#include "model/lang.h"

enum { TERMS_RULES = 1, TERM_MAX = 96, TERM_STEMS = 2 };

/* The stemmers: one thread at a time. */
struct terms;
struct terms *terms_open(void);
void terms_close(struct terms **terms); /* accepts null */

/* A text being read; start with {.text = …}. What it holds changes with each terms_next(). */
struct terms_text {
    struct span text;
    size_t at;
    struct span word;   /* as it stands in `text` */
    struct span folded; /* "sindicalizacion": letters and digits, at most TERM_MAX bytes */
    bool is_apart;      /* a line ends before it: no phrase reaches over that */
    char folded_room[TERM_MAX];
};

/* The next word. Parts of "3543.1" and "co-op" are words of their own, "don't" and "1,700" are one, the 's of a possessive
 * belongs to none. False at the end. */
bool terms_next(struct terms_text *t);

/* The stems of the current word in that language: of the word as written, and of the word without its accents when that
 * is another. Folded; they live until the next call. */
size_t terms_stems(struct terms *terms, enum lang lang, const struct terms_text *t, struct span stems_out[TERM_STEMS]);

/* A character without case, accent and form, as names are compared that shall not be mistaken for each other: a wide B is
 * "b", an É is "e". Returns how many it is; 0 for one that nobody sees. */
enum { TERM_BARE = 4 };
size_t terms_bare(uint32_t code_point, uint32_t bare_out[TERM_BARE]);

/* A word that says nothing alone: "the", "can", "que". `folded` as above. */
bool terms_is_stop(enum lang lang, struct span folded);

#endif
