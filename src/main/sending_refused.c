/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Refusals that are not believed at once. A smart host that turns away everybody ("relay denied", an account that was closed)
 * says no to person after person, and each no would be final. So a no waits, in memory, for a letter that the host takes:
 * then it was about the person. Twenty in a row without one are about us: those people are put off, the run pauses, and a
 * person has to look.
 *
 * Whoever was refused twice is believed: a person let the run go on. Until a no is believed its person stays claimed; should
 * core die meanwhile, the mailer's journal has its word, and that is final.
 */
#include "main/sending_impl.h"

#include "http/log.h"

enum { REFUSED_ALONE = 3, REFUSED_ATTEMPTS = 2 };

static void add_outcome(struct held_run *run, const struct mailing_outcome *o)
{
    CHECK(run->outcome_count < COUNT(run->outcomes));
    run->outcomes[run->outcome_count++] = *o;
}

void sending_believe(struct held_run *run)
{
    for (size_t i = 0; i < run->refusal_count; i++)
        add_outcome(run, &run->refusals[i].outcome);
    run->refusal_count = 0;
}

/* All of them are put off, and the run is to pause. */
static void disbelieve(struct sending *s, struct held_run *run)
{
    LOG_HOUSE_FAULT("sending.refused", KV_INT("campaign", run->id.campaign_id), KV_INT("run", run->id.run_no),
                    KV_INT("people", run->refusal_count), KV_INT("code", run->refusals[0].outcome.code));
    for (size_t i = 0; i < run->refusal_count; i++) {
        const struct refusal *r = &run->refusals[i];
        struct mailing_outcome o;

        sending_outcome_of(s, MAIL_DEFERRED, r->outcome.code, (enum mail_class)r->outcome.why, r->outcome.attempt,
                           r->first_at, &o);
        o.person_no = r->outcome.person_no;
        o.attempt = r->outcome.attempt;
        o.fence = r->outcome.fence;
        add_outcome(run, &o);
    }
    run->refusal_count = 0;
    run->distrusts = true;
    run->is_refused = true; /* in the transaction that writes those down */
    s->gathered_us = 1;     /* long ago: they do not wait for others */
}

bool sending_is_refusal(const struct mailing_outcome *o)
{
    return o->state == DELIVERY_FAILED && o->code >= 500 && o->attempt <= REFUSED_ATTEMPTS;
}

void sending_refusal(struct sending *s, struct held_run *run, const struct mailing_outcome *o, struct instant first_at)
{
    run->refusals[run->refusal_count++] = (struct refusal){*o, first_at};
    if (run->refusal_count == COUNT(run->refusals))
        disbelieve(s, run);
}

/* Nobody is at the mailer who could still be taken. One or two who are refused may be all there are. */
static void judge_the_rest(struct sending *s, struct held_run *run)
{
    bool is_first = true;

    for (size_t i = 0; i < run->refusal_count; i++)
        is_first = is_first && run->refusals[i].outcome.attempt == 1;
    if (run->distrusts || (!run->was_taken && run->refusal_count >= REFUSED_ALONE && is_first))
        disbelieve(s, run);
    else
        sending_believe(run);
    s->gathered_us = s->gathered_us ? s->gathered_us : sending_boot_us();
}

void sending_mind_refusals(struct sending *s, struct held_run *run)
{
    if (run->refusal_count && run->flight_count == 0)
        judge_the_rest(s, run);
}
