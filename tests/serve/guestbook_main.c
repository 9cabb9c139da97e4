/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom-with-guestbook serve …`: the product's server, and one part more.
 */
#include "guestbook.h"
#include "main/command.h"
#include "main/roles.h"

#include <string.h>

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], ROLE_CORE) == 0)
        return core_run(&guestbook);
    if (argc > 1 && strcmp(argv[1], ROLE_MAILER) == 0)
        return mailer_run();
    if (argc > 1 && strcmp(argv[1], "serve") == 0)
        return command_serve(argc - 1, argv + 1);
    say_fault("only “serve”");
    return EXIT_TROUBLE;
}
