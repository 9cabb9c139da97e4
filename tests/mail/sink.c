/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * sink [OPTION]…: an SMTP server that takes every letter, writes down what it took, and does wrong what it is told to.
 * Binds port 0 of 127.0.0.1 and prints "port N". One thread, one epoll; an end of a letter is looked for by memmem.
 *
 *   --record FILE   appends a line an event, tab-separated: what, connection, Message-ID, address, code, bytes
 *   --dump DIR      each letter as it came: DIR/1, DIR/2 …
 *   --all           also connections, commands and recipients
 *   --tls start|now --cert FILE --key FILE     --auth USER:PASSWORD     --mechanisms "PLAIN LOGIN"
 *   --no-pipelining     --no-ehlo     --data-always (354 without a recipient)     --size BYTES     --seed N
 *   --most N (connections at a time; 421 to more)     --rule RULE     --rules FILE (one a line)     --port N
 *   --commands      reads from standard input, answering "ok": refuse, accept, clear, release (what is on hold), rule
 *                   RULE; ends with it
 *
 * RULE: POINT WHO ACTION; the first that fits counts.
 *   POINT   connect ehlo starttls auth mail rcpt data 354 (after it was said) body dot done (after 250)
 *   WHO     * · a*b (address) · 10% (of addresses, by hash) · ?10% (of times) · #3 · #1-4 (times it would come to it)
 *   ACTION  450 4.2.1 text · silence · cut · slow MS · hold · endless · long BYTES · raw TEXT (\r \n \0 \xNN)
 *
 * "taken": 250 was on its way; "refused": it was told no; "held": it is here and nothing was said. A line is in the file
 * before the answer is on the wire.
 */
#define _GNU_SOURCE
#include "sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct sink sink = {
    .record = -1, .mechanisms = "PLAIN LOGIN", .has_pipelining = true, .has_ehlo = true, .size = 50 * 1024 * 1024};

static int epoll;
static int listener = -1;
static uint16_t port;
static unsigned connection_count;
static struct conn *conns;

int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the record ---- */

static void flush_record(void)
{
    size_t at = 0;

    while (sink.record >= 0 && at < sink.lines_n) {
        ssize_t n = write(sink.record, sink.lines + at, sink.lines_n - at);

        if (n <= 0) {
            perror("sink: record");
            exit(3);
        }
        at += (size_t)n;
    }
    sink.lines_n = 0;
}

void record(const struct conn *c, const char *event, struct span id, struct span who, int code, size_t bytes)
{
    if (sizeof sink.lines - sink.lines_n < 2048)
        flush_record();
    sink.lines_n += (size_t)snprintf(sink.lines + sink.lines_n, 2048, "%s\t%u\t%.*s\t%.*s\t%d\t%zu\n", event, c->number,
                                     (int)(id.n > 500 ? 500 : id.n), id.n ? id.p : "", (int)(who.n > 600 ? 600 : who.n),
                                     who.n ? who.p : "", code, bytes);
}

/* ---- bytes ---- */

void say_bytes(struct conn *c, const char *bytes, size_t n)
{
    if (n > sizeof c->out - c->out_n)
        n = sizeof c->out - c->out_n;
    memcpy(c->out + c->out_n, bytes, n);
    c->out_n += n;
    c->is_changed = true;
}

void say(struct conn *c, const char *text)
{
    say_bytes(c, text, strlen(text));
    say_bytes(c, "\r\n", 2);
}

static void watch(struct conn *c, bool is_new)
{
    bool writes = c->wants_write || (c->out_n && !c->held_until) || c->is_endless || c->long_left;
    struct epoll_event e = {.events = (c->is_silent ? 0U : (uint32_t)EPOLLIN) | EPOLLRDHUP |
                                      (writes ? (uint32_t)EPOLLOUT : 0U),
                            .data.ptr = c};

    (void)epoll_ctl(epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, c->fd, &e);
}

static void hang_up(struct conn *c)
{
    if (c->tls) {
        if (!c->is_shaking)
            (void)SSL_shutdown(c->tls);
        SSL_free(c->tls);
    }
    (void)close(c->fd);
    c->fd = -1;
    sink.open--;
}

/* -1: would block. -2: it is over. */
static ssize_t io(struct conn *c, ssize_t n)
{
    c->wants_write = false;
    if (c->tls && n <= 0) {
        int error = SSL_get_error(c->tls, (int)n);

        c->wants_write = error == SSL_ERROR_WANT_WRITE;
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : -2;
    }
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? -1 : -2;
    return n ? n : -2;
}

static ssize_t put(struct conn *c, const char *bytes, size_t n)
{
    return io(c, c->tls && !c->is_shaking ? SSL_write(c->tls, bytes, (int)n) : send(c->fd, bytes, n, MSG_NOSIGNAL));
}

static void write_hostile(struct conn *c)
{
    static const char never[] = "250-and another thing\r\n";
    char many[sizeof never * 100];
    size_t n = 0;

    while (n + sizeof never < sizeof many) {
        memcpy(many + n, never, sizeof never - 1);
        n += sizeof never - 1;
    }
    if (c->long_left) {
        ssize_t sent;

        memset(many, 'x', sizeof many);
        sent = put(c, many, c->long_left < sizeof many ? c->long_left : sizeof many);
        if (sent > 0)
            c->long_left -= (unsigned)sent;
        if (c->long_left == 0)
            say(c, "");
    } else {
        (void)put(c, many, n);
    }
}

static void write_out(struct conn *c)
{
    while (c->out_n && !c->held_until) {
        ssize_t n = put(c, c->out, c->out_n);

        if (n == -1)
            return;
        if (n == -2) {
            hang_up(c);
            return;
        }
        c->out_n -= (size_t)n;
        memmove(c->out, c->out + n, c->out_n);
    }
    if (c->is_endless || c->long_left)
        write_hostile(c);
    if (c->is_closing && c->out_n == 0)
        hang_up(c);
}

static void read_in(struct conn *c)
{
    ssize_t n;

    do {
        if (c->in_room - c->in_n < IN_FIRST / 4) {
            c->in_room = c->in_room ? c->in_room * 2 : IN_FIRST;
            c->in = c->in_room > IN_MOST ? NULL : realloc(c->in, c->in_room);
            if (c->in == NULL)
                exit(3);
        }
        n = io(c, c->tls ? SSL_read(c->tls, c->in + c->in_n, (int)(c->in_room - c->in_n))
                         : recv(c->fd, c->in + c->in_n, c->in_room - c->in_n, 0));
        if (n == -2) {
            if (c->in_body || c->has_mail)
                record(c, "lost", S(""), span_of(c->to), 0, c->in_n);
            hang_up(c);
            return;
        }
        if (n > 0)
            c->in_n += (size_t)n;
        process(c);
    } while (n > 0 && c->tls && !c->is_closing && !c->is_silent); /* what TLS holds, epoll knows nothing of */
}

/* ---- TLS ---- */

void begin_tls(struct conn *c)
{
    c->tls = SSL_new(sink.context);
    (void)SSL_set_fd(c->tls, c->fd);
    SSL_set_accept_state(c->tls);
    c->is_shaking = true;
    c->is_known = false;
    c->in_n = 0;
}

static void shake(struct conn *c)
{
    int result = SSL_do_handshake(c->tls);

    if (result == 1) {
        c->is_shaking = false;
        record(c, "tls", S(""), span_of(SSL_get_version(c->tls)), 0, 0);
        if (sink.tls && strcmp(sink.tls, "now") == 0)
            greet(c);
    } else if (io(c, result) == -2) {
        record(c, "tls failed", S(""), S(""), 0, 0);
        hang_up(c);
    }
}

static void load_tls(const char *cert, const char *key)
{
    sink.context = SSL_CTX_new(TLS_server_method());
    if (sink.context == NULL || cert == NULL || key == NULL ||
        SSL_CTX_use_certificate_chain_file(sink.context, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(sink.context, key, SSL_FILETYPE_PEM) != 1) {
        fprintf(stderr, "sink: certificate or key cannot be read\n");
        exit(2);
    }
    SSL_CTX_set_mode(sink.context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

/* ---- connections ---- */

static void listen_now(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &listener};
    socklen_t n = sizeof at;
    int on = 1;

    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 1024) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &n) != 0) {
        perror("sink: listen");
        exit(2);
    }
    port = ntohs(at.sin_port);
    (void)epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
}

static void take_one(int fd)
{
    struct conn *c = calloc(1, sizeof *c);
    int on = 1;

    if (c == NULL)
        exit(3);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->fd = fd;
    c->number = ++connection_count;
    sink.open++;
    c->next = conns;
    conns = c;
    watch(c, true);
    if (sink.tls && strcmp(sink.tls, "now") == 0)
        begin_tls(c);
    else
        greet(c);
    c->is_changed = true;
}

static void take_all(void)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        take_one(fd);
}

static void on_event(struct conn *c, uint32_t events)
{
    c->is_changed = true;
    if (c->fd < 0)
        return;
    if (c->is_silent) {
        if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
            hang_up(c);
    } else if (c->is_shaking) {
        if (c->out_n == 0) /* "220" goes in the clear first */
            shake(c);
    } else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        read_in(c);
    }
}

/* What was said in this round is recorded by now. */
static void see_to(struct conn *c)
{
    c->is_changed = false;
    if (c->fd >= 0 && c->held_until && now_ms() >= c->held_until) {
        c->held_until = 0;
        process(c);
        flush_record();
    }
    if (c->fd >= 0)
        write_out(c);
    if (c->fd >= 0 && c->in_n && !c->held_until && c->out_n == 0)
        process(c);
    if (c->fd >= 0)
        watch(c, false);
}

static int see_to_all(void)
{
    struct conn **at = &conns;
    int wait = -1;

    flush_record();
    while (*at) {
        struct conn *c = *at;

        if (c->is_changed || c->held_until)
            see_to(c);
        if (c->fd < 0) {
            *at = c->next;
            free(c->in);
            free(c);
            continue;
        }
        if (c->held_until && c->held_until != INT64_MAX) {
            int64_t left = c->held_until - now_ms();

            wait = left < 0 ? 0 : wait < 0 || left < wait ? (int)left : wait;
        }
        if (c->is_changed)
            wait = 0;
        at = &c->next;
    }
    return wait;
}

/* ---- commands ---- */

static void obey(char *line)
{
    bool is_fine = true;

    if (strcmp(line, "refuse") == 0 && listener >= 0) {
        (void)close(listener);
        listener = -1;
    } else if (strcmp(line, "accept") == 0 && listener < 0) {
        listen_now();
    } else if (strcmp(line, "release") == 0) {
        for (struct conn *c = conns; c; c = c->next)
            c->held_until = c->held_until ? 1 : 0;
    } else if (strcmp(line, "clear") == 0) {
        rules_clear();
    } else if (strncmp(line, "rule ", 5) == 0) {
        is_fine = rule_add(line + 5);
    } else {
        is_fine = false;
    }
    puts(is_fine ? "ok" : "what");
    (void)fflush(stdout);
}

static void read_commands(void)
{
    static char room[8192];
    static size_t n;
    ssize_t got = read(STDIN_FILENO, room + n, sizeof room - n - 1);
    char *end;

    if (got <= 0)
        exit(0);
    n += (size_t)got;
    room[n] = 0;
    while ((end = strchr(room, '\n')) != NULL) {
        *end = 0;
        obey(room);
        n -= (size_t)(end + 1 - room);
        memmove(room, end + 1, n + 1);
    }
}

static void run(bool has_commands)
{
    struct epoll_event events[256];
    struct epoll_event commands = {.events = EPOLLIN, .data.ptr = &sink};
    int wait = -1;

    if (has_commands)
        (void)epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &commands);
    for (;;) {
        int count = epoll_wait(epoll, events, COUNT(events), wait);

        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == &listener)
                take_all();
            else if (events[i].data.ptr == &sink)
                read_commands();
            else
                on_event(events[i].data.ptr, events[i].events);
        }
        wait = see_to_all();
    }
}

static void add_rules(const char *path)
{
    char line[RULE_TEXT * 2];
    FILE *in = fopen(path, "r");

    while (in && fgets(line, sizeof line, in)) {
        line[strcspn(line, "\n")] = 0;
        if (line[0] && line[0] != '#' && !rule_add(line))
            exit(2);
    }
    if (in == NULL || fclose(in) != 0)
        exit(2);
}

static const struct option names[] = {{"record", 1, NULL, 'r'},
                                      {"dump", 1, NULL, 'd'},
                                      {"all", 0, NULL, 'a'},
                                      {"tls", 1, NULL, 't'},
                                      {"cert", 1, NULL, 'c'},
                                      {"key", 1, NULL, 'k'},
                                      {"auth", 1, NULL, 'u'},
                                      {"mechanisms", 1, NULL, 'm'},
                                      {"rule", 1, NULL, 'R'},
                                      {"no-pipelining", 0, NULL, 'P'},
                                      {"no-ehlo", 0, NULL, 'E'},
                                      {"data-always", 0, NULL, 'D'},
                                      {"size", 1, NULL, 's'},
                                      {"seed", 1, NULL, 'S'},
                                      {"commands", 0, NULL, 'C'},
                                      {"rules", 1, NULL, 'F'},
                                      {"port", 1, NULL, 'p'},
                                      {"most", 1, NULL, 'M'},
                                      {0}};

int main(int argc, char **argv)
{
    const char *cert = NULL;
    const char *key = NULL;
    bool has_commands = false;
    int o;

    while ((o = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (o) {
        case 'r':
            sink.record = open(optarg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
            break;
        case 'd':
            sink.dump = optarg;
            break;
        case 'a':
            sink.records_all = true;
            break;
        case 't':
            sink.tls = optarg;
            break;
        case 'c':
            cert = optarg;
            break;
        case 'k':
            key = optarg;
            break;
        case 'u':
            sink.auth = optarg;
            break;
        case 'm':
            sink.mechanisms = optarg;
            break;
        case 'R':
            if (!rule_add(optarg))
                return 2;
            break;
        case 'F':
            add_rules(optarg);
            break;
        case 'P':
            sink.has_pipelining = false;
            break;
        case 'E':
            sink.has_ehlo = false;
            break;
        case 'D':
            sink.data_always = true;
            break;
        case 's':
            sink.size = strtoul(optarg, NULL, 10);
            break;
        case 'S':
            rules_seed((unsigned)strtoul(optarg, NULL, 10));
            break;
        case 'C':
            has_commands = true;
            break;
        case 'M':
            sink.most = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'p':
            port = (uint16_t)strtoul(optarg, NULL, 10);
            break;
        default:
            return 2;
        }
    }
    (void)signal(SIGPIPE, SIG_IGN);
    if (sink.tls)
        load_tls(cert, key);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    listen_now();
    printf("port %u\n", port);
    (void)fflush(stdout);
    run(has_commands);
}
