/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * deps SRC checks that includes point one way: a file sees its own folder and lower layers, never its neighbours.
 *
 * Also, each library from outside has one folder that includes it, so that there is one place to look when it
 * changes. A folder without a layer, and a library without a folder, are listed here or refused. Exit 1 on a fault.
 */
#include "cgen.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MEMORY_MOST = 256 * 1024 * 1024, PATH_MOST = 1024, DEPTH_MOST = 8 };

/* From the ground up. A file includes from strictly lower layers. */
static const struct {
    const char *folder;
    int layer;
} layers[] = {
    {"base", 0},  {"model", 1},   {"db", 2},        {"seal", 2},  {"html", 2},    {"http", 2},
    {"terms", 2}, {"store", 3},   {"folder", 3},    {"prose", 4}, {"page", 4},    {"paper", 4},
    {"news", 5},  {"sources", 5}, {"rights", 5},    {"mail", 4},  {"office", 5},  {"letters", 5},
    {"cards", 5}, {"search", 5},  {"subscribe", 5}, {"main", 6},  {"sandbox", 2},
};

/* Libraries and the one folder that knows each; null is nobody in src. The longest prefix that fits counts. */
static const struct {
    const char *prefix;
    const char *folder;
} libraries[] = {
    {"cmark-gfm", "prose"}, {"curl/", "main"},      {"qrencode.h", "page"},  {"seccomp.h", "sandbox"},
    {"brotli/", "http"},    {"gettext-po.h", NULL}, {"sqlite3", "db"},       {"libpq", "db"},
    {"sodium", "seal"},     {"microhttpd", "http"}, {"mupdf/", "paper"},     {"tesseract/", "paper"},
    {"webp/", "paper"},     {"jpeglib.h", "paper"}, {"gmime/", "mail"},      {"openssl/", "mail"},
    {"idn2.h", "mail"},     {"ini.h", NULL},        {"utf8proc.h", "terms"}, {"libstemmer.h", "terms"},
    {"ares.h", "mail"},     {"unicase.h", "prose"}, {"unictype.h", "prose"}, {"uninorm.h", "prose"},
};

static int faults;

static int layer_of(struct span folder)
{
    for (size_t i = 0; i < COUNT(layers); i++)
        if (span_eq(folder, span_of(layers[i].folder)))
            return layers[i].layer;
    return -1;
}

static void fault(const char *path, unsigned line, struct span header, const char *why)
{
    fprintf(stderr, "%s:%u: error: \"%.*s\": %s\n", path, line, SPAN_ARGS(header), why);
    faults++;
}

static void check_own(const char *path, unsigned line, struct span from, struct span header)
{
    struct span to;
    struct span name;

    if (!span_cut(header, '/', &to, &name) || span_eq(to, from))
        return; /* made by a tool, or its own folder's */
    if (span_eq(to, S(".")) || span_eq(to, S("..")))
        fault(path, line, header, "an include begins with its folder, not with dots");
    else if (layer_of(to) < 0)
        fault(path, line, header, "this folder has no layer in tools/deps.c");
    else if (layer_of(to) == layer_of(from))
        fault(path, line, header, "a neighbour of the same layer: sink what both need");
    else if (layer_of(to) > layer_of(from))
        fault(path, line, header,
              "an arrow upward: main > parts > prose mail page paper > store folder > db seal html "
              "http > model > base");
}

static void check_library(const char *path, unsigned line, struct span from, struct span header)
{
    for (size_t i = 0; i < COUNT(libraries); i++) {
        if (!span_starts(header, span_of(libraries[i].prefix)))
            continue;
        if (libraries[i].folder == NULL || !span_eq(from, span_of(libraries[i].folder)))
            fault(path, line, header, "this library belongs to one other folder (tools/deps.c)");
        return;
    }
}

/* Takes `#  include "x"` or <x> apart. False for any other line. */
static bool read_include(struct span line, struct span *header_out, bool *is_own_out)
{
    line = span_trim(line);
    if (line.n == 0 || line.p[0] != '#')
        return false;
    line = span_trim(span_from(line, 1));
    if (!span_starts(line, S("include")))
        return false;
    line = span_trim(span_from(line, 7));
    if (line.n < 2 || (line.p[0] != '"' && line.p[0] != '<'))
        return false;
    *is_own_out = line.p[0] == '"';
    return span_cut(span_from(line, 1), *is_own_out ? '"' : '>', header_out, &line);
}

static bool is_library(struct span header)
{
    for (size_t i = 0; i < COUNT(libraries); i++)
        if (span_starts(header, span_of(libraries[i].prefix)))
            return true;
    return false;
}

static void check_file(const char *path, struct span folder)
{
    struct arena *a = arena_open(MEMORY_MOST);
    struct span rest = cgen_read(a, path);
    struct span line;
    struct span header;
    bool is_own;
    unsigned number = 0;

    while (span_next(&rest, '\n', &line)) {
        number++;
        if (!read_include(line, &header, &is_own))
            continue;
        if (is_library(header))
            check_library(path, number, folder, header);
        else if (is_own)
            check_own(path, number, folder, header);
    }
    arena_close(&a);
}

/* Everything below `path`; `folder` is the name right below the root, empty at the root itself. */
static void check_tree(const char *path, struct span folder, int depth)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);

    if (count < 0 || depth > DEPTH_MOST) {
        fprintf(stderr, "%s: cannot be read as a folder\n", path);
        faults++;
        return;
    }
    for (int i = 0; i < count; i++) {
        struct span name = span_of(entries[i]->d_name);
        char below[PATH_MOST];
        struct stat st;
        int n = snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name);

        if (name.p[0] == '.' || n < 0 || (size_t)n >= sizeof below || stat(below, &st) != 0) {
            free(entries[i]);
            continue;
        }
        if (S_ISDIR(st.st_mode)) {
            if (depth == 0 && layer_of(name) < 0)
                fault(below, 0, name, "this folder has no layer in tools/deps.c");
            else
                check_tree(below, depth == 0 ? name : folder, depth + 1);
        } else if (span_ends(name, S(".c")) || span_ends(name, S(".h"))) {
            if (depth == 0)
                fault(below, 0, name, "a source file belongs into a folder");
            else
                check_file(below, folder);
        }
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: deps SRC\n");
        return 2;
    }
    check_tree(argv[1], (struct span){0}, 0);
    return faults ? 1 : 0;
}
