/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Arenas: zeroed, aligned, bounded. Going past the limit must end the process, so that is tried in a child.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

enum { LIMIT = 4 * 1024 * 1024 };

/* True when `act` ended its process by abort(), which is what CHECK does. */
static bool aborts(void (*act)(struct arena *a))
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit no_core = {0, 0};
        int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);

        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGABRT, SIG_DFL); /* the test library catches it otherwise */
        (void)dup2(quiet, STDERR_FILENO);
        act(arena_open(LIMIT));
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void ask_too_much_at_once(struct arena *a)
{
    (void)arena_alloc(a, LIMIT + 1);
}

static void ask_too_much_in_pieces(struct arena *a)
{
    for (size_t asked = 0; asked <= LIMIT; asked += 1000)
        (void)arena_alloc(a, 1000);
}

static void ask_for_a_wrapped_size(struct arena *a)
{
    (void)arena_alloc_array(a, SIZE_MAX / 2, 4);
}

static void ask_for_nearly_all_memory(struct arena *a)
{
    (void)arena_alloc(a, SIZE_MAX - 8);
}

static void ask_for_half(struct arena *a)
{
    (void)arena_alloc(a, LIMIT / 2);
}

static void limit_ends_the_process(void **state)
{
    (void)state;
    assert_true(aborts(ask_too_much_at_once));
    assert_true(aborts(ask_too_much_in_pieces));
    assert_true(aborts(ask_for_a_wrapped_size));
    assert_true(aborts(ask_for_nearly_all_memory));
    assert_false(aborts(ask_for_half));
}

static void memory_is_zeroed_and_aligned(void **state)
{
    struct arena *a = arena_open(LIMIT);

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 300; size++) {
            char *p = arena_alloc(a, size);

            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xA5, size);
        }
        arena_reset(a); /* what was written must not shine through */
    }
    arena_close(&a);
    assert_null(a);
}

static void allocations_do_not_overlap(void **state)
{
    struct arena *a = arena_open(LIMIT);
    unsigned char *kept[500];

    (void)state;
    for (size_t i = 0; i < 500; i++) {
        kept[i] = arena_alloc(a, i + 1);
        memset(kept[i], (int)(i & 0xFF), i + 1);
    }
    for (size_t i = 0; i < 500; i++)
        for (size_t k = 0; k <= i; k++)
            assert_int_equal(kept[i][k], i & 0xFF);
    arena_close(&a);
}

static void reset_gives_memory_back(void **state)
{
    struct arena *a = arena_open(LIMIT);

    (void)state;
    for (int round = 0; round < 20; round++) { /* many times the limit, were it not given back */
        for (int i = 0; i < 25; i++)
            (void)arena_alloc(a, 100 * 1000);
        arena_reset(a);
    }
    assert_true(arena_used(a) <= LIMIT);
    arena_close(&a);
}

/* What was handed out is zero, in every block that is still there; what is there afterwards can be used. */
static void wiped_is_gone(void **state)
{
    struct arena *a = arena_open(1 << 20);
    char *small = arena_cstr(a, S("rosa@home.example"));
    char *last = arena_alloc(a, 100 * 1000); /* a block of its own, which stays */

    (void)state;
    memset(last, 'x', 100 * 1000);
    assert_int_equal(small[0], 'r');
    arena_wipe(a);
    assert_ptr_equal(arena_alloc(a, 64 * 1000), last);
    arena_reset(a);
    last = arena_cstr(a, S("rosa@home.example"));
    arena_wipe(a);
#ifndef __SANITIZE_ADDRESS__
    for (size_t i = 0; i < 17; i++)
        assert_int_equal(last[i], 0);
#endif
    arena_close(&a);
    a = arena_open(1);
    arena_wipe(a);
    arena_close(&a);
}

static void empty_ones_may_be_closed_and_reset(void **state)
{
    struct arena *none = NULL;
    struct arena *a = arena_open(0);

    (void)state;
    arena_close(&none);
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    assert_non_null(arena_alloc(a, 0));
    arena_close(&a);
}

static void copies_text(void **state)
{
    struct arena *a = arena_open(LIMIT);
    struct span pieces[] = {S("Bay"), {NULL, 0}, S("si"), S("de")};
    struct span copy = arena_dup(a, S("a\0b"));

    (void)state;
    assert_string_equal(arena_cstr(a, S("Harbor")), "Harbor");
    assert_string_equal(arena_cstr(a, (struct span){NULL, 0}), "");
    assert_true(span_eq(copy, S("a\0b")));
    assert_int_equal(copy.p[3], '\0');
    assert_true(span_eq(arena_join(a, pieces, COUNT(pieces)), S("Bayside")));
    assert_int_equal(arena_join(a, NULL, 0).n, 0);
    assert_true(span_eq(arena_printf(a, "%d of %s", 7, "12"), S("7 of 12")));
    assert_int_equal(arena_printf(a, "%2000d", 1).n, 2000);
    arena_close(&a);
}

static void lists_keep_their_items(void **state)
{
    struct arena *a = arena_open(LIMIT);
    LIST(struct span) list = {0};

    (void)state;
    for (size_t i = 0; i < 5000; i++) {
        struct span *item = LIST_ADD(a, &list);

        assert_null(item->p);
        item->n = i;
    }
    assert_int_equal(list.count, 5000);
    for (size_t i = 0; i < list.count; i++)
        assert_int_equal(list.items[i].n, i);
    arena_close(&a);
}

/* What is reserved is there, with what was in the list before, and nothing more is taken for it. */
static void lists_have_what_was_reserved(void **state)
{
    struct arena *a = arena_open(LIMIT);
    LIST(struct span) list = {0};
    const struct span *items;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        LIST_ADD(a, &list)->n = i;
    LIST_RESERVE(a, &list, 1000);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.room, 1003);
    items = list.items;
    LIST_RESERVE(a, &list, 1000);
    for (size_t i = 3; i < 1003; i++)
        LIST_ADD(a, &list)->n = i;
    assert_ptr_equal(list.items, items);
    LIST_ADD(a, &list)->n = 1003;
    for (size_t i = 0; i < list.count; i++)
        assert_int_equal(list.items[i].n, i);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit_ends_the_process),
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(allocations_do_not_overlap),
        cmocka_unit_test(reset_gives_memory_back),
        cmocka_unit_test(wiped_is_gone),
        cmocka_unit_test(empty_ones_may_be_closed_and_reset),
        cmocka_unit_test(copies_text),
        cmocka_unit_test(lists_keep_their_items),
        cmocka_unit_test(lists_have_what_was_reserved),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
