/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The .ini reader: lines at fault first, then blanks, comments and sections, then places to the character.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/ini.h"
#include "base/rc.h"

static struct ini_reader reader;
static struct ini_entry entry;

static void begin(struct span source)
{
    memset(&entry, 0xA5, sizeof entry); /* nothing may lean on what was in it before */
    ini_begin(&reader, source);
}

static void expect(uint32_t line, const char *section, const char *key, const char *value)
{
    assert_true(ini_next(&reader, &entry));
    assert_int_equal(entry.fault, INI_FINE);
    assert_int_equal(entry.line, line);
    assert_true(span_eq(entry.section, span_of(section)));
    assert_true(span_eq(entry.key, span_of(key)));
    assert_true(span_eq(entry.value, span_of(value)));
}

static void expect_fault(enum ini_fault fault, uint32_t line, uint32_t column)
{
    assert_true(ini_next(&reader, &entry));
    assert_int_equal(entry.fault, fault);
    assert_int_equal(entry.line, line);
    assert_int_equal(entry.key_column, column);
    assert_int_equal(entry.key.n, 0);
    assert_int_equal(entry.value.n, 0);
}

static void expect_end(void)
{
    assert_false(ini_next(&reader, &entry));
    assert_false(ini_next(&reader, &entry));
}

static void nothing_at_all(void **state)
{
    static const struct span sources[] = {{NULL, 0},         SPAN_INIT(""),
                                          SPAN_INIT("\n\n"), SPAN_INIT("\r\n \t\r\n"),
                                          SPAN_INIT("[a]"),  SPAN_INIT("\xEF\xBB\xBF; only a comment\r\n# and one")};

    (void)state;
    for (size_t i = 0; i < COUNT(sources); i++) {
        begin(sources[i]);
        expect_end();
    }
}

static void lines_at_fault(void **state)
{
    (void)state;
    begin(S("name\n  = x\n\xC3\xB1 = 1\n=\n]\nend = 1"));
    expect_fault(INI_NO_EQUALS, 1, 1);
    expect_fault(INI_NO_KEY, 2, 3);
    expect(3, "", "ñ", "1");
    expect_fault(INI_NO_KEY, 4, 1);
    expect_fault(INI_NO_EQUALS, 5, 1);
    expect(6, "", "end", "1");
    expect_end();
}

static void sections_at_fault(void **state)
{
    (void)state;
    begin(S("[one]\n[two\na = 1\n[three] x\nb = 2\n[]\nc = 3\n [ \n[a]]\n[\n[x = 1\n"));
    expect_fault(INI_BAD_SECTION, 2, 1);
    expect(3, "two", "a", "1"); /* the section that was meant */
    expect_fault(INI_BAD_SECTION, 4, 1);
    expect(5, "three", "b", "2");
    expect_fault(INI_BAD_SECTION, 6, 1);
    expect(7, "", "c", "3");
    expect_fault(INI_BAD_SECTION, 8, 2);
    expect_fault(INI_BAD_SECTION, 9, 1);
    expect_fault(INI_BAD_SECTION, 10, 1);
    expect_fault(INI_BAD_SECTION, 11, 1);
    expect_end();
}

static void bytes_are_not_judged(void **state)
{
    (void)state;
    begin(S("a\0b = c\0d\nx = \xFF\ry\n"));
    assert_true(ini_next(&reader, &entry));
    assert_true(span_eq(entry.key, S("a\0b")));
    assert_true(span_eq(entry.value, S("c\0d")));
    expect(2, "", "x", "\xFF\ry");
    expect_end();
}

static void reads_a_campaign(void **state)
{
    (void)state;
    begin(S(
        "\xEF\xBB\xBF; ours\r\n[campaign]\r\nname = Bayside Educators United\r\n"
        "tagline=Our students. | Our schools.\r\n\r\n [ employer ] \r\n  # indented\r\n\tname\t=\tA = B ; # c\r\nempty =\r\n"
        "name = again"));
    expect(3, "campaign", "name", "Bayside Educators United");
    assert_int_equal(entry.key_column, 1);
    assert_int_equal(entry.value_column, 8);
    expect(4, "campaign", "tagline", "Our students. | Our schools.");
    assert_int_equal(entry.value_column, 9);
    expect(8, "employer", "name", "A = B ; # c"); /* a value ends with its line and with nothing else */
    assert_int_equal(entry.key_column, 2);
    assert_int_equal(entry.value_column, 9);
    expect(9, "employer", "empty", "");
    assert_int_equal(entry.value_column, 8);
    expect(10, "employer", "name", "again"); /* a repeated key is for the caller to see */
    expect_end();
}

static void columns_are_characters(void **state)
{
    (void)state;
    begin(S("\xEF\xBB\xBF"
            "año = sí\n\xFF\xFE = x"));
    expect(1, "", "año", "sí");
    assert_int_equal(entry.key_column, 1);
    assert_int_equal(entry.value_column, 7);
    expect(2, "", "\xFF\xFE", "x");
    assert_int_equal(entry.value_column, 6);
}

static void everything_borrows(void **state)
{
    struct span source = S("[s]\nk = v");

    (void)state;
    begin(source);
    expect(2, "s", "k", "v");
    assert_ptr_equal(entry.section.p, source.p + 1);
    assert_ptr_equal(entry.key.p, source.p + 4);
    assert_ptr_equal(entry.value.p, source.p + 8);
}

/* As in the CSV tests: what takes more than linear time does not end within the runner's minute. */
static void large_files(void **state)
{
    static const char *const patterns[] = {"[", "=", " ", "a", "a=b\n", "[]\n", "\n", "\xC3", ";\n", "k = v "};
    size_t size = 1024 * 1024;
    char *bytes = malloc(size);

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < COUNT(patterns); i++) {
        uint32_t line = 0;

        for (size_t at = 0; at < size; at++)
            bytes[at] = patterns[i][at % strlen(patterns[i])];
        begin((struct span){bytes, size});
        while (ini_next(&reader, &entry)) {
            assert_true(entry.line > line);
            line = entry.line;
        }
    }
    free(bytes);
}

static void sections_alone(void **state)
{
    (void)state;
    begin(S("\xEF\xBB\xBF"
            "a = 1\n  [ one ]\n[two\n; [three]\nk = [four]\n[]\n[five] x\n\t[sé is]"));
    assert_true(ini_next_section(&reader, &entry));
    assert_true(span_eq(entry.section, S("one")));
    assert_int_equal(entry.line, 2);
    assert_int_equal(entry.key_column, 5);
    assert_int_equal(entry.fault, INI_FINE);
    assert_int_equal(entry.key.n + entry.value.n, 0);
    assert_true(ini_next_section(&reader, &entry));
    assert_true(span_eq(entry.section, S("sé is")));
    assert_int_equal(entry.line, 8);
    assert_int_equal(entry.key_column, 3);
    assert_false(ini_next_section(&reader, &entry));
    begin(S("[a]\nk = v"));
    assert_true(ini_next_section(&reader, &entry));
    expect(2, "a", "k", "v");
    expect_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_at_all),     cmocka_unit_test(lines_at_fault),
        cmocka_unit_test(sections_at_fault),  cmocka_unit_test(bytes_are_not_judged),
        cmocka_unit_test(reads_a_campaign),   cmocka_unit_test(columns_are_characters),
        cmocka_unit_test(everything_borrows), cmocka_unit_test(large_files),
        cmocka_unit_test(sections_alone),
    };

    return cmocka_run_group_tests_name("ini", tests, NULL, NULL);
}
