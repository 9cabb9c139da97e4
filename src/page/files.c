/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Files and lists of files. Photos come here with their metadata already cut away (folder/photo.h).
 */
#include "page/files.h"

#include "page/dates.h"
#include "page/frame.h"
#include "static_files.h"
#include "templates.h"

static struct span type_of(struct span name)
{
    static const struct {
        struct span suffix;
        struct span type;
    } types[] = {
        {SPAN_INIT(".jpg"), SPAN_INIT("image/jpeg")},
        {SPAN_INIT(".jpeg"), SPAN_INIT("image/jpeg")},
        {SPAN_INIT(".png"), SPAN_INIT("image/png")},
        {SPAN_INIT(".svg"), SPAN_INIT("image/svg+xml")},
        {SPAN_INIT(".css"), SPAN_INIT("text/css; charset=utf-8")},
        {SPAN_INIT(".csv"), SPAN_INIT("text/csv; charset=utf-8")},
        {SPAN_INIT(".ics"), SPAN_INIT("text/calendar; charset=utf-8")},
        {SPAN_INIT(".xml"), SPAN_INIT("application/xml")},
    };

    for (size_t i = 0; i < COUNT(types); i++) {
        if (span_ends(name, types[i].suffix))
            return types[i].type;
    }
    return S("text/plain; charset=utf-8");
}

static struct page_row *add_file(struct page_rows *rows, const struct site *site, struct span path, const void *arg,
                                 struct span (*render)(struct arena *, const struct site *,
                                                       const struct prose_library *, const struct page_row *))
{
    struct page_row *row = page_rows_add(rows, campaign_main_lang(site->campaign), path);

    row->content_type = type_of(path);
    row->arg = arg;
    row->render = render;
    return row;
}

static struct span render_bytes(struct arena *a, const struct site *site, const struct prose_library *lib,
                                const struct page_row *row)
{
    const struct span *bytes = row->arg;

    (void)a, (void)site, (void)lib;
    return *bytes;
}

/* The campaign's own colours come behind ours. They were checked for contrast when the folder was read. */
static struct span render_style(struct arena *a, const struct site *site, const struct prose_library *lib,
                                const struct page_row *row)
{
    const struct campaign *c = site->campaign;
    struct buf *out = frame_buf(a);

    (void)lib;
    buf_put(out, *(const struct span *)row->arg);
    if (model_contrast(c->accent, S("#ffffff")) > 0)
        buf_printf(out, "@media screen { :root { --accent: %.*s; } }\n", SPAN_ARGS(c->accent));
    if (model_contrast(c->accent_dark, S("#ffffff")) > 0 || model_contrast(c->accent, S("#ffffff")) > 0)
        buf_printf(out, "@media screen and (prefers-color-scheme: dark) { :root { --accent: %.*s; } }\n",
                   SPAN_ARGS(c->accent_dark.n ? c->accent_dark : S("#ff9b87")));
    return buf_span(out);
}

static struct span render_robots(struct arena *a, const struct site *site, const struct prose_library *lib,
                                 const struct page_row *row)
{
    (void)lib, (void)row;
    return arena_printf(a, "User-agent: *\nDisallow:\n\nSitemap: https://%.*s/sitemap.xml\n",
                        SPAN_ARGS(site->campaign->host));
}

static struct tpl_sitemap_pages sitemap_page(struct arena *a, const struct site *site, const struct page_row *row)
{
    struct tpl_sitemap_pages page = {.link = site_absolute(site, a, row->path)};
    enum lang other;

    if (date_is_set(row->last_modified))
        page.day = date_iso(a, row->last_modified);
    if (row->other.n && site_other_lang(site, row->lang, &other)) {
        struct tpl_sitemap_pages_alternates *both = ARENA_ARRAY(a, struct tpl_sitemap_pages_alternates, 2);

        both[0] = (struct tpl_sitemap_pages_alternates){lang_code(row->lang), page.link};
        both[1] = (struct tpl_sitemap_pages_alternates){lang_code(other), site_absolute(site, a, row->other)};
        page.alternates = both;
        page.alternates_count = 2;
    }
    return page;
}

static struct span render_sitemap(struct arena *a, const struct site *site, const struct prose_library *lib,
                                  const struct page_row *row)
{
    const struct page_rows *rows = row->arg;
    struct tpl_sitemap_pages *pages = ARENA_ARRAY(a, struct tpl_sitemap_pages, rows->list.count);
    struct tpl_sitemap v = {.pages = pages};
    struct buf *out = frame_buf(a);

    (void)lib;
    for (size_t i = 0; i < rows->list.count; i++) {
        if (rows->list.items[i].in_sitemap)
            pages[v.pages_count++] = sitemap_page(a, site, &rows->list.items[i]);
    }
    tpl_sitemap(out, row->lang, &v);
    return buf_span(out);
}

/* Who comes to a wrong address may read either language: the main one says it in both. */
static struct span render_lost(struct arena *a, const struct site *site, const struct prose_library *lib,
                               const struct page_row *row)
{
    struct tpl_lost v = {
        .home = site_link(site, a, row->path, site_path(site, a, row->lang, S("/"))),
        .news = site_link(site, a, row->path, site_path(site, a, row->lang, S("/news/"))),
    };
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_LOST_TITLE),
        .is_hidden = true,
    };
    struct buf *out = frame_buf(a);
    enum lang other;

    (void)lib;
    if (row->lang == campaign_main_lang(site->campaign) && site_other_lang(site, row->lang, &other)) {
        v.other = site_link(site, a, row->path, site_path(site, a, other, S("/")));
        v.other_lang = lang_code(other);
        v.other_words = msg_plain(row->lang, MSG_LOST_OTHER);
    }
    tpl_lost(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}

void files_rows(struct page_rows *rows, const struct site *site)
{
    const struct campaign *c = site->campaign;
    struct arena *a = rows->arena;

    for (size_t i = 0; i < c->language_count; i++) {
        struct page_row *row =
            page_rows_add(rows, c->languages[i], site_path(site, a, c->languages[i], S("/404.html")));

        row->render = render_lost;
    }
    add_file(rows, site, S("/robots.txt"), NULL, render_robots);
    add_file(rows, site, S("/sitemap.xml"), rows, render_sitemap);
    for (size_t i = 0; i < static_files_count; i++)
        add_file(rows, site, arena_join(a, (struct span[]){S("/"), static_files[i].path}, 2), &static_files[i].bytes,
                 span_eq(static_files[i].path, S("style.css")) ? render_style : render_bytes);
    for (size_t i = 0; i < c->photos.count; i++) {
        struct span path = arena_join(a, (struct span[]){S("/photos/"), c->photos.items[i].name}, 2);

        add_file(rows, site, path, &c->photos.items[i].bytes, render_bytes)->piece = span_from(path, 1);
    }
    for (size_t i = 0; i < c->files.count; i++)
        add_file(rows, site, arena_join(a, (struct span[]){S("/files/"), c->files.items[i].name}, 2),
                 &c->files.items[i].bytes, render_bytes);
}
