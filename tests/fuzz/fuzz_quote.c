/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a quotation and as a document: up to the first 0x01 the quotation, behind it pages parted by form feeds.
 *
 * What is said to stand has ranges inside the document, and the other way of comparing says so too; what differs is shown
 * inside the quotation. The document's own words stand.
 */
#include "prose/quote_impl.h"

#include "../unit/quote_fixture.h"

enum { MOST = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_result(const struct quote_index *x, struct span quotation, const struct quote_result *r)
{
    const struct doc_text *text = quote_index_text(x);

    CHECK(r->at <= quotation.n && r->n <= quotation.n - r->at);
    CHECK(r->cut_at <= quotation.n && r->cut_n <= quotation.n - r->cut_at);
    CHECK(r->verdict != QUOTE_STANDS || r->range_count > 0);
    for (size_t i = 0; r->verdict == QUOTE_STANDS && i < r->range_count; i++) {
        CHECK(r->ranges[i].page >= 1 && r->ranges[i].page <= text->page_count);
        CHECK(r->ranges[i].first <= r->ranges[i].last);
        CHECK(r->ranges[i].last < text->pages[r->ranges[i].page - 1].word_count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct span parties[] = {SPAN_INIT("Bayside Charter Schools")};
    struct arena *a = arena_open((size_t)1 << 30);
    struct span all = {(const char *)data, n > MOST ? MOST : n};
    struct span quotation;
    struct span pages;
    struct doc_text text;
    struct quote_index *x;
    struct quote_result r;
    struct items items;

    span_cut(all, '\1', &quotation, &pages);
    text = quote_document(a, pages, n % 2 ? DOC_READING_FILE : DOC_READING_TYPED);
    x = quote_index_new(a, &text, &(struct quote_rules){.parties = parties, .party_count = COUNT(parties)});
    quote_match(a, x, quotation, 1, (uint32_t)text.page_count, &r);
    quote_explain(a, x, quotation, 1, (uint32_t)text.page_count, &r);
    check_result(x, quotation, &r);
    items_read(a, x, quotation, &items);
    if (items.list.count && x->count) {
        struct place_in p = {x, &x->all, 0, x->count};
        struct quote_result again = {0};

        CHECK(match_all(a, &p, &items, &again) == near_stands(a, &p, &items));
    }
    arena_close(&a);
    return 0;
}
