/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See leaflets.h.
 */
#include "main/leaflets.h"

#include "base/utf8.h"
#include "main/command.h"
#include "news/news_leaflet.h"
#include "rights/rights_card.h"

#include <stdio.h>

enum {
    ONE_MEMORY = 1024 * 1024 * 1024,
    SHORT = 8000,   /* letters that fit two pages whatever they are: of long paragraphs more than 10,000 do */
    BREAK = 50,     /* a line that ends before its end */
    PHOTO = 2000,   /* what stands in the place of one */
    RARE = 0x2190,  /* from here on a font may have no such letter */
    DAYS_MOST = 16, /* later days of one newsletter */
    TOLD_EVERY = 100,
};

struct maker {
    struct arena *arena;
    struct arena *own; /* of one leaflet */
    struct compiled *compiled;
    struct paper_job job;
    bool only_checks;
    bool is_broken; /* no helper does its work: the others are not tried */
};

/* ---- what is said ---- */

struct span leaflets_fault(struct arena *a, struct paper_problem problem)
{
    struct buf *letter = buf_new(a, 8);

    if (problem.fault == PAPER_LEAFLET_LONG)
        return arena_printf(a, "%u line%s too long for a leaflet of two pages; shorten it, or leave a photo out",
                            problem.page, problem.page == 1 ? "" : "s");
    if (problem.fault == PAPER_BAD_PHOTO)
        return arena_printf(a, "photo %u cannot be drawn; save it again, and smaller", problem.page);
    if (problem.fault == PAPER_TOO_LARGE)
        return S("far too long for a leaflet");
    if (problem.fault != PAPER_NO_LETTER)
        return arena_printf(a, "the leaflet %.*s", SPAN_ARGS(paper_fault_words(problem.fault)));
    buf_utf8(letter, problem.page);
    return arena_printf(a, "the fonts of leaflets have no “%.*s” (U+%04X); write a word in its place",
                        SPAN_ARGS(buf_span(letter)), problem.page);
}

static void report(struct maker *m, struct span file, struct paper_problem problem, struct span message)
{
    if (!paper_fault_is_of_document(problem.fault)) {
        fprintf(stderr, "warning: no leaflets: %s\n",
                problem.fault == PAPER_NO_HELPER ? "breakroom-paper does not start; it belongs beside breakroom"
                                                 : "the program that sets them broke");
        m->is_broken = true;
        return;
    }
    diags_add(&m->compiled->diags, &(struct diag){.code = DIAG_NO_LEAFLET, .at = {.file = file}, .message = message});
}

/* ---- one ---- */

/* The site as it is at a moment, or on a later day. */
static struct site site_at(const struct maker *m, struct instant now)
{
    struct site site = m->compiled->site;

    site.is_static = false;
    if (now.us > site.now.us) {
        site.now = now;
        site.today = zone_date(site.campaign->zone, now);
    }
    return site;
}

/* How much room words take, in letters: a part that ends may leave most of its last line empty. */
static size_t weight(struct span html)
{
    size_t weight = 0;
    bool is_tag = false;
    uint32_t before = 0;
    uint32_t c;

    for (; utf8_next(&html, &c); before = c) {
        if (c >= RARE)
            return SHORT;
        if (c == '<')
            is_tag = true;
        else if (c == '>')
            is_tag = false;
        else if (!is_tag)
            weight += c == '\n' && before == '>' ? BREAK : 1;
    }
    return weight;
}

static bool is_short(const struct leaflet *l)
{
    size_t all = weight(l->head) + weight(l->foot);

    for (size_t i = 0; i < l->parts.count; i++) {
        if (l->parts.items[i].kind == LEAFLET_PART_TABLE)
            return false;
        all += l->parts.items[i].kind == LEAFLET_PART_PHOTO ? PHOTO : 0;
        all += weight(l->parts.items[i].html);
    }
    return all < SHORT;
}

/* False, with what is wrong, when there is none. `pdf_out` is in m->own, and empty where it was not wanted. */
static bool set(struct maker *m, const struct site *site, const struct entry *e, struct span *pdf_out,
                struct paper_problem *problem_out)
{
    struct leaflet leaflet;

    *pdf_out = (struct span){0};
    *problem_out = (struct paper_problem){PAPER_FINE, 0};
    if (news_leaflet(m->own, site, &m->compiled->library, e, site->campaign->paper, &leaflet) != RC_OK) {
        problem_out->fault = PAPER_TOO_LARGE;
        return false;
    }
    if (m->only_checks && is_short(&leaflet))
        return true;
    if (paper_leaflet(m->own, &m->job, &leaflet, pdf_out, problem_out) == RC_OK && pdf_out->n > LEAFLET_COPY_MOST)
        problem_out->fault = PAPER_TOO_LARGE;
    return problem_out->fault == PAPER_FINE;
}

static void keep(struct maker *m, struct span stem, struct date from, struct span pdf)
{
    struct span bytes = arena_dup(m->arena, pdf);

    *LIST_ADD(m->arena, &m->compiled->campaign->leaflets) =
        (struct leaflet_copy){campaign_leaflet_path(m->arena, stem, from), bytes, bytes.n};
}

/* ---- later days ---- */

static void take_day(struct date day, struct date after, struct date *next)
{
    if (date_cmp(day, after) > 0 && (!date_is_set(*next) || date_cmp(day, *next) < 0))
        *next = day;
}

/* The first day after `after` on which something may become of a newsletter; not set for none. */
static struct date next_day(const struct campaign *c, const struct entry *e, struct date after)
{
    struct date next = {0};

    for (size_t i = 0; i < c->corrections.count; i++)
        if (span_eq(c->corrections.items[i].key, e->key))
            take_day(c->corrections.items[i].date, after, &next);
    for (size_t i = 0; i < c->documents.count; i++) {
        const struct document *d = &c->documents.items[i];

        take_day(date_is_set(d->received) ? d->received : d->date, after, &next);
    }
    for (size_t i = 0; i < c->cases.count; i++)
        for (size_t k = 0; k < c->cases.items[i].allegations.count; k++) {
            const struct allegation *al = &c->cases.items[i].allegations.items[k];

            for (size_t n = 0; n < al->steps.count; n++)
                take_day(al->steps.items[n].date, after, &next);
        }
    return next;
}

/* What is known today of a later day: its corrections. What becomes of things that it leans on is told in the words of
 * that day, by the load that comes then; until then there is no leaflet rather than one that keeps silent. */
static void make_later(struct maker *m, const struct entry *e, struct site today, struct span pdf)
{
    const struct zone *zone = today.campaign->zone;
    struct date day = today.today;

    for (int i = 0; i < DAYS_MOST && !m->is_broken; i++) {
        struct paper_problem problem;
        struct site then;
        struct span next;

        day = next_day(today.campaign, e, day);
        if (!date_is_set(day))
            return;
        then = site_at(m, zone_instant(zone, day, 0));
        if (news_leaflet_leans(m->own, &then, &m->compiled->library, e) !=
                news_leaflet_leans(m->own, &today, &m->compiled->library, e) ||
            !set(m, &then, e, &next, &problem)) {
            keep(m, campaign_leaflet_stem(e), day, S(""));
            return;
        }
        if (!span_eq(next, pdf))
            keep(m, campaign_leaflet_stem(e), day, next);
        pdf = next;
    }
}

/* ---- the card of rights ---- */

struct span leaflets_card_fault(struct arena *a, struct paper_problem problem)
{
    if (problem.fault == PAPER_LEAFLET_LONG)
        return arena_printf(a, "%u line%s too long for a card that folds to a pocket; shorten the answers",
                            problem.page, problem.page == 1 ? "" : "s");
    return leaflets_fault(a, problem);
}

static void make_card(struct maker *m)
{
    struct site site = site_at(m, m->compiled->site.now);
    struct paper_problem problem = {PAPER_TOO_LARGE, 0};
    struct date ends = rights_card_ends(&site);
    struct leaflet card;
    struct span pdf;
    enum rc rc = rights_card(m->own, &site, &m->compiled->library, site.campaign->paper, &card);

    if (rc == RC_NOT_FOUND)
        return;
    if (rc == RC_OK)
        rc = paper_leaflet(m->own, &m->job, &card, &pdf, &problem);
    if (rc != RC_OK) {
        report(m, S("rights/"), problem, leaflets_card_fault(m->arena, problem));
    } else if (!m->only_checks) {
        keep(m, S(RIGHTS_CARD_STEM), (struct date){0}, pdf);
        if (date_is_set(ends)) /* the next load leaves out what nobody looked at again */
            keep(m, S(RIGHTS_CARD_STEM), ends, S(""));
    }
    arena_reset(m->own);
}

/* ---- all ---- */

static void make_one(struct maker *m, const struct entry *e)
{
    struct site site = site_at(m, e->published);
    struct paper_problem problem;
    struct span pdf;

    if (!set(m, &site, e, &pdf, &problem)) {
        report(m, e->file, problem, leaflets_fault(m->arena, problem));
    } else if (!m->only_checks) {
        keep(m, campaign_leaflet_stem(e), (struct date){0}, pdf);
        make_later(m, e, site, pdf);
    }
    arena_reset(m->own);
}

static void make_all(struct arena *a, struct papers *papers, struct compiled *compiled, bool only_checks)
{
    struct maker m = {.arena = a, .compiled = compiled, .job = papers_job(papers), .only_checks = only_checks};
    size_t count = 0;
    const struct entry *news = campaign_entries(compiled->campaign, ENTRY_NEWS, &count);

    if (!compiled->campaign->has_leaflets)
        return;
    m.own = arena_open(ONE_MEMORY);
    for (size_t i = 0; i < count && !m.is_broken; i++) {
        if (!news[i].is_draft || only_checks)
            make_one(&m, &news[i]);
        if (!only_checks && (i + 1) % TOLD_EVERY == 0)
            fprintf(stderr, "leaflets: %zu of %zu\n", i + 1, count);
    }
    if (!m.is_broken)
        make_card(&m);
    arena_close(&m.own);
    diags_sort(&compiled->diags);
}

void leaflets_make(struct arena *a, struct papers *papers, struct compiled *compiled)
{
    make_all(a, papers, compiled, false);
    compiled->rows = pages_list(a, &compiled->site);
}

void leaflets_check(struct arena *a, struct papers *papers, struct compiled *compiled)
{
    make_all(a, papers, compiled, true);
}
