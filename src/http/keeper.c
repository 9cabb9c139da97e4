/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The keeper: one thread that looks at every connection once a second and shuts the sockets of those that are slow.
 *
 * The library's own time-out is for silence, which a byte a second defeats. A head has to be whole in ten seconds from
 * its first byte, a body and the reading of an answer have to make a kilobyte a second over each window, and an idle
 * connection may wait for less the fewer are left. The kernel knows what has come in and gone out (TCP_INFO), so the
 * epoll threads only note phases. A socket is shut, never closed, here, and only under the lock that guards the table:
 * its number cannot have passed to another connection meanwhile.
 */
#define _GNU_SOURCE /* accept4 */
#include "http/http_impl.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ROUND_MS = 500,
    BATCH = 256, /* connections looked at before the lock is given up for a moment */
    WINDOW_MS = 10000,
    BYTES_A_SECOND = 1000,
    SHORT_IDLE_MS = 5000,
    SHORTEST_IDLE_MS = 1000,
    ACCEPT_BURST = 64,
};

struct conn *conn_open(struct http_server *s, int fd, struct http_peer peer)
{
    struct conn *conn = calloc(1, sizeof *conn);

    CHECK(conn != NULL);
    conn->fd = fd;
    conn->peer = peer;
    conn->from_proxy = s->has_proxy && peer_eq(peer, s->proxy);
    conn->seen_turn = UINT64_MAX;
    if (!conn->from_proxy)
        limits_connected(s->limits, peer);
    (void)pthread_mutex_lock(&s->conns_lock);
    if (s->conns_count == s->conns_room) {
        s->conns_room = s->conns_room ? s->conns_room * 2 : 256;
        s->conns = reallocarray(s->conns, s->conns_room, sizeof(struct conn *));
        CHECK(s->conns != NULL);
    }
    conn->slot = s->conns_count;
    s->conns[s->conns_count++] = conn;
    (void)pthread_mutex_unlock(&s->conns_lock);
    COUNT_UP(s, connections);
    return conn;
}

void conn_close(struct http_server *s, struct conn *conn)
{
    (void)pthread_mutex_lock(&s->conns_lock);
    s->conns[conn->slot] = s->conns[--s->conns_count];
    s->conns[conn->slot]->slot = conn->slot;
    (void)pthread_mutex_unlock(&s->conns_lock);
    if (!conn->from_proxy)
        limits_disconnected(s->limits, conn->peer);
    free(conn);
}

void conn_phase(struct conn *conn, enum conn_phase phase)
{
    atomic_store_explicit(&conn->phase, (unsigned)phase, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&conn->turn, 1, memory_order_release);
}

/* Bytes that came in and bytes that the other side has confirmed. Zero where the kernel cannot say. */
static void kernel_counts(int fd, uint64_t *in_out, uint64_t *out_out)
{
    struct tcp_info info = {0};
    socklen_t n = sizeof info;

    *in_out = 0;
    *out_out = 0;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0) {
        *in_out = info.tcpi_bytes_received;
        *out_out = info.tcpi_bytes_acked;
    }
}

void conn_took(struct conn *conn, uint64_t bytes)
{
    uint64_t in;
    uint64_t out;

    if (bytes) {
        (void)atomic_fetch_add_explicit(&conn->taken, bytes, memory_order_relaxed);
        return;
    }
    kernel_counts(conn->fd, &in, &out);
    atomic_store_explicit(&conn->taken, in, memory_order_relaxed);
}

static void cut(struct conn *conn, _Atomic uint64_t *counter)
{
    conn->cut = true;
    (void)shutdown(conn->fd, SHUT_RDWR);
    (void)atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* How long a connection may wait for its next request. */
static uint64_t idle_ms(const struct http_server *s)
{
    uint64_t most = s->options.connections_max;

    if (atomic_load(&s->stopping))
        return 0;
    if (s->conns_count * 8 > most * 7)
        return SHORTEST_IDLE_MS;
    if (s->conns_count * 4 > most * 3)
        return SHORT_IDLE_MS;
    return (uint64_t)s->options.idle_seconds * 1000;
}

static void look_at_idle(struct http_server *s, struct conn *conn, uint64_t in, uint64_t now, bool fresh)
{
    if (fresh)
        conn->head_ms = 0;
    if (conn->head_ms == 0 && in > atomic_load_explicit(&conn->taken, memory_order_relaxed))
        conn->head_ms = now;
    if (conn->head_ms && now - conn->head_ms > (uint64_t)s->options.head_seconds * 1000)
        cut(conn, &s->counters.slow_heads);
    else if (conn->head_ms == 0 && now - conn->seen_ms >= idle_ms(s))
        cut(conn, &s->counters.idle_cut);
}

static void look_at_flow(struct conn *conn, uint64_t bytes, uint64_t now, bool fresh, _Atomic uint64_t *counter)
{
    if (fresh)
        conn->seen_bytes = bytes;
    if (now - conn->seen_ms < WINDOW_MS)
        return;
    if ((bytes - conn->seen_bytes) * 1000 < (now - conn->seen_ms) * BYTES_A_SECOND) {
        cut(conn, counter);
        return;
    }
    conn->seen_ms = now;
    conn->seen_bytes = bytes;
}

static void look_at(struct http_server *s, struct conn *conn, uint64_t now)
{
    uint64_t turn = atomic_load_explicit(&conn->turn, memory_order_acquire);
    bool fresh = turn != conn->seen_turn;
    uint64_t in;
    uint64_t out;

    if (conn->cut)
        return;
    if (fresh) {
        conn->seen_turn = turn;
        conn->seen_ms = now;
    }
    switch ((enum conn_phase)atomic_load_explicit(&conn->phase, memory_order_relaxed)) {
    case CONN_IDLE:
        kernel_counts(conn->fd, &in, &out);
        look_at_idle(s, conn, in, now, fresh);
        return;
    case CONN_BODY:
        look_at_flow(conn, atomic_load_explicit(&conn->bytes, memory_order_relaxed), now, fresh,
                     &s->counters.slow_bodies);
        return;
    case CONN_SEND:
        kernel_counts(conn->fd, &in, &out);
        look_at_flow(conn, out, now, fresh, &s->counters.slow_readers);
        return;
    case CONN_WORK:
        return;
    }
}

static void look_at_all(struct http_server *s)
{
    uint64_t now = monotonic_us() / 1000;
    size_t at = 0;
    bool more = true;

    while (more) {
        (void)pthread_mutex_lock(&s->conns_lock);
        for (size_t end = at + BATCH; at < end && at < s->conns_count; at++)
            look_at(s, s->conns[at], now);
        more = at < s->conns_count;
        (void)pthread_mutex_unlock(&s->conns_lock);
    }
}

/* Sockets past the first, which the library listens on itself. */
static void accept_some(struct http_server *s, int listening)
{
    for (int i = 0; i < ACCEPT_BURST; i++) {
        struct sockaddr_storage addr = {0};
        socklen_t n = sizeof addr;
        int fd = accept4(listening, (struct sockaddr *)&addr, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0)
            return;
        (void)MHD_add_connection(s->daemon, fd, (const struct sockaddr *)&addr, n); /* closes it when it refuses */
    }
}

static void *keeper_main(void *arg)
{
    struct http_server *s = arg;
    struct pollfd fds[HTTP_LISTEN_MAX];
    uint64_t next = 0;
    uint64_t woken;
    nfds_t count = 1;

    fds[0] = (struct pollfd){.fd = s->keeper_wake, .events = POLLIN};
    for (size_t i = 1; i < s->options.listen_count; i++)
        fds[count++] = (struct pollfd){.fd = s->options.listen[i], .events = POLLIN};
    while (!atomic_load(&s->keeper_ends)) {
        (void)poll(fds, count, ROUND_MS);
        if (fds[0].revents && read(s->keeper_wake, &woken, sizeof woken) == (ssize_t)sizeof woken)
            next = 0;
        if (atomic_load(&s->stopping))
            count = 1; /* the sockets are being closed */
        for (nfds_t i = 1; i < count; i++)
            if (fds[i].revents)
                accept_some(s, fds[i].fd);
        if (monotonic_us() >= next) {
            look_at_all(s);
            next = monotonic_us() + (uint64_t)ROUND_MS * 1000;
        }
    }
    return NULL;
}

enum rc keeper_open(struct http_server *s)
{
    s->keeper_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->keeper_wake < 0)
        return RC_IO;
    s->keeper_runs = pthread_create(&s->keeper, NULL, keeper_main, s) == 0;
    return s->keeper_runs ? RC_OK : RC_IO;
}

void keeper_wake_now(struct http_server *s)
{
    uint64_t one = 1;

    if (s->keeper_runs && write(s->keeper_wake, &one, sizeof one) < 0)
        return; /* it is awake already */
}

void keeper_close(struct http_server *s)
{
    if (s->keeper_runs) {
        atomic_store(&s->keeper_ends, true);
        keeper_wake_now(s);
        (void)pthread_join(s->keeper, NULL);
        s->keeper_runs = false;
    }
    if (s->keeper_wake >= 0)
        (void)close(s->keeper_wake);
    s->keeper_wake = -1;
}
