/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SHA-256: to know equal bytes from changed ones, and for anyone to compare what we publish.
 *
 * Only of what may be public. Never of an address, a name or anything else that could be guessed and tried.
 */
#ifndef SEAL_SHA256_H
#define SEAL_SHA256_H

#include "base/arena.h"
#include "base/buf.h"

enum { SHA256_LEN = 32 };

struct span sha256_of(struct arena *a, struct span bytes); /* 32 bytes, in `a` */
void sha256_put(struct buf *b, struct span hash);          /* as 64 lower-case digits */
/* The other way. False for anything but 64 lower-case hexadecimal digits. */
bool sha256_parse(struct arena *a, struct span digits, struct span *hash_out);

#endif
