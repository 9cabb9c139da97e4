/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Paths, files and links. All of them are text until url_path() or url_external() has looked at them.
 */
#include "page/site.h"

struct page_row *page_rows_add(struct page_rows *rows, enum lang lang, struct span path)
{
    struct page_row *row = LIST_ADD(rows->arena, &rows->list);

    row->path = path;
    row->lang = lang;
    row->content_type = S("text/html; charset=utf-8");
    return row;
}

void page_rows_add_all(struct page_rows *rows, const struct site *site, struct span path, const void *arg,
                       struct span (*render)(struct arena *, const struct site *, const struct prose_library *,
                                             const struct page_row *))
{
    for (size_t i = 0; i < site->campaign->language_count; i++) {
        enum lang lang = site->campaign->languages[i];
        enum lang other;
        struct page_row *row = page_rows_add(rows, lang, site_path(site, rows->arena, lang, path));

        row->in_sitemap = true;
        row->arg = arg;
        row->render = render;
        if (site_other_lang(site, lang, &other))
            row->other = site_path(site, rows->arena, other, path);
    }
}

static struct span render_leaflet(struct arena *a, const struct site *site, const struct prose_library *lib,
                                  const struct page_row *row)
{
    (void)a, (void)site, (void)lib;
    return ((const struct leaflet_copy *)row->arg)->bytes;
}

void page_rows_add_leaflet(struct page_rows *rows, const struct site *site, enum lang lang, struct span stem,
                           struct span path)
{
    const struct leaflet_copy *copy = campaign_leaflet(site->campaign, stem, site->today);
    struct page_row *row;

    if (copy == NULL)
        return;
    row = page_rows_add(rows, lang, path);
    row->content_type = S("application/pdf");
    row->piece = copy->path;
    row->is_read_in_place = true;
    row->arg = copy;
    row->render = render_leaflet;
}

struct span site_path(const struct site *site, struct arena *a, enum lang lang, struct span path)
{
    if (lang == campaign_main_lang(site->campaign))
        return path;
    return arena_printf(a, "/%.*s%.*s", SPAN_ARGS(lang_code(lang)), SPAN_ARGS(path));
}

bool site_other_lang(const struct site *site, enum lang lang, enum lang *other_out)
{
    for (size_t i = 0; i < site->campaign->language_count; i++) {
        if (site->campaign->languages[i] != lang) {
            *other_out = site->campaign->languages[i];
            return true;
        }
    }
    return false;
}

enum lang site_lang_of(const struct site *site, struct arena *a, struct span path)
{
    const struct campaign *campaign = site->campaign;

    for (size_t i = 1; i < campaign->language_count; i++) {
        struct span base = site_path(site, a, campaign->languages[i], S("/"));

        if (span_starts(path, base) || span_eq(path, span_sub(base, 0, base.n - 1)))
            return campaign->languages[i];
    }
    return campaign_main_lang(campaign);
}

struct span site_entry_path(const struct site *site, struct arena *a, const struct entry *e)
{
    struct span path = {0};

    switch (e->kind) {
    case ENTRY_NEWS:
        path = arena_join(a, (struct span[]){S("/news/"), e->slug}, 2);
        break;
    case ENTRY_FAQ:
        path = arena_join(a, (struct span[]){S("/faq/#"), e->key}, 2);
        break;
    case ENTRY_RIGHT:
        path = arena_join(a, (struct span[]){S("/rights/#"), e->key}, 2);
        break;
    case ENTRY_PAGE:
        path = arena_join(a, (struct span[]){S("/"), e->key}, 2);
        break;
    case ENTRY_PLATFORM:
        path = S("/platform");
        break;
    case ENTRY_ITEM:
        path = arena_join(a, (struct span[]){S("/claims/"), e->key}, 2);
        break;
    case ENTRY_CLAIM:
        path = arena_printf(a, "/claims/%.*s#claim-%lld", SPAN_ARGS(e->item), (long long)e->order);
        break;
    case ENTRY_BLOCK:
        return path;
    }
    return site_path(site, a, e->lang, path);
}

struct span site_file_of(struct arena *a, struct span path)
{
    struct span file = span_from(path, span_starts(path, S("/")) ? 1 : 0);
    size_t slash = span_find_last_char(file, '/');
    struct span last = slash == SPAN_NONE ? file : span_from(file, slash + 1);

    if (last.n == 0)
        return arena_printf(a, "%.*sindex.html", SPAN_ARGS(file));
    if (span_find_char(last, '.') != SPAN_NONE || span_starts(path, S("/photos/")) || span_starts(path, S("/files/")))
        return file;
    return arena_printf(a, "%.*s.html", SPAN_ARGS(file));
}

/* From one file of the build to another: "es/news/x.html" → "faq/index.html" is "../../faq/index.html". */
static struct span relative(struct arena *a, struct span from, struct span to)
{
    struct buf *out = buf_new(a, from.n * 3 + to.n + 1);
    size_t same = 0; /* up to here, a whole number of folders, both are alike */

    for (size_t i = 0; i < from.n && i < to.n && from.p[i] == to.p[i]; i++) {
        if (from.p[i] == '/')
            same = i + 1;
    }
    for (size_t i = same; i < from.n; i++) {
        if (from.p[i] == '/')
            buf_put(out, S("../"));
    }
    buf_put(out, span_from(to, same));
    return buf_span(out);
}

static struct url url_or_nowhere(struct span path)
{
    struct url url = {0};

    return url_relative(path, &url) ? url : url_path(S("#"));
}

struct url site_link(const struct site *site, struct arena *a, struct span from, struct span address)
{
    struct url url = {0};
    size_t hash = span_find_char(address, '#');
    struct span path = hash == SPAN_NONE ? address : span_sub(address, 0, hash);
    struct span fragment = hash == SPAN_NONE ? S("") : span_from(address, hash);

    if (url_external(address, &url))
        return url;
    if (path.n == 0 || !span_starts(path, S("/")) || !site->is_static)
        return url_or_nowhere(address);
    if (fragment.n && span_eq(path, from))
        return url_or_nowhere(fragment);
    path = relative(a, site_file_of(a, from), site_file_of(a, path));
    return url_or_nowhere(arena_join(a, (struct span[]){path, fragment}, 2));
}

struct url site_absolute(const struct site *site, struct arena *a, struct span address)
{
    struct url url = {0};

    if (url_external(address, &url))
        return url;
    if (span_starts(address, S("/")) && !span_starts(address, S("//")))
        address = arena_join(a, (struct span[]){S("https://"), site->campaign->host, address}, 3);
    return url_external(address, &url) ? url : url_path(S("#"));
}

/* "press:KEY" → "/es/press#KEY"; empty when there is no page for it. */
static struct span reference(const struct site *site, struct arena *a, enum lang lang, struct span address)
{
    static const struct {
        struct span scheme;
        struct span page;
    } pages[] = {
        {SPAN_INIT("press"), SPAN_INIT("/press#")},
        {SPAN_INIT("faq"), SPAN_INIT("/faq/#")},
        {SPAN_INIT("right"), SPAN_INIT("/rights/#")},
    };
    struct span scheme;
    struct span key;
    struct url url = {0};

    if (span_starts(address, S("/")) || url_external(address, &url))
        return address;
    if (!span_cut(address, ':', &scheme, &key))
        return S("");
    for (size_t i = 0; i < COUNT(pages); i++) {
        if (span_eq(scheme, pages[i].scheme))
            return site_path(site, a, lang, arena_join(a, (struct span[]){pages[i].page, key}, 2));
    }
    if (!span_eq(scheme, S("file")))
        return S("");
    return arena_join(a, (struct span[]){span_starts(key, S("photos/")) ? S("/") : S("/files/"), key}, 2);
}

struct url page_source_link(const struct site *site, struct arena *a, const struct page_row *row, struct span address)
{
    struct span target = reference(site, a, row->lang, address);

    return target.n ? site_link(site, a, row->path, target) : (struct url){.s = target};
}

struct url page_claims_link(const struct site *site, struct arena *a, const struct page_row *row)
{
    size_t count;

    (void)campaign_entries(site->campaign, ENTRY_ITEM, &count);
    return count ? site_link(site, a, row->path, site_path(site, a, row->lang, S("/claims/"))) : (struct url){0};
}

struct url page_link(const void *ctx, struct arena *a, struct span address)
{
    const struct page_place *place = ctx;

    return site_link(place->site, a, place->path, address);
}

struct url page_link_absolute(const void *ctx, struct arena *a, struct span address)
{
    return site_absolute(ctx, a, address);
}

struct span page_foreign(enum lang lang, enum lang page_lang)
{
    return lang == page_lang ? S("") : lang_code(lang);
}

struct page_words page_words(const struct site *site, const struct words *words, enum lang lang)
{
    bool is_fallback = false;
    struct span text = words_in(site->campaign, words, lang, &is_fallback);

    return (struct page_words){
        .text = text,
        .foreign = is_fallback ? page_foreign(campaign_main_lang(site->campaign), lang) : S(""),
    };
}
