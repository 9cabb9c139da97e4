/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See cases.h. Words of an allegation are held against itself; a title and a summary, which speak of all of them, may tell
 * what any of them came to, and call something unlawful only when all were sustained.
 */
#include "main/cases.h"

#include "base/utf8.h"
#include "prose/legal.h"

/* What words in one place may say. */
struct bearing {
    enum legal_strength conclusion;
    enum legal_strength step;
};

struct checker {
    struct arena *arena;
    const struct legal_case *c;
    struct diags *diags;
    struct arena *scratch;
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

static void check_words(const struct checker *k, struct span text, enum lang lang, const struct place *at,
                        struct bearing bears)
{
    struct scan s = scan_text(k->scratch, text, lang);
    struct legal_strong strong;

    for (size_t i = 0; legal_next(&s, i, &strong); i = strong.first + strong.count) {
        enum legal_strength may = strong.is_conclusion ? bears.conclusion : bears.step;
        const struct token *first = &s.tokens[strong.first];
        const struct token *last = &s.tokens[strong.first + strong.count - 1];
        struct span words = span_sub(text, first->at, last->at + last->lower.n - first->at);

        if (strong.needs <= may)
            continue;
        diags_add(
            k->diags,
            &(struct diag){
                .code = DIAG_LEGAL_TOO_STRONG,
                .at = {at->file, at->line, at->column + (uint32_t)utf8_count(span_sub(text, 0, first->at))},
                .width = (uint32_t)utf8_count(words),
                .message = arena_printf(k->arena, "“%.*s” says more than the days of this case", SPAN_ARGS(words)),
                .note = legal_may_say(may),
                .text = line_of(k->c->source, at->line),
            });
    }
    arena_reset(k->scratch);
}

static void check_text(const struct checker *k, const struct case_text *text, struct bearing bears)
{
    for (int i = 0; i < LANG_COUNT; i++)
        if (text->words.in[i].n)
            check_words(k, text->words.in[i], (enum lang)i, &text->at[i], bears);
}

static void check_case(const struct checker *k, struct date today)
{
    struct bearing all = {LEGAL_FOUND, LEGAL_NOTHING};

    for (size_t i = 0; i < k->c->allegations.count; i++) {
        const struct allegation *al = &k->c->allegations.items[i];
        struct bearing bears = {allegation_strength(al, today), allegation_strength_ever(al, today)};

        check_text(k, &al->text, bears);
        if (bears.conclusion < all.conclusion)
            all.conclusion = bears.conclusion;
        if (bears.step > all.step)
            all.step = bears.step;
    }
    check_text(k, &k->c->title, all);
    check_text(k, &k->c->summary, all);
}

void cases_check(struct arena *a, const struct campaign *c, struct date today, struct diags *diags)
{
    struct arena *scratch = arena_open((size_t)64 * 1024 * 1024);

    for (size_t i = 0; i < c->cases.count; i++)
        check_case(&(struct checker){a, &c->cases.items[i], diags, scratch}, today);
    arena_close(&scratch);
}
