/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * All corrections on one page: of newsletters from the register, and what became of that which a public newsletter leaned
 * on. What only a draft has used is not shown.
 */
#include "news/news_impl.h"

#include <stdlib.h>

struct found {
    const struct correction *correction;
    const struct entry *entry;
};

static int newest_first(const void *left, const void *right)
{
    const struct correction *a = ((const struct found *)left)->correction;
    const struct correction *b = ((const struct found *)right)->correction;
    int order = date_cmp(b->date, a->date);

    return order != 0 ? order : (a > b) - (a < b); /* one array: the register's order */
}

static void fill_items(struct arena *a, const struct site *site, const struct page_row *row,
                       const struct news_items *news, struct tpl_corrections *v)
{
    LIST(struct found) found = {0};
    struct tpl_corrections_items *items;

    for (size_t i = 0; i < news->list.count; i++) {
        const struct entry *e = news->list.items[i].entry;
        const struct correction *correction;

        for (size_t n = 0; (correction = news_correction(site, e, n)) != NULL; n++)
            *LIST_ADD(a, &found) = (struct found){correction, e};
    }
    if (found.count > 1)
        qsort(found.items, found.count, sizeof *found.items, newest_first);
    items = ARENA_ARRAY(a, struct tpl_corrections_items, found.count);
    for (size_t i = 0; i < found.count; i++) {
        const struct entry *e = found.items[i].entry;
        struct page_words what = page_words(site, &found.items[i].correction->what, row->lang);

        items[i] = (struct tpl_corrections_items){
            .day = date_iso(a, found.items[i].correction->date),
            .label = news_correction_label(a, found.items[i].correction, row->lang),
            .what = what.text,
            .foreign = what.foreign,
            .link = site_link(site, a, row->path, news_path(site, a, e)),
            .title = e->title,
            .title_lang = page_foreign(e->lang, row->lang),
        };
    }
    v->items = items;
    v->items_count = found.count;
}

/* What became of figures, rulings and papers, each time with the newsletters that had leaned on it. */
struct changed {
    struct news_since since;
    LIST(const struct entry *) by;
};
struct changes {
    LIST(struct changed) list;
};

static int newest_change_first(const void *left, const void *right)
{
    const struct news_since *a = &((const struct changed *)left)->since;
    const struct news_since *b = &((const struct changed *)right)->since;
    int order = date_cmp(b->date, a->date);

    return order != 0 ? order : span_cmp(a->text, b->text);
}

static struct changes find_changes(struct arena *a, const struct site *site, const struct prose_library *lib,
                                   const struct news_items *news)
{
    struct changes found = {0};

    for (size_t i = 0; i < news->list.count; i++) {
        const struct entry *e = news->list.items[i].entry;
        struct news_sinces sinces = news_since(a, site, lib, e);

        for (size_t n = 0; n < sinces.list.count; n++) {
            const struct news_since *since = &sinces.list.items[n];
            size_t at = 0;

            while (at < found.list.count && (date_cmp(found.list.items[at].since.date, since->date) != 0 ||
                                             !span_eq(found.list.items[at].since.text, since->text)))
                at++;
            if (at == found.list.count)
                LIST_ADD(a, &found.list)->since = *since;
            *LIST_ADD(a, &found.list.items[at].by) = e;
        }
    }
    if (found.list.count > 1)
        qsort(found.list.items, found.list.count, sizeof *found.list.items, newest_change_first);
    return found;
}

static void fill_sinces(struct arena *a, const struct site *site, const struct prose_library *lib,
                        const struct page_row *row, const struct news_items *news, struct tpl_corrections *v)
{
    struct changes found = find_changes(a, site, lib, news);
    struct tpl_corrections_since *since = ARENA_ARRAY(a, struct tpl_corrections_since, found.list.count + 1);

    for (size_t i = 0; i < found.list.count; i++) {
        const struct changed *changed = &found.list.items[i];
        struct tpl_corrections_since_used *used =
            ARENA_ARRAY(a, struct tpl_corrections_since_used, changed->by.count + 1);

        for (size_t n = 0; n < changed->by.count; n++)
            used[n] = (struct tpl_corrections_since_used){
                .link = site_link(site, a, row->path, news_path(site, a, changed->by.items[n])),
                .title = changed->by.items[n]->title,
                .title_lang = page_foreign(changed->by.items[n]->lang, row->lang),
            };
        since[i] = (struct tpl_corrections_since){
            .day = date_iso(a, changed->since.date),
            .label = news_since_label(a, &changed->since, row->lang),
            .text = changed->since.text,
            .foreign = page_foreign(changed->since.lang, row->lang),
            .used = used,
            .used_count = changed->by.count,
        };
    }
    v->since = since;
    v->since_count = found.list.count;
}

struct span news_corrections_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                                    const struct page_row *row)
{
    struct news_items news = news_public(a, site, row->lang);
    struct tpl_corrections v = {0};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_NAV_CORRECTIONS),
        .description = msg_plain(row->lang, MSG_CORRECTIONS_INTRO),
    };
    struct buf *out = frame_buf(a);

    fill_items(a, site, row, &news, &v);
    fill_sinces(a, site, lib, row, &news, &v);
    tpl_corrections(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
