/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What is public, in which language, and when it changed.
 */
#include "news/news_impl.h"

#include <stdlib.h>

/* Below zero when `a` stands before `b`: the newest is first. */
static int order_of(const struct entry *a, const struct entry *b)
{
    if (a->published.us != b->published.us)
        return a->published.us < b->published.us ? 1 : -1;
    return span_cmp(a->key, b->key);
}

static int newest_first(const void *left, const void *right)
{
    return order_of(((const struct news_item *)left)->entry, ((const struct news_item *)right)->entry);
}

bool news_is_shown(const struct site *site, const struct entry *e)
{
    return entry_is_public(e, site->now) && campaign_speaks(site->campaign, e->lang);
}

const struct entry *news_twin(const struct site *site, const struct entry *e)
{
    const struct entry *twin;
    enum lang other;

    if (!site_other_lang(site, e->lang, &other))
        return NULL;
    twin = campaign_entry(site->campaign, ENTRY_NEWS, e->key, other);
    return twin && news_is_shown(site, twin) ? twin : NULL;
}

static struct news_items collect(struct arena *a, const struct site *site, enum lang lang, bool with_foreign)
{
    struct news_items items = {0};
    size_t count = 0;
    const struct entry *all = campaign_entries(site->campaign, ENTRY_NEWS, &count);

    for (size_t i = 0; i < count; i++) {
        const struct entry *e = &all[i];
        struct news_item *item;

        if (!news_is_shown(site, e) || (e->lang != lang && (!with_foreign || news_twin(site, e))))
            continue;
        item = LIST_ADD(a, &items.list);
        item->entry = e;
        item->is_foreign = e->lang != lang;
    }
    if (items.list.count > 1)
        qsort(items.list.items, items.list.count, sizeof *items.list.items, newest_first);
    return items;
}

struct news_items news_public(struct arena *a, const struct site *site, enum lang lang)
{
    return collect(a, site, lang, true);
}

struct news_items news_public_in(struct arena *a, const struct site *site, enum lang lang)
{
    return collect(a, site, lang, false);
}

/* One look at each, where a sorted list of all would cost more than the page that asks. */
struct news_beside news_beside(const struct site *site, const struct entry *e)
{
    struct news_beside beside = {0};
    size_t count = 0;
    const struct entry *all = campaign_entries(site->campaign, ENTRY_NEWS, &count);

    for (size_t i = 0; i < count; i++) {
        const struct entry *other = &all[i];
        int order;

        if (other == e || other->lang != e->lang || !news_is_shown(site, other))
            continue;
        order = order_of(other, e);
        if (order < 0 && (beside.newer == NULL || order_of(other, beside.newer) > 0))
            beside.newer = other;
        if (order > 0 && (beside.older == NULL || order_of(other, beside.older) < 0))
            beside.older = other;
    }
    return beside;
}

struct span news_path(const struct site *site, struct arena *a, const struct entry *e)
{
    return site_path(site, a, e->lang, arena_join(a, (struct span[]){S("/news/"), e->slug}, 2));
}

const struct correction *news_correction(const struct site *site, const struct entry *e, size_t n)
{
    const struct campaign *c = site->campaign;

    for (size_t i = 0; i < c->corrections.count; i++) {
        const struct correction *correction = &c->corrections.items[i];

        if (span_eq(correction->key, e->key) && date_cmp(correction->date, site->today) <= 0 && n-- == 0)
            return correction;
    }
    return NULL;
}

struct span news_correction_label(struct arena *a, const struct correction *correction, enum lang lang)
{
    static const enum msg labels[] = {
        [CORRECTION_TYPO] = MSG_CORRECTION_TYPO,
        [CORRECTION_CORRECTION] = MSG_CORRECTION_CORRECTION,
        [CORRECTION_WITHDRAWN] = MSG_CORRECTION_WITHDRAWN,
    };
    const struct msg_arg args[] = {{S("date"), date_words(a, lang, correction->date)}};

    return msg_text(a, lang, labels[correction->kind], 0, args, COUNT(args));
}

struct date news_changed(const struct site *site, const struct entry *e)
{
    struct date changed = e->date;
    const struct correction *correction;

    for (size_t n = 0; (correction = news_correction(site, e, n)) != NULL; n++) {
        if (date_cmp(correction->date, changed) > 0)
            changed = correction->date;
    }
    return changed;
}
