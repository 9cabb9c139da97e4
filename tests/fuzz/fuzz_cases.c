/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as cases/KEY.ini, in a campaign of one language or two; the first byte says which. The days that are kept
 * stand in their order and each may follow the one before, keys are unique, every diagnostic stands inside the file, and
 * a file without an error has all that the docket shows.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

enum { SOURCE_MAX = 64 * 1024, MEMORY = 512 * 1024 * 1024 };

static void open_campaign(struct campaign *c, struct arena *a, uint8_t choice)
{
    *c = (struct campaign){.arena = a, .language_count = choice & 1 ? 2 : 1, .employer = S("Bayside")};
    c->languages[0] = choice & 2 ? LANG_ES : LANG_EN;
    c->languages[1] = choice & 2 ? LANG_EN : LANG_ES;
    c->union_name = choice & 4 ? S("United Educators") : (struct span){0};
    *LIST_ADD(a, &c->documents) = (struct document){.key = S("memo"), .clearance = CLEARANCE_CLEARED};
    *LIST_ADD(a, &c->documents) = (struct document){.key = S("secret")};
}

/* ---- diagnostics ---- */

static struct span line_of(struct span source, uint32_t line)
{
    struct span text = {0};

    if (span_starts(source, S("\xEF\xBB\xBF")))
        source = span_from(source, 3);
    for (uint32_t i = 0; i < line; i++)
        CHECK(span_next(&source, '\n', &text));
    return span_ends(text, S("\r")) ? span_sub(text, 0, text.n - 1) : text;
}

static void check_diag(struct span source, const struct diag *d)
{
    struct span line;

    CHECK(d->message.n > 0);
    if (d->code == DIAG_BAD_FILE)
        return;
    CHECK(utf8_first_fault(d->message) == SPAN_NONE && utf8_first_fault(d->note) == SPAN_NONE);
    line = line_of(source, d->at.line);
    CHECK(span_eq(line, d->text) && d->at.column <= utf8_count(line) + 1);
    CHECK(d->width == 0 || (d->at.column && d->at.column - 1 + d->width <= utf8_count(line)));
}

/* ---- what was read ---- */

static void check_words(const struct campaign *c, const struct words *w, bool is_needed)
{
    for (size_t i = 0; i < LANG_COUNT; i++) {
        CHECK(utf8_first_fault(w->in[i]) == SPAN_NONE && span_trim(w->in[i]).n == w->in[i].n);
        CHECK(w->in[i].n == 0 || campaign_speaks(c, (enum lang)i));
    }
    CHECK(!is_needed || w->in[campaign_main_lang(c)].n > 0);
}

static void check_text(const struct campaign *c, const struct case_text *t, struct span source, bool is_needed)
{
    check_words(c, &t->words, is_needed);
    for (size_t i = 0; i < LANG_COUNT; i++) {
        struct span line;

        CHECK((t->at[i].line > 0) == (t->words.in[i].n > 0));
        if (t->at[i].line == 0)
            continue;
        line = line_of(source, t->at[i].line);
        CHECK(span_ends(span_trim(line), t->words.in[i]));
        CHECK(t->at[i].column - 1 + utf8_count(t->words.in[i]) <= utf8_count(line));
    }
}

static void check_allegation(struct arena *a, const struct campaign *c, const struct legal_case *k,
                             const struct allegation *al, bool is_clean)
{
    struct span instead;

    CHECK(model_is_key(al->key) && case_allegation(k, al->key) == al);
    check_text(c, &al->text, k->source, is_clean);
    CHECK(!is_clean || al->steps.count > 0);
    for (size_t i = 0; i < al->steps.count; i++) {
        const struct case_step *s = &al->steps.items[i];

        CHECK(i == 0 || date_cmp(s[-1].date, s->date) < 0);
        CHECK(case_may_follow(a, al->steps.items, i, s->state, &instead));
        CHECK(allegation_step(al, s->date) == s);
        CHECK(allegation_strength(al, s->date) <= allegation_strength_ever(al, s->date));
        check_words(c, &s->by, false);
    }
    for (size_t i = 0; i < al->documents.count; i++)
        CHECK(!is_clean || span_eq(al->documents.items[i].key, S("memo")));
}

static void check_case(struct arena *a, uint8_t choice, struct span source)
{
    struct campaign c;
    struct diags d;
    bool is_clean;

    open_campaign(&c, a, choice);
    diags_init(&d, a);
    folder_case(&c, S("cases/x.ini"), S("x"), source, &d);
    cases_complete(&c, false, &d);
    is_clean = d.errors == 0;
    CHECK(c.cases.count <= 1 && (c.cases.count == 1 || !is_clean));
    for (size_t i = 0; i < c.cases.count; i++) {
        const struct legal_case *k = &c.cases.items[i];

        check_text(&c, &k->title, source, is_clean);
        check_text(&c, &k->summary, source, is_clean);
        check_words(&c, &k->forum, is_clean);
        check_words(&c, &k->filed_by, is_clean);
        check_words(&c, &k->against, is_clean);
        CHECK(!is_clean || (k->number.n > 0 && k->allegations.count > 0));
        for (size_t n = 0; n < k->allegations.count; n++)
            check_allegation(a, &c, k, &k->allegations.items[n], is_clean);
    }
    for (size_t i = 0; i < d.list.count; i++)
        check_diag(source, &d.list.items[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open(MEMORY);

    if (size >= 1 && size <= SOURCE_MAX)
        check_case(a, data[0], span_from((struct span){(const char *)data, size}, 1));
    arena_close(&a);
    return 0;
}
