/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See server_key.h. A file that others may read is refused, not mended: who read it can take anybody off the list, and an
 * administrator has to know.
 */
#define _GNU_SOURCE
#include "main/server_key.h"

#include "main/dkim_keys.h"
#include "seal/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum rc trouble(struct arena *a, const char *path, const char *what, struct span *fault_out)
{
    *fault_out = arena_printf(a, "the server's key %s %s", path, what);
    return RC_INVALID;
}

static enum rc system_trouble(struct arena *a, const char *path, const char *what, struct span *fault_out)
{
    *fault_out = arena_printf(a, "the server's key %s cannot be %s: %s", path, what, strerror(errno));
    return RC_IO;
}

/* ---- reading ---- */

static enum rc check_file(struct arena *a, int fd, const char *path, struct span *fault_out)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return system_trouble(a, path, "read", fault_out);
    if (!S_ISREG(st.st_mode))
        return trouble(a, path, "is not a file", fault_out);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return trouble(a, path, "belongs to another user", fault_out);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return trouble(a, path,
                       "can be read or changed by other users: “chmod 600” closes it, but who read it meanwhile can "
                       "take people off the list",
                       fault_out);
    return RC_OK;
}

/* The line, in memory that is wiped. One byte more than there may be, so that a longer file is seen. */
static enum rc read_line(struct arena *a, int fd, const char *path, struct server_key **key_out, struct span *fault_out)
{
    char *room = secret_alloc(SERVER_KEY_LINE_LEN + 1);
    size_t n = 0;
    ssize_t got = 1;
    enum rc rc;

    while (n <= SERVER_KEY_LINE_LEN && (got = read(fd, room + n, SERVER_KEY_LINE_LEN + 1 - n)) > 0)
        n += (size_t)got;
    if (got < 0)
        rc = system_trouble(a, path, "read", fault_out);
    else
        rc = server_key_read((struct span){room, n}, key_out);
    secret_free(room);
    if (rc == RC_INVALID)
        (void)trouble(
            a, path,
            "is damaged: it has to be the one line that breakroom wrote. Bring it back from a copy; without it, "
            "the links in all letters so far lead nowhere",
            fault_out);
    return rc;
}

/* RC_NOT_FOUND: there is none. */
static enum rc read_file(struct arena *a, const char *path, int more_flags, struct server_key **key_out,
                         struct span *fault_out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | more_flags);
    enum rc rc;

    if (fd < 0 && errno == ENOENT)
        return RC_NOT_FOUND;
    if (fd < 0 && errno == ELOOP)
        return trouble(a, path, "is a link, and has to be a file", fault_out);
    if (fd < 0)
        return system_trouble(a, path, "read", fault_out);
    rc = check_file(a, fd, path, fault_out);
    if (rc == RC_OK)
        rc = read_line(a, fd, path, key_out, fault_out);
    (void)close(fd);
    return rc;
}

/* ---- making ---- */

static enum rc sync_folder(struct arena *a, const char *folder, const char *path, struct span *fault_out)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum rc rc = fd >= 0 && fsync(fd) == 0 ? RC_OK : system_trouble(a, path, "made", fault_out);

    if (fd >= 0)
        (void)close(fd);
    return rc;
}

/* A start that died in the middle left the file beside it; under the lock it is nobody's. */
static enum rc make_file(struct arena *a, const char *data, const char *path, struct server_key **key_out,
                         struct span *fault_out)
{
    const char *made = arena_cstr(a, arena_printf(a, "%s.new", path));
    struct server_key *key;
    struct server_key_line *line;
    enum rc rc;

    server_key_make(&key);
    line = server_key_line_make(key);
    (void)unlink(made);
    rc = dkim_file_write_new(a, made, (struct span){line->text, sizeof line->text}, fault_out);
    server_key_line_close(&line);
    if (rc == RC_OK && rename(made, path) != 0) {
        rc = system_trouble(a, path, "made", fault_out);
        (void)unlink(made);
    }
    if (rc == RC_OK)
        rc = sync_folder(a, data, path, fault_out);
    if (rc == RC_OK)
        *key_out = key;
    else
        server_key_close(&key);
    return rc;
}

enum rc server_key_take(struct arena *a, const char *data, struct span file, struct server_key **key_out,
                        bool *made_out, struct span *fault_out)
{
    const char *path = arena_cstr(a, file.n ? file : arena_printf(a, "%s/server.key", data));
    enum rc rc = read_file(a, path, file.n ? 0 : O_NOFOLLOW, key_out, fault_out);

    if (made_out)
        *made_out = rc == RC_NOT_FOUND && file.n == 0;
    if (rc == RC_NOT_FOUND && file.n)
        return trouble(a, path,
                       "is not there, and server.ini names it: copies of a server need one and the same key, so take "
                       "the file server.key from the data folder of the first",
                       fault_out);
    return rc == RC_NOT_FOUND ? make_file(a, data, path, key_out, fault_out) : rc;
}
