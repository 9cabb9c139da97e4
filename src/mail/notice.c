/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See notice.h. One postbox a process, put up before there are threads that post; nothing here locks.
 */
#include "mail/notice.h"

static struct mail_postbox here;

void mail_postbox_is(const struct mail_postbox *postbox)
{
    static const struct mail_postbox none;

    here = *(postbox ? postbox : &none);
}

bool mail_has_postbox(void)
{
    return here.post != NULL;
}

enum rc mail_post(const struct mail_notice *notice)
{
    return here.post ? here.post(here.ctx, notice) : RC_IO;
}
