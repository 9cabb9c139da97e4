/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See outcome.h. A server's enhanced code says more than its code, so it is asked first; a person is called unknown by it
 * alone, since 550 is also what is said of mail that a server just does not like.
 */
#include "mail/outcome.h"

enum { CODE_LEN = 3, ENHANCED_DIGITS_MOST = 3 };

static const int64_t minute_us = INT64_C(60) * 1000000;

/* ---- reading a reply ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_number(struct span *s, int *number_out)
{
    size_t n = 0;
    int number = 0;

    for (; n < s->n && n < ENHANCED_DIGITS_MOST && is_digit(s->p[n]); n++)
        number = number * 10 + (s->p[n] - '0');
    *s = span_from(*s, n);
    *number_out = number;
    return n > 0;
}

static bool take_char(struct span *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = span_from(*s, 1);
    return true;
}

/* "5.1.1 …": its class is that of the code (RFC 2034 §4), else it is a word that happens to look like one. */
static bool take_enhanced(struct span text, int class, int enhanced_out[3])
{
    int n[3];

    (void)take_char(&text, '#'); /* as one maker of gateways writes it */
    if (!take_number(&text, &n[0]) || !take_char(&text, '.') || !take_number(&text, &n[1]) || !take_char(&text, '.') ||
        !take_number(&text, &n[2]) || n[0] != class || (text.n > 0 && text.p[0] != ' ' && text.p[0] != '\t'))
        return false;
    for (int i = 0; i < 3; i++)
        enhanced_out[i] = n[i];
    return true;
}

bool mail_reply_read(struct span line, struct mail_reply *reply_out)
{
    struct span rest;

    *reply_out = (struct mail_reply){0};
    if (span_ends(line, S("\n")))
        line.n--;
    if (span_ends(line, S("\r")))
        line.n--;
    if (line.n < CODE_LEN || line.p[0] < '2' || line.p[0] > '5' || !is_digit(line.p[1]) || !is_digit(line.p[2]) ||
        (line.n > CODE_LEN && line.p[CODE_LEN] != ' ' && line.p[CODE_LEN] != '-'))
        return false;
    rest = span_sub(line, 0, CODE_LEN);
    (void)take_number(&rest, &reply_out->code);
    if (line.n > CODE_LEN)
        (void)take_enhanced(span_from(line, CODE_LEN + 1), line.p[0] - '0', reply_out->enhanced);
    return true;
}

/* ---- what it means ---- */

static bool is_enhanced(const struct mail_reply *r, int subject, int detail)
{
    return r->enhanced[0] != 0 && r->enhanced[1] == subject && r->enhanced[2] == detail;
}

static bool is_no_such_person(const struct mail_reply *r)
{
    static const int details[] = {1, 2, 3, 6, 10}; /* mailbox, host, syntax, moved, null MX (RFC 7505) */

    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++)
        if (is_enhanced(r, 1, details[i]))
            return true;
    return is_enhanced(r, 4, 4); /* nowhere to route it to */
}

/* What either kind of refusal may be about. NONE: nothing that it says. */
static enum mail_class class_of_both(const struct mail_reply *r)
{
    if (r->enhanced[0] != 0 && r->enhanced[1] == 7)
        return MAIL_CLASS_POLICY;
    return is_enhanced(r, 2, 2) ? MAIL_CLASS_FULL : MAIL_CLASS_NONE;
}

static enum mail_class class_of_later(const struct mail_reply *r)
{
    enum mail_class class = class_of_both(r);

    if (class != MAIL_CLASS_NONE)
        return class;
    return r->code == 421 || (r->code >= 450 && r->code <= 452) ? MAIL_CLASS_BUSY : MAIL_CLASS_OTHER;
}

static enum mail_class class_of_never(const struct mail_reply *r)
{
    enum mail_class class = class_of_both(r);

    if (class != MAIL_CLASS_NONE)
        return class;
    if (is_no_such_person(r))
        return MAIL_CLASS_NO_SUCH_PERSON;
    if (is_enhanced(r, 2, 3) || is_enhanced(r, 3, 4) || r->code == 552)
        return MAIL_CLASS_TOO_LARGE;
    return MAIL_CLASS_OTHER;
}

enum mail_outcome mail_outcome_of(const struct mail_reply *reply, enum mail_class *class_out)
{
    *class_out = MAIL_CLASS_NONE;
    switch (reply->code / 100) {
    case 2:
        return MAIL_SENT;
    case 4:
        *class_out = class_of_later(reply);
        return MAIL_DEFERRED;
    case 5:
        *class_out = class_of_never(reply);
        return MAIL_FAILED;
    default:
        return MAIL_IN_DOUBT;
    }
}

/* ---- when again ---- */

bool mail_retry_at(struct instant first_at, struct instant now, int attempts, struct instant *next_out)
{
    static const int minutes[] = {5, 15, 60, 4 * 60};
    static const int most = sizeof minutes / sizeof minutes[0] - 1;
    int at = attempts < 1 ? 0 : attempts - 1;

    if (first_at.us <= now.us - INT64_C(48) * 60 * minute_us)
        return false;
    next_out->us = now.us + minutes[at < most ? at : most] * minute_us;
    return true;
}
