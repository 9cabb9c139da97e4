/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Newsletters as lists: the home page and the archive by year.
 */
#include "news/news_impl.h"

enum { NEWEST_COUNT = 5 };

struct markup news_items_render(struct arena *a, const struct site *site, const struct page_row *row,
                                const struct news_item *items, size_t count)
{
    struct tpl_news_items_items *v = ARENA_ARRAY(a, struct tpl_news_items_items, count);
    struct buf *out = frame_buf(a);

    for (size_t i = 0; i < count; i++) {
        const struct entry *e = items[i].entry;

        v[i] = (struct tpl_news_items_items){
            .foreign = page_foreign(e->lang, row->lang),
            .link = site_link(site, a, row->path, news_path(site, a, e)),
            .title = e->title,
            .summary = e->summary,
            .day = date_iso(a, e->date),
            .date = date_words(a, row->lang, e->date),
            .corrected = news_correction(site, e, 0) ? msg_plain(row->lang, MSG_NEWS_CORRECTED) : S(""),
        };
    }
    tpl_news_items(out, row->lang, &(struct tpl_news_items){.items = v, .items_count = count});
    return markup_of(out);
}

struct span news_list_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                             const struct page_row *row)
{
    struct news_items all = news_public(a, site, row->lang);
    struct tpl_news_list_years *years = ARENA_ARRAY(a, struct tpl_news_list_years, all.list.count);
    struct tpl_news_list v = {.years = years};
    const struct msg_arg name[] = {{S("name"), site->campaign->name}};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_NAV_NEWS),
        .description = msg_text(a, row->lang, MSG_NEWS_DESCRIPTION, 0, name, COUNT(name)),
        .nav = FRAME_NAV_NEWS,
    };
    struct buf *out = frame_buf(a);

    (void)lib;
    for (size_t i = 0, next; i < all.list.count; i = next) {
        int year = all.list.items[i].entry->date.year;

        for (next = i + 1; next < all.list.count && all.list.items[next].entry->date.year == year; next++)
            ;
        years[v.years_count++] = (struct tpl_news_list_years){
            .year = arena_printf(a, "%d", year),
            .items = news_items_render(a, site, row, &all.list.items[i], next - i),
        };
    }
    tpl_news_list(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}

/* The tagline in the page's language, or all of it in the main one: never half of each. */
static void fill_tagline(struct arena *a, const struct site *site, enum lang lang, struct tpl_home *v)
{
    struct tpl_home_tagline *lines = ARENA_ARRAY(a, struct tpl_home_tagline, 3);
    const struct words *tagline = site->campaign->tagline;
    enum lang main_lang = campaign_main_lang(site->campaign);
    enum lang shown = tagline[0].in[lang].n ? lang : main_lang;

    v->tagline = lines;
    v->tagline_lang = page_foreign(shown, lang);
    for (size_t i = 0; i < COUNT(site->campaign->tagline); i++) {
        if (tagline[i].in[shown].n)
            lines[v->tagline_count++].line = tagline[i].in[shown];
    }
}

struct span news_home_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                             const struct page_row *row)
{
    const struct campaign *c = site->campaign;
    const struct entry *lead = campaign_entry_any(c, ENTRY_BLOCK, S("lead"), row->lang);
    const struct entry *ask = campaign_entry_any(c, ENTRY_BLOCK, S("ask"), row->lang);
    struct news_items newest = news_public(a, site, row->lang);
    const struct msg_arg name[] = {{S("name"), c->name}};
    struct tpl_home v = {
        .news = site_link(site, a, row->path, site_path(site, a, row->lang, S("/news/"))),
        .join = site_link(site, a, row->path, site_path(site, a, row->lang, S("/join"))),
        .rights = site_link(site, a, row->path, site_path(site, a, row->lang, S("/rights/"))),
        .faq = site_link(site, a, row->path, site_path(site, a, row->lang, S("/faq/"))),
    };
    struct frame frame = {
        .site = site,
        .row = row,
        .title = c->name,
        .description = msg_text(a, row->lang, MSG_HOME_DESCRIPTION, 0, name, COUNT(name)),
    };
    struct buf *out = frame_buf(a);

    if (site->takes_subscribers)
        v.subscribe = site_link(site, a, row->path, site_path(site, a, row->lang, S("/subscribe")));
    fill_tagline(a, site, row->lang, &v);
    if (lead) {
        v.lead = news_prose(a, site, lib, row, lead, 2, false);
        v.lead_lang = page_foreign(lead->lang, row->lang);
    }
    if (ask) {
        v.ask = news_prose(a, site, lib, row, ask, 3, false);
        v.ask_lang = page_foreign(ask->lang, row->lang);
    }
    if (newest.list.count)
        v.newest = news_items_render(a, site, row, newest.list.items,
                                     newest.list.count < NEWEST_COUNT ? newest.list.count : NEWEST_COUNT);
    tpl_home(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
