/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Reading a command line: one clear sentence for what is wrong with it.
 */
#include "main/options.h"

#include <getopt.h>
#include <stdio.h>

static bool trouble(struct options *options)
{
    options->exit_code = EXIT_TROUBLE;
    return false;
}

bool options_read(struct options *options, int argc, char **argv)
{
    static const struct option all[] = {
        {"json", no_argument, NULL, 'j'},
        {"online", no_argument, NULL, 'o'},
        {"at", required_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;

    options->at = clock_now();
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":", all, NULL)) != -1) {
        unsigned bit = option == 'j' ? OPTION_JSON : option == 'o' ? OPTION_ONLINE : option == 'a' ? OPTION_AT : 0;

        if (option == 'h') {
            fputs(options->usage, stdout);
            options->exit_code = flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
            return false;
        }
        if (option == ':') {
            say_fault("“%s” wants a value; try “breakroom %s --help”", argv[optind - 1], argv[0]);
            return trouble(options);
        }
        if (!(options->takes & bit)) {
            say_fault("there is no option “%s”; try “breakroom %s --help”", argv[optind - 1], argv[0]);
            return trouble(options);
        }
        options->is_json = options->is_json || bit == OPTION_JSON;
        options->is_online = options->is_online || bit == OPTION_ONLINE;
        if (bit == OPTION_AT && !instant_parse(span_of(optarg), &options->at)) {
            say_fault("--at: “%s” is not a time; write 2026-04-24 or 2026-04-24T07:30:00Z", optarg);
            return trouble(options);
        }
    }
    if (argc - optind != options->operands) {
        say_fault(argc - optind < options->operands ? "something is missing; try “breakroom %s --help”"
                                                    : "one thing too many; try “breakroom %s --help”",
                  argv[0]);
        return trouble(options);
    }
    for (int i = 0; i < options->operands; i++)
        options->operand[i] = argv[optind + i];
    return true;
}
