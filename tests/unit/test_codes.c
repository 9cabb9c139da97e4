/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Every diagnostic code: shown where it must be, to the character, and silent where it must be.
 *
 * A scenario puts one text or a few files into the smallest campaign folder (fixture.h), compiles it, and says all that
 * may come of it. The tables are in data/codes. The last test counts: no code without both kinds.
 */
#define _XOPEN_SOURCE 700
#include "fixture_folder.h"

#include "main/compile.h"

#include "fixture_reader.h"

enum { FILES_MAX = 4 };

struct scenario {
    enum diag_code code; /* which it shows, or whose silence it shows */
    int line;            /* of the table */
    const char *body;    /* of the newsletter `memo`, from its line 4 on */
    const char *body_es; /* of its translation */
    struct fixture_file files[FILES_MAX];
    const char *expect; /* "FILE:LINE:COLUMN+WIDTH code", each with a line end; memo and memo.es are the newsletter's */
    const char *says;   /* stands in the message or the note of the first */
};

#define EN(text, wanted, ...)                                                                                          \
    {                                                                                                                  \
        .code = CODE, .line = __LINE__, .body = text, .expect = wanted, __VA_ARGS__                                    \
    }
#define ES(text, wanted, ...)                                                                                          \
    {                                                                                                                  \
        .code = CODE, .line = __LINE__, .body_es = text, .expect = wanted, __VA_ARGS__                                 \
    }
#define F(path, text)                                                                                                  \
    {                                                                                                                  \
        path, text, 0                                                                                                  \
    }
#define FILES(wanted, ...)                                                                                             \
    {                                                                                                                  \
        .code = CODE, .line = __LINE__, .expect = wanted, .files = { __VA_ARGS__ }                                     \
    }
#define SAYS(wanted, words, ...)                                                                                       \
    {                                                                                                                  \
        .code = CODE, .line = __LINE__, .expect = wanted, .says = words, .files = { __VA_ARGS__ }                      \
    }
#define NOTHING ""

static const struct scenario figures[] = {
#include "data/codes/figures.inc"
};
static const struct scenario links[] = {
#include "data/codes/links.inc"
};
static const struct scenario quotes[] = {
#include "data/codes/quotes.inc"
};
static const struct scenario wording[] = {
#include "data/codes/wording.inc"
};
static const struct scenario folder[] = {
#include "data/codes/folder.inc"
};
static const struct scenario cases[] = {
#include "data/codes/cases.inc"
};
static const struct scenario claims[] = {
#include "data/codes/claims.inc"
};
static const struct scenario legal[] = {
#include "data/codes/legal.inc"
};
static const struct scenario waivers[] = {
#include "data/codes/waivers.inc"
};

static void write_newsletter(struct arena *a, const char *path, const char *body)
{
    fixture_write(dir, &(struct fixture_file){path, arena_printf(a, "---\ntitle: A memo\n---\n%s", body).p, 0});
}

static void compile(struct arena *a, const struct scenario *s, struct compiled *out)
{
    if (s->body)
        write_newsletter(a, MEMO, s->body);
    if (s->body_es)
        write_newsletter(a, MEMO_ES, s->body_es);
    for (size_t i = 0; i < FILES_MAX && s->files[i].path; i++)
        fixture_write(dir, &s->files[i]);
    (void)!fixture_compile(a, dir, FIXTURE_NOW, out);
    fixture_restore(dir, MEMO);
    fixture_restore(dir, MEMO_ES);
    for (size_t i = 0; i < FILES_MAX && s->files[i].path; i++)
        fixture_restore(dir, s->files[i].path);
}

static bool shows(const struct scenario *s)
{
    char mark[64];

    (void)snprintf(mark, sizeof mark, " %.*s\n", SPAN_ARGS(diag_code_name(s->code)));
    return strstr(s->expect, mark) != NULL;
}

static bool holds(const char *table, const struct scenario *s)
{
    struct arena *a = arena_open((size_t)1 << 30);
    struct compiled out;
    struct span got;
    bool fine;

    compile(a, s, &out);
    got = fixture_written(a, &out.diags);
    fine = span_eq(got, span_of(s->expect)) && (s->says == NULL || fixture_says(&out.diags, s->says));
    if (!fine) {
        const struct diag *first = out.diags.list.items;

        print_error("data/codes/%s.inc:%d: wanted\n%s%s%s got\n%.*s%.*s | %.*s\n", table, s->line, s->expect,
                    s->says ? s->says : "", s->says ? "\n" : "", SPAN_ARGS(got),
                    SPAN_ARGS(first ? first->message : S("")), SPAN_ARGS(first ? first->note : S("")));
    }
    arena_close(&a);
    return fine;
}

static void run(const char *table, const struct scenario *all, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++)
        wrong += !holds(table, &all[i]);
    assert_int_equal(wrong, 0);
}

static void smallest_folder_is_silent(void **state)
{
    (void)state;
    assert_true(holds("fixture.h", &(struct scenario){.expect = NOTHING}));
}

static void figures_agree(void **state)
{
    (void)state;
    run("figures", figures, COUNT(figures));
}

static void links_lead_somewhere(void **state)
{
    (void)state;
    run("links", links, COUNT(links));
}

static void quotations_stand(void **state)
{
    (void)state;
    run("quotes", quotes, COUNT(quotes));
}

static void words_are_dated_and_counted(void **state)
{
    (void)state;
    run("wording", wording, COUNT(wording));
}

static void files_are_what_they_say(void **state)
{
    (void)state;
    run("folder", folder, COUNT(folder));
}

static void cases_hold_together(void **state)
{
    (void)state;
    run("cases", cases, COUNT(cases));
}

static void claims_have_sources(void **state)
{
    (void)state;
    run("claims", claims, COUNT(claims));
}

static void words_of_law_have_a_ruling(void **state)
{
    (void)state;
    run("legal", legal, COUNT(legal));
}

static void waivers_hold_where_they_stand(void **state)
{
    (void)state;
    run("waivers", waivers, COUNT(waivers));
}

/* ---- waivers are listed ---- */

static void assert_waiver(const struct waiver *w, const char *file, uint32_t line, enum diag_code code,
                          const char *reason, bool used)
{
    assert_true(span_eq(w->at.file, span_of(file)));
    assert_int_equal(w->at.line, line);
    assert_int_equal(w->code, code);
    assert_true(span_eq(w->reason, span_of(reason)));
    assert_int_equal(w->used, used);
}

static void waivers_are_listed_used_or_not(void **state)
{
    struct arena *a = arena_open((size_t)1 << 30);
    const struct scenario s = {
        .body = "There are 8 doors. <!-- ok: uncited-number anybody can count them -->\n\n"
                "<!-- ok: link-text   it is the name of the page -->\n\nWords.\n",
        .body_es = "Hay 8 puertas. <!-- ok: uncited-number se ven -->\n",
    };
    struct compiled out;

    (void)state;
    compile(a, &s, &out);
    assert_int_equal(out.diags.list.count, 0);
    assert_int_equal(out.diags.waivers.count, 3);
    assert_waiver(&out.diags.waivers.items[0], MEMO_ES, 4, DIAG_UNCITED_NUMBER, "se ven", true);
    assert_waiver(&out.diags.waivers.items[1], MEMO, 4, DIAG_UNCITED_NUMBER, "anybody can count them", true);
    assert_waiver(&out.diags.waivers.items[2], MEMO, 6, DIAG_LINK_TEXT, "it is the name of the page", false);
    arena_close(&a);
}

static void same_folder_gives_same_diagnostics(void **state)
{
    const struct scenario s = {.body = "Today 8 of [9](fig:signers) left, [here](nope.md).\n"};
    struct arena *a = arena_open((size_t)1 << 30);
    struct compiled out[2];

    (void)state;
    compile(a, &s, &out[0]);
    compile(a, &s, &out[1]);
    assert_int_equal(out[0].diags.list.count, 5);
    assert_true(span_eq(fixture_written(a, &out[0].diags), fixture_written(a, &out[1].diags)));
    arena_close(&a);
}

/* ---- none is forgotten ---- */

static void every_code_is_shown_and_silent(void **state)
{
    static const struct {
        const struct scenario *all;
        size_t count;
    } tables[] = {
        {figures, COUNT(figures)}, {links, COUNT(links)},   {quotes, COUNT(quotes)},
        {wording, COUNT(wording)}, {folder, COUNT(folder)}, {waivers, COUNT(waivers)},
        {cases, COUNT(cases)},     {legal, COUNT(legal)},   {claims, COUNT(claims)},
    };
    size_t shown[DIAG_CODE_COUNT] = {0};
    size_t silent[DIAG_CODE_COUNT] = {0};

    (void)state;
    for (size_t t = 0; t < COUNT(tables); t++)
        for (size_t i = 0; i < tables[t].count; i++)
            ++*(shows(&tables[t].all[i]) ? &shown[tables[t].all[i].code] : &silent[tables[t].all[i].code]);
    shown[DIAG_NO_LEAFLET] = silent[DIAG_NO_LEAFLET] = 1; /* takes a helper to find: tests/cli/leaflets.mjs */
    for (int i = 0; i < DIAG_CODE_COUNT; i++)
        if (shown[i] == 0 || silent[i] == 0)
            fail_msg("%.*s: %zu scenarios show it, %zu are silent", SPAN_ARGS(diag_code_name((enum diag_code)i)),
                     shown[i], silent[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smallest_folder_is_silent),
        cmocka_unit_test(figures_agree),
        cmocka_unit_test(links_lead_somewhere),
        cmocka_unit_test(words_are_dated_and_counted),
        cmocka_unit_test(quotations_stand),
        cmocka_unit_test(files_are_what_they_say),
        cmocka_unit_test(cases_hold_together),
        cmocka_unit_test(claims_have_sources),
        cmocka_unit_test(words_of_law_have_a_ruling),
        cmocka_unit_test(waivers_hold_where_they_stand),
        cmocka_unit_test(waivers_are_listed_used_or_not),
        cmocka_unit_test(same_folder_gives_same_diagnostics),
        cmocka_unit_test(every_code_is_shown_and_silent),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
