/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Running heads, feet and page numbers: lines at the top or bottom of a page that come again, digits folded, at the same
 * end of another page; and a number alone at the very edge.
 *
 * Where words have boxes, top and bottom are where the eye sees them; on a typed page they are the first and last lines.
 */
#include "prose/quote_impl.h"

#include <stdlib.h>

enum { EDGE_LINES = 3, PAGE_LINES_MAX = 4096, ROMAN_MAX = 8 };

struct line {
    uint32_t page;
    uint32_t from; /* tokens */
    uint32_t to;
    int32_t top;
    int32_t bottom;
};

struct edge {
    uint32_t key; /* hash of the line, digits folded */
    uint32_t end; /* 0: top, 1: bottom */
    uint32_t page;
    uint32_t from;
    uint32_t to;
    bool is_number; /* alone, and outermost */
};

struct edges {
    LIST(struct edge) list;
};

static bool is_roman(struct span word)
{
    for (size_t i = 0; i < word.n; i++)
        if (span_find_char(S("ivxlc"), word.p[i]) == SPAN_NONE)
            return false;
    return word.n > 0 && word.n <= ROMAN_MAX;
}

static bool is_number(struct span word)
{
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] < '0' || word.p[i] > '9')
            return false;
    return word.n > 0;
}

static uint32_t key_of(const struct quote_index *x, const struct line *l)
{
    uint32_t key = l->to - l->from;

    for (uint32_t i = l->from; i < l->to; i++) {
        struct span word = x->words[x->tokens[i].id];
        uint32_t h = 2166136261u;
        bool was_digit = false;

        if (l->to - l->from == 1 && is_roman(word))
            word = S("0");
        for (size_t k = 0; k < word.n; k++) {
            bool digit = word.p[k] >= '0' && word.p[k] <= '9';

            if (digit && was_digit)
                continue;
            was_digit = digit;
            h = (h ^ (digit ? '#' : (uint8_t)word.p[k])) * 16777619u;
        }
        key = key * 31 + h;
    }
    return key;
}

/* The lines of a page, in its order. */
static size_t lines_of(const struct quote_index *x, uint32_t from, uint32_t to, struct line *lines)
{
    size_t count = 0;
    uint32_t last_line = 0;

    for (uint32_t i = from; i < to && count < PAGE_LINES_MAX; i++) {
        const struct token_of_doc *t = &x->tokens[i];
        const struct doc_word *w = &x->text->pages[t->page].words[t->word];
        struct line *l;

        if (count == 0 || w->line != last_line)
            lines[count++] = (struct line){.page = t->page, .from = i, .to = i, .top = w->box.y0, .bottom = w->box.y1};
        l = &lines[count - 1];
        l->to = i + 1;
        last_line = w->line;
        l->top = w->box.y0 < l->top ? w->box.y0 : l->top;
        l->bottom = w->box.y1 > l->bottom ? w->box.y1 : l->bottom;
    }
    return count;
}

static int compare_tops(const void *left, const void *right)
{
    const struct line *a = left;
    const struct line *b = right;

    if (a->top != b->top)
        return a->top < b->top ? -1 : 1;
    return (a->from > b->from) - (a->from < b->from);
}

static void add_edge(struct arena *a, const struct quote_index *x, struct edges *edges, const struct line *l,
                     uint32_t end, size_t rank)
{
    struct span only = x->words[x->tokens[l->from].id];

    *LIST_ADD(a, &edges->list) = (struct edge){
        .key = key_of(x, l),
        .end = end,
        .page = l->page,
        .from = l->from,
        .to = l->to,
        .is_number = rank == 0 && l->to - l->from == 1 && (is_number(only) || is_roman(only)),
    };
}

static int compare_edges(const void *left, const void *right)
{
    const struct edge *a = left;
    const struct edge *b = right;

    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->page != b->page)
        return a->page < b->page ? -1 : 1;
    return (a->from > b->from) - (a->from < b->from);
}

static void mark_edge(struct quote_index *x, const struct edge *e)
{
    for (uint32_t i = e->from; i < e->to; i++)
        x->tokens[i].flags |= TOKEN_HEAD;
}

static void mark_repeated(struct quote_index *x, const struct edge *edges, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t after = i;

        while (after < count && edges[after].end == edges[i].end && edges[after].key == edges[i].key)
            after++;
        for (size_t k = i; k < after; k++)
            if (edges[i].page != edges[after - 1].page || edges[k].is_number)
                mark_edge(x, &edges[k]);
        i = after;
    }
}

void heads_mark(struct arena *a, struct quote_index *x, const uint32_t *starts)
{
    struct edges edges = {0};
    struct line *lines = ARENA_ARRAY(a, struct line, PAGE_LINES_MAX);

    for (size_t page = 0; page < x->text->page_count; page++) {
        size_t count = lines_of(x, starts[page], starts[page + 1], lines);

        if (count && x->text->pages[page].reading != DOC_READING_TYPED)
            qsort(lines, count, sizeof *lines, compare_tops);
        for (size_t i = 0; i < count && i < EDGE_LINES; i++) {
            add_edge(a, x, &edges, &lines[i], 0, i);
            add_edge(a, x, &edges, &lines[count - 1 - i], 1, i);
        }
    }
    if (edges.list.count)
        qsort(edges.list.items, edges.list.count, sizeof *edges.list.items, compare_edges);
    mark_repeated(x, edges.list.items, edges.list.count);
}
