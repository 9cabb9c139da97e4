/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The folder that `breakroom new` writes: the texts of skeleton/ with a campaign's answers filled in.
 *
 * It is written whole or not at all. Answers were checked before: nothing in them can end a line or begin Markdown.
 */
#ifndef MAIN_NEW_FOLDER_H
#define MAIN_NEW_FOLDER_H

#include "base/time.h"
#include "model/lang.h"

struct new_answers {
    struct span name;
    struct span employer;
    struct span mail_domains;        /* "school.example, district.example" */
    enum lang languages[LANG_COUNT]; /* the main one first, each once */
    size_t language_count;
    struct span zone_name;
    struct span host;
    struct span contact;
    struct date today; /* the first newsletter's day */
};

/* Looks whether a folder can be made at `dir`: RC_CONFLICT when something is there that is not an empty folder, RC_IO
 * when the folder around it cannot be used. `fault_out` is then a sentence without a full stop. */
MUST_USE enum rc new_folder_can_write(struct arena *a, const char *dir, struct span *fault_out);

/* Writes the folder: first under another name beside it, then renamed. What new_folder_can_write() says, or RC_IO for a
 * full disk and the like; nothing is left behind then. */
MUST_USE enum rc new_folder_write(struct arena *a, const char *dir, const struct new_answers *answers,
                                  size_t *file_count_out, struct span *fault_out);

#endif
