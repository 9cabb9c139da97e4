/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See own_words.h. Words of an allegation are held against itself; a title and a summary, which speak of all of them, may tell
 * what any of them came to, and call something unlawful only when all were sustained.
 */
#include "main/own_words.h"

#include "base/utf8.h"
#include "prose/legal.h"

enum { TOLD_MOST = 20 }; /* of one cell or value: who mends twenty looks again */

/* What words in one place may say. */
struct bearing {
    enum legal_strength conclusion;
    enum legal_strength step;
};

struct checker {
    struct arena *arena;
    struct diags *diags;
    struct arena *scratch;
};

/* Words in one language, and where. */
struct spot {
    struct span text;
    enum lang lang;
    struct place at;    /* column 0: in this line, or in this file */
    struct span source; /* the file; empty: its lines are not shown */
    bool is_doubled;
};

static struct span line_of(struct span text, uint32_t line)
{
    struct span found = {0};

    if (span_starts(text, S("\xEF\xBB\xBF")))
        text = span_from(text, 3);
    for (uint32_t i = 0; i < line; i++)
        (void)span_next(&text, '\n', &found);
    return found.n && found.p[found.n - 1] == '\r' ? span_sub(found, 0, found.n - 1) : found;
}

/* Where the words at `from` stand: a cell may go over several lines. */
static struct place place_in(const struct spot *spot, size_t from)
{
    struct span before = span_sub(spot->text, 0, from);
    size_t end = span_find_last_char(before, '\n');
    struct place at = spot->at;

    if (at.column == 0)
        return at;
    for (size_t i = 0; i < before.n; i++)
        at.line += before.p[i] == '\n';
    if (end != SPAN_NONE) {
        before = span_from(before, end + 1);
        at.column = 1;
    }
    at.column += (uint32_t)utf8_count(before);
    for (size_t i = 0; i < before.n && spot->is_doubled; i++)
        at.column += before.p[i] == '"';
    return at;
}

static void report(const struct checker *k, const struct spot *spot, enum diag_code code, struct span words,
                   struct span message, struct span note)
{
    struct place at = place_in(spot, (size_t)(words.p - spot->text.p));

    diags_add(k->diags, &(struct diag){
                            .code = code,
                            .at = at,
                            .width = at.column ? (uint32_t)utf8_count(words) : 0,
                            .message = message,
                            .note = note,
                            .text = k->diags->warnings < DIAGS_KEPT ? line_of(spot->source, at.line) : (struct span){0},
                        });
}

/* What says more than the case bears; without a case (null), what calls something unlawful. */
static void check_spot(const struct checker *k, const struct spot *spot, const struct bearing *bears)
{
    struct legal_text t = legal_text_of(k->scratch, spot->text, spot->lang);
    struct legal_strong strong;
    size_t told = 0;

    for (size_t i = 0; told < TOLD_MOST && legal_next(&t, i, &strong); i = strong.first + strong.count) {
        const struct token *first = &t.scan.tokens[strong.first];
        const struct token *last = &t.scan.tokens[strong.first + strong.count - 1];
        struct span words = span_sub(spot->text, first->at, last->at + last->lower.n - first->at);
        enum legal_strength may = LEGAL_ALLEGED;

        if (bears)
            may = strong.is_conclusion ? bears->conclusion : bears->step;
        if (strong.needs <= may || (bears == NULL && !strong.is_conclusion))
            continue;
        told++;
        if (bears)
            report(k, spot, DIAG_LEGAL_TOO_STRONG, words,
                   arena_printf(k->arena, "“%.*s” says more than the days of this case", SPAN_ARGS(words)),
                   legal_may_say(may));
        else
            report(k, spot, DIAG_LEGAL_UNSUPPORTED, words,
                   arena_printf(k->arena, "“%.*s” is for a ruling to say", SPAN_ARGS(words)),
                   S("“alleged”, or what happened; no case: can stand here"));
    }
    arena_reset(k->scratch);
}

/* ---- the docket ---- */

static void check_text(const struct checker *k, const struct legal_case *c, const struct case_text *text,
                       struct bearing bears)
{
    for (int i = 0; i < LANG_COUNT; i++)
        if (text->words.in[i].n)
            check_spot(k, &(struct spot){text->words.in[i], (enum lang)i, text->at[i], c->source, false}, &bears);
}

/* Who decided may be told with what they found; to call it unlawful it has to stand. */
static void check_steps(const struct checker *k, const struct legal_case *c, const struct allegation *al)
{
    for (size_t i = 0; i < al->steps.count; i++) {
        const struct case_step *step = &al->steps.items[i];
        struct bearing bears = {allegation_strength(al, step->date), LEGAL_FOUND};
        struct place at = {step->at.file, step->at.line, 0};

        for (int lang = 0; lang < LANG_COUNT; lang++)
            if (step->by.in[lang].n)
                check_spot(k, &(struct spot){step->by.in[lang], (enum lang)lang, at, c->source, false}, &bears);
    }
}

static void check_case(const struct checker *k, const struct legal_case *c, struct date today)
{
    struct bearing all = {LEGAL_FOUND, LEGAL_NOTHING};

    for (size_t i = 0; i < c->allegations.count; i++) {
        const struct allegation *al = &c->allegations.items[i];
        struct bearing bears = {allegation_strength(al, today), allegation_strength_ever(al, today)};

        check_text(k, c, &al->text, bears);
        check_steps(k, c, al);
        if (bears.conclusion < all.conclusion)
            all.conclusion = bears.conclusion;
        if (bears.step > all.step)
            all.step = bears.step;
    }
    check_text(k, c, &c->title, all);
    check_text(k, c, &c->summary, all);
}

/* ---- what has no case ---- */

static void check_ini(const struct checker *k, const struct words *words)
{
    for (int i = 0; i < LANG_COUNT; i++)
        if (words->in[i].n)
            check_spot(k, &(struct spot){.text = words->in[i], .lang = (enum lang)i, .at = {S("campaign.ini"), 0, 0}},
                       NULL);
}

static void check_campaign(const struct checker *k, const struct campaign *c)
{
    for (size_t i = 0; i < c->cells.count; i++) {
        const struct cell_words *cell = &c->cells.items[i];

        check_spot(k, &(struct spot){cell->text, cell->lang, cell->at, cell->source, cell->is_doubled}, NULL);
    }
    for (size_t i = 0; i < COUNT(c->tagline); i++)
        check_ini(k, &c->tagline[i]);
    check_ini(k, &c->run_by);
    check_ini(k, &c->paid_by);
    for (size_t i = 0; i < c->audiences.count; i++) {
        check_ini(k, &c->audiences.items[i].name);
        check_ini(k, &c->audiences.items[i].purpose);
    }
}

void own_words_check(struct arena *a, const struct campaign *c, struct date today, struct diags *diags)
{
    struct checker k = {a, diags, arena_open((size_t)64 * 1024 * 1024)};

    for (size_t i = 0; i < c->cases.count; i++)
        check_case(&k, &c->cases.items[i], today);
    check_campaign(&k, c);
    arena_close(&k.scratch);
}
