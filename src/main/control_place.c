/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Where the control socket lies, and the command that speaks to it.
 *
 * The parent makes the socket and core, which alone can have the folder's lock, gives it its name: so nobody ever takes
 * the name from a server that lives. The folder is reached through its descriptor: a socket's path has 107 bytes at
 * most, a data folder's may have more.
 */
#define _GNU_SOURCE
#include "main/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16, SAID_MOST = 136 * 1024 * 1024, NAME_ROOM = 32 };

static void temporary_name(char room[NAME_ROOM], pid_t pid)
{
    (void)snprintf(room, NAME_ROOM, "control.%d", (int)pid);
}

static struct sockaddr_un address_of(int folder, const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    (void)snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/%s", folder, name);
    return at;
}

static int open_folder(const char *data)
{
    return open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum rc control_listen(const char *data, struct control_socket *socket_out)
{
    int folder = open_folder(data);
    int fd = folder < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un at;
    struct stat st = {0};
    char name[NAME_ROOM];
    mode_t mask;
    bool is_fine;

    *socket_out = (struct control_socket){.fd = -1};
    temporary_name(name, getpid());
    if (folder >= 0)
        (void)unlinkat(folder, name, 0); /* of a process long gone with our number */
    at = address_of(folder, name);
    mask = umask(0177);
    is_fine = fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) == 0 && listen(fd, BACKLOG) == 0 &&
              fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    (void)umask(mask);
    if (folder >= 0)
        (void)close(folder);
    if (is_fine)
        *socket_out = (struct control_socket){.fd = fd, .device = st.st_dev, .inode = st.st_ino};
    else if (fd >= 0)
        (void)close(fd);
    return is_fine ? RC_OK : RC_IO;
}

enum rc control_name(const char *data)
{
    int folder = open_folder(data);
    char name[NAME_ROOM];
    bool is_fine;

    temporary_name(name, getppid());
    is_fine = folder >= 0 && (renameat(folder, name, folder, "control") == 0 || errno == ENOENT); /* named before */
    if (folder >= 0)
        (void)close(folder);
    return is_fine ? RC_OK : RC_IO;
}

void control_forget(const char *data, const struct control_socket *socket)
{
    int folder = open_folder(data);
    char own[NAME_ROOM];
    const char *const names[] = {own, "control"};
    struct stat st;

    temporary_name(own, getpid());
    for (size_t i = 0; folder >= 0 && i < COUNT(names); i++)
        if (fstatat(folder, names[i], &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == socket->device &&
            st.st_ino == socket->inode)
            (void)unlinkat(folder, names[i], 0);
    if (folder >= 0)
        (void)close(folder);
}

/* ---- the command's side ---- */

/* Is it the folder's owner who answers there, or us? A command hands content to nobody else. */
static bool is_answered_by_owner(int folder, int fd)
{
    struct stat about;
    struct ucred who;
    socklen_t len = sizeof who;

    return fstat(folder, &about) == 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
           (who.uid == geteuid() || who.uid == about.st_uid);
}

static enum rc call_server(const char *data, int *fd_out)
{
    int folder = open_folder(data);
    int fd = folder < 0 ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un at = address_of(folder, "control");
    enum rc rc = RC_NOT_FOUND;

    if (fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0)
        rc = is_answered_by_owner(folder, fd) ? RC_OK : RC_DENIED;
    if (rc != RC_OK && fd >= 0)
        (void)close(fd);
    if (folder >= 0)
        (void)close(folder);
    *fd_out = fd;
    return rc;
}

static bool send_all(int fd, struct span s)
{
    while (s.n) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        s = span_from(s, (size_t)n);
    }
    return true;
}

static bool read_all(int fd, char *room, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = recv(fd, room + at, n - at, 0);

        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

/* "ok 12\n": what comes, and how many bytes of it. */
static bool read_head(int fd, char word[NAME_ROOM], struct span *word_out, size_t *n_out)
{
    struct span count;
    uint64_t n;
    size_t at = 0;

    while (at < NAME_ROOM && read_all(fd, word + at, 1) && word[at] != '\n')
        at++;
    if (at == NAME_ROOM || !span_cut((struct span){word, at}, ' ', word_out, &count) ||
        !span_to_u64(count, SAID_MOST, &n))
        return false;
    *n_out = (size_t)n;
    return true;
}

static enum rc hear_answer(struct arena *a, int fd, void (*note)(void *ctx, struct span text), void *ctx,
                           struct span *said_out)
{
    char room[NAME_ROOM];
    struct span word;
    size_t n;

    while (read_head(fd, room, &word, &n)) {
        bool is_note = span_eq(word, S("note"));
        struct arena *own = is_note ? arena_open(SAID_MOST + 4096) : a;
        struct span text = {arena_alloc(own, n + 1), n};
        bool is_whole = read_all(fd, (char *)(uintptr_t)text.p, n);

        if (is_note) {
            if (is_whole && note)
                note(ctx, text);
            arena_close(&own);
        } else if (is_whole) {
            *said_out = text;
            return span_eq(word, S("ok")) ? RC_OK : span_eq(word, S("fault")) ? RC_CONFLICT : RC_IO;
        }
        if (!is_whole)
            break;
    }
    return RC_IO;
}

enum rc control_ask(struct arena *a, const char *data, struct span line, const struct span *parts, size_t count,
                    void (*note)(void *ctx, struct span text), void *ctx, struct span *said_out)
{
    int fd;
    enum rc rc = call_server(data, &fd);
    size_t n = 0;
    bool is_sent;

    *said_out = (struct span){0};
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < count; i++)
        n += parts[i].n;
    if (n)
        line = arena_printf(a, "%.*s +%zu", SPAN_ARGS(line), n);
    is_sent = send_all(fd, line) && send_all(fd, S("\n"));
    for (size_t i = 0; i < count && is_sent; i++)
        is_sent = send_all(fd, parts[i]);
    rc = hear_answer(a, fd, note, ctx, said_out); /* also when it did not take all: it may say why */
    (void)close(fd);
    return rc;
}
