/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See encode.h. Text is first made clean, then encoded: no later step has to think of a line end inside a name.
 */
#include "mail/encode.h"

#include "base/utf8.h"

#include <string.h>

enum {
    BODY_LINE = 75, /* and the "=" of a soft break */
    HEADER_LINE = 76,
    WORD_FRAME = 12, /* "=?utf-8?Q?" and "?=" */
};

static const char hex[] = "0123456789ABCDEF";

static void put_hex(struct buf *out, unsigned char c)
{
    buf_put(out, (struct span){(char[]){'=', hex[c >> 4], hex[c & 15]}, 3});
}

/* Bytes of the character at the head of `s`; 1 for what is none. */
static size_t character(struct span s)
{
    struct span rest = s;
    uint32_t code_point;

    return utf8_next(&rest, &code_point) ? s.n - rest.n : 0;
}

/* ---- quoted-printable ---- */

static void soft_break(struct mail_qp *qp)
{
    buf_put(qp->out, S("=\r\n"));
    qp->column = 0;
    qp->last = '\n';
}

/* May this byte stand as itself here? `rest` begins with it. */
static bool is_literal(const struct mail_qp *qp, struct span rest)
{
    unsigned char c = (unsigned char)rest.p[0];

    if (c == ' ')
        return rest.n > 1 && rest.p[1] != '\n' && rest.p[1] != '\r' && qp->last != ' ' && qp->column > 0;
    if (c <= ' ' || c > 126 || c == '=')
        return false;
    if (qp->column == 0)
        return c != '.' && !span_starts(rest, S("From "));
    return true;
}

static void put_unit(struct mail_qp *qp, struct span rest, size_t n)
{
    bool literal = is_literal(qp, rest);
    size_t width = literal ? 1 : n * 3;

    if (qp->column + width > BODY_LINE) {
        soft_break(qp);
        literal = is_literal(qp, rest);
    }
    for (size_t i = 0; i < n; i++) {
        if (literal)
            buf_char(qp->out, rest.p[i]);
        else
            put_hex(qp->out, (unsigned char)rest.p[i]);
    }
    qp->column += literal ? 1 : n * 3;
    qp->last = literal ? rest.p[0] : '=';
}

/* Spans of bytes that stand as themselves wherever they are, copied at once: most of a body. */
static size_t plain_run(const struct mail_qp *qp, struct span rest)
{
    size_t room = qp->column < BODY_LINE ? BODY_LINE - qp->column : 0;
    size_t n = 0;

    while (qp->column > 0 && n < room && n < rest.n && rest.p[n] > ' ' && rest.p[n] < 127 && rest.p[n] != '=')
        n++;
    return n;
}

void mail_qp_text(struct mail_qp *qp, struct span text)
{
    while (text.n) {
        size_t n = plain_run(qp, text);

        if (n) {
            buf_put(qp->out, span_sub(text, 0, n));
            qp->column += n;
            qp->last = text.p[n - 1];
        } else if (text.p[0] == '\n' || text.p[0] == '\r') {
            n = span_starts(text, S("\r\n")) ? 2 : 1;
            buf_put(qp->out, S("\r\n"));
            qp->column = 0;
            qp->last = '\n';
        } else {
            n = character(text);
            put_unit(qp, text, n);
        }
        text = span_from(text, n);
    }
}

void mail_qp_hole_before(struct mail_qp *qp)
{
    if (qp->column)
        soft_break(qp);
}

void mail_qp_hole_after(struct mail_qp *qp)
{
    soft_break(qp);
}

void mail_qp_end(struct mail_qp *qp)
{
    if (qp->column || qp->last != '\n')
        buf_put(qp->out, S("\r\n"));
    qp->column = 0;
    qp->last = '\n';
}

/* ---- headers ---- */

enum { TEXT_MOST = 2000 };

/* Text of a header made clean: no control character, good UTF-8, single spaces, none at the ends; and not without end. */
struct clean {
    char p[TEXT_MOST];
    size_t n;
    bool is_ascii;
    size_t longest; /* word */
};

static void clean_up(struct clean *c, struct span text)
{
    size_t word = 0;

    c->n = 0;
    c->is_ascii = true;
    c->longest = 0;
    while (text.n && c->n < sizeof c->p - 4) {
        struct span at = text;
        uint32_t code_point = 0;
        size_t n;

        if (!utf8_next(&text, &code_point))
            break;
        n = at.n - text.n;
        if (code_point <= ' ' || (code_point >= 0x7F && code_point < 0xA0) || code_point == 0x2028 ||
            code_point == 0x2029) {
            if (c->n && c->p[c->n - 1] != ' ')
                c->p[c->n++] = ' ';
            word = 0;
            continue;
        }
        if (code_point == 0xFFFD)
            at = S("\xEF\xBF\xBD");
        else
            at = span_sub(at, 0, n);
        memcpy(c->p + c->n, at.p, at.n);
        c->n += at.n;
        word += at.n;
        c->is_ascii = c->is_ascii && code_point < 0x80;
        c->longest = word > c->longest ? word : c->longest;
    }
    if (c->n && c->p[c->n - 1] == ' ')
        c->n--;
}

static struct span clean_span(const struct clean *c)
{
    return (struct span){c->p, c->n};
}

/* Letters that stand as themselves in an encoded word wherever it stands (RFC 2047 §5). */
static bool is_word_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!*+-/", c));
}

static size_t q_width(struct span s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == ' ' || is_word_letter((unsigned char)s.p[i]) ? 1 : 3;
    return n;
}

static void put_q(struct buf *out, struct span s)
{
    buf_put(out, S("=?utf-8?Q?"));
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ')
            buf_char(out, '_');
        else if (is_word_letter((unsigned char)s.p[i]))
            buf_char(out, s.p[i]);
        else
            put_hex(out, (unsigned char)s.p[i]);
    }
    buf_put(out, S("?="));
}

static void put_b(struct buf *out, struct span s)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    buf_put(out, S("=?utf-8?B?"));
    for (size_t i = 0; i < s.n; i += 3) {
        uint32_t three = (uint32_t)(unsigned char)s.p[i] << 16;

        if (i + 1 < s.n)
            three |= (uint32_t)(unsigned char)s.p[i + 1] << 8;
        if (i + 2 < s.n)
            three |= (unsigned char)s.p[i + 2];
        buf_char(out, letters[three >> 18]);
        buf_char(out, letters[three >> 12 & 63]);
        buf_char(out, i + 1 < s.n ? letters[three >> 6 & 63] : '=');
        buf_char(out, i + 2 < s.n ? letters[three & 63] : '=');
    }
    buf_put(out, S("?="));
}

/* Encoded words, as many as it takes, each on a line; gives the column behind the last. */
static size_t put_words(struct buf *out, struct span s, size_t column)
{
    bool is_q = q_width(s) <= (s.n + 2) / 3 * 4;

    while (s.n) {
        size_t room = column + WORD_FRAME + 12 < HEADER_LINE ? HEADER_LINE - column - WORD_FRAME : 12;
        size_t take = 0;
        size_t width = 0;

        while (take < s.n) {
            size_t n = character(span_from(s, take));

            width = is_q ? width + q_width(span_sub(s, take, n)) : (take + n + 2) / 3 * 4;
            if (width > room && take)
                break;
            take += n;
        }
        if (is_q)
            put_q(out, span_sub(s, 0, take));
        else
            put_b(out, span_sub(s, 0, take));
        width = is_q ? q_width(span_sub(s, 0, take)) : (take + 2) / 3 * 4;
        column += width + WORD_FRAME;
        s = span_from(s, take);
        if (s.n) {
            buf_put(out, S("\r\n "));
            column = 1;
        }
    }
    return column;
}

/* Plain words, folded at spaces. */
static void put_folded(struct buf *out, struct span s, size_t column)
{
    bool is_first = true;
    struct span word;

    while (span_next(&s, ' ', &word)) {
        if (!is_first && column + 1 + word.n > HEADER_LINE) {
            buf_put(out, S("\r\n"));
            column = 0;
        }
        if (!is_first)
            buf_char(out, ' ');
        buf_put(out, word);
        column += word.n + 1;
        is_first = false;
    }
}

void mail_header_text(struct buf *out, struct span name, struct span text)
{
    struct clean c;
    size_t column = name.n + 2;

    clean_up(&c, text);
    buf_put(out, name);
    buf_put(out, S(": "));
    if (c.is_ascii && c.longest + column <= HEADER_LINE && span_find(clean_span(&c), S("=?")) == SPAN_NONE)
        put_folded(out, clean_span(&c), column);
    else
        put_words(out, clean_span(&c), column);
    buf_put(out, S("\r\n"));
}

static size_t put_quoted(struct buf *out, struct span s, size_t column)
{
    size_t before = out->n;

    buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_char(out, '\\');
        buf_char(out, s.p[i]);
    }
    buf_char(out, '"');
    return column + (out->n - before);
}

static void header_named(struct buf *out, struct span name, struct span display, struct span inside)
{
    struct clean c;
    size_t column = name.n + 2;

    clean_up(&c, display);
    buf_put(out, name);
    buf_put(out, S(": "));
    if (c.n) {
        if (c.is_ascii && c.n * 2 + column + 2 <= HEADER_LINE && span_find(clean_span(&c), S("=?")) == SPAN_NONE)
            column = put_quoted(out, clean_span(&c), column);
        else
            column = put_words(out, clean_span(&c), column);
        if (column + inside.n + 3 > HEADER_LINE)
            buf_put(out, S("\r\n"));
        buf_char(out, ' ');
    }
    buf_char(out, '<');
    buf_put(out, inside);
    buf_put(out, S(">\r\n"));
}

void mail_header_mailbox(struct buf *out, struct span name, struct span display, struct span address)
{
    header_named(out, name, display, address);
}

void mail_header_list(struct buf *out, struct span name, struct span display, struct span id)
{
    header_named(out, name, display, id);
}

void mail_put_date(struct buf *out, struct instant t)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t seconds = t.us / 1000000 - (t.us % 1000000 < 0);
    int64_t day = seconds / 86400 - (seconds % 86400 < 0);
    int64_t in_day = seconds - day * 86400;
    struct date d = date_from_days((int32_t)day);

    buf_printf(out, "%.3s, %02d %.3s %04d %02d:%02d:%02d +0000", days + date_weekday(d) * 3, d.day,
               months + (d.month - 1) * 3, d.year, (int)(in_day / 3600), (int)(in_day / 60 % 60), (int)(in_day % 60));
}
