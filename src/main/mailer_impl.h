/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The mailer inside: what its files share. For mailer*.c alone.
 *
 *   mailer.c          the process: orders, sandbox, the one loop, stopping
 *   mailer_peer.c     the socket to core: frames in, frames out
 *   mailer_pool.c     threads that unseal and sign
 *   mailer_freeze.c   an unlock, and the people who stream through it
 *   mailer_run.c      keys of runs, letters, those who are to be written to, results
 *   mailer_out.c      from a person to a signed letter to the smart host, and what became of it
 *   mailer_notice.c   letters to one person, in memory only
 *   mailer_sign.c     the keys that letters are signed with
 *
 * Everything belongs to the main thread but what a task holds while a thread of the pool works on it. An address is in
 * clear in a task and in a letter, never in a file or a log, and its bytes are wiped when they go.
 */
#ifndef MAIN_MAILER_IMPL_H
#define MAIN_MAILER_IMPL_H

#include "mail/address.h"
#include "mail/dkim.h"
#include "mail/journal.h"
#include "main/mailer_wire.h"
#include "main/orders.h"
#include "seal/run_kept.h"

enum { MAILER_THREADS_MOST = 32 };

struct mailer;

/* ---- threads (mailer_pool.c) ---- */

/* What a thread of the pool has to itself. */
struct pool;
struct worker {
    struct pool *pool;
    int number;            /* 0 … */
    struct arena *scratch; /* wiped after each task */
};

/* The first member of what is handed to the pool. `work` runs on one of its threads, `done` later on the main one. */
struct task {
    struct task *next;
    void (*work)(struct task *task, struct worker *worker);
    void (*done)(struct mailer *m, struct task *task);
};

MUST_USE enum rc pool_open(int threads, struct pool **pool_out);
void pool_close(struct pool **pool);  /* after pool_finish(); accepts null */
int pool_fd(const struct pool *pool); /* to be read: something is done */
void pool_add(struct pool *pool, struct task *task);
void pool_turn(struct pool *pool, struct mailer *m);   /* calls `done` of what is */
void pool_finish(struct pool *pool, struct mailer *m); /* the same, until nothing is left. Blocks for what is at work */
int pool_threads(const struct pool *pool);

/* ---- signing (mailer_sign.c) ---- */

/* The current key of a domain, parsed once a thread. */
struct signing {
    int refs;
    enum rc rc; /* RC_OK; RC_NOT_FOUND: the domain has none; else it cannot be used. Nothing goes out unsigned */
    int64_t read_ms;
    struct span domain;
    char domain_room[256];
    struct dkim *keys[MAILER_THREADS_MOST];
};
/* Reads the keys anew when what is known is older than `age_ms`. Never null. */
struct signing *signing_take(struct mailer *m, struct span domain, int64_t age_ms);
void signing_drop(struct signing **signing);
void signings_close(struct mailer *m);

/* ---- runs (mailer_run.c) ---- */

/* What a run says, compiled. */
struct letters {
    int refs;
    struct arena *arena;
    enum rc rc; /* not RC_OK: nobody can be written to with these */
    size_t count;
    const struct mail_message **messages;
    struct span *from; /* of the envelope */
    size_t *room;      /* what one took so far */
    struct signing *signing;
};

struct run {
    int refs;
    struct mailer_run id;
    struct run_key *key;
    struct letters *letters; /* null: core did not say on this pair */
};

/* A batch of people as core handed it over. */
struct send {
    struct send *next;
    struct run *run;
    struct letters *letters;
    int64_t fence;
    int64_t until_ms;
    bool is_broken; /* core wants back what has not reached its last dot */
    size_t next_person;
    size_t open; /* people without a result */
    size_t count;
    struct mailer_person *people;
    struct arena *arena;
};

void runs_hello(const struct mailer *m, struct mailer_hello *hello);
/* Is there a place for this one's key? */
bool runs_have_room(struct mailer *m, const struct mailer_run *id);
/* Keeps a key under its number, in place of what was there; takes it over. There is room. */
struct run *runs_keep(struct mailer *m, const struct mailer_run *id, struct run_key *key);
struct run *runs_find(struct mailer *m, const struct mailer_run *id); /* null: none */
void run_drop(struct run **run);
void runs_close(struct mailer *m);

void on_letters(struct mailer *m, const struct mailer_letters *said);
void on_send(struct mailer *m, const struct mailer_send *said);
void on_break(struct mailer *m, const struct mailer_run *id);
void on_forget(struct mailer *m, const struct mailer_run *id);
void on_reset(struct mailer *m);
void runs_forget_letters(struct mailer *m); /* core says them anew on each pair */
void letters_drop(struct letters **letters);
/* One person's result; the last one frees the batch. */
void send_result(struct mailer *m, struct send *send, size_t person, enum mail_outcome outcome, int code,
                 enum mail_class why);

/* Results gather until there are enough, or for a moment. */
struct results {
    struct mailer_run run;
    int64_t fence;
    size_t count;
    int64_t since_ms;
    struct mailer_result items[MAILER_BATCH_MOST];
};
void results_flush(struct mailer *m);
int64_t results_due_ms(const struct mailer *m); /* when to flush them; 0: there are none */

/* ---- a letter on its way (mailer_out.c) ---- */

struct letter {
    struct task task; /* the first */
    struct letter *next;
    struct send *send;     /* of a run; or null … */
    struct notice *notice; /* … and a notice */
    size_t person;
    struct signing *signing;
    struct instant when; /* of a notice */
    enum rc rc;          /* of its making */
    bool is_refused;     /* too late, or core wants it back: not tried again here */
    bool is_written_down;
    char *bytes; /* the message */
    size_t len;
    size_t room;    /* of them */
    size_t counted; /* of these, in the mailer's sum */
    size_t to_len;
    size_t from_len; /* of a notice */
    char to[RUN_SEALED_MOST];
    char from[MAIL_ADDRESS_MOST];
};

/* Gives the pool and the smart host what they have room for. */
void out_turn(struct mailer *m);
/* Gives back, as unsent, what of a run has not reached its last dot; null: of all runs. */
void out_give_back(struct mailer *m, const struct run *run);
/* The same for what core may not have sent any more, and when that is next; 0: never. */
void out_expire(struct mailer *m);
int64_t out_due_ms(const struct mailer *m);
/* For struct smtp_options; the mailer is the context. */
bool out_before_dot(void *ctx, uint64_t id);
void out_done(void *ctx, const struct smtp_done *done);
void out_close(struct mailer *m); /* notices that were made and did not go; of runs there is nothing left */
/* On a thread of the pool: the message into the letter's bytes, with as much room as it takes. */
MUST_USE enum rc letter_write(struct letter *l, const struct mail_message *message, const struct mail_person *person,
                              struct dkim *dkim, struct arena *scratch);

/* ---- the freeze (mailer_freeze.c) ---- */

struct freeze;
void on_unlock(struct mailer *m, const struct mailer_unlock *unlock);
void on_people(struct mailer *m, const struct mailer_frame *frame, struct span bytes);
void on_people_end(struct mailer *m, const struct mailer_run *id);
bool freeze_is_full(const struct mailer *m); /* it has as much to unseal as it takes */
/* Breaks one off, if it is this run's; null: any. Its secret is wiped when this returns. */
void freeze_drop(struct mailer *m, const struct run *run);
void freeze_turn(struct mailer *m);            /* hands on what is unsealed */
int64_t freeze_due_ms(const struct mailer *m); /* when its patience ends; 0: never */

/* ---- notices (mailer_notice.c) ---- */

struct notice;
void on_notice(struct mailer *m, const struct mailer_notice *said);
/* The next that is due, or null; it comes back by notice_done(). */
struct notice *notice_next(struct mailer *m);
struct span notice_domain(const struct notice *notice);
void notice_make(struct letter *letter, struct worker *worker); /* on a thread of the pool */
void notice_done(struct mailer *m, struct notice *notice, enum mail_outcome outcome);
int64_t notices_due_ms(const struct mailer *m); /* when the next is; 0: none waits */
void notices_close(struct mailer *m);

/* ---- core (mailer_peer.c) ---- */

struct peer {
    int fd;     /* -1: none */
    bool is_up; /* greeted */
    char *in;
    size_t in_len;
    size_t in_room;
    char *out;
    size_t out_at;
    size_t out_len;
    size_t out_room;
};
void peer_take(struct mailer *m, int fd); /* in place of the one there is */
void peer_greet(struct mailer *m);        /* when nothing of before is under way any more */
bool peer_wants_in(const struct mailer *m);
bool peer_wants_out(const struct mailer *m);
void peer_turn(struct mailer *m, bool can_read, bool is_gone);
bool peer_is_full(const struct mailer *m); /* core does not keep up */
/* Nobody hears it while no peer is up. RC_LIMIT: larger than a frame may be. */
enum rc peer_send(struct mailer *m, const struct mailer_frame *frame);
void peer_close(struct mailer *m);

/* ---- the process (mailer.c) ---- */

struct mailer {
    struct arena *arena;
    struct mailer_orders orders;
    const char *data;
    struct mailer_secret *secret;
    struct run_keeper *keeper; /* null: no key of a run is kept */
    struct journal *journal;
    int64_t journal_again_ms; /* 0: it can be written */
    struct smtp *smtp;        /* null: no smart host */
    struct mailer_host host;
    struct pool *pool;
    struct arena *frame_arena;

    struct peer peer;
    struct run *runs[MAILER_RUNS_MOST];
    struct send *sends; /* the oldest first */
    struct send **sends_end;
    size_t waiting; /* people of them who have no letter yet */
    struct results results;
    struct letter *ready;
    struct letter **ready_end;
    size_t ready_count;
    size_t making_count;
    size_t given_count;
    size_t letter_bytes; /* of all letters there are */
    size_t letters_most; /* made ahead */
    struct freeze *freeze;
    struct notice *notices;
    struct notice **notices_end;
    size_t notice_count;
    struct signing *signings[8]; /* of notices */

    bool is_stopping;
    int64_t stop_ms; /* when to stop waiting for the last replies */
};

int64_t mailer_now_ms(void);  /* monotonic */
int64_t mailer_boot_ms(void); /* CLOCK_BOOTTIME: what core's until_ms is measured with */
struct instant mailer_clock(const struct mailer *m);
/* What was under way is given back, what was handed over wiped: there is no core, another one, or none is wanted. */
void mailer_let_go(struct mailer *m);

#endif
