/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What `breakroom send` and `breakroom report` ask of a server, and what it says. Only a server can: it has the mailer.
 *
 * The mailing secret goes through here sealed to the one mailer that runs now (mailer_key.h). The server passes it on and
 * could not open it. No address goes through here in either direction, and no name of a domain with fewer than five people.
 */
#ifndef MAIN_SEND_STEP_H
#define MAIN_SEND_STEP_H

#include "mail/smtp.h"
#include "seal/run.h"
#include "seal/wrap.h"
#include "store/mailing.h"

#define SEND_VERB "mailing"
enum { SEND_CALL_MOST = 8 * 1024, SEND_TOLD_MOST = 4 * 1024 * 1024 };

enum send_ask {
    SEND_LOOK,  /* what would be sent to how many, and what opens the list */
    SEND_START, /* make a run: answers when the mailer has opened the list, or could not; the freeze goes on behind it */
    SEND_KEYS,  /* what opens a run that waits for an unlock */
    SEND_UNLOCK, /* hand the secret over for it */
    SEND_PAUSE,
    SEND_RESUME,
    SEND_STOP,
    SEND_RESEND, /* those in doubt get it again */
    SEND_LEAVE,  /* those in doubt keep what they have */
    SEND_LIST,   /* every run, the newest first; or one */
    SEND_REPORT, /* the runs of one newsletter, and all sites of the newest */
};
enum { SEND_ASK_COUNT = SEND_REPORT + 1 };

struct send_call {
    enum send_ask ask;
    struct span url;          /* of the store that the person named; empty: none */
    struct span host;         /* empty: the only campaign */
    struct span news;         /* LOOK START REPORT: key of a newsletter */
    int64_t run_no;           /* the others: 0 is the newest that fits the question; LIST: all */
    struct span audiences;    /* LOOK START: keys, parted by commas; empty: everybody */
    bool is_again;            /* LOOK START: also after a run of the same newsletter, to those whom it did not reach */
    bool is_important;        /* LOOK START: also to those who want only what is important */
    struct instant starts_at; /* START: 0 is now */
    int32_t hours_from;       /* START: minutes since midnight in the campaign's zone; the same twice: at any hour */
    int32_t hours_to;
    int64_t people;    /* START: what LOOK said; RC_CONFLICT as SEND_CHANGED when it is another number by now */
    bool has_handover; /* START UNLOCK */
    struct handover handover;
};

enum send_outcome {
    SEND_DONE,
    SEND_CHANGED, /* not what the person was shown any more; nothing was done */
    SEND_LOCKED, /* START UNLOCK: that secret does not open it, or the mailer was started anew since; nothing was done */
    SEND_TROUBLE, /* `sentence` says; nothing was done */
};
enum { SEND_OUTCOME_COUNT = SEND_TROUBLE + 1 };

/* A run as it stands. Of `people`: sent + waiting + claimed + deferred + failed + in_doubt + withdrawn. */
struct send_run {
    int64_t run_no;
    struct span news;
    enum run_state state;
    struct instant made_at;
    struct instant starts_at;
    struct instant ended_at;
    int64_t people; /* while it is being frozen: so far */
    int64_t damaged;
    int64_t no_way;
    int64_t sent;
    int64_t waiting;
    int64_t claimed;
    int64_t deferred;
    int64_t failed;
    int64_t in_doubt;
    int64_t undecided; /* of those in doubt */
    int64_t withdrawn;
    int64_t refused;      /* of those who are deferred: by a smart host that refuses everybody … */
    int64_t refused_code; /* … with this reply. Such a run pauses by itself */
    bool needs_unlock;    /* active or paused, no mailer holds its key, and none opens it alone */
    bool is_foreign;      /* and it could, were the server's key still the same: handover = server */
};

struct send_told {
    enum send_outcome outcome;
    struct span sentence; /* without a full stop */
    struct span host;
    /* LOOK */
    /* Records, less those that an earlier mailing reached: doubles fall together when the list is opened. */
    int64_t people;
    struct span subject; /* of the letter in the main language */
    struct span sample;  /* the beginning of its text */
    /* LOOK KEYS, done */
    struct seal_campaign campaign;
    struct wrapped wrapped; /* the mailing secret that opens it */
    /* START UNLOCK PAUSE RESUME STOP RESEND LEAVE: the one; LIST REPORT: all that were asked for */
    LIST(struct send_run) runs;
    LIST(struct mailing_site_count) sites; /* REPORT */
    /* LIST REPORT: what the smart host does, as the mailer said last */
    bool has_mailer;
    enum smtp_state host_state;
    int32_t host_code;
};

struct span send_call_put(struct arena *a, const struct send_call *call);
/* False for anything else. Borrows. */
MUST_USE bool send_call_read(struct span bytes, struct send_call *call_out);
struct span send_told_put(struct arena *a, const struct send_told *told);
MUST_USE bool send_told_read(struct arena *a, struct span bytes, struct send_told *told_out);

#endif
