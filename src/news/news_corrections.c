/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * All corrections on one page: of newsletters from the register, of figures from those that a public newsletter leaned
 * on. What only a draft has used is not shown.
 */
#include "news/news_impl.h"

#include <stdlib.h>

struct found {
    const struct correction *correction;
    const struct entry *entry;
};
struct used_figure {
    const struct figure *figure;
    LIST(const struct entry *) by;
};
struct used_figures {
    LIST(struct used_figure) list;
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

struct dated {
    struct news_since since;
    const struct entry *entry;
};

static int newest_since_first(const void *left, const void *right)
{
    const struct dated *a = left;
    const struct dated *b = right;
    int order = date_cmp(b->since.date, a->since.date);

    return order != 0 ? order : span_cmp(a->entry->key, b->entry->key);
}

/* What became of rulings and papers that newsletters leaned on. */
static void fill_sinces(struct arena *a, const struct site *site, const struct prose_library *lib,
                        const struct page_row *row, const struct news_items *news, struct tpl_corrections *v)
{
    LIST(struct dated) found = {0};
    struct tpl_corrections_since *since;

    for (size_t i = 0; i < news->list.count; i++) {
        struct news_sinces sinces = news_since(a, site, lib, news->list.items[i].entry);

        for (size_t n = 0; n < sinces.list.count; n++)
            *LIST_ADD(a, &found) = (struct dated){sinces.list.items[n], news->list.items[i].entry};
    }
    if (found.count > 1)
        qsort(found.items, found.count, sizeof *found.items, newest_since_first);
    since = ARENA_ARRAY(a, struct tpl_corrections_since, found.count + 1);
    for (size_t i = 0; i < found.count; i++) {
        const struct entry *e = found.items[i].entry;

        since[i] = (struct tpl_corrections_since){
            .day = date_iso(a, found.items[i].since.date),
            .label = news_since_label(a, &found.items[i].since, row->lang),
            .text = found.items[i].since.text,
            .foreign = page_foreign(found.items[i].since.lang, row->lang),
            .link = site_link(site, a, row->path, news_path(site, a, e)),
            .title = e->title,
            .title_lang = page_foreign(e->lang, row->lang),
        };
    }
    v->since = since;
    v->since_count = found.count;
}

/* Figures that were corrected or withdrawn, each with the newsletters that leaned on it. */
static struct used_figures corrected_figures(struct arena *a, const struct prose_library *lib,
                                             const struct news_items *news)
{
    struct used_figures used = {0};

    for (size_t i = 0; i < news->list.count; i++) {
        const struct entry *e = news->list.items[i].entry;
        const struct prose_doc *doc = prose_of(lib, e);

        for (size_t n = 0; n < prose_figure_count(doc); n++) {
            const struct figure *figure = prose_figure(doc, n);
            size_t at = 0;

            if (figure->was.n == 0)
                continue;
            while (at < used.list.count && used.list.items[at].figure != figure)
                at++;
            if (at == used.list.count)
                LIST_ADD(a, &used.list)->figure = figure;
            *LIST_ADD(a, &used.list.items[at].by) = e;
        }
    }
    return used;
}

static struct tpl_corrections_figures figure_row(struct arena *a, const struct site *site, const struct page_row *row,
                                                 const struct used_figure *used)
{
    const struct figure *f = used->figure;
    struct page_words unit = page_words(site, &f->unit, row->lang);
    struct page_words why = page_words(site, &f->why, row->lang);
    struct tpl_corrections_figures_used *by = ARENA_ARRAY(a, struct tpl_corrections_figures_used, used->by.count);

    for (size_t i = 0; i < used->by.count; i++) {
        const struct entry *e = used->by.items[i];

        by[i] = (struct tpl_corrections_figures_used){
            .link = site_link(site, a, row->path, news_path(site, a, e)),
            .title = e->title,
            .title_lang = page_foreign(e->lang, row->lang),
        };
    }
    return (struct tpl_corrections_figures){
        .change = notes_change(a, f, row->lang),
        .words = f->is_withdrawn ? unit.text : prose_figure_words(a, site->campaign, f, row->lang),
        .words_lang = unit.foreign,
        .day = date_iso(a, f->as_of),
        .date = date_words(a, row->lang, f->as_of),
        .why = why.text,
        .why_lang = why.foreign,
        .used = by,
        .used_count = used->by.count,
    };
}

struct span news_corrections_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                                    const struct page_row *row)
{
    struct news_items news = news_public(a, site, row->lang);
    struct used_figures used = corrected_figures(a, lib, &news);
    struct tpl_corrections_figures *figures = ARENA_ARRAY(a, struct tpl_corrections_figures, used.list.count);
    struct tpl_corrections v = {.figures = figures, .figures_count = used.list.count};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_NAV_CORRECTIONS),
        .description = msg_plain(row->lang, MSG_CORRECTIONS_INTRO),
    };
    struct buf *out = frame_buf(a);

    for (size_t i = 0; i < used.list.count; i++)
        figures[i] = figure_row(a, site, row, &used.list.items[i]);
    fill_items(a, site, row, &news, &v);
    fill_sinces(a, site, lib, row, &news, &v);
    tpl_corrections(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
