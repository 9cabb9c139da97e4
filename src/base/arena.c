/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A chain of blocks, filled from the newest. Blocks double up to one megabyte, so that a small compile stays small.
 * The address sanitizer is told what is handed out and what is not: a read past an allocation is seen.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   poison((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#define GAP            16 /* bytes nobody may touch after each allocation */
#else
#define POISON(p, n)   ((void)0)
#define UNPOISON(p, n) ((void)0)
#define GAP            0
#endif

#ifdef WITH_ASAN
/* Not inlined: the compiler takes the sanitizer for a reader of bytes that nobody wrote yet. */
__attribute__((noinline)) static void poison(void *p, size_t n)
{
    __asan_poison_memory_region(p, n);
}
#endif

enum { BLOCK_FIRST = 16 * 1024, BLOCK_MOST = 1024 * 1024, ALIGN = 16 };

struct block {
    struct block *older;
    size_t size;
    size_t used;
    _Alignas(ALIGN) char bytes[];
};

struct arena {
    struct block *newest;
    size_t limit;
    size_t total; /* bytes of all blocks */
};

static struct block *block_open(struct arena *a, size_t need)
{
    size_t size = a->newest ? a->newest->size * 2 : BLOCK_FIRST;
    struct block *b;

    if (size > BLOCK_MOST)
        size = BLOCK_MOST;
    if (size < need)
        size = need;
    CHECK(size <= a->limit && a->total <= a->limit - size);
    b = malloc(sizeof *b + size); /* not zeroed: what is handed out is, and the rest may never be touched */
    CHECK(b != NULL);
    b->older = a->newest;
    b->size = size;
    b->used = 0;
    POISON(b->bytes, size);
    a->newest = b;
    a->total += size;
    return b;
}

struct arena *arena_open(size_t limit)
{
    struct arena *a = calloc(1, sizeof *a);

    CHECK(a != NULL);
    a->limit = limit < BLOCK_FIRST ? BLOCK_FIRST : limit;
    return a;
}

static void block_close(struct block *b)
{
    UNPOISON(b->bytes, b->size);
    free(b);
}

static void close_blocks_before(struct arena *a, struct block *keep)
{
    struct block *b = keep ? keep->older : a->newest;

    while (b) {
        struct block *older = b->older;

        a->total -= b->size;
        block_close(b);
        b = older;
    }
    if (keep)
        keep->older = NULL;
    else
        a->newest = NULL;
}

void arena_close(struct arena **a)
{
    if (*a == NULL)
        return;
    close_blocks_before(*a, NULL);
    free(*a);
    *a = NULL;
}

void arena_reset(struct arena *a)
{
    if (a->newest == NULL)
        return;
    close_blocks_before(a, a->newest);
    a->newest->used = 0;
    POISON(a->newest->bytes, a->newest->size);
}

void arena_wipe(struct arena *a)
{
    for (struct block *b = a->newest; b; b = b->older) {
        UNPOISON(b->bytes, b->used);
        explicit_bzero(b->bytes, b->used); /* not memset(): nobody reads it again, so a compiler may leave that out */
    }
    arena_reset(a);
}

size_t arena_used(const struct arena *a)
{
    return a->total;
}

void *arena_alloc(struct arena *a, size_t size)
{
    struct block *b = a->newest;
    size_t need;
    void *p;

    CHECK(size < SIZE_MAX / 2);
    need = ((size + GAP) + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
    if (b == NULL || b->size - b->used < need)
        b = block_open(a, need);
    p = b->bytes + b->used;
    b->used += need;
    UNPOISON(p, size);
    return memset(p, 0, size);
}

void *arena_alloc_array(struct arena *a, size_t count, size_t size)
{
    CHECK(size == 0 || count <= SIZE_MAX / 4 / size);
    return arena_alloc(a, count * size);
}

char *arena_cstr(struct arena *a, struct span s)
{
    char *copy = arena_alloc(a, s.n + 1);

    if (s.n)
        memcpy(copy, s.p, s.n);
    return copy;
}

struct span arena_dup(struct arena *a, struct span s)
{
    return (struct span){arena_cstr(a, s), s.n};
}

struct span arena_join(struct arena *a, const struct span *pieces, size_t count)
{
    size_t n = 0;
    size_t at = 0;
    char *joined;

    for (size_t i = 0; i < count; i++)
        n += pieces[i].n;
    joined = arena_alloc(a, n + 1);
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].n)
            memcpy(joined + at, pieces[i].p, pieces[i].n);
        at += pieces[i].n;
    }
    return (struct span){joined, n};
}

struct span arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_list again;
    int n;
    char *text;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    CHECK(n >= 0);
    text = arena_alloc(a, (size_t)n + 1);
    (void)vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return (struct span){text, (size_t)n};
}

static void *move_items(struct arena *a, const void *items, size_t count, size_t room, size_t size)
{
    void *larger = arena_alloc_array(a, room, size);

    if (count)
        memcpy(larger, items, count * size);
    return larger;
}

void *arena_grow(struct arena *a, void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    *room = *room ? *room * 2 : 8;
    return move_items(a, items, count, *room, size);
}

void *arena_reserve(struct arena *a, void *items, size_t count, size_t more, size_t *room, size_t size)
{
    if (more <= *room - count)
        return items;
    *room = count + more;
    return move_items(a, items, count, *room, size);
}
