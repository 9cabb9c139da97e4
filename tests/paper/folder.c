/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Where the helpers are for a test program: linked in, it takes the place of the program's own look-up. Tests of hostile
 * helpers say another folder.
 */
#include "folder.h"

#include "paper/child.h"

const char *test_helper_folder = HELPER_FOLDER;

const char *paper_helper_folder(struct arena *a)
{
    return arena_cstr(a, span_of(test_helper_folder));
}
