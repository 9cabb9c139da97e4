/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A line of text as words and numbers, for the checks of wording and of figures.
 */
#ifndef PROSE_SCAN_H
#define PROSE_SCAN_H

#include "model/campaign.h"
#include "prose/words.h"

struct token {
    size_t at;            /* offset in the text */
    struct span lower;    /* its letters in lower case; as long as what stands in the text */
    bool is_number;       /* begins with a digit and has only digits and separators */
    bool begins_sentence; /* a full stop, question or exclamation mark stands before it */
};

struct scan {
    struct span text;
    struct token *tokens;
    size_t count;
    const struct words_of *words;
};

/* Cuts `text` up. Tokens live in `a`. */
struct scan scan_text(struct arena *a, struct span text, enum lang lang);

/* Does `phrase` ("last week") stand at token `i`? Gives the number of its words, or 0. */
size_t scan_phrase_at(const struct scan *s, size_t i, struct span phrase);
/* The longest of the list at token `i`, in words; 0 for none. */
size_t scan_list_at(const struct scan *s, size_t i, const struct word_list *list);
/* Does one of the list end just before token `i`? */
bool scan_list_before(const struct scan *s, size_t i, const struct word_list *list);
/* The byte just before token `i`, or behind it; 0 at the text's ends. */
char scan_byte_before(const struct scan *s, size_t i);
char scan_byte_after(const struct scan *s, size_t i);

/* Is token `i` a digit or a word of a number? */
bool scan_is_numeral(const struct scan *s, size_t i);

struct number {
    struct decimal value;
    size_t at; /* where its words begin in the text, without the bound's */
    size_t n;
    size_t first_token;
    size_t after_token;
    enum bound bound;
    bool is_weak;  /* "one", "una": may be an article */
    bool is_words; /* written in words */
    bool is_percent;
};

/* The number that begins at token `i`: "1,700", "2.5 million", "forty-six", "dozens". False when none does. */
bool scan_number_at(const struct scan *s, size_t i, struct number *number_out);

#endif
