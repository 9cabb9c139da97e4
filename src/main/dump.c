/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom dump`: a campaign of the store as a folder again. What people told us is never in it.
 */
#include "main/command.h"
#include "main/exchange.h"
#include "main/store_door.h"
#include "main/options.h"
#include "main/swap.h"

#include <stdio.h>

static const char usage[] =
    "Usage: breakroom dump --data D [--db URL] [--campaign HOST] DIR [--at TIME]\n"
    "\n"
    "Writes a campaign of the store to the folder DIR, which must not be there yet or be empty. Edit it, and\n"
    "`breakroom load` brings it back, noticing what changed in the store meanwhile. published.csv lists every newsletter\n"
    "that is public. What people told the campaign is never in a dump.\n"
    "\n"
    "  --data D          the data folder\n"
    "  --db URL          the store is PostgreSQL, postgres://…; without it, SQLite in D\n"
    "  --campaign HOST   which campaign, where the store has more than one\n"
    "  --at TIME         list as public what is so at TIME: 2026-04-24 or 2026-04-24T07:30:00Z\n"
    "  --help            print this and leave\n"
    "\n"
    "Exit: 0 written, 2 any trouble.\n";

static bool find_campaign(struct arena *a, struct store_door *door, const struct options *options,
                          struct content_campaign *campaign_out)
{
    struct content_campaigns all = {0};
    enum rc rc = content_campaigns(door->db, a, &all);

    if (rc != RC_OK) {
        say_fault("%.*s", SPAN_ARGS(store_door_fault(rc)));
        return false;
    }
    for (size_t i = 0; i < all.count; i++) {
        if (options->campaign ? span_eq(all.items[i].host, span_of(options->campaign)) : all.count == 1) {
            *campaign_out = all.items[i];
            return true;
        }
    }
    if (all.count == 0)
        say_fault("there is no campaign in the store yet: `breakroom load` brings one in");
    else if (options->campaign)
        say_fault("the store has no campaign “%s”", options->campaign);
    else
        say_fault("the store has %zu campaigns: say which with --campaign HOST", all.count);
    for (size_t i = 0; i < all.count; i++)
        fprintf(stderr, "  %.*s\n", SPAN_ARGS(all.items[i].host));
    return false;
}

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
    struct store_door door = {0};
    struct content_campaign campaign = {0};
    struct folder_files files = {0};
    int code = EXIT_TROUBLE;

    if (!options_read(&options, argc, argv))
        return options.exit_code;
    a = arena_open(COMPILE_MEMORY);
    if (store_door_open(options.data, options.db, options.at, &door) && find_campaign(a, &door, &options, &campaign)) {
        enum rc rc = dump_files(door.db, a, campaign.campaign_id, options.at, &files);

        if (rc == RC_OK)
            code = write_files(a, options.operand[0], &files);
        else
            say_fault("%.*s", SPAN_ARGS(store_door_fault(rc)));
    }
    store_door_close(&door);
    arena_close(&a);
    return code;
}
