/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The sentences Breakroom says, in every language it speaks.
 *
 * A message is a whole sentence from locale/en.po and its translations, with {names} for what changes; tools/msgc makes
 * the table and `enum msg` (key "news.published" is MSG_NEWS_PUBLISHED) and proves that each language has each message
 * with the same names. Sentences are never glued from pieces.
 *
 * A message whose names are `date` and `n` is also called MSG_NEWS_COUNT__date__n (names in order of the alphabet; with
 * none MSG_NEWS_COUNT__): compiled templates use that constant, so that a missing argument does not compile.
 */
#ifndef HTML_MSG_H
#define HTML_MSG_H

#include "base/buf.h"
#include "model/lang.h"

#include "msg_table.h" /* generated: enum msg */

struct msg_arg {
    struct span name; /* of the {placeholder} */
    struct span text;
};

struct msg_digits {
    char room[24];
};

/* `value` as the text of an argument. Lives in `digits`. */
struct span msg_int(struct msg_digits *digits, int64_t value);

/* Writes the message through `escape`, its own words as well as the arguments. `n` chooses between singular and plural
 * and stands for {n} unless an argument has that name; it is ignored where the message has neither. Arguments that the
 * message does not use are fine; a placeholder without an argument breaks an invariant. */
void msg_put(struct buf *out, enum lang lang, enum msg msg, int64_t n, const struct msg_arg *args, size_t count,
             void (*escape)(struct buf *out, struct span text));

/* The same as one text without escapes, for terminals and for C that fills a template's field. Lives in `a`. */
struct span msg_text(struct arena *a, enum lang lang, enum msg msg, int64_t n, const struct msg_arg *args,
                     size_t count);

/* A message that changes nothing in itself: no arguments, no plural. Static. */
struct span msg_plain(enum lang lang, enum msg msg);

struct span msg_key(enum msg msg); /* "news.published" */

#endif
