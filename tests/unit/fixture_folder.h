/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A folder of fixture.h that stands there as long as the tests of a program run.
 */
#ifndef TESTS_FIXTURE_FOLDER_H
#define TESTS_FIXTURE_FOLDER_H

#include "fixture.h"

static char dir[64];

static inline int make_folder(void **state)
{
    (void)state;
    fixture_make(dir);
    return 0;
}

static inline int remove_folder(void **state)
{
    (void)state;
    fixture_remove(dir);
    return 0;
}

#endif
