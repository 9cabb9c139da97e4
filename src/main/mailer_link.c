/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See mailer_link.h. Two queues of encoded frames, notices and the rest; a frame is written whole before the next begins.
 * What others touch is under one lock; the socket and what was read from it are the thread's alone.
 *
 * A frame may hold an address that somebody just typed: its bytes are wiped when it has gone.
 */
#include "main/mailer_link.h"

#include "http/log.h"
#include "mail/address.h"
#include "mail/letter_wire.h"
#include "seal/secret.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    QUEUE_MOST = 8 * 1024 * 1024, /* bytes that wait before a sender does */
    NOTICES_MOST = 256,
    READ_FIRST = 64 * 1024,
    READ_KEPT = 1024 * 1024,
    FRAME_MEMORY = 4 * MAILER_FRAME_MOST,
};

struct waiting {
    struct waiting *next;
    size_t n;
    size_t sent;
    char bytes[];
};

struct waiting_list {
    struct waiting *first;
    struct waiting **end;
    size_t count;
};

struct mailer_link {
    struct mailer_link_options options;
    pthread_t thread;
    int wake;

    pthread_mutex_t lock;
    pthread_cond_t room;
    /* under the lock */
    bool is_closing;
    int next_fd; /* -1: none */
    struct mailer_process next;
    struct waiting_list notices;
    struct waiting_list others;
    size_t queued; /* bytes of both */
    uint64_t pairs;
    struct mailer_link_status status; /* `pair` 0: none is up */

    /* the thread's */
    int fd; /* -1: no pair */
    struct waiting *going;
    char *in;
    size_t in_len;
    size_t in_room;
};

/* ---- queues; all under the lock ---- */

static void list_init(struct waiting_list *list)
{
    *list = (struct waiting_list){.end = &list->first};
}

static void list_add(struct mailer_link *l, struct waiting_list *list, struct waiting *w)
{
    *list->end = w;
    list->end = &w->next;
    list->count++;
    l->queued += w->n;
}

static struct waiting *list_take(struct mailer_link *l, struct waiting_list *list)
{
    struct waiting *w = list->first;

    if (w == NULL)
        return NULL;
    list->first = w->next;
    if (list->first == NULL)
        list->end = &list->first;
    list->count--;
    l->queued -= w->n;
    (void)pthread_cond_broadcast(&l->room);
    return w;
}

static void waiting_free(struct waiting *w)
{
    if (w)
        secret_wipe(w->bytes, w->n);
    free(w);
}

static void drop_all(struct mailer_link *l)
{
    struct waiting *w;

    while ((w = list_take(l, &l->notices)) || (w = list_take(l, &l->others)))
        waiting_free(w);
}

static void wake(const struct mailer_link *l)
{
    (void)!write(l->wake, &(uint64_t){1}, sizeof(uint64_t));
}

/* ---- sending ---- */

static struct waiting *encode(const struct mailer_frame *frame)
{
    struct arena *a = arena_open(FRAME_MEMORY);
    struct buf *out = buf_new(a, MAILER_FRAME_MOST + 1);
    struct waiting *w = NULL;

    mailer_frame_put(out, frame);
    if (!buf_overflowed(out)) {
        w = malloc(sizeof *w + out->n);
        CHECK(w != NULL);
        *w = (struct waiting){.n = out->n};
        memcpy(w->bytes, out->p, out->n);
    }
    arena_wipe(a);
    arena_close(&a);
    return w;
}

enum rc mailer_link_send(struct mailer_link *l, uint64_t pair, const struct mailer_frame *frame)
{
    struct waiting *w = encode(frame);
    bool is_own = pthread_equal(pthread_self(), l->thread);
    enum rc rc = RC_IO;

    if (w == NULL)
        return RC_LIMIT;
    (void)pthread_mutex_lock(&l->lock);
    while (!is_own && l->status.pair == pair && l->queued > QUEUE_MOST && !l->is_closing)
        (void)pthread_cond_wait(&l->room, &l->lock);
    if (l->status.pair == pair && pair && !l->is_closing) {
        list_add(l, &l->others, w);
        wake(l);
        rc = RC_OK;
    }
    (void)pthread_mutex_unlock(&l->lock);
    if (rc != RC_OK)
        waiting_free(w);
    return rc;
}

static enum rc post(void *ctx, const struct mail_notice *notice)
{
    struct mailer_link *l = ctx;
    struct arena *a = arena_open(FRAME_MEMORY);
    struct mailer_frame frame = {
        .kind = MAILER_NOTICE,
        .notice = {.campaign_id = notice->campaign_id,
                   .domain = mail_address_domain(notice->letter.from),
                   .address = notice->address,
                   .letter = mail_letter_put(a, &notice->letter)},
    };
    struct waiting *w = encode(&frame);
    enum rc rc = w ? RC_OK : RC_LIMIT;

    (void)pthread_mutex_lock(&l->lock);
    if (l->status.pair == 0 || !l->status.can_send || l->is_closing)
        rc = RC_IO;
    else if (l->notices.count >= NOTICES_MOST)
        rc = RC_LIMIT;
    if (rc == RC_OK) {
        list_add(l, &l->notices, w);
        l->status.notices++;
        wake(l);
    }
    (void)pthread_mutex_unlock(&l->lock);
    if (rc != RC_OK)
        waiting_free(w);
    arena_wipe(a);
    arena_close(&a);
    return rc;
}

struct mail_postbox mailer_link_postbox(struct mailer_link *l)
{
    return (struct mail_postbox){.ctx = l, .post = post};
}

/* False: the pair is gone. */
static bool write_some(struct mailer_link *l)
{
    for (;;) {
        ssize_t n;

        if (l->going == NULL) {
            (void)pthread_mutex_lock(&l->lock);
            l->going = list_take(l, l->notices.first ? &l->notices : &l->others);
            (void)pthread_mutex_unlock(&l->lock);
        }
        if (l->going == NULL)
            return true;
        n = send(l->fd, l->going->bytes + l->going->sent, l->going->n - l->going->sent, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        l->going->sent += (size_t)n;
        if (l->going->sent == l->going->n) {
            waiting_free(l->going);
            l->going = NULL;
        }
    }
}

/* ---- pairs ---- */

static void end_pair(struct mailer_link *l)
{
    uint64_t pair;

    if (l->fd < 0)
        return;
    (void)close(l->fd);
    l->fd = -1;
    waiting_free(l->going);
    l->going = NULL;
    l->in_len = 0;
    (void)pthread_mutex_lock(&l->lock);
    pair = l->status.pair;
    l->status.pair = 0;
    drop_all(l);
    (void)pthread_cond_broadcast(&l->room);
    (void)pthread_mutex_unlock(&l->lock);
    if (pair && l->options.down)
        l->options.down(l->options.ctx, pair);
}

static void take_next(struct mailer_link *l)
{
    struct mailer_process next;
    int fd;

    (void)pthread_mutex_lock(&l->lock);
    fd = l->next_fd;
    next = l->next;
    l->next_fd = -1;
    (void)pthread_mutex_unlock(&l->lock);
    if (fd < 0)
        return;
    end_pair(l);
    l->fd = fd;
    (void)pthread_mutex_lock(&l->lock);
    l->pairs++;
    l->status.process = next;
    l->status.host = (struct mailer_host){.state = SMTP_IDLE};
    (void)pthread_mutex_unlock(&l->lock);
}

void mailer_link_take(struct mailer_link *l, int fd, const struct mailer_process *process)
{
    (void)pthread_mutex_lock(&l->lock);
    if (l->next_fd >= 0)
        (void)close(l->next_fd);
    l->next_fd = fd;
    l->next = *process;
    (void)pthread_mutex_unlock(&l->lock);
    wake(l);
}

/* ---- hearing ---- */

/* False: no frame that this mailer may send now. */
static bool hear(struct mailer_link *l, const struct mailer_frame *frame, struct arena *a)
{
    bool is_hello = frame->kind == MAILER_HELLO;
    uint64_t pair;

    (void)pthread_mutex_lock(&l->lock);
    pair = l->status.pair;
    if (is_hello == (pair != 0) || frame->kind > MAILER_HOST) {
        (void)pthread_mutex_unlock(&l->lock);
        return false;
    }
    if (is_hello) {
        pair = l->status.pair = l->pairs;
        l->status.can_send = frame->hello.can_send;
    } else if (frame->kind == MAILER_HOST) {
        l->status.host = frame->host;
    }
    (void)pthread_mutex_unlock(&l->lock);
    if (is_hello && l->options.up)
        l->options.up(l->options.ctx, pair, &frame->hello);
    else if (!is_hello && l->options.frame)
        l->options.frame(l->options.ctx, pair, frame, a);
    return true;
}

/* Every frame that is there whole. False: what came is none. */
static bool hear_all(struct mailer_link *l, struct arena *a)
{
    size_t at = 0;
    enum rc rc = RC_OK;

    while (rc == RC_OK && at < l->in_len) {
        struct mailer_frame frame;
        size_t len;

        arena_reset(a);
        rc = mailer_frame_read(a, (struct span){l->in + at, l->in_len - at}, &frame, &len);
        if (rc == RC_OK && !hear(l, &frame, a))
            rc = RC_INVALID;
        if (rc == RC_OK)
            at += len;
    }
    memmove(l->in, l->in + at, l->in_len - at);
    l->in_len -= at;
    if (l->in_len == 0 && l->in_room > READ_KEPT) { /* the end of a freeze is large, and rare */
        free(l->in);
        l->in = NULL;
        l->in_room = 0;
    }
    if (rc != RC_OK && rc != RC_RETRY)
        LOG_HOUSE_FAULT("mailer_link.no_frame", KV_RC(rc));
    return rc == RC_OK || rc == RC_RETRY;
}

/* False: the pair is gone, or speaks otherwise than we do. */
static bool read_some(struct mailer_link *l, struct arena *a)
{
    ssize_t n;

    if (l->in_len == l->in_room) {
        l->in_room = l->in_room ? l->in_room * 2 : READ_FIRST;
        l->in = realloc(l->in, l->in_room);
        CHECK(l->in != NULL && l->in_room <= 2 * (size_t)MAILER_FRAME_MOST);
    }
    n = recv(l->fd, l->in + l->in_len, l->in_room - l->in_len, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    l->in_len += (size_t)n;
    return n > 0 && hear_all(l, a);
}

static bool is_closing(struct mailer_link *l)
{
    bool is;

    (void)pthread_mutex_lock(&l->lock);
    is = l->is_closing;
    (void)pthread_mutex_unlock(&l->lock);
    return is;
}

static bool has_to_write(struct mailer_link *l)
{
    bool has;

    (void)pthread_mutex_lock(&l->lock);
    has = l->going || l->notices.first || l->others.first;
    (void)pthread_mutex_unlock(&l->lock);
    return has;
}

static void *run(void *ctx)
{
    struct mailer_link *l = ctx;
    struct arena *a = arena_open(FRAME_MEMORY);

    while (!is_closing(l)) {
        short events = has_to_write(l) ? POLLIN | POLLOUT : POLLIN;
        struct pollfd fds[2] = {{.fd = l->wake, .events = POLLIN}, {.fd = l->fd, .events = events}};
        uint64_t count;

        if (poll(fds, COUNT(fds), -1) < 0 && errno != EINTR)
            check_failed("poll", __FILE__, __LINE__);
        if (fds[0].revents)
            (void)!read(l->wake, &count, sizeof count);
        if (l->fd >= 0 && fds[1].revents && !read_some(l, a))
            end_pair(l);
        if (l->fd >= 0 && !write_some(l))
            end_pair(l);
        take_next(l);
    }
    end_pair(l);
    arena_close(&a);
    return NULL;
}

/* ---- its life ---- */

enum rc mailer_link_open(const struct mailer_link_options *options, struct mailer_link **link_out)
{
    struct mailer_link *l = calloc(1, sizeof *l);

    CHECK(l != NULL);
    l->options = *options;
    l->fd = -1;
    l->next_fd = -1;
    list_init(&l->notices);
    list_init(&l->others);
    (void)pthread_mutex_init(&l->lock, NULL);
    (void)pthread_cond_init(&l->room, NULL);
    l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    *link_out = l;
    if (l->wake >= 0 && pthread_create(&l->thread, NULL, run, l) == 0)
        return RC_OK;
    if (l->wake >= 0)
        (void)close(l->wake);
    free(l);
    *link_out = NULL;
    return RC_IO;
}

void mailer_link_close(struct mailer_link **link)
{
    struct mailer_link *l = *link;

    *link = NULL;
    if (l == NULL)
        return;
    (void)pthread_mutex_lock(&l->lock);
    l->is_closing = true;
    (void)pthread_cond_broadcast(&l->room);
    (void)pthread_mutex_unlock(&l->lock);
    wake(l);
    (void)pthread_join(l->thread, NULL);
    if (l->next_fd >= 0)
        (void)close(l->next_fd);
    (void)close(l->wake);
    (void)pthread_cond_destroy(&l->room);
    (void)pthread_mutex_destroy(&l->lock);
    free(l->in);
    free(l);
}

/* ---- what it says of itself ---- */

void mailer_link_status(struct mailer_link *l, struct mailer_link_status *status_out)
{
    (void)pthread_mutex_lock(&l->lock);
    *status_out = l->status;
    (void)pthread_mutex_unlock(&l->lock);
}

static const char *state_name(enum smtp_state state)
{
    static const char *const names[] = {
        [SMTP_IDLE] = "idle",
        [SMTP_WORKING] = "working",
        [SMTP_AWAY] = "AWAY",
        [SMTP_REFUSED] = "REFUSES US: look at its certificate, smtp_user and smtp_password_file",
    };

    return names[state];
}

void mailer_link_status_put(struct mailer_link *l, struct buf *out)
{
    struct mailer_link_status s;

    mailer_link_status(l, &s);
    if (s.process.pid == 0) {
        buf_put(out, S("mailer: not there yet\n"));
        return;
    }
    buf_printf(out, "mailer: process %lld since ", (long long)s.process.pid);
    instant_put(out, s.process.since);
    buf_printf(out, ", started again %llu times%s\n", (unsigned long long)s.process.restarts,
               s.pair ? "" : ", NOT CONNECTED");
    if (s.pair && !s.can_send)
        buf_put(out, S("smart host: none in server.ini, no mail goes out\n"));
    else if (s.pair && s.host.code)
        buf_printf(out, "smart host: %s (%d)\n", state_name(s.host.state), (int)s.host.code);
    else if (s.pair)
        buf_printf(out, "smart host: %s\n", state_name(s.host.state));
    buf_printf(out, "notices: %llu posted since this core started\n", (unsigned long long)s.notices);
}
