/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What they said, what is so (F7): the pages, the boxes in newsletters, and what stands where only one language is written. The
 * day is May 1, 2026.
 */
#define _XOPEN_SOURCE 700

#include "news/news_mail.h"
#include "search/search_docs.h"

#include "fixture_pages.h"

#define HEAD    "---\ntitle: The <sheet>\nsummary: One page.\nchannel: by mail & post\ndate: 2026-04-01\n"
#define HEAD_ES "---\ntitle: La hoja\nchannel: por correo\n---\n"
#define CLAIMS                                                                                                              \
    "Before.\n\n## 1. Dues <cost>\n> Their “words” [(p.)](press:times)\n\nWe are [120](fig:first).\n\n### And\n\nSo.\n" \
    "\n## 10. Nobody signs\nIt is [legal](faq:legal).\n"
#define CLAIMS_ES "## 1. La cuota\nEs [legal](faq:legal).\n\n## 10. Nadie firma\nEs [legal](faq:legal).\n"
#define FIGURES   FIXTURE_FIGURES_HEAD FIXTURE_FIGURE("first", "120", "2026-04-01")

/* The smallest folder with an item; `more` goes into its front matter, `memo` is the newsletter's body. */
static struct shop open_shop(const char *more, const char *spanish, const char *memo)
{
    struct shop s = {.arena = arena_open((size_t)1 << 30)};
    struct fixture_file files[] = {
        {"figures.csv", FIGURES, 0},
        {"claims/sheet.md", arena_printf(s.arena, "%s%s---\n%s", HEAD, more, CLAIMS).p, 0},
        {"claims/sheet.es.md", spanish, 0},
        {MEMO, arena_printf(s.arena, "---\ntitle: A memo\n---\n%s\n", memo).p, 0},
    };

    for (size_t i = 0; i < COUNT(files); i++)
        fixture_write(dir, &files[i]);
    assert_int_equal(fixture_compile(s.arena, dir, FIXTURE_NOW, &s.out), RC_OK);
    for (size_t i = 0; i < COUNT(files); i++)
        fixture_restore(dir, files[i].path);
    for (size_t i = 0; i < s.out.diags.list.count; i++)
        if (diag_is_error(s.out.diags.list.items[i].code))
            print_message("%.*s\n", SPAN_ARGS(s.out.diags.list.items[i].message));
    assert_int_equal(s.out.diags.errors, 0);
    return s;
}

static size_t at(struct span page, const char *words)
{
    size_t found = span_find(page, span_of(words));

    if (found == SPAN_NONE)
        print_message("no “%s” in:\n%.*s\n", words, SPAN_ARGS(page));
    assert_true(found != SPAN_NONE);
    return found;
}

static bool has_not(struct span page, const char *words)
{
    return span_find(page, span_of(words)) == SPAN_NONE;
}

/* ---- pages ---- */

static void without_an_item_there_is_no_page(void **state)
{
    struct shop s = {.arena = arena_open((size_t)1 << 30)};

    (void)state;
    assert_int_equal(fixture_compile(s.arena, dir, FIXTURE_NOW, &s.out), RC_OK);
    assert_null(row_at(&s, "/claims/"));
    assert_true(has_not(render(&s, "/faq/"), "claims"));
    assert_true(has_not(render(&s, "/sources/"), "claims"));
    arena_close(&s.arena);
}

static void list_names_each_claim(void **state)
{
    struct shop s = open_shop("reviewed: 2026-04-10\n", HEAD_ES CLAIMS_ES, "Words.");
    struct span page = render(&s, "/claims/");

    (void)state;
    at(page, "<a href=\"/claims/sheet\">The &lt;sheet&gt;</a>");
    at(page, "<time datetime=\"2026-04-01\">April 1, 2026</time> · <span>by mail &amp; post</span>");
    assert_true(at(page, "<li value=\"1\"><a href=\"/claims/sheet#claim-1\">Dues &lt;cost&gt;</a></li>") <
                at(page, "<li value=\"10\"><a href=\"/claims/sheet#claim-10\">Nobody signs</a></li>"));
    at(render(&s, "/es/claims/"), "<a href=\"/es/claims/sheet#claim-10\">Nadie firma</a>");
    at(render(&s, "/faq/"), "<a href=\"/claims/\">");
    at(render(&s, "/es/sources/"), "<a href=\"/es/claims/\">");
    at(render(&s, "/sitemap.xml"), "/es/claims/sheet</loc>");
    arena_close(&s.arena);
}

static void item_has_their_words_before_ours(void **state)
{
    struct shop s = open_shop("reviewed: 2026-04-10\nreview_by: 2026-04-30\n", HEAD_ES CLAIMS_ES, "Words.");
    struct span page = render(&s, "/claims/sheet");

    (void)state;
    at(page, "<h1 id=\"Title\">The &lt;sheet&gt;</h1>");
    at(page, "to be checked again since April 30, 2026");
    at(page, "<p>Before.</p>");
    assert_true(at(page, "id=\"claim-1\"") < at(page, "<p class=\"kind\">They said</p>"));
    assert_true(at(page, "<blockquote>") < at(page, "<h3>What is so</h3>"));
    assert_true(at(page, "<h3>What is so</h3>") < at(page, "<a class=\"fig\" href=\"#fig-first\">120</a>"));
    at(page, "<h4 id=\"claim-1-and\">And</h4>");
    at(page, "<li id=\"fig-first\">");
    assert_true(at(page, "href=\"#fig-first\"") < at(page, "id=\"claim-10\""));
    at(render(&s, "/es/claims/sheet"), "<h2 id=\"claim-10-title\">10. Nadie firma</h2>");
    arena_close(&s.arena);
}

static void one_language_serves_both_pages(void **state)
{
    struct shop s = open_shop("reviewed: 2026-04-10\n", NULL, "Words.");
    struct span page = render(&s, "/es/claims/sheet");

    (void)state;
    at(page, "<h1 id=\"Title\" lang=\"en\">The &lt;sheet&gt;</h1>");
    at(page,
       "id=\"claim-1\" aria-labelledby=\"claim-1-title\" lang=\"en\">\n<p class=\"kind\" lang=\"es\">Dijeron</p>");
    at(page, "<h3 lang=\"es\">Lo que es cierto</h3>");
    at(render(&s, "/es/claims/"), "<a href=\"/es/claims/sheet#claim-1\" lang=\"en\">Dues &lt;cost&gt;</a>");
    arena_close(&s.arena);
}

static void newer_one_is_named(void **state)
{
    struct shop s;
    struct fixture_file newer = {"claims/second.md", HEAD "reviewed: 2026-04-10\n---\n## 1. A\n[Legal](faq:legal)\n",
                                 0};

    (void)state;
    fixture_write(dir, &newer);
    s = open_shop("reviewed: 2026-04-10\nsuperseded: second\n", HEAD_ES CLAIMS_ES, "Words.");
    fixture_restore(dir, newer.path);
    at(render(&s, "/claims/sheet"), "has taken the place of this one: <a href=\"/claims/second\">");
    arena_close(&s.arena);
}

/* ---- in newsletters ---- */

static void newsletter_shows_the_answer(void **state)
{
    struct shop s = open_shop("reviewed: 2026-04-10\n", HEAD_ES CLAIMS_ES,
                              "[All](claim:sheet) and [dues](claim:sheet-1).\n\n![Dues](claim:sheet-1)");
    const struct entry *e = campaign_entry(s.out.campaign, ENTRY_NEWS, S("memo"), LANG_EN);
    struct span page = render(&s, "/news/2026-04-24-memo");
    struct span text;

    (void)state;
    at(page, "<a href=\"/claims/sheet\">All</a> and <a href=\"/claims/sheet#claim-1\">dues</a>");
    at(page, "<a href=\"/claims/sheet#claim-1\">They say: Dues &lt;cost&gt;</a>");
    assert_true(at(page, "</blockquote>\n<p class=\"embed-so\">What is so:</p>") < at(page, "We are "));
    at(page, "Where they said it: by mail &amp; post, April 1, 2026.");
    text = prose_render_text(s.arena, prose_of(&s.out.library, e),
                             &(struct prose_text){.origin = S("https://b.example"), .lang = LANG_EN, .width = 70});
    assert_true(at(text, "They say: Dues <cost>") < at(text, "> Their"));
    assert_true(at(text, "> Their") < at(text, "\nWhat is so:\n"));
    assert_true(at(text, "\nWhat is so:\n") < at(text, "We are 120."));
    arena_close(&s.arena);
}

/* ---- search ---- */

static void each_claim_is_found_by_its_words(void **state)
{
    struct shop s = open_shop("reviewed: 2026-04-10\n", HEAD_ES CLAIMS_ES, "Words.");
    struct search_docs docs;
    size_t claims = 0;

    (void)state;
    search_docs_make(s.arena, &s.out.site, &s.out.library, &docs);
    for (size_t i = 0; i < docs.list.count; i++) {
        const struct search_doc *d = &docs.list.items[i];

        if (d->kind == ENTRY_CLAIM && d->lang == LANG_EN && span_eq(d->key, S("sheet-1"))) {
            assert_true(span_find(d->body, S("Their “words”")) != SPAN_NONE);
            assert_true(span_find(d->body, S("legal")) == SPAN_NONE);     /* the next one's */
            assert_true(span_find(d->body, S("One page.")) == SPAN_NONE); /* the item's */
        }
        if (d->kind == ENTRY_ITEM && d->lang == LANG_EN) {
            assert_true(span_find(d->body, S("by mail & post")) != SPAN_NONE);
            assert_true(span_find(d->body, S("Their")) == SPAN_NONE);
        }
        claims += d->kind == ENTRY_CLAIM;
    }
    assert_int_equal(claims, 4);
    arena_close(&s.arena);
}

/* ---- too many ---- */

static void the_hundred_and_first_is_not_read(void **state)
{
    struct arena *a = arena_open((size_t)1 << 30);
    struct buf *text = buf_new(a, 1 << 20);
    struct fixture_file file = {"claims/sheet.md", NULL, 0};
    struct compiled out;
    size_t count;

    (void)state;
    buf_put(text, S(HEAD "---\n"));
    for (int i = 1; i <= 103; i++)
        buf_printf(text, "## %d. A claim\nIt is [legal](faq:legal).\n", i);
    buf_char(text, 0);
    file.text = buf_span(text).p;
    fixture_write(dir, &file);
    assert_int_equal(fixture_compile(a, dir, FIXTURE_NOW, &out), RC_OK);
    fixture_restore(dir, file.path);
    (void)campaign_entries(out.campaign, ENTRY_CLAIM, &count);
    assert_int_equal(count, 100);
    assert_int_equal(out.diags.errors, 1);
    assert_non_null(campaign_entry(out.campaign, ENTRY_CLAIM, S("sheet-100"), LANG_EN));
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_item_there_is_no_page),
        cmocka_unit_test(list_names_each_claim),
        cmocka_unit_test(item_has_their_words_before_ours),
        cmocka_unit_test(one_language_serves_both_pages),
        cmocka_unit_test(newer_one_is_named),
        cmocka_unit_test(newsletter_shows_the_answer),
        cmocka_unit_test(each_claim_is_found_by_its_words),
        cmocka_unit_test(the_hundred_and_first_is_not_read),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
