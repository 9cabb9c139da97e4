/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Buffers: the cap to the byte, the flag that stays, growth, numbers and characters.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

static int open_arena(void **state)
{
    *state = arena_open(16 * 1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    struct arena *a = *state;

    arena_close(&a);
    return 0;
}

static void assert_buf(const struct buf *b, struct span want)
{
    assert_true(span_eq(buf_span(b), want));
}

static void fills_to_the_cap_and_no_further(void **state)
{
    struct buf *b = buf_new(*state, 5);

    buf_put(b, S("12345"));
    assert_false(buf_overflowed(b));
    buf_put(b, (struct span){NULL, 0});
    assert_false(buf_overflowed(b));
    buf_char(b, '6');
    assert_true(buf_overflowed(b));
    assert_buf(b, S("12345"));
}

static void overflow_stays(void **state)
{
    struct buf *b = buf_new(*state, 5);

    buf_put(b, S("123456")); /* all or nothing */
    assert_true(buf_overflowed(b));
    buf_put(b, S("1")); /* would fit, but a text with a hole is worse than a short one */
    buf_char(b, '1');
    buf_u64(b, 1);
    buf_utf8(b, 'x');
    buf_printf(b, "%d", 1);
    assert_true(buf_overflowed(b));
    assert_buf(b, S(""));
}

static void cap_of_nothing(void **state)
{
    struct buf *b = buf_new(*state, 0);

    buf_put(b, S(""));
    assert_false(buf_overflowed(b));
    assert_non_null(buf_span(b).p);
    buf_char(b, 'x');
    assert_true(buf_overflowed(b));
}

static void grows_and_keeps(void **state)
{
    struct buf *b = buf_new(*state, 1000 * 1000);
    struct span text;

    for (int i = 0; i < 100 * 1000; i++)
        buf_char(b, (char)('a' + i % 26));
    text = buf_span(b);
    assert_int_equal(text.n, 100 * 1000);
    for (size_t i = 0; i < text.n; i++)
        assert_int_equal(text.p[i], 'a' + (int)(i % 26));
}

static void takes_nul_bytes(void **state)
{
    struct buf *b = buf_new(*state, 10);

    buf_put(b, S("a\0b"));
    buf_char(b, '\0');
    assert_buf(b, S("a\0b\0"));
}

static void writes_numbers(void **state)
{
    struct buf *b = buf_new(*state, 100);

    buf_u64(b, 0);
    buf_char(b, ' ');
    buf_u64(b, 1700);
    buf_char(b, ' ');
    buf_u64(b, UINT64_MAX);
    assert_buf(b, S("0 1700 18446744073709551615"));
}

static void writes_characters(void **state)
{
    struct buf *b = buf_new(*state, 100);

    buf_utf8(b, 'n');
    buf_utf8(b, 0x7F);
    buf_utf8(b, 0x80);
    buf_utf8(b, 0x7FF);
    buf_utf8(b, 0x800);
    buf_utf8(b, 0xFFFF);
    buf_utf8(b, 0x10000);
    buf_utf8(b, 0x10FFFF);
    assert_buf(b, S("n\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
}

static void writes_a_replacement_for_what_is_no_character(void **state)
{
    struct buf *b = buf_new(*state, 100);

    buf_utf8(b, 0xD800);
    buf_utf8(b, 0xDFFF);
    buf_utf8(b, 0x110000);
    buf_utf8(b, UINT32_MAX);
    assert_buf(b, S("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"));
}

static void a_character_is_not_cut_at_the_cap(void **state)
{
    struct buf *b = buf_new(*state, 4);

    buf_put(b, S("abc"));
    buf_utf8(b, 0xF1);
    assert_true(buf_overflowed(b));
    assert_buf(b, S("abc"));
}

static void formats(void **state)
{
    struct buf *b = buf_new(*state, 100);

    buf_printf(b, "%s %04d", "page", 12);
    assert_buf(b, S("page 0012"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fills_to_the_cap_and_no_further),
        TEST(overflow_stays),
        TEST(cap_of_nothing),
        TEST(grows_and_keeps),
        TEST(takes_nul_bytes),
        TEST(writes_numbers),
        TEST(writes_characters),
        TEST(writes_a_replacement_for_what_is_no_character),
        TEST(a_character_is_not_cut_at_the_cap),
        TEST(formats),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
