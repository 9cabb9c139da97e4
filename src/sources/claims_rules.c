/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * When an answer to the employer may be leaned on: somebody has checked it, and its review had not run out on the day of
 * the text that refers to it. A later review does not reach back: what was fine when it was printed stays fine.
 */
#include "html/msg.h"
#include "page/dates.h"
#include "sources/sources_rules.h"

struct span claims_path(const struct site *site, struct arena *a, enum lang lang, const struct entry *e)
{
    struct entry in_lang = *e;

    in_lang.lang = lang;
    return site_entry_path(site, a, &in_lang);
}

static const struct entry *find(const struct campaign *c, struct span key, enum lang lang)
{
    const struct entry *claim = campaign_entry_any(c, ENTRY_CLAIM, key, lang);

    return claim ? claim : campaign_entry_any(c, ENTRY_ITEM, key, lang);
}

struct prose_target sources_find_claim(struct arena *a, const struct site *site, const struct prose_library *lib,
                                       struct span key, enum lang lang, struct date day)
{
    const struct entry *e = find(site->campaign, key, lang);
    struct prose_target t = {.state = PROSE_UNKNOWN, .lang = lang};

    if (e == NULL)
        return t;
    t.state = PROSE_FOUND;
    if (e->superseded.n)
        t.state = PROSE_SUPERSEDED;
    if (!date_is_set(e->reviewed) || (date_is_set(e->review_by) && date_cmp(day, e->review_by) > 0))
        t.state = PROSE_UNREVIEWED;
    t.replaced_by = e->superseded;
    t.address = claims_path(site, a, lang, e);
    t.lang = e->lang;
    t.title = e->kind == ENTRY_CLAIM
                  ? msg_text(a, e->lang, MSG_EMBED_CLAIM, 0, &(struct msg_arg){S("claim"), e->title}, 1)
                  : e->title;
    t.detail = msg_text(a, e->lang, MSG_EMBED_CLAIM_FROM, 0,
                        (struct msg_arg[]){{S("channel"), e->channel}, {S("date"), date_words(a, e->lang, e->date)}},
                        2);
    t.body = prose_of(lib, e);
    return t;
}

struct span sources_nearest_claim(struct arena *a, const struct campaign *c, struct span key)
{
    LIST(struct span) known = {0};

    for (size_t i = 0; i < c->entries.count; i++)
        if (c->entries.items[i].kind == ENTRY_ITEM || c->entries.items[i].kind == ENTRY_CLAIM)
            *LIST_ADD(a, &known) = c->entries.items[i].key;
    return model_nearest(key, known.items, known.count);
}
