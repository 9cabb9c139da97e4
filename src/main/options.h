/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The options that `check` and `build` share.
 */
#ifndef MAIN_OPTIONS_H
#define MAIN_OPTIONS_H

#include "main/command.h"

enum { OPTION_JSON = 1, OPTION_ONLINE = 2, OPTION_AT = 4 };
enum { OPERANDS_MAX = 2 };

/* Room for one compile: a folder at all its limits, photos included. */
#define COMPILE_MEMORY ((size_t)6 << 30)

struct options {
    const char *usage; /* filled in by the caller, and the next two */
    unsigned takes;    /* OPTION_… */
    int operands;
    const char *operand[OPERANDS_MAX];
    struct instant at; /* --at, or now */
    bool is_json;
    bool is_online;
    int exit_code; /* when options_read() is false */
};

/* False when the command has nothing more to do: --help was printed, or the call was wrong and a sentence says how. */
bool options_read(struct options *options, int argc, char **argv);

#endif
