/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The sources that are not the disk: files in memory, and one that remembers what it gave. See source.h.
 */
#include "folder/folder_impl.h"

#include <errno.h>
#include <stdlib.h>

/* ---- the disk ---- */

static enum folder_fault list_disk(void *ctx, struct arena *a, struct span path, struct folder_names *names_out)
{
    return sys_list_folder(a, *(const int *)ctx, path, names_out);
}

static enum folder_fault read_disk(void *ctx, struct arena *a, struct span path, size_t limit, struct span *bytes_out)
{
    return sys_read_file(a, *(const int *)ctx, path, limit, bytes_out);
}

enum rc folder_source_open(struct arena *a, const char *dir, struct folder_source *source_out, struct span *fault_out)
{
    int *fd = ARENA_NEW(a, int);

    *source_out = (struct folder_source){0};
    *fd = sys_open_folder(a, dir, fault_out);
    if (*fd == -1)
        return errno == ENOENT ? RC_NOT_FOUND : RC_IO;
    *source_out = (struct folder_source){.name = dir, .ctx = fd, .list = list_disk, .read = read_disk};
    return RC_OK;
}

void folder_source_close(struct folder_source *source)
{
    if (source->read == read_disk)
        sys_close(source->ctx);
    *source = (struct folder_source){0};
}

/* ---- memory ---- */

static int compare_paths(const void *left, const void *right)
{
    return span_cmp(((const struct folder_file *)left)->path, ((const struct folder_file *)right)->path);
}

void folder_files_sort(struct folder_files *files)
{
    if (files->list.count)
        qsort(files->list.items, files->list.count, sizeof *files->list.items, compare_paths);
}

const struct folder_file *folder_files_find(const struct folder_files *files, struct span path)
{
    struct folder_file wanted = {.path = path};

    return files->list.count
               ? bsearch(&wanted, files->list.items, files->list.count, sizeof *files->list.items, compare_paths)
               : NULL;
}

static int compare_names(const void *left, const void *right)
{
    return span_cmp(((const struct folder_name *)left)->name, ((const struct folder_name *)right)->name);
}

/* The paths are in order, so all files of one folder stand together. */
static enum folder_fault list_files(void *ctx, struct arena *a, struct span path, struct folder_names *names_out)
{
    const struct folder_files *files = ctx;
    struct span base = path.n ? arena_join(a, (struct span[]){path, S("/")}, 2) : path;

    *names_out = (struct folder_names){0};
    for (size_t i = 0; i < files->list.count; i++) {
        struct span rest = files->list.items[i].path;
        struct span name;
        bool is_folder;

        if (!span_starts(rest, base))
            continue;
        is_folder = span_cut(span_from(rest, base.n), '/', &name, &rest);
        if (name.n == 0 || name.p[0] == '.' ||
            (names_out->list.count && span_eq(names_out->list.items[names_out->list.count - 1].name, name)))
            continue;
        *LIST_ADD(a, &names_out->list) = (struct folder_name){name, is_folder};
    }
    if (names_out->list.count)
        qsort(names_out->list.items, names_out->list.count, sizeof *names_out->list.items, compare_names);
    return FOLDER_FINE;
}

static enum folder_fault read_files(void *ctx, struct arena *a, struct span path, size_t limit, struct span *bytes_out)
{
    const struct folder_file *file = folder_files_find(ctx, path);

    (void)a;
    if (file == NULL) {
        errno = ENOENT;
        return FOLDER_UNREADABLE;
    }
    if (file->bytes.n > limit)
        return FOLDER_TOO_LARGE;
    *bytes_out = file->bytes;
    return FOLDER_FINE;
}

struct folder_source folder_source_of_files(struct folder_files *files, const char *name)
{
    return (struct folder_source){
        .name = name, .is_lasting = true, .ctx = files, .list = list_files, .read = read_files};
}

/* ---- remembering ---- */

struct keeping {
    struct arena *arena;
    const struct folder_source *inner;
    struct folder_files *files;
};

static enum folder_fault list_keeping(void *ctx, struct arena *a, struct span path, struct folder_names *names_out)
{
    const struct keeping *k = ctx;

    return k->inner->list(k->inner->ctx, a, path, names_out);
}

static enum folder_fault read_keeping(void *ctx, struct arena *a, struct span path, size_t limit,
                                      struct span *bytes_out)
{
    struct keeping *k = ctx;
    enum folder_fault fault;

    if (span_starts(path, S("photos/")) || span_starts(path, S("documents/")))
        return k->inner->read(k->inner->ctx, a, path, limit, bytes_out);
    fault = k->inner->read(k->inner->ctx, k->arena, path, limit, bytes_out);
    if (fault == FOLDER_FINE)
        *LIST_ADD(k->arena, &k->files->list) = (struct folder_file){path, *bytes_out};
    return fault;
}

struct folder_source folder_source_keeping(struct arena *a, const struct folder_source *inner,
                                           struct folder_files *files_out)
{
    struct keeping *k = ARENA_NEW(a, struct keeping);

    *k = (struct keeping){a, inner, files_out};
    *files_out = (struct folder_files){0};
    return (struct folder_source){.name = inner->name, .ctx = k, .list = list_keeping, .read = read_keeping};
}
