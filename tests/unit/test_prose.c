/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One document, two forms: HTML for a page and plain text. Hostile words in every place, the shapes of blocks, the same
 * links in both, and the limits.
 */
#define _XOPEN_SOURCE 700
#include "fixture_folder.h"

#include "main/compile.h"

#include "fixture_reader.h"

struct page {
    struct arena *arena;
    struct compiled out;
    const struct prose_doc *doc;
    LIST(struct span) links; /* that the HTML asked for */
};

static struct page open_page(const char *body, const char *language)
{
    struct page p = {.arena = arena_open((size_t)1 << 30)};
    struct fixture_file memo = {MEMO, arena_printf(p.arena, "---\ntitle: A\n---\n%s", body).p, 0};
    const struct entry *e;
    if (language)
        memo.path = MEMO_ES;
    fixture_write(dir, &memo);
    assert_int_equal(fixture_compile(p.arena, dir, FIXTURE_NOW, &p.out), RC_OK);
    fixture_restore(dir, memo.path);
    e = campaign_entry(p.out.campaign, ENTRY_NEWS, S("memo"), language ? LANG_ES : LANG_EN);
    p.doc = e ? prose_of(&p.out.library, e) : NULL;
    return p;
}

static struct url take_link(const void *ctx, struct arena *a, struct span address)
{
    struct page *p = (struct page *)(uintptr_t)ctx;
    struct url url;

    (void)a;
    *LIST_ADD(p->arena, &p->links) = address;
    if (!url_relative(address, &url))
        assert_true(url_external(address, &url));
    return url;
}

static const char *html_of(struct page *p)
{
    const struct prose_web web = {
        .ctx = p, .link = take_link, .lang = LANG_EN, .heading_base = 2, .has_figure_notes = true};

    return arena_cstr(p->arena, prose_render_web(p->arena, p->doc, &web).s);
}

static const char *text_of(struct page *p, unsigned width)
{
    const struct prose_text text = {.origin = S("https://b.example"), .lang = LANG_EN, .width = width};

    return arena_cstr(p->arena, prose_render_text(p->arena, p->doc, &text));
}

struct row {
    const char *body;
    const char *form;
};

static void run(const struct row *rows, size_t count, bool is_html)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        struct page p = open_page(rows[i].body, NULL);
        const char *got = is_html ? html_of(&p) : text_of(&p, 40);

        if (strcmp(got, rows[i].form) != 0) {
            print_error("of\n%swanted\n%sgot\n%s", rows[i].body, rows[i].form, got);
            wrong++;
        }
        arena_close(&p.arena);
    }
    assert_int_equal(wrong, 0);
}

/* ---- what was checked when it was taken in ---- */

static struct page open_checked(const char *body, bool is_checked)
{
    struct page p = {.arena = arena_open((size_t)1 << 30)};
    struct fixture_file memo = {MEMO, arena_printf(p.arena, "---\ntitle: A\n---\n%s", body).p, 0};
    struct folder_source source;
    struct span fault = {0};

    fixture_write(dir, &memo);
    assert_int_equal(folder_source_open(p.arena, dir, &source, &fault), RC_OK);
    source.is_checked = is_checked;
    assert_int_equal(compile_source_reading(p.arena, &source, &fixture_reader, FIXTURE_NOW, false, &p.out, &fault),
                     RC_OK);
    folder_source_close(&source);
    fixture_restore(dir, memo.path);
    p.doc = prose_of(&p.out.library, campaign_entry(p.out.campaign, ENTRY_NEWS, S("memo"), LANG_EN));
    return p;
}

/* Nothing that a page shows comes of the checks that are left out. */
static void checked_before_is_the_same_page(void **state)
{
    static const char body[] = "# One & two\n\n57 people came yesterday, [9,999 signed](fig:signers).\n\n"
                               "> “Twelve” \\*words\n> — somebody\n\n[more](faq:is-it-legal) &#27; `co\tde`\n";
    struct page fresh = open_checked(body, false);
    struct page again = open_checked(body, true);

    (void)state;
    assert_string_equal(html_of(&again), html_of(&fresh));
    assert_string_equal(text_of(&again, 40), text_of(&fresh, 40));
    assert_int_equal(prose_figure_count(again.doc), prose_figure_count(fresh.doc));
    assert_true(again.out.diags.list.count < fresh.out.diags.list.count);
    arena_close(&again.arena);
    arena_close(&fresh.arena);
}

/* What exhibits mark, and what says that the words are ours, comes of a check that nobody hears of. */
static void checked_before_quotes_the_same(void **state)
{
    static const char body[] = "“Six words that are nobody's here”, she said.\n\n"
                               "“focused on cost” [(page 1)](doc:paper#p1)\n\n"
                               "> The message should remain focused on cost.\n> — [memo](doc:paper#p1)\n\n"
                               "- one\n- “focused on cost” *[(p. 1)](doc:paper#p1)*\n\n"
                               "“not their words” [(p. 1)](doc:carta#p1-2)\n";
    struct page fresh = open_checked(body, false);
    struct page again = open_checked(body, true);

    (void)state;
    assert_string_equal(html_of(&again), html_of(&fresh));
    assert_int_equal(prose_quote_count(fresh.doc), 4);
    assert_int_equal(prose_quote_count(again.doc), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(prose_quote(again.doc, i)->range_count, prose_quote(fresh.doc, i)->range_count);
        assert_int_equal(prose_quote(again.doc, i)->first, prose_quote(fresh.doc, i)->first);
        assert_int_equal(prose_quote(again.doc, i)->range_count, i == 3 ? 0 : 1);
    }
    arena_close(&again.arena);
    arena_close(&fresh.arena);
}

/* ---- HTML ---- */

static void blocks_become_html(void **state)
{
    static const struct row rows[] = {
        {"Words *and* **strong** `co<de`.\nNext  \nbroken\n",
         "<p>Words <em>and</em> <strong>strong</strong> <code>co&lt;de</code>.\nNext<br>\nbroken</p>\n"},
        {"- a\n- b\n", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
        {"- a\n\n- b\n", "<ul>\n<li><p>a</p>\n</li>\n<li><p>b</p>\n</li>\n</ul>\n"},
        {"3. a\n4. b\n   - c\n", "<ol start=\"3\">\n<li>a</li>\n<li>b<ul>\n<li>c</li>\n</ul>\n</li>\n</ol>\n"},
        {"1. a\n", "<ol>\n<li>a</li>\n</ol>\n"},
        {"> Said so.\n> — [Ana](https://a.example/)\n",
         "<blockquote>\n<p>Said so.</p>\n<p class=\"cite\">— <a href=\"https://a.example/\">Ana</a></p>\n</blockquote>\n"},
        {"> Said so.\n>\n> - Ana\n", "<blockquote>\n<p>Said so.</p>\n<ul>\n<li>Ana</li>\n</ul>\n</blockquote>\n"},
        {"> — Ana\n", "<blockquote>\n<p class=\"cite\">— Ana</p>\n</blockquote>\n"},
        {"> Said —\n> so.\n", "<blockquote>\n<p>Said —\nso.</p>\n</blockquote>\n"},
        {"    <code> & \"\n", "<pre tabindex=\"0\"><code>&lt;code&gt; &amp; &quot;\n</code></pre>\n"},
        {"a\n\n***\n\nb\n", "<p>a</p>\n<hr>\n<p>b</p>\n"},
        {"| a | b |\n|:-:|--:|\n| c | d |\n",
         "<section class=\"table\" tabindex=\"0\" aria-label=\"Table\">\n<table>\n<thead>\n<tr><th scope=\"col\" "
         "class=\"center\">a</th><th scope=\"col\" class=\"right\">b</th></tr>\n</thead>\n<tbody>\n<tr><td "
         "class=\"center\">c</td><td class=\"right\">d</td></tr>\n</tbody>\n</table>\n</section>\n"},
        /* Papers that nobody can see yet: words. What is shown leads somewhere in test_exhibit. */
        {"“focused on cost” [(page 1)](doc:paper#p1)\n", "<p>“focused on cost” (page 1)</p>\n"},
        {"“not their words” [(p. 1)](doc:carta#p1-2)\n",
         "<p>“not their words” (p. 1) <small class=\"translated\">(our translation)</small></p>\n"},
        {"![The &lt;memo>](doc:paper#p1)\n", "<p>The &lt;memo&gt; <span class=\"cite\">A memo, page 1</span></p>\n"},
        {"[a paper](doc:secret#p1)\n", "<p>a paper</p>\n"},
        {"\n", ""},
    };

    (void)state;
    run(rows, COUNT(rows), true);
}

static void headings_never_skip(void **state)
{
    static const struct row rows[] = {
        {"# A\n\n### B\n\n## C\n\n###### D\n",
         "<h2 id=\"a\">A</h2>\n<h3 id=\"b\">B</h3>\n<h3 id=\"c\">C</h3>\n<h4 id=\"d\">D</h4>\n"},
        {"#### A\n\n# B\n", "<h2 id=\"a\">A</h2>\n<h2 id=\"b\">B</h2>\n"},
        {"# A\n\n## B\n\n### C\n\n#### D\n\n##### E\n\n###### F\n",
         "<h2 id=\"a\">A</h2>\n<h3 id=\"b\">B</h3>\n<h4 id=\"c\">C</h4>\n<h5 id=\"d\">D</h5>\n<h6 id=\"e\">E</h6>\n<h6 id=\"f\">F</h6>\n"},
        {"# ¿Qué *pasó*?\n\n# Que paso\n\n# !\n\n# \"><i\n",
         "<h2 id=\"que-paso\">¿Qué <em>pasó</em>?</h2>\n<h2 id=\"que-paso-2\">Que paso</h2>\n<h2 id=\"section\">!</h2>\n"
         "<h2 id=\"i\">&quot;&gt;&lt;i</h2>\n"},
    };

    (void)state;
    run(rows, COUNT(rows), true);
}

static void references_become_html(void **state)
{
    static const struct row rows[] = {
        {"[146](fig:signers)\n", "<p><a class=\"fig\" href=\"#fig-signers\">146</a></p>\n"},
        {"[146](fig:nope)\n", "<p>146</p>\n"},
        {"[it is](faq:legal \"so\")\n", "<p><a href=\"/faq/#legal\" title=\"so\">it is</a></p>\n"},
        {"[it is](faq:unchecked) [x](javascript:alert(1)) [y](case:x) [z](block:ask)\n", "<p>it is x y z</p>\n"},
        {"[a](../pages/about.md#our-name) [b](#nope) [c](file:meeting.ics)\n",
         "<p><a href=\"/about#our-name\">a</a> <a href=\"#nope\">b</a> <a href=\"/files/meeting.ics\">c</a></p>\n"},
        {"![The gate](../photos/gate.png \"At <noon>\")\n",
         "<figure><img src=\"/photos/gate.png\" alt=\"The gate\" width=\"3\" height=\"2\">"
         "<figcaption>At &lt;noon&gt;</figcaption></figure>\n"},
        {"So ![the *gate*](../photos/gate.png) is.\n",
         "<p>So <img src=\"/photos/gate.png\" alt=\"the gate\" width=\"3\" height=\"2\"> is.</p>\n"},
        {"![The gate](https://a.example/x.png)\n", "<figure><span>The gate</span></figure>\n"},
        {"![](block:ask)\n", "<div class=\"block block-ask\">\n<p>Write to us.</p>\n</div>\n"},
        {"before ![](block:ask) after\n",
         "<p>before </p>\n<div class=\"block block-ask\">\n<p>Write to us.</p>\n</div>\n<p> after</p>\n"},
        {"![Is it?](faq:legal)\n",
         "<div class=\"embed embed-faq\">\n<p class=\"embed-title\"><a href=\"/faq/#legal\">Is it legal?</a></p>\n<p>Yes.</p>\n"
         "<p class=\"embed-detail\">Checked on March 1, 2026.</p>\n</div>\n"},
        {"![said](press:times)\n",
         "<div class=\"embed embed-press\">\n<p class=\"embed-title\"><a href=\"https://times.example/a\">They want a union</a></p>\n"
         "<p class=\"embed-detail\">Harbor Times, March 5, 2026</p>\n</div>\n"},
        {"![signed](fig:signers)\n",
         "<div class=\"figure-box\">\n<p><strong class=\"big\">146 educators</strong> signed</p>\n<p class=\"embed-detail\">As of "
         "April 20, 2026. Source: A count.</p>\n</div>\n"},
        {"![Sign it](sign:letter)\n", "<p>Sign it</p>\n"},
    };

    (void)state;
    run(rows, COUNT(rows), true);
}

static void other_languages_are_marked(void **state)
{
    struct page p;

    (void)state;
    fixture_write(dir, &(struct fixture_file){"faq/legal.es.md", NULL, 0});
    fixture_write(dir, &(struct fixture_file){"blocks/ask.es.md", NULL, 0});
    p = open_page("![¿Legal?](faq:legal)\n\n![](block:ask)\n", "es");
    assert_non_null(strstr(html_of(&p), "<div class=\"embed embed-faq\" lang=\"en\">"));
    assert_non_null(strstr(html_of(&p), "<div class=\"block block-ask\" lang=\"en\">"));
    arena_close(&p.arena);
    fixture_restore(dir, "faq/legal.es.md");
    fixture_restore(dir, "blocks/ask.es.md");
    p = open_page("![¿Legal?](faq:legal)\n\n![](block:ask)\n", "es");
    assert_null(strstr(html_of(&p), "lang="));
    assert_non_null(strstr(html_of(&p), "¿Es legal?</a>"));
    arena_close(&p.arena);
}

/* Everywhere a person may write: no tag, no quote and no ampersand of theirs reaches the page as such. */
static void hostile_words_stay_words(void **state)
{
    static const char *const bodies[] = {
        "\\<script>\\\"'&\n",
        "# \\<script>\\\"'&\n",
        "`<script>\"'&`\n",
        "```\"><script>\n<script>\"'&\n```\n",
        "| `<script>\"'` |\n|---|\n| \\<script>\\\"'& |\n",
        "[\\<script>\"'](https://a.example/?a='b&c=<script> \"t\\\"'<script>&\")\n",
        "[x](<https://a.example/\"'<script\\>>)\n",
        "![\\<script>\"'&](../photos/gate.png \"\\\"'<script>&\")\n",
        "![\\<script>\"'&](fig:signers)\n",
        "> \\<script>\"'\n> — \\<script>\"'\n",
        "- \\<script>\"'&\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct page p = open_page(bodies[i], NULL);
        const char *html = html_of(&p);

        if (strstr(html, "<script") || strstr(html, "'") || !strstr(html, "cript"))
            fail_msg("%s: %s", bodies[i], html);
        for (const char *at = html; (at = strchr(at, '&')) != NULL; at++)
            if (strncmp(at, "&amp;", 5) != 0 && strncmp(at, "&lt;", 4) != 0 && strncmp(at, "&gt;", 4) != 0 &&
                strncmp(at, "&quot;", 6) != 0 && strncmp(at, "&#39;", 5) != 0)
                fail_msg("%s: %s", bodies[i], html);
        arena_close(&p.arena);
    }
}

static void hostile_registers_stay_words(void **state)
{
    struct page p;
    const char *html;

    (void)state;
    fixture_write(
        dir, &(struct fixture_file){"faq/legal.md",
                                    "---\ntitle: <script>'\"&\nlaw: <script>'\nreviewed: 2026-03-01\n---\nYes.\n", 0});
    fixture_write(
        dir, &(struct fixture_file){
                 "figures.csv", FIXTURE_FIGURES_HEAD "signers,146,<script>',u,2026-04-20,<script>\"\"',s,,,,,\n", 0});
    fixture_write(dir,
                  &(struct fixture_file){"press.csv",
                                         "key,outlet,title,date,address,stance,language\n"
                                         "times,<script>',<script>',2026-03-05,https://t.example/<script>',report,en\n",
                                         0});
    p = open_page("![a](faq:legal)\n\n![b](fig:signers)\n\n![c](press:times)\n", NULL);
    html = html_of(&p);
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "'"));
    assert_non_null(strstr(html, "&lt;script&gt;"));
    arena_close(&p.arena);
    fixture_restore(dir, "faq/legal.md");
    fixture_restore(dir, "figures.csv");
    fixture_restore(dir, "press.csv");
}

/* ---- text ---- */

static void blocks_become_text(void **state)
{
    static const struct row rows[] = {
        {"Words *and* `code`,\nwrapped before the fortieth character.\n",
         "Words and code, wrapped before the\nfortieth character.\n"},
        {"Hard  \nbreak\n", "Hard\nbreak\n"},
        {"áéíóú áéíóú áéíóú áéíóú áéíóú áéíóú áéíó u\n", "áéíóú áéíóú áéíóú áéíóú áéíóú áéíóú áéíó\nu\n"},
        {"Averyveryveryveryveryveryveryveryverylongword x\n", "Averyveryveryveryveryveryveryveryverylongword\nx\n"},
        {"# Top\n\nWords\n\n### Low\n", "Top\n---\n\nWords\n\nLow\n---\n"},
        {"- a\n- b wrapped because it is longer than forty\n  - c\n",
         "- a\n- b wrapped because it is longer than\n  forty\n\n  - c\n"},
        {"9. a\n10. b\n", "9. a\n10. b\n"},
        {"- a\n\n- b\n", "- a\n\n- b\n"},
        {"> Said so, and it is longer than forty characters.\n> — Ana\n",
         "> Said so, and it is longer than forty\n> characters.\n> — Ana\n"},
        {"> a\n> > b\n", "> a\n>\n> > b\n"},
        {"| a | b |\n|---|---|\n| c | d |\n", "a | b\nc | d\n"},
        {"    code\n      more\n", "    code\n      more\n"},
        {"    a\x1b\u00e9\n", "    a\uFFFD\u00e9\n"}, /* a control between letters that are fine */
        {"a\n\n***\n", "a\n\n* * *\n"},
        {"[a](https://a.example/) [b](/faq/) [c](https://a.example/) [d](#e) [146](fig:signers)\n\n## e\n",
         "a [1] b [2] c [1] d 146\n\ne\n-\n\n[1] https://a.example/\n[2] https://b.example/faq/\n"},
        {"![The gate](../photos/gate.png \"At noon\")\n", "[Photo: The gate]\nAt noon\n"},
        {"![](block:ask)\n", "Write to us.\n"},
        {"![said](press:times)\n",
         "They want a union [1]\nHarbor Times, March 5, 2026\n\n[1] https://times.example/a\n"},
        {"![signed](fig:signers)\n", "146 educators signed\nAs of April 20, 2026. Source: A count.\n"},
        {"\n", ""},
    };

    (void)state;
    run(rows, COUNT(rows), false);
}

/* Nobody is told less: every address that the page leads to stands at the end of the text, and nothing else. */
static void text_has_the_links_of_the_page(void **state)
{
    struct page p = open_page(
        "[a](https://a.example/?x=1&y=2) **[b](../faq/legal.md)** [c](#x) [146](fig:signers) [y](case:x)\n\n"
        "- [d](mailto:a@b.example)\n\n> q\n> — [e](tel:+15550100)\n\n| [f](/press) |\n|---|\n| [g](faq:legal) |\n\n"
        "![h](faq:legal)\n\n![i](press:times)\n\n## x [j](/rights/)\n",
        NULL);
    const char *text;
    size_t found = 0;
    size_t listed = 0;

    (void)state;
    (void)html_of(&p);
    text = text_of(&p, 72);
    for (size_t i = 0; i < p.links.count; i++) {
        struct span address = p.links.items[i];
        bool is_ours = span_starts(address, S("/"));
        bool again = span_starts(address, S("#"));

        for (size_t k = 0; k < i; k++)
            again = again || span_eq(p.links.items[k], address);
        if (again)
            continue;
        found++;
        if (!strstr(text,
                    arena_printf(p.arena, "] %s%.*s\n", is_ours ? "https://b.example" : "", SPAN_ARGS(address)).p))
            fail_msg("%.*s is missing in\n%s", SPAN_ARGS(address), text);
    }
    for (const char *at = text; (at = strstr(at, "\n[")) != NULL; at++)
        listed++;
    assert_int_equal(listed, found);
    assert_int_equal(found, 7);
    arena_close(&p.arena);
}

/* ---- limits ---- */

/* `body` is refused with one bad-file, at its first line, and leaves an empty document; or is fine. */
static void expect_limit(const char *body, const char *words)
{
    struct page p = open_page(body, NULL);

    if (words == NULL) {
        assert_int_equal(p.out.diags.errors, 0);
    } else {
        assert_int_equal(p.out.diags.errors, 1);
        assert_int_equal(p.out.diags.list.items[0].code, DIAG_BAD_FILE);
        assert_int_equal(p.out.diags.list.items[0].at.line, 4);
        assert_true(span_find(p.out.diags.list.items[0].message, span_of(words)) != SPAN_NONE);
        assert_string_equal(html_of(&p), "");
        assert_string_equal(text_of(&p, 72), "");
    }
    arena_close(&p.arena);
}

static char *repeat(const char *piece, size_t times, const char *end)
{
    size_t n = strlen(piece);
    char *s = malloc(n * times + strlen(end) + 1);

    assert_non_null(s);
    for (size_t i = 0; i < times; i++)
        memcpy(s + i * n, piece, n);
    memcpy(s + n * times, end, strlen(end) + 1);
    return s;
}

static void expect_limit_of(const char *piece, size_t times, const char *end, const char *words)
{
    char *body = repeat(piece, times, end);

    expect_limit(body, words);
    free(body);
}

static void too_deep_is_refused(void **state)
{
    (void)state;
    expect_limit_of("> ", 46, "a\n", NULL);
    expect_limit_of("> ", 48, "a\n", "deeper than 48");
    expect_limit_of("> ", 20000, "a\n", "deeper than 48");
    expect_limit_of("- ", 23, "a\n", NULL);
    expect_limit_of("- ", 24, "a\n", "deeper than 48");
    expect_limit_of("*a **b ", 40, "c\n", NULL); /* not closed: no emphasis */
}

static void too_wide_is_refused(void **state)
{
    (void)state;
    expect_limit_of("|", 200, "\n", NULL);
    expect_limit_of("|", 201, "\n", "more than 200");
    expect_limit_of("||||||||||\n", 100, "", NULL); /* a line, not a text */
    expect_limit_of("||||||||||\r", 100, "\n", NULL);
}

static void too_much_memory_is_refused(void **state)
{
    char *wide = repeat("|a", 150, "|\n");
    char *rule = repeat("|-", 150, "|\n");
    char *rows = repeat("|a\n", 100000, "");
    size_t n = strlen(wide) + strlen(rule) + strlen(rows) + 1;
    char *body = malloc(n);

    (void)state;
    assert_non_null(body);
    (void)snprintf(body, n, "%s%s%s", wide, rule, rows);
    expect_limit(body, "64 MB");
    free(wide);
    free(rule);
    free(rows);
    free(body);
}

static void large_is_fine_and_larger_is_refused(void **state)
{
    enum { HEAD = sizeof "---\ntitle: A\n---\n" - 1 };
    char *body = repeat("word\n", (512 * 1024 - HEAD) / 5, "");
    struct page p = open_page(body, NULL);

    (void)state;
    assert_int_equal(p.out.diags.errors, 1); /* as a letter, not as a page */
    assert_int_equal(p.out.diags.list.items[0].code, DIAG_MAIL_TOO_LARGE);
    assert_non_null(p.doc);
    assert_true(strlen(html_of(&p)) > 500000);
    arena_close(&p.arena);
    free(body);
    body = repeat("word\n", (512 * 1024 - HEAD) / 5 + 1, "");
    p = open_page(body, NULL);
    assert_null(p.doc);
    assert_int_equal(p.out.diags.errors, 1);
    assert_true(span_eq(p.out.diags.list.items[0].message, S("larger than 512 KB")));
    arena_close(&p.arena);
    free(body);
}

/* Nothing a person can write in a few KB takes long or crashes: shapes that hurt other programs. */
static void hard_shapes_are_survived(void **state)
{
    static const char *const pieces[] = {
        "[", "![", "](",           "[a](",     "*",       "_a_ ", "`",         "<",
        "&", "\\", "<!--",         "a\n> ",    "- a\n  ", "1. ",  "[a]: b\n",  "|\n|-\n",
        "“", "8 ", "one hundred ", "&amp;\\*", "\t",      "#\n",  "[1](fig:a)"};

    (void)state;
    for (size_t i = 0; i < COUNT(pieces); i++) {
        char *body = repeat(pieces[i], 8000 / strlen(pieces[i]), "\n");
        struct page p = open_page(body, NULL);

        (void)html_of(&p);
        (void)text_of(&p, 72);
        arena_close(&p.arena);
        free(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_become_html),
        cmocka_unit_test(headings_never_skip),
        cmocka_unit_test(references_become_html),
        cmocka_unit_test(other_languages_are_marked),
        cmocka_unit_test(hostile_words_stay_words),
        cmocka_unit_test(hostile_registers_stay_words),
        cmocka_unit_test(blocks_become_text),
        cmocka_unit_test(text_has_the_links_of_the_page),
        cmocka_unit_test(too_deep_is_refused),
        cmocka_unit_test(too_wide_is_refused),
        cmocka_unit_test(too_much_memory_is_refused),
        cmocka_unit_test(large_is_fine_and_larger_is_refused),
        cmocka_unit_test(hard_shapes_are_survived),
        cmocka_unit_test(checked_before_is_the_same_page),
        cmocka_unit_test(checked_before_quotes_the_same),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
