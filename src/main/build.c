/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom build`: the public site as static files.
 */
#include "main/command.h"
#include "main/compile.h"
#include "main/leaflets.h"
#include "main/options.h"
#include "main/papers.h"
#include "main/print.h"
#include "main/swap.h"

#include <stdio.h>

static const char usage[] =
    "Usage: breakroom build DIR OUT [--at TIME]\n"
    "\n"
    "Compiles the campaign folder DIR and writes its public site to the folder OUT: for a mirror, an onion site, a USB\n"
    "stick. Links are relative, so it works from file:// too. OUT is replaced whole or not at all; with an error in DIR\n"
    "nothing is written. Drafts and newsletters of the future are left out.\n"
    "\n"
    "  --at TIME   build as if it were TIME: 2026-04-24 or 2026-04-24T07:30:00Z\n"
    "  --help      print this and leave\n"
    "\n"
    "Exit: 0 written, 1 the folder has errors, 2 it cannot be read or OUT cannot be written.\n";

enum { PAGE_MEMORY = 256 * 1024 * 1024 };

static enum rc write_pages(struct arena *a, const struct compiled *compiled, struct swap *swap, struct span *fault_out)
{
    struct arena *page = arena_open(PAGE_MEMORY);
    enum rc rc = RC_OK;

    for (size_t i = 0; i < compiled->rows->list.count && rc == RC_OK; i++) {
        const struct page_row *row = &compiled->rows->list.items[i];
        struct span bytes = row->render(page, &compiled->site, &compiled->library, row);

        rc = swap_write(swap, site_file_of(a, row->path), bytes, fault_out);
        arena_reset(page);
    }
    arena_close(&page);
    return rc;
}

static int build(struct arena *a, const char *out, const struct compiled *compiled)
{
    struct swap *swap = NULL;
    struct span fault = {0};
    enum rc rc = swap_open(a, out, &swap, &fault);

    if (rc == RC_OK)
        rc = write_pages(a, compiled, swap, &fault);
    if (rc == RC_OK)
        rc = swap_commit(swap, &fault);
    swap_close(&swap);
    if (rc == RC_OK) {
        fprintf(stderr, "%s: %zu files written\n", out, compiled->rows->list.count);
        return EXIT_FINE;
    }
    say_fault("%.*s", SPAN_ARGS(fault));
    return EXIT_TROUBLE;
}

int command_build(int argc, char **argv)
{
    struct options options = {.usage = usage, .takes = OPTION_AT, .operands = 2};
    struct papers *papers;
    struct arena *a;
    struct compiled compiled;
    struct span fault = {0};
    enum rc rc;
    int code = EXIT_TROUBLE;

    if (!options_read(&options, argc, argv))
        return options.exit_code;
    a = arena_open(COMPILE_MEMORY);
    papers = papers_open(a, options.operand[0], PAPERS_SEALS_KEPT);
    rc = compile_folder(a, options.operand[0], papers_publisher(papers), options.at, true, &compiled, &fault);
    if (rc == RC_OK && compiled.diags.errors == 0)
        leaflets_make(a, papers, &compiled);
    print_diags(a, stderr, &compiled.diags);
    if (rc == RC_OK && compiled.diags.errors == 0) {
        code = build(a, options.operand[1], &compiled);
    } else if (rc == RC_OK || rc == RC_INVALID) {
        say_fault("%s has %zu error%s; nothing was written", options.operand[0], compiled.diags.errors,
                  compiled.diags.errors == 1 ? "" : "s");
        code = EXIT_ERRORS;
    } else {
        say_fault("%.*s", SPAN_ARGS(fault));
    }
    papers_close(&papers);
    arena_close(&a);
    return code;
}
