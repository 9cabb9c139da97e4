/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The options of the commands that read a folder or a store.
 */
#ifndef MAIN_OPTIONS_H
#define MAIN_OPTIONS_H

#include "main/command.h"
#include "model/piece.h"

enum {
    OPTION_JSON = 1,
    OPTION_ONLINE = 2,
    OPTION_AT = 4,
    OPTION_STORE = 8, /* --data, which is then needed, and --db */
    OPTION_YES = 16,
    OPTION_TAKE = 32,
    OPTION_CAMPAIGN = 64,
    OPTION_REPLACE = 128,
    OPTION_WORDS_FROM = 256, /* --passphrase-from */
    OPTION_WORDS_TO = 512,   /* --passphrase-to */
    OPTION_TO = 1024,
    OPTION_EITHER = 2048, /* --data may be left out */
    OPTION_KEY = 4096,
};
enum { OPERANDS_MAX = 2, TAKES_MAX = 100 };

/* Room for one compile: a folder at all its limits, photos and public copies included. */
#define COMPILE_MEMORY ((size_t)6 << 30)

struct options {
    const char *usage; /* filled in by the caller, and the next two */
    unsigned takes;    /* OPTION_… */
    int operands;
    int operands_in_store; /* the same with --data, where that is fewer; 0: as many */
    const char *operand[OPERANDS_MAX];
    struct instant at; /* --at, or now */
    bool is_json;
    bool is_online;
    bool is_yes;
    const char *data;                     /* --data */
    const char *db;                       /* --db; null: SQLite in the data folder */
    const char *campaign;                 /* --campaign, or null */
    bool is_replace;                      /* --replace */
    int words_from;                       /* a descriptor; -1: the terminal */
    int words_to;                         /* the same */
    const char *to;                       /* --to, or null */
    const char *key;                      /* --key, or null */
    struct piece_take choices[TAKES_MAX]; /* --take */
    size_t choice_count;
    int exit_code; /* when options_read() is false */
};

/* False when the command has nothing more to do: --help was printed, or the call was wrong and a sentence says how. */
bool options_read(struct options *options, int argc, char **argv);

#endif
