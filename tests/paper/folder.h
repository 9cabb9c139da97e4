/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See folder.c.
 */
#ifndef TESTS_PAPER_FOLDER_H
#define TESTS_PAPER_FOLDER_H

extern const char *test_helper_folder;

#endif
