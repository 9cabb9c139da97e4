/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The one thread that writes to SQLite: transactions that wait share one commit and so one sync; and the only place
 * that checkpoints.
 *
 * A savepoint around each costs almost what inserting a row costs, and hardly any fails after it wrote. So a group runs
 * without. When one has to be undone after all, the whole group is, and those before it run again, each in its
 * savepoint now, as do the next groups.
 *
 * Invariants: nobody is answered RC_OK before the commit of a group came back. A group whose commit failed is RC_IO for
 * all of it. Who fails undoes nobody else, unless the engine gave up the whole. After a failed sync nothing is promised:
 * the kernel may have dropped the pages, and a second sync would lie.
 */
#include "db/sqlite_impl.h"

enum {
    GROUP_US = 20000, /* a group that has run so long commits; the rest is the next one */
    GATHER_MOST_US = 2000,
    GATHER_STEPS = 4,
    LOG_MOST = 64 * 1024 * 1024,
    CAREFUL_GROUPS = 16,
};

/* True when it cannot be undone alone: the engine gave up the whole transaction (disk full, no memory). */
static bool lost_all(struct sqlite_conn *c)
{
    return sqlite3_get_autocommit(c->h) != 0;
}

/* True when it is to be run again. It undid what it wrote, or *spoilt_out says that this could not be. */
static bool in_savepoint(struct sqlite_conn *c, struct db_job *job, bool *spoilt_out)
{
    enum rc rc = sqlite_own_run(c, OWN_SAVEPOINT);
    bool again = false;

    if (rc != RC_OK) {
        job->rc = rc;
        return false;
    }
    again = db_job_run(&c->db, job);
    if (lost_all(c))
        return false;
    if (job->rc != RC_OK)
        rc = sqlite_own_run(c, OWN_SAVEPOINT_UNDO);
    if (rc == RC_OK)
        rc = sqlite_own_run(c, OWN_SAVEPOINT_KEEP);
    if (rc != RC_OK) {
        job->rc = rc;
        *spoilt_out = true;
    }
    return again;
}

/* The same without a savepoint. Most that fail have only looked and found that they may not: nothing is to be undone. */
static bool bare(struct sqlite_conn *c, struct db_job *job, bool *spoilt_out)
{
    sqlite3_int64 before = sqlite3_total_changes64(c->h);
    bool again = db_job_run(&c->db, job);

    *spoilt_out = job->rc != RC_OK && sqlite3_total_changes64(c->h) != before;
    return again && !lost_all(c);
}

static bool one(struct sqlite_conn *c, struct db_job *job, bool *spoilt_out)
{
    size_t notes = c->db.notes.count;
    bool again;

    *spoilt_out = false;
    again = c->careful > 0 ? in_savepoint(c, job, spoilt_out) : bare(c, job, spoilt_out);
    if (job->rc != RC_OK)
        c->db.notes.count = notes;
    return again;
}

/* Those that went well get `rc`; what failed on its own keeps its own code. */
static void answer(struct sqlite_conn *c, struct db_job *jobs, enum rc rc)
{
    for (struct db_job *job = jobs; job != NULL; job = job->next) {
        if (job->rc == RC_OK)
            job->rc = rc;
    }
    db_jobs_finish(c->db.store, jobs);
}

static void stop_if_sync_failed(struct sqlite_conn *c)
{
    const struct db_options *o = &c->db.store->o;

    if (!c->sync_failed || c->dead)
        return;
    c->dead = true;
    db_tell(c->db.store, DB_EVENT_SYNC, "store", 0, NULL);
    CHECK(o->sync_failed != NULL);
    o->sync_failed(o->arg);
}

static void count_group(struct sqlite_conn *c, size_t size)
{
    struct db_counters *n = &c->db.store->n;

    atomic_fetch_add(&n->groups, 1);
    if (size > atomic_load(&n->group_most)) /* this thread alone writes it */
        atomic_store(&n->group_most, size);
    atomic_store(&n->log_bytes, (uint_fast64_t)c->log_bytes);
}

static enum rc commit(struct sqlite_conn *c, size_t size)
{
    int64_t begun = db_clock_us();
    enum rc rc = lost_all(c) ? RC_IO : sqlite_own_run(c, OWN_COMMIT);
    int64_t took = db_clock_us() - begun;
    struct db_queue *q = &c->db.store->queue;

    if (rc != RC_OK) {
        db_tell(c->db.store, DB_EVENT_COMMIT, "store", sqlite3_extended_errcode(c->h), NULL);
        if (!lost_all(c))
            (void)sqlite_own_run(c, OWN_ROLLBACK);
        stop_if_sync_failed(c);
        db_notes_cut(&c->db, 0);
        return RC_IO;
    }
    (void)pthread_mutex_lock(&q->lock);
    c->db.pace.expected = size + q->count;
    (void)pthread_mutex_unlock(&q->lock);
    c->db.pace.gather_us = took < GATHER_MOST_US ? took : GATHER_MOST_US;
    c->db.pace.restless = c->log_bytes > 0;
    if (c->careful > 0)
        c->careful--;
    count_group(c, size);
    db_notes_heard(&c->db);
    return RC_OK;
}

/* Those who were answered just now come back within moments, and one sync is to do for all of them. They are fetched a
 * few at a time: what is there already runs while the others are on their way. */
static struct db_job *more(struct sqlite_conn *c, size_t size, int64_t until)
{
    size_t missing = c->db.pace.expected > size ? c->db.pace.expected - size : 0;
    size_t few = (missing + GATHER_STEPS - 1) / GATHER_STEPS;

    if (missing == 0 || lost_all(c) || db_clock_us() >= until)
        return NULL;
    return db_queue_more(&c->db, few, until);
}

struct jobs {
    struct db_job *first;
    struct db_job **end;
};

static void put(struct jobs *list, struct db_job *job)
{
    *list->end = job;
    list->end = &job->next;
    job->next = NULL;
}

/* Undoes everybody, for one who failed and left what it wrote. Answers those of `done` that failed; the others run again,
 * in their order, before all that is left. */
static struct db_job *undo(struct sqlite_conn *c, struct db_job *done, struct db_job *left)
{
    struct jobs anew = {NULL, &anew.first};
    struct jobs failed = {NULL, &failed.first};

    (void)sqlite_own_run(c, OWN_ROLLBACK); /* when it fails, nothing can begin */
    db_notes_cut(&c->db, 0);
    while (done != NULL) {
        struct db_job *job = done;

        done = job->next;
        put(job->rc == RC_OK ? &anew : &failed, job);
    }
    if (anew.first != NULL)
        c->careful = CAREFUL_GROUPS;
    answer(c, failed.first, RC_IO);
    *anew.end = left;
    return anew.first;
}

/* One group off the front of `jobs`. Comes back with what is left: not yet run, or to be run again. */
static struct db_job *group(struct sqlite_conn *c, struct db_job *jobs)
{
    struct jobs done = {NULL, &done.first};
    struct jobs again = {NULL, &again.first};
    int64_t begun = db_clock_us();
    bool spoilt = false;
    size_t size = 0;

    do {
        struct db_job *job = jobs;
        bool is_again;

        jobs = job->next;
        size++;
        is_again = one(c, job, &spoilt);
        if (is_again)
            atomic_fetch_add(&c->db.store->n.retried, 1);
        put(is_again ? &again : &done, job);
        if (jobs == NULL && !spoilt)
            jobs = more(c, size, begun + c->db.pace.gather_us);
    } while (jobs != NULL && !spoilt && !lost_all(c) && db_clock_us() < begun + GROUP_US);
    *again.end = jobs;
    if (spoilt && !lost_all(c))
        return undo(c, done.first, again.first);
    answer(c, done.first, commit(c, size));
    return again.first;
}

/* Copies the log into the file. With readers on old pages it goes as far as it can; the rest is for the next time. */
static void checkpoint(struct sqlite_conn *c, int mode)
{
    int in_log = 0;
    int copied = 0;
    int code;

    (void)sqlite3_busy_timeout(c->h, 0); /* writers wait behind us: never wait for a reader */
    code = sqlite3_wal_checkpoint_v2(c->h, NULL, mode, &in_log, &copied);
    (void)sqlite3_busy_timeout(c->h, SQLITE_BUSY_MS);
    c->checkpoint_at = LOG_MOST;
    if (code == SQLITE_OK) {
        atomic_fetch_add(&c->db.store->n.checkpoints, 1);
        if (mode == SQLITE_CHECKPOINT_TRUNCATE)
            c->log_bytes = 0;
        if (in_log > copied)
            c->checkpoint_at = c->log_bytes + LOG_MOST;
    } else if (sqlite_rc(c, code) != RC_RETRY) {
        c->checkpoint_at = c->log_bytes + LOG_MOST;
        db_tell(c->db.store, DB_EVENT_CHECKPOINT, "store", code, NULL);
        stop_if_sync_failed(c);
    }
    c->db.pace.restless = c->log_bytes > 0 && !c->dead;
    atomic_store(&c->db.store->n.log_bytes, (uint_fast64_t)c->log_bytes);
}

void db_sqlite_idle(struct db *db)
{
    struct sqlite_conn *c = (struct sqlite_conn *)db;

    if (c->log_bytes > 0 && !c->dead)
        checkpoint(c, SQLITE_CHECKPOINT_TRUNCATE);
}

void db_sqlite_work(struct db *db, struct db_job *jobs)
{
    struct sqlite_conn *c = (struct sqlite_conn *)db;

    while (jobs != NULL) {
        enum rc rc = RC_IO;

        if (jobs->tries > 0)
            db_back_off(jobs->tries);
        if (!c->dead)
            rc = sqlite_own_run(c, OWN_BEGIN_WRITE);
        stop_if_sync_failed(c);
        if (rc != RC_OK) {
            answer(c, jobs, rc);
            return;
        }
        jobs = group(c, jobs);
        if (c->log_bytes > LOG_MOST && c->log_bytes > c->checkpoint_at)
            checkpoint(c, SQLITE_CHECKPOINT_PASSIVE);
    }
}
