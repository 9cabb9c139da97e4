/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Text being built. The room doubles inside the arena, so a text of n bytes costs at most about 3n.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct buf *buf_new(struct arena *a, size_t cap)
{
    struct buf *b = ARENA_NEW(a, struct buf);

    buf_init(b, a, cap);
    return b;
}

void buf_init(struct buf *b, struct arena *a, size_t cap)
{
    *b = (struct buf){.arena = a, .cap = cap};
}

/* Room for `more` bytes, or false and the overflow is remembered. */
static bool make_room(struct buf *b, size_t more)
{
    size_t room = b->room ? b->room : 256;
    char *larger;

    if (b->overflowed || more > b->cap - b->n) {
        b->overflowed = true;
        return false;
    }
    if (b->p && more <= b->room - b->n)
        return true;
    while (room - b->n < more)
        room *= 2;
    larger = arena_alloc(b->arena, room);
    if (b->p)
        memcpy(larger, b->p, b->n);
    b->p = larger;
    b->room = room;
    return true;
}

void buf_put(struct buf *b, struct span s)
{
    if (s.n == 0 || !make_room(b, s.n))
        return;
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

void buf_char(struct buf *b, char c)
{
    if (make_room(b, 1))
        b->p[b->n++] = c;
}

void buf_u64(struct buf *b, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    buf_put(b, (struct span){digits + at, sizeof digits - at});
}

void buf_utf8(struct buf *b, uint32_t c)
{
    char bytes[4];
    size_t n;

    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        c = 0xFFFD;
    if (c < 0x80) {
        bytes[0] = (char)c;
        n = 1;
    } else if (c < 0x800) {
        bytes[0] = (char)(0xC0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3F));
        n = 2;
    } else if (c < 0x10000) {
        bytes[0] = (char)(0xE0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (c & 0x3F));
        n = 3;
    } else {
        bytes[0] = (char)(0xF0 | c >> 18);
        bytes[1] = (char)(0x80 | (c >> 12 & 0x3F));
        bytes[2] = (char)(0x80 | (c >> 6 & 0x3F));
        bytes[3] = (char)(0x80 | (c & 0x3F));
        n = 4;
    }
    buf_put(b, (struct span){bytes, n});
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_list again;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    CHECK(n >= 0);
    if (make_room(b, (size_t)n + 1)) { /* it writes a NUL behind, which the next append writes over */
        (void)vsnprintf(b->p + b->n, (size_t)n + 1, format, again);
        b->n += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

struct span buf_span(const struct buf *b)
{
    return (struct span){b->n ? b->p : "", b->n};
}

bool buf_overflowed(const struct buf *b)
{
    return b->overflowed;
}
