/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See search_docs.h. Everything that a page shows of an entry is in its text, what stands beside it (law, place, summary)
 * too: a reader who remembers a word of a page finds that page.
 */
#include "search/search_docs.h"

enum {
    BODY_MAX = 100 * 1000
}; /* bytes: a longer text is found by what comes first. PostgreSQL indexes 1 MB of words */

static void put_line(struct buf *out, struct span line)
{
    if (span_trim(line).n == 0)
        return;
    buf_put(out, span_trim(line));
    buf_char(out, '\n');
}

/* Not into the middle of a character. */
static struct span cut(struct span text)
{
    size_t n = BODY_MAX;

    if (text.n <= BODY_MAX)
        return text;
    while (n && ((uint8_t)text.p[n] & 0xC0) == 0x80)
        n--;
    return span_sub(text, 0, n);
}

static struct span body_of(struct arena *a, const struct prose_library *lib, const struct entry *e)
{
    const struct span behind[] = {e->holder, e->activity, e->place, e->time, e->breaks, e->law, e->audience};
    struct span text = prose_render_plain(a, prose_of(lib, e));
    struct buf *out = buf_new(a, text.n + e->source.n + 64);

    put_line(out, e->summary);
    put_line(out, text);
    for (size_t i = 0; i < COUNT(behind); i++)
        put_line(out, behind[i]);
    return cut(buf_span(out));
}

static struct date day_of(const struct entry *e, const struct entry *main)
{
    switch (e->kind) {
    case ENTRY_NEWS:
        return e->date;
    case ENTRY_FAQ:
    case ENTRY_RIGHT:
        return main->reviewed;
    case ENTRY_PLATFORM:
        return main->version;
    case ENTRY_PAGE:
    case ENTRY_BLOCK:
        break;
    }
    return (struct date){0};
}

void search_docs_make(struct arena *a, const struct site *site, const struct prose_library *lib,
                      struct search_docs *docs_out)
{
    const struct campaign *c = site->campaign;

    *docs_out = (struct search_docs){.day = site->today};
    for (size_t i = 0; i < c->entries.count; i++) {
        const struct entry *e = &c->entries.items[i];
        const struct entry *facts = campaign_entry_any(c, e->kind, e->key, campaign_main_lang(c));

        if (e->kind == ENTRY_BLOCK || e->is_draft || facts->superseded.n || !campaign_speaks(c, e->lang))
            continue;
        *LIST_ADD(a, &docs_out->list) = (struct search_doc){
            .kind = e->kind,
            .lang = e->lang,
            .key = e->key,
            .title = e->title.n ? e->title : S(""),
            .body = body_of(a, lib, e),
            .public_at = e->kind == ENTRY_NEWS ? e->published : (struct instant){0},
            .day = day_of(e, facts),
        };
    }
}
