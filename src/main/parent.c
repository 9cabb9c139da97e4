/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One loop over signals and the channels to the children. The sockets that listen stay open here, so that clients wait
 * while a child that died is started again, and the port stays the same.
 *
 * Children live and die apart. Whenever one of them starts, both get an end of a new pair of sockets to speak over; core
 * is stopped first, so that the mailer can still tell it what became of letters.
 *
 * Never reads what a stranger sent: sentences come from our own children alone.
 */
#define _GNU_SOURCE
#include "main/roles.h"

#include "http/log.h"
#include "main/channel.h"
#include "main/command.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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
    FDS_MOST = 1 + HTTP_LISTEN_MAX, /* behind a channel: control, listeners */
    JOURNAL_AGAIN_MS = 100,
    JOURNAL_MOST_MS = (ORDERS_STOP_SECONDS + 10) * 1000,
};

/* In the order in which they are stopped. */
enum { CORE, MAILER, CHILDREN };

/* The names, for the kernel and for the log. */
static const struct role {
    const char *name;
    const char *killed;
    const char *ended;
    const char *hangs;
} roles[CHILDREN] = {
    [CORE] = {ROLE_CORE, "parent.core_killed", "parent.core_ended", "parent.core_hangs"},
    [MAILER] = {ROLE_MAILER, "parent.mailer_killed", "parent.mailer_ended", "parent.mailer_hangs"},
};

struct child {
    const struct role *role;
    int channel; /* -1: it does not run */
    pid_t pid;   /* 0: it does not run */
    bool is_ready;
    struct instant since;
    int64_t began_ms;
    int64_t start_at; /* when to start it; 0: it runs, or is not wanted any more */
    int64_t kill_at;  /* 0: it was not told to stop */
    int64_t beat_at;  /* when to ask it whether it lives; 0: it is not ready */
    int unanswered;   /* beats, not time: who slept with its child, say in a machine put to rest, blames nobody */
    int64_t backoff_ms;
    uint64_t restarts;
};

struct parent {
    struct parent_plan *plan;
    struct arena *arena;
    int signals;
    struct child children[CHILDREN];
    int64_t began_ms; /* the mailer's first start was wanted since */
    bool was_ready;   /* all children were, once */
    bool is_stopping;
    int64_t asked_ms; /* when to stop */
    int exit_code;
};

static int64_t now_ms(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_core(const struct child *c)
{
    return c->role == &roles[CORE];
}

/* ---- starting ---- */

/* What it finds behind its channel. */
static size_t fds_of(const struct parent *p, const struct child *c, int fds_out[FDS_MOST])
{
    const struct parent_plan *plan = p->plan;
    size_t count = 0;

    if (!is_core(c)) {
        fds_out[count++] = plan->journal;
        return count;
    }
    if (plan->control.fd >= 0)
        fds_out[count++] = plan->control.fd;
    for (size_t i = 0; i < plan->orders.listeners; i++)
        fds_out[count++] = plan->listen[i];
    return count;
}

/* In the child, between fork and exec: the descriptors in their places, everything else closed. */
static _Noreturn void become(const struct parent *p, const struct child *c, int channel)
{
    int fds[1 + FDS_MOST] = {channel};
    size_t count = 1 + fds_of(p, c, fds + 1);
    sigset_t none;

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
    (void)execl("/proc/self/exe", "breakroom", c->role->name, (char *)NULL);
    _exit(EXIT_TROUBLE);
}

static bool put_orders(struct parent *p, const struct child *c, struct buf *out)
{
    p->plan->orders.restarts = c->restarts;
    p->plan->mailer.restarts = c->restarts;
    return is_core(c) ? orders_put(out, &p->plan->orders) : mailer_orders_put(out, &p->plan->mailer);
}

/* A new pair for those who live; whoever does not take its end does not listen any more, and hangs. */
static void introduce(struct parent *p)
{
    struct child *core = &p->children[CORE];
    struct child *mailer = &p->children[MAILER];
    int pair[2];

    if (core->pid == 0 || mailer->pid == 0)
        return;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        check_failed("socketpair", __FILE__, __LINE__);
    for (int i = 0; i < CHILDREN; i++) {
        const struct child *other = &p->children[CHILDREN - 1 - i];
        struct channel_peer peer = {
            .pid = other->pid, .since = other->since, .restarts = other->restarts, .fd = pair[i]};

        if (!channel_give(p->children[i].channel, &peer))
            (void)kill(p->children[i].pid, SIGKILL);
        (void)close(pair[i]);
    }
}

static bool start(struct parent *p, struct child *c)
{
    struct buf *text;
    int pair[2];
    bool is_said;

    arena_reset(p->arena);
    text = buf_new(p->arena, ORDERS_MESSAGE_MAX);
    if (!put_orders(p, c, text) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return false;
    is_said = send(pair[0], buf_span(text).p, buf_span(text).n, MSG_NOSIGNAL) == (ssize_t)buf_span(text).n;
    c->pid = is_said ? fork() : -1;
    if (c->pid == 0)
        become(p, c, pair[1]);
    (void)close(pair[1]);
    if (c->pid < 0) {
        c->pid = 0;
        (void)close(pair[0]);
        return false;
    }
    c->channel = pair[0];
    c->is_ready = false;
    c->beat_at = 0;
    c->since = clock_now();
    c->began_ms = now_ms();
    c->start_at = 0;
    introduce(p);
    return true;
}

static void start_later(struct child *c)
{
    if (now_ms() - c->began_ms > STEADY_MS)
        c->backoff_ms = 0;
    c->start_at = now_ms() + c->backoff_ms;
    c->backoff_ms = c->backoff_ms ? c->backoff_ms * 2 : BACKOFF_FIRST_MS;
    if (c->backoff_ms > BACKOFF_MOST_MS)
        c->backoff_ms = BACKOFF_MOST_MS;
    c->restarts++;
}

static void stop(struct parent *p);

/* It never worked: ends, after one sentence. */
static void never_was(struct parent *p)
{
    p->exit_code = EXIT_TROUBLE;
    stop(p);
}

/* The journal has one writer. A mailer whose parent was killed may still wait for its last replies. */
static bool is_journal_ours(struct parent *p, struct child *c)
{
    if (is_core(c) || flock(p->plan->journal, LOCK_EX | LOCK_NB) == 0)
        return true;
    c->start_at = now_ms() + JOURNAL_AGAIN_MS;
    if (!p->was_ready && now_ms() - p->began_ms > JOURNAL_MOST_MS) {
        say_fault("the mailer of another server still works in the data folder");
        never_was(p);
    }
    return false;
}

static void start_due(struct parent *p, struct child *c)
{
    if (!is_journal_ours(p, c) || start(p, c))
        return;
    if (p->was_ready) {
        start_later(c);
        return;
    }
    say_fault(
        "the server cannot start its processes: a name in its orders has a line’s end in it, or the system gives no "
        "more");
    never_was(p);
}

/* ---- ending ---- */

static void tell_to_stop(struct child *c)
{
    c->start_at = 0;
    c->beat_at = 0;
    if (c->pid == 0 || c->kill_at)
        return;
    c->kill_at = now_ms() + KILL_AFTER_MS;
    (void)send(c->channel, "stop", 4, MSG_NOSIGNAL);
}

/* The first that runs is told; when it has ended, the next. */
static void stop_next(struct parent *p)
{
    for (int i = 0; i < CHILDREN; i++) {
        tell_to_stop(&p->children[i]);
        if (p->children[i].pid)
            break;
    }
    for (int i = 0; i < CHILDREN; i++)
        p->children[i].start_at = 0;
}

static void stop(struct parent *p)
{
    if (p->is_stopping) { /* asked again: at once. Some who ask say it twice in one breath */
        for (int i = 0; i < CHILDREN; i++)
            if (p->children[i].pid && now_ms() > p->asked_ms + BREATH_MS)
                (void)kill(p->children[i].pid, SIGKILL);
        return;
    }
    p->is_stopping = true;
    p->asked_ms = now_ms();
    stop_next(p);
}

static void stop_as_asked(struct parent *p)
{
    if (!p->is_stopping)
        LOG_HOUSE("parent.stopping", KV_INT("seconds", ORDERS_STOP_SECONDS));
    stop(p);
}

static void child_ended(struct parent *p, struct child *c, int status)
{
    bool was_killed = WIFSIGNALED(status);
    int number = was_killed ? WTERMSIG(status) : WEXITSTATUS(status);

    c->pid = 0;
    c->is_ready = false;
    c->beat_at = 0;
    c->kill_at = 0;
    (void)close(c->channel);
    c->channel = -1;
    if (p->is_stopping) {
        stop_next(p);
        return;
    }
    if (!p->was_ready) { /* it never worked: say why, once, and end */
        if (p->exit_code == EXIT_FINE)
            say_fault("the server ended before it was ready (%s %d)", was_killed ? "signal" : "status", number);
        p->exit_code = p->exit_code == EXIT_FINE ? EXIT_TROUBLE : p->exit_code;
        stop(p);
        return;
    }
    log_event(LOG_FAULT_OURS, was_killed ? c->role->killed : c->role->ended, 0,
              LOG_VALUES({.key = was_killed ? "signal" : "status", .kind = LOG_NUMBER, .number = number},
                         KV_INT("again_ms", c->backoff_ms)));
    start_later(c);
}

static void reap(struct parent *p)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (int i = 0; i < CHILDREN; i++)
            if (pid == p->children[i].pid)
                child_ended(p, &p->children[i], status);
}

/* ---- hearing ---- */

/* At first the mailer waits for core, which has most reasons not to start: then there is one sentence and no more. */
static void start_others(struct parent *p)
{
    struct child *mailer = &p->children[MAILER];

    if (!p->was_ready && !p->is_stopping && mailer->pid == 0 && mailer->start_at == 0) {
        p->began_ms = now_ms();
        mailer->start_at = p->began_ms;
    }
}

static void say_hello(struct parent *p)
{
    for (int i = 0; i < CHILDREN; i++)
        if (!p->children[i].is_ready)
            return;
    if (p->was_ready)
        return;
    p->was_ready = true;
    if (p->plan->hello == NULL)
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

static void hear(struct parent *p, struct child *c)
{
    char room[ORDERS_MESSAGE_MAX];
    ssize_t n = recv(c->channel, room, sizeof room, 0);
    struct span message;

    if (n < 0 && errno == ECONNRESET) /* it ended and had not read all we said; what it said itself comes behind */
        n = recv(c->channel, room, sizeof room, 0);
    message = (struct span){room, n > 0 ? (size_t)n : 0};
    if (span_eq(message, S("ready"))) {
        c->is_ready = true;
        c->unanswered = 0;
        c->beat_at = p->is_stopping ? 0 : now_ms() + BEAT_MS;
        start_others(p);
        say_hello(p);
    } else if (span_eq(message, S("alive"))) {
        c->unanswered = 0;
    } else if (span_starts(message, S("fault "))) {
        fault(p, span_from(message, S("fault ").n));
    }
}

static void read_signals(struct parent *p)
{
    struct signalfd_siginfo info;

    while (read(p->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            stop_as_asked(p);
    }
    reap(p);
}

/* A child that stands still, or whose threads wait for each other, does not answer. It is ended, and its end is seen
 * like any other. */
static void end_hanging(struct child *c)
{
    log_event(LOG_FAULT_OURS, c->role->hangs, 0, LOG_VALUES(KV_INT("pid", c->pid)));
    (void)kill(c->pid, SIGKILL);
}

static void beat(struct child *c)
{
    if (c->unanswered >= UNANSWERED_MOST) {
        end_hanging(c);
        c->beat_at = 0;
        return;
    }
    c->unanswered++;
    c->beat_at = now_ms() + BEAT_MS;
    (void)send(c->channel, ORDERS_BEAT, sizeof ORDERS_BEAT - 1, MSG_NOSIGNAL);
}

/* ---- the loop ---- */

/* What is next for a child, if anything is; 0: nothing. */
static int64_t due_at(const struct child *c)
{
    return c->kill_at ? c->kill_at : c->start_at ? c->start_at : c->beat_at;
}

static int wait_ms(const struct parent *p)
{
    int64_t left = -1;

    for (int i = 0; i < CHILDREN; i++) {
        int64_t at = due_at(&p->children[i]);
        int64_t own = at - now_ms() > 0 ? at - now_ms() : 0;

        if (at && (left < 0 || own < left))
            left = own;
    }
    return (int)left;
}

static void look_after(struct parent *p, struct child *c)
{
    int64_t now = now_ms();

    if (c->beat_at && now >= c->beat_at)
        beat(c);
    if (c->kill_at && now >= c->kill_at) {
        end_hanging(c);
        c->kill_at = now + KILL_AFTER_MS;
    }
    if (c->start_at && now >= c->start_at)
        start_due(p, c);
}

static bool is_any_alive(const struct parent *p)
{
    return p->children[CORE].pid || p->children[MAILER].pid;
}

static void loop(struct parent *p)
{
    while (!p->is_stopping || is_any_alive(p)) {
        struct pollfd fds[1 + CHILDREN] = {{.fd = p->signals, .events = POLLIN}};

        for (int i = 0; i < CHILDREN; i++)
            fds[1 + i] = (struct pollfd){.fd = p->children[i].channel, .events = POLLIN};
        if (poll(fds, COUNT(fds), wait_ms(p)) < 0 && errno != EINTR)
            check_failed("poll", __FILE__, __LINE__);
        for (int i = 0; i < CHILDREN; i++) {
            if (fds[1 + i].revents & POLLIN)
                hear(p, &p->children[i]);
            else if (fds[1 + i].revents)
                (void)poll(NULL, 0, 10); /* its end is gone; the signal that says so is on its way */
        }
        if (fds[0].revents)
            read_signals(p);
        for (int i = 0; i < CHILDREN; i++)
            look_after(p, &p->children[i]);
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
    struct parent p = {.plan = plan, .arena = arena_open((size_t)4 * ORDERS_MESSAGE_MAX), .began_ms = now_ms()};

    for (int i = 0; i < CHILDREN; i++)
        p.children[i] = (struct child){.role = &roles[i], .channel = -1};
    p.children[CORE].start_at = p.began_ms;
    p.exit_code = EXIT_FINE;
    if (!take_signals(&p) || !enter_sandbox(a, plan)) {
        arena_close(&p.arena);
        return EXIT_TROUBLE;
    }
    loop(&p);
    for (size_t i = 0; i < plan->orders.listeners; i++)
        (void)close(plan->listen[i]);
    if (plan->control.fd >= 0)
        (void)close(plan->control.fd);
    (void)close(plan->journal);
    (void)close(p.signals);
    arena_close(&p.arena);
    return p.exit_code;
}
