/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Paths and queries off the wire. Hostile bytes in; text that means one thing only, or a refusal, out.
 */
#ifndef HTTP_URI_H
#define HTTP_URI_H

#include "base/arena.h"
#include "base/buf.h"

enum { URI_PATH_MAX = 2048, URI_QUERY_MAX = 4096 };

/* %XX decoded, and '+' as a space where `plus`. RC_INVALID for a '%' without two hex digits. What comes out may hold
 * any byte; lives in `a`, or borrows when nothing had to be decoded. */
MUST_USE enum rc uri_decode(struct arena *a, struct span s, bool plus, struct span *out);

/* The path of a request target, decoded segment by segment. RC_INVALID: it does not begin with '/', a broken escape,
 * not UTF-8, a control character (NUL, "%00"), a backslash, or a segment that decodes to ".", "..", or holds '/'
 * ("..%2f"). RC_LIMIT: over URI_PATH_MAX. Empty segments are kept: no route matches one. */
MUST_USE enum rc uri_path(struct arena *a, struct span raw, struct span *path_out);

/* Appends `path` (decoded) so that uri_path() gives it back. */
void uri_path_put(struct buf *out, struct span path);

/* The first `name=` of a query, decoded. RC_NOT_FOUND; RC_INVALID: broken escape, not UTF-8, NUL. */
MUST_USE enum rc uri_query(struct arena *a, struct span query, struct span name, struct span *value_out);

/* The host of a Host header: lower case, without port and final dot, IPv6 with its brackets. RC_INVALID: empty, over
 * 253 bytes, a byte that no name has, a port that is none. Lives in `a`. */
MUST_USE enum rc uri_host(struct arena *a, struct span header, struct span *host_out);

#endif
