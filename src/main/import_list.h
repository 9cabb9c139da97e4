/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A list of people as somebody's CSV file has it → who is to be imported, and a word on everybody else.
 *
 * A file that is no table, or of which a part may be lost (an open quotation mark), is refused whole. A row at fault stops
 * nothing and is named. Every row is one of taken, left there, double, work mail, at fault: the five add up. No reason
 * names an address: reasons are shown, and written to files.
 */
#ifndef MAIN_IMPORT_LIST_H
#define MAIN_IMPORT_LIST_H

#include "main/import_columns.h"
#include "model/campaign.h"
#include "model/subscriber.h"

enum {
    IMPORT_FILE_MOST = 256 * 1024 * 1024,
    IMPORT_PEOPLE_MOST = 200000,
    IMPORT_CELL_MOST = 64 * 1024,
    IMPORT_SOURCE_LEAST = 3,
};

/* What holds for all of them. */
struct import_rules {
    const struct audience *audiences;
    size_t audience_count;
    const struct audience *audience; /* of a row that names none; null: it must */
    const enum lang *langs;          /* the campaign's */
    size_t lang_count;
    enum lang lang; /* of a row that names none, or another */
    struct span work_domains;
    bool takes_work_mail; /* where the audience takes it too */
    struct span source;
    struct instant now;
};

enum import_fate {
    IMPORT_TAKEN,
    IMPORT_LEFT,   /* not subscribed where the list comes from */
    IMPORT_DOUBLE, /* there already, further up */
    IMPORT_WORK,   /* an address of the employer's, or that looks so */
    IMPORT_FAULT,
};
enum { IMPORT_FATE_COUNT = IMPORT_FAULT + 1 };

struct import_person {
    uint32_t line;
    struct subscriber subscriber;
    bool is_other_lang; /* asked for one that the campaign does not have */
    bool has_dropped;   /* a workplace that nobody asks them for */
};
struct import_note {
    uint32_t line;
    enum import_fate fate; /* never TAKEN */
    struct span why;       /* without a full stop */
};

struct import_list {
    struct import_columns columns;
    size_t rows;
    LIST(struct import_person) people;
    LIST(struct import_note) notes; /* by line; of those who left, only where another row says so */
    size_t counts[IMPORT_FATE_COUNT];
    size_t langs[LANG_COUNT]; /* of the people, and the next four */
    size_t other_langs;
    size_t workplaces;
    size_t workplaces_dropped;
    size_t days; /* who have the day on which they said yes */
};

/* RC_INVALID: the file is refused, and a sentence without a full stop says why. RC_LIMIT: the same, for its size. Lives in
 * `a`, and borrows from `bytes`. */
MUST_USE enum rc import_list_read(struct arena *a, struct span bytes, const struct span *maps, size_t map_count,
                                  const struct import_rules *rules, struct import_list *list_out,
                                  struct span *fault_out);

/* Where people said yes: 3 to 200 letters in clear, no control character, no address. Null: fine; else why not. */
const char *import_source_fault(struct span source);

#endif
