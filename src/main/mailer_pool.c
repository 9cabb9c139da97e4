/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Threads that unseal and sign: one queue in, one queue out, one lock, a descriptor that says that something is done. How
 * much is in it at once is for those who add to it to bound.
 */
#include "main/mailer_impl.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { SCRATCH_MEMORY = 4 * 1024 * 1024 };

struct queue {
    struct task *first;
    struct task **end;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct queue todo;
    struct queue finished;
    bool is_closing;
    int fd;
    size_t inside; /* added and not yet done; the main thread's */
    int count;
    pthread_t threads[MAILER_THREADS_MOST];
    struct worker workers[MAILER_THREADS_MOST];
};

static void queue_init(struct queue *q)
{
    *q = (struct queue){.end = &q->first};
}

static void queue_add(struct queue *q, struct task *task)
{
    task->next = NULL;
    *q->end = task;
    q->end = &task->next;
}

static struct task *queue_take(struct queue *q)
{
    struct task *task = q->first;

    if (task) {
        q->first = task->next;
        if (q->first == NULL)
            q->end = &q->first;
    }
    return task;
}

static struct task *next_task(struct pool *p)
{
    struct task *task;

    (void)pthread_mutex_lock(&p->lock);
    while (p->todo.first == NULL && !p->is_closing)
        (void)pthread_cond_wait(&p->some, &p->lock);
    task = queue_take(&p->todo);
    (void)pthread_mutex_unlock(&p->lock);
    return task;
}

static void *run(void *arg)
{
    struct worker *w = arg;
    struct pool *p = w->pool;
    struct task *task;

    (void)prctl(PR_SET_NAME, "breakroom-sign");
    w->scratch = arena_open(SCRATCH_MEMORY);
    while ((task = next_task(p))) {
        bool is_first;

        task->work(task, w);
        arena_wipe(w->scratch);
        (void)pthread_mutex_lock(&p->lock);
        is_first = p->finished.first == NULL;
        queue_add(&p->finished, task);
        (void)pthread_mutex_unlock(&p->lock);
        if (is_first)
            (void)!write(p->fd, &(uint64_t){1}, sizeof(uint64_t));
    }
    arena_close(&w->scratch);
    return NULL;
}

enum rc pool_open(int threads, struct pool **pool_out)
{
    struct pool *p = calloc(1, sizeof *p);

    CHECK(p != NULL && threads > 0 && threads <= MAILER_THREADS_MOST);
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->some, NULL);
    queue_init(&p->todo);
    queue_init(&p->finished);
    *pool_out = p;
    p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->fd < 0)
        return RC_IO;
    for (int i = 0; i < threads; i++) {
        p->workers[i] = (struct worker){.pool = p, .number = i};
        if (pthread_create(&p->threads[i], NULL, run, &p->workers[i]) != 0)
            return RC_IO;
        p->count++;
    }
    return RC_OK;
}

void pool_close(struct pool **pool)
{
    struct pool *p = *pool;

    *pool = NULL;
    if (p == NULL)
        return;
    CHECK(p->inside == 0);
    (void)pthread_mutex_lock(&p->lock);
    p->is_closing = true;
    (void)pthread_cond_broadcast(&p->some);
    (void)pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->count; i++)
        (void)pthread_join(p->threads[i], NULL);
    if (p->fd >= 0)
        (void)close(p->fd);
    (void)pthread_cond_destroy(&p->some);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

int pool_fd(const struct pool *p)
{
    return p->fd;
}

int pool_threads(const struct pool *p)
{
    return p->count;
}

void pool_add(struct pool *p, struct task *task)
{
    p->inside++;
    (void)pthread_mutex_lock(&p->lock);
    queue_add(&p->todo, task);
    (void)pthread_cond_signal(&p->some);
    (void)pthread_mutex_unlock(&p->lock);
}

void pool_turn(struct pool *p, struct mailer *m)
{
    struct task *task;
    uint64_t count;

    (void)!read(p->fd, &count, sizeof count);
    (void)pthread_mutex_lock(&p->lock);
    task = p->finished.first;
    queue_init(&p->finished);
    (void)pthread_mutex_unlock(&p->lock);
    while (task) {
        struct task *next = task->next;

        p->inside--;
        task->done(m, task);
        task = next;
    }
}

void pool_finish(struct pool *p, struct mailer *m)
{
    while (p->inside) {
        struct pollfd done = {.fd = p->fd, .events = POLLIN};

        (void)poll(&done, 1, -1);
        pool_turn(p, m);
    }
}
