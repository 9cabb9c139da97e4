/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * cases/: a file a case, a section an allegation, a line a day on which something became of it.
 *
 * States stand in the order of their days, and each has to be one that can follow what stands above it: a docket that
 * says "sustained" after "dismissed" has lost the step in which somebody reversed, and that step is the news.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

#include <stdlib.h>

/* More is a mistake, or meant to keep us busy: each is compared with the others. */
enum { ALLEGATIONS_MOST = 200, STEPS_MOST = 60, DOCUMENTS_MOST = 40 };

enum field { FIELD_TITLE, FIELD_FORUM, FIELD_NUMBER, FIELD_FILED_BY, FIELD_AGAINST, FIELD_SUMMARY, FIELD_DOCUMENTS };
enum { FIELDS = FIELD_DOCUMENTS + 1 };
static const struct {
    struct span name;
    bool is_words;
    bool is_needed;
} fields[FIELDS] = {
    [FIELD_TITLE] = {SPAN_INIT("title"), true, true},           [FIELD_FORUM] = {SPAN_INIT("forum"), true, true},
    [FIELD_NUMBER] = {SPAN_INIT("number"), false, true},        [FIELD_FILED_BY] = {SPAN_INIT("filed_by"), true, true},
    [FIELD_AGAINST] = {SPAN_INIT("against"), true, true},       [FIELD_SUMMARY] = {SPAN_INIT("summary"), true, true},
    [FIELD_DOCUMENTS] = {SPAN_INIT("documents"), false, false},
};

enum { TEXT, DOCUMENTS, ALLEGATION_FIELDS };
static const struct span allegation_fields[ALLEGATION_FIELDS] = {
    [TEXT] = SPAN_INIT("text"),
    [DOCUMENTS] = SPAN_INIT("documents"),
};
static const struct span section_word = SPAN_INIT("allegation ");

struct reader {
    struct campaign *c;
    struct legal_case *out;
    struct diags *diags;
    uint32_t lines[FIELDS][LANG_COUNT]; /* of each value; 0: not there */
    uint32_t document_lines[ALLEGATIONS_MOST];
    bool has_day[ALLEGATIONS_MOST]; /* a day stands there, right or wrong */
};

static void report_at(struct reader *r, enum diag_code code, uint32_t line, uint32_t column, size_t width,
                      struct span message, struct span note)
{
    at_report(r->diags, code, r->out->file, r->out->source, line, column, (uint32_t)width, message, note);
}

static void report_value(struct reader *r, const struct ini_entry *e, struct span message, struct span note)
{
    report_at(r, DIAG_BAD_ROW, e->line, e->value_column, utf8_count(e->value), message, note);
}

static void report_key(struct reader *r, const struct ini_entry *e, struct span message, struct span note)
{
    report_at(r, DIAG_BAD_ROW, e->line, e->key_column, utf8_count(e->key), message, note);
}

static void report_twice(struct reader *r, const struct ini_entry *e, uint32_t line)
{
    report_key(r, e, arena_printf(r->c->arena, "“%.*s” stands in line %u already", SPAN_ARGS(e->key), line),
               (struct span){0});
}

static struct place place_of(const struct reader *r, const struct ini_entry *e)
{
    return (struct place){r->out->file, e->line, e->value_column};
}

/* "text" or "text_es" → the language; false for another name. */
static bool is_called(const struct reader *r, struct span key, struct span name, bool is_words, enum lang *lang_out)
{
    for (size_t k = 0; k < (is_words ? r->c->language_count : 1); k++) {
        enum lang lang = r->c->languages[k];

        if (k == 0 ? span_eq(key, name)
                   : span_starts(key, name) && key.n == name.n + 3 && key.p[name.n] == '_' &&
                         span_eq(span_from(key, name.n + 1), lang_code(lang))) {
            *lang_out = lang;
            return true;
        }
    }
    return false;
}

static void check_translations(struct reader *r, const uint32_t lines[LANG_COUNT], struct span name)
{
    uint32_t own = lines[campaign_main_lang(r->c)];

    for (size_t k = 1; k < r->c->language_count && own; k++)
        if (lines[r->c->languages[k]] == 0)
            report_at(r, DIAG_TRANSLATION_MISSING, own, 0, 0,
                      arena_printf(r->c->arena, "“%.*s_%.*s” is missing", SPAN_ARGS(name),
                                   SPAN_ARGS(lang_code(r->c->languages[k]))),
                      (struct span){0});
}

/* ---- values ---- */

/* "doc:KEY, doc:KEY" */
static void take_documents(struct reader *r, const struct ini_entry *e, struct allegation *al)
{
    struct span rest = e->value;
    struct span item;
    size_t count = 0;

    while (span_next(&rest, ',', &item)) {
        struct span word = span_trim(item);
        struct span key = span_from(word, S("doc:").n);
        uint32_t column = e->value_column + (uint32_t)utf8_count(span_sub(e->value, 0, (size_t)(word.p - e->value.p)));

        if (!span_starts(word, S("doc:")) || !model_is_key(key) || ++count > DOCUMENTS_MOST) {
            report_at(r, DIAG_BAD_ROW, e->line, column, utf8_count(word),
                      count > DOCUMENTS_MOST ? S("more documents than anybody will read")
                                             : S("documents are doc:KEY, parted by commas"),
                      (struct span){0});
            return;
        }
        struct case_document d = {key, {r->out->file, e->line, column}, (uint32_t)utf8_count(word)};

        if (al)
            *LIST_ADD(r->c->arena, &al->documents) = d;
        else
            *LIST_ADD(r->c->arena, &r->out->documents) = d;
    }
}

/* A side of the case: the employer, the union, or words. Names need no translation. */
static void take_side(struct reader *r, const struct ini_entry *e, enum field field, enum lang lang)
{
    struct words *side = field == FIELD_FILED_BY ? &r->out->filed_by : &r->out->against;
    bool is_employer = span_eq(e->value, S("employer"));

    if (!is_employer && !span_eq(e->value, S("union"))) {
        side->in[lang] = e->value;
        return;
    }
    if (!is_employer && r->c->union_name.n == 0)
        report_value(r, e, S("campaign.ini names no union: [union] name = …"), (struct span){0});
    for (size_t k = 0; k < r->c->language_count; k++) {
        side->in[r->c->languages[k]] = is_employer ? r->c->employer : r->c->union_name;
        if (r->lines[field][r->c->languages[k]] == 0)
            r->lines[field][r->c->languages[k]] = e->line;
    }
}

static void take_field(struct reader *r, const struct ini_entry *e, enum field field, enum lang lang)
{
    struct legal_case *k = r->out;

    switch (field) {
    case FIELD_TITLE:
        k->title.words.in[lang] = e->value;
        k->title.at[lang] = place_of(r, e);
        return;
    case FIELD_FORUM:
        k->forum.in[lang] = e->value;
        return;
    case FIELD_NUMBER:
        k->number = e->value;
        return;
    case FIELD_FILED_BY:
    case FIELD_AGAINST:
        take_side(r, e, field, lang);
        return;
    case FIELD_SUMMARY:
        k->summary.words.in[lang] = e->value;
        k->summary.at[lang] = place_of(r, e);
        return;
    case FIELD_DOCUMENTS:
        take_documents(r, e, NULL);
        return;
    }
}

static void take_named(struct reader *r, const struct ini_entry *e)
{
    struct span known[FIELDS];
    enum lang lang;

    for (size_t i = 0; i < FIELDS; i++) {
        known[i] = fields[i].name;
        if (!is_called(r, e->key, fields[i].name, fields[i].is_words, &lang))
            continue;
        if (r->lines[i][lang]) {
            report_twice(r, e, r->lines[i][lang]);
        } else if (e->value.n) {
            r->lines[i][lang] = e->line;
            take_field(r, e, (enum field)i, lang);
        }
        return;
    }
    report_key(r, e, arena_printf(r->c->arena, "a case has no “%.*s”", SPAN_ARGS(e->key)),
               at_did_you_mean(r->c->arena, e->key, known, FIELDS));
}

/* ---- an allegation ---- */

static struct span known_states(struct arena *a)
{
    struct span joined[2 * CASE_STATE_COUNT];
    size_t n = 0;

    for (int i = 0; i < CASE_STATE_COUNT; i++) {
        joined[n++] = i ? S(", ") : S("");
        joined[n++] = case_state_name((enum case_state)i);
    }
    return arena_join(a, joined, n);
}

static bool take_state(struct reader *r, const struct ini_entry *e, enum case_state *state_out)
{
    struct arena *a = r->c->arena;
    struct span known[CASE_STATE_COUNT];
    struct span nearest;

    if (case_state_from_name(e->value, state_out))
        return true;
    for (int i = 0; i < CASE_STATE_COUNT; i++)
        known[i] = case_state_name((enum case_state)i);
    nearest = at_did_you_mean(a, e->value, known, CASE_STATE_COUNT);
    report_value(
        r, e,
        arena_printf(a, "“%.*s” is no state of an allegation: %.*s", SPAN_ARGS(e->value), SPAN_ARGS(known_states(a))),
        nearest);
    return false;
}

static void report_order(struct reader *r, const struct ini_entry *e, const struct allegation *al,
                         enum case_state state, struct span instead)
{
    struct arena *a = r->c->arena;
    struct span name = case_state_name(state);
    struct span message;

    if (al->steps.count == 0)
        message = arena_printf(a, "nothing stands before “%.*s” that it could be about", SPAN_ARGS(name));
    else
        message = arena_printf(a, "“%.*s” cannot follow “%.*s”", SPAN_ARGS(name),
                               SPAN_ARGS(case_state_name(al->steps.items[al->steps.count - 1].state)));
    report_value(r, e, message,
                 instead.n ? arena_printf(a, "what can: %.*s", SPAN_ARGS(instead)) : S("what is final stays"));
}

/* 2026-06-22 = complaint-issued */
static void take_step(struct reader *r, const struct ini_entry *e, struct allegation *al, struct date date)
{
    struct case_step step = {.date = date, .at = {r->out->file, e->line, e->key_column}};
    const struct case_step *last = al->steps.count ? &al->steps.items[al->steps.count - 1] : NULL;
    struct span instead;

    for (size_t i = 0; i < al->steps.count; i++) {
        if (date_cmp(al->steps.items[i].date, date) == 0) {
            report_twice(r, e, al->steps.items[i].at.line);
            return;
        }
    }
    if (last && date_cmp(last->date, date) > 0) {
        report_key(
            r, e,
            arena_printf(r->c->arena, "this day is before that of line %u: states stand in their order", last->at.line),
            (struct span){0});
        return;
    }
    if (al->steps.count == STEPS_MOST) {
        report_key(r, e, S("more states than an allegation can have"), (struct span){0});
        return;
    }
    if (!take_state(r, e, &step.state))
        return;
    if (!case_may_follow(r->c->arena, al->steps.items, al->steps.count, step.state, &instead))
        report_order(r, e, al, step.state, instead);
    else
        *LIST_ADD(r->c->arena, &al->steps) = step;
}

/* 2026-06-22 by = an administrative law judge */
static void take_by(struct reader *r, const struct ini_entry *e, struct allegation *al, struct date date,
                    enum lang lang)
{
    for (size_t i = 0; i < al->steps.count; i++) {
        struct case_step *step = &al->steps.items[i];

        if (date_cmp(step->date, date) != 0)
            continue;
        if (step->by.in[lang].n)
            report_key(r, e, S("this stands here already"), (struct span){0});
        step->by.in[lang] = e->value;
        return;
    }
    report_key(r, e, S("no state of that day stands above"), (struct span){0});
}

static void take_words(struct reader *r, const struct ini_entry *e, struct allegation *al, enum lang lang)
{
    if (al->text.at[lang].line) {
        report_twice(r, e, al->text.at[lang].line);
        return;
    }
    if (e->value.n == 0)
        return;
    al->text.words.in[lang] = e->value;
    al->text.at[lang] = place_of(r, e);
}

static void take_of_allegation(struct reader *r, const struct ini_entry *e, size_t which)
{
    struct allegation *al = &r->out->allegations.items[which];
    struct span day;
    struct span rest;
    struct date date;
    enum lang lang;

    span_cut(e->key, ' ', &day, &rest);
    if (date_parse(day, &date) && rest.n == 0) {
        r->has_day[which] = true;
        take_step(r, e, al, date);
    } else if (date_parse(day, &date) && is_called(r, span_trim(rest), S("by"), true, &lang)) {
        take_by(r, e, al, date, lang);
    } else if (is_called(r, e->key, allegation_fields[TEXT], true, &lang)) {
        take_words(r, e, al, lang);
    } else if (span_eq(e->key, allegation_fields[DOCUMENTS])) {
        if (r->document_lines[which])
            report_twice(r, e, r->document_lines[which]);
        else
            take_documents(r, e, al);
        r->document_lines[which] = e->line;
    } else {
        report_key(r, e, arena_printf(r->c->arena, "“%.*s” is no day and nothing an allegation has", SPAN_ARGS(e->key)),
                   at_did_you_mean(r->c->arena, e->key, allegation_fields, ALLEGATION_FIELDS));
    }
}

/* [allegation KEY]: each once. Comes first, because a section may stand there with nothing in it. */
static void find_allegations(struct reader *r)
{
    struct ini_reader ini;
    struct ini_entry e;

    ini_begin(&ini, r->out->source);
    while (ini_next_section(&ini, &e)) {
        struct span key = span_trim(span_from(e.section, section_word.n));
        const struct allegation *twin = case_allegation(r->out, key);
        struct span fault = {0};

        if (!span_starts(e.section, section_word))
            fault = S("a case has sections [allegation KEY] and no others");
        else if (!model_is_key(key))
            fault = S("a key has lower-case letters, digits and hyphens, 64 at most");
        else if (twin)
            fault = arena_printf(r->c->arena, "the allegation “%.*s” stands in line %u already", SPAN_ARGS(key),
                                 twin->at.line);
        else if (r->out->allegations.count == ALLEGATIONS_MOST)
            fault = S("more than 200 allegations: this one and what follows is not read");
        if (fault.n)
            report_at(r, DIAG_BAD_ROW, e.line, e.key_column, utf8_count(e.section), fault, (struct span){0});
        else
            *LIST_ADD(r->c->arena, &r->out->allegations) =
                (struct allegation){.key = key, .at = {r->out->file, e.line, e.key_column}};
        if (r->out->allegations.count == ALLEGATIONS_MOST && fault.n)
            return;
    }
}

static void take(struct reader *r, const struct ini_entry *e)
{
    struct span key = span_trim(span_from(e->section, section_word.n));

    if (e->fault != INI_FINE) {
        report_at(r, DIAG_BAD_ROW, e->line, 0, 0,
                  e->fault == INI_BAD_SECTION ? S("a section is [name], alone on its line")
                                              : S("a line is `key = value`, [section] or a comment that begins with ;"),
                  (struct span){0});
        return;
    }
    if (e->section.n == 0) {
        take_named(r, e);
        return;
    }
    for (size_t i = 0; i < r->out->allegations.count && span_starts(e->section, section_word); i++) {
        if (span_eq(r->out->allegations.items[i].key, key)) {
            take_of_allegation(r, e, i);
            return;
        }
    }
}

/* ---- what is missing ---- */

static void check_allegation(struct reader *r, size_t which)
{
    const struct allegation *al = &r->out->allegations.items[which];
    uint32_t lines[LANG_COUNT];

    for (size_t i = 0; i < LANG_COUNT; i++)
        lines[i] = al->text.at[i].line;
    if (lines[campaign_main_lang(r->c)] == 0)
        report_at(r, DIAG_BAD_ROW, al->at.line, al->at.column, 0, S("text = … is missing: what was allegedly done"),
                  (struct span){0});
    check_translations(r, lines, S("text"));
    if (!r->has_day[which])
        report_at(r, DIAG_BAD_ROW, al->at.line, al->at.column, 0,
                  S("no day here says what became of this: 2026-04-08 = charged"), (struct span){0});
    for (size_t i = 0; i < al->steps.count; i++) {
        const struct case_step *step = &al->steps.items[i];

        for (size_t k = 0; k < LANG_COUNT; k++)
            lines[k] = step->by.in[k].n ? step->at.line : 0;
        check_translations(r, lines, S("by"));
    }
}

static void check_missing(struct reader *r)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].is_needed && r->lines[i][campaign_main_lang(r->c)] == 0)
            report_at(r, DIAG_BAD_ROW, 0, 0, 0,
                      arena_printf(r->c->arena, "%.*s = … is missing", SPAN_ARGS(fields[i].name)), (struct span){0});
        if (fields[i].is_words)
            check_translations(r, r->lines[i], fields[i].name);
    }
    if (r->out->allegations.count == 0)
        report_at(r, DIAG_BAD_ROW, 0, 0, 0, S("a case has an [allegation KEY] at least"), (struct span){0});
    for (size_t i = 0; i < r->out->allegations.count; i++)
        check_allegation(r, i);
}

void folder_case(struct campaign *c, struct span file, struct span key, struct span bytes, struct diags *diags)
{
    struct legal_case out = {.key = key, .file = file, .source = bytes};
    struct reader r = {.c = c, .out = &out, .diags = diags};
    struct ini_reader ini;
    struct ini_entry e;

    if (!at_check_text(diags, file, bytes))
        return;
    find_allegations(&r);
    ini_begin(&ini, bytes);
    while (ini_next(&ini, &e))
        take(&r, &e);
    check_missing(&r);
    *LIST_ADD(c->arena, &c->cases) = out;
}

/* ---- all of them ---- */

static void check_document(struct campaign *c, const struct legal_case *k, const struct case_document *ref,
                           struct diags *diags)
{
    const struct document *d = campaign_document(c, ref->key);

    if (d == NULL) {
        struct span *known = ARENA_ARRAY(c->arena, struct span, c->documents.count + 1);

        for (size_t i = 0; i < c->documents.count; i++)
            known[i] = c->documents.items[i].key;
        at_report(diags, DIAG_UNKNOWN_REFERENCE, k->file, k->source, ref->at.line, ref->at.column, ref->width,
                  arena_printf(c->arena, "there is no doc “%.*s”", SPAN_ARGS(ref->key)),
                  at_did_you_mean(c->arena, ref->key, known, c->documents.count));
    } else if (!document_is_cleared(d)) {
        at_report(diags, DIAG_DOCUMENT_NOT_CLEARED, k->file, k->source, ref->at.line, ref->at.column, ref->width,
                  arena_printf(c->arena, "“%.*s” is %.*s: nobody cleared it for publication", SPAN_ARGS(d->key),
                               SPAN_ARGS(clearance_name(d->clearance))),
                  S("clearance = cleared, once somebody who may decide it has"));
    }
}

static int compare(const void *left, const void *right)
{
    return span_cmp(((const struct legal_case *)left)->key, ((const struct legal_case *)right)->key);
}

void cases_complete(struct campaign *c, bool is_checked, struct diags *diags)
{
    if (c->cases.count)
        qsort(c->cases.items, c->cases.count, sizeof *c->cases.items, compare);
    for (size_t i = 0; i < c->cases.count && !is_checked; i++) {
        const struct legal_case *k = &c->cases.items[i];

        for (size_t n = 0; n < k->documents.count; n++)
            check_document(c, k, &k->documents.items[n], diags);
        for (size_t n = 0; n < k->allegations.count; n++)
            for (size_t d = 0; d < k->allegations.items[n].documents.count; d++)
                check_document(c, k, &k->allegations.items[n].documents.items[d], diags);
    }
}
