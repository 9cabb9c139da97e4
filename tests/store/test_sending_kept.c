/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * handover = server: a mailing whose key the server keeps goes on alone after a death, here or at another copy; it does not
 * with the setting off, or under another server's key, and nothing is kept when it is over.
 */
#include "play_mailer.h"

/* All of it was killed: what is left is the store and the journal. `keeper`: what server.ini and server.key say now. */
static void start_anew(struct play_mailer *m, struct house *h, const char *name, char keeper)
{
    sending_close(&m->core);
    m->run_count = 0;
    m->keeper = keeper;
    play_core(m, h, name);
    play_greet(m);
}

static int64_t keep_and_claim(struct play_mailer *m, struct house *h, unsigned people)
{
    int64_t run;

    play_people(h, people);
    sending_close(&m->core);
    m->keeper = '1';
    play_core(m, h, "copy one");
    play_greet(m);
    run = play_start(m, h, NULL);
    assert_true(span_eq(play_run(h, run).key_kept, S("k1")));
    play_claim(m);
    return run;
}

static void a_run_goes_on_alone(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    int64_t run;

    HOUSE_NEED(h);
    run = keep_and_claim(m, h, 600);
    play_send(m, 50);
    sending_down(m->core, m->pair); /* the mailer alone */
    m->run_count = 0;
    play_greet(m);
    play_turns(m, 5);
    assert_true(m->opens == 1 && sending_has_key(m->core, &(struct mailing_id){1, run}));
    play_claim(m);
    play_send(m, 30);
    start_anew(m, h, "copy one", '1'); /* everything */
    play_until(m, h, run, RUN_DONE);
    assert_int_equal(m->opens, 2);
    play_assert_once(m, 600);
    assert_int_equal(play_run(h, run).key_kept.n, 0);
    play_turns(m, 2);
    assert_int_equal(m->forgets, 1);
}

static void paused_it_stays_paused_and_stopped_it_is_over(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct mailing_id id = {1, 0};

    HOUSE_NEED(h);
    id.run_no = keep_and_claim(m, h, 300);
    assert_int_equal(mailing_change(h->db, &id, RUN_PAUSED), RC_OK);
    start_anew(m, h, "copy one", '1');
    play_settle(m);
    play_pass(PLAY_SECOND);
    play_settle(m);
    assert_true(m->hand_count == 0 && sending_has_key(m->core, &id));
    assert_int_equal(mailing_change(h->db, &id, RUN_STOPPED), RC_OK);
    start_anew(m, h, "copy one", '1');
    play_turns(m, 20);
    assert_true(play_run(h, id.run_no).ended_at.us > 0 && play_run(h, id.run_no).key_kept.n == 0);
    assert_int_equal(m->opens, 1);
}

static void with_the_setting_off_it_waits_and_nothing_is_kept(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    int64_t run;

    HOUSE_NEED(h);
    run = keep_and_claim(m, h, 300);
    start_anew(m, h, "copy one", 0);
    assert_int_equal(play_run(h, run).key_kept.n, 0); /* at once */
    play_settle(m);
    play_pass(PLAY_SECOND);
    play_settle(m);
    assert_true(m->hand_count == 0 && m->opens == 0);
    assert_int_equal(play_unlock(m, run), RC_OK);
    assert_int_equal(play_run(h, run).key_kept.n, 0);
    play_until(m, h, run, RUN_DONE);
    play_assert_once(m, 300);
}

static void with_another_servers_key_it_waits_for_an_unlock(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct mailing_holder nobody = {{0}};
    struct mailing_run row;
    int64_t run;

    HOUSE_NEED(h);
    run = keep_and_claim(m, h, 300);
    start_anew(m, h, "copy one", '2');
    play_turns(m, 20);
    row = play_run(h, run);
    assert_int_equal(sending_kept(m->core, &row), SENDING_KEPT_FOREIGN);
    assert_true(m->hand_count == 0 && m->opens == 1); /* asked once */
    assert_int_equal(mailing_find(h->db, play_world, &(struct mailing_id){1, run}, &nobody, play_now, &row), RC_OK);
    assert_false(row.is_held); /* a copy with the right one may have it */
    assert_int_equal(play_unlock(m, run), RC_OK);
    assert_true(span_eq(play_run(h, run).key_kept, S("k2"))); /* and from here on this one counts */
    start_anew(m, h, "copy one", '2');
    play_until(m, h, run, RUN_DONE);
    play_assert_once(m, 300);
}

/* Copy one is gone, with fifty sent, three at the last dot, the others not begun; nobody knows but its journal. */
static void the_other_copy_takes_over(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct play_mailer *n = &play_mailers[1];
    struct mailing_id id = {1, 0};
    int64_t claimed;
    int64_t people;

    HOUSE_NEED(h);
    id.run_no = keep_and_claim(m, h, 700);
    claimed = play_counts(h, id.run_no).by_state[DELIVERY_CLAIMED];
    play_send(m, 50);
    for (size_t k = 50; k < 53; k++)
        play_finish(m, &m->hand[k], MAIL_IN_DOUBT, 0, MAIL_CLASS_NONE);
    play_second(n, h, '1');
    play_settle(n);
    play_pass(PLAY_SECOND);
    play_settle(n);
    assert_true(n->opens == 0 && n->hand_count == 0);                                  /* while the lease holds */
    assert_int_equal(mailing_let_go(h->db, &id, play_run(h, id.run_no).fence), RC_OK); /* its time is over */
    sending_nudge(n->core);
    for (int i = 0; i < PLAY_TURNS && play_counts(h, id.run_no).by_state[DELIVERY_SENT] < 700 - claimed; i++)
        play_letters(n);
    assert_int_equal(n->opens, 1);
    assert_int_equal(play_counts(h, id.run_no).undecided, claimed);
    start_anew(m, h, "copy one", '1'); /* back, and its journal knows */
    play_turns(m, 20);
    assert_int_equal(play_counts(h, id.run_no).by_state[DELIVERY_SENT], 750 - claimed);
    assert_int_equal(m->hand_count, 0);
    assert_int_equal(mailing_resend(h->db, &id, play_now, &people), RC_OK);
    assert_int_equal(people, claimed - 50);
    sending_nudge(n->core);
    play_until(n, h, id.run_no, RUN_DONE);
    assert_int_equal(play_run(h, id.run_no).key_kept.n, 0);
    for (int i = 0; i < 700; i++)
        assert_int_equal(m->sent[i] + n->sent[i], 1); /* those three were not, as the test knows */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAY_TEST(a_run_goes_on_alone),
        PLAY_TEST(paused_it_stays_paused_and_stopped_it_is_over),
        PLAY_TEST(with_the_setting_off_it_waits_and_nothing_is_kept),
        PLAY_TEST(with_another_servers_key_it_waits_for_an_unlock),
        PLAY_TEST_POSTGRES(the_other_copy_takes_over),
    };

    return cmocka_run_group_tests_name("sending, kept keys", tests, NULL, NULL);
}
