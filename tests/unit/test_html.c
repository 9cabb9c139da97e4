/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Escapes and addresses: what a stranger writes never becomes a tag, an attribute or a script.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"
#include "html/html.h"
#include "page/qr.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open(1024 * 1024);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

static void assert_span(struct span got, struct span want)
{
    if (!span_eq(got, want))
        fail_msg("got \"%.*s\", wanted \"%.*s\"", SPAN_ARGS(got), SPAN_ARGS(want));
}

static struct span text(struct span s)
{
    struct buf *b = buf_new(arena, 4096);

    html_text(b, s);
    return buf_span(b);
}

static struct span attr(struct span s)
{
    struct buf *b = buf_new(arena, 4096);

    html_attr(b, s);
    return buf_span(b);
}

static void escapes_text(void **state)
{
    (void)state;
    assert_span(text(S("")), S(""));
    assert_span(text((struct span){0}), S(""));
    assert_span(text(S("plain, ¿sí? — yes")), S("plain, ¿sí? — yes"));
    assert_span(text(S("<b a=\"x\" b='y'>&amp;</b>")), S("&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;"));
    assert_span(text(S("a\tb\nc\rd")), S("a\tb\nc&#13;d"));
    assert_span(text(S("&")), S("&amp;"));
}

static void escapes_attributes(void **state)
{
    (void)state;
    assert_span(attr(S("\" onload=\"x")), S("&quot; onload=&quot;x"));
    assert_span(attr(S("a\tb\nc\rd'")), S("a&#9;b&#10;c&#13;d&#39;"));
}

static void replaces_what_no_document_may_hold(void **state)
{
    (void)state;
    assert_span(text(S("a\0b\x01\x1F\x7F")), S("a\xEF\xBF\xBD"
                                               "b\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"));
    assert_span(text(S("\f\v")), S("\xEF\xBF\xBD\xEF\xBF\xBD"));
    assert_span(text(S("\xC2\x85.\xC2\x9F.\xC2\xA0")), S("\xEF\xBF\xBD.\xEF\xBF\xBD.\xC2\xA0"));
    assert_span(text(S("\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xB7\x90")), S("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"));
    assert_span(text(S("\xF0\x9F\xBF\xBF")), S("\xEF\xBF\xBD"));
    assert_span(text(S("\xEF\xBF\xBD")), S("\xEF\xBF\xBD")); /* itself a character */
    /* no UTF-8: a lone byte, an overlong slash and less-than, a half surrogate, a cut end */
    assert_span(text(S("\xFF.\xC0\xAF.\xC0\xBC")), S("\xEF\xBF\xBD.\xEF\xBF\xBD\xEF\xBF\xBD.\xEF\xBF\xBD\xEF\xBF\xBD"));
    assert_span(attr(S("\xE2\x80")), S("\xEF\xBF\xBD\xEF\xBF\xBD"));
}

/* Every byte alone and after a harmless one: the result is UTF-8 and has no byte that could end its place. */
static void no_byte_gets_through(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char bytes[3] = {'a', (char)c, 'b'};
        struct span out[2] = {text((struct span){bytes, 3}), attr((struct span){bytes, 3})};

        for (size_t i = 0; i < 2; i++) {
            assert_true(utf8_first_fault(out[i]) == SPAN_NONE);
            assert_true(span_find_char(out[i], '<') == SPAN_NONE && span_find_char(out[i], '>') == SPAN_NONE);
            assert_true(span_find_char(out[i], '"') == SPAN_NONE && span_find_char(out[i], '\'') == SPAN_NONE);
            assert_true(span_starts(out[i], S("a")) && span_ends(out[i], S("b")));
        }
    }
}

static void writes_numbers(void **state)
{
    struct buf *b = buf_new(arena, 256);

    (void)state;
    html_int(b, 0);
    buf_char(b, ' ');
    html_int(b, -7);
    buf_char(b, ' ');
    html_int(b, INT64_MIN);
    buf_char(b, ' ');
    html_int(b, INT64_MAX);
    assert_span(buf_span(b), S("0 -7 -9223372036854775808 9223372036854775807"));
}

static void takes_addresses_of_this_site(void **state)
{
    static const char *const good[] = {
        "/",      "/about",   "./",       "../news/x.html",        "#p2", "?year=2026", "about", "a/b:c", "#a:b",
        "?t=1:2", "/a b.jpg", "/sección", "news.html#javascript:", "."};
    struct url url;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        if (!url_relative(span_of(good[i]), &url))
            fail_msg("refused: %s", good[i]);
        assert_span(url.s, span_of(good[i]));
    }
    assert_span(url_path(S("/about")).s, S("/about"));
}

static void refuses_addresses_that_leave_the_site(void **state)
{
    static const struct span bad[] = {
        SPAN_INIT(""),
        {NULL, 0},
        SPAN_INIT("//elsewhere.example"),
        SPAN_INIT("/\\elsewhere.example"),
        SPAN_INIT("\\\\elsewhere.example"),
        SPAN_INIT("javascript:alert(1)"),
        SPAN_INIT("JavaScript:alert(1)"),
        SPAN_INIT("java\tscript:alert(1)"),
        SPAN_INIT(" javascript:alert(1)"),
        SPAN_INIT("\x01javascript:alert(1)"),
        SPAN_INIT("data:text/html,x"),
        SPAN_INIT("https://elsewhere.example/"),
        SPAN_INIT("mailto:a@bayside.example"),
        SPAN_INIT("a:b"),
        SPAN_INIT(":x"),
        SPAN_INIT("/a\nb"),
        SPAN_INIT("/a "),
        SPAN_INIT("/a\0b"),
        SPAN_INIT("/\xFF"),
        SPAN_INIT("/\x7F"),
        SPAN_INIT("\t//elsewhere.example"),
    };
    struct url url = {S("untouched")};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (url_relative(bad[i], &url))
            fail_msg("taken: \"%.*s\"", SPAN_ARGS(bad[i]));
    assert_span(url.s, S("untouched"));
}

static void takes_addresses_elsewhere(void **state)
{
    static const char *const good[] = {"https://bayside.example",         "http://bayside.example/a?b=c&d=e#f",
                                       "HTTPS://Bayside.Example:8443/",   "https://[2001:db8::1]/",
                                       "mailto:hello@bayside.example",    "tel:+1-555-0100",
                                       "https://bayside.example/@someone"};
    struct url url;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        if (!url_external(span_of(good[i]), &url))
            fail_msg("refused: %s", good[i]);
}

static void refuses_other_schemes(void **state)
{
    static const struct span bad[] = {
        SPAN_INIT(""),
        {NULL, 0},
        SPAN_INIT("javascript:alert(1)"),
        SPAN_INIT("javascript://bayside.example/%0Aalert(1)"),
        SPAN_INIT("jav\nascript:alert(1)"),
        SPAN_INIT("https\t://bayside.example"),
        SPAN_INIT(" https://bayside.example"),
        SPAN_INIT("https://bayside.example "),
        SPAN_INIT("https://bayside example/"),
        SPAN_INIT("https://bayside.example/\x01"),
        SPAN_INIT("https://bayside.example/\0"),
        SPAN_INIT("https://bayside.example\\@elsewhere.example"),
        SPAN_INIT("https://bayside.example@elsewhere.example/"),
        SPAN_INIT("https://"),
        SPAN_INIT("https:///x"),
        SPAN_INIT("https://:80/"),
        SPAN_INIT("https:bayside.example"),
        SPAN_INIT("data:text/html,<script>"),
        SPAN_INIT("vbscript:x"),
        SPAN_INIT("file:///etc/passwd"),
        SPAN_INIT("blob:https://bayside.example/x"),
        SPAN_INIT("//bayside.example"),
        SPAN_INIT("/about"),
        SPAN_INIT("about"),
        SPAN_INIT("mailto:"),
        SPAN_INIT("tel:"),
        SPAN_INIT("tel:555 0100"),
        SPAN_INIT("https://bayside.example/\xC3"),
    };
    struct url url = {S("untouched")};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (url_external(bad[i], &url))
            fail_msg("taken: \"%.*s\"", SPAN_ARGS(bad[i]));
    assert_span(url.s, S("untouched"));
}

static void encodes_addresses(void **state)
{
    struct buf *b = buf_new(arena, 256);
    struct url url;

    (void)state;
    assert_true(url_relative(S("/a b/ñ?x=1&y='\"<>`{}|^%20[1]~"), &url));
    html_url(b, url);
    assert_span(buf_span(b), S("/a%20b/%C3%B1?x=1&amp;y=&#39;%22%3C%3E%60%7B%7D%7C%5E%20[1]~"));
}

static void half_a_page_is_no_markup(void **state)
{
    struct buf *b = buf_new(arena, 8);

    (void)state;
    buf_put(b, S("<b>a"));
    assert_span(markup_of(b).s, S("<b>a"));
    html_markup(b, (struct markup){S("</b>")});
    assert_span(markup_of(b).s, S("<b>a</b>"));
    buf_put(b, S("more"));
    assert_span(markup_of(b).s, S(""));
}

/* A code is remembered: the second time it is the same, and never another address's, however many came between. */
static void codes_are_remembered_by_address(void **state)
{
    enum { ADDRESSES = 1200 }; /* more than there are places */
    struct arena *a = arena_open((size_t)64 * 1024 * 1024);
    struct span first[ADDRESSES];

    (void)state;
    for (int i = 0; i < ADDRESSES; i++)
        first[i] = qr_svg(a, arena_printf(a, "https://bayside.example/news/%d", i)).s;
    for (int i = 0; i < ADDRESSES; i++) {
        assert_span(qr_svg(a, arena_printf(a, "https://bayside.example/news/%d", i)).s, first[i]);
        for (int k = 0; k < i; k++)
            assert_false(span_eq(first[i], first[k]));
    }
    assert_int_equal(qr_svg(a, S("")).s.n, 0);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_text),
        cmocka_unit_test(escapes_attributes),
        cmocka_unit_test(replaces_what_no_document_may_hold),
        cmocka_unit_test(no_byte_gets_through),
        cmocka_unit_test(writes_numbers),
        cmocka_unit_test(takes_addresses_of_this_site),
        cmocka_unit_test(refuses_addresses_that_leave_the_site),
        cmocka_unit_test(takes_addresses_elsewhere),
        cmocka_unit_test(refuses_other_schemes),
        cmocka_unit_test(encodes_addresses),
        cmocka_unit_test(half_a_page_is_no_markup),
        cmocka_unit_test(codes_are_remembered_by_address),
    };

    return cmocka_run_group_tests_name("html", tests, open_arena, close_arena);
}
