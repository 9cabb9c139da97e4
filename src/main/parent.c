/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One loop over signals and the channel to the child. The sockets that listen stay open here, so that clients wait
 * while a child that died is started again, and the port stays the same.
 *
 * Never reads what a stranger sent: sentences come from our own children alone.
 */
#define _GNU_SOURCE
#include "main/roles.h"

#include "http/log.h"
#include "main/command.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    BACKOFF_FIRST_MS = 100,
    BACKOFF_MOST_MS = 30000,
    STEADY_MS = 60000, /* who ran so long starts anew without waiting */
    KILL_AFTER_MS = (ORDERS_STOP_SECONDS + 10) * 1000,
    BREATH_MS = 1000,
    BEAT_MS = 3000,
    UNANSWERED_MOST = 5,
    FDS_FROM = 64,
};

struct parent {
    struct parent_plan *plan;
    struct arena *arena;
    int signals;
    int channel; /* -1: no child */
    pid_t child;
    bool is_ready;  /* the child is */
    bool was_ready; /* a child was, once */
    bool is_stopping;
    int64_t began_ms; /* the child */
    int64_t start_at; /* when to start the next; 0: one runs */
    int64_t kill_at;  /* 0: not stopping */
    int64_t beat_at;  /* when to ask the child whether it lives; 0: it is not ready */
    int unanswered;   /* beats, not time: who slept with its child, say in a machine put to rest, blames nobody */
    int64_t backoff_ms;
    int exit_code;
};

static int64_t now_ms(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- starting ---- */

/* In the child, between fork and exec: the descriptors in their places, everything else closed. */
static _Noreturn void become(const struct parent *p, int channel)
{
    const struct parent_plan *plan = p->plan;
    int fds[2 + HTTP_LISTEN_MAX] = {channel};
    size_t count = 1;
    sigset_t none;

    if (plan->control >= 0)
        fds[count++] = plan->control;
    for (size_t i = 0; i < plan->orders.listeners; i++)
        fds[count++] = plan->listen[i];
    for (size_t i = 0; i < count; i++)
        fds[i] = fcntl(fds[i], F_DUPFD, FDS_FROM); /* out of each other's way */
    for (size_t i = 0; i < count; i++)
        if (dup2(fds[i], ORDERS_CHANNEL + (int)i) < 0)
            _exit(EXIT_TROUBLE);
    if (close_range((unsigned)(ORDERS_CHANNEL + (int)count), ~0U, 0) != 0)
        _exit(EXIT_TROUBLE);
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)execl("/proc/self/exe", "breakroom", ROLE_CORE, (char *)NULL);
    _exit(EXIT_TROUBLE);
}

static bool start(struct parent *p)
{
    struct buf *text;
    int pair[2];
    bool is_said;

    arena_reset(p->arena);
    text = buf_new(p->arena, ORDERS_MESSAGE_MAX);
    if (!orders_put(text, &p->plan->orders) ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return false;
    is_said = send(pair[0], buf_span(text).p, buf_span(text).n, MSG_NOSIGNAL) == (ssize_t)buf_span(text).n;
    p->child = is_said ? fork() : -1;
    if (p->child == 0)
        become(p, pair[1]);
    (void)close(pair[1]);
    if (p->child < 0) {
        (void)close(pair[0]);
        return false;
    }
    p->channel = pair[0];
    p->is_ready = false;
    p->beat_at = 0;
    p->began_ms = now_ms();
    p->start_at = 0;
    return true;
}

static bool start_first(struct parent *p)
{
    bool is_started = start(p);

    if (!is_started)
        say_fault("the server cannot start its processes: a name in its orders has a line’s end in it, or the system "
                  "gives no more");
    return is_started;
}

static void start_later(struct parent *p)
{
    if (now_ms() - p->began_ms > STEADY_MS)
        p->backoff_ms = 0;
    p->start_at = now_ms() + p->backoff_ms;
    p->backoff_ms = p->backoff_ms ? p->backoff_ms * 2 : BACKOFF_FIRST_MS;
    if (p->backoff_ms > BACKOFF_MOST_MS)
        p->backoff_ms = BACKOFF_MOST_MS;
    p->plan->orders.restarts++;
}

/* ---- ending ---- */

static void stop(struct parent *p)
{
    if (p->is_stopping) { /* asked again: at once. Some who ask say it twice in one breath */
        if (p->child > 0 && now_ms() > p->kill_at - KILL_AFTER_MS + BREATH_MS)
            (void)kill(p->child, SIGKILL);
        return;
    }
    LOG_HOUSE("parent.stopping", KV_INT("seconds", ORDERS_STOP_SECONDS));
    p->is_stopping = true;
    p->start_at = 0;
    p->beat_at = 0;
    p->kill_at = now_ms() + KILL_AFTER_MS;
    if (p->channel >= 0)
        (void)send(p->channel, "stop", 4, MSG_NOSIGNAL);
}

static void child_ended(struct parent *p, int status)
{
    p->child = 0;
    p->beat_at = 0;
    (void)close(p->channel);
    p->channel = -1;
    if (p->is_stopping)
        return;
    if (!p->was_ready) { /* it never worked: say why, once, and end */
        if (p->exit_code == EXIT_FINE) {
            say_fault("the server ended before it was ready (%s %d)", WIFSIGNALED(status) ? "signal" : "status",
                      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
            p->exit_code = EXIT_TROUBLE;
        }
        p->is_stopping = true;
        return;
    }
    if (WIFSIGNALED(status))
        LOG_HOUSE_FAULT("parent.core_killed", KV_INT("signal", WTERMSIG(status)), KV_INT("again_ms", p->backoff_ms));
    else
        LOG_HOUSE_FAULT("parent.core_ended", KV_INT("status", WEXITSTATUS(status)), KV_INT("again_ms", p->backoff_ms));
    start_later(p);
}

static void reap(struct parent *p)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == p->child)
            child_ended(p, status);
}

/* ---- hearing ---- */

static void say_hello(struct parent *p)
{
    if (p->was_ready || p->plan->hello == NULL)
        return;
    fputs(p->plan->hello, stdout);
    (void)fflush(stdout);
}

/* "fault 2 the port …" */
static void fault(struct parent *p, struct span rest)
{
    struct span code;
    struct span sentence;
    uint64_t number = EXIT_TROUBLE;

    (void)span_cut(rest, ' ', &code, &sentence);
    (void)span_to_u64(code, EXIT_TROUBLE, &number);
    say_fault("%.*s", SPAN_ARGS(sentence));
    if (!p->was_ready)
        p->exit_code = (int)number;
}

static void hear(struct parent *p)
{
    char room[ORDERS_MESSAGE_MAX];
    ssize_t n = recv(p->channel, room, sizeof room, 0);
    struct span message = {room, n > 0 ? (size_t)n : 0};

    if (span_eq(message, S("ready"))) {
        say_hello(p);
        p->is_ready = true;
        p->was_ready = true;
        p->unanswered = 0;
        p->beat_at = p->is_stopping ? 0 : now_ms() + BEAT_MS;
    } else if (span_eq(message, S("alive"))) {
        p->unanswered = 0;
    } else if (span_starts(message, S("fault "))) {
        fault(p, span_from(message, S("fault ").n));
    }
}

static void read_signals(struct parent *p)
{
    struct signalfd_siginfo info;

    while (read(p->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            stop(p);
    }
    reap(p);
}

/* A child that stands still, or whose threads wait for each other, does not answer. It is ended, and its end is seen
 * like any other. */
static void beat(struct parent *p)
{
    if (p->unanswered >= UNANSWERED_MOST) {
        LOG_HOUSE_FAULT("parent.core_hangs", KV_INT("pid", p->child));
        (void)kill(p->child, SIGKILL);
        p->beat_at = 0;
        return;
    }
    p->unanswered++;
    p->beat_at = now_ms() + BEAT_MS;
    (void)send(p->channel, ORDERS_BEAT, sizeof ORDERS_BEAT - 1, MSG_NOSIGNAL);
}

/* ---- the loop ---- */

static int wait_ms(const struct parent *p)
{
    int64_t until = p->kill_at ? p->kill_at : p->start_at ? p->start_at : p->beat_at;
    int64_t left = until - now_ms();

    return until == 0 ? -1 : left < 0 ? 0 : (int)left;
}

static void loop(struct parent *p)
{
    while (!p->is_stopping || p->child > 0) {
        struct pollfd fds[2] = {{.fd = p->signals, .events = POLLIN}, {.fd = p->channel, .events = POLLIN}};

        if (poll(fds, COUNT(fds), wait_ms(p)) < 0 && errno != EINTR)
            check_failed("poll", __FILE__, __LINE__);
        if (p->channel >= 0 && (fds[1].revents & POLLIN))
            hear(p);
        else if (p->channel >= 0 && fds[1].revents)
            (void)poll(NULL, 0, 10); /* its end is gone; the signal that says so is on its way */
        if (fds[0].revents)
            read_signals(p);
        if (p->beat_at && now_ms() >= p->beat_at)
            beat(p);
        if (p->kill_at && p->child > 0 && now_ms() >= p->kill_at) {
            LOG_HOUSE_FAULT("parent.core_hangs", KV_INT("pid", p->child));
            (void)kill(p->child, SIGKILL);
            p->kill_at = now_ms() + KILL_AFTER_MS;
        }
        if (p->start_at && now_ms() >= p->start_at && !p->is_stopping && !start(p))
            start_later(p);
    }
}

static bool take_signals(struct parent *p)
{
    sigset_t mine;

    (void)sigemptyset(&mine);
    (void)sigaddset(&mine, SIGTERM);
    (void)sigaddset(&mine, SIGINT);
    (void)sigaddset(&mine, SIGHUP);
    (void)sigaddset(&mine, SIGCHLD);
    (void)signal(SIGPIPE, SIG_IGN);
    p->signals = sigprocmask(SIG_BLOCK, &mine, NULL) == 0 ? signalfd(-1, &mine, SFD_CLOEXEC | SFD_NONBLOCK) : -1;
    return p->signals >= 0;
}

static bool enter_sandbox(struct arena *a, const struct parent_plan *plan)
{
    const struct orders *h = &plan->orders;
    struct sandbox_plan sandbox = {
        .role = SANDBOX_PARENT,
        .connects = h->url.n > 0,
        .needs_landlock = h->needs_landlock,
        .skips_landlock = h->skips_landlock,
    };
    struct sandbox entered;
    struct span why;

    if (h->data.n)
        sandbox.write[0] = arena_cstr(a, h->data);
    if (sandbox_enter(a, &sandbox, &entered, &why) == RC_OK)
        return true;
    say_fault("%.*s", SPAN_ARGS(why));
    return false;
}

int parent_run(struct arena *a, struct parent_plan *plan)
{
    struct parent p = {.plan = plan, .channel = -1, .arena = arena_open((size_t)4 * ORDERS_MESSAGE_MAX)};

    p.exit_code = EXIT_FINE;
    if (!take_signals(&p) || !enter_sandbox(a, plan) || !start_first(&p)) {
        arena_close(&p.arena);
        return EXIT_TROUBLE;
    }
    loop(&p);
    for (size_t i = 0; i < plan->orders.listeners; i++)
        (void)close(plan->listen[i]);
    if (plan->control >= 0)
        (void)close(plan->control);
    (void)close(p.signals);
    arena_close(&p.arena);
    return p.exit_code;
}
