/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Order: limits, files (Landlock), then calls (seccomp), for Landlock's own calls are not on any list.
 *
 * Builds with a sanitizer go without seccomp: the sanitizer's own calls are many and change. `status` says so.
 */
#define _GNU_SOURCE
#include "sandbox/sandbox.h"

#include "sandbox/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define RIGHTS_READ     (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define RIGHTS_CHANGE                                                                                                  \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                    \
     LANDLOCK_ACCESS_FS_TRUNCATE)

enum { FILES_MOST = 65536, LOCKED_MOST = 64 * 1024 * 1024 };

static enum rc fault(struct arena *a, struct span *fault_out, const char *what)
{
    *fault_out = arena_printf(a, "the sandbox cannot be closed: %s: %s", what, strerror(errno));
    return RC_IO;
}

/* ---- limits ---- */

/* A helper opens nothing and writes no file. What it has open stays open. */
static void lower_helper_limits(uint64_t memory)
{
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0});
    (void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0});
    (void)setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0, 0});
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* their shadow counts */
    if (memory)
        (void)setrlimit(RLIMIT_DATA, &(struct rlimit){memory, memory});
#else
    (void)memory;
#endif
}

static void lower_limits(void)
{
    struct rlimit files;
    struct rlimit locked = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* a core file would hold what people told us */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);             /* nor may another program of the same user look inside */
    if (getrlimit(RLIMIT_MEMLOCK, &locked) == 0 && locked.rlim_max > LOCKED_MOST)
        locked.rlim_max = LOCKED_MOST;
    locked.rlim_cur = locked.rlim_max;
    (void)setrlimit(RLIMIT_MEMLOCK, &locked);
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    if (files.rlim_max > FILES_MOST)
        files.rlim_max = FILES_MOST;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
}

/* ---- files ---- */

/* Rights that the kernel knows, out of all of them: the second version has REFER, the third TRUNCATE. */
static uint64_t known_rights(int version)
{
    uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

    if (version >= 2)
        rights |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
    return rights;
}

static bool allow(int rules, const char *path, uint64_t rights)
{
    struct landlock_path_beneath_attr below = {.allowed_access = rights};
    struct stat st;
    int error;

    if (rights == 0) /* not forbidden in this role */
        return true;
    below.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (below.parent_fd < 0)
        return errno == ENOENT || errno == EACCES;
    if (fstat(below.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        below.allowed_access &= RIGHTS_OF_FILES;
    error = (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
    (void)close(below.parent_fd);
    return error == 0;
}

static bool allow_all(const struct sandbox_plan *plan, int rules, uint64_t handled)
{
    bool is_parent = plan->role == SANDBOX_PARENT;
    uint64_t change = (RIGHTS_READ | RIGHTS_CHANGE) & handled;
    bool is_fine = true;

    /* Core, before its own sandbox, gives the control socket its name: what the parent lacks, core lacks too. */
    if (is_parent)
        change |= LANDLOCK_ACCESS_FS_MAKE_SOCK;
    for (size_t i = 0; i < SANDBOX_PATHS_MAX && plan->read[i] && is_fine; i++)
        is_fine = allow(rules, plan->read[i], RIGHTS_READ & handled);
    for (size_t i = 0; i < SANDBOX_PATHS_MAX && plan->write[i] && is_fine; i++)
        is_fine = allow(rules, plan->write[i], change);
    return is_fine;
}

static enum rc restrict_files(struct arena *a, const struct sandbox_plan *plan, struct sandbox *sandbox,
                              struct span *fault_out)
{
    int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct landlock_ruleset_attr handled = {.handled_access_fs = known_rights(version)};
    enum rc rc = RC_OK;
    int rules;

    if (version < 1 && plan->needs_landlock) {
        *fault_out =
            S("this kernel has no Landlock, which keeps the server to its own files; start it without by writing "
              "“landlock = no” into server.ini");
        return RC_DENIED;
    }
    if (version < 1 || plan->skips_landlock)
        return RC_OK;
    if (plan->role == SANDBOX_PARENT) /* it may read and run what is there */
        handled.handled_access_fs &= ~(uint64_t)(RIGHTS_READ | LANDLOCK_ACCESS_FS_EXECUTE);
    rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (rules < 0)
        return fault(a, fault_out, "landlock_create_ruleset");
    if (!allow_all(plan, rules, handled.handled_access_fs))
        rc = fault(a, fault_out, "landlock_add_rule");
    else if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        rc = fault(a, fault_out, "landlock_restrict_self");
    (void)close(rules);
    sandbox->landlock = rc == RC_OK ? version : 0;
    return rc;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static enum rc close_calls(const struct sandbox_plan *plan)
{
    switch (plan->role) {
    case SANDBOX_PARENT:
        return sandbox_calls_parent();
    case SANDBOX_CORE:
        return sandbox_calls_core(plan->connects);
    case SANDBOX_MAILER:
        return sandbox_calls_mailer();
    case SANDBOX_HELPER:
        return sandbox_calls_helper();
    }
    return RC_INVALID;
}
#endif

enum rc sandbox_enter(struct arena *a, const struct sandbox_plan *plan, struct sandbox *sandbox_out,
                      struct span *fault_out)
{
    enum rc rc;

    *sandbox_out = (struct sandbox){0};
    if (plan->role != SANDBOX_HELPER)
        lower_limits();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fault(a, fault_out, "no_new_privs");
    rc = restrict_files(a, plan, sandbox_out, fault_out);
    if (rc != RC_OK)
        return rc;
    if (plan->role == SANDBOX_HELPER) /* now that Landlock needs no descriptor any more */
        lower_helper_limits(plan->memory);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return RC_OK;
#else
    rc = close_calls(plan);
    if (rc != RC_OK)
        return fault(a, fault_out, "seccomp");
    sandbox_out->has_seccomp = true;
    return RC_OK;
#endif
}
