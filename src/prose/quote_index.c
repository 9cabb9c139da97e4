/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The words of a document, each cut, folded and numbered once, so that a quotation is compared as numbers.
 *
 * Two orders over one list of tokens: all of them, and without running heads and feet. Equal words have equal numbers.
 */
#include "prose/quote_impl.h"

#include <string.h>

enum { SLOTS_FIRST = 1024, SMALL = 256 };

static uint32_t *slot_of(const struct quote_index *x, struct span word)
{
    size_t i = quote_hash(word) & (x->slot_count - 1);

    while (x->slots[i] && !span_eq(x->words[x->slots[i] - 1], word))
        i = (i + 1) & (x->slot_count - 1);
    return &x->slots[i];
}

uint32_t index_id(const struct quote_index *x, struct span word)
{
    uint32_t slot = *slot_of(x, word);

    return slot ? slot - 1 : ID_NONE;
}

static void grow(struct arena *a, struct quote_index *x)
{
    struct span *words = ARENA_ARRAY(a, struct span, x->slot_count);

    if (x->word_count)
        memcpy(words, x->words, x->word_count * sizeof *words);
    x->words = words;
    x->slot_count *= 2;
    x->slots = ARENA_ARRAY(a, uint32_t, x->slot_count);
    for (size_t i = 0; i < x->word_count; i++)
        *slot_of(x, x->words[i]) = (uint32_t)i + 1;
}

static uint32_t add_word(struct arena *a, struct quote_index *x, struct span folded)
{
    uint32_t *slot = slot_of(x, folded);

    if (*slot)
        return *slot - 1;
    if ((x->word_count + 1) * 2 > x->slot_count) {
        grow(a, x);
        slot = slot_of(x, folded);
    }
    x->words[x->word_count++] = arena_dup(a, folded);
    *slot = (uint32_t)x->word_count;
    return *slot - 1;
}

struct tokens {
    LIST(struct token_of_doc) list;
};

/* A word of the page is none, one or several of ours. */
static void add_tokens(struct arena *a, struct quote_index *x, struct tokens *tokens, uint32_t page, uint32_t n)
{
    const struct doc_page *p = &x->text->pages[page];
    const struct doc_word *word = &p->words[n];
    bool is_last = n + 1 == p->word_count || word[1].line != word->line;
    struct cutter c = {.text = word->text};
    struct cut_word w;
    char small[SMALL];

    while (cut_next(&c, &w)) {
        struct token_of_doc *t = LIST_ADD(a, &tokens->list);

        *t = (struct token_of_doc){
            .id = add_word(a, x, cut_fold(a, word->text, &w, small, sizeof small)), .page = page, .word = n};
        if (w.is_damaged)
            t->flags |= TOKEN_DAMAGED;
        if (w.joins && is_last)
            t->flags |= TOKEN_JOINS;
        if (w.ends_sentence)
            t->flags |= TOKEN_ENDS;
    }
}

static bool phrase_stands(const struct quote_index *x, const struct phrase *p, size_t at)
{
    if (p->count > x->count - at)
        return false;
    for (size_t i = 1; i < p->count; i++)
        if (!span_eq(x->words[x->tokens[at + i].id], p->words[i]))
            return false;
    return true;
}

static void mark_guarded(struct arena *a, struct quote_index *x)
{
    uint8_t *own = ARENA_ARRAY(a, uint8_t, x->word_count + 1);
    const struct phrase **first = ARENA_ARRAY(a, const struct phrase *, x->word_count + 1);

    for (size_t i = 0; i < x->word_count; i++) {
        own[i] = guard_word(x->words[i]);
        first[i] = guard_first(&x->guard, x->words[i]);
    }
    for (size_t i = 0; i < x->count; i++) {
        x->tokens[i].flags |= own[x->tokens[i].id];
        for (const struct phrase *p = first[x->tokens[i].id]; p; p = guard_next(&x->guard, p))
            for (size_t k = 0; phrase_stands(x, p, i) && k < p->count; k++)
                x->tokens[i + k].flags |= p->mark;
    }
}

static struct view view_of(struct arena *a, const struct quote_index *x, bool with_heads)
{
    size_t pages = x->text->page_count;
    struct view v = {.order = ARENA_ARRAY(a, uint32_t, x->count + 1), .pages = ARENA_ARRAY(a, uint32_t, pages + 1)};
    size_t page = 0;

    for (size_t i = 0; i < x->count; i++) {
        if (!with_heads && (x->tokens[i].flags & TOKEN_HEAD))
            continue;
        while (page <= x->tokens[i].page)
            v.pages[page++] = (uint32_t)v.count;
        v.order[v.count++] = (uint32_t)i;
    }
    while (page <= pages)
        v.pages[page++] = (uint32_t)v.count;
    return v;
}

struct quote_index *quote_index_new(struct arena *a, const struct doc_text *text, const struct quote_rules *rules)
{
    struct quote_index *x = ARENA_NEW(a, struct quote_index);
    struct tokens tokens = {0};
    uint32_t *starts = ARENA_ARRAY(a, uint32_t, text->page_count + 1);

    x->text = text;
    x->slot_count = SLOTS_FIRST;
    x->slots = ARENA_ARRAY(a, uint32_t, x->slot_count);
    x->words = ARENA_ARRAY(a, struct span, x->slot_count / 2);
    guard_init(&x->guard, a, rules);
    for (size_t page = 0; page < text->page_count; page++) {
        starts[page] = (uint32_t)tokens.list.count;
        for (size_t i = 0; i < text->pages[page].word_count; i++)
            add_tokens(a, x, &tokens, (uint32_t)page, (uint32_t)i);
    }
    starts[text->page_count] = (uint32_t)tokens.list.count;
    x->tokens = tokens.list.items;
    x->count = tokens.list.count;
    mark_guarded(a, x);
    heads_mark(a, x, starts);
    x->all = view_of(a, x, true);
    x->body = view_of(a, x, false);
    return x;
}

const struct doc_text *quote_index_text(const struct quote_index *x)
{
    return x->text;
}

size_t quote_index_words(const struct quote_index *x, uint32_t first, uint32_t last)
{
    size_t pages = x->text->page_count;

    if (last > pages)
        last = (uint32_t)pages;
    return first == 0 || first > last ? 0 : x->all.pages[last] - x->all.pages[first - 1];
}
