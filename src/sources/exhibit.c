/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One document as everybody may see it: /sources/KEY, its public copy and the pictures of its pages.
 *
 * All of it comes from `shown`: words and pictures that were drawn anew. Of the original there is the commitment alone,
 * which tells nobody which copy we hold.
 */
#include "sources/exhibit_impl.h"

enum { HASH_LEN = 64, GROUP = 4, TEXT_MOST = 2 * 1024 * 1024 /* bytes of a document's words on one page of ours */ };

/* ---- facts ---- */

struct span exhibit_path(const struct site *site, struct arena *a, enum lang lang, const struct document *d)
{
    return site_path(site, a, lang, arena_join(a, (struct span[]){S("/sources/"), d->key}, 2));
}

struct page_words exhibit_title(const struct site *site, const struct document *d, enum lang lang)
{
    enum lang main = campaign_main_lang(site->campaign);
    bool has_own = d->title[lang].n > 0;

    return (struct page_words){
        .text = d->title[has_own ? lang : main],
        .foreign = page_foreign(has_own ? lang : main, lang),
    };
}

struct span exhibit_foreign(const struct document *d, enum lang lang)
{
    return span_eq(d->language, lang_code(lang)) ? S("") : d->language;
}

struct span exhibit_length(struct arena *a, const struct document *d, enum lang lang)
{
    return msg_text(a, lang, MSG_SOURCES_PAGES, (int64_t)d->shown.text.page_count, NULL, 0);
}

struct span exhibit_standing(struct arena *a, const struct site *site, const struct document *d, enum lang lang)
{
    enum { NOTHING, BY, ON, BY_ON, WAYS };
    static const enum msg words[AUTHENTICITY_COUNT][WAYS] = {
        [AUTHENTICITY_UNVERIFIED] = {MSG_SOURCES_UNVERIFIED, MSG_SOURCES_UNVERIFIED, MSG_SOURCES_UNVERIFIED,
                                     MSG_SOURCES_UNVERIFIED},
        [AUTHENTICITY_CORROBORATED] = {MSG_SOURCES_CORROBORATED, MSG_SOURCES_CORROBORATED_BY,
                                       MSG_SOURCES_CORROBORATED_ON, MSG_SOURCES_CORROBORATED_BY_ON},
        [AUTHENTICITY_ADMITTED] = {MSG_SOURCES_ADMITTED, MSG_SOURCES_ADMITTED_BY, MSG_SOURCES_ADMITTED_ON,
                                   MSG_SOURCES_ADMITTED_BY_ON},
        [AUTHENTICITY_DISPUTED] = {MSG_SOURCES_DISPUTED, MSG_SOURCES_DISPUTED_BY, MSG_SOURCES_DISPUTED_ON,
                                   MSG_SOURCES_DISPUTED_BY_ON},
        [AUTHENTICITY_FALSE] = {MSG_SOURCES_FALSE, MSG_SOURCES_FALSE_BY, MSG_SOURCES_FALSE_ON, MSG_SOURCES_FALSE_BY_ON},
    };
    struct span own = d->authenticity_by[lang];
    struct msg_arg args[2] = {{S("by"), own.n ? own : d->authenticity_by[campaign_main_lang(site->campaign)]}};
    unsigned way = args[0].text.n ? BY : NOTHING;

    if (date_is_set(d->authenticity_on)) {
        args[1] = (struct msg_arg){S("date"), date_words(a, lang, d->authenticity_on)};
        way += ON;
    }
    if (way == ON)
        args[0] = args[1];
    return msg_text(a, lang, words[d->authenticity][way], 0, args, way == BY_ON ? 2 : way != NOTHING);
}

/* "Public copy (PDF, 118 KB)": thousands, as the programs count that show a download. */
static struct span copy_words(struct arena *a, size_t size, enum lang lang)
{
    size_t kilo = size / 1000 + 1;
    struct span text =
        kilo < 1000 ? arena_printf(a, "%zu KB", kilo)
                    : arena_printf(a, "%zu%s%zu MB", kilo / 1000, lang == LANG_ES ? "," : ".", kilo % 1000 / 100);

    return msg_text(a, lang, MSG_SOURCES_COPY_SIZE, 0, &(struct msg_arg){S("size"), text}, 1);
}

/* Said where it is another than the page's. */
static struct span language_words(struct arena *a, struct span code, enum lang lang)
{
    enum lang known;

    if (code.n == 0 || span_eq(code, lang_code(lang)))
        return S("");
    if (!lang_from_code(code, &known))
        return msg_text(a, lang, MSG_PRESS_IN_OTHER, 0, &(struct msg_arg){S("code"), code}, 1);
    return msg_plain(lang, known == LANG_EN ? MSG_PRESS_IN_ENGLISH : MSG_PRESS_IN_SPANISH);
}

/* ---- one page ---- */

/* What a page is made with. */
struct exhibit {
    struct arena *arena;
    const struct site *site;
    const struct page_row *row;
    const struct document *d;
    struct exhibit_quotes quotes;
    size_t text_left;
    struct span words_lang; /* of the document, where it is not the page's */
};

static struct span page_message(const struct exhibit *x, enum msg msg, uint32_t page)
{
    const struct msg_arg arg = {S("page"), document_label(x->arena, x->d, page)};

    return msg_text(x->arena, x->row->lang, msg, 0, &arg, 1);
}

static struct url to_page(const struct exhibit *x, uint32_t page)
{
    return url_path(arena_join(x->arena, (struct span[]){S("#"), document_anchor(x->arena, x->d, page)}, 2));
}

/* How far the words of a page can be trusted, when they are not the file's own. Who typed or compared them stays in the
 * folder. */
static struct span reading_words(const struct exhibit *x, uint32_t page)
{
    const struct document *d = x->d;

    switch (d->shown.text.pages[page - 1].reading) {
    case DOC_READING_FILE:
        return S("");
    case DOC_READING_NONE:
        return msg_plain(x->row->lang, MSG_SOURCES_READ_NONE);
    case DOC_READING_MACHINE:
        return msg_plain(x->row->lang,
                         document_is_confirmed(d, page) ? MSG_SOURCES_READ_CONFIRMED : MSG_SOURCES_READ_MACHINE);
    case DOC_READING_TYPED:
        return msg_plain(x->row->lang, MSG_SOURCES_READ_TYPED);
    }
    return S("");
}

static struct tpl_exhibit_pages_quotes_quoters quoter_on_page(const struct exhibit *x, const struct entry *e)
{
    struct tpl_exhibit_pages_quotes_quoters v = {
        .link = site_link(x->site, x->arena, x->row->path, site_entry_path(x->site, x->arena, e)),
        .foreign = page_foreign(e->lang, x->row->lang),
        .title = e->kind == ENTRY_CLAIM
                     ? msg_text(x->arena, e->lang, MSG_EMBED_CLAIM, 0, &(struct msg_arg){S("claim"), e->title}, 1)
                     : e->title,
    };

    if (e->kind == ENTRY_NEWS) {
        v.day = date_iso(x->arena, e->date);
        v.date = date_words(x->arena, x->row->lang, e->date);
    }
    return v;
}

static struct tpl_exhibit_pages_quotes quote_on_page(const struct exhibit *x, const struct exhibit_quote *q)
{
    const struct doc_page *page = &x->d->shown.text.pages[q->page - 1];
    struct tpl_exhibit_pages_quotes_quoters *quoters =
        ARENA_ARRAY(x->arena, struct tpl_exhibit_pages_quotes_quoters, q->quoters.count);
    struct tpl_exhibit_pages_quotes v = {
        .words = exhibit_words(x->arena, page, q),
        .words_lang = x->words_lang,
        .quoters = quoters,
        .quoters_count = q->quoters.count,
    };

    for (size_t i = 0; i < q->quoters.count; i++)
        quoters[i] = quoter_on_page(x, x->quotes.quoters.items[q->quoters.items[i]].entry);
    return v;
}

static struct markup picture_of(const struct exhibit *x, uint32_t page, const bool *marks)
{
    bool has_words = x->d->shown.text.pages[page - 1].word_count > 0;
    struct buf *out = frame_buf(x->arena);
    struct span path = arena_printf(x->arena, "/sources/%.*s/%.*s.webp", SPAN_ARGS(x->d->key),
                                    SPAN_ARGS(document_anchor(x->arena, x->d, page)));

    shown_write_picture(out,
                        &(struct shown_picture){
                            .document = x->d,
                            .page = page,
                            .marks = marks,
                            .picture = site_link(x->site, x->arena, x->row->path, path),
                            .alt = page_message(x, has_words ? MSG_SOURCES_PICTURE : MSG_SOURCES_PICTURE_ALONE, page),
                            .is_lazy = page > 1,
                        });
    return markup_of(out);
}

static struct tpl_exhibit_pages one_page(struct exhibit *x, uint32_t page)
{
    const struct doc_page *words = &x->d->shown.text.pages[page - 1];
    struct tpl_exhibit_pages_quotes *quotes =
        ARENA_ARRAY(x->arena, struct tpl_exhibit_pages_quotes, x->quotes.quotes.count + 1);
    bool *marks = shown_marks(x->arena, words);
    struct tpl_exhibit_pages v = {
        .anchor = document_anchor(x->arena, x->d, page),
        .title = page_message(x, MSG_SOURCES_PAGE, page),
        .words_title = page_message(x, MSG_SOURCES_WORDS_OF_PAGE, page),
        .reading = reading_words(x, page),
        .words_lang = x->words_lang,
        .quotes = quotes,
    };

    for (size_t i = 0; i < x->quotes.quotes.count; i++) {
        const struct exhibit_quote *q = &x->quotes.quotes.items[i];

        if (q->page != page)
            continue;
        for (size_t r = 0; r < q->ranges.count; r++)
            shown_mark(marks, &q->ranges.items[r]);
        quotes[v.quotes_count++] = quote_on_page(x, q);
    }
    if (exhibit_text_size(words) <= x->text_left) {
        x->text_left -= exhibit_text_size(words);
        v.text = exhibit_text(x->arena, words, marks);
    } else {
        v.reading = msg_plain(x->row->lang, MSG_SOURCES_MANY_WORDS);
    }
    v.picture = picture_of(x, page, marks);
    return v;
}

/* ---- the whole ---- */

static struct tpl_exhibit_quoters quoter_of(const struct exhibit *x, const struct exhibit_quoter *q)
{
    struct tpl_exhibit_pages_quotes_quoters words = quoter_on_page(x, q->entry);
    struct tpl_exhibit_quoters_pages *pages = ARENA_ARRAY(x->arena, struct tpl_exhibit_quoters_pages, q->pages.count);

    for (size_t i = 0; i < q->pages.count; i++)
        pages[i] = (struct tpl_exhibit_quoters_pages){
            .link = to_page(x, q->pages.items[i]),
            .label = page_message(x, MSG_SOURCES_PAGE, q->pages.items[i]),
        };
    return (struct tpl_exhibit_quoters){.link = words.link,
                                        .foreign = words.foreign,
                                        .title = words.title,
                                        .day = words.day,
                                        .date = words.date,
                                        .pages = pages,
                                        .pages_count = q->pages.count};
}

/* In fours, which people can compare; the spans have room between them, so that the digits alone are copied. */
static struct markup hash_of(struct arena *a, struct span hash)
{
    struct buf *out = buf_new(a, 4096);

    if (hash.n != HASH_LEN)
        return (struct markup){0};
    for (size_t i = 0; i < HASH_LEN; i += GROUP) {
        buf_put(out, i ? S("<wbr><span>") : S("<span>"));
        html_text(out, span_sub(hash, i, GROUP));
        buf_put(out, S("</span>"));
    }
    return markup_of(out);
}

static void fill_facts(const struct exhibit *x, struct tpl_exhibit *v)
{
    const struct document *d = x->d;
    struct arena *a = x->arena;
    enum lang lang = x->row->lang;
    const struct document *newer = d->superseded_by.n ? campaign_document(x->site->campaign, d->superseded_by) : NULL;

    v->author = d->author;
    v->author_lang = exhibit_foreign(d, lang);
    if (date_is_set(d->date)) {
        v->day = date_iso(a, d->date);
        v->date = date_words(a, lang, d->date);
    }
    if (date_is_set(d->received)) {
        v->received_day = date_iso(a, d->received);
        v->received = date_words(a, lang, d->received);
    }
    v->length = exhibit_length(a, d, lang);
    v->language = language_words(a, d->language, lang);
    v->standing = exhibit_standing(a, x->site, d, lang);
    v->is_false = d->authenticity == AUTHENTICITY_FALSE;
    if (newer && document_is_shown(newer)) {
        struct page_words title = exhibit_title(x->site, newer, lang);

        v->newer = title.text;
        v->newer_lang = title.foreign;
        v->newer_link = site_link(x->site, a, x->row->path, exhibit_path(x->site, a, lang, newer));
    }
    v->copy = site_link(x->site, a, x->row->path, arena_printf(a, "/sources/%.*s.pdf", SPAN_ARGS(d->key)));
    v->copy_words = copy_words(a, d->shown.pdf_size, lang);
}

static struct span exhibit_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                                  const struct page_row *row)
{
    const struct document *d = row->arg;
    struct page_words title = exhibit_title(site, d, row->lang);
    struct exhibit x = {.arena = a, .site = site, .row = row, .d = d, .text_left = TEXT_MOST};
    struct tpl_exhibit_quoters *quoters;
    struct tpl_exhibit_pages *pages = ARENA_ARRAY(a, struct tpl_exhibit_pages, d->shown.text.page_count);
    struct tpl_exhibit v = {
        .title = title.text,
        .foreign = title.foreign,
        .list = site_link(site, a, row->path, site_path(site, a, row->lang, S("/sources/"))),
        .pages = pages,
        .pages_count = d->shown.text.page_count,
    };
    struct frame frame = {
        .site = site, .row = row, .title = title.text, .nav = FRAME_NAV_SOURCES, .is_article = true, .has_tools = true};
    struct buf *out = frame_buf(a);

    x.words_lang = exhibit_foreign(d, row->lang);
    exhibit_quotes_find(a, site, lib, d, row->lang, &x.quotes);
    quoters = ARENA_ARRAY(a, struct tpl_exhibit_quoters, x.quotes.quoters.count);
    for (size_t i = 0; i < x.quotes.quoters.count; i++)
        quoters[i] = quoter_of(&x, &x.quotes.quoters.items[i]);
    v.quoters = quoters;
    v.quoters_count = x.quotes.quoters.count;
    for (uint32_t page = 1; page <= v.pages_count; page++)
        pages[page - 1] = one_page(&x, page);
    fill_facts(&x, &v);
    v.sha256 = hash_of(a, d->shown.sha256);
    v.commitment = hash_of(a, d->shown.commitment);
    tpl_exhibit(out, row->lang, &v);
    frame.description = v.standing;
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}

/* ---- addresses ---- */

static struct span render_bytes(struct arena *a, const struct site *site, const struct prose_library *lib,
                                const struct page_row *row)
{
    const struct span *bytes = row->arg;

    (void)a, (void)site, (void)lib;
    return *bytes;
}

static void add_file(struct page_rows *rows, const struct site *site, struct span path, struct span type,
                     struct span piece, const struct span *bytes)
{
    struct page_row *row = page_rows_add(rows, campaign_main_lang(site->campaign), path);

    row->content_type = type;
    row->piece = piece;
    row->arg = bytes;
    row->render = render_bytes;
}

void exhibit_rows(struct page_rows *rows, const struct site *site, const struct document *d)
{
    struct arena *a = rows->arena;
    struct span path = arena_join(a, (struct span[]){S("/sources/"), d->key}, 2);

    page_rows_add_all(rows, site, path, d, exhibit_render);
    add_file(rows, site, arena_printf(a, "%.*s.pdf", SPAN_ARGS(path)), S("application/pdf"),
             arena_printf(a, "documents/%.*s.copy.pdf", SPAN_ARGS(d->key)), &d->shown.pdf);
    for (size_t i = 0; i < d->shown.text.page_count; i++)
        add_file(rows, site,
                 arena_printf(a, "%.*s/%.*s.webp", SPAN_ARGS(path), SPAN_ARGS(document_anchor(a, d, (uint32_t)i + 1))),
                 S("image/webp"), arena_printf(a, "documents/%.*s.p%zu.webp", SPAN_ARGS(d->key), i + 1),
                 &d->shown.pictures[i].webp);
}
