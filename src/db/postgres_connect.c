/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * PostgreSQL: reading the database's address, finding its hosts, making a connection with our settings.
 *
 * Invariant: everything that needs a file or a resolver is done by the first connection, before the sandbox closes; a
 * later one goes to the numbers found then. The address holds a password: no part of it is ever told.
 */
#include "db/postgres_impl.h"

#include <netdb.h>
#include <string.h>

enum {
    VERSION_LEAST = 150000,
    KNOCK_US = 1500000, /* who needs longer to say no is away; libpq's shortest time-out is two seconds */
    AWAY_US = 2000000,
    SETTINGS_MS = 5000,
    KNOCK_MOST_US = 12000000, /* no knock takes longer: connect_timeout, and the settings */
};

/* ---- the address ---- */

static void keyword(struct db_postgres *p, const char *name, const char *value)
{
    size_t i = 0;

    while (p->keywords[i] != NULL && strcmp(p->keywords[i], name) != 0)
        i++;
    CHECK(i < POSTGRES_KEYWORDS_MOST - 1);
    p->keywords[i] = name;
    p->values[i] = value;
}

static const char *value_of(const struct db_postgres *p, const char *name)
{
    for (size_t i = 0; p->keywords[i] != NULL; i++) {
        if (strcmp(p->keywords[i], name) == 0)
            return p->values[i];
    }
    return NULL;
}

/* The first number of a host; empty for a socket's folder, and when there is none. */
static struct span number_of(struct arena *a, struct span host)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char number[NI_MAXHOST] = "";

    if (host.n == 0 || host.p[0] == '/' || host.p[0] == '@')
        return S("");
    if (getaddrinfo(arena_cstr(a, host), NULL, &hints, &found) != 0)
        return S("");
    if (getnameinfo(found->ai_addr, found->ai_addrlen, number, sizeof number, NULL, 0, NI_NUMERICHOST) != 0)
        number[0] = 0;
    freeaddrinfo(found);
    return arena_dup(a, span_of(number));
}

/* Names are looked up once, now: later, in the sandbox, there is no resolver. */
static void find_hosts(struct db_store *store)
{
    const char *hosts = value_of(store->postgres, "host");
    struct buf *numbers = buf_new(store->a, 4096);
    struct span rest = span_of(hosts);
    struct span host;
    bool found = false;

    if (hosts == NULL || value_of(store->postgres, "hostaddr") != NULL)
        return;
    while (span_next(&rest, ',', &host)) {
        struct span number = number_of(store->a, host);

        if (host.p != hosts)
            buf_char(numbers, ',');
        buf_put(numbers, number);
        found = found || number.n > 0;
    }
    if (found && !buf_overflowed(numbers))
        keyword(store->postgres, "hostaddr", arena_cstr(store->a, buf_span(numbers)));
}

enum rc db_postgres_place(struct db_store *store, struct db_fault *fault)
{
    struct span url = span_of(store->o.url);
    PQconninfoOption *parsed = NULL;

    store->postgres = ARENA_NEW(store->a, struct db_postgres);
    store->postgres->stop_fd = -1;
    if (span_starts(url, S("postgres://")) || span_starts(url, S("postgresql://")))
        parsed = PQconninfoParse(store->o.url, NULL);
    if (parsed == NULL) {
        db_fault_set(fault, "The address of the database is not understood. It looks like postgres://user@host/name");
        return RC_INVALID;
    }
    keyword(store->postgres, "application_name", "breakroom");
    keyword(store->postgres, "connect_timeout", "5");
    keyword(store->postgres, "tcp_user_timeout", "10000");
    keyword(store->postgres, "keepalives_idle", "10");
    keyword(store->postgres, "keepalives_interval", "3");
    keyword(store->postgres, "keepalives_count", "3");
    for (const PQconninfoOption *o = parsed; o->keyword != NULL; o++) {
        if (o->val != NULL)
            keyword(store->postgres, arena_cstr(store->a, span_of(o->keyword)), arena_cstr(store->a, span_of(o->val)));
    }
    keyword(store->postgres, "client_encoding", "UTF8");
    PQconninfoFree(parsed);
    find_hosts(store);
    return RC_OK;
}

static void say_nothing(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

void postgres_why(struct db_fault *fault, PGconn *c)
{
    struct span text = span_trim(span_of(PQerrorMessage(c)));
    struct span rest;

    (void)span_cut(text, '\n', &text, &rest); /* what follows are hints, and the other hosts */
    if (span_ends(text, S(".")))
        text.n--;
    db_fault_set(fault, "The database cannot be reached: %.*s.", SPAN_ARGS(text));
}

/* ---- away ---- */

bool postgres_away(const struct db_store *store)
{
    return db_clock_us() < atomic_load(&store->postgres->away_until);
}

void postgres_doubt(const struct db_store *store)
{
    int_fast64_t none = 0;

    (void)atomic_compare_exchange_strong(&store->postgres->away_until, &none, db_clock_us());
}

/* May this thread knock? While the server was away a moment ago, one at a time does. */
static bool may_knock(struct db_store *store)
{
    atomic_int_fast64_t *away = &store->postgres->away_until;
    int_fast64_t until = atomic_load(away);

    return until == 0 ||
           (until <= db_clock_us() && atomic_compare_exchange_strong(away, &until, db_clock_us() + KNOCK_MOST_US));
}

/* ---- a connection ---- */

static PGconn *knock(const struct db_store *store, bool writing, struct db_fault *why_out)
{
    PGconn *c = PQconnectdbParams(store->postgres->keywords, store->postgres->values, 0);
    const char *settings = writing ? "SET statement_timeout = '15s'; SET synchronous_commit = on"
                                   : "SET statement_timeout = '60s'; SET default_transaction_read_only = on";
    const char *encoding;
    PGresult *r;

    if (PQstatus(c) != CONNECTION_OK) {
        postgres_why(why_out, c);
        PQfinish(c);
        return NULL;
    }
    (void)PQsetnonblocking(c, 1); /* no call of the library's may wait: postgres_wait.c does */
    (void)PQsetNoticeReceiver(c, say_nothing, NULL);
    encoding = PQparameterStatus(c, "server_encoding");
    if (PQserverVersion(c) < VERSION_LEAST || encoding == NULL || strcmp(encoding, "UTF8") != 0) {
        db_fault_set(why_out, "The database must be PostgreSQL 15 or newer with the encoding UTF8.");
        PQfinish(c);
        return NULL;
    }
    r = postgres_ask(c, settings, SETTINGS_MS);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        postgres_why(why_out, c);
        PQclear(r);
        PQfinish(c);
        return NULL;
    }
    PQclear(r);
    return c;
}

PGconn *postgres_dial(struct db_store *store, bool writing, struct db_fault *why_out)
{
    int64_t begun = db_clock_us();
    PGconn *c;

    if (!may_knock(store)) {
        db_fault_set(why_out, "The database does not answer.");
        return NULL;
    }
    c = knock(store, writing, why_out);
    if (c != NULL || db_clock_us() - begun < KNOCK_US) /* a quick no is an answer too: nobody need wait for it */
        atomic_store(&store->postgres->away_until, 0);
    else
        atomic_store(&store->postgres->away_until, db_clock_us() + AWAY_US);
    return c;
}
