/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What can be wrong with a document, or with the helper that reads it. Both sides of the pipe know these numbers; what
 * comes over the pipe is one of them or it is refused.
 */
#ifndef PAPER_FAULT_H
#define PAPER_FAULT_H

#include "base/arena.h"

enum paper_fault {
    PAPER_FINE = 0,
    /* the document */
    PAPER_WRONG_KIND,
    PAPER_TOO_LARGE,
    PAPER_TRUNCATED,
    PAPER_DAMAGED,
    PAPER_PASSWORD,
    PAPER_NO_PAGES,
    PAPER_MANY_PAGES,
    PAPER_PAGE_SIZE,
    PAPER_NO_SUCH_PAGE, /* a page that was asked for, or has a redaction */
    PAPER_MANY_WORDS,
    PAPER_MEMORY,
    PAPER_SLOW_PAGE,
    PAPER_SLOW,
    PAPER_LEAFLET_LONG, /* its page is how many lines are too many */
    PAPER_WIDE_TABLE,
    PAPER_BAD_PHOTO, /* its page is which of the photos, from 1 */
    PAPER_NO_LETTER, /* its page is the character that no font has */
    /* the machine */
    PAPER_NO_HELPER,
    PAPER_NO_LANGUAGE,
    PAPER_NONSENSE,
    PAPER_DIED,
    PAPER_STOPPED, /* whoever asked wanted no more */
    PAPER_FAULT_COUNT,
};

/* A clause to follow the document's name and a colon, or a page: "asks for a password; save it without one". */
struct span paper_fault_words(enum paper_fault fault);

/* Is it the document that is at fault? Else the machine, and trying again on another may help. */
bool paper_fault_is_of_document(enum paper_fault fault);

#endif
