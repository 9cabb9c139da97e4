/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Questions and rights alike: one key, words in one language or two, facts in the main file.
 */
#include "rights/rights_impl.h"

#include <stdlib.h>

int answers_compare(const struct entry *a, const struct entry *b)
{
    bool a_old = a->superseded.n > 0;
    bool b_old = b->superseded.n > 0;

    if (a_old != b_old)
        return a_old ? 1 : -1;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return span_cmp(a->key, b->key);
}

static int in_order(const void *left, const void *right)
{
    return answers_compare(((const struct answer_item *)left)->facts, ((const struct answer_item *)right)->facts);
}

struct answer_items answers_of(struct arena *a, const struct campaign *c, enum entry_kind kind, enum lang lang)
{
    struct answer_items items = {0};
    size_t count = 0;
    const struct entry *all = campaign_entries(c, kind, &count);

    for (size_t i = 0; i < count; i++) {
        struct answer_item *item;

        if (i > 0 && span_eq(all[i].key, all[i - 1].key))
            continue; /* the same answer in its second language */
        item = LIST_ADD(a, &items.list);
        item->words = campaign_entry_any(c, kind, all[i].key, lang);
        item->facts = campaign_entry_any(c, kind, all[i].key, campaign_main_lang(c));
    }
    if (items.list.count > 1)
        qsort(items.list.items, items.list.count, sizeof *items.list.items, in_order);
    return items;
}

struct markup answer_body(struct arena *a, const struct site *site, const struct prose_library *lib,
                          const struct page_row *row, const struct entry *e, struct notes *notes)
{
    const struct page_place place = {.site = site, .path = row->path};
    const struct prose_web web = {
        .ctx = &place,
        .link = page_link,
        .lang = row->lang,
        .heading_base = 3,
        .anchor_prefix = arena_join(a, (struct span[]){e->key, S("-")}, 2),
        .has_figure_notes = true,
    };
    const struct prose_doc *doc = prose_of(lib, e);

    for (size_t i = 0; i < prose_figure_count(doc); i++) {
        const struct figure *figure = prose_figure(doc, i);

        notes_add(notes, a, figure, prose_figure_words(a, site->campaign, figure, row->lang));
    }
    return prose_render_web(a, doc, &web);
}

static void fill_replaced(struct arena *a, const struct site *site, const struct page_row *row,
                          const struct entry *facts, struct span base, struct tpl_facts *v)
{
    const struct entry *newer;

    if (facts->superseded.n == 0)
        return;
    newer = campaign_entry_any(site->campaign, facts->kind, facts->superseded, row->lang);
    if (!newer)
        return;
    base = site_path(site, a, row->lang, base);
    v->replaced_by = site_link(site, a, row->path, arena_join(a, (struct span[]){base, S("#"), newer->key}, 3));
    v->replaced_title = newer->title;
    v->replaced_lang = page_foreign(newer->lang, row->lang);
}

struct markup answer_facts(struct arena *a, const struct site *site, const struct page_row *row,
                           const struct answer_item *item, const struct answer_row *rows, size_t count,
                           struct span base)
{
    const struct entry *facts = item->facts;
    struct tpl_facts_rows *shown = ARENA_ARRAY(a, struct tpl_facts_rows, count);
    struct tpl_facts v = {
        .foreign = page_foreign(item->words->lang, row->lang),
        .rows = shown,
    };
    struct buf *out = frame_buf(a);

    for (size_t i = 0; i < count; i++) {
        if (rows[i].words.n)
            shown[v.rows_count++] = (struct tpl_facts_rows){msg_plain(row->lang, rows[i].name), rows[i].words};
    }
    if (date_is_set(facts->reviewed)) {
        v.reviewed_day = date_iso(a, facts->reviewed);
        v.reviewed = date_words(a, row->lang, facts->reviewed);
    }
    if (date_is_set(facts->review_by) && date_cmp(facts->review_by, site->today) < 0)
        v.due = date_words(a, row->lang, facts->review_by);
    fill_replaced(a, site, row, facts, base, &v);
    tpl_facts(out, row->lang, &v);
    return markup_of(out);
}
