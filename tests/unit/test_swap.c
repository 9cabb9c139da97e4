/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A folder replaced whole or not at all: by a build that ends, one that gives up, two at a time, on a full disk, and
 * never in the place of somebody's other folder.
 */
#define _GNU_SOURCE
#include "fixture.h"

#include "main/swap.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

struct world {
    struct arena *arena;
    char dir[64];
    char out[80];
    struct span fault;
};

static struct world world;

static int open_world(void **state)
{
    world = (struct world){.arena = arena_open(64 << 20)};
    fixture_make_empty(world.dir);
    (void)snprintf(world.out, sizeof world.out, "%s/site", world.dir);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;

    fixture_remove(w->dir);
    arena_close(&w->arena);
    return 0;
}

static const char *at(struct world *w, const char *path)
{
    return arena_printf(w->arena, "%s/%s", w->dir, path).p;
}

static struct span read_all(struct world *w, const char *path)
{
    static char bytes[4096];
    FILE *in = fopen(at(w, path), "rb");
    size_t n;

    if (in == NULL)
        return (struct span){0};
    n = fread(bytes, 1, sizeof bytes, in);
    assert_int_equal(fclose(in), 0);
    return arena_dup(w->arena, (struct span){bytes, n});
}

static bool holds(struct world *w, const char *path, const char *text)
{
    return span_eq(read_all(w, path), span_of(text)) && access(at(w, path), F_OK) == 0;
}

/* Entries beside each other in the folder around the site, hidden ones included. */
static size_t count_beside(struct world *w)
{
    DIR *dir = opendir(w->dir);
    size_t n = 0;

    assert_non_null(dir);
    while (readdir(dir))
        n++;
    (void)closedir(dir);
    return n - 2;
}

static enum rc build(struct world *w, const char *text)
{
    struct swap *s = NULL;
    enum rc rc = swap_open(w->arena, w->out, &s, &w->fault);

    if (rc == RC_OK)
        rc = swap_write(s, S("index.html"), span_of(text), &w->fault);
    if (rc == RC_OK)
        rc = swap_write(s, S("news/2026/x.html"), span_of(text), &w->fault);
    if (rc == RC_OK)
        rc = swap_commit(s, &w->fault);
    swap_close(&s);
    assert_null(s);
    return rc;
}

static void new_folder_appears_and_is_replaced(void **state)
{
    struct world *w = *state;

    assert_int_equal(build(w, "one"), RC_OK);
    assert_true(holds(w, "site/index.html", "one"));
    assert_true(holds(w, "site/news/2026/x.html", "one"));
    fixture_write(w->dir, &(struct fixture_file){"site/old.html", "old", 0});
    assert_int_equal(build(w, "two"), RC_OK);
    assert_true(holds(w, "site/news/2026/x.html", "two"));
    assert_false(holds(w, "site/old.html", "old"));
    assert_int_equal(count_beside(w), 1);
}

static void empty_folder_and_slash_are_fine(void **state)
{
    struct world *w = *state;

    assert_int_equal(mkdir(w->out, 0755), 0);
    strcat(w->out, "//");
    assert_int_equal(build(w, "one"), RC_OK);
    assert_true(holds(w, "site/index.html", "one"));
}

static void given_up_leaves_the_old_one(void **state)
{
    struct world *w = *state;
    struct swap *s = NULL;

    assert_int_equal(build(w, "one"), RC_OK);
    assert_int_equal(swap_open(w->arena, w->out, &s, &w->fault), RC_OK);
    assert_int_equal(swap_write(s, S("index.html"), S("half"), &w->fault), RC_OK);
    assert_true(holds(w, "site/index.html", "one"));
    swap_close(&s);
    assert_true(holds(w, "site/index.html", "one"));
    assert_int_equal(count_beside(w), 1);
    swap_close(&s); /* null is fine */
}

static void foreign_folder_is_refused(void **state)
{
    struct world *w = *state;

    fixture_write(w->dir, &(struct fixture_file){"site/thesis.txt", "mine", 0});
    assert_int_equal(build(w, "one"), RC_CONFLICT);
    assert_true(span_find(w->fault, S("files that no build wrote")) != SPAN_NONE);
    assert_true(holds(w, "site/thesis.txt", "mine"));
    assert_int_equal(count_beside(w), 1);
}

static void hidden_file_is_a_file(void **state)
{
    struct world *w = *state;

    fixture_write(w->dir, &(struct fixture_file){"site/.git/config", "mine", 0});
    assert_int_equal(build(w, "one"), RC_CONFLICT);
    assert_true(holds(w, "site/.git/config", "mine"));
}

static void file_is_no_folder(void **state)
{
    struct world *w = *state;

    fixture_write(w->dir, &(struct fixture_file){"site", "mine", 0});
    assert_int_equal(build(w, "one"), RC_IO);
    assert_true(holds(w, "site", "mine"));
    (void)snprintf(w->out, sizeof w->out, "%s/none/site", w->dir);
    assert_int_equal(build(w, "one"), RC_IO);
    assert_true(span_find(w->fault, S("No such file")) != SPAN_NONE);
    assert_int_equal(count_beside(w), 1);
}

static void names_that_are_none_are_refused(void **state)
{
    static const char *const names[] = {"", ".", "..", "/", "x/.", "x/.."};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct swap *s = NULL;

        assert_int_equal(swap_open(w->arena, names[i], &s, &w->fault), RC_INVALID);
        swap_close(&s);
    }
}

static void what_a_killed_build_left_is_cleared(void **state)
{
    struct world *w = *state;

    assert_int_equal(build(w, "one"), RC_OK);
    fixture_write(w->dir, &(struct fixture_file){".site.breakroom-new/a/b/half.html", "half", 0});
    fixture_write(w->dir, &(struct fixture_file){"outside.txt", "mine", 0});
    assert_int_equal(symlink("../../..", at(w, ".site.breakroom-new/a/up")), 0);
    assert_int_equal(symlink(at(w, "outside.txt"), at(w, ".site.breakroom-new/link")), 0);
    assert_int_equal(build(w, "two"), RC_OK);
    assert_true(holds(w, "site/index.html", "two"));
    assert_false(holds(w, "site/a/b/half.html", "half"));
    assert_true(holds(w, "outside.txt", "mine")); /* a link is removed, not what it leads to */
    assert_int_equal(count_beside(w), 2);
}

static void two_at_a_time_are_one_too_many(void **state)
{
    struct world *w = *state;
    struct swap *first = NULL;

    assert_int_equal(build(w, "one"), RC_OK);
    assert_int_equal(swap_open(w->arena, w->out, &first, &w->fault), RC_OK);
    assert_int_equal(swap_write(first, S("index.html"), S("two"), &w->fault), RC_OK);
    assert_int_equal(build(w, "three"), RC_CONFLICT);
    assert_true(span_find(w->fault, S("another build is writing")) != SPAN_NONE);
    assert_int_equal(swap_commit(first, &w->fault), RC_OK); /* the refused one has cleared nothing away */
    swap_close(&first);
    assert_true(holds(w, "site/index.html", "two"));
    assert_int_equal(build(w, "three"), RC_OK);
}

static void killed_before_commit_leaves_the_old_one(void **state)
{
    struct world *w = *state;
    int status = 0;
    pid_t child;

    assert_int_equal(build(w, "one"), RC_OK);
    child = fork();
    if (child == 0) {
        struct swap *s = NULL;

        if (swap_open(w->arena, w->out, &s, &w->fault) == RC_OK &&
            swap_write(s, S("index.html"), S("half"), &w->fault) == RC_OK)
            (void)raise(SIGKILL);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_true(holds(w, "site/index.html", "one"));
    assert_int_equal(count_beside(w), 2);
    assert_int_equal(build(w, "two"), RC_OK);
    assert_true(holds(w, "site/index.html", "two"));
    assert_int_equal(count_beside(w), 1);
}

static void one_path_twice_is_refused(void **state)
{
    struct world *w = *state;
    struct swap *s = NULL;

    assert_int_equal(swap_open(w->arena, w->out, &s, &w->fault), RC_OK);
    assert_int_equal(swap_write(s, S("a.html"), S("1"), &w->fault), RC_OK);
    assert_int_equal(swap_write(s, S("a.html"), S("2"), &w->fault), RC_IO);
    assert_int_equal(swap_write(s, S("a.html/b.html"), S("2"), &w->fault), RC_IO);
    swap_close(&s);
    assert_int_equal(count_beside(w), 0);
}

/* A disk of one megabyte: the old site stays, nothing is left over, and the sentence says why. */
static void full_disk_leaves_the_old_one(void **state)
{
    struct world *w = *state;
    static char much[2 * 1024 * 1024];
    struct swap *s = NULL;
    enum rc rc;

    if (mount("tmpfs", w->dir, "tmpfs", 0, "size=1m") == -1) {
        print_message("no mount here: %s\n", strerror(errno));
        skip();
    }
    rc = build(w, "one");
    if (rc == RC_OK)
        rc = swap_open(w->arena, w->out, &s, &w->fault);
    if (rc == RC_OK)
        rc = swap_write(s, S("big.bin"), (struct span){much, sizeof much}, &w->fault);
    swap_close(&s);
    if (rc != RC_IO || span_find(w->fault, S("No space left on device")) == SPAN_NONE ||
        !holds(w, "site/index.html", "one") || count_beside(w) != 1)
        rc = RC_OK;
    assert_int_equal(umount2(w->dir, MNT_DETACH), 0);
    assert_int_equal(rc, RC_IO);
}

int main(void)
{
#define ONE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        ONE(new_folder_appears_and_is_replaced),
        ONE(empty_folder_and_slash_are_fine),
        ONE(given_up_leaves_the_old_one),
        ONE(foreign_folder_is_refused),
        ONE(hidden_file_is_a_file),
        ONE(file_is_no_folder),
        ONE(names_that_are_none_are_refused),
        ONE(what_a_killed_build_left_is_cleared),
        ONE(two_at_a_time_are_one_too_many),
        ONE(killed_before_commit_leaves_the_old_one),
        ONE(one_path_twice_is_refused),
        ONE(full_disk_leaves_the_old_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
