/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom check`: compiles a campaign folder and says what is wrong with it.
 */
#include "main/command.h"
#include "main/compile.h"
#include "main/leaflets.h"
#include "main/online.h"
#include "main/options.h"
#include "main/papers.h"
#include "main/print.h"

#include <stdio.h>

static const char usage[] =
    "Usage: breakroom check DIR [--json] [--online] [--at TIME]\n"
    "\n"
    "Reads the campaign folder DIR like source code and lists what is wrong: file, line, column, what, and its code.\n"
    "Drafts and newsletters of the future are checked too. `breakroom explain CODE` says how to mend it.\n"
    "\n"
    "  --json      one JSON object on standard output instead of lines on standard error\n"
    "  --online    ask others' links too, ten seconds each and a minute in all; they only warn\n"
    "  --at TIME   check as if it were TIME: 2026-04-24 or 2026-04-24T07:30:00Z\n"
    "  --help      print this and leave\n"
    "\n"
    "Exit: 0 without errors, 1 with errors, 2 when the folder cannot be read.\n";

static void say_summary(const char *dir, const struct compiled *compiled)
{
    size_t all = 0;
    size_t newsletters = 0;
    size_t public_count = 0;
    const struct entry *news = campaign_entries(compiled->campaign, ENTRY_NEWS, &all);

    for (size_t i = 0; i < all; i++) {
        newsletters += i == 0 || !span_eq(news[i].key, news[i - 1].key);
        public_count += entry_is_public(&news[i], compiled->site.now);
    }
    fprintf(stderr, "%s: %zu newsletter%s in %zu file%s (%zu public), %zu error%s, %zu warning%s\n", dir, newsletters,
            newsletters == 1 ? "" : "s", all, all == 1 ? "" : "s", public_count, compiled->diags.errors,
            compiled->diags.errors == 1 ? "" : "s", compiled->diags.warnings, compiled->diags.warnings == 1 ? "" : "s");
}

int command_check(int argc, char **argv)
{
    struct options options = {.usage = usage, .takes = OPTION_JSON | OPTION_ONLINE | OPTION_AT, .operands = 1};
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
    rc = compile_folder(a, options.operand[0], papers_reader(papers), options.at, true, &compiled, &fault);
    if (rc != RC_OK && rc != RC_INVALID) {
        say_fault("%.*s", SPAN_ARGS(fault));
        goto out;
    }
    if (rc == RC_OK && options.is_online && !online_check(a, &compiled)) {
        say_fault("cannot ask others' links: the network library did not start");
        goto out;
    }
    if (rc == RC_OK && compiled.diags.errors == 0)
        leaflets_check(a, papers, &compiled);
    if (options.is_json) {
        print_diags_json(a, stdout, &compiled.diags);
    } else {
        print_diags(a, stderr, &compiled.diags);
        if (rc == RC_OK)
            say_summary(options.operand[0], &compiled);
        else
            say_fault("%.*s", SPAN_ARGS(fault));
    }
    if (flush_stdout())
        code = compiled.diags.errors ? EXIT_ERRORS : EXIT_FINE;
out:
    papers_close(&papers);
    arena_close(&a);
    return code;
}
