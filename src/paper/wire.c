/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See wire.h.
 */
#include "paper/wire.h"

uint32_t wire_most(uint32_t kind)
{
    static const uint32_t most[WIRE_KIND_COUNT] = {
        [WIRE_HELLO] = 4,
        [WIRE_REQUEST] = WIRE_REQUEST_MOST,
        [WIRE_DOCUMENT] = WIRE_DOCUMENT_MOST,
        [WIRE_SCAN] = WIRE_PICTURE_MOST,
        [WIRE_COUNT] = 4,
        [WIRE_PAGE] = WIRE_PAGE_MOST,
        [WIRE_PICTURE] = WIRE_PICTURE_MOST,
        [WIRE_PART] = WIRE_PART_MOST,
        [WIRE_FAULT] = 8,
        [WIRE_END] = 1, /* nothing in it; 0 would say that there is no such kind */
    };

    return kind < WIRE_KIND_COUNT ? most[kind] : 0;
}

void wire_u16(struct buf *b, uint32_t value)
{
    buf_char(b, (char)(value & 0xFF));
    buf_char(b, (char)(value >> 8 & 0xFF));
}

void wire_u32(struct buf *b, uint32_t value)
{
    wire_u16(b, value & 0xFFFF);
    wire_u16(b, value >> 16);
}

void wire_i32(struct buf *b, int32_t value)
{
    wire_u32(b, (uint32_t)value);
}

void wire_text(struct buf *b, struct span text)
{
    CHECK(text.n <= UINT16_MAX);
    wire_u16(b, (uint32_t)text.n);
    buf_put(b, text);
}

void wire_head(char head[WIRE_HEAD], uint32_t kind, size_t n)
{
    CHECK(n <= wire_most(kind));
    for (unsigned i = 0; i < 4; i++) {
        head[i] = (char)(kind >> (8 * i) & 0xFF);
        head[4 + i] = (char)(n >> (8 * i) & 0xFF);
    }
}

struct span wire_take(struct wire_in *in, size_t n)
{
    struct span taken = span_sub(in->rest, 0, n);

    if (taken.n < n) {
        in->is_short = true;
        in->rest = (struct span){0};
        return (struct span){0};
    }
    in->rest = span_from(in->rest, n);
    return taken;
}

static uint32_t take_number(struct wire_in *in, size_t n)
{
    struct span s = wire_take(in, n);
    uint32_t value = 0;

    for (size_t i = s.n; i-- > 0;)
        value = value << 8 | (uint8_t)s.p[i];
    return value;
}

uint32_t wire_take_u16(struct wire_in *in)
{
    return take_number(in, 2);
}

uint32_t wire_take_u32(struct wire_in *in)
{
    return take_number(in, 4);
}

int32_t wire_take_i32(struct wire_in *in)
{
    return (int32_t)take_number(in, 4);
}

struct span wire_take_text(struct wire_in *in)
{
    return wire_take(in, wire_take_u16(in));
}
