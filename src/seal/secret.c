/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See secret.h.
 */
#include "seal/secret.h"

#include <sodium.h>
#include <string.h>

enum { ALIGNMENT = 16 };

/* sodium_malloc() puts the end of the bytes, not their beginning, to the end of a page. */
void *secret_alloc(size_t size)
{
    size_t whole = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *p;

    CHECK(sodium_init() >= 0);
    p = sodium_malloc(whole);
    CHECK(p != NULL);
    memset(p, 0, whole);
    return p;
}

void secret_free(void *p)
{
    sodium_free(p);
}

void secret_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

bool secret_eq(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}
