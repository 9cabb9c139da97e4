/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * CSV: files that are broken first, then what RFC 4180 allows, then places to the character.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/csv.h"

struct fixture {
    struct arena *arena;
    struct csv_reader reader;
    struct csv_row row;
};

static int open_fixture(void **state)
{
    static struct fixture f;

    f = (struct fixture){.arena = arena_open(256 * 1024 * 1024)};
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;

    arena_close(&f->arena);
    return 0;
}

static void begin(struct fixture *f, struct span source)
{
    memset(&f->row, 0xA5, sizeof f->row); /* nothing may lean on what was in it before */
    csv_begin(&f->reader, source);
}

static bool next(struct fixture *f)
{
    return csv_next(&f->reader, f->arena, &f->row);
}

/* The next row is sound and has these fields, joined by `|`. */
static void expect_row(struct fixture *f, uint32_t line, const char *joined)
{
    struct span rest = span_of(joined);
    struct span want;
    size_t i = 0;

    assert_true(next(f));
    assert_int_equal(f->row.fault, CSV_FINE);
    assert_int_equal(f->row.line, line);
    while (span_next(&rest, '|', &want)) {
        assert_true(i < f->row.count);
        assert_true(span_eq(f->row.fields[i++].text, want));
    }
    assert_int_equal(f->row.count, i);
}

static void expect_fault(struct fixture *f, enum csv_fault fault, uint32_t line, uint32_t column)
{
    assert_true(next(f));
    assert_int_equal(f->row.fault, fault);
    assert_int_equal(f->row.fault_line, line);
    assert_int_equal(f->row.fault_column, column);
}

static void expect_end(struct fixture *f)
{
    assert_false(next(f));
    assert_false(next(f)); /* and it stays the end */
}

static void nothing_at_all(void **state)
{
    struct fixture *f = *state;
    static const struct span sources[] = {{NULL, 0},
                                          SPAN_INIT(""),
                                          SPAN_INIT("\n"),
                                          SPAN_INIT("\r\n\n\r\n"),
                                          SPAN_INIT("\xEF\xBB\xBF"),
                                          SPAN_INIT("\xEF\xBB\xBF\r\n")};

    for (size_t i = 0; i < COUNT(sources); i++) {
        begin(f, sources[i]);
        expect_end(f);
    }
}

static void quote_that_never_ends(void **state)
{
    struct fixture *f = *state;

    begin(f, S("a,b\nc, d,\"open\ne,f\n\ng"));
    expect_row(f, 1, "a|b");
    expect_fault(f, CSV_QUOTE_OPEN, 2, 6);
    expect_end(f);
    begin(f, S("\""));
    expect_fault(f, CSV_QUOTE_OPEN, 1, 1);
    expect_end(f);
    begin(f, S("\"a\"\"")); /* ends in a doubled quote, so it is open still */
    expect_fault(f, CSV_QUOTE_OPEN, 1, 1);
    expect_end(f);
}

static void quotes_in_wrong_places(void **state)
{
    struct fixture *f = *state;

    begin(f, S("a,b\"c\nnext\n\"x\"y,z\n\"m\nn\" ,o\nlast"));
    expect_fault(f, CSV_QUOTE_INSIDE, 1, 4);
    expect_row(f, 2, "next");
    expect_fault(f, CSV_QUOTE_INSIDE, 3, 4);
    expect_fault(f, CSV_QUOTE_INSIDE, 5, 3); /* the field began in line 4 */
    expect_row(f, 6, "last");
    expect_end(f);
    begin(f, S("a, \"b\"")); /* a blank before a quote makes an unquoted field */
    expect_fault(f, CSV_QUOTE_INSIDE, 1, 4);
    expect_end(f);
    begin(f, S("\"a\"\rb")); /* a CR by itself ends no row */
    expect_fault(f, CSV_QUOTE_INSIDE, 1, 4);
    expect_end(f);
}

static void too_many_fields(void **state)
{
    struct fixture *f = *state;
    struct buf *b = buf_new(f->arena, 10000);

    for (int i = 0; i < CSV_FIELDS_MAX - 1; i++)
        buf_put(b, S("x,"));
    buf_put(b, S("y\n"));
    for (int i = 0; i < CSV_FIELDS_MAX; i++)
        buf_put(b, S("x,"));
    buf_put(b, S("one too many\nz"));
    begin(f, buf_span(b));
    assert_true(next(f));
    assert_int_equal(f->row.fault, CSV_FINE);
    assert_int_equal(f->row.count, CSV_FIELDS_MAX);
    assert_true(span_eq(f->row.fields[CSV_FIELDS_MAX - 1].text, S("y")));
    expect_fault(f, CSV_TOO_WIDE, 2, 2 * CSV_FIELDS_MAX + 1);
    expect_row(f, 3, "z");
    expect_end(f);
}

static void ragged_rows_are_rows(void **state)
{
    struct fixture *f = *state;

    begin(f, S("key,value,unit\na\nb,1,2,3,4\n,\n   \n"));
    expect_row(f, 1, "key|value|unit");
    expect_row(f, 2, "a");
    expect_row(f, 3, "b|1|2|3|4");
    expect_row(f, 4, "|");
    expect_row(f, 5, "   ");
    expect_end(f);
}

static void line_ends_of_both_kinds(void **state)
{
    struct fixture *f = *state;

    begin(f, S("\xEF\xBB\xBF"
               "a,b\r\n\r\n\nc,\"d\"\r\ne,\r\nf\rg\n\r"));
    expect_row(f, 1, "a|b");
    assert_int_equal(f->row.fields[0].column, 1);
    expect_row(f, 4, "c|d");
    expect_row(f, 5, "e|");
    expect_row(f, 6, "f\rg");
    expect_row(f, 7, "\r");
    expect_end(f);
    begin(f, S("a\n\xEF\xBB\xBF"
               "b")); /* only the first is a mark */
    expect_row(f, 1, "a");
    expect_row(f, 2,
               "\xEF\xBB\xBF"
               "b");
}

static void quoted_fields_hold_anything(void **state)
{
    struct fixture *f = *state;

    begin(f, S("\"a,\"\"b\"\"\r\nc\",\"\",\"\"\"\"\n\"one\ntwo\",x"));
    expect_row(f, 1, "a,\"b\"\r\nc||\"");
    expect_row(f, 3, "one\ntwo|x");
    expect_end(f);
    begin(f, S("\"\"")); /* one empty field is not an empty line */
    expect_row(f, 1, "");
    expect_end(f);
}

static void bytes_are_not_judged(void **state)
{
    struct fixture *f = *state;

    begin(f, S("a\0b,\"\0\"\n\xFF\xFE,\xC3\n"));
    assert_true(next(f));
    assert_true(span_eq(f->row.fields[0].text, S("a\0b")));
    assert_true(span_eq(f->row.fields[1].text, S("\0")));
    assert_true(next(f));
    assert_int_equal(f->row.fields[1].column, 4); /* a wrong byte counts as one character */
    assert_true(span_eq(f->row.fields[1].text, S("\xC3")));
    expect_end(f);
}

static void places_in_characters(void **state)
{
    struct fixture *f = *state;
    struct span source = S("niñez,\"sí,\nseñor\",ok\n,\"x\"");

    begin(f, source);
    assert_true(next(f));
    assert_int_equal(f->row.count, 3);
    assert_int_equal(f->row.fields[1].line, 1);
    assert_int_equal(f->row.fields[1].column, 7);
    assert_int_equal(f->row.fields[2].line, 2);
    assert_int_equal(f->row.fields[2].column, 8);
    assert_ptr_equal(f->row.fields[0].text.p, source.p); /* borrowed, not copied */
    assert_true(next(f));
    assert_int_equal(f->row.line, 3);
    assert_int_equal(f->row.fields[0].column, 1);
    assert_int_equal(f->row.fields[1].column, 2);
    assert_int_equal(f->row.fields[1].line, 3);
    expect_end(f);
}

/* The unkind in bulk. A reader that begins again at anything would need hours here, and the runner ends a test after a
 * minute. Memory stays within a small multiple of the source. */
static void large_files_take_linear_time_and_memory(void **state)
{
    struct fixture *f = *state;
    static const char *const patterns[] = {"\"", "\"\"", "\"\"\"\",", ",", "a,\"\"\"\"\n", "a\"b\n",   "\"\n",
                                           "\n", "\r",   "\xC3",      "a", "\",",          "\"a\"b\n", "\"\"\n"};
    size_t size = 512 * 1024;
    char *bytes = arena_alloc(f->arena, size);

    for (size_t i = 0; i < COUNT(patterns); i++) {
        size_t length = strlen(patterns[i]);
        struct arena *a = arena_open(128 * 1024 * 1024);
        uint32_t line = 0;

        for (size_t at = 0; at < size; at++)
            bytes[at] = patterns[i][at % length];
        csv_begin(&f->reader, (struct span){bytes, size});
        while (csv_next(&f->reader, a, &f->row)) {
            assert_true(f->row.line > line);
            line = f->row.line;
        }
        assert_true(arena_used(a) <= 8 * size + 1024 * 1024);
        arena_close(&a);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_at_all),
        TEST(quote_that_never_ends),
        TEST(quotes_in_wrong_places),
        TEST(too_many_fields),
        TEST(ragged_rows_are_rows),
        TEST(line_ends_of_both_kinds),
        TEST(quoted_fields_hold_anything),
        TEST(bytes_are_not_judged),
        TEST(places_in_characters),
        TEST(large_files_take_linear_time_and_memory),
    };

    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
