/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * UTF-8: every code point there and back, every way to be wrong, and the alphabet of our word lists.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"

static bool is_valid(struct span s)
{
    return utf8_first_fault(s) == SPAN_NONE;
}

static void every_code_point_comes_back(void **state)
{
    struct arena *a = arena_open(16 * 1024 * 1024);
    struct buf b;

    (void)state;
    buf_init(&b, a, 4);
    for (uint32_t c = 1; c <= 0x10FFFF; c++) {
        struct span s;
        uint32_t back = 0;

        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        b.n = 0;
        buf_utf8(&b, c);
        s = buf_span(&b);
        assert_true(is_valid(s));
        assert_true(utf8_next(&s, &back));
        assert_int_equal(back, c);
        assert_int_equal(s.n, 0);
    }
    arena_close(&a);
}

/* Every pair of bytes, with a third from each class, is judged as a plain reading of RFC 3629's grammar judges it. */
static bool grammar_allows(const uint8_t *p, size_t n)
{
    if (n == 1)
        return p[0] >= 1 && p[0] <= 0x7F;
    if (n == 2)
        return p[0] >= 0xC2 && p[0] <= 0xDF && p[1] >= 0x80 && p[1] <= 0xBF;
    if (p[1] < 0x80 || p[1] > 0xBF || p[2] < 0x80 || p[2] > 0xBF)
        return false;
    return (p[0] == 0xE0 && p[1] >= 0xA0) || (p[0] >= 0xE1 && p[0] <= 0xEC) || (p[0] == 0xED && p[1] <= 0x9F) ||
           p[0] == 0xEE || p[0] == 0xEF;
}

static void all_short_byte_strings(void **state)
{
    static const uint8_t thirds[] = {0x00, 0x01, 0x7F, 0x80, 0x9F, 0xBF, 0xC0, 0xFF};

    (void)state;
    for (uint32_t i = 0; i < 0x10000 * COUNT(thirds); i++) {
        uint8_t p[3] = {(uint8_t)(i >> 11), (uint8_t)(i >> 3), thirds[i & 7]};
        bool whole = grammar_allows(p, 3);
        bool parts = (grammar_allows(p, 1) || grammar_allows(p, 2)) &&
                     (grammar_allows(p, 1)
                          ? (grammar_allows(p + 1, 2) || (grammar_allows(p + 1, 1) && grammar_allows(p + 2, 1)))
                          : grammar_allows(p + 2, 1));

        if (is_valid((struct span){(const char *)p, 3}) != (whole || parts))
            fail_msg("%02x %02x %02x", p[0], p[1], p[2]);
    }
}

static void faults_are_found_where_they_are(void **state)
{
    (void)state;
    assert_true(is_valid(S("")));
    assert_true(is_valid((struct span){NULL, 0}));
    assert_true(is_valid(S("Niñez – “sí” 🙂")));
    assert_int_equal(utf8_first_fault(S("ab\0c")), 2);
    assert_int_equal(utf8_first_fault(S("é\xC3")), 2);
    assert_int_equal(utf8_first_fault(S("a\xC0\xAF")), 1);         /* overlong / */
    assert_int_equal(utf8_first_fault(S("a\xE0\x80\xAF")), 1);     /* overlong in three */
    assert_int_equal(utf8_first_fault(S("a\xF0\x80\x80\xAF")), 1); /* overlong in four */
    assert_int_equal(utf8_first_fault(S("\xED\xA0\x80")), 0);      /* a surrogate */
    assert_int_equal(utf8_first_fault(S("\xF4\x90\x80\x80")), 0);  /* past U+10FFFF */
    assert_int_equal(utf8_first_fault(S("\xF5\x80\x80\x80")), 0);
    assert_int_equal(utf8_first_fault(S("\xF8\x88\x80\x80\x80")), 0);
    assert_int_equal(utf8_first_fault(S("caf\xE9 con leche")), 3); /* Latin-1 */
    assert_int_equal(utf8_first_fault(S("\xFF\xFEh\0")), 0);       /* UTF-16 */
}

static void a_wrong_byte_is_one_replacement(void **state)
{
    struct span s = S("\xE2\x82x");
    uint32_t c = 0;

    (void)state;
    assert_true(utf8_next(&s, &c));
    assert_int_equal(c, 0xFFFD);
    assert_int_equal(s.n, 2);
    assert_true(utf8_next(&s, &c));
    assert_int_equal(c, 0xFFFD);
    assert_true(utf8_next(&s, &c));
    assert_int_equal(c, 'x');
    assert_false(utf8_next(&s, &c));
}

static void counts_characters(void **state)
{
    (void)state;
    assert_int_equal(utf8_count((struct span){NULL, 0}), 0);
    assert_int_equal(utf8_count(S("Niñez")), 5);
    assert_int_equal(utf8_count(S("🙂🙂")), 2);
    assert_int_equal(utf8_count(S("e\xCC\x81")), 2); /* an accent that combines is a character of its own */
    assert_int_equal(utf8_count(S("\xFF\xFF\xFF")), 3);
    assert_int_equal(utf8_count(S("a\0b")), 3);
}

static void knows_words(void **state)
{
    static const uint32_t not [] = {0,    ' ',  '-',  '\'', '_',  '/',    ':',   '@',   '[',    '`',       '{',
                                    0xA0, 0xA1, 0xBF, 0xD7, 0xF7, 0x2019, 0x180, 0x3B1, 0xFFFD, UINT32_MAX};
    struct span words = S("azAZ09ÀÿñÑßªºĀſ");
    uint32_t c;

    (void)state;
    while (utf8_next(&words, &c))
        assert_true(utf8_is_word(c));
    for (size_t i = 0; i < COUNT(not ); i++)
        assert_false(utf8_is_word(not [i]));
}

static void folds(struct span from, struct span to, uint32_t (*fold)(uint32_t))
{
    uint32_t c = 0;
    uint32_t want = 0;

    while (utf8_next(&from, &c)) {
        assert_true(utf8_next(&to, &want));
        assert_int_equal(fold(c), want);
    }
    assert_int_equal(to.n, 0);
}

static void lowers(void **state)
{
    (void)state;
    folds(S("AZ@[ÀÞ×ßÑÜĀāĲĳĶķĸĹĺŇňŉŊŋŶŷŸŹźŽžſΑ"), S("az@[àþ×ßñüāāĳĳķķĸĺĺňňŉŋŋŷŷÿźźžžſΑ"), utf8_lower);
    for (uint32_t c = 0; c < 0x250; c++) {
        assert_int_equal(utf8_lower(utf8_lower(c)), utf8_lower(c));
        assert_int_equal(utf8_is_word(utf8_lower(c)), utf8_is_word(c));
    }
}

static void takes_accents_off(void **state)
{
    (void)state;
    folds(S("áéíóúüñÁÉÍÓÚÜÑçžřőaZ9øßæ¿×Ÿŷĸ"), S("aeiouunAEIOUUNczroaZ9øßæ¿×Yyĸ"), utf8_without_accent);
    for (uint32_t c = 0; c < 0x250; c++) /* either order of the two foldings ends at the same letter */
        assert_int_equal(utf8_lower(utf8_without_accent(c)), utf8_without_accent(utf8_lower(c)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_comes_back),
        cmocka_unit_test(all_short_byte_strings),
        cmocka_unit_test(faults_are_found_where_they_are),
        cmocka_unit_test(a_wrong_byte_is_one_replacement),
        cmocka_unit_test(counts_characters),
        cmocka_unit_test(knows_words),
        cmocka_unit_test(lowers),
        cmocka_unit_test(takes_accents_off),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
