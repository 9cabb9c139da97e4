/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Runs a program and says what it cost: `measure [-c SECONDS] FILE PROGRAM [ARGUMENT…]` writes one line to FILE,
 * "status wall_ms cpu_ms peak_kb". Status is the exit status, or 128 and the signal.
 *
 * -c stops the program after so many seconds of CPU. Peak memory is that of the largest process, as the kernel counts
 * it. It owns nothing and never interprets what the program prints.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long ms_between(struct timespec from, struct timespec to)
{
    return (long)(to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
}

static long ms_of(struct timeval t)
{
    return (long)t.tv_sec * 1000 + (long)t.tv_usec / 1000;
}

static int failed(const char *what)
{
    fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
    return 125;
}

static void become(char **command, rlim_t cpu_s)
{
    struct rlimit limit = {.rlim_cur = cpu_s, .rlim_max = cpu_s + 1};

    if (cpu_s > 0 && setrlimit(RLIMIT_CPU, &limit) == -1)
        _exit(failed("setrlimit"));
    execvp(command[0], command);
    _exit(failed(command[0]));
}

int main(int argc, char **argv)
{
    rlim_t cpu_s = 0;
    int first = 1;
    int status;
    struct timespec start;
    struct timespec end;
    struct rusage used;
    FILE *out;
    pid_t child;

    if (argc > 2 && strcmp(argv[1], "-c") == 0) {
        cpu_s = (rlim_t)strtoul(argv[2], NULL, 10);
        first = 3;
    }
    if (argc < first + 2) {
        fprintf(stderr, "usage: measure [-c SECONDS] FILE PROGRAM [ARGUMENT...]\n");
        return 125;
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    child = fork();
    if (child == -1)
        return failed("fork");
    if (child == 0)
        become(argv + first + 1, cpu_s);
    while (wait4(child, &status, 0, &used) == -1)
        if (errno != EINTR)
            return failed("wait4");
    clock_gettime(CLOCK_MONOTONIC, &end);
    status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    out = fopen(argv[first], "w");
    if (!out)
        return failed(argv[first]);
    fprintf(out, "%d %ld %ld %ld\n", status, ms_between(start, end), ms_of(used.ru_utime) + ms_of(used.ru_stime),
            used.ru_maxrss);
    if (fclose(out) != 0)
        return failed(argv[first]);
    return status;
}
