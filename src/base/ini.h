/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Sections, keys and values with the place of each: `[section]`, `key = value`, `;` or `#` at the start of a line
 * for a comment. A value ends with its line and is trimmed; there are no escapes, quotes or continuation lines.
 *
 * Our own, though a library exists: a diagnostic needs the line and column of a value, values are longer than the
 * library's lines, and a repeated key has to be seen (doc/decisions/0003-own-ini-reader.md).
 */
#ifndef BASE_INI_H
#define BASE_INI_H

#include "base/span.h"

enum ini_fault {
    INI_FINE = 0,
    INI_NO_EQUALS,   /* a line that is neither a section, a comment nor `key = value` */
    INI_BAD_SECTION, /* `[` without `]`, or text after it */
    INI_NO_KEY,      /* nothing before the `=` */
};

struct ini_reader {
    struct span source;
    size_t at;
    uint32_t line;
    struct span section;
};

struct ini_entry {
    struct span section; /* empty before the first */
    struct span key;
    struct span value;
    uint32_t line;       /* from 1 */
    uint32_t key_column; /* in characters, from 1 */
    uint32_t value_column;
    enum ini_fault fault; /* the line could not be read; key and value are empty */
};

void ini_begin(struct ini_reader *r, struct span source);
bool ini_next(struct ini_reader *r, struct ini_entry *entry_out); /* false at the end; everything borrows */
/* Passes over all but sections, to the next one that is well written: for a section that says something by being there.
 * Its name is in `section`, and the column of the name in `key_column`. */
bool ini_next_section(struct ini_reader *r, struct ini_entry *entry_out);

#endif
