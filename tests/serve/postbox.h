/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A postbox that only tests have: each notice is compiled as a mailer would, and appended to the file that POSTBOX names (in
 * the store's folder: nothing else can be written), its length on a line before it. Without POSTBOX there is none. What
 * POSTBOX_STATE names is looked at before each: "L" in it is a full box, "I" one that is closed.
 */
#ifndef TESTS_POSTBOX_H
#define TESTS_POSTBOX_H

#include "mail/notice.h"

const struct mail_postbox *postbox_of_tests(void); /* null without POSTBOX. Opens its files with the first letter */

#endif
