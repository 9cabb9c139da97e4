/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A newsletter of the store, made ready to be mailed: its letters, whom it may go to, and what speaks against it.
 */
#ifndef MAIN_CORE_LETTERS_H
#define MAIN_CORE_LETTERS_H

#include "main/sending.h"
#include "mail/message.h"

struct core_letters {
    struct span domain;
    struct span subject; /* of the one in the main language, or else in another */
    struct span sample;  /* the beginning of its text */
    struct span *letters;
    size_t letter_count;
    int32_t letter_of[LANG_COUNT][2];
    struct sending_audience *audiences; /* all of the campaign's */
    bool *is_wanted;
    size_t audience_count;
};

/* Of what the store has now. `audiences` as a person wrote it. RC_INVALID: something speaks against it, or the store has no
 * such newsletter: `why_out` is a sentence without a full stop. Everything that comes out lives in `a`. */
MUST_USE enum rc core_letters_make(struct db *db, struct arena *a, int64_t campaign_id, struct span news,
                                   struct span audiences, struct instant now, struct core_letters *letters_out,
                                   struct span *why_out);

/* One newsletter as the store has it now, public or not yet, as a letter that says in its subject that it is a preview.
 * `name` as a person wrote it: "memo", "memo.es". Codes as above; the letter lives in `a`. */
MUST_USE enum rc core_letters_preview(struct db *db, struct arena *a, int64_t campaign_id, struct span name,
                                      struct instant now, struct mail_letter *letter_out, struct span *why_out);

#endif
