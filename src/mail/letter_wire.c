/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See letter_wire.h. Every member is there in each letter, of either kind; whether it is a letter that can be sent,
 * mail_compile() says.
 */
#include "mail/letter_wire.h"

#include "base/bytes.h"

static const struct span magic = SPAN_INIT("BRL1");

static void put_body(struct buf *b, const struct mail_body *body)
{
    bytes_put_u8(b, (uint8_t)body->count);
    for (size_t i = 0; i < body->count; i++)
        bytes_put_text(b, body->pieces[i]);
}

struct span mail_letter_put(struct arena *a, const struct mail_letter *letter)
{
    struct buf *b = buf_new(a, MAIL_LETTER_MOST);
    struct span nothing = {0};

    if (letter->text.count > MAIL_PIECES_MOST || letter->html.count > MAIL_PIECES_MOST)
        return nothing;
    buf_put(b, magic);
    bytes_put_u8(b, (uint8_t)letter->kind);
    bytes_put_text(b, lang_code(letter->lang));
    bytes_put_text(b, letter->from_name);
    bytes_put_text(b, letter->from);
    bytes_put_text(b, letter->reply_to);
    bytes_put_text(b, letter->subject);
    put_body(b, &letter->text);
    put_body(b, &letter->html);
    bytes_put_text(b, letter->list_name);
    bytes_put_text(b, letter->list_id);
    bytes_put_text(b, letter->leave);
    bytes_put_text(b, letter->archive);
    bytes_put_text(b, letter->feedback);
    return buf_overflowed(b) ? nothing : buf_span(b);
}

static void take_body(struct bytes_in *in, struct arena *a, struct mail_body *body)
{
    struct span *pieces;

    body->count = bytes_take_choice(in, 0, MAIL_PIECES_MOST);
    pieces = ARENA_ARRAY(a, struct span, body->count);
    for (size_t i = 0; i < body->count; i++)
        pieces[i] = bytes_take_text(in);
    body->pieces = pieces;
}

bool mail_letter_read(struct arena *a, struct span bytes, struct mail_letter *letter_out)
{
    struct bytes_in in = {.rest = bytes, .is_bad = bytes.n > MAIL_LETTER_MOST};
    struct mail_letter *l = letter_out;

    *l = (struct mail_letter){0};
    if (!span_eq(bytes_take(&in, magic.n), magic))
        return false;
    l->kind = (enum mail_kind)bytes_take_choice(&in, MAIL_NEWS, MAIL_NOTICE);
    if (!lang_from_code(bytes_take_text(&in), &l->lang))
        return false;
    l->from_name = bytes_take_text(&in);
    l->from = bytes_take_text(&in);
    l->reply_to = bytes_take_text(&in);
    l->subject = bytes_take_text(&in);
    take_body(&in, a, &l->text);
    take_body(&in, a, &l->html);
    l->list_name = bytes_take_text(&in);
    l->list_id = bytes_take_text(&in);
    l->leave = bytes_take_text(&in);
    l->archive = bytes_take_text(&in);
    l->feedback = bytes_take_text(&in);
    return bytes_are_taken(&in);
}
