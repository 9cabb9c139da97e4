/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See papers_seal.h. A seal appears whole, under its name, or not at all; of two who make one the first one's stays.
 */
#define _GNU_SOURCE
#include "main/papers_seal.h"

#include "base/buf.h"
#include "seal/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { SEAL_LEN = 32, FILE_MOST = 2 * SEAL_LEN + 2 };

static struct span random_seal(struct arena *a)
{
    char *p = arena_alloc(a, SEAL_LEN);

    CHECK(getrandom(p, SEAL_LEN, 0) == SEAL_LEN); /* so few come whole, getrandom(2) */
    return (struct span){p, SEAL_LEN};
}

/* RC_NOT_FOUND: there is none. */
static enum rc read_seal(struct arena *a, const struct folder_source *source, struct span key, struct span *seal_out,
                         struct span *fault_out)
{
    struct span path = arena_printf(a, "documents/%.*s.seal", SPAN_ARGS(key));
    struct span bytes;
    enum folder_fault fault = source->read(source->ctx, a, path, FILE_MOST, &bytes);

    if (fault == FOLDER_UNREADABLE && errno == ENOENT)
        return RC_NOT_FOUND;
    if (fault == FOLDER_FINE && sha256_parse(a, span_trim(bytes), seal_out)) /* 64 digits, as a hash has them */
        return RC_OK;
    *fault_out = arena_printf(a,
                              "%.*s is damaged or cannot be read: bring it back from a copy. Removing it makes a new "
                              "commitment, and the one that was published can never be opened",
                              SPAN_ARGS(path));
    return fault == FOLDER_UNREADABLE ? RC_IO : RC_INVALID;
}

static bool write_file(int folder, const char *name, struct span bytes)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool fine = fd != -1;
    int saved;

    while (fine && bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);

        fine = n > 0 || (n == -1 && errno == EINTR);
        bytes = span_from(bytes, n > 0 ? (size_t)n : 0);
    }
    fine = fine && fsync(fd) == 0;
    saved = errno;
    if (fd != -1)
        (void)close(fd);
    errno = saved;
    return fine;
}

/* Not every file system has links: a memory stick's takes the name as it is. */
static bool put_in_place(int folder, const char *fresh, const char *name)
{
    if (linkat(folder, fresh, folder, name, 0) == 0)
        return unlinkat(folder, fresh, 0) == 0;
    if (errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK)
        return renameat(folder, fresh, folder, name) == 0;
    return false;
}

/* 0, or errno. EEXIST: somebody was first. */
static int write_seal(struct arena *a, const char *dir, struct span key, struct span seal)
{
    const char *name = arena_cstr(a, arena_printf(a, "%.*s.seal", SPAN_ARGS(key)));
    const char *fresh = arena_cstr(a, arena_printf(a, ".%.*s.seal.%ld", SPAN_ARGS(key), (long)getpid()));
    struct buf *b = buf_new(a, 2 * FILE_MOST);
    int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int folder = top == -1 ? -1 : openat(top, "documents", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int fault = 0;

    sha256_put(b, seal);
    buf_char(b, '\n');
    if (folder == -1) {
        fault = errno;
    } else {
        (void)unlinkat(folder, fresh, 0); /* of one that was killed and had this number */
        if (!write_file(folder, fresh, buf_span(b)) || !put_in_place(folder, fresh, name) || fsync(folder) != 0) {
            fault = errno;
            (void)unlinkat(folder, fresh, 0);
        }
        (void)close(folder);
    }
    if (top != -1)
        (void)close(top);
    return fault;
}

enum rc papers_seal_kept(struct arena *a, const char *dir, const struct folder_source *source, struct span key,
                         struct span *seal_out, struct span *fault_out)
{
    enum rc rc = read_seal(a, source, key, seal_out, fault_out);
    int fault;

    if (rc != RC_NOT_FOUND)
        return rc;
    *seal_out = random_seal(a);
    fault = write_seal(a, dir, key, *seal_out);
    if (fault == 0)
        return RC_OK;
    if (fault == EEXIST) {
        rc = read_seal(a, source, key, seal_out, fault_out);
        if (rc != RC_NOT_FOUND)
            return rc;
    }
    *fault_out = arena_printf(a,
                              "documents/%.*s.seal, which later proves which paper this was, cannot be written: %s. "
                              "Work in a folder that you may write to",
                              SPAN_ARGS(key), strerror(fault));
    return RC_IO;
}

enum rc papers_seal_aside(struct arena *a, const struct folder_source *source, struct span key, struct span *seal_out,
                          struct span *fault_out)
{
    enum rc rc = read_seal(a, source, key, seal_out, fault_out);

    if (rc != RC_NOT_FOUND)
        return rc;
    *seal_out = random_seal(a);
    return RC_OK;
}
