/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The document tree as HTML for a page. The one place that turns a checked document into trusted markup.
 *
 * Every byte that a person wrote passes through html_text, html_attr or html_url; tags come from literals. Levels of
 * headings are moved below the page's own and never skip one.
 */
#include "html/msg.h"
#include "prose/prose_impl.h"
#include "prose/shown.h"

enum { PAGE_MAX = 16 * 1024 * 1024 };

struct web {
    struct arena *arena;
    struct buf *out;
    const struct prose_web *options;
    const struct prose_doc *doc;
    enum lang lang; /* of the document being written */
    int shift;      /* from the document's levels to the page's; set by the first heading */
    int last_level; /* of the heading before; 0: none yet */
    bool has_image; /* one was written already */
    bool is_inside; /* of an embed: headings get no anchor, figures no note */
};

static void put(struct web *w, struct span literal)
{
    buf_put(w->out, literal);
}

static void write_node(struct web *w, const struct node *n);
static void write_children(struct web *w, const struct node *parent);

static void element(struct web *w, struct span open, const struct node *n, struct span close)
{
    put(w, open);
    write_children(w, n);
    put(w, close);
}

static void attribute(struct web *w, struct span name, struct span value)
{
    put(w, S(" "));
    put(w, name);
    put(w, S("=\""));
    html_attr(w->out, value);
    put(w, S("\""));
}

static void href(struct web *w, struct span name, struct span address)
{
    put(w, S(" "));
    put(w, name);
    put(w, S("=\""));
    html_url(w->out, w->options->link(w->options->ctx, w->arena, address));
    put(w, S("\""));
}

static void write_link(struct web *w, const struct node *n)
{
    if (n->link == LINK_FIGURE && w->options->has_figure_notes && !w->is_inside) {
        put(w, S("<a class=\"fig\""));
        href(w, S("href"), arena_printf(w->arena, "#fig-%.*s", SPAN_ARGS(n->figure->key)));
        element(w, S(">"), n, S("</a>"));
    } else if (node_leads(n) && !(w->is_inside && span_starts(n->address, S("#")))) {
        put(w, S("<a"));
        href(w, S("href"),
             span_starts(n->address, S("#"))
                 ? arena_join(w->arena, (struct span[]){S("#"), w->options->anchor_prefix, span_from(n->address, 1)}, 3)
                 : n->address);
        if (n->title.n)
            attribute(w, S("title"), n->title);
        element(w, S(">"), n, S("</a>"));
    } else {
        write_children(w, n);
    }
    if (n->citation && n->citation->is_translation) {
        put(w, S(" <small class=\"translated\">"));
        html_text(w->out, msg_plain(w->lang, MSG_PROSE_TRANSLATED));
        put(w, S("</small>"));
    }
}

/* The words of an image's description, without markup. */
static struct span alt_of(struct web *w, const struct node *n)
{
    struct buf *out = buf_new(w->arena, PAGE_MAX);

    plain_words(out, n);
    return buf_span(out);
}

static void write_image(struct web *w, const struct node *n)
{
    if (n->photo == NULL || n->link != LINK_ADDRESS) {
        put(w, S("<span>"));
        write_children(w, n);
        put(w, S("</span>"));
        return;
    }
    put(w, S("<img"));
    href(w, S("src"), n->address);
    attribute(w, S("alt"), alt_of(w, n));
    buf_printf(w->out, " width=\"%u\" height=\"%u\"", n->photo->width, n->photo->height);
    put(w, w->has_image ? S(" loading=\"lazy\" decoding=\"async\">") : S(">"));
    w->has_image = true; /* the first is probably in sight: it does not wait */
}

static void write_figure(struct web *w, const struct node *n)
{
    const struct node *image = n->first;

    put(w, S("<figure>"));
    write_image(w, image);
    if (image->title.n) {
        put(w, S("<figcaption>"));
        html_text(w->out, image->title);
        put(w, S("</figcaption>"));
    }
    put(w, S("</figure>\n"));
}

/* ---- embeds ---- */

/* What follows their words is ours, and says so. */
static void write_body(struct web *w, const struct prose_doc *doc)
{
    struct web inner = *w;

    inner.is_inside = true;
    inner.lang = doc->entry->lang;
    inner.doc = doc;
    for (const struct node *n = doc->root->first; n; n = n->next) {
        write_node(&inner, n);
        if (n != claim_said(doc))
            continue;
        put(&inner, S("<p class=\"embed-so\">"));
        html_text(inner.out, msg_plain(inner.lang, MSG_PROSE_SO));
        put(&inner, S("</p>\n"));
    }
}

/* ` lang="es"` where what follows is in another language than what surrounds it. */
static void lang_attribute(struct web *w, enum lang lang)
{
    if (lang != w->lang)
        attribute(w, S("lang"), lang_code(lang));
}

static void write_box(struct web *w, const struct node *n)
{
    const struct prose_target *t = n->target;

    put(w, S("<div class=\"embed embed-"));
    put(w, scheme_name(n->reference->scheme));
    put(w, S("\""));
    lang_attribute(w, t->lang);
    put(w, S(">\n<p class=\"embed-title\">"));
    if (n->address.n) {
        put(w, S("<a"));
        href(w, S("href"), n->address);
        put(w, S(">"));
        html_text(w->out, t->title);
        put(w, S("</a>"));
    } else {
        html_text(w->out, t->title);
    }
    put(w, S("</p>\n"));
    if (t->body)
        write_body(w, t->body);
    if (t->detail.n) {
        put(w, S("<p class=\"embed-detail\">"));
        html_text(w->out, t->detail);
        put(w, S("</p>\n"));
    }
    put(w, S("</div>\n"));
}

static void write_figure_box(struct web *w, const struct node *n)
{
    put(w, S("<div class=\"figure-box\">\n<p><strong class=\"big\">"));
    html_text(w->out, n->target->title);
    put(w, S("</strong> "));
    write_children(w, n);
    put(w, S("</p>\n<p class=\"embed-detail\">"));
    html_text(w->out, n->target->detail);
    put(w, S("</p>\n</div>\n"));
}

/* What this very document quotes of the page. */
static const bool *marks_of(struct web *w, const struct document *d, uint32_t page)
{
    bool *marks = shown_marks(w->arena, &d->shown.text.pages[page - 1]);

    for (size_t i = 0; i < w->doc->quotes.count; i++) {
        const struct prose_quote *q = &w->doc->quotes.items[i];

        for (size_t r = 0; q->document == d && r < q->range_count; r++) {
            struct quote_range shown;

            if (q->ranges[r].page == page && shown_range(d, &q->ranges[r], &shown))
                shown_mark(marks, &shown);
        }
    }
    return marks;
}

/* A page as it looks, and the way to where it can be read. Its picture lies beside its page: "/sources/KEY/p9.webp". As
 * long as nobody can see it, what it is called. */
static void write_page_picture(struct web *w, const struct node *n)
{
    const struct document *d = n->citation->document;
    uint32_t page = n->citation->first;
    struct shown_picture picture = {.document = d, .page = page, .is_lazy = w->has_image};

    if (!document_is_shown(d) || page > d->shown.text.page_count) {
        put(w, S("<p>"));
        write_children(w, n);
        put(w, S(" <span class=\"cite\">"));
        html_text(w->out, n->title);
        put(w, S("</span></p>\n"));
        return;
    }
    picture.marks = marks_of(w, d, page);
    picture.alt = alt_of(w, n);
    picture.picture = w->options->link(w->options->ctx, w->arena,
                                       arena_printf(w->arena, "%.*s/%.*s.webp", SPAN_ARGS(n->target->detail),
                                                    SPAN_ARGS(document_anchor(w->arena, d, page))));
    put(w, S("<figure class=\"page-picture\">\n<a"));
    href(w, S("href"), n->address);
    put(w, S(">"));
    shown_write_picture(w->out, &picture);
    put(w, S("</a>\n<figcaption><a"));
    w->has_image = true;
    href(w, S("href"), n->address);
    put(w, S(">"));
    html_text(w->out, n->title);
    put(w, S("</a></figcaption>\n</figure>\n"));
}

static void write_embed(struct web *w, const struct node *n)
{
    if (n->target == NULL || n->link == LINK_WORDS) {
        element(w, S("<p>"), n, S("</p>\n"));
        return;
    }
    if (n->reference->scheme == PROSE_BLOCK) {
        put(w, S("<div class=\"block block-"));
        html_attr(w->out, n->reference->keys[0]);
        put(w, S("\""));
        lang_attribute(w, n->target->lang);
        put(w, S(">\n"));
        if (n->target->body)
            write_body(w, n->target->body);
        put(w, S("</div>\n"));
    } else if (n->reference->scheme == PROSE_FIG) {
        write_figure_box(w, n);
    } else if (n->reference->scheme == PROSE_DOC) {
        write_page_picture(w, n);
    } else {
        write_box(w, n);
    }
}

/* ---- blocks ---- */

static void write_heading(struct web *w, const struct node *n)
{
    int level;

    if (w->last_level == 0)
        w->shift = w->options->heading_base - n->level;
    level = n->level + w->shift;
    if (w->last_level && level > w->last_level + 1)
        level = w->last_level + 1;
    if (level < w->options->heading_base)
        level = w->options->heading_base;
    if (level > 6)
        level = 6;
    w->last_level = level;
    buf_printf(w->out, "<h%d", level);
    if (n->anchor.n && !w->is_inside)
        attribute(w, S("id"), arena_join(w->arena, (struct span[]){w->options->anchor_prefix, n->anchor}, 2));
    put(w, S(">"));
    write_children(w, n);
    buf_printf(w->out, "</h%d>\n", level);
}

static void write_list(struct web *w, const struct node *n)
{
    if (n->is_ordered && n->level != 1)
        buf_printf(w->out, "<ol start=\"%d\">\n", n->level);
    else
        put(w, n->is_ordered ? S("<ol>\n") : S("<ul>\n"));
    for (const struct node *item = n->first; item; item = item->next) {
        put(w, S("<li>"));
        for (const struct node *child = item->first; child; child = child->next) {
            if (n->is_tight && child->kind == NODE_PARAGRAPH)
                write_children(w, child);
            else
                write_node(w, child);
        }
        put(w, S("</li>\n"));
    }
    put(w, n->is_ordered ? S("</ol>\n") : S("</ul>\n"));
}

static void write_row(struct web *w, const struct node *row)
{
    bool is_head = row->level != 0;

    put(w, S("<tr>"));
    for (const struct node *cell = row->first; cell; cell = cell->next) {
        put(w, is_head ? S("<th scope=\"col\"") : S("<td"));
        if (cell->align == 'r')
            put(w, S(" class=\"right\""));
        else if (cell->align == 'c')
            put(w, S(" class=\"center\""));
        element(w, S(">"), cell, is_head ? S("</th>") : S("</td>"));
    }
    put(w, S("</tr>\n"));
}

/* A table may be wider than a phone: its box scrolls, and a keyboard can reach it. */
static void write_table(struct web *w, const struct node *n)
{
    bool has_body = false;

    put(w, S("<section class=\"table\" tabindex=\"0\""));
    attribute(w, S("aria-label"), msg_plain(w->lang, MSG_PROSE_TABLE));
    put(w, S(">\n<table>\n"));
    for (const struct node *row = n->first; row; row = row->next) {
        if (row->level) {
            put(w, S("<thead>\n"));
            write_row(w, row);
            put(w, S("</thead>\n"));
            continue;
        }
        if (!has_body)
            put(w, S("<tbody>\n"));
        has_body = true;
        write_row(w, row);
    }
    if (has_body)
        put(w, S("</tbody>\n"));
    put(w, S("</table>\n</section>\n"));
}

static void write_code_block(struct web *w, const struct node *n)
{
    put(w, S("<pre tabindex=\"0\"><code>"));
    html_text(w->out, n->text);
    put(w, S("</code></pre>\n"));
}

static void write_node(struct web *w, const struct node *n)
{
    switch (n->kind) {
    case NODE_PARAGRAPH:
        if (n->first)
            element(w, S("<p>"), n, S("</p>\n"));
        return;
    case NODE_HEADING:
        write_heading(w, n);
        return;
    case NODE_LIST:
        write_list(w, n);
        return;
    case NODE_QUOTE:
        element(w, S("<blockquote>\n"), n, S("</blockquote>\n"));
        return;
    case NODE_CITE:
        element(w, S("<p class=\"cite\">"), n, S("</p>\n"));
        return;
    case NODE_CODE_BLOCK:
        write_code_block(w, n);
        return;
    case NODE_RULE:
        put(w, S("<hr>\n"));
        return;
    case NODE_TABLE:
        write_table(w, n);
        return;
    case NODE_EMBED:
        write_embed(w, n);
        return;
    case NODE_FIGURE:
        write_figure(w, n);
        return;
    case NODE_TEXT:
        html_text(w->out, n->text);
        return;
    case NODE_SOFT_BREAK:
        put(w, S("\n"));
        return;
    case NODE_HARD_BREAK:
        put(w, S("<br>\n"));
        return;
    case NODE_EMPH:
        element(w, S("<em>"), n, S("</em>"));
        return;
    case NODE_STRONG:
        element(w, S("<strong>"), n, S("</strong>"));
        return;
    case NODE_CODE:
        put(w, S("<code>"));
        html_text(w->out, n->text);
        put(w, S("</code>"));
        return;
    case NODE_LINK:
        write_link(w, n);
        return;
    case NODE_IMAGE:
        write_image(w, n);
        return;
    case NODE_DOCUMENT:
    case NODE_ITEM:
    case NODE_ROW:
    case NODE_CELL:
        write_children(w, n);
        return;
    }
}

static void write_children(struct web *w, const struct node *parent)
{
    for (const struct node *n = parent->first; n; n = n->next)
        write_node(w, n);
}

struct markup prose_render_web(struct arena *a, const struct prose_doc *doc, const struct prose_web *web)
{
    struct web w = {.arena = a, .out = buf_new(a, PAGE_MAX), .options = web, .doc = doc, .lang = doc->entry->lang};

    for (const struct node *n = doc->root->first; n; n = n->next)
        if (web->part == PROSE_WHOLE || (web->part == PROSE_SAID) == (n == claim_said(doc)))
            write_node(&w, n);
    return markup_of(w.out);
}
