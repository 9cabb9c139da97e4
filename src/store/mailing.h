/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Mailings in the store: runs, what they say, whom they go to, and what became of each letter. No address is in here that
 * the store could read.
 *
 * A run belongs to one holder at a time, by a lease. Each holder has a number, the fence, higher than that of the one
 * before; every claim carries it, and what comes of a claim counts only under the number that it was made with.
 *
 * Invariant: whoever is claimed was committed as claimed before anybody was told to write to them, and stays so until it
 * is known what came of it, or known that nobody knows.
 */
#ifndef STORE_MAILING_H
#define STORE_MAILING_H

#include "db/db.h"
#include "seal/seal.h"
#include "store/pace.h"

/* As they stand in the store: never renumbered. */
enum run_state { RUN_FREEZING = 1, RUN_ACTIVE = 2, RUN_PAUSED = 3, RUN_STOPPED = 4, RUN_DONE = 5 };
enum delivery_state {
    DELIVERY_PENDING = 0,
    DELIVERY_CLAIMED = 1,
    DELIVERY_SENT = 2,
    DELIVERY_DEFERRED = 3,
    DELIVERY_FAILED = 4,
    DELIVERY_IN_DOUBT = 5, /* with an address: nobody decided yet; without: left as it is */
    DELIVERY_WITHDRAWN = 6,
};
enum { DELIVERY_STATES = 7 };

struct mailing_id {
    int64_t campaign_id;
    int64_t run_no;
};
bool mailing_id_eq(const struct mailing_id *a, const struct mailing_id *b);

/* Who holds runs: one data folder, which one process has at a time. */
struct mailing_holder {
    unsigned char bytes[16];
};

/* ---- runs ---- */

struct mailing_run {
    struct mailing_id id;
    struct span news; /* key of the newsletter */
    enum run_state state;
    struct span audiences; /* keys, parted by commas; empty: everybody */
    struct instant made_at;
    struct instant starts_at; /* 0: at once */
    struct instant ended_at;  /* 0: not yet */
    int32_t hours_from;       /* minutes since midnight; twice the same: at any hour */
    int32_t hours_to;
    int64_t people;
    int64_t damaged; /* wanted, but their records did not open */
    int64_t no_way;  /* wanted, but nobody carries such addresses */
    struct span domain;
    bool is_held; /* somebody's lease may still hold */
    bool is_ours; /* the holder that was asked with has it */
    int64_t fence;
    struct seal_object key_object;
    int32_t key_day;
    struct span key_sealed; /* empty at the end */
    struct span key_kept;   /* the same under the server's own key (seal/run_kept.h); empty: nobody keeps it */
};
struct mailing_runs {
    LIST(struct mailing_run) list;
};

/* Makes a run that is being frozen, held by `holder` under fence 1. Of `run` count campaign, news, audiences, start, hours,
 * domain and key. Letters are numbered from 0. As db_write(). */
MUST_USE enum rc mailing_make(struct db *db, const struct mailing_run *run, const struct span *letters, size_t count,
                              const struct mailing_holder *holder, struct instant now, struct mailing_id *id_out);

/* In `a`. RC_NOT_FOUND. `now` is our clock; PostgreSQL's own counts there. */
MUST_USE enum rc mailing_find(struct db *db, struct arena *a, const struct mailing_id *id,
                              const struct mailing_holder *holder, struct instant now, struct mailing_run *run_out);
/* The newest first. */
MUST_USE enum rc mailing_list(struct db *db, struct arena *a, int64_t campaign_id, const struct mailing_holder *holder,
                              struct instant now, struct mailing_runs *runs_out);
/* Of every campaign, those that have not ended; the oldest first. */
MUST_USE enum rc mailing_under_way(struct db *db, struct arena *a, const struct mailing_holder *holder,
                                   struct instant now, struct mailing_runs *runs_out);
struct mailing_letters {
    LIST(struct span) list; /* by their number */
};
MUST_USE enum rc mailing_letters(struct db *db, struct arena *a, const struct mailing_id *id,
                                 struct mailing_letters *letters_out);

/* Pause, resume, stop. RC_CONFLICT: it is in none of the states that this can come from (active ↔ paused, either →
 * stopped). RC_NOT_FOUND. */
MUST_USE enum rc mailing_change(struct db *db, const struct mailing_id *id, enum run_state to);
/* The same for a pause, inside db_write(). RC_OK also when it was in no such state. */
MUST_USE enum rc mailing_pause_in(struct db *db, const struct mailing_id *id);
/* Nobody waits any more and nothing is claimed or in doubt: done; or stopped, and whoever still waited is let alone. The
 * key is blanked, and what is kept of it removed. RC_CONFLICT: not so (yet), or not under this fence. */
MUST_USE enum rc mailing_end(struct db *db, const struct mailing_id *id, int64_t fence, struct instant now);
/* Of a run that was stopped: blanks the addresses of up to `most` people from `from_no` on, and says where to go on; -1 at
 * the end. */
MUST_USE enum rc mailing_blank_some(struct db *db, const struct mailing_id *id, int64_t from_no, int32_t most,
                                    int64_t *next_out);

/* ---- leases ---- */

#define MAILING_LEASE_US INT64_C(60000000)

/* Takes a run that nobody holds, or that this holder has. The fence grows. One that is being frozen is taken only to be
 * removed: whoever froze it is gone. RC_CONFLICT: somebody else has it, it has ended, or was never there. */
MUST_USE enum rc mailing_take(struct db *db, const struct mailing_id *id, const struct mailing_holder *holder,
                              struct instant now, int64_t *fence_out);
/* Others may take it at once. */
MUST_USE enum rc mailing_let_go(struct db *db, const struct mailing_id *id, int64_t fence);
/* At the start of the one process that has a SQLite store: no lease of before counts. */
MUST_USE enum rc mailing_free_all(struct db *db);

/* ---- keys that the server keeps: server.ini, handover = server ---- */

/* In place of what was kept. RC_CONFLICT: it has ended, or not under this fence. */
MUST_USE enum rc mailing_keep_key(struct db *db, const struct mailing_id *id, int64_t fence, struct span key_kept);
/* Of every run: the setting is off. */
MUST_USE enum rc mailing_keep_none(struct db *db);

/* ---- the freeze ---- */

struct mailing_frozen {
    int64_t person_no;
    struct seal_object object;
    int32_t site_no;
    int32_t letter_no;
    struct span address; /* under the run's key */
};
struct mailing_site {
    int32_t site_no;
    int64_t people;
    struct span name; /* empty: fewer than five */
};
/* Each RC_CONFLICT: the run is not being frozen under this fence. `key_kept` may be empty. */
MUST_USE enum rc mailing_put_key(struct db *db, const struct mailing_id *id, int64_t fence, struct span key_sealed,
                                 struct span key_kept);
MUST_USE enum rc mailing_put_people(struct db *db, const struct mailing_id *id, int64_t fence,
                                    const struct mailing_frozen *people, size_t count);
MUST_USE enum rc mailing_drop_people(struct db *db, const struct mailing_id *id, int64_t fence,
                                     const int64_t *person_nos, size_t count);
MUST_USE enum rc mailing_put_sites(struct db *db, const struct mailing_id *id, int64_t fence,
                                   const struct mailing_site *sites, size_t count);
/* It is active from here on, and has so many people. */
MUST_USE enum rc mailing_freeze_end(struct db *db, const struct mailing_id *id, int64_t fence, int64_t damaged,
                                    int64_t no_way, int64_t *people_out);
/* Takes away a run whose freeze did not end, some thousand rows a call. RC_CONFLICT: it is none under this fence. */
MUST_USE enum rc mailing_remove_some(struct db *db, const struct mailing_id *id, int64_t fence, bool *is_gone_out);

/* Whom an earlier run of this newsletter reached, or may have: the objects' first eight bytes, behind those of person
 * `after` (-1: from the start), at most `most`. */
struct mailing_had {
    int64_t person_no;
    uint64_t mark;
};
uint64_t mailing_mark(const struct seal_object *object);
MUST_USE enum rc mailing_had(struct db *db, struct arena *a, const struct mailing_id *id, int64_t after, int32_t most,
                             struct mailing_had **had_out, size_t *count_out);

/* ---- claims: inside db_write() ---- */

struct mailing_person {
    int64_t person_no;
    struct seal_object object;
    int32_t site_no;
    int32_t letter_no;
    int32_t attempt; /* this one; from 1 */
    struct instant first_at;
    struct span address;
};

enum { MAILING_CLAIM_MOST = 256 };

struct mailing_claim {
    struct mailing_id id; /* filled in by the caller, and the next five */
    int64_t fence;
    struct instant now;
    struct pace_rule rule;
    int32_t most;    /* up to MAILING_CLAIM_MOST; 0: only the lease is looked after */
    struct arena *a; /* for what comes out; a second run of the transaction uses more of it */

    bool is_held;          /* the lease is ours … */
    int64_t lease_left_us; /* … for so long, counted from before the transaction */
    enum run_state state;
    struct mailing_person people[MAILING_CLAIM_MOST];
    int32_t count;
    int32_t withdrawn; /* who left, or is gone: known here, in the same transaction, or not at all any more */
    struct instant
        next_at; /* before that there is nobody to claim; `now`: look again at once; INT64_MAX: nobody waits */
};
/* Renews the lease; if the run is active, claims. Whoever is not an active subscriber any more is withdrawn: that is the
 * last look before it goes; who leaves after it is found by mailing_left(). RC_OK also when the lease is lost. */
MUST_USE enum rc mailing_claim_in(struct db *db, struct mailing_claim *claim);

/* What came of one who was claimed. */
struct mailing_outcome {
    int64_t person_no;
    int32_t attempt;
    int64_t fence;             /* of the claim */
    enum delivery_state state; /* SENT FAILED IN_DOUBT DEFERRED; PENDING: not begun, and no attempt */
    int32_t code;
    int32_t why;            /* enum mail_class of mail/outcome.h */
    struct instant next_at; /* DEFERRED, PENDING */
    bool is_dead;           /* no such person: nobody writes there again */
};
/* Each under its own fence and attempt, and only who is claimed, or in doubt and not left so; others are passed over, and
 * `settled_out` (may be null) does not count them. Sorts `outcomes`. `day`: of those who are dead. */
MUST_USE enum rc mailing_settle_in(struct db *db, const struct mailing_id *id, struct mailing_outcome *outcomes,
                                   size_t count, int32_t day, int64_t *settled_out);
/* The site asked us to slow down. */
MUST_USE enum rc mailing_slow_in(struct db *db, const struct mailing_id *id, int32_t site_no, struct instant now);

/* ---- after a death ---- */

struct mailing_claimed {
    int64_t person_no;
    int32_t attempts;
    int64_t fence;
    int64_t first_at;
    int32_t site_no;
    bool is_claimed; /* else in doubt */
};
struct mailing_claimed_list {
    LIST(struct mailing_claimed) list;
};
/* Who is claimed, and who is in doubt and not left so: a journal that comes back late may still know. */
MUST_USE enum rc mailing_claimed(struct db *db, struct arena *a, const struct mailing_id *id,
                                 struct mailing_claimed_list *claimed_out);
/* How many are claimed who are not active subscribers any more: they left after their claim. */
MUST_USE enum rc mailing_left(struct db *db, const struct mailing_id *id, int64_t *people_out);
/* Times that lie too far ahead for any of our rules: the clock was put back. */
MUST_USE enum rc mailing_mend_times(struct db *db, const struct mailing_id *id, struct instant now);

/* ---- doubts ---- */

/* Those in doubt get it again, as a new attempt, or keep what they have. RC_CONFLICT: to send again, the run must be active
 * or paused. RC_NOT_FOUND. */
MUST_USE enum rc mailing_resend(struct db *db, const struct mailing_id *id, struct instant now, int64_t *people_out);
MUST_USE enum rc mailing_leave(struct db *db, const struct mailing_id *id, int64_t *people_out);

/* ---- counts ---- */

struct mailing_counts {
    int64_t by_state[DELIVERY_STATES];
    int64_t undecided;       /* of those in doubt */
    int64_t parked;          /* of those who wait: for their site's bucket */
    int64_t refused;         /* of those who are put off: by a no that nobody believed … */
    int64_t refused_code;    /* … such as this one */
    struct instant first_at; /* of the first letter; 0: none */
};
/* Looks at every person of the run. */
MUST_USE enum rc mailing_count(struct db *db, const struct mailing_id *id, struct mailing_counts *counts_out);

/* Records that could be written to, before doubles fall together. */
struct mailing_wanted {
    struct span audience;
    bool is_every; /* wants every letter; else only what is important */
    int64_t people;
};
struct mailing_wanted_list {
    LIST(struct mailing_wanted) list;
};
MUST_USE enum rc mailing_wanted(struct db *db, struct arena *a, int64_t campaign_id,
                                struct mailing_wanted_list *wanted_out);
/* Of those, whom a run reached, or may have. */
MUST_USE enum rc mailing_reached(struct db *db, struct arena *a, const struct mailing_id *id,
                                 struct mailing_wanted_list *reached_out);

struct mailing_site_count {
    struct span name; /* empty: all sites with fewer than five people, together */
    int64_t people;
    int64_t by_state[DELIVERY_STATES];
};
struct mailing_report {
    LIST(struct mailing_site_count) list; /* the largest first, the others last */
};
MUST_USE enum rc mailing_report(struct db *db, struct arena *a, const struct mailing_id *id,
                                struct mailing_report *report_out);

/* ---- forgetting ---- */

/* Inside the transaction that deletes a subscriber: whose letters were theirs is not to be known any more. What of it still
 * waits to be sent is withdrawn. */
MUST_USE enum rc mailing_forget_in(struct db *db, int64_t campaign_id, const struct seal_object *object);
/* Does it. Each step looks at some thousand deliveries of the campaigns concerned, as a reader, and writes only what it
 * found. One thread's. */
struct mailing_forgetting;
struct mailing_forgetting *mailing_forgetting_open(void);
void mailing_forgetting_close(struct mailing_forgetting **forgetting); /* accepts null */
/* `more_out`: there is more to do. After a fault, from the start again. */
MUST_USE enum rc mailing_forgetting_step(struct mailing_forgetting *forgetting, struct db *db, bool *more_out);

#endif
