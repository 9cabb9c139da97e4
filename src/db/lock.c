/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The data folder: whose it is, and that only one process works in it.
 *
 * The lock is flock() on D/lock, so it ends with the process however that ends; the file stays. Its text is the number
 * of the process, for the sentence that refuses the next one, and is never believed for anything else.
 */
#include "db/db_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct db_lock {
    struct arena *a;
    const char *folder;
    int folder_fd;
    int fd;
};

enum { LOCK_MOST = 64 * 1024 };

const char *db_lock_folder(const struct db_lock *lock)
{
    return lock->folder;
}

static enum rc folder_open(struct db_lock *l, struct db_fault *fault)
{
    bool made = mkdir(l->folder, 0700) == 0;

    if (!made && errno != EEXIST) {
        db_fault_set(fault, "The data folder %s could not be made: %s.", l->folder, strerror(errno));
        return errno == ENOENT ? RC_NOT_FOUND : errno == EACCES ? RC_DENIED : RC_IO;
    }
    l->folder_fd = open(l->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l->folder_fd != -1)
        return RC_OK;
    db_fault_set(fault, "The data folder %s cannot be opened: %s.", l->folder, strerror(errno));
    return errno == EACCES ? RC_DENIED : errno == ENOTDIR ? RC_INVALID : RC_IO;
}

/* A folder that others can write, or that is another's, could be changed under us. */
static enum rc folder_is_ours(const struct db_lock *l, struct db_fault *fault)
{
    struct stat st;

    if (fstat(l->folder_fd, &st) != 0) {
        db_fault_set(fault, "The data folder %s cannot be read: %s.", l->folder, strerror(errno));
        return RC_IO;
    }
    if (st.st_uid != geteuid()) {
        db_fault_set(fault,
                     "The data folder %s belongs to another user (number %u). Run Breakroom as that user, or name "
                     "a folder of your own.",
                     l->folder, (unsigned)st.st_uid);
        return RC_DENIED;
    }
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        db_fault_set(fault, "Other users may write in the data folder %s. Close it first: chmod 700 %s", l->folder,
                     l->folder);
        return RC_DENIED;
    }
    return RC_OK;
}

/* Never through a link, never another's. A file that is not there yet is fine. */
static enum rc file_is_ours(const struct db_lock *l, const char *name, struct db_fault *fault)
{
    struct stat st;

    if (fstatat(l->folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return RC_OK;
        db_fault_set(fault, "%s/%s cannot be read: %s.", l->folder, name, strerror(errno));
        return RC_IO;
    }
    if (!S_ISREG(st.st_mode)) {
        db_fault_set(fault, "%s/%s is not a plain file.", l->folder, name);
        return RC_INVALID;
    }
    if (st.st_uid != geteuid()) {
        db_fault_set(fault, "%s/%s belongs to another user (number %u). Run Breakroom as that user.", l->folder, name,
                     (unsigned)st.st_uid);
        return RC_DENIED;
    }
    return RC_OK;
}

static enum rc store_folder(const struct db_lock *l, struct db_fault *fault)
{
    struct stat st;

    if (fstatat(l->folder_fd, "store.sqlite", &st, AT_SYMLINK_NOFOLLOW) == 0) {
        db_fault_set(fault,
                     "The store is now in a folder of its own. Move it there: mkdir -m 700 %s/" DB_FOLDER
                     " && mv %s/store.sqlite* %s/" DB_FOLDER,
                     l->folder, l->folder, l->folder);
        return RC_INVALID;
    }
    if (mkdirat(l->folder_fd, DB_FOLDER, 0700) != 0 && errno != EEXIST) {
        db_fault_set(fault, "The folder %s/" DB_FOLDER " could not be made: %s.", l->folder, strerror(errno));
        return errno == EACCES ? RC_DENIED : RC_IO;
    }
    if (fstatat(l->folder_fd, DB_FOLDER, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode)) {
        db_fault_set(fault, "%s/" DB_FOLDER " is not a folder.", l->folder);
        return RC_INVALID;
    }
    if (st.st_uid != geteuid()) {
        db_fault_set(fault, "%s/" DB_FOLDER " belongs to another user (number %u). Run Breakroom as that user.",
                     l->folder, (unsigned)st.st_uid);
        return RC_DENIED;
    }
    return RC_OK;
}

static enum rc files_are_ours(const struct db_lock *l, struct db_fault *fault)
{
    static const char *const names[] = {"lock", DB_FOLDER "/store.sqlite", DB_FOLDER "/store.sqlite-wal",
                                        DB_FOLDER "/store.sqlite-shm"};
    enum rc rc = store_folder(l, fault);

    for (size_t i = 0; rc == RC_OK && i < COUNT(names); i++)
        rc = file_is_ours(l, names[i], fault);
    return rc;
}

static void say_who(const struct db_lock *l, struct db_fault *fault)
{
    char text[16] = "";
    ssize_t n = pread(l->fd, text, sizeof text - 1, 0);
    unsigned long pid = n > 0 ? strtoul(text, NULL, 10) : 0;

    if (pid > 0)
        db_fault_set(fault, "Another Breakroom (process %lu) works in the data folder %s. Stop it first.", pid,
                     l->folder);
    else
        db_fault_set(fault, "Another Breakroom works in the data folder %s. Stop it first.", l->folder);
}

static enum rc file_lock(struct db_lock *l, struct db_fault *fault)
{
    char text[16];
    int n = snprintf(text, sizeof text, "%d\n", getpid());

    l->fd = openat(l->folder_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (l->fd == -1) {
        db_fault_set(fault, "%s/lock cannot be opened: %s.", l->folder, strerror(errno));
        return errno == EACCES ? RC_DENIED : RC_IO;
    }
    if (flock(l->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            say_who(l, fault);
            return RC_CONFLICT;
        }
        db_fault_set(fault, "%s/lock cannot be locked: %s.", l->folder, strerror(errno));
        return RC_IO;
    }
    /* A full disk may refuse the number; the lock holds all the same. */
    (void)!ftruncate(l->fd, 0);
    (void)!pwrite(l->fd, text, (size_t)n, 0);
    return RC_OK;
}

enum rc db_lock(const char *folder, struct db_lock **lock_out, struct db_fault *fault_out)
{
    struct arena *a = arena_open(LOCK_MOST);
    struct db_lock *l = ARENA_NEW(a, struct db_lock);
    enum rc rc;

    fault_out->text[0] = 0;
    l->a = a;
    l->folder = arena_cstr(a, span_of(folder));
    l->folder_fd = -1;
    l->fd = -1;
    *lock_out = l;
    rc = folder_open(l, fault_out);
    if (rc == RC_OK)
        rc = folder_is_ours(l, fault_out);
    if (rc == RC_OK)
        rc = files_are_ours(l, fault_out);
    if (rc == RC_OK)
        rc = file_lock(l, fault_out);
    if (rc != RC_OK)
        db_unlock(lock_out);
    return rc;
}

void db_unlock(struct db_lock **lock)
{
    struct db_lock *l = *lock;
    struct arena *a;

    *lock = NULL;
    if (l == NULL)
        return;
    if (l->fd != -1)
        (void)close(l->fd);
    if (l->folder_fd != -1)
        (void)close(l->folder_fd);
    a = l->a;
    arena_close(&a);
}
