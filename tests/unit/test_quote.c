/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Quotations against pages: what stands, what does not and from which word on, and what no quotation may do.
 *
 * The table says what must come of each: "=" stands, "= cut WORD" and "= cut page" stand with a cut too far,
 * "WORD | WORDS OF THE PAGE | page" differs, "[WORD] …" refuses brackets, "0" has nothing to compare. "-> 3" says where
 * else all of it stands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "prose/quote_impl.h"
#include "quote_fixture.h"

static const struct span parties[] = {SPAN_INIT("Bayside Charter Schools"),
                                      SPAN_INIT("United Educators of Marlow County")};

static struct quote_index *index_of(struct arena *a, const char *document, const char *lang)
{
    struct doc_text *text = ARENA_NEW(a, struct doc_text);
    struct span *code = ARENA_NEW(a, struct span);

    *text = quote_document(a, span_of(document), DOC_READING_FILE);
    *code = span_of(lang);
    return quote_index_new(a, text, &(struct quote_rules){code, 1, parties, COUNT(parties)});
}

static struct span outcome(struct arena *a, struct span quotation, const struct quote_result *r)
{
    struct buf b;

    buf_init(&b, a, 4096);
    switch (r->verdict) {
    case QUOTE_STANDS:
        buf_put(&b, S("="));
        if (r->cut == QUOTE_CUT_NEGATION)
            buf_printf(&b, " cut %.*s", SPAN_ARGS(r->cut_words));
        if (r->cut == QUOTE_CUT_PAGE)
            buf_put(&b, S(" cut page"));
        break;
    case QUOTE_EMPTY:
        buf_put(&b, S("0"));
        break;
    case QUOTE_TOO_LONG:
        buf_put(&b, S("!"));
        break;
    case QUOTE_DIFFERS:
    case QUOTE_BRACKET:
        buf_put(&b, span_sub(quotation, r->at, r->n));
        if (r->has.n)
            buf_printf(&b, " | %.*s | %u", SPAN_ARGS(r->has), r->has_page);
        if (r->elsewhere)
            buf_printf(&b, " -> %u", r->elsewhere);
        if (r->elsewhere != r->elsewhere_last)
            buf_printf(&b, "-%u", r->elsewhere_last);
        break;
    }
    return buf_span(&b);
}

struct row {
    const char *document;
    const char *quotation;
    const char *wanted;
    uint32_t first, last; /* 0: page 1 */
};

static void run(const char *lang, const struct row *rows, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        struct arena *a = arena_open((size_t)256 << 20);
        struct quote_index *x = index_of(a, rows[i].document, lang);
        struct span quotation = span_of(rows[i].quotation);
        uint32_t first = rows[i].first ? rows[i].first : 1;
        struct quote_result r;
        struct span got;

        quote_match(a, x, quotation, first, rows[i].last ? rows[i].last : first, &r);
        quote_explain(a, x, quotation, first, rows[i].last ? rows[i].last : first, &r);
        got = outcome(a, quotation, &r);
        if (!span_eq(got, span_of(rows[i].wanted))) {
            print_error("“%s” on “%s”\n  wanted %s\n  got    %.*s\n", rows[i].quotation, rows[i].document,
                        rows[i].wanted, SPAN_ARGS(got));
            wrong++;
        }
        arena_close(&a);
    }
    assert_int_equal(wrong, 0);
}

#define MEMO                                                                                                           \
    "The message should remain focused on cost. Do not discuss dues with\nteachers; refer them to Bayside's office."

static void words_are_compared(void **state)
{
    static const struct row rows[] = {
        {MEMO, "The message should remain focused on cost.", "=", 0, 0},
        {MEMO, "the MESSAGE should — remain, focused on cost!", "=", 0, 0},
        {MEMO, "The message should remain focused on price.", "price | cost | 1", 0, 0},
        {MEMO, "A message should remain focused on cost", "A | The | 1", 0, 0},
        {MEMO, "message should always remain focused", "always | should remain | 1", 0, 0},
        {MEMO, "message remain focused on cost", "remain | should remain | 1", 0, 0},
        {MEMO, "The message should remain focused on cost. Discuss dues with teachers", "Discuss | Do not discuss | 1",
         0, 0},
        {MEMO, "discuss dues with teachers", "=", 0, 0},
        {MEMO, "refer them to Bayside’s office", "=", 0, 0},
        {MEMO, "refer them to Baysides office", "Baysides | Bayside's | 1", 0, 0},
        {MEMO, "Nobody ever wrote such a thing here", "Nobody", 0, 0},
        {MEMO, "", "0", 0, 0},
        {MEMO, "…", "0", 0, 0},
        {"The teachers' lounge and the ‘lead teachers’ desk.", "teachers’ lounge and the \"lead teachers\" desk", "=",
         0, 0},
        {"Don't pay 1,700 or 3.5% or $20.", "don’t pay 1,700 or 3.5 % or $ 20", "=", 0, 0},
        {"We pay 3.5% of it.", "We pay 35% of it", "35 | 3.5% | 1", 0, 0},
        {"We pay 3.5% of it.", "We pay 3.5 of it", "of | 3.5% of | 1", 0, 0},
        {"We pay 1.5 of it.", "We pay 1,5 of it", "1,5 | 1.5 | 1", 0, 0},
        {"It fell by -5 points.", "It fell by 5 points", "5 | -5 | 1", 0, 0},
        {"In 2020-21 and 8(a)(1).", "in 2020–21 and 8 (a) (1)", "=", 0, 0},
        {"We well-known people.", "well known people", "=", 0, 0},
        {"\xEF\xAC\x81nd the o\xEF\xAC\x83\x63\x65", "find the office", "=", 0, 0},
        {"cafe\xCC\x81 Ｆｕｌｌ", "café full", "=", 0, 0},
        {"zero\xE2\x80\x8Bwidth soft\xC2\xADhyphen", "zerowidth softhyphen", "=", 0, 0},
        {"STRASSE", "straße", "=", 0, 0},
    };

    (void)state;
    run("en", rows, COUNT(rows));
}

static void lines_end_in_hyphens(void **state)
{
    static const struct row rows[] = {
        {"we co-\noperate here", "we cooperate here", "=", 0, 0},
        {"we co-\noperate here", "we co-operate here", "=", 0, 0},
        {"we co\xC2\xAD\noperate here", "we cooperate here", "=", 0, 0},
        {"we co‐\noperate here", "we cooperate here", "=", 0, 0},
        {"we co-operate here", "we cooperate here", "cooperate | co-operate | 1", 0, 0},
        {"we cooperate here", "we co- operate here", "=", 0, 0},
        {"we cooperate here", "we co-operate here", "co | cooperate | 1", 0, 0},
        {"pre- and post-war", "preand postwar", "preand", 0, 0},
        {"It will di-\nffer", "differ", "=", 0, 0},
        {"head 1\nwe must co-\n1\fhead 2\noperate now\n2", "must cooperate now", "=", 1, 2},
    };

    (void)state;
    run("en", rows, COUNT(rows));
}

static void ligatures_may_be_lost(void **state)
{
    static const struct row rows[] = {
        {"a di¬cult talk", "a difficult talk", "=", 0, 0},
        {"a di\xEF\xBF\xBD\x63ult talk", "a difficult talk", "=", 0, 0},
        {"the o\x0E"
         "ce of sta\x0B",
         "the office of staff", "=", 0, 0},
        {"the \xEE\x80\x81rst \xEE\x80\x82oor", "the first floor", "=", 0, 0},
        {"informa\xEF\xBF\xBDon", "information", "=", 0, 0},
        {"a di¬cult talk", "a disgustcult talk", "disgustcult | di¬cult | 1", 0, 0},
        {"you ¬ pay", "you will pay", "will | you pay | 1", 0, 0},
        {"un¬air", "unfair", "unfair", 0, 0},
        {"they w\xEF\xBF\xBDn", "they win", "win | w\xEF\xBF\xBDn | 1", 0, 0},
        {"we co¬\noperate", "we cooperate", "=", 0, 0},
    };

    (void)state;
    run("en", rows, COUNT(rows));
}

#define GOAL                                                                                                           \
    "The goal is no unionization. We have 146 signers. Bayside pays the principals well. Feel free to highlight it."

static void brackets_hide_nothing(void **state)
{
    static const struct row rows[] = {
        {GOAL, "The goal is [now] unionization", "[now] | no | 1", 0, 0},
        {GOAL, "The goal is [clearly] no unionization", "=", 0, 0},
        {GOAL, "The goal is [no] unionization", "=", 0, 0},
        {GOAL, "The goal is no [not] unionization", "[not] | no unionization | 1", 0, 0},
        {GOAL, "[Its] goal is no unionization", "=", 0, 0},
        {GOAL, "[Their] unionization", "[Their] | no unionization | 1", 0, 0},
        {GOAL, "The goal is [good]", "[good] | is no | 1", 0, 0},
        {GOAL, "We have [only] 146 signers", "=", 0, 0},
        {GOAL, "We have [a few] signers", "[a few] | 146 | 1", 0, 0},
        {GOAL, "We have [150] signers", "[150] | 146 | 1", 0, 0},
        {GOAL, "We have [one hundred] signers", "[one hundred] | 146 | 1", 0, 0},
        {GOAL, "[It] pays the principals well", "[It] | Bayside pays | 1", 0, 0},
        {GOAL, "[Bayside] pays the principals well", "=", 0, 0},
        {GOAL, "pays the [Bayside] principals well", "[Bayside] | the principals | 1", 0, 0},
        {GOAL, "pays [them] well", "=", 0, 0},
        {GOAL, "pays [all of them very] well", "=", 0, 0},
        {GOAL, "We have 146 [it] principals", "principals | signers | 1", 0, 0},
        {GOAL, "[f]eel free to highlight it", "=", 0, 0},
        {GOAL, "[F]eel free to [h]ighlight it", "=", 0, 0},
        {GOAL, "[S]teel free to highlight it", "[S]teel | Feel | 1", 0, 0},
        {GOAL, "Feel free[ly] to highlight it", "free[ly] | free | 1", 0, 0},
        {GOAL, "[The goal is unionization]", "0", 0, 0},
        {GOAL, "Feel free to highlight it [emphasis added]", "=", 0, 0},
        {GOAL, "pays the principals [BCS] well", "[BCS] | principals well | 1", 0, 0},
        {GOAL, "pays the principals [at] [last] well", "=", 0, 0},
        {GOAL, "goal … [not] … signers", "[not] | 146 signers | 1", 0, 0},
        {"He did [sic] say [not] so", "did [sic] say [not] so", "=", 0, 0},
        {"We can't agree", "We [can] agree", "[can] | can't | 1", 0, 0},
        {"We would rather than sign", "We would [soon] sign", "[soon] | rather than | 1", 0, 0},
        {"Feel free to highlight information they might find useful",
         "highlight information [teachers] might find useful", "=", 0, 0},
        {"Only with Bayside Charter Schools we talk", "Only with [them] we talk",
         "[them] | Bayside Charter Schools | 1", 0, 0},
    };

    (void)state;
    run("en", rows, COUNT(rows));
}

static void cuts_keep_the_order(void **state)
{
    static const struct row rows[] = {
        {GOAL, "The goal … signers", "= cut no", 0, 0},
        {GOAL, "The goal is no … signers", "=", 0, 0},
        {GOAL, "We have … signers ... well", "=", 0, 0},
        {GOAL, "We have […] signers [...] well", "=", 0, 0},
        {GOAL, "… have 146 signers …", "=", 0, 0},
        {GOAL, "We have . . . signers", "=", 0, 0},
        {GOAL, "signers … We have", "signers | unionization | 1", 0, 0},
        {GOAL, "We … pays … highlight", "=", 0, 0},
        {"no a b. c d. a b e c d", "a b … c d", "=", 0, 0},
        {"a b. Never c. a b. c d", "a b … c d", "=", 0, 0},
        {"a b. Never. c d", "a b … c d", "= cut never", 0, 0},
        {"one two three four\ffive\fsix seven", "one … seven", "= cut page", 1, 3},
        {"one two three four\ffive six", "three … six", "=", 1, 2},
        {"one two\fa b c d three", "two … three", "= cut page", 1, 2},
    };

    (void)state;
    run("en", rows, COUNT(rows));
}

#define HEAD(n) "CONFIDENTIAL Memo April 2026\n"
#define THREE                                                                                                          \
    HEAD(1)                                                                                                            \
    "Principals should speak with\nPage 1 of 3\f" HEAD(2) "every teacher before lunch.\nPage 2 of 3\f" HEAD(           \
        3) "Nothing else is new.\nPage 3 of 3"

static void pages_are_one_text(void **state)
{
    static const struct row rows[] = {
        {THREE, "speak with every teacher before lunch", "=", 1, 2},
        {THREE, "speak with every teacher before lunch", "every | Page | 1 -> 1-2", 1, 1},
        {THREE, "CONFIDENTIAL Memo April 2026", "=", 2, 2},
        {THREE, "Nothing else is new", "Nothing -> 3", 1, 2},
        {THREE, "Principals should speak", "=", 0, 9},
        {THREE, "Principals should speak", "Principals -> 1", 7, 9},
        {THREE, "Principals should speak", "Principals -> 1", 3, 2},
        {"iv\nthe end of\nit\fv\na page", "end of it a page", "=", 1, 2},
    };

    (void)state;
    run("en", rows, COUNT(rows));
}

static void spanish_stands_too(void **state)
{
    static const struct row rows[] = {
        {"La reunión es el miércoles. ¿Qué pasó?", "«la REUNIÓN es el miércoles»", "=", 0, 0},
        {"La reunión es el miércoles. ¿Qué pasó?", "La reunion es", "reunion | reunión | 1", 0, 0},
        {"La reuni\x6F\xCC\x81n", "la reunión", "=", 0, 0},
        {"No queremos sindicato. Jamás pagamos 200 dólares.", "[Ahora] queremos sindicato", "[Ahora] | No queremos | 1",
         0, 0},
        {"No queremos sindicato. Jamás pagamos 200 dólares.", "[Siempre] pagamos", "[Siempre] | Jamás pagamos | 1", 0,
         0},
        {"No queremos sindicato. Jamás pagamos doscientos dólares.", "pagamos [muchos] dólares",
         "[muchos] | doscientos | 1", 0, 0},
        {"Vamos sin miedo a la escuela", "Vamos [con] miedo", "[con] | sin | 1", 0, 0},
        {"Vamos sin miedo a la escuela", "Vamos … a la escuela", "= cut sin", 0, 0},
        {"Vamos a la escue-\nla", "a la escuela", "=", 0, 0},
        {"Once again he sang", "[Today] again he sang", "=", 0, 0},
    };

    (void)state;
    run("es", rows, COUNT(rows) - 1);
    run("xx", &rows[COUNT(rows) - 2], 1);
}

static void ranges_are_those_words(void **state)
{
    static const struct {
        const char *quotation;
        const char *ranges;
    } rows[] = {
        {"speak with every teacher", "1:6-7 2:4-5 "},
        {"Principals … with", "1:4-4 1:7-7 "},
        {"Principals [may] speak", "1:4-4 1:6-6 "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *a = arena_open((size_t)64 << 20);
        struct quote_result r;
        struct buf b;

        buf_init(&b, a, 1000);
        quote_match(a, index_of(a, THREE, "en"), span_of(rows[i].quotation), 1, 2, &r);
        assert_int_equal(r.verdict, QUOTE_STANDS);
        for (size_t k = 0; k < r.range_count; k++)
            buf_printf(&b, "%u:%u-%u ", r.ranges[k].page, r.ranges[k].first, r.ranges[k].last);
        assert_string_equal(arena_cstr(a, buf_span(&b)), rows[i].ranges);
        arena_close(&a);
    }
}

/* ---- properties ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static const char *const vocabulary[] = {"the", "goal", "is", "no",      "not",  "union", "pay",  "co-\noper",
                                         "5",   "a",    "we", "di¬cult", "will", "sign.", "now,", "Bayside"};

static const char *random_text(struct arena *a, uint32_t *seed, size_t words)
{
    struct buf b;

    buf_init(&b, a, 100000);
    for (size_t i = 0; i < words; i++) {
        buf_put(&b, span_of(vocabulary[next_random(seed) % COUNT(vocabulary)]));
        buf_char(&b, next_random(seed) % 9 == 0 ? '\n' : ' ');
        if (next_random(seed) % 60 == 0)
            buf_char(&b, '\f');
    }
    return arena_cstr(a, buf_span(&b));
}

/* A run of the document's own words stands; with one changed it does not, unless it stands elsewhere by chance. */
static void what_is_there_stands(void **state)
{
    uint32_t seed = 4;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct arena *a = arena_open((size_t)256 << 20);
        struct quote_index *x = index_of(a, random_text(a, &seed, 200), "en");
        const struct doc_page *page = &quote_index_text(x)->pages[0];
        size_t from = next_random(&seed) % page->word_count;
        size_t n = 1 + next_random(&seed) % (page->word_count - from);
        struct quote_result r;
        struct buf b;

        buf_init(&b, a, 100000);
        for (size_t i = from; i < from + n; i++) {
            buf_put(&b, page->words[i].text);
            buf_char(&b, ' ');
        }
        if (span_find(buf_span(&b), S("¬")) == SPAN_NONE) {
            quote_match(a, x, buf_span(&b), 1, 1, &r);
            assert_int_equal(r.verdict, QUOTE_STANDS);
            assert_int_equal(r.cut, QUOTE_CUT_NEAR);
            buf_put(&b, S("elephants"));
            quote_match(a, x, buf_span(&b), 1, 1, &r);
            assert_int_equal(r.verdict, QUOTE_DIFFERS);
        }
        arena_close(&a);
    }
}

/* The two ways to compare agree: a quotation stands if and only if its alignment has no fault. */
static void both_ways_agree(void **state)
{
    static const char *const marks[] = {"… ", "[it] ", "[no] ", "[w]", "[we will] ", "[…] "};
    uint32_t seed = 7;
    size_t stood = 0;

    (void)state;
    for (int round = 0; round < 6000; round++) {
        struct arena *a = arena_open((size_t)256 << 20);
        struct quote_index *x = index_of(a, random_text(a, &seed, 30), "en");
        struct place_in p = {x, &x->all, 0, x->count};
        struct quote_result r = {0};
        struct items items;
        struct buf b;
        size_t words = 1 + next_random(&seed) % 4;
        bool stands;

        buf_init(&b, a, 1000);
        for (size_t i = 0; i < words; i++) {
            if (next_random(&seed) % 2)
                buf_put(&b, span_of(marks[next_random(&seed) % COUNT(marks)]));
            buf_put(&b, span_of(vocabulary[next_random(&seed) % COUNT(vocabulary)]));
            buf_char(&b, ' ');
        }
        if (next_random(&seed) % 3 == 0)
            buf_put(&b, span_of(marks[next_random(&seed) % COUNT(marks)]));
        items_read(a, x, buf_span(&b), &items);
        stands = match_all(a, &p, &items, &r);
        stood += stands;
        if (stands != near_stands(a, &p, &items))
            fail_msg("“%.*s”: %d", SPAN_ARGS(buf_span(&b)), stands);
        arena_close(&a);
    }
    assert_true(stood > 300);
}

/* What would take all memory, or could only be compared in part, is not said to stand. */
static void long_ones_end(void **state)
{
    struct arena *a = arena_open((size_t)1 << 30);
    struct quote_index *x;
    struct quote_result r;
    struct buf b;
    struct buf same;

    (void)state;
    buf_init(&b, a, 1 << 20);
    buf_init(&same, a, 1 << 20);
    while (b.n <= QUOTE_BYTES_MAX)
        buf_put(&b, S("we … [it] the "));
    for (int i = 0; i < 20000; i++)
        buf_put(&same, S("we "));
    x = index_of(a, arena_cstr(a, buf_span(&same)), "en");
    quote_match(a, x, buf_span(&b), 1, 64, &r);
    assert_int_equal(r.verdict, QUOTE_TOO_LONG); /* by its bytes */
    quote_match(a, x, span_sub(buf_span(&same), 0, QUOTE_BYTES_MAX / 4), 1, 64, &r);
    assert_int_equal(r.verdict, QUOTE_TOO_LONG); /* in every word it may begin */
    arena_reset(a);
    x = index_of(a, "we … we the a", "en");
    quote_match(a, x, S("[[[[[[[ ]]]]] [a [b] … … [ … ] [] '' ¬ -"), 1, 64, &r);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_compared),    cmocka_unit_test(lines_end_in_hyphens),
        cmocka_unit_test(ligatures_may_be_lost), cmocka_unit_test(brackets_hide_nothing),
        cmocka_unit_test(cuts_keep_the_order),   cmocka_unit_test(pages_are_one_text),
        cmocka_unit_test(spanish_stands_too),    cmocka_unit_test(ranges_are_those_words),
        cmocka_unit_test(what_is_there_stands),  cmocka_unit_test(both_ways_agree),
        cmocka_unit_test(long_ones_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
