/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The docket (F33): all cases in one table, the newest first, allegation by allegation.
 */
#include "sources/docket_impl.h"

#include <stdlib.h>

/* A case, and the day of its first step. */
struct shown {
    const struct legal_case *c;
    struct date first;
};

static int newest_first(const void *left, const void *right)
{
    const struct shown *a = left;
    const struct shown *b = right;
    int order = date_cmp(b->first, a->first);

    return order ? order : span_cmp(a->c->key, b->c->key);
}

static struct date first_day(const struct legal_case *c)
{
    struct date first = {0};

    for (size_t i = 0; i < c->allegations.count; i++) {
        const struct allegation *al = &c->allegations.items[i];

        if (al->steps.count && (!date_is_set(first) || date_cmp(al->steps.items[0].date, first) < 0))
            first = al->steps.items[0].date;
    }
    return first;
}

static struct tpl_docket_cases_allegations row_of(struct arena *a, const struct site *site, const struct page_row *row,
                                                  const struct legal_case *c, const struct allegation *al)
{
    const struct case_step *step = allegation_step(al, site->today);
    const struct case_step *outcome = allegation_outcome(al, site->today);
    struct page_words text = page_words(site, &al->text.words, row->lang);
    struct page_words by = docket_by(site, c, outcome, row->lang);

    return (struct tpl_docket_cases_allegations){
        .link = site_link(site, a, row->path,
                          arena_join(a, (struct span[]){docket_path(site, a, row->lang, c), S("#"), al->key}, 3)),
        .text = text.text,
        .foreign = text.foreign,
        .state = msg_plain(row->lang, docket_state(step, outcome)),
        .by = by.text,
        .by_lang = by.foreign,
        .day = date_iso(a, outcome->date),
        .date = date_words(a, row->lang, outcome->date),
    };
}

static struct tpl_docket_cases case_of(struct arena *a, const struct site *site, const struct page_row *row,
                                       const struct legal_case *c)
{
    struct tpl_docket_cases_allegations *rows =
        ARENA_ARRAY(a, struct tpl_docket_cases_allegations, c->allegations.count + 1);
    struct page_words title = page_words(site, &c->title.words, row->lang);
    struct page_words forum = page_words(site, &c->forum, row->lang);
    struct tpl_docket_cases v = {
        .link = site_link(site, a, row->path, docket_path(site, a, row->lang, c)),
        .title = title.text,
        .foreign = title.foreign,
        .forum = forum.text,
        .forum_lang = forum.foreign,
        .number = c->number,
        .allegations = rows,
    };

    for (size_t i = 0; i < c->allegations.count; i++)
        if (docket_is_shown(site, &c->allegations.items[i]))
            rows[v.allegations_count++] = row_of(a, site, row, c, &c->allegations.items[i]);
    return v;
}

/* How many are where today, by what was decided and else by how far they have come. */
static void tally(struct arena *a, const struct site *site, enum lang lang, struct tpl_docket *v)
{
    static const enum case_state order[] = {CASE_SUSTAINED, CASE_REVERSED, CASE_DISMISSED,       CASE_SETTLED,
                                            CASE_CHARGED,   CASE_REPORTED, CASE_COMPLAINT_ISSUED};
    struct tpl_docket_tally *items = ARENA_ARRAY(a, struct tpl_docket_tally, COUNT(order));
    size_t counts[CASE_STATE_COUNT] = {0};
    const struct campaign *c = site->campaign;

    for (size_t i = 0; i < c->cases.count; i++) {
        for (size_t k = 0; k < c->cases.items[i].allegations.count; k++) {
            const struct case_step *outcome = allegation_outcome(&c->cases.items[i].allegations.items[k], site->today);

            if (outcome)
                counts[outcome->state]++;
        }
    }
    v->tally = items;
    for (size_t i = 0; i < COUNT(order); i++)
        if (counts[order[i]])
            items[v->tally_count++] = (struct tpl_docket_tally){
                .state = msg_plain(lang, docket_step(order[i])),
                .count = arena_printf(a, "%zu", counts[order[i]]),
            };
}

struct span docket_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                          const struct page_row *row)
{
    const struct campaign *c = site->campaign;
    struct shown *shown = ARENA_ARRAY(a, struct shown, c->cases.count + 1);
    struct tpl_docket_cases *cases = ARENA_ARRAY(a, struct tpl_docket_cases, c->cases.count + 1);
    struct tpl_docket v = {.cases = cases};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_DOCKET_TITLE),
        .description = msg_plain(row->lang, MSG_DOCKET_INTRO),
        .nav = FRAME_NAV_DOCKET,
        .has_tools = true,
    };
    struct buf *out = frame_buf(a);
    size_t count = 0;

    (void)lib;
    for (size_t i = 0; i < c->cases.count; i++)
        if (case_is_public(&c->cases.items[i], site->today))
            shown[count++] = (struct shown){&c->cases.items[i], first_day(&c->cases.items[i])};
    if (count > 1)
        qsort(shown, count, sizeof *shown, newest_first);
    for (size_t i = 0; i < count; i++)
        cases[v.cases_count++] = case_of(a, site, row, shown[i].c);
    tally(a, site, row->lang, &v);
    tpl_docket(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
