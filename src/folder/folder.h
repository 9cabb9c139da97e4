/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The campaign folder: the only reader of it. From files to rows, with a diagnostic for every fault (doc/guide/folder.md).
 *
 * Every name is opened below the folder's own descriptor and cannot lead out of it (openat2, RESOLVE_BENEATH). Sizes are
 * limited before anything is read. A file at fault is left out and named; the rest is read all the same.
 */
#ifndef FOLDER_FOLDER_H
#define FOLDER_FOLDER_H

#include "folder/source.h"
#include "model/campaign.h"

enum {
    FOLDER_FILES_MAX = 10000,
    FOLDER_MARKDOWN_MAX = 512 * 1024,
    FOLDER_TEXT_MAX = 8 * 1024 * 1024,
    FOLDER_PHOTO_MAX = 64 * 1024 * 1024,
    FOLDER_PHOTOS_MAX = 1024 * 1024 * 1024, /* all together */
    FOLDER_DOCUMENT_MAX = 128 * 1024 * 1024,
    FOLDER_COPY_MAX = 128 * 1024 * 1024,   /* a public copy to download */
    FOLDER_PICTURE_MAX = 16 * 1024 * 1024, /* of a page of one */
    FOLDER_WORDS_MAX = 32 * 1024 * 1024,   /* the words of all public copies together */
    FOLDER_SHOWN_MAX = 512 * 1024 * 1024,  /* all public copies together, words and pictures included */
    FOLDER_ROWS_MAX = 5000,                /* of one register */
};

/* Reads the folder at `dir`. RC_OK also when files in it are at fault: `diags` says which, and the campaign holds what
 * could be read. Any other rc: the folder itself cannot be read or has no campaign.ini; `fault_out` is a sentence. The
 * campaign lives in `a`; so do all spans in `diags`. Photos of which only the size is wanted are still cleaned: a photo
 * that is not one has to be named. */
MUST_USE enum rc folder_read(struct arena *a, const char *dir, struct diags *diags, struct campaign **campaign_out,
                             struct span *fault_out);
/* The same from any source, which the campaign may borrow from. */
MUST_USE enum rc folder_read_source(struct arena *a, const struct folder_source *source, struct diags *diags,
                                    struct campaign **campaign_out, struct span *fault_out);

/* ---- parts of it, for tests and fuzzing ---- */

/* Cuts front matter off `e->source` and fills in the fields of `e->kind`; sets `body`, `body_line`. Needs `kind`, `lang`,
 * `key`, `date`, `file`, `source` set. In a translation some fields may not stand. False when the file is to be left
 * out; every fault is in `diags`. */
bool folder_front_matter(struct arena *a, struct entry *e, bool is_translation, struct diags *diags);

/* The registers, from the bytes of their files. */
void folder_figures(struct campaign *c, struct span file, struct span bytes, struct diags *diags);
void folder_chronology(struct campaign *c, struct span file, struct span bytes, struct diags *diags);
void folder_press(struct campaign *c, struct span file, struct span bytes, struct diags *diags);
void folder_corrections(struct campaign *c, struct span file, struct span bytes, struct diags *diags);
/* cases/KEY.ini. What could be read of it is kept. */
void folder_case(struct campaign *c, struct span file, struct span key, struct span bytes, struct diags *diags);
/* documents/KEY.ini, without the paper and what other documents say of it. */
void folder_document(struct campaign *c, struct span file, struct span key, struct span bytes, struct diags *diags);
/* Cuts the last entry, an item of claims/ whose front matter was read, into what stands before its claims and an entry a
 * claim. Claims that are wrong are left out. */
void claims_split(struct campaign *c, struct diags *diags);
/* campaign.ini. False when what is missing there keeps the rest from being read (languages, zone). */
bool folder_campaign_ini(struct campaign *c, struct span file, struct span bytes, struct diags *diags);

#endif
