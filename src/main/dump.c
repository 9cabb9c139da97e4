/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom dump`: a campaign of the store as a folder again. What people told us is never in it.
 */
#include "main/command.h"
#include "main/exchange_door.h"
#include "main/swap.h"

#include <stdio.h>

static const char usage[] =
    "Usage: breakroom dump --data D [--db URL] [--campaign HOST] DIR [--at TIME]\n"
    "\n"
    "Writes a campaign of the store to the folder DIR, which must not be there yet or be empty. Edit it, and\n"
    "`breakroom load` brings it back, noticing what changed in the store meanwhile. published.csv lists every newsletter\n"
    "that is public. What people told the campaign is never in a dump. A server may run on D meanwhile.\n"
    "\n"
    "  --data D          the data folder\n"
    "  --db URL          the store is PostgreSQL, postgres://…; without it, SQLite in D, or\n"
    "                    what the server that runs on D has\n"
    "  --campaign HOST   which campaign, where the store has more than one\n"
    "  --at TIME         list as public what is so at TIME: 2026-04-24 or 2026-04-24T07:30:00Z\n"
    "  --help            print this and leave\n"
    "\n"
    "Exit: 0 written, 2 any trouble.\n";

static int write_files(struct arena *a, const char *dir, const struct folder_files *files)
{
    struct swap *swap = NULL;
    struct span fault = {0};
    enum rc rc = swap_open_new(a, dir, &swap, &fault);

    for (size_t i = 0; i < files->list.count && rc == RC_OK; i++)
        rc = swap_write(swap, files->list.items[i].path, files->list.items[i].bytes, &fault);
    if (rc == RC_OK)
        rc = swap_commit(swap, &fault);
    swap_close(&swap);
    if (rc == RC_OK) {
        fprintf(stderr, "%s: %zu files written\n", dir, files->list.count);
        return EXIT_FINE;
    }
    say_fault("%.*s", SPAN_ARGS(fault));
    return EXIT_TROUBLE;
}

int command_dump(int argc, char **argv)
{
    struct options options = {.usage = usage, .takes = OPTION_STORE | OPTION_CAMPAIGN | OPTION_AT, .operands = 1};
    struct arena *a;
    struct exchange_call call = {0};
    struct exchange_told told;
    struct folder_files files = {0};
    int code = EXIT_TROUBLE;

    if (!options_read(&options, argc, argv))
        return options.exit_code;
    a = arena_open(COMPILE_MEMORY);
    call.order.host = span_of(options.campaign);
    call.at = options.at;
    call.url = span_of(options.db);
    if (exchange_ask(a, &options, EXCHANGE_STEP_DUMP, &call, &files, &told))
        code = write_files(a, options.operand[0], &files);
    arena_close(&a);
    return code;
}
