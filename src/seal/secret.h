/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Memory for secret bytes: locked where the kernel lets it be, in no core file, between pages that nobody may touch, wiped
 * when it is given back.
 *
 * Each kind of secret has a struct type of its own, made and closed in its own file; this is what they stand on. What is
 * secret is never in an arena, a struct buf or stdio, and on a stack only within one call that wipes it.
 */
#ifndef SEAL_SECRET_H
#define SEAL_SECRET_H

#include "base/rc.h"

#include <stdbool.h>
#include <stddef.h>

void *secret_alloc(size_t size); /* zeroed, aligned for any type; never null */
void secret_free(void *p);       /* wipes; accepts null */
void secret_wipe(void *p, size_t n);
bool secret_eq(const void *a, const void *b, size_t n); /* takes as long for any two */

#endif
