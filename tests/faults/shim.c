/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A machine with a mind of its own, loaded before the C library (LD_PRELOAD): its clock is ahead or behind, its disk is
 * full, or does not keep what it was given; or an hour is over in a moment, on every clock, as for somebody who slept.
 * What is wrong right now stands in the file FAULTS_CONTROL, four numbers of 64 bits that a test changes while the program
 * runs.
 *
 * The file is mapped before main(): later, in the sandbox, it could not be opened. Everything else goes straight to the
 * kernel, by calls that the sandbox allows anyhow.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct faults {
    int64_t ahead_s;
    int64_t sync_fails;
    int64_t is_full;
    int64_t passed_s;
};

static const struct faults none;
static const volatile struct faults *faults = &none;

__attribute__((constructor)) static void map_control(void)
{
    const char *path = getenv("FAULTS_CONTROL");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *faults, PROT_READ, MAP_SHARED, fd, 0);

    if (at != MAP_FAILED)
        faults = at;
    if (fd >= 0)
        (void)close(fd);
}

/* ---- the clock ---- */

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int error = (int)syscall(SYS_clock_gettime, clock, out);

    if (error == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        out->tv_sec += faults->ahead_s + faults->passed_s;
    else if (error == 0 && (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME))
        out->tv_sec += faults->passed_s;
    return error;
}

/* The kernel wakes by its own clock. All of ours wait by the monotonic one. */
int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    struct timespec kernels = {.tv_sec = until->tv_sec - faults->passed_s, .tv_nsec = until->tv_nsec};

    return pthread_cond_clockwait(cond, mutex, CLOCK_MONOTONIC, &kernels);
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

/* ---- the disk ---- */

int fsync(int fd)
{
    if (faults->sync_fails) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    if (faults->sync_fails) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

static int is_refused(int fd)
{
    struct stat st;

    if (!faults->is_full || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return 0;
    errno = ENOSPC;
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    return is_refused(fd) ? -1 : syscall(SYS_write, fd, bytes, n);
}

/* With offsets of 64 bits, as everything here: the C library calls it pwrite64. */
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return is_refused(fd) ? -1 : syscall(SYS_pwrite64, fd, bytes, n, at);
}
