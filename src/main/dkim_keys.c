/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See dkim_keys.h. A file appears under its name when it is whole and on the disk; the link changes in one step.
 */
#define _GNU_SOURCE
#include "main/dkim_keys.h"

#include "mail/dkim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct span selectors[DKIM_SELECTORS] = {SPAN_INIT("br1"), SPAN_INIT("br2")};

static enum rc trouble(struct arena *a, const char *path, struct span *fault_out)
{
    *fault_out = arena_printf(a, "%s: %s", path, strerror(errno));
    return RC_IO;
}

/* A host name, so that no part of it leads elsewhere. */
static bool is_domain(struct span s)
{
    if (s.n < 3 || s.n > 253 || s.p[0] == '.' || s.p[0] == '-' || span_find_char(s, '.') == SPAN_NONE ||
        span_find(s, S("..")) != SPAN_NONE)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-' || s.p[i] == '.'))
            return false;
    return true;
}

static const char *path_of(struct arena *a, const char *data, struct span domain, struct span name)
{
    return arena_cstr(
        a, arena_printf(a, "%s/dkim/%.*s%s%.*s", data, SPAN_ARGS(domain), name.n ? "/" : "", SPAN_ARGS(name)));
}

enum rc dkim_file_read(struct arena *a, const char *path, struct span *bytes_out, struct span *fault_out)
{
    char *room = ARENA_ARRAY(a, char, DKIM_KEY_MOST + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    size_t n = 0;
    ssize_t got = 1;

    *bytes_out = (struct span){0};
    if (fd < 0)
        return trouble(a, path, fault_out);
    while (n <= DKIM_KEY_MOST && (got = read(fd, room + n, DKIM_KEY_MOST + 1 - n)) > 0)
        n += (size_t)got;
    if (got < 0) {
        enum rc rc = trouble(a, path, fault_out);

        (void)close(fd);
        return rc;
    }
    (void)close(fd);
    *bytes_out = (struct span){room, n};
    return RC_OK;
}

static bool write_all(int fd, struct span bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = span_from(bytes, (size_t)n);
    }
    return fsync(fd) == 0;
}

enum rc dkim_file_write_new(struct arena *a, const char *path, struct span bytes, struct span *fault_out)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_fine;

    if (fd < 0)
        return trouble(a, path, fault_out);
    is_fine = write_all(fd, bytes);
    is_fine = close(fd) == 0 && is_fine;
    if (is_fine)
        return RC_OK;
    (void)trouble(a, path, fault_out);
    (void)unlink(path);
    return RC_IO;
}

static enum rc sync_folder(struct arena *a, const char *path, struct span *fault_out)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_fine = fd >= 0 && fsync(fd) == 0;

    if (!is_fine)
        (void)trouble(a, path, fault_out);
    if (fd >= 0)
        (void)close(fd);
    return is_fine ? RC_OK : RC_IO;
}

static enum rc make_folders(struct arena *a, const char *data, struct span domain, struct span *fault_out)
{
    const char *paths[] = {arena_cstr(a, arena_printf(a, "%s/dkim", data)), path_of(a, data, domain, (struct span){0})};

    for (size_t i = 0; i < COUNT(paths); i++)
        if (mkdir(paths[i], 0700) != 0 && errno != EEXIST)
            return trouble(a, paths[i], fault_out);
    return sync_folder(a, paths[0], fault_out);
}

enum rc dkim_keys_read(struct arena *a, const char *data, struct span domain, struct dkim_keys *keys_out,
                       struct span *fault_out)
{
    const char *link = path_of(a, data, domain, S("current"));
    char target[16];
    ssize_t n;
    struct stat st;

    *keys_out = (struct dkim_keys){.current = -1};
    if (!is_domain(domain)) {
        *fault_out = arena_printf(a, "“%.*s” is no mail domain", SPAN_ARGS(domain));
        return RC_INVALID;
    }
    n = readlink(link, target, sizeof target);
    for (int i = 0; i < DKIM_SELECTORS; i++) {
        struct span file = arena_printf(a, "%.*s.pem", SPAN_ARGS(selectors[i]));
        const char *path = path_of(a, data, domain, file);

        keys_out->selector[i] = selectors[i];
        if (access(path, F_OK) != 0 && errno == ENOENT)
            continue;
        if (dkim_file_read(a, path, &keys_out->pem[i], fault_out) != RC_OK)
            return RC_IO;
        if (n > 0 && span_eq((struct span){target, (size_t)n}, file))
            keys_out->current = i;
    }
    if (keys_out->current >= 0 && lstat(link, &st) == 0)
        keys_out->since.us = (int64_t)st.st_mtim.tv_sec * 1000000;
    return RC_OK;
}

enum rc dkim_keys_write(struct arena *a, const char *data, struct span domain, struct span selector, struct span pem,
                        struct span *fault_out)
{
    struct span file = arena_printf(a, "%.*s.pem", SPAN_ARGS(selector));
    const char *made = path_of(a, data, domain, arena_printf(a, "%.*s.%d", SPAN_ARGS(file), (int)getpid()));
    const char *path = path_of(a, data, domain, file);
    enum rc rc = is_domain(domain) ? make_folders(a, data, domain, fault_out) : RC_INVALID;

    if (rc == RC_OK)
        rc = dkim_file_write_new(a, made, pem, fault_out);
    if (rc == RC_OK && rename(made, path) != 0) {
        rc = trouble(a, path, fault_out);
        (void)unlink(made);
    }
    if (rc == RC_OK)
        rc = sync_folder(a, path_of(a, data, domain, (struct span){0}), fault_out);
    return rc;
}

enum rc dkim_keys_use(struct arena *a, const char *data, struct span domain, struct span selector,
                      struct span *fault_out)
{
    const char *target = arena_cstr(a, arena_printf(a, "%.*s.pem", SPAN_ARGS(selector)));
    const char *made = path_of(a, data, domain, arena_printf(a, "current.%d", (int)getpid()));
    const char *link = path_of(a, data, domain, S("current"));

    if (symlink(target, made) != 0)
        return trouble(a, made, fault_out);
    if (rename(made, link) != 0) {
        enum rc rc = trouble(a, link, fault_out);

        (void)unlink(made);
        return rc;
    }
    return sync_folder(a, path_of(a, data, domain, (struct span){0}), fault_out);
}
