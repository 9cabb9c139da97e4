/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Pages that stay: about, privacy, join, and the platform. Where only the other language has the words they are shown in
 * that language, marked, with a line that says so. What the server is set up to keep stands below the words about privacy.
 */
#include "news/news_impl.h"

struct span news_standing_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                                 const struct page_row *row)
{
    const struct span *key = row->arg;
    const struct entry *e = campaign_entry_any(site->campaign, ENTRY_PAGE, *key, row->lang);
    struct notes notes = {0};
    struct frame frame = {
        .site = site,
        .row = row,
        .nav = span_eq(*key, S("about")) ? FRAME_NAV_ABOUT : FRAME_NAV_NONE,
    };
    struct tpl_text_page v = {0};
    struct buf *out = frame_buf(a);

    if (e) {
        frame.title = e->title;
        frame.description = e->summary;
        v.foreign = page_foreign(e->lang, row->lang);
        v.title = e->title;
        v.summary = e->summary;
        v.body = news_prose(a, site, lib, row, e, 2, true);
        news_add_notes(&notes, a, site, prose_of(lib, e), row->lang);
        v.notes = notes_render(a, &notes, site, row);
    }
    v.keeps_keys = site->keeps_keys && span_eq(*key, S("privacy")); /* what the campaign's own words cannot know */
    tpl_text_page(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}

static void fill_aims(struct arena *a, const struct prose_doc *doc, struct tpl_platform *v)
{
    struct tpl_platform_aims *aims = ARENA_ARRAY(a, struct tpl_platform_aims, prose_heading_count(doc));

    v->aims = aims;
    for (size_t i = 0; i < prose_heading_count(doc); i++) {
        struct span anchor = arena_join(a, (struct span[]){S("#"), prose_heading_anchor(doc, i)}, 2);

        aims[v->aims_count++] = (struct tpl_platform_aims){
            .link = url_path(anchor),
            .aim = prose_heading_text(doc, i),
        };
    }
}

struct span news_platform_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                                 const struct page_row *row)
{
    size_t count = 0;
    const struct entry *any = campaign_entries(site->campaign, ENTRY_PLATFORM, &count);
    const struct entry *e = count ? campaign_entry_any(site->campaign, ENTRY_PLATFORM, any->key, row->lang) : NULL;
    struct notes notes = {0};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_NAV_PLATFORM),
        .nav = FRAME_NAV_PLATFORM,
    };
    struct tpl_platform v = {.title = frame.title};
    struct buf *out = frame_buf(a);

    if (e) {
        struct date adopted = date_is_set(e->version) ? e->version : any->version;

        frame.title = e->title;
        frame.description = e->summary;
        v.foreign = page_foreign(e->lang, row->lang);
        v.title = e->title;
        v.summary = e->summary;
        v.day = date_is_set(adopted) ? date_iso(a, adopted) : S("");
        v.date = date_is_set(adopted) ? date_words(a, row->lang, adopted) : S("");
        fill_aims(a, prose_of(lib, e), &v);
        v.body = news_prose(a, site, lib, row, e, 2, true);
        news_add_notes(&notes, a, site, prose_of(lib, e), row->lang);
        v.notes = notes_render(a, &notes, site, row);
    }
    tpl_platform(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
