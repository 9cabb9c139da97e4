/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the public gets: pictures and copies. Of what is under a redaction, or in the original but not on its pages,
 * nothing may be in any byte: every stream is unpacked, every picture read by Tesseract.
 */
#include "folder.h"
#include "make.h"
#include "paper/paper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <webp/decode.h>

#include <cmocka.h>

static struct arena *arena;
static struct paper_job job;
static struct paper_text text;
static struct paper_problem problem;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)3 * 1024 * 1024 * 1024);
    job = (struct paper_job){.limits = paper_limits_default()};
    job.limits.page_ms = 120000; /* sanitizers */
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

static void must(enum rc rc)
{
    if (rc != RC_OK)
        fail_msg("page %u: %.*s", problem.page, SPAN_ARGS(paper_fault_words(problem.fault)));
}

static bool has(struct span s, const char *what)
{
    return span_find(s, span_of(what)) != SPAN_NONE;
}

static struct span all_words(const struct doc_text *t)
{
    struct buf *b = buf_new(arena, 1024 * 1024);

    for (size_t p = 0; p < t->page_count; p++)
        for (size_t i = 0; i < t->pages[p].word_count; i++) {
            buf_put(b, t->pages[p].words[i].text);
            buf_char(b, ' ');
        }
    return buf_span(b);
}

/* Words that are hidden on a page of words that are not; the letter X is in none but the secret. */
static struct paper_source memo(void)
{
    static const char *const lines[] = {
        "The message should remain focused on cost, and all",
        "supervisors are asked to read it to their teams.",
        "It was written by Xaver Xylander in the spring and",
        "nobody else has seen it before this morning came.",
    };
    struct make m = make_begin(arena);

    make_object(&m, 1,
                S("<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R/Names<</EmbeddedFiles<</Names[(a) 7 0 R]>>>>"
                  "/OpenAction<</S/JavaScript/JS(Xjs)>>>>"));
    make_object(&m, 2, S("<</Type/Pages/Count 1/Kids[4 0 R]>>"));
    make_object(&m, 3, S("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"));
    make_object(&m, 4,
                S("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F 3 0 R>>>>/Contents 5 0 R>>"));
    make_stream(&m, 5, S(""), make_lines(arena, lines, COUNT(lines)));
    make_stream(&m, 6, S("/Type/Metadata/Subtype/XML"), S("<Xmeta>secret</Xmeta>"));
    make_object(&m, 7, S("<</Type/Filespec/F(a)/EF<</F 8 0 R>>>>"));
    make_stream(&m, 8, S("/Type/EmbeddedFile"), S("Xattached"));
    make_object(&m, 9, S("<</Title(Xtitle)/Author(Xauthor)/Producer(Xproducer)/CreationDate(D:20260101)>>"));
    return (struct paper_source){
        make_end(&m, S("/Info 9 0 R/ID[<0102030405060708090A0B0C0D0E0F10><0102030405060708090A0B0C0D0E0F10>]")),
        DOC_KIND_PDF, LANG_EN};
}

static const char *const secrets[] = {"Xaver", "Xylander"};

/* Over the two words, corners the wrong way round. */
static struct redaction bar(void)
{
    struct redaction r = {1, {INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX}, 0};

    for (size_t i = 0; i < text.text.pages[0].word_count; i++) {
        const struct doc_word *w = &text.text.pages[0].words[i];

        if (w->text.p[0] != 'X')
            continue;
        r.box.x0 = w->box.x1 > r.box.x0 ? w->box.x1 : r.box.x0;
        r.box.y0 = w->box.y1 > r.box.y0 ? w->box.y1 : r.box.y0;
        r.box.x1 = w->box.x0 < r.box.x1 ? w->box.x0 : r.box.x1;
        r.box.y1 = w->box.y0 < r.box.y1 ? w->box.y0 : r.box.y1;
    }
    assert_true(r.box.x1 < r.box.x0 && r.box.y1 < r.box.y0);
    return r;
}

/* Everything that stands in a PDF of ours: its own bytes, and each stream unpacked. */
static struct span unpacked(struct span pdf)
{
    struct buf *b = buf_new(arena, (size_t)256 * 1024 * 1024);
    struct span rest = pdf;
    size_t streams = 0;

    buf_put(b, pdf);
    for (;;) {
        size_t at = span_find(rest, S("\nstream\n"));
        size_t end;

        if (at == SPAN_NONE)
            break;
        rest = span_from(rest, at + 8);
        end = span_find(rest, S("\nendstream"));
        assert_true(end != SPAN_NONE);
        if (rest.p[0] == 'x')
            buf_put(b, make_inflated(arena, span_sub(rest, 0, end)));
        rest = span_from(rest, end);
        streams++;
    }
    assert_true(streams > 3);
    return buf_span(b);
}

static void redacted_words_are_in_no_byte(void **state)
{
    struct paper_source source = memo();
    struct redaction redaction;
    struct span pdf;
    struct span again;
    struct span all;
    struct span seen;

    (void)state;
    must(paper_read(arena, &job, &source, &text, &problem));
    redaction = bar();
    must(paper_copy(arena, &job, &source, &text, &redaction, 1, &pdf, &problem));
    must(paper_copy(arena, &job, &source, &text, &redaction, 1, &again, &problem));
    assert_true(span_eq(pdf, again));
    all = unpacked(pdf);
    for (size_t i = 0; i < COUNT(secrets); i++)
        assert_false(has(all, secrets[i]));
    assert_true(has(all, "><0054>"));  /* T: the letters of the layer are there … */
    assert_false(has(all, "><0058>")); /* … and no X is among them */
    assert_false(has(all, "Xattached") || has(all, "Xmeta") || has(all, "Xjs") || has(all, "Xtitle") ||
                 has(all, "Xproducer"));
    assert_false(has(pdf, "/Info") || has(pdf, "/ID") || has(pdf, "/Metadata") || has(pdf, "/JavaScript") ||
                 has(pdf, "/EmbeddedFile") || has(pdf, "Date") || has(pdf, "MuPDF") || has(pdf, "/Annots"));
    /* the layer is no text that is seen, so what is read here are the pictures */
    source.bytes = pdf;
    must(paper_read(arena, &job, &source, &text, &problem));
    assert_int_equal(text.text.pages[0].reading, DOC_READING_MACHINE);
    seen = all_words(&text.text);
    assert_true(has(seen, "focused on cost"));
    assert_true(has(seen, "It was written by"));
    assert_true(has(seen, "in the spring"));
    assert_false(has(seen, "Xaver") || has(seen, "ylander") || has(seen, "aver "));
}

static void pictures_are_black_there(void **state)
{
    static const uint32_t first = 1;
    struct paper_source source = memo();
    struct paper_drawing drawing = {.pages = &first, .page_count = 1, .redaction_count = 1, .width = 1400};
    struct paper_picture picture;
    struct redaction redaction;
    int width;
    int height;
    uint8_t *rgb;
    size_t black = 0;
    size_t white = 0;

    (void)state;
    must(paper_read(arena, &job, &source, &text, &problem));
    redaction = bar();
    drawing.redactions = &redaction;
    must(paper_draw(arena, &job, &source, &drawing, &picture, &problem));
    rgb = WebPDecodeRGB((const uint8_t *)picture.webp.p, picture.webp.n, &width, &height);
    assert_non_null(rgb);
    assert_int_equal(width, picture.width);
    assert_int_equal(height, picture.height);
    assert_int_equal(width, 1400);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const uint8_t *p = rgb + 3 * ((size_t)y * (size_t)width + (size_t)x);
            double px = (double)x * 6120 / width;
            double py = (double)y * 7920 / height;
            bool inside = px > redaction.box.x1 && px < redaction.box.x0 && py > redaction.box.y1 &&
                          py < redaction.box.y0;

            if (inside)
                assert_int_equal(p[0] | p[1] | p[2], 0);
            black += p[0] < 64;
            white += p[0] > 192;
        }
    assert_true(black > 1000 && white > black);
    WebPFree(rgb);
}

static void words_go_with_their_place(void **state)
{
    struct doc_word words[] = {
        {S("in"), {100, 100, 200, 120}, 0, 100},
        {S("under"), {300, 100, 400, 120}, 0, 100},
        {S("beside"), {402, 100, 500, 120}, 0, 100},
        {S("far"), {600, 100, 700, 120}, 0, 100},
    };
    struct doc_word typed[] = {{S("typed"), {0, 0, 0, 0}, 0, 100}};
    struct doc_page pages[] = {{6120, 7920, DOC_READING_FILE, words, COUNT(words)},
                               {6120, 7920, DOC_READING_TYPED, typed, 1},
                               {6120, 7920, DOC_READING_TYPED, typed, 1}};
    struct doc_text of = {pages, 3};
    struct redaction bars[] = {{1, {401, 119, 320, 50}, 0}, {2, {10, 10, 20, 20}, 0}};
    struct doc_text left = paper_public_text(arena, &of, bars, 2);

    (void)state;
    assert_int_equal(left.pages[0].word_count, 2);
    assert_true(span_eq(left.pages[0].words[0].text, S("in")) && span_eq(left.pages[0].words[1].text, S("far")));
    assert_int_equal(left.pages[1].word_count, 0);
    assert_int_equal(left.pages[2].word_count, 1);
    assert_int_equal(pages[0].word_count, 4);
}

static void redaction_of_no_page_is_refused(void **state)
{
    struct paper_source source = memo();
    struct redaction redaction = {2, {0, 0, 10, 10}, 0};
    struct span pdf;

    (void)state;
    must(paper_read(arena, &job, &source, &text, &problem));
    assert_int_equal(paper_copy(arena, &job, &source, &text, &redaction, 1, &pdf, &problem), RC_INVALID);
    assert_int_equal(problem.fault, PAPER_NO_SUCH_PAGE);
    assert_int_equal(pdf.n, 0);
}

/* A scan: our own copy, turned before, has no text that is seen. */
static void scans_are_turned(void **state)
{
    struct paper_source source = memo();
    struct paper_text turned;
    struct span pdf;

    (void)state;
    must(paper_read(arena, &job, &source, &text, &problem));
    for (uint16_t turn = 90; turn <= 270; turn = (uint16_t)(turn + 90)) {
        turned = text;
        turned.turns = &turn;
        source = memo();
        must(paper_copy(arena, &job, &source, &turned, NULL, 0, &pdf, &problem));
        source.bytes = pdf;
        must(paper_read(arena, &job, &source, &turned, &problem));
        assert_int_equal(turned.turns[0], 360 - turn);
        assert_int_equal(turned.text.pages[0].width, 6120);
        assert_true(has(all_words(&turned.text), "The message should remain focused on cost"));
        assert_in_range(turned.text.pages[0].words[0].box.x0, 700, 740);
        assert_in_range(turned.text.pages[0].words[0].box.y0, 580, 660);
    }
}

static void spanish_is_read_as_spanish(void **state)
{
    static const char *const lines[] = {"La educaci\\363n de los ni\\361os no es un costo:",
                                        "ma\\361ana se\\361alar\\341n qui\\351n decidi\\363 la elecci\\363n."};
    struct span content = make_lines(arena, lines, 2);
    struct paper_source source = {make_pages(arena, &content, 1, S("")), DOC_KIND_PDF, LANG_ES};
    struct span pdf;

    (void)state;
    must(paper_read(arena, &job, &source, &text, &problem));
    must(paper_copy(arena, &job, &source, &text, NULL, 0, &pdf, &problem));
    assert_true(has(pdf, "/Lang(es)"));
    source.bytes = pdf;
    must(paper_read(arena, &job, &source, &text, &problem));
    assert_true(has(all_words(&text.text), "educación de los niños"));
    assert_true(has(all_words(&text.text), "mañana señalarán quién"));
}

/* ---- the cache ---- */

static void second_time_reads_nothing(void **state)
{
    static const uint32_t first = 1;
    char folder[] = "/tmp/test_copy.XXXXXX";
    const char *helpers = test_helper_folder;
    struct paper_source source = memo();
    struct paper_drawing drawing = {.pages = &first, .page_count = 1, .width = 700};
    struct paper_source locked = {make_locked(arena, S(" "), true), DOC_KIND_PDF, LANG_EN};
    struct paper_picture pictures[2];
    struct paper_text again;
    struct paper_cache cache;
    struct span pdfs[2];
    char command[256];
    struct stat st;

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0755), 0);
    assert_false(paper_cache_open(arena, folder, &cache)); /* others could look in */
    assert_int_equal(rmdir(folder), 0);
    assert_true(paper_cache_open(arena, folder, &cache));
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    job.cache = &cache;
    must(paper_read(arena, &job, &source, &text, &problem));
    must(paper_draw(arena, &job, &source, &drawing, &pictures[0], &problem));
    must(paper_copy(arena, &job, &source, &text, NULL, 0, &pdfs[0], &problem));
    assert_int_equal(paper_read(arena, &job, &locked, &again, &problem), RC_INVALID);
    (void)snprintf(command, sizeof command, "test -z \"$(find %s -type f ! -perm 0600)\"", folder);
    assert_int_equal(system(command), 0);

    test_helper_folder = "/nowhere";
    must(paper_read(arena, &job, &source, &again, &problem));
    assert_true(span_eq(all_words(&text.text), all_words(&again.text)));
    assert_memory_equal(&text.text.pages[0].words[3].box, &again.text.pages[0].words[3].box, sizeof(struct doc_box));
    assert_int_equal(again.text.pages[0].reading, DOC_READING_FILE);
    must(paper_draw(arena, &job, &source, &drawing, &pictures[1], &problem));
    assert_true(span_eq(pictures[0].webp, pictures[1].webp) && pictures[0].width == pictures[1].width);
    must(paper_copy(arena, &job, &source, &text, NULL, 0, &pdfs[1], &problem));
    assert_true(span_eq(pdfs[0], pdfs[1]));
    assert_int_equal(paper_read(arena, &job, &locked, &again, &problem), RC_INVALID);
    assert_int_equal(problem.fault, PAPER_PASSWORD);
    drawing.width = 701; /* another picture */
    assert_int_equal(paper_draw(arena, &job, &source, &drawing, &pictures[1], &problem), RC_IO);

    (void)snprintf(
        command, sizeof command,
        "for f in %s/*; do printf x | dd of=$f bs=1 seek=$(($(stat -c %%s $f)-1)) conv=notrunc 2>/dev/null; done",
        folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(paper_read(arena, &job, &source, &again, &problem), RC_IO); /* spoiled: not there */
    assert_int_equal(problem.fault, PAPER_NO_HELPER);
    test_helper_folder = helpers;
    must(paper_read(arena, &job, &source, &again, &problem));
    assert_true(span_eq(all_words(&text.text), all_words(&again.text)));
    paper_cache_close(&cache);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(redacted_words_are_in_no_byte),   TEST(pictures_are_black_there), TEST(words_go_with_their_place),
        TEST(redaction_of_no_page_is_refused), TEST(scans_are_turned),         TEST(spanish_is_read_as_spanish),
        TEST(second_time_reads_nothing),
    };

    return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
