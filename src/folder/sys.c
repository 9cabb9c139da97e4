/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Files below one descriptor. Nothing here can leave the folder: the kernel resolves every name beneath it (openat2), or,
 * where the kernel does not know that call, symbolic links are refused altogether.
 */
#define _GNU_SOURCE
#include "folder/folder_impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ZONE_MAX = 1024 * 1024 };

int sys_open_folder(struct arena *a, const char *dir, struct span *fault_out)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int saved = errno;

    if (fd == -1)
        *fault_out = arena_printf(a, "cannot read the folder %s: %s", dir, strerror(saved));
    errno = saved;
    return fd;
}

void sys_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static int open_beneath(int folder, const char *path)
{
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    int fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);

    if (fd == -1 && (errno == ENOSYS || errno == EPERM))
        fd = openat(folder, path, (int)how.flags | O_NOFOLLOW);
    return fd;
}

static enum folder_fault open_fault(void)
{
    return errno == EXDEV || errno == ELOOP ? FOLDER_OUTSIDE : errno == ENXIO ? FOLDER_NOT_PLAIN : FOLDER_UNREADABLE;
}

/* Reads to the end of `fd`, at most `limit` bytes. */
static enum folder_fault read_all(struct arena *a, int fd, size_t limit, struct span *bytes_out)
{
    struct stat st;
    char *bytes;
    size_t room;
    size_t n = 0;

    if (fstat(fd, &st) == -1)
        return FOLDER_UNREADABLE;
    if (!S_ISREG(st.st_mode))
        return FOLDER_NOT_PLAIN;
    if ((uint64_t)st.st_size > limit)
        return FOLDER_TOO_LARGE;
    room = (size_t)st.st_size + 1; /* one more shows whether it has grown since */
    bytes = arena_alloc(a, room);
    for (;;) {
        ssize_t got = read(fd, bytes + n, room - n);

        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            return FOLDER_UNREADABLE;
        n += (size_t)got;
        if (got == 0 || n == room)
            break;
    }
    if (n == room) { /* somebody is writing it */
        errno = EAGAIN;
        return FOLDER_UNREADABLE;
    }
    *bytes_out = (struct span){bytes, n};
    return FOLDER_FINE;
}

enum folder_fault sys_read_file(struct arena *a, int folder, struct span path, size_t limit, struct span *bytes_out)
{
    int fd = open_beneath(folder, arena_cstr(a, path));
    enum folder_fault fault;
    int saved;

    if (fd == -1)
        return open_fault();
    fault = read_all(a, fd, limit, bytes_out);
    saved = errno;
    sys_close(&fd);
    errno = saved;
    return fault;
}

static int compare_names(const void *left, const void *right)
{
    return span_cmp(((const struct folder_name *)left)->name, ((const struct folder_name *)right)->name);
}

static bool is_folder(int dir, const struct dirent *entry)
{
    struct stat st;

    if (entry->d_type == DT_DIR)
        return true;
    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
        return false;
    return fstatat(dir, entry->d_name, &st, entry->d_type == DT_LNK ? 0 : AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(st.st_mode);
}

enum folder_fault sys_list_folder(struct arena *a, int folder, struct span path, struct folder_names *names_out)
{
    int fd = open_beneath(folder, path.n ? arena_cstr(a, path) : ".");
    const struct dirent *entry;
    DIR *dir;

    *names_out = (struct folder_names){0};
    if (fd == -1)
        return open_fault();
    dir = fdopendir(fd);
    if (dir == NULL) {
        sys_close(&fd);
        return FOLDER_NOT_PLAIN;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (names_out->list.count == FOLDER_FILES_MAX) {
            names_out->is_too_many = true;
            break;
        }
        *LIST_ADD(a, &names_out->list) =
            (struct folder_name){arena_dup(a, span_of(entry->d_name)), is_folder(dirfd(dir), entry)};
    }
    (void)closedir(dir);
    if (names_out->list.count)
        qsort(names_out->list.items, names_out->list.count, sizeof *names_out->list.items, compare_names);
    return FOLDER_FINE;
}

enum rc sys_read_zone(struct arena *a, struct span zone_name, struct span *bytes_out)
{
    int zones = open("/usr/share/zoneinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum folder_fault fault = FOLDER_UNREADABLE;

    for (size_t i = 0; i < zone_name.n; i++) {
        char c = zone_name.p[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("_+-/", c)))
            zone_name.n = 0; /* no name of a zone */
    }
    if (zones != -1 && zone_name.n) {
        int fd = openat(zones, arena_cstr(a, zone_name), O_RDONLY | O_CLOEXEC | O_NONBLOCK);

        if (fd != -1)
            fault = read_all(a, fd, ZONE_MAX, bytes_out);
        sys_close(&fd);
    }
    sys_close(&zones);
    return fault == FOLDER_FINE ? RC_OK : RC_NOT_FOUND;
}
