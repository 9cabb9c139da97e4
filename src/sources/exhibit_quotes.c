/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Who quotes a document, where. Only what is public now counts: a draft, or a newsletter of tomorrow, must not be told
 * from what an exhibit says of it.
 */
#include "sources/exhibit_impl.h"

#include <stdlib.h>
#include <string.h>

/* Does it stand on a page of its own or a public one, and is it the answer that is given? */
static bool is_readable(const struct site *site, const struct entry *e)
{
    const struct entry *facts = campaign_entry_any(site->campaign, e->kind, e->key, campaign_main_lang(site->campaign));

    return e->kind != ENTRY_BLOCK && entry_is_public(e, site->now) && facts->superseded.n == 0 &&
           campaign_speaks(site->campaign, e->lang);
}

static size_t quoter_of(struct arena *a, const struct site *site, struct exhibit_quotes *out, const struct entry *e,
                        enum lang lang)
{
    const struct entry *twin = campaign_entry(site->campaign, e->kind, e->key, lang);

    if (twin && is_readable(site, twin))
        e = twin;
    for (size_t i = 0; i < out->quoters.count; i++)
        if (out->quoters.items[i].entry == e)
            return i;
    LIST_ADD(a, &out->quoters)->entry = e;
    return out->quoters.count - 1;
}

static void add_page(struct arena *a, struct exhibit_quoter *q, uint32_t page)
{
    for (size_t i = 0; i < q->pages.count; i++)
        if (q->pages.items[i] == page)
            return;
    *LIST_ADD(a, &q->pages) = page;
}

static bool is_same(const struct exhibit_quote *q, const struct exhibit_quote *other)
{
    return q->page == other->page && q->is_begun == other->is_begun && q->goes_on == other->goes_on &&
           q->ranges.count == other->ranges.count &&
           memcmp(q->ranges.items, other->ranges.items, q->ranges.count * sizeof *q->ranges.items) == 0;
}

static void add_quote(struct arena *a, struct exhibit_quotes *out, const struct exhibit_quote *found, size_t quoter)
{
    struct exhibit_quote *q = NULL;

    for (size_t i = 0; i < out->quotes.count && q == NULL; i++)
        if (is_same(&out->quotes.items[i], found))
            q = &out->quotes.items[i];
    if (q == NULL) {
        q = LIST_ADD(a, &out->quotes);
        *q = *found;
    }
    for (size_t i = 0; i < q->quoters.count; i++)
        if (q->quoters.items[i] == quoter)
            return;
    *LIST_ADD(a, &q->quoters) = quoter;
}

/* A quotation over two pages is shown on each with the words that stand there. */
static void take(struct arena *a, const struct document *d, const struct prose_quote *q, struct exhibit_quotes *out,
                 size_t quoter)
{
    size_t at = 0;

    while (at < q->range_count) {
        struct exhibit_quote here = {.page = q->ranges[at].page, .is_begun = at > 0};

        add_page(a, &out->quoters.items[quoter], here.page);
        for (; at < q->range_count && q->ranges[at].page == here.page; at++) {
            struct quote_range shown;

            if (shown_range(d, &q->ranges[at], &shown))
                *LIST_ADD(a, &here.ranges) = shown;
        }
        here.goes_on = at < q->range_count;
        if (here.ranges.count)
            add_quote(a, out, &here, quoter);
    }
    if (q->range_count == 0 && q->first && q->first <= d->shown.text.page_count)
        add_page(a, &out->quoters.items[quoter], q->first); /* a translation: its words are nowhere on the page */
}

static int by_place(const void *left, const void *right)
{
    const struct exhibit_quote *a = left;
    const struct exhibit_quote *b = right;

    if (a->page != b->page)
        return a->page < b->page ? -1 : 1;
    if (a->ranges.items[0].first != b->ranges.items[0].first)
        return a->ranges.items[0].first < b->ranges.items[0].first ? -1 : 1;
    return (a->ranges.items[0].last > b->ranges.items[0].last) - (a->ranges.items[0].last < b->ranges.items[0].last);
}

static int by_number(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static int newest_first(const void *left, const void *right)
{
    const struct entry *a = *(const struct entry *const *)left;
    const struct entry *b = *(const struct entry *const *)right;
    bool is_news = a->kind == ENTRY_NEWS && b->kind == ENTRY_NEWS;

    if (is_news && a->published.us != b->published.us)
        return a->published.us > b->published.us ? -1 : 1;
    return (a > b) - (a < b); /* one array: newsletters stand before all else, by key and language */
}

static const struct entry **in_order(struct arena *a, const struct campaign *c)
{
    const struct entry **entries = ARENA_ARRAY(a, const struct entry *, c->entries.count + 1);

    for (size_t i = 0; i < c->entries.count; i++)
        entries[i] = &c->entries.items[i];
    if (c->entries.count)
        qsort(entries, c->entries.count, sizeof *entries, newest_first);
    return entries;
}

void exhibit_quotes_find(struct arena *a, const struct site *site, const struct prose_library *lib,
                         const struct document *d, enum lang lang, struct exhibit_quotes *out)
{
    const struct entry **entries = in_order(a, site->campaign);

    *out = (struct exhibit_quotes){.quoters = {0}};
    for (size_t i = 0; i < site->campaign->entries.count; i++) {
        const struct prose_doc *doc = prose_of(lib, entries[i]);

        if (!is_readable(site, entries[i]))
            continue;
        for (size_t n = 0; n < prose_quote_count(doc); n++)
            if (prose_quote(doc, n)->document == d)
                take(a, d, prose_quote(doc, n), out, quoter_of(a, site, out, entries[i], lang));
    }
    if (out->quotes.count)
        qsort(out->quotes.items, out->quotes.count, sizeof *out->quotes.items, by_place);
    for (size_t i = 0; i < out->quoters.count; i++)
        if (out->quoters.items[i].pages.count)
            qsort(out->quoters.items[i].pages.items, out->quoters.items[i].pages.count, sizeof(uint32_t), by_number);
}
