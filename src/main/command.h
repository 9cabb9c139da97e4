/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The subcommands, and how they say what went wrong.
 *
 * Exit codes: 0 fine, also with warnings; 1 the campaign has errors; 2 the call was wrong or the machine failed us.
 */
#ifndef MAIN_COMMAND_H
#define MAIN_COMMAND_H

#include "base/time.h"

enum { EXIT_FINE = 0, EXIT_ERRORS = 1, EXIT_TROUBLE = 2 };

struct command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

int command_new(int argc, char **argv);
int command_check(int argc, char **argv);
int command_build(int argc, char **argv);
int command_impact(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_status(int argc, char **argv);
int command_load(int argc, char **argv);
int command_dump(int argc, char **argv);
int command_pack(int argc, char **argv);
int command_keys(int argc, char **argv);
int command_import(int argc, char **argv);
int command_leaflet(int argc, char **argv);
int command_mail(int argc, char **argv);
int command_dkim(int argc, char **argv);
int command_send(int argc, char **argv);
int command_report(int argc, char **argv);

/* One sentence on stderr: "breakroom: …". A full stop is added. */
void say_fault(const char *format, ...) PRINTF_LIKE(1, 2);
/* The kernel's clock. */
struct instant clock_now(void);
/* Writes out what stdout holds; false, with a sentence on stderr, when it could not take it all. */
bool flush_stdout(void);

#endif
