/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Where a quotation that does not stand goes wrong: the place that is most like it, and the first word that differs there.
 *
 * An alignment of items and tokens with the least cost, free at both ends. Cost 0 is just what quote_match.c calls
 * standing, so the two can be held against each other in tests.
 */
#include "prose/quote_impl.h"

#include <string.h>

enum { CELLS_MAX = 8 * 1024 * 1024, COST_WRONG = 3, COST_MISSING = 2, COST_BRACKET = 1, FAR = 60000, HAS_WORDS = 8 };

enum op {
    OP_NONE,
    OP_MATCH,                        /* one item, one token */
    OP_MATCH_TWO,                    /* one item, two tokens */
    OP_MATCH_JOINED,                 /* two items, one token */
    OP_WRONG,                        /* one item, one token, unequal */
    OP_EXTRA,                        /* an item that the document does not have */
    OP_LEFT_OUT,                     /* a token that the quotation does not have */
    OP_CUT_END,                      /* the item of a cut itself */
    OP_CUT_SKIP,                     /* a token in a cut */
    OP_BRACKET_BAD,                  /* forbidden, or for what it may not stand for; and as many tokens, up to three */
    OP_BRACKET = OP_BRACKET_BAD + 4, /* and as many tokens as are added to it */
};

struct grid {
    struct place_in p;
    const struct item *items;
    size_t n;     /* items */
    size_t m;     /* tokens */
    uint8_t *ops; /* (n + 1) × (m + 1) */
    uint16_t *rows[3];
};

static void offer(struct grid *g, size_t i, size_t j, unsigned cost, unsigned op)
{
    uint16_t *cell = &g->rows[i % 3][j];

    if (cost >= *cell)
        return;
    *cell = (uint16_t)cost;
    g->ops[i * (g->m + 1) + j] = (uint8_t)op;
}

static void clear_row(struct grid *g, size_t i)
{
    for (size_t j = 0; j <= g->m; j++)
        g->rows[i % 3][j] = FAR;
}

static void fill_word(struct grid *g, size_t i, size_t j, unsigned cost)
{
    size_t taken;
    size_t n = j < g->m ? match_word(&g->p, &g->items[i], g->p.from + j, &taken) : 0;

    if (n && taken == 2 && i + 2 <= g->n)
        offer(g, i + 2, j + 1, cost, OP_MATCH_JOINED);
    else if (n)
        offer(g, i + 1, j + n, cost, n == 2 ? OP_MATCH_TWO : OP_MATCH);
    if (j < g->m)
        offer(g, i + 1, j + 1, cost + COST_WRONG, OP_WRONG);
    offer(g, i + 1, j, cost + COST_WRONG, OP_EXTRA);
}

static bool is_content(const struct grid *g, const struct item *it, size_t at, size_t n)
{
    struct item forbidden = *it;

    forbidden.is_forbidden = true; /* then only the same words fit */
    return n && match_bracket(&g->p, &forbidden, at, n);
}

static void fill_bracket(struct grid *g, size_t i, size_t j, unsigned cost)
{
    const struct item *it = &g->items[i];
    size_t at = g->p.from + j;
    size_t n = it->content_count;
    bool is_same = it->is_open ? at >= n && is_content(g, it, at - n, n) : is_content(g, it, at, n);

    if (it->is_open || it->is_closed) {
        bool fits = is_same || (!it->is_forbidden && (it->is_open ? match_open(&g->p, at) : match_closed(&g->p, at)));

        offer(g, i + 1, j, fits && !(it->is_open && it->is_closed) ? cost : cost + COST_BRACKET,
              fits ? OP_BRACKET : OP_BRACKET_BAD);
        return;
    }
    for (size_t k = 0; k <= 3 || k <= n; k++)
        if (k <= g->m - j && k < 200 && match_bracket(&g->p, it, at, k))
            offer(g, i + 1, j + k, cost, (unsigned)(OP_BRACKET + k));
    for (size_t k = 0; k <= 3 && k <= g->m - j; k++)
        offer(g, i + 1, j + k, cost + COST_BRACKET, (unsigned)(OP_BRACKET_BAD + k));
}

static void fill_row(struct grid *g, size_t i)
{
    enum item_kind kind = g->items[i].kind;

    if (i + 2 <= g->n)
        clear_row(g, i + 2);
    for (size_t j = 0; j <= g->m; j++) {
        unsigned cost = g->rows[i % 3][j];

        if (i > 0 && j > 0 && g->items[i - 1].kind != ITEM_CUT) { /* a token nobody quoted */
            unsigned left = g->rows[i % 3][j - 1] + (unsigned)COST_MISSING;

            if (left < cost) {
                offer(g, i, j, left, OP_LEFT_OUT);
                cost = left;
            }
        }
        if (kind == ITEM_CUT) {
            offer(g, i + 1, j, cost, OP_CUT_END);
            if (j > 0)
                offer(g, i + 1, j, g->rows[(i + 1) % 3][j - 1], OP_CUT_SKIP);
        } else if (kind == ITEM_BRACKET) {
            fill_bracket(g, i, j, cost);
        } else {
            fill_word(g, i, j, cost);
        }
    }
}

/* ---- the way back ---- */

struct move {
    uint8_t op;
    uint32_t item; /* first item and token that it takes */
    uint32_t token;
    uint32_t items;
    uint32_t tokens;
};

static struct move move_of(uint8_t op)
{
    struct move m = {.op = op >= OP_BRACKET ? OP_BRACKET : op > OP_BRACKET_BAD ? OP_BRACKET_BAD : op};

    switch (op) {
    case OP_MATCH:
    case OP_WRONG:
        m.items = m.tokens = 1;
        break;
    case OP_MATCH_TWO:
        m.items = 1;
        m.tokens = 2;
        break;
    case OP_MATCH_JOINED:
        m.items = 2;
        m.tokens = 1;
        break;
    case OP_EXTRA:
    case OP_CUT_END:
        m.items = 1;
        break;
    case OP_LEFT_OUT:
    case OP_CUT_SKIP:
        m.tokens = 1;
        break;
    default:
        m.items = 1;
        m.tokens = (uint32_t)(op - m.op);
        break;
    }
    return m;
}

static bool is_wrong(uint8_t op)
{
    return op == OP_WRONG || op == OP_EXTRA || op == OP_LEFT_OUT || op == OP_BRACKET_BAD;
}

/* The moves from the beginning to the end; gives their count. */
static size_t walk_back(struct arena *a, const struct grid *g, struct move **moves_out)
{
    size_t most = g->n + g->m + 1;
    struct move *moves = ARENA_ARRAY(a, struct move, most);
    size_t i = g->n;
    size_t j = 0;
    size_t count = most;

    for (size_t k = 1; k <= g->m; k++) {
        uint16_t least = g->rows[g->n % 3][j];
        uint16_t cost = g->rows[g->n % 3][k];

        if (cost < least || (cost == least && g->ops[g->n * (g->m + 1) + j] == OP_EXTRA))
            j = k; /* another word there says more than none */
    }
    while (i > 0 && count > 0) {
        struct move m = move_of(g->ops[i * (g->m + 1) + j]);

        if (m.op == OP_NONE || m.items > i || m.tokens > j)
            break;
        i -= m.items;
        j -= m.tokens;
        m.item = (uint32_t)i;
        m.token = (uint32_t)j;
        moves[--count] = m;
    }
    *moves_out = moves + count;
    return most - count;
}

/* The document's words from token `from` to `to` of the place, without what stands around them. */
static struct span words_of_page(struct arena *a, const struct place_in *p, size_t from, size_t to)
{
    struct buf b;
    struct cutter c = {0};
    struct cut_word w;
    size_t start = SPAN_NONE;
    size_t end = 0;
    const struct token_of_doc *last = NULL;
    size_t count = 0;

    buf_init(&b, a, 4096);
    for (size_t j = from; j < to && count < HAS_WORDS; j++) {
        const struct token_of_doc *t = token_at(p, j);

        if (last && last->page == t->page && last->word == t->word)
            continue;
        if (last)
            buf_char(&b, ' ');
        buf_put(&b, p->x->text->pages[t->page].words[t->word].text);
        last = t;
        count++;
    }
    c.text = buf_span(&b);
    while (cut_next(&c, &w)) {
        start = start == SPAN_NONE ? w.at : start;
        end = w.at + w.n;
    }
    return start == SPAN_NONE ? c.text : span_sub(c.text, start, end - start);
}

static void tell(struct arena *a, const struct grid *g, const struct move *moves, size_t count, size_t first,
                 struct quote_result *r)
{
    size_t after = first;
    size_t from = g->p.from + moves[first].token;
    size_t to = from;
    size_t item = moves[first].item;
    size_t items = 0;

    r->verdict = moves[first].op == OP_BRACKET_BAD ? QUOTE_BRACKET : QUOTE_DIFFERS;
    while (after < count && is_wrong(moves[after].op)) {
        to = g->p.from + moves[after].token + moves[after].tokens;
        items += moves[after].items;
        after++;
    }
    if (to == from || items == 0) { /* show what stands around the hole, or behind what was left out */
        if (from > g->p.from && to == from)
            from--;
        if (to < g->p.to)
            to++;
    }
    if (item >= g->n)
        item = g->n - 1;
    r->at = g->items[item].at;
    r->n = g->items[item].n;
    if (from < to) {
        r->has = words_of_page(a, &g->p, from, to);
        r->has_page = token_at(&g->p, from)->page + 1;
    }
}

/* Fills the grid; false when there is no room or nothing to fill. */
static bool align(struct arena *a, struct grid *g)
{
    if (g->m == 0 || g->m >= CELLS_MAX / 2)
        return false;
    if (g->n > CELLS_MAX / (g->m + 1) - 1)
        g->n = CELLS_MAX / (g->m + 1) - 1;
    g->ops = ARENA_ARRAY(a, uint8_t, (g->n + 1) * (g->m + 1));
    for (size_t i = 0; i < COUNT(g->rows); i++)
        g->rows[i] = ARENA_ARRAY(a, uint16_t, g->m + 1);
    clear_row(g, 1);
    for (size_t i = 0; i < g->n; i++)
        fill_row(g, i);
    return true;
}

void near_find(struct arena *a, const struct place_in *p, const struct items *items, struct quote_result *result)
{
    struct grid g = {.p = *p, .items = items->list.items, .n = items->list.count, .m = p->to - p->from};
    struct move *moves;
    size_t count;
    size_t matched = 0;
    size_t first = SPAN_NONE;

    if (!align(a, &g))
        return;
    count = walk_back(a, &g, &moves);
    for (size_t i = 0; i < count; i++) {
        matched += moves[i].op >= OP_MATCH && moves[i].op <= OP_MATCH_JOINED ? moves[i].items : 0;
        if (first == SPAN_NONE && is_wrong(moves[i].op))
            first = i;
    }
    if (first != SPAN_NONE && matched * 3 >= items->words)
        tell(a, &g, moves, count, first, result);
}

bool near_stands(struct arena *a, const struct place_in *p, const struct items *items)
{
    struct grid g = {.p = *p, .items = items->list.items, .n = items->list.count, .m = p->to - p->from};

    if (g.n == 0 || !align(a, &g))
        return false;
    for (size_t j = 0; j <= g.m; j++)
        if (g.rows[g.n % 3][j] == 0)
            return true;
    return false;
}
