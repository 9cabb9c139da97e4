/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The processes of a server. The parent starts the others, restarts them with back-off and stops them; it alone may exec,
 * and it knows neither store nor network. Each other role is this same program, started with the role's name.
 */
#ifndef MAIN_ROLES_H
#define MAIN_ROLES_H

#include "http/http.h"
#include "main/control.h"
#include "main/orders.h"

/* How a child is called: argv[1]. No person types it. */
#define ROLE_CORE   "role-core"
#define ROLE_MAILER "role-mailer"

struct parent_plan {
    struct orders orders;
    struct mailer_orders mailer;
    int listen[HTTP_LISTEN_MAX];   /* bound; taken over */
    struct control_socket control; /* bound, or -1; its descriptor is taken over */
    int journal;                   /* open to read and append; taken over */
    const char *hello;             /* said on stdout once all is ready; lines, may be null */
};

/* What each is let into: for its own start, and for the tests. */
struct sandbox_plan;
void core_sandbox(struct arena *a, const struct orders *orders, struct sandbox_plan *plan_out);
void mailer_sandbox(struct arena *a, const struct mailer_orders *orders, struct sandbox_plan *plan_out);

/* Runs the server until SIGTERM or SIGINT. Gives back the exit code; a sentence was said if it is not EXIT_FINE. */
int parent_run(struct arena *a, struct parent_plan *plan);

struct core_more;

/* The core: pages, store. Reads its orders from ORDERS_CHANNEL. `more` is null in the product. */
int core_run(const struct core_more *more);

/* The mailer: unlocks, signs, hands letters to the smart host. Reads its orders from ORDERS_CHANNEL. */
int mailer_run(void);

/* Every route of the product. */
const struct route_table *core_route_tables(size_t *count_out);

#endif
