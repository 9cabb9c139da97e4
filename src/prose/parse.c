/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Markdown to our tree: the only file that knows libcmark-gfm, but for parse_box.c, which gives it memory.
 *
 * The library is given a fixed room of memory and is left by longjmp when it asks for more, because thirty kilobytes of
 * table can ask it for gigabytes (parse_box.h). Its positions are hints: a block's first line is right, what stands inside a line is
 * found again in the source by a cursor that only moves forward. Nothing of the library's survives parse_document().
 */
#include "base/utf8.h"
#include "prose/guard.h"
#include "prose/parse_box.h"

#include <cmark-gfm-core-extensions.h>
#include <string.h>

enum { DEPTH_MAX = 48 };

/* ---- conversion ---- */

struct parser {
    struct compile *c;
    size_t cursor;   /* everything before it is consumed */
    size_t line_end; /* of the line the cursor is in */
    int depth;
    bool too_deep;
    bool in_link;
    size_t cites;      /* block quotes we are inside of */
    size_t waiting[8]; /* waivers on lines of their own, for the next block */
    size_t waiting_count;
    bool waiting_is_first; /* nothing stood before them */
};

static void move_to(struct parser *p, size_t at)
{
    uint32_t line;

    if (at > p->c->entry->source.n)
        at = p->c->entry->source.n;
    p->cursor = at;
    if (p->line_end < at || p->line_end == 0) {
        line = place_line(p->c, at);
        p->line_end = place_line_start(p->c, line + 1);
    }
}

static void move_to_line(struct parser *p, uint32_t body_line)
{
    size_t start = place_line_start(p->c, body_line + p->c->entry->body_line - 1);

    if (start > p->cursor || p->line_end == 0) {
        p->line_end = 0;
        move_to(p, start);
    }
}

static void move_to_next_line(struct parser *p)
{
    size_t at = p->line_end;

    p->line_end = place_line_start(p->c, place_line(p->c, at) + 1);
    p->cursor = at;
}

/* Where `what` stands in the cursor's line, or SPAN_NONE. */
static size_t find_in_line(const struct parser *p, struct span what)
{
    struct span line = span_sub(p->c->entry->source, p->cursor, p->line_end - p->cursor);
    size_t at = span_find(line, what);

    return at == SPAN_NONE ? SPAN_NONE : p->cursor + at;
}

/* The same, and in the line after it for words long enough not to be found by accident. */
static size_t find_near(struct parser *p, struct span what)
{
    size_t at = find_in_line(p, what);
    struct parser ahead;

    if (at != SPAN_NONE || what.n < 6)
        return at;
    ahead = *p;
    move_to_next_line(&ahead);
    at = find_in_line(&ahead, what);
    if (at != SPAN_NONE)
        p->line_end = ahead.line_end;
    return at;
}

/* A paragraph may become a FIGURE, of which its picture knows all, or a CITE. */
static size_t node_size(enum node_kind kind)
{
    switch (kind) {
    case NODE_SOFT_BREAK:
    case NODE_HARD_BREAK:
        return offsetof(struct node, text);
    case NODE_TEXT:
        return offsetof(struct node, last);
    case NODE_PARAGRAPH:
    case NODE_ITEM:
    case NODE_QUOTE:
    case NODE_CITE:
    case NODE_CODE_BLOCK:
    case NODE_RULE:
    case NODE_TABLE:
    case NODE_EMPH:
    case NODE_STRONG:
    case NODE_CODE:
        return offsetof(struct node, address);
    case NODE_DOCUMENT:
    case NODE_HEADING:
    case NODE_LIST:
    case NODE_ROW:
    case NODE_CELL:
    case NODE_EMBED:
    case NODE_FIGURE:
    case NODE_LINK:
    case NODE_IMAGE:
        break;
    }
    return sizeof(struct node);
}

static struct node *node_add(struct parser *p, struct node *parent, enum node_kind kind)
{
    size_t size = node_size(kind);
    struct node *n = arena_alloc(p->c->arena, size);

    n->kind = kind;
    n->at = p->cursor;
    if (size == sizeof *n)
        n->address_at = SPAN_NONE;
    if (parent->last)
        parent->last->next = n;
    else
        parent->first = n;
    parent->last = n;
    return n;
}

static bool is_fit(uint32_t c)
{
    return c == '\t' || c == '\n' || (c >= 0x20 && c < 0x7F) || (c > 0x9F && c != 0xFFFD);
}

/* Bytes at the start of which each is a fit character: nearly always all. */
static size_t plain_len(struct span s)
{
    size_t n = 0;

    while (n < s.n && ((s.p[n] >= ' ' && s.p[n] <= '~') || s.p[n] == '\n'))
        n++;
    return n;
}

/* What the library gives, fit for every form; lives as long as the library's tree. It turns "&#xFFFE;" into a byte that is
 * not UTF-8 and "&#27;" into a control, and keeps the file's CRLF in code: the first two become U+FFFD, every line end
 * becomes LF. */
static struct span fit(struct parser *p, const char *cstr)
{
    struct span text = span_of(cstr);
    struct span rest = text;
    struct buf b;
    uint32_t c = ' ';

    do
        rest = span_from(rest, plain_len(rest));
    while (utf8_next(&rest, &c) && is_fit(c));
    if (is_fit(c)) /* nearly always */
        return text;
    buf_init(&b, p->c->arena, text.n * 3);
    for (rest = text; utf8_next(&rest, &c);) {
        if (c == '\r' && span_starts(rest, S("\n")))
            continue;
        buf_utf8(&b, c == '\r' ? '\n' : is_fit(c) ? c : 0xFFFD);
    }
    return buf_span(&b);
}

static struct span copy(struct parser *p, const char *cstr)
{
    return arena_dup(p->c->arena, fit(p, cstr));
}

/* `<!-- ok: CODE reason -->` → its waiver. RC_NOT_FOUND when it is other HTML, RC_INVALID when it is a waiver that does
 * not hold, with `fault_out`. */
static enum rc read_waiver(struct parser *p, struct span html, struct waiver *waiver_out, struct span *fault_out)
{
    struct arena *a = p->c->arena;
    struct span inside = span_trim(html);
    struct span name;
    struct span reason;

    if (!span_starts(inside, S("<!--")) || !span_ends(inside, S("-->")) || inside.n < 7)
        return RC_NOT_FOUND;
    inside = span_trim(span_sub(inside, 4, inside.n - 7));
    if (!span_starts(inside, S("ok:")) || span_find(inside, S("-->")) != SPAN_NONE)
        return RC_NOT_FOUND;
    inside = span_trim(span_from(inside, 3));
    if (!span_cut(inside, ' ', &name, &reason) || span_find_char(name, '\n') != SPAN_NONE)
        span_cut(inside, '\n', &name, &reason);
    reason = span_trim(reason);
    if (!diag_code_from_name(name, &waiver_out->code)) {
        *fault_out =
            arena_printf(a, "“%.*s” is not the name of a warning: `breakroom explain` lists them", SPAN_ARGS(name));
        return RC_INVALID;
    }
    if (diag_is_error(waiver_out->code)) {
        *fault_out = arena_printf(a, "%.*s is an error, and errors cannot be waived", SPAN_ARGS(name));
        return RC_INVALID;
    }
    if (reason.n == 0) {
        *fault_out = S("a waiver needs a reason: <!-- ok: CODE why this may stand -->");
        return RC_INVALID;
    }
    waiver_out->reason = reason;
    return RC_OK;
}

/* HTML in the source: our waiver, or an error. True when it is a waiver, added to the list. */
static bool take_html(struct parser *p, struct span html)
{
    struct waiver waiver = {0};
    struct span fault = S("raw HTML: write it in Markdown; the only comment that may stand here is a waiver");
    struct span first_line;
    struct span rest;
    size_t at;
    enum rc rc;

    html = span_trim(html);
    span_cut(html, '\n', &first_line, &rest);
    first_line = span_trim(first_line);
    at = find_near(p, first_line);
    if (at == SPAN_NONE)
        at = p->cursor;
    else
        move_to(p, at + first_line.n);
    rc = read_waiver(p, html, &waiver, &fault);
    if (rc != RC_OK) {
        place_report(p->c, DIAG_RAW_HTML, at, first_line.n, fault, (struct span){0});
        return false;
    }
    waiver.at = (struct place){p->c->entry->file, place_line(p->c, at), 0};
    waiver.reason = arena_dup(p->c->arena, waiver.reason);
    *LIST_ADD(p->c->arena, &p->c->waivers) = waiver;
    return true;
}

static void allow(struct parser *p, size_t waiver, uint32_t first_line, uint32_t last_line, bool is_file)
{
    *LIST_ADD(p->c->arena, &p->c->allowances) = (struct allowance){waiver, first_line, last_line, is_file};
}

static void convert_inlines(struct parser *p, cmark_node *from, struct node *to);

static void convert_link(struct parser *p, cmark_node *from, struct node *parent, bool is_image)
{
    struct node *n = node_add(p, parent, is_image ? NODE_IMAGE : NODE_LINK);
    size_t open = find_near(p, is_image ? S("![") : S("["));
    size_t angle = is_image ? SPAN_NONE : find_in_line(p, S("<"));
    size_t address;
    bool was_in_link = p->in_link;

    if (angle != SPAN_NONE && (open == SPAN_NONE || angle < open))
        open = angle; /* <https://…> */
    if (open != SPAN_NONE)
        move_to(p, open + (is_image ? 2 : 1));
    n->at = p->cursor;
    n->address = copy(p, cmark_node_get_url(from));
    n->title = copy(p, cmark_node_get_title(from));
    p->in_link = was_in_link || !is_image;
    convert_inlines(p, from, n);
    p->in_link = was_in_link;
    n->width = p->cursor > n->at ? (uint32_t)(p->cursor - n->at) : 0;
    if (open == angle && open != SPAN_NONE) {
        n->address_at = n->at;
        return;
    }
    address = n->address.n ? find_in_line(p, n->address) : SPAN_NONE;
    if (address != SPAN_NONE) {
        n->address_at = address;
        move_to(p, address + n->address.n);
    }
    if (n->title.n) {
        size_t title = find_in_line(p, n->title);

        if (title != SPAN_NONE)
            move_to(p, title + n->title.n);
    }
}

/* ---- text that is not spelled in the source as it reads ---- */

/* Where `text` ends in the source when it is spelled there from `at` on; SPAN_NONE when it is not. Into `to`, unless that
 * is null, go nodes that lie in the source byte by byte. */
static size_t take_spelled(struct parser *p, struct span text, size_t at, struct node *to)
{
    while (text.n) {
        struct spelled piece =
            spell_next(span_sub(p->c->entry->source, at, p->line_end > at ? p->line_end - at : 0), text);

        if (piece.text == 0)
            return SPAN_NONE;
        at += piece.skip;
        if (to) {
            struct node *n = node_add(p, to, NODE_TEXT);

            n->at = at;
            n->width = (uint32_t)piece.source;
            n->text = span_sub(text, 0, piece.text);
        }
        at += piece.source;
        text = span_from(text, piece.text);
    }
    return at;
}

enum { SPELLED_NEAR = 256 }; /* marks and blanks before a text, at most */

static bool convert_spelled(struct parser *p, struct span text, struct node *to)
{
    for (size_t at = p->cursor; at < p->line_end && at < p->cursor + SPELLED_NEAR; at++) {
        if (take_spelled(p, text, at, NULL) != SPAN_NONE) {
            move_to(p, take_spelled(p, text, at, to));
            return true;
        }
    }
    return false;
}

static void convert_words(struct parser *p, cmark_node *from, struct node *to, enum node_kind kind)
{
    struct span text = fit(p, cmark_node_get_literal(from));
    size_t at = find_near(p, text);
    struct node *n;

    if (at != SPAN_NONE) {
        n = node_add(p, to, kind);
        n->at = at;
        n->width = (uint32_t)text.n;
        n->text = span_sub(p->c->entry->source, at, text.n); /* no copy: nearly all of a campaign's words */
        move_to(p, at + text.n);
        return;
    }
    text = arena_dup(p->c->arena, text);
    if (kind == NODE_TEXT && convert_spelled(p, text, to))
        return;
    node_add(p, to, kind)->text = text;
}

static void convert_inline(struct parser *p, cmark_node *from, struct node *to)
{
    cmark_node_type type = cmark_node_get_type(from);

    if (type == CMARK_NODE_TEXT) {
        convert_words(p, from, to, NODE_TEXT);
    } else if (type == CMARK_NODE_CODE) {
        convert_words(p, from, to, NODE_CODE);
    } else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK) {
        node_add(p, to, type == CMARK_NODE_SOFTBREAK ? NODE_SOFT_BREAK : NODE_HARD_BREAK);
        move_to_next_line(p);
    } else if (type == CMARK_NODE_EMPH) {
        convert_inlines(p, from, node_add(p, to, NODE_EMPH));
    } else if (type == CMARK_NODE_STRONG) {
        convert_inlines(p, from, node_add(p, to, NODE_STRONG));
    } else if (type == CMARK_NODE_IMAGE || (type == CMARK_NODE_LINK && !p->in_link)) {
        convert_link(p, from, to, type == CMARK_NODE_IMAGE);
    } else if (type == CMARK_NODE_HTML_INLINE) {
        uint32_t line = place_line(p->c, p->cursor);

        if (take_html(p, span_of(cmark_node_get_literal(from)))) {
            cmark_node *block = from;

            while (cmark_node_parent(block) && cmark_node_get_type(block) != CMARK_NODE_PARAGRAPH)
                block = cmark_node_parent(block);
            if (cmark_node_get_type(block) == CMARK_NODE_PARAGRAPH)
                allow(p, p->c->waivers.count - 1,
                      (uint32_t)cmark_node_get_start_line(block) + p->c->entry->body_line - 1,
                      (uint32_t)cmark_node_get_end_line(block) + p->c->entry->body_line - 1, false);
            else
                allow(p, p->c->waivers.count - 1, line, line, false);
        }
    } else {
        /* [words <https://…>](…): the library lets a link in a link through, a page may not. Nothing else is left. */
        convert_inlines(p, from, to);
    }
}

static void convert_inlines(struct parser *p, cmark_node *from, struct node *to)
{
    if (p->depth >= DEPTH_MAX) {
        p->too_deep = true;
        return;
    }
    p->depth++;
    for (cmark_node *n = cmark_node_first_child(from); n; n = cmark_node_next(n))
        convert_inline(p, n, to);
    p->depth--;
}

static void convert_blocks(struct parser *p, cmark_node *from, struct node *to);

static void convert_table(struct parser *p, cmark_node *from, struct node *to)
{
    struct node *table = node_add(p, to, NODE_TABLE);
    const uint8_t *aligns = cmark_gfm_extensions_get_table_alignments(from);
    uint16_t columns = cmark_gfm_extensions_get_table_columns(from);

    for (cmark_node *r = cmark_node_first_child(from); r; r = cmark_node_next(r)) {
        struct node *row = node_add(p, table, NODE_ROW);
        uint16_t column = 0;

        move_to_line(p, (uint32_t)cmark_node_get_start_line(r));
        row->level = cmark_gfm_extensions_get_table_row_is_header(r);
        for (cmark_node *cell = cmark_node_first_child(r); cell; cell = cmark_node_next(cell), column++) {
            struct node *n = node_add(p, row, NODE_CELL);

            n->align = column < columns ? (char)aligns[column] : 0;
            convert_inlines(p, cell, n);
        }
    }
}

/* Moves the last line of a block quote into a node of its own when it begins with a dash. */
static void split_cite(struct parser *p, struct node *quote)
{
    struct node *paragraph = quote->last;
    struct node *before = NULL; /* the line break that the last line follows */
    struct node *first;
    struct node *cite;

    if (paragraph == NULL || paragraph->kind != NODE_PARAGRAPH)
        return;
    for (struct node *n = paragraph->first; n; n = n->next)
        if (n->kind == NODE_SOFT_BREAK || n->kind == NODE_HARD_BREAK)
            before = n;
    first = before ? before->next : paragraph->first;
    if (first == NULL || first->kind != NODE_TEXT ||
        !(span_starts(first->text, S("—")) || span_starts(first->text, S("–")) || span_starts(first->text, S("-"))))
        return;
    if (before == NULL) { /* a paragraph of its own */
        paragraph->kind = NODE_CITE;
        return;
    }
    cite = node_add(p, quote, NODE_CITE);
    cite->at = first->at;
    cite->first = first;
    cite->last = paragraph->last;
    for (struct node *n = paragraph->first; n; n = n->next) {
        if (n->next == before) {
            n->next = NULL;
            paragraph->last = n;
        }
    }
    if (paragraph->first == before)
        paragraph->first = paragraph->last = NULL;
}

static void convert_paragraph(struct parser *p, cmark_node *from, struct node *to)
{
    convert_inlines(p, from, node_add(p, to, NODE_PARAGRAPH));
}

static void convert_heading(struct parser *p, cmark_node *from, struct node *to)
{
    struct node *n = node_add(p, to, NODE_HEADING);

    n->level = cmark_node_get_heading_level(from);
    convert_inlines(p, from, n);
}

static void convert_list(struct parser *p, cmark_node *from, struct node *to)
{
    struct node *n = node_add(p, to, NODE_LIST);

    n->is_ordered = cmark_node_get_list_type(from) == CMARK_ORDERED_LIST;
    n->level = cmark_node_get_list_start(from);
    n->is_tight = cmark_node_get_list_tight(from) != 0;
    convert_blocks(p, from, n);
}

static void convert_block(struct parser *p, cmark_node *from, struct node *to)
{
    cmark_node_type type = cmark_node_get_type(from);
    struct node *n;

    move_to_line(p, (uint32_t)cmark_node_get_start_line(from));
    if (type == CMARK_NODE_PARAGRAPH) {
        convert_paragraph(p, from, to);
    } else if (type == CMARK_NODE_HEADING) {
        convert_heading(p, from, to);
    } else if (type == CMARK_NODE_LIST) {
        convert_list(p, from, to);
    } else if (type == CMARK_NODE_ITEM) {
        convert_blocks(p, from, node_add(p, to, NODE_ITEM));
    } else if (type == CMARK_NODE_BLOCK_QUOTE) {
        n = node_add(p, to, NODE_QUOTE);
        convert_blocks(p, from, n);
        split_cite(p, n);
    } else if (type == CMARK_NODE_CODE_BLOCK) {
        n = node_add(p, to, NODE_CODE_BLOCK);
        n->text = copy(p, cmark_node_get_literal(from));
    } else if (type == CMARK_NODE_THEMATIC_BREAK) {
        node_add(p, to, NODE_RULE);
    } else if (strcmp(cmark_node_get_type_string(from), "table") == 0) { /* an extension's type has no constant */
        convert_table(p, from, to);
    }
}

/* A waiver on a line of its own holds for the block after it. */
static void take_html_block(struct parser *p, cmark_node *from, bool is_first)
{
    move_to_line(p, (uint32_t)cmark_node_get_start_line(from));
    if (!take_html(p, span_of(cmark_node_get_literal(from))) || p->waiting_count == COUNT(p->waiting))
        return;
    if (p->waiting_count == 0)
        p->waiting_is_first = is_first;
    p->waiting[p->waiting_count++] = p->c->waivers.count - 1;
}

static void convert_blocks(struct parser *p, cmark_node *from, struct node *to)
{
    uint32_t offset = p->c->entry->body_line - 1;

    if (p->depth >= DEPTH_MAX) {
        p->too_deep = true;
        return;
    }
    p->depth++;
    for (cmark_node *n = cmark_node_first_child(from); n; n = cmark_node_next(n)) {
        if (cmark_node_get_type(n) == CMARK_NODE_HTML_BLOCK) {
            take_html_block(p, n, to->kind == NODE_DOCUMENT && to->first == NULL);
            continue;
        }
        for (size_t i = 0; i < p->waiting_count; i++)
            allow(p, p->waiting[i], (uint32_t)cmark_node_get_start_line(n) + offset,
                  (uint32_t)cmark_node_get_end_line(n) + offset, p->waiting_is_first);
        p->waiting_count = 0;
        convert_block(p, n, to);
    }
    p->depth--;
}

/* Runs the library and takes its tree over. False when it asked for more memory than there is room for: it may do so to
 * the last, for its texts are copied when they are asked for. */
static bool run_library(struct parser *p, struct node *to)
{
    struct span body = p->c->entry->body;
    cmark_syntax_extension *table;
    cmark_parser *parser;

    if (setjmp(parse_box_out))
        return false;
    parser = cmark_parser_new_with_mem(CMARK_OPT_DEFAULT, &parse_box_mem);
    table = cmark_find_syntax_extension("table");
    CHECK(table != NULL);
    cmark_parser_attach_syntax_extension(parser, table);
    cmark_parser_feed(parser, body.n ? body.p : "", body.n);
    move_to(p, (size_t)(body.p - p->c->entry->source.p));
    convert_blocks(p, cmark_parser_finish(parser), to);
    return true;
}

bool parse_document(struct compile *c)
{
    struct parser p = {.c = c};
    struct span fault = guard_markdown(c->entry->body);
    bool is_read;

    c->doc->root = ARENA_NEW(c->arena, struct node);
    c->doc->root->kind = NODE_DOCUMENT;
    if (fault.n) {
        place_report_line(c, DIAG_BAD_FILE, c->entry->body_line, fault);
        return false;
    }
    cmark_gfm_core_extensions_ensure_registered();
    parse_box_open(c->room);
    is_read = run_library(&p, c->doc->root);
    parse_box_close(c->room);
    if (is_read && !p.too_deep)
        return true;
    *c->doc->root = (struct node){.kind = NODE_DOCUMENT};
    place_report_line(c, DIAG_BAD_FILE, c->entry->body_line,
                      is_read ? S("lists, quotations or emphasis nested deeper than 48: simplify this text")
                              : S("this text has more parts than fit in 64 MB of memory: split it"));
    return false;
}
