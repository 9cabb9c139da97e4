/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The document tree as HTML for the typesetter: a sibling of mail.c for paper. A colour is a note to whoever sets it
 * (model/leaflet.h), so every element of ours has one; what a reader clicks on the web is a number here.
 *
 * As in mail.c, every byte that a person wrote passes through html_text(). Tables and photos are parts of their own where
 * the flow of the text can be cut: at its top level.
 */
#include "prose/leaflet.h"

#include "base/utf8.h"
#include "html/msg.h"
#include "prose/prose_impl.h"

enum { ACCENT = 0xa32a1c };
enum { TEXT_MOST = 4 * 1024 * 1024, ALT_MOST = 1024 * 1024, LONG_WORD = 22, BREAK_EVERY = 6 };

struct hand {
    struct arena *arena;
    struct buf *out;
    const struct prose_leaflet *with;
    struct leaflet *leaflet;
    size_t from;    /* where the part being written begins in `out` */
    unsigned ink;   /* of the block */
    unsigned place; /* LEAFLET_IN_… */
    unsigned depth; /* elements that a part may not cut */
    size_t link;    /* 0: none */
    enum lang lang; /* of the document being written */
    int shift;      /* from the document's levels to the leaflet's */
    int last_level;
    struct span mark; /* before the next block's words, and hanging; or empty */
    bool is_over;     /* more links than there are numbers */
};

static void write_node(struct hand *h, const struct node *n);
static void write_children(struct hand *h, const struct node *parent);

/* ---- the hand ---- */

void leaflet_open(struct buf *out, struct span tag, struct span class_name, unsigned ink, size_t link)
{
    buf_printf(out, "<%.*s class=\"%.*s\" style=\"color:#%02x%04x\">", SPAN_ARGS(tag), SPAN_ARGS(class_name), ink,
               (unsigned)link);
}

void leaflet_close(struct buf *out, struct span tag)
{
    buf_printf(out, "</%.*s>\n", SPAN_ARGS(tag));
}

/* One sign for "fi" would be copied and searched as one that nobody types: what keeps the two apart is never drawn. */
static void put_letters(struct buf *out, struct span letters)
{
    size_t at = 0;

    for (size_t i = 1; i < letters.n; i++) {
        char next = letters.p[i];

        if (letters.p[i - 1] != 'f' || (next != 'f' && next != 'i' && next != 'l'))
            continue;
        html_text(out, span_sub(letters, at, i - at));
        buf_put(out, S("\xE2\x80\x8C"));
        at = i;
    }
    html_text(out, span_from(letters, at));
}

static void put_word(struct buf *out, struct span word)
{
    size_t count = 0;
    size_t at = 0;

    if (utf8_count(word) <= LONG_WORD) {
        put_letters(out, word);
        return;
    }
    for (size_t i = 0; i < word.n; i++) {
        if (((uint8_t)word.p[i] & 0xC0) == 0x80 || ++count % BREAK_EVERY)
            continue;
        put_letters(out, span_sub(word, at, i - at));
        buf_put(out, S("\xE2\x80\x8B"));
        at = i;
    }
    put_letters(out, span_from(word, at));
}

void leaflet_words(struct buf *out, struct span words)
{
    for (size_t i = 0; i < words.n;) {
        size_t to = i;

        while (to < words.n && words.p[to] != ' ' && words.p[to] != '\n')
            to++;
        put_word(out, span_sub(words, i, to - i));
        if (to < words.n)
            buf_char(out, words.p[to]);
        i = to + 1;
    }
}

/* What RFC 3986 has no place for is percent-encoded. */
static struct span ascii_address(struct arena *a, struct span address)
{
    struct buf *b = buf_new(a, address.n * 3 + 1);

    for (size_t i = 0; i < address.n; i++) {
        uint8_t c = (uint8_t)address.p[i];

        if (c <= ' ' || c >= 0x7F || c == '<' || c == '>' || c == '"')
            buf_printf(b, "%%%02X", c);
        else
            buf_char(b, (char)c);
    }
    return buf_span(b);
}

uint32_t leaflet_accent(struct span accent)
{
    uint32_t colour = 0;

    if (model_contrast(accent, S("#ffffff")) < 450)
        return ACCENT;
    for (size_t i = 1; i < accent.n; i++) {
        char digit = accent.p[i];
        uint32_t value = digit <= '9' ? (uint32_t)(digit - '0') : (uint32_t)((digit | ' ') - 'a' + 10);

        colour = colour << 4 | value;
    }
    return colour;
}

size_t leaflet_link(struct arena *a, struct leaflet *leaflet, struct url address)
{
    if (address.s.n == 0 || span_eq(address.s, S("#")) || leaflet->links.count >= LEAFLET_LINKS_MOST)
        return 0;
    *LIST_ADD(a, &leaflet->links) = ascii_address(a, address.s);
    return leaflet->links.count;
}

static void begin(struct hand *h, struct span tag, struct span class_name, unsigned ink)
{
    h->ink = ink;
    leaflet_open(h->out, tag, class_name, ink | h->place, h->link);
}

/* The class that lets a mark hang as far as it is wide. */
static struct span hanging(struct span mark)
{
    size_t digits = span_find_char(mark, '.');

    return digits == SPAN_NONE ? S("m") : digits == 1 ? S("m1") : digits == 2 ? S("m2") : S("m3");
}

static void block(struct hand *h, struct span tag, struct span class_name, unsigned ink, const struct node *n)
{
    struct span mark = h->mark;

    if (mark.n)
        class_name = arena_join(h->arena, (struct span[]){class_name, S(" "), hanging(mark)}, 3);
    begin(h, tag, class_name, ink);
    buf_put(h->out, mark);
    h->mark = (struct span){0};
    write_children(h, n);
    leaflet_close(h->out, tag);
}

/* Ends the part of text that is being written. */
static void cut(struct hand *h)
{
    struct span html = span_from(buf_span(h->out), h->from);

    if (span_trim(html).n)
        *LIST_ADD(h->arena, &h->leaflet->parts) =
            (struct leaflet_part){.kind = LEAFLET_PART_TEXT, .html = arena_dup(h->arena, html)};
    h->from = h->out->n;
}

/* What was written since `from`, taken out again: it goes elsewhere. */
static struct span take_back(struct hand *h, size_t from)
{
    struct span html = arena_dup(h->arena, span_from(buf_span(h->out), from));

    h->out->n = from;
    return html;
}

/* ---- links ---- */

static bool is_a_place_in_here(struct span address)
{
    return span_starts(address, S("#"));
}

static size_t number_of(struct hand *h, struct span address)
{
    if (address.n == 0 || is_a_place_in_here(address))
        return 0;
    h->is_over |= h->leaflet->links.count >= LEAFLET_LINKS_MOST;
    return leaflet_link(h->arena, h->leaflet, h->with->link(h->with->ctx, h->arena, address));
}

static void write_link(struct hand *h, const struct node *n)
{
    size_t outside = h->link;

    if (n->link == LINK_ADDRESS)
        h->link = number_of(h, n->address);
    leaflet_open(h->out, S("span"), S(""), h->ink | h->place, h->link);
    write_children(h, n);
    buf_put(h->out, S("</span>"));
    h->link = outside;
    if (n->citation && n->citation->is_translation) {
        buf_char(h->out, ' ');
        leaflet_open(h->out, S("span"), S("s"), LEAFLET_SOFT | h->place, 0);
        leaflet_words(h->out, msg_plain(h->lang, MSG_PROSE_TRANSLATED));
        buf_put(h->out, S("</span>"));
    }
}

/* ---- photos ---- */

static void write_figure(struct hand *h, const struct node *n)
{
    const struct node *image = n->first;
    bool is_shown = h->depth == 0 && image->photo && image->photo->bytes.n;
    size_t from;
    struct buf *alt;

    if (is_shown)
        cut(h);
    from = h->out->n;
    alt = buf_new(h->arena, ALT_MOST);
    plain_words(alt, image);
    if (!is_shown || image->title.n) {
        begin(h, S("p"), S("s"), LEAFLET_SOFT);
        leaflet_words(h->out, is_shown ? image->title : buf_span(alt));
        leaflet_close(h->out, S("p"));
    }
    if (!is_shown)
        return;
    *LIST_ADD(h->arena, &h->leaflet->parts) =
        (struct leaflet_part){.kind = LEAFLET_PART_PHOTO, .bytes = image->photo->bytes, .html = take_back(h, from)};
    h->from = h->out->n;
}

/* ---- embeds ---- */

static void write_body(struct hand *h, const struct prose_doc *doc)
{
    enum lang outside = h->lang;

    h->lang = doc->entry->lang;
    for (const struct node *n = doc->root->first; n; n = n->next) {
        write_node(h, n);
        if (n != claim_said(doc))
            continue;
        begin(h, S("p"), S(""), LEAFLET_TEXT);
        buf_put(h->out, S("<b>"));
        leaflet_words(h->out, msg_plain(h->lang, MSG_PROSE_SO));
        buf_put(h->out, S("</b>"));
        leaflet_close(h->out, S("p"));
    }
    h->lang = outside;
}

static void write_detail(struct hand *h, struct span detail)
{
    if (detail.n == 0)
        return;
    begin(h, S("p"), S("s"), LEAFLET_SOFT);
    leaflet_words(h->out, detail);
    leaflet_close(h->out, S("p"));
}

/* A framed answer, outlet or figure: a title that leads to its page, words, a second line. */
static void write_box(struct hand *h, const struct node *n)
{
    const struct prose_target *t = n->target;
    bool is_page = n->reference->scheme == PROSE_DOC;
    bool is_figure = n->reference->scheme == PROSE_FIG;
    unsigned outside = h->place;

    h->place |= LEAFLET_IN_BOX;
    h->depth++;
    buf_put(h->out, S("<div class=\"b\">\n"));
    h->link = number_of(h, n->address);
    begin(h, S("p"), S(""), LEAFLET_HEADING);
    buf_put(h->out, S("<b>"));
    leaflet_words(h->out, is_page ? n->citation->words : t->title);
    buf_put(h->out, S("</b>"));
    leaflet_close(h->out, S("p"));
    h->link = 0;
    if (is_page || is_figure)
        block(h, S("p"), S(""), LEAFLET_TEXT, n);
    else if (t->body)
        write_body(h, t->body);
    if (!is_page)
        write_detail(h, t->detail);
    buf_put(h->out, S("</div>\n"));
    h->depth--;
    h->place = outside;
}

static void write_embed(struct hand *h, const struct node *n)
{
    if (n->target == NULL || n->link == LINK_WORDS)
        block(h, S("p"), S(""), LEAFLET_TEXT, n);
    else if (n->reference->scheme != PROSE_BLOCK)
        write_box(h, n);
    else if (n->target->body)
        write_body(h, n->target->body);
}

/* ---- blocks ---- */

static void write_heading(struct hand *h, const struct node *n)
{
    int level;

    if (h->last_level == 0)
        h->shift = 2 - n->level;
    level = n->level + h->shift < 2 ? 2 : n->level + h->shift;
    h->last_level = level;
    block(h, level == 2 ? S("h2") : S("h3"), S(""), LEAFLET_HEADING, n);
}

static void write_item(struct hand *h, const struct node *list, const struct node *item)
{
    for (const struct node *child = item->first; child; child = child->next) {
        if (list->is_tight && child->kind == NODE_PARAGRAPH)
            block(h, S("p"), S("t"), LEAFLET_TEXT, child);
        else
            write_node(h, child);
    }
}

/* Marks are words of ours: the typesetter leaves out one here and there, and counts from one. */
static void write_list(struct hand *h, const struct node *n)
{
    int number = n->level;

    h->depth++;
    leaflet_open(h->out, S("div"), S("l"), LEAFLET_TEXT | h->place, 0);
    for (const struct node *item = n->first; item; item = item->next) {
        begin(h, S("div"), S("i"), LEAFLET_TEXT);
        h->mark = n->is_ordered ? arena_printf(h->arena, "%d.\u00A0", number++) : S("•\u00A0\u00A0");
        write_item(h, n, item);
        h->mark = (struct span){0};
        leaflet_close(h->out, S("div"));
    }
    leaflet_close(h->out, S("div"));
    h->depth--;
}

static uint32_t count_cells(const struct node *row)
{
    uint32_t count = 0;

    for (const struct node *cell = row->first; cell; cell = cell->next)
        count++;
    return count;
}

static struct leaflet_cell take_cell(struct hand *h, const struct node *cell, bool is_head)
{
    size_t from = h->out->n;

    begin(h, S("p"), S(""), LEAFLET_TEXT);
    buf_put(h->out, is_head ? S("<b>") : S(""));
    write_children(h, cell);
    buf_put(h->out, is_head ? S("</b>") : S(""));
    leaflet_close(h->out, S("p"));
    return (struct leaflet_cell){take_back(h, from), cell->align ? cell->align : 'l'};
}

/* Where the flow cannot be cut: a row a line. */
static void write_rows(struct hand *h, const struct node *n)
{
    for (const struct node *row = n->first; row; row = row->next) {
        begin(h, S("p"), S(""), LEAFLET_TEXT);
        for (const struct node *cell = row->first; cell; cell = cell->next) {
            write_children(h, cell);
            buf_put(h->out, cell->next ? S(" · ") : S(""));
        }
        leaflet_close(h->out, S("p"));
    }
}

static void write_table(struct hand *h, const struct node *n)
{
    struct leaflet_part part = {.kind = LEAFLET_PART_TABLE};
    struct leaflet_cell *cells;
    size_t at = 0;

    if (h->depth) {
        write_rows(h, n);
        return;
    }
    cut(h);
    for (const struct node *row = n->first; row; row = row->next, part.rows++)
        part.columns = count_cells(row) > part.columns ? count_cells(row) : part.columns;
    if (part.columns == 0)
        return;
    cells = ARENA_ARRAY(h->arena, struct leaflet_cell, (size_t)part.columns * part.rows);
    for (const struct node *row = n->first; row; row = row->next, at += part.columns) {
        size_t column = at;

        for (const struct node *cell = row->first; cell; cell = cell->next)
            cells[column++] = take_cell(h, cell, row->level != 0);
    }
    part.cells = cells;
    *LIST_ADD(h->arena, &h->leaflet->parts) = part;
}

static void write_quote(struct hand *h, const struct node *n)
{
    unsigned outside = h->place;

    h->place |= LEAFLET_IN_QUOTE;
    h->depth++;
    buf_put(h->out, S("<div class=\"q\">\n"));
    write_children(h, n);
    buf_put(h->out, S("</div>\n"));
    h->depth--;
    h->place = outside;
}

static void write_block(struct hand *h, const struct node *n)
{
    switch (n->kind) {
    case NODE_PARAGRAPH:
        if (n->first)
            block(h, S("p"), S(""), LEAFLET_TEXT, n);
        return;
    case NODE_HEADING:
        write_heading(h, n);
        return;
    case NODE_LIST:
        write_list(h, n);
        return;
    case NODE_QUOTE:
        write_quote(h, n);
        return;
    case NODE_CITE:
        block(h, S("p"), S("s"), LEAFLET_CITE, n);
        return;
    case NODE_CODE_BLOCK:
        begin(h, S("pre"), S(""), LEAFLET_TEXT);
        leaflet_words(h->out, n->text);
        leaflet_close(h->out, S("pre"));
        return;
    case NODE_RULE:
        begin(h, S("p"), S("c"), LEAFLET_TEXT);
        buf_put(h->out, S("* * *"));
        leaflet_close(h->out, S("p"));
        return;
    case NODE_TABLE:
        write_table(h, n);
        return;
    case NODE_EMBED:
        write_embed(h, n);
        return;
    case NODE_FIGURE:
        write_figure(h, n);
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
        write_children(h, n);
        return;
    }
}

static void inline_element(struct hand *h, struct span open_tag, const struct node *n, struct span close_tag)
{
    buf_put(h->out, open_tag);
    write_children(h, n);
    buf_put(h->out, close_tag);
}

/* False: it is a block. */
static bool write_inline(struct hand *h, const struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
        leaflet_words(h->out, n->text);
        return true;
    case NODE_SOFT_BREAK:
        buf_char(h->out, '\n');
        return true;
    case NODE_HARD_BREAK:
        buf_put(h->out, S("<br>\n"));
        return true;
    case NODE_EMPH:
    case NODE_IMAGE:
        inline_element(h, S("<i>"), n, S("</i>"));
        return true;
    case NODE_STRONG:
        inline_element(h, S("<b>"), n, S("</b>"));
        return true;
    case NODE_CODE:
        buf_put(h->out, S("<tt>"));
        leaflet_words(h->out, n->text);
        buf_put(h->out, S("</tt>"));
        return true;
    case NODE_LINK:
        write_link(h, n);
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

static void write_node(struct hand *h, const struct node *n)
{
    if (!write_inline(h, n))
        write_block(h, n);
}

static void write_children(struct hand *h, const struct node *parent)
{
    for (const struct node *n = parent->first; n; n = n->next)
        write_node(h, n);
}

enum rc prose_render_leaflet(struct arena *a, const struct prose_doc *doc, const struct prose_leaflet *with,
                             struct leaflet *leaflet)
{
    struct hand h = {
        .arena = a,
        .out = buf_new(a, TEXT_MOST),
        .with = with,
        .leaflet = leaflet,
        .ink = LEAFLET_TEXT,
        .lang = doc->entry->lang,
    };

    write_children(&h, doc->root);
    cut(&h);
    return buf_overflowed(h.out) || h.is_over ? RC_LIMIT : RC_OK;
}
