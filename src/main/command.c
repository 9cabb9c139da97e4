/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What all commands share with the world: a sentence on stderr, the clock, the end of stdout.
 */
#include "main/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MOST = 16 * 1024 };

void say_fault(const char *format, ...)
{
    char line[LINE_MOST];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n >= (int)sizeof line - 1)
        n = (int)sizeof line - 2;
    if (n < 0)
        n = 0;
    (void)dprintf(STDERR_FILENO, "breakroom: %.*s.\n", n, line); /* one write: other processes write lines there too */
}

struct instant clock_now(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (struct instant){(int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000};
}

bool flush_stdout(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    say_fault("cannot write to standard output: %s", strerror(errno));
    return false;
}
