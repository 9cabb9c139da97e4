/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * `breakroom-with-postbox serve …`: the product's server, and somebody who takes letters.
 */
#include "main/command.h"
#include "main/core_store.h"
#include "main/roles.h"
#include "postbox.h"

#include <string.h>

int main(int argc, char **argv)
{
    const struct core_more more = {.postbox = postbox_of_tests()};

    if (argc > 1 && strcmp(argv[1], ROLE_CORE) == 0)
        return core_run(&more);
    if (argc > 1 && strcmp(argv[1], ROLE_MAILER) == 0)
        return mailer_run();
    if (argc > 1 && strcmp(argv[1], "serve") == 0)
        return command_serve(argc - 1, argv + 1);
    say_fault("only “serve”");
    return EXIT_TROUBLE;
}
