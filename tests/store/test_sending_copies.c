/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A mailing and two copies of the server: one holds it, and the other gets it when the first has been silent for too long.
 */
#include "play_mailer.h"

/* A copy that stood still for too long: another has the run by now. What it had in hand counts, and that is all. */
static void a_run_that_somebody_took_is_let_alone(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    const struct mailing_holder stranger = {"copy two"};
    struct mailing_id id = {1, 0};
    int64_t fence;
    size_t taken;

    HOUSE_NEED(h);
    id.run_no = play_begun(m, h, 700);
    taken = m->hand_count;
    assert_true(taken < 700);
    assert_int_equal(mailing_take(h->db, &id, &stranger, play_now, &fence), RC_CONFLICT);
    play_lapse(h);
    assert_int_equal(mailing_take(h->db, &id, &stranger, play_now, &fence), RC_OK);
    play_finish_all(m, MAIL_SENT, 250, MAIL_CLASS_NONE);
    for (int i = 0; i < 20; i++) {
        play_settle(m);
        play_pass(PLAY_SECOND);
    }
    assert_int_equal(m->hand_count, 0);
    assert_int_equal(play_counts(h, id.run_no).by_state[DELIVERY_SENT], taken);
    assert_int_equal(play_counts(h, id.run_no).by_state[DELIVERY_PENDING], 700 - taken);
}

static void of_two_copies_one_sends(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct play_mailer *n = &play_mailers[1];
    int64_t run;

    HOUSE_NEED(h);
    run = play_begun(m, h, 300);
    play_second(n, h, 0);
    play_turns(n, 5);
    assert_int_equal(play_unlock(n, run), RC_CONFLICT);
    play_until(m, h, run, RUN_DONE);
    assert_int_equal(n->hand_count, 0);
    for (int i = 0; i < 300; i++)
        assert_int_equal(m->sent[i] + n->sent[i], 1);
}

/* Whoever takes over knows nothing of what the other had in hand: in doubt, until the other is back and knows. */
static void a_copy_that_takes_over_doubts_until_the_other_is_back(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct play_mailer *n = &play_mailers[1];
    int64_t claimed;
    int64_t run;

    HOUSE_NEED(h);
    run = play_begun(m, h, 300);
    claimed = play_counts(h, run).by_state[DELIVERY_CLAIMED];
    play_send(m, 20); /* and then it says no more */
    play_second(n, h, 0);
    play_turn(n);
    play_lapse(h);
    assert_int_equal(play_unlock(n, run), RC_OK);
    play_settle(n);
    assert_int_equal(play_counts(h, run).undecided, claimed);
    m->run_count = 0;
    play_greet(m);
    play_settle(m);
    assert_int_equal(play_counts(h, run).undecided, claimed - 20);
    assert_int_equal(play_counts(h, run).by_state[DELIVERY_SENT], 20);
    for (size_t k = 0; k < n->hand_count; k++)
        assert_true(n->hand[k].person_no >= claimed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAY_TEST(a_run_that_somebody_took_is_let_alone),
        PLAY_TEST_POSTGRES(of_two_copies_one_sends),
        PLAY_TEST_POSTGRES(a_copy_that_takes_over_doubts_until_the_other_is_back),
    };

    return cmocka_run_group_tests_name("sending, copies", tests, NULL, NULL);
}
