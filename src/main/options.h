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
    OPTION_YES_COUNT = 8192, /* --yes with the number that it says yes to */
    OPTION_LIST = 16384,
    OPTION_UNDO = 32768,
    OPTION_AUDIENCE = 65536,
    OPTION_SOURCE = 131072,
    OPTION_MAP = 262144,
    OPTION_LANG = 524288,
    OPTION_FAULTS = 1048576,
    OPTION_WORK_MAIL = 2097152,
    OPTION_PAPER = 4194304,
};
enum { OPERANDS_MAX = 2, TAKES_MAX = 100, MAPS_MAX = 16 };

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
    uint64_t yes_count;         /* --yes N; 0: not said */
    bool is_list;               /* --list */
    uint64_t undo;              /* --undo; 0: not said */
    const char *audience;       /* --audience, or null, as the next four */
    const char *source;         /* --source */
    const char *lang;           /* --lang */
    const char *faults;         /* --faults */
    const char *paper;          /* --paper */
    bool takes_work_mail;       /* --take-work-mail */
    struct span maps[MAPS_MAX]; /* --map */
    size_t map_count;
    int exit_code; /* when options_read() is false */
};

/* False when the command has nothing more to do: --help was printed, or the call was wrong and a sentence says how. */
bool options_read(struct options *options, int argc, char **argv);

#endif
