/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The addresses of this part. An address, once public, leads somewhere for ever: `was` keeps the old ones.
 */
#include "news/news_impl.h"

static bool is_listed(const struct page_rows *rows, struct span path)
{
    for (size_t i = 0; i < rows->list.count; i++) {
        if (span_eq(rows->list.items[i].path, path))
            return true;
    }
    return false;
}

static void add_newsletter(struct page_rows *rows, const struct site *site, const struct entry *e)
{
    struct arena *a = rows->arena;
    const struct entry *twin = news_twin(site, e);
    struct span path = news_path(site, a, e);
    struct page_row *row = page_rows_add(rows, e->lang, path);

    row->last_modified = news_changed(site, e);
    row->in_sitemap = true;
    row->other = twin ? news_path(site, a, twin) : S("");
    row->arg = e;
    row->render = news_page_render;

    row = page_rows_add(rows, e->lang, arena_join(a, (struct span[]){path, S(".txt")}, 2));
    row->content_type = S("text/plain; charset=utf-8");
    row->last_modified = news_changed(site, e);
    row->arg = e;
    row->render = news_text_render;

    page_rows_add_leaflet(rows, site, e->lang, campaign_leaflet_stem(e), news_leaflet_path(a, path));
}

/* A translation that does not repeat `was` had the same earlier addresses as its original. */
static struct span earlier_addresses(const struct site *site, const struct entry *e)
{
    const struct entry *twin = news_twin(site, e);

    return e->was.n == 0 && twin ? twin->was : e->was;
}

static void add_moved(struct page_rows *rows, const struct site *site, const struct entry *e)
{
    struct arena *a = rows->arena;
    struct span rest = earlier_addresses(site, e);
    struct span was;

    while (span_next(&rest, ',', &was)) {
        struct span slug = span_trim(was);
        struct span path = site_path(site, a, e->lang, arena_join(a, (struct span[]){S("/news/"), slug}, 2));
        struct page_row *row;

        if (slug.n == 0 || is_listed(rows, path))
            continue;
        row = page_rows_add(rows, e->lang, path);
        row->moved_to = news_path(site, a, e);
        row->arg = e;
        row->render = news_moved_render;
    }
}

static void add_newsletters(struct page_rows *rows, const struct site *site)
{
    size_t count = 0;
    const struct entry *all = campaign_entries(site->campaign, ENTRY_NEWS, &count);

    for (size_t i = 0; i < count; i++) {
        if (news_is_shown(site, &all[i]))
            add_newsletter(rows, site, &all[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (news_is_shown(site, &all[i]))
            add_moved(rows, site, &all[i]);
    }
}

static void add_feeds(struct page_rows *rows, const struct site *site)
{
    for (size_t i = 0; i < site->campaign->language_count; i++) {
        enum lang lang = site->campaign->languages[i];
        struct page_row *row = page_rows_add(rows, lang, site_path(site, rows->arena, lang, S("/feed.xml")));

        row->content_type = S("application/atom+xml; charset=utf-8");
        row->render = news_feed_render;
    }
}

void news_rows(struct page_rows *rows, const struct site *site)
{
    static const struct {
        struct span path;
        struct span key;
    } standing[] = {
        {SPAN_INIT("/about"), SPAN_INIT("about")},
        {SPAN_INIT("/privacy"), SPAN_INIT("privacy")},
        {SPAN_INIT("/join"), SPAN_INIT("join")},
    };

    page_rows_add_all(rows, site, S("/"), NULL, news_home_render);
    page_rows_add_all(rows, site, S("/news/"), NULL, news_list_render);
    add_newsletters(rows, site);
    page_rows_add_all(rows, site, S("/platform"), NULL, news_platform_render);
    for (size_t i = 0; i < COUNT(standing); i++)
        page_rows_add_all(rows, site, standing[i].path, &standing[i].key, news_standing_render);
    page_rows_add_all(rows, site, S("/corrections"), NULL, news_corrections_render);
    add_feeds(rows, site);
}
