/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Conditional requests and ranges: RFC 9110 §13 and §14, of a single resource with one strong ETag.
 */
#ifndef HTTP_MATCH_H
#define HTTP_MATCH_H

#include "base/rc.h"
#include "base/span.h"

/* Whether an If-None-Match header names `etag` (given without quotes): weak comparison, as §13.1.2 wants. "*" does. */
bool etag_listed(struct span header, struct span etag);
/* Whether an If-Range header is exactly `etag`: strong comparison, so W/"x" is not; nor is a date, we send none. */
bool etag_same_strong(struct span header, struct span etag);

enum range_kind {
    RANGE_WHOLE = 0, /* none, several, not of bytes or not understood: the header is ignored (§14.2) */
    RANGE_PART,
    RANGE_NOWHERE, /* 416 */
};

/* A Range header over `size` bytes; `from` and `len` are set for RANGE_PART, len > 0. */
enum range_kind range_parse(struct span header, uint64_t size, uint64_t *from_out, uint64_t *len_out);

#endif
