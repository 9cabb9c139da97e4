/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What stands below a newsletter where a page's notes cannot: the figures it leans on, in words, and its days.
 */
#include "news/news_impl.h"

struct span news_event_words(struct arena *a, const struct entry *e, enum lang lang)
{
    bool is_same = date_cmp(e->event_from, e->date) == 0 &&
                   (!date_is_set(e->event_to) || date_cmp(e->event_to, e->date) == 0);

    if (!date_is_set(e->event_from) || is_same)
        return (struct span){0};
    return date_range_words(a, lang, e->event_from, e->event_to);
}

struct news_note news_note(struct arena *a, const struct site *site, const struct figure *f, struct date day,
                           enum lang lang)
{
    const struct msg_arg args[] = {{S("date"), date_words(a, lang, f->as_of)}};
    const struct page_row row = {.lang = lang, .path = S("/")};
    struct site served = *site;
    struct news_note n = {
        .what = f->is_withdrawn ? page_words(site, &f->unit, lang).text
                                : prose_figure_words(a, site->campaign, f, lang),
        .as_of = msg_text(a, lang, MSG_NOTES_AS_OF, 0, args, COUNT(args)),
        .source = page_words(site, &f->source.words, lang).text,
        .change = notes_change(a, site, f, day, lang),
        .why = page_words(site, &f->why, lang).text,
    };

    served.is_static = false;
    n.address = page_source_link(&served, a, &row, f->source.address).s;
    if (n.address.n)
        n.address = site_absolute(site, a, n.address).s;
    return n;
}
