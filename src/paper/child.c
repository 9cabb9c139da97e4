/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See child.h. A page's time is what the helper computes, read from its own clock, so that a busy machine is no fault
 * of a document; waiting has a limit too, for a helper that does nothing at all.
 */
#define _GNU_SOURCE
#include "paper/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 50, NOT_STARTED = 127 };

int64_t child_now(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- starting ---- */

/* Between fork and exec: nothing that may lock or allocate. */
static _Noreturn void become(const char *path, char *const argv[], int fd, pid_t parent)
{
    static char locale[] = "LC_ALL=C";
    static char threads[] = "OMP_THREAD_LIMIT=1";
    static char *const environment[] = {locale, threads, NULL};
    sigset_t none;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever asked is gone: nobody wants the answer */
    if (getppid() != parent)
        _exit(NOT_STARTED);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    fd = fcntl(fd, F_DUPFD, STDERR_FILENO + 1); /* ours may have had standard input closed */
    if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
        _exit(NOT_STARTED);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* who have a report to write */
    {
        int nothing = open("/dev/null", O_WRONLY);

        if (nothing < 0 || dup2(nothing, STDERR_FILENO) < 0)
            _exit(NOT_STARTED);
    }
#endif
    if (close_range(STDERR_FILENO + 1, ~0U, 0) != 0)
        _exit(NOT_STARTED);
    (void)execve(path, argv, environment);
    _exit(NOT_STARTED);
}

enum paper_fault child_start(struct arena *a, struct child *child, const struct paper_limits *limits,
                             int64_t document_ends, const char *program, const char *argument)
{
    const char *folder = paper_helper_folder(a);
    char *argv[] = {NULL, NULL, NULL};
    pid_t self = getpid();
    int fds[2];

    *child = (struct child){.fd = -1, .limits = *limits, .document_ends = document_ends};
    if (folder == NULL)
        return PAPER_NO_HELPER;
    argv[0] = (char *)arena_printf(a, "%s/%s", folder, program).p;
    argv[1] = argument ? arena_cstr(a, span_of(argument)) : NULL;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return PAPER_NO_HELPER;
    child->pid = fork();
    if (child->pid == 0)
        become(argv[0], argv, fds[1], self);
    (void)close(fds[1]);
    child->fd = fds[0];
    if (child->pid < 0) {
        child->pid = 0;
        child_end(child);
        return PAPER_NO_HELPER;
    }
    if (clock_getcpuclockid(child->pid, &child->clock) != 0)
        child->clock = CLOCK_MONOTONIC;
    child_page_begins(child);
    return PAPER_FINE;
}

/* ---- limits ---- */

static int64_t computed(const struct child *child)
{
    struct timespec t;

    if (clock_gettime(child->clock, &t) != 0)
        return child->page_cpu; /* it has ended: what is left is in the pipe */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void child_page_begins(struct child *child)
{
    child->page_cpu = computed(child);
    child->page_ends = child_now() + child->limits.page_wait_ms;
}

static enum paper_fault past_limit(const struct child *child)
{
    int64_t now = child_now();

    if (now >= child->document_ends)
        return PAPER_SLOW;
    if (now >= child->page_ends || computed(child) - child->page_cpu >= child->limits.page_ms)
        return PAPER_SLOW_PAGE;
    return PAPER_FINE;
}

/* Until it can be read or written. */
static enum paper_fault wait_for(const struct child *child, short events)
{
    struct pollfd fd = {.fd = child->fd, .events = events};

    for (;;) {
        int n = poll(&fd, 1, LOOK_MS);
        enum paper_fault fault = past_limit(child);

        if (fault != PAPER_FINE)
            return fault;
        if (n > 0)
            return PAPER_FINE;
        if (n < 0 && errno != EINTR)
            return PAPER_DIED;
    }
}

/* ---- speaking ---- */

static enum paper_fault gone(const struct child *child)
{
    return child->has_said ? PAPER_DIED : PAPER_NO_HELPER;
}

enum paper_fault child_write(struct child *child, struct span bytes)
{
    while (bytes.n) {
        enum paper_fault fault = wait_for(child, POLLOUT);
        ssize_t n;

        if (fault != PAPER_FINE)
            return fault;
        n = send(child->fd, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n < 0)
            return gone(child);
        bytes = span_from(bytes, (size_t)n);
    }
    return PAPER_FINE;
}

enum paper_fault child_read(void *arg, char *p, size_t n)
{
    struct child *child = arg;
    size_t at = 0;

    while (at < n) {
        enum paper_fault fault = wait_for(child, POLLIN);
        ssize_t got;

        if (fault != PAPER_FINE)
            return fault;
        got = recv(child->fd, p + at, n - at, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0)
            return gone(child);
        child->has_said = true;
        at += (size_t)got;
    }
    return PAPER_FINE;
}

void child_end(struct child *child)
{
    if (child->fd >= 0)
        (void)close(child->fd);
    child->fd = -1;
    if (child->pid > 0) {
        (void)kill(child->pid, SIGKILL);
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    child->pid = 0;
}
