/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The core's side of a mailing (main/sending.h) on a store of its own, against a mailer that the test plays. The test turns
 * the engine itself, holds the clock, and says what becomes of each letter; in the journal it writes what a mailer would.
 *
 * The campaign is 1. An address is a number here, and a record the word that says what becomes of it: "sealed", "damaged",
 * "double".
 */
#ifndef TESTS_PLAY_MAILER_H
#define TESTS_PLAY_MAILER_H

#include "house.h"

#include "mail/journal.h"
#include "main/sending.h"
#include "store/subscribers.h"

enum { PLAY_TODAY = 20600, PLAY_TURNS = 4000, PLAY_MOST = 4000, PLAY_IN_HAND = 1024 };

#define PLAY_SECOND INT64_C(1000000)

extern struct instant play_now;
extern struct arena *play_world; /* dies with the test */
extern int play_minute;          /* of the campaign's day */

struct play_letter {
    int64_t run_no;
    int64_t person_no;
    int64_t fence;
    int32_t attempt;
};

struct play_mailer {
    struct sending *core;
    uint64_t pair;
    char journal_path[128];
    int journal_fd;
    struct journal *journal;
    struct mailer_run runs[16];
    size_t run_count;
    enum rc unlocks; /* what it says to an unlock */
    char keeper;     /* 0; or which server's key it keeps keys with */
    size_t opens;    /* how often it was asked to open what is kept */
    int64_t taken;   /* of the freeze */
    int64_t doubles[16];
    size_t double_count;
    int64_t sites[64];
    struct play_letter hand[PLAY_IN_HAND];
    size_t hand_count;
    size_t hand_most;
    bool has_letters;
    size_t breaks;
    size_t forgets;
    size_t resets;
    int64_t until_ms;
    struct buf *answers; /* frames to give back */
    int sent[PLAY_MOST]; /* by person, whatever the run */
};

/* The first is there when a test begins, with its core; nobody has greeted yet. */
extern struct play_mailer play_mailers[2];

/* ---- mailer and core ---- */

void play_core(struct play_mailer *m, struct house *h, const char *name);
/* A mailer with a journal of its own, for a core of its own. `keeper`: what server.ini and server.key say there. */
void play_second(struct play_mailer *n, struct house *h, char keeper);
void play_greet(struct play_mailer *m);
/* The engine turns once, and hears what the mailer says to that; or `n` times. */
void play_turn(struct play_mailer *m);
void play_turns(struct play_mailer *m, int n);
void play_pass(int64_t us);
void play_settle(struct play_mailer *m); /* what came is written down */

/* ---- people and runs ---- */

struct seal_object play_object(unsigned n);
void play_subscriber(struct house *h, unsigned n, struct span sealed, struct span audience);
void play_people(struct house *h, unsigned people);           /* the campaign, its keys, and so many educators */
struct sending_order play_order(void);                        /* to everybody, at once */
struct mailing_run play_run(struct house *h, int64_t run_no); /* state 0: there is none */
struct mailing_counts play_counts(struct house *h, int64_t run_no);
enum rc play_try(struct play_mailer *m, const struct sending_order *order, int64_t *run_no_out);
/* Made, frozen, active. `order` null: play_order(). */
int64_t play_start(struct play_mailer *m, struct house *h, const struct sending_order *order);
enum rc play_unlock(struct play_mailer *m, int64_t run_no);

/* ---- letters ---- */

void play_claim(struct play_mailer *m); /* until it has some in hand */
/* A mailing to so many people, of which the mailer has the first in hand. */
int64_t play_begun(struct play_mailer *m, struct house *h, unsigned people);
/* One comes to its end, in the journal, as a mailer does it; it stays in hand. */
void play_finish(struct play_mailer *m, const struct play_letter *l, enum mail_outcome outcome, int code,
                 enum mail_class why);
void play_send(struct play_mailer *m, size_t n); /* the first `n` of those in hand are sent */
void play_tell(struct play_mailer *m);           /* the core hears of all that ended, and nothing is in hand */
/* All that it has in hand ends alike, and is told. */
void play_finish_all(struct play_mailer *m, enum mail_outcome outcome, int code, enum mail_class why);
void play_letters(struct play_mailer *m); /* the same, sent; a turn; and where there is no more, a second passes */
void play_until(struct play_mailer *m, struct house *h, int64_t run_no, enum run_state state);
void play_assert_once(const struct play_mailer *m, int people); /* each of them has it */

/* ---- what a store may meet ---- */

void play_lapse(struct house *h); /* the time of every lease is over */
/* SQLite: nobody can be claimed; and again they can. */
void play_hinder(struct house *h, bool is_hindered);

int play_setup(void **state);
int play_teardown(void **state);
#define PLAY_TEST_ON(f, where, engine)                                                                                 \
    {                                                                                                                  \
#f " on " where, f, play_setup, play_teardown, (void *)(uintptr_t)(engine)                                     \
    }
#define PLAY_TEST_SQLITE(f)   PLAY_TEST_ON(f, "SQLite", HOUSE_SQLITE)
#define PLAY_TEST_POSTGRES(f) PLAY_TEST_ON(f, "PostgreSQL", HOUSE_POSTGRES)
#define PLAY_TEST(f)          PLAY_TEST_SQLITE(f), PLAY_TEST_POSTGRES(f)

#endif
