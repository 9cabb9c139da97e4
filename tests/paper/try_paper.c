/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * try_paper read|draw|copy FILE [OUT] [PAGE:X0,Y0,X1,Y1 …]: what the program's own code makes of a document, for
 * benchmarks and for looking. try_paper make FILE PAGES writes a PDF of so many full pages.
 */
#include "make.h"
#include "paper/paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES_MOST = 2000, REDACTIONS_MOST = 64 };

static struct span file_of(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    char *p = arena_alloc(a, (size_t)128 * 1024 * 1024);
    size_t n = f ? fread(p, 1, (size_t)128 * 1024 * 1024, f) : 0;

    if (f)
        (void)fclose(f);
    return (struct span){p, n};
}

static enum doc_kind kind_of(const char *path)
{
    struct span s = span_of(path);

    if (span_ends(s, S(".jpg")))
        return DOC_KIND_JPEG;
    if (span_ends(s, S(".png")))
        return DOC_KIND_PNG;
    if (span_ends(s, S(".tiff")))
        return DOC_KIND_TIFF;
    return DOC_KIND_PDF;
}

static void print_text(const struct paper_text *text)
{
    for (size_t p = 0; p < text->text.page_count; p++) {
        const struct doc_page *page = &text->text.pages[p];

        printf("-- page %zu: %d x %d, reading %u, turned %u, %zu words", p + 1, page->width, page->height,
               page->reading, text->turns[p], page->word_count);
        for (size_t w = 0; w < page->word_count; w++)
            printf("%s%.*s", w == 0 || page->words[w].line != page->words[w - 1].line ? "\n" : " ",
                   SPAN_ARGS(page->words[w].text));
        printf("\n");
    }
}

static void write_file(const char *path, struct span bytes)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f) != 0)
        exit(2);
}

static size_t redactions_of(char **args, struct redaction *out)
{
    size_t n = 0;

    for (; *args && n < REDACTIONS_MOST; args++, n++)
        if (sscanf(*args, "%u:%d,%d,%d,%d", &out[n].page, &out[n].box.x0, &out[n].box.y0, &out[n].box.x1,
                   &out[n].box.y1) != 5)
            exit(2);
    return n;
}

/* Twelve points, 46 lines a page, some 550 words. */
static struct span full_pages(struct arena *a, size_t count)
{
    static const char *const words[] = {"the",   "message", "should", "remain", "focused", "on", "cost", "and",
                                        "every", "teacher", "who",    "asks",   "will",    "be", "told", "so"};
    struct span *contents = ARENA_ARRAY(a, struct span, count);
    unsigned n = 1;

    for (size_t p = 0; p < count; p++) {
        const char *lines[46];

        for (size_t i = 0; i < COUNT(lines); i++) {
            struct buf *b = buf_new(a, 1024);

            for (size_t w = 0; w < 12; w++, n = n * 1103515245 + 12345)
                buf_printf(b, "%s ", words[n >> 16 & 15]);
            lines[i] = arena_cstr(a, buf_span(b));
        }
        contents[p] = make_lines(a, lines, COUNT(lines));
    }
    return make_pages(a, contents, count, S(""));
}

int main(int argc, char **argv)
{
    static struct paper_picture pictures[PAGES_MOST];
    static uint32_t pages[PAGES_MOST];
    struct arena *a = arena_open((size_t)2 * 1024 * 1024 * 1024);
    struct paper_job job = {.limits = paper_limits_default()};
    struct paper_problem problem = {0};
    struct redaction redactions[REDACTIONS_MOST];
    struct paper_source source;
    struct paper_text text;
    size_t count;
    enum rc rc;

    if (argc < 3)
        return 2;
    if (strcmp(argv[1], "make") == 0 && argc > 3) {
        write_file(argv[2], full_pages(a, (size_t)atoi(argv[3])));
        return 0;
    }
    source = (struct paper_source){file_of(a, argv[2]), kind_of(argv[2]), getenv("ES") ? LANG_ES : LANG_EN};
    count = redactions_of(argc > 4 ? argv + 4 : argv + argc, redactions);
    rc = paper_read(a, &job, &source, &text, &problem);
    if (rc == RC_OK && strcmp(argv[1], "read") == 0)
        print_text(&text);
    if (rc == RC_OK && strcmp(argv[1], "copy") == 0 && argc > 3) {
        struct span pdf;

        rc = paper_copy(a, &job, &source, &text, redactions, count, &pdf, &problem);
        if (rc == RC_OK)
            write_file(argv[3], pdf);
    }
    if (rc == RC_OK && strcmp(argv[1], "draw") == 0 && argc > 3) {
        struct paper_drawing drawing = {.pages = pages,
                                        .turns = text.turns,
                                        .page_count = text.text.page_count,
                                        .redactions = redactions,
                                        .redaction_count = count,
                                        .width = 1400};

        for (uint32_t i = 0; i < PAGES_MOST; i++)
            pages[i] = i + 1;
        rc = paper_draw(a, &job, &source, &drawing, pictures, &problem);
        for (size_t i = 0; rc == RC_OK && i < text.text.page_count; i++) {
            char name[4096];

            (void)snprintf(name, sizeof name, "%s.p%zu.webp", argv[3], i + 1);
            write_file(name, pictures[i].webp);
            printf("%u x %u, %zu bytes\n", pictures[i].width, pictures[i].height, pictures[i].webp.n);
        }
    }
    if (rc != RC_OK)
        printf("page %u: %.*s\n", problem.page, SPAN_ARGS(paper_fault_words(problem.fault)));
    arena_close(&a);
    return rc == RC_OK ? 0 : 1;
}
