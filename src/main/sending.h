/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The core's side of a mailing: one thread that freezes runs, claims people, hands them to the mailer and writes down what
 * came of it.
 *
 * It holds a run by a lease, claims only while that holds, and says with every hand-over until when a last dot may be
 * written: before the lease ends, with room to spare. Whoever of core and mailer dies, what was claimed is settled by the
 * mailer's journal before anybody else is claimed. A claim looks at who left; if somebody leaves after it, all who were not
 * begun come back and are claimed anew. Who leaves in the two seconds between two looks may get this one letter still.
 *
 * Never knows an address. Times of leases are told by the store, those of last dots by the clock since boot.
 */
#ifndef MAIN_SENDING_H
#define MAIN_SENDING_H

#include "main/mailer_wire.h"
#include "seal/token.h"
#include "store/mailing.h"

struct sending;

struct sending_options {
    struct db_store *store;
    const char *journal;          /* the mailer's: D/mailer.journal; journal_prepare() was called */
    const struct server_key *key; /* for links */
    struct pace_rule pace;        /* of each receiving site */
    struct mailing_holder holder; /* of this data folder, the same at each start */
    struct instant (*clock)(void);
    /* To the mailer: mailer_link_send(). */
    void *link;
    enum rc (*send)(void *link, uint64_t pair, const struct mailer_frame *frame);
    /* Minutes since midnight in the campaign's zone; false: there is no such campaign. */
    void *zones;
    bool (*minute)(void *zones, int64_t campaign_id, struct instant now, int *minute_out);
    bool keeps_keys;    /* handover = server: runs go on alone, with what is kept of their keys. Else nothing is kept */
    bool has_no_thread; /* for tests, which call sending_turn() themselves */
};

/* Starts the thread. RC_IO: no thread, or the store cannot be read. */
MUST_USE enum rc sending_open(const struct sending_options *options, struct sending **sending_out);
/* Ends the thread; whoever waits for an answer, or asks from now on, gets RC_DENIED. Before those who ask are waited for. */
void sending_stop(struct sending *sending); /* accepts null */
/* Gives away what can be given away, and ends; what is under way at the mailer is settled by the next. After the link was
 * closed. Accepts null. */
void sending_close(struct sending **sending);

/* For struct mailer_link_options; the engine is their ctx. They do not wait. */
void sending_up(void *sending, uint64_t pair, const struct mailer_hello *hello);
void sending_frame(void *sending, uint64_t pair, const struct mailer_frame *frame, struct arena *a);
void sending_down(void *sending, uint64_t pair);

/* ---- for commands: any thread ---- */

struct sending_audience {
    struct span key;
    bool shows_paid_by;
};
/* A run to be made. */
struct sending_order {
    int64_t campaign_id;
    struct seal_campaign campaign;
    struct mailing_public reader; /* the mailing key in use */
    struct span news;
    struct span audiences_text;               /* as the run keeps it; empty: everybody */
    const struct sending_audience *audiences; /* all of the campaign's, and which of them are wanted */
    const bool *is_wanted;
    size_t audience_count;
    bool is_important;  /* also to those who want only what is important */
    const int64_t *had; /* runs whose people are left out: they got it, or may have */
    size_t had_count;
    struct span domain;
    const struct span *letters; /* mail_letter_put() */
    size_t letter_count;
    int32_t letter_of[LANG_COUNT][2]; /* by language, and whether it says who pays */
    struct instant starts_at;         /* 0: at once, whatever becomes of the clock */
    int32_t hours_from;
    int32_t hours_to;
    struct handover handover;
};
/* Makes the run, has the mailer open the list, and begins the freeze; then comes back, and the freeze goes on. RC_DENIED: no
 * mailer is there. RC_LIMIT: another is being frozen, or the mailer holds as many as it can. RC_INVALID: the secret is not
 * the one, or not for this mailer: nothing was made. RC_NOT_FOUND: there is no key to sign with, and nothing was made. RC_IO:
 * the store. Blocks. */
MUST_USE enum rc sending_start(struct sending *sending, const struct sending_order *order, int64_t *run_no_out);
/* The same for a run that waits for its key. RC_NOT_FOUND; RC_CONFLICT: another copy holds it. */
MUST_USE enum rc sending_unlock(struct sending *sending, const struct mailing_id *id,
                                const struct seal_campaign *campaign, const struct handover *handover);
/* Something was changed in the store: a pause, a stop, a decision. */
void sending_nudge(struct sending *sending);

struct sending_status {
    uint64_t pair; /* 0: no mailer */
    bool can_send;
    struct mailer_host host;
};
void sending_status(struct sending *sending, struct sending_status *status_out);
/* Does the mailer that is there hold the run's key? */
bool sending_has_key(struct sending *sending, const struct mailing_id *id);
/* Of a run whose key nobody has: does it go on alone, in a moment, with what is kept of it? */
enum sending_kept {
    SENDING_KEPT_NO,
    SENDING_KEPT_OPENS,
    SENDING_KEPT_FOREIGN /* with another server's key, or damaged */
};
enum sending_kept sending_kept(struct sending *sending, const struct mailing_run *run);
const struct mailing_holder *sending_holder(const struct sending *sending);
int64_t sending_boot_us(void); /* the clock that nobody sets */
/* Why the freeze of this run, which is no more, did not end: a sentence without a full stop. */
enum { SENDING_FAULT_LEN = 120 };
bool sending_fault(struct sending *sending, const struct mailing_id *id, char text_out[SENDING_FAULT_LEN]);

/* One turn of the thread: hears what came, does what is due, and says in how many milliseconds to come again. */
int64_t sending_turn(struct sending *sending);

#endif
