/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Originals, on the computer where they lie: their words for the compiler, and public copies in their place. Only a
 * command may do this, for it starts helper programs; a server process knows packed documents alone (folder/packed.h).
 *
 * What was read or drawn once is kept in the person's own cache folder, $XDG_CACHE_HOME/breakroom or ~/.cache/breakroom,
 * by the hash of what it was made from; where that cannot be used, it is made each time.
 */
#ifndef MAIN_PAPERS_H
#define MAIN_PAPERS_H

#include "main/documents.h"
#include "paper/paper.h"

enum papers_seals {
    PAPERS_SEALS_KEPT,  /* documents/KEY.seal is made where it is missing: the commitment can be opened later */
    PAPERS_SEALS_ASIDE, /* the folder is not written to; a commitment without a seal is of random bytes that are lost */
};

struct papers;

/* For the folder at `dir`, in `a`. Close it after the last use of its readers. */
struct papers *papers_open(struct arena *a, const char *dir, enum papers_seals seals);
void papers_close(struct papers **papers); /* nulls the pointer; accepts null */

/* Gives words, and draws nothing. */
const struct document_reader *papers_reader(struct papers *papers);
/* The same, and makes the public copies of what is cleared or published. */
const struct document_reader *papers_publisher(struct papers *papers);

/* For what else the helpers do: with the same cache, and without progress. */
struct paper_job papers_job(struct papers *papers);

/* Are there papers themselves in the campaign, not only public copies? */
bool papers_are_in(const struct campaign *c);

#endif
