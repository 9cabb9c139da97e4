/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Answers from the registers of figures and of press coverage.
 */
#include "sources/sources_rules.h"

#include "html/msg.h"
#include "page/dates.h"

struct span sources_nearest_press(struct arena *a, const struct campaign *c, struct span key)
{
    struct span *known = ARENA_ARRAY(a, struct span, c->press.count + 1);

    for (size_t i = 0; i < c->press.count; i++)
        known[i] = c->press.items[i].key;
    return model_nearest(key, known, c->press.count);
}

struct span sources_nearest_figure(struct arena *a, const struct campaign *c, struct span key)
{
    struct span *known = ARENA_ARRAY(a, struct span, c->figures.count + 1);

    for (size_t i = 0; i < c->figures.count; i++)
        known[i] = c->figures.items[i].key;
    return model_nearest(key, known, c->figures.count);
}

struct prose_target sources_find_press(struct arena *a, const struct site *site, struct span key, enum lang lang)
{
    const struct press_item *item = campaign_press(site->campaign, key);
    struct prose_target t = {.state = PROSE_UNKNOWN, .lang = lang};

    if (item == NULL)
        return t;
    t.state = PROSE_FOUND;
    t.address = item->address;
    t.title = item->title;
    t.detail = msg_text(a, lang, MSG_EMBED_PRESS, 0,
                        (struct msg_arg[]){{S("outlet"), item->outlet}, {S("date"), date_words(a, lang, item->date)}},
                        2);
    return t;
}

struct prose_target sources_find_figure(struct arena *a, const struct site *site, struct span key, enum lang lang,
                                        struct date day)
{
    const struct figure *f = campaign_figure(site->campaign, key, day);
    struct prose_target t = {.state = PROSE_UNKNOWN, .lang = lang};

    if (f == NULL || (f->is_withdrawn && campaign_figure_change(site->campaign, f, day, 0) == NULL))
        return t;
    t.state = PROSE_FOUND;
    t.title = prose_figure_words(a, site->campaign, f, lang);
    t.detail = msg_text(a, lang, MSG_EMBED_FIGURE, 0,
                        (struct msg_arg[]){{S("date"), date_words(a, lang, f->as_of)},
                                           {S("source"), words_in(site->campaign, &f->source.words, lang, NULL)}},
                        2);
    return t;
}

const struct document *sources_exhibit_at(const struct site *site, struct arena *a, struct span path)
{
    const struct campaign *c = site->campaign;

    for (size_t i = 0; i < c->language_count; i++) {
        struct span base = site_path(site, a, c->languages[i], S("/sources/"));
        const struct document *d = NULL;

        if (span_starts(path, base))
            d = campaign_document(c, span_from(path, base.n));
        if (d)
            return document_is_cleared(d) ? d : NULL;
    }
    return NULL;
}

bool sources_exhibit_has(struct arena *a, const struct document *d, struct span anchor)
{
    for (uint32_t page = 1; page <= d->text.page_count; page++)
        if (span_eq(document_anchor(a, d, page), anchor))
            return true;
    return d->text.page_count == 0 && span_starts(anchor, S("p"));
}
