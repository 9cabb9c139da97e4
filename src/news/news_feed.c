/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One Atom feed a language (RFC 4287), whole texts inside, the newest first.
 *
 * An entry's id is for ever: it is made of the first address the newsletter had (RFC 4151), never of the present one,
 * so that a renamed newsletter does not come twice.
 */
#include "news/news_impl.h"

enum { FEED_COUNT = 20 };

/* "tag:HOST,2026-04-24:en/2026-04-24-memo". The first address in `was` is the oldest. */
static struct span entry_id(struct arena *a, const struct site *site, const struct entry *e)
{
    struct span slug = e->slug;
    struct span first;
    struct span rest;

    if (e->was.n) {
        (void)span_cut(e->was, ',', &first, &rest);
        slug = span_trim(first);
    }
    return arena_printf(a, "tag:%.*s,%.*s:%.*s/%.*s", SPAN_ARGS(site->campaign->host),
                        SPAN_ARGS(span_sub(slug, 0, sizeof "2026-04-24" - 1)), SPAN_ARGS(lang_code(e->lang)),
                        SPAN_ARGS(slug));
}

/* The instant of its publication, or the beginning of the day of its last correction, or of the day on which something else
 * became of what it leaned on. */
static struct instant changed_at(const struct site *site, const struct entry *e, const struct news_sinces *sinces)
{
    struct date changed = news_changed(site, e);
    struct instant day;

    if (sinces->list.count && date_cmp(sinces->list.items[0].date, changed) > 0)
        changed = sinces->list.items[0].date;
    day = zone_instant(site->campaign->zone, changed, 0);

    return day.us > e->published.us ? day : e->published;
}

static struct span content(struct arena *a, const struct site *site, const struct prose_library *lib,
                           const struct entry *e, const struct news_sinces *sinces)
{
    const struct prose_web web = {
        .ctx = site,
        .link = page_link_absolute,
        .lang = e->lang,
        .heading_base = 2,
    };

    return arena_join(a,
                      (struct span[]){news_since_render(a, sinces, e->lang, page_link_absolute, site).s,
                                      prose_render_web(a, prose_of(lib, e), &web).s},
                      2);
}

struct span news_feed_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                             const struct page_row *row)
{
    struct news_items all = news_public_in(a, site, row->lang);
    size_t count = all.list.count < FEED_COUNT ? all.list.count : FEED_COUNT;
    struct tpl_feed_entries *entries = ARENA_ARRAY(a, struct tpl_feed_entries, count);
    struct instant updated = {0};
    struct tpl_feed v = {
        .id = arena_printf(a, "tag:%.*s,2000:feed/%.*s", SPAN_ARGS(site->campaign->host),
                           SPAN_ARGS(lang_code(row->lang))),
        .title = site->campaign->name,
        .self = site_absolute(site, a, row->path),
        .home = site_absolute(site, a, site_path(site, a, row->lang, S("/"))),
        .entries = entries,
        .entries_count = count,
    };
    struct buf *out = frame_buf(a);

    for (size_t i = 0; i < count; i++) {
        const struct entry *e = all.list.items[i].entry;
        struct news_sinces sinces = news_since(a, site, lib, e);
        struct instant changed = changed_at(site, e, &sinces);

        if (changed.us > updated.us)
            updated = changed;
        entries[i] = (struct tpl_feed_entries){
            .id = entry_id(a, site, e),
            .title = e->title,
            .published = instant_iso(a, e->published),
            .updated = instant_iso(a, changed),
            .link = site_absolute(site, a, news_path(site, a, e)),
            .summary = e->summary,
            .content = content(a, site, lib, e, &sinces),
        };
    }
    v.updated = instant_iso(a, updated);
    tpl_feed(out, row->lang, &v);
    return buf_span(out);
}
