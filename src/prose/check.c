/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The checks in their order over one document, and the waivers at the end.
 *
 * Links are checked before wording, because a number in a checked link is no uncited number. Waivers come last, because
 * one may stand behind what it allows.
 */
#include "base/utf8.h"
#include "prose/prose_impl.h"

#include <stdlib.h>

enum {
    SUBJECT_MAX = 60,
    ANCHOR_MAX = 80,
    HEADINGS_MAX = 500,
    SCRATCH_MAX = 256 * 1024 * 1024,
    COMPARE_MAX = 1024 * 1024 * 1024
};

/* ---- pictures and embeds that stand in a paragraph ---- */

static bool is_embed(const struct node *n)
{
    struct reference r;
    bool is_ours;

    return n->kind == NODE_IMAGE && reference_parse(n->address, &r, &is_ours) && r.scheme != PROSE_FILE;
}

static bool is_blank(const struct node *n)
{
    return n->kind == NODE_SOFT_BREAK || n->kind == NODE_HARD_BREAK ||
           (n->kind == NODE_TEXT && span_trim(n->text).n == 0);
}

/* Is a photo all that this paragraph has? */
static bool is_photo_alone(const struct node *paragraph)
{
    const struct node *photo = NULL;

    for (const struct node *n = paragraph->first; n; n = n->next) {
        if (is_blank(n))
            continue;
        if (n->kind != NODE_IMAGE || photo)
            return false;
        photo = n;
    }
    return photo != NULL;
}

/* Moves what stands before and behind an embed into paragraphs of their own; gives the last of the pieces. */
static struct node *split_paragraph(struct compile *c, struct node *paragraph)
{
    struct node *piece = paragraph;
    struct node *n = paragraph->first;
    struct node *after = paragraph->next;

    piece->first = piece->last = NULL;
    while (n) {
        struct node *next = n->next;
        struct node *fresh = NULL;

        n->next = NULL;
        if (is_embed(n)) {
            n->kind = NODE_EMBED;
            fresh = n;
        } else if (piece->kind == NODE_EMBED && !is_blank(n)) {
            fresh = ARENA_NEW(c->arena, struct node);
            fresh->kind = NODE_PARAGRAPH;
            fresh->at = n->at;
            fresh->first = fresh->last = n;
        } else if (piece->kind != NODE_EMBED) {
            if (piece->last)
                piece->last->next = n;
            else
                piece->first = n;
            piece->last = n;
        }
        if (fresh) {
            piece->next = fresh;
            piece = fresh;
        }
        n = next;
    }
    piece->next = after;
    return piece;
}

/* Line breaks at the end of a paragraph that was cut off before an embed. */
static void trim_paragraph(struct node *paragraph)
{
    struct node *last = NULL;

    for (struct node *n = paragraph->first; n; n = n->next)
        if (!is_blank(n))
            last = n;
    if (last)
        last->next = NULL;
    else
        paragraph->first = NULL;
    paragraph->last = last;
}

static void lift_embeds(struct compile *c, struct node *parent)
{
    for (struct node *n = parent->first; n; n = n->next) {
        if (n->kind == NODE_PARAGRAPH && is_photo_alone(n)) {
            struct node *photo = n->first;

            while (is_blank(photo))
                photo = photo->next;
            photo->next = NULL;
            n->first = n->last = photo;
            if (!is_embed(photo)) {
                n->kind = NODE_FIGURE;
                continue;
            }
        }
        if (n->kind == NODE_PARAGRAPH) {
            bool has_embed = false;

            for (struct node *child = n->first; child; child = child->next)
                has_embed = has_embed || is_embed(child);
            if (has_embed) {
                struct node *end = split_paragraph(c, n);

                for (struct node *piece = n; piece != end->next; piece = piece->next)
                    if (piece->kind == NODE_PARAGRAPH)
                        trim_paragraph(piece);
                n = end;
            }
            continue;
        }
        if (n->kind < NODE_TEXT)
            lift_embeds(c, n);
    }
    for (struct node *n = parent->first; n; n = n->next)
        parent->last = n;
}

/* ---- headings ---- */

/* "What you can do, this week" → "what-you-can-do-this-week", made unique in the document. */
static struct span make_anchor(struct compile *c, struct span text)
{
    struct buf b;
    struct span base;
    struct span anchor;
    uint32_t ch;
    bool gap = false;

    buf_init(&b, c->scratch, ANCHOR_MAX + 8);
    while (utf8_next(&text, &ch) && b.n < ANCHOR_MAX) {
        ch = utf8_without_accent(utf8_lower(ch));
        if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9'))) {
            gap = b.n > 0;
            continue;
        }
        if (gap)
            buf_char(&b, '-');
        gap = false;
        buf_char(&b, (char)ch);
    }
    base = b.n ? arena_dup(c->arena, buf_span(&b)) : S("section");
    anchor = base;
    for (unsigned again = 2; prose_has_anchor(c->doc, anchor); again++)
        anchor = arena_printf(c->arena, "%.*s-%u", SPAN_ARGS(base), again);
    return anchor;
}

static void take_heading(struct compile *c, struct node *n)
{
    struct flat flat = flat_of(c->scratch, n);

    n->text = arena_dup(c->arena, span_trim((struct span){flat.text, flat.n}));
    if (c->doc->headings.count >= HEADINGS_MAX)
        return; /* beyond any newsletter: no anchors, so that names need not be compared for ever */
    n->anchor = make_anchor(c, n->text);
    *LIST_ADD(c->arena, &c->doc->headings) = n;
}

/* ---- the walk ---- */

static void check_inlines(struct compile *c, struct node *parent)
{
    for (struct node *n = parent->first; n; n = n->next) {
        if (n->kind == NODE_LINK)
            check_link(c, n);
        if (n->kind == NODE_IMAGE)
            check_image(c, n);
        else
            check_inlines(c, n);
    }
}

static void check_blocks(struct compile *c, struct node *parent, bool in_quote);

static void check_block(struct compile *c, struct node *n, bool in_quote)
{
    arena_reset(c->scratch);
    switch (n->kind) {
    case NODE_HEADING:
        take_heading(c, n);
        check_inlines(c, n);
        check_wording(c, n);
        return;
    case NODE_PARAGRAPH:
    case NODE_CELL:
    case NODE_CITE:
        check_inlines(c, n);
        if (!in_quote)
            check_wording(c, n);
        return;
    case NODE_FIGURE:
        check_image(c, n->first);
        return;
    case NODE_EMBED:
        check_image(c, n);
        return;
    case NODE_QUOTE:
        check_blocks(c, n, true);
        return;
    case NODE_DOCUMENT:
    case NODE_LIST:
    case NODE_ITEM:
    case NODE_TABLE:
    case NODE_ROW:
        check_blocks(c, n, in_quote);
        return;
    case NODE_CODE_BLOCK:
    case NODE_RULE:
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

static void check_blocks(struct compile *c, struct node *parent, bool in_quote)
{
    for (struct node *n = parent->first; n; n = n->next)
        check_block(c, n, in_quote);
}

/* ---- what a newsletter owes as a whole ---- */

static bool is_among(struct span list, struct span key)
{
    struct span item;

    while (span_next(&list, ',', &item))
        if (span_eq(span_trim(item), key))
            return true;
    return false;
}

static void check_standing_blocks(struct compile *c)
{
    struct span without = c->entry->without;
    struct span key;

    for (size_t i = 0; (key = c->registers->standing(c->registers->ctx, i)).n; i++) {
        bool is_placed = is_among(without, key);

        for (size_t k = 0; k < c->placed.count; k++)
            is_placed = is_placed || span_eq(c->placed.items[k], key);
        if (!is_placed)
            place_report_line(
                c, DIAG_BLOCK_MISSING, c->entry->title_line,
                arena_printf(
                    c->arena,
                    "the standing block “%.*s” is neither placed with ![…](block:%.*s) nor named in `without:`",
                    SPAN_ARGS(key), SPAN_ARGS(key)));
    }
    while (span_next(&without, ',', &key)) {
        key = span_trim(key);
        struct prose_target t =
            c->registers->find(c->registers->ctx, c->arena, PROSE_BLOCK, key, c->entry->lang, c->request->day);

        if (key.n && t.state == PROSE_UNKNOWN)
            place_report_line(c, DIAG_UNKNOWN_REFERENCE, c->entry->without_line,
                              arena_printf(c->arena, "there is no block “%.*s” to leave out", SPAN_ARGS(key)));
    }
}

static void check_subject(struct compile *c)
{
    struct span subject = c->entry->subject.n ? c->entry->subject : c->entry->title;
    size_t n = utf8_count(subject);

    if (n > SUBJECT_MAX)
        place_report_line(c, DIAG_LONG_SUBJECT, c->entry->title_line,
                          arena_printf(c->arena, "%zu characters; a mail program on a phone shows about %d%s", n,
                                       (int)SUBJECT_MAX, c->entry->subject.n ? "" : ": give a shorter `subject:`"));
}

/* ---- waivers ---- */

static bool is_waived(struct compile *c, const struct diag *d)
{
    bool is_waived = false;

    for (size_t i = 0; i < c->allowances.count; i++) {
        const struct allowance *allowance = &c->allowances.items[i];
        struct waiver *w = &c->waivers.items[allowance->waiver];
        bool is_here = d->at.line >= allowance->first_line && d->at.line <= allowance->last_line;

        if (w->code == d->code && (is_here || (allowance->is_file && d->at.column == 0))) {
            w->used = true;
            is_waived = true;
        }
    }
    return is_waived;
}

static void report_found(struct compile *c)
{
    for (size_t i = 0; i < c->found.count; i++)
        if (diag_is_error(c->found.items[i].code) || !is_waived(c, &c->found.items[i]))
            diags_add(c->diags, &c->found.items[i]);
    for (size_t i = 0; i < c->waivers.count; i++)
        *LIST_ADD(c->diags->arena, &c->diags->waivers) = c->waivers.items[i];
}

void check_document(struct compile *c)
{
    lift_embeds(c, c->doc->root);
    check_blocks(c, c->doc->root, false);
    own_check(c);
    if (c->entry->kind == ENTRY_NEWS) {
        check_standing_blocks(c);
        check_subject(c);
    }
    legal_check_front(c);
    if (c->entry->kind == ENTRY_CLAIM)
        claim_check(c);
    report_found(c);
}

struct prose_room *prose_room_open(void)
{
    struct prose_room *room = calloc(1, sizeof *room);

    CHECK(room != NULL);
    room->scratch = arena_open(SCRATCH_MAX);
    room->index = arena_open(SCRATCH_MAX);
    room->compare = arena_open(COMPARE_MAX);
    return room;
}

void prose_room_close(struct prose_room **room)
{
    struct prose_room *r = *room;

    *room = NULL;
    if (r == NULL)
        return;
    parse_room_close(&r->library);
    arena_close(&r->compare);
    arena_close(&r->index);
    arena_close(&r->scratch);
    free(r);
}

const struct prose_doc *prose_compile(struct arena *a, const struct prose_request *request,
                                      const struct prose_registers *registers, struct diags *diags)
{
    struct prose_room *own = request->room ? NULL : prose_room_open();
    struct prose_room *room = own ? own : request->room;
    struct compile c = {
        .arena = a,
        .room = room,
        .scratch = room->scratch,
        .index = room->index,
        .compare = room->compare,
        .request = request,
        .registers = registers,
        .diags = diags,
        .doc = ARENA_NEW(a, struct prose_doc),
        .entry = request->entry,
    };

    c.doc->entry = request->entry;
    place_index(&c);
    if (parse_document(&c))
        check_document(&c);
    else
        report_found(&c);
    arena_reset(room->scratch);
    arena_reset(room->index);
    arena_reset(room->compare);
    prose_room_close(&own);
    return c.doc;
}
