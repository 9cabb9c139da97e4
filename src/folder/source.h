/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Where the reader's bytes come from: files below a folder of the disk, or an array in memory.
 *
 * The reader asks for names and bytes and knows nothing else, so check, build, load and serve read alike. Whatever a
 * source gives out is limited before it is allocated, and no name leads out of it.
 */
#ifndef FOLDER_SOURCE_H
#define FOLDER_SOURCE_H

#include "base/arena.h"

enum folder_fault {
    FOLDER_FINE = 0,
    FOLDER_OUTSIDE,   /* a link out of the folder, or in a circle */
    FOLDER_NOT_PLAIN, /* neither a file nor a folder: a pipe, a device */
    FOLDER_TOO_LARGE,
    FOLDER_UNREADABLE, /* errno says why */
};

struct folder_name {
    struct span name;
    bool is_folder;
};
struct folder_names {
    LIST(struct folder_name) list;
    bool is_too_many; /* more than FOLDER_FILES_MAX: the list is cut */
};

struct folder_source {
    const char *name; /* in sentences: the folder as it was typed */
    bool is_checked;  /* what is in it was without errors when it was taken in; its warnings were shown then */
    bool is_lasting;  /* what it gives lives as long as what is read from it */
    void *ctx;
    /* The names in a folder of it ("" for itself), in the order of their bytes, without those that begin with a dot. */
    enum folder_fault (*list)(void *ctx, struct arena *a, struct span path, struct folder_names *names_out);
    enum folder_fault (*read)(void *ctx, struct arena *a, struct span path, size_t limit, struct span *bytes_out);
    /* Is it of what the campaign shall not keep in memory: a photo, a copy of a document? Then how large it is; whoever
     * sends it fetches it. Null: nothing is. Only where all is checked. */
    bool (*is_elsewhere)(void *ctx, struct span path, size_t *size_out);
};

/* A folder of the disk. RC_NOT_FOUND or RC_IO with a sentence. Lives in `a`, and holds a descriptor until closed. */
MUST_USE enum rc folder_source_open(struct arena *a, const char *dir, struct folder_source *source_out,
                                    struct span *fault_out);
void folder_source_close(struct folder_source *source); /* accepts one that is all zero */

/* ---- files in memory ---- */

struct folder_file {
    struct span path; /* "news/2026-04-24-memo.md" */
    struct span bytes;
};
struct folder_files {
    LIST(struct folder_file) list;
};
/* Puts them in the order of their paths, as the next two need it. */
void folder_files_sort(struct folder_files *files);
const struct folder_file *folder_files_find(const struct folder_files *files, struct span path); /* or null */
/* Borrows `files` and the bytes in it; so does the campaign that is read from it. */
struct folder_source folder_source_of_files(struct folder_files *files, const char *name);

/* Gives what `inner` gives and keeps every file that was read, so that what was checked is what is stored. Photos are
 * passed on, not kept: the campaign has them, cleaned. So are documents: the campaign has what of them may be stored.
 * Lives in `a`; `files_out` grows while the source is used. */
struct folder_source folder_source_keeping(struct arena *a, const struct folder_source *inner,
                                           struct folder_files *files_out);

#endif
