/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Transactions that write to PostgreSQL: each SERIALIZABLE, as SQLite's are by nature, and run again when it lost
 * against another or its connection went away before the commit was sent.
 *
 * Invariant: once COMMIT is on its way nothing is run again. If the answer is lost the writer is told RC_IO, not a
 * guess.
 */
#include "db/postgres_impl.h"

#include <string.h>

static enum rc begin(struct postgres_conn *c, const char *name)
{
    enum rc rc = RC_IO;

    /* An idle connection may have gone away unseen. */
    for (int tries = 0; rc == RC_IO && tries < 2; tries++) {
        rc = postgres_ready(c);
        if (rc != RC_OK)
            break;
        rc = postgres_command(c, "BEGIN ISOLATION LEVEL SERIALIZABLE", name);
    }
    c->in_tx = rc == RC_OK;
    return rc;
}

static enum rc commit(struct postgres_conn *c, const char *name)
{
    PGresult *r = postgres_ask(c->c, "COMMIT", c->silence_ms);
    bool undone = strcmp(PQcmdStatus(r), "COMMIT") != 0; /* a COMMIT of a failed transaction answers ROLLBACK */
    enum rc rc = postgres_settle(c, r, name);

    c->in_tx = false;
    if (!postgres_alive(c))
        db_tell(c->db.store, DB_EVENT_COMMIT_UNKNOWN, name, 0, NULL);
    else if (rc != RC_OK && rc != RC_RETRY)
        db_tell(c->db.store, DB_EVENT_COMMIT, name, 0, NULL);
    if (rc == RC_OK && undone)
        return RC_IO;
    return rc;
}

/* One try. True when it is to be run again. */
static bool once(struct postgres_conn *c, struct db_job *job)
{
    bool again;

    job->rc = begin(c, job->name);
    if (job->rc != RC_OK)
        return false;
    again = db_job_run(&c->db, job);
    if (job->rc == RC_OK) {
        job->rc = commit(c, job->name);
        return job->rc == RC_RETRY && ++job->tries < DB_TRIES_MOST;
    }
    if (postgres_alive(c)) {
        db_postgres_engine.rollback(&c->db);
        return again;
    }
    c->in_tx = false;
    return job->rc == RC_IO && ++job->tries < DB_TRIES_MOST;
}

void db_postgres_work(struct db *db, struct db_job *job)
{
    struct postgres_conn *c = (struct postgres_conn *)db;
    struct db_counters *n = &db->store->n;

    while (once(c, job)) {
        atomic_fetch_add(&n->retried, 1);
        db_notes_cut(db, 0);
        db_back_off(job->tries);
    }
    if (job->rc == RC_OK) {
        atomic_fetch_add(&n->groups, 1);
        atomic_store(&n->group_most, 1);
        db_notes_heard(db);
    }
    db_notes_cut(db, 0);
    db_jobs_finish(db->store, job);
}
