/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * print_routes: every route of the product, and behind them those of the guest book, as lines
 * "product|guestbook METHOD PATH WHO CSRF RATE BODY". tests/serve/routes.mjs calls each of them.
 */
#include "guestbook.h"
#include "main/roles.h"

#include <stdio.h>

static const char *const who[HTTP_WHO_COUNT] = {"nobody", "everyone", "writer", "organizer", "lead", "attorney"};
static const char *const csrf[] = {"unset", "safe", "same-origin", "any-origin"};
static const char *const rates[HTTP_RATE_COUNT] = {"none", "form", "sign", "login", "leave"};

static void print(const char *whose, const struct route_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct route *row = &table->rows[i];

        printf("%s %s %.*s %s %s %s %zu\n", whose, row->method == HTTP_GET ? "GET" : "POST", SPAN_ARGS(row->path),
               who[row->who], csrf[row->csrf], rates[row->rate], row->body_max);
    }
}

int main(void)
{
    size_t count = 0;
    const struct route_table *tables = core_route_tables(&count);

    for (size_t i = 0; i < count; i++)
        print("product", &tables[i]);
    print("guestbook", &guestbook.routes);
    return 0;
}
