/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What is said over one connection, and what each reply means: for the connection, for the person, for the host.
 *
 * With PIPELINING an envelope is said in one write, behind the dot of the letter before it; without, command by command.
 * What is said of MAIL is about us, and so the host's word, unless it is of the size that stands there (RFC 1870 §6.1);
 * what is said of RCPT, DATA and the dot is about the person. No body is begun unless its recipient was taken.
 */
#include "mail/smtp_impl.h"

#include <stdio.h>
#include <string.h>

/* ---- saying ---- */

static void put(struct smtp_conn *c, struct span words)
{
    CHECK(words.n <= sizeof c->out - c->out_n);
    if (words.n)
        memcpy(c->out + c->out_n, words.p, words.n);
    c->out_n += words.n;
}

static void expect(struct smtp_conn *c, enum smtp_said said)
{
    CHECK(c->expected_count < SMTP_EXPECTED);
    c->expected[c->expected_count++] = (uint8_t)said;
}

static void say(struct smtp_conn *c, enum smtp_said said, struct span first, struct span second, struct span last)
{
    put(c, first);
    put(c, second);
    put(c, last);
    put(c, S("\r\n"));
    expect(c, said);
}

static void say_words(struct smtp_conn *c, enum smtp_said said, struct span words)
{
    say(c, said, words, S(""), S(""));
}

static void say_mail(struct smtp_conn *c)
{
    char size[40] = ">";

    if (c->has_size)
        (void)snprintf(size, sizeof size, "> SIZE=%zu", c->next->message.n);
    say(c, SAID_MAIL, S("MAIL FROM:<"), (struct span){c->next->from, c->next->from_n}, span_of(size));
}

static void say_rcpt(struct smtp_conn *c)
{
    say(c, SAID_RCPT, S("RCPT TO:<"), (struct span){c->next->to, c->next->to_n}, S(">"));
}

/* To `out`; who calls writes it. */
static void say_envelope(struct smtp_conn *c, struct smtp_work *work)
{
    c->next = work;
    c->letters++;
    if (c->needs_rset) {
        c->needs_rset = false;
        say_words(c, SAID_RSET, S("RSET"));
        if (!c->has_pipelining)
            return;
    }
    say_mail(c);
    if (!c->has_pipelining)
        return;
    say_rcpt(c);
    say_words(c, SAID_DATA, S("DATA"));
}

static bool may_begin(const struct smtp_conn *c)
{
    return !c->is_ending && c->letters < c->smtp->options.letters_a_connection;
}

static void say_envelope_too(struct smtp_conn *c)
{
    struct smtp_work *work = c->has_pipelining && may_begin(c) ? smtp_take(c->smtp) : NULL;

    if (work)
        say_envelope(c, work);
}

void smtp_talk_quit(struct smtp_conn *c)
{
    c->stage = STAGE_LEAVING;
    say_words(c, SAID_QUIT, S("QUIT"));
    smtp_conn_flush(c);
}

bool smtp_talk_is_free(const struct smtp_conn *c)
{
    return c->stage == STAGE_READY && c->current == NULL && c->next == NULL && !c->is_orphaned &&
           c->expected_count == 0;
}

void smtp_talk_letters(struct smtp_conn *c)
{
    struct smtp_work *work;

    if (!smtp_talk_is_free(c)) {
        smtp_conn_flush(c);
        return;
    }
    if (!may_begin(c)) {
        smtp_talk_quit(c);
        return;
    }
    work = smtp_take(c->smtp);
    if (work)
        say_envelope(c, work);
    smtp_conn_flush(c);
}

void smtp_talk_dot(struct smtp_conn *c)
{
    struct smtp *s = c->smtp;
    struct smtp_work *work = c->current;
    size_t tail = work->message.n < SMTP_TAIL ? work->message.n : SMTP_TAIL;

    if (!s->options.before_dot(s->options.ctx, work->id)) {
        smtp_conn_drop(c);
        return;
    }
    put(c, span_from(work->message, work->message.n - tail));
    put(c, S("."));
    c->dot_at = c->out_n;
    put(c, S("\r\n"));
    expect(c, SAID_DOT);
    say_envelope_too(c);
}

/* ---- up to where letters are taken ---- */

static void say_hello(struct smtp_conn *c, enum smtp_said said)
{
    c->stage = STAGE_HELLO;
    c->has_pipelining = false;
    c->has_size = false;
    c->has_starttls = false;
    c->has_auth_plain = false;
    c->has_auth_login = false;
    say(c, said, said == SAID_EHLO ? S("EHLO ") : S("HELO "), c->smtp->options.hello, S(""));
    smtp_conn_flush(c);
}

static void await_greeting(struct smtp_conn *c)
{
    c->stage = STAGE_HELLO;
    expect(c, SAID_NOTHING);
    smtp_conn_flush(c);
}

void smtp_talk_begin(struct smtp_conn *c)
{
    if (c->smtp->options.tls == SMTP_TLS_FROM_START)
        smtp_conn_shake(c);
    else
        await_greeting(c);
}

void smtp_talk_secured(struct smtp_conn *c)
{
    if (c->smtp->options.tls == SMTP_TLS_FROM_START)
        await_greeting(c);
    else
        say_hello(c, SAID_EHLO); /* what was offered before counts for nothing (RFC 3207 §4.2) */
}

static void take_mechanisms(struct smtp_conn *c, struct span names)
{
    struct span name;

    while (span_next(&names, ' ', &name)) {
        c->has_auth_plain |= span_eq_nocase(name, S("PLAIN"));
        c->has_auth_login |= span_eq_nocase(name, S("LOGIN"));
    }
}

void smtp_talk_line(struct smtp_conn *c, struct span text, bool is_first)
{
    struct span word;
    struct span rest;

    if (is_first || c->expected_count == 0 || c->expected[0] != SAID_EHLO)
        return;
    (void)span_cut(span_trim(text), ' ', &word, &rest);
    if (span_eq_nocase(word, S("PIPELINING")))
        c->has_pipelining = true;
    else if (span_eq_nocase(word, S("SIZE")))
        c->has_size = true;
    else if (span_eq_nocase(word, S("STARTTLS")))
        c->has_starttls = true;
    else if (span_eq_nocase(word, S("AUTH")))
        take_mechanisms(c, rest);
}

static void is_ready(struct smtp_conn *c)
{
    c->stage = STAGE_READY;
    smtp_is_ready(c->smtp);
    smtp_talk_letters(c);
}

/* RFC 4954 §4; a command line has 512 bytes. */
static void say_who_we_are(struct smtp_conn *c)
{
    const struct smtp_secrets *secrets = c->smtp->secrets;

    if (!c->has_auth_plain)
        say_words(c, SAID_AUTH, S("AUTH LOGIN"));
    else if (secrets->plain_n > 480)
        say_words(c, SAID_AUTH, S("AUTH PLAIN"));
    else
        say(c, SAID_AUTH, S("AUTH PLAIN "), (struct span){secrets->plain, secrets->plain_n}, S(""));
    smtp_conn_flush(c);
}

static void hello_is_said(struct smtp_conn *c)
{
    const struct smtp_options *o = &c->smtp->options;

    if (o->tls == SMTP_TLS_START && c->tls == NULL && !c->has_starttls) {
        smtp_conn_fail(c, SMTP_REFUSED, SMTP_NO_TLS);
    } else if (o->tls == SMTP_TLS_START && c->tls == NULL) {
        say_words(c, SAID_STARTTLS, S("STARTTLS"));
        smtp_conn_flush(c);
    } else if (c->smtp->secrets == NULL) {
        is_ready(c);
    } else if (!(c->has_auth_plain || c->has_auth_login) || !(c->tls || c->is_here)) {
        smtp_conn_fail(c, SMTP_REFUSED, SMTP_NO_AUTH);
    } else {
        say_who_we_are(c);
    }
}

/* A challenge (334) is answered, whatever it says: the order of the answers is known. */
static void say_secret(struct smtp_conn *c, enum smtp_said asked)
{
    const struct smtp_secrets *secrets = c->smtp->secrets;

    if (asked == SAID_AUTH && c->has_auth_plain && secrets->plain_n > 480)
        say_words(c, SAID_PASSWORD, (struct span){secrets->plain, secrets->plain_n});
    else if (asked == SAID_AUTH && !c->has_auth_plain)
        say_words(c, SAID_USER, (struct span){secrets->user, secrets->user_n});
    else if (asked == SAID_USER)
        say_words(c, SAID_PASSWORD, (struct span){secrets->password, secrets->password_n});
    else {
        smtp_conn_fail(c, SMTP_AWAY, SMTP_NONSENSE);
        return;
    }
    smtp_conn_flush(c);
}

/* No is no for now (4xx), or until somebody mends it (5xx). Anything else makes no sense here. */
static void no(struct smtp_conn *c, const struct mail_reply *reply)
{
    int kind = reply->code / 100;

    smtp_conn_fail(c, kind == 5 ? SMTP_REFUSED : SMTP_AWAY, kind >= 4 ? reply->code : SMTP_NONSENSE);
}

static void on_hello(struct smtp_conn *c, enum smtp_said said, const struct mail_reply *reply)
{
    int kind = reply->code / 100;

    if (kind == 2 && said == SAID_NOTHING)
        say_hello(c, SAID_EHLO);
    else if (kind == 2)
        hello_is_said(c);
    else if (kind == 5 && said == SAID_EHLO)
        say_hello(c, SAID_HELO);
    else
        smtp_conn_fail(c, SMTP_AWAY, kind >= 4 ? reply->code : SMTP_NONSENSE);
}

static void on_starttls(struct smtp_conn *c, const struct mail_reply *reply)
{
    if (reply->code / 100 != 2)
        no(c, reply);
    else if (c->in_n)
        /* Said in the clear by who knows whom, to be read as if it were said under TLS (CVE-2011-0411). */
        smtp_conn_fail(c, SMTP_REFUSED, SMTP_NO_TLS);
    else
        smtp_conn_shake(c);
}

static void on_auth(struct smtp_conn *c, enum smtp_said said, const struct mail_reply *reply)
{
    if (reply->code / 100 == 2)
        is_ready(c);
    else if (reply->code == 334)
        say_secret(c, said);
    else
        no(c, reply);
}

/* ---- letters ---- */

static void nonsense(struct smtp_conn *c)
{
    smtp_conn_fail(c, SMTP_AWAY, SMTP_NONSENSE);
}

static bool is_refusal(const struct mail_reply *reply)
{
    return reply->code >= 400;
}

/* A person has an answer: it is said, and the host does well. */
static void decide(struct smtp_conn *c, struct smtp_work *work, const struct mail_reply *reply)
{
    enum mail_class why = MAIL_CLASS_NONE;
    enum mail_outcome outcome = reply->code / 100 == 2 ? MAIL_SENT : mail_outcome_of(reply, &why);

    c->has_served = true;
    smtp_does_well(c->smtp);
    smtp_is_done(c->smtp, work, outcome, reply, why);
}

static void on_mail(struct smtp_conn *c, const struct mail_reply *reply)
{
    struct smtp_work *work = c->next;
    enum mail_class why = MAIL_CLASS_NONE;

    if (reply->code / 100 == 2) {
        if (!c->has_pipelining)
            say_rcpt(c);
        smtp_conn_flush(c);
        return;
    }
    if (!is_refusal(reply)) {
        nonsense(c);
        return;
    }
    c->next = NULL;
    (void)mail_outcome_of(reply, &why);
    if (why == MAIL_CLASS_TOO_LARGE) {
        c->is_orphaned = c->has_pipelining; /* RCPT and DATA were said already */
        decide(c, work, reply);
        smtp_talk_letters(c);
        return;
    }
    no(c, reply);
    smtp_is_done(c->smtp, work, MAIL_UNSENT, reply, why);
}

static void on_rcpt(struct smtp_conn *c, const struct mail_reply *reply)
{
    struct smtp_work *work = c->next;

    if (c->is_orphaned) /* its MAIL was refused: whatever it says, nobody is meant */
        return;
    if (reply->code / 100 == 2) {
        if (!c->has_pipelining)
            say_words(c, SAID_DATA, S("DATA"));
        smtp_conn_flush(c);
        return;
    }
    if (!is_refusal(reply)) {
        nonsense(c);
        return;
    }
    c->next = NULL;
    c->is_orphaned = c->has_pipelining; /* DATA was said already */
    c->needs_rset = !c->has_pipelining;
    decide(c, work, reply);
    smtp_talk_letters(c);
}

static void begin_body(struct smtp_conn *c)
{
    struct span message = c->next->message;

    c->current = c->next;
    c->next = NULL;
    c->is_dot_out = false;
    c->body = span_sub(message, 0, message.n < SMTP_TAIL ? 0 : message.n - SMTP_TAIL);
    c->wants_dot = true;
    smtp_conn_flush(c);
}

/* DATA was taken for a letter that nobody gets: it must not have a body. */
static void end_nothing(struct smtp_conn *c)
{
    put(c, S(".\r\n"));
    expect(c, SAID_DOT_OF_NONE);
    say_envelope_too(c);
    smtp_conn_flush(c);
}

static void on_data(struct smtp_conn *c, const struct mail_reply *reply)
{
    struct smtp_work *work = c->next;
    bool was_orphaned = c->is_orphaned;

    c->is_orphaned = false;
    if (reply->code == 354) {
        if (was_orphaned)
            end_nothing(c);
        else
            begin_body(c);
        return;
    }
    if (!is_refusal(reply)) {
        nonsense(c);
        return;
    }
    c->needs_rset = true;
    c->next = NULL;
    if (!was_orphaned)
        decide(c, work, reply);
    smtp_talk_letters(c);
}

static void on_dot(struct smtp_conn *c, const struct mail_reply *reply)
{
    struct smtp_work *work = c->current;

    if (!c->is_dot_out || reply->code / 100 == 3) {
        nonsense(c);
        return;
    }
    c->current = NULL;
    c->is_dot_out = false;
    decide(c, work, reply);
    if (c->is_ending)
        smtp_conn_drop(c);
    else
        smtp_talk_letters(c);
}

static void on_rset(struct smtp_conn *c, const struct mail_reply *reply)
{
    if (reply->code / 100 != 2) {
        nonsense(c);
        return;
    }
    if (!c->has_pipelining)
        say_mail(c);
    smtp_conn_flush(c);
}

/* ---- hearing ---- */

static void on_unasked(struct smtp_conn *c, const struct mail_reply *reply)
{
    struct smtp_work *work = c->current;

    if (reply->code == 421 && smtp_talk_is_free(c)) {
        smtp_conn_drop(c); /* it was idle for too long */
    } else if (reply->code == 421 || work == NULL || !is_refusal(reply)) {
        smtp_conn_fail(c, SMTP_AWAY, reply->code == 421 ? reply->code : SMTP_NONSENSE);
    } else { /* too early, and yet an answer: nothing was ended that it could have taken */
        c->current = NULL;
        decide(c, work, reply);
        smtp_conn_drop(c);
    }
}

void smtp_talk_reply(struct smtp_conn *c, const struct mail_reply *reply)
{
    enum smtp_said said;

    if (c->stage == STAGE_LEAVING) {
        smtp_conn_drop(c);
        return;
    }
    if (c->expected_count == 0) {
        on_unasked(c, reply);
        return;
    }
    if (reply->code == 421) { /* of what is awaited first; smtp_conn.c looks whom that is about */
        smtp_conn_fail(c, SMTP_AWAY, reply->code);
        return;
    }
    said = (enum smtp_said)c->expected[0];
    c->expected_count--;
    memmove(c->expected, c->expected + 1, c->expected_count);
    switch (said) {
    case SAID_NOTHING:
    case SAID_EHLO:
    case SAID_HELO:
        on_hello(c, said, reply);
        break;
    case SAID_STARTTLS:
        on_starttls(c, reply);
        break;
    case SAID_AUTH:
    case SAID_USER:
    case SAID_PASSWORD:
        on_auth(c, said, reply);
        break;
    case SAID_RSET:
        on_rset(c, reply);
        break;
    case SAID_MAIL:
        on_mail(c, reply);
        break;
    case SAID_RCPT:
        on_rcpt(c, reply);
        break;
    case SAID_DATA:
        on_data(c, reply);
        break;
    case SAID_DOT:
        on_dot(c, reply);
        break;
    case SAID_DOT_OF_NONE: /* whatever it says of nothing */
        smtp_talk_letters(c);
        break;
    case SAID_QUIT:
        break;
    }
}
