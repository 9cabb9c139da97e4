/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Which column of a list of people is what: known by its name as Action Network, Mailchimp and people write it, in English
 * and Spanish, or said by the person. Everything that is not named here stays in the file.
 *
 * What people chose where the list comes from is obeyed and cannot be mapped away: a column that says who is subscribed
 * there is looked at wherever it stands, all of them if there are several.
 */
#ifndef MAIN_IMPORT_COLUMNS_H
#define MAIN_IMPORT_COLUMNS_H

#include "base/csv.h"

enum import_use {
    IMPORT_IGNORED,
    IMPORT_ADDRESS, /* of these five one column each, or none */
    IMPORT_WORKPLACE,
    IMPORT_LANGUAGE,
    IMPORT_AUDIENCE,
    IMPORT_DATE,
    IMPORT_SUBSCRIBED,   /* obeyed, as the next two: says yes, or they are left out */
    IMPORT_UNSUBSCRIBED, /* says anything but no, and they are left out */
    IMPORT_STATUS,       /* says that they left or cannot be reached, and they are left out */
};
enum { IMPORT_USE_COUNT = IMPORT_STATUS + 1 };

enum import_origin { IMPORT_PLAIN, IMPORT_ACTION_NETWORK, IMPORT_MAILCHIMP };

struct import_columns {
    enum import_origin origin;
    size_t count;
    struct span *names; /* as they can be shown: never an address */
    enum import_use *uses;
    size_t at[IMPORT_USE_COUNT]; /* of those with one column; SIZE_MAX: none */
};

/* `maps` are what --map said, "address=Correo,date=3": a field, and the name of a column or its number from 1; nothing
 * behind the sign leaves the field without a column. RC_INVALID, and a sentence without a full stop: there are no names, none
 * is the address, or a name is there twice. Lives in `a`; borrows from `heading`. */
MUST_USE enum rc import_columns_read(struct arena *a, const struct csv_row *heading, const struct span *maps,
                                     size_t map_count, struct import_columns *columns_out, struct span *fault_out);

/* "language": what a person calls a use. */
struct span import_use_name(enum import_use use);

/* Lower case, without accents, words parted by one blank: how names and short answers are compared. In `a`. */
struct span import_fold(struct arena *a, struct span text);
/* May it be shown to a person who asked for no address? Short, printable and without an @. */
bool import_may_show(struct span text);

#endif
