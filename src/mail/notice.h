/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Letters to one person who just did something: a confirmation, a receipt. They are in memory only: what is lost with a
 * process was never promised, and the person asks again.
 */
#ifndef MAIL_NOTICE_H
#define MAIL_NOTICE_H

#include "mail/message.h"

struct mail_notice {
    int64_t campaign_id;
    struct mail_letter letter; /* MAIL_NOTICE; or MAIL_NEWS, as a preview: its link to leave leads nowhere */
    struct span address;       /* plain */
};

/* Who carries them; set once before the first request, by who starts the server. Copies what it keeps; does not wait.
 * RC_LIMIT: too many are waiting. RC_IO: there is no mailer, or none that can send. Any thread. */
struct mail_postbox {
    void *ctx;
    enum rc (*post)(void *ctx, const struct mail_notice *notice);
};
void mail_postbox_is(const struct mail_postbox *postbox); /* null: none. Copied */
bool mail_has_postbox(void); /* whether there is one at all: it may still be closed for a moment */
MUST_USE enum rc mail_post(const struct mail_notice *notice);

#endif
