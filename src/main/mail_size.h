/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Would each newsletter arrive whole as a letter? Part of `breakroom check`.
 */
#ifndef MAIN_MAIL_SIZE_H
#define MAIN_MAIL_SIZE_H

#include "main/compile.h"

/* Makes each newsletter's letter and reports those that mail programs would cut; and a `contact` that no mail can be
 * answered to. */
void mail_size_check(struct compiled *compiled);

#endif
