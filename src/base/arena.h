/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Memory that lives as long as one request, one job or one compile, and then goes all at once.
 *
 * Input is limited before it is allocated; so an arena that runs past its limit is our own mistake and
 * ends the process (CHECK). Nothing allocated here is ever freed singly. One thread owns an arena.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/rc.h"
#include "base/span.h"

struct arena;

struct arena *arena_open(size_t limit); /* `limit` bytes in all */
void arena_close(struct arena **a);     /* takes it and nulls the pointer; accepts null */
void arena_reset(struct arena *a);      /* forgets everything in it, keeps one block for reuse */
void arena_wipe(struct arena *a);       /* the same, and zeroes all that was handed out: what people typed */
size_t arena_used(const struct arena *a);

void *arena_alloc(struct arena *a, size_t size);  /* zeroed, aligned for any type */
char *arena_cstr(struct arena *a, struct span s); /* a NUL-terminated copy, for a library's door */
struct span arena_dup(struct arena *a, struct span s);
struct span arena_join(struct arena *a, const struct span *pieces, size_t count);
struct span arena_printf(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3);

#define ARENA_NEW(a, type)          ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_alloc_array((a), (count), sizeof(type)))
void *arena_alloc_array(struct arena *a, size_t count, size_t size);

/* A list that grows in an arena: declare it with LIST(type), append with LIST_ADD. The items move when it grows:
 * keep indexes, not pointers, until it is complete. LIST_ADD gives a pointer to the new zeroed item. */
#define LIST(type)                                                                                                     \
    struct {                                                                                                           \
        type *items;                                                                                                   \
        size_t count;                                                                                                  \
        size_t room;                                                                                                   \
    }
#define LIST_ADD(a, list)                                                                                              \
    ((list)->items = arena_grow((a), (list)->items, (list)->count, &(list)->room, sizeof *(list)->items),              \
     &(list)->items[(list)->count++])
void *arena_grow(struct arena *a, void *items, size_t count, size_t *room, size_t size);
/* Room for so many more, where that is known: what a list grows out of stays in the arena. */
#define LIST_RESERVE(a, list, more)                                                                                    \
    ((list)->items = arena_reserve((a), (list)->items, (list)->count, (more), &(list)->room, sizeof *(list)->items))
void *arena_reserve(struct arena *a, void *items, size_t count, size_t more, size_t *room, size_t size);

#endif
