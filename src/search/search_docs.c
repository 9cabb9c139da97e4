/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See search_docs.h. Everything that a page shows of an entry is in its text, what stands beside it (law, place, summary)
 * too: a reader who remembers a word of a page finds that page.
 */
#include "search/search_docs.h"

enum {
    BODY_MAX = 100 * 1000
}; /* bytes: a longer text is found by what comes first. PostgreSQL indexes 1 MB of words */

enum { CASE_SIDES_MAX = 8 * 1000 }; /* names of the two sides, which stand in campaign.ini */

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
    const struct span behind[] = {
        e->holder, e->activity, e->place,    e->time,
        e->breaks, e->law,      e->audience, e->kind == ENTRY_ITEM ? e->channel : (struct span){0}};
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
    case ENTRY_ITEM:
    case ENTRY_CLAIM:
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

/* What its page says in that language, but for the names of days and states: the same in every case, they would find all. */
static struct search_doc case_of(struct arena *a, const struct site *site, const struct legal_case *k, enum lang lang)
{
    const struct campaign *c = site->campaign;
    struct buf *out = buf_new(a, 2 * k->source.n + CASE_SIDES_MAX);
    struct date day = {0};

    put_line(out, words_in(c, &k->summary.words, lang, NULL));
    put_line(out, words_in(c, &k->forum, lang, NULL));
    put_line(out, k->number);
    put_line(out, words_in(c, &k->filed_by, lang, NULL));
    put_line(out, words_in(c, &k->against, lang, NULL));
    for (size_t i = 0; i < k->allegations.count; i++) {
        const struct allegation *al = &k->allegations.items[i];
        const struct case_step *step = allegation_step(al, site->today);

        if (step == NULL)
            continue;
        put_line(out, words_in(c, &al->text.words, lang, NULL));
        if (!date_is_set(day) || date_cmp(step->date, day) > 0)
            day = step->date;
    }
    return (struct search_doc){.kind = SEARCH_CASE,
                               .lang = lang,
                               .key = k->key,
                               .title = words_in(c, &k->title.words, lang, NULL),
                               .body = cut(buf_span(out)),
                               .day = day};
}

static void add_cases(struct arena *a, const struct site *site, struct search_docs *docs)
{
    const struct campaign *c = site->campaign;

    for (size_t i = 0; i < c->cases.count; i++)
        for (size_t k = 0; k < c->language_count && case_is_public(&c->cases.items[i], site->today); k++)
            *LIST_ADD(a, &docs->list) = case_of(a, site, &c->cases.items[i], c->languages[k]);
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
            .kind = (int)e->kind,
            .lang = e->lang,
            .key = e->key,
            .title = e->title.n ? e->title : S(""),
            .body = body_of(a, lib, e),
            .public_at = e->kind == ENTRY_NEWS ? e->published : (struct instant){0},
            .day = day_of(e, facts),
        };
    }
    add_cases(a, site, docs_out);
}
