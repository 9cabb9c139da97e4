/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See leaf_wire.h. What is taken is exactly what was put: a form of it that differs by a bit is another leaflet, or none.
 */
#include "paper/leaf_wire.h"

#include "paper/wire.h"

/* ---- onto the wire ---- */

static void put_bytes(struct buf *b, struct span bytes)
{
    wire_u32(b, (uint32_t)bytes.n);
    buf_put(b, bytes);
}

static void put_part(struct buf *b, const struct leaflet_part *part)
{
    wire_u32(b, part->kind);
    put_bytes(b, part->html);
    put_bytes(b, part->bytes);
    if (part->kind != LEAFLET_PART_TABLE)
        return;
    wire_u32(b, part->columns);
    wire_u32(b, part->rows);
    for (size_t i = 0; i < (size_t)part->columns * part->rows; i++) {
        wire_u32(b, (uint8_t)part->cells[i].align);
        put_bytes(b, part->cells[i].html);
    }
}

static void put_leaflet(struct buf *b, const struct leaflet *l)
{
    const struct span words[] = {l->title, l->author, l->day, l->head, l->foot, l->more, l->next, l->code.dark};

    wire_u32(b, l->paper);
    wire_u32(b, l->lang);
    wire_u32(b, l->accent);
    wire_u32(b, l->code.width);
    for (size_t i = 0; i < COUNT(words); i++)
        put_bytes(b, words[i]);
    wire_u32(b, (uint32_t)l->links.count);
    for (size_t i = 0; i < l->links.count; i++)
        put_bytes(b, l->links.items[i]);
    wire_u32(b, (uint32_t)l->parts.count);
    for (size_t i = 0; i < l->parts.count; i++)
        put_part(b, &l->parts.items[i]);
}

struct span leaf_wire_put(struct arena *a, const struct leaflet *l)
{
    struct buf *b = buf_new(a, WIRE_DOCUMENT_MOST);

    wire_u32(b, l->is_card ? 1 + (l->back != NULL) : 0); /* sides of a card */
    put_leaflet(b, l);
    if (l->is_card && l->back)
        put_leaflet(b, l->back);
    if (buf_overflowed(b))
        return (struct span){0};
    return buf_span(b);
}

/* ---- off the wire ---- */

static struct span take_bytes(struct wire_in *in)
{
    return wire_take(in, wire_take_u32(in));
}

/* So many things of `size` bytes at least: nothing is allocated for a number alone. */
static uint32_t take_count(struct wire_in *in, size_t size)
{
    uint32_t count = wire_take_u32(in);

    if (count <= in->rest.n / size)
        return count;
    in->is_short = true;
    return 0;
}

static bool take_table(struct arena *a, struct wire_in *in, struct leaflet_part *part)
{
    struct leaflet_cell *cells;
    size_t count;

    part->columns = take_count(in, 8);
    part->rows = take_count(in, 8);
    count = (size_t)part->columns * part->rows;
    if (count == 0 || count > in->rest.n / 8)
        return false;
    cells = ARENA_ARRAY(a, struct leaflet_cell, count);
    part->cells = cells;
    for (size_t i = 0; i < count && !in->is_short; i++) {
        uint32_t align = wire_take_u32(in);

        if (align != 'l' && align != 'c' && align != 'r')
            return false;
        cells[i].align = (char)align;
        cells[i].html = take_bytes(in);
    }
    return true;
}

static bool take_part(struct arena *a, struct wire_in *in, struct leaflet_part *part)
{
    uint32_t kind = wire_take_u32(in);

    if (kind > LEAFLET_PART_PHOTO)
        return false;
    *part = (struct leaflet_part){.kind = (enum leaflet_part_kind)kind};
    part->html = take_bytes(in);
    part->bytes = take_bytes(in);
    return kind != LEAFLET_PART_TABLE || take_table(a, in, part);
}

static bool take_side(struct arena *a, struct wire_in *in, struct leaflet *l)
{
    struct span *const words[] = {&l->title, &l->author, &l->day,  &l->head,
                                  &l->foot,  &l->more,   &l->next, &l->code.dark};
    uint32_t paper = wire_take_u32(in);
    uint32_t lang = wire_take_u32(in);

    if (paper > LEAFLET_A4 || lang >= LANG_COUNT)
        return false;
    l->paper = (enum leaflet_paper)paper;
    l->lang = (enum lang)lang;
    l->accent = wire_take_u32(in);
    l->code.width = wire_take_u32(in);
    for (size_t i = 0; i < COUNT(words); i++)
        *words[i] = take_bytes(in);
    if (l->code.width > LEAFLET_SQUARE_MOST || l->code.dark.n * 8 < (size_t)l->code.width * l->code.width)
        return false;
    for (uint32_t count = take_count(in, 4); count > 0 && !in->is_short; count--)
        *LIST_ADD(a, &l->links) = take_bytes(in);
    for (uint32_t count = take_count(in, 12); count > 0 && !in->is_short; count--)
        if (!take_part(a, in, LIST_ADD(a, &l->parts)))
            return false;
    return !in->is_short;
}

bool leaf_wire_take(struct arena *a, struct span bytes, struct leaflet **leaflet_out)
{
    struct wire_in in = {bytes, false};
    struct leaflet *sides = ARENA_ARRAY(a, struct leaflet, 2);
    uint32_t count = wire_take_u32(&in);

    *leaflet_out = sides;
    if (count > 2 || !take_side(a, &in, &sides[0]) || (count == 2 && !take_side(a, &in, &sides[1])))
        return false;
    sides[0].is_card = sides[1].is_card = count > 0;
    sides[0].back = count == 2 ? &sides[1] : NULL;
    return in.rest.n == 0;
}
