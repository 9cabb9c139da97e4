/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A postbox that only tests have: each notice is compiled as a mailer would, and appended to the file that POSTBOX names (in
 * the data folder: nothing else can be written), its length on a line before it. Without POSTBOX there is none. What
 * POSTBOX_STATE names is looked at before each: "L" in it is a full box, "I" one that is closed.
 */
#ifndef TESTS_POSTBOX_H
#define TESTS_POSTBOX_H

void postbox_begin(void); /* before the sandbox closes: for struct core_more */

#endif
