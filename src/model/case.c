/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * States of allegations: which follows which, and what each bears.
 */
#include "model/case.h"

#include "base/buf.h"

static const struct span names[CASE_STATE_COUNT] = {
    [CASE_REPORTED] = SPAN_INIT("reported"),
    [CASE_CHARGED] = SPAN_INIT("charged"),
    [CASE_COMPLAINT_ISSUED] = SPAN_INIT("complaint-issued"),
    [CASE_SETTLED] = SPAN_INIT("settled"),
    [CASE_DISMISSED] = SPAN_INIT("dismissed"),
    [CASE_SUSTAINED] = SPAN_INIT("sustained"),
    [CASE_ON_APPEAL] = SPAN_INIT("on-appeal"),
    [CASE_REVERSED] = SPAN_INIT("reversed"),
    [CASE_FINAL] = SPAN_INIT("final"),
};

struct span case_state_name(enum case_state state)
{
    return names[state];
}

bool case_state_from_name(struct span name, enum case_state *state_out)
{
    for (int i = 0; i < CASE_STATE_COUNT; i++) {
        if (span_eq(names[i], name)) {
            *state_out = (enum case_state)i;
            return true;
        }
    }
    return false;
}

bool case_state_is_fallen(enum case_state state)
{
    return state == CASE_SETTLED || state == CASE_DISMISSED || state == CASE_REVERSED;
}

/* ---- which follows which ---- */

#define AFTER(state) (1U << (state))

/* A dismissal is undone by `reversed` alone, and what is final stays. */
static const unsigned after[CASE_STATE_COUNT] = {
    [CASE_REPORTED] = AFTER(CASE_CHARGED) | AFTER(CASE_COMPLAINT_ISSUED) | AFTER(CASE_SETTLED) | AFTER(CASE_DISMISSED) |
                      AFTER(CASE_SUSTAINED),
    [CASE_CHARGED] = AFTER(CASE_COMPLAINT_ISSUED) | AFTER(CASE_SETTLED) | AFTER(CASE_DISMISSED) | AFTER(CASE_SUSTAINED),
    [CASE_COMPLAINT_ISSUED] = AFTER(CASE_SETTLED) | AFTER(CASE_DISMISSED) | AFTER(CASE_SUSTAINED),
    [CASE_SETTLED] = AFTER(CASE_REVERSED) | AFTER(CASE_FINAL),
    [CASE_DISMISSED] = AFTER(CASE_ON_APPEAL) | AFTER(CASE_REVERSED) | AFTER(CASE_FINAL),
    [CASE_SUSTAINED] = AFTER(CASE_SETTLED) | AFTER(CASE_ON_APPEAL) | AFTER(CASE_REVERSED) | AFTER(CASE_FINAL),
    [CASE_ON_APPEAL] = AFTER(CASE_SETTLED) | AFTER(CASE_REVERSED) | AFTER(CASE_FINAL),
    [CASE_REVERSED] = AFTER(CASE_COMPLAINT_ISSUED) | AFTER(CASE_SETTLED) | AFTER(CASE_DISMISSED) |
                      AFTER(CASE_SUSTAINED) | AFTER(CASE_ON_APPEAL) | AFTER(CASE_FINAL),
    [CASE_FINAL] = 0,
};
static const unsigned at_first = AFTER(CASE_REPORTED) | AFTER(CASE_CHARGED) | AFTER(CASE_COMPLAINT_ISSUED) |
                                 AFTER(CASE_SETTLED) | AFTER(CASE_DISMISSED) | AFTER(CASE_SUSTAINED);

static const struct case_step *outcome_of(const struct case_step *steps, size_t count)
{
    const struct case_step *outcome = NULL;

    for (size_t i = 0; i < count; i++)
        if (outcome == NULL || (steps[i].state != CASE_ON_APPEAL && steps[i].state != CASE_FINAL))
            outcome = &steps[i];
    return outcome;
}

bool case_may_follow(struct arena *a, const struct case_step *steps, size_t count, enum case_state state,
                     struct span *instead_out)
{
    unsigned may = count ? after[steps[count - 1].state] : at_first;
    struct buf *b;

    *instead_out = (struct span){0};
    if (count && steps[count - 1].state == CASE_ON_APPEAL) /* upheld: said again */
        may |= AFTER(outcome_of(steps, count)->state) & ~AFTER(CASE_ON_APPEAL);
    if (may & AFTER(state))
        return true;
    b = buf_new(a, 200);
    for (int i = 0; i < CASE_STATE_COUNT; i++)
        if (may & AFTER(i))
            buf_printf(b, "%s%.*s", b->n ? ", " : "", SPAN_ARGS(names[i]));
    *instead_out = buf_span(b);
    return false;
}

/* ---- on a day ---- */

const struct allegation *case_allegation(const struct legal_case *c, struct span key)
{
    for (size_t i = 0; i < c->allegations.count; i++)
        if (span_eq(c->allegations.items[i].key, key))
            return &c->allegations.items[i];
    return NULL;
}

static size_t count_on(const struct allegation *al, struct date day)
{
    size_t count = 0;

    while (count < al->steps.count && date_cmp(al->steps.items[count].date, day) <= 0)
        count++;
    return count;
}

const struct case_step *allegation_step(const struct allegation *al, struct date day)
{
    size_t count = count_on(al, day);

    return count ? &al->steps.items[count - 1] : NULL;
}

const struct case_step *allegation_outcome(const struct allegation *al, struct date day)
{
    return outcome_of(al->steps.items, count_on(al, day));
}

static enum legal_strength strength_of(enum case_state state)
{
    switch (state) {
    case CASE_CHARGED:
        return LEGAL_CHARGED;
    case CASE_COMPLAINT_ISSUED:
        return LEGAL_COMPLAINT;
    case CASE_SUSTAINED:
        return LEGAL_FOUND;
    case CASE_REPORTED:
    case CASE_SETTLED:
    case CASE_DISMISSED:
    case CASE_ON_APPEAL:
    case CASE_REVERSED:
    case CASE_FINAL:
        break;
    }
    return LEGAL_ALLEGED;
}

enum legal_strength allegation_strength(const struct allegation *al, struct date day)
{
    const struct case_step *outcome = allegation_outcome(al, day);

    return outcome ? strength_of(outcome->state) : LEGAL_NOTHING;
}

enum legal_strength allegation_strength_ever(const struct allegation *al, struct date day)
{
    enum legal_strength most = LEGAL_NOTHING;
    size_t count = count_on(al, day);

    for (size_t i = 0; i < count; i++)
        if (strength_of(al->steps.items[i].state) > most)
            most = strength_of(al->steps.items[i].state);
    return most;
}

bool case_is_public(const struct legal_case *c, struct date day)
{
    for (size_t i = 0; i < c->allegations.count; i++)
        if (allegation_step(&c->allegations.items[i], day))
            return true;
    return false;
}
