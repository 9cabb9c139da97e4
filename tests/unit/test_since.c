/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What became of figures, rulings and papers after a newsletter leaned on them (F13): a dated note on its page, in its text,
 * on the page of corrections and in the feed; and none where nothing changed, or it was so before. The day is May 1, 2026; the
 * newsletter is of April 24.
 */
#define _XOPEN_SOURCE 700

#include "fixture_pages.h"

#define CASE                                                                                                           \
    "title = The mail\ntitle_es = El correo\nforum = The Board\nforum_es = La Junta\nnumber = LA-1\n"                  \
    "filed_by = two teachers\nfiled_by_es = dos maestras\nagainst = employer\nsummary = Mail.\nsummary_es = Correo.\n" \
    "[allegation a]\ntext = Mail was kept.\ntext_es = No llegó.\n"
#define PAPER(more) "title = A memo\ntitle_es = Un memo\nclearance = cleared\nlanguage = en\npages = 1-\n" more
#define NEWER       "title = Newer <one>\ntitle_es = El nuevo\nclearance = cleared\nlanguage = en\n"

static struct shop open_with(struct arena *a, const struct fixture_file *files, size_t count)
{
    struct shop s = {.arena = a};

    for (size_t i = 0; i < count; i++)
        fixture_write(dir, &files[i]);
    assert_int_equal(fixture_compile(s.arena, dir, FIXTURE_NOW, &s.out), RC_OK);
    for (size_t i = 0; i < count; i++)
        fixture_restore(dir, files[i].path);
    assert_int_equal(s.out.diags.errors, 0);
    return s;
}

/* The newsletter leans on case:mail#a and on doc:paper. */
static struct shop open_shop(const char *days, const char *paper, const char *newer)
{
    struct arena *a = arena_open((size_t)1 << 30);
    const struct fixture_file files[] = {
        {"cases/mail.ini", arena_printf(a, "%s%s", CASE, days).p, 0},
        {"documents/paper.ini", paper, 0},
        {"documents/newer.ini", newer, 0},
        {"documents/newer.pdf", newer ? FIXTURE_PAPER : NULL, 0},
        {MEMO, "---\ntitle: A memo\n---\n[Status](case:mail#a), [the paper](doc:paper), [again](case:mail#a).\n", 0},
    };

    return open_with(a, files, COUNT(files));
}

static void has_once(struct span page, const char *words)
{
    if (times(page, words) != 1)
        print_message("%zu times “%s” in:\n%.*s\n", times(page, words), words, SPAN_ARGS(page));
    assert_int_equal(times(page, words), 1);
}

static void assert_no_note(struct shop *s)
{
    assert_int_equal(times(render(s, "/news/2026-04-24-memo"), "class=\"notice\""), 0);
    assert_int_equal(times(render(s, "/corrections"), "What became of it since"), 0);
    has_once(render(s, "/feed.xml"),
             "<published>2026-04-24T07:00:00Z</published>\n<updated>2026-04-24T07:00:00Z</updated>");
}

/* ---- rulings ---- */

static void what_stays_has_no_note(void **state)
{
    struct shop s = open_shop("2026-04-01 = charged\n", PAPER(""), NULL);

    (void)state;
    assert_no_note(&s);
    arena_close(&s.arena);
    s = open_shop("2026-03-01 = charged\n2026-04-24 = complaint-issued\n", PAPER(""), NULL);
    assert_no_note(&s);
    arena_close(&s.arena);
    s = open_shop("2026-04-01 = charged\n2026-05-02 = dismissed\n", PAPER(""), NULL);
    assert_no_note(&s);
    arena_close(&s.arena);
    s = open_shop("2026-04-01 = sustained\n2026-04-26 = on-appeal\n2026-04-28 = sustained\n", PAPER(""), NULL);
    assert_no_note(&s); /* an appeal that changed nothing */
    arena_close(&s.arena);
}

static void ruling_marks_every_place(void **state)
{
    static const char words[] =
        "Alleged: Mail was kept. Charge filed. The Board, April 1, 2026. Since then: Sustained, April 28, 2026.";
    struct shop s = open_shop("2026-04-01 = charged\n2026-04-28 = sustained\n", PAPER(""), NULL);
    struct span page = render(&s, "/news/2026-04-24-memo");

    (void)state;
    has_once(
        page,
        "<strong><time datetime=\"2026-04-28\">After this was written, on April 28, 2026:</time></strong> <a href=\"/docket/mail#a\">");
    has_once(page, words);
    has_once(render(&s, "/news/2026-04-24-memo.txt"), words);
    page = render(&s, "/corrections");
    has_once(page, words);
    has_once(page,
             "It was used in:</p>\n<ul class=\"when\">\n<li><a href=\"/news/2026-04-24-memo\">A memo</a></li>\n</ul>");
    page = render(&s, "/feed.xml");
    has_once(page, words);
    has_once(page, "https://baysideeducators.example/docket/mail#a&quot;&gt;Alleged: ");
    has_once(page, "</published>\n<updated>2026-04-28T07:00:00Z</updated>");
    arena_close(&s.arena);
}

static void reversal_of_what_was_sustained_is_told(void **state)
{
    struct shop s = open_shop("2026-04-01 = sustained\n2026-04-28 = reversed\n", PAPER(""), NULL);

    (void)state;
    has_once(render(&s, "/news/2026-04-24-memo"),
             "Alleged: Mail was kept. Sustained. The Board, April 1, 2026. Since then: Reversed, April 28, 2026.");
    arena_close(&s.arena);
}

/* ---- figures ---- */

#define ROW(value, as_of, correction) "count," value ",schools,escuelas," as_of ",A count,Un recuento,," correction "\n"
#define SAID                          "---\ntitle: A memo\n---\n"

/* The register has `rows` of fig:count; `words` are the newsletter's of April 24, a second one is of April 26 and leans on it too. */
static struct shop open_count(const char *rows, const char *words)
{
    struct arena *a = arena_open((size_t)1 << 30);
    const struct fixture_file files[] = {
        {"figures.csv", arena_printf(a, "%s%s", FIXTURE_FIGURES_HEAD, rows).p, 0},
        {MEMO, arena_printf(a, SAID "%s", words).p, 0},
        {MEMO_ES, arena_printf(a, SAID "%s", words).p, 0},
        {"news/2026-04-26-after.md", "---\ntitle: The next\n---\n[21](fig:count) schools.\n", 0},
    };

    return open_with(a, files, COUNT(files));
}

static void growth_and_the_right_value_have_no_note(void **state)
{
    struct shop s =
        open_count(ROW("22", "2026-04-20", ",,,") ROW("21", "2026-04-25", ",,,"), "[22](fig:count) schools.\n");

    (void)state;
    assert_no_note(&s);
    arena_close(&s.arena);
    s = open_count(ROW("21", "2026-04-20", "22,Twice.,Dos veces.,2026-04-24"), "[21](fig:count) schools.\n");
    assert_no_note(&s);
    assert_int_equal(times(render(&s, "/news/2026-04-24-memo"), "it said"), 0);
    arena_close(&s.arena);
}

static void corrected_figure_marks_every_place(void **state)
{
    static const char words[] = "A figure was corrected: it said 22 schools and is 21 schools. Twice.";
    static const char es[] = "Se corrigió una cifra: decía 22 escuelas y debe decir 21 escuelas. Dos veces.";
    struct shop s = open_count(ROW("21", "2026-04-20", "22,Twice.,Dos veces.,2026-04-26")
                                   ROW("21", "2026-04-28", ",,,"),
                               "[22](fig:count) schools.\n");
    struct span page = render(&s, "/news/2026-04-24-memo");

    (void)state;
    has_once(
        page,
        "<time datetime=\"2026-04-26\">After this was written, on April 26, 2026:</time></strong> <a href=\"/news/2026-04-24-memo#fig-count\">");
    has_once(page, words);
    has_once(page, "<strong>Corrected: it said 22 before.</strong> <span>Twice.</span>");
    has_once(render(&s, "/es/news/2026-04-24-memo"), es);
    has_once(render(&s, "/news/2026-04-24-memo.txt"), words);
    page = render(&s, "/corrections");
    has_once(page, words);
    has_once(page, "<li><a href=\"/news/2026-04-24-memo\">A memo</a></li>\n</ul>");
    has_once(render(&s, "/es/corrections"), es);
    page = render(&s, "/feed.xml");
    has_once(page, words);
    has_once(page, "<published>2026-04-24T07:00:00Z</published>\n<updated>2026-04-26T07:00:00Z</updated>");
    has_once(render(&s, "/es/feed.xml"), es);
    page = render(&s, "/news/2026-04-26-after");
    assert_int_equal(times(page, "class=\"notice\"") + times(page, "it said 22 before"), 0);
    arena_close(&s.arena);
}

static void each_correction_of_a_figure_is_told(void **state)
{
    struct shop s = open_count(ROW("22", "2026-04-20", "23,Thrice.,Tres veces.,2026-04-22")
                                   ROW("21", "2026-04-20", "22,Twice.,Dos veces.,2026-04-25")
                                       ROW("", "2026-04-20", "21,A guess.,Un cálculo.,2026-04-30"),
                               "[22](fig:count) schools.\n");
    struct span page = render(&s, "/news/2026-04-24-memo");

    (void)state;
    has_once(
        page,
        "on April 25, 2026:</time></strong> <a href=\"/news/2026-04-24-memo#fig-count\">A figure was corrected: it said 22 schools and is 21 schools. Twice.");
    has_once(
        page,
        "on April 30, 2026:</time></strong> <a href=\"/news/2026-04-24-memo#fig-count\">A figure was withdrawn: it said 21 schools. A guess.");
    has_once(page, "<strong>Withdrawn: it said 22.</strong> <span>A guess.</span>");
    assert_int_equal(times(page, "23 schools"), 0);
    page = render(&s, "/news/2026-04-26-after");
    has_once(page, "A figure was withdrawn: it said 21 schools. A guess.");
    assert_int_equal(times(page, "22 schools") + times(page, "said 22"), 0);
    page = render(&s, "/corrections");
    has_once(page, "A figure was withdrawn: it said 21 schools. A guess.");
    has_once(
        page,
        "<li><a href=\"/news/2026-04-26-after\">The next</a></li>\n<li><a href=\"/news/2026-04-24-memo\">A memo</a></li>\n</ul>");
    arena_close(&s.arena);
}

/* ---- papers ---- */

static void later_paper_is_named_once_it_is_cleared(void **state)
{
    struct shop s =
        open_shop("2026-04-01 = charged\n", PAPER("superseded_by = newer\n"), NEWER "received = 2026-04-28\n");
    struct span page = render(&s, "/news/2026-04-24-memo");

    (void)state;
    has_once(page, "After this was written, on April 28, 2026:");
    has_once(page, "“A memo” has been replaced by a later paper: “Newer &lt;one&gt;”.");
    has_once(render(&s, "/feed.xml"), "Newer &amp;lt;one&amp;gt;");
    arena_close(&s.arena);
    s = open_shop("2026-04-01 = charged\n", PAPER("superseded_by = newer\n"), NEWER "received = 2026-04-24\n");
    assert_no_note(&s);
    arena_close(&s.arena);
    s = open_shop("2026-04-01 = charged\n", PAPER("superseded_by = newer\n"),
                  "title = Newer\ntitle_es = El nuevo\nlanguage = en\nreceived = 2026-04-28\n");
    assert_no_note(&s);
    arena_close(&s.arena);
}

static void newest_change_stands_first(void **state)
{
    struct shop s = open_shop("2026-04-01 = charged\n2026-04-26 = settled\n", PAPER("superseded_by = newer\n"),
                              NEWER "received = 2026-04-28\n");
    struct span page = render(&s, "/news/2026-04-24-memo");

    (void)state;
    assert_true(span_find(page, S("After this was written, on April 28")) <
                span_find(page, S("After this was written, on April 26")));
    has_once(render(&s, "/feed.xml"), "</published>\n<updated>2026-04-28T07:00:00Z</updated>");
    page = render(&s, "/corrections");
    assert_true(span_find(page, S("After this was written, on April 28")) <
                span_find(page, S("After this was written, on April 26")));
    arena_close(&s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stays_has_no_note),
        cmocka_unit_test(ruling_marks_every_place),
        cmocka_unit_test(reversal_of_what_was_sustained_is_told),
        cmocka_unit_test(growth_and_the_right_value_have_no_note),
        cmocka_unit_test(corrected_figure_marks_every_place),
        cmocka_unit_test(each_correction_of_a_figure_is_told),
        cmocka_unit_test(later_paper_is_named_once_it_is_cleared),
        cmocka_unit_test(newest_change_stands_first),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
