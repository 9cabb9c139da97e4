/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Spans: the empty and the null one above all, then cutting, comparing, searching, numbers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/span.h"

static const struct span null_span = {NULL, 0};

static void assert_span(struct span got, const char *want)
{
    assert_true(span_eq(got, span_of(want)));
}

static void null_and_empty_are_equal(void **state)
{
    (void)state;
    assert_true(span_eq(null_span, S("")));
    assert_true(span_eq_nocase(null_span, S("")));
    assert_int_equal(span_cmp(null_span, S("")), 0);
    assert_int_equal(span_of(NULL).n, 0);
    assert_true(span_starts(null_span, S("")));
    assert_true(span_ends(null_span, null_span));
    assert_false(span_starts(null_span, S("a")));
    assert_int_equal(span_trim(null_span).n, 0);
    assert_int_equal(span_sub(null_span, 3, 4).n, 0);
}

static void cuts_stay_inside(void **state)
{
    (void)state;
    assert_span(span_sub(S("abc"), 1, 1), "b");
    assert_span(span_sub(S("abc"), 1, SIZE_MAX), "bc");
    assert_span(span_sub(S("abc"), 3, 1), "");
    assert_span(span_sub(S("abc"), SIZE_MAX, SIZE_MAX), "");
    assert_span(span_from(S("abc"), 2), "c");
    assert_span(span_from(S("abc"), 4), "");
}

static void compares_bytes(void **state)
{
    (void)state;
    assert_false(span_eq(S("a\0b"), S("a\0c")));
    assert_true(span_eq(S("a\0b"), S("a\0b")));
    assert_true(span_eq_nocase(S("HARBOR high"), S("harbor HIGH")));
    assert_false(span_eq_nocase(S("[a"), S("{a"))); /* they differ by the bit that case has */
    assert_false(span_eq_nocase(S("É"), S("é")));
    assert_true(span_cmp(S("ab"), S("abc")) < 0);
    assert_true(span_cmp(S("b"), S("abc")) > 0);
    assert_true(span_cmp(S("\xC3"), S("a")) > 0); /* bytes are unsigned */
    assert_true(span_starts(S("memo.es.md"), S("memo")));
    assert_true(span_ends(S("memo.es.md"), S(".md")));
    assert_false(span_ends(S("md"), S(".md")));
}

static void finds(void **state)
{
    (void)state;
    assert_int_equal(span_find(S("fig:a,b"), S(":a")), 3);
    assert_true(span_find(S("fig"), S("figure")) == SPAN_NONE);
    assert_int_equal(span_find(null_span, S("")), 0);
    assert_true(span_find(null_span, S("a")) == SPAN_NONE);
    assert_int_equal(span_find_char(S("a\0b"), 'b'), 2);
    assert_int_equal(span_find_char(S("a.b.c"), '.'), 1);
    assert_int_equal(span_find_last_char(S("a.b.c"), '.'), 3);
    assert_true(span_find_char(null_span, '\0') == SPAN_NONE);
    assert_true(span_find_last_char(null_span, '\0') == SPAN_NONE);
}

static void trims(void **state)
{
    (void)state;
    assert_span(span_trim(S(" \t\r\n\v\fa b \r\n")), "a b");
    assert_span(span_trim(S("  \t")), "");
    assert_int_equal(span_trim(S(" \0 ")).n, 1);
}

static void cuts_at_first_separator(void **state)
{
    struct span before;
    struct span after;

    (void)state;
    assert_true(span_cut(S("a=b=c"), '=', &before, &after));
    assert_span(before, "a");
    assert_span(after, "b=c");
    assert_true(span_cut(S("="), '=', &before, &after));
    assert_span(before, "");
    assert_span(after, "");
    assert_false(span_cut(S("abc"), '=', &before, &after));
    assert_span(before, "abc");
    assert_int_equal(after.n, 0);
    assert_false(span_cut(null_span, '=', &before, &after));
}

static size_t pieces_of(struct span text)
{
    struct span piece;
    size_t count = 0;

    while (span_next(&text, ',', &piece))
        count++;
    return count;
}

static void counts_pieces_as_promised(void **state)
{
    struct span rest = S("a,,b");
    struct span piece;

    (void)state;
    assert_int_equal(pieces_of(S("a,,b")), 3);
    assert_int_equal(pieces_of(S("a,")), 2);
    assert_int_equal(pieces_of(S("")), 1);
    assert_int_equal(pieces_of(S(",")), 2);
    assert_int_equal(pieces_of(null_span), 0);
    assert_true(span_next(&rest, ',', &piece));
    assert_span(piece, "a");
    assert_true(span_next(&rest, ',', &piece));
    assert_span(piece, "");
    assert_true(span_next(&rest, ',', &piece));
    assert_span(piece, "b");
    assert_false(span_next(&rest, ',', &piece));
}

static void reads_plain_numbers_only(void **state)
{
    uint64_t value = 7;

    (void)state;
    assert_true(span_to_u64(S("0"), 10, &value));
    assert_int_equal(value, 0);
    assert_true(span_to_u64(S("18446744073709551615"), UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    assert_true(span_to_u64(S("0000000000000000000000000010"), 10, &value));
    assert_int_equal(value, 10);
    assert_false(span_to_u64(S("18446744073709551616"), UINT64_MAX, &value));
    assert_false(span_to_u64(S("99999999999999999999"), UINT64_MAX, &value));
    assert_false(span_to_u64(S("11"), 10, &value));
    assert_false(span_to_u64(S(""), 10, &value));
    assert_false(span_to_u64(S("-1"), 10, &value));
    assert_false(span_to_u64(S("+1"), 10, &value));
    assert_false(span_to_u64(S(" 1"), 10, &value));
    assert_false(span_to_u64(S("1\0"), 10, &value));
    assert_false(span_to_u64(S("0x1"), 10, &value));
    assert_int_equal(value, 10); /* untouched by what failed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_and_empty_are_equal),
        cmocka_unit_test(cuts_stay_inside),
        cmocka_unit_test(compares_bytes),
        cmocka_unit_test(finds),
        cmocka_unit_test(trims),
        cmocka_unit_test(cuts_at_first_separator),
        cmocka_unit_test(counts_pieces_as_promised),
        cmocka_unit_test(reads_plain_numbers_only),
    };

    return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
