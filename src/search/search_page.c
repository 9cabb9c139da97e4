/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Fills templates/search.html. Whatever was typed comes back in the field, and every fault is a sentence beside it.
 */
#include "page/dates.h"
#include "page/frame.h"
#include "search/search_impl.h"
#include "templates.h"

enum { ADDRESS_MAX = 64 * 1024 };

/* ---- addresses ---- */

static void put_encoded(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = (uint8_t)text.p[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';

        if (is_plain)
            buf_char(out, (char)c);
        else if (c == ' ')
            buf_char(out, '+');
        else
            buf_printf(out, "%%%02X", c);
    }
}

/* "/es/search?q=smaller+classes&p=2" */
static struct span address_of(struct arena *a, const struct site *site, enum lang lang, struct span typed, size_t page)
{
    struct buf *out = buf_new(a, ADDRESS_MAX);

    buf_put(out, site_path(site, a, lang, S("/search")));
    if (typed.n) {
        buf_put(out, S("?q="));
        put_encoded(out, typed);
    }
    if (page > 1)
        buf_printf(out, "&p=%zu", page);
    return buf_span(out);
}

static struct span path_of(struct arena *a, const struct site *site, const struct search_hit *hit)
{
    struct span path;

    if (hit->kind == SEARCH_CASE)
        return site_path(site, a, hit->lang, arena_join(a, (struct span[]){S("/docket/"), hit->key}, 2));
    path = site_entry_path(site, a, campaign_entry(site->campaign, (enum entry_kind)hit->kind, hit->key, hit->lang));
    return path.n ? path : S("/");
}

/* ---- words ---- */

static enum msg kind_words(int kind)
{
    if (kind == SEARCH_CASE)
        return MSG_SEARCH_KIND_CASE;
    switch ((enum entry_kind)kind) {
    case ENTRY_NEWS:
        return MSG_SEARCH_KIND_NEWS;
    case ENTRY_FAQ:
        return MSG_SEARCH_KIND_FAQ;
    case ENTRY_RIGHT:
        return MSG_SEARCH_KIND_RIGHT;
    case ENTRY_PLATFORM:
        return MSG_SEARCH_KIND_PLATFORM;
    case ENTRY_ITEM:
    case ENTRY_CLAIM:
        return MSG_SEARCH_KIND_CLAIM;
    case ENTRY_PAGE:
    case ENTRY_BLOCK:
        break;
    }
    return MSG_SEARCH_KIND_PAGE;
}

static struct span fault_words(enum lang lang, enum query_fault fault)
{
    switch (fault) {
    case QUERY_NO_WORDS:
        return msg_plain(lang, MSG_SEARCH_NO_WORDS);
    case QUERY_TOO_LONG:
        return msg_plain(lang, MSG_SEARCH_TOO_LONG);
    case QUERY_TOO_MANY:
        return msg_plain(lang, MSG_SEARCH_TOO_MANY);
    case QUERY_UNREADABLE:
        return msg_plain(lang, MSG_SEARCH_UNREADABLE);
    case QUERY_FINE:
    case QUERY_EMPTY:
        break;
    }
    return S("");
}

static struct span date_of(struct arena *a, enum lang lang, const struct search_hit *hit)
{
    struct span words = date_is_set(hit->day) ? date_words(a, lang, hit->day) : S("");

    if (words.n == 0 || (hit->kind != ENTRY_FAQ && hit->kind != ENTRY_RIGHT))
        return words;
    return msg_text(a, lang, MSG_SEARCH_CHECKED, 0, &(struct msg_arg){S("date"), words}, 1);
}

static struct span page_words_of(struct arena *a, enum lang lang, size_t page, size_t pages)
{
    struct msg_digits digits[2];
    const struct msg_arg args[] = {
        {S("page"), msg_int(&digits[0], (int64_t)page)},
        {S("pages"), msg_int(&digits[1], (int64_t)pages)},
    };

    return msg_text(a, lang, MSG_SEARCH_PAGE, 0, args, COUNT(args));
}

/* ---- the page ---- */

struct drawing {
    struct arena *arena;
    struct terms *terms;
    const struct site *site;
    enum lang lang;
    const struct page_row *row;
    const struct search_result *result;
};

static struct url link_to(const struct drawing *d, struct span address)
{
    return site_link(d->site, d->arena, d->row->path, address);
}

static void fill_hits(const struct drawing *d, struct tpl_search *v)
{
    const struct search_result *r = d->result;
    struct tpl_search_hits *hits = ARENA_ARRAY(d->arena, struct tpl_search_hits, SEARCH_PAGE_HITS);

    v->hits = hits;
    v->hits_count = r->shown_count;
    for (size_t i = 0; i < r->shown_count; i++) {
        const struct search_shown *s = &r->shown[i];

        hits[i] = (struct tpl_search_hits){
            .kind = msg_plain(d->lang, kind_words(s->hit.kind)),
            .day = date_is_set(s->hit.day) ? date_iso(d->arena, s->hit.day) : S(""),
            .date = date_of(d->arena, d->lang, &s->hit),
            .link = link_to(d, path_of(d->arena, d->site, &s->hit)),
            .title = search_marked(d->terms, d->arena, &r->query, s->hit.lang, s->title),
            .snippet = search_snippet(d->terms, d->arena, &r->query, s->hit.lang, s->body, s->hit.is_title),
        };
    }
}

static void fill_pager(const struct drawing *d, struct tpl_search *v)
{
    const struct search_result *r = d->result;
    size_t pages = (r->count + SEARCH_PAGE_HITS - 1) / SEARCH_PAGE_HITS;

    if (pages < 2)
        return;
    v->pager = page_words_of(d->arena, d->lang, r->page, pages);
    if (r->page > 1)
        v->previous = link_to(d, address_of(d->arena, d->site, d->lang, r->typed, r->page - 1));
    if (r->page < pages)
        v->next = link_to(d, address_of(d->arena, d->site, d->lang, r->typed, r->page + 1));
}

static void fill_answer(const struct drawing *d, struct tpl_search *v)
{
    const struct search_result *r = d->result;
    enum lang other;

    v->count = r->count ? msg_text(d->arena, d->lang, MSG_SEARCH_COUNT, (int64_t)r->count, NULL, 0)
                        : msg_plain(d->lang, MSG_SEARCH_NOTHING);
    v->nothing = r->count == 0;
    if (r->other_count && site_other_lang(d->site, d->lang, &other)) {
        v->other = link_to(d, address_of(d->arena, d->site, other, r->typed, 1));
        v->other_lang = lang_code(other);
        v->other_words = msg_text(d->arena, d->lang, MSG_SEARCH_OTHER, (int64_t)r->other_count, NULL, 0);
    }
    v->faq = link_to(d, site_path(d->site, d->arena, d->lang, S("/faq/")));
    v->news = link_to(d, site_path(d->site, d->arena, d->lang, S("/news/")));
    fill_hits(d, v);
    fill_pager(d, v);
}

static struct span title_of(const struct drawing *d)
{
    if (d->result->outcome != SEARCH_ANSWERED)
        return msg_plain(d->lang, MSG_SEARCH_TITLE);
    return msg_text(d->arena, d->lang, MSG_SEARCH_TITLE_OF, 0, &(struct msg_arg){S("words"), d->result->typed}, 1);
}

struct span search_page_render(struct arena *a, struct terms *terms, const struct site *site, enum lang lang,
                               const struct search_result *result)
{
    struct page_row row = {.lang = lang, .path = site_path(site, a, lang, S("/search"))};
    struct drawing d = {a, terms, site, lang, &row, result};
    struct frame frame = {.site = site, .row = &row, .nav = FRAME_NAV_SEARCH, .is_hidden = true, .has_tools = true};
    struct tpl_search v = {
        .typed = result->typed,
        .is_here = result->outcome != SEARCH_NOT_HERE,
        .fault = fault_words(lang, result->fault),
    };
    struct buf *out = frame_buf(a);
    enum lang other;

    if (site_other_lang(site, lang, &other)) /* the switch of languages keeps the question */
        row.other = address_of(a, site, other, result->typed, 1);
    v.action = link_to(&d, row.path);
    if (result->outcome == SEARCH_NOT_READY)
        v.trouble = msg_plain(lang, MSG_SEARCH_NOT_READY);
    if (result->outcome == SEARCH_NOT_HERE)
        v.trouble = msg_plain(lang, MSG_SEARCH_NOT_HERE);
    if (result->outcome == SEARCH_ANSWERED)
        fill_answer(&d, &v);
    frame.title = title_of(&d);
    tpl_search(out, lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
