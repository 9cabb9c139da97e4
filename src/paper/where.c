/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Alone in its file, so that the linker takes a test program's function of the same name instead. No variable of the
 * environment and no configuration says where programs lie that are given other people's files.
 */
#include "paper/child.h"

#include <limits.h>
#include <unistd.h>

const char *paper_helper_folder(struct arena *a)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    size_t slash;

    if (n <= 0 || (size_t)n >= sizeof path)
        return NULL;
    slash = span_find_last_char((struct span){path, (size_t)n}, '/');
    if (slash == SPAN_NONE || path[0] != '/')
        return NULL;
    return arena_cstr(a, (struct span){path, slash});
}
