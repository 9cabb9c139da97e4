/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See notice.h. One postbox a process, put up before there are threads that post; nothing here locks.
 */
#include "mail/notice.h"

static struct mail_postbox postbox;

void mail_postbox_is(const struct mail_postbox *is)
{
    postbox = is ? *is : (struct mail_postbox){0};
}

enum rc mail_post(const struct mail_notice *notice)
{
    CHECK(notice->letter.kind == MAIL_NOTICE);
    return postbox.post ? postbox.post(postbox.ctx, notice) : RC_IO;
}
