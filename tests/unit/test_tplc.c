/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What templates may say and what is refused, each with its place. What the C that comes out does is in test_tools.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tplc_compile.h"

static struct arena *arena;
static struct buf c;
static struct buf h;
static struct buf faults;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open(256 * 1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

static enum rc compile(const char *path, const char *source)
{
    struct tplc_source in = {span_of(path), span_of(source)};

    arena_reset(arena);
    buf_init(&c, arena, 1024 * 1024);
    buf_init(&h, arena, 1024 * 1024);
    buf_init(&faults, arena, 64 * 1024);
    return tplc_compile(arena, &in, 1, S("templates.h"), &c, &h, &faults);
}

static bool has(const struct buf *b, const char *words)
{
    return span_find(buf_span(b), span_of(words)) != SPAN_NONE;
}

static void assert_taken(const char *path, const char *source)
{
    if (compile(path, source) != RC_OK)
        fail_msg("refused: %s\n%.*s", source, SPAN_ARGS(buf_span(&faults)));
    assert_int_equal(faults.n, 0);
}

static void assert_has(const struct buf *b, const char *words)
{
    if (!has(b, words))
        fail_msg("no \"%s\" in:\n%.*s", words, SPAN_ARGS(buf_span(b)));
}

/* `fault` is "line:column: error: beginning of the sentence". */
static void assert_refused(const char *path, const char *source, const char *fault)
{
    char want[400];

    (void)snprintf(want, sizeof want, "%s:%s", path, fault);
    if (compile(path, source) != RC_INVALID)
        fail_msg("taken: %s", source);
    if (!span_starts(buf_span(&faults), span_of(want)))
        fail_msg("for %s\nwanted %s\ngot %.*s", source, want, SPAN_ARGS(buf_span(&faults)));
}

static void picks_the_escape(void **state)
{
    (void)state;
    assert_taken("x.html", "<p title=\"{{a}}\" lang='{{lang}}'>{{a}}{{int n}}{{markup m}}</p>"
                           "<a href=\"{{url u}}\" title=\"{{t:x.y}}\">{{t:x.y}}</a><title>{{a}}</title>");
    assert_has(&c, "<p title=\\\"\"));\n    html_attr(out, v->a);");
    assert_has(&c, "'>\"));\n    html_text(out, v->a);\n    html_int(out, v->n);\n    html_markup(out, v->m);");
    assert_has(&c, "html_url(out, v->u);");
    assert_has(&c, "msg_put(out, lang, MSG_X_Y__, 1, NULL, 0, html_attr);");
    assert_has(&c, "msg_put(out, lang, MSG_X_Y__, 1, NULL, 0, html_text);");
    assert_has(&c, "<title>\"));\n    html_text(out, v->a);");
    assert_has(&h, "struct tpl_x {\n    struct span a;\n    int64_t n;\n    struct markup m;\n    struct url u;\n};");
}

static void refuses_holes_outside_text_and_quotes(void **state)
{
    static const char *const cases[][2] = {
        {"<p title={{a}}></p>", "1:10: error: a hole in an attribute without quotes"},
        {"<p title=x{{a}}></p>", "1:11: error: a hole in an attribute without quotes"},
        {"<p {{a}}></p>", "1:4: error: a hole in a tag, outside"},
        {"<p {{a}}=\"x\"></p>", "1:4: error: a hole in a tag, outside"},
        {"<p a{{a}}=\"x\"></p>", "1:5: error: a hole in a tag, outside"},
        {"<p a=\"x\"{{a}}></p>", "1:9: error: a hole in a tag, outside"},
        {"<br/{{a}}>", "1:5: error: a hole in a tag, outside"},
        {"<{{a}}>", "1:2: error: a hole in the name of a tag"},
        {"<p{{a}}></p>", "1:3: error: a hole in the name of a tag"},
        {"<p></{{a}}>", "1:6: error: a hole in the name of a tag"},
        {"<p></p{{a}}>", "1:7: error: a hole in the name of a tag"},
        {"<p></p {{a}}>", "1:8: error: a hole in a tag, outside"},
        {"<!-- {{a}} -->", "1:6: error: a hole inside a comment"},
        {"<!doctype {{a}}>", "1:11: error: a hole inside a doctype"},
        {"<script>{{a}}</script>", "1:9: error: a hole inside <script>"},
        {"<SCRIPT>'{{t:x.y}}'</SCRIPT>", "1:10: error: a hole inside <SCRIPT>"},
        {"<style>p{{{a}}}</style>", "1:9: error: a hole inside <style>"},
        {"<style>p{color:{{a}}}</style>", "1:16: error: a hole inside <style>"},
        {"<script></scriptx>{{a}}</script>", "1:19: error: a hole inside <script>"},
        {"<svg><style>{{a}}</style></svg>", "1:13: error: a hole inside <style>"},
        {"<iframe>{{a}}</iframe>", "1:9: error: a hole inside <iframe>"},
        {"<p onclick=\"{{a}}\"></p>", "1:13: error: a hole in the attribute onclick"},
        {"<p ONCLICK='x({{int a}})'></p>", "1:15: error: a hole in the attribute ONCLICK"},
        {"<p onanything=\"{{t:x.y}}\"></p>", "1:16: error: a hole in the attribute onanything"},
        {"<p style=\"{{a}}\"></p>", "1:11: error: a hole in the attribute style"},
        {"<iframe srcdoc=\"{{a}}\"></iframe>", "1:17: error: a hole in the attribute srcdoc"},
        {"<meta http-equiv=\"refresh\" content=\"0;{{a}}\">",
         "1:39: error: a hole in the content of <meta http-equiv>"},
        {"<meta content=\"{{url a}}\" HTTP-EQUIV=\"refresh\">", "1:16: error: a hole in the content of <meta http"},
        {"<meta http-equiv=\"{{a}}\">", "1:19: error: a hole in the attribute http-equiv"},
        {"<svg><set attributeName=\"href\" to=\"{{a}}\"/></svg>", "1:36: error: a hole in the attribute to"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused("x.html", cases[i][0], cases[i][1]);
}

static void addresses_are_whole_and_typed(void **state)
{
    static const char *const cases[][2] = {
        {"<a href=\"{{a}}\"></a>", "1:10: error: href holds an address: write {{url name}}"},
        {"<a HREF='{{a}}'></a>", "1:10: error: HREF holds an address"},
        {"<a href=\"{{int a}}\"></a>", "1:10: error: href holds an address"},
        {"<a href=\"{{t:x.y}}\"></a>", "1:10: error: href holds an address"},
        {"<a href=\"{{lang}}\"></a>", "1:10: error: href holds an address"},
        {"<a href=\"{{markup a}}\"></a>", "1:10: error: href holds an address"},
        {"<a href=\"/{{url a}}\"></a>", "1:11: error: an address must be the whole value of href"},
        {"<a href=\"{{url a}}#x\"></a>", "1:10: error: an address must be the whole value of href"},
        {"<a href=\" {{url a}}\"></a>", "1:11: error: an address must be the whole value"},
        {"<a href=\"{{! x }}{{url a}}\"></a>", "1:18: error: an address must be the whole value"},
        {"<a href=\"{{url a}}'></a>", "1:10: error: an address must be the whole value"},
        {"<a href=\"{{url a}}", "1:10: error: an address must be the whole value"},
        {"<a href={{url a}}></a>", "1:9: error: a hole in an attribute without quotes"},
        {"<a href=\"{{#if a}}x{{/if}}\"></a>", "1:10: error: a block in the attribute href"},
        {"<form action=\"{{a}}\"></form>", "1:15: error: action holds an address"},
        {"<button formaction=\"{{a}}\"></button>", "1:21: error: formaction holds an address"},
        {"<video poster=\"{{a}}\"></video>", "1:16: error: poster holds an address"},
        {"<svg><use xlink:href=\"{{a}}\"/></svg>", "1:23: error: xlink:href holds an address"},
        {"<img srcset=\"{{a}} 2x\">", "1:14: error: srcset holds addresses"},
        {"<img srcset=\"x{{url a}} 2x\">", "1:15: error: white space must stand around an address in srcset"},
        {"<img srcset=\"{{url a}}, {{url b}}x\">", "1:14: error: white space must stand around"},
        {"<p title=\"{{url a}}\"></p>", "1:11: error: title is no attribute for an address"},
        {"<p>{{url a}}</p>", "1:4: error: an address between tags"},
        {"<title>{{url a}}</title>", "1:8: error: only text may stand in <title>"},
        {"<title>{{markup a}}</title>", "1:8: error: only text may stand in <title>"},
        {"<textarea>{{markup a}}</textarea>", "1:11: error: only text may stand in <title> and <textarea>"},
        {"<p title=\"{{markup a}}\"></p>", "1:11: error: markup in an attribute"},
        {"<meta content=\"a {{url a}}\">", "1:18: error: content is no attribute for an address"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused("x.html", cases[i][0], cases[i][1]);
    assert_taken("x.html", "<img src='{{url a}}' srcset=\"{{url a}} 1x, {{url b}} 2x\"><meta content=\"{{url c}}\">");
    assert_taken("x.xml", "<a><loc>{{url a}}</loc><link href=\"{{url a}}\"/></a>");
}

static void fields_have_one_type_and_a_name(void **state)
{
    static const char *const cases[][2] = {
        {"{{a}}{{int a}}", "1:6: error: \"a\" is int here and text elsewhere"},
        {"{{#each a}}{{/each}}{{a}}", "1:21: error: \"a\" is text here and a list elsewhere"},
        {"{{a}}\n é {{t:x.y int a}}", "2:4: error: \"a\" is int here and text elsewhere"},
        {"{{A}}", "1:1: error: \"A\" is no name"},
        {"{{a-b}}", "1:1: error: \"a-b\" is no name"},
        {"{{1}}", "1:1: error: \"1\" is no name"},
        {"{{}}", "1:1: error: an empty hole"},
        {"{{int}}", "1:1: error: the name is missing"},
        {"{{text a}}", "1:1: error: \"text a\" is not how a hole is written"},
        {"{{int a b}}", "1:1: error: \"int a b\" is not how a hole is written"},
        {"{{raw a}}", "1:1: error: \"raw a\" is not how a hole is written"},
        {"{{{a}}}", "1:1: error: \"{a\" is no name"},
        {"{{while}}", "1:1: error: \"while\" has a meaning of its own"},
        {"{{int lang}}", "1:1: error: \"lang\" has a meaning of its own"},
        {"{{../a}}", "1:1: error: ../ outside an #each"},
        {"{{#each a}}{{../../b}}{{/each}}", "1:12: error: ../ outside an #each"},
        {"{{#each a}}{{/each}}{{a_count}}", "1:21: error: \"a_count\" is the number of items of the list \"a\""},
        {"{{t:}}", "1:1: error: \"\" is no message's key"},
        {"{{t:X}}", "1:1: error: \"X\" is no message's key"},
        {"{{t:x.y a a}}", "1:1: error: {a} is given twice"},
        {"{{t:x.y int}}", "1:1: error: the name after int is missing"},
        {"{{t:x.y =a}}", "1:1: error: \"\" is no placeholder's name"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused("x.html", cases[i][0], cases[i][1]);
}

static void if_asks_what_the_field_is(void **state)
{
    (void)state;
    assert_taken("x.html", "{{#if a}}1{{/if}}{{#if not a}}2{{/if}}{{#if b}}{{b}}{{/if}}{{#if not c}}{{/if}}{{int c}}"
                           "{{#if d}}<a href=\"{{url d}}\"></a>{{/if}}{{#if e}}{{#each e}}{{/each}}{{/if}}"
                           "{{#if f}}{{markup f}}{{#else}}-{{/if}}");
    assert_has(&h, "    bool a;\n    struct span b;\n    int64_t c;\n    struct url d;\n"
                   "    const struct tpl_x_e *e;\n    size_t e_count;\n    struct markup f;\n");
    assert_has(&c, "if (v->a) {");
    assert_has(&c, "if (!v->a) {");
    assert_has(&c, "if (v->b.n != 0) {");
    assert_has(&c, "if (v->c == 0) {");
    assert_has(&c, "if (v->d.s.n != 0) {");
    assert_has(&c, "if (v->e_count != 0) {");
    assert_has(&c, "if (v->f.s.n != 0) {");
    assert_has(&c, "} else {");
    /* the same name in another scope is another field */
    assert_taken("x.html", "{{a}}{{#each b}}{{#if a}}{{#if ../a}}{{/if}}{{/if}}{{/each}}");
    assert_has(&h, "struct tpl_x_b {\n    bool a;\n};");
    assert_has(&c, "if (v1->a) {\n            if (v->a.n != 0) {");
}

static void blocks_are_balanced(void **state)
{
    static const char *const cases[][2] = {
        {"{{#if a}}", "1:1: error: this block is never closed"},
        {"x{{/if}}", "1:2: error: {{/if}} ends no block"},
        {"{{#if a}}{{/each}}", "1:10: error: {{/each}} ends no block"},
        {"{{#each a}}{{/if}}", "1:12: error: {{/if}} ends no block"},
        {"{{#else}}", "1:1: error: {{#else}} belongs into"},
        {"{{#each a}}{{#else}}{{/each}}", "1:12: error: {{#else}} belongs into"},
        {"{{#if a}}{{#else}}{{#else}}{{/if}}", "1:19: error: {{#else}} belongs into"},
        {"{{#if a b}}{{/if}}", "1:1: error: a block has one name"},
        {"{{#if}}{{/if}}", "1:1: error: \"\" is no name"},
        {"{{#unless a}}{{/unless}}", "1:1: error: {{#unless a}} is not known"},
        {"{{#each not a}}{{/each}}", "1:1: error: a block has one name"},
        {"{{/if a}}", "1:1: error: {{/if a}} is not known"},
        {"a {{ b", "1:3: error: {{ without }}"},
        {"a {{\nb}}", "1:3: error: {{ without }}"},
        {"a }} b", "1:3: error: }} without {{"},
        {"{{a}}}}", "1:6: error: }} without {{"},
        {"{{a {{b}}", "1:1: error: {{ inside {{ }}"},
    };
    char deep[17 * 9 + 1] = "";

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused("x.html", cases[i][0], cases[i][1]);
    for (size_t i = 0; i < 17; i++)
        memcpy(deep + 9 * i, "{{#if a}}", 9);
    assert_refused("x.html", deep, "1:145: error: over 16 blocks inside each other");
}

static void branches_end_where_they_began(void **state)
{
    static const char *const bad[][2] = {
        {"{{#if a}}<p>{{/if}}</p>", "1:10: error: <p> is opened in this block and not closed"},
        {"{{#if a}}<p>{{#else}}<p>{{/if}}</p>", "1:10: error: <p> is opened in this block"},
        {"<p>{{#if a}}</p>{{/if}}", "1:13: error: </p> closes an element that was opened outside"},
        {"<p>{{#if a}}</p><p>{{/if}}</p>", "1:13: error: </p> closes an element that was opened outside"},
        {"<p>{{#each a}}</p><p>{{/each}}</p>", "1:15: error: </p> closes an element that was opened outside"},
        {"{{#if a}}<p title=\"{{/if}}\"></p>", "1:20: error: the block ends in another place"},
        {"<p{{#if a}}>{{/if}}</p>", "1:1: error: <p> is opened in this block"},
        {"<img{{#if a}}><img{{/if}}>", "1:19: error: the block ends in another tag"},
        {"<p title=\"{{#if a}}\" class=\"{{/if}}\"></p>", "1:29: error: the block ends in another attribute"},
        {"<p title=\"{{#if a}}\"{{/if}}></p>", "1:21: error: the block ends in another place"},
        {"<p{{#if a}} title=\"{{/if}}\"></p>", "1:20: error: the block ends in another place"},
        {"<p{{#if a}} title{{/if}}=\"{{a}}\"></p>", "1:25: error: no such character in a tag"},
        {"<p {{#if a}}title=\"x\"{{/if}}class=\"y\"></p>", "1:29: error: white space is missing"},
        {"<p {{#if a}}x=\"x\"{{#else}}y=\"y\" {{/if}}z></p>", "1:40: error: white space is missing"},
        {"<p {{#each a}}x=\"x\"{{/each}}></p>", "1:20: error: white space is missing between two turns"},
        {"<p{{#if a}}x{{/if}}></p>", "1:12: error: white space is missing"},
        {"<p title={{#if a}}\"x\"{{/if}}></p>", "1:10: error: a block in an attribute without quotes"},
        {"<{{#if a}}p{{/if}}>", "1:2: error: a block in the name of a tag"},
        {"<!-- {{#if a}} --> {{/if}}", "1:6: error: a block inside a comment"},
        {"<script>{{#if a}}{{/if}}</script>", "1:9: error: a block inside <script>"},
        {"<p onclick=\"{{#if a}}{{/if}}\"></p>", "1:13: error: a block in the attribute onclick"},
        {"<title>{{#if a}}</title><title>{{/if}}</title>", "1:17: error: </title> closes an element"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_refused("x.html", bad[i][0], bad[i][1]);
    assert_taken("x.html",
                 "<p{{#if a}} title=\"x\"{{#else}} hidden{{/if}} class=\"a{{#if b}} b{{/if}}\">"
                 "{{#if c}}<b>x</b><br>{{#else}}<i>y</i>{{/if}}</p><input {{#if d}}checked {{/if}}value=\"\">");
    assert_taken("x.html", "<p{{#each a}} data-x=\"{{b}}\"{{/each}}>{{#each a}}<i>{{b}}</i>{{/each}}</p>");
    assert_taken("x.html", "<title>{{#if a}}{{a}} – {{/if}}x</title>");
}

static void html_is_well_formed(void **state)
{
    static const char *const cases[][2] = {
        {"<p>", "1:1: error: <p> is never closed"},
        {"a\n  <ul><li></ul>", "2:11: error: </ul> where <li> is still open"},
        {"</p>", "1:1: error: </p> closes nothing"},
        {"<div/>", "1:6: error: <div/> does not close"},
        {"<svg><title/></svg>", "1:13: error: <title/> does not close"},
        {"<br></br>", "1:5: error: </br> closes nothing"},
        {"a < b", "1:3: error: this < begins no tag"},
        {"a </ b", "1:5: error: </ begins no end tag"},
        {"<?php ?>", "1:1: error: this < begins no tag"},
        {"<!x>", "1:2: error: neither a comment nor a doctype"},
        {"<![CDATA[x]]>", "1:2: error: neither a comment nor a doctype"},
        {"<!--> x -->", "1:2: error: a comment may not begin with >"},
        {"<!---> x -->", "1:2: error: a comment may not begin with >"},
        {"<!-- a -- b -->", "1:8: error: -- inside a comment"},
        {"<!-- a", "1:1: error: the file ends inside a tag or comment"},
        {"<p", "1:1: error: the file ends inside a tag or comment"},
        {"<p a=>", "1:6: error: the attribute's value is missing"},
        {"<p a=\"x\"b=\"y\">", "1:9: error: white space is missing"},
        {"<p \"a\">", "1:4: error: no such character in a tag"},
        {"<p a=b\"c>", "1:7: error: no such character in a value without quotes"},
        {"<p></p a>", "1:8: error: an end tag has nothing but its name"},
        {"<br/ a>", "1:5: error: only > comes after"},
        {"<plaintext>", "1:11: error: <plaintext> never ends"},
        {"<script>", "1:1: error: <script> is never closed"},
        {"<script><!-- </script>", "1:9: error: <!-- inside <script>"},
        {"<title>a < b</title>", "1:10: error: < inside <title>"},
        {"<title>a </ti{{a}}</title>", "1:10: error: < inside <title>"},
        {"<textarea></textarea/></textarea>", "1:21: error: an end tag has nothing but its name"},
        {"<svg><style><a></style></svg>", "1:13: error: < inside <style>"},
        {"<script></scr{{! }}ipt></script>", "1:14: error: a {{! note }} inside <script>"},
        {"<{{! }}p>", "1:2: error: a {{! note }} in the name of a tag"},
        {"<!-- -{{! }}-> -->", "1:7: error: a {{! note }} inside a comment"},
        {"\xFF", "1:1: error: not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused("x.html", cases[i][0], cases[i][1]);
    assert_taken("x.html",
                 "<!doctype html><!-- a - b --><P Class=x hidden><BR/>a > b & c &nbsp;</p>"
                 "<script>if (a < b && '{' + '}}') {}</script><svg><path d=\"\"/><title>x<b>y</b></title></svg>");
}

static void xml_has_its_own_rules(void **state)
{
    static const char *const cases[][2] = {
        {"<a>&nbsp;</a>", "1:4: error: XML knows no such entity"},
        {"<a b=\"&copy;\"/>", "1:7: error: XML knows no such entity"},
        {"<a>a & b</a>", "1:6: error: XML knows no such entity"},
        {"<a b/>", "1:5: error: XML has no attribute without a value"},
        {"<a b>x</a>", "1:5: error: XML has no attribute without a value"},
        {"<a b{{#if c}}{{/if}}/>", "1:5: error: XML has no attribute without a value"},
        {"<a b=c/>", "1:6: error: XML has no attribute without quotes"},
        {"<a b=\"<\"/>", "1:7: error: XML wants &lt; here"},
        {"<a></A>", "1:4: error: </A> where <a> is still open"},
        {"<br>", "1:1: error: <br> is never closed"},
        {"<a>{{markup b}}</a>", "1:4: error: markup in XML"},
        {"<a xmlns=\"{{b}}\"/>", "1:11: error: a hole in the attribute xmlns"},
        {"<?xml version=\"{{b}}\"?>", "1:16: error: a hole inside a doctype, processing"},
        {"<a><![CDATA[{{b}}]]></a>", "1:13: error: a hole inside a doctype, processing"},
        {"<a><script>{{b}}</script></a>", "1:12: error: a hole inside <script>"},
        {"<a><style>{{#if b}}{{/if}}</style></a>", "1:11: error: a block inside <style>"},
        {"<!DOCTYPE a [<!ENTITY x \"y\">]>", "1:13: error: a doctype has no definitions"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused("x.xml", cases[i][0], cases[i][1]);
    assert_taken("x.xml",
                 "<?xml version=\"1.0\"?><a b='{{c}}'>&amp;&#39;<![CDATA[<]]><!-- x --><title>{{c}}</title></a>");
    assert_taken("x.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><text>{{a}}</text></svg>");
}

static void names_become_structs(void **state)
{
    struct tplc_source two[] = {{S("t/news.html"), S("{{#each page}}{{/each}}")}, {S("t/news-page.html"), S("x")}};

    (void)state;
    assert_refused("x.txt", "", "1:1: error: a template's name ends in");
    assert_refused("x", "", "1:1: error: a template's name ends in");
    assert_refused("X.html", "", "1:1: error: a template's name is a-z");
    assert_refused("a b.html", "", "1:1: error: a template's name is a-z");
    assert_taken("dir.d/a-b_c.html", "");
    assert_has(&c, "void tpl_a_b_c(struct buf *out, enum lang lang, const struct tpl_a_b_c *v)\n{\n    (void)lang;");
    assert_has(&h, "struct tpl_a_b_c {\n    char nothing;");
    assert_int_equal(tplc_compile(arena, two, 2, S("t.h"), &c, &h, &faults), RC_INVALID);
    assert_has(&faults, "t/news-page.html:1:1: error: a second struct tpl_news_page");
    assert_refused("x.html", "{{#each a}}{{#each b}}{{/each}}{{/each}}{{#each a_b}}{{/each}}",
                   "1:1: error: a second struct tpl_x_a_b");
}

static void white_space_shrinks(void **state)
{
    (void)state;
    assert_taken("x.html",
                 "{{! about\n   this }}\n\n<ul>\n    {{#each a}}\n    <li\n        class=\"x\n y\">  {{b}}  c\n\n"
                 "    </li>\n    {{/each}}\n\n</ul>\n<pre>\n  a\n {{#if z}}\n b{{/if}}</pre>\n");
    assert_has(&h, "/* about\n * this */\nstruct tpl_x {");
    assert_has(&c, "(void)lang;\n    buf_put(out, S(\"<ul>\\n\"));\n    for");
    assert_has(&c, "S(\"<li class=\\\"x\\n\"\n                       \" y\\\">  \"));");
    assert_has(&c, "S(\"  c\\n\"\n                       \"</li>\\n\"));\n    }\n    buf_put(out, S(\"</ul>\\n\"\n");
    assert_has(&c, "\"<pre>\\n\"\n                   \"  a\\n\"\n                   \" \"));");
    assert_has(&c, "S(\"\\n\"\n                       \" b\"));");
    assert_taken("x.html", "a\n{{#if b}} c {{/if}}\nd {{! x }} e");
    assert_has(&c, "S(\"a\\n\"));\n    if (v->b) {\n        buf_put(out, S(\" c \"));\n    }\n"
                   "    buf_put(out, S(\"\\n\"\n                   \"d  e\"));");
}

static void messages_carry_their_arguments(void **state)
{
    (void)state;
    assert_taken("x.html", "{{t:news.count int n title=t2 date}}{{#each a}}{{t:b ../date x=../t2}}{{/each}}");
    assert_has(&h, "    int64_t n;\n    struct span t2;\n    struct span date;\n");
    assert_has(&c, "{S(\"n\"), msg_int(&digits0, v->n)},\n            {S(\"title\"), v->t2},\n"
                   "            {S(\"date\"), v->date},\n");
    assert_has(&c, "msg_put(out, lang, MSG_NEWS_COUNT__date__n__title, v->n, args, COUNT(args), html_text);");
    assert_has(&c, "msg_put(out, lang, MSG_B__date__x, 1, args, COUNT(args), html_text);");
}

/* A note cannot end the comment it becomes, nor text the literal it becomes. */
static void c_stays_c(void **state)
{
    (void)state;
    assert_taken("x.html", "{{! a */ b /* c */* }}\n\"\\ \?\?= \t%s \x7F");
    assert_has(&h, "/* a * / b / * c * / * */\n");
    assert_has(&c, "S(\"\\\"\\\\ \\\?\\\?= \\011%s \\177\")");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(picks_the_escape),
        cmocka_unit_test(refuses_holes_outside_text_and_quotes),
        cmocka_unit_test(addresses_are_whole_and_typed),
        cmocka_unit_test(fields_have_one_type_and_a_name),
        cmocka_unit_test(if_asks_what_the_field_is),
        cmocka_unit_test(blocks_are_balanced),
        cmocka_unit_test(branches_end_where_they_began),
        cmocka_unit_test(html_is_well_formed),
        cmocka_unit_test(xml_has_its_own_rules),
        cmocka_unit_test(names_become_structs),
        cmocka_unit_test(white_space_shrinks),
        cmocka_unit_test(messages_carry_their_arguments),
        cmocka_unit_test(c_stays_c),
    };

    return cmocka_run_group_tests_name("tplc", tests, open_arena, close_arena);
}
