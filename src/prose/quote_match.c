/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Looks for all of a quotation, word by word, on some pages taken as one text.
 *
 * For each item the places are kept that the quotation so far may have led to. Between two stretches any number of words
 * may be left out; of the ways that fit, one whose cuts swallow no negation and no page is taken where there is one.
 */
#include "prose/quote_impl.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT32_MAX
enum { STANDS_FOR_MAX = 3, STEPS_MAX = 2 * 1000 * 1000 };

/* ---- one item at one place ---- */

static bool word_is(const struct place_in *p, const struct token_of_doc *t, struct span word, uint32_t id)
{
    if (t->flags & TOKEN_DAMAGED)
        return cut_fits_damaged(p->x->words[t->id], word);
    return t->id == id;
}

/* "co-" at a line's end and "operate" are "cooperate". */
static bool halves_are(const struct place_in *p, const struct token_of_doc *t, const struct token_of_doc *next,
                       struct span word)
{
    struct span first = p->x->words[t->id];
    struct span second = p->x->words[next->id];
    char joined[512];

    if (!((t->flags | next->flags) & TOKEN_DAMAGED))
        return word.n == first.n + second.n && span_starts(word, first) && span_ends(word, second);
    if (span_ends(first, S("\xEF\xBF\xBD"))) /* it was the hyphen */
        first.n -= 3;
    if (first.n + second.n > sizeof joined)
        return false;
    if (first.n)
        memcpy(joined, first.p, first.n);
    memcpy(joined + first.n, second.p, second.n);
    return cut_fits_damaged((struct span){joined, first.n + second.n}, word);
}

size_t match_word(const struct place_in *p, const struct item *it, size_t j, size_t *items_out)
{
    const struct token_of_doc *t = token_at(p, j);

    *items_out = 1;
    if (word_is(p, t, it->word, it->id))
        return 1;
    if ((t->flags & TOKEN_JOINS) && j + 1 < p->to && halves_are(p, t, token_at(p, j + 1), it->word))
        return 2;
    *items_out = 2;
    return it->joined.n && word_is(p, t, it->joined, it->joined_id) ? 1 : 0;
}

static bool contents_are(const struct place_in *p, const struct item *it, size_t j, size_t n)
{
    if (n != it->content_count || n > p->to - j)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!span_eq(p->x->words[token_at(p, j + i)->id], it->contents[i]))
            return false;
    return true;
}

bool match_bracket(const struct place_in *p, const struct item *it, size_t j, size_t n)
{
    if (n > p->to - j)
        return false;
    if (n && contents_are(p, it, j, n))
        return true; /* the document's own brackets */
    if (it->is_forbidden || n > STANDS_FOR_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if (token_at(p, j + i)->flags & MARK_ANY)
            return false;
    return true;
}

bool match_open(const struct place_in *p, size_t j)
{
    return j == 0 || !(token_at(p, j - 1)->flags & MARK_ANY) || (token_at(p, j - 1)->flags & TOKEN_ENDS);
}

bool match_closed(const struct place_in *p, size_t j)
{
    return j >= p->view->count || !(token_at(p, j)->flags & MARK_ANY) ||
           (j > 0 && (token_at(p, j - 1)->flags & TOKEN_ENDS));
}

/* ---- all items ---- */

struct step {
    uint32_t at;     /* behind what is matched */
    uint32_t parent; /* a step, or NOWHERE */
    uint32_t from;   /* first token of the word; NOWHERE: no word */
    uint32_t gap;    /* first token that a far cut leaves out */
    uint32_t item;   /* of the far cut */
    uint8_t cut;     /* enum quote_cut: the worst so far */
};
struct steps {
    LIST(struct step) list;
};
struct reach {
    LIST(uint32_t) list; /* steps */
};
struct search {
    struct arena *arena;
    struct place_in p;
    const struct items *items;
    struct steps steps;
    struct reach *reach; /* behind each item */
    bool is_too_long;    /* steps were left out */
};

static void arrive(struct search *s, size_t boundary, struct step step)
{
    if (s->steps.list.count >= STEPS_MAX) {
        s->is_too_long = true;
        return;
    }
    *LIST_ADD(s->arena, &s->steps.list) = step;
    *LIST_ADD(s->arena, &s->reach[boundary].list) = (uint32_t)s->steps.list.count - 1;
}

struct ranked {
    uint32_t at;
    uint32_t cut;
    uint32_t step;
};

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;

    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return a->cut != b->cut ? (a->cut > b->cut) - (a->cut < b->cut) : (a->step > b->step) - (a->step < b->step);
}

/* In the order of their places, of each place the one with the best cuts. */
static void settle(struct search *s, size_t boundary)
{
    struct reach *r = &s->reach[boundary];
    const struct step *steps = s->steps.list.items;
    struct ranked *ranked;
    bool in_order = true;
    size_t kept = 0;

    for (size_t i = 1; i < r->list.count; i++)
        in_order = in_order && steps[r->list.items[i - 1]].at < steps[r->list.items[i]].at;
    if (in_order)
        return;
    ranked = ARENA_ARRAY(s->arena, struct ranked, r->list.count);
    for (size_t i = 0; i < r->list.count; i++)
        ranked[i] = (struct ranked){steps[r->list.items[i]].at, steps[r->list.items[i]].cut, r->list.items[i]};
    qsort(ranked, r->list.count, sizeof *ranked, compare_ranked);
    for (size_t i = 0; i < r->list.count; i++)
        if (i == 0 || ranked[i].at != ranked[i - 1].at)
            r->list.items[kept++] = ranked[i].step;
    r->list.count = kept;
}

/* What a cut from `a` to `b` leaves out. */
static enum quote_cut judge_cut(const struct place_in *p, size_t a, size_t b, size_t last_negation)
{
    size_t page_a = token_at(p, a ? a - 1 : 0)->page;
    size_t page_b = token_at(p, b)->page;

    if (last_negation != SPAN_NONE && last_negation >= a && last_negation < b)
        return QUOTE_CUT_NEGATION;
    if (page_b > page_a + 1 || (page_b == page_a + 1 && b - p->view->pages[page_b] >= a - p->view->pages[page_a]))
        return QUOTE_CUT_PAGE;
    return QUOTE_CUT_NEAR;
}

/* The best way to reach `b` over a cut, of those that end at or before it. */
static struct step over_cut(const struct search *s, const struct reach *r, size_t passed, size_t last_clean, size_t b,
                            size_t last_negation, uint32_t cut_item)
{
    const struct step *steps = s->steps.list.items;
    uint32_t from = r->list.items[passed - 1];
    struct step step = {.parent = from, .cut = steps[from].cut, .gap = steps[from].gap, .item = steps[from].item};
    enum quote_cut cut;

    if (last_clean != SPAN_NONE) {
        from = r->list.items[last_clean];
        step = (struct step){.parent = from};
    }
    cut = judge_cut(&s->p, steps[from].at, b, last_negation);
    if (cut != QUOTE_CUT_NEAR && step.cut == QUOTE_CUT_NEAR) {
        step.cut = (uint8_t)cut;
        step.gap = steps[from].at;
        step.item = cut_item;
    }
    return step;
}

static bool open_fits(const struct search *s, const struct item *bracket, size_t j)
{
    size_t n = bracket->content_count;

    if (j >= n && contents_are(&s->p, bracket, j - n, n))
        return true;
    return !bracket->is_forbidden && match_open(&s->p, j);
}

/* A word that may stand anywhere: the first of all, or behind a cut (`cut_item`, counted from 1). */
static void take_free_word(struct search *s, size_t i, const struct item *open, const struct reach *before,
                           uint32_t cut_item)
{
    const struct item *it = &s->items->list.items[i];
    size_t passed = 0;
    size_t last_clean = SPAN_NONE;
    size_t last_negation = SPAN_NONE;

    for (size_t j = s->p.from; j < s->p.to; j++) {
        struct step step = {.parent = NOWHERE};
        size_t items;
        size_t n;

        while (before && passed < before->list.count && s->steps.list.items[before->list.items[passed]].at <= j) {
            if (s->steps.list.items[before->list.items[passed]].cut == QUOTE_CUT_NEAR)
                last_clean = passed;
            passed++;
        }
        n = before && passed == 0 ? 0 : match_word(&s->p, it, j, &items);
        if (n && (open == NULL || open_fits(s, open, j))) {
            if (before)
                step = over_cut(s, before, passed, last_clean, j, last_negation, cut_item);
            step.from = (uint32_t)j;
            step.at = (uint32_t)(j + n);
            arrive(s, i + items, step);
        }
        if (token_at(&s->p, j)->flags & MARK_NEGATION)
            last_negation = j;
    }
}

static void take_word(struct search *s, size_t i)
{
    const struct item *items = s->items->list.items;
    size_t back = i;
    const struct item *open = NULL;

    if (back && items[back - 1].kind == ITEM_BRACKET && items[back - 1].is_open)
        open = &items[--back];
    if (back == 0) {
        take_free_word(s, i, open, NULL, 0);
        return;
    }
    if (items[back - 1].kind == ITEM_CUT) {
        take_free_word(s, i, open, &s->reach[back - 1], (uint32_t)(back - 1));
        return;
    }
    for (size_t k = 0; k < s->reach[i].list.count; k++) {
        uint32_t from = s->reach[i].list.items[k];
        struct step step = s->steps.list.items[from];
        size_t taken;
        size_t n = step.at < s->p.to ? match_word(&s->p, &items[i], step.at, &taken) : 0;

        if (n == 0)
            continue;
        step.parent = from;
        step.from = step.at;
        step.at += (uint32_t)n;
        arrive(s, i + taken, step);
    }
}

static void take_bracket(struct search *s, size_t i)
{
    const struct item *it = &s->items->list.items[i];

    if (it->is_open)
        return; /* the word behind it looks at it */
    for (size_t k = 0; k < s->reach[i].list.count; k++) {
        uint32_t from = s->reach[i].list.items[k];
        struct step step = s->steps.list.items[from];
        size_t at = step.at;

        step.parent = from;
        step.from = NOWHERE;
        if (it->is_closed) {
            if (contents_are(&s->p, it, at, it->content_count) || (!it->is_forbidden && match_closed(&s->p, at)))
                arrive(s, i + 1, step);
            continue;
        }
        for (size_t n = 0; n <= STANDS_FOR_MAX || n <= it->content_count; n++) {
            if (!match_bracket(&s->p, it, at, n))
                continue;
            step.at = (uint32_t)(at + n);
            arrive(s, i + 1, step);
        }
    }
}

/* ---- what comes out ---- */

static void add_range(struct quote_result *r, const struct token_of_doc *t)
{
    struct quote_range *last = r->range_count ? &r->ranges[r->range_count - 1] : NULL;

    if (last && last->page == t->page + 1 && t->word >= last->last && t->word <= last->last + 1) {
        last->last = t->word;
        return;
    }
    if (r->range_count < QUOTE_RANGES_MAX)
        r->ranges[r->range_count++] = (struct quote_range){t->page + 1, t->word, t->word};
}

static void note_cut(const struct search *s, const struct step *end, struct quote_result *r)
{
    const struct item *cut = &s->items->list.items[end->item];

    r->cut = (enum quote_cut)end->cut;
    if (r->cut == QUOTE_CUT_NEAR)
        return;
    r->cut_at = cut->at;
    r->cut_n = cut->n;
    for (size_t j = end->gap; r->cut == QUOTE_CUT_NEGATION && j < s->p.to; j++) {
        if (token_at(&s->p, j)->flags & MARK_NEGATION) {
            r->cut_words = s->p.x->words[token_at(&s->p, j)->id];
            break;
        }
    }
}

static void trace(const struct search *s, struct quote_result *r)
{
    const struct reach *ends = &s->reach[s->items->list.count];
    uint32_t best = ends->list.items[0];
    uint32_t *way = ARENA_ARRAY(s->arena, uint32_t, s->items->list.count + 1);
    size_t count = 0;

    for (size_t i = 0; i < ends->list.count; i++)
        if (s->steps.list.items[ends->list.items[i]].cut < s->steps.list.items[best].cut)
            best = ends->list.items[i];
    for (uint32_t i = best; i != NOWHERE; i = s->steps.list.items[i].parent)
        way[count++] = i;
    r->verdict = QUOTE_STANDS;
    r->range_count = 0;
    while (count) {
        const struct step *step = &s->steps.list.items[way[--count]];
        uint32_t previous = step->at;

        if (step->from == NOWHERE)
            continue;
        for (uint32_t j = step->from; j < previous; j++)
            add_range(r, token_at(&s->p, j));
    }
    note_cut(s, &s->steps.list.items[best], r);
}

/* Is all of it there? */
bool match_all(struct arena *a, const struct place_in *p, const struct items *items, struct quote_result *r)
{
    struct search s = {.arena = a, .p = *p, .items = items};
    size_t count = items->list.count;

    for (size_t i = 0; i < count; i++) /* what is forbidden between two cuts */
        if (items->list.items[i].kind == ITEM_BRACKET && items->list.items[i].is_open && items->list.items[i].is_closed)
            return false;
    s.reach = ARENA_ARRAY(a, struct reach, count + 2);
    *LIST_ADD(a, &s.steps.list) = (struct step){.parent = NOWHERE}; /* nobody's: there is always one */
    for (size_t i = 0; i < count; i++) {
        settle(&s, i);
        if (items->list.items[i].kind == ITEM_WORD)
            take_word(&s, i);
        else if (items->list.items[i].kind == ITEM_BRACKET)
            take_bracket(&s, i);
    }
    if (s.is_too_long)
        r->verdict = QUOTE_TOO_LONG;
    if (s.is_too_long || s.reach[count].list.count == 0)
        return false;
    trace(&s, r);
    return true;
}

static struct place_in place_of(const struct quote_index *x, const struct view *v, size_t first, size_t last)
{
    return (struct place_in){.x = x, .view = v, .from = v->pages[first - 1], .to = v->pages[last]};
}

/* As one text without heads and feet; of a single page first as it is. */
static bool search_pages(struct arena *a, const struct quote_index *x, const struct items *items, size_t first,
                         size_t last, struct quote_result *r)
{
    const struct view *order[2] = {&x->body, &x->all};

    if (first == last) {
        order[0] = &x->all;
        order[1] = &x->body;
    }
    for (size_t i = 0; i < COUNT(order); i++) {
        struct place_in p = place_of(x, order[i], first, last);

        if (match_all(a, &p, items, r))
            return true;
        if (r->verdict == QUOTE_TOO_LONG)
            return false;
    }
    return false;
}

/* Nothing to look for: the verdict says why. */
static bool is_hopeless(struct arena *a, const struct quote_index *x, struct span quotation, struct items *items,
                        struct quote_result *r)
{
    *r = (struct quote_result){.verdict = QUOTE_TOO_LONG};
    if (quotation.n > QUOTE_BYTES_MAX)
        return true;
    items_read(a, x, quotation, items);
    r->verdict = items->words ? QUOTE_DIFFERS : QUOTE_EMPTY;
    return items->words == 0;
}

static void clamp(const struct quote_index *x, uint32_t *first, uint32_t *last)
{
    if (*first == 0)
        *first = 1;
    if (*last > x->text->page_count)
        *last = (uint32_t)x->text->page_count;
}

void quote_match(struct arena *a, const struct quote_index *x, struct span quotation, uint32_t first, uint32_t last,
                 struct quote_result *result_out)
{
    struct items items;

    clamp(x, &first, &last);
    if (!is_hopeless(a, x, quotation, &items, result_out) && first <= last)
        (void)search_pages(a, x, &items, first, last, result_out);
}

void quote_explain(struct arena *a, const struct quote_index *x, struct span quotation, uint32_t first, uint32_t last,
                   struct quote_result *result)
{
    struct items items;
    struct place_in p;
    struct quote_result other = {0};
    size_t pages = x->text->page_count;

    if (result->verdict != QUOTE_DIFFERS)
        return;
    items_read(a, x, quotation, &items);
    clamp(x, &first, &last);
    result->at = items.list.items[0].at;
    result->n = items.list.items[0].n;
    if (first <= last) {
        p = place_of(x, first == last ? &x->all : &x->body, first, last);
        near_find(a, &p, &items, result);
    }
    if (pages && search_pages(a, x, &items, 1, pages, &other)) {
        result->elsewhere = other.ranges[0].page;
        result->elsewhere_last = other.ranges[other.range_count - 1].page;
    }
}

bool quote_find(struct arena *a, const struct quote_index *x, struct span quotation, struct quote_result *result_out)
{
    struct items items;

    return !is_hopeless(a, x, quotation, &items, result_out) && x->text->page_count &&
           search_pages(a, x, &items, 1, x->text->page_count, result_out);
}
