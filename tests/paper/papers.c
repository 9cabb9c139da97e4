/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * papers make FOLDER: the documents of tests/cli/documents.mjs, sound ones and bad ones.
 * papers reveal FILE …: everything that can be learned from PDFs and WebPs: their bytes, each stream unpacked, and what
 * Tesseract reads on each picture.
 */
#include "folder.h"
#include "make.h"
#include "paper/paper.h"

#include <stdio.h>
#include <string.h>
#include <webp/decode.h>

static struct arena *arena;

/* ---- making ---- */

static void write_file(const char *folder, const char *name, struct span bytes)
{
    char path[4096];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    CHECK(f != NULL && fwrite(bytes.p, 1, bytes.n, f) == bytes.n && fclose(f) == 0);
}

static struct span page_of(const char *const *lines, size_t count)
{
    struct span content = make_lines(arena, lines, count);

    return make_pages(arena, &content, 1, S(""));
}

/* The third line is to be blacked out; Xtitle, Xjs and Xattached are on no page. */
static struct span memo(void)
{
    static const char *const lines[] = {
        "The message should remain focused on cost, and all",
        "supervisors are asked to read it to their teams.",
        "Xaver Xylander",
        "nobody else has seen it before this morning came.",
    };
    struct make m = make_begin(arena);

    make_object(&m, 1,
                S("<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a) 7 0 R]>>>>"
                  "/OpenAction<</S/JavaScript/JS(Xjs)>>>>"));
    make_object(&m, 2, S("<</Type/Pages/Count 1/Kids[4 0 R]>>"));
    make_object(&m, 3, S("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"));
    make_object(&m, 4,
                S("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F 3 0 R>>>>/Contents 5 0 R>>"));
    make_stream(&m, 5, S(""), make_lines(arena, lines, COUNT(lines)));
    make_object(&m, 7, S("<</Type/Filespec/F(a)/EF<</F 8 0 R>>>>"));
    make_stream(&m, 8, S("/Type/EmbeddedFile"), S("Xattached"));
    make_object(&m, 9, S("<</Title(Xtitle)>>"));
    return make_end(&m, S("/Info 9 0 R"));
}

static void make_sound(const char *folder)
{
    static const char *const fact[] = {"Every school will open on the first day of August."};
    static const char *const letter[] = {"Xreceived has not been looked at by anybody yet."};
    static const char *const advice[] = {"Xprivileged is between a lawyer and those who asked."};
    static const char *const forged[] = {"Xrejected was made up by somebody with a grudge."};
    static const char *const *const others[] = {letter, advice, forged};
    static const char *const names[] = {"letter.pdf", "advice.pdf", "forged.pdf"};
    struct span blank = S("");

    write_file(folder, "memo.pdf", memo());
    write_file(folder, "fact.pdf", page_of(fact, 1));
    for (size_t i = 0; i < COUNT(others); i++)
        write_file(folder, names[i], page_of(others[i], 1));
    write_file(folder, "flyer.pdf", make_pages(arena, &blank, 1, S("")));
}

static struct span bomb(void)
{
    char *spaces = arena_alloc(arena, (size_t)200 * 1024 * 1024);
    struct make m = make_begin(arena);

    memset(spaces, ' ', (size_t)200 * 1024 * 1024);
    make_object(&m, 1, S("<</Type/Catalog/Pages 2 0 R>>"));
    make_object(&m, 2, S("<</Type/Pages/Count 1/Kids[4 0 R]>>"));
    make_object(
        &m, 4, S("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</XObject<</I 6 0 R>>>>/Contents 5 0 R>>"));
    make_stream(&m, 5, S(""), S("q 612 0 0 792 0 0 cm /I Do Q"));
    make_stream(&m, 6,
                S("/Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceRGB"
                  "/Filter/FlateDecode"),
                make_deflated(arena, (struct span){spaces, (size_t)200 * 1024 * 1024}));
    return make_end(&m, S(""));
}

static void make_bad(const char *folder)
{
    static const char *const lines[] = {"Some words that are lost."};
    struct span whole = page_of(lines, 1);
    struct span content = make_lines(arena, lines, 1);
    struct span *contents = ARENA_ARRAY(arena, struct span, 10000);
    struct make none = make_begin(arena);

    for (size_t i = 0; i < 10000; i++)
        contents[i] = S(" ");
    make_object(&none, 1, S("<</Type/Catalog/Pages 2 0 R>>"));
    make_object(&none, 2, S("<</Type/Pages/Count 0/Kids[]>>"));
    write_file(folder, "bad-truncated.pdf", span_sub(whole, 0, whole.n / 2));
    write_file(folder, "bad-password.pdf", make_locked(arena, content, true));
    write_file(folder, "bad-many.pdf", make_pages(arena, contents, 10000, S("")));
    write_file(folder, "bad-bomb.pdf", bomb());
    write_file(folder, "bad-wide.pdf", make_pages(arena, &content, 1, S("/MediaBox[0 0 283465 283465]")));
    write_file(folder, "bad-none.pdf", make_end(&none, S("")));
    write_file(folder, "bad-suffix.jpg", whole);
    write_file(folder, "bad-ini.pdf", whole);
    write_file(folder, "fine-empty-password.pdf", make_locked(arena, content, false));
    write_file(folder, "fine-script.pdf", memo());
}

/* ---- revealing ---- */

static void put(struct span s)
{
    (void)fwrite(s.p, 1, s.n, stdout);
    (void)putchar('\n');
}

static void put_streams(struct span pdf)
{
    struct span rest = pdf;

    for (;;) {
        size_t at = span_find(rest, S("\nstream\n"));

        if (at == SPAN_NONE)
            return;
        rest = span_from(rest, at + 8);
        at = span_find(rest, S("\nendstream"));
        CHECK(at != SPAN_NONE);
        if (rest.p[0] == 'x')
            put(make_inflated(arena, span_sub(rest, 0, at)));
        rest = span_from(rest, at);
    }
}

/* What is laid under the pictures is no text that is seen: these are their words. */
static bool put_seen(struct span pdf)
{
    struct paper_job job = {.limits = paper_limits_default()};
    struct paper_source source = {pdf, DOC_KIND_PDF, LANG_EN};
    struct paper_problem problem;
    struct paper_text text;

    job.limits.page_ms = 120000; /* sanitizers */
    if (paper_read(arena, &job, &source, &text, &problem) != RC_OK)
        return false;
    for (size_t p = 0; p < text.text.page_count; p++) {
        CHECK(text.text.pages[p].reading != DOC_READING_FILE);
        for (size_t i = 0; i < text.text.pages[p].word_count; i++)
            printf("%.*s ", SPAN_ARGS(text.text.pages[p].words[i].text));
    }
    printf("\n");
    return true;
}

/* The picture as a page. */
static struct span pdf_of_webp(struct span webp)
{
    struct make m = make_begin(arena);
    int width = 0;
    int height = 0;
    uint8_t *rgb = WebPDecodeRGB((const uint8_t *)webp.p, webp.n, &width, &height);

    CHECK(rgb != NULL);
    make_object(&m, 1, S("<</Type/Catalog/Pages 2 0 R>>"));
    make_object(&m, 2, S("<</Type/Pages/Count 1/Kids[4 0 R]>>"));
    make_object(
        &m, 4, S("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</XObject<</I 6 0 R>>>>/Contents 5 0 R>>"));
    make_stream(&m, 5, S(""), S("q 612 0 0 792 0 0 cm /I Do Q"));
    make_stream(&m, 6,
                arena_printf(arena,
                             "/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceRGB",
                             width, height),
                (struct span){(const char *)rgb, (size_t)width * (size_t)height * 3});
    WebPFree(rgb);
    return make_end(&m, S(""));
}

static bool reveal(const char *path)
{
    const size_t most = (size_t)64 * 1024 * 1024;
    FILE *f = fopen(path, "rb");
    char *p = arena_alloc(arena, most);
    struct span bytes = {p, f ? fread(p, 1, most, f) : 0};

    if (f)
        (void)fclose(f);
    put(bytes);
    if (span_starts(bytes, S("RIFF")))
        return put_seen(pdf_of_webp(bytes));
    put_streams(bytes);
    return put_seen(bytes);
}

int main(int argc, char **argv)
{
    bool is_fine = argc > 2;

    if (is_fine && strcmp(argv[1], "make") == 0) {
        arena = arena_open((size_t)3 << 30);
        make_sound(argv[2]);
        make_bad(argv[2]);
        arena_close(&arena);
        return 0;
    }
    for (int i = 2; i < argc && is_fine; i++) {
        arena = arena_open((size_t)3 << 30);
        is_fine = reveal(argv[i]);
        arena_close(&arena);
    }
    return is_fine ? 0 : 1;
}
