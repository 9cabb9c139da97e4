/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What became, after its day, of something that a newsletter leaned on: a figure that was corrected or withdrawn, an
 * allegation of which something else became, a document that a later one took the place of. Its words stay as they were; a
 * dated note says so above them (F13).
 *
 * A figure that has grown is not among this, nor is what was so on the newsletter's day already.
 */
#include "news/news_impl.h"

#include <stdlib.h>

static int newest_first(const void *left, const void *right)
{
    const struct news_since *a = left;
    const struct news_since *b = right;
    int order = date_cmp(b->date, a->date);

    return order ? order : span_cmp(a->text, b->text);
}

/* "Alleged: … Complaint issued. PERB, June 22, 2026. Since then: Dismissed, August 4, 2026." */
static void add_case(struct arena *a, const struct site *site, const struct entry *e, const struct prose_lean *lean,
                     struct news_sinces *out)
{
    const struct case_step *then = allegation_step(lean->allegation, e->date);
    const struct case_step *now = allegation_step(lean->allegation, site->today);

    if (then == NULL || now == NULL || now == then || now->state == then->state)
        return;
    *LIST_ADD(a, &out->list) = (struct news_since){
        .date = now->date,
        .text = arena_join(a, (struct span[]){lean->title, S(" "), lean->detail}, 3),
        .lang = lean->lang,
        .address = lean->address,
    };
}

/* "A figure was corrected: it said 22 schools and is 21 schools." A line for each time. */
static void add_figure(struct arena *a, const struct site *site, const struct entry *e, const struct figure *f,
                       struct news_sinces *out)
{
    const struct campaign *c = site->campaign;
    const struct figure *change;

    for (size_t n = 0; (change = campaign_figure_change(c, f, e->date, n)) != NULL; n++) {
        const struct msg_arg args[] = {
            {S("was"), prose_value_words(a, c, change, change->was, e->lang)},
            {S("now"), prose_figure_words(a, c, change, e->lang)},
            {S("why"), words_in(c, &change->why, e->lang, NULL)},
        };

        if (date_cmp(change->corrected, site->today) > 0)
            break;
        *LIST_ADD(a, &out->list) = (struct news_since){
            .date = change->corrected,
            .text = msg_text(a, e->lang, change->is_withdrawn ? MSG_NEWS_FIGURE_WITHDRAWN : MSG_NEWS_FIGURE_CORRECTED,
                             0, args, COUNT(args)),
            .lang = e->lang,
            .address = arena_join(a, (struct span[]){news_path(site, a, e), S("#fig-"), f->key}, 3),
        };
    }
}

static struct span title_of(const struct campaign *c, const struct document *d, enum lang lang)
{
    return d->title[lang].n ? d->title[lang] : d->title[campaign_main_lang(c)];
}

static void add_document(struct arena *a, const struct site *site, const struct entry *e, const struct prose_lean *lean,
                         struct news_sinces *out)
{
    const struct campaign *c = site->campaign;
    const struct document *old = campaign_document(c, lean->key);
    const struct document *newer = old && old->superseded_by.n ? campaign_document(c, old->superseded_by) : NULL;
    struct news_since since = {.lang = e->lang};

    if (newer == NULL || !document_is_cleared(newer)) /* what is not cleared is not even named */
        return;
    since.date = date_is_set(newer->received) ? newer->received : newer->date;
    if (date_cmp(since.date, e->date) <= 0 || date_cmp(since.date, site->today) > 0)
        return;
    since.text = msg_text(
        a, e->lang, MSG_NEWS_SUPERSEDED, 0,
        (struct msg_arg[]){{S("title"), title_of(c, old, e->lang)}, {S("newer"), title_of(c, newer, e->lang)}}, 2);
    if (document_is_shown(newer))
        since.address = site_path(site, a, e->lang, arena_join(a, (struct span[]){S("/sources/"), newer->key}, 2));
    *LIST_ADD(a, &out->list) = since;
}

struct news_sinces news_since(struct arena *a, const struct site *site, const struct prose_library *lib,
                              const struct entry *e)
{
    const struct prose_doc *doc = prose_of(lib, e);
    struct news_sinces out = {0};

    for (size_t i = 0; i < prose_figure_count(doc); i++)
        add_figure(a, site, e, prose_figure(doc, i), &out);
    for (size_t i = 0; i < prose_lean_count(doc); i++) {
        const struct prose_lean *lean = prose_lean(doc, i);

        if (lean->allegation)
            add_case(a, site, e, lean, &out);
        else if (lean->scheme == PROSE_DOC)
            add_document(a, site, e, lean, &out);
    }
    if (out.list.count > 1)
        qsort(out.list.items, out.list.count, sizeof *out.list.items, newest_first);
    return out;
}

struct span news_since_label(struct arena *a, const struct news_since *since, enum lang lang)
{
    return msg_text(a, lang, MSG_NEWS_SINCE, 0, &(struct msg_arg){S("date"), date_words(a, lang, since->date)}, 1);
}

struct markup news_since_render(struct arena *a, const struct news_sinces *sinces, enum lang lang,
                                struct url (*link)(const void *, struct arena *, struct span), const void *ctx)
{
    struct tpl_news_since_items *items = ARENA_ARRAY(a, struct tpl_news_since_items, sinces->list.count + 1);
    struct tpl_news_since v = {.items = items, .items_count = sinces->list.count};
    struct buf *out = frame_buf(a);

    if (sinces->list.count == 0)
        return (struct markup){0};
    for (size_t i = 0; i < sinces->list.count; i++) {
        const struct news_since *since = &sinces->list.items[i];

        items[i] = (struct tpl_news_since_items){
            .day = date_iso(a, since->date),
            .label = news_since_label(a, since, lang),
            .text = since->text,
            .foreign = page_foreign(since->lang, lang),
        };
        if (since->address.n)
            items[i].link = link(ctx, a, since->address);
    }
    tpl_news_since(out, lang, &v);
    return markup_of(out);
}
