/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The document tree as HTML for a letter: inline styles, full addresses, nothing that is fetched.
 *
 * A sibling of web.c with other wants: a picture would tell when and where a letter is opened, so a photo is its words and
 * a link; a place inside the letter is words, for few mail programs lead there. As in web.c, every byte that a person
 * wrote passes through html_text or html_url; tags and styles come from literals and from a colour that was checked.
 */
#include "prose/mail.h"

#include "html/msg.h"
#include "prose/prose_impl.h"

enum { LETTER_MAX = 4 * 1024 * 1024, ALT_MAX = 1024 * 1024, HEADING_BASE = 2 };

struct letter {
    struct arena *arena;
    struct buf *out;
    const struct prose_mail *options;
    enum lang lang; /* of the document being written */
    int shift;      /* from the document's levels to the letter's; set by the first heading */
    int last_level; /* of the heading before; 0: none yet */
    bool in_quote;
};

static void put(struct letter *l, struct span literal)
{
    buf_put(l->out, literal);
}

static void write_node(struct letter *l, const struct node *n);
static void write_children(struct letter *l, const struct node *parent);

static void element(struct letter *l, struct span open, const struct node *n, struct span close)
{
    put(l, open);
    write_children(l, n);
    put(l, close);
}

static bool is_a_place_in_here(struct span address)
{
    return span_starts(address, S("#"));
}

/* Up to and with the '>' of an opening tag. */
static void open_link(struct letter *l, struct span address)
{
    put(l, S("<a class=\"a\" href=\""));
    html_url(l->out, l->options->link(l->options->ctx, l->arena, address));
    put(l, S("\" style=\"color:"));
    put(l, l->options->accent);
    put(l, S("\">"));
}

static void write_link(struct letter *l, const struct node *n)
{
    if (n->link == LINK_FIGURE) {
        put(l, S("<span class=\"f\" style=\"border-bottom:1px dotted "));
        put(l, l->options->accent);
        element(l, S("\">"), n, S("</span>"));
    } else if (n->link == LINK_ADDRESS && !is_a_place_in_here(n->address)) {
        open_link(l, n->address);
        element(l, S(""), n, S("</a>"));
    } else {
        write_children(l, n);
    }
    if (n->citation && n->citation->is_translation) {
        put(l, S(" <span class=\"s\" style=\"font-size:15px;color:" MAIL_SOFT "\">"));
        html_text(l->out, msg_plain(l->lang, MSG_PROSE_TRANSLATED));
        put(l, S("</span>"));
    }
}

static bool has_address(const struct node *image)
{
    return image->photo && image->link == LINK_ADDRESS && !is_a_place_in_here(image->address);
}

/* A photo: what is to be seen on it, and the way there. */
static void write_figure(struct letter *l, const struct node *n)
{
    const struct node *image = n->first;
    struct buf *alt = buf_new(l->arena, ALT_MAX);
    struct span description;

    plain_words(alt, image);
    description = buf_span(alt);
    put(l, S("<p class=\"r s\" style=\"margin:0 0 20px;padding:12px 0;border-top:1px solid " MAIL_RULE
             ";border-bottom:1px solid " MAIL_RULE ";font:15px/1.5 " MAIL_SANS ";color:" MAIL_SOFT "\">"));
    if (has_address(image))
        open_link(l, image->address);
    msg_put(l->out, l->lang, MSG_PROSE_PHOTO_LINK, 0, &(struct msg_arg){S("words"), description}, 1, html_text);
    if (has_address(image))
        put(l, S("</a>"));
    if (image->title.n) {
        put(l, S("<br>\n"));
        html_text(l->out, image->title);
    }
    put(l, S("</p>\n"));
}

/* ---- embeds ---- */

static void write_body(struct letter *l, const struct prose_doc *doc)
{
    struct letter inner = *l;

    inner.lang = doc->entry->lang;
    for (const struct node *n = doc->root->first; n; n = n->next) {
        write_node(&inner, n);
        if (n != claim_said(doc))
            continue;
        put(&inner, S("<p style=\"margin:0 0 6px\"><strong>"));
        html_text(inner.out, msg_plain(inner.lang, MSG_PROSE_SO));
        put(&inner, S("</strong></p>\n"));
    }
}

/* The cell of a box, with its language where that is another than around it. */
static void open_box(struct letter *l, enum lang lang)
{
    put(l, S(MAIL_BOX "<tr><td"));
    if (lang != l->lang) {
        put(l, S(" lang=\""));
        html_attr(l->out, lang_code(lang));
        put(l, S("\""));
    }
    put(l, S(" style=\"padding:16px 20px 4px;font:17px/1.55 " MAIL_SERIF "\">\n"));
}

static void write_detail(struct letter *l, struct span detail)
{
    if (detail.n == 0)
        return;
    put(l, S("<p class=\"s\" style=\"margin:0 0 12px;font:15px/1.5 " MAIL_SANS ";color:" MAIL_SOFT "\">"));
    html_text(l->out, detail);
    put(l, S("</p>\n"));
}

static void write_box(struct letter *l, const struct node *n)
{
    const struct prose_target *t = n->target;

    open_box(l, t->lang);
    put(l, S("<p style=\"margin:0 0 12px\"><strong>"));
    if (n->address.n && !is_a_place_in_here(n->address))
        open_link(l, n->address);
    html_text(l->out, t->title);
    if (n->address.n && !is_a_place_in_here(n->address))
        put(l, S("</a>"));
    put(l, S("</strong></p>\n"));
    if (t->body)
        write_body(l, t->body);
    write_detail(l, t->detail);
    put(l, S(MAIL_BOX_END));
}

static void write_figure_box(struct letter *l, const struct node *n)
{
    open_box(l, n->target->lang);
    put(l, S("<p style=\"margin:0 0 6px\"><strong style=\"font-size:26px;line-height:1.2\">"));
    if (n->address.n && !is_a_place_in_here(n->address))
        open_link(l, n->address);
    html_text(l->out, n->target->title);
    if (n->address.n && !is_a_place_in_here(n->address))
        put(l, S("</a>"));
    put(l, S("</strong> "));
    write_children(l, n);
    put(l, S("</p>\n"));
    write_detail(l, n->target->detail);
    put(l, S(MAIL_BOX_END));
}

/* A page of a document: its words and the way to where it stands. */
static void write_page_link(struct letter *l, const struct node *n)
{
    open_box(l, l->lang);
    put(l, S("<p style=\"margin:0 0 6px\">"));
    write_children(l, n);
    put(l, S("</p>\n<p style=\"margin:0 0 12px;font:15px/1.5 " MAIL_SANS "\">"));
    open_link(l, n->address);
    html_text(l->out, n->citation->words);
    put(l, S("</a></p>\n" MAIL_BOX_END));
}

static void write_embed(struct letter *l, const struct node *n)
{
    if (n->target == NULL || n->link == LINK_WORDS) {
        element(l, S("<p style=\"margin:0 0 18px\">"), n, S("</p>\n"));
    } else if (n->reference->scheme == PROSE_BLOCK) {
        bool is_foreign = n->target->lang != l->lang;

        if (is_foreign) {
            put(l, S("<div lang=\""));
            html_attr(l->out, lang_code(n->target->lang));
            put(l, S("\">\n"));
        }
        if (n->target->body)
            write_body(l, n->target->body);
        if (is_foreign)
            put(l, S("</div>\n"));
    } else if (n->reference->scheme == PROSE_FIG) {
        write_figure_box(l, n);
    } else if (n->reference->scheme == PROSE_DOC) {
        write_page_link(l, n);
    } else {
        write_box(l, n);
    }
}

/* ---- blocks ---- */

static void write_heading(struct letter *l, const struct node *n)
{
    static const int sizes[] = {0, 0, 23, 19, 18, 18, 18};
    int level;

    if (l->last_level == 0)
        l->shift = HEADING_BASE - n->level;
    level = n->level + l->shift;
    if (l->last_level && level > l->last_level + 1)
        level = l->last_level + 1;
    if (level < HEADING_BASE)
        level = HEADING_BASE;
    if (level > 6)
        level = 6;
    l->last_level = level;
    buf_printf(l->out, "<h%d style=\"margin:34px 0 10px;font-size:%dpx;line-height:1.25\">", level, sizes[level]);
    write_children(l, n);
    buf_printf(l->out, "</h%d>\n", level);
}

static void write_list(struct letter *l, const struct node *n)
{
    if (n->is_ordered && n->level != 1)
        buf_printf(l->out, "<ol start=\"%d\"", n->level);
    else
        put(l, n->is_ordered ? S("<ol") : S("<ul"));
    put(l, S(" style=\"margin:0 0 18px;padding:0 0 0 24px\">\n"));
    for (const struct node *item = n->first; item; item = item->next) {
        put(l, S("<li style=\"margin:0 0 8px\">"));
        for (const struct node *child = item->first; child; child = child->next) {
            if (n->is_tight && child->kind == NODE_PARAGRAPH)
                write_children(l, child);
            else
                write_node(l, child);
        }
        put(l, S("</li>\n"));
    }
    put(l, n->is_ordered ? S("</ol>\n") : S("</ul>\n"));
}

static void write_row(struct letter *l, const struct node *row)
{
    bool is_head = row->level != 0;

    put(l, S("<tr>"));
    for (const struct node *cell = row->first; cell; cell = cell->next) {
        put(l, is_head
                   ? S("<th scope=\"col\" class=\"r\" style=\"padding:6px 12px 6px 0;border-bottom:2px solid " MAIL_RULE
                       ";vertical-align:bottom;text-align:")
                   : S("<td class=\"r\" style=\"padding:6px 12px 6px 0;border-bottom:1px solid " MAIL_RULE
                       ";vertical-align:top;text-align:"));
        put(l, cell->align == 'r' ? S("right\">") : cell->align == 'c' ? S("center\">") : S("left\">"));
        element(l, S(""), cell, is_head ? S("</th>") : S("</td>"));
    }
    put(l, S("</tr>\n"));
}

static void write_table(struct letter *l, const struct node *n)
{
    put(l, S("<table cellpadding=\"0\" cellspacing=\"0\" border=\"0\" width=\"100%\" style=\"margin:0 0 20px;"
             "border-collapse:collapse;font:15px/1.45 " MAIL_SANS "\">\n"));
    for (const struct node *row = n->first; row; row = row->next)
        write_row(l, row);
    put(l, S("</table>\n"));
}

static void write_quote(struct letter *l, const struct node *n)
{
    bool was_inside = l->in_quote;

    put(l, S("<blockquote class=\"q\" style=\"margin:0 0 20px;padding:2px 0 2px 18px;border-left:4px solid "));
    put(l, l->options->accent);
    put(l, S("\">\n"));
    l->in_quote = true;
    write_children(l, n);
    l->in_quote = was_inside;
    put(l, S("</blockquote>\n"));
}

static void write_block(struct letter *l, const struct node *n)
{
    switch (n->kind) {
    case NODE_PARAGRAPH:
        if (n->first)
            element(l, l->in_quote ? S("<p style=\"margin:0 0 8px\">") : S("<p style=\"margin:0 0 18px\">"), n,
                    S("</p>\n"));
        return;
    case NODE_HEADING:
        write_heading(l, n);
        return;
    case NODE_LIST:
        write_list(l, n);
        return;
    case NODE_QUOTE:
        write_quote(l, n);
        return;
    case NODE_CITE:
        element(l, S("<p class=\"s\" style=\"margin:0;font:15px/1.5 " MAIL_SANS ";color:" MAIL_SOFT "\">"), n,
                S("</p>\n"));
        return;
    case NODE_CODE_BLOCK:
        put(l, S("<pre style=\"margin:0 0 18px;white-space:pre-wrap;font:15px/1.5 monospace\">"));
        html_text(l->out, n->text);
        put(l, S("</pre>\n"));
        return;
    case NODE_RULE:
        put(l, S("<hr class=\"r\" style=\"margin:28px 0;border:0;border-top:1px solid " MAIL_RULE "\">\n"));
        return;
    case NODE_TABLE:
        write_table(l, n);
        return;
    case NODE_EMBED:
        write_embed(l, n);
        return;
    case NODE_FIGURE:
        write_figure(l, n);
        return;
    case NODE_DOCUMENT:
    case NODE_ITEM:
    case NODE_ROW:
    case NODE_CELL:
    case NODE_TEXT:
    case NODE_SOFT_BREAK:
    case NODE_HARD_BREAK:
    case NODE_EMPH:
    case NODE_STRONG:
    case NODE_CODE:
    case NODE_LINK:
    case NODE_IMAGE:
        write_children(l, n);
        return;
    }
}

/* False: it is a block. */
static bool write_inline(struct letter *l, const struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
        html_text(l->out, n->text);
        return true;
    case NODE_SOFT_BREAK:
        put(l, S("\n"));
        return true;
    case NODE_HARD_BREAK:
        put(l, S("<br>\n"));
        return true;
    case NODE_EMPH:
        element(l, S("<em>"), n, S("</em>"));
        return true;
    case NODE_STRONG:
        element(l, S("<strong>"), n, S("</strong>"));
        return true;
    case NODE_CODE:
        put(l, S("<code>"));
        html_text(l->out, n->text);
        put(l, S("</code>"));
        return true;
    case NODE_LINK:
        write_link(l, n);
        return true;
    case NODE_IMAGE:
        element(l, S("<em>"), n, S("</em>"));
        return true;
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
    case NODE_EMBED:
    case NODE_FIGURE:
        return false;
    }
    return false;
}

static void write_node(struct letter *l, const struct node *n)
{
    if (!write_inline(l, n))
        write_block(l, n);
}

static void write_children(struct letter *l, const struct node *parent)
{
    for (const struct node *n = parent->first; n; n = n->next)
        write_node(l, n);
}

enum rc prose_render_mail(struct arena *a, const struct prose_doc *doc, const struct prose_mail *mail,
                          struct markup *html_out)
{
    struct letter l = {.arena = a, .out = buf_new(a, LETTER_MAX), .options = mail, .lang = doc->entry->lang};

    write_children(&l, doc->root);
    *html_out = markup_of(l.out);
    return buf_overflowed(l.out) ? RC_LIMIT : RC_OK;
}

/* ---- colours ---- */

struct span prose_mail_accent(const struct campaign *c)
{
    return model_contrast(c->accent, S(MAIL_PAPER)) ? c->accent : S("#a32a1c");
}

void prose_mail_style(struct buf *out, const struct campaign *c)
{
    struct span dark = model_contrast(c->accent_dark, S(MAIL_PAPER)) ? c->accent_dark : S("#ff9b87");

    buf_put(out, S(":root{color-scheme:light dark;supported-color-schemes:light dark}\n"
                   "@media (max-width:480px){.t{font-size:28px!important}.e{padding-left:20px!important;"
                   "padding-right:20px!important}}\n"
                   "@media (prefers-color-scheme:dark){"
                   ".p{background:#161412!important;color:#ece6da!important}"
                   ".s{color:#b0a798!important}"
                   ".w{background:#201d19!important}"
                   ".r{border-color:#3a352e!important}"));
    buf_printf(out, ".a{color:%.*s!important}.q,.f,.b{border-color:%.*s!important}}\n", SPAN_ARGS(dark),
               SPAN_ARGS(dark));
}
