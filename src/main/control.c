/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The server's side. One thread, the door, waits for all callers at once until each has said its line; a few others
 * answer, one call each. So whoever connects and says nothing, or a byte a second, keeps nobody waiting: it is sent away
 * after ten seconds, or when the door is full and it came first.
 *
 * Shared between the threads: the table of callers, under the lock. A caller is the door's until it is READY, and then
 * that thread's which takes it.
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
#include <time.h>
#include <unistd.h>

enum {
    ANSWERERS = 3,
    CALLERS_MOST = 64,
    WAIT_SECONDS = 10,
    BODY_LEAST = 64 * 1024, /* bytes a second, from then on */
    CALL_MEMORY = 16 * 1024 * 1024,
    STACK = 8 * 1024 * 1024,
};

enum caller_state { CALLER_NONE, CALLER_SPEAKS, CALLER_READY };

struct caller {
    enum caller_state state;
    int fd;
    uint64_t number;
    int64_t until_ms;
    size_t n;
    char line[CONTROL_LINE_MAX + 1];
};

struct control {
    int fd;
    int stop; /* readable: end */
    const struct control_verb *verbs;
    size_t count;
    void *ctx;
    pthread_mutex_t lock;
    pthread_cond_t ready;
    struct caller callers[CALLERS_MOST]; /* under the lock, and the next two */
    uint64_t numbers;
    bool is_stopping;
    pthread_t threads[ANSWERERS + 1];
    size_t threads_count;
};

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

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

/* Waits for bytes of the caller, not longer than until the end of the server. */
static bool wait_for_bytes(const struct control_call *c)
{
    struct pollfd fds[2] = {{.fd = c->control->stop, .events = POLLIN}, {.fd = c->fd, .events = POLLIN}};
    int n = poll(fds, COUNT(fds), WAIT_SECONDS * 1000);

    return (n < 0 && errno == EINTR) || (n > 0 && fds[0].revents == 0);
}

static bool read_body(const struct control_call *c, char *room, size_t n)
{
    int64_t start = now_ms();

    for (size_t at = 0; at < n;) {
        int64_t beyond_ms = now_ms() - start - WAIT_SECONDS * 1000;
        ssize_t got;

        if (!wait_for_bytes(c) || (beyond_ms > 0 && (int64_t)at < beyond_ms * (BODY_LEAST / 1000)))
            return false;
        got = recv(c->fd, room + at, n - at, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        at += got > 0 ? (size_t)got : 0;
    }
    return true;
}

bool control_body(struct control_call *c, struct span *body_out)
{
    size_t n = (size_t)c->request->body_len;
    char *room = arena_alloc(c->arena, n + 1);

    CHECK(!c->is_body_read);
    c->is_body_read = true;
    *body_out = (struct span){room, n};
    if (read_body(c, room, n))
        return true;
    c->is_gone = true;
    c->is_answered = true;
    return false;
}

/* ---- the answer ---- */

static void send_all(struct control_call *c, struct span s)
{
    while (s.n && !c->is_gone) {
        ssize_t sent = send(c->fd, s.p, s.n, MSG_NOSIGNAL);

        if (sent <= 0)
            c->is_gone = true; /* or it does not listen */
        else
            s = span_from(s, (size_t)sent);
    }
}

static void say(struct control_call *c, const char *word, const struct span *parts, size_t count)
{
    char head[64];
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += parts[i].n;
    send_all(c, (struct span){head, (size_t)snprintf(head, sizeof head, "%s %zu\n", word, n)});
    for (size_t i = 0; i < count; i++)
        send_all(c, parts[i]);
}

bool control_note(struct control_call *c, const struct span *parts, size_t count)
{
    struct pollfd stop = {.fd = c->control->stop, .events = POLLIN};

    CHECK(!c->is_answered);
    if (poll(&stop, 1, 0) > 0)
        c->is_gone = true;
    say(c, "note", parts, count);
    return !c->is_gone;
}

void control_ok(struct control_call *c, struct span text)
{
    CHECK(!c->is_answered);
    c->is_answered = true;
    say(c, "ok", &text, 1);
}

void control_fault(struct control_call *c, struct span sentence)
{
    CHECK(!c->is_answered);
    c->is_answered = true;
    say(c, "fault", &sentence, 1);
}

static const struct control_verb *find_verb(const struct control *s, struct span name)
{
    for (size_t i = 0; i < s->count; i++)
        if (span_eq(s->verbs[i].name, name))
            return &s->verbs[i];
    return NULL;
}

static void answer(struct control *s, int fd, struct span line)
{
    struct control_request request;
    struct control_call call = {.control = s, .fd = fd, .request = &request};
    bool is_request = control_parse(line, &request);
    const struct control_verb *verb = is_request ? find_verb(s, request.verb) : NULL;

    if (!is_request) {
        control_fault(&call, S("that is no request"));
    } else if (verb == NULL || request.body_len > verb->body_max) {
        control_fault(&call, verb ? S("that is too large") : S(CONTROL_UNKNOWN));
    } else {
        call.arena = arena_open(verb->memory ? verb->memory : CALL_MEMORY);
        verb->run(s->ctx, &call);
        CHECK(call.is_answered);
        arena_close(&call.arena);
    }
    (void)shutdown(fd, SHUT_WR);
    (void)close(fd);
}

/* ---- the answerers ---- */

static struct caller *first_ready(struct control *s)
{
    struct caller *first = NULL;

    for (size_t i = 0; i < CALLERS_MOST; i++) {
        struct caller *c = &s->callers[i];

        if (c->state == CALLER_READY && (first == NULL || c->number < first->number))
            first = c;
    }
    return first;
}

static void *answer_callers(void *arg)
{
    struct control *s = arg;

    (void)pthread_mutex_lock(&s->lock);
    while (!s->is_stopping) {
        struct caller *found = first_ready(s);
        struct caller mine;

        if (found == NULL) {
            (void)pthread_cond_wait(&s->ready, &s->lock);
            continue;
        }
        mine = *found;
        found->state = CALLER_NONE;
        (void)pthread_mutex_unlock(&s->lock);
        answer(s, mine.fd, (struct span){mine.line, mine.n});
        (void)pthread_mutex_lock(&s->lock);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* ---- the door ---- */

static bool is_our_user(int fd)
{
    struct ucred who;
    socklen_t len = sizeof who;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && (who.uid == geteuid() || who.uid == 0);
}

static void send_away(struct caller *c)
{
    (void)close(c->fd);
    c->state = CALLER_NONE;
}

/* A place of nobody's, or that of the caller who has been speaking for longest. Null: all are ready to be answered. */
static struct caller *find_place(struct control *s)
{
    struct caller *oldest = NULL;

    for (size_t i = 0; i < CALLERS_MOST; i++) {
        struct caller *c = &s->callers[i];

        if (c->state == CALLER_NONE)
            return c;
        if (c->state == CALLER_SPEAKS && (oldest == NULL || c->number < oldest->number))
            oldest = c;
    }
    if (oldest)
        send_away(oldest);
    return oldest;
}

static void let_in(struct control *s)
{
    const struct timeval wait = {.tv_sec = WAIT_SECONDS};
    int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
    struct caller *place = NULL;

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            (void)poll(NULL, 0, 100); /* until somebody leaves */
        return;
    }
    if (is_our_user(fd) && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0)
        place = find_place(s);
    if (place == NULL) {
        (void)close(fd);
        return;
    }
    place->state = CALLER_SPEAKS;
    place->fd = fd;
    place->number = s->numbers++;
    place->until_ms = now_ms() + WAIT_SECONDS * 1000;
    place->n = 0;
}

/* One byte at a time: what is behind the line is for the verb. */
static void hear(struct control *s, struct caller *c)
{
    ssize_t got;

    while ((got = recv(c->fd, c->line + c->n, 1, MSG_DONTWAIT)) == 1) {
        if (c->line[c->n] == '\n' || c->n == CONTROL_LINE_MAX) { /* too long is no request: it is told so */
            c->n += c->line[c->n] != '\n';
            c->state = CALLER_READY;
            (void)pthread_cond_signal(&s->ready);
            return;
        }
        c->n++;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        send_away(c);
}

/* What there is to wait for: the end, a new caller, and each that speaks. Gives the longest wait. */
static int list_waiting(struct control *s, struct pollfd *fds, struct caller **whose, size_t *count_out)
{
    int64_t now = now_ms();
    int64_t wait = -1;
    size_t n = 2;

    fds[0] = (struct pollfd){.fd = s->stop, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = s->fd, .events = POLLIN};
    for (size_t i = 0; i < CALLERS_MOST; i++) {
        struct caller *c = &s->callers[i];

        if (c->state == CALLER_SPEAKS && c->until_ms <= now)
            send_away(c);
        if (c->state != CALLER_SPEAKS)
            continue;
        fds[n] = (struct pollfd){.fd = c->fd, .events = POLLIN};
        whose[n++] = c;
        if (wait < 0 || c->until_ms - now < wait)
            wait = c->until_ms - now;
    }
    *count_out = n;
    return (int)wait;
}

static void *keep_door(void *arg)
{
    struct control *s = arg;
    struct pollfd fds[CALLERS_MOST + 2];
    struct caller *whose[CALLERS_MOST + 2];

    for (;;) {
        size_t count;
        int wait;
        int n;

        (void)pthread_mutex_lock(&s->lock);
        wait = list_waiting(s, fds, whose, &count);
        (void)pthread_mutex_unlock(&s->lock);
        n = poll(fds, count, wait);
        if (n > 0 && fds[0].revents)
            return NULL;
        (void)pthread_mutex_lock(&s->lock);
        for (size_t i = 2; n > 0 && i < count; i++)
            if (fds[i].revents)
                hear(s, whose[i]);
        if (n > 0 && fds[1].revents)
            let_in(s);
        (void)pthread_mutex_unlock(&s->lock);
    }
}

/* ---- opening and closing ---- */

enum rc control_open(int fd, const struct control_verb *verbs, size_t count, void *ctx, struct control **control_out)
{
    struct control *s = calloc(1, sizeof *s);
    pthread_attr_t attr;

    CHECK(s != NULL);
    *s = (struct control){.fd = fd, .verbs = verbs, .count = count, .ctx = ctx};
    *control_out = s;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->ready, NULL);
    s->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setstacksize(&attr, STACK);
    while (s->stop >= 0 && s->threads_count < COUNT(s->threads) &&
           pthread_create(&s->threads[s->threads_count], &attr, s->threads_count ? answer_callers : keep_door, s) == 0)
        s->threads_count++;
    (void)pthread_attr_destroy(&attr);
    if (s->threads_count == COUNT(s->threads))
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
    (void)pthread_mutex_lock(&s->lock);
    s->is_stopping = true;
    (void)pthread_cond_broadcast(&s->ready);
    (void)pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < s->threads_count; i++)
        (void)pthread_join(s->threads[i], NULL);
    for (size_t i = 0; i < CALLERS_MOST; i++)
        if (s->callers[i].state != CALLER_NONE)
            send_away(&s->callers[i]);
    if (s->stop >= 0)
        (void)close(s->stop);
    (void)close(s->fd);
    (void)pthread_cond_destroy(&s->ready);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}
