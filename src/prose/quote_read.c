/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A quotation as a row of items: words, cuts, and what the writer put into brackets.
 *
 * `[t]he` is the word "the"; `[…]` is a cut; brackets in a row are one. Each item knows where it stands in the quotation.
 */
#include "prose/quote_impl.h"

#include <string.h>

enum { BRACKET_MAX = 400, SMALL = 256 };

/* The quotation without the brackets of `[t]he`. */
struct clean {
    struct span text;
    uint32_t *from; /* for each byte, and for the end */
};

/* Bytes of a cut at `s`: "…", "⋯", "...", ". . ."; 0 for none. */
static size_t cut_len(struct span s)
{
    size_t at = 0;
    size_t end = 0;
    size_t dots = 0;

    if (span_starts(s, S("…")) || span_starts(s, S("⋯")))
        return 3;
    while (at < s.n && s.p[at] == '.') {
        end = ++at;
        dots++;
        if (at < s.n && s.p[at] == ' ')
            at++;
        else if (span_starts(span_from(s, at), S("\xC2\xA0")))
            at += 2;
    }
    return dots >= 3 ? end : 0;
}

/* Bytes from "[" to "]"; 0 when these are no brackets. */
static size_t bracket_len(struct span s)
{
    size_t end;

    if (s.n == 0 || s.p[0] != '[')
        return 0;
    end = span_find_char(span_sub(s, 0, BRACKET_MAX), ']');
    return end == SPAN_NONE || span_find_char(span_sub(s, 1, end - 1), '[') != SPAN_NONE ? 0 : end + 1;
}

static bool is_letter_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (uint8_t)c >= 0xC3;
}

/* A character of two or more bytes that begins a letter, or ends one: “ ” … and dashes begin with 0xE2. */
static bool touches_letter(struct span s, size_t bracket, size_t n)
{
    size_t before = bracket;
    char c;

    while (before > 0 && ((uint8_t)s.p[before - 1] & 0xC0) == 0x80)
        before--;
    if (before > 0) {
        c = s.p[before - 1];
        if (is_letter_byte(c) && (uint8_t)c != 0xE2)
            return true;
    }
    if (bracket + n >= s.n)
        return false;
    c = s.p[bracket + n];
    return is_letter_byte(c) && (uint8_t)c != 0xE2;
}

/* Are these the brackets of a letter that changed its case? Then they are part of a word. */
static bool is_inside_word(struct span s, size_t at, size_t n)
{
    for (size_t i = at + 1; i + 1 < at + n; i++)
        if (s.p[i] == ' ' || s.p[i] == '.')
            return false;
    return n > 2 && !span_starts(span_from(s, at + 1), S("…")) && touches_letter(s, at, n);
}

static struct clean clean_of(struct arena *a, struct span s)
{
    char *text = arena_alloc(a, s.n + 1);
    struct clean c = {.from = ARENA_ARRAY(a, uint32_t, s.n + 1)};
    size_t close = SPAN_NONE;
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        size_t len = bracket_len(span_from(s, i));

        if (len && is_inside_word(s, i, len)) {
            close = i + len - 1;
            continue;
        }
        if (i == close)
            continue;
        c.from[n] = (uint32_t)i;
        text[n++] = s.p[i];
    }
    c.from[n] = (uint32_t)s.n;
    c.text = (struct span){text, n};
    return c;
}

struct reading {
    struct arena *arena;
    const struct quote_index *x;
    struct span quotation;
    struct clean clean;
    struct items *items;
};

static struct item *add(struct reading *r, enum item_kind kind, size_t at, size_t n)
{
    struct item *it = LIST_ADD(r->arena, &r->items->list);
    uint32_t from = r->clean.from[at];
    uint32_t to = r->clean.from[at + n - 1] + 1;

    if (from > 0 && r->quotation.p[from - 1] == '[' && (at == 0 || r->clean.from[at - 1] + 2 == from))
        from--; /* of "[t]he" */
    if (to < r->quotation.n && r->quotation.p[to] == ']' && r->clean.from[at + n] > to)
        to++;
    *it = (struct item){.kind = kind, .at = from, .n = to - from};
    it->id = it->joined_id = ID_NONE;
    return it;
}

/* The words from `from` to `to`: nothing but words stands there. */
static void add_words(struct reading *r, size_t from, size_t to)
{
    struct cutter c = {.text = span_sub(r->clean.text, from, to - from)};
    struct cut_word w;
    char small[SMALL];
    bool joins = false;

    while (cut_next(&c, &w)) {
        struct span folded = arena_dup(r->arena, cut_fold(r->arena, c.text, &w, small, sizeof small));
        struct item *it = add(r, ITEM_WORD, from + w.at, w.n);

        it->word = folded;
        it->id = r->x ? index_id(r->x, folded) : ID_NONE;
        if (joins) {
            it[-1].joined = arena_join(r->arena, (struct span[]){it[-1].word, folded}, 2);
            it[-1].joined_id = r->x ? index_id(r->x, it[-1].joined) : ID_NONE;
        }
        joins = w.joins && c.at < c.text.n;
        r->items->words++;
    }
}

static bool is_forbidden(const struct reading *r, const struct item *it)
{
    for (size_t i = 0; i < it->content_count; i++) {
        if (guard_word(it->contents[i]))
            return true;
        if (r->x == NULL)
            continue;
        for (const struct phrase *p = guard_first(&r->x->guard, it->contents[i]); p; p = guard_next(&r->x->guard, p)) {
            size_t same = 1;

            while (same < p->count && i + same < it->content_count && span_eq(p->words[same], it->contents[i + same]))
                same++;
            if (same == p->count)
                return true;
        }
    }
    return false;
}

static void add_cut(struct reading *r, size_t at, size_t n)
{
    if (r->items->list.count && r->items->list.items[r->items->list.count - 1].kind != ITEM_CUT)
        (void)add(r, ITEM_CUT, at, n);
}

/* `at` is the "[". Brackets in a row become one item. */
static void add_bracket(struct reading *r, size_t at, size_t n)
{
    struct span inside = span_sub(r->clean.text, at + 1, n - 2);
    struct cutter c = {.text = inside};
    struct cut_word w;
    struct item *it = NULL;
    struct span words[BRACKET_MAX];
    size_t count = 0;
    char small[SMALL];

    for (size_t i = 0; i < inside.n; i++) {
        if (cut_len(span_from(inside, i))) {
            add_cut(r, at, n);
            break;
        }
    }
    while (count < COUNT(words) && cut_next(&c, &w))
        words[count++] = arena_dup(r->arena, cut_fold(r->arena, inside, &w, small, sizeof small));
    if (count == 0)
        return;
    if (r->items->list.count && r->items->list.items[r->items->list.count - 1].kind == ITEM_BRACKET) {
        it = &r->items->list.items[r->items->list.count - 1];
        it->n = r->clean.from[at + n - 1] + 1 - it->at;
    } else {
        it = add(r, ITEM_BRACKET, at, n);
    }
    struct span *all = ARENA_ARRAY(r->arena, struct span, it->content_count + count);

    if (it->content_count)
        memcpy(all, it->contents, it->content_count * sizeof *all);
    memcpy(all + it->content_count, words, count * sizeof *all);
    it->contents = all;
    it->content_count += count;
}

static bool is_end(const struct items *items, size_t i)
{
    return i >= items->list.count || items->list.items[i].kind == ITEM_CUT;
}

/* Brackets between two cuts say nothing about the document; those that may not be there stay, to be refused. */
static void finish(struct reading *r)
{
    struct items *items = r->items;
    size_t kept = 0;

    while (items->list.count && items->list.items[items->list.count - 1].kind == ITEM_CUT)
        items->list.count--;
    for (size_t i = 0; i < items->list.count; i++) {
        struct item *it = &items->list.items[i];

        if (it->kind == ITEM_BRACKET) {
            it->is_forbidden = is_forbidden(r, it);
            it->is_open = i == 0 || is_end(items, i - 1);
            it->is_closed = is_end(items, i + 1);
        }
    }
    for (size_t i = 0; i < items->list.count; i++) {
        struct item it = items->list.items[i];

        if (it.kind == ITEM_BRACKET && it.is_open && it.is_closed && !it.is_forbidden)
            continue;
        if (it.kind == ITEM_CUT && (kept == 0 || items->list.items[kept - 1].kind == ITEM_CUT))
            continue;
        items->list.items[kept++] = it;
    }
    while (kept && items->list.items[kept - 1].kind == ITEM_CUT)
        kept--;
    items->list.count = kept;
}

void items_read(struct arena *a, const struct quote_index *x, struct span quotation, struct items *items_out)
{
    struct reading r = {.arena = a, .x = x, .items = items_out, .quotation = quotation};
    size_t from = 0;
    size_t at = 0;

    *items_out = (struct items){0};
    r.clean = clean_of(a, r.quotation);
    while (at < r.clean.text.n) {
        struct span rest = span_from(r.clean.text, at);
        size_t bracket = bracket_len(rest);
        size_t cut = bracket ? 0 : cut_len(rest);

        if (bracket + cut == 0) {
            at++;
            continue;
        }
        add_words(&r, from, at);
        if (bracket)
            add_bracket(&r, at, bracket);
        else
            add_cut(&r, at, cut);
        from = at = at + bracket + cut;
    }
    add_words(&r, from, at);
    finish(&r);
}

size_t quote_word_count(struct arena *a, struct span quotation)
{
    struct items items;

    items_read(a, NULL, quotation, &items);
    return items.words;
}
