/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * All documents that can be seen, the newest paper first. One that is not cleared, or not made yet, is not even named.
 */
#include "sources/exhibit_impl.h"

#include <stdlib.h>

static int newest_first(const void *left, const void *right)
{
    const struct document *a = *(const struct document *const *)left;
    const struct document *b = *(const struct document *const *)right;
    int order = date_cmp(b->date, a->date);

    return order != 0 ? order : (a > b) - (a < b); /* one array: by key */
}

static struct tpl_exhibit_list_exhibits item(struct arena *a, const struct site *site, const struct page_row *row,
                                             const struct document *d)
{
    struct page_words title = exhibit_title(site, d, row->lang);
    struct tpl_exhibit_list_exhibits v = {
        .link = site_link(site, a, row->path, exhibit_path(site, a, row->lang, d)),
        .title = title.text,
        .foreign = title.foreign,
        .author = d->author,
        .author_lang = exhibit_foreign(d, row->lang),
        .pages = exhibit_length(a, d, row->lang),
        .standing = exhibit_standing(a, site, d, row->lang),
        .warns = d->authenticity == AUTHENTICITY_FALSE || d->authenticity == AUTHENTICITY_DISPUTED,
    };

    if (date_is_set(d->date)) {
        v.day = date_iso(a, d->date);
        v.date = date_words(a, row->lang, d->date);
    }
    return v;
}

struct span exhibit_list_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                                const struct page_row *row)
{
    const struct campaign *c = site->campaign;
    const struct document **shown = ARENA_ARRAY(a, const struct document *, c->documents.count + 1);
    struct tpl_exhibit_list_exhibits *items = ARENA_ARRAY(a, struct tpl_exhibit_list_exhibits, c->documents.count + 1);
    struct tpl_exhibit_list v = {.exhibits = items, .claims = page_claims_link(site, a, row)};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_NAV_SOURCES),
        .description = msg_plain(row->lang, MSG_SOURCES_INTRO),
        .nav = FRAME_NAV_SOURCES,
        .has_tools = true,
    };
    struct buf *out = frame_buf(a);

    (void)lib;
    for (size_t i = 0; i < c->documents.count; i++)
        if (document_is_shown(&c->documents.items[i]))
            shown[v.exhibits_count++] = &c->documents.items[i];
    if (v.exhibits_count)
        qsort(shown, v.exhibits_count, sizeof *shown, newest_first);
    for (size_t i = 0; i < v.exhibits_count; i++)
        items[i] = item(a, site, row, shown[i]);
    tpl_exhibit_list(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
