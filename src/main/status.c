/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom status`: what the server of a data folder says of itself.
 */
#include "main/command.h"
#include "main/control.h"

#include <getopt.h>
#include <stdio.h>

static const char usage[] =
    "Usage: breakroom status --data D [--counters]\n"
    "\n"
    "Asks the server of the data folder D what runs, since when, with which store, what it keeps in memory and what\n"
    "went wrong last. Names no person and no visitor; there is none to name.\n"
    "\n"
    "  --counters   its counters, in Prometheus' text format\n"
    "  --help       print this and leave\n"
    "\n"
    "Exit: 0 it answered, 2 no server runs there.\n";

enum { SAID_MEMORY = 128 * 1024 * 1024 };

static int ask(const char *data, struct span what)
{
    struct arena *a = arena_open(SAID_MEMORY);
    struct span said;
    enum rc rc = control_ask(a, data, what, NULL, 0, NULL, NULL, &said);
    int code = EXIT_TROUBLE;

    if (rc == RC_OK) {
        (void)fwrite(said.p, 1, said.n, stdout);
        code = flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
    } else if (rc == RC_NOT_FOUND) {
        say_fault("no server runs on the data folder %s", data);
    } else if (rc == RC_DENIED) {
        say_fault("what answers at %s/control belongs to another user", data);
    } else if (rc == RC_CONFLICT) {
        say_fault("the server says: %.*s", SPAN_ARGS(said));
    } else {
        say_fault("the server of %s did not answer; it may be starting or stopping", data);
    }
    arena_close(&a);
    return code;
}

int command_status(int argc, char **argv)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"counters", no_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *data = NULL;
    struct span what = S("status");
    int option;

    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
        }
        if (option == 'c') {
            what = S("counters");
        } else if (option == 'd') {
            data = optarg;
        } else {
            say_fault(option == ':' ? "“%s” wants a value; try “breakroom status --help”"
                                    : "there is no option “%s”; try “breakroom status --help”",
                      argv[optind - 1]);
            return EXIT_TROUBLE;
        }
    }
    if (data == NULL || optind < argc) {
        say_fault(data ? "one thing too many; try “breakroom status --help”"
                       : "which server? --data D names its folder");
        return EXIT_TROUBLE;
    }
    return ask(data, what);
}
