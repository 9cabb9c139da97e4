/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See channel.h. A descriptor comes beside its message (SCM_RIGHTS); one that was not asked for is closed.
 */
#define _GNU_SOURCE
#include "main/channel.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORD_MOST = 128, FAULT_MOST = 2048 };

/* Room for one descriptor, aligned as the kernel wants it. */
union descriptor {
    char room[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
};

bool channel_give(int channel, const struct channel_peer *peer)
{
    char text[WORD_MOST];
    int n =
        snprintf(text, sizeof text, "peer %" PRId64 " %" PRId64 " %" PRIu64, peer->pid, peer->since.us, peer->restarts);
    struct iovec bytes = {.iov_base = text, .iov_len = (size_t)n};
    union descriptor beside = {{0}};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = beside.room, .msg_controllen = sizeof beside.room};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &peer->fd, sizeof(int));
    return sendmsg(channel, &message, MSG_NOSIGNAL) == n;
}

bool channel_orders(char room[ORDERS_MESSAGE_MAX], struct span *orders_out)
{
    struct pollfd channel = {.fd = ORDERS_CHANNEL, .events = POLLIN};
    ssize_t n = poll(&channel, 1, -1) == 1 ? recv(ORDERS_CHANNEL, room, ORDERS_MESSAGE_MAX, 0) : -1;

    *orders_out = (struct span){room, n > 0 ? (size_t)n : 0};
    return n > 0;
}

/* The numbers behind "peer ". */
static bool read_peer(struct span text, struct channel_peer *peer_out)
{
    uint64_t numbers[3];
    struct span piece;

    for (size_t i = 0; i < COUNT(numbers); i++)
        if (!span_next(&text, ' ', &piece) || !span_to_u64(piece, INT64_MAX, &numbers[i]))
            return false;
    *peer_out = (struct channel_peer){
        .pid = (int64_t)numbers[0], .since = {(int64_t)numbers[1]}, .restarts = numbers[2], .fd = peer_out->fd};
    return true;
}

static int descriptor_of(struct msghdr *message)
{
    struct cmsghdr *head = CMSG_FIRSTHDR(message);
    int fd = -1;

    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

enum channel_word channel_hear(struct channel_peer *peer_out)
{
    char text[WORD_MOST];
    struct iovec bytes = {.iov_base = text, .iov_len = sizeof text};
    union descriptor beside;
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = beside.room, .msg_controllen = sizeof beside.room};
    ssize_t n = recvmsg(ORDERS_CHANNEL, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    struct span word = {text, n > 0 ? (size_t)n : 0};

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? CHANNEL_NOTHING : CHANNEL_STOP;
    peer_out->fd = descriptor_of(&message);
    if (peer_out->fd >= 0) {
        if (span_starts(word, S("peer ")) && read_peer(span_from(word, S("peer ").n), peer_out))
            return CHANNEL_PEER;
        (void)close(peer_out->fd);
        return CHANNEL_NOTHING;
    }
    if (span_eq(word, S(ORDERS_BEAT)))
        return CHANNEL_BEAT;
    return n == 0 || span_eq(word, S("stop")) ? CHANNEL_STOP : CHANNEL_NOTHING;
}

void channel_ready(void)
{
    (void)send(ORDERS_CHANNEL, "ready", 5, MSG_NOSIGNAL);
}

void channel_alive(void)
{
    (void)send(ORDERS_CHANNEL, "alive", 5, MSG_NOSIGNAL);
}

bool channel_fault(int code, const char *format, ...)
{
    char text[FAULT_MOST];
    va_list args;
    struct span said;
    struct span rest;
    int at = snprintf(text, sizeof text, "fault %d ", code);
    int n;

    va_start(args, format);
    n = vsnprintf(text + at, sizeof text - (size_t)at, format, args);
    va_end(args);
    at += n < 0 ? 0 : n;
    said = (struct span){text, (size_t)at < sizeof text ? (size_t)at : sizeof text - 1};
    (void)span_cut(said, '\n', &said, &rest);
    if (span_ends(said, S(".")))
        said.n--;
    (void)send(ORDERS_CHANNEL, said.p, said.n, MSG_NOSIGNAL);
    return false;
}
