/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What others may ask of a compiled document.
 */
#include "prose/prose_impl.h"

const struct prose_doc *prose_of(const struct prose_library *lib, const struct entry *e)
{
    return lib->docs[e - lib->campaign->entries.items];
}

size_t prose_heading_count(const struct prose_doc *doc)
{
    return doc->headings.count;
}

struct span prose_heading_text(const struct prose_doc *doc, size_t n)
{
    return doc->headings.items[n]->text;
}

struct span prose_heading_anchor(const struct prose_doc *doc, size_t n)
{
    return doc->headings.items[n]->anchor;
}

size_t prose_lean_count(const struct prose_doc *doc)
{
    return doc->leans.count;
}

const struct prose_lean *prose_lean(const struct prose_doc *doc, size_t n)
{
    return &doc->leans.items[n];
}

struct span prose_lean_name(struct arena *a, const struct prose_lean *lean)
{
    return arena_join(a, (struct span[]){scheme_name(lean->scheme), S(":"), lean->key}, 3);
}

bool prose_has_anchor(const struct prose_doc *doc, struct span anchor)
{
    for (size_t i = 0; i < doc->headings.count; i++)
        if (span_eq(doc->headings.items[i]->anchor, anchor))
            return true;
    return false;
}

size_t prose_figure_count(const struct prose_doc *doc)
{
    return doc->figures.count;
}

const struct figure *prose_figure(const struct prose_doc *doc, size_t n)
{
    return doc->figures.items[n];
}

size_t prose_pending_count(const struct prose_doc *doc)
{
    return doc->pending.count;
}

const struct prose_pending *prose_pending(const struct prose_doc *doc, size_t n)
{
    return &doc->pending.items[n];
}

size_t prose_quote_count(const struct prose_doc *doc)
{
    return doc->quotes.count;
}

const struct prose_quote *prose_quote(const struct prose_doc *doc, size_t n)
{
    return &doc->quotes.items[n];
}

bool node_leads(const struct node *n)
{
    return n->link == LINK_ADDRESS && (n->citation == NULL || document_is_shown(n->citation->document));
}
