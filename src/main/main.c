/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * breakroom: the program a campaign is checked, built and, later, served with. Here is only the way to its commands.
 */
#include "main/command.h"
#include "main/roles.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
    {"new", "write a campaign folder that already compiles", command_new},
    {"check", "compile a campaign folder and list what is wrong", command_check},
    {"build", "write the public site as static files", command_build},
    {"pack", "write a campaign folder as it may travel to a server", command_pack},
    {"load", "put a campaign folder into the store", command_load},
    {"dump", "write a campaign of the store as a folder again", command_dump},
    {"impact", "say which published newsletters lean on something", command_impact},
    {"keys", "make what people's addresses are sealed to, or list it", command_keys},
    {"import", "bring in people who asked for letters elsewhere", command_import},
    {"serve", "serve the campaigns of a store", command_serve},
    {"demo", "serve a campaign folder for this machine alone", command_demo},
    {"status", "ask a running server how it is", command_status},
    {"leaflet", "write a newsletter as a leaflet to print", command_leaflet},
    {"mail", "write a newsletter as the letter that people would get", command_mail},
    {"dkim", "make the keys that letters are signed with", command_dkim},
    {"send", "send a newsletter to everybody who asked for it", command_send},
    {"report", "say what became of a newsletter's letters", command_report},
    {"explain", "say what a diagnostic means and how to mend it", command_explain},
};

static int print_help(void)
{
    puts(
        "Usage: breakroom COMMAND …\n\nBreakroom compiles a campaign's newsletters: every figure, reference and link is checked"
        "\nbefore it goes out.\n");
    for (size_t i = 0; i < COUNT(commands); i++)
        printf("  %-8s %s\n", commands[i].name, commands[i].summary);
    puts("\n“breakroom COMMAND --help” says more, “man breakroom” most. “breakroom --version” names this version.");
    return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        say_fault("which command? try “breakroom --help”");
        return EXIT_TROUBLE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return print_help();
    if (strcmp(argv[1], "--version") == 0) {
        puts("breakroom " BREAKROOM_VERSION);
        return flush_stdout() ? EXIT_FINE : EXIT_TROUBLE;
    }
    if (strcmp(argv[1], ROLE_CORE) == 0)
        return core_run(NULL);
    if (strcmp(argv[1], ROLE_MAILER) == 0)
        return mailer_run();
    for (size_t i = 0; i < COUNT(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    say_fault("there is no %s “%s”; try “breakroom --help”", argv[1][0] == '-' ? "option" : "command", argv[1]);
    return EXIT_TROUBLE;
}
