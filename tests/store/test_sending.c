/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A mailing as core sees it, while nobody dies: a list that is opened, doubles and all; letters that go out, are put off,
 * fail or stay in doubt; hours, pauses, stops, a clock that is put back, a journal that gets full.
 */
#include "play_mailer.h"

static const bool parents_wanted[] = {false, true};

static void a_run_goes_from_the_list_to_its_end(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct mailing_counts c;
    int64_t run;

    HOUSE_NEED(h);
    play_people(h, 1500);
    play_subscriber(h, 2000, S("damaged"), S("educators"));
    play_subscriber(h, 2001, S("double"), S("educators"));
    play_greet(m);
    run = play_start(m, h, NULL);
    assert_int_equal(m->resets, 1);
    assert_int_equal(play_run(h, run).people, 1500);
    assert_int_equal(play_run(h, run).damaged, 1);
    play_until(m, h, run, RUN_DONE);
    c = play_counts(h, run);
    assert_int_equal(c.by_state[DELIVERY_SENT], 1500);
    play_assert_once(m, 1500);
    assert_true(m->hand_most <= 512);
    assert_true(m->until_ms > sending_boot_us() / 1000 && m->until_ms < sending_boot_us() / 1000 + 50000);
    play_turns(m, 2);
    assert_int_equal(m->forgets, 1);
    assert_int_equal(play_run(h, run).key_sealed.n, 0);
}

static void a_list_that_does_not_open_leaves_nothing(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    const struct sending_order order = play_order();
    int64_t run;

    HOUSE_NEED(h);
    play_people(h, 20000);
    assert_int_equal(play_try(m, &order, &run), RC_DENIED); /* no mailer */
    play_greet(m);
    m->unlocks = RC_INVALID;
    assert_int_equal(play_try(m, &order, &run), RC_INVALID);
    play_turns(m, 10);
    assert_int_equal(play_run(h, run).state, 0);
    m->unlocks = RC_OK;
    assert_int_equal(play_try(m, &order, &run), RC_OK);
    sending_down(m->core, m->pair); /* while the list is read */
    for (int i = 0; i < 10; i++)
        (void)sending_turn(m->core);
    assert_int_equal(play_run(h, run).state, 0);
    assert_true(sending_fault(m->core, &(struct mailing_id){1, run}, arena_alloc(play_world, SENDING_FAULT_LEN)));
}

static void only_whom_it_is_for_and_who_did_not_get_it(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct sending_order order = play_order();
    int64_t run;

    HOUSE_NEED(h);
    play_people(h, 20);
    for (unsigned n = 100; n < 110; n++)
        play_subscriber(h, n, S("sealed"), S("parents"));
    play_greet(m);
    order.is_wanted = parents_wanted;
    order.audiences_text = S("parents");
    run = play_start(m, h, &order);
    assert_int_equal(play_run(h, run).people, 10);
    play_until(m, h, run, RUN_DONE);
    order = play_order();
    order.had = &run;
    order.had_count = 1;
    m->taken = 0;
    run = play_start(m, h, &order);
    assert_int_equal(play_run(h, run).people, 20);
}

static void who_left_and_who_wants_less_are_left_out(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct sending_order order = play_order();
    struct seal_object who;
    int64_t run;

    HOUSE_NEED(h);
    play_people(h, 20);
    for (unsigned n = 0; n < 8; n++) {
        who = play_object(n);
        if (n < 5)
            assert_int_equal(subscribers_set_state(h->db, 1, &who, SUBSCRIBER_LEFT, PLAY_TODAY), RC_OK);
        else
            assert_int_equal(subscribers_set_wishes(h->db, 1, &who, LANG_EN, S("educators"), SUBSCRIBER_IMPORTANT),
                             RC_OK);
    }
    play_greet(m);
    run = play_start(m, h, &order);
    assert_int_equal(play_run(h, run).people, 12);
    play_until(m, h, run, RUN_DONE);
    order.is_important = true;
    m->taken = 0;
    run = play_start(m, h, &order);
    assert_int_equal(play_run(h, run).people, 15);
}

static int state_of(struct house *h, unsigned n)
{
    struct seal_object who = play_object(n);
    struct subscriber_row row = {0};

    assert_int_equal(subscribers_find(h->db, play_world, 1, &who, &row), RC_OK);
    return (int)row.state;
}

static void outcomes_of_every_kind(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct mailing_id id = {1, 0};
    struct mailing_counts c;
    int64_t run;
    int64_t people;

    HOUSE_NEED(h);
    run = play_begun(m, h, 12);
    assert_int_equal(m->hand_count, 12);
    for (size_t k = 0; k < 12; k++)
        play_finish(m, &m->hand[k],
                    k < 4    ? MAIL_SENT
                    : k < 6  ? MAIL_FAILED
                    : k < 8  ? MAIL_DEFERRED
                    : k < 10 ? MAIL_UNSENT
                             : MAIL_IN_DOUBT,
                    k < 4   ? 250
                    : k < 6 ? 550
                            : 451,
                    k == 4 ? MAIL_CLASS_NO_SUCH_PERSON : MAIL_CLASS_OTHER);
    play_tell(m);
    play_settle(m);
    c = play_counts(h, run);
    assert_true(c.by_state[DELIVERY_SENT] == 4 && c.by_state[DELIVERY_FAILED] == 2);
    assert_true(c.by_state[DELIVERY_DEFERRED] == 2 && c.undecided == 2);
    assert_int_equal(c.by_state[DELIVERY_PENDING], 2);
    assert_int_equal(state_of(h, 4), SUBSCRIBER_BOUNCED);
    assert_int_equal(state_of(h, 5), SUBSCRIBER_ACTIVE); /* it was refused, and somebody is there */
    play_pass(2 * PLAY_SECOND);
    play_claim(m);
    assert_int_equal(m->hand_count, 2); /* who was not begun */
    assert_int_equal(m->hand[0].attempt, 1);
    play_until(m, h, run, RUN_ACTIVE);
    play_finish_all(m, MAIL_SENT, 250, MAIL_CLASS_NONE);
    play_settle(m);
    play_pass(301 * PLAY_SECOND);
    play_claim(m);
    assert_int_equal(m->hand_count, 2); /* who was put off */
    assert_int_equal(m->hand[0].attempt, 2);
    play_finish_all(m, MAIL_SENT, 250, MAIL_CLASS_NONE);
    play_settle(m);
    play_pass(PLAY_SECOND);
    play_settle(m);
    assert_int_equal(play_run(h, run).state, RUN_ACTIVE); /* two are in doubt: a person decides */
    id.run_no = run;
    assert_int_equal(mailing_resend(h->db, &id, play_now, &people), RC_OK);
    assert_int_equal(people, 2);
    sending_nudge(m->core);
    play_until(m, h, run, RUN_DONE);
    assert_int_equal(play_counts(h, run).by_state[DELIVERY_SENT], 10);
}

/* Twenty thousand letters: it begins anew while nobody is at the mailer (heard() looks), and everybody goes on. */
static void a_journal_begins_anew_before_it_is_full(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    size_t letters = 0;

    HOUSE_NEED(h);
    play_people(h, 500);
    play_greet(m);
    (void)play_start(m, h, NULL);
    assert_int_equal(m->resets, 1);
    while (m->resets == 1 && letters < 30000) {
        play_turn(m);
        letters += m->hand_count;
        play_finish_all(m, MAIL_UNSENT, 0, MAIL_CLASS_NONE);
        play_now.us += 2 * PLAY_SECOND;
    }
    assert_int_equal(m->resets, 2);
    assert_true(letters >= 20000 && letters < 21000);
    play_claim(m);
}

static void a_clock_that_was_put_back_keeps_nobody_waiting(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];

    HOUSE_NEED(h);
    (void)play_begun(m, h, 10);
    play_finish_all(m, MAIL_DEFERRED, 451, MAIL_CLASS_BUSY);
    play_settle(m);
    play_now.us -= 86400 * PLAY_SECOND;
    play_turns(m, 10);
    assert_int_equal(m->hand_count, 10);
    assert_int_equal(m->hand[0].attempt, 2);
}

static void hours_and_the_start_are_kept(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct sending_order order = play_order();
    int64_t run;

    HOUSE_NEED(h);
    play_people(h, 10);
    play_greet(m);
    order.hours_from = 8 * 60;
    order.hours_to = 20 * 60;
    order.starts_at.us = play_now.us + 3600 * PLAY_SECOND;
    run = play_start(m, h, &order);
    play_turns(m, 10);
    assert_int_equal(m->hand_count, 0);
    play_now.us += 3600 * PLAY_SECOND;
    play_minute = 20 * 60;
    play_turns(m, 10);
    assert_int_equal(m->hand_count, 0);
    play_minute = 20 * 60 - 1;
    play_claim(m);
    play_until(m, h, run, RUN_DONE);
}

static void a_pause_calls_back_what_was_not_begun(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct mailing_id id = {1, 0};
    int64_t run;

    HOUSE_NEED(h);
    run = id.run_no = play_begun(m, h, 700);
    assert_int_equal(mailing_change(h->db, &id, RUN_PAUSED), RC_OK);
    sending_nudge(m->core);
    play_turns(m, 2);
    assert_int_equal(m->breaks, 1);
    for (size_t k = 0; k < m->hand_count; k++)
        play_finish(m, &m->hand[k], k < 5 ? MAIL_SENT : MAIL_UNSENT, 250, MAIL_CLASS_NONE);
    play_tell(m);
    play_settle(m);
    play_pass(PLAY_SECOND);
    play_turns(m, 20);
    assert_int_equal(m->hand_count, 0);
    assert_int_equal(play_counts(h, run).by_state[DELIVERY_SENT], 5);
    assert_int_equal(mailing_change(h->db, &id, RUN_ACTIVE), RC_OK);
    sending_nudge(m->core);
    play_pass(PLAY_SECOND);
    play_claim(m);
    assert_int_equal(mailing_change(h->db, &id, RUN_STOPPED), RC_OK);
    sending_nudge(m->core);
    play_turns(m, 2);
    assert_int_equal(m->breaks, 2);
    play_finish_all(m, MAIL_UNSENT, 0, MAIL_CLASS_NONE);
    play_settle(m);
    play_pass(PLAY_SECOND);
    play_turns(m, 20);
    assert_true(play_run(h, run).state == RUN_STOPPED && play_run(h, run).ended_at.us > 0);
    assert_int_equal(play_run(h, run).key_sealed.n, 0);
    assert_int_equal(m->forgets, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAY_TEST(a_run_goes_from_the_list_to_its_end),
        PLAY_TEST(a_list_that_does_not_open_leaves_nothing),
        PLAY_TEST(only_whom_it_is_for_and_who_did_not_get_it),
        PLAY_TEST(who_left_and_who_wants_less_are_left_out),
        PLAY_TEST(outcomes_of_every_kind),
        PLAY_TEST(a_journal_begins_anew_before_it_is_full),
        PLAY_TEST(a_clock_that_was_put_back_keeps_nobody_waiting),
        PLAY_TEST(hours_and_the_start_are_kept),
        PLAY_TEST(a_pause_calls_back_what_was_not_begun),
    };

    return cmocka_run_group_tests_name("sending", tests, NULL, NULL);
}
