/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What they said, what is so (F7): everything of the employer's that we answer, and a page for each with an anchor a claim.
 *
 * Claims stand in the item's own order under the numbers that they were given, in both languages the same.
 */
#include "page/notes.h"
#include "sources/sources_impl.h"
#include "sources/sources_rules.h"

#include <stdlib.h>

/* One item: its words in the page's language, or else in the other; its facts from the main file. */
struct item {
    const struct entry *words;
    const struct entry *facts;
    const struct entry **claims; /* in that language, or else in the other; by number */
    size_t claim_count;
};

static int newest_first(const void *left, const void *right)
{
    const struct entry *a = ((const struct item *)left)->facts;
    const struct entry *b = ((const struct item *)right)->facts;
    int order = date_cmp(b->date, a->date);

    return order ? order : span_cmp(a->key, b->key);
}

static int by_number(const void *left, const void *right)
{
    int64_t a = (*(const struct entry *const *)left)->order;
    int64_t b = (*(const struct entry *const *)right)->order;

    return (a > b) - (a < b);
}

static struct item item_of(struct arena *a, const struct campaign *c, struct span key, enum lang lang)
{
    struct item item = {
        .words = campaign_entry_any(c, ENTRY_ITEM, key, lang),
        .facts = campaign_entry_any(c, ENTRY_ITEM, key, campaign_main_lang(c)),
    };
    size_t count;
    const struct entry *all = campaign_entries(c, ENTRY_CLAIM, &count);

    item.claims = ARENA_ARRAY(a, const struct entry *, count + 1);
    for (size_t i = 0; i < count; i++)
        if (span_eq(all[i].item, key) && (i == 0 || !span_eq(all[i].key, all[i - 1].key)))
            item.claims[item.claim_count++] = campaign_entry_any(c, ENTRY_CLAIM, all[i].key, lang);
    if (item.claim_count > 1)
        qsort(item.claims, item.claim_count, sizeof *item.claims, by_number);
    return item;
}

/* From a page in `lang` to a claim, also where its words are in the other language. */
static struct url claim_link(struct arena *a, const struct site *site, const struct page_row *row,
                             const struct entry *claim)
{
    return site_link(site, a, row->path, claims_path(site, a, row->lang, claim));
}

/* ---- all of them ---- */

static struct tpl_claims_items listed(struct arena *a, const struct site *site, const struct page_row *row,
                                      const struct item *item)
{
    struct tpl_claims_items_points *points = ARENA_ARRAY(a, struct tpl_claims_items_points, item->claim_count + 1);
    struct tpl_claims_items v = {
        .link = site_link(site, a, row->path, claims_path(site, a, row->lang, item->words)),
        .title = item->words->title,
        .foreign = page_foreign(item->words->lang, row->lang),
        .channel = item->words->channel,
        .day = date_iso(a, item->facts->date),
        .date = date_words(a, row->lang, item->facts->date),
        .points = points,
        .points_count = item->claim_count,
    };

    for (size_t i = 0; i < item->claim_count; i++)
        points[i] = (struct tpl_claims_items_points){
            .number = arena_printf(a, "%u", (unsigned)item->claims[i]->order),
            .link = claim_link(a, site, row, item->claims[i]),
            .title = item->claims[i]->title,
            .foreign = page_foreign(item->claims[i]->lang, row->lang),
        };
    return v;
}

static struct span claims_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                                 const struct page_row *row)
{
    size_t count;
    const struct entry *all = campaign_entries(site->campaign, ENTRY_ITEM, &count);
    struct item *items = ARENA_ARRAY(a, struct item, count + 1);
    struct tpl_claims_items *shown = ARENA_ARRAY(a, struct tpl_claims_items, count + 1);
    struct tpl_claims v = {.items = shown};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_CLAIMS_TITLE),
        .description = msg_plain(row->lang, MSG_CLAIMS_INTRO),
        .nav = FRAME_NAV_FAQ,
        .has_tools = true,
    };
    struct buf *out = frame_buf(a);

    (void)lib;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !span_eq(all[i].key, all[i - 1].key))
            items[v.items_count++] = item_of(a, site->campaign, all[i].key, row->lang);
    if (v.items_count > 1)
        qsort(items, v.items_count, sizeof *items, newest_first);
    for (size_t i = 0; i < v.items_count; i++)
        shown[i] = listed(a, site, row, &items[i]);
    tpl_claims(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}

/* ---- one ---- */

struct drawing {
    struct arena *arena;
    const struct site *site;
    const struct prose_library *lib;
    const struct page_row *row;
    struct notes notes;
};

static struct markup words_of(struct drawing *d, const struct entry *e, enum prose_part part, struct span prefix)
{
    const struct page_place place = {.site = d->site, .path = d->row->path};
    const struct prose_web web = {
        .ctx = &place,
        .link = page_link,
        .lang = d->row->lang,
        .heading_base = e->kind == ENTRY_CLAIM ? 4 : 2,
        .anchor_prefix = prefix,
        .has_figure_notes = true,
        .part = part,
    };

    return prose_render_web(d->arena, prose_of(d->lib, e), &web);
}

static void note_figures(struct drawing *d, const struct entry *e)
{
    const struct prose_doc *doc = prose_of(d->lib, e);

    for (size_t i = 0; i < prose_figure_count(doc); i++) {
        const struct figure *figure = prose_figure(doc, i);

        notes_add(&d->notes, d->arena, figure, prose_figure_words(d->arena, d->site->campaign, figure, d->row->lang));
    }
}

static struct tpl_claims_item_claims section_of(struct drawing *d, const struct entry *claim)
{
    struct span number = arena_printf(d->arena, "%u", (unsigned)claim->order);
    struct span prefix = arena_printf(d->arena, "claim-%.*s-", SPAN_ARGS(number));

    note_figures(d, claim);
    return (struct tpl_claims_item_claims){
        .number = number,
        .link = claim_link(d->arena, d->site, d->row, claim),
        .foreign = page_foreign(claim->lang, d->row->lang),
        .title = claim->title,
        .said = words_of(d, claim, PROSE_SAID, prefix),
        .answer = words_of(d, claim, PROSE_ANSWER, prefix),
    };
}

static void fill_paper(const struct drawing *d, const struct entry *facts, struct tpl_claims_item *v)
{
    const struct document *paper = campaign_document(d->site->campaign, facts->document);
    struct words title = {0};
    struct page_words shown;

    if (facts->document.n == 0 || paper == NULL || !document_is_cleared(paper))
        return;
    for (size_t i = 0; i < LANG_COUNT; i++)
        title.in[i] = paper->title[i];
    shown = page_words(d->site, &title, d->row->lang);
    v->paper = shown.text;
    v->paper_lang = shown.foreign;
    if (document_is_shown(paper))
        v->paper_link = site_link(d->site, d->arena, d->row->path,
                                  site_path(d->site, d->arena, d->row->lang,
                                            arena_join(d->arena, (struct span[]){S("/sources/"), paper->key}, 2)));
}

static void fill_facts(const struct drawing *d, const struct item *item, struct tpl_claims_item *v)
{
    const struct entry *facts = item->facts;
    const struct entry *newer =
        facts->superseded.n ? campaign_entry_any(d->site->campaign, ENTRY_ITEM, facts->superseded, d->row->lang) : NULL;

    v->title = item->words->title;
    v->foreign = page_foreign(item->words->lang, d->row->lang);
    v->summary = item->words->summary;
    v->channel = item->words->channel;
    v->day = date_iso(d->arena, facts->date);
    v->date = date_words(d->arena, d->row->lang, facts->date);
    if (date_is_set(facts->reviewed)) {
        v->reviewed_day = date_iso(d->arena, facts->reviewed);
        v->reviewed = date_words(d->arena, d->row->lang, facts->reviewed);
    }
    if (date_is_set(facts->review_by) && date_cmp(facts->review_by, d->site->today) < 0)
        v->due = date_words(d->arena, d->row->lang, facts->review_by);
    if (newer) {
        v->replaced_by =
            site_link(d->site, d->arena, d->row->path, claims_path(d->site, d->arena, d->row->lang, newer));
        v->replaced_title = newer->title;
        v->replaced_lang = page_foreign(newer->lang, d->row->lang);
    }
}

static struct span claims_item_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                                      const struct page_row *row)
{
    const struct entry *any = row->arg;
    struct item item = item_of(a, site->campaign, any->key, row->lang);
    struct drawing d = {.arena = a, .site = site, .lib = lib, .row = row};
    struct tpl_claims_item_claims *claims = ARENA_ARRAY(a, struct tpl_claims_item_claims, item.claim_count + 1);
    struct tpl_claims_item v = {
        .list = site_link(site, a, row->path, site_path(site, a, row->lang, S("/claims/"))),
        .claims = claims,
        .claims_count = item.claim_count,
    };
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_text(a, item.words->lang, MSG_CLAIMS_ITEM_TITLE, 0,
                          &(struct msg_arg){S("title"), item.words->title}, 1),
        .description = item.words->summary,
        .nav = FRAME_NAV_FAQ,
        .is_article = true,
        .has_tools = true,
    };
    struct buf *out = frame_buf(a);

    fill_facts(&d, &item, &v);
    fill_paper(&d, item.facts, &v);
    v.words = words_of(&d, item.words, PROSE_WHOLE, S("about-"));
    note_figures(&d, item.words);
    for (size_t i = 0; i < item.claim_count; i++)
        claims[i] = section_of(&d, item.claims[i]);
    v.notes = notes_render(a, &d.notes, site, row);
    tpl_claims_item(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}

void claims_rows(struct page_rows *rows, const struct site *site)
{
    size_t count;
    const struct entry *all = campaign_entries(site->campaign, ENTRY_ITEM, &count);

    if (count)
        page_rows_add_all(rows, site, S("/claims/"), NULL, claims_render);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !span_eq(all[i].key, all[i - 1].key))
            page_rows_add_all(rows, site, arena_join(rows->arena, (struct span[]){S("/claims/"), all[i].key}, 2),
                              &all[i], claims_item_render);
}
