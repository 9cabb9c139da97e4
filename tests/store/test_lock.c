/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The data folder: one process at a time, its owner's, and nothing through links.
 */
#include "house.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int lock_setup(void **state)
{
    struct house *h = calloc(1, sizeof *h);

    if (h == NULL || !house_make(h, HOUSE_SQLITE))
        return -1;
    *state = h;
    return 0;
}

static void the_folder_is_made_and_private(void **state)
{
    struct house *h = *state;
    struct stat st;

    assert_int_equal(db_lock(h->folder, &h->lock, &h->fault), RC_OK);
    assert_string_equal(db_lock_folder(h->lock), h->folder);
    assert_int_equal(stat(h->folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void only_one_at_a_time(void **state)
{
    struct house *h = *state;
    struct db_lock *second = NULL;
    char want[64];

    assert_int_equal(db_lock(h->folder, &h->lock, &h->fault), RC_OK);
    assert_int_equal(db_lock(h->folder, &second, &h->fault), RC_CONFLICT);
    assert_null(second);
    (void)snprintf(want, sizeof want, "Another Breakroom (process %d) works in", getpid());
    assert_non_null(strstr(h->fault.text, want));
    db_unlock(&h->lock);
    assert_int_equal(db_lock(h->folder, &h->lock, &h->fault), RC_OK);
}

static void a_killed_process_lets_go(void **state)
{
    struct house *h = *state;
    int pipes[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(pipes), 0);
    pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
        byte = db_lock(h->folder, &h->lock, &h->fault) == RC_OK ? 'y' : 'n';
        (void)!write(pipes[1], &byte, 1);
        for (;;)
            (void)pause();
    }
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(db_lock(h->folder, &h->lock, &h->fault), RC_CONFLICT);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(db_lock(h->folder, &h->lock, &h->fault), RC_OK);
    (void)close(pipes[0]);
    (void)close(pipes[1]);
}

static void refused(struct house *h, enum rc want, const char *words)
{
    assert_int_equal(db_lock(h->folder, &h->lock, &h->fault), want);
    assert_null(h->lock);
    if (strstr(h->fault.text, words) == NULL)
        fail_msg("“%s” does not say “%s”", h->fault.text, words);
}

/* Where the store's files are; db_lock() makes it, and here it is refused before that. */
static void make_place(const struct house *h)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/" DB_FOLDER, h->folder);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void another_users_folder_is_refused(void **state)
{
    struct house *h = *state;
    char path[128];

    if (geteuid() != 0)
        skip(); /* only root can give a folder away */
    assert_int_equal(mkdir(h->folder, 0700), 0);
    assert_int_equal(chown(h->folder, 1, 1), 0);
    refused(h, RC_DENIED, "belongs to another user (number 1)");
    assert_int_equal(chown(h->folder, 0, 0), 0);
    make_place(h);
    (void)snprintf(path, sizeof path, "%s/" DB_FOLDER "/store.sqlite", h->folder);
    (void)fclose(fopen(path, "wb"));
    assert_int_equal(chown(path, 1, 1), 0);
    refused(h, RC_DENIED, "store.sqlite belongs to another user (number 1)");
}

static void an_open_folder_is_refused(void **state)
{
    struct house *h = *state;

    assert_int_equal(mkdir(h->folder, 0700), 0);
    assert_int_equal(chmod(h->folder, 0777), 0);
    refused(h, RC_DENIED, "Other users may write in");
}

static void links_and_strangers_are_refused(void **state)
{
    static const char *const names[] = {"lock", DB_FOLDER "/store.sqlite", DB_FOLDER "/store.sqlite-wal"};
    struct house *h = *state;
    char path[128];

    assert_int_equal(mkdir(h->folder, 0700), 0);
    make_place(h);
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", h->folder, names[i]);
        assert_int_equal(symlink("/etc/hostname", path), 0);
        refused(h, RC_INVALID, "is not a plain file");
        assert_int_equal(unlink(path), 0);
    }
    (void)snprintf(path, sizeof path, "%s/" DB_FOLDER, h->folder);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(h->folder), 0);
    (void)fclose(fopen(h->folder, "wb"));
    refused(h, RC_INVALID, "cannot be opened");
    assert_int_equal(unlink(h->folder), 0);
    (void)snprintf(h->folder, sizeof h->folder, "%s/no/such", h->root);
    refused(h, RC_NOT_FOUND, "could not be made");
}

#define LOCK_TEST(f)                                                                                                   \
    {                                                                                                                  \
#f, f, lock_setup, house_teardown, NULL                                                                        \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOCK_TEST(the_folder_is_made_and_private), LOCK_TEST(only_one_at_a_time),
        LOCK_TEST(a_killed_process_lets_go),       LOCK_TEST(another_users_folder_is_refused),
        LOCK_TEST(an_open_folder_is_refused),      LOCK_TEST(links_and_strangers_are_refused),
    };

    return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
