/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the files of sending.h share. All of it belongs to the engine's thread, but for what stands under the lock.
 */
#ifndef MAIN_SENDING_IMPL_H
#define MAIN_SENDING_IMPL_H

#include "main/sending.h"
#include "mail/journal.h"
#include "main/run_set.h"
#include "store/subscribers.h"

#include <pthread.h>

enum {
    SENDING_WINDOW = 512,        /* people at the mailer at once, of all runs together */
    SENDING_WINDOW_AWAY = 8,     /* while the smart host is away: somebody has to knock */
    SENDING_RESET_AFTER = 20000, /* letters, then the journal begins anew; it takes three times as many records */
    SENDING_RUNS_MOST = RUN_SET_MOST,
    SENDING_REFUSALS = 20, /* in a row, then the run pauses */
    SENDING_TURN_MEMORY = 64 * 1024 * 1024,
};
#define SENDING_SECOND_US   INT64_C(1000000)
#define SENDING_MARGIN_US   (15 * SENDING_SECOND_US) /* between the last dot and the end of the lease */
#define SENDING_LOOK_US     (2 * SENDING_SECOND_US)  /* at the runs in the store, if nobody nudges */
#define SENDING_GATHER_US   INT64_C(50000)           /* outcomes, before they are written */
#define SENDING_PATIENCE_US (60 * SENDING_SECOND_US) /* with a mailer that opens a list */

/* Somebody who is at the mailer now. */
struct flight {
    int64_t person_no;
    int64_t fence;
    int32_t attempt;
    int32_t site_no;
    struct instant first_at;
};

/* A no that is not believed yet: sending_refused.c. */
struct refusal {
    struct mailing_outcome outcome;
    struct instant first_at;
};

struct held_run {
    struct mailing_id id;
    bool is_listed; /* in the store, at the last look */
    bool is_taken;
    bool has_key;     /* the mailer does */
    bool has_letters; /* it has them, on this pair */
    bool is_settled;  /* by the journal, since this pair greeted */
    bool was_ours;    /* at the last look, before we took it */
    bool is_broken;   /* MAILER_BREAK was said */
    bool is_doubtful; /* who is claimed in the store may be more than we know of */
    bool is_opening;  /* the mailer was asked to open what is kept of its key, on this pair */
    bool is_foreign;  /* and could not */
    int64_t asked_us; /* since boot; 0: not yet */
    int64_t last_fence;
    int64_t fence;
    int64_t until_ms; /* since boot: no last dot after that */
    enum run_state state;
    struct instant starts_at;
    int32_t hours_from;
    int32_t hours_to;
    struct seal_campaign campaign;
    struct instant next_at; /* nobody to claim before that */
    int64_t blank_from;     /* of a run that was stopped; -1: all are blank */
    struct flight flights[SENDING_WINDOW];
    size_t flight_count;
    struct mailing_outcome outcomes[2 * SENDING_WINDOW]; /* not written yet */
    size_t outcome_count;
    int32_t slow_sites[SENDING_WINDOW];
    size_t slow_count;
    struct refusal refusals[SENDING_REFUSALS];
    size_t refusal_count;
    bool was_taken;     /* a letter of it was, since we hold it */
    bool distrusts;     /* none is believed before a letter is taken, or a person resumes it */
    bool is_refused;    /* it pauses with the next transaction */
    int64_t left_count; /* of those at the mailer, who left meanwhile, at the last look */
};

/* ---- the one freeze ---- */

enum { FREEZE_BATCHES = 16, FREEZE_READ = 1024, FREEZE_ROWS = 8192 };
enum freeze_state { FREEZE_NONE, FREEZE_UNLOCKING, FREEZE_STREAMING, FREEZE_ENDING };

struct freeze_batch {
    size_t count;
    struct seal_object objects[MAILER_BATCH_MOST];
    int32_t letter_no[MAILER_BATCH_MOST];
};
struct freeze {
    enum freeze_state state;
    struct arena *arena; /* of the whole freeze: the order */
    struct sending_order order;
    uint64_t *had; /* sorted marks */
    size_t had_count;
    struct mailing_id id;
    int64_t fence;
    int64_t until_us; /* since boot: the mailer has answered by then */
    int64_t renew_us;
    int64_t heard_us;                            /* since boot: the mailer had something to say then */
    int64_t after;                               /* the wish that was read last */
    bool is_read;                                /* to the end */
    struct freeze_batch batches[FREEZE_BATCHES]; /* at the mailer, the oldest at `first` */
    size_t first;
    size_t batch_count;
    struct arena *reading; /* of the records below */
    struct subscriber_row *rows;
    size_t row_count;
    size_t row_at;
    struct arena *writing;         /* of the addresses below */
    struct mailing_frozen *frozen; /* FREEZE_ROWS of them */
    size_t frozen_count;
    int64_t damaged;
    int64_t no_way;
};

/* ---- what others ask for ---- */

enum request_kind { REQUEST_START, REQUEST_UNLOCK };
struct request {
    enum request_kind kind;
    const struct sending_order *order; /* START */
    struct mailing_id id;              /* UNLOCK, or what START made */
    struct seal_campaign campaign;
    struct handover handover;
    bool is_done;
    enum rc rc;
    struct request *next;
};

enum heard_kind { HEARD_UP, HEARD_FRAME, HEARD_DOWN };
struct heard {
    enum heard_kind kind;
    uint64_t pair;
    struct span bytes; /* mailer_frame_put() */
};

enum { FAULTS_KEPT = 8 };
struct kept_fault {
    struct mailing_id id;
    char text[SENDING_FAULT_LEN];
};

struct sending {
    struct sending_options o;
    struct db *db;
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* for all up to the next blank line */
    pthread_cond_t wake;
    pthread_cond_t answered;
    bool is_stopping;
    bool is_nudged;
    struct arena *inbox;
    LIST(struct heard) heard;
    struct request *requests; /* the first of those that wait */
    struct sending_status status;
    struct run_set keys;    /* that the mailer holds; only the engine's thread writes them */
    struct run_set foreign; /* whose kept key this mailer cannot open; the same */
    struct kept_fault faults[FAULTS_KEPT];
    size_t fault_count;

    struct arena *outbox; /* the other inbox, being read */
    LIST(struct heard) reading;
    struct arena *turn; /* dies with each turn */
    uint64_t pair;      /* 0: none */
    bool can_send;
    struct mailer_host host;
    bool is_settled;    /* the journal of before was applied to every run; nothing is claimed before */
    int64_t in_journal; /* letters, since it began anew */
    bool is_draining;   /* nobody is claimed until nobody is at the mailer: then it begins anew */
    struct held_run *runs[SENDING_RUNS_MOST];
    size_t run_count;
    size_t next_run;      /* whose turn it is */
    int64_t looked_us;    /* since boot */
    int64_t gathered_us;  /* the oldest outcome that is not written came; 0: there is none */
    int64_t knocked_us;   /* while the smart host is away */
    int64_t failed_us;    /* the store failed then */
    bool is_busy;         /* there is more to do at once */
    bool takes_any;       /* somebody changed something: also runs whose key nobody has, to see whether they are over */
    int64_t clock_offset; /* wall clock less that since boot */
    struct freeze freeze;
    struct request *unlocking; /* whose answer is awaited: START by the freeze, or UNLOCK */
    int64_t unlocking_until_us;
    struct mailing_forgetting *forgetting;
    int64_t forgot_us;
    bool forgets_more;
};

struct held_run *sending_run_of(struct sending *s, const struct mailing_id *id); /* or null */
struct held_run *sending_run_add(struct sending *s, const struct mailing_id *id);
/* People of it who are at the mailer, or of whom there is something to write down: nobody else may take it meanwhile. */
size_t sending_in_hand(const struct held_run *run);
/* To the pair that is up. False: it is not there any more. */
bool sending_say(struct sending *s, const struct mailer_frame *frame);
/* The same, of what consists of a run alone: PEOPLE_END, BREAK, FORGET. */
bool sending_say_of(struct sending *s, enum mailer_frame_kind kind, const struct mailing_id *id);
void sending_answer(struct sending *s, struct request *request, enum rc rc);
void sending_keep_fault(struct sending *s, const struct mailing_id *id, const char *text);
void sending_set_key(struct sending *s, const struct mailing_id *id, bool has_key);

/* ---- sending_freeze.c ---- */
void sending_freeze_begin(struct sending *s, struct request *request);
void sending_freeze_unlocked(struct sending *s, const struct mailer_unlocked *unlocked);
void sending_freeze_frozen(struct sending *s, size_t count, const struct mailer_frozen *items);
void sending_freeze_end(struct sending *s, const struct mailer_frozen_end *end);
void sending_freeze_turn(struct sending *s);
/* The run is taken away; whoever waits is told `rc`. */
void sending_freeze_abort(struct sending *s, enum rc rc, const char *why);

/* What the store is to know of it; person, attempt and fence are the caller's. */
void sending_outcome_of(const struct sending *s, enum mail_outcome outcome, int code, enum mail_class why,
                        int32_t attempt, struct instant first_at, struct mailing_outcome *outcome_out);

/* ---- sending_settle.c ---- */
/* All runs, by the journal. RC_OK: nobody is claimed that we do not know of. */
MUST_USE enum rc sending_settle_all(struct sending *s);
/* One that was taken just now. */
MUST_USE enum rc sending_settle_run(struct sending *s, struct held_run *run);
/* Who is claimed in the store and not at the mailer goes back. */
MUST_USE enum rc sending_reconcile(struct sending *s, struct held_run *run);

/* ---- sending_refused.c ---- */
/* May the host mean us and not this person? */
bool sending_is_refusal(const struct mailing_outcome *outcome);
void sending_refusal(struct sending *s, struct held_run *run, const struct mailing_outcome *outcome,
                     struct instant first_at);
/* A letter was taken: those before it were refused for themselves. */
void sending_believe(struct held_run *run);
void sending_mind_refusals(struct sending *s, struct held_run *run);

/* ---- sending_kept.c ---- */
void sending_set_foreign(struct sending *s, struct held_run *run, bool is_foreign);
/* After an unlock: from here on it goes on alone. Where that cannot be written, it waits for an unlock again after the next
 * restart. */
void sending_keep_key(struct sending *s, struct held_run *run, struct span key_kept);
/* Its key is kept, and this mailer may open it. */
bool sending_may_open(const struct sending *s, const struct held_run *run, const struct mailing_run *row);
/* Asks for it, if the run is ours and settled. An organizer's unlock that is under way goes first. */
void sending_open_kept(struct sending *s, struct held_run *run, const struct mailing_run *row);
/* What the mailer says of it. */
void sending_opened(struct sending *s, struct held_run *run, enum rc rc);

/* ---- sending_runs.c ---- */
/* Another copy may take it at once. */
void sending_let_go(struct sending *s, struct held_run *run);
void sending_look(struct sending *s); /* at the runs in the store */
void sending_results(struct sending *s, const struct mailer_results *results);
/* Writes outcomes, claims, hands over, ends what is over. */
void sending_work(struct sending *s);
/* How long until there is something to do by itself. */
int64_t sending_next_us(const struct sending *s);

#endif
