/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The words of a page, as far as a person can see them.
 *
 * A PDF can hold words that nobody sees: behind a picture as a scanner's software leaves them, under a black bar, white
 * on white, beyond the edge. What this gives becomes what a newsletter may quote, and what the public copy lets people
 * copy out; so a word counts only where the drawn page is not all of one shade.
 */
#include "paper/mu.h"

#include "paper/order.h"

#include <math.h>
#include <string.h>

enum {
    LOOK_DPI = 100,
    LOOK_PIXELS_MOST = 16 * 1000 * 1000,
    WORDS_MOST = WIRE_PAGE_MOST / WIRE_WORD_MIN,
    SHADES_LEAST = 10, /* between the darkest and the lightest under a word; of 255 */
    BROKEN_LEAST = 20, /* letters, before a page's fonts are called broken */
    UNKNOWN = 0xFFFD,
};

struct reader {
    struct mu *mu;
    fz_pixmap *drawn;
    LIST(struct doc_word) words;
    LIST(struct order_piece) pieces;  /* lines that lie as text lies */
    LIST(struct order_piece) crooked; /* lines that run upward or slanted */
    size_t letters;
    size_t unknown;
    size_t bytes;              /* of all words */
    float scale;               /* pixels a point in `drawn` */
    char text[WIRE_WORD_MOST]; /* the word that grows */
    size_t text_n;
    fz_rect box;
};

static int32_t tenths(float points)
{
    if (!(points > -WIRE_SIDE_MOST && points < WIRE_SIDE_MOST))
        return 0;
    return (int32_t)(points * 10 + (points < 0 ? -0.5F : 0.5F));
}

static bool is_space(int c)
{
    return c <= ' ' || (c >= 0x7F && c <= 0xA0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200B) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

static bool is_unknown(int c)
{
    return c == UNKNOWN || (c >= 0xE000 && c <= 0xF8FF) || c >= 0xF0000;
}

/* ---- seen or not ---- */

static bool differs(const fz_pixmap *drawn, fz_irect r)
{
    unsigned darkest = 255;
    unsigned lightest = 0;

    r = fz_intersect_irect(r, fz_make_irect(0, 0, drawn->w, drawn->h));
    for (int y = r.y0; y < r.y1; y++) {
        const unsigned char *row = drawn->samples + (ptrdiff_t)y * drawn->stride;

        for (int x = r.x0; x < r.x1; x++) {
            darkest = row[x] < darkest ? row[x] : darkest;
            lightest = row[x] > lightest ? row[x] : lightest;
        }
    }
    return lightest >= darkest + SHADES_LEAST;
}

/* The middle of the word, where letters are: around a bar that covers them there is white. */
static bool is_seen(const struct reader *r)
{
    float width = r->box.x1 - r->box.x0;
    float height = r->box.y1 - r->box.y0;
    fz_rect middle = {r->box.x0 + width / 10, r->box.y0 + height * 3 / 10, r->box.x1 - width / 10,
                      r->box.y1 - height * 2 / 10};
    bool is_mark = true; /* a full stop or a dash has nothing in the middle */

    for (size_t i = 0; i < r->text_n && is_mark; i++)
        is_mark = (unsigned char)r->text[i] < 0x80 && !(r->text[i] >= '0' && r->text[i] <= '9') &&
                  !(r->text[i] >= 'A' && r->text[i] <= 'Z') && !(r->text[i] >= 'a' && r->text[i] <= 'z');
    return differs(r->drawn, fz_irect_from_rect(fz_transform_rect(is_mark || r->text_n <= 3 ? r->box : middle,
                                                                  fz_scale(r->scale, r->scale))));
}

/* ---- words ---- */

static void end_word(struct reader *r)
{
    struct doc_word *word;

    if (r->text_n == 0)
        return;
    if (is_seen(r)) {
        r->bytes += r->text_n;
        if (r->bytes > WIRE_PAGE_MOST || r->words.count >= WORDS_MOST)
            helper_fault(PAPER_MANY_WORDS, r->mu->page);
        word = LIST_ADD(r->mu->arena, &r->words);
        word->text = arena_dup(r->mu->arena, (struct span){r->text, r->text_n});
        word->box = (struct doc_box){tenths(r->box.x0), tenths(r->box.y0), tenths(r->box.x1), tenths(r->box.y1)};
        word->confidence = 100;
    }
    r->text_n = 0;
}

static void add_letter(struct reader *r, const fz_stext_char *ch)
{
    char utf8[8];
    int c = ch->c > 0 && ch->c <= 0x10FFFF && !(ch->c >= 0xD800 && ch->c <= 0xDFFF) ? ch->c : UNKNOWN;
    size_t n;

    if (is_space(c)) {
        end_word(r);
        return;
    }
    r->letters++;
    r->unknown += is_unknown(c);
    n = (size_t)fz_runetochar(utf8, c);
    if (r->text_n + n > sizeof r->text)
        end_word(r);
    r->box = r->text_n ? fz_union_rect(r->box, fz_rect_from_quad(ch->quad)) : fz_rect_from_quad(ch->quad);
    memcpy(r->text + r->text_n, utf8, n);
    r->text_n += n;
}

static void read_line(struct reader *r, const fz_stext_line *line)
{
    uint32_t first = (uint32_t)r->words.count;
    struct order_piece *piece;

    for (const fz_stext_char *ch = line->first_char; ch; ch = ch->next)
        add_letter(r, ch);
    end_word(r);
    if (r->words.count == first)
        return;
    if (line->wmode == 0 && line->dir.x > 0.9F)
        piece = LIST_ADD(r->mu->arena, &r->pieces);
    else
        piece = LIST_ADD(r->mu->arena, &r->crooked);
    piece->first = first;
    piece->count = (uint32_t)r->words.count - first;
    piece->box = r->words.items[first].box;
    for (uint32_t i = first; i < r->words.count; i++) {
        const struct doc_box *box = &r->words.items[i].box;

        piece->box.x0 = box->x0 < piece->box.x0 ? box->x0 : piece->box.x0;
        piece->box.y0 = box->y0 < piece->box.y0 ? box->y0 : piece->box.y0;
        piece->box.x1 = box->x1 > piece->box.x1 ? box->x1 : piece->box.x1;
        piece->box.y1 = box->y1 > piece->box.y1 ? box->y1 : piece->box.y1;
    }
}

static void put_piece(struct reader *r, struct buf *b, const struct order_piece *piece, uint32_t line)
{
    for (uint32_t i = 0; i < piece->count; i++) {
        struct doc_word *word = &r->words.items[piece->first + i];

        word->line = line;
        helper_put_word(b, word);
    }
}

/* WIRE_PAGE: number, width, height, turn, count, words. */
static void send_page(struct reader *r, const struct mu_page *page)
{
    struct buf *b = buf_new(r->mu->arena, WIRE_PAGE_MOST);
    uint32_t lines = order_pieces(r->pieces.items, r->pieces.count, tenths(page->width));
    bool is_broken = r->letters >= BROKEN_LEAST && r->unknown * 10 > r->letters * 3;

    wire_u32(b, r->mu->page);
    wire_i32(b, tenths(page->width));
    wire_i32(b, tenths(page->height));
    wire_u32(b, 0);
    wire_u32(b, is_broken ? 0 : (uint32_t)r->words.count);
    for (size_t i = 0; i < r->pieces.count && !is_broken; i++)
        put_piece(r, b, &r->pieces.items[i], r->pieces.items[i].line);
    for (size_t i = 0; i < r->crooked.count && !is_broken; i++)
        put_piece(r, b, &r->crooked.items[i], lines++);
    if (buf_overflowed(b))
        helper_fault(PAPER_MANY_WORDS, r->mu->page);
    helper_write(WIRE_PAGE, buf_span(b));
}

/* ---- pages ---- */

static void draw_and_read(struct reader *r, const struct mu_page *page, fz_display_list *list, fz_stext_page *text)
{
    fz_context *ctx = r->mu->ctx;
    fz_stext_options options = {.flags = FZ_STEXT_PRESERVE_LIGATURES | FZ_STEXT_MEDIABOX_CLIP};
    fz_device *device = NULL;

    fz_var(device);
    fz_try(ctx)
    {
        device = fz_new_list_device(ctx, list);
        mu_run_page(r->mu, page, device, page->upright);
        fz_close_device(ctx, device);
        fz_drop_device(ctx, device);
        device = fz_new_stext_device(ctx, text, &options);
        device->ignore_text = NULL; /* text that is not drawn */
        fz_run_display_list(ctx, list, device, fz_identity, fz_infinite_rect, NULL);
        fz_close_device(ctx, device);
        fz_drop_device(ctx, device);
        device = NULL;
        if (text->first_block)
            r->drawn = fz_new_pixmap_from_display_list(ctx, list, fz_scale(r->scale, r->scale), fz_device_gray(ctx), 0);
        for (const fz_stext_block *block = text->first_block; block; block = block->next)
            for (const fz_stext_line *line = block->type == FZ_STEXT_BLOCK_TEXT ? block->u.t.first_line : NULL; line;
                 line = line->next)
                read_line(r, line);
    }
    fz_always(ctx)
    {
        fz_drop_device(ctx, device);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

static void read_page(struct mu *mu)
{
    fz_context *ctx = mu->ctx;
    struct mu_page page = mu_load_page(mu, mu->page);
    struct reader *r = ARENA_NEW(mu->arena, struct reader);
    fz_rect bounds = {0, 0, page.width, page.height};
    fz_display_list *list = NULL;
    fz_stext_page *text = NULL;

    r->mu = mu;
    r->scale = LOOK_DPI / 72.0F;
    if (page.width * page.height * r->scale * r->scale > LOOK_PIXELS_MOST)
        r->scale = sqrtf(LOOK_PIXELS_MOST / (page.width * page.height));
    fz_var(list);
    fz_var(text);
    fz_try(ctx)
    {
        list = fz_new_display_list(ctx, bounds);
        text = fz_new_stext_page(ctx, bounds);
        draw_and_read(r, &page, list, text);
        send_page(r, &page);
    }
    fz_always(ctx)
    {
        fz_drop_pixmap(ctx, r->drawn);
        fz_drop_stext_page(ctx, text);
        fz_drop_display_list(ctx, list);
        fz_drop_page(ctx, page.page);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

void mu_read(struct mu *mu)
{
    for (mu->page = 1; mu->page <= mu->page_count; mu->page++) {
        read_page(mu);
        arena_reset(mu->arena);
    }
}
