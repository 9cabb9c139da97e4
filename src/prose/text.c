/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The document tree as plain text: what a mail program without HTML shows, and what fits into a text message.
 *
 * Lines are filled to the width; links become numbers in brackets and stand in full at the end, each once.
 */
#include "base/utf8.h"
#include "html/msg.h"
#include "prose/prose_impl.h"

enum { TEXT_MAX = 16 * 1024 * 1024, PREFIX_MAX = 60, BUCKETS = 1024 };

struct text_link {
    struct span address;
    struct span words; /* what it is, where the words before it do not say; or empty */
    size_t next;       /* number of the one before it in its bucket; 0 for none */
};

struct text {
    struct arena *arena;
    struct buf *out;
    const struct prose_text *options;
    struct buf words; /* of the block being written: not yet filled into lines */
    LIST(struct text_link) links;
    size_t buckets[BUCKETS]; /* number of the newest link in each */
    enum lang lang;
    bool needs_gap;   /* an empty line goes before the next block */
    bool starts_item; /* the first line of a list item: its mark is in `mark` */
    struct span mark;
    char prefix[PREFIX_MAX + 1]; /* before each line: quotation bars and indentation */
    size_t prefix_len;
};

static void push_prefix(struct text *t, struct span more)
{
    for (size_t i = 0; i < more.n && t->prefix_len < PREFIX_MAX; i++)
        t->prefix[t->prefix_len++] = more.p[i];
}

static void begin_line(struct text *t)
{
    struct span prefix = {t->prefix, t->prefix_len};

    if (t->starts_item) {
        size_t under = prefix.n >= t->mark.n ? prefix.n - t->mark.n : 0;

        buf_put(t->out, span_sub(prefix, 0, under));
        buf_put(t->out, t->mark);
        t->starts_item = false;
        return;
    }
    buf_put(t->out, prefix);
}

static void gap(struct text *t)
{
    size_t n = t->prefix_len;

    if (t->needs_gap) {
        while (n && t->prefix[n - 1] == ' ')
            n--;
        if (!t->starts_item)
            buf_put(t->out, (struct span){t->prefix, n});
        buf_char(t->out, '\n');
    }
    t->needs_gap = true;
}

/* Fills `words` into lines; a '\n' in it is a hard break. */
static void fill(struct text *t)
{
    struct span rest = buf_span(&t->words);
    struct span line;

    while (span_next(&rest, '\n', &line)) {
        struct span word;
        size_t width = 0;

        begin_line(t);
        while (span_next(&line, ' ', &word)) {
            size_t n = utf8_count(word);

            if (n == 0)
                continue;
            if (width && width + 1 + n + t->prefix_len > t->options->width) {
                buf_char(t->out, '\n');
                begin_line(t);
                width = 0;
            }
            if (width)
                buf_char(t->out, ' ');
            buf_put(t->out, word);
            width += n + (width ? 1 : 0);
        }
        buf_char(t->out, '\n');
    }
    t->words.n = 0;
}

static void words(struct text *t, struct span s)
{
    buf_put(&t->words, s);
}

static size_t *bucket_of(struct text *t, struct span address)
{
    size_t hash = 0;

    for (size_t i = 0; i < address.n; i++)
        hash = hash * 31 + (uint8_t)address.p[i];
    return &t->buckets[hash % BUCKETS];
}

/* The number of a link, adding it when it is new. */
static void number(struct text *t, struct span address, struct span what)
{
    struct span full =
        span_starts(address, S("/")) ? arena_join(t->arena, (struct span[]){t->options->origin, address}, 2) : address;
    size_t *bucket = bucket_of(t, full);
    size_t n = *bucket;

    if (span_starts(address, S("#")))
        return; /* a place in this very text */
    while (n && !span_eq(t->links.items[n - 1].address, full))
        n = t->links.items[n - 1].next;
    if (n == 0) {
        *LIST_ADD(t->arena, &t->links) = (struct text_link){full, what, *bucket};
        n = *bucket = t->links.count;
    }
    words(t, S(" ["));
    buf_u64(&t->words, n);
    words(t, S("]"));
}

static void write_inlines(struct text *t, const struct node *parent)
{
    for (const struct node *n = parent->first; n; n = n->next) {
        if (n->kind == NODE_TEXT || n->kind == NODE_CODE)
            words(t, n->text);
        else if (n->kind == NODE_SOFT_BREAK)
            words(t, S(" "));
        else if (n->kind == NODE_HARD_BREAK)
            words(t, S("\n"));
        else
            write_inlines(t, n);
        if (n->kind == NODE_LINK && node_leads(n))
            number(t, n->address, n->citation ? n->citation->words : (struct span){0});
        if (n->kind == NODE_LINK && n->citation && n->citation->is_translation) {
            words(t, S(" "));
            words(t, msg_plain(t->lang, MSG_PROSE_TRANSLATED));
        }
    }
}

static void paragraph(struct text *t, const struct node *n)
{
    if (n->first == NULL)
        return;
    gap(t);
    write_inlines(t, n);
    fill(t);
}

static void write_block(struct text *t, const struct node *n);
static void write_blocks(struct text *t, const struct node *parent);

static void write_list(struct text *t, const struct node *n)
{
    unsigned at = n->level > 0 ? (unsigned)n->level : 1;
    size_t prefix_len = t->prefix_len;
    bool is_first = true;

    for (const struct node *item = n->first; item; item = item->next, at++) {
        struct span mark = n->is_ordered ? arena_printf(t->arena, "%u. ", at) : S("- ");

        if (is_first || !n->is_tight)
            gap(t);
        push_prefix(t, span_sub(S("                "), 0, mark.n));
        t->mark = mark;
        t->starts_item = true;
        t->needs_gap = false;
        write_blocks(t, item);
        t->starts_item = false;
        t->needs_gap = true;
        t->prefix_len = prefix_len;
        is_first = false;
    }
}

static void write_quote(struct text *t, const struct node *n)
{
    size_t prefix_len = t->prefix_len;

    gap(t);
    push_prefix(t, S("> "));
    t->needs_gap = false;
    write_blocks(t, n);
    t->needs_gap = true;
    t->prefix_len = prefix_len;
}

static void write_table(struct text *t, const struct node *n)
{
    gap(t);
    for (const struct node *row = n->first; row; row = row->next) {
        for (const struct node *cell = row->first; cell; cell = cell->next) {
            write_inlines(t, cell);
            if (cell->next)
                words(t, S(" | "));
        }
        fill(t);
    }
}

static void write_photo(struct text *t, const struct node *photo)
{
    struct span description;
    size_t before;

    gap(t);
    before = t->words.n;
    write_inlines(t, photo);
    description = arena_dup(t->arena, span_from(buf_span(&t->words), before));
    t->words.n = before;
    msg_put(&t->words, t->lang, MSG_PROSE_PHOTO, 0, &(struct msg_arg){S("words"), description}, 1, buf_put);
    if (t->options->links_photos && photo->photo && photo->link == LINK_ADDRESS)
        number(t, photo->address, (struct span){0});
    fill(t);
    if (photo->title.n) {
        words(t, photo->title);
        fill(t);
    }
}

/* What follows their words is ours, and says so. */
static void write_body(struct text *t, const struct prose_doc *doc)
{
    for (const struct node *n = doc->root->first; n; n = n->next) {
        write_block(t, n);
        if (n != claim_said(doc))
            continue;
        gap(t);
        words(t, msg_plain(doc->entry->lang, MSG_PROSE_SO));
        fill(t);
    }
}

static void write_embed(struct text *t, const struct node *n)
{
    const struct prose_target *target = n->target;

    if (target == NULL || n->link == LINK_WORDS) {
        paragraph(t, n);
        return;
    }
    if (n->reference->scheme == PROSE_BLOCK) {
        if (target->body)
            write_body(t, target->body);
        return;
    }
    gap(t);
    if (n->reference->scheme == PROSE_DOC) {
        write_inlines(t, n);
        if (document_is_shown(n->citation->document))
            number(t, n->address, n->citation->words);
        fill(t);
        return;
    }
    words(t, target->title);
    if (n->reference->scheme == PROSE_FIG && n->first) {
        words(t, S(" "));
        write_inlines(t, n);
    }
    if (n->address.n)
        number(t, n->address, (struct span){0});
    fill(t);
    if (target->body)
        write_body(t, target->body);
    if (target->detail.n) {
        words(t, target->detail);
        fill(t);
    }
}

static void write_heading(struct text *t, const struct node *n)
{
    size_t rule = utf8_count(n->text) + t->prefix_len;

    paragraph(t, n);
    begin_line(t);
    for (size_t i = t->prefix_len; i < rule && i < t->options->width; i++)
        buf_char(t->out, '-');
    buf_char(t->out, '\n');
}

static void write_code(struct text *t, const struct node *n)
{
    struct span rest = n->text;
    struct span line;

    gap(t);
    while (span_next(&rest, '\n', &line) && (line.n || rest.n)) {
        begin_line(t);
        buf_put(t->out, S("    "));
        buf_put(t->out, line);
        buf_char(t->out, '\n');
    }
}

static void write_block(struct text *t, const struct node *n)
{
    switch (n->kind) {
    case NODE_PARAGRAPH:
        paragraph(t, n);
        return;
    case NODE_CITE:
        t->needs_gap = false;
        paragraph(t, n);
        return;
    case NODE_HEADING:
        write_heading(t, n);
        return;
    case NODE_LIST:
        write_list(t, n);
        return;
    case NODE_QUOTE:
        write_quote(t, n);
        return;
    case NODE_CODE_BLOCK:
        write_code(t, n);
        return;
    case NODE_RULE:
        gap(t);
        words(t, S("* * *"));
        fill(t);
        return;
    case NODE_TABLE:
        write_table(t, n);
        return;
    case NODE_EMBED:
        write_embed(t, n);
        return;
    case NODE_FIGURE:
        write_photo(t, n->first);
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
        write_blocks(t, n);
        return;
    }
}

static void write_blocks(struct text *t, const struct node *parent)
{
    for (const struct node *n = parent->first; n; n = n->next)
        write_block(t, n);
}

struct span prose_render_text(struct arena *a, const struct prose_doc *doc, const struct prose_text *text)
{
    struct text t = {.arena = a, .out = buf_new(a, TEXT_MAX), .options = text, .lang = doc->entry->lang};

    buf_init(&t.words, a, TEXT_MAX);
    write_blocks(&t, doc->root);
    if (t.links.count)
        buf_char(t.out, '\n');
    for (size_t i = 0; i < t.links.count; i++) {
        buf_put(t.out, S("["));
        buf_u64(t.out, i + 1);
        buf_put(t.out, S("] "));
        if (t.links.items[i].words.n) {
            buf_put(t.out, t.links.items[i].words);
            buf_put(t.out, S(": "));
        }
        buf_put(t.out, t.links.items[i].address);
        buf_char(t.out, '\n');
    }
    return buf_span(t.out);
}
