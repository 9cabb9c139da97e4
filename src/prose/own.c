/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Which quotation a link owns, and whether it stands.
 *
 * A link in the dashed last line of a block quote owns the whole of it. Any other owns the quotation inside its text, else
 * the nearest before it in the same paragraph or list item that no other link owns, else the block quote around it, else
 * none. Only `doc:` links are held to what they own; that a press report or a page elsewhere stands behind a quotation is
 * enough for it not to be without a source.
 */
#include "prose/prose_impl.h"

#include <string.h>

enum {
    UNSOURCED_WORDS = 6,
    QUOTATIONS_MAX = 10000,         /* of one paragraph */
    COMPARED_MAX = 8 * 1000 * 1000, /* of one text: a newsletter takes a hundredth of it */
    EXPLAINED_MAX = 25 * 1000 * 1000,
    SEARCHED_MAX = 15 * 1000 * 1000,
    FLAT_MAX = 256 * 1024 * 1024,
};

struct quotation {
    size_t from; /* in the flat text, with its marks */
    size_t to;
    bool is_owned;   /* by a doc: link */
    bool is_sourced; /* by another */
};

/* A paragraph, a list item or another run of words in which links look for what they own. */
struct scope {
    struct compile *c;
    struct flat flat;
    LIST(struct quotation) quotations;
    const struct node *block_quote; /* around it, or null */
};

/* ---- what is said of one that is owned ---- */

struct owned {
    struct compile *c;
    const struct flat *flat;
    const struct node *link;
    size_t from; /* in the flat text */
    struct span text;
};

/* The source of some bytes of the quotation: an offset and a width. */
static void report_in(const struct owned *o, enum diag_code code, size_t at, size_t n, struct span message,
                      struct span note)
{
    size_t first = o->from + at;
    size_t last = n ? first + n - 1 : first;

    if (o->flat->n == 0)
        return;
    first = first < o->flat->n ? first : o->flat->n - 1;
    last = last < o->flat->n ? last : o->flat->n - 1;
    place_report(o->c, code, o->flat->from[first],
                 o->flat->from[last] >= o->flat->from[first] ? o->flat->from[last] - o->flat->from[first] + 1 : 1,
                 message, note);
}

/* Where the reference is written, and how long it is there: the node's address leads to the exhibit by now. */
static size_t link_at(const struct node *n, size_t *width_out)
{
    size_t fragment = n->reference->fragment.n;

    *width_out = n->width;
    if (n->address_at == SPAN_NONE)
        return n->at;
    *width_out = S("doc:").n + n->reference->keys[0].n + (fragment ? fragment + 1 : 0);
    return n->address_at;
}

static void report_at_link(const struct owned *o, enum diag_code code, struct span message, struct span note)
{
    size_t width;
    size_t at = link_at(o->link, &width);

    place_report(o->c, code, at, width, message, note);
}

static bool is_machine_read(const struct citation *cite, uint32_t page)
{
    const struct doc_text *text = quote_index_text(cite->index);

    return page >= 1 && page <= text->page_count && text->pages[page - 1].reading == DOC_READING_MACHINE &&
           !document_is_confirmed(cite->document, page);
}

static void report_standing(const struct owned *o, const struct quote_result *r)
{
    struct arena *a = o->c->arena;
    const struct citation *cite = o->link->citation;

    for (size_t i = 0; i < r->range_count; i++) {
        if (!is_machine_read(cite, r->ranges[i].page))
            continue;
        report_in(o, DIAG_QUOTE_MACHINE_READ, 0, o->text.n,
                  arena_printf(a, "a machine read %.*s of “%.*s”, and nobody compared it with the picture",
                               SPAN_ARGS(cite_pages(a, cite->document, r->ranges[i].page, r->ranges[i].page)),
                               SPAN_ARGS(cite->document->key)),
                  arena_printf(a, "[confirmed] p%u = WHO", r->ranges[i].page));
        break;
    }
    if (r->cut == QUOTE_CUT_NEGATION)
        report_in(o, DIAG_QUOTE_CUT_FAR, r->cut_at, r->cut_n,
                  arena_printf(a, "this cut leaves out “%.*s”", SPAN_ARGS(r->cut_words)),
                  S("does the sentence still say what it said?"));
    else if (r->cut == QUOTE_CUT_PAGE)
        report_in(o, DIAG_QUOTE_CUT_FAR, r->cut_at, r->cut_n, S("this cut leaves out more than a page"),
                  S("quote both parts, each with its page"));
}

static struct span note_of(const struct owned *o, const struct quote_result *r)
{
    struct arena *a = o->c->arena;
    const struct citation *cite = o->link->citation;
    const struct document *d = cite->document;

    if (r->elsewhere)
        return arena_printf(a, "these words stand on %.*s",
                            SPAN_ARGS(cite_pages(a, d, r->elsewhere, r->elsewhere_last)));
    if (r->has.n)
        return arena_printf(a, "%.*s has “%.*s”%s", SPAN_ARGS(cite_pages(a, d, r->has_page, r->has_page)),
                            SPAN_ARGS(r->has), is_machine_read(cite, r->has_page) ? ", as a machine read it" : "");
    return S("nothing there is like it");
}

static bool has_words(const struct citation *cite)
{
    const struct doc_text *text = cite->index ? quote_index_text(cite->index) : NULL;

    for (uint32_t page = cite->first; text && page <= cite->last && page <= text->page_count; page++)
        if (text->pages[page - 1].word_count)
            return true;
    return false;
}

static void report_failing(const struct owned *o, const struct quote_result *r)
{
    struct arena *a = o->c->arena;
    const struct citation *cite = o->link->citation;
    struct span pages = cite_pages(a, cite->document, cite->first, cite->last);
    struct span key = cite->document->key;

    if (!has_words(cite) && r->elsewhere == 0) {
        report_in(o, DIAG_QUOTE_NOT_FOUND, 0, o->text.n,
                  arena_printf(a, "no words were read on %.*s of “%.*s”", SPAN_ARGS(pages), SPAN_ARGS(key)),
                  arena_printf(a, "type them into documents/%.*s.p%u.txt", SPAN_ARGS(key), cite->first));
        return;
    }
    if (r->verdict == QUOTE_BRACKET)
        report_in(o, DIAG_QUOTE_NOT_FOUND, r->at, r->n,
                  S("brackets never hold, or stand for, a negation, a number or a party's name"), note_of(o, r));
    else if (r->verdict == QUOTE_TOO_LONG)
        report_in(o, DIAG_QUOTE_NOT_FOUND, 0, o->text.n, S("too long, or cut too often, to be compared"),
                  S("make it several quotations"));
    else if (r->verdict == QUOTE_EMPTY)
        report_in(o, DIAG_QUOTE_NOT_FOUND, 0, o->text.n, S("nothing in this quotation is the document's own"),
                  (struct span){0});
    else
        report_in(o, DIAG_QUOTE_NOT_FOUND, r->at, r->n,
                  arena_printf(a, "not on %.*s of “%.*s”", SPAN_ARGS(pages), SPAN_ARGS(key)), note_of(o, r));
}

/* ---- checking one ---- */

static void remember(const struct owned *o, const struct quote_result *r)
{
    struct compile *c = o->c;
    const struct citation *cite = o->link->citation;
    size_t width;
    size_t at = link_at(o->link, &width);
    uint32_t line = place_line(c, at);
    struct quote_range *ranges = ARENA_ARRAY(c->arena, struct quote_range, r->range_count + 1);

    if (r->range_count)
        memcpy(ranges, r->ranges, r->range_count * sizeof *ranges);
    *LIST_ADD(c->arena, &c->doc->quotes) = (struct prose_quote){
        .document = cite->document,
        .first = cite->first,
        .last = cite->last,
        .ranges = ranges,
        .range_count = r->range_count,
        .is_translation = cite->is_translation,
        .at = {c->entry->file, line, place_column(c, at)},
        .width = place_width(c, at, width),
        .text = place_shown_text(c, line),
    };
}

/* One page is no question; of several the link has to name it. */
static bool needs_page(const struct owned *o)
{
    struct compile *c = o->c;
    struct citation *cite = o->link->citation;
    const struct document *d = cite->document;
    struct quote_result *r = ARENA_NEW(c->scratch, struct quote_result);

    if (cite->first)
        return false;
    if (d->kind == DOC_KIND_JPEG || d->kind == DOC_KIND_PNG || (d->is_read && d->text.page_count == 1)) {
        cite->first = cite->last = 1;
        return false;
    }
    report_at_link(
        o, DIAG_QUOTE_NO_PAGE, S("who quotes names the page"),
        cite->index && quote_find(c->scratch, cite->index, o->text, r)
            ? arena_printf(c->arena, "these words stand on %.*s",
                           SPAN_ARGS(cite_pages(c->arena, d, r->ranges[0].page, r->ranges[r->range_count - 1].page)))
            : arena_printf(c->arena, "doc:%.*s#p2", SPAN_ARGS(d->key)));
    return true;
}

/* Does it stand? If not, and for the first so many, also where it goes wrong. */
static void compare(const struct owned *o, struct quote_result *r)
{
    struct compile *c = o->c;
    const struct citation *cite = o->link->citation;
    size_t words;

    *r = (struct quote_result){.verdict = QUOTE_DIFFERS};
    words = cite->index ? quote_index_words(cite->index, cite->first, cite->last) : 0;
    c->work.compared += o->text.n + words;
    if (c->work.compared > COMPARED_MAX)
        r->verdict = QUOTE_TOO_LONG;
    else if (cite->index)
        quote_match(c->compare, cite->index, o->text, cite->first, cite->last, r);
    c->work.explained += r->verdict == QUOTE_DIFFERS ? (o->text.n / 4 + 1) * words : 0;
    if (r->verdict == QUOTE_DIFFERS && cite->index && c->work.explained < EXPLAINED_MAX)
        quote_explain(c->compare, cite->index, o->text, cite->first, cite->last, r);
    r->has = arena_dup(c->arena, r->has);
}

static void check_owned(const struct owned *o)
{
    struct compile *c = o->c;
    struct citation *cite = o->link->citation;
    struct quote_result *r = ARENA_NEW(c->scratch, struct quote_result);

    arena_reset(c->compare);
    if (quote_word_count(c->compare, o->text) == 0 && span_find_char(o->text, '[') == SPAN_NONE)
        return;
    cite->is_owner = true;
    if (cite->is_wrong || needs_page(o))
        return;
    compare(o, r);
    if (r->verdict == QUOTE_STANDS) {
        report_standing(o, r);
    } else if (span_eq(cite->document->language, lang_code(c->entry->lang))) {
        report_failing(o, r);
    } else {
        cite->is_translation = true;
        report_in(o, DIAG_QUOTE_TRANSLATED, 0, o->text.n,
                  arena_printf(c->arena, "our translation: “%.*s” is written in another language (%.*s)",
                               SPAN_ARGS(cite->document->key), SPAN_ARGS(cite->document->language)),
                  S("somebody who reads both compares it"));
    }
    if (r->verdict != QUOTE_STANDS)
        r->range_count = 0;
    remember(o, r);
}

/* ---- who owns which ---- */

static bool is_document_link(const struct node *n)
{
    return n->reference && n->reference->scheme == PROSE_DOC && n->citation;
}

/* Something that others can look up, other than a document of ours. */
static bool is_other_source(const struct node *n)
{
    if (n->reference)
        return n->reference->scheme == PROSE_PRESS || n->reference->scheme == PROSE_FILE ||
               n->reference->scheme == PROSE_CASE || n->reference->scheme == PROSE_CLAIM ||
               n->reference->scheme == PROSE_WHO || n->reference->scheme == PROSE_DOC;
    return span_starts(n->address, S("https://")) || span_starts(n->address, S("http://"));
}

/* The quotation inside a link's words, or around them; null for none. */
static struct quotation *inside(struct scope *s, const struct flat_link *l)
{
    for (size_t i = 0; i < s->quotations.count; i++) {
        struct quotation *q = &s->quotations.items[i];

        if ((q->from >= l->from && q->to <= l->to) || (q->from < l->from && q->to > l->to))
            return q;
    }
    return NULL;
}

static struct quotation *nearest_before(struct scope *s, const struct flat_link *l, bool may_share)
{
    for (size_t i = s->quotations.count; i > 0; i--) {
        struct quotation *q = &s->quotations.items[i - 1];

        if (q->to <= l->from && !q->is_owned && (may_share || !q->is_sourced))
            return q;
    }
    return NULL;
}

/* Do these words only name the source? They stand behind the quotation, in parentheses, behind a dash, or behind the end
 * of a sentence; anything else is a word of the quotation and is compared. */
static bool is_apart(const struct flat *f, const struct flat_link *l)
{
    static const struct span before[] = {SPAN_INIT("("), SPAN_INIT("—"), SPAN_INIT("–"), SPAN_INIT("."),
                                         SPAN_INIT("!"), SPAN_INIT("?"), SPAN_INIT("…"), SPAN_INIT("”"),
                                         SPAN_INIT("»"), SPAN_INIT("\"")};
    struct span words = {f->text + l->from, l->to - l->from};
    struct span text = {f->text, l->from};

    if (span_starts(words, S("(")))
        return true;
    while (text.n && text.p[text.n - 1] == ' ')
        text.n--;
    for (size_t i = 0; i < COUNT(before); i++)
        if (span_ends(text, before[i]))
            return true;
    return false;
}

/* Is there no word of the quotation left? */
static bool is_nothing(struct compile *c, const struct flat *f, size_t from)
{
    arena_reset(c->compare);
    return quote_word_count(c->compare, (struct span){f->text + from, f->n - from}) == 0;
}

/* The words of a block quote without those of the links at its end that lead to its source. */
static void check_block_quote(struct compile *c, const struct node *quote, const struct node *link)
{
    bool is_too_much = c->work.compared > COMPARED_MAX;
    struct arena *a = arena_open(FLAT_MAX);
    struct flat flat = is_too_much ? flat_of(a, link) : flat_of_blocks(a, quote);
    struct owned o = {.c = c, .flat = &flat, .link = link};

    c->work.compared += flat.n;
    for (size_t i = flat.links.count; i > 0; i--) {
        const struct flat_link *l = &flat.links.items[i - 1];

        if (!is_document_link(l->node) || !is_apart(&flat, l) || !is_nothing(c, &flat, l->to))
            break;
        memset(flat.text + l->from, ' ', l->to - l->from);
    }
    o.text = (struct span){flat.text, flat.n};
    check_owned(&o);
    arena_close(&a);
}

static void check_quotation(struct scope *s, const struct node *link, struct quotation *q)
{
    struct owned o = {
        .c = s->c, .flat = &s->flat, .link = link, .from = q->from, .text = {s->flat.text + q->from, q->to - q->from}};

    q->is_owned = true;
    check_owned(&o);
}

/* Each link in its order takes what it may; those with a quotation in their own words first. */
static void give_out(struct scope *s)
{
    struct quotation **owned = ARENA_ARRAY(s->c->scratch, struct quotation *, s->flat.links.count + 1);

    for (size_t i = 0; i < s->flat.links.count; i++) {
        const struct flat_link *l = &s->flat.links.items[i];

        owned[i] = inside(s, l);
        if (owned[i] && !is_document_link(l->node))
            owned[i]->is_sourced = true;
        if (owned[i] && is_document_link(l->node) && !owned[i]->is_owned)
            owned[i]->is_owned = true;
        else
            owned[i] = NULL;
    }
    for (size_t i = 0; i < s->flat.links.count; i++) {
        const struct flat_link *l = &s->flat.links.items[i];

        if (!is_document_link(l->node))
            continue;
        if (owned[i] == NULL && (owned[i] = nearest_before(s, l, true)) != NULL)
            owned[i]->is_owned = true;
        if (owned[i])
            check_quotation(s, l->node, owned[i]);
        else if (s->block_quote)
            check_block_quote(s->c, s->block_quote, l->node);
    }
    for (size_t i = 0; i < s->flat.links.count; i++) {
        const struct flat_link *l = &s->flat.links.items[i];
        struct quotation *q = is_other_source(l->node) && !is_document_link(l->node) ? nearest_before(s, l, false)
                                                                                     : NULL;

        if (q)
            q->is_sourced = true;
    }
}

/* Six words or more in quotation marks, and nothing behind them: does a document have them? */
static void check_unsourced(struct scope *s, const struct quotation *q)
{
    struct compile *c = s->c;
    struct owned o = {.c = c, .flat = &s->flat, .from = q->from, .text = {s->flat.text + q->from, q->to - q->from}};
    struct quote_result *r = ARENA_NEW(c->scratch, struct quote_result);
    const struct quote_index *index;
    const struct document *d;
    struct span note = {0};

    arena_reset(c->compare);
    if (quote_word_count(c->compare, o.text) < UNSOURCED_WORDS)
        return;
    for (size_t i = 0; c->work.searched < SEARCHED_MAX && note.n == 0; i++) {
        d = c->registers->nth_document(c->registers->ctx, i, &index);
        if (d == NULL)
            break;
        c->work.searched += index ? quote_index_words(index, 1, UINT32_MAX) : 1;
        if (index && d->superseded_by.n == 0 && quote_find(c->compare, index, o.text, r))
            note = arena_printf(c->arena, "“%.*s” has these words on %.*s: doc:%.*s#%.*s", SPAN_ARGS(d->key),
                                SPAN_ARGS(cite_pages(c->arena, d, r->ranges[0].page, r->ranges[0].page)),
                                SPAN_ARGS(d->key), SPAN_ARGS(document_anchor(c->arena, d, r->ranges[0].page)));
    }
    report_in(&o, DIAG_QUOTE_UNSOURCED, 0, o.text.n, S("a quotation with no source behind it"), note);
}

static void check_scope(struct compile *c, struct flat flat, const struct node *block_quote)
{
    struct scope s = {.c = c, .flat = flat, .block_quote = block_quote};
    size_t from;
    size_t to;

    for (size_t at = 0; s.quotations.count < QUOTATIONS_MAX && flat_next_quotation(&s.flat, at, &from, &to); at = to)
        *LIST_ADD(c->scratch, &s.quotations) = (struct quotation){.from = from, .to = to};
    give_out(&s);
    for (size_t i = 0; block_quote == NULL && i < s.quotations.count; i++)
        if (!s.quotations.items[i].is_owned && !s.quotations.items[i].is_sourced)
            check_unsourced(&s, &s.quotations.items[i]);
}

/* ---- the walk ---- */

static void walk(struct compile *c, const struct node *parent, const struct node *block_quote);

static void walk_cite(struct compile *c, const struct node *cite, const struct node *block_quote)
{
    struct flat flat = flat_of(c->scratch, cite);

    for (size_t i = 0; i < flat.links.count; i++)
        if (is_document_link(flat.links.items[i].node))
            check_block_quote(c, block_quote, flat.links.items[i].node);
}

/* Where a checked text leads to no document there is nothing to remember, and nobody to tell what has no source. */
static bool is_settled(const struct compile *c, const struct node *n)
{
    return c->request->is_checked && !cite_is_below(n);
}

static void walk_block(struct compile *c, const struct node *n, const struct node *block_quote, bool is_in_item)
{
    arena_reset(c->scratch);
    if (is_settled(c, n))
        return;
    switch (n->kind) {
    case NODE_PARAGRAPH:
    case NODE_HEADING:
    case NODE_CELL:
        if (!is_in_item)
            check_scope(c, flat_of(c->scratch, n), block_quote);
        return;
    case NODE_CITE:
        if (block_quote)
            walk_cite(c, n, block_quote);
        return;
    case NODE_ITEM:
        check_scope(c, flat_of_blocks(c->scratch, n), block_quote);
        walk(c, n, block_quote);
        return;
    case NODE_QUOTE:
        walk(c, n, block_quote ? block_quote : n);
        return;
    case NODE_DOCUMENT:
    case NODE_LIST:
    case NODE_TABLE:
    case NODE_ROW:
        walk(c, n, block_quote);
        return;
    case NODE_CODE_BLOCK:
    case NODE_RULE:
    case NODE_EMBED:
    case NODE_FIGURE:
    case NODE_TEXT:
    case NODE_SOFT_BREAK:
    case NODE_HARD_BREAK:
    case NODE_EMPH:
    case NODE_STRONG:
    case NODE_CODE:
    case NODE_LINK:
    case NODE_IMAGE:
        return;
    }
}

static void walk(struct compile *c, const struct node *parent, const struct node *block_quote)
{
    for (const struct node *n = parent->first; n; n = n->next)
        walk_block(c, n, block_quote, parent->kind == NODE_ITEM);
}

void own_check(struct compile *c)
{
    walk(c, c->doc->root, NULL);
}

/* ---- translations ---- */

static const struct prose_quote *next_in(const struct prose_doc *doc, struct span lang, size_t *at)
{
    while (*at < doc->quotes.count) {
        const struct prose_quote *q = &doc->quotes.items[(*at)++];

        if (span_eq(q->document->language, lang))
            return q;
    }
    return NULL;
}

static void report_order(struct diags *diags, const struct prose_quote *q, struct span message)
{
    diags_add(diags, &(struct diag){.code = DIAG_QUOTE_NOT_FOUND,
                                    .at = q->at,
                                    .width = q->width,
                                    .text = q->text,
                                    .message = message,
                                    .note = S("a translation quotes what its original quotes, in the same order")});
}

void prose_check_translation(const struct prose_doc *doc, const struct prose_doc *original, struct span lang,
                             struct diags *diags)
{
    struct arena *a = diags->arena;
    const struct prose_quote *ours = NULL;
    size_t at = 0;
    size_t theirs_at = 0;

    for (;;) {
        const struct prose_quote *last = ours;
        const struct prose_quote *theirs = next_in(original, lang, &theirs_at);

        ours = next_in(doc, lang, &at);
        if (ours == NULL && (theirs == NULL || last == NULL))
            return;
        if (ours == NULL) {
            report_order(diags, last,
                         arena_printf(a, "the original goes on to quote %.*s of “%.*s”",
                                      SPAN_ARGS(cite_pages(a, theirs->document, theirs->first, theirs->last)),
                                      SPAN_ARGS(theirs->document->key)));
            return;
        }
        if (theirs && theirs->document == ours->document && theirs->first == ours->first && theirs->last == ours->last)
            continue;
        report_order(diags, ours,
                     theirs ? arena_printf(a, "the original quotes %.*s of “%.*s” here",
                                           SPAN_ARGS(cite_pages(a, theirs->document, theirs->first, theirs->last)),
                                           SPAN_ARGS(theirs->document->key))
                            : S("the original quotes nothing here"));
        return;
    }
}
