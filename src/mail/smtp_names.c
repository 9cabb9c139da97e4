/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Where the host is: its name looked up by c-ares, whose sockets are in our epoll. No thread, no waiting.
 *
 * The machine's resolver configuration is read once, in smtp_open(): it may be a link to where a sandbox does not see. The
 * hosts file is read at each look-up. A look-up that comes to nothing leaves what was known before.
 */
#include "mail/smtp_impl.h"

#include <ares.h>
#include <string.h>
#include <sys/epoll.h>

enum { TIMEOUT_MS = 3000, TRIES = 3 };

struct smtp_names {
    ares_channel channel;
};

static void on_socket(void *data, ares_socket_t fd, int reads, int writes)
{
    const struct smtp *s = data;
    struct epoll_event event = {
        .events = (reads ? (uint32_t)EPOLLIN : 0U) | (writes ? (uint32_t)EPOLLOUT : 0U),
        .data.u64 = (uint64_t)s->options.connections + (uint64_t)fd,
    };

    if (!reads && !writes)
        (void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, fd, NULL);
    else if (epoll_ctl(s->epoll, EPOLL_CTL_MOD, fd, &event) != 0)
        (void)epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event); /* if that fails, its time-out ends it */
}

enum rc smtp_names_open(struct smtp *s, struct arena *a)
{
    struct ares_options options = {
        .timeout = TIMEOUT_MS, .tries = TRIES, .sock_state_cb = on_socket, .sock_state_cb_data = s};
    struct span servers = s->options.name_servers;

    s->names = ARENA_NEW(a, struct smtp_names);
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
        ares_init_options(&s->names->channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB) !=
            ARES_SUCCESS) {
        s->names = NULL;
        return RC_IO;
    }
    if (servers.n && ares_set_servers_ports_csv(s->names->channel, arena_cstr(a, servers)) != ARES_SUCCESS)
        return RC_INVALID;
    return RC_OK;
}

void smtp_names_close(struct smtp *s)
{
    if (s->names == NULL)
        return;
    ares_destroy(s->names->channel); /* calls back what is under way */
    ares_library_cleanup();
    s->names = NULL;
}

static void take(struct smtp *s, const struct ares_addrinfo *found)
{
    size_t count = 0;

    for (const struct ares_addrinfo_node *n = found->nodes; n && count < SMTP_ADDRESSES; n = n->ai_next) {
        struct smtp_address *address = &s->addresses[count];

        if (n->ai_addrlen > sizeof address->where)
            continue;
        memcpy(&address->where, n->ai_addr, n->ai_addrlen);
        address->length = n->ai_addrlen;
        count++;
    }
    if (count == 0)
        return;
    s->address_count = count;
    s->address_at = 0;
}

static void on_found(void *arg, int status, int timeouts, struct ares_addrinfo *found)
{
    struct smtp *s = arg;

    (void)timeouts;
    if (status == ARES_EDESTRUCTION)
        return;
    if (status == ARES_SUCCESS)
        take(s, found);
    if (found)
        ares_freeaddrinfo(found);
    smtp_names_are_known(s);
}

void smtp_names_ask(struct smtp *s)
{
    const struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    char port[8] = {0};
    size_t at = sizeof port - 1;

    for (unsigned rest = s->options.port; rest; rest /= 10)
        port[--at] = (char)('0' + rest % 10);
    ares_getaddrinfo(s->names->channel, s->options.host.p, port + at, &hints, on_found, s);
}

void smtp_names_event(struct smtp *s, int fd, uint32_t events)
{
    if (s->names)
        ares_process_fd(s->names->channel, events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? fd : ARES_SOCKET_BAD,
                        events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
}

void smtp_names_turn(struct smtp *s)
{
    if (s->is_asking)
        ares_process_fd(s->names->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* its time-outs */
}

int64_t smtp_names_wait_ms(const struct smtp *s)
{
    struct timeval room;
    const struct timeval *wait = ares_timeout(s->names->channel, NULL, &room);

    return wait ? (int64_t)wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1 : -1;
}
