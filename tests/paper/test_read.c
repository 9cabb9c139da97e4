/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What is read from papers, sound ones and bad ones, by the real helpers.
 */
#include "make.h"
#include "paper/paper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;
static struct paper_job job;
static struct paper_text text;
static struct paper_problem problem;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)2 * 1024 * 1024 * 1024);
    job = (struct paper_job){.limits = paper_limits_default()};
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

static enum rc read_as(struct span bytes, enum doc_kind kind)
{
    struct paper_source source = {bytes, kind, LANG_EN};

    return paper_read(arena, &job, &source, &text, &problem);
}

static void must_read(struct span bytes)
{
    if (read_as(bytes, DOC_KIND_PDF) != RC_OK)
        fail_msg("page %u: %.*s", problem.page, SPAN_ARGS(paper_fault_words(problem.fault)));
}

static void must_fail(struct span bytes, enum doc_kind kind, enum paper_fault fault)
{
    enum rc rc = read_as(bytes, kind);

    if (rc == RC_OK || problem.fault != fault)
        fail_msg("is “%.*s”, must be “%.*s”", SPAN_ARGS(paper_fault_words(problem.fault)),
                 SPAN_ARGS(paper_fault_words(fault)));
    assert_int_equal(rc, RC_INVALID);
    assert_null(text.text.pages);
}

/* Lines of a page, a bar between them. */
static struct span said(size_t page)
{
    struct buf *b = buf_new(arena, 1024 * 1024);
    const struct doc_page *p = &text.text.pages[page - 1];

    assert_true(page <= text.text.page_count);
    for (size_t i = 0; i < p->word_count; i++) {
        if (i)
            buf_char(b, p->words[i].line == p->words[i - 1].line ? ' ' : '|');
        buf_put(b, p->words[i].text);
    }
    return buf_span(b);
}

static void must_say(size_t page, const char *words)
{
    struct span is = said(page);

    if (!span_eq(is, span_of(words)))
        fail_msg("is “%.*s”, must be “%s”", SPAN_ARGS(is), words);
}

static struct span one_page(struct span content)
{
    return make_pages(arena, &content, 1, S(""));
}

/* ---- sound ones ---- */

static void words_stand_where_they_are(void **state)
{
    const struct doc_page *page;

    (void)state;
    must_read(one_page(make_text(arena, 72, 720, 12, "The message should remain")));
    page = &text.text.pages[0];
    assert_int_equal(text.text.page_count, 1);
    assert_int_equal(page->width, 6120);
    assert_int_equal(page->height, 7920);
    assert_int_equal(page->reading, DOC_READING_FILE);
    must_say(1, "The message should remain");
    /* the base line is 72 points below the top: the letters stand on it */
    assert_in_range(page->words[0].box.x0, 715, 725);
    assert_in_range(page->words[0].box.y0, 560, 640);
    assert_in_range(page->words[0].box.y1, 715, 770);
    assert_true(page->words[1].box.x0 > page->words[0].box.x1);
    assert_int_equal(page->words[0].confidence, 100);
}

static void columns_are_read_one_after_the_other(void **state)
{
    struct buf *b = buf_new(arena, 64 * 1024);
    static const char *const left[] = {"Left one goes on and on", "left two goes on and on", "left three goes on and"};
    static const char *const right[] = {"Right one goes on and on", "right two goes on and on", "right three goes on"};

    (void)state;
    buf_put(b, make_text(arena, 72, 730, 14, "A heading across both of the columns that stand below it here"));
    for (int i = 0; i < 3; i++) { /* as programs write them: row by row */
        buf_put(b, make_text(arena, 72, 690 - 14 * i, 11, left[i]));
        buf_put(b, make_text(arena, 330, 690 - 14 * i, 11, right[i]));
    }
    buf_put(b, make_text(arena, 300, 40, 10, "7"));
    must_read(one_page(buf_span(b)));
    must_say(
        1, "A heading across both of the columns that stand below it here|Left one goes on and on|left two goes on and "
           "on|left three goes on and|Right one goes on and on|right two goes on and on|right three goes on|7");
}

static void tables_are_read_across(void **state)
{
    struct buf *b = buf_new(arena, 64 * 1024);
    static const char *const rows[] = {"To:", "From:", "Date:", "Re:"};

    (void)state;
    for (int i = 0; i < 4; i++)
        buf_put(b, make_text(arena, 72, 700 - 16 * i, 11, rows[i]));
    for (int i = 0; i < 4; i++)
        buf_put(b, make_text(arena, 140, 700 - 16 * i, 11, "all supervisors of the district"));
    must_read(one_page(buf_span(b)));
    must_say(1,
             "To: all supervisors of the district|From: all supervisors of the district|Date: all supervisors of the "
             "district|Re: all supervisors of the district");
}

static void turned_pages_stand_upright(void **state)
{
    struct span content = make_text(arena, 72, 720, 12, "Upright again");

    (void)state;
    must_read(make_pages(arena, &content, 1, S("/Rotate 90")));
    must_say(1, "Upright again");
    assert_int_equal(text.text.pages[0].width, 7920);
    assert_int_equal(text.text.pages[0].height, 6120);
    assert_int_equal(text.turns[0], 0);
}

static void ligatures_and_hyphens_stay(void **state)
{
    (void)state;
    must_read(one_page(
        make_text(arena, 72, 720, 12, "of\\001ce ba\\002e di\\254cult co\\255operate S\\355 se\\361or well-")));
    must_say(1, "ofﬁce baﬄe di¬cult co-operate Sí señor well-");
}

static void what_nobody_sees_is_not_there(void **state)
{
    struct buf *b = buf_new(arena, 64 * 1024);

    (void)state;
    buf_put(b, make_text(arena, 72, 720, 12, "Shown"));
    buf_put(b, make_text(arena, 72, 700, 12, "Covered words"));
    buf_put(b, S("0 g 70 696 200 14 re f 1 g\n"));
    buf_put(b, make_text(arena, 72, 660, 12, "White on white"));
    buf_put(b, S("0 g BT 3 Tr /F 12 Tf 72 620 Td (Invisible) Tj ET 0 Tr\n"));
    buf_put(b, make_text(arena, 72, 900, 12, "Beyond the edge"));
    buf_put(b, S("q 0 0 10 10 re W n\n"));
    buf_put(b, make_text(arena, 72, 580, 12, "Clipped away"));
    buf_put(b, S("Q\n"));
    buf_put(b, make_text(arena, 72, 540, 12, "and. - ..."));
    must_read(one_page(buf_span(b)));
    must_say(1, "Shown|and. - ...");
}

static void empty_page_is_empty(void **state)
{
    (void)state;
    must_read(one_page(S("")));
    assert_int_equal(text.text.pages[0].word_count, 0);
    assert_int_equal(text.text.pages[0].reading, DOC_READING_NONE);
}

static void empty_password_opens(void **state)
{
    (void)state;
    must_read(make_locked(arena, make_text(arena, 72, 720, 12, "Not locked"), false));
    must_say(1, "Not locked");
}

static void scripts_and_attachments_are_nothing(void **state)
{
    struct make m = make_begin(arena);

    (void)state;
    make_object(&m, 1,
                S("<</Type/Catalog/Pages 2 0 R/OpenAction 6 0 R/Names<</EmbeddedFiles<</Names[(a) 7 0 R]>>>>"
                  "/AcroForm<</Fields[9 0 R]/XFA 8 0 R>>>>"));
    make_object(&m, 2, S("<</Type/Pages/Count 1/Kids[4 0 R]>>"));
    make_object(&m, 3, S("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"));
    make_object(&m, 4,
                S("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F 3 0 R>>>>/Contents 5 0 R"
                  "/Annots[9 0 R 10 0 R]/AA<</O 6 0 R>>>>"));
    make_stream(&m, 5, S(""), make_text(arena, 72, 720, 12, "Only this"));
    make_object(&m, 6, S("<</S/JavaScript/JS(while\\(true\\){app.alert\\('x'\\)})>>"));
    make_object(&m, 7, S("<</Type/Filespec/F(a)/EF<</F 8 0 R>>>>"));
    make_stream(&m, 8, S("/Type/EmbeddedFile"), S("attached"));
    make_object(&m, 9, S("<</Type/Annot/Subtype/Widget/FT/Btn/T(b)/Rect[10 10 20 20]/A 6 0 R/AA<</C 6 0 R>>>>"));
    make_object(&m, 10, S("<</Type/Annot/Subtype/Text/Rect[200 200 220 220]/Contents(a remark)>>"));
    must_read(make_end(&m, S("")));
    must_say(1, "Only this");
}

/* ---- bad ones ---- */

static void what_is_no_document_is_refused(void **state)
{
    struct span whole = one_page(make_text(arena, 72, 720, 12, "Some words to be lost"));

    (void)state;
    must_fail(S(""), DOC_KIND_PDF, PAPER_TRUNCATED);
    must_fail(S("a letter"), DOC_KIND_PDF, PAPER_WRONG_KIND);
    must_fail(whole, DOC_KIND_JPEG, PAPER_WRONG_KIND);
    must_fail(S("\x89PNG\r\n\x1A\n"), DOC_KIND_PDF, PAPER_WRONG_KIND);
    must_fail(S("\x89PNG\r\n\x1A\n"), DOC_KIND_PNG, PAPER_TRUNCATED);
    must_fail(S("II*\0\x08\0\0\0"), DOC_KIND_TIFF, PAPER_DAMAGED);
    must_fail(S("%PDF-1.4\nnothing more\n%%EOF\n"), DOC_KIND_PDF, PAPER_DAMAGED);
    for (size_t n = 40; n < whole.n - 6; n += 97) /* cut off anywhere */
        if (read_as(span_sub(whole, 0, n), DOC_KIND_PDF) == RC_OK ||
            (problem.fault != PAPER_TRUNCATED && problem.fault != PAPER_DAMAGED))
            fail_msg("cut off after %zu: %.*s", n, SPAN_ARGS(paper_fault_words(problem.fault)));
}

static void password_is_asked_for(void **state)
{
    (void)state;
    must_fail(make_locked(arena, make_text(arena, 72, 720, 12, "Locked"), true), DOC_KIND_PDF, PAPER_PASSWORD);
}

static void pages_are_counted(void **state)
{
    struct make m = make_begin(arena);
    struct span *contents = ARENA_ARRAY(arena, struct span, 10000);

    (void)state;
    make_object(&m, 1, S("<</Type/Catalog/Pages 2 0 R>>"));
    make_object(&m, 2, S("<</Type/Pages/Count 0/Kids[]>>"));
    must_fail(make_end(&m, S("")), DOC_KIND_PDF, PAPER_NO_PAGES);
    for (size_t i = 0; i < 10000; i++)
        contents[i] = S(" ");
    must_fail(make_pages(arena, contents, 10000, S("")), DOC_KIND_PDF, PAPER_MANY_PAGES);
}

static void pages_have_a_size(void **state)
{
    struct span content = make_text(arena, 72, 720, 12, "Large");

    (void)state;
    must_fail(make_pages(arena, &content, 1, S("/MediaBox[0 0 283465 283465]")), DOC_KIND_PDF, PAPER_PAGE_SIZE);
    must_fail(make_pages(arena, &content, 1, S("/UserUnit 100/MediaBox[0 0 2835 2835]")), DOC_KIND_PDF,
              PAPER_PAGE_SIZE);
    must_read(make_pages(arena, &content, 1, S("/MediaBox[0 0 14400 14400]")));
    must_say(1, "Large");
    must_read(make_pages(arena, &content, 1, S("/MediaBox[0 0 0 0]"))); /* MuPDF takes letter for none */
}

/* Whatever comes of it: an answer or a fault of the document, and no helper that broke. */
static void must_survive(struct span bytes, const char *what)
{
    if (read_as(bytes, DOC_KIND_PDF) != RC_OK && !paper_fault_is_of_document(problem.fault))
        fail_msg("%s: %.*s", what, SPAN_ARGS(paper_fault_words(problem.fault)));
}

static struct span with_content(struct span entries, struct span bytes, struct span resources, struct span six,
                                struct span six_bytes)
{
    struct make m = make_begin(arena);

    make_object(&m, 1, S("<</Type/Catalog/Pages 2 0 R>>"));
    make_object(&m, 2, S("<</Type/Pages/Count 1/Kids[4 0 R]>>"));
    make_object(&m, 4,
                arena_printf(arena,
                             "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<<%.*s>>/Contents 5 0 R>>",
                             SPAN_ARGS(resources)));
    make_stream(&m, 5, entries, bytes);
    make_stream(&m, 6, six, six_bytes);
    return make_end(&m, S(""));
}

static void bombs_do_not_go_off(void **state)
{
    char *spaces = arena_alloc(arena, (size_t)200 * 1024 * 1024);
    struct span once;

    (void)state;
    memset(spaces, ' ', (size_t)200 * 1024 * 1024);
    once = make_deflated(arena, (struct span){spaces, (size_t)200 * 1024 * 1024});
    must_survive(with_content(S("/Filter/FlateDecode"), once, S(""), S(""), S("")), "200 MB of spaces");
    must_survive(with_content(S("/Filter[/FlateDecode/FlateDecode]"), make_deflated(arena, once), S(""), S(""), S("")),
                 "packed twice");
    must_survive(with_content(S(""), S("q 612 0 0 792 0 0 cm /I Do Q"), S("/XObject<</I 6 0 R>>"),
                              S("/Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace"
                                "/DeviceRGB/Filter/FlateDecode"),
                              once),
                 "a picture of 10 GB");
    must_survive(with_content(S(""), S("/I Do"), S("/XObject<</I 6 0 R>>"),
                              S("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</I 6 0 R>>>>"),
                              S("/I Do /I Do")),
                 "a form in itself");
}

static void fonts_may_be_broken(void **state)
{
    static const char *const descriptors[] = {"/FontFile 6 0 R", "/FontFile2 6 0 R", "/FontFile3 6 0 R"};
    char junk[4000];

    (void)state;
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (char)(i * i * 31 + i / 7);
    for (size_t i = 0; i < COUNT(descriptors); i++) {
        struct span font = arena_printf(arena,
                                        "/Font<</F<</Type/Font/Subtype/TrueType/BaseFont/X/FontDescriptor<</Type"
                                        "/FontDescriptor/FontName/X/Flags 4%s>>>>>>",
                                        descriptors[i]);

        memcpy(junk, i == 1 ? "\0\1\0\0\0\x10" : i == 0 ? "%!PS-AdobeFont" : "\1\0\4\4\0\1", 6);
        must_survive(with_content(S(""), make_text(arena, 72, 720, 12, "Some words"), font,
                                  S("/Subtype/Type1C/Length1 10/Length2 99999"), (struct span){junk, sizeof junk}),
                     descriptors[i]);
    }
}

static void every_byte_may_be_wrong(void **state)
{
    struct span whole = one_page(make_text(arena, 72, 720, 12, "Some words"));

    (void)state;
    for (size_t i = 9; i < whole.n; i += 41) {
        char *copy = arena_dup(arena, whole).p ? arena_cstr(arena, whole) : NULL;

        copy[i] = (char)(copy[i] ^ 0x15);
        must_survive((struct span){copy, whole.n}, "one byte changed");
    }
}

static bool stops_at_two(void *arg, uint32_t done, uint32_t total)
{
    (void)total;
    *(uint32_t *)arg = done;
    return done < 2;
}

static void progress_is_told_and_may_end_it(void **state)
{
    struct span contents[3] = {make_text(arena, 72, 720, 12, "One"), make_text(arena, 72, 720, 12, "Two"),
                               make_text(arena, 72, 720, 12, "Three")};
    uint32_t done = 0;

    (void)state;
    job.progress = stops_at_two;
    job.arg = &done;
    assert_int_equal(read_as(make_pages(arena, contents, 3, S("")), DOC_KIND_PDF), RC_IO);
    assert_int_equal(problem.fault, PAPER_STOPPED);
    assert_int_equal(done, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(words_stand_where_they_are),
        TEST(columns_are_read_one_after_the_other),
        TEST(tables_are_read_across),
        TEST(turned_pages_stand_upright),
        TEST(ligatures_and_hyphens_stay),
        TEST(what_nobody_sees_is_not_there),
        TEST(empty_page_is_empty),
        TEST(empty_password_opens),
        TEST(scripts_and_attachments_are_nothing),
        TEST(what_is_no_document_is_refused),
        TEST(password_is_asked_for),
        TEST(pages_are_counted),
        TEST(pages_have_a_size),
        TEST(bombs_do_not_go_off),
        TEST(fonts_may_be_broken),
        TEST(every_byte_may_be_wrong),
        TEST(progress_is_told_and_may_end_it),
    };

    return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
