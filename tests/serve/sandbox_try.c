/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * sandbox_try ROLE THING DIR: enters the role's sandbox, as the program's own processes do, DIR the data folder, and does
 * one thing.
 *
 * Exit 0 when it could, 100 when it was refused with EACCES or EPERM, 101 for any other error; a forbidden call kills.
 * 99: the sandbox could not be entered as asked. Nothing here is part of the program.
 */
#define _GNU_SOURCE
#include "main/roles.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COULD = 0, NO_SANDBOX = 99, REFUSED = 100, FAILED = 101 };

static const char *dir;
static int listener = -1;

static int said(long result)
{
    if (result >= 0)
        return COULD;
    return errno == EACCES || errno == EPERM ? REFUSED : FAILED;
}

static int open_as(const char *path, int flags)
{
    return said(open(path, flags | O_CLOEXEC, 0600));
}

static const char *below(const char *name)
{
    static char path[4096];

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static int try_exec(void)
{
    (void)execl("/bin/true", "true", (char *)NULL);
    return said(-1);
}

static int try_fork(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return said(pid);
}

static int try_fork_and_exec(void)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        (void)execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    return waitpid(pid, &status, 0) == pid && status == 0 ? COULD : FAILED;
}

static int try_socket(void)
{
    return said(socket(AF_INET, SOCK_STREAM, 0));
}

static int try_socket_unix(void)
{
    return said(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int try_bind(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

    return said(bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&any, sizeof any));
}

static int try_connect(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};

    return connect(listener, (struct sockaddr *)&at, sizeof at) == 0 || errno == ECONNREFUSED || errno == EINPROGRESS
               ? COULD
               : said(-1);
}

static int try_listen(void)
{
    return said(listen(listener, 1));
}

static int try_accept(void)
{
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC) >= 0 || errno == EAGAIN || errno == EINVAL ? COULD : said(-1);
}

static int try_ptrace(void)
{
    return said(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int try_mount(void)
{
    return said(mount("none", dir, "tmpfs", 0, NULL));
}

static int try_kill(void)
{
    return said(kill(getppid(), 0));
}

static int try_setuid(void)
{
    return said(syscall(SYS_setuid, getuid()));
}

/* May others of the same user look into its memory, or a core file be written? */
static int try_be_read(void)
{
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? REFUSED : COULD;
}

static int try_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
               ? said(-1)
               : COULD;
}

static int try_make_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return said(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static void *nothing(void *arg)
{
    return arg;
}

static int try_thread(void)
{
    pthread_t thread;

    return pthread_create(&thread, NULL, nothing, NULL) == 0 && pthread_join(thread, NULL) == 0 ? COULD : FAILED;
}

static int try_read_outside(void)
{
    return open_as("/etc/hostname", O_RDONLY);
}

static int try_write_outside(void)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s.outside", dir);
    return open_as(path, O_WRONLY | O_CREAT);
}

static int try_change_outside(void)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s.there", dir);
    return open_as(path, O_WRONLY);
}

static int try_write(void)
{
    return open_as(below("a-file"), O_RDWR | O_CREAT);
}

static int try_remove(void)
{
    return said(unlink(below("to-remove")));
}

static int try_write_store(void)
{
    return open_as(below("store/a-file"), O_RDWR | O_CREAT);
}

static int try_remove_store(void)
{
    (void)try_write_store();
    return said(unlink(below("store/a-file")));
}

static int try_read_store(void)
{
    return open_as(below("store/to-read"), O_RDONLY);
}

static int try_read_dkim(void)
{
    return open_as(below("dkim/news.example/br1.pem"), O_RDONLY);
}

static int try_remove_dkim(void)
{
    return said(unlink(below("dkim/news.example/br1.pem")));
}

static int try_read_password(void)
{
    return open_as(below("smtp.password"), O_RDONLY);
}

static int try_read_journal(void)
{
    return open_as(below("mailer.journal"), O_RDONLY);
}

/* Where the mailer says to which key the list's secret is sealed. */
static int try_write_mailer_key(void)
{
    return open_as(below("mailer.public"), O_WRONLY);
}

static int try_write_journal(void)
{
    return open_as(below("mailer.journal"), O_WRONLY);
}

static int try_read_system(void)
{
    return open_as("/etc/nsswitch.conf", O_RDONLY);
}

/* Of memory that a secret lies in. */
static int try_lock_memory(void)
{
    static char bytes[4096];

    return said(mlock(bytes, sizeof bytes));
}

static int try_read_zone(void)
{
    return open_as("/usr/share/zoneinfo/America/Los_Angeles", O_RDONLY);
}

static int try_mkdir(void)
{
    return said(mkdir(below("a-folder"), 0700));
}

static int try_device(void)
{
    return said(mknod(below("a-device"), S_IFIFO | 0600, 0));
}

static int try_link_out(void)
{
    return said(rename(below("to-move"), "/tmp/moved-out-of-the-data-folder"));
}

/* A descriptor that is there already: the listening socket. */
static int try_read_other(void)
{
    char c;

    return said(read(listener, &c, 1));
}

static int try_write_other(void)
{
    return said(write(listener, "x", 1));
}

static int try_memory(void)
{
    return malloc((size_t)64 * 1024 * 1024) && write(STDOUT_FILENO, "", 0) == 0 ? COULD : FAILED;
}

static int try_bpf(void)
{
    return said(syscall(SYS_bpf, 0, NULL, 0));
}

static int try_ring(void)
{
    return said(syscall(SYS_io_uring_setup, 1, NULL));
}

static const struct {
    const char *name;
    int (*run)(void);
} things[] = {
    {"exec", try_exec},
    {"fork", try_fork},
    {"fork-and-exec", try_fork_and_exec},
    {"socket", try_socket},
    {"socket-unix", try_socket_unix},
    {"bind", try_bind},
    {"connect", try_connect},
    {"listen", try_listen},
    {"accept", try_accept},
    {"ptrace", try_ptrace},
    {"mount", try_mount},
    {"kill", try_kill},
    {"setuid", try_setuid},
    {"be-read", try_be_read},
    {"code", try_code},
    {"make-code", try_make_code},
    {"thread", try_thread},
    {"read-outside", try_read_outside},
    {"write-outside", try_write_outside},
    {"change-outside", try_change_outside},
    {"write", try_write},
    {"remove", try_remove},
    {"write-store", try_write_store},
    {"remove-store", try_remove_store},
    {"read-store", try_read_store},
    {"read-dkim", try_read_dkim},
    {"remove-dkim", try_remove_dkim},
    {"read-password", try_read_password},
    {"read-journal", try_read_journal},
    {"write-journal", try_write_journal},
    {"write-mailer-key", try_write_mailer_key},
    {"read-system", try_read_system},
    {"lock-memory", try_lock_memory},
    {"read-zone", try_read_zone},
    {"mkdir", try_mkdir},
    {"device", try_device},
    {"move-out", try_link_out},
    {"read-other", try_read_other},
    {"write-other", try_write_other},
    {"memory", try_memory},
    {"bpf", try_bpf},
    {"io-uring", try_ring},
};

static int enter(const char *role)
{
    struct arena *a = arena_open(256 * 1024);
    struct sandbox_plan plan = {.needs_landlock = true};
    struct sandbox sandbox = {0};
    struct span why = {0};
    enum rc rc;

    if (strcmp(role, "parent") == 0)
        plan = (struct sandbox_plan){.role = SANDBOX_PARENT, .needs_landlock = true, .write = {dir}};
    else if (strcmp(role, "helper") == 0)
        plan = (struct sandbox_plan){.role = SANDBOX_HELPER, .needs_landlock = true};
    else if (strcmp(role, "mailer") == 0)
        mailer_sandbox(a, &(struct mailer_orders){.data = span_of(dir), .needs_landlock = true}, &plan);
    else
        core_sandbox(a,
                     &(struct orders){.data = span_of(dir),
                                      .needs_landlock = true,
                                      .url = span_of(strcmp(role, "core-db") == 0 ? "postgres://" : NULL)},
                     &plan);
    rc = sandbox_enter(a, &plan, &sandbox, &why);
    if (rc != RC_OK || !sandbox.has_seccomp || !sandbox.landlock)
        fprintf(stderr, "no sandbox: %.*s\n", SPAN_ARGS(why));
    arena_close(&a);
    return rc == RC_OK && sandbox.has_seccomp && sandbox.landlock ? COULD : NO_SANDBOX;
}

int main(int argc, char **argv)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

    if (argc != 4)
        return NO_SANDBOX;
    dir = argv[3];
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(listener, (struct sockaddr *)&any, sizeof any) != 0 || enter(argv[1]) != COULD)
        return NO_SANDBOX;
    for (size_t i = 0; i < COUNT(things); i++)
        if (strcmp(things[i].name, argv[2]) == 0)
            return things[i].run();
    return NO_SANDBOX;
}
