/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Inside the matcher: words as they are compared, the index of a document, a quotation as a row of items.
 */
#ifndef PROSE_QUOTE_IMPL_H
#define PROSE_QUOTE_IMPL_H

#include "prose/quote.h"

/* ---- quote_fold.c: text → words ---- */

struct cut_word {
    size_t at; /* in the text that is cut */
    size_t n;
    bool is_ascii;      /* and has nothing to leave out */
    bool is_damaged;    /* has a glyph that nobody mapped */
    bool joins;         /* a hyphen and then white space or the end: may be one word with the next */
    bool ends_sentence; /* a full stop or the like stands behind it */
};
struct cutter {
    struct span text;
    size_t at;
};
bool cut_next(struct cutter *c, struct cut_word *word_out);
/* As it is compared. In `small` when it fits there, else in `a`. A damaged glyph is U+FFFD. */
struct span cut_fold(struct arena *a, struct span text, const struct cut_word *w, char *small, size_t room);
/* Does `word` (folded) stand for `damaged`, of which each U+FFFD may be a ligature? */
bool cut_fits_damaged(struct span damaged, struct span word);

/* ---- quote_guard.c: what may not hide ---- */

enum { MARK_NEGATION = 1, MARK_NUMBER = 2, MARK_PARTY = 4, MARK_ANY = 7, PHRASE_MAX = 8 };
struct phrase {
    struct span words[PHRASE_MAX]; /* folded */
    size_t count;
    uint8_t mark;
    uint32_t next; /* of those with the same first word; 0: none, else index + 1 */
};
struct guard {
    LIST(struct phrase) phrases;
    uint32_t *slots; /* by the first word's hash */
    size_t slot_count;
};
void guard_init(struct guard *g, struct arena *a, const struct quote_rules *rules);
/* The first phrase that begins with this word, or null; phrases go on with guard_next(). */
const struct phrase *guard_first(const struct guard *g, struct span word);
const struct phrase *guard_next(const struct guard *g, const struct phrase *p);
/* Marks that the word has for itself: digits, “n’t”. */
uint8_t guard_word(struct span word);

uint32_t quote_hash(struct span s);

/* ---- quote_index.c ---- */

enum {
    TOKEN_MARKS = MARK_ANY,
    TOKEN_DAMAGED = 8,
    TOKEN_JOINS = 16,
    TOKEN_ENDS = 32, /* a sentence */
    TOKEN_HEAD = 64, /* of a running head or foot */
};
struct token_of_doc {
    uint32_t id;   /* of its word */
    uint32_t page; /* from 0 */
    uint32_t word; /* of its page */
    uint32_t flags;
};
/* The tokens in an order: all of them, or without heads and feet. */
struct view {
    uint32_t *order;
    uint32_t *pages; /* where each page begins; one more at the end */
    size_t count;
};
struct quote_index {
    const struct doc_text *text;
    struct token_of_doc *tokens;
    size_t count;
    struct span *words; /* by id */
    size_t word_count;
    uint32_t *slots; /* id + 1 */
    size_t slot_count;
    struct view all;
    struct view body;
    struct guard guard;
};
#define ID_NONE UINT32_MAX
uint32_t index_id(const struct quote_index *x, struct span word); /* ID_NONE when the document does not have it */

/* ---- quote_heads.c ---- */
/* Marks tokens of lines at top or bottom that come again on other pages. The tokens of page p are those from
 * `starts[p]` to `starts[p + 1]`. */
void heads_mark(struct arena *a, struct quote_index *x, const uint32_t *starts);

/* ---- quote_read.c: a quotation as items ---- */

enum item_kind { ITEM_WORD, ITEM_BRACKET, ITEM_CUT };
struct item {
    enum item_kind kind;
    size_t at; /* in the quotation */
    size_t n;
    struct span word;   /* WORD: folded */
    struct span joined; /* WORD: with the next, where a hyphen stands at a line's end; else empty */
    uint32_t id;
    uint32_t joined_id;
    bool is_forbidden;     /* BRACKET: holds a negation, a number or a party's name */
    struct span *contents; /* BRACKET: folded words */
    size_t content_count;
    bool is_open;   /* BRACKET: nothing but a cut or the beginning before it */
    bool is_closed; /* BRACKET: nothing but a cut or the end behind it */
};
struct items {
    LIST(struct item) list;
    size_t words;
};
/* Cuts at both ends are left out. `x` may be null: then nothing is looked up. */
void items_read(struct arena *a, const struct quote_index *x, struct span quotation, struct items *items_out);

/* ---- comparing, for quote_match.c and quote_near.c ---- */
struct place_in {
    const struct quote_index *x;
    const struct view *view;
    size_t from; /* in the view */
    size_t to;
};
static inline const struct token_of_doc *token_at(const struct place_in *p, size_t j)
{
    return &p->x->tokens[p->view->order[j]];
}
/* How many tokens at `j` are the word of `it`: 0, 1 or 2 (a hyphen at the line's end). `items_out`: how many items. */
size_t match_word(const struct place_in *p, const struct item *it, size_t j, size_t *items_out);
/* May brackets stand for the `n` tokens at `j`? */
bool match_bracket(const struct place_in *p, const struct item *it, size_t j, size_t n);
/* May brackets at the beginning or end of a stretch stand beside token `j`, or beside the text's end? */
bool match_open(const struct place_in *p, size_t j);
bool match_closed(const struct place_in *p, size_t j);

/* ---- quote_near.c ---- */
/* Where the quotation goes wrong in the place that is most like it. */
void near_find(struct arena *a, const struct place_in *p, const struct items *items, struct quote_result *result);

/* ---- both, to be held against each other in tests ---- */
bool match_all(struct arena *a, const struct place_in *p, const struct items *items, struct quote_result *r);
bool near_stands(struct arena *a, const struct place_in *p, const struct items *items);

#endif
