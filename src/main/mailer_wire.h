/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What core and mailer say to each other, over one pair of stream sockets that the parent gives to both. A frame is a
 * length, a kind, and the members of its struct in order; numbers least significant byte first, spans as length and bytes.
 *
 * Core knows who is to be written to and never an address; the mailer knows addresses for as long as it writes to them and
 * has no store. Whoever of the two is started anew gets a new pair with the other, which then lets go of all that it had
 * under way with the old one: the mailer breaks off or finishes (its journal says which), keeps the keys of runs, and
 * greets. Core settles by the journal what was claimed, before it claims more.
 */
#ifndef MAIN_MAILER_WIRE_H
#define MAIN_MAILER_WIRE_H

#include "base/buf.h"
#include "mail/notice.h"
#include "mail/outcome.h"
#include "mail/smtp.h"
#include "seal/link.h"
#include "seal/run.h"

enum { MAILER_FRAME_MOST = 16 * 1024 * 1024, MAILER_BATCH_MOST = 256, MAILER_RUNS_MOST = 16 };

enum mailer_frame_kind {
    /* mailer → core */
    MAILER_HELLO = 1,
    MAILER_UNLOCKED,
    MAILER_FROZEN, /* a batch of people, one for each in a MAILER_PEOPLE, in its order */
    MAILER_FROZEN_END,
    MAILER_RESULTS,
    MAILER_HOST,
    /* core → mailer */
    MAILER_UNLOCK = 32,
    MAILER_PEOPLE,
    MAILER_PEOPLE_END,
    MAILER_LETTERS,
    MAILER_SEND,
    MAILER_BREAK,  /* gives back what of a run has not reached its last dot */
    MAILER_FORGET, /* a run is over: its key is wiped */
    MAILER_NOTICE,
    MAILER_RESET, /* nothing is claimed: the journal begins anew */
};

struct mailer_run {
    int64_t campaign_id;
    int64_t run_no;
};

/* The first frame on a new pair, once nothing of before is under way any more. */
struct mailer_hello {
    bool can_send;    /* a smart host is named */
    size_t run_count; /* whose keys it holds */
    struct mailer_run runs[MAILER_RUNS_MOST];
};

/* Opens the key of a run, with the secret that is handed over or (handover empty) from what the server keeps of it; or, with
 * neither key_sealed nor key_kept, makes a new one and seals it to `reader`, then takes people for a freeze: only where it can
 * sign for `domain`. */
struct mailer_unlock {
    struct mailer_run run;
    struct seal_campaign campaign;
    struct mailing_public reader; /* of the handed-over secret, for a new key: an old one opens to whom it was sealed */
    struct seal_object key_object;
    int32_t key_day;
    struct span key_sealed;
    struct span key_kept;
    struct span domain;
    struct span handover;
};
struct mailer_unlocked {
    struct mailer_run run;
    /* RC_OK; RC_INVALID: not the secret, not for this mailer, or kept under another server's key; RC_NOT_FOUND: there is no
     * key to sign with; RC_LIMIT: too many runs */
    enum rc rc;
    struct span key_sealed; /* of a new key */
    struct span key_kept;   /* where server.ini says handover = server, and a secret opened it */
};

/* ---- the freeze: after an unlock that made a key ---- */

/* One record, as the store has it. The mailer decides: newest wish of an address wins, whatever it is; but an address that
 * has the letter gets it by no record of its. */
struct mailer_record {
    struct seal_object object;
    int64_t wish;
    int32_t day;
    bool is_active;
    bool is_wanted; /* active, and in an audience of this run */
    bool is_had;    /* an earlier run reached it, or may have: nobody with its address is one of this run */
    struct span sealed;
};
enum mailer_verdict {
    MAILER_TAKEN = 1, /* one of the run, unless MAILER_FROZEN_END says otherwise */
    MAILER_NOT_WANTED,
    MAILER_DOUBLE,        /* a newer wish of the same address was seen already, or that it has the letter */
    MAILER_DAMAGED,       /* does not open */
    MAILER_UNDELIVERABLE, /* an address that no server promised to carry */
};
struct mailer_frozen {
    enum mailer_verdict verdict;
    int64_t person_no; /* TAKEN: 0, 1, 2 … in the order of taking */
    int32_t site_no;
    struct span address; /* TAKEN: run_address_put() */
};
struct mailer_site {
    int32_t site_no;
    int64_t people;
    struct span name; /* empty: fewer than five */
};
/* After MAILER_PEOPLE_END: the mailing secret is wiped by then. */
struct mailer_frozen_end {
    struct mailer_run run;
    size_t double_count;    /* taken, and then a newer wish came */
    const int64_t *doubles; /* person numbers */
    size_t site_count;
    const struct mailer_site *sites; /* counted without the doubles */
};

/* ---- sending ---- */

/* Before a run's first MAILER_SEND on a pair. `letters[i]` is mail_letter_put(). */
struct mailer_letters {
    struct mailer_run run;
    struct span domain; /* which signs */
    size_t count;
    const struct span *letters;
};
struct mailer_person {
    int64_t person_no;
    int32_t attempt; /* from 1 */
    int32_t letter_no;
    struct link link; /* to leave and to change */
    struct instant first_at;
    struct span address; /* under the run's key */
};
struct mailer_send {
    struct mailer_run run;
    int64_t fence;
    int64_t until_ms; /* CLOCK_BOOTTIME: no last dot after it, somebody else may hold the run by then */
    size_t count;
    const struct mailer_person *people; /* up to MAILER_BATCH_MOST */
};
struct mailer_result {
    int64_t person_no;
    int32_t attempt;
    enum mail_outcome outcome;
    int32_t code;
    enum mail_class why;
};
struct mailer_results {
    struct mailer_run run;
    int64_t fence;
    size_t count;
    const struct mailer_result *results;
};
struct mailer_host {
    enum smtp_state state;
    int32_t code;
};
struct mailer_notice {
    int64_t campaign_id;
    struct span domain;
    struct span address;
    struct span letter;
};

struct mailer_frame {
    enum mailer_frame_kind kind;
    union {
        struct mailer_hello hello;
        struct mailer_unlock unlock;
        struct mailer_unlocked unlocked;
        struct {
            size_t count;
            const struct mailer_record *items;
        } people;
        struct {
            size_t count;
            const struct mailer_frozen *items;
        } frozen;
        struct mailer_frozen_end frozen_end;
        struct mailer_letters letters;
        struct mailer_send send;
        struct mailer_results results;
        struct mailer_host host;
        struct mailer_notice notice;
        struct mailer_run run; /* PEOPLE_END, BREAK, FORGET */
    };
};

/* Appends the frame, length first. One larger than MAILER_FRAME_MOST fits no `out`: it is overflowed then, and holds what
 * it held. A list longer than its cap (MAILER_RUNS_MOST; MAILER_BATCH_MOST, also of letters) is a CHECK; doubles and sites
 * may be as many as fit. */
void mailer_frame_put(struct buf *out, const struct mailer_frame *frame);
/* The first frame of `bytes`, and how long it is. RC_RETRY: there is more to come. RC_INVALID: none that mailer_frame_put()
 * wrote. Borrows; lists in `a`, at most three times the frame. Looks at form alone: numbers may be any, lengths of spans
 * too, and either side's kinds are read. */
MUST_USE enum rc mailer_frame_read(struct arena *a, struct span bytes, struct mailer_frame *frame_out, size_t *len_out);

#endif
