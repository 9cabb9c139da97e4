/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Workers: a few threads that may wait, so that an epoll thread never does. One bounded queue, first come first served.
 */
#include "http/http_impl.h"

#include <stdlib.h>

enum { QUEUE_MAX = 2048, WORKERS_MAX = 64 };

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct call *first;
    struct call *last;
    unsigned queued;
    bool closing;
    unsigned thread_count;
    pthread_t threads[WORKERS_MAX];
};

/* The next call, or null when there will be none. */
static struct call *take(struct workers *w)
{
    struct call *c;

    (void)pthread_mutex_lock(&w->lock);
    while (w->first == NULL && !w->closing)
        (void)pthread_cond_wait(&w->some, &w->lock);
    c = w->first;
    if (c) {
        w->first = c->next;
        if (w->first == NULL)
            w->last = NULL;
        w->queued--;
        c->next = NULL;
    }
    (void)pthread_mutex_unlock(&w->lock);
    return c;
}

static void *worker_main(void *arg)
{
    struct workers *w = arg;
    struct call *c;

    while ((c = take(w)))
        call_work_here(c);
    return NULL;
}

void call_work_here(struct call *c)
{
    void (*work)(struct req * rq) = c->work;
    bool left = false; /* here and not in the call: once it left, it may be gone */

    c->left = &left; /* cppcheck-suppress autoVariables; leave() takes it back, or the call ends below */
    work(&c->rq);
    if (!left)
        http_unpark(&c->rq);
}

enum rc workers_open(unsigned count, struct workers **workers_out)
{
    struct workers *w = calloc(1, sizeof *w);

    *workers_out = w;
    if (w == NULL)
        return RC_IO;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->some, NULL);
    while (w->thread_count < count && w->thread_count < WORKERS_MAX) {
        if (pthread_create(&w->threads[w->thread_count], NULL, worker_main, w) != 0) {
            workers_close(workers_out);
            return RC_IO;
        }
        w->thread_count++;
    }
    return RC_OK;
}

bool workers_give(struct workers *w, struct call *c)
{
    bool room;

    (void)pthread_mutex_lock(&w->lock);
    room = w->queued < QUEUE_MAX;
    if (room) {
        c->next = NULL;
        if (w->last)
            w->last->next = c;
        else
            w->first = c;
        w->last = c;
        w->queued++;
        (void)pthread_cond_signal(&w->some);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return room;
}

void workers_close(struct workers **workers)
{
    struct workers *w = *workers;

    *workers = NULL;
    if (w == NULL)
        return;
    (void)pthread_mutex_lock(&w->lock);
    w->closing = true;
    (void)pthread_cond_broadcast(&w->some);
    (void)pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->thread_count; i++)
        (void)pthread_join(w->threads[i], NULL);
    (void)pthread_cond_destroy(&w->some);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}
