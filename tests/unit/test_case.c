/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * States of allegations: which may follow which, all pairs; and what words may say on each day of a long case.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rc.h"
#include "model/case.h"

static struct date day(int8_t month, int8_t number)
{
    return (struct date){2026, month, number};
}

static void add(struct arena *a, struct allegation *al, struct date date, enum case_state state)
{
    *LIST_ADD(a, &al->steps) = (struct case_step){.date = date, .state = state};
}

/* A letter for what may follow, a dot for what may not, in the order of the states. */
static void follow(struct arena *a, const struct allegation *al, const char *wanted)
{
    struct span instead;
    char got[CASE_STATE_COUNT + 1] = {0};

    for (int i = 0; i < CASE_STATE_COUNT; i++)
        got[i] = case_may_follow(a, al->steps.items, al->steps.count, (enum case_state)i, &instead) ? "rcCsdSarf"[i]
                                                                                                    : '.';
    assert_string_equal(got, wanted);
}

static void each_state_has_what_follows(void **state)
{
    static const char *const wanted[CASE_STATE_COUNT] = {
        [CASE_REPORTED] = ".cCsdS...",  [CASE_CHARGED] = "..CsdS...",   [CASE_COMPLAINT_ISSUED] = "...sdS...",
        [CASE_SETTLED] = ".......rf",   [CASE_DISMISSED] = "......arf", [CASE_SUSTAINED] = "...s..arf",
        [CASE_ON_APPEAL] = "...s...rf", [CASE_REVERSED] = "..CsdSa.f",  [CASE_FINAL] = ".........",
    };
    struct arena *a = arena_open((size_t)1 << 20);

    (void)state;
    follow(a, &(struct allegation){0}, "rcCsdS...");
    for (int i = 0; i < CASE_STATE_COUNT; i++) {
        struct allegation al = {0};

        add(a, &al, day(1, 1), (enum case_state)i);
        if (i != CASE_ON_APPEAL)
            follow(a, &al, wanted[i]);
    }
    arena_close(&a);
}

/* What an appeal upholds is what was decided, and no more. */
static void appeal_upholds_what_was_decided(void **state)
{
    struct arena *a = arena_open((size_t)1 << 20);
    struct allegation al = {0};
    struct span instead;

    (void)state;
    add(a, &al, day(1, 1), CASE_DISMISSED);
    add(a, &al, day(2, 1), CASE_ON_APPEAL);
    follow(a, &al, "...sd..rf");
    assert_false(case_may_follow(a, al.steps.items, al.steps.count, CASE_SUSTAINED, &instead));
    assert_true(span_eq(instead, S("settled, dismissed, reversed, final")));
    al.steps.items[0].state = CASE_SUSTAINED;
    follow(a, &al, "...s.S.rf");
    arena_close(&a);
}

static void words_bear_what_the_day_bears(void **state)
{
    static const struct {
        enum case_state state;
        enum legal_strength strength;
        enum legal_strength ever;
    } all[] = {
        {CASE_REPORTED, LEGAL_ALLEGED, LEGAL_ALLEGED},
        {CASE_CHARGED, LEGAL_CHARGED, LEGAL_CHARGED},
        {CASE_COMPLAINT_ISSUED, LEGAL_COMPLAINT, LEGAL_COMPLAINT},
        {CASE_DISMISSED, LEGAL_ALLEGED, LEGAL_COMPLAINT},
        {CASE_ON_APPEAL, LEGAL_ALLEGED, LEGAL_COMPLAINT},
        {CASE_REVERSED, LEGAL_ALLEGED, LEGAL_COMPLAINT},
        {CASE_SUSTAINED, LEGAL_FOUND, LEGAL_FOUND},
        {CASE_ON_APPEAL, LEGAL_FOUND, LEGAL_FOUND},
        {CASE_REVERSED, LEGAL_ALLEGED, LEGAL_FOUND},
        {CASE_FINAL, LEGAL_ALLEGED, LEGAL_FOUND},
    };
    struct arena *a = arena_open((size_t)1 << 20);
    struct allegation al = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++)
        add(a, &al, day((int8_t)(i + 1), 10), all[i].state);
    assert_null(allegation_step(&al, day(1, 9)));
    assert_int_equal(allegation_strength(&al, day(1, 9)), LEGAL_NOTHING);
    for (size_t i = 0; i < COUNT(all); i++) {
        struct date eve = day((int8_t)(i + 2), 9);

        assert_int_equal(allegation_strength(&al, day((int8_t)(i + 1), 10)), all[i].strength);
        assert_int_equal(allegation_strength(&al, eve), all[i].strength);
        assert_int_equal(allegation_strength_ever(&al, eve), all[i].ever);
        assert_int_equal(allegation_step(&al, eve)->state, all[i].state);
    }
    assert_int_equal(allegation_outcome(&al, day(5, 20))->state, CASE_DISMISSED);
    assert_int_equal(allegation_outcome(&al, day(10, 20))->state, CASE_REVERSED);
    arena_close(&a);
}

static void names_go_both_ways(void **state)
{
    enum case_state back;

    (void)state;
    for (int i = 0; i < CASE_STATE_COUNT; i++) {
        assert_true(case_state_from_name(case_state_name((enum case_state)i), &back));
        assert_int_equal(back, i);
    }
    assert_false(case_state_from_name(S("Sustained"), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_what_follows),
        cmocka_unit_test(appeal_upholds_what_was_decided),
        cmocka_unit_test(words_bear_what_the_day_bears),
        cmocka_unit_test(names_go_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
