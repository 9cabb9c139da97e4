/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Reading a command line: one clear sentence for what is wrong with it.
 */
#include "main/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static bool trouble(struct options *options)
{
    options->exit_code = EXIT_TROUBLE;
    return false;
}

/* A command may have its own of these in the place of one that is named alike. */
static const struct option yes_with_number = {"yes", required_argument, NULL, OPTION_YES_COUNT};
static const struct option all[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"online", no_argument, NULL, OPTION_ONLINE},
    {"at", required_argument, NULL, OPTION_AT},
    {"data", required_argument, NULL, OPTION_STORE},
    {"db", required_argument, NULL, 'd'},
    {"yes", no_argument, NULL, OPTION_YES},
    {"take", required_argument, NULL, OPTION_TAKE},
    {"campaign", required_argument, NULL, OPTION_CAMPAIGN},
    {"replace", no_argument, NULL, OPTION_REPLACE},
    {"passphrase-from", required_argument, NULL, OPTION_WORDS_FROM},
    {"passphrase-to", required_argument, NULL, OPTION_WORDS_TO},
    {"to", required_argument, NULL, OPTION_TO},
    {"key", required_argument, NULL, OPTION_KEY},
    {"list", no_argument, NULL, OPTION_LIST},
    {"undo", required_argument, NULL, OPTION_UNDO},
    {"audience", required_argument, NULL, OPTION_AUDIENCE},
    {"source", required_argument, NULL, OPTION_SOURCE},
    {"map", required_argument, NULL, OPTION_MAP},
    {"lang", required_argument, NULL, OPTION_LANG},
    {"faults", required_argument, NULL, OPTION_FAULTS},
    {"take-work-mail", no_argument, NULL, OPTION_WORK_MAIL},
    {"paper", required_argument, NULL, OPTION_PAPER},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* --take folder KEY: the option has two values, of which getopt knows one. */
static bool read_take(struct options *options, int argc, char **argv)
{
    struct span side = span_of(optarg);

    if (!span_eq(side, S("folder")) && !span_eq(side, S("store"))) {
        say_fault("--take: “%s” is neither “folder” nor “store”", optarg);
        return trouble(options);
    }
    if (optind >= argc) {
        say_fault("--take %s wants the key of an entry behind it", optarg);
        return trouble(options);
    }
    if (options->choice_count == TAKES_MAX) {
        say_fault("--take: more than %d; dump the campaign again and work on from there", TAKES_MAX);
        return trouble(options);
    }
    options->choices[options->choice_count++] =
        (struct piece_take){.key = span_of(argv[optind++]), .is_folder = span_eq(side, S("folder"))};
    return true;
}

/* A descriptor that this process was given. */
static bool read_descriptor(struct options *options, const char *name, int *fd_out)
{
    uint64_t number;

    if (span_to_u64(span_of(optarg), INT16_MAX, &number)) {
        *fd_out = (int)number;
        return true;
    }
    say_fault("--%s: “%s” is not the number of a descriptor", name, optarg);
    return trouble(options);
}

static bool read_number(struct options *options, const char *name, uint64_t *number_out)
{
    if (span_to_u64(span_of(optarg), INT64_MAX, number_out) && *number_out > 0)
        return true;
    say_fault("--%s: “%s” is not a number above zero", name, optarg);
    return trouble(options);
}

static bool read_map(struct options *options)
{
    if (options->map_count == MAPS_MAX) {
        say_fault("--map: more than %d; commas part several in one", MAPS_MAX);
        return trouble(options);
    }
    options->maps[options->map_count++] = span_of(optarg);
    return true;
}

/* What only `breakroom import` takes. */
static bool read_import_value(struct options *options, int option)
{
    switch (option) {
    case OPTION_YES_COUNT:
        return read_number(options, "yes", &options->yes_count);
    case OPTION_UNDO:
        return read_number(options, "undo", &options->undo);
    case OPTION_MAP:
        return read_map(options);
    case OPTION_LIST:
        options->is_list = true;
        return true;
    case OPTION_AUDIENCE:
        options->audience = optarg;
        return true;
    case OPTION_SOURCE:
        options->source = optarg;
        return true;
    case OPTION_LANG:
        options->lang = optarg;
        return true;
    case OPTION_FAULTS:
        options->faults = optarg;
        return true;
    case OPTION_WORK_MAIL:
        options->takes_work_mail = true;
        return true;
    default:
        return true;
    }
}

static bool read_value(struct options *options, int option, int argc, char **argv)
{
    switch (option) {
    case OPTION_JSON:
        options->is_json = true;
        return true;
    case OPTION_ONLINE:
        options->is_online = true;
        return true;
    case OPTION_AT:
        if (instant_parse(span_of(optarg), &options->at))
            return true;
        say_fault("--at: “%s” is not a time; write 2026-04-24 or 2026-04-24T07:30:00Z", optarg);
        return trouble(options);
    case OPTION_STORE:
        options->data = optarg;
        return true;
    case 'd':
        options->db = optarg;
        return true;
    case OPTION_YES:
        options->is_yes = true;
        return true;
    case OPTION_TAKE:
        return read_take(options, argc, argv);
    case OPTION_CAMPAIGN:
        options->campaign = optarg;
        return true;
    case OPTION_REPLACE:
        options->is_replace = true;
        return true;
    case OPTION_WORDS_FROM:
        return read_descriptor(options, "passphrase-from", &options->words_from);
    case OPTION_WORDS_TO:
        return read_descriptor(options, "passphrase-to", &options->words_to);
    case OPTION_TO:
        options->to = optarg;
        return true;
    case OPTION_KEY:
        options->key = optarg;
        return true;
    case OPTION_PAPER:
        options->paper = optarg;
        return true;
    default:
        return read_import_value(options, option);
    }
}

static bool check_complete(struct options *options, int argc, char **argv)
{
    if (options->data && options->operands_in_store)
        options->operands = options->operands_in_store;
    if (options->is_list || options->undo)
        options->operands = 0;
    if (argc - optind != options->operands) {
        say_fault(argc - optind < options->operands ? "something is missing; try “breakroom %s --help”"
                                                    : "one thing too many; try “breakroom %s --help”",
                  argv[0]);
        return trouble(options);
    }
    if ((options->takes & OPTION_STORE) && !(options->takes & OPTION_EITHER) && options->data == NULL) {
        say_fault("which store? --data D names its folder");
        return trouble(options);
    }
    for (int i = 0; i < options->operands; i++)
        options->operand[i] = argv[optind + i];
    return true;
}

bool options_read(struct options *options, int argc, char **argv)
{
    struct option known[COUNT(all)];
    int option;

    options->at = clock_now();
    options->words_from = options->words_to = -1;
    memcpy(known, all, sizeof known);
    for (size_t i = 0; i < COUNT(known) && (options->takes & OPTION_YES_COUNT); i++)
        if (known[i].val == OPTION_YES)
            known[i] = yes_with_number;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        unsigned bit = option == 'd' ? OPTION_STORE : option == ':' || option == '?' ? 0 : (unsigned)option;

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
        if (!read_value(options, option, argc, argv))
            return false;
    }
    return check_complete(options, argc, argv);
}
