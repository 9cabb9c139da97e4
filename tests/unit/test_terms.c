/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Words and queries: what a word is, which forms meet, what a phrase is, and that nothing anybody types breaks it. Marks
 * never change a text, whatever is searched in whatever bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"
#include "terms/query.h"

enum { MEMORY = 256 * 1024 * 1024, ROUNDS = 20000 };

static struct arena *world;
static struct terms *terms;

static int open_world(void **state)
{
    (void)state;
    world = arena_open(MEMORY);
    terms = terms_open();
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    terms_close(&terms);
    arena_close(&world);
    return 0;
}

static const char *folded(struct span text)
{
    struct buf *b = buf_new(world, 1 << 20);

    query_fold(b, text);
    return arena_cstr(world, buf_span(b));
}

static bool finds(const char *typed, enum lang lang, const char *text)
{
    struct query query;
    struct buf *fold = buf_new(world, 1 << 20);

    assert_int_equal(query_parse(terms, world, lang, span_of(typed), &query), QUERY_FINE);
    query_fold(fold, span_of(text));
    return query_is_in(&query, lang, buf_span(fold), query_forms(terms, world, lang, span_of(text)));
}

static enum query_fault parse(struct span typed)
{
    struct query query;

    return query_parse(terms, world, LANG_EN, typed, &query);
}

/* The text with its marks in brackets. */
static const char *marked(const char *typed, enum lang lang, const char *text)
{
    struct query query;
    struct query_marks marks;
    struct buf *b = buf_new(world, 1 << 20);
    struct span s = span_of(text);
    size_t at = 0;

    assert_int_equal(query_parse(terms, world, lang, span_of(typed), &query), QUERY_FINE);
    query_mark(terms, world, &query, lang, s, &marks);
    for (size_t i = 0; i < marks.list.count; i++) {
        const struct query_mark *m = &marks.list.items[i];

        buf_put(b, span_sub(s, at, m->at - at));
        buf_char(b, '[');
        buf_put(b, span_sub(s, m->at, m->n));
        buf_char(b, ']');
        at = m->at + m->n;
    }
    buf_put(b, span_from(s, at));
    return arena_cstr(world, buf_span(b));
}

/* ---- words ---- */

static void words_are_folded(void **state)
{
    static const struct {
        const char *text;
        const char *wanted;
    } rows[] = {
        {"", " "},
        {"Sindicalización ÑANDÚ", " sindicalizacion nandu "},
        {"Sindicalizacio\xCC\x81n", " sindicalizacion "}, /* the accent a character of its own */
        {"Gov. Code § 3543.1(b)", " gov code 3543 1 b "},
        {"co-op, e-mail", " co op e mail "},
        {"don't O’Brien's teachers' 'em", " dont obrien teachers em "},
        {"1,700 of 1,7000, $920,000; 92%", " 1700 of 1 7000 920000 92 "},
        {"soft\xC2\xADly zero\xE2\x80\x8Dwidth", " softly zerowidth "},
        {"Nguyễn Straße Łódź Øre Ærø", " nguyen strasse lodz ore aero "},
        {"ﬁnd № ½ ²", " find "},
        {"Профсоюз ΣΊΣΥΦΟΣ", " профсоюз σισυφοσ "},
        {"漢字かな", " 漢 字 か な "},
        {"one\ntwo  three\n\n\nfour", " one | two three | four "},
        {"\n\none\n", " one "},
        {"a\xFF"
         "b\xC3",
         " a b "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(folded(span_of(rows[i].text)), rows[i].wanted);
}

static void a_word_of_any_length_is_one(void **state)
{
    static char text[100000];
    const char *got;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    got = folded(span_of(text));
    assert_int_equal(strlen(got), TERM_MAX + 2);
    memset(text, 0xCC, sizeof text - 1); /* accents without a letter */
    for (size_t i = 1; i < sizeof text - 1; i += 2)
        text[i] = (char)0x81;
    assert_string_equal(folded(span_of(text)), " ");
}

static void forms_meet(void **state)
{
    static const struct {
        enum lang lang;
        const char *typed;
        const char *text;
        bool wanted;
    } rows[] = {
        {LANG_EN, "teacher", "The TEACHERS met", true},
        {LANG_EN, "teachers'", "a teacher's desk", true},
        {LANG_EN, "signing", "signed", true},
        {LANG_EN, "signing", "signals", false},
        {LANG_ES, "sindicalizacion", "La sindicalización", true},
        {LANG_ES, "SINDICALIZACIÓN", "sindicalizacion", true},
        {LANG_ES, "trabajaría", "trabajarían todos", true},
        {LANG_ES, "trabajaria", "trabajarían todos", true},
        {LANG_ES, "maestras", "maestra", true},
        {LANG_ES, "ano", "año", true},
        {LANG_EN, "3543", "§ 3543.1(b)", true},
        {LANG_EN, "3543.1", "§ 3543.1(b)", true},
        {LANG_EN, "§3543.1(b)", "Code § 3543.1(b)", true},
        {LANG_EN, "3543.2", "§§ 3543.1, 2", false},
        {LANG_EN, "1700", "1,700 educators", true},
        {LANG_EN, "dont", "don’t", true},
        {LANG_EN, "script memo", "the memo is a script", true},
        {LANG_EN, "script memo", "the memo", false},
        {LANG_EN, "can I be fired", "They fired her", true}, /* the rest says nothing */
        {LANG_EN, "to be or not to be", "not here", false},  /* nothing but such words: all of them count */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (finds(rows[i].typed, rows[i].lang, rows[i].text) != rows[i].wanted)
            fail_msg("“%s” in “%s”", rows[i].typed, rows[i].text);
}

static void phrases_stand_as_they_are(void **state)
{
    static const struct {
        const char *typed;
        const char *text;
        bool wanted;
    } rows[] = {
        {"\"smaller classes\"", "Smaller  CLASSES now", true},
        {"\"smaller classes\"", "smaller class", false},
        {"\"smaller classes\"", "classes smaller", false},
        {"\"smaller classes\"", "much smaller. Classes", true},
        {"\"smaller classes\"", "smaller\nclasses", false},
        {"\"smaller\nclasses\"", "smaller classes", true},
        {"“smaller classes”", "smaller classes", true},
        {"«smaller classes»", "smaller classes", true},
        {"\"smaller classes", "smaller classes", true}, /* never closed */
        {"\"smaller classes", "smaller and classes", false},
        {"\"class\"", "classes", false},
        {"\"mall clas\"", "small class", false},
        {"now\"smaller classes\"", "smaller classes now", true},
        {"\"\" class \"\"", "class", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (finds(rows[i].typed, LANG_EN, rows[i].text) != rows[i].wanted)
            fail_msg("“%s” in “%s”", rows[i].typed, rows[i].text);
}

/* ---- what anybody types ---- */

static void faults_have_names(void **state)
{
    static char many[10001];

    (void)state;
    assert_int_equal(parse(S("")), QUERY_EMPTY);
    assert_int_equal(parse((struct span){0}), QUERY_EMPTY);
    assert_int_equal(parse(S(" \t\n \xC2\xA0")), QUERY_EMPTY);
    assert_int_equal(parse(S("§ — ! * ( \" AND")), QUERY_FINE);
    assert_int_equal(parse(S("§ — ! * (")), QUERY_NO_WORDS);
    assert_int_equal(parse(S("\"\"")), QUERY_NO_WORDS);
    assert_int_equal(parse(S("a\0b")), QUERY_UNREADABLE);
    assert_int_equal(parse(S("a\xC3(")), QUERY_UNREADABLE);
    assert_int_equal(parse(S("\xED\xA0\x80")), QUERY_UNREADABLE);
    assert_int_equal(parse(S("a b c d e f g h i j k l")), QUERY_FINE);
    assert_int_equal(parse(S("a b c d e f g h i j k l m")), QUERY_TOO_MANY);
    assert_int_equal(parse(S("a a a a a a a a a a a a a a a a a a")), QUERY_FINE);
    assert_int_equal(parse(S("\"a b c d e f g h i j k l m\"")), QUERY_TOO_MANY);
    memset(many, '"', 10000);
    assert_int_equal(parse(span_of(many)), QUERY_TOO_LONG);
    assert_int_equal(parse((struct span){many, QUERY_CHARS_MAX}), QUERY_NO_WORDS);
    memset(many, 'x', QUERY_CHARS_MAX + 1);
    assert_int_equal(parse((struct span){many, QUERY_CHARS_MAX}), QUERY_FINE);
    assert_int_equal(parse((struct span){many, QUERY_CHARS_MAX + 1}), QUERY_TOO_LONG);
}

/* ---- marks ---- */

static void marks_stand_on_words(void **state)
{
    static const struct {
        enum lang lang;
        const char *typed;
        const char *text;
        const char *wanted;
    } rows[] = {
        {LANG_EN, "teacher", "Teachers’ pay: the teacher's.", "[Teachers]’ pay: the [teacher]'s."},
        {LANG_ES, "sindicalizacion", "La «Sindicalización», sí", "La «[Sindicalización]», sí"},
        {LANG_EN, "\"smaller classes\" classes", "classes, smaller classes; smaller",
         "[classes], [smaller classes]; smaller"},
        {LANG_EN, "\"a b\" \"b c\"", "a b c", "[a b c]"},
        {LANG_EN, "\"a a\"", "a a a", "[a a a]"},
        {LANG_EN, "3543.1", "3543, 3543.1 and 3543.2", "3543, [3543.1] and 3543.2"},
        {LANG_EN, "the memo", "the memo of the day", "the [memo] of the day"},
        {LANG_EN, "\"a b\"", "a\nb", "a\nb"},
        {LANG_EN, "b", "<b>&amp;", "<[b]>&amp;"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(marked(rows[i].typed, rows[i].lang, rows[i].text), rows[i].wanted);
}

static unsigned next_number(unsigned *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 16;
}

static struct span some_text(char *room, size_t most, unsigned *seed)
{
    static const char *const pieces[] = {"a",    "b ",        "A", "\"",    "“",     "”",        " ",   "\n",
                                         "é",    "e\xCC\x81", "'", "’s",    "s",     "classes ", "ing", "\xFF",
                                         "\xC3", "§",         ".", "1,700", "3543.", "-",        "&",   "<mark>",
                                         "漢",   "\xE2\x80",  "ﬃ", "ñ",     "İ",     "\0"};
    size_t n = 0;

    for (unsigned i = next_number(seed) % 24; i > 0; i--) {
        const char *piece = pieces[next_number(seed) % COUNT(pieces)];
        size_t length = piece[0] ? strlen(piece) : 1;

        if (n + length > most)
            break;
        memcpy(room + n, piece, length);
        n += length;
    }
    return (struct span){room, n};
}

/* In order, apart, inside, never through a character, and every part of a query that is found has a mark. */
static void marks_never_change_the_text(void **state)
{
    unsigned seed = 7;

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct arena *a = arena_open(MEMORY);
        char room[2][400];
        struct span typed = some_text(room[0], 150, &seed);
        struct span text = some_text(room[1], 400, &seed);
        struct query_marks marks;
        struct query query;
        size_t at = 0;

        if (query_parse(terms, a, LANG_ES, typed, &query) == QUERY_FINE) {
            struct buf *fold = buf_new(a, 1 << 20);
            uint32_t parts = 0;

            query_mark(terms, a, &query, LANG_ES, text, &marks);
            for (size_t k = 0; k < marks.list.count; k++) {
                const struct query_mark *m = &marks.list.items[k];

                assert_true(m->at >= at && m->n > 0 && m->at + m->n <= text.n);
                assert_true(((uint8_t)text.p[m->at] & 0xC0) != 0x80);
                at = m->at + m->n;
                parts |= m->parts;
            }
            query_fold(fold, text);
            if (query_is_in(&query, LANG_ES, buf_span(fold), query_forms(terms, a, LANG_ES, text)))
                for (size_t k = 0; k < query.parts.count; k++)
                    assert_true(query.parts.items[k].is_stop || (parts & 1u << k));
        }
        arena_close(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_folded),
        cmocka_unit_test(a_word_of_any_length_is_one),
        cmocka_unit_test(forms_meet),
        cmocka_unit_test(phrases_stand_as_they_are),
        cmocka_unit_test(faults_have_names),
        cmocka_unit_test(marks_stand_on_words),
        cmocka_unit_test(marks_never_change_the_text),
    };

    return cmocka_run_group_tests_name("terms", tests, open_world, close_world);
}
