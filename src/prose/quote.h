/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Does a quotation stand on its page? Pure: the words of a document in, a yes or a place of difference out.
 *
 * Compared are words: after NFKC, without case, without apostrophes at their ends, with both readings of a hyphen at a
 * line's end, and with what a font without a map made of a ligature. Cuts keep the order; what stands in brackets was
 * added by the writer, or stands for up to three words, and is never a negation, a number or a party's name, nor stands
 * for one. Whatever says yes here was found word by word: there is no likeness that is near enough.
 */
#ifndef PROSE_QUOTE_H
#define PROSE_QUOTE_H

#include "model/document.h"

enum { QUOTE_BYTES_MAX = 32 * 1024, QUOTE_RANGES_MAX = 64 };

/* What may not hide behind brackets. */
struct quote_rules {
    const struct span *langs; /* codes of the document's languages; one we have no words for counts as all */
    size_t lang_count;
    const struct span *parties; /* names, as they are written */
    size_t party_count;
};

/* The words of one document, cut and numbered once. Borrows the text; lives in `a`. */
struct quote_index;
struct quote_index *quote_index_new(struct arena *a, const struct doc_text *text, const struct quote_rules *rules);
const struct doc_text *quote_index_text(const struct quote_index *x);
/* Words on those pages: what one comparison takes is in proportion to them. */
size_t quote_index_words(const struct quote_index *x, uint32_t first, uint32_t last);

/* Words of a page that a quotation stands on: words[first] to words[last]. */
struct quote_range {
    uint32_t page; /* place in the file, from 1 */
    uint32_t first;
    uint32_t last;
};

enum quote_verdict {
    QUOTE_STANDS,
    QUOTE_DIFFERS,  /* `at`, `n`: the first word that differs */
    QUOTE_BRACKET,  /* `at`, `n`: brackets that are, or stand for, what they may not */
    QUOTE_EMPTY,    /* no word of the document in it: nothing to compare, or brackets alone */
    QUOTE_TOO_LONG, /* past QUOTE_BYTES_MAX, or there are too many ways in which it may stand: not compared */
};

enum quote_cut { QUOTE_CUT_NEAR, QUOTE_CUT_NEGATION, QUOTE_CUT_PAGE };

struct quote_result {
    enum quote_verdict verdict;
    struct quote_range
        ranges[QUOTE_RANGES_MAX]; /* STANDS: in the quotation's order; the rest of a longer one is lost */
    size_t range_count;
    enum quote_cut cut; /* STANDS: what the worst cut leaves out */
    size_t cut_at;      /* offset of that cut in the quotation */
    size_t cut_n;
    struct span cut_words; /* NEGATION: which */

    /* quote_explain() fills in these */
    size_t at; /* offset in the quotation */
    size_t n;
    struct span has;         /* the document's words where it differs; empty when nothing there is like it */
    uint32_t has_page;       /* 0 with empty `has` */
    uint32_t elsewhere;      /* page of the document on which all of it stands; 0: on none */
    uint32_t elsewhere_last; /* the last of them */
};

/* Looks for the quotation on pages `first` to `last` (from 1, places in the file, clamped to what is there), taken as one
 * text. What comes out borrows from `a` and the document. `a` needs room for 512 MB. */
void quote_match(struct arena *a, const struct quote_index *x, struct span quotation, uint32_t first, uint32_t last,
                 struct quote_result *result_out);
/* Of one that differs: from which word on, what is there, and where else all of it stands. May be BRACKET then. */
void quote_explain(struct arena *a, const struct quote_index *x, struct span quotation, uint32_t first, uint32_t last,
                   struct quote_result *result);
/* Does all of it stand anywhere in the document? Fills in verdict and ranges alone. */
bool quote_find(struct arena *a, const struct quote_index *x, struct span quotation, struct quote_result *result_out);

/* Words in a quotation that are compared: without those in brackets. */
size_t quote_word_count(struct arena *a, struct span quotation);

#endif
