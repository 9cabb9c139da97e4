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

void say_fault(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("breakroom: ", stderr);
    vfprintf(stderr, format, args);
    fputs(".\n", stderr);
    va_end(args);
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
