/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Diagnostics: what is wrong, where, how grave, and how to mend it. The same objects on the command line, as JSON and,
 * later, in the office.
 *
 * Everything a diagnostic points at lives at least as long as its list. Positions count from 1, columns in characters.
 */
#ifndef MODEL_DIAG_H
#define MODEL_DIAG_H

#include "base/arena.h"

/* In the order of the manual. Errors first: they stop publication. */
enum diag_code {
    DIAG_BAD_CLAIM,
    DIAG_BAD_FILE,
    DIAG_BAD_FRONT_MATTER,
    DIAG_BAD_ROW,
    DIAG_BROKEN_LINK,
    DIAG_CLAIM_NO_SOURCE,
    DIAG_DOCUMENT_NOT_CLEARED,
    DIAG_FIGURE_DIFFERS,
    DIAG_IMAGE_NO_ALT,
    DIAG_LEGAL_TOO_STRONG,
    DIAG_MAIL_TOO_LARGE,
    DIAG_NOT_REVIEWED,
    DIAG_QUOTE_NO_PAGE,
    DIAG_QUOTE_NOT_FOUND,
    DIAG_RAW_HTML,
    DIAG_UNKNOWN_REFERENCE,
    DIAG_BLOCK_MISSING, /* the first warning */
    DIAG_FIGURE_STALE,
    DIAG_LEGAL_UNSUPPORTED,
    DIAG_LINK_TEXT,
    DIAG_LONG_SUBJECT,
    DIAG_NO_LEAFLET,
    DIAG_NOT_CHECKED,
    DIAG_QUOTE_CUT_FAR,
    DIAG_QUOTE_MACHINE_READ,
    DIAG_QUOTE_TRANSLATED,
    DIAG_QUOTE_UNSOURCED,
    DIAG_RELATIVE_DATE,
    DIAG_SUPERSEDED_SOURCE,
    DIAG_TRANSLATION_MISSING,
    DIAG_UNCITED_NUMBER,
};
enum { DIAG_CODE_COUNT = DIAG_UNCITED_NUMBER + 1 };

struct span diag_code_name(enum diag_code code); /* "bad-file" */
bool diag_code_from_name(struct span name, enum diag_code *code_out);
bool diag_is_error(enum diag_code code);

/* Where something stands. Column 0: the whole line; line 0: the whole file. */
struct place {
    struct span file; /* path inside the campaign folder */
    uint32_t line;
    uint32_t column;
};

struct diag {
    enum diag_code code;
    struct place at;
    uint32_t width;      /* characters to underline; 0 for a caret alone */
    struct span message; /* one sentence without a full stop at its end */
    struct span note;    /* what stands behind the underline: "page 2 has “cost”"; may be empty */
    struct span text;    /* the source line without its end; empty when there is nothing to show */
    bool only_warns;     /* an error's code, but here a warning: others' links */
};
bool diag_stops(const struct diag *d); /* an error that is not softened */

/* A writer's reason for letting one warning stand. */
struct waiver {
    struct place at;
    enum diag_code code;
    struct span reason;
    bool used;
};

enum { DIAGS_KEPT = 1000 }; /* of each severity; more are counted, not kept */

struct diags {
    struct arena *arena;
    LIST(struct diag) list;
    LIST(struct waiver) waivers;
    size_t errors; /* all, kept or not */
    size_t warnings;
    struct {
        struct span source;  /* the file in which a line was looked for last */
        LIST(size_t) starts; /* offset of every so many lines of it: for folder/at.c */
    } lines;
};

void diags_init(struct diags *d, struct arena *a);
void diags_add(struct diags *d, const struct diag *diag); /* copies the struct; its spans must live on */
/* By file, line, column, code: the order in which they are shown. Stable and the same on every run. */
void diags_sort(struct diags *d);

/* The known word that looks most like `word`, for "did you mean"; empty when none is near. */
struct span model_nearest(struct span word, const struct span *known, size_t count);

#endif
