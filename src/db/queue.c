/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The one door for writing: a queue of transactions and the threads that run them. SQLite has one such thread, which
 * takes all that wait at once; PostgreSQL has several, each takes one.
 *
 * Invariant: a job that was taken is finished, also while the store closes; it is told RC_OK only by its engine, after
 * the commit. A thread of the store never waits for the queue it empties (CHECK).
 */
#include "db/db_impl.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    WAITING_MOST = 10000,
};
#define IDLE_US INT64_C(1000000)
#define LONG_US INT64_C(3600000000) /* nothing will be due: sleep */

/* Set in threads of the store: db_write() there would wait for itself. */
static _Thread_local bool on_store_thread;

int64_t db_clock_us(void)
{
    struct timespec t;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct timespec timespec_of(int64_t us)
{
    return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

void db_sleep_us(int64_t us)
{
    struct timespec t = timespec_of(us);

    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
}

/* 1, 2, 4 … 64 ms, each up to twice as long: who collided must not collide again. */
void db_back_off(unsigned tries)
{
    static _Thread_local uint32_t state;
    int64_t us = (int64_t)1000 << (tries < 6 ? tries : 6);

    if (state == 0)
        state = (uint32_t)((uintptr_t)&state >> 4) ^ (uint32_t)db_clock_us();
    state = state * 1664525 + 1013904223;
    db_sleep_us(us + us * (int64_t)(state >> 16) / 65536);
}

/* ---- the queue ---- */

void db_queue_init(struct db_queue *q)
{
    pthread_condattr_t attr;

    CHECK(pthread_mutex_init(&q->lock, NULL) == 0);
    CHECK(pthread_condattr_init(&attr) == 0);
    CHECK(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&q->work, &attr) == 0);
    (void)pthread_condattr_destroy(&attr);
    q->last = &q->first;
    q->wanted = 1;
}

enum rc db_post(struct db_store *store, struct db_job *job)
{
    struct db_queue *q = &store->queue;
    enum rc rc = RC_RETRY;

    job->next = NULL;
    job->tries = 0;
    job->rc = RC_OK;
    (void)pthread_mutex_lock(&q->lock);
    if (q->count < WAITING_MOST && !q->stopping) {
        *q->last = job;
        q->last = &job->next;
        if (++q->count >= q->wanted)
            (void)pthread_cond_signal(&q->work);
        rc = RC_OK;
    }
    (void)pthread_mutex_unlock(&q->lock);
    return rc;
}

/* Waits until `wanted` jobs are there, the clock reaches `until`, or the store stops. With the lock held. */
static void wait_for(struct db_queue *q, size_t wanted, int64_t until)
{
    struct timespec t = timespec_of(until);

    q->wanted = wanted;
    while (q->count < wanted && !q->stopping) {
        if (pthread_cond_timedwait(&q->work, &q->lock, &t) == ETIMEDOUT)
            break;
    }
    q->wanted = 1;
}

/* The first `most` off a queue that is not empty. */
static struct db_job *cut(struct db_queue *q, size_t most)
{
    struct db_job *first = q->first;
    struct db_job *last = first;

    for (q->count--; last->next != NULL && most > 1; most--, q->count--)
        last = last->next;
    q->first = last->next;
    last->next = NULL;
    if (q->first == NULL)
        q->last = &q->first;
    return first;
}

/* The next jobs, or null: after a quiet while with *stop_out false, or true when the store closes and all is done. */
static struct db_job *take(struct db *db, bool *stop_out)
{
    struct db_queue *q = &db->store->queue;
    struct db_job *jobs = NULL;

    (void)pthread_mutex_lock(&q->lock);
    if (q->count == 0)
        wait_for(q, 1, db_clock_us() + (db->pace.restless ? IDLE_US : LONG_US));
    if (q->count > 0)
        jobs = cut(q, db->store->engine->take_most);
    *stop_out = jobs == NULL && q->stopping;
    (void)pthread_mutex_unlock(&q->lock);
    return jobs;
}

struct db_job *db_queue_more(struct db *db, size_t wanted, int64_t until)
{
    struct db_queue *q = &db->store->queue;
    struct db_job *jobs = NULL;

    (void)pthread_mutex_lock(&q->lock);
    if (q->count < wanted)
        wait_for(q, wanted, until);
    if (q->count > 0)
        jobs = cut(q, db->store->engine->take_most);
    (void)pthread_mutex_unlock(&q->lock);
    return jobs;
}

static void *work(void *arg)
{
    struct db *db = arg;
    bool stop = false;

    on_store_thread = true;
    while (!stop) {
        struct db_job *jobs = take(db, &stop);

        if (jobs != NULL)
            db->store->engine->work(db, jobs);
        else if (!stop)
            db->store->engine->idle(db);
    }
    return NULL;
}

enum rc db_queue_start(struct db_store *store)
{
    for (size_t i = 0; i < store->writer_count; i++) {
        if (pthread_create(&store->threads[i], NULL, work, store->writers[i]) != 0)
            return RC_IO;
        store->thread_count++;
    }
    return RC_OK;
}

void db_queue_stop(struct db_store *store)
{
    struct db_queue *q = &store->queue;

    (void)pthread_mutex_lock(&q->lock);
    q->stopping = true;
    (void)pthread_cond_broadcast(&q->work);
    (void)pthread_mutex_unlock(&q->lock);
    while (store->thread_count > 0)
        CHECK(pthread_join(store->threads[--store->thread_count], NULL) == 0);
}

/* ---- one job ---- */

bool db_job_run(struct db *db, struct db_job *job)
{
    CHECK(!db->in_fn);
    db->failed = RC_OK;
    db->in_fn = true;
    job->rc = job->fn(db, job->arg);
    db->in_fn = false;
    if (job->rc == RC_OK || db->failed == RC_RETRY)
        job->rc = db->failed;
    db->failed = RC_OK;
    return job->rc == RC_RETRY && ++job->tries < DB_TRIES_MOST;
}

static void finish(struct db_store *store, struct db_job *job)
{
    if (job->rc == RC_OK)
        atomic_fetch_add(&store->n.written, 1);
    else
        atomic_fetch_add(&store->n.undone, 1);
    if (job->rc == RC_RETRY)
        db_tell(store, DB_EVENT_GAVE_UP, job->name, 0, NULL);
    job->done(job, job->rc);
}

/* ---- waiting for one job ----
 *
 * Where many are answered at once, all who wait sleep on one bell: a group of 64 is woken by one call to the kernel
 * instead of 64, which took longer than the sync. Whoever wakes looks whether it was meant, and sleeps on if not. Where
 * each is answered alone, each has a bell of its own. */

static void sleep_while(atomic_uint *bell, unsigned value)
{
    if (syscall(SYS_futex, bell, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0) != 0)
        CHECK(errno == EAGAIN || errno == EINTR);
}

static void wake_all(const void *bell)
{
    (void)syscall(SYS_futex, bell, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static bool is_shared(const struct db_store *store)
{
    return store->engine->take_most > 1;
}

struct waiting {
    struct db_job job; /* first: db_job * is waiting * */
    bool is_shared;
    atomic_uint done;
};

static void answer_one(struct db_job *job, enum rc rc)
{
    struct waiting *w = (struct waiting *)job;
    bool is_alone = !w->is_shared;

    job->rc = rc;
    atomic_store(&w->done, 1); /* from here on `w` may be gone: an address, at which others wake for nothing */
    if (is_alone)
        wake_all(&w->done);
}

void db_jobs_finish(struct db_store *store, struct db_job *jobs)
{
    while (jobs != NULL) {
        struct db_job *next = jobs->next;

        finish(store, jobs);
        jobs = next;
    }
    if (is_shared(store)) {
        atomic_fetch_add(&store->queue.bell, 1);
        wake_all(&store->queue.bell);
    }
}

enum rc db_write(struct db *db, const char *name, db_fn *fn, void *arg)
{
    struct waiting w = {.job = {.name = name, .fn = fn, .arg = arg, .done = answer_one}};
    atomic_uint *bell = &w.done;
    enum rc rc;

    CHECK(!on_store_thread && !db->writing && !db->in_read);
    w.is_shared = is_shared(db->store);
    if (w.is_shared)
        bell = &db->store->queue.bell;
    rc = db_post(db->store, &w.job);
    if (rc != RC_OK)
        return rc;
    for (;;) {
        unsigned heard = atomic_load(bell); /* first: it rings after `done` */

        if (atomic_load(&w.done) != 0)
            return w.job.rc;
        sleep_while(bell, heard);
    }
}
