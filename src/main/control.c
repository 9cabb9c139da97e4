/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The server's side: a few threads that take one caller after the other. A caller who says nothing is sent away
 * after ten seconds, so that status is never kept waiting for long.
 */
#define _GNU_SOURCE
#include "main/control.h"

#include "http/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { THREADS = 2, WAIT_SECONDS = 10, CALL_MEMORY = 1 << 30, STACK = 1024 * 1024 };

struct control {
    int fd;
    int stop; /* readable: end */
    const struct control_verb *verbs;
    size_t count;
    void *ctx;
    pthread_t threads[THREADS];
    size_t threads_count;
};

/* ---- a request ---- */

static bool is_plain(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7E)
            return false;
    return s.n > 0 && s.n <= CONTROL_LINE_MAX;
}

bool control_parse(struct span line, struct control_request *request_out)
{
    struct control_request *r = request_out;
    struct span word;

    *r = (struct control_request){0};
    if (!is_plain(line))
        return false;
    while (span_next(&line, ' ', &word)) {
        if (word.n == 0 || r->body_len) /* two spaces; or something behind the length */
            return false;
        if (r->verb.n == 0)
            r->verb = word;
        else if (word.p[0] == '+' ? !span_to_u64(span_from(word, 1), INT64_MAX, &r->body_len) || r->body_len == 0
                                  : r->word_count == CONTROL_WORDS_MAX)
            return false;
        else if (word.p[0] != '+')
            r->words[r->word_count++] = word;
    }
    return r->verb.n > 0 && r->verb.p[0] != '+';
}

/* One byte at a time: what is behind the line is not ours yet. */
static bool read_line(int fd, char *room, size_t room_len, struct span *line_out)
{
    for (size_t n = 0; n < room_len; n++) {
        if (recv(fd, room + n, 1, 0) != 1)
            return false;
        if (room[n] == '\n') {
            *line_out = (struct span){room, n};
            return true;
        }
    }
    return false;
}

static bool read_body(int fd, char *room, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = recv(fd, room + at, n - at, 0);

        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

/* ---- the answer ---- */

static void say(struct control_call *c, const char *word, struct span text)
{
    char head[64];
    int n = snprintf(head, sizeof head, "%s %zu\n", word, text.n);

    if (send(c->fd, head, (size_t)n, MSG_NOSIGNAL) != n)
        return; /* it is gone */
    while (text.n) {
        ssize_t sent = send(c->fd, text.p, text.n, MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        text = span_from(text, (size_t)sent);
    }
}

void control_note(struct control_call *c, struct span text)
{
    CHECK(!c->is_answered);
    say(c, "note", text);
}

void control_ok(struct control_call *c, struct span text)
{
    CHECK(!c->is_answered);
    c->is_answered = true;
    say(c, "ok", text);
}

void control_fault(struct control_call *c, struct span sentence)
{
    CHECK(!c->is_answered);
    c->is_answered = true;
    say(c, "fault", sentence);
}

static const struct control_verb *find_verb(const struct control *s, struct span name)
{
    for (size_t i = 0; i < s->count; i++)
        if (span_eq(s->verbs[i].name, name))
            return &s->verbs[i];
    return NULL;
}

static void answer(struct control *s, struct control_call *c)
{
    char *room = arena_alloc(c->arena, CONTROL_LINE_MAX + 1);
    struct control_request *request = ARENA_NEW(c->arena, struct control_request);
    const struct control_verb *verb;
    struct span line;
    char *body;

    c->request = request;
    if (!read_line(c->fd, room, CONTROL_LINE_MAX + 1, &line))
        return;
    if (!control_parse(line, request)) {
        control_fault(c, S("that is no request"));
        return;
    }
    verb = find_verb(s, request->verb);
    if (verb == NULL || request->body_len > verb->body_max) {
        control_fault(c, verb ? S("that is too large") : S("this server does not know that request"));
        return;
    }
    body = arena_alloc(c->arena, (size_t)request->body_len + 1);
    if (!read_body(c->fd, body, (size_t)request->body_len))
        return;
    c->body = (struct span){body, (size_t)request->body_len};
    verb->run(s->ctx, c);
    CHECK(c->is_answered);
}

/* ---- callers ---- */

static bool is_our_user(int fd)
{
    struct ucred who;
    socklen_t len = sizeof who;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && (who.uid == geteuid() || who.uid == 0);
}

static void take_caller(struct control *s)
{
    const struct timeval wait = {.tv_sec = WAIT_SECONDS};
    struct control_call call = {.fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC)};

    if (call.fd < 0)
        return; /* another thread was faster, or it left */
    if (is_our_user(call.fd) && setsockopt(call.fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
        setsockopt(call.fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0) {
        call.arena = arena_open(CALL_MEMORY);
        answer(s, &call);
        arena_close(&call.arena);
    }
    (void)shutdown(call.fd, SHUT_WR);
    (void)close(call.fd);
}

static void *take_callers(void *arg)
{
    struct control *s = arg;

    for (;;) {
        struct pollfd fds[2] = {{.fd = s->stop, .events = POLLIN}, {.fd = s->fd, .events = POLLIN}};

        if (poll(fds, COUNT(fds), -1) < 0 && errno != EINTR)
            return NULL;
        if (fds[0].revents)
            return NULL;
        if (fds[1].revents)
            take_caller(s);
    }
}

enum rc control_open(int fd, const struct control_verb *verbs, size_t count, void *ctx, struct control **control_out)
{
    struct control *s = calloc(1, sizeof *s);
    pthread_attr_t attr;

    CHECK(s != NULL);
    *s = (struct control){.fd = fd, .verbs = verbs, .count = count, .ctx = ctx};
    *control_out = s;
    s->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setstacksize(&attr, STACK);
    while (s->stop >= 0 && s->threads_count < THREADS &&
           pthread_create(&s->threads[s->threads_count], &attr, take_callers, s) == 0)
        s->threads_count++;
    (void)pthread_attr_destroy(&attr);
    if (s->threads_count == THREADS)
        return RC_OK;
    control_close(control_out);
    return RC_IO;
}

void control_close(struct control **control)
{
    struct control *s = *control;

    *control = NULL;
    if (s == NULL)
        return;
    if (s->stop >= 0)
        (void)eventfd_write(s->stop, 1);
    for (size_t i = 0; i < s->threads_count; i++)
        (void)pthread_join(s->threads[i], NULL);
    if (s->stop >= 0)
        (void)close(s->stop);
    (void)close(s->fd);
    free(s);
}
