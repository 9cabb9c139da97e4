/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Numbers and words as people write them, in both languages: text in, what the checks see out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "prose/scan.h"

struct row {
    const char *text;
    const char
        *numbers; /* BOUND VALUE FLAGS {as written}, parted by blanks; % percent, ? perhaps an article, w in words */
};

static const char *const bound_marks[] = {
    [BOUND_EXACT] = "",  [BOUND_OVER] = ">",  [BOUND_AT_LEAST] = ">=", [BOUND_NEARLY] = "<~",
    [BOUND_ABOUT] = "~", [BOUND_UNDER] = "<", [BOUND_UP_TO] = "<=",    [BOUND_VAGUE] = "..",
};

static const struct row english[] = {
    {"no number at all", ""},
    {"1,700 of us", "1700{1,700}"},
    {"1,2,3", ""},
    {"12,34", "12.34{12,34}"}, /* a decimal comma */
    {"1.5 and 1.500", "1.5{1.5} 1.5{1.500}"},
    {"12,345,678", "12345678{12,345,678}"},
    {"999999999999 9999999999999", "999999999999{999999999999}"},
    {"0,123", "0.123{0,123}"},
    {"1’700 1\u00a0700 1\u202f700", "1700{1’700} 1700{1\u00a0700} 1700{1\u202f700}"},
    {"1 700", "1{1} 700{700}"},
    {"2.5 million", "2500000{2.5 million}"},
    {"5 thousand, 2 dozen", "5000{5 thousand} 24{2 dozen}"},
    {"12th 4b b4 3x", ""},
    {"50% 50 % 50 percent", "50%{50} 50{50} 50%{50}"},
    {"over 100, More than 100", ">100{100} >100{100}"},
    {"no more than 100 but no fewer than 90", "<=100{100} >=90{90}"},
    {"just under 90", "<~90{90}"},
    {"It is over. 90 came", "90{90}"},
    {"90 or more, 90 or so, 90+", ">=90{90} ~90{90} >=90{90}"},
    {"a minimum of 90", ">=90{90}"},
    {"one", "1?w{one}"},
    {"two three", "2w{two} 3w{three}"},
    {"forty-six, forty six", "46w{forty-six} 46w{forty six}"},
    {"six seven", "6w{six} 7w{seven}"},
    {"one hundred and forty-six", "146w{one hundred and forty-six}"},
    {"two hundred and counting", "200w{two hundred}"},
    {"twenty and forty", "20w{twenty} 40w{forty}"},
    {"one thousand seven hundred", "1700w{one thousand seven hundred}"},
    {"seventeen hundred", "1700w{seventeen hundred}"},
    {"two million three hundred thousand and five", "2300005w{two million three hundred thousand and five}"},
    {"a hundred, a thousand, a dozen, half a dozen", "100w{a hundred} 1000w{a thousand} 12w{a dozen}"},
    {"a school, a total of hundred", ""},
    {"twenty a hundred", "20w{twenty} 100w{a hundred}"},
    {"over a hundred", ">100w{a hundred}"},
    {"dozens and hundreds and thousands", "..24w{dozens} ..200w{hundreds} ..2000w{thousands}"},
    {"million dollar", ""},
    {"Eleven. Twelve", "11w{Eleven} 12w{Twelve}"},
    {"mil, cien, doscientos", ""},
};

static const struct row spanish[] = {
    {"ningún número", ""},
    {"1.700 y 1,700 y 1 700", "1700{1.700} 1700{1,700} 1700{1 700}"},
    {"1 700 000", "1700000{1 700 000}"},
    {"1 70, 1 7000, 2026 146", "1{1} 70{70} 1{1} 7000{7000} 2026{2026} 146{146}"},
    {"0,92 y 0.92", "0.92{0,92} 0.92{0.92}"},
    {"2,5 millones", "2500000{2,5 millones}"},
    {"92 por ciento, 92 por cien, 92 por escuela", "92%{92} 92%{92} 92{92}"},
    {"ciento", "100w{ciento}"},
    {"más de 100, mas de 100, no más de 100", ">100{100} >100{100} <=100{100}"},
    {"al menos 100, como mínimo 100, 100 o más", ">=100{100} >=100{100} >=100{100}"},
    {"casi 100, poco menos de 100, menos de 100", "<~100{100} <~100{100} <100{100}"},
    {"unos 100, unas 100, 100 más o menos", "~100{100} ~100{100} ~100{100}"},
    {"hasta 100, 100 o menos", "<=100{100} <=100{100}"},
    {"una escuela, un año, uno", "1?w{una} 1?w{un} 1?w{uno}"},
    {"veintidós, treinta y uno, treinta y dos", "22w{veintidós} 30w{treinta} 1?w{uno} 32w{treinta y dos}"},
    {"ciento cuarenta y seis", "146w{ciento cuarenta y seis}"},
    {"mil setecientos", "1700w{mil setecientos}"},
    {"dos mil veintiséis", "2026w{dos mil veintiséis}"},
    {"un millón doscientos mil", "1200000w{un millón doscientos mil}"},
    {"dos docenas, docena", "24w{dos docenas}"},
    {"decenas, cientos, miles", "..20w{decenas} ..200w{cientos} ..2000w{miles}"},
    {"Dieciséis maestras", "16w{Dieciséis}"},
    {"over, hundred, twelve", ""},
};

static void put_number(struct buf *out, const struct scan *s, const struct number *n)
{
    uint64_t part = (uint64_t)n->value.millionths % 1000000;

    if (out->n)
        buf_char(out, ' ');
    buf_printf(out, "%s%lld", bound_marks[n->bound], (long long)(n->value.millionths / 1000000));
    if (part) {
        unsigned digits = 6;

        for (; part % 10 == 0; digits--)
            part /= 10;
        buf_printf(out, ".%0*llu", (int)digits, (unsigned long long)part);
    }
    buf_printf(out, "%s%s%s{%.*s}", n->is_percent ? "%" : "", n->is_weak ? "?" : "", n->is_words ? "w" : "",
               SPAN_ARGS(span_sub(s->text, n->at, n->n)));
}

static void run(const struct row *rows, size_t count, enum lang lang)
{
    size_t wrong = 0;

    for (size_t r = 0; r < count; r++) {
        struct arena *a = arena_open(1 << 20);
        struct scan s = scan_text(a, span_of(rows[r].text), lang);
        struct buf out;
        struct number n;

        buf_init(&out, a, 4096);
        for (size_t i = 0; i < s.count; i++) {
            if (scan_number_at(&s, i, &n)) {
                put_number(&out, &s, &n);
                i = n.after_token - 1;
            }
        }
        if (!span_eq(buf_span(&out), span_of(rows[r].numbers))) {
            print_error("“%s”: wanted %s, got %.*s\n", rows[r].text, rows[r].numbers, SPAN_ARGS(buf_span(&out)));
            wrong++;
        }
        arena_close(&a);
    }
    assert_int_equal(wrong, 0);
}

static void english_numbers(void **state)
{
    (void)state;
    run(english, COUNT(english), LANG_EN);
}

static void spanish_numbers(void **state)
{
    (void)state;
    run(spanish, COUNT(spanish), LANG_ES);
}

/* ---- tokens ---- */

static void expect_tokens(const char *text, const char *joined)
{
    struct arena *a = arena_open(1 << 20);
    struct scan s = scan_text(a, span_of(text), LANG_EN);
    struct buf out;

    buf_init(&out, a, 4096);
    for (size_t i = 0; i < s.count; i++) {
        assert_true(s.tokens[i].lower.n <= s.text.n - s.tokens[i].at);
        buf_printf(&out, "%s%s%.*s", i ? " " : "", s.tokens[i].begins_sentence ? "^" : "",
                   SPAN_ARGS(s.tokens[i].lower));
    }
    assert_string_equal(arena_cstr(a, buf_span(&out)), joined);
    arena_close(&a);
}

static void text_becomes_tokens(void **state)
{
    (void)state;
    expect_tokens("", "");
    expect_tokens("One. Two! three? four… Five", "^one ^two ^three ^four ^five");
    expect_tokens("At 7 a.m. we met", "^at 7 a.m ^we met");
    expect_tokens("ÁÉÑ Straße İ", "^áéñ straße İ"); /* a letter whose small form is longer stays */
    expect_tokens("§ 8(a)(1)", "^§ 8 a 1");
    expect_tokens("1,700.", "^1,700");
    expect_tokens("well-known, “quoted”", "^well known quoted");
}

static void phrases_are_whole_words(void **state)
{
    struct arena *a = arena_open(1 << 20);
    struct scan s = scan_text(a, S("Last week. Week last weekly last week"), LANG_EN);

    (void)state;
    assert_int_equal(scan_phrase_at(&s, 0, S("last week")), 2);
    assert_int_equal(scan_phrase_at(&s, 1, S("week week")), 0); /* over the end of a sentence */
    assert_int_equal(scan_phrase_at(&s, 3, S("last week")), 0);
    assert_int_equal(scan_phrase_at(&s, 5, S("last week")), 2);
    assert_int_equal(scan_phrase_at(&s, 6, S("week last")), 0); /* over the end */
    assert_int_equal(scan_byte_before(&s, 0), 0);
    assert_int_equal(scan_byte_after(&s, 1), '.');
    assert_int_equal(scan_byte_after(&s, 6), 0);
    arena_close(&a);
}

/* Each entry is written as the scanner gives it: lower case, words parted by one blank. One that is not can never match. */
static void lists_can_match(void **state)
{
    static const enum lang langs[] = {LANG_EN, LANG_ES};

    (void)state;
    for (size_t l = 0; l < COUNT(langs); l++) {
        const struct words_of *w = words_for(langs[l]);
        const struct word_list *lists[] = {&w->relative_dates,     &w->ago_before,  &w->ago_between,
                                           &w->ago_units,          &w->ago_after,   &w->weekday_before,
                                           &w->weekdays,           &w->months,      &w->link_texts,
                                           &w->not_a_count_before, &w->clock_after, &w->clock_before};

        for (size_t k = 0; k < COUNT(lists); k++) {
            for (size_t i = 0; i < lists[k]->count; i++) {
                struct arena *a = arena_open(1 << 20);
                struct scan s = scan_text(a, lists[k]->items[i], langs[l]);

                if (s.count == 0 || scan_phrase_at(&s, 0, lists[k]->items[i]) != s.count)
                    fail_msg("“%.*s” can never match", SPAN_ARGS(lists[k]->items[i]));
                arena_close(&a);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(english_numbers),     cmocka_unit_test(spanish_numbers),
        cmocka_unit_test(text_becomes_tokens), cmocka_unit_test(phrases_are_whole_words),
        cmocka_unit_test(lists_can_match),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
