/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom pack`: the folder as it may travel to a server. Documents in it are public copies; all else is as it was.
 *
 * What is written is what was checked: every file is read once, and those bytes are compiled and written. Files that begin
 * with a dot stay behind, but for the one that a dump left.
 */
#include "folder/dump.h"
#include "folder/folder.h"
#include "folder/packed.h"
#include "main/command.h"
#include "main/compile.h"
#include "main/options.h"
#include "main/papers.h"
#include "main/print.h"
#include "main/swap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: breakroom pack DIR OUT [--at TIME]\n"
    "\n"
    "Writes the campaign folder DIR to the folder OUT as it may travel to a server: of each document that is cleared or\n"
    "published its public copy, redrawn, with redactions burnt in; no original, and nothing of other documents. All else\n"
    "of DIR is written as it is. Do this on your own computer, and load OUT, never DIR, where the server is. OUT is\n"
    "replaced whole or not at all; with an error in DIR nothing is written.\n"
    "\n"
    "  --at TIME   check as if it were TIME: 2026-04-24 or 2026-04-24T07:30:00Z\n"
    "  --help      print this and leave\n"
    "\n"
    "Exit: 0 written, 1 the folder has errors, 2 it cannot be read or OUT cannot be written.\n";

/* ---- a source that keeps what it gave, photos too ---- */

struct recording {
    struct arena *arena;
    const struct folder_source *inner;
    struct folder_files files;
};

static enum folder_fault list_recording(void *ctx, struct arena *a, struct span path, struct folder_names *names_out)
{
    const struct recording *r = ctx;

    return r->inner->list(r->inner->ctx, a, path, names_out);
}

static enum folder_fault read_recording(void *ctx, struct arena *a, struct span path, size_t limit,
                                        struct span *bytes_out)
{
    struct recording *r = ctx;
    enum folder_fault fault;

    if (span_starts(path, S("documents/")))
        return r->inner->read(r->inner->ctx, a, path, limit, bytes_out);
    fault = r->inner->read(r->inner->ctx, r->arena, path, limit, bytes_out);
    if (fault == FOLDER_FINE)
        *LIST_ADD(r->arena, &r->files.list) = (struct folder_file){path, *bytes_out};
    return fault;
}

/* What belongs to a folder and the compiler does not read. */
static bool record_the_rest(struct recording *r, struct span *fault_out)
{
    static const struct span names[] = {SPAN_INIT("README"), SPAN_INIT("README.md"), SPAN_INIT("published.csv"),
                                        SPAN_INIT(FOLDER_BASE_NAME)};
    const struct folder_source *inner = r->inner;

    for (size_t i = 0; i < COUNT(names); i++) {
        struct folder_file file = {.path = names[i]};
        enum folder_fault fault = inner->read(inner->ctx, r->arena, names[i], FOLDER_BASE_MOST, &file.bytes);

        if (fault == FOLDER_FINE) {
            *LIST_ADD(r->arena, &r->files.list) = file;
        } else if (fault != FOLDER_UNREADABLE || errno != ENOENT) {
            *fault_out = arena_printf(r->arena, "%s/%.*s is no plain file of at most %d MB that can be read",
                                      inner->name, SPAN_ARGS(names[i]), FOLDER_BASE_MOST >> 20);
            return false;
        }
    }
    return true;
}

/* ---- writing ---- */

static enum rc write_files(struct arena *a, const char *out, const struct folder_files *files, struct span *fault_out)
{
    struct swap *swap = NULL;
    enum rc rc = swap_open_packed(a, out, &swap, fault_out);

    for (size_t i = 0; i < files->list.count && rc == RC_OK; i++)
        rc = swap_write(swap, files->list.items[i].path, files->list.items[i].bytes, fault_out);
    if (rc == RC_OK)
        rc = swap_commit(swap, fault_out);
    swap_close(&swap);
    return rc;
}

static void say_written(const char *out, const struct campaign *c, size_t file_count)
{
    size_t shown = 0;

    for (size_t i = 0; i < c->documents.count; i++)
        shown += packed_has(&c->documents.items[i]);
    fprintf(stderr, "%s: %zu files written; of %zu document%s %zu may be shown\n", out, file_count, c->documents.count,
            c->documents.count == 1 ? "" : "s", shown);
}

static int write_folder(struct arena *a, const char *out, struct recording *r, const struct compiled *compiled)
{
    struct span fault = {0};
    bool fine = record_the_rest(r, &fault);

    packed_files(a, compiled->campaign, &r->files);
    if (!fine || write_files(a, out, &r->files, &fault) != RC_OK) {
        say_fault("%.*s", SPAN_ARGS(fault));
        return EXIT_TROUBLE;
    }
    say_written(out, compiled->campaign, r->files.list.count);
    return EXIT_FINE;
}

static int pack(struct arena *a, const struct options *options, struct papers *papers, const struct folder_source *disk)
{
    struct recording r = {.arena = a, .inner = disk};
    const struct folder_source source = {.name = disk->name, .ctx = &r, .list = list_recording, .read = read_recording};
    struct compiled compiled;
    struct span fault = {0};
    enum rc rc = compile_source_reading(a, &source, papers_publisher(papers), options->at, true, &compiled, &fault);

    print_diags(a, stderr, &compiled.diags);
    if (rc == RC_OK && compiled.diags.errors == 0)
        return write_folder(a, options->operand[1], &r, &compiled);
    if (rc != RC_OK && rc != RC_INVALID) {
        say_fault("%.*s", SPAN_ARGS(fault));
        return EXIT_TROUBLE;
    }
    say_fault("%s has %zu error%s; nothing was written", options->operand[0], compiled.diags.errors,
              compiled.diags.errors == 1 ? "" : "s");
    return EXIT_ERRORS;
}

int command_pack(int argc, char **argv)
{
    struct options options = {.usage = usage, .takes = OPTION_AT, .operands = 2};
    struct folder_source disk = {0};
    struct papers *papers = NULL;
    struct span fault = {0};
    struct arena *a;
    int code = EXIT_TROUBLE;

    if (!options_read(&options, argc, argv))
        return options.exit_code;
    a = arena_open(COMPILE_MEMORY);
    if (folder_source_open(a, options.operand[0], &disk, &fault) == RC_OK) {
        papers = papers_open(a, options.operand[0], PAPERS_SEALS_KEPT);
        code = pack(a, &options, papers, &disk);
    } else {
        say_fault("%.*s", SPAN_ARGS(fault));
    }
    papers_close(&papers);
    folder_source_close(&disk);
    arena_close(&a);
    return code;
}
