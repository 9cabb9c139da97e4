/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `doc:KEY#p2`: the document is cleared, the page is there, and this is where it leads.
 *
 * A page is called by what is printed on it, where the document's .ini says what that is, else by its place in the file.
 */
#include "html/msg.h"
#include "prose/prose_impl.h"

static void report(struct compile *c, const struct node *n, enum diag_code code, struct span message, struct span note)
{
    if (n->address_at != SPAN_NONE)
        place_report(c, code, n->address_at, n->address.n, message, note);
    else
        place_report(c, code, n->at, n->width, message, note);
}

struct span cite_pages(struct arena *a, const struct document *d, uint32_t first, uint32_t last)
{
    struct span label = document_label(a, d, first);

    if (first == last)
        return arena_printf(a, "page %.*s", SPAN_ARGS(label));
    return arena_printf(a, "pages %.*s-%.*s", SPAN_ARGS(label), SPAN_ARGS(document_label(a, d, last)));
}

/* How many pages it has; 0 when nobody knows. */
static uint32_t page_count(const struct document *d)
{
    if (d->is_read)
        return (uint32_t)d->text.page_count;
    return d->kind == DOC_KIND_JPEG || d->kind == DOC_KIND_PNG ? 1 : 0;
}

static struct span pages_there(struct arena *a, const struct document *d)
{
    uint32_t count = page_count(d);

    if (count == 0)
        return (struct span){0};
    return count == 1 ? S("it has one page")
                      : arena_printf(a, "its %u pages are %.*s to %.*s", count, SPAN_ARGS(document_label(a, d, 1)),
                                     SPAN_ARGS(document_label(a, d, count)));
}

/* "p2", "p6-7", "piv" → places in the file. */
static bool read_fragment(struct compile *c, const struct node *n, struct citation *cite)
{
    struct span fragment = n->reference->fragment;
    const struct document *d = cite->document;
    uint32_t count = page_count(d);
    struct span first;
    struct span last;

    if (!span_starts(fragment, S("p")) || fragment.n < 2) {
        report(c, n, DIAG_QUOTE_NO_PAGE, arena_printf(c->arena, "“#%.*s” names no page", SPAN_ARGS(fragment)),
               S("#p2, or #p6-7"));
        return false;
    }
    if (!span_cut(span_from(fragment, 1), '-', &first, &last))
        last = first;
    if (document_find_page(d, first, &cite->first) && document_find_page(d, last, &cite->last) &&
        cite->last >= cite->first && (count == 0 || cite->last <= count))
        return true;
    report(c, n, DIAG_QUOTE_NO_PAGE,
           arena_printf(c->arena, "“%.*s” has no page%s %.*s", SPAN_ARGS(d->key), span_eq(first, last) ? "" : "s",
                        SPAN_ARGS(span_from(fragment, 1))),
           pages_there(c->arena, d));
    return false;
}

/* The words of a source with its page, for who points at the link or reads it as text. */
static struct span source_words(struct compile *c, const struct node *n)
{
    struct arena *a = c->arena;
    const struct citation *cite = n->citation;
    struct msg_arg args[3] = {{S("title"), n->target->title}};

    if (cite->first == 0)
        return n->target->title;
    args[1] = (struct msg_arg){S("page"), document_label(a, cite->document, cite->first)};
    args[2] = (struct msg_arg){S("last"), document_label(a, cite->document, cite->last)};
    return msg_text(a, c->entry->lang, cite->first == cite->last ? MSG_PROSE_SOURCE_PAGE : MSG_PROSE_SOURCE_PAGES, 0,
                    args, cite->first == cite->last ? 2 : 3);
}

static bool check(struct compile *c, struct node *n)
{
    struct citation *cite = ARENA_NEW(c->arena, struct citation);
    bool is_fine = true;

    cite->document = c->registers->document(c->registers->ctx, n->reference->keys[0], &cite->index);
    if (cite->document == NULL)
        return false; /* find_target() said so */
    n->citation = cite;
    if (!document_is_cleared(cite->document)) {
        report(c, n, DIAG_DOCUMENT_NOT_CLEARED,
               arena_printf(c->arena, "“%.*s” is %.*s: nobody cleared it for publication",
                            SPAN_ARGS(cite->document->key), SPAN_ARGS(clearance_name(cite->document->clearance))),
               S("clearance = cleared, once somebody who may decide it has"));
        is_fine = false;
    }
    if (n->reference->fragment.n && !read_fragment(c, n, cite)) {
        cite->is_wrong = true;
        cite->first = cite->last = 0;
        is_fine = false;
    }
    return is_fine;
}

bool cite_check(struct compile *c, struct node *n)
{
    bool is_fine = check(c, n);

    if (!is_fine)
        return false;
    n->citation->words = source_words(c, n);
    if (n->title.n == 0)
        n->title = n->citation->words;
    n->address = n->target->address;
    if (n->citation->first)
        n->address = arena_printf(c->arena, "%.*s#%.*s", SPAN_ARGS(n->target->address),
                                  SPAN_ARGS(document_anchor(c->arena, n->citation->document, n->citation->first)));
    return true;
}

bool cite_check_embed(struct compile *c, struct node *n)
{
    struct citation *cite;

    if (!check(c, n))
        return false;
    cite = n->citation;
    if (cite->first == 0 && page_count(cite->document) == 1)
        cite->first = cite->last = 1;
    if (cite->first == 0 || cite->first != cite->last) {
        report(c, n, DIAG_QUOTE_NO_PAGE, S("what is shown is one page of the document"),
               arena_printf(c->arena, "doc:%.*s#p2", SPAN_ARGS(cite->document->key)));
        return false;
    }
    n->title = cite->words = source_words(c, n);
    n->address = arena_printf(c->arena, "%.*s#%.*s", SPAN_ARGS(n->target->address),
                              SPAN_ARGS(document_anchor(c->arena, cite->document, cite->first)));
    return true;
}

bool cite_is_below(const struct node *n)
{
    if (n->kind == NODE_LINK && n->reference && n->reference->scheme == PROSE_DOC)
        return true;
    for (const struct node *child = n->first; child; child = child->next)
        if (cite_is_below(child))
            return true;
    return false;
}
