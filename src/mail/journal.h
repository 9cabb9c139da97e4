/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The intent journal: what the mailer was about to send, so that nobody is lost or written to twice when it dies. One
 * append-only file, D/mailer.journal, no address and no name in it.
 *
 * A record goes in right before the write that holds a last dot, another after its reply. It is not synced: a process that
 * is killed leaves it whole, a machine that loses power may not. Its head names the boot of the machine; a journal
 * of another boot, or none, says that nothing is known of what was claimed.
 */
#ifndef MAIL_JOURNAL_H
#define MAIL_JOURNAL_H

#include "base/arena.h"
#include "mail/outcome.h"

/* Which letter: as in the table delivery. */
struct journal_letter {
    int64_t campaign_id;
    int64_t run_no;
    int64_t person_no;
    int64_t fence;
    int32_t attempt;
};

/* ---- who writes ---- */

struct journal;
/* `fd`: open for reading and appending; stays the caller's. What an earlier process wrote is kept, a torn last record cut
 * off. RC_IO. */
MUST_USE enum rc journal_open(int fd, struct journal **journal_out);
void journal_close(struct journal **journal);
/* RC_IO: the disk. Then the last dot is not sent. */
MUST_USE enum rc journal_intend(struct journal *journal, const struct journal_letter *letter);
MUST_USE enum rc journal_outcome(struct journal *journal, const struct journal_letter *letter,
                                 enum mail_outcome outcome, int code, enum mail_class why);
/* All of it is in the store: begins anew. */
MUST_USE enum rc journal_reset(struct journal *journal);

/* ---- who reads ---- */

struct journal_entry {
    struct journal_letter letter;
    enum mail_outcome outcome; /* MAIL_IN_DOUBT: intended, and no more */
    int code;
    enum mail_class why;
};
struct journal_entries {
    bool is_of_this_boot;            /* false: another boot, damaged, or empty */
    LIST(struct journal_entry) list; /* one a letter and attempt: what is known last */
};
/* `path`: not there is RC_OK and nothing known. RC_IO. */
MUST_USE enum rc journal_read(struct arena *a, const char *path, struct journal_entries *entries_out);

#endif
