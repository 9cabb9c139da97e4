/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See subscriber.h. Every line is always there, in this order; what is read is exactly what would be written.
 */
#include "model/subscriber.h"

#include "base/utf8.h"

enum { ASKED_LEN = 20 }; /* 2026-04-24T14:30:00Z */
static const int64_t year_3000_us = INT64_C(32503680000) * 1000000;

_Static_assert(SUBSCRIBER_RECORD_MOST >= 73 + SUBSCRIBER_ADDRESS_MOST + AUDIENCE_KEY_MOST +
                                             4 * (SUBSCRIBER_WORKPLACE_MOST + SUBSCRIBER_SOURCE_MOST),
               "names, spaces, ends and time are 73 bytes");

/* A value that is text: neither a line's end nor anything that a terminal or a mail program would act on. */
static bool is_line(struct span s)
{
    uint32_t c;

    if (utf8_first_fault(s) != SPAN_NONE)
        return false;
    while (utf8_next(&s, &c))
        if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029)
            return false;
    return true;
}

static bool is_word(struct span s, size_t most)
{
    return s.n > 0 && s.n <= most && is_line(s);
}

static bool is_text(struct span s, size_t most)
{
    return s.n <= 4 * most && is_line(s) && utf8_count(s) <= most;
}

static bool is_sound(const struct subscriber *s)
{
    return is_word(s->address, SUBSCRIBER_ADDRESS_MOST) && is_word(s->audience, AUDIENCE_KEY_MOST) &&
           is_text(s->workplace, SUBSCRIBER_WORKPLACE_MOST) && s->source.n > 0 &&
           is_text(s->source, SUBSCRIBER_SOURCE_MOST) && s->asked_at.us >= 0 && s->asked_at.us < year_3000_us;
}

static void put_line(struct buf *out, struct span name, struct span value)
{
    buf_put(out, name);
    buf_char(out, ' ');
    buf_put(out, value);
    buf_char(out, '\n');
}

bool subscriber_put(struct buf *out, const struct subscriber *subscriber)
{
    if (!is_sound(subscriber))
        return false;
    put_line(out, S("address"), subscriber->address);
    put_line(out, S("audience"), subscriber->audience);
    put_line(out, S("workplace"), subscriber->workplace);
    put_line(out, S("lang"), lang_code(subscriber->lang));
    buf_put(out, S("asked "));
    instant_put(out, subscriber->asked_at);
    buf_char(out, '\n');
    put_line(out, S("source"), subscriber->source);
    return true;
}

/* "NAME value" and its end. */
static bool take_line(struct span *rest, struct span name, struct span *value_out)
{
    struct span line;
    struct span first;

    return span_cut(*rest, '\n', &line, rest) && span_cut(line, ' ', &first, value_out) && span_eq(first, name);
}

/* As instant_put() writes it: no fraction, no offset, no leap second, no small letter. */
static bool take_asked(struct span value, struct instant *asked_out)
{
    return value.n == ASKED_LEN && value.p[10] == 'T' && value.p[ASKED_LEN - 1] == 'Z' &&
           !span_eq(span_sub(value, 17, 2), S("60")) && instant_parse(value, asked_out);
}

bool subscriber_read(struct span record, struct subscriber *subscriber_out)
{
    struct subscriber *s = subscriber_out;
    struct span lang;
    struct span asked;

    *s = (struct subscriber){0};
    return record.n <= SUBSCRIBER_RECORD_MOST && take_line(&record, S("address"), &s->address) &&
           take_line(&record, S("audience"), &s->audience) && take_line(&record, S("workplace"), &s->workplace) &&
           take_line(&record, S("lang"), &lang) && lang_from_code(lang, &s->lang) &&
           take_line(&record, S("asked"), &asked) && take_asked(asked, &s->asked_at) &&
           take_line(&record, S("source"), &s->source) && record.n == 0 && is_sound(s);
}
