/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A disk with a mind of its own. See shim.h.
 */
#include "shim.h"

#include <sqlite3.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

struct shim shim = {.room = -1};

struct shim_file {
    sqlite3_file base; /* first */
    bool log;
    sqlite3_file *real; /* behind this struct */
};

static sqlite3_file *real_of(sqlite3_file *f)
{
    return ((struct shim_file *)f)->real;
}

static int shim_close(sqlite3_file *f)
{
    return real_of(f)->pMethods->xClose(real_of(f));
}

static int shim_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    return real_of(f)->pMethods->xRead(real_of(f), to, n, at);
}

static int shim_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    long long room = atomic_load(&shim.room);

    if (room >= 0) {
        if (room < n)
            return SQLITE_FULL;
        atomic_store(&shim.room, room - n);
    }
    if (((struct shim_file *)f)->log)
        atomic_store(&shim.log_unsynced, true);
    return real_of(f)->pMethods->xWrite(real_of(f), from, n, at);
}

static int shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int shim_sync(sqlite3_file *f, int flags)
{
    int us = atomic_load(&shim.sync_us);
    struct timespec t = {.tv_nsec = us * 1000L};
    int code;

    atomic_fetch_add(&shim.syncs, 1);
    if (us > 0)
        (void)nanosleep(&t, NULL);
    if (atomic_load(&shim.sync_fails))
        return SQLITE_IOERR_FSYNC;
    code = us > 0 ? SQLITE_OK : real_of(f)->pMethods->xSync(real_of(f), flags);
    if (code == SQLITE_OK && ((struct shim_file *)f)->log)
        atomic_store(&shim.log_unsynced, false);
    return code;
}

static int shim_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int shim_lock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int shim_unlock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int shim_reserved(sqlite3_file *f, int *out)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int shim_control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int shim_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int shim_traits(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int shim_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int shim_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void shim_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int shim_unmap(sqlite3_file *f, int remove)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_traits,
    .xShmMap = shim_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_barrier,
    .xShmUnmap = shim_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
    sqlite3_vfs *real = vfs->pAppData;
    struct shim_file *s = (struct shim_file *)f;
    int code;

    memset(s, 0, sizeof *s);
    s->log = (flags & SQLITE_OPEN_WAL) != 0;
    s->real = (sqlite3_file *)(uintptr_t)(s + 1);
    code = real->xOpen(real, name, s->real, flags, out_flags);
    if (s->real->pMethods != NULL)
        s->base.pMethods = &methods;
    return code;
}

void shim_register(void)
{
    static sqlite3_vfs vfs;
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);

    if (vfs.zName != NULL)
        return;
    vfs = *real;
    vfs.zName = SHIM_VFS;
    vfs.pNext = NULL;
    vfs.pAppData = real;
    vfs.szOsFile = (int)sizeof(struct shim_file) + real->szOsFile;
    vfs.xOpen = shim_open;
    (void)sqlite3_vfs_register(&vfs, 0);
}

void shim_reset(void)
{
    atomic_store(&shim.sync_us, 0);
    atomic_store(&shim.syncs, 0);
    atomic_store(&shim.sync_fails, false);
    atomic_store(&shim.room, -1);
    atomic_store(&shim.log_unsynced, false);
}
