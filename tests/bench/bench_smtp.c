/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * bench_smtp PORT COUNT KB CONNECTIONS: hands COUNT unsigned letters of so many KB to a host on this machine. Exit 1 when
 * one was not taken.
 */
#include "mail/smtp.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t sent;
static uint64_t lost;

static bool before_dot(void *ctx, uint64_t id)
{
    (void)ctx;
    (void)id;
    return true;
}

static void done(void *ctx, const struct smtp_done *d)
{
    (void)ctx;
    sent += d->outcome == MAIL_SENT;
    lost += d->outcome != MAIL_SENT;
}

static struct span make_message(struct arena *a, size_t bytes)
{
    struct buf *out = buf_new(a, bytes + 200);

    buf_put(
        out,
        S("From: <news@bayside.example>\r\nTo: <person@reader.example>\r\nMessage-ID: <m@bayside.example>\r\n\r\n"));
    while (out->n < bytes)
        buf_put(out, S("The law lets colleagues talk, meet and sign. So it is, and so it will be.\r\n"));
    return buf_span(out);
}

static void send_all(struct smtp *smtp, uint64_t count, struct span message)
{
    uint64_t next = 0;

    while (sent + lost < count) {
        struct pollfd fd = {.fd = smtp_fd(smtp), .events = POLLIN};

        for (; next < count && smtp_room(smtp) > 0; next++) {
            char to[64];
            struct smtp_job job = {.id = next, .from = S("b+token@bayside.example"), .message = message};

            job.to =
                (struct span){to, (size_t)snprintf(to, sizeof to, "p%llu@reader.example", (unsigned long long)next)};
            smtp_add(smtp, &job);
        }
        (void)poll(&fd, 1, smtp_wait_ms(smtp));
        smtp_turn(smtp);
    }
}

int main(int argc, char **argv)
{
    struct arena *a = arena_open(64 * 1024 * 1024);
    struct smtp_options options = {.host = S("127.0.0.1"),
                                   .tls = SMTP_TLS_NONE,
                                   .hello = S("bayside.example"),
                                   .letters_a_connection = 1000000,
                                   .before_dot = before_dot,
                                   .done = done};
    struct smtp *smtp = NULL;
    struct span fault;

    if (argc != 5)
        return 2;
    options.port = (uint16_t)strtoul(argv[1], NULL, 10);
    options.connections = (unsigned)strtoul(argv[4], NULL, 10);
    if (smtp_open(a, &options, &smtp, &fault) != RC_OK)
        return 2;
    send_all(smtp, strtoull(argv[2], NULL, 10), make_message(a, strtoul(argv[3], NULL, 10) * 1024));
    smtp_close(&smtp);
    arena_close(&a);
    return lost ? 1 : 0;
}
