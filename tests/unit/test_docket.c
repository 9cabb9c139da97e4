/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The pages of cases (F33): what is shown on a day and what is not yet, which words stand for a state, who brought it about, what
 * a banner says, and hostile words. The day is May 1, 2026.
 */
#define _XOPEN_SOURCE 700

#include "search/search_docs.h"

#include "fixture_pages.h"

#define HEAD                                                                                                           \
    "title = The <mail>\ntitle_es = El correo\nforum = The Board\nforum_es = La Junta\nnumber = LA-1\n"                \
    "filed_by = two teachers\nfiled_by_es = dos maestras\nagainst = employer\nsummary = Mail & more.\n"                \
    "summary_es = Correo.\ndocuments = doc:paper\n"
#define ALLEGATION(key, text) "[allegation " key "]\ntext = " text "\ntext_es = " text " (es)\n"

static struct shop open_shop(const char *allegations)
{
    struct shop s = {.arena = arena_open((size_t)1 << 30)};
    struct fixture_file file = {"cases/mail.ini", NULL, 0};

    if (allegations)
        file.text = arena_printf(s.arena, "%s%s", HEAD, allegations).p;
    fixture_write(dir, &file);
    assert_int_equal(fixture_compile(s.arena, dir, FIXTURE_NOW, &s.out), RC_OK);
    assert_int_equal(s.out.diags.errors, 0);
    fixture_restore(dir, file.path);
    return s;
}

/* ---- what is shown ---- */

static void without_a_case_there_is_no_docket(void **state)
{
    struct shop s = open_shop(NULL);

    (void)state;
    assert_null(row_at(&s, "/docket/"));
    assert_int_equal(times(render(&s, "/about"), "docket"), 0);
    arena_close(&s.arena);
}

/* How many documents of the search's index are cases, and speak of `words`. */
static size_t indexed(struct shop *s, const char *words)
{
    struct search_docs docs;
    size_t n = 0;

    search_docs_make(s->arena, &s->out.site, &s->out.library, &docs);
    for (size_t i = 0; i < docs.list.count; i++)
        n += docs.list.items[i].kind == SEARCH_CASE && times(docs.list.items[i].body, words);
    return n;
}

static void days_to_come_are_not_shown(void **state)
{
    struct shop s = open_shop(ALLEGATION("later", "Doors") "2026-05-02 = charged\n");

    (void)state;
    assert_null(row_at(&s, "/docket/"));
    assert_null(row_at(&s, "/docket/mail"));
    assert_int_equal(indexed(&s, "LA-1"), 0);
    arena_close(&s.arena);
    s = open_shop(ALLEGATION("later", "Doors") "2026-05-02 = charged\n" ALLEGATION(
        "now", "Mail") "2026-05-01 = charged\n2026-05-03 = dismissed\n");
    assert_true(has(render(&s, "/docket/"), "Charge filed"));
    for (int i = 0; i < 2; i++) {
        struct span page = render(&s, i ? "/docket/" : "/docket/mail");

        assert_int_equal(times(page, "Doors"), 0);
        assert_int_equal(times(page, "May 2, 2026") + times(page, "May 3, 2026"), 0);
    }
    assert_int_equal(times(render(&s, "/docket/mail"), "<strong>Dismissed"), 0);
    assert_int_equal(indexed(&s, "LA-1"), 2);
    assert_int_equal(indexed(&s, "Doors"), 0);
    arena_close(&s.arena);
}

/* An error keeps it from being published; a page that is made all the same says nothing of it. */
static void paper_that_nobody_cleared_is_not_named(void **state)
{
    struct shop s = {.arena = arena_open((size_t)1 << 30)};
    struct fixture_file paper = {"documents/secret.ini", "title = Hidden\ntitle_es = Oculto\nlanguage = en\n", 0};
    struct fixture_file file = {
        "cases/mail.ini", HEAD ALLEGATION("kept", "Mail") "documents = doc:secret, doc:paper\n2026-04-08 = charged\n",
        0};

    (void)state;
    fixture_write(dir, &paper);
    fixture_write(dir, &file);
    assert_int_equal(fixture_compile(s.arena, dir, FIXTURE_NOW, &s.out), RC_OK);
    fixture_restore(dir, paper.path);
    fixture_restore(dir, file.path);
    assert_int_equal(s.out.diags.errors, 1);
    assert_int_equal(s.out.diags.list.items[0].code, DIAG_DOCUMENT_NOT_CLEARED);
    assert_int_equal(times(render(&s, "/docket/mail"), "Hidden") + times(render(&s, "/es/docket/mail"), "Oculto"), 0);
    assert_int_equal(times(render(&s, "/docket/mail"), "A memo"), 2);
    arena_close(&s.arena);
}

static void table_says_what_became_of_each(void **state)
{
    struct shop s = open_shop(ALLEGATION(
        "a",
        "Mail <b>") "2026-01-02 = charged\n2026-03-04 = sustained\n2026-03-04 by = a judge\n2026-03-04 by_es = una "
                    "jueza\n2026-04-05 = on-appeal\n" ALLEGATION("b", "Doors") "2026-01-02 = dismissed\n"
                                                                               "2026-02-02 = final\n");
    struct span page;

    (void)state;
    page = render(&s, "/docket/");
    assert_true(has(page, "<a href=\"/docket/mail\">The &lt;mail&gt;</a>"));
    assert_true(has(page, "<a href=\"/docket/mail#a\">Mail &lt;b&gt;</a>"));
    assert_true(has(page, "<strong>Sustained; on appeal</strong> <span>a judge</span> <time datetime=\"2026-03-04\">"));
    assert_true(has(page, "<strong>Dismissed; final</strong> <span>The Board</span> <time datetime=\"2026-01-02\">"));
    assert_true(has(page, "<dt>Sustained</dt><dd class=\"num\">1</dd>"));
    assert_true(has(page, "aria-current=\"page\">Cases</a>"));
    page = render(&s, "/es/docket/");
    assert_true(has(page, "<strong>Declarada fundada; en apelación</strong> <span>una jueza</span>"));
    assert_true(has(render(&s, "/sitemap.xml"), "/es/docket/mail"));
    arena_close(&s.arena);
}

static void case_has_its_sides_and_all_days(void **state)
{
    struct shop s =
        open_shop(ALLEGATION("a", "Mail") "documents = doc:scan\n2026-01-02 = charged\n2026-03-04 = settled\n");
    struct span page;

    (void)state;
    page = render(&s, "/docket/mail");
    assert_true(has(page, "<h1 id=\"Title\">The &lt;mail&gt;</h1>"));
    assert_true(has(page, ">Mail &amp; more.</p>"));
    assert_true(has(page, "<dd>two teachers</dd>"));
    assert_true(has(page, "<dd>Bayside Charter Schools</dd>"));
    assert_int_equal(times(page, "A memo"), 2); /* paper and scan, which cannot be seen yet */
    assert_int_equal(times(page, "/sources/paper"), 0);
    assert_true(has(page, "<section class=\"allegation\" id=\"a\""));
    assert_true(has(page, "<p>Charge filed · <span>two teachers</span></p>"));
    assert_true(has(page, "<p>Settled</p>"));
    assert_int_equal(times(page, "class=\"notice\""), 0);
    assert_true(has(render(&s, "/es/docket/mail"), "<dd>dos maestras</dd>"));
    arena_close(&s.arena);
}

/* What is alleged never stands alone, as if it were so; and what came later than the text is said. */
static void box_says_what_is_alleged_and_since(void **state)
{
    struct fixture_file memo = {MEMO, "---\ntitle: A\n---\n![Status](case:mail#a)\n", 0};
    struct shop s;
    struct span page;

    (void)state;
    fixture_write(dir, &memo);
    s = open_shop(ALLEGATION("a", "Mail") "2026-01-02 = charged\n2026-04-30 = dismissed\n");
    fixture_restore(dir, MEMO);
    page = render(&s, "/news/2026-04-24-memo");
    assert_true(has(page, "<a href=\"/docket/mail#a\">Alleged: Mail</a>"));
    assert_true(has(page, "Charge filed. The Board, January 2, 2026. Since then: Dismissed, April 30, 2026."));
    arena_close(&s.arena);
}

static void appeal_and_reversal_have_a_banner(void **state)
{
    struct shop s = open_shop(ALLEGATION("a", "A") "2026-01-02 = sustained\n2026-03-04 = on-appeal\n" ALLEGATION(
        "b",
        "B") "2026-01-02 = sustained\n2026-03-04 = reversed\n2026-04-01 = final\n" ALLEGATION("c",
                                                                                              "C") "2026-01-02 = dismissed\n2026-03-04 = reversed\n2026-04-01 = sustained\n");
    struct span page;

    (void)state;
    page = render(&s, "/docket/mail");
    assert_int_equal(times(page, "class=\"notice\""), 2);
    assert_true(has(page, "This is on appeal"));
    assert_true(has(page, "was reversed and no longer stands"));
    assert_true(has(page, "<strong>Reversed; final</strong>"));
    arena_close(&s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_case_there_is_no_docket),      cmocka_unit_test(days_to_come_are_not_shown),
        cmocka_unit_test(paper_that_nobody_cleared_is_not_named), cmocka_unit_test(table_says_what_became_of_each),
        cmocka_unit_test(case_has_its_sides_and_all_days),        cmocka_unit_test(appeal_and_reversal_have_a_banner),
        cmocka_unit_test(box_says_what_is_alleged_and_since),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
