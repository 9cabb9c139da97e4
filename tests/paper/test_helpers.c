/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Helpers that hang, die, lie or are not there: a clear fault each, in time, and nothing left behind.
 */
#include "folder.h"
#include "make.h"
#include "paper/child.h"
#include "paper/paper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena *arena;
static char work[] = "/tmp/test_helpers.XXXXXX";

static int set_up(void **state)
{
    (void)state;
    arena = arena_open((size_t)1024 * 1024 * 1024);
    return mkdtemp(work) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(&arena);
    return rmdir(work);
}

/* The fake stands in for both helpers, in a folder that is called what it shall do. */
static enum paper_fault fault_when(const char *how)
{
    struct paper_job job = {.limits = {.page_ms = 300, .page_wait_ms = 600, .document_ms = 5000, .pages_most = 100}};
    struct span content = make_text(arena, 72, 720, 12, "Words");
    struct paper_source source = {make_pages(arena, &content, 1, S("")), DOC_KIND_PDF, LANG_EN};
    struct paper_text text;
    struct paper_problem problem;
    char folder[256];
    char program[512];
    int64_t began = child_now();
    enum rc rc;

    (void)snprintf(folder, sizeof folder, "%s/%s", work, how);
    (void)snprintf(program, sizeof program, "%s/breakroom-paper", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    if (strcmp(how, "absent") != 0)
        assert_int_equal(symlink(FAKE_HELPER, program), 0);
    test_helper_folder = folder;
    rc = paper_read(arena, &job, &source, &text, &problem);
    assert_true((rc == RC_OK) == (problem.fault == PAPER_FINE));
    if (rc != RC_OK)
        assert_null(text.text.pages);
    assert_true(child_now() - began < 60000);         /* of 0.6 s and 5 s: a machine may be busy, nothing may hang */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left, dead or alive */
    (void)unlink(program);
    assert_int_equal(rmdir(folder), 0);
    return problem.fault;
}

static void must_be(const char *how, enum paper_fault fault)
{
    enum paper_fault is = fault_when(how);

    if (is != fault)
        fail_msg("%s is “%.*s”, must be “%.*s”", how, SPAN_ARGS(paper_fault_words(is)),
                 SPAN_ARGS(paper_fault_words(fault)));
}

static void not_there(void **state)
{
    (void)state;
    must_be("absent", PAPER_NO_HELPER);
    must_be("gone", PAPER_NO_HELPER);
    must_be("other-release", PAPER_NO_HELPER);
}

static void silent(void **state)
{
    (void)state;
    must_be("deaf", PAPER_SLOW_PAGE);
    must_be("no-listener", PAPER_SLOW_PAGE);
    must_be("hang", PAPER_SLOW_PAGE);
    must_be("burn", PAPER_SLOW_PAGE);
    must_be("short", PAPER_DIED); /* it ends in the middle of a page */
}

static void dying(void **state)
{
    (void)state;
    must_be("killed", PAPER_DIED);
    must_be("crash", PAPER_DIED);
}

static void lying(void **state)
{
    static const char *const lies[] = {"nonsense",   "pages",     "huge",          "other-kind", "other-page",
                                       "wide",       "line",      "sure",          "space",      "not-utf8",
                                       "many-words", "our-fault", "unknown-fault", "more-pages"};

    (void)state;
    for (size_t i = 0; i < COUNT(lies); i++)
        must_be(lies[i], PAPER_NONSENSE);
}

static void every_fault_has_words(void **state)
{
    (void)state;
    for (int i = 0; i < PAPER_FAULT_COUNT; i++)
        assert_true(paper_fault_words((enum paper_fault)i).n > 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_there),
        cmocka_unit_test(silent),
        cmocka_unit_test(dying),
        cmocka_unit_test(lying),
        cmocka_unit_test(every_fault_has_words),
    };

    return cmocka_run_group_tests_name("helpers", tests, set_up, tear_down);
}
