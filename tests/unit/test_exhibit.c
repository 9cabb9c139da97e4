/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The pages of documents: what is shown and what is not, where marks lie, who is said to quote, and hostile words.
 *
 * The public copies are made by hand here; what makes them is tested where it is.
 */
#define _XOPEN_SOURCE 700

#include "fixture_pages.h"

#define HASH_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HASH_B "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static struct document *document(struct shop *s, const char *key)
{
    struct document *d = campaign_document(s->out.campaign, span_of(key));

    assert_non_null(d);
    return d;
}

/* A public copy with all the words of the document. */
static void show(struct shop *s, const char *key)
{
    struct document *d = document(s, key);
    size_t count = d->text.page_count;

    d->shown = (struct doc_public){
        .is_made = true,
        .pdf = S("%PDF-1.7 drawn anew"),
        .sha256 = S(HASH_A),
        .commitment = S(HASH_B),
        .text = {ARENA_ARRAY(s->arena, struct doc_page, count + 1), count},
        .pictures = ARENA_ARRAY(s->arena, struct doc_picture, count + 1),
    };
    for (size_t i = 0; i < count; i++) {
        d->shown.text.pages[i] = d->text.pages[i];
        d->shown.pictures[i] = (struct doc_picture){1400, 1812, S("RIFF picture")};
    }
}

static void list_rows(struct shop *s)
{
    s->out.rows = pages_list(s->arena, &s->out.site);
}

/* The folder with other bodies of the newsletter, and the public copy of `paper`. */
static struct shop open_shop(const char *body, const char *body_es)
{
    struct shop s = {.arena = arena_open((size_t)1 << 30)};
    struct fixture_file memo = {MEMO, arena_printf(s.arena, "---\ntitle: A <memo>\n---\n%s\n", body).p, 0};
    struct fixture_file memo_es = {MEMO_ES, NULL, 0};

    if (body_es)
        memo_es.text = arena_printf(s.arena, "---\ntitle: El memo\n---\n%s\n", body_es).p;
    fixture_write(dir, &memo);
    fixture_write(dir, &memo_es);
    assert_int_equal(fixture_compile(s.arena, dir, FIXTURE_NOW, &s.out), RC_OK);
    fixture_restore(dir, MEMO);
    fixture_restore(dir, MEMO_ES);
    show(&s, "paper");
    list_rows(&s);
    return s;
}

/* Of a page from one anchor to the next. */
static struct span leaf(struct span page, const char *anchor)
{
    char open[64];
    size_t at;

    (void)snprintf(open, sizeof open, "<section class=\"leaf\" id=\"%s\"", anchor);
    at = span_find(page, span_of(open));
    assert_true(at != SPAN_NONE);
    page = span_from(page, at);
    return span_sub(page, 0, span_find(page, S("</section>")));
}

#define COST "“The message should remain focused on cost. Do not discuss dues” [(page 1)](doc:paper#p1)"

/* ---- tests ---- */

static void test_only_what_is_cleared_and_made(void **state)
{
    struct shop s = open_shop("The [draft](doc:draft), the [paper](doc:paper#p1).", NULL);
    struct span page;

    (void)state;
    show(&s, "secret"); /* never cleared: a public copy changes nothing */
    list_rows(&s);
    assert_null(row_at(&s, "/sources/secret"));
    assert_null(row_at(&s, "/sources/secret.pdf"));
    assert_null(row_at(&s, "/sources/secret/p1.webp"));
    assert_null(row_at(&s, "/sources/draft")); /* cleared, not made */
    assert_non_null(row_at(&s, "/sources/paper"));
    assert_non_null(row_at(&s, "/es/sources/paper"));
    page = render(&s, "/sources/");
    assert_int_equal(times(page, "<h2 class=\"title\">"), 1);
    assert_true(has(page, "href=\"/sources/paper\">A memo</a>"));
    page = render(&s, "/news/2026-04-24-memo");
    assert_true(has(page, "The draft, the <a href=\"/sources/paper#p1\""));
    assert_true(has(page, "href=\"/sources/\">Sources</a>"));
    page = render(&s, "/news/2026-04-24-memo.txt");
    assert_true(has(page, "/sources/paper#p1"));
    assert_int_equal(times(page, "/sources/draft"), 0);
    close_shop(&s);
}

static void test_nothing_to_show(void **state)
{
    struct shop s = open_shop("The [paper](doc:paper#p1).\n\n![Its first page](doc:paper#p1)", NULL);
    struct span page;

    (void)state;
    document(&s, "paper")->shown = (struct doc_public){.is_made = false};
    list_rows(&s);
    assert_true(has(render(&s, "/sources/"), "There is no document here yet."));
    assert_int_equal(times(render(&s, "/sources/"), "aria-current"), 0);
    page = render(&s, "/news/2026-04-24-memo");
    assert_int_equal(times(page, "/sources/"), 0);
    assert_true(has(page, "Its first page <span class=\"cite\">A memo, page 1</span>"));
    page = render(&s, "/news/2026-04-24-memo.txt");
    assert_int_equal(times(page, "/sources/"), 0);
    close_shop(&s);
}

static void test_files(void **state)
{
    struct shop s = open_shop("Words.", NULL);

    (void)state;
    assert_true(span_eq(row_at(&s, "/sources/paper.pdf")->content_type, S("application/pdf")));
    assert_true(span_eq(render(&s, "/sources/paper.pdf"), S("%PDF-1.7 drawn anew")));
    assert_true(span_eq(row_at(&s, "/sources/paper/p3.webp")->content_type, S("image/webp")));
    assert_true(span_eq(render(&s, "/sources/paper/p3.webp"), S("RIFF picture")));
    assert_null(row_at(&s, "/sources/paper/p4.webp"));
    assert_true(has(render(&s, "/sitemap.xml"), "https://baysideeducators.example/es/sources/paper<"));
    close_shop(&s);
}

/* Over two lines: a box each, as wide as its words, with the room a pen leaves. */
static void test_marks(void **state)
{
    struct shop s = open_shop(COST, NULL);
    struct span page = render(&s, "/sources/paper");
    struct span first = leaf(page, "p1");

    (void)state;
    assert_true(has(first, "<mark>The message should remain focused on cost. Do not discuss dues</mark>"));
    assert_int_equal(times(first, "<rect "), 2);
    assert_true(has(first, "<svg viewBox=\"0 0 6120 7920\""));
    assert_true(has(first, "<rect x=\"0\" y=\"112\" width=\"115\" height=\"116\">"));
    assert_true(has(first, "<img src=\"/sources/paper/p1.webp\""));
    assert_true(has(first, "width=\"1400\" height=\"1812\">")); /* in sight at first: not lazy */
    assert_true(has(leaf(page, "p2"), "width=\"1400\" height=\"1812\" loading=\"lazy\""));
    assert_int_equal(times(leaf(page, "p2"), "<svg"), 0);
    assert_true(has(first, "<details open>"));
    assert_true(has(leaf(page, "p2"), "<details>"));
    assert_true(has(first, "href=\"/news/2026-04-24-memo\">A &lt;memo&gt;</a>, <time datetime=\"2026-04-24\">"));
    close_shop(&s);
}

static void test_over_two_pages(void **state)
{
    struct shop s = open_shop(
        "“Feel free to highlight information they might find useful” [(pages 2 and 3)](doc:paper#p2-3)", NULL);
    struct span page = render(&s, "/sources/paper");

    (void)state;
    assert_true(has(leaf(page, "p2"), "<mark>Feel free to highlight information they …</mark>"));
    assert_true(has(leaf(page, "p3"), "<mark>… might find useful</mark>"));
    assert_true(has(leaf(page, "p2"), "<mark>Feel free to highlight information they</mark>"));
    assert_int_equal(times(leaf(page, "p1"), "<mark>"), 0);
    assert_true(has(page, " · <a href=\"#p2\">Page 2</a> · <a href=\"#p3\">Page 3</a>"));
    close_shop(&s);
}

/* A draft and a newsletter to come are compiled with the rest, and an exhibit must not tell of them. */
static void test_who_may_be_named(void **state)
{
    static const struct fixture_file later = {"news/2026-05-02-later.md", "---\ntitle: Tomorrow\n---\n" COST "\n", 0};
    static const struct fixture_file draft = {"news/2026-04-25-draft.md",
                                              "---\ntitle: Unfinished\ndraft: yes\n---\n" COST "\n", 0};
    static const struct fixture_file old = {
        "faq/old.md", "---\ntitle: Replaced\nreviewed: 2026-03-01\nsuperseded: legal\n---\n" COST "\n", 0};
    static const struct fixture_file legal = {"faq/legal.md",
                                              "---\ntitle: Is it legal?\nreviewed: 2026-03-01\n---\n" COST "\n", 0};
    struct shop s;
    struct span page;

    (void)state;
    fixture_write(dir, &later);
    fixture_write(dir, &draft);
    s = open_shop("Words.", NULL);
    page = render(&s, "/sources/paper");
    assert_int_equal(times(page, "<mark>") + times(page, "<rect"), 0);
    assert_int_equal(times(page, "Tomorrow") + times(page, "Unfinished"), 0);
    assert_int_equal(times(page, "Quoted"), 0);
    close_shop(&s);
    fixture_restore(dir, later.path);
    fixture_restore(dir, draft.path);

    fixture_write(dir, &old);
    s = open_shop("Words.", NULL);
    assert_int_equal(times(render(&s, "/sources/paper"), "<mark>"), 0);
    close_shop(&s);
    fixture_restore(dir, old.path);

    fixture_write(dir, &legal);
    s = open_shop("Words.", NULL);
    page = render(&s, "/sources/paper");
    assert_true(has(page, "<li><a href=\"/faq/#legal\">Is it legal?</a> · <a href=\"#p1\">Page 1</a></li>"));
    close_shop(&s);
    fixture_restore(dir, legal.path);
}

/* One text in two languages is one quoter; each page leads to the one its reader can read. */
static void test_languages(void **state)
{
    struct shop s = open_shop(COST, "«El mensaje debe centrarse en el costo» [(página 1)](doc:paper#p1)");
    struct span page = render(&s, "/es/sources/paper");

    (void)state;
    assert_true(has(page, "<h1 id=\"Title\">Un memo</h1>"));
    assert_true(has(leaf(page, "p1"), "<a href=\"/es/news/2026-04-24-memo\">El memo</a>"));
    assert_true(has(leaf(page, "p1"), "<mark>The message"));
    assert_true(has(leaf(page, "p1"), "<div class=\"words\" lang=\"en\">"));
    assert_int_equal(times(page, "/news/2026-04-24-memo\">"), 2); /* in the list, and on its page */
    assert_true(has(page, ">Página 1</h2>"));
    close_shop(&s);

    s = open_shop(COST, NULL);
    page = render(&s, "/es/sources/paper");
    assert_true(has(page, "<a href=\"/news/2026-04-24-memo\" hreflang=\"en\" lang=\"en\">A &lt;memo&gt;</a>"));
    close_shop(&s);
}

static void test_hostile_words(void **state)
{
    struct shop s = open_shop(COST, NULL);
    struct document *d = document(&s, "paper");
    struct span page;

    (void)state;
    for (size_t i = 0; i < d->shown.text.pages[1].word_count; i++)
        d->shown.text.pages[1].words[i].text = S("<script>\"'&</p></details>");
    d->title[LANG_EN] = S("</h1><b>\"x\" & y");
    d->author = S("<img src=x>");
    d->authenticity = AUTHENTICITY_FALSE;
    d->authenticity_by[LANG_EN] = S("<i>nobody</i>");
    d->language = S("\"><");
    page = render(&s, "/sources/paper");
    assert_int_equal(times(page, "<script") + times(page, "<b>") + times(page, "<img src=x") + times(page, "<i>"), 0);
    assert_int_equal(times(page, "\"><\""), 0);
    assert_true(has(leaf(page, "p2"), "&lt;script&gt;&quot;&#39;&amp;&lt;/p&gt;"));
    page = render(&s, "/sources/");
    assert_int_equal(times(page, "<b>") + times(page, "<img src=x") + times(page, "<i>"), 0);
    close_shop(&s);
}

/* A word that is not shown is not marked, and what stands around it is. */
static void test_redacted(void **state)
{
    struct shop s = open_shop(COST, NULL);
    struct document *d = document(&s, "paper");
    struct doc_page *page = &d->shown.text.pages[0];
    struct doc_word *words = ARENA_ARRAY(s.arena, struct doc_word, page->word_count);
    size_t count = 0;
    struct span first;

    (void)state;
    for (size_t i = 0; i < page->word_count; i++)
        if (!span_eq(page->words[i].text, S("remain")))
            words[count++] = page->words[i];
    assert_int_equal(count + 1, page->word_count);
    page->words = words;
    page->word_count = count;
    first = leaf(render(&s, "/sources/paper"), "p1");
    assert_int_equal(times(first, "remain"), 0);
    assert_true(has(first, "<mark>The message should focused on cost. Do not discuss dues</mark>"));
    words[count - 1].text = S("other"); /* another page's words: no mark is better than a wrong one */
    first = leaf(render(&s, "/sources/paper"), "p1");
    assert_int_equal(times(first, "<mark>") + times(first, "<rect"), 0);
    close_shop(&s);
}

static void test_embed(void **state)
{
    struct shop s = open_shop(COST "\n\n![Page 1 of \"it\"](doc:paper#p1)\n", NULL);
    struct span page = render(&s, "/news/2026-04-24-memo");

    (void)state;
    assert_true(has(page, "<figure class=\"page-picture\">\n<a href=\"/sources/paper#p1\"><span class=\"sheet\">"
                          "<img src=\"/sources/paper/p1.webp\" alt=\"Page 1 of &quot;it&quot;\" width=\"1400\""));
    assert_int_equal(times(page, "<rect "), 2);
    assert_true(has(page, "<figcaption><a href=\"/sources/paper#p1\">A memo, page 1</a></figcaption>"));
    document(&s, "paper")->shown.text.page_count = 0;
    page = render(&s, "/news/2026-04-24-memo");
    assert_int_equal(times(page, "<img"), 0);
    close_shop(&s);
}

static void test_standing(void **state)
{
    static const struct {
        enum authenticity authenticity;
        const char *by;
        bool on;
        const char *en;
        const char *es;
    } rows[] = {
        {AUTHENTICITY_UNVERIFIED, "", false, "We could not verify it.", "No pudimos verificarlo."},
        {AUTHENTICITY_ADMITTED, "the employer", true, "Admitted as genuine by the employer, April 23, 2026.",
         "Reconocido como auténtico por the employer, 23 de abril de 2026."},
        {AUTHENTICITY_ADMITTED, "", true, "Admitted as genuine, April 23, 2026.", "auténtico el 23 de abril de 2026."},
        {AUTHENTICITY_CORROBORATED, "two parents", false, "Corroborated by two parents.", "por two parents."},
        {AUTHENTICITY_DISPUTED, "the board", false, "disputed by the board.", "la discute the board."},
        {AUTHENTICITY_FALSE, "", false, "<p class=\"notice warning\"><strong>False: this paper is not genuine.",
         "<p class=\"notice warning\"><strong>Falso: "},
    };
    struct shop s = open_shop("Words.", NULL);
    struct document *d = document(&s, "paper");

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        d->authenticity = rows[i].authenticity;
        d->authenticity_by[LANG_EN] = span_of(rows[i].by);
        d->authenticity_on = rows[i].on ? (struct date){2026, 4, 23} : (struct date){0};
        assert_true(has(render(&s, "/sources/paper"), rows[i].en));
        assert_true(has(render(&s, "/es/sources/paper"), rows[i].es));
    }
    close_shop(&s);
}

static void test_facts(void **state)
{
    struct shop s = open_shop("Words.", NULL);
    struct document *d = document(&s, "paper");
    struct span page;

    (void)state;
    page = render(&s, "/sources/paper");
    assert_true(has(page, "<dt class=\"hidden\">Dated</dt><dd>without a date</dd>"));
    assert_true(has(page, "<span>0011</span><wbr><span>2233</span>"));
    assert_true(has(page, "<span>ffee</span><wbr><span>ddcc</span>"));
    assert_true(has(page, "Public copy (PDF, 1 KB)"));
    assert_true(has(page, ">3 pages<"));
    d->shown.pdf_size = 1234567;
    d->shown.commitment = S("cut");
    d->superseded_by = S("draft");
    page = render(&s, "/sources/paper");
    assert_true(has(page, "Public copy (PDF, 1.2 MB)"));
    assert_true(has(render(&s, "/es/sources/paper"), "Copia pública (PDF, 1,2 MB)"));
    assert_int_equal(times(page, "Commitment"), 0);
    assert_int_equal(times(page, "Another document"), 0); /* nobody can see that one */
    show(&s, "draft");
    assert_true(has(render(&s, "/sources/paper"), "this one: <a href=\"/sources/draft\">A memo</a>"));
    close_shop(&s);
}

static void test_readings(void **state)
{
    struct shop s = open_shop("Words.", NULL);
    struct span page;

    (void)state;
    show(&s, "scan");
    show(&s, "today");
    list_rows(&s);
    page = render(&s, "/sources/scan");
    assert_true(has(leaf(page, "p1"), "A machine read this page; words may be wrong."));
    assert_true(has(leaf(page, "p3"), "A machine read this page; one of us compared it with the picture."));
    assert_int_equal(times(leaf(page, "p2"), "<details"), 0);
    assert_true(has(leaf(page, "p2"), "Nobody has written its words down yet."));
    page = render(&s, "/sources/today");
    assert_true(has(page, "Typed from the picture."));
    assert_true(has(page, "<p>We will decide today.</p>"));
    close_shop(&s);
}

/* A path of ours that a writer gave: right before the copy is made, and after. */
static void test_plain_links(void **state)
{
    static const struct {
        const char *address;
        bool is_right;
    } rows[] = {
        {"/sources/", true},         {"/sources/paper", true},     {"/es/sources/paper#p3", true},
        {"/sources/draft#p1", true}, {"/sources/paper#p4", false}, {"/sources/paper#x", false},
        {"/sources/secret", false},  {"/sources/none", false},     {"/sources/none#p1", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char body[128];
        struct shop s;
        bool is_right = true;

        (void)snprintf(body, sizeof body, "See [what it says](%s).", rows[i].address);
        s = open_shop(body, NULL);
        for (size_t k = 0; k < s.out.diags.list.count; k++)
            is_right = is_right && s.out.diags.list.items[k].code != DIAG_BROKEN_LINK;
        if (is_right != rows[i].is_right)
            print_message("%s\n", rows[i].address);
        assert_int_equal(is_right, rows[i].is_right);
        close_shop(&s);
    }
}

/* ---- paragraphs ---- */

struct typeset {
    const char *words;
    int32_t x0, x1, top;
};

static struct span set(struct shop *s, const struct typeset *lines, size_t count)
{
    struct document *d = document(s, "paper");
    struct doc_page *page = &d->shown.text.pages[0];
    LIST(struct doc_word) words = {0};

    for (size_t i = 0; i < count; i++) {
        struct span rest = span_of(lines[i].words);
        size_t n = times(rest, " ") + 1;
        int32_t width = (lines[i].x1 - lines[i].x0) / (int32_t)n;
        int32_t at = lines[i].x0;
        struct span word;

        for (; span_next(&rest, ' ', &word); at += width)
            *LIST_ADD(s->arena, &words) =
                (struct doc_word){word, {at, lines[i].top, at + width - 20, lines[i].top + 120}, (uint32_t)i, 100};
    }
    page->words = words.items;
    page->word_count = words.count;
    return leaf(render(s, "/sources/paper"), "p1");
}

static void test_paragraphs(void **state)
{
    static const struct typeset lines[] = {
        {"One two three", 0, 2000, 0},      {"four five.", 0, 900, 160},   {"Six seven eight nine", 0, 1990, 320},
        {"ten co-", 0, 1950, 480},          {"lumns.", 0, 600, 640},       {"Over a gap", 0, 1900, 1000},
        {"a second column", 2500, 4400, 0}, {"goes on.", 2500, 3300, 160}, {"1. an item of it", 2500, 4450, 320},
    };
    struct shop s = open_shop("Words.", NULL);
    struct span page = set(&s, lines, COUNT(lines));

    (void)state;
    assert_true(has(page, "<p>One two three four five.</p>\n<p>Six seven eight nine ten co-lumns.</p>\n"
                          "<p>Over a gap</p>\n<p>a second column goes on.</p>\n<p>1. an item of it</p>"));
    close_shop(&s);
}

/* As many words as a folder may have, all on one page, each as long as can be once it is escaped. */
static void test_too_many_words(void **state)
{
    enum { MANY = 2 * 1000 * 1000 };
    struct shop s = open_shop(COST, NULL);
    struct doc_text *text = &document(&s, "paper")->shown.text;
    struct doc_word *words = ARENA_ARRAY(s.arena, struct doc_word, MANY);
    struct span page;

    (void)state;
    for (uint32_t i = 0; i < MANY; i++)
        words[i] = (struct doc_word){S("\"\""), {0}, i, 100};
    text->pages[1].words = words;
    text->pages[1].word_count = 300 * 1000; /* one paragraph */
    text->pages[2].words = words;
    text->pages[2].word_count = MANY;
    page = render(&s, "/sources/paper");
    assert_true(page.n > 3600 * 1000 && page.n < 8 * 1000 * 1000);
    assert_true(has(leaf(page, "p1"), "<mark>The message"));
    assert_int_equal(times(leaf(page, "p2"), "<p>"), 1);
    assert_true(has(leaf(page, "p3"), "This page has more words than fit here"));
    close_shop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_cleared_and_made),
        cmocka_unit_test(test_nothing_to_show),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_over_two_pages),
        cmocka_unit_test(test_who_may_be_named),
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_hostile_words),
        cmocka_unit_test(test_redacted),
        cmocka_unit_test(test_embed),
        cmocka_unit_test(test_standing),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_readings),
        cmocka_unit_test(test_plain_links),
        cmocka_unit_test(test_paragraphs),
        cmocka_unit_test(test_too_many_words),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
