/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a leaflet that breakroom-paper is to set. What is taken is put again as the same bytes, and is within what
 * the typesetter counts on: the code's squares are all there, a table has its cells, and each is drawn to some side.
 */
#include "paper/leaf_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(const struct leaflet_part *part)
{
    CHECK(part->kind <= LEAFLET_PART_PHOTO);
    if (part->kind != LEAFLET_PART_TABLE)
        return;
    CHECK(part->columns > 0 && part->rows > 0);
    for (size_t i = 0; i < (size_t)part->columns * part->rows; i++)
        CHECK(span_find_char(S("lcr"), part->cells[i].align) != SPAN_NONE);
}

static void check_side(const struct leaflet *l)
{
    CHECK(l->code.width <= LEAFLET_SQUARE_MOST && l->code.dark.n * 8 >= (size_t)l->code.width * l->code.width);
    CHECK(l->lang < LANG_COUNT && l->paper <= LEAFLET_A4);
    for (size_t i = 0; i < l->parts.count; i++)
        check_part(&l->parts.items[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open((size_t)256 * 1024 * 1024);
    struct span bytes = {(const char *)data, size};
    struct leaflet *l;

    if (leaf_wire_take(a, bytes, &l)) {
        check_side(l);
        if (l->back)
            check_side(l->back);
        CHECK(l->back == NULL || l->is_card);
        CHECK(span_eq(leaf_wire_put(a, l), bytes));
    }
    arena_close(&a);
    return 0;
}
