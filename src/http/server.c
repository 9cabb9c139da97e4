/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Opening and closing the server, and its connections' coming and going.
 *
 * Closing has an order: no new connections; every call that was begun is answered (a parked one must be, or the
 * library aborts); the library's threads end; then ours, then memory.
 */
#include "http/call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,
    CONNECTION_MEMORY = 16 * 1024, /* a head over about 14 kB is a 431. All of it is wiped after each request */
    FILES_FOR_OTHERS = 256,
    DEFAULT_CONNECTIONS = 16000, /* 10,000 that idle are not yet “running out” (keeper.c) */
    DEFAULT_A_PEER = 1000,
    DEFAULT_WORKERS = 8,
    DEFAULT_HEAD_SECONDS = 10,
    DEFAULT_IDLE_SECONDS = 60,
    SERVER_ARENA = 4 * 1024 * 1024,
    THREADS_MAX = 64,
    STOP_STEP_MS = 10,
};

/* ---- listening ---- */

static bool parse_address(struct span text, uint16_t port, struct sockaddr_storage *addr_out, socklen_t *len_out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)addr_out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)addr_out;
    char cstr[64];

    if (text.n == 0 || text.n >= sizeof cstr)
        return false;
    memcpy(cstr, text.p, text.n);
    cstr[text.n] = 0;
    memset(addr_out, 0, sizeof *addr_out);
    if (inet_pton(AF_INET, cstr, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        *len_out = sizeof *v4;
        return true;
    }
    if (inet_pton(AF_INET6, cstr, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        *len_out = sizeof *v6;
        return true;
    }
    return false;
}

static enum rc rc_of_errno(int error)
{
    switch (error) {
    case EADDRINUSE:
        return RC_CONFLICT;
    case EACCES:
    case EPERM:
        return RC_DENIED;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return RC_INVALID;
    default:
        return RC_IO;
    }
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage addr = {0};
    socklen_t len = sizeof addr;

    (void)getsockname(fd, (struct sockaddr *)&addr, &len);
    if (addr.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)(void *)&addr)->sin_port);
    return ntohs(((struct sockaddr_in6 *)(void *)&addr)->sin6_port);
}

enum rc http_listen(struct span address, uint16_t port, int *fd_out, uint16_t *port_out)
{
    struct sockaddr_storage addr;
    socklen_t len = 0;
    int one = 1;
    int fd;

    *fd_out = -1;
    if (!parse_address(address, port, &addr, &len))
        return RC_INVALID;
    fd = socket(addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return rc_of_errno(errno);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (addr.ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&addr, len) != 0 || listen(fd, BACKLOG) != 0) {
        enum rc rc = rc_of_errno(errno);

        (void)close(fd);
        return rc;
    }
    *fd_out = fd;
    *port_out = port_of(fd);
    return RC_OK;
}

/* ---- connections ---- */

static enum MHD_Result on_accept(void *server, const struct sockaddr *addr, socklen_t len)
{
    struct http_server *s = server;
    struct http_peer peer = peer_of_sockaddr(addr);

    (void)len;
    if ((s->has_proxy && peer_eq(peer, s->proxy)) || limits_may_connect(s->limits, peer))
        return MHD_YES;
    COUNT_UP(s, refused_connections);
    return MHD_NO;
}

static void on_connection(void *server, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    const union MHD_ConnectionInfo *info;
    struct http_peer peer;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        conn_close(server, *socket_context);
        *socket_context = NULL;
        return;
    }
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    peer = peer_of_sockaddr(info ? info->client_addr : NULL);
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *socket_context = conn_open(server, info->connect_fd, peer);
}

/* Its formats are literals; what would go into them is not written. */
static void on_message(void *server, const char *format, va_list args)
{
    struct http_server *s = server;

    (void)format;
    (void)args;
    COUNT_UP(s, library_messages);
}

static void on_panic(void *context, const char *file, unsigned line, const char *reason)
{
    (void)context;
    check_failed(reason ? reason : "http library", file, (int)line);
}

/* ---- open ---- */

static void fill_in(struct http_options *o)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct rlimit files = {0};

    if (o->threads == 0)
        o->threads = cpus > 0 ? (unsigned)cpus : 1;
    if (o->threads > THREADS_MAX)
        o->threads = THREADS_MAX;
    if (o->workers == 0)
        o->workers = DEFAULT_WORKERS;
    if (o->connections_max == 0)
        o->connections_max = DEFAULT_CONNECTIONS;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY) {
        rlim_t room = files.rlim_cur > 2 * FILES_FOR_OTHERS ? files.rlim_cur - FILES_FOR_OTHERS : files.rlim_cur / 2;

        if (o->connections_max > room)
            o->connections_max = (unsigned)room;
    }
    if (o->connections_a_peer == 0)
        o->connections_a_peer = DEFAULT_A_PEER;
    if (o->head_seconds == 0)
        o->head_seconds = DEFAULT_HEAD_SECONDS;
    if (o->idle_seconds == 0)
        o->idle_seconds = DEFAULT_IDLE_SECONDS;
    if (o->arena_max == 0)
        o->arena_max = (size_t)64 * 1024 * 1024;
    if (o->clock == NULL)
        o->clock = call_clock;
    if (o->scheme == NULL)
        o->scheme = "http";
}

static enum rc start_daemon(struct http_server *s)
{
    const struct http_options *o = &s->options;
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_LISTEN_SOCKET, o->listen[0], NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)o->connections_max, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)o->idle_seconds, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)call_on_completed, s},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, s},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)call_on_target, s},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)call_unescape, s},
        {MHD_OPTION_THREAD_POOL_SIZE, o->threads > 1 ? (intptr_t)o->threads : 0, NULL},
        {MHD_OPTION_END, 0, NULL},
    };

    s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
                                     MHD_USE_ERROR_LOG | MHD_USE_TURBO,
                                 0, on_accept, s, call_on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_message, s,
                                 MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    return s->daemon ? RC_OK : RC_IO;
}

static void free_all(struct http_server **server)
{
    struct http_server *s = *server;

    *server = NULL;
    workers_close(&s->workers);
    limits_close(&s->limits);
    calls_free(s);
    arena_close(&s->arena);
    free(s->conns);
    for (size_t i = 0; i < s->options.listen_count; i++)
        if (s->options.listen[i] >= 0)
            (void)close(s->options.listen[i]);
    (void)pthread_mutex_destroy(&s->conns_lock);
    (void)pthread_mutex_destroy(&s->calls_lock);
    (void)pthread_mutex_destroy(&s->parked_lock);
    (void)pthread_cond_destroy(&s->parked_none);
    free(s);
}

enum rc http_server_open(const struct http_options *options, struct http_server **server_out)
{
    struct http_server *s = calloc(1, sizeof *s);
    uint64_t first_id = 0;
    enum rc rc;

    CHECK(s != NULL && options->host != NULL);
    CHECK(options->listen_count > 0 && options->listen_count <= HTTP_LISTEN_MAX);
    *server_out = s;
    s->options = *options;
    s->keeper_wake = -1;
    fill_in(&s->options);
    (void)pthread_mutex_init(&s->conns_lock, NULL);
    (void)pthread_mutex_init(&s->calls_lock, NULL);
    (void)pthread_mutex_init(&s->parked_lock, NULL);
    (void)pthread_cond_init(&s->parked_none, NULL);
    if (options->proxy.n) {
        s->has_proxy = peer_parse(options->proxy, &s->proxy);
        CHECK(s->has_proxy); /* the configuration was read by someone who says so kindly */
    }
    if (getrandom(&first_id, sizeof first_id, 0) == (ssize_t)sizeof first_id)
        atomic_init(&s->next_id, first_id);
    s->arena = arena_open(SERVER_ARENA);
    s->routes = routes_build(s->arena, options->tables, options->table_count);
    MHD_set_panic_func(on_panic, NULL);
    rc = limits_open(s->options.rates, s->options.connections_max, s->options.connections_a_peer, &s->limits);
    if (rc == RC_OK)
        rc = workers_open(s->options.workers, &s->workers);
    if (rc == RC_OK)
        rc = start_daemon(s);
    if (rc == RC_OK)
        rc = keeper_open(s);
    if (rc != RC_OK)
        http_server_close(server_out, 0);
    return rc;
}

/* ---- close ---- */

static void wait_for_parked(struct http_server *s)
{
    (void)pthread_mutex_lock(&s->parked_lock);
    while (s->parked)
        (void)pthread_cond_wait(&s->parked_none, &s->parked_lock);
    (void)pthread_mutex_unlock(&s->parked_lock);
}

static void wait_for_active(struct http_server *s, unsigned grace_ms)
{
    const struct timespec step = {.tv_nsec = STOP_STEP_MS * 1000000L};
    uint64_t end = monotonic_us() + (uint64_t)grace_ms * 1000;

    while (atomic_load(&s->active) && monotonic_us() < end) {
        (void)nanosleep(&step, NULL);
        keeper_wake_now(s); /* closes connections as they become idle */
    }
    wait_for_parked(s);
}

void http_server_close(struct http_server **server, unsigned grace_ms)
{
    struct http_server *s = *server;

    if (s == NULL)
        return;
    if (s->daemon) {
        (void)MHD_quiesce_daemon(s->daemon);
        atomic_store(&s->stopping, true);
        keeper_wake_now(s);
        wait_for_active(s, grace_ms);
    }
    keeper_close(s);
    if (s->daemon) {
        (void)pthread_mutex_lock(&s->parked_lock);
        s->parking_is_over = true; /* who comes now is answered 503 at once */
        (void)pthread_mutex_unlock(&s->parked_lock);
        wait_for_parked(s);
        MHD_stop_daemon(s->daemon);
    }
    free_all(server);
}

/* ---- counters ---- */

static void put_gauge(struct buf *out, const char *name, const char *help, uint64_t value)
{
    buf_printf(out, "# HELP breakroom_http_%s %s\n# TYPE breakroom_http_%s gauge\nbreakroom_http_%s %llu\n", name, help,
               name, name, (unsigned long long)value);
}

static void put_counter(struct buf *out, const char *name, const char *help, uint64_t value)
{
    buf_printf(out,
               "# HELP breakroom_http_%s_total %s\n# TYPE breakroom_http_%s_total counter\n"
               "breakroom_http_%s_total %llu\n",
               name, help, name, name, (unsigned long long)value);
}

void http_server_counters(struct http_server *s, struct buf *out)
{
    uint64_t open;
    uint64_t parked;

    (void)pthread_mutex_lock(&s->conns_lock);
    open = s->conns_count;
    (void)pthread_mutex_unlock(&s->conns_lock);
    (void)pthread_mutex_lock(&s->parked_lock);
    parked = s->parked;
    (void)pthread_mutex_unlock(&s->parked_lock);
    put_gauge(out, "connections_open", "Connections open now", open);
    put_gauge(out, "requests_active", "Requests begun and not completed", atomic_load(&s->active));
    put_gauge(out, "requests_waiting", "Requests in a handler, or waiting for a worker or for others", parked);
#define PUT(name, help) put_counter(out, #name, help, atomic_load_explicit(&s->counters.name, memory_order_relaxed));
    HTTP_COUNTERS(PUT)
#undef PUT
    call_durations_put(s, out);
}
