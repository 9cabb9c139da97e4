/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A connection to SQLite, as its own two files see it. Private to src/db.
 */
#ifndef DB_SQLITE_IMPL_H
#define DB_SQLITE_IMPL_H

#include "db/db_impl.h"

#include <sqlite3.h>

/* What a transaction itself needs, prepared like the rest. */
enum sqlite_own {
    OWN_BEGIN_READ,
    OWN_BEGIN_WRITE,
    OWN_COMMIT,
    OWN_ROLLBACK,
    OWN_SAVEPOINT,
    OWN_SAVEPOINT_KEEP,
    OWN_SAVEPOINT_UNDO,
    OWN_COUNT,
};

struct sqlite_stmt {
    sqlite3_stmt *s;
    bool busy;
    uint8_t params;
    uint8_t at[DB_ARGS_MOST]; /* of $1 …: SQLite numbers parameters by first appearance */
};

struct sqlite_conn {
    struct db db; /* first: db * is sqlite_conn * */
    sqlite3 *h;
    sqlite3_stmt *own[OWN_COUNT];
    struct sqlite_stmt *stmts;
    bool sync_failed;      /* seen by any call; the writer acts on it */
    bool dead;             /* after that, nothing is promised any more */
    unsigned careful;      /* groups to come in which each transaction has its savepoint */
    int64_t log_bytes;     /* of the write-ahead log, after the last commit */
    int64_t checkpoint_at; /* when the log has so many bytes, not only when idle */
};

enum { SQLITE_BUSY_MS = 5000 }; /* for another program's lock, say a person's sqlite3 */

enum rc sqlite_own_run(struct sqlite_conn *c, enum sqlite_own which);
/* Our word for an engine's code; remembers a failed sync. */
enum rc sqlite_rc(struct sqlite_conn *c, int code);

#endif
