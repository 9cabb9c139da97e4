/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See bytes.h.
 */
#include "base/bytes.h"

#include <string.h>

/* ---- writing ---- */

static void put_number(struct buf *b, uint64_t value, size_t width)
{
    char bytes[8];

    for (size_t i = 0; i < width; i++)
        bytes[i] = (char)(value >> (8 * i) & 0xFF);
    buf_put(b, (struct span){bytes, width});
}

void bytes_put_u8(struct buf *b, uint8_t value)
{
    put_number(b, value, 1);
}

void bytes_put_u16(struct buf *b, uint16_t value)
{
    put_number(b, value, 2);
}

void bytes_put_u32(struct buf *b, uint32_t value)
{
    put_number(b, value, 4);
}

void bytes_put_i32(struct buf *b, int32_t value)
{
    put_number(b, (uint32_t)value, 4);
}

void bytes_put_u64(struct buf *b, uint64_t value)
{
    put_number(b, value, 8);
}

void bytes_put_i64(struct buf *b, int64_t value)
{
    put_number(b, (uint64_t)value, 8);
}

void bytes_put_text(struct buf *b, struct span text)
{
    CHECK(text.n <= UINT32_MAX);
    bytes_put_u32(b, (uint32_t)text.n);
    buf_put(b, text);
}

/* ---- reading ---- */

struct span bytes_take(struct bytes_in *in, size_t n)
{
    struct span taken = {0};

    if (in->is_bad || n > in->rest.n) {
        in->is_bad = true;
        return taken;
    }
    taken = span_sub(in->rest, 0, n);
    in->rest = span_from(in->rest, n);
    return taken;
}

static uint64_t take_number(struct bytes_in *in, size_t width)
{
    struct span s = bytes_take(in, width);
    uint64_t value = 0;

    for (size_t i = s.n; i-- > 0;)
        value = value << 8 | (uint8_t)s.p[i];
    return value;
}

uint8_t bytes_take_u8(struct bytes_in *in)
{
    return (uint8_t)take_number(in, 1);
}

uint16_t bytes_take_u16(struct bytes_in *in)
{
    return (uint16_t)take_number(in, 2);
}

uint32_t bytes_take_u32(struct bytes_in *in)
{
    return (uint32_t)take_number(in, 4);
}

int32_t bytes_take_i32(struct bytes_in *in)
{
    return (int32_t)take_number(in, 4);
}

uint64_t bytes_take_u64(struct bytes_in *in)
{
    return take_number(in, 8);
}

int64_t bytes_take_i64(struct bytes_in *in)
{
    return (int64_t)take_number(in, 8);
}

struct span bytes_take_text(struct bytes_in *in)
{
    return bytes_take(in, bytes_take_u32(in));
}

uint8_t bytes_take_choice(struct bytes_in *in, uint8_t least, uint8_t most)
{
    uint8_t value = bytes_take_u8(in);

    if (in->is_bad || value < least || value > most) {
        in->is_bad = true;
        return least;
    }
    return value;
}

size_t bytes_take_count(struct bytes_in *in, size_t most, size_t size)
{
    size_t count = bytes_take_u32(in);

    if (in->is_bad || count > most || count > in->rest.n / size) {
        in->is_bad = true;
        return 0;
    }
    return count;
}

void bytes_take_into(struct bytes_in *in, void *out, size_t n)
{
    struct span s = bytes_take(in, n);

    memset(out, 0, n);
    if (s.n)
        memcpy(out, s.p, s.n);
}

bool bytes_are_taken(const struct bytes_in *in)
{
    return !in->is_bad && in->rest.n == 0;
}
