/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A connection to PostgreSQL, as its own files see it. Private to src/db.
 */
#ifndef DB_POSTGRES_IMPL_H
#define DB_POSTGRES_IMPL_H

#include "db/db_impl.h"

#include <libpq-fe.h>

enum { POSTGRES_KEYWORDS_MOST = 64 };

struct db_postgres {
    const char *keywords[POSTGRES_KEYWORDS_MOST]; /* of PQconnectdbParams, null at the end */
    const char *values[POSTGRES_KEYWORDS_MOST];
    PGconn *first; /* the listener's */
    pthread_t listener;
    bool listening;
    int stop_fd; /* an eventfd: written once to end the listener */
    /* A server that did not answer a knock is left alone until then, on our clock, by everybody but the one who knocks
     * next: else each request would wait for it anew. Past, but not 0: it is in doubt, and one at a time knocks. */
    atomic_int_fast64_t away_until;
};

struct postgres_conn {
    struct db db; /* first: db * is postgres_conn * */
    PGconn *c;
    size_t prepared; /* statements 0..prepared-1: again after a reconnect */
    bool in_tx;
    bool ended;        /* the server said its last word on it */
    int silence_ms;    /* how long an answer may take to begin */
    int64_t try_after; /* no new connection before that, on our clock */
};

#define POSTGRES_CHANNEL "breakroom"

/* How long a server may be silent. The statement's own time-out on the server is shorter (postgres_connect.c). */
enum {
    POSTGRES_SILENCE_BORROWED_MS = 3000,
    POSTGRES_SILENCE_READER_MS = 10000,
    POSTGRES_SILENCE_WRITER_MS = 20000,
    POSTGRES_SILENCE_MIGRATION_MS = 310000
};

/* A connection with our settings, or null; *why_out is then the server's sentence, which has no row's data. */
PGconn *postgres_dial(struct db_store *store, bool writing, struct db_fault *why_out);
void postgres_why(struct db_fault *fault, PGconn *c); /* why it cannot be reached */
bool postgres_alive(const struct postgres_conn *c);
/* Did the server not even answer a knock, a moment ago? */
bool postgres_away(const struct db_store *store);
/* It was silent for too long on a connection: until one has knocked in vain or well, the others do not. */
void postgres_doubt(const struct db_store *store);
/* Is there a connection? Makes a new one if not, at most a few times a second. RC_IO without one. */
enum rc postgres_ready(struct postgres_conn *c);
/* Runs one command without parameters and result. */
enum rc postgres_command(struct postgres_conn *c, const char *sql, const char *name);
/* Takes the result: our word for it. Events for what nobody could expect. */
enum rc postgres_settle(struct postgres_conn *c, PGresult *r, const char *name);

/* ---- postgres_wait.c ---- */

/* As PQgetResult(), but a server that is silent for so long loses the connection. */
PGresult *postgres_result(PGconn *c, int silence_ms);
/* The last result of what was sent, or the first fault; never null. `is_sent`: what PQsend…() said. */
PGresult *postgres_answer(PGconn *c, bool is_sent, int silence_ms);
/* Statements without parameters, as PQexec(). */
PGresult *postgres_ask(PGconn *c, const char *sql, int silence_ms);

#endif
