/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A leaflet as bytes, on its way from the client to breakroom-paper.
 */
#ifndef PAPER_LEAF_WIRE_H
#define PAPER_LEAF_WIRE_H

#include "model/leaflet.h"

/* Empty when it is larger than a document may be. */
struct span leaf_wire_put(struct arena *a, const struct leaflet *leaflet);
/* False for what leaf_wire_put() does not write. Borrows the bytes. */
bool leaf_wire_take(struct arena *a, struct span bytes, struct leaflet **leaflet_out);

#endif
