/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One connection's bytes: it is opened, watched, read, written and closed here. What they say is smtp_talk.c's.
 *
 * Writing has one order: what is in `out`, then the body of a letter, then its end. The end is asked for (`before_dot`) once
 * the kernel has taken all before it, and shares its write with the envelope of the next letter. `is_dot_out` is true from
 * the moment in which the kernel took the dot itself: before it, a letter that is broken off was certainly not sent.
 */
#define _GNU_SOURCE
#include "mail/smtp_impl.h"

#include "seal/secret.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CONNECT_MOST_MS = 60 * 1000, QUIT_MOST_MS = 2000, LINGER_MS = 5000 };

/* ---- time ---- */

static int64_t at_most(int64_t ms, int64_t most)
{
    return ms < most ? ms : most;
}

static void arm(struct smtp_conn *c, int64_t ms)
{
    c->deadline = c->smtp->now + ms;
    if (c->deadline < c->smtp->due)
        c->smtp->due = c->deadline;
}

static bool is_writing(const struct smtp_conn *c)
{
    return c->out_at < c->out_n || c->body.n || c->wants_dot;
}

/* RFC 5321 §4.5.3.2, in proportion to what a reply may take: five minutes there. */
static void arm_for_next(struct smtp_conn *c)
{
    int64_t reply = (int64_t)c->smtp->options.reply_seconds * 1000;

    if (c->stage == STAGE_LEAVING)
        arm(c, at_most(reply, QUIT_MOST_MS));
    else if (is_writing(c))
        arm(c, reply * 3 / 5);
    else if (c->expected_count == 0)
        arm(c, LINGER_MS);
    else if (c->expected[0] == SAID_DATA)
        arm(c, reply * 2 / 5);
    else if (c->expected[0] == SAID_DOT)
        arm(c, reply * 2);
    else
        arm(c, reply);
}

/* ---- closing ---- */

static void close_now(struct smtp_conn *c, bool says_so)
{
    if (c->tls)
        smtp_tls_end(c, says_so);
    secret_wipe(c->out, sizeof c->out); /* a password, or who was written to; replies name them too */
    secret_wipe(c->in, sizeof c->in);
    if (c->fd >= 0)
        (void)close(c->fd);
    c->fd = -1;
    c->stage = STAGE_NONE;
    if (c->deadline <= c->smtp->due)
        c->smtp->due = c->smtp->now; /* whose is next has to be looked for */
}

struct loss {
    struct smtp_work *current;
    struct smtp_work *next;
    bool is_doubt;   /* of `current` */
    bool is_of_next; /* it was `next` that the host was asked about */
};

static struct loss take_loss(struct smtp_conn *c, int code)
{
    enum smtp_said front = c->expected_count ? c->expected[0] : SAID_NOTHING;
    struct loss loss = {
        .current = c->current,
        .next = c->next,
        .is_doubt = c->is_dot_out && !(code == 421 && front == SAID_DOT),
        .is_of_next = front == SAID_RCPT || front == SAID_DATA,
    };

    c->current = NULL;
    c->next = NULL;
    return loss;
}

static void give_back(struct smtp *s, const struct loss *loss, int code, bool strikes)
{
    struct mail_reply reply = {.code = code >= 200 ? code : 0};

    if (loss->current && loss->is_doubt)
        smtp_is_done(s, loss->current, MAIL_IN_DOUBT, NULL, MAIL_CLASS_NONE);
    else if (loss->current && strikes)
        smtp_strike(s, loss->current, &reply);
    else if (loss->current)
        smtp_is_done(s, loss->current, MAIL_UNSENT, &reply, MAIL_CLASS_NONE);
    if (loss->next && strikes && loss->is_of_next)
        smtp_strike(s, loss->next, &reply);
    else if (loss->next)
        smtp_is_done(s, loss->next, MAIL_UNSENT, NULL, MAIL_CLASS_NONE);
}

void smtp_conn_drop(struct smtp_conn *c)
{
    struct loss loss = take_loss(c, 0);

    close_now(c, false);
    give_back(c->smtp, &loss, 0, false);
}

void smtp_conn_fail(struct smtp_conn *c, enum smtp_state state, int code)
{
    struct loss loss = take_loss(c, code);
    bool is_of_address = c->stage == STAGE_CONNECTING ||
                         (c->stage == STAGE_HELLO && c->expected_count && c->expected[0] == SAID_NOTHING);

    close_now(c, false);
    smtp_trouble(c->smtp, state, code, is_of_address); /* first: in what is said below there is no room any more */
    give_back(c->smtp, &loss, code, true);
}

/* A host may hang up when it likes. It is to blame if nothing came of the connection. */
static void hung_up(struct smtp_conn *c)
{
    bool is_at_work = c->current || c->next || c->expected_count || is_writing(c);
    struct loss loss;

    if (c->stage == STAGE_CONNECTING) {
        smtp_conn_fail(c, SMTP_AWAY, SMTP_NO_CONNECTION);
    } else if (c->stage == STAGE_LEAVING || !is_at_work) {
        close_now(c, true);
    } else if (c->has_served) {
        loss = take_loss(c, 0);
        close_now(c, false);
        give_back(c->smtp, &loss, 0, true);
    } else {
        smtp_conn_fail(c, SMTP_AWAY, SMTP_HUNG_UP);
    }
}

void smtp_conn_late(struct smtp_conn *c)
{
    if (c->stage == STAGE_LEAVING)
        close_now(c, true);
    else if (smtp_talk_is_free(c))
        smtp_talk_quit(c);
    else
        smtp_conn_fail(c, SMTP_AWAY, c->stage == STAGE_CONNECTING ? SMTP_NO_CONNECTION : SMTP_SILENT);
}

/* ---- bytes ---- */

/* The last thing that is done: it may close the connection, if the system has no room for it. */
static void watch(struct smtp_conn *c)
{
    bool waits = c->stage == STAGE_CONNECTING || c->tls_wants_write || (c->stage != STAGE_SHAKING && is_writing(c));
    uint32_t interest = EPOLLIN | (waits ? EPOLLOUT : 0U);
    struct epoll_event event = {.events = interest, .data.u64 = (uint64_t)(c - c->smtp->conns)};

    if (c->interest == interest)
        return;
    if (epoll_ctl(c->smtp->epoll, c->interest ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &event) == 0)
        c->interest = interest;
    else
        smtp_conn_fail(c, SMTP_AWAY, SMTP_NO_CONNECTION);
}

static enum smtp_io of_call(ssize_t n, size_t *n_out)
{
    *n_out = n > 0 ? (size_t)n : 0;
    if (n > 0)
        return SMTP_IO_SOME;
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? SMTP_IO_NONE : SMTP_IO_END;
}

/* `goes_on`: more will follow at once, so nothing is gained by a short packet. */
static enum smtp_io put(struct smtp_conn *c, struct span bytes, bool goes_on, size_t *n_out)
{
    if (c->tls)
        return smtp_tls_write(c, bytes, n_out);
    return of_call(send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL | (goes_on ? MSG_MORE : 0)), n_out);
}

static enum smtp_io get(struct smtp_conn *c, char *room, size_t size, size_t *n_out)
{
    if (c->tls)
        return smtp_tls_read(c, room, size, n_out);
    return of_call(recv(c->fd, room, size, 0), n_out);
}

static void out_is_written(struct smtp_conn *c)
{
    if (c->dot_at && c->out_at >= c->dot_at) {
        c->is_dot_out = true;
        c->dot_at = 0;
    }
    if (c->out_at < c->out_n)
        return;
    secret_wipe(c->out, c->out_n);
    c->out_n = 0;
    c->out_at = 0;
}

/* It takes nothing more. What it said before it went may be read still; that, or its end, comes as an event. */
static void cannot_write(struct smtp_conn *c)
{
    c->out_n = 0;
    c->out_at = 0;
    c->dot_at = 0;
    c->body = (struct span){0};
    c->wants_dot = false;
    if (c->tls) /* whose errors are of both ways */
        hung_up(c);
}

void smtp_conn_flush(struct smtp_conn *c)
{
    while (is_writing(c)) {
        bool is_out = c->out_at < c->out_n;
        struct span bytes = is_out ? (struct span){c->out + c->out_at, c->out_n - c->out_at} : c->body;
        enum smtp_io io;
        size_t n;

        if (bytes.n == 0) {
            c->wants_dot = false;
            smtp_talk_dot(c);
            if (c->stage == STAGE_NONE)
                return;
            continue;
        }
        io = put(c, bytes, !is_out, &n);
        if (io == SMTP_IO_END)
            cannot_write(c);
        if (c->stage == STAGE_NONE)
            return;
        if (io != SMTP_IO_SOME)
            break;
        if (is_out) {
            c->out_at += n;
            out_is_written(c);
        } else {
            c->body = span_from(c->body, n);
        }
    }
    arm_for_next(c);
    watch(c);
}

/* What came in, line by line. False when there is nothing more to be read here, or not by us. */
static bool take_lines(struct smtp_conn *c)
{
    struct span rest = {c->in, c->in_n};
    size_t had = c->in_n;

    for (;;) {
        bool is_first = c->reader.bytes == 0;
        struct span text;
        enum smtp_heard heard = smtp_hear(&c->reader, &rest, &text);

        c->in_n = rest.n;
        if (heard == SMTP_HEARD_NONSENSE) {
            smtp_conn_fail(c, SMTP_AWAY, SMTP_NONSENSE);
            return false;
        }
        if (heard == SMTP_HEARD_PART)
            break;
        smtp_talk_line(c, text, is_first);
        if (heard == SMTP_HEARD_REPLY)
            smtp_talk_reply(c, &c->reader.reply);
        if (c->stage == STAGE_NONE || c->stage == STAGE_SHAKING)
            return false;
    }
    if (rest.n)
        memmove(c->in, rest.p, rest.n);
    secret_wipe(c->in + rest.n, had - rest.n);
    return true;
}

static void hear(struct smtp_conn *c)
{
    for (;;) {
        size_t room = sizeof c->in - c->in_n;
        size_t n;
        enum smtp_io io = get(c, c->in + c->in_n, room, &n);

        if (io == SMTP_IO_END) {
            hung_up(c);
            return;
        }
        if (io == SMTP_IO_NONE) {
            watch(c);
            return;
        }
        c->in_n += n;
        if (!take_lines(c))
            return;
        if (!c->tls && n < room)
            return; /* TLS may hold what epoll knows nothing of */
    }
}

/* ---- TLS ---- */

static void shake(struct smtp_conn *c)
{
    enum smtp_trouble trouble;

    switch (smtp_tls_shake(c, &trouble)) {
    case SMTP_IO_SOME:
        smtp_talk_secured(c);
        break;
    case SMTP_IO_NONE:
        watch(c);
        break;
    case SMTP_IO_END:
        smtp_conn_fail(c, trouble == SMTP_HUNG_UP ? SMTP_AWAY : SMTP_REFUSED, (int)trouble);
        break;
    }
}

void smtp_conn_shake(struct smtp_conn *c)
{
    c->stage = STAGE_SHAKING;
    if (!smtp_tls_begin(c)) {
        smtp_conn_fail(c, SMTP_AWAY, SMTP_NO_TLS);
        return;
    }
    arm(c, (int64_t)c->smtp->options.reply_seconds * 1000);
    shake(c);
}

/* ---- opening, events ---- */

void smtp_conn_open(struct smtp_conn *c, const struct smtp_address *address)
{
    struct smtp *s = c->smtp;
    int on = 1;

    *c = (struct smtp_conn){.smtp = s, .stage = STAGE_CONNECTING, .is_here = smtp_address_is_here(address)};
    c->fd = socket(address->where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        (connect(c->fd, (const struct sockaddr *)&address->where, address->length) != 0 && errno != EINPROGRESS)) {
        smtp_conn_fail(c, SMTP_AWAY, SMTP_NO_CONNECTION);
        return;
    }
    arm(c, at_most((int64_t)s->options.reply_seconds * 1000, CONNECT_MOST_MS));
    watch(c);
}

static void see_connected(struct smtp_conn *c)
{
    int error = 0;
    socklen_t length = sizeof error;

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0)
        smtp_conn_fail(c, SMTP_AWAY, SMTP_NO_CONNECTION);
    else
        smtp_talk_begin(c);
}

void smtp_conn_event(struct smtp_conn *c, uint32_t events)
{
    if (c->stage == STAGE_CONNECTING) {
        see_connected(c);
        return;
    }
    if (c->stage == STAGE_SHAKING) {
        shake(c);
        return;
    }
    if (c->stage != STAGE_NONE && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        hear(c);
    if ((events & EPOLLOUT) && c->stage != STAGE_NONE && c->stage != STAGE_SHAKING)
        smtp_conn_flush(c);
}
