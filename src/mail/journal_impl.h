/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a journal is as bytes: for journal.c, and for tests that damage one.
 *
 *   journal = head | records                    all of them CELL bytes; numbers least significant byte first
 *   head    = "BRJ1" | boot id[36] | checksum u32
 *   record  = campaign i64 | run i64 | person i64 | fence i64 | attempt i32 | code u16 | outcome u8 | class u8 | checksum u32
 *
 * The boot id is what /proc/sys/kernel/random/boot_id says, without its end. A checksum is zlib's CRC-32 of what is before
 * it. An outcome of MAIL_IN_DOUBT is an intent.
 */
#ifndef MAIL_JOURNAL_IMPL_H
#define MAIL_JOURNAL_IMPL_H

#include "mail/journal.h"

enum {
    JOURNAL_BOOT_LEN = 36,
    JOURNAL_CELL = 44,
    /* What a reader takes: intents stop earlier, so that outcomes have a place. */
    JOURNAL_BYTES_MOST = JOURNAL_CELL * (1 + 2 * JOURNAL_RECORDS_MOST),
};

struct journal_boot {
    char text[JOURNAL_BOOT_LEN];
};
MUST_USE enum rc journal_boot(struct journal_boot *boot_out);

void journal_head_put(unsigned char cell_out[JOURNAL_CELL], const struct journal_boot *boot);
void journal_record_put(unsigned char cell_out[JOURNAL_CELL], const struct journal_entry *entry);
/* `bytes` is a whole file, at most JOURNAL_BYTES_MOST. */
void journal_parse(struct arena *a, struct span bytes, const struct journal_boot *boot,
                   struct journal_entries *entries_out);

#endif
