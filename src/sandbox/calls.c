/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * seccomp by libseccomp. A name that this machine's kernel does not have is skipped.
 *
 * `core`, `mailer` and `helper` have a list of what they may; to lengthen it, say beside the name who asks. `parent` has a list of
 * what it may not, because whatever it gives up its children lose as well.
 */
#define _GNU_SOURCE
#include "sandbox/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OPTIMIZE_TREE = 2 };

/* What core and mailer both need. */
static const char *const server_calls[] = {
    /* bytes, in and out */
    "read",
    "readv",
    "pread64",
    "write",
    "pwrite64",
    "writev",
    "close",
    "lseek",
    "fcntl",
    /* connections that are there */
    "recvfrom",
    "recvmsg",
    "sendto",
    "sendmsg",
    "shutdown",
    "getsockname",
    "getpeername",
    "setsockopt",
    "getsockopt",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "eventfd2",
    "poll",
    "ppoll",
    /* files: which ones is Landlock's to say */
    "stat",
    "lstat",
    "fstat",
    "newfstatat",
    "statx",
    "access",
    "faccessat",
    "faccessat2",
    "readlink",
    "readlinkat",
    "fsync",
    "fdatasync",
    "ftruncate",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    /* memory; not to be run, see below */
    "munmap",
    "mremap",
    "madvise",
    "brk",
    "mlock",
    "munlock",
    /* threads and time */
    "futex",
    "set_robust_list",
    "get_robust_list",
    "rseq",
    "sched_yield",
    "sched_getaffinity",
    "nanosleep",
    "clock_nanosleep",
    "clock_gettime",
    "clock_getres",
    "gettimeofday",
    "time",
    "getrandom",
    "getpid",
    "gettid",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigtimedwait",
    "sigaltstack",
    "restart_syscall",
    "exit",
    "exit_group",
    "uname",
    "sysinfo",
    "getrlimit",
    "set_tid_address",
};

static const char *const core_calls[] = {
    "preadv",
    "pwritev",
    "sendfile",
    "dup",
    "pipe2",
    "select",
    "pselect6",
    /* the sockets that listen were handed to us */
    "accept",
    "accept4",
    "open",
    "openat",
    "openat2",
    "getdents64",
    "getcwd",
    "statfs",
    "fstatfs",
    /* SQLite: its file, its log and their locks */
    "fallocate",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "fchmod",
    "fchown",
    "flock",
    "umask",
};

/* Added where a database is elsewhere: libpq, and the C library's look-up of its name. */
static const char *const connecting_calls[] = {
    "socket", "connect", "bind", "sendmmsg", "recvmmsg", "mmap", "mprotect",
};

/* To the smart host, and to whom its name is asked of (c-ares). */
static const char *const mailer_calls[] = {
    "connect",
};

static const char *const parent_kills[] = {
    "listen", /* the sockets that do were made before */
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "kcmp",
    "mount",
    "umount2",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "fspick",
    "mount_setattr",
    "pivot_root",
    "chroot",
    "unshare",
    "setns",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "keyctl",
    "add_key",
    "request_key",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "acct",
    "quotactl",
    "open_by_handle_at",
    "name_to_handle_at",
    "fanotify_init",
    "mknod",
    "mknodat",
    "iopl",
    "ioperm",
    "personality",
    "syslog",
    "vhangup",
    "nfsservctl",
    "lookup_dcookie",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "capset",
};

/* Bytes in, bytes out: what else a helper needs is memory, and what the C library does on its own. */
static const char *const helper_calls[] = {
    "munmap",        "mremap",         "madvise",      "brk",
    "futex",         "sched_yield",  /* libgomp, of one thread */
    "clock_gettime", "gettimeofday", /* Tesseract's own watch */
    "time",          "getrandom",    /* malloc() */
    "sysinfo",                       /* qsort() */
    "getpid",                        /* abort() */
    "gettid",        "rt_sigprocmask", "rt_sigreturn", "restart_syscall",
    "exit",          "exit_group",
};

static bool add_names(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int call = seccomp_syscall_resolve_name(names[i]);
        int error;

        if (call == __NR_SCMP_ERROR)
            continue;
        error = seccomp_rule_add(filter, action, call, 0);
        if (error != 0 && error != -EDOM && error != -EEXIST)
            return false;
    }
    return true;
}

static bool add_if(scmp_filter_ctx filter, uint32_t action, const char *name, struct scmp_arg_cmp arg)
{
    int call = seccomp_syscall_resolve_name(name);
    int error = call == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, action, call, 1, &arg);

    return error == 0 || error == -EDOM;
}

static enum rc load(scmp_filter_ctx filter, bool is_fine)
{
    is_fine = is_fine && seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, OPTIMIZE_TREE) == 0 &&
              seccomp_load(filter) == 0;
    seccomp_release(filter);
    return is_fine ? RC_OK : RC_IO;
}

enum rc sandbox_calls_parent(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    if (filter == NULL)
        return RC_IO;
    return load(filter, add_names(filter, SCMP_ACT_KILL_PROCESS, parent_kills, COUNT(parent_kills)));
}

/* Calls that are right or wrong by what they are given. */
static bool add_with_arguments(scmp_filter_ctx filter)
{
    pid_t self = getpid();

    /* a thread is fine, a process is not; clone3 hides its flags in memory, the C library then goes without */
    return add_if(filter, SCMP_ACT_ALLOW, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) &&
           add_names(filter, SCMP_ACT_ERRNO(ENOSYS), (const char *[]){"clone3"}, 1) &&
           /* abort() */
           add_if(filter, SCMP_ACT_ALLOW, "tgkill", SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)self, 0)) &&
           add_if(filter, SCMP_ACT_ALLOW, "prctl", SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0)) &&
           add_if(filter, SCMP_ACT_ALLOW, "prlimit64", SCMP_A2(SCMP_CMP_EQ, 0, 0)) && /* to look */
           add_if(filter, SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_EQ, FIONBIO, 0)) &&
           add_if(filter, SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_EQ, FIONREAD, 0));
}

/* Memory that may be written or run, not made to be run. */
static bool add_memory(scmp_filter_ctx filter)
{
    return add_if(filter, SCMP_ACT_ALLOW, "mmap", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) &&
           add_if(filter, SCMP_ACT_ALLOW, "mprotect", SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

enum rc sandbox_calls_core(bool connects)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

    if (filter == NULL)
        return RC_IO;
    return load(filter, add_names(filter, SCMP_ACT_ALLOW, server_calls, COUNT(server_calls)) &&
                            add_names(filter, SCMP_ACT_ALLOW, core_calls, COUNT(core_calls)) &&
                            /* libraries of the name look-up are loaded late */
                            (connects ? add_names(filter, SCMP_ACT_ALLOW, connecting_calls, COUNT(connecting_calls))
                                      : add_memory(filter)) &&
                            add_with_arguments(filter));
}

/* Files are opened to be read. A socket is one of the internet's: what listens on this machine by a file's name, our own
 * core among them, cannot be reached. */
static bool add_mailer_arguments(scmp_filter_ctx filter)
{
    const scmp_datum_t changes = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
    static const int families[] = {AF_INET, AF_INET6};
    bool is_fine = add_if(filter, SCMP_ACT_ALLOW, "open", SCMP_A1(SCMP_CMP_MASKED_EQ, changes, O_RDONLY)) &&
                   add_if(filter, SCMP_ACT_ALLOW, "openat", SCMP_A2(SCMP_CMP_MASKED_EQ, changes, O_RDONLY));

    for (size_t i = 0; i < COUNT(families); i++)
        is_fine = is_fine &&
                  add_if(filter, SCMP_ACT_ALLOW, "socket", SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
    return is_fine;
}

enum rc sandbox_calls_mailer(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

    if (filter == NULL)
        return RC_IO;
    return load(filter, add_names(filter, SCMP_ACT_ALLOW, server_calls, COUNT(server_calls)) &&
                            add_names(filter, SCMP_ACT_ALLOW, mailer_calls, COUNT(mailer_calls)) &&
                            add_memory(filter) && add_with_arguments(filter) && add_mailer_arguments(filter));
}

static bool add_helper_arguments(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp no_file = SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);
    int map = seccomp_syscall_resolve_name("mmap");

    return add_if(filter, SCMP_ACT_ALLOW, "read", SCMP_A0(SCMP_CMP_EQ, STDIN_FILENO, 0)) &&
           add_if(filter, SCMP_ACT_ALLOW, "write", SCMP_A0(SCMP_CMP_EQ, STDOUT_FILENO, 0)) &&
           add_if(filter, SCMP_ACT_ALLOW, "write", SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO, 0)) &&
           add_if(filter, SCMP_ACT_ALLOW, "mprotect", no_code) &&
           add_if(filter, SCMP_ACT_ALLOW, "tgkill", SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)) &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, map, 2, no_code, no_file) == 0;
}

enum rc sandbox_calls_helper(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

    if (filter == NULL)
        return RC_IO;
    return load(filter,
                add_names(filter, SCMP_ACT_ALLOW, helper_calls, COUNT(helper_calls)) && add_helper_arguments(filter));
}
