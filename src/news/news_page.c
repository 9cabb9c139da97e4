/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One newsletter: as a page, as plain text, and the page that an old address leads away from.
 */
#include "news/news_impl.h"

#include "base/utf8.h"

enum { TEXT_WIDTH = 72 };

struct markup news_prose(struct arena *a, const struct site *site, const struct prose_library *lib,
                         const struct page_row *row, const struct entry *e, int heading_base, bool has_notes)
{
    const struct page_place place = {.site = site, .path = row->path};
    const struct prose_web web = {
        .ctx = &place,
        .link = page_link,
        .lang = row->lang,
        .heading_base = heading_base,
        .has_figure_notes = has_notes,
    };

    return prose_render_web(a, prose_of(lib, e), &web);
}

void news_add_notes(struct notes *notes, struct arena *a, const struct site *site, const struct prose_doc *doc,
                    enum lang lang)
{
    for (size_t i = 0; i < prose_figure_count(doc); i++) {
        const struct figure *figure = prose_figure(doc, i);

        notes_add(notes, a, figure, prose_figure_words(a, site->campaign, figure, lang));
    }
}

/* Does it tell of other days than the one it came out on? */
static bool is_of_another_day(const struct entry *e)
{
    return date_is_set(e->event_from) &&
           (date_cmp(e->event_from, e->date) != 0 || (date_is_set(e->event_to) && date_cmp(e->event_to, e->date) != 0));
}

static void fill_corrections(struct arena *a, const struct site *site, const struct entry *e, struct tpl_news_page *v)
{
    struct tpl_news_page_corrections *items;
    const struct correction *correction;

    while (news_correction(site, e, v->corrections_count))
        v->corrections_count++;
    items = ARENA_ARRAY(a, struct tpl_news_page_corrections, v->corrections_count);
    v->corrections = items;
    for (size_t n = 0; (correction = news_correction(site, e, n)) != NULL; n++) {
        struct page_words what = page_words(site, &correction->what, e->lang);

        items[n] = (struct tpl_news_page_corrections){
            .day = date_iso(a, correction->date),
            .label = news_correction_label(a, correction, e->lang),
            .what = what.text,
            .foreign = what.foreign,
        };
    }
}

struct span news_leaflet_path(struct arena *a, struct span path)
{
    return arena_join(a, (struct span[]){path, S(".pdf")}, 2);
}

static struct markup since_of(struct arena *a, const struct site *site, const struct prose_library *lib,
                              const struct page_row *row, const struct entry *e)
{
    const struct page_place place = {.site = site, .path = row->path};
    struct news_sinces sinces = news_since(a, site, lib, e);

    return news_since_render(a, &sinces, e->lang, page_link, &place);
}

/* The documents it quotes that everybody can see, each once, in order of appearance. */
static void fill_papers(struct arena *a, const struct site *site, const struct prose_doc *doc,
                        const struct page_row *row, struct tpl_news_page *v)
{
    struct tpl_news_page_papers *papers = ARENA_ARRAY(a, struct tpl_news_page_papers, prose_quote_count(doc));
    enum lang main = campaign_main_lang(site->campaign);

    v->papers = papers;
    for (size_t i = 0; i < prose_quote_count(doc); i++) {
        const struct document *d = prose_quote(doc, i)->document;
        enum lang lang = d->title[row->lang].n ? row->lang : main;
        struct span path = site_path(site, a, row->lang, arena_join(a, (struct span[]){S("/sources/"), d->key}, 2));
        bool is_there = !document_is_shown(d);

        for (size_t k = 0; k < i && !is_there; k++)
            is_there = prose_quote(doc, k)->document == d;
        if (!is_there)
            papers[v->papers_count++] = (struct tpl_news_page_papers){
                .link = site_link(site, a, row->path, path),
                .foreign = page_foreign(lang, row->lang),
                .title = d->title[lang],
                .pages = (int64_t)d->shown.text.page_count,
            };
    }
}

static void fill_pager(struct arena *a, const struct site *site, const struct page_row *row, const struct entry *e,
                       struct tpl_news_page *v)
{
    struct news_beside beside = news_beside(site, e);

    if (beside.newer) {
        v->newer = site_link(site, a, row->path, news_path(site, a, beside.newer));
        v->newer_title = beside.newer->title;
    }
    if (beside.older) {
        v->older = site_link(site, a, row->path, news_path(site, a, beside.older));
        v->older_title = beside.older->title;
    }
    v->pager = beside.newer || beside.older;
}

struct span news_page_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                             const struct page_row *row)
{
    const struct entry *e = row->arg;
    struct notes notes = {.day = e->date};
    struct tpl_news_page v = {
        .title = e->title,
        .summary = e->summary,
        .day = date_iso(a, e->date),
        .date = date_words(a, e->lang, e->date),
        .plain = site_link(site, a, row->path, arena_join(a, (struct span[]){row->path, S(".txt")}, 2)),
        .body = news_prose(a, site, lib, row, e, 2, true),
        .rights = site_link(site, a, row->path, site_path(site, a, row->lang, S("/rights/"))),
    };
    struct frame frame = {
        .site = site,
        .row = row,
        .title = e->title,
        .description = e->summary,
        .nav = FRAME_NAV_NEWS,
        .is_article = true,
    };
    struct buf *out = frame_buf(a);
    enum lang other;

    if (campaign_leaflet(site->campaign, campaign_leaflet_stem(e), site->today))
        v.leaflet = site_link(site, a, row->path, news_leaflet_path(a, row->path));
    if (site->takes_subscribers)
        v.subscribe = site_link(site, a, row->path, site_path(site, a, row->lang, S("/subscribe")));
    if (is_of_another_day(e)) {
        v.event_day = date_iso(a, e->event_from);
        v.event = date_range_words(a, e->lang, e->event_from, e->event_to);
    }
    if (row->other.n && site_other_lang(site, row->lang, &other)) {
        v.translation = site_link(site, a, row->path, row->other);
        v.other_lang = lang_code(other);
    }
    news_add_notes(&notes, a, site, prose_of(lib, e), row->lang);
    v.notes = notes_render(a, &notes, site, row);
    fill_corrections(a, site, e, &v);
    v.since = since_of(a, site, lib, row, e);
    v.marked = v.corrections_count > 0 || v.since.s.n > 0;
    fill_papers(a, site, prose_of(lib, e), row, &v);
    fill_pager(a, site, row, e, &v);
    tpl_news_page(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}

struct span news_text_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                             const struct page_row *row)
{
    const struct entry *e = row->arg;
    const struct prose_text text = {
        .origin = arena_join(a, (struct span[]){S("https://"), site->campaign->host}, 2),
        .lang = e->lang,
        .width = TEXT_WIDTH,
    };
    struct buf *out = frame_buf(a);
    const struct correction *correction;
    struct news_sinces sinces;

    buf_printf(out, "%.*s\n\n%.*s\n", SPAN_ARGS(site->campaign->name), SPAN_ARGS(e->title));
    for (size_t i = utf8_count(e->title); i > 0; i--)
        buf_char(out, '=');
    buf_printf(out, "\n%.*s: %.*s\n", SPAN_ARGS(msg_plain(e->lang, MSG_NEWS_PUBLISHED)),
               SPAN_ARGS(date_words(a, e->lang, e->date)));
    if (is_of_another_day(e))
        buf_printf(out, "%.*s: %.*s\n", SPAN_ARGS(msg_plain(e->lang, MSG_NEWS_EVENT)),
                   SPAN_ARGS(date_range_words(a, e->lang, e->event_from, e->event_to)));
    buf_printf(out, "%.*s\n\n", SPAN_ARGS(site_absolute(site, a, news_path(site, a, e)).s));
    for (size_t n = 0; (correction = news_correction(site, e, n)) != NULL; n++)
        buf_printf(out, "%.*s %.*s\n\n", SPAN_ARGS(news_correction_label(a, correction, e->lang)),
                   SPAN_ARGS(page_words(site, &correction->what, e->lang).text));
    sinces = news_since(a, site, lib, e);
    for (size_t n = 0; n < sinces.list.count; n++)
        buf_printf(out, "%.*s %.*s\n\n", SPAN_ARGS(news_since_label(a, &sinces.list.items[n], e->lang)),
                   SPAN_ARGS(sinces.list.items[n].text));
    buf_put(out, prose_render_text(a, prose_of(lib, e), &text));
    return buf_span(out);
}

struct span news_moved_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                              const struct page_row *row)
{
    const struct entry *e = row->arg;
    struct frame frame = {
        .site = site,
        .row = row,
        .title = e->title,
        .nav = FRAME_NAV_NEWS,
        .is_hidden = true,
        .moved_to = row->moved_to,
    };
    struct buf *out = frame_buf(a);

    (void)lib;
    tpl_moved(out, row->lang,
              &(struct tpl_moved){.link = site_link(site, a, row->path, row->moved_to), .title = e->title});
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
