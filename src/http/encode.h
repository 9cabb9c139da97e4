/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Content codings: which of ours a client takes, and the bytes in them.
 *
 * Made once for a page and kept with it; nothing is encoded while a client waits. The same bytes in give the same
 * bytes out: no time of day, no file name.
 */
#ifndef HTTP_ENCODE_H
#define HTTP_ENCODE_H

#include "base/arena.h"

/* In the order of our liking, least first. */
enum http_encoding {
    HTTP_IDENTITY = 0,
    HTTP_GZIP,
    HTTP_BROTLI,
    HTTP_ENCODINGS,
};

struct span http_encoding_name(enum http_encoding encoding); /* "gzip"; static */

/* What to send to a client with this Accept-Encoding header out of `have` (bits 1 << encoding; identity always counts):
 * what it takes, brotli before gzip before identity; q-values only say yes or no. A list that refuses all we have gets
 * identity (RFC 9110 §12.5.3 allows it). */
enum http_encoding http_encoding_choose(struct span accept, unsigned have);

/* `body` in `encoding` (gzip level 6, brotli quality 5), in `a`. RC_LIMIT: it would not be smaller, nothing is made.
 * RC_IO: the library refused. HTTP_IDENTITY borrows `body`. */
MUST_USE enum rc http_encode(struct arena *a, enum http_encoding encoding, struct span body, struct span *out);

#endif
