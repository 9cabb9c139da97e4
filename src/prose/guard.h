/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What is looked at before the Markdown library sees a text: shapes for which it takes time that grows with the square
 * of their size. A person's newsletter is nowhere near these limits (doc/decisions/0006-limits-before-parsing.md).
 */
#ifndef PROSE_GUARD_H
#define PROSE_GUARD_H

#include "base/span.h"

/* A sentence that says what is too much, or the empty span. Linear. */
struct span guard_markdown(struct span body);

#endif
