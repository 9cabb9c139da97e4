/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The end of a process whose own invariant broke: one line on stderr, then abort.
 */
#include "base/rc.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *invariant, const char *file, int line)
{
    fprintf(stderr, "broken-invariant file=%s line=%d check=\"%s\"\n", file, line, invariant);
    abort();
}
