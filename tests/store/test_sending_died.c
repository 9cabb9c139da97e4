/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A mailing in which somebody dies: the mailer with letters in hand, the core, the power, a commit of which nobody knows
 * whether it was done. What was claimed is settled by the journal before anybody else is.
 */
#include "play_mailer.h"

static void a_mailer_that_died_is_settled_by_its_journal(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct journal_letter intended;
    struct mailing_counts c;
    int64_t run;
    int64_t people;

    HOUSE_NEED(h);
    run = play_begun(m, h, 300);
    play_send(m, 50);                  /* done, and it could not say so any more */
    for (size_t k = 50; k < 53; k++) { /* their last dot was written, and nobody knows */
        intended = (struct journal_letter){1, run, m->hand[k].person_no, m->hand[k].fence, m->hand[k].attempt};
        assert_int_equal(journal_intend(m->journal, &intended), RC_OK);
    }
    sending_down(m->core, m->pair);
    m->run_count = 0; /* it was started anew */
    play_greet(m);
    play_turns(m, 5);
    c = play_counts(h, run);
    assert_int_equal(c.by_state[DELIVERY_CLAIMED], 0);
    assert_int_equal(c.by_state[DELIVERY_SENT], 50);
    assert_int_equal(c.undecided, 3);
    assert_int_equal(c.by_state[DELIVERY_PENDING], 247);
    assert_int_equal(m->hand_count, 0); /* it waits for an unlock */
    sending_down(m->core, m->pair);
    play_greet(m); /* once more, and the journal that began anew says nothing of those in doubt */
    play_turns(m, 5);
    assert_int_equal(play_counts(h, run).undecided, 3);
    assert_false(sending_has_key(m->core, &(struct mailing_id){1, run}));
    assert_int_equal(play_unlock(m, run), RC_OK);
    assert_int_equal(mailing_leave(h->db, &(struct mailing_id){1, run}, &people), RC_OK);
    sending_nudge(m->core);
    play_until(m, h, run, RUN_DONE);
    for (int i = 0; i < 300; i++)
        assert_int_equal(m->sent[i], i >= 50 && i < 53 ? 0 : 1);
}

static void a_core_that_died_is_settled_too(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct mailing_counts c;
    int64_t run;

    HOUSE_NEED(h);
    run = play_begun(m, h, 300);
    sending_close(&m->core);
    play_send(m, 20);
    play_core(m, h, "copy one");
    play_turn(m);
    assert_true(play_counts(h, run).by_state[DELIVERY_CLAIMED] > 0); /* not before the mailer is at rest */
    play_greet(m);
    play_turns(m, 3);
    c = play_counts(h, run);
    assert_true(c.by_state[DELIVERY_SENT] == 20 && c.undecided == 0);
    play_until(m, h, run, RUN_DONE); /* the mailer has the key still */
    play_assert_once(m, 300);
}

static void without_a_journal_everybody_claimed_is_in_doubt(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    int64_t run;
    int64_t claimed;

    HOUSE_NEED(h);
    run = play_begun(m, h, 300);
    claimed = play_counts(h, run).by_state[DELIVERY_CLAIMED];
    sending_down(m->core, m->pair);
    assert_int_equal(ftruncate(m->journal_fd, 0), 0); /* power went */
    journal_close(&m->journal);
    assert_int_equal(journal_open(m->journal_fd, &m->journal), RC_OK);
    play_greet(m);
    play_turns(m, 3);
    assert_int_equal(play_counts(h, run).undecided, claimed);
    assert_int_equal(play_counts(h, run).by_state[DELIVERY_SENT], 0);
}

/* Who was not begun when a mailer died is claimed again under the same number: the dead say nothing of that. */
static void what_a_mailer_of_before_says_counts_for_nothing(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct mailer_result late = {.outcome = MAIL_SENT, .code = 250};
    struct mailer_frame frame = {.kind = MAILER_RESULTS, .results = {.count = 1, .results = &late}};
    int64_t run;

    HOUSE_NEED(h);
    run = play_begun(m, h, 10);
    play_greet(m);
    play_claim(m);
    late.person_no = m->hand[0].person_no;
    late.attempt = m->hand[0].attempt;
    frame.results.run = (struct mailer_run){1, run};
    frame.results.fence = m->hand[0].fence;
    sending_frame(m->core, m->pair - 1, &frame, play_world);
    play_settle(m);
    assert_int_equal(play_counts(h, run).by_state[DELIVERY_SENT], 0);
    frame.results.fence--; /* of an earlier claim: this one is not answered by it */
    sending_frame(m->core, m->pair, &frame, play_world);
    frame.results.fence++;
    sending_frame(m->core, m->pair, &frame, play_world);
    play_settle(m);
    assert_int_equal(play_counts(h, run).by_state[DELIVERY_SENT], 1);
}

static enum rc claim_tx(struct db *db, void *arg)
{
    return mailing_claim_in(db, arg);
}

/* A commit that is said to have failed may have been done all the same: who is claimed by it is at no mailer. */
static void a_claim_that_nobody_knows_of_is_undone(void **state)
{
    struct house *h = *state;
    struct play_mailer *m = &play_mailers[0];
    struct timespec second = {.tv_sec = 1, .tv_nsec = 100000000};
    struct mailing_claim *c = ARENA_NEW(play_world, struct mailing_claim);
    int64_t run;

    HOUSE_NEED(h);
    run = play_begun(m, h, 300);
    assert_int_equal(m->hand_count, 256);
    play_hinder(h, true);
    play_finish_all(m, MAIL_SENT, 250, MAIL_CLASS_NONE);
    play_turns(m, 2);
    assert_int_equal(m->hand_count, 0);
    play_hinder(h, false);
    *c = (struct mailing_claim){
        .id = {1, run}, .fence = play_run(h, run).fence, .now = play_now, .most = 10, .a = play_world};
    assert_int_equal(db_write(h->db, "claim", claim_tx, c), RC_OK);
    assert_int_equal(c->count, 10);
    (void)nanosleep(&second, NULL); /* for so long a store that failed is let alone */
    play_until(m, h, run, RUN_DONE);
    play_assert_once(m, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAY_TEST(a_mailer_that_died_is_settled_by_its_journal),
        PLAY_TEST(a_core_that_died_is_settled_too),
        PLAY_TEST(without_a_journal_everybody_claimed_is_in_doubt),
        PLAY_TEST(what_a_mailer_of_before_says_counts_for_nothing),
        PLAY_TEST_SQLITE(a_claim_that_nobody_knows_of_is_undone),
    };

    return cmocka_run_group_tests_name("sending, deaths", tests, NULL, NULL);
}
