/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * documents/KEY.seal: the 32 random bytes behind a document's commitment, as 64 hexadecimal digits and a line's end. Whoever
 * has them and the paper can show that the commitment was to it; without them it says nothing about any paper.
 *
 * A seal that is there is never written again: the commitment that was published would be lost.
 */
#ifndef MAIN_PAPERS_SEAL_H
#define MAIN_PAPERS_SEAL_H

#include "folder/source.h"

/* The bytes of a document's seal; made, on the disk before it is given out, where there was none. RC_INVALID: it is
 * damaged; RC_IO: it cannot be read or written. `fault_out` is a sentence. `source` reads the folder at `dir`. */
MUST_USE enum rc papers_seal_kept(struct arena *a, const char *dir, const struct folder_source *source, struct span key,
                                  struct span *seal_out, struct span *fault_out);
/* The same, but where there is none 32 random bytes that nobody keeps. */
MUST_USE enum rc papers_seal_aside(struct arena *a, const struct folder_source *source, struct span key,
                                   struct span *seal_out, struct span *fault_out);

#endif
