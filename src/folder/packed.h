/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A document as it may travel to a server: its public copy, the words of it, a picture a page, and what its .ini says that
 * everybody may know. Never the paper, what is under a redaction, or a hash of either but the commitment.
 *
 * Reading such files again gives the same documents, and writing those the same files.
 */
#ifndef FOLDER_PACKED_H
#define FOLDER_PACKED_H

#include "folder/source.h"
#include "model/campaign.h"

/* Fills in `public_ini` and `public_words` of a document whose `shown` is made from the paper, and forgets what the .ini
 * says that nobody else is to know. RC_LIMIT: more words than a campaign may have. In `a`. */
MUST_USE enum rc packed_make(struct arena *a, const struct campaign *c, struct document *d);

/* Is there something of it that may travel? */
bool packed_has(const struct document *d);
/* The files of all documents that may be shown, behind those in `files`; sorts nothing. The bytes are borrowed. */
void packed_files(struct arena *a, const struct campaign *c, struct folder_files *files);

/* Width and height of a WebP that is one picture and nothing beside it: no profile, no animation, no metadata, no byte
 * behind its end. RFC 9649 §2.4–2.6. False for anything else. */
bool packed_webp_size(struct span bytes, uint32_t *width_out, uint32_t *height_out);

#endif
