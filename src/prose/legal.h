/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Words that call something unlawful, or say how far a case has come (F36): in texts, and in what a docket says itself.
 */
#ifndef PROSE_LEGAL_H
#define PROSE_LEGAL_H

#include "model/case.h"
#include "prose/scan.h"

struct legal_strong {
    size_t first; /* token */
    size_t count;
    bool is_conclusion; /* "unlawful"; else a step, "issued a complaint" */
    enum legal_strength needs;
};

/* The next strong words at token `from` or behind it. False when there are none. */
bool legal_next(const struct scan *s, size_t from, struct legal_strong *out);
/* Does it stand in quotation marks? */
bool legal_is_quoted(struct arena *a, const struct scan *s, const struct legal_strong *strong);
/* What may be said of it, for the note of a diagnostic. */
struct span legal_may_say(enum legal_strength strength);

#endif
