/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The socket to core. What comes is trusted in its meaning, not in its form: a frame that is none, or one of ours, ends the
 * pair. Frames are read only as fast as they can be worked on, and bytes that came or go are wiped, for a notice holds an
 * address.
 */
#include "main/mailer_impl.h"

#include "http/log.h"
#include "seal/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_FIRST = 64 * 1024,
    READ_KEPT = 1024 * 1024,
    OUT_MOST = 1024 * 1024, /* that core has not taken before we stop making more */
};

static void room_wipe(char **room, size_t *size)
{
    if (*room)
        secret_wipe(*room, *size);
    free(*room);
    *room = NULL;
    *size = 0;
}

void peer_close(struct mailer *m)
{
    struct peer *p = &m->peer;

    if (p->fd >= 0)
        (void)close(p->fd);
    room_wipe(&p->in, &p->in_room);
    room_wipe(&p->out, &p->out_room);
    *p = (struct peer){.fd = -1};
}

static void peer_gone(struct mailer *m)
{
    peer_close(m);
    mailer_let_go(m);
}

void peer_take(struct mailer *m, int fd)
{
    peer_gone(m);
    m->peer.fd = fd;
}

/* ---- frames out ---- */

bool peer_is_full(const struct mailer *m)
{
    return m->peer.out_len - m->peer.out_at > OUT_MOST;
}

bool peer_wants_out(const struct mailer *m)
{
    return m->peer.out_at < m->peer.out_len;
}

/* Room for `n` more bytes. What moves away is wiped. */
static void make_room(char **room, size_t *size, size_t *at, size_t *len, size_t n)
{
    char *larger;
    size_t need = *len - *at + n;
    size_t want = *size ? *size : READ_FIRST;

    if (*len + n <= *size)
        return;
    while (want < need)
        want *= 2;
    larger = calloc(1, want);
    CHECK(larger != NULL);
    if (*room)
        memcpy(larger, *room + *at, *len - *at);
    room_wipe(room, size);
    *room = larger;
    *size = want;
    *len -= *at;
    *at = 0;
}

enum rc peer_send(struct mailer *m, const struct mailer_frame *frame)
{
    struct peer *p = &m->peer;
    struct arena *a;
    struct buf *out;
    bool is_fine;

    if (p->fd < 0 || (!p->is_up && frame->kind != MAILER_HELLO))
        return RC_OK;
    a = arena_open((size_t)4 * MAILER_FRAME_MOST);
    out = buf_new(a, MAILER_FRAME_MOST + 1);
    mailer_frame_put(out, frame);
    is_fine = !buf_overflowed(out);
    if (is_fine) {
        make_room(&p->out, &p->out_room, &p->out_at, &p->out_len, out->n);
        memcpy(p->out + p->out_len, out->p, out->n);
        p->out_len += out->n;
    }
    arena_close(&a);
    return is_fine ? RC_OK : RC_LIMIT;
}

void peer_greet(struct mailer *m)
{
    struct mailer_frame hello = {.kind = MAILER_HELLO, .hello = {.can_send = m->smtp != NULL}};
    struct mailer_frame host = {.kind = MAILER_HOST, .host = m->host};

    results_flush(m); /* nobody hears those of before: they are in the journal */
    runs_hello(m, &hello.hello);
    CHECK(peer_send(m, &hello) == RC_OK);
    m->peer.is_up = true;
    CHECK(peer_send(m, &host) == RC_OK);
}

static bool write_some(struct mailer *m)
{
    struct peer *p = &m->peer;

    while (p->out_at < p->out_len) {
        ssize_t n = send(p->fd, p->out + p->out_at, p->out_len - p->out_at, MSG_NOSIGNAL);

        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        p->out_at += (size_t)n;
    }
    p->out_at = 0;
    p->out_len = 0;
    if (p->out_room > READ_KEPT)
        room_wipe(&p->out, &p->out_room);
    return true;
}

/* ---- frames in ---- */

bool peer_wants_in(const struct mailer *m)
{
    return m->peer.is_up && !peer_is_full(m) && !freeze_is_full(m);
}

/* False: none that core may send. */
static bool hear(struct mailer *m, const struct mailer_frame *frame, struct span bytes)
{
    switch (frame->kind) {
    case MAILER_UNLOCK:
        on_unlock(m, &frame->unlock);
        return true;
    case MAILER_PEOPLE:
        on_people(m, frame, bytes);
        return true;
    case MAILER_PEOPLE_END:
        on_people_end(m, &frame->run);
        return true;
    case MAILER_LETTERS:
        on_letters(m, &frame->letters);
        return true;
    case MAILER_SEND:
        on_send(m, &frame->send);
        return true;
    case MAILER_BREAK:
        on_break(m, &frame->run);
        return true;
    case MAILER_FORGET:
        on_forget(m, &frame->run);
        return true;
    case MAILER_NOTICE:
        on_notice(m, &frame->notice);
        return true;
    case MAILER_RESET:
        on_reset(m);
        return true;
    case MAILER_HELLO:
    case MAILER_UNLOCKED:
    case MAILER_FROZEN:
    case MAILER_FROZEN_END:
    case MAILER_RESULTS:
    case MAILER_HOST:
        return false;
    }
    return false;
}

/* Frames that are there whole, as long as they are wanted. False: what came is none. */
static bool hear_some(struct mailer *m)
{
    struct peer *p = &m->peer;
    size_t at = 0;
    enum rc rc = RC_OK;

    while (rc == RC_OK && at < p->in_len && peer_wants_in(m)) {
        struct span rest = {p->in + at, p->in_len - at};
        struct mailer_frame frame;
        size_t len = 0;

        arena_reset(m->frame_arena);
        rc = mailer_frame_read(m->frame_arena, rest, &frame, &len);
        if (rc == RC_OK && !hear(m, &frame, span_sub(rest, 0, len)))
            rc = RC_INVALID;
        at += rc == RC_OK ? len : 0;
    }
    secret_wipe(p->in, at);
    memmove(p->in, p->in + at, p->in_len - at);
    secret_wipe(p->in + p->in_len - at, at);
    p->in_len -= at;
    arena_reset(m->frame_arena);
    if (p->in_len == 0 && p->in_room > READ_KEPT)
        room_wipe(&p->in, &p->in_room);
    if (rc != RC_OK && rc != RC_RETRY)
        LOG_HOUSE_FAULT("mailer.no_frame", KV_RC(rc));
    return rc == RC_OK || rc == RC_RETRY;
}

static bool read_some(struct mailer *m)
{
    struct peer *p = &m->peer;
    size_t at = 0;
    ssize_t n;

    if (p->in_len == p->in_room)
        make_room(&p->in, &p->in_room, &at, &p->in_len, 1);
    n = recv(p->fd, p->in + p->in_len, p->in_room - p->in_len, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    p->in_len += (size_t)n;
    return n > 0;
}

void peer_turn(struct mailer *m, bool can_read, bool is_gone)
{
    struct peer *p = &m->peer;
    bool is_there = !is_gone;

    if (p->fd < 0)
        return;
    if (is_there && can_read && peer_wants_in(m))
        is_there = read_some(m);
    if (is_there && p->in_len)
        is_there = hear_some(m);
    if (is_there)
        is_there = write_some(m);
    if (!is_there)
        peer_gone(m);
}
