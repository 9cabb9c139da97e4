/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as what a smart host says, over a real connection: first all of them as replies, then as the other side of a
 * session with three letters. Each letter has one outcome; it is sent or in doubt only if its end was asked for, and no
 * more were sent than the host said 2xx.
 */
#include "mail/smtp_impl.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY = 16 * 1024 * 1024, LETTERS = 3, TURNS_MOST = 10000 };

#define MESSAGE "From: <a@b.example>\r\n\r\nA letter.\r\n"

struct seen {
    int dots[LETTERS];
    int done[LETTERS];
    int sent;
};

static int64_t now;

static int64_t clock_ms(void)
{
    return now;
}

static bool before_dot(void *ctx, uint64_t id)
{
    struct seen *seen = ctx;

    CHECK(id < LETTERS && seen->done[id] == 0 && seen->dots[id] == 0);
    seen->dots[id]++;
    return true;
}

static void done(void *ctx, const struct smtp_done *d)
{
    struct seen *seen = ctx;

    CHECK(d->id < LETTERS && seen->done[d->id] == 0);
    CHECK(seen->dots[d->id] || (d->outcome != MAIL_SENT && d->outcome != MAIL_IN_DOUBT));
    CHECK(d->outcome >= MAIL_SENT && d->outcome <= MAIL_UNSENT);
    CHECK((d->outcome == MAIL_SENT) == (d->code / 100 == 2));
    seen->done[d->id]++;
    seen->sent += d->outcome == MAIL_SENT;
}

static int read_replies(struct span bytes)
{
    struct smtp_reader reader = {0};
    int good = 0;

    while (bytes.n) {
        struct span before = bytes;
        struct span text;
        enum smtp_heard heard = smtp_hear(&reader, &bytes, &text);

        if (heard == SMTP_HEARD_PART || heard == SMTP_HEARD_NONSENSE)
            break;
        CHECK(bytes.n < before.n && before.n - bytes.n <= SMTP_LINE_MOST);
        CHECK(reader.reply.code >= 200 && reader.reply.code <= 599);
        CHECK(text.n == 0 || memchr(text.p, '\r', text.n) == NULL);
        good += heard == SMTP_HEARD_REPLY && reader.reply.code / 100 == 2;
    }
    return good;
}

static int listen_once(uint16_t *port_out)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 16) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
    *port_out = ntohs(at.sin_port);
    return fd;
}

/* Says all of it at once and no more, and hangs up without a trace in the kernel. */
static void serve(int listener, int *client, struct span bytes)
{
    static const struct linger at_once = {.l_onoff = 1};
    int fd = accept(listener, NULL, NULL);

    if (fd < 0)
        return;
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)send(fd, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(fd, SHUT_WR);
    if (*client >= 0)
        (void)close(*client);
    *client = fd;
}

static void session(struct arena *a, int listener, uint16_t port, struct span bytes, bool has_user)
{
    struct seen seen = {0};
    struct smtp_options o = {.host = S("127.0.0.1"),
                             .port = port,
                             .tls = SMTP_TLS_NONE,
                             .hello = S("try.example"),
                             .connections = 1,
                             .ctx = &seen,
                             .before_dot = before_dot,
                             .done = done,
                             .clock_ms = clock_ms};
    struct smtp *smtp;
    struct span fault;
    int client = -1;

    if (has_user) {
        o.user = S("user");
        o.password = S("password");
    }
    CHECK(smtp_open(a, &o, &smtp, &fault) == RC_OK && smtp_room(smtp) == LETTERS);
    for (uint64_t i = 0; i < LETTERS; i++) {
        const struct smtp_job job = {.id = i, .from = S("a@b.example"), .to = S("c@d.example"), .message = S(MESSAGE)};

        smtp_add(smtp, &job);
    }
    for (int i = 0; i < TURNS_MOST && smtp_under_way(smtp); i++) {
        smtp_turn(smtp);
        serve(listener, &client, bytes);
    }
    CHECK(smtp_under_way(smtp) == 0);
    smtp_close(&smtp);
    for (int i = 0; i < LETTERS; i++)
        CHECK(seen.done[i] == 1);
    if (client >= 0)
        (void)close(client);
    serve(listener, &client, (struct span){0}); /* who came meanwhile */
    if (client >= 0)
        (void)close(client);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *a;
    static int listener;
    static uint16_t port;
    struct span bytes = {(const char *)data, size};

    if (a == NULL) {
        a = arena_open(MEMORY);
        listener = listen_once(&port);
    }
    if (size == 0 || size > 32 * 1024)
        return 0;
    (void)read_replies(span_from(bytes, 1));
    session(a, listener, port, span_from(bytes, 1), data[0] & 1);
    arena_reset(a);
    return 0;
}
