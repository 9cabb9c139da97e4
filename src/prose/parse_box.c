/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The memory that libcmark-gfm works in: one mapping, handed out from its start, taken back whole.
 *
 * Who asks for more than there is leaves by longjmp to parse_box_out, which its caller has to have set: it holds between
 * parse_box_open() and parse_box_close(), on one thread.
 */
#include "prose/parse_box.h"

#include <string.h>
#include <sys/mman.h>

enum { ROOM = 64 * 1024 * 1024, CLEARED_MAX = 4 * 1024 * 1024, UNIT = 16 };

_Thread_local jmp_buf parse_box_out;

static _Thread_local struct {
    char *room;
    size_t used;
} box;

static void *box_take(size_t size)
{
    size_t need = (size + 2 * UNIT - 1) & ~(size_t)(UNIT - 1); /* its size stands in the unit before it */
    char *p;

    if (size > ROOM || need > ROOM - box.used)
        longjmp(parse_box_out, 1);
    p = box.room + box.used + UNIT;
    memcpy(p - UNIT, &size, sizeof size);
    box.used += (need + UNIT - 1) & ~(size_t)(UNIT - 1);
    return p;
}

static void *box_calloc(size_t count, size_t size)
{
    if (size && count > ROOM / size)
        longjmp(parse_box_out, 1);
    return box_take(count * size); /* of what was never handed out, or cleared since: already zero */
}

static void *box_realloc(void *old, size_t size)
{
    size_t old_size = 0;
    void *p;

    if (old)
        memcpy(&old_size, (char *)old - UNIT, sizeof old_size);
    if (old && size <= old_size)
        return old;
    p = box_take(size);
    if (old_size)
        memcpy(p, old, old_size);
    return p;
}

static void box_free(void *p)
{
    (void)p;
}

cmark_mem parse_box_mem = {box_calloc, box_realloc, box_free};

void parse_box_open(struct prose_room *room)
{
    if (room->library == NULL) {
        void *p = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        CHECK(p != MAP_FAILED);
        room->library = p;
    }
    box.room = room->library;
    box.used = 0;
}

/* Cleared for the next text: what a newsletter takes costs less to clear than to get anew from the kernel. */
void parse_box_close(struct prose_room *room)
{
    if (box.used > CLEARED_MAX)
        parse_room_close(&room->library);
    else
        memset(box.room, 0, box.used);
    box.room = NULL;
}

void parse_room_close(char **library)
{
    if (*library)
        (void)munmap(*library, ROOM);
    *library = NULL;
}
