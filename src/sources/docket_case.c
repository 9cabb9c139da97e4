/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One case: its sides, and each allegation with all its days. An appeal and a reversal stand in a banner, for who comes by
 * an old link and reads no further than the first line.
 */
#include "sources/docket_impl.h"

/* A document by its title, and where it can be seen; without a link while it cannot. */
struct paper {
    struct url link;
    struct page_words title;
};

static struct paper paper_of(struct arena *a, const struct site *site, const struct page_row *row, struct span key)
{
    const struct document *d = campaign_document(site->campaign, key);
    struct paper paper = {0};
    struct words title = {0};

    if (d == NULL || !document_is_cleared(d))
        return paper;
    for (size_t i = 0; i < LANG_COUNT; i++)
        title.in[i] = d->title[i];
    paper.title = page_words(site, &title, row->lang);
    if (document_is_shown(d))
        paper.link =
            site_link(site, a, row->path,
                      site_path(site, a, row->lang, arena_join(a, (struct span[]){S("/sources/"), d->key}, 2)));
    return paper;
}

static enum msg banner_of(const struct case_step *step, const struct case_step *outcome)
{
    if (step->state == CASE_ON_APPEAL)
        return MSG_DOCKET_BANNER_APPEAL;
    return outcome->state == CASE_REVERSED ? MSG_DOCKET_BANNER_REVERSED : MSG_COUNT;
}

static void fill_days(struct arena *a, const struct site *site, const struct page_row *row, const struct legal_case *c,
                      const struct allegation *al, struct tpl_docket_case_allegations *v)
{
    struct tpl_docket_case_allegations_days *days =
        ARENA_ARRAY(a, struct tpl_docket_case_allegations_days, al->steps.count + 1);

    v->days = days;
    for (size_t i = 0; i < al->steps.count && date_cmp(al->steps.items[i].date, site->today) <= 0; i++) {
        const struct case_step *step = &al->steps.items[i];
        struct page_words by = docket_by(site, c, step, row->lang);

        days[v->days_count++] = (struct tpl_docket_case_allegations_days){
            .day = date_iso(a, step->date),
            .date = date_words(a, row->lang, step->date),
            .state = msg_plain(row->lang, docket_step(step->state)),
            .by = by.text,
            .by_lang = by.foreign,
        };
    }
}

static struct tpl_docket_case_allegations section_of(struct arena *a, const struct site *site,
                                                     const struct page_row *row, const struct legal_case *c,
                                                     const struct allegation *al)
{
    const struct case_step *step = allegation_step(al, site->today);
    const struct case_step *outcome = allegation_outcome(al, site->today);
    struct page_words text = page_words(site, &al->text.words, row->lang);
    struct page_words by = docket_by(site, c, outcome, row->lang);
    enum msg banner = banner_of(step, outcome);
    struct tpl_docket_case_allegations_papers *papers =
        ARENA_ARRAY(a, struct tpl_docket_case_allegations_papers, al->documents.count + 1);
    struct tpl_docket_case_allegations v = {
        .key = al->key,
        .text = text.text,
        .foreign = text.foreign,
        .state = msg_plain(row->lang, docket_state(step, outcome)),
        .by = by.text,
        .by_lang = by.foreign,
        .day = date_iso(a, outcome->date),
        .date = date_words(a, row->lang, outcome->date),
        .banner = banner == MSG_COUNT ? S("") : msg_plain(row->lang, banner),
        .papers = papers,
    };

    fill_days(a, site, row, c, al, &v);
    for (size_t i = 0; i < al->documents.count; i++) {
        struct paper paper = paper_of(a, site, row, al->documents.items[i].key);

        if (paper.title.text.n)
            papers[v.papers_count++] =
                (struct tpl_docket_case_allegations_papers){paper.link, paper.title.foreign, paper.title.text};
    }
    return v;
}

static void fill_facts(struct arena *a, const struct site *site, const struct page_row *row, const struct legal_case *c,
                       struct tpl_docket_case *v)
{
    struct page_words summary = page_words(site, &c->summary.words, row->lang);
    struct page_words forum = page_words(site, &c->forum, row->lang);
    struct page_words filed_by = page_words(site, &c->filed_by, row->lang);
    struct page_words against = page_words(site, &c->against, row->lang);
    struct tpl_docket_case_papers *papers = ARENA_ARRAY(a, struct tpl_docket_case_papers, c->documents.count + 1);

    v->summary = summary.text;
    v->summary_lang = summary.foreign;
    v->forum = forum.text;
    v->forum_lang = forum.foreign;
    v->number = c->number;
    v->filed_by = filed_by.text;
    v->filed_by_lang = filed_by.foreign;
    v->against = against.text;
    v->against_lang = against.foreign;
    v->papers = papers;
    for (size_t i = 0; i < c->documents.count; i++) {
        struct paper paper = paper_of(a, site, row, c->documents.items[i].key);

        if (paper.title.text.n)
            papers[v->papers_count++] =
                (struct tpl_docket_case_papers){paper.link, paper.title.foreign, paper.title.text};
    }
}

static struct span docket_case_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                                      const struct page_row *row)
{
    const struct legal_case *c = row->arg;
    struct page_words title = page_words(site, &c->title.words, row->lang);
    struct tpl_docket_case_allegations *sections =
        ARENA_ARRAY(a, struct tpl_docket_case_allegations, c->allegations.count + 1);
    struct tpl_docket_case v = {
        .list = site_link(site, a, row->path, site_path(site, a, row->lang, S("/docket/"))),
        .title = title.text,
        .foreign = title.foreign,
        .allegations = sections,
    };
    struct frame frame = {
        .site = site, .row = row, .title = title.text, .nav = FRAME_NAV_DOCKET, .is_article = true, .has_tools = true};
    struct buf *out = frame_buf(a);

    (void)lib;
    fill_facts(a, site, row, c, &v);
    for (size_t i = 0; i < c->allegations.count; i++)
        if (docket_is_shown(site, &c->allegations.items[i]))
            sections[v.allegations_count++] = section_of(a, site, row, c, &c->allegations.items[i]);
    tpl_docket_case(out, row->lang, &v);
    frame.description = v.summary;
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}

void docket_rows(struct page_rows *rows, const struct site *site)
{
    const struct campaign *c = site->campaign;
    bool is_empty = true;

    for (size_t i = 0; i < c->cases.count; i++) {
        if (!case_is_public(&c->cases.items[i], site->today))
            continue;
        if (is_empty)
            page_rows_add_all(rows, site, S("/docket/"), NULL, docket_render);
        is_empty = false;
        page_rows_add_all(rows, site, arena_join(rows->arena, (struct span[]){S("/docket/"), c->cases.items[i].key}, 2),
                          &c->cases.items[i], docket_case_render);
    }
}
