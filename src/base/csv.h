/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Comma-separated values as RFC 4180 has them: quoted fields may hold commas, line ends and doubled quotes.
 *
 * A reader over borrowed bytes that knows the line and column of every field. LF and CRLF both end a row; a
 * byte-order mark at the start is skipped. White space is kept: trimming is for who knows what a column means.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/arena.h"
#include "base/buf.h"

/* Exports of lists of people have a column for every question that was ever asked. */
enum { CSV_FIELDS_MAX = 512 };

enum csv_fault {
    CSV_FINE = 0,
    CSV_QUOTE_OPEN,   /* a quoted field that never ends */
    CSV_QUOTE_INSIDE, /* a quote inside an unquoted field, or text after a closing quote */
    CSV_TOO_WIDE,     /* over CSV_FIELDS_MAX fields */
};

struct csv_field {
    struct span text; /* unquoted; borrows from the source, or from the arena when quotes were doubled */
    uint32_t line;    /* where the field begins, from 1 */
    uint32_t column;  /* in characters, from 1 */
};

struct csv_reader {
    struct span source;
    size_t at;
    uint32_t line;
};

struct csv_row {
    uint32_t line; /* of its first field */
    size_t count;
    enum csv_fault fault; /* the row's fault, at (fault_line, fault_column); its fields are then not to be used */
    uint32_t fault_line;
    uint32_t fault_column;
    struct csv_field fields[CSV_FIELDS_MAX];
};

void csv_begin(struct csv_reader *r, struct span source);
/* The next row that is not an empty line. False at the end. After CSV_QUOTE_OPEN the source is used up; after another
 * fault reading goes on at the next line. */
bool csv_next(struct csv_reader *r, struct arena *a, struct csv_row *row_out);

/* Writes one field, in quotation marks when it needs them. Commas and line ends are the caller's. */
void csv_put(struct buf *b, struct span text);

#endif
