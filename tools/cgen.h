/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the generators share: reading and writing whole files, and text as a C string literal.
 *
 * Tools run at build time on our own sources: a file that cannot be read or written ends them with one line.
 */
#ifndef TOOLS_CGEN_H
#define TOOLS_CGEN_H

#include "base/buf.h"

enum { CGEN_FILE_MOST = 16 * 1024 * 1024, CGEN_LITERAL_MOST = 4000 };

/* The whole file, or exit 1 with a line on stderr. */
struct span cgen_read(struct arena *a, const char *path);
/* Writes the file whole, or exit 1. */
void cgen_write(const char *path, struct span content);

/* "text" with escapes, in pieces that end at a line end or after some 90 bytes; later pieces begin on a new line with
 * `indent` spaces. The compiler glues them. Letters past ASCII stay readable when `text` is UTF-8, else they become
 * octal. */
void cgen_literal(struct buf *out, struct span text, unsigned indent);

/* How much of `text` one literal may hold: at most CGEN_LITERAL_MOST bytes, never half a character. */
size_t cgen_literal_part(struct span text);

struct span cgen_basename(struct span path);
/* NAME_H for ".../name.h", for #ifndef. */
void cgen_guard(struct buf *out, struct span header_path);
bool cgen_is_keyword(struct span name); /* of C17, and the names the standard headers make macros */

#endif
