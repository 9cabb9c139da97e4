/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The campaign folder ↔ pieces: a folder in parts that can be stored and compared one by one, and back to files.
 *
 * Every file is kept byte for byte, but for photos, which are cleaned, documents, of which only public copies are kept
 * (packed.h), and registers, which come back canonical: the
 * columns in the guide's order, cells trimmed, quotation marks only where RFC 4180 needs them. Splitting what was joined
 * gives the same pieces, and joining those the same files.
 */
#ifndef FOLDER_DUMP_H
#define FOLDER_DUMP_H

#include "folder/source.h"
#include "model/campaign.h"
#include "model/piece.h"

/* The pieces of a campaign that was read from `files` (folder_source_keeping()) without an error, and of the leaflets
 * that were made for it. The bytes are borrowed from both. */
void folder_split(struct arena *a, const struct campaign *c, const struct folder_files *files,
                  struct pieces *pieces_out);
/* The files of a campaign, with all four registers. Leaflets stand among them if `pieces` has any: only the store's
 * own reader takes them. */
void folder_join(struct arena *a, const struct pieces *pieces, struct folder_files *files_out);

/* ---- .breakroom-base: what the store held when the folder was dumped ---- */

#define FOLDER_BASE_NAME ".breakroom-base"
enum { FOLDER_BASE_MOST = 32 * 1024 * 1024 };

struct folder_base {
    struct span host;
    struct pieces pieces; /* paths and hashes */
};
/* Without what is derived. */
struct span folder_base_write(struct arena *a, const struct folder_base *base);
/* False for anything that folder_base_write() did not write. */
bool folder_base_parse(struct arena *a, struct span bytes, struct folder_base *base_out);

#endif
