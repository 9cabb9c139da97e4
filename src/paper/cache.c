/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Results by what they were made from: SHA-256 of the document, the operation, and the version of our rules.
 *
 * An entry in the folder is a mark, the SHA-256 of the rest, and the rest. What is cut off, changed, another's or no
 * plain file is as good as not there. Names appear by rename, so that two runs can share a folder.
 */
#define _GNU_SOURCE
#include "paper/paper_impl.h"

#include "seal/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MARK = 6, HEAD = MARK + SHA256_LEN };
static const char mark[] = "BRPC\1\n";

/* ---- keys ---- */

struct span cache_key(struct arena *a, struct span what, const struct paper_source *source, struct span rest)
{
    struct buf *b = buf_new(a, rest.n + 1024);
    struct buf *key = buf_new(a, 128);

    buf_printf(b, "breakroom-paper %d %.*s %u ", (int)PAPER_RULES, SPAN_ARGS(what), (unsigned)source->kind);
    sha256_put(b, sha256_of(a, source->bytes));
    buf_char(b, ' ');
    buf_put(b, rest);
    sha256_put(key, sha256_of(a, buf_span(b)));
    return buf_span(key);
}

bool cache_get(struct arena *a, const struct paper_job *job, struct span key, size_t most, struct span *entry_out)
{
    *entry_out = (struct span){0};
    return job->cache && job->cache->get(job->cache->arg, a, key, most, entry_out);
}

void cache_put(struct arena *a, const struct paper_job *job, struct span key, struct span entry)
{
    (void)a;
    if (job->cache && entry.n)
        job->cache->put(job->cache->arg, key, entry);
}

/* ---- a folder ---- */

struct folder {
    int fd;
};

/* The key is ours: digits, no slash. */
static bool name_of(struct span key, const char *suffix, char name[128])
{
    int n = snprintf(name, 128, "%.*s%s", SPAN_ARGS(key), suffix);

    return n > 0 && n < 128;
}

static bool read_all(int fd, char *p, size_t n)
{
    size_t at = 0;

    while (at < n) {
        ssize_t got = read(fd, p + at, n - at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

static bool is_whole(struct arena *a, struct span file)
{
    struct span hash = span_sub(file, MARK, SHA256_LEN);

    return span_starts(file, (struct span){mark, MARK}) && span_eq(hash, sha256_of(a, span_from(file, HEAD)));
}

static bool folder_get(void *arg, struct arena *a, struct span key, size_t most, struct span *bytes_out)
{
    const struct folder *folder = arg;
    char name[128];
    struct stat st;
    bool is_fine = false;
    int fd;

    if (!name_of(key, "", name))
        return false;
    fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_size > HEAD &&
        (uint64_t)st.st_size - HEAD <= most) {
        size_t n = (size_t)st.st_size;
        char *p = arena_alloc(a, n);

        is_fine = read_all(fd, p, n) && is_whole(a, (struct span){p, n});
        *bytes_out = (struct span){p + HEAD, n - HEAD};
    }
    (void)close(fd);
    return is_fine;
}

static bool write_all(int fd, struct span s)
{
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s = span_from(s, (size_t)n);
    }
    return true;
}

/* Nothing is synced: an entry that a power cut spoils fails its hash and is made again. */
static void folder_put(void *arg, struct span key, struct span bytes)
{
    const struct folder *folder = arg;
    struct arena *a = arena_open(4096);
    struct span hash = sha256_of(a, bytes);
    char suffix[32];
    char name[128];
    char fresh[128];
    int fd;

    (void)snprintf(suffix, sizeof suffix, ".%ld.new", (long)gettid());
    if (name_of(key, "", name) && name_of(key, suffix, fresh)) {
        (void)unlinkat(folder->fd, fresh, 0); /* of one that was killed */
        fd = openat(folder->fd, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0) {
            bool is_fine = write_all(fd, (struct span){mark, MARK}) && write_all(fd, hash) && write_all(fd, bytes);

            if (close(fd) != 0 || !is_fine || renameat(folder->fd, fresh, folder->fd, name) != 0)
                (void)unlinkat(folder->fd, fresh, 0);
        }
    }
    arena_close(&a);
}

bool paper_cache_open(struct arena *a, const char *path, struct paper_cache *cache_out)
{
    struct folder *folder = ARENA_NEW(a, struct folder);
    struct stat st;

    *cache_out = (struct paper_cache){0};
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return false;
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder->fd < 0)
        return false;
    if (fstat(folder->fd, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
        (void)close(folder->fd); /* others could read what documents say, or put words into them */
        return false;
    }
    *cache_out = (struct paper_cache){folder_get, folder_put, folder};
    return true;
}

void paper_cache_close(struct paper_cache *cache)
{
    struct folder *folder = cache->arg;

    if (folder && folder->fd >= 0)
        (void)close(folder->fd);
    *cache = (struct paper_cache){0};
}
