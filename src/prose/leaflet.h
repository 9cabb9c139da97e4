/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The document tree as the parts of a leaflet, and the words around it in the same hand.
 */
#ifndef PROSE_LEAFLET_H
#define PROSE_LEAFLET_H

#include "model/leaflet.h"
#include "prose/prose.h"

struct prose_leaflet {
    const void *ctx;
    /* From a path on our site or an address elsewhere to where it leads: with its host, always. */
    struct url (*link)(const void *ctx, struct arena *a, struct span address);
};

/* Adds the document to `leaflet`: its parts, and where its links lead. Photos stand in full where they stand alone;
 * inside a quotation, a list or an answer they are their words, as tables there are their cells. RC_LIMIT: far larger
 * than a leaflet, or more links than it can have. */
MUST_USE enum rc prose_render_leaflet(struct arena *a, const struct prose_doc *doc, const struct prose_leaflet *with,
                                      struct leaflet *leaflet);

/* For who writes the rest of a leaflet. `ink`: enum leaflet_ink and where it stands. */
void leaflet_open(struct buf *out, struct span tag, struct span class_name, unsigned ink, size_t link);
void leaflet_close(struct buf *out, struct span tag);
/* Words, escaped; a very long one may break anywhere, for a column is narrow. */
void leaflet_words(struct buf *out, struct span words);
/* A campaign's colour where it can be read on white, and else ours; a copier makes it a dark grey. */
uint32_t leaflet_accent(struct span accent);
/* The number of a link that leads there; 0 where it leads nowhere. */
size_t leaflet_link(struct arena *a, struct leaflet *leaflet, struct url address);

#endif
