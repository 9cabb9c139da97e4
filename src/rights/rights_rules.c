/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * When an answer may be leaned on: somebody who knows has checked it, and its review had not run out on the day of the
 * text that refers to it. A later review does not reach back: what was fine when it was printed stays fine.
 */
#include "rights/rights_rules.h"

#include "html/msg.h"
#include "page/dates.h"

static struct span detail_of(struct arena *a, const struct entry *e, enum lang lang)
{
    const struct msg_arg args[] = {{S("date"), date_words(a, lang, e->reviewed)}, {S("law"), e->law}};

    if (!date_is_set(e->reviewed))
        return (struct span){0};
    return msg_text(a, lang, e->law.n ? MSG_EMBED_CHECKED_LAW : MSG_EMBED_CHECKED, 0, args, COUNT(args));
}

struct prose_target rights_find(struct arena *a, const struct site *site, const struct prose_library *lib,
                                enum entry_kind kind, struct span key, enum lang lang, struct date day)
{
    const struct entry *e = campaign_entry_any(site->campaign, kind, key, lang);
    struct prose_target t = {.state = PROSE_UNKNOWN, .lang = lang};
    struct span base = kind == ENTRY_FAQ ? S("/faq/#") : S("/rights/#");

    if (e == NULL)
        return t;
    t.state = PROSE_FOUND;
    if (e->superseded.n)
        t.state = PROSE_SUPERSEDED;
    if (!date_is_set(e->reviewed) || (date_is_set(e->review_by) && date_cmp(day, e->review_by) > 0))
        t.state = PROSE_UNREVIEWED;
    t.replaced_by = e->superseded;
    t.address = site_path(site, a, lang, arena_join(a, (struct span[]){base, key}, 2));
    t.title = e->title;
    t.detail = detail_of(a, e, e->lang);
    t.lang = e->lang;
    t.body = prose_of(lib, e);
    return t;
}
