/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Hears the notes of every copy on the same PostgreSQL: one thread with one connection, which only listens.
 *
 * Invariant: a note may be missed only while that connection is away, and then, once it is back, `heard` gets the empty
 * note: forget everything.
 */
#include "db/postgres_impl.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { AGAIN_MS = 300, LOOK_MS = 30000 };

static PGconn *listening(struct db_store *store)
{
    struct db_fault ignored = {""};
    PGconn *c = postgres_dial(store, false, &ignored);
    PGresult *r;

    if (c == NULL)
        return NULL;
    r = postgres_ask(c, "LISTEN " POSTGRES_CHANNEL, POSTGRES_SILENCE_READER_MS);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        PQfinish(c);
        c = NULL;
    }
    PQclear(r);
    return c;
}

/* True when the store closes. */
static bool wait_or_stop(const struct db_store *store, int socket, int ms)
{
    struct pollfd fds[2] = {{.fd = store->postgres->stop_fd, .events = POLLIN}, {.fd = socket, .events = POLLIN}};

    (void)poll(fds, socket == -1 ? 1 : 2, ms);
    return fds[0].revents != 0;
}

/* False when the connection is gone. */
static bool hear(struct db_store *store, PGconn *c)
{
    bool there = PQconsumeInput(c) == 1;
    PGnotify *note;

    while ((note = PQnotifies(c)) != NULL) {
        store->o.heard(store->o.arg, span_of(note->extra));
        PQfreemem(note);
    }
    return there && PQstatus(c) == CONNECTION_OK;
}

static void *listen_on(void *arg)
{
    struct db_store *store = arg;
    PGconn *c = store->postgres->first; /* made before db_open() returned: nothing is missed */
    bool told = false;

    while (!wait_or_stop(store, c ? PQsocket(c) : -1, c ? LOOK_MS : AGAIN_MS)) {
        if (c != NULL && hear(store, c))
            continue;
        if (!told)
            db_tell(store, DB_EVENT_LOST, "listener", 0, NULL);
        told = true;
        PQfinish(c);
        c = listening(store);
        if (c == NULL)
            continue;
        told = false;
        db_tell(store, DB_EVENT_BACK, "listener", 0, NULL);
        store->o.heard(store->o.arg, (struct span){NULL, 0});
    }
    PQfinish(c);
    return NULL;
}

enum rc db_postgres_listen(struct db_store *store)
{
    struct db_postgres *p = store->postgres;

    if (store->o.heard == NULL)
        return RC_OK;
    p->stop_fd = eventfd(0, EFD_CLOEXEC);
    p->first = listening(store);
    if (p->stop_fd == -1 || p->first == NULL || pthread_create(&p->listener, NULL, listen_on, store) != 0)
        return RC_IO;
    p->listening = true;
    return RC_OK;
}

void db_postgres_silence(struct db_store *store)
{
    struct db_postgres *p = store->postgres;

    if (!p->listening) {
        PQfinish(p->first);
    } else {
        CHECK(eventfd_write(p->stop_fd, 1) == 0);
        CHECK(pthread_join(p->listener, NULL) == 0);
        p->listening = false;
    }
    if (p->stop_fd != -1)
        (void)close(p->stop_fd);
    p->stop_fd = -1;
}
