/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The words of states. An appeal and its end are never shown without what was decided: "on appeal" alone would hide it.
 */
#include "sources/docket_impl.h"
#include "sources/sources_rules.h"

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

/* ---- for who refers to one ---- */

/* "Complaint issued. PERB, June 22, 2026. Since then: Dismissed, August 4, 2026." */
static struct span status_words(struct arena *a, const struct site *site, const struct legal_case *c,
                                const struct allegation *al, enum lang lang, struct date day)
{
    const struct case_step *outcome = allegation_outcome(al, day);
    const struct case_step *now = allegation_outcome(al, site->today);
    enum msg state = docket_state(allegation_step(al, day), outcome);
    enum msg later = now ? docket_state(allegation_step(al, site->today), now) : state;
    bool is_later = now && date_cmp(day, site->today) < 0 && later != state;
    const struct case_step *step = is_later ? allegation_step(al, site->today) : outcome;

    return msg_text(a, lang, is_later ? MSG_EMBED_CASE_SINCE : MSG_EMBED_CASE, 0,
                    (struct msg_arg[]){{S("state"), msg_plain(lang, state)},
                                       {S("forum"), words_in(site->campaign, &c->forum, lang, NULL)},
                                       {S("date"), date_words(a, lang, outcome->date)},
                                       {S("later"), msg_plain(lang, later)},
                                       {S("day"), date_words(a, lang, step->date)}},
                    is_later ? 5 : 3);
}

struct prose_target sources_find_case(struct arena *a, const struct site *site, struct span key, enum lang lang,
                                      struct date day)
{
    struct prose_target t = {.state = PROSE_UNKNOWN, .lang = lang};
    const struct legal_case *c;
    const struct allegation *al;
    struct span name;
    struct span rest;
    bool is_fallback = false;

    span_cut(key, '#', &name, &rest);
    c = campaign_case(site->campaign, name);
    al = c ? case_allegation(c, rest) : NULL;
    if (al == NULL)
        return t;
    t.state = allegation_step(al, day) ? PROSE_FOUND : PROSE_NOT_YET;
    if (t.state == PROSE_NOT_YET)
        return t;
    t.allegation = al;
    t.title = words_in(site->campaign, &al->text.words, lang, &is_fallback);
    t.lang = is_fallback ? campaign_main_lang(site->campaign) : lang;
    t.title = msg_text(a, t.lang, MSG_EMBED_ALLEGED, 0, &(struct msg_arg){S("text"), t.title}, 1);
    t.detail = status_words(a, site, c, al, t.lang, day);
    if (docket_is_shown(site, al))
        t.address = arena_join(a, (struct span[]){docket_path(site, a, lang, c), S("#"), al->key}, 3);
    return t;
}

struct span sources_nearest_case(struct arena *a, const struct campaign *c, struct span key)
{
    LIST(struct span) known = {0};

    for (size_t i = 0; i < c->cases.count; i++)
        for (size_t k = 0; k < c->cases.items[i].allegations.count; k++)
            *LIST_ADD(a, &known) = arena_printf(a, "%.*s#%.*s", SPAN_ARGS(c->cases.items[i].key),
                                                SPAN_ARGS(c->cases.items[i].allegations.items[k].key));
    return model_nearest(key, known.items, known.count);
}
