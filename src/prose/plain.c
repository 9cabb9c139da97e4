/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The document tree as words alone, a line a block: what search looks through and shows a piece of.
 *
 * Standing blocks are left out, for they are the same under every newsletter; of what is shown from elsewhere, a question
 * or a right, its title is here and its text where it belongs.
 */
#include "prose/prose_impl.h"

enum { PLAIN_MAX = 16 * 1024 * 1024 };

void plain_words(struct buf *out, const struct node *parent)
{
    for (const struct node *n = parent->first; n; n = n->next) {
        if (n->kind == NODE_TEXT || n->kind == NODE_CODE)
            buf_put(out, n->text);
        else if (n->kind == NODE_SOFT_BREAK || n->kind == NODE_HARD_BREAK)
            buf_char(out, ' ');
        else
            plain_words(out, n);
    }
}

static void end_line(struct buf *out)
{
    if (out->n && out->p[out->n - 1] != '\n')
        buf_char(out, '\n');
}

static void put_row(struct buf *out, const struct node *row)
{
    for (const struct node *cell = row->first; cell; cell = cell->next) {
        plain_words(out, cell);
        end_line(out);
    }
}

static void put_embed(struct buf *out, const struct node *n)
{
    if (n->target && n->link != LINK_WORDS && n->reference->scheme == PROSE_BLOCK)
        return;
    if (n->target && n->link != LINK_WORDS) {
        buf_put(out, n->target->title);
        buf_char(out, ' ');
    }
    if (n->target == NULL || n->link == LINK_WORDS || n->reference->scheme == PROSE_FIG)
        plain_words(out, n);
    end_line(out);
}

static void put_blocks(struct buf *out, const struct node *parent);

static void put_block(struct buf *out, const struct node *n)
{
    switch (n->kind) {
    case NODE_PARAGRAPH:
    case NODE_HEADING:
    case NODE_CITE:
        plain_words(out, n);
        end_line(out);
        return;
    case NODE_CODE_BLOCK:
        buf_put(out, n->text);
        end_line(out);
        return;
    case NODE_ROW:
        put_row(out, n);
        return;
    case NODE_EMBED:
        put_embed(out, n);
        return;
    case NODE_FIGURE:
        plain_words(out, n->first);
        end_line(out);
        buf_put(out, n->first->title);
        end_line(out);
        return;
    case NODE_RULE:
        return;
    case NODE_DOCUMENT:
    case NODE_LIST:
    case NODE_ITEM:
    case NODE_QUOTE:
    case NODE_TABLE:
    case NODE_CELL:
    case NODE_TEXT:
    case NODE_SOFT_BREAK:
    case NODE_HARD_BREAK:
    case NODE_EMPH:
    case NODE_STRONG:
    case NODE_CODE:
    case NODE_LINK:
    case NODE_IMAGE:
        put_blocks(out, n);
        return;
    }
}

static void put_blocks(struct buf *out, const struct node *parent)
{
    for (const struct node *n = parent->first; n; n = n->next)
        put_block(out, n);
}

struct span prose_render_plain(struct arena *a, const struct prose_doc *doc)
{
    struct buf *out = buf_new(a, PLAIN_MAX);

    put_blocks(out, doc->root);
    return buf_span(out);
}
