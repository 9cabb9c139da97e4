/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Fills templates/notes.html.
 */
#include "page/notes.h"

#include "page/dates.h"
#include "page/frame.h"
#include "templates.h"

void notes_add(struct notes *notes, struct arena *a, const struct figure *figure, struct span words)
{
    struct note *note;

    for (size_t i = 0; i < notes->list.count; i++) {
        if (span_eq(notes->list.items[i].figure->key, figure->key))
            return;
    }
    note = LIST_ADD(a, &notes->list);
    note->figure = figure;
    note->words = words;
}

struct span notes_change(struct arena *a, const struct site *site, const struct figure *figure, struct date day,
                         enum lang lang)
{
    struct msg_arg was = {S("was"), figure->was};

    if (date_is_set(day) && date_is_set(figure->corrected)) {
        if (date_cmp(day, figure->corrected) >= 0)
            return S("");
        was.text = campaign_figure_then(site->campaign, figure, day);
    }
    if (was.text.n == 0)
        return S("");
    return msg_text(a, lang, figure->is_withdrawn ? MSG_NOTES_WITHDRAWN : MSG_NOTES_CORRECTED, 0, &was, 1);
}

static struct tpl_notes_notes one(struct arena *a, const struct notes *notes, const struct note *note,
                                  const struct site *site, const struct page_row *row)
{
    const struct figure *f = note->figure;
    struct page_words unit = page_words(site, &f->unit, row->lang);
    struct page_words source = page_words(site, &f->source.words, row->lang);
    struct page_words why = page_words(site, &f->why, row->lang);

    return (struct tpl_notes_notes){
        .key = f->key,
        .words = f->is_withdrawn ? unit.text : note->words,
        .words_lang = unit.foreign,
        .day = date_iso(a, f->as_of),
        .date = date_words(a, row->lang, f->as_of),
        .source = source.text,
        .source_lang = source.foreign,
        .link = page_source_link(site, a, row, f->source.address),
        .change = notes_change(a, site, f, notes->day, row->lang),
        .why = why.text,
        .why_lang = why.foreign,
    };
}

struct markup notes_render(struct arena *a, const struct notes *notes, const struct site *site,
                           const struct page_row *row)
{
    struct tpl_notes_notes *items = ARENA_ARRAY(a, struct tpl_notes_notes, notes->list.count);
    struct buf *out = frame_buf(a);

    if (notes->list.count == 0)
        return (struct markup){0};
    for (size_t i = 0; i < notes->list.count; i++)
        items[i] = one(a, notes, &notes->list.items[i], site, row);
    tpl_notes(out, row->lang, &(struct tpl_notes){.notes = items, .notes_count = notes->list.count});
    return markup_of(out);
}
