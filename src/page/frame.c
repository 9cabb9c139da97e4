/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Fills templates/frame.html. A section without content is not in the navigation, a campaign of one language has no
 * switch, and an old address or a lost page tells search engines to pass on.
 *
 * The navigation is one row wide: what bears out the rest (documents, cases, chronology, press) is one word in it, and a
 * second row on the pages that it leads to.
 */
#include "page/frame.h"

#include "base/utf8.h"
#include "page/qr.h"

#include "templates.h"

enum { HEAD_TITLE_MAX = 70 }; /* characters that search engines show */

struct buf *frame_buf(struct arena *a)
{
    return buf_new(a, PAGE_SIZE_MAX);
}

struct nav_item {
    enum frame_nav nav;
    enum msg label;
    struct span path;
    bool is_source; /* stands in the second row */
};

static bool has_public_happening(const struct campaign *c)
{
    for (size_t i = 0; i < c->chronology.count; i++) {
        if (c->chronology.items[i].is_public)
            return true;
    }
    return false;
}

static bool has_public_case(const struct site *site)
{
    const struct campaign *c = site->campaign;

    for (size_t i = 0; i < c->cases.count; i++)
        if (case_is_public(&c->cases.items[i], site->today))
            return true;
    return false;
}

static bool has_shown_document(const struct campaign *c)
{
    for (size_t i = 0; i < c->documents.count; i++) {
        if (document_is_shown(&c->documents.items[i]))
            return true;
    }
    return false;
}

static bool has_content(const struct site *site, enum frame_nav nav)
{
    const struct campaign *c = site->campaign;
    size_t count = 1;

    switch (nav) {
    case FRAME_NAV_RIGHTS:
        (void)campaign_entries(c, ENTRY_RIGHT, &count);
        return count > 0;
    case FRAME_NAV_FAQ:
        (void)campaign_entries(c, ENTRY_FAQ, &count);
        return count > 0;
    case FRAME_NAV_PLATFORM:
        (void)campaign_entries(c, ENTRY_PLATFORM, &count);
        return count > 0;
    case FRAME_NAV_CHRONOLOGY:
        return has_public_happening(c);
    case FRAME_NAV_DOCKET:
        return has_public_case(site);
    case FRAME_NAV_SOURCES:
        return has_shown_document(c);
    case FRAME_NAV_PRESS:
        return c->press.count > 0;
    case FRAME_NAV_SEARCH:
        return !site->is_static;
    case FRAME_NAV_NONE:
    case FRAME_NAV_NEWS:
    case FRAME_NAV_ABOUT:
        return true;
    }
    return true;
}

/* The link from this page to `path` of its own language. */
static struct url to(struct arena *a, const struct frame *f, struct span path)
{
    return site_link(f->site, a, f->row->path, site_path(f->site, a, f->row->lang, path));
}

static const struct nav_item nav_items[] = {
    {FRAME_NAV_NEWS, MSG_NAV_NEWS, SPAN_INIT("/news/"), false},
    {FRAME_NAV_RIGHTS, MSG_NAV_RIGHTS, SPAN_INIT("/rights/"), false},
    {FRAME_NAV_FAQ, MSG_NAV_FAQ, SPAN_INIT("/faq/"), false},
    {FRAME_NAV_PLATFORM, MSG_NAV_PLATFORM, SPAN_INIT("/platform"), false},
    {FRAME_NAV_SOURCES, MSG_NAV_DOCUMENTS, SPAN_INIT("/sources/"), true},
    {FRAME_NAV_DOCKET, MSG_NAV_DOCKET, SPAN_INIT("/docket/"), true},
    {FRAME_NAV_CHRONOLOGY, MSG_NAV_CHRONOLOGY, SPAN_INIT("/chronology"), true},
    {FRAME_NAV_PRESS, MSG_NAV_PRESS, SPAN_INIT("/press"), true},
    {FRAME_NAV_ABOUT, MSG_NAV_ABOUT, SPAN_INIT("/about"), false},
    {FRAME_NAV_SEARCH, MSG_NAV_SEARCH, SPAN_INIT("/search"), false},
};

/* How the item stands to the page: itself, its section, or neither. */
static struct span current_of(struct arena *a, const struct frame *f, const struct nav_item *item)
{
    if (item->nav != f->nav)
        return S("");
    return span_eq(site_path(f->site, a, f->row->lang, item->path), f->row->path) ? S("page") : S("true");
}

static void fill_sources(struct arena *a, const struct frame *f, struct tpl_frame *v)
{
    struct tpl_frame_sources *sources = ARENA_ARRAY(a, struct tpl_frame_sources, COUNT(nav_items));

    for (size_t i = 0; i < COUNT(nav_items); i++)
        if (nav_items[i].is_source && has_content(f->site, nav_items[i].nav))
            sources[v->sources_count++] = (struct tpl_frame_sources){
                .link = to(a, f, nav_items[i].path),
                .label = msg_plain(f->row->lang, nav_items[i].label),
                .current = current_of(a, f, &nav_items[i]),
            };
    v->sources = sources;
}

/* Needs the second row filled, and leaves it empty where this page is none of it or it would be one link. */
static void fill_nav(struct arena *a, const struct frame *f, struct tpl_frame *v)
{
    struct tpl_frame_nav *nav = ARENA_ARRAY(a, struct tpl_frame_nav, COUNT(nav_items));
    bool is_alone = v->sources_count == 1;
    struct tpl_frame_nav *group = NULL;
    bool is_below = false;

    v->nav = nav;
    for (size_t i = 0; i < COUNT(nav_items); i++) {
        const struct nav_item *item = &nav_items[i];
        bool is_grouped = item->is_source && !is_alone;

        if (!has_content(f->site, item->nav))
            continue;
        is_below = is_below || (is_grouped && item->nav == f->nav);
        if (is_grouped && group)
            continue;
        nav[v->nav_count] = (struct tpl_frame_nav){
            .link = to(a, f, item->path),
            .label = msg_plain(f->row->lang, is_grouped ? MSG_NAV_SOURCES : item->label),
            .current = is_grouped ? S("") : current_of(a, f, item),
        };
        if (is_grouped)
            group = &nav[v->nav_count];
        v->nav_count++;
    }
    if (is_below && group)
        group->current = S("true");
    else
        v->sources_count = 0;
}

/* The other language's page, or its home page, or its list of newsletters. */
static void fill_switch(struct arena *a, const struct frame *f, struct tpl_frame *v)
{
    struct span path = f->row->other;
    enum lang other;

    if (!site_other_lang(f->site, f->row->lang, &other))
        return;
    if (path.n == 0)
        path = site_path(f->site, a, other, f->nav == FRAME_NAV_NEWS ? S("/news/") : S("/"));
    v->switch_to = site_link(f->site, a, f->row->path, path);
    v->switch_lang = lang_code(other);
}

static void fill_alternates(struct arena *a, const struct frame *f, struct tpl_frame *v)
{
    struct tpl_frame_alternates *both;
    enum lang other;

    if (f->is_hidden || f->is_private || f->row->other.n == 0 || !site_other_lang(f->site, f->row->lang, &other))
        return;
    both = ARENA_ARRAY(a, struct tpl_frame_alternates, 2);
    both[0] = (struct tpl_frame_alternates){lang_code(f->row->lang), site_absolute(f->site, a, f->row->path)};
    both[1] = (struct tpl_frame_alternates){lang_code(other), site_absolute(f->site, a, f->row->other)};
    v->alternates = both;
    v->alternates_count = 2;
}

static void fill_foot(struct arena *a, const struct frame *f, struct tpl_frame *v)
{
    const struct campaign *c = f->site->campaign;
    struct page_words run_by = page_words(f->site, &c->run_by, f->row->lang);
    struct page_words paid_by = page_words(f->site, &c->paid_by, f->row->lang);

    v->run_by = run_by.text;
    v->run_by_lang = run_by.foreign;
    v->paid_by = paid_by.text;
    v->paid_by_lang = paid_by.foreign;
    v->address = c->address;
    v->contact_words = c->contact;
    (void)url_external(arena_join(a, (struct span[]){S("mailto:"), c->contact}, 2), &v->contact);
    v->join = to(a, f, S("/join"));
    v->privacy = to(a, f, S("/privacy"));
    v->corrections = to(a, f, S("/corrections"));
    if (f->site->takes_subscribers)
        v->subscribe = to(a, f, S("/subscribe"));
}

/* The name and the three lines of the tagline, for the home page: in each language another title. */
static struct span home_title(struct arena *a, const struct frame *f)
{
    const struct campaign *c = f->site->campaign;
    struct buf title;

    buf_init(&title, a, PAGE_SIZE_MAX);
    buf_put(&title, c->name);
    buf_put(&title, S(" ·"));
    for (size_t i = 0; i < COUNT(c->tagline); i++) {
        buf_char(&title, ' ');
        buf_put(&title, words_in(c, &c->tagline[i], f->row->lang, NULL));
    }
    return buf_span(&title);
}

/* "The memo says … · Bayside Educators United", or the title alone where both would be cut off. */
static struct span head_title(struct arena *a, const struct frame *f)
{
    struct span name = f->site->campaign->name;
    struct span whole = arena_join(a, (struct span[]){f->title, S(" · "), name}, 3);

    if (f->title.n == 0 || span_eq(f->title, name))
        return home_title(a, f);
    return utf8_count(whole) > HEAD_TITLE_MAX ? f->title : whole;
}

/* A browser leaves an old address at once; templates have no hole for this, so that none is made by mistake. */
static struct markup refresh(struct arena *a, const struct frame *f)
{
    struct buf *out = buf_new(a, 4096);

    if (f->moved_to.n) {
        buf_put(out, S("<meta http-equiv=\"refresh\" content=\"0; url="));
        html_url(out, site_link(f->site, a, f->row->path, f->moved_to));
        buf_put(out, S("\">"));
    }
    return markup_of(out);
}

/* What others may know the page by. */
static struct span own_path(struct arena *a, const struct frame *f)
{
    if (f->is_private)
        return site_path(f->site, a, f->row->lang, S("/"));
    return f->moved_to.n ? f->moved_to : f->row->path;
}

struct span frame_render(struct arena *a, const struct frame *f)
{
    const struct site *site = f->site;
    struct tpl_frame v = {
        .head_title = head_title(a, f),
        .title = f->title.n ? f->title : site->campaign->name,
        .description = f->description,
        .hidden = f->is_hidden || f->is_private,
        .canonical = site_absolute(site, a, own_path(a, f)),
        .name = site->campaign->name,
        .feed = to(a, f, S("/feed.xml")),
        .icon = site_link(site, a, f->row->path, S("/favicon.svg")),
        .style = site_link(site, a, f->row->path, S("/style.css")),
        .tools = f->has_tools ? site_link(site, a, f->row->path, S("/tools.css")) : (struct url){0},
        .og_type = f->is_article ? S("article") : S("website"),
        .card = site_absolute(site, a, S("/share.png")),
        .extra_head = refresh(a, f),
        .home = to(a, f, S("/")),
        .body = f->body,
    };
    struct buf *out = frame_buf(a);

    v.canonical_words = v.canonical.s;
    if (f->is_article)
        v.qr = qr_svg(a, v.canonical.s);
    fill_alternates(a, f, &v);
    fill_sources(a, f, &v);
    fill_nav(a, f, &v);
    fill_switch(a, f, &v);
    fill_foot(a, f, &v);
    tpl_frame(out, f->row->lang, &v);
    return buf_span(out);
}
