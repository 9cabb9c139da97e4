/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The log: lines are made on the stack and written at once. The kept faults and the peers' allowance of lines are the
 * only shared state, under one lock.
 */
#include "http/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_LEN = 400, KEPT = 16, PEER_LINES_A_SECOND = 20 };

struct kept {
    int64_t us;
    size_t n;
    char line[LINE_MAX_LEN];
};

static struct {
    pthread_mutex_t lock;
    int fd;
    struct kept kept[KEPT];
    size_t kept_count; /* ever */
    time_t peer_second;
    unsigned peer_lines;
    uint64_t peer_skipped;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = STDERR_FILENO};

static const char *rc_name(int64_t rc)
{
    static const char *const names[] = {
        [RC_OK] = "ok",         [RC_INVALID] = "invalid", [RC_NOT_FOUND] = "not-found", [RC_CONFLICT] = "conflict",
        [RC_DENIED] = "denied", [RC_LIMIT] = "limit",     [RC_RETRY] = "retry",         [RC_IO] = "io",
    };

    return rc >= 0 && (size_t)rc < COUNT(names) ? names[rc] : "unknown";
}

struct line {
    size_t n;
    char text[LINE_MAX_LEN];
};

PRINTF_LIKE(2, 3) static void put(struct line *l, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(l->text + l->n, sizeof l->text - 1 - l->n, format, args);
    va_end(args);
    if (n > 0)
        l->n += (size_t)n < sizeof l->text - 1 - l->n ? (size_t)n : sizeof l->text - 2 - l->n;
}

static void put_value(struct line *l, const struct log_value *v)
{
    switch (v->kind) {
    case LOG_NUMBER:
        put(l, " %s=%" PRId64, v->key, v->number);
        return;
    case LOG_ID:
        put(l, " %s=%016" PRIx64, v->key, (uint64_t)v->number);
        return;
    case LOG_RC:
        put(l, " %s=%s", v->key, rc_name(v->number));
        return;
    case LOG_LITERAL:
        put(l, " %s=%s", v->key, v->literal);
        return;
    }
}

static void write_line(int fd, struct line *l)
{
    l->text[l->n] = '\n';
    if (fd >= 0 && write(fd, l->text, l->n + 1) < 0)
        return; /* nobody to tell */
}

/* Whether a line about a peer may be written now. Says, once a second, how many were not. Under the lock. */
static bool peer_allowed(time_t now)
{
    struct line l = {0};

    if (shared.peer_second != now) {
        if (shared.peer_skipped) {
            put(&l, "log.skipped lines=%" PRIu64, shared.peer_skipped);
            write_line(shared.fd, &l);
        }
        shared.peer_second = now;
        shared.peer_lines = 0;
        shared.peer_skipped = 0;
    }
    if (shared.peer_lines < PEER_LINES_A_SECOND) {
        shared.peer_lines++;
        return true;
    }
    shared.peer_skipped++;
    return false;
}

static void keep(const struct line *l, const struct timespec *now)
{
    struct kept *k = &shared.kept[shared.kept_count++ % KEPT];

    k->us = (int64_t)now->tv_sec * 1000000 + now->tv_nsec / 1000;
    k->n = l->n;
    memcpy(k->line, l->text, l->n);
}

void log_event(enum log_fault fault, const char *event, uint64_t request, const struct log_value *values, size_t count)
{
    struct line l = {0};
    struct timespec now;

    put(&l, "%s", event);
    if (fault != LOG_NOTE)
        put(&l, " fault=%s", fault == LOG_FAULT_OURS ? "ours" : "peer");
    if (request)
        put(&l, " request=%016" PRIx64, request);
    for (size_t i = 0; i < count; i++)
        put_value(&l, &values[i]);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)pthread_mutex_lock(&shared.lock);
    if (fault == LOG_FAULT_OURS)
        keep(&l, &now);
    if (fault != LOG_FAULT_PEER || peer_allowed(now.tv_sec))
        write_line(shared.fd, &l);
    (void)pthread_mutex_unlock(&shared.lock);
}

void log_to(int fd)
{
    (void)pthread_mutex_lock(&shared.lock);
    shared.fd = fd;
    (void)pthread_mutex_unlock(&shared.lock);
}

void log_faults_put(struct buf *out)
{
    (void)pthread_mutex_lock(&shared.lock);
    for (size_t i = shared.kept_count > KEPT ? shared.kept_count - KEPT : 0; i < shared.kept_count; i++) {
        const struct kept *k = &shared.kept[i % KEPT];

        instant_put(out, (struct instant){k->us});
        buf_char(out, ' ');
        buf_put(out, (struct span){k->line, k->n});
        buf_char(out, '\n');
    }
    (void)pthread_mutex_unlock(&shared.lock);
}
