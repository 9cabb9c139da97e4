/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * PostgreSQL: waiting for an answer, and for how long.
 *
 * A server that is frozen, or behind a network that swallows everything, neither answers nor hangs up: TCP's own times
 * speak of machines, not of programs. So nothing here waits in libpq, which knows no end, but in poll(); who is silent
 * for too long loses the connection, which the rest of the engine knows how to live with.
 *
 * Invariant: silence is counted from the last byte that went either way, so a large answer over a slow line is no
 * silence; and once the socket is shut libpq gives back a failed result at once.
 */
#include "db/postgres_impl.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* True when something happened on the socket before `until`. */
static bool moved(PGconn *c, bool unsent, int64_t until)
{
    struct pollfd fd = {.fd = PQsocket(c), .events = POLLIN};
    int64_t left;
    int n;

    if (unsent)
        fd.events |= POLLOUT;
    do {
        left = until - db_clock_us();
        n = poll(&fd, 1, left > 0 ? (int)(left / 1000) + 1 : 0);
    } while (n < 0 && errno == EINTR);
    return n > 0;
}

PGresult *postgres_result(PGconn *c, int silence_ms)
{
    int64_t until = db_clock_us() + (int64_t)silence_ms * 1000;

    for (;;) {
        int unsent = PQflush(c);

        if (unsent < 0 || !PQisBusy(c))
            break;
        if (!moved(c, unsent > 0, until)) {
            (void)shutdown(PQsocket(c), SHUT_RDWR);
            break;
        }
        until = db_clock_us() + (int64_t)silence_ms * 1000;
        if (!PQconsumeInput(c))
            break;
    }
    return PQgetResult(c);
}

PGresult *postgres_answer(PGconn *c, bool is_sent, int silence_ms)
{
    PGresult *answer = NULL;
    PGresult *r;

    if (!is_sent)
        return PQmakeEmptyPGresult(c, PGRES_FATAL_ERROR);
    while ((r = postgres_result(c, silence_ms)) != NULL) {
        if (answer != NULL && PQresultStatus(answer) == PGRES_FATAL_ERROR) {
            PQclear(r); /* the first fault is the cause of what comes after it */
            continue;
        }
        PQclear(answer);
        answer = r;
    }
    return answer ? answer : PQmakeEmptyPGresult(c, PGRES_FATAL_ERROR);
}

PGresult *postgres_ask(PGconn *c, const char *sql, int silence_ms)
{
    return postgres_answer(c, PQsendQuery(c, sql) == 1, silence_ms);
}
