/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The mailer: takes its orders, closes itself in, and carries letters until it is told to stop. No store, no socket that
 * listens, no file but the journal that it was handed open.
 *
 * One loop over the parent's channel, the socket to core, the threads' results and the smart host. It never waits for one
 * of them, and a frame is worked on at once or waits in core's socket.
 */
#define _GNU_SOURCE
#include "main/mailer_impl.h"

#include "http/log.h"
#include "mail/smtp.h"
#include "main/channel.h"
#include "main/command.h"
#include "main/mailer_key.h"
#include "main/roles.h"
#include "main/server_key.h"
#include "sandbox/sandbox.h"
#include "seal/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum {
    MAILER_MEMORY = 16 * 1024 * 1024,
    FRAME_MEMORY = 4 * MAILER_FRAME_MOST,
    PASSWORD_MOST = 1024,
    CONNECTIONS_USUAL = 8,
    STOP_MS = (ORDERS_STOP_SECONDS - 1) * 1000,
    JOURNAL_FD = ORDERS_CHANNEL + 1,
    LATE_MS = 10, /* what is due and waits for something else is looked at so often */
};

/* ---- clocks ---- */

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    CHECK(clock_gettime(clock, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t mailer_now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t mailer_boot_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

struct instant mailer_clock(const struct mailer *m)
{
    return (struct instant){clock_now().us + m->orders.ahead_us};
}

/* ---- starting ---- */

static bool take_orders(struct mailer *m)
{
    struct span said;

    if (channel_orders(arena_alloc(m->arena, ORDERS_MESSAGE_MAX), &said) && mailer_orders_read(said, &m->orders)) {
        m->data = arena_cstr(m->arena, m->orders.data);
        return true;
    }
    say_fault(ROLE_MAILER " is started by “breakroom serve” alone");
    return false;
}

/* Into memory of secrets, without the line's end. */
static bool read_password(struct mailer *m, char *room, struct span *password_out)
{
    const char *path = arena_cstr(m->arena, m->orders.password_file);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    ssize_t n;

    if (fd < 0)
        return channel_fault(EXIT_TROUBLE, "smtp_password_file: %s: %s", path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
        (void)close(fd);
        return channel_fault(EXIT_TROUBLE,
                             "smtp_password_file: %s has to be a file that others may not read: chmod 600", path);
    }
    n = read(fd, room, PASSWORD_MOST);
    (void)close(fd);
    *password_out = (struct span){room, n > 0 ? (size_t)n : 0};
    while (password_out->n && (room[password_out->n - 1] == '\n' || room[password_out->n - 1] == '\r'))
        password_out->n--;
    if (password_out->n == 0 || password_out->n == PASSWORD_MOST)
        return channel_fault(EXIT_TROUBLE, "smtp_password_file: %s holds no password", path);
    return true;
}

/* What the machine calls itself, where that can be said in EHLO. */
static struct span own_name(struct mailer *m)
{
    struct utsname names;
    struct span name;

    if (m->orders.hello.n)
        return m->orders.hello;
    if (uname(&names) != 0)
        return S("localhost");
    name = arena_dup(m->arena, span_of(names.nodename));
    for (size_t i = 0; i < name.n; i++)
        if (!((name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= 'A' && name.p[i] <= 'Z') ||
              (name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '-' || name.p[i] == '.'))
            return S("localhost");
    return name.n ? name : S("localhost");
}

static void on_state(void *ctx, enum smtp_state state, int code)
{
    struct mailer *m = ctx;
    struct mailer_frame frame = {.kind = MAILER_HOST, .host = {.state = state, .code = code}};

    m->host = frame.host;
    if (state == SMTP_AWAY)
        LOG_HOUSE("mailer.host_away", KV_INT("code", code));
    else if (state == SMTP_REFUSED)
        LOG_HOUSE_FAULT("mailer.host_refuses", KV_INT("code", code));
    CHECK(peer_send(m, &frame) == RC_OK);
}

static bool open_smtp(struct mailer *m)
{
    struct smtp_options options = {
        .host = m->orders.host,
        .port = (uint16_t)m->orders.port,
        .tls = (enum smtp_tls)m->orders.tls,
        .user = m->orders.user,
        .ca_file = m->orders.ca_file,
        .hello = own_name(m),
        .connections = (unsigned)m->orders.connections,
        .ctx = m,
        .before_dot = out_before_dot,
        .done = out_done,
        .state = on_state,
    };
    char *room;
    struct span fault = {0};
    bool is_fine;

    if (options.host.n == 0)
        return true;
    room = secret_alloc(PASSWORD_MOST);
    is_fine = options.user.n == 0 || read_password(m, room, &options.password);
    if (is_fine && smtp_open(m->arena, &options, &m->smtp, &fault) != RC_OK)
        is_fine = channel_fault(EXIT_TROUBLE, "the smart host: %.*s", SPAN_ARGS(fault));
    secret_free(room);
    return is_fine;
}

/* handover = server: of the server's key, only what runs are kept under. */
static bool open_keeper(struct mailer *m)
{
    struct server_key *key = NULL;
    struct span why = {0};

    if (m->orders.server_key.n == 0)
        return true;
    if (server_key_take(m->arena, m->data, m->orders.server_key, &key, NULL, &why) != RC_OK)
        return channel_fault(EXIT_TROUBLE, "%.*s", SPAN_ARGS(why));
    run_keeper_make(key, &m->keeper);
    server_key_close(&key);
    return true;
}

void mailer_sandbox(struct arena *a, const struct mailer_orders *orders, struct sandbox_plan *plan_out)
{
    size_t n = 0;

    *plan_out = (struct sandbox_plan){
        .role = SANDBOX_MAILER,
        .needs_landlock = orders->needs_landlock,
        .skips_landlock = orders->skips_landlock,
    };
    plan_out->read[n++] = arena_cstr(a, arena_printf(a, "%.*s/" ORDERS_DKIM, SPAN_ARGS(orders->data)));
    plan_out->read[n++] = "/etc"; /* the names of hosts */
    plan_out->read[n++] = "/run/systemd/resolve";
    plan_out->read[n++] = "/usr/lib/ssl";
    plan_out->read[n++] = "/usr/share/ca-certificates";
}

static bool close_in(struct mailer *m)
{
    struct sandbox_plan plan;
    struct sandbox entered;
    struct span why;

    mailer_sandbox(m->arena, &m->orders, &plan);
    return sandbox_enter(m->arena, &plan, &entered, &why) == RC_OK ||
           channel_fault(EXIT_TROUBLE, "%.*s", SPAN_ARGS(why));
}

static int threads_wanted(void)
{
    cpu_set_t mine;
    int count = sched_getaffinity(0, sizeof mine, &mine) == 0 ? CPU_COUNT(&mine) : 1;

    return count < 1 ? 1 : count > MAILER_THREADS_MOST ? MAILER_THREADS_MOST : count;
}

/* Where it cannot be said, on a full disk say, letters under way go on, and nobody can unlock another list. */
static void make_key(struct mailer *m)
{
    struct mailer_public public;
    struct span fault;

    mailer_key_make(&m->secret, &public);
    if (mailer_key_say(m->arena, m->data, &public, &fault) != RC_OK)
        LOG_HOUSE_FAULT("mailer.key_unsaid", KV_INT("pid", getpid()));
}

/* Files first, then the sandbox, then threads: it holds for those that are started in it. */
static bool open_all(struct mailer *m)
{
    unsigned connections = m->orders.connections ? (unsigned)m->orders.connections : CONNECTIONS_USUAL;

    if (journal_open(JOURNAL_FD, &m->journal) != RC_OK)
        return channel_fault(EXIT_TROUBLE, "the mailer’s journal cannot be read");
    if (!open_smtp(m) || !open_keeper(m))
        return false;
    make_key(m);
    if (!close_in(m))
        return false;
    m->frame_arena = arena_open(FRAME_MEMORY);
    if (pool_open(threads_wanted(), &m->pool) != RC_OK)
        return channel_fault(EXIT_TROUBLE, "the system gives no more threads or memory");
    m->letters_most = 2 * (size_t)connections + 2 * (size_t)pool_threads(m->pool);
    return true;
}

/* ---- living ---- */

void mailer_let_go(struct mailer *m)
{
    freeze_drop(m, NULL);
    out_give_back(m, NULL);
    runs_forget_letters(m);
}

static bool is_anything_under_way(const struct mailer *m)
{
    return m->making_count || (m->smtp && smtp_under_way(m->smtp));
}

static void hear_parent(struct mailer *m)
{
    struct channel_peer peer;

    switch (channel_hear(&peer)) {
    case CHANNEL_BEAT:
        channel_alive();
        return;
    case CHANNEL_PEER:
        peer_take(m, peer.fd);
        return;
    case CHANNEL_STOP:
        if (!m->is_stopping) {
            m->is_stopping = true;
            m->stop_ms = mailer_now_ms() + STOP_MS;
            mailer_let_go(m);
        }
        return;
    case CHANNEL_NOTHING:
        return;
    }
}

static void sooner(int64_t *at, int64_t other)
{
    if (other && (*at == 0 || other < *at))
        *at = other;
}

static int wait_ms(const struct mailer *m)
{
    int64_t at = 0;
    int64_t left;
    int smtp = m->smtp ? smtp_wait_ms(m->smtp) : -1;

    sooner(&at, results_due_ms(m));
    sooner(&at, out_due_ms(m));
    sooner(&at, notices_due_ms(m));
    sooner(&at, freeze_due_ms(m));
    sooner(&at, m->journal_again_ms);
    sooner(&at, m->stop_ms);
    if (at == 0)
        return smtp;
    left = at - mailer_now_ms();
    left = left <= 0 ? LATE_MS : left > INT32_MAX ? INT32_MAX : left;
    return smtp >= 0 && smtp < left ? smtp : (int)left;
}

static bool is_over(const struct mailer *m)
{
    return m->is_stopping && (mailer_now_ms() >= m->stop_ms ||
                              (!is_anything_under_way(m) && !peer_wants_out(m) && m->results.count == 0));
}

static void turn(struct mailer *m)
{
    struct pollfd fds[] = {
        {.fd = m->is_stopping ? -1 : ORDERS_CHANNEL, .events = POLLIN},
        {.fd = m->peer.fd, .events = (short)((peer_wants_in(m) ? POLLIN : 0) | (peer_wants_out(m) ? POLLOUT : 0))},
        {.fd = pool_fd(m->pool), .events = POLLIN},
        {.fd = m->smtp ? smtp_fd(m->smtp) : -1, .events = POLLIN},
    };

    if (poll(fds, COUNT(fds), wait_ms(m)) < 0 && errno != EINTR)
        check_failed("poll", __FILE__, __LINE__);
    peer_turn(m, fds[1].revents & POLLIN, fds[1].revents & (POLLHUP | POLLERR));
    if (fds[0].revents)
        hear_parent(m);
    pool_turn(m->pool, m);
    freeze_turn(m);
    if (m->smtp)
        smtp_turn(m->smtp);
    out_expire(m);
    out_turn(m);
    if (m->results.count && (mailer_now_ms() >= results_due_ms(m) || m->is_stopping))
        results_flush(m);
    if (m->peer.fd >= 0 && !m->peer.is_up && !is_anything_under_way(m))
        peer_greet(m);
}

/* ---- stopping ---- */

static void close_all(struct mailer *m)
{
    m->is_stopping = true;
    if (m->pool) {
        mailer_let_go(m);
        pool_finish(m->pool, m);
    }
    smtp_close(&m->smtp); /* what has no reply by now is in doubt */
    if (m->pool) {
        mailer_let_go(m);
        peer_turn(m, false, false);
    }
    out_close(m);
    notices_close(m);
    signings_close(m);
    runs_close(m);
    peer_close(m);
    pool_close(&m->pool);
    mailer_key_close(&m->secret);
    run_keeper_close(&m->keeper);
    journal_close(&m->journal);
    arena_close(&m->frame_arena);
    arena_close(&m->arena);
}

static void begin(struct mailer *m)
{
    *m = (struct mailer){.arena = arena_open(MAILER_MEMORY), .peer.fd = -1, .host.state = SMTP_IDLE};
    m->sends_end = &m->sends;
    m->ready_end = &m->ready;
    m->notices_end = &m->notices;
    (void)prctl(PR_SET_NAME, "breakroom-mail");
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN); /* the terminal tells the whole group; the parent decides */
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)umask(0077);
}

int mailer_run(void)
{
    struct mailer m;
    bool is_open;

    begin(&m);
    is_open = take_orders(&m) && open_all(&m);
    if (is_open) {
        channel_ready();
        LOG_HOUSE("mailer.ready", KV_INT("pid", getpid()), KV_INT("restarts", m.orders.restarts),
                  KV_INT("can_send", m.smtp != NULL));
        while (!is_over(&m))
            turn(&m);
    }
    close_all(&m);
    if (is_open)
        LOG_HOUSE("mailer.stopped", KV_INT("pid", getpid()));
    return is_open ? EXIT_FINE : EXIT_TROUBLE;
}
