/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See demo.h. A demo is served like any campaign, from a store: what people try is what they would run.
 *
 * Who removes the store outlives the demo: a process that waits for the end of a pipe which only the demo holds open. So
 * nothing is left behind even after SIGKILL.
 */
#define _GNU_SOURCE
#include "main/demo.h"

#include "folder/folder.h"
#include "main/command.h"
#include "main/exchange.h"
#include "main/options.h"
#include "main/leaflets.h"
#include "main/papers.h"
#include "main/store_door.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    (void)remove(path);
    return 0;
}

static void remove_tree(const char *path)
{
    (void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A grandchild, so that it is nobody's to wait for. */
static _Noreturn void wait_and_remove(const char *path, int end)
{
    char byte;

    (void)setsid(); /* the terminal's signals are for the demo */
    (void)signal(SIGTERM, SIG_IGN);
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fd != end)
            (void)close(fd);
    if (end > STDERR_FILENO + 1)
        (void)close_range(STDERR_FILENO + 1, (unsigned)end - 1, 0);
    (void)close_range((unsigned)end + 1, ~0U, 0);
    while (read(end, &byte, 1) < 0 && errno == EINTR)
        ;
    remove_tree(path);
    _exit(EXIT_FINE);
}

static bool remove_at_our_end(const char *path)
{
    int pipe_ends[2];
    pid_t pid;

    if (pipe2(pipe_ends, O_CLOEXEC) != 0)
        return false;
    pid = fork();
    if (pid == 0) {
        (void)close(pipe_ends[1]);
        if (fork() == 0)
            wait_and_remove(path, pipe_ends[0]);
        _exit(EXIT_FINE);
    }
    (void)close(pipe_ends[0]);
    if (pid < 0) {
        (void)close(pipe_ends[1]);
        return false;
    }
    (void)waitpid(pid, NULL, 0);
    return true; /* the other end stays open until we are no more */
}

static int make_folder(struct arena *a, const char **data_out)
{
    const char *tmp = getenv("TMPDIR");
    char *data = (char *)(uintptr_t)arena_cstr(
        a, arena_printf(a, "%s/breakroom-demo-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp"));

    if (mkdtemp(data) == NULL) {
        say_fault("no folder for the demo's store can be made in %s: %s", tmp && tmp[0] == '/' ? tmp : "/tmp",
                  strerror(errno));
        return EXIT_TROUBLE;
    }
    *data_out = data;
    if (remove_at_our_end(data))
        return EXIT_FINE;
    remove_tree(data);
    say_fault("the system gives no more processes");
    return EXIT_TROUBLE;
}

static int load_into(struct arena *a, const char *data, const struct load_order *order, struct instant now)
{
    struct store_door door = {0};
    struct load_plan plan;
    enum rc rc = RC_OK;
    bool is_open = store_door_open(data, NULL, now, &door);

    if (is_open) {
        rc = load_look(door.db, a, order, now, &plan);
        if (rc == RC_OK)
            rc = load_write(door.db, a, order, &plan, now);
        if (rc != RC_OK)
            say_fault("%.*s", SPAN_ARGS(store_door_fault(rc)));
    }
    store_door_close(&door);
    return is_open && rc == RC_OK ? EXIT_FINE : EXIT_TROUBLE;
}

/* What a load needs of the folder. */
static int read_folder(struct arena *a, const char *folder, struct instant now, struct load_order *order_out)
{
    struct folder_files *files = ARENA_NEW(a, struct folder_files);
    struct folder_source disk = {0};
    struct folder_source keeping;
    struct compiled *compiled = ARENA_NEW(a, struct compiled);
    struct papers *papers = papers_open(a, folder, PAPERS_SEALS_ASIDE);
    struct span fault = {0};
    enum rc rc = folder_source_open(a, folder, &disk, &fault);

    if (rc == RC_OK) {
        keeping = folder_source_keeping(a, &disk, files);
        rc = compile_source_reading(a, &keeping, papers_publisher(papers), now, true, compiled, &fault);
    }
    if (rc == RC_OK && compiled->diags.errors == 0)
        leaflets_make(a, papers, compiled);
    papers_close(&papers);
    folder_source_close(&disk);
    if (rc == RC_INVALID || (rc == RC_OK && compiled->diags.errors)) {
        say_fault("the campaign has %zu error%s; “breakroom check %s” lists them", compiled->diags.errors,
                  compiled->diags.errors == 1 ? "" : "s", folder);
        return EXIT_ERRORS;
    }
    if (rc != RC_OK) {
        say_fault("%.*s", SPAN_ARGS(fault));
        return EXIT_TROUBLE;
    }
    order_out->host = compiled->campaign->host;
    order_out->compiled = compiled;
    folder_split(a, compiled->campaign, files, &order_out->pieces);
    return EXIT_FINE;
}

int demo_store_make(struct arena *a, const char *folder, struct instant now, struct demo_store *demo_out)
{
    struct arena *scratch = arena_open(COMPILE_MEMORY);
    struct load_order order = {0};
    int code = read_folder(scratch, folder, now, &order);

    if (code == EXIT_FINE)
        code = make_folder(a, &demo_out->data);
    if (code == EXIT_FINE)
        code = load_into(scratch, demo_out->data, &order, now);
    demo_out->host = arena_dup(a, order.host);
    arena_close(&scratch);
    return code;
}
