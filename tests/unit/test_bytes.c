/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Numbers and texts as bytes: in this order, and never more than there is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"

static struct arena *a;

static int open_world(void **state)
{
    (void)state;
    a = arena_open(1024 * 1024);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    arena_close(&a);
    return 0;
}

#define ALL                                                                                                            \
    "\xFE\x34\x12\xEF\xCD\xAB\x89\xFF\xFF\xFF\xFF\x08\x07\x06\x05\x04\x03\x02\x81\0\0\0\0\0\0\0\x80\3\0\0\0abc\0\0\0\0"

static void the_least_first(void **state)
{
    struct buf *b = buf_new(a, 64);
    struct bytes_in in = {.rest = S(ALL)};

    (void)state;
    bytes_put_u8(b, 0xFE);
    bytes_put_u16(b, 0x1234);
    bytes_put_u32(b, 0x89ABCDEF);
    bytes_put_i32(b, -1);
    bytes_put_u64(b, UINT64_C(0x8102030405060708));
    bytes_put_i64(b, INT64_MIN);
    bytes_put_text(b, S("abc"));
    bytes_put_text(b, (struct span){0});
    assert_true(span_eq(buf_span(b), S(ALL)));
    assert_int_equal(bytes_take_u8(&in), 0xFE);
    assert_int_equal(bytes_take_u16(&in), 0x1234);
    assert_int_equal(bytes_take_u32(&in), 0x89ABCDEF);
    assert_int_equal(bytes_take_i32(&in), -1);
    assert_true(bytes_take_u64(&in) == UINT64_C(0x8102030405060708));
    assert_true(bytes_take_i64(&in) == INT64_MIN);
    assert_true(span_eq(bytes_take_text(&in), S("abc")));
    assert_false(bytes_are_taken(&in));
    assert_int_equal(bytes_take_text(&in).n, 0);
    assert_true(bytes_are_taken(&in));
}

static void what_is_not_there_is_zero(void **state)
{
    (void)state;
    for (size_t n = 0; n < 8; n++) {
        struct bytes_in in = {.rest = span_sub(S("\1\1\1\1\1\1\1\1"), 0, n)};
        unsigned char copy[8] = "xxxxxxx";

        assert_true(bytes_take_u64(&in) == 0 && in.is_bad);
        assert_int_equal(bytes_take_u8(&in), 0); /* it stays so, though there are some */
        assert_int_equal(bytes_take(&in, 0).n, 0);
        bytes_take_into(&in, copy, sizeof copy);
        for (size_t i = 0; i < sizeof copy; i++)
            assert_int_equal(copy[i], 0);
        assert_false(bytes_are_taken(&in));
    }
}

static void texts_end_where_the_bytes_do(void **state)
{
    static const struct {
        struct span bytes;
        bool is_there;
    } cases[] = {{SPAN_INIT("\3\0\0\0abc"), true},
                 {SPAN_INIT("\4\0\0\0abc"), false},
                 {SPAN_INIT("\3\0\0\1abc"), false},
                 {SPAN_INIT("\xFF\xFF\xFF\xFF"
                            "abc"),
                  false},
                 {SPAN_INIT("\3\0\0"), false}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes_in in = {.rest = cases[i].bytes};

        assert_int_equal(bytes_take_text(&in).n, cases[i].is_there ? 3 : 0);
        assert_int_equal(bytes_are_taken(&in), cases[i].is_there);
    }
}

static void counts_are_of_what_can_be_there(void **state)
{
    static const struct {
        struct span bytes;
        size_t most;
        size_t size;
        bool is_fine;
    } cases[] = {
        {SPAN_INIT("\2\0\0\0abcd"), 2, 2, true},
        {SPAN_INIT("\2\0\0\0abcd"), 1, 2, false},
        {SPAN_INIT("\2\0\0\0abcd"), 2, 3, false},
        {SPAN_INIT("\2\0\0\0abc"), 2, 2, false},
        {SPAN_INIT("\0\0\0\0"), 0, 9, true},
        {SPAN_INIT("\xFF\xFF\xFF\xFF"
                   "abcd"),
         SIZE_MAX, 8, false},
        {SPAN_INIT("\xFF\xFF\xFF\xFF"
                   "abcd"),
         SIZE_MAX, 1, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bytes_in in = {.rest = cases[i].bytes};
        size_t count = bytes_take_count(&in, cases[i].most, cases[i].size);

        assert_int_equal(in.is_bad, !cases[i].is_fine);
        assert_true(cases[i].is_fine || count == 0);
    }
}

static void choices(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 256; value++) {
        char byte = (char)value;
        struct bytes_in in = {.rest = {&byte, 1}};
        bool is_one = value >= 2 && value <= 5;

        assert_int_equal(bytes_take_choice(&in, 2, 5), is_one ? value : 2);
        assert_int_equal(in.is_bad, !is_one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_first),
        cmocka_unit_test(what_is_not_there_is_zero),
        cmocka_unit_test(texts_end_where_the_bytes_do),
        cmocka_unit_test(counts_are_of_what_can_be_there),
        cmocka_unit_test(choices),
    };

    return cmocka_run_group_tests_name("bytes", tests, open_world, close_world);
}
