/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What happened, oldest first, as a timeline is read. Rows that are not public, or not yet, are never shown.
 */
#include "sources/sources_impl.h"

#include <stdlib.h>

struct shown {
    const struct happening *happening;
};

static int oldest_first(const void *left, const void *right)
{
    const struct happening *a = ((const struct shown *)left)->happening;
    const struct happening *b = ((const struct shown *)right)->happening;
    int order = date_cmp(a->from, b->from);

    return order != 0 ? order : (a > b) - (a < b); /* one array: the register's order */
}

static struct span certainty_words(enum certainty certainty, enum lang lang)
{
    switch (certainty) {
    case CERTAINTY_CERTAIN:
        return S("");
    case CERTAINTY_ABOUT:
        return msg_plain(lang, MSG_CHRONOLOGY_ABOUT);
    case CERTAINTY_REPORTED:
        return msg_plain(lang, MSG_CHRONOLOGY_REPORTED);
    }
    return S("");
}

static struct tpl_chronology_years_items item(struct arena *a, const struct site *site, const struct page_row *row,
                                              const struct happening *h)
{
    struct page_words text = page_words(site, &h->text, row->lang);
    struct page_words source = page_words(site, &h->source.words, row->lang);

    return (struct tpl_chronology_years_items){
        .key = h->key,
        .day = h->is_month ? date_month_iso(a, h->from) : date_iso(a, h->from),
        .date = h->is_month ? date_month_words(a, row->lang, h->from) : date_range_words(a, row->lang, h->from, h->to),
        .certainty = certainty_words(h->certainty, row->lang),
        .text = text.text,
        .foreign = text.foreign,
        .source = source.text,
        .source_lang = source.foreign,
        .link = page_source_link(site, a, row, h->source.address),
    };
}

struct span chronology_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                              const struct page_row *row)
{
    const struct campaign *c = site->campaign;
    struct shown *shown = ARENA_ARRAY(a, struct shown, c->chronology.count);
    struct tpl_chronology_years *years = ARENA_ARRAY(a, struct tpl_chronology_years, c->chronology.count);
    struct tpl_chronology_years_items *items = ARENA_ARRAY(a, struct tpl_chronology_years_items, c->chronology.count);
    struct tpl_chronology v = {.years = years};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_NAV_CHRONOLOGY),
        .description = msg_plain(row->lang, MSG_CHRONOLOGY_INTRO),
        .nav = FRAME_NAV_CHRONOLOGY,
    };
    struct buf *out = frame_buf(a);
    size_t count = 0;

    (void)lib;
    for (size_t i = 0; i < c->chronology.count; i++) {
        const struct happening *h = &c->chronology.items[i];

        if (h->is_public && date_cmp(h->from, site->today) <= 0)
            shown[count++].happening = h;
    }
    if (count > 1)
        qsort(shown, count, sizeof *shown, oldest_first);
    for (size_t i = 0; i < count; i++) {
        int year = shown[i].happening->from.year;

        if (i == 0 || shown[i - 1].happening->from.year != year)
            years[v.years_count++] = (struct tpl_chronology_years){
                .year = arena_printf(a, "%d", year),
                .items = &items[i],
            };
        items[i] = item(a, site, row, shown[i].happening);
        years[v.years_count - 1].items_count++;
    }
    v.none = count == 0;
    tpl_chronology(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
