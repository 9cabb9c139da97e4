/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See message.h. The order of a message: its signature, its head, an empty line, its body. Head and body are lists of
 * segments; a segment is text, or a hole.
 */
#include "mail/message.h"

#include "mail/address.h"
#include "mail/encode.h"
#include "seal/sha256.h"

#include <string.h>

enum hole { HOLE_NONE, HOLE_ADDRESS, HOLE_TOKEN, HOLE_ID, HOLE_DATE };

enum {
    SEGMENTS_MOST = 64,
    HEAD_MOST = 32 * 1024,
    URL_MOST = 900,
    DATE_ROOM = 64,
    ENCODED_MOST = 64 * 1024 * 1024, /* three bytes for one, twice */
};

struct segment {
    enum hole hole; /* NONE: `text` */
    struct span text;
};

struct segments {
    struct segment items[SEGMENTS_MOST];
    size_t count;
};

struct mail_message {
    struct segments head;
    struct segments body;
    size_t html_size;
};

/* ---- compiling ---- */

struct compile {
    struct arena *arena;
    const struct mail_letter *letter;
    struct buf *out; /* of the segment being written */
    struct segments *to;
};

static void end_segment(struct compile *c)
{
    if (c->out->n)
        c->to->items[c->to->count++] = (struct segment){HOLE_NONE, arena_dup(c->arena, buf_span(c->out))};
    c->out->n = 0;
    CHECK(c->to->count < SEGMENTS_MOST - 2);
}

static void hole(struct compile *c, enum hole what)
{
    end_segment(c);
    c->to->items[c->to->count++] = (struct segment){.hole = what};
}

static void put(struct compile *c, struct span s)
{
    buf_put(c->out, s);
}

/* An address of ours that may stand between < and > on one line. */
static bool is_https(struct span s)
{
    if (!span_starts(s, S("https://")) || s.n > URL_MOST)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > 126 || strchr("<>\"\\,", s.p[i]))
            return false;
    return true;
}

static bool is_word(struct span s, const char *more, size_t most)
{
    if (s.n == 0 || s.n > most)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr(more, c))))
            return false;
    }
    return true;
}

static bool is_body(const struct mail_body *b)
{
    size_t size = 0;

    for (size_t i = 0; i < b->count && i < MAIL_PIECES_MOST; i++) {
        if (b->pieces[i].n > MAIL_BODY_MOST)
            return false;
        size += b->pieces[i].n;
    }
    return b->count <= MAIL_PIECES_MOST && size <= MAIL_BODY_MOST;
}

static enum rc check(const struct mail_letter *l)
{
    if (!mail_address_is_plain(l->from) || (l->reply_to.n && !mail_address_is_plain(l->reply_to)))
        return RC_INVALID;
    if (l->kind == MAIL_NEWS && (!is_word(l->list_id, "-.", 253) || !is_https(l->leave) || !is_https(l->archive) ||
                                 !is_word(l->feedback, "-_.:", 120)))
        return RC_INVALID;
    return is_body(&l->text) && is_body(&l->html) ? RC_OK : RC_LIMIT;
}

static void write_list_headers(struct compile *c)
{
    const struct mail_letter *l = c->letter;

    mail_header_list(c->out, S("List-Id"), l->list_name, l->list_id);
    put(c, S("List-Unsubscribe: <")); /* on one line: folded ones broke signatures in practice */
    put(c, l->leave);
    hole(c, HOLE_TOKEN);
    put(c, S(">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Archive: <"));
    put(c, l->archive);
    put(c, S(">\r\nList-Post: NO\r\nPrecedence: bulk\r\nFeedback-ID: "));
    put(c, l->feedback);
    put(c, S(":"));
    put(c, mail_address_domain(l->from));
    put(c, S("\r\n"));
}

static void write_head(struct compile *c)
{
    const struct mail_letter *l = c->letter;

    put(c, S("Date: "));
    hole(c, HOLE_DATE);
    put(c, S("\r\n"));
    mail_header_mailbox(c->out, S("From"), l->from_name, l->from);
    if (l->reply_to.n)
        mail_header_mailbox(c->out, S("Reply-To"), (struct span){0}, l->reply_to);
    put(c, S("To: <"));
    hole(c, HOLE_ADDRESS);
    put(c, S(">\r\n"));
    mail_header_text(c->out, S("Subject"), l->subject);
    put(c, S("Message-ID: <"));
    hole(c, HOLE_ID);
    put(c, S("@"));
    put(c, mail_address_domain(l->from));
    put(c, S(">\r\n"));
    if (l->kind == MAIL_NEWS)
        write_list_headers(c);
    else
        put(c, S("Auto-Submitted: auto-generated\r\n"));
    buf_printf(c->out, "Content-Language: %.*s\r\nMIME-Version: 1.0\r\n", SPAN_ARGS(lang_code(l->lang)));
}

static void write_part_type(struct compile *c, struct span type)
{
    put(c, S("Content-Type: "));
    put(c, type);
    put(c, S("; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"));
}

static void write_body(struct compile *c, const struct mail_body *body)
{
    struct mail_qp qp = {.out = c->out, .last = '\n'};

    for (size_t i = 0; i < body->count; i++) {
        if (i) {
            mail_qp_hole_before(&qp);
            hole(c, HOLE_TOKEN);
            mail_qp_hole_after(&qp);
        }
        mail_qp_text(&qp, body->pieces[i]);
    }
    mail_qp_end(&qp);
}

/* "=_" stands in no quoted-printable text; the rest says which letter it is. */
static struct span make_boundary(struct arena *a, const struct mail_letter *l)
{
    struct span all[MAIL_PIECES_MOST * 2];
    struct buf *out = buf_new(a, 128);
    size_t n = 0;

    for (size_t i = 0; i < l->text.count; i++)
        all[n++] = l->text.pieces[i];
    for (size_t i = 0; i < l->html.count; i++)
        all[n++] = l->html.pieces[i];
    buf_put(out, S("=_br"));
    sha256_put(out, sha256_of(a, arena_join(a, all, n)));
    return span_sub(buf_span(out), 0, 28);
}

static void write_alternatives(struct compile *c, struct span boundary, struct mail_message *m)
{
    static const struct span types[] = {SPAN_INIT("text/plain"), SPAN_INIT("text/html")};
    const struct mail_body *bodies[] = {&c->letter->text, &c->letter->html};

    for (size_t i = 0; i < COUNT(types); i++) {
        size_t first;

        put(c, S("--"));
        put(c, boundary);
        put(c, S("\r\n"));
        write_part_type(c, types[i]);
        put(c, S("\r\n"));
        end_segment(c);
        first = c->to->count;
        write_body(c, bodies[i]);
        end_segment(c);
        m->html_size = 0;
        for (size_t k = first; k < c->to->count; k++)
            m->html_size += c->to->items[k].hole ? MAIL_TOKEN_MOST : c->to->items[k].text.n;
    }
    put(c, S("--"));
    put(c, boundary);
    put(c, S("--\r\n"));
}

enum rc mail_compile(struct arena *a, const struct mail_letter *letter, const struct mail_message **message_out)
{
    struct mail_message *m = ARENA_NEW(a, struct mail_message);
    struct compile c = {.arena = a, .letter = letter, .out = buf_new(a, ENCODED_MOST), .to = &m->head};
    struct span boundary;
    enum rc rc = check(letter);

    *message_out = NULL;
    if (rc != RC_OK)
        return rc;
    boundary = make_boundary(a, letter);
    write_head(&c);
    if (letter->html.count) {
        put(&c, S("Content-Type: multipart/alternative; boundary=\""));
        put(&c, boundary);
        put(&c, S("\"\r\n"));
    } else {
        write_part_type(&c, S("text/plain"));
    }
    end_segment(&c);
    c.to = &m->body;
    if (letter->html.count)
        write_alternatives(&c, boundary, m);
    else
        write_body(&c, &letter->text);
    end_segment(&c);
    if (buf_overflowed(c.out))
        return RC_LIMIT;
    *message_out = m;
    return RC_OK;
}

size_t mail_html_size(const struct mail_message *message)
{
    return message->html_size;
}

/* ---- writing ---- */

/* What fills the holes, looked at. */
struct filling {
    struct span of[HOLE_DATE + 1];
};

static bool fill(const struct mail_person *p, struct span date, struct filling *f)
{
    *f = (struct filling){.of = {
                              [HOLE_ADDRESS] = p->address,
                              [HOLE_TOKEN] = p->token,
                              [HOLE_ID] = p->id,
                              [HOLE_DATE] = date,
                          }};
    return mail_address_is_plain(p->address) && is_word(p->token, "-_", MAIL_TOKEN_MOST) &&
           is_word(p->id, "-_", MAIL_TOKEN_MOST);
}

static struct span span_of_segment(const struct segment *s, const struct filling *f)
{
    return s->hole ? f->of[s->hole] : s->text;
}

static void splice(const struct segments *from, const struct filling *f, struct buf *out)
{
    for (size_t i = 0; i < from->count; i++)
        buf_put(out, span_of_segment(&from->items[i], f));
}

static enum rc sign(const struct mail_message *message, const struct filling *f, struct instant when, struct dkim *dkim,
                    struct buf *head, struct buf *out)
{
    dkim_body_begin(dkim);
    for (size_t i = 0; i < message->body.count; i++)
        dkim_body_add(dkim, span_of_segment(&message->body.items[i], f));
    return dkim_sign(dkim, buf_span(head), when, out);
}

enum rc mail_write(const struct mail_message *message, const struct mail_person *person, struct dkim *dkim,
                   struct arena *scratch, struct buf *out)
{
    struct buf *head = buf_new(scratch, HEAD_MOST);
    struct buf *date = buf_new(scratch, DATE_ROOM);
    size_t before = out->n;
    struct filling f;
    enum rc rc = RC_OK;

    mail_put_date(date, person->when);
    if (!fill(person, buf_span(date), &f))
        return RC_INVALID;
    splice(&message->head, &f, head);
    if (dkim)
        rc = sign(message, &f, person->when, dkim, head, out);
    buf_put(out, buf_span(head));
    buf_put(out, S("\r\n"));
    splice(&message->body, &f, out);
    if (rc == RC_OK && (buf_overflowed(out) || buf_overflowed(head)))
        rc = RC_LIMIT;
    if (rc != RC_OK)
        out->n = before;
    return rc;
}
