/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A newsletter as a letter: both its bodies and its head, ready to be written for one person after another.
 */
#ifndef NEWS_NEWS_MAIL_H
#define NEWS_NEWS_MAIL_H

#include "mail/message.h"
#include "page/site.h"
#include "prose/prose.h"

enum { NEWS_MAIL_WARN = 70 * 1024, NEWS_MAIL_MOST = 90 * 1024 }; /* bytes of HTML, as they travel */

/* Public or not yet. RC_INVALID: the campaign's `contact` is no address that a mail can be answered to; RC_LIMIT: far too
 * large. Lives in `a`. The line of who pays stands in letters to audiences that are to see it. */
MUST_USE enum rc news_mail_letter(struct arena *a, const struct site *site, const struct prose_library *lib,
                                  const struct entry *e, bool shows_paid_by, struct mail_letter *letter_out);
/* The same compiled, with the line of who pays: as large as it can be. */
MUST_USE enum rc news_mail(struct arena *a, const struct site *site, const struct prose_library *lib,
                           const struct entry *e, const struct mail_message **message_out);

#endif
