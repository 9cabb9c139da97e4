/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The words of states. An appeal and its end are never shown without what was decided: "on appeal" alone would hide it.
 */
#include "sources/docket_impl.h"

bool docket_is_shown(const struct site *site, const struct allegation *al)
{
    return allegation_step(al, site->today) != NULL;
}

struct span docket_path(const struct site *site, struct arena *a, enum lang lang, const struct legal_case *c)
{
    return site_path(site, a, lang, arena_join(a, (struct span[]){S("/docket/"), c->key}, 2));
}

enum msg docket_state(const struct case_step *step, const struct case_step *outcome)
{
    static const struct {
        enum msg alone, on_appeal, final;
    } words[CASE_STATE_COUNT] = {
        [CASE_REPORTED] = {MSG_DOCKET_REPORTED, MSG_DOCKET_ON_APPEAL, MSG_DOCKET_FINAL},
        [CASE_CHARGED] = {MSG_DOCKET_CHARGED, MSG_DOCKET_ON_APPEAL, MSG_DOCKET_FINAL},
        [CASE_COMPLAINT_ISSUED] = {MSG_DOCKET_COMPLAINT, MSG_DOCKET_ON_APPEAL, MSG_DOCKET_FINAL},
        [CASE_SETTLED] = {MSG_DOCKET_SETTLED, MSG_DOCKET_ON_APPEAL, MSG_DOCKET_SETTLED_FINAL},
        [CASE_DISMISSED] = {MSG_DOCKET_DISMISSED, MSG_DOCKET_DISMISSED_ON_APPEAL, MSG_DOCKET_DISMISSED_FINAL},
        [CASE_SUSTAINED] = {MSG_DOCKET_SUSTAINED, MSG_DOCKET_SUSTAINED_ON_APPEAL, MSG_DOCKET_SUSTAINED_FINAL},
        [CASE_ON_APPEAL] = {MSG_DOCKET_ON_APPEAL, MSG_DOCKET_ON_APPEAL, MSG_DOCKET_FINAL},
        [CASE_REVERSED] = {MSG_DOCKET_REVERSED, MSG_DOCKET_REVERSED_ON_APPEAL, MSG_DOCKET_REVERSED_FINAL},
        [CASE_FINAL] = {MSG_DOCKET_FINAL, MSG_DOCKET_ON_APPEAL, MSG_DOCKET_FINAL},
    };

    if (step->state == CASE_ON_APPEAL)
        return words[outcome->state].on_appeal;
    return step->state == CASE_FINAL ? words[outcome->state].final : words[step->state].alone;
}

enum msg docket_step(enum case_state state)
{
    switch (state) {
    case CASE_REPORTED:
        return MSG_DOCKET_REPORTED;
    case CASE_CHARGED:
        return MSG_DOCKET_CHARGED;
    case CASE_COMPLAINT_ISSUED:
        return MSG_DOCKET_COMPLAINT;
    case CASE_SETTLED:
        return MSG_DOCKET_SETTLED;
    case CASE_DISMISSED:
        return MSG_DOCKET_DISMISSED;
    case CASE_SUSTAINED:
        return MSG_DOCKET_SUSTAINED;
    case CASE_ON_APPEAL:
        return MSG_DOCKET_APPEAL_FILED;
    case CASE_REVERSED:
        return MSG_DOCKET_REVERSED;
    case CASE_FINAL:
        return MSG_DOCKET_FINAL;
    }
    return MSG_DOCKET_REPORTED;
}

struct page_words docket_by(const struct site *site, const struct legal_case *c, const struct case_step *step,
                            enum lang lang)
{
    struct page_words by = page_words(site, &step->by, lang);

    if (by.text.n || step->state == CASE_SETTLED || step->state == CASE_ON_APPEAL || step->state == CASE_FINAL)
        return by;
    if (step->state == CASE_REPORTED || step->state == CASE_CHARGED)
        return page_words(site, &c->filed_by, lang);
    return page_words(site, &c->forum, lang);
}
