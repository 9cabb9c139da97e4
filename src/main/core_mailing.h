/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The server's side of `breakroom send` and `breakroom report`: looks at what would go out, makes the letters, and has the
 * engine do the rest. What a person is refused, and why, is said here.
 */
#ifndef MAIN_CORE_MAILING_H
#define MAIN_CORE_MAILING_H

#include "main/control.h"
#include "main/send_step.h"
#include "main/sending.h"

struct core_mailing;

/* All must outlive it. `url` is the store's, empty for SQLite. */
struct core_mailing *core_mailing_open(struct db_store *store, struct span url, struct instant (*clock)(void),
                                       struct sending *sending);
void core_mailing_close(struct core_mailing **mailing); /* after the last call; accepts null */

/* Any thread; may block for as long as a mailer takes to open a list. What comes out lives in `a`. */
void core_mailing_step(struct core_mailing *mailing, struct arena *a, const struct send_call *call,
                       struct send_told *told_out);
/* For struct control_verb, a whole call. A null mailing: this server has no store, and says so. */
void core_mailing(struct core_mailing *mailing, struct control_call *call);

/* For `status`: a line for each run under way. */
void core_mailing_status_put(struct core_mailing *mailing, struct buf *out);

#endif
