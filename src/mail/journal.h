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

/* Learns which boot of the machine this is, once for the process: the kernel says it in a file. Opening and reading do it
 * themselves where it was not done, so it is for who reads after a sandbox closed. Any thread. RC_IO. */
MUST_USE enum rc journal_prepare(void);

/* Which letter: as in the table delivery. */
struct journal_letter {
    int64_t campaign_id;
    int64_t run_no;
    int64_t person_no;
    int64_t fence;
    int32_t attempt;
};

/* ---- who writes ---- */

enum { JOURNAL_RECORDS_MOST = 65536 };

struct journal;
/* `fd`: open for reading and writing; stays the caller's. What an earlier process wrote is kept, a torn last record cut
 * off. A journal that is empty, damaged or of another boot stays as it is, for who reads it has to see that; then
 * nothing can be written before journal_reset(). RC_IO. */
MUST_USE enum rc journal_open(int fd, struct journal **journal_out);
void journal_close(struct journal **journal); /* accepts null */
/* Anything but RC_OK: the last dot is not sent. RC_CONFLICT: it has to begin anew first. RC_LIMIT: the same, because
 * JOURNAL_RECORDS_MOST are in it; outcomes still go in. RC_IO: the disk. */
MUST_USE enum rc journal_intend(struct journal *journal, const struct journal_letter *letter);
/* RC_CONFLICT, RC_IO: as above. Then it stays in doubt, for who reads the journal. */
MUST_USE enum rc journal_outcome(struct journal *journal, const struct journal_letter *letter,
                                 enum mail_outcome outcome, int code, enum mail_class why);
/* All of it is in the store: begins anew. RC_IO: and nothing can be written before it was done again. */
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
/* `path`: not there is RC_OK and nothing known. RC_IO. Takes at most JOURNAL_ROOM of `a`. */
enum { JOURNAL_ROOM = 20 * 1024 * 1024 };
MUST_USE enum rc journal_read(struct arena *a, const char *path, struct journal_entries *entries_out);

#endif
