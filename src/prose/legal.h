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

/* Words that stand in no Markdown. */
struct legal_text {
    struct scan scan;
    const uint8_t *marks; /* FLAT_… of each byte */
};
struct legal_text legal_text_of(struct arena *a, struct span text, enum lang lang);
/* The next strong words at token `from` or behind it that stand in no quotation marks. False when there are none. */
bool legal_next(const struct legal_text *t, size_t from, struct legal_strong *out);
/* What may be said of it, for the note of a diagnostic. */
struct span legal_may_say(enum legal_strength strength);

#endif
