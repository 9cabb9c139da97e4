/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Replies out of bytes (RFC 5321 §4.2), by the letter: a line ends with CR LF, has three digits and a space or a hyphen,
 * and no control character but tab; the lines of one reply have one code. What is not so, or does not end in
 * SMTP_LINE_MOST and SMTP_REPLY_MOST, is nonsense. Pure.
 */
#include "mail/smtp_impl.h"

#include <string.h>

/* Of what stands before its line end. */
static bool is_text(struct span line)
{
    for (size_t i = 0; i < line.n; i++)
        if (((unsigned char)line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 127)
            return false;
    return true;
}

static bool has_code(struct span line)
{
    for (size_t i = 0; i < 3; i++)
        if (line.n <= i || line.p[i] < '0' || line.p[i] > '9')
            return false;
    return line.n == 3 || line.p[3] == ' ' || line.p[3] == '-';
}

static int code_of(struct span line)
{
    return (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + (line.p[2] - '0');
}

enum smtp_heard smtp_hear(struct smtp_reader *r, struct span *bytes, struct span *text_out)
{
    size_t end = span_find_char(*bytes, '\n');
    struct span line;
    bool is_first = r->bytes == 0;

    *text_out = (struct span){0};
    if (end == SPAN_NONE)
        return bytes->n < SMTP_LINE_MOST ? SMTP_HEARD_PART : SMTP_HEARD_NONSENSE;
    r->bytes += end + 1;
    if (end == 0 || bytes->p[end - 1] != '\r' || end >= SMTP_LINE_MOST || r->bytes > SMTP_REPLY_MOST)
        return SMTP_HEARD_NONSENSE;
    line = span_sub(*bytes, 0, end - 1);
    *bytes = span_from(*bytes, end + 1);
    if (!is_text(line) || !has_code(line))
        return SMTP_HEARD_NONSENSE;
    if (is_first ? !mail_reply_read(line, &r->reply) : code_of(line) != r->reply.code)
        return SMTP_HEARD_NONSENSE;
    *text_out = span_from(line, 4);
    if (line.n > 3 && line.p[3] == '-')
        return SMTP_HEARD_LINE;
    r->bytes = 0;
    return SMTP_HEARD_REPLY;
}
