/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Where columns end: tied rows, headings, sources of quotations, first and last lines; and that the columns of a page are
 * as even as any other cut of the same rows would make them. Pure, with invented rows.
 */
#include "paper/leaf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* after them */
#include <cmocka.h>

enum { ROWS_MOST = 400, ROUNDS = 400, LINE = 12 };

static struct leaf_row rows[ROWS_MOST];
static struct leaf_flow flow;

static void begin(void)
{
    flow = (struct leaf_flow){0};
    flow.rows.items = rows;
}

static void add(unsigned ink, bool begins, bool is_tied)
{
    float top = (float)flow.rows.count * LINE;

    rows[flow.rows.count++] = (struct leaf_row){
        .top = top, .bottom = top + LINE - 2, .base = top + LINE - 4, .ink = ink, .begins = begins, .is_tied = is_tied};
}

static void add_paragraph(unsigned ink, unsigned lines)
{
    for (unsigned i = 0; i < lines; i++)
        add(ink, i == 0, false);
}

static void add_heading(void)
{
    add(LEAFLET_HEADING, true, true);
}

static struct leaf_layout laid_out(float room, unsigned pages)
{
    const float rooms[LEAF_PAGES] = {room, room};
    struct leaf_layout layout;
    float left;

    assert_true(leaf_lay_out(&flow, rooms, pages, &layout, &left));
    return layout;
}

static void headings_stay_with_two_lines(void **state)
{
    (void)state;
    begin();
    add_paragraph(LEAFLET_TEXT, 8);
    add_heading();
    add_paragraph(LEAFLET_TEXT, 5);
    assert_false(leaf_may_end(&flow, 9));
    assert_false(leaf_may_end(&flow, 10));
    assert_true(leaf_may_end(&flow, 8));
    assert_true(leaf_may_end(&flow, 11));
}

static void no_line_stands_alone(void **state)
{
    (void)state;
    begin();
    add_paragraph(LEAFLET_TEXT, 5);
    add_paragraph(LEAFLET_TEXT, 3);
    assert_false(leaf_may_end(&flow, 1));
    assert_true(leaf_may_end(&flow, 2));
    assert_true(leaf_may_end(&flow, 3));
    assert_false(leaf_may_end(&flow, 4));
    assert_true(leaf_may_end(&flow, 5));
    assert_false(leaf_may_end(&flow, 6));
    assert_false(leaf_may_end(&flow, 7));
}

static void a_source_follows_its_quotation(void **state)
{
    (void)state;
    begin();
    add_paragraph(LEAFLET_TEXT | LEAFLET_IN_QUOTE, 2);
    add(LEAFLET_CITE | LEAFLET_IN_QUOTE, true, false);
    add_paragraph(LEAFLET_TEXT | LEAFLET_IN_BOX, 2);
    add(LEAFLET_SOFT | LEAFLET_IN_BOX, true, false);
    add(LEAFLET_SOFT, true, false);
    assert_false(leaf_may_end(&flow, 2));
    assert_true(leaf_may_end(&flow, 3));
    assert_false(leaf_may_end(&flow, 5));
    assert_true(leaf_may_end(&flow, 6));
}

static void tied_rows_stay_together(void **state)
{
    (void)state;
    begin();
    add_paragraph(LEAFLET_TEXT, 4);
    add(LEAFLET_TEXT, true, true); /* a photo and its words */
    add(LEAFLET_SOFT, true, false);
    add_paragraph(LEAFLET_TEXT, 4);
    assert_false(leaf_may_end(&flow, 5));
}

static void what_is_left_over_is_measured(void **state)
{
    const float room[LEAF_PAGES] = {10 * LINE, 10 * LINE};
    struct leaf_layout layout;
    float left = 0;

    (void)state;
    begin();
    for (unsigned i = 0; i < 50; i++)
        add_paragraph(LEAFLET_TEXT, 1);
    assert_false(leaf_lay_out(&flow, room, 2, &layout, &left));
    assert_true(left > 9 * LINE && left <= 10 * LINE);
    assert_false(leaf_lay_out(&flow, room, 1, &layout, &left));
    assert_true(left > 29 * LINE && left <= 30 * LINE);
}

/* A row higher than any column: it does not fit, and nothing goes on for ever. */
static void a_row_too_high_does_not_fit(void **state)
{
    const float room[LEAF_PAGES] = {10 * LINE, 10 * LINE};
    struct leaf_layout layout;
    float left = 0;

    (void)state;
    begin();
    add(LEAFLET_TEXT, true, false);
    rows[0].bottom = 1000;
    assert_false(leaf_lay_out(&flow, room, 2, &layout, &left));
    assert_true(left > 900);
}

static void nothing_is_one_page(void **state)
{
    struct leaf_layout layout;

    (void)state;
    begin();
    layout = laid_out(100, 1);
    assert_int_equal(layout.columns[0][0].to, 0);
    assert_int_equal(layout.columns[0][1].to, 0);
}

static void frames_take_room(void **state)
{
    (void)state;
    begin();
    add_paragraph(LEAFLET_TEXT, 2);
    add_paragraph(LEAFLET_TEXT | LEAFLET_IN_BOX, 2);
    assert_float_equal(leaf_height(&flow, 0, 2), 2 * LINE - 2, 0.01);
    assert_float_equal(leaf_height(&flow, 2, 4), 2 * LINE - 2 + 2 * LEAF_FRAME, 0.01);
    assert_float_equal(leaf_height(&flow, 1, 3), 2 * LINE - 2 + LEAF_FRAME, 0.01);
}

/* ---- any text ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void add_anything(uint32_t *seed)
{
    unsigned lines = next_random(seed) % 7 + 1;

    switch (next_random(seed) % 5) {
    case 0:
        add_heading();
        add_paragraph(LEAFLET_TEXT, lines);
        return;
    case 1:
        add_paragraph(LEAFLET_TEXT | LEAFLET_IN_QUOTE, lines);
        add(LEAFLET_CITE | LEAFLET_IN_QUOTE, true, false);
        return;
    default:
        add_paragraph(LEAFLET_TEXT, lines);
        return;
    }
}

static float higher(float a, float b)
{
    return a > b ? a : b;
}

/* How high the higher column is in the evenest cut of these rows. */
static float evenest(size_t from, size_t to)
{
    float best = leaf_height(&flow, from, to);

    for (size_t i = from; i < to; i++)
        if (leaf_may_end(&flow, i)) {
            float height = higher(leaf_height(&flow, from, i), leaf_height(&flow, i, to));

            best = height < best ? height : best;
        }
    return best;
}

static void check_page(const struct leaf_cut *columns, size_t from, float room)
{
    float height =
        higher(leaf_height(&flow, columns[0].from, columns[0].to), leaf_height(&flow, columns[1].from, columns[1].to));

    assert_int_equal(columns[0].from, from);
    assert_int_equal(columns[1].from, columns[0].to);
    assert_true(height <= room + 0.01F);
    assert_true(leaf_may_end(&flow, columns[0].to) && leaf_may_end(&flow, columns[1].to));
    assert_float_equal(height, evenest(from, columns[1].to), 0.01);
}

static void any_text_is_cut_evenly(void **state)
{
    uint32_t seed = 1;
    unsigned fitted = 0;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const float room[LEAF_PAGES] = {20 * LINE, 25 * LINE};
        unsigned pages = round % 2 + 1;
        struct leaf_layout layout;
        float left;

        begin();
        for (unsigned i = next_random(&seed) % 20 + 1; i > 0; i--)
            add_anything(&seed);
        if (!leaf_lay_out(&flow, room, pages, &layout, &left))
            continue;
        fitted++;
        check_page(layout.columns[0], 0, room[0]);
        if (pages == 2)
            check_page(layout.columns[1], layout.columns[0][1].to, room[1]);
        assert_int_equal(layout.columns[pages - 1][1].to, flow.rows.count);
    }
    assert_true(fitted > ROUNDS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headings_stay_with_two_lines),
        cmocka_unit_test(no_line_stands_alone),
        cmocka_unit_test(a_source_follows_its_quotation),
        cmocka_unit_test(tied_rows_stay_together),
        cmocka_unit_test(what_is_left_over_is_measured),
        cmocka_unit_test(a_row_too_high_does_not_fit),
        cmocka_unit_test(nothing_is_one_page),
        cmocka_unit_test(frames_take_room),
        cmocka_unit_test(any_text_is_cut_evenly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
