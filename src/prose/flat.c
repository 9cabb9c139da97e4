/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The words of a block as one line of text, with the way back to the source for each byte.
 *
 * The Markdown library cuts text at every special character; a phrase or a number may lie across a cut, or across a line
 * end. Checks of wording read this line instead. Quotations are marked here: “ ”, « », " "; ‘ ’ belong to what is
 * around them. A quotation that does not end in its block goes on to the block's end.
 */
#include "prose/prose_impl.h"

#include <string.h>

enum { NESTED_MAX = 8 * 1024 }; /* bytes in which marks inside marks are paired up */

struct builder {
    struct arena *arena;
    struct flat flat;
    size_t room;
    bool is_item; /* lists and block quotes in it are others' */
};

static void add(struct builder *b, struct span text, size_t from, uint8_t marks)
{
    if (text.n > b->room - b->flat.n) {
        size_t room = (b->flat.n + text.n) * 2;
        struct flat old = b->flat;

        b->flat.text = arena_alloc(b->arena, room);
        b->flat.from = ARENA_ARRAY(b->arena, uint32_t, room);
        b->flat.marks = ARENA_ARRAY(b->arena, uint8_t, room);
        if (old.n) {
            memcpy(b->flat.text, old.text, old.n);
            memcpy(b->flat.from, old.from, old.n * sizeof *old.from);
            memcpy(b->flat.marks, old.marks, old.n);
        }
        b->room = room;
    }
    for (size_t i = 0; i < text.n; i++) {
        b->flat.text[b->flat.n] = text.p[i];
        b->flat.from[b->flat.n] = (uint32_t)(from + i);
        b->flat.marks[b->flat.n] = marks;
        b->flat.n++;
    }
}

static void add_node(struct builder *b, const struct node *n, uint8_t marks)
{
    uint8_t inner = marks;
    size_t link = SPAN_NONE;

    switch (n->kind) {
    case NODE_TEXT:
        add(b, n->text, n->at, marks);
        return;
    case NODE_CODE:
        add(b, n->text, n->at, marks | FLAT_CODE);
        return;
    case NODE_SOFT_BREAK:
    case NODE_HARD_BREAK:
        add(b, S(" "), n->at, marks);
        return;
    case NODE_LINK:
        inner |= FLAT_LINK;
        link = b->flat.links.count;
        *LIST_ADD(b->arena, &b->flat.links) = (struct flat_link){.node = n, .from = b->flat.n};
        break;
    case NODE_IMAGE:
    case NODE_EMBED:
    case NODE_FIGURE:
        add(b, S(" "), n->at, marks | FLAT_BREAK); /* its words are a description, not a sentence of ours */
        return;
    case NODE_DOCUMENT:
    case NODE_PARAGRAPH:
    case NODE_HEADING:
    case NODE_LIST:
    case NODE_ITEM:
    case NODE_QUOTE:
    case NODE_CITE:
    case NODE_CODE_BLOCK:
    case NODE_RULE:
    case NODE_TABLE:
    case NODE_ROW:
    case NODE_CELL:
    case NODE_EMPH:
    case NODE_STRONG:
        break;
    }
    for (const struct node *child = n->first; child; child = child->next)
        add_node(b, child, inner);
    if (link != SPAN_NONE)
        b->flat.links.items[link].to = b->flat.n;
}

static const struct {
    struct span open;
    struct span close;
} quotes[] = {
    {SPAN_INIT("“"), SPAN_INIT("”")},
    {SPAN_INIT("«"), SPAN_INIT("»")},
    {SPAN_INIT("\""), SPAN_INIT("\"")},
};

/* Asked of every byte of a campaign's words, where nearly none is one. */
static bool may_begin_mark(char c)
{
    return c == '"' || c == '\xE2' || c == '\xC2';
}

static void mark_quotations(struct flat *f)
{
    struct span text = {f->text, f->n};
    struct span close = {0};

    for (size_t i = 0; i < f->n; i++) {
        struct span here;

        if (close.n)
            f->marks[i] |= FLAT_QUOTE;
        if (!may_begin_mark(f->text[i]))
            continue;
        here = span_from(text, i);
        if (close.n) {
            if (span_starts(here, close))
                close.n = 0;
            continue;
        }
        for (size_t q = 0; q < COUNT(quotes) && close.n == 0; q++)
            if (span_starts(here, quotes[q].open)) {
                close = quotes[q].close;
                f->marks[i] |= FLAT_QUOTE;
            }
    }
}

struct flat flat_of(struct arena *a, const struct node *n)
{
    struct builder b = {.arena = a};

    for (const struct node *child = n->first; child; child = child->next)
        add_node(&b, child, 0);
    mark_quotations(&b.flat);
    return b.flat;
}

struct flat flat_of_text(struct arena *a, struct span text)
{
    struct builder b = {.arena = a};

    add(&b, text, 0, 0);
    mark_quotations(&b.flat);
    return b.flat;
}

static void add_blocks(struct builder *b, const struct node *n)
{
    for (const struct node *child = n->first; child; child = child->next) {
        bool is_others = child->kind == NODE_LIST || child->kind == NODE_QUOTE || child->kind == NODE_TABLE;

        if (child->kind == NODE_CITE || child->kind == NODE_CODE_BLOCK || (b->is_item && is_others))
            continue;
        if (child->kind == NODE_PARAGRAPH || child->kind == NODE_HEADING || child->kind == NODE_CELL)
            add_node(b, child, 0);
        else if (child->kind < NODE_TEXT)
            add_blocks(b, child);
        add(b, S(" "), child->at, 0);
    }
}

struct flat flat_of_blocks(struct arena *a, const struct node *n)
{
    struct builder b = {.arena = a, .is_item = n->kind == NODE_ITEM};

    add_blocks(&b, n);
    mark_quotations(&b.flat);
    return b.flat;
}

/* Behind the mark that ends the quotation which `q` opens at `at`. Inside may be others of its kind; when they do not
 * pair up, the first closing mark counts. */
static size_t quotation_end(struct span text, size_t at, size_t q)
{
    size_t first = SPAN_NONE;
    size_t depth = 0;
    bool is_one = span_eq(quotes[q].open, quotes[q].close);
    size_t far = text.n - at > NESTED_MAX ? at + NESTED_MAX : text.n;

    for (size_t i = at; i < text.n;) {
        struct span here = span_from(text, i);

        if (i > at && span_starts(here, quotes[q].close)) {
            i += quotes[q].close.n;
            first = first == SPAN_NONE ? i : first;
            if (is_one || --depth == 0 || i > far)
                return i;
            continue;
        }
        if (i > far && first != SPAN_NONE)
            break;
        depth += span_starts(here, quotes[q].open);
        i++;
    }
    return first == SPAN_NONE ? text.n : first;
}

bool flat_next_quotation(const struct flat *f, size_t at, size_t *from_out, size_t *to_out)
{
    struct span text = {f->text, f->n};

    for (size_t i = at; i < f->n; i++) {
        for (size_t q = 0; q < COUNT(quotes) && may_begin_mark(f->text[i]); q++) {
            if (!span_starts(span_from(text, i), quotes[q].open) || (f->marks[i] & FLAT_CODE))
                continue;
            *from_out = i;
            *to_out = quotation_end(text, i, q);
            return true;
        }
    }
    return false;
}
