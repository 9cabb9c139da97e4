/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See swap.h. The marker file says that a folder was written by a build, so that nobody's other folder is replaced.
 * A lock on the new folder tells a build at work from one that was killed.
 */
#define _GNU_SOURCE
#include "main/swap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whose folders may be replaced. */
struct swap_kind {
    const char *marker; /* a file in them; null: nobody's */
    const char *who;
};
static const struct swap_kind site = {".breakroom-site", "build"};
static const struct swap_kind packed = {".breakroom-packed", "pack"};
static const struct swap_kind plain = {NULL, NULL};

enum { DEPTH_MAX = 16 };

struct swap {
    struct arena *arena;
    const char *out;   /* as it was given, for messages */
    const char *name;  /* its last part */
    const char *fresh; /* the new folder's name beside it */
    int parent;
    int dir; /* the new folder, locked */
    const struct swap_kind *kind;
};

static enum rc trouble(struct swap *s, const char *what, struct span *fault_out)
{
    *fault_out = arena_printf(s->arena, "cannot %s %s: %s", what, s->out, strerror(errno));
    return RC_IO;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* Removes a folder and everything in it, never through a symbolic link. */
static bool remove_tree(int parent, const char *name, int depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const struct dirent *entry;
    bool fine = depth < DEPTH_MAX;
    DIR *dir;

    if (fd == -1)
        return errno == ENOENT;
    dir = fdopendir(fd);
    if (dir == NULL) {
        close_fd(&fd);
        return false;
    }
    while (fine && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
            continue;
        fine = (errno == EISDIR || errno == EPERM) && remove_tree(dirfd(dir), entry->d_name, depth + 1);
    }
    (void)closedir(dir);
    return fine && unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

/* May what stands at OUT be replaced? Nothing, an empty folder, or one with our marker. */
static enum rc look_at_old(struct swap *s, struct span *fault_out)
{
    int fd = openat(s->parent, s->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct dirent *entry;
    bool is_empty = true;
    bool is_ours;
    DIR *dir;

    if (fd == -1 && errno == ENOENT)
        return RC_OK;
    if (fd == -1)
        return trouble(s, "write to", fault_out);
    is_ours = s->kind->marker && faccessat(fd, s->kind->marker, F_OK, 0) == 0;
    dir = fdopendir(fd);
    if (dir == NULL) {
        close_fd(&fd);
        return trouble(s, "read", fault_out);
    }
    while ((entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            is_empty = false;
    (void)closedir(dir);
    if (is_ours || is_empty)
        return RC_OK;
    if (s->kind->marker)
        *fault_out = arena_printf(s->arena, "%s has files that no %s wrote: name a new or an empty folder", s->out,
                                  s->kind->who);
    else
        *fault_out = arena_printf(s->arena, "%s is not empty: name a new or an empty folder", s->out);
    return RC_CONFLICT;
}

/* The new folder, empty and locked. What a killed build left is removed. */
static enum rc make_fresh(struct swap *s, struct span *fault_out)
{
    for (int tries = 0; tries < 3; tries++) {
        bool is_new = mkdirat(s->parent, s->fresh, 0755) == 0;

        if (!is_new && errno != EEXIST)
            return trouble(s, "write beside", fault_out);
        s->dir = openat(s->parent, s->fresh, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (s->dir == -1)
            return trouble(s, "write beside", fault_out);
        if (flock(s->dir, LOCK_EX | LOCK_NB) == -1) {
            close_fd(&s->dir);
            *fault_out = arena_printf(s->arena, "another build is writing %s", s->out);
            return RC_CONFLICT;
        }
        if (is_new)
            return RC_OK;
        if (!remove_tree(s->parent, s->fresh, 0))
            return trouble(s, "clear what an earlier build left beside", fault_out);
        close_fd(&s->dir);
    }
    *fault_out = arena_printf(s->arena, "another build is writing %s", s->out);
    return RC_CONFLICT;
}

static enum rc swap_begin(struct arena *a, const char *out, const struct swap_kind *kind, struct swap **swap_out,
                          struct span *fault_out)
{
    struct swap *s = ARENA_NEW(a, struct swap);
    struct span path = span_of(out);
    struct span parent;
    size_t slash;
    enum rc rc;

    *s = (struct swap){.arena = a, .out = out, .parent = -1, .dir = -1, .kind = kind};
    *swap_out = s;
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    slash = span_find_last_char(path, '/');
    parent = slash == SPAN_NONE ? S(".") : slash == 0 ? S("/") : span_sub(path, 0, slash);
    if (slash != SPAN_NONE)
        path = span_from(path, slash + 1);
    if (path.n == 0 || span_eq(path, S(".")) || span_eq(path, S(".."))) {
        *fault_out = arena_printf(a, "%s cannot be replaced: name a folder", out);
        return RC_INVALID;
    }
    s->name = arena_cstr(a, path);
    s->fresh = arena_printf(a, ".%.*s.breakroom-new", SPAN_ARGS(path)).p;
    s->parent = open(arena_cstr(a, parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->parent == -1)
        return trouble(s, "write to", fault_out);
    rc = look_at_old(s, fault_out);
    if (rc == RC_OK)
        rc = make_fresh(s, fault_out);
    return rc;
}

static enum rc swap_begin_marked(struct arena *a, const char *out, const struct swap_kind *kind, struct swap **swap_out,
                                 struct span *fault_out)
{
    enum rc rc = swap_begin(a, out, kind, swap_out, fault_out);

    if (rc == RC_OK)
        rc = swap_write(
            *swap_out, span_of(kind->marker),
            arena_printf(a, "This folder was written by `breakroom %s`, which may replace it whole.\n", kind->who),
            fault_out);
    return rc;
}

enum rc swap_open(struct arena *a, const char *out, struct swap **swap_out, struct span *fault_out)
{
    return swap_begin_marked(a, out, &site, swap_out, fault_out);
}

enum rc swap_open_packed(struct arena *a, const char *out, struct swap **swap_out, struct span *fault_out)
{
    return swap_begin_marked(a, out, &packed, swap_out, fault_out);
}

enum rc swap_open_new(struct arena *a, const char *out, struct swap **swap_out, struct span *fault_out)
{
    return swap_begin(a, out, &plain, swap_out, fault_out);
}

static bool write_all(int fd, struct span bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);

        if (n == -1 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = span_from(bytes, (size_t)n);
    }
    return true;
}

/* Makes the folders of "news/2026/x". */
static bool make_parents(struct swap *s, struct span path)
{
    for (size_t i = 1; i < path.n; i++)
        if (path.p[i] == '/' && mkdirat(s->dir, arena_cstr(s->arena, span_sub(path, 0, i)), 0755) == -1 &&
            errno != EEXIST)
            return false;
    return true;
}

enum rc swap_write(struct swap *s, struct span path, struct span bytes, struct span *fault_out)
{
    int fd;
    bool fine;

    if (!make_parents(s, path))
        return trouble(s, "write", fault_out);
    fd = openat(s->dir, arena_cstr(s->arena, path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd == -1)
        return trouble(s, "write", fault_out);
    fine = write_all(fd, bytes);
    if (close(fd) == -1)
        fine = false;
    return fine ? RC_OK : trouble(s, "write", fault_out);
}

/* One step: either the new name appears, or two names are exchanged. Not every file system can do that. */
static bool exchange(struct swap *s)
{
    return renameat2(s->parent, s->fresh, s->parent, s->name, RENAME_NOREPLACE) == 0 ||
           (errno == EEXIST && renameat2(s->parent, s->fresh, s->parent, s->name, RENAME_EXCHANGE) == 0);
}

enum rc swap_commit(struct swap *s, struct span *fault_out)
{
    if (syncfs(s->dir) == -1)
        return trouble(s, "flush", fault_out);
    if (!exchange(s)) {
        if (errno != EINVAL)
            return trouble(s, "put the new folder in the place of", fault_out);
        *fault_out = arena_printf(
            s->arena, "the file system of %s cannot exchange two folders in one step: build elsewhere and copy",
            s->out);
        return RC_IO;
    }
    if (fsync(s->parent) == -1)
        return trouble(s, "flush", fault_out);
    (void)remove_tree(s->parent, s->fresh, 0); /* the old one; if it stays, the next build clears it */
    close_fd(&s->dir);
    return RC_OK;
}

void swap_close(struct swap **s)
{
    if (*s == NULL)
        return;
    if ((*s)->dir != -1)
        (void)remove_tree((*s)->parent, (*s)->fresh, 0);
    close_fd(&(*s)->dir);
    close_fd(&(*s)->parent);
    *s = NULL;
}
