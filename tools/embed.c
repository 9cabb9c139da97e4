/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * embed OUT.c OUT.h NAME ROOT FILE… puts files into the program: an array NAME of path (without ROOT) and bytes, in
 * order of the paths, and NAME_count.
 */
#include "cgen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_MOST = 1024 * 1024 * 1024, OUTPUT_MOST = 128 * 1024 * 1024, STRING_MOST = 64 * 1024 };

struct file {
    struct span path;
    struct span bytes;
};

static int compare(const void *a, const void *b)
{
    return span_cmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

/* "static/style.css" with the root "static" is "style.css", however the two are spelled. Empty when it is not below
 * the root. */
static struct span strip(struct arena *a, const char *path, const char *root)
{
    char *full_path = realpath(path, NULL);
    char *full_root = realpath(root, NULL);
    struct span rest = arena_dup(a, span_of(full_path));
    struct span above = arena_dup(a, span_of(full_root));

    free(full_path);
    free(full_root);
    if (above.n == 0 || !span_starts(rest, above))
        return (struct span){0};
    rest = span_from(rest, above.n);
    return rest.n && rest.p[0] == '/' ? span_from(rest, 1) : (struct span){0};
}

/* Numbers for large files: compilers need not take a string of any length. */
static void put_numbers(struct buf *out, struct span bytes)
{
    buf_put(out, S("{\n"));
    for (size_t i = 0; i < bytes.n; i++) {
        buf_put(out, i % 24 == 0 ? S("    ") : S(""));
        buf_u64(out, (unsigned char)bytes.p[i]);
        buf_put(out, i % 24 == 23 ? S(",\n") : S(","));
    }
    buf_put(out, S("\n}"));
}

static void put_c(const struct file *files, size_t count, struct span name, struct span header, struct buf *out)
{
    buf_put(out, S("/* Made by tools/embed: change the files themselves. */\n#include \""));
    buf_put(out, cgen_basename(header));
    buf_put(out, S("\"\n\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n"));
    for (size_t i = 0; i < count; i++) {
        struct span bytes = files[i].bytes;

        buf_put(out, S("\n/* "));
        buf_put(out, files[i].path);
        buf_printf(out, " */\nstatic const %s file_%u[] =%s", bytes.n > STRING_MOST ? "unsigned char" : "char",
                   (unsigned)i, bytes.n > STRING_MOST ? " " : "\n    ");
        if (bytes.n > STRING_MOST) {
            put_numbers(out, bytes);
        } else {
            cgen_literal(out, bytes, 4);
        }
        buf_put(out, S(";\n"));
    }
    buf_put(out, S("\nconst struct embed_file "));
    buf_put(out, name);
    buf_put(out, S("[] = {\n"));
    for (size_t i = 0; i < count; i++) {
        buf_put(out, S("    {SPAN_INIT("));
        cgen_literal(out, files[i].path, 15);
        buf_printf(out, "), {(const char *)file_%u, %zu}},\n", (unsigned)i, files[i].bytes.n);
    }
    buf_printf(out, "};\nconst size_t %.*s_count = %zu;\n", SPAN_ARGS(name), count);
}

static void put_h(struct span name, struct span header, struct buf *out)
{
    buf_put(out, S("/* Made by tools/embed. */\n#ifndef "));
    cgen_guard(out, header);
    buf_put(out, S("\n#define "));
    cgen_guard(out, header);
    buf_put(out, S("\n\n#include \"base/span.h\"\n\n#ifndef EMBED_FILE\n#define EMBED_FILE\n"
                   "struct embed_file {\n    struct span path; /* relative to its folder */\n"
                   "    struct span bytes;\n};\n#endif\n\nextern const struct embed_file "));
    buf_put(out, name);
    buf_put(out, S("[]; /* in order of the paths */\nextern const size_t "));
    buf_put(out, name);
    buf_put(out, S("_count;\n\n#endif\n"));
}

/* False, with a line on stderr, for a file outside the root, a path that C cannot name, or one given twice. */
static bool check(const struct file *files, size_t count, char **paths)
{
    for (size_t i = 0; i < count; i++) {
        if (files[i].path.n == 0) {
            fprintf(stderr, "%s: not below the root\n", paths[i]);
            return false;
        }
        for (size_t k = 0; k < files[i].path.n; k++) {
            if (files[i].path.p[k] < 0x20 || files[i].path.p[k] == '*') {
                fprintf(stderr, "%s: no plain file name\n", paths[i]);
                return false;
            }
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct arena *a = arena_open(MEMORY_MOST);
    struct file *files;
    struct buf c;
    struct buf h;
    size_t count;
    int status = 1;

    if (argc < 6) {
        fprintf(stderr, "usage: embed OUT.c OUT.h NAME ROOT FILE...\n");
        status = 2;
        goto out;
    }
    count = (size_t)argc - 5;
    files = ARENA_ARRAY(a, struct file, count);
    for (size_t i = 0; i < count; i++)
        files[i] = (struct file){strip(a, argv[i + 5], argv[4]), cgen_read(a, argv[i + 5])};
    if (!check(files, count, argv + 5))
        goto out;
    qsort(files, count, sizeof files[0], compare);
    for (size_t i = 1; i < count; i++) {
        if (span_eq(files[i - 1].path, files[i].path)) {
            fprintf(stderr, "%.*s: given twice\n", SPAN_ARGS(files[i].path));
            goto out;
        }
    }
    buf_init(&c, a, OUTPUT_MOST);
    buf_init(&h, a, OUTPUT_MOST);
    put_c(files, count, span_of(argv[3]), span_of(argv[2]), &c);
    put_h(span_of(argv[3]), span_of(argv[2]), &h);
    if (buf_overflowed(&c)) {
        fprintf(stderr, "embed: over %d bytes of C\n", (int)OUTPUT_MOST);
        goto out;
    }
    cgen_write(argv[1], buf_span(&c));
    cgen_write(argv[2], buf_span(&h));
    status = 0;
out:
    arena_close(&a);
    return status;
}
