/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Whom letters are for: the sections [audience KEY] of campaign.ini, in their order, or the usual four.
 *
 * The words of the usual four are the program's own, in each language, so a campaign that says nothing has audiences that
 * read well; a section of one of those keys may leave words out for the same reason. Any other key brings its own.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"
#include "html/msg.h"
#include "model/subscriber.h"

enum field { FIELD_NAME, FIELD_PURPOSE, FIELD_WORKPLACE, FIELD_PAID_BY, FIELD_WORK_MAIL };
_Static_assert(FIELD_WORK_MAIL + 1 == AUDIENCE_FIELDS, "one place each");

static const struct span fields[AUDIENCE_FIELDS] = {
    [FIELD_NAME] = SPAN_INIT("name"),
    [FIELD_PURPOSE] = SPAN_INIT("purpose"),
    [FIELD_WORKPLACE] = SPAN_INIT("asks_workplace"),
    [FIELD_PAID_BY] = SPAN_INIT("shows_paid_by"),
    [FIELD_WORK_MAIL] = SPAN_INIT("takes_work_mail"),
};

static const struct {
    struct span key;
    enum msg name;
    enum msg purpose;
    bool asks_workplace;
} usual[] = {
    {SPAN_INIT("educators"), MSG_AUDIENCE_EDUCATORS, MSG_AUDIENCE_EDUCATORS_PURPOSE, true},
    {SPAN_INIT("parents"), MSG_AUDIENCE_PARENTS, MSG_AUDIENCE_PARENTS_PURPOSE, false},
    {SPAN_INIT("community"), MSG_AUDIENCE_COMMUNITY, MSG_AUDIENCE_COMMUNITY_PURPOSE, false},
    {SPAN_INIT("press"), MSG_AUDIENCE_PRESS, MSG_AUDIENCE_PRESS_PURPOSE, false},
};

static void report(struct audiences_reader *r, uint32_t line, uint32_t column, struct span at, struct span message,
                   struct span note)
{
    at_report(r->diags, DIAG_BAD_ROW, r->file, r->source, line, column, (uint32_t)utf8_count(at), message, note);
}

static size_t usual_of(struct span key)
{
    size_t i = 0;

    while (i < COUNT(usual) && !span_eq(usual[i].key, key))
        i++;
    return i;
}

/* The section's key: "educators" of "audience educators". False: another section. */
static bool key_of(struct span section, struct span *key_out)
{
    struct span word = S("audience");

    *key_out = span_trim(span_from(section, word.n));
    return span_starts(section, word) && (key_out->n == 0 || key_out->p > section.p + word.n);
}

static size_t index_of(const struct campaign *c, struct span key)
{
    size_t i = 0;

    while (i < c->audiences.count && !span_eq(c->audiences.items[i].key, key))
        i++;
    return i;
}

/* ---- which there are ---- */

static void add(struct audiences_reader *r, struct span key, uint32_t line)
{
    size_t which = usual_of(key);

    r->section_line[r->c->audiences.count] = line;
    *LIST_ADD(r->c->arena, &r->c->audiences) = (struct audience){
        .key = key, .asks_workplace = which < COUNT(usual) && usual[which].asks_workplace, .shows_paid_by = true};
}

static void take_section(struct audiences_reader *r, const struct ini_entry *e)
{
    struct arena *a = r->c->arena;
    struct span key;
    size_t same;

    if (!key_of(e->section, &key))
        return;
    same = index_of(r->c, key);
    if (same < r->c->audiences.count) {
        report(r, e->line, e->key_column, e->section,
               arena_printf(a, "[%.*s] stands in line %u already", SPAN_ARGS(e->section), r->section_line[same]),
               (struct span){0});
    } else if (!model_is_key(key) || key.n > AUDIENCE_KEY_MOST) {
        report(
            r, e->line, e->key_column, e->section,
            arena_printf(
                a,
                "an audience's section is [audience KEY]; a key has lower-case letters, digits and hyphens, %d at most",
                AUDIENCE_KEY_MOST),
            (struct span){0});
    } else if (r->c->audiences.count == AUDIENCES_MOST) {
        report(r, e->line, e->key_column, e->section,
               arena_printf(a, "a campaign has %d audiences at most", AUDIENCES_MOST), (struct span){0});
    } else {
        add(r, key, e->line);
    }
}

void audiences_begin(struct audiences_reader *r, struct campaign *c, struct span file, struct span source,
                     struct diags *diags)
{
    struct ini_reader ini;
    struct ini_entry e;

    *r = (struct audiences_reader){.c = c, .diags = diags, .file = file, .source = source};
    ini_begin(&ini, source);
    while (ini_next_section(&ini, &e))
        take_section(r, &e);
}

/* ---- what is said of one ---- */

static bool find_field(const struct audiences_reader *r, struct span key, enum field *field_out, enum lang *lang_out)
{
    const struct campaign *c = r->c;

    for (size_t i = 0; i < AUDIENCE_FIELDS; i++) {
        struct span code = span_from(key, fields[i].n);

        if (!span_starts(key, fields[i]))
            continue;
        *field_out = (enum field)i;
        *lang_out = campaign_main_lang(c);
        if (code.n == 0)
            return true;
        for (size_t k = 1; i <= FIELD_PURPOSE && k < c->language_count; k++) {
            *lang_out = c->languages[k];
            if (code.p[0] == '_' && span_eq(span_from(code, 1), lang_code(*lang_out)))
                return true;
        }
    }
    return false;
}

static void take_flag(struct audiences_reader *r, const struct ini_entry *e, bool *flag)
{
    if (span_eq(e->value, S("yes")) || span_eq(e->value, S("no")))
        *flag = span_eq(e->value, S("yes"));
    else
        report(r, e->line, e->value_column, e->value,
               arena_printf(r->c->arena, "“%.*s” is yes or no", SPAN_ARGS(e->key)), (struct span){0});
}

static void take_value(struct audiences_reader *r, const struct ini_entry *e, struct audience *one, enum field field,
                       enum lang lang)
{
    switch (field) {
    case FIELD_NAME:
        one->name.in[lang] = e->value;
        return;
    case FIELD_PURPOSE:
        one->purpose.in[lang] = e->value;
        return;
    case FIELD_WORKPLACE:
        take_flag(r, e, &one->asks_workplace);
        return;
    case FIELD_PAID_BY:
        take_flag(r, e, &one->shows_paid_by);
        return;
    case FIELD_WORK_MAIL:
        take_flag(r, e, &one->takes_work_mail);
        return;
    }
}

bool audiences_take(struct audiences_reader *r, const struct ini_entry *e)
{
    struct arena *a = r->c->arena;
    struct span key;
    enum field field = FIELD_NAME;
    enum lang lang = LANG_EN;
    size_t i;
    uint32_t *line;

    if (!key_of(e->section, &key))
        return false;
    i = index_of(r->c, key);
    if (i == r->c->audiences.count)
        return true; /* its section was refused */
    if (!find_field(r, e->key, &field, &lang)) {
        report(r, e->line, e->key_column, e->key,
               arena_printf(a, "[%.*s] has no “%.*s”", SPAN_ARGS(e->section), SPAN_ARGS(e->key)),
               at_did_you_mean(a, e->key, fields, AUDIENCE_FIELDS));
        return true;
    }
    line = &r->lines[i][field][lang];
    if (*line)
        report(r, e->line, e->value_column, e->value,
               arena_printf(a, "“%.*s” stands in line %u already", SPAN_ARGS(e->key), *line), (struct span){0});
    else if (e->value.n)
        take_value(r, e, &r->c->audiences.items[i], field, lang);
    if (*line == 0 && e->value.n)
        *line = e->line;
    return true;
}

/* ---- what is not said ---- */

/* The program's own words for one of the usual four, in the languages that said nothing of it. */
static bool fill_usual(const struct campaign *c, struct span key, enum field field, struct words *words)
{
    size_t which = usual_of(key);

    for (size_t k = 0; which < COUNT(usual) && k < c->language_count; k++) {
        enum lang lang = c->languages[k];

        words->in[lang] = msg_plain(lang, field == FIELD_NAME ? usual[which].name : usual[which].purpose);
    }
    return which < COUNT(usual);
}

static void complete_words(struct audiences_reader *r, size_t i, enum field field, struct words *words)
{
    const struct campaign *c = r->c;
    struct span key = c->audiences.items[i].key;
    const uint32_t *lines = r->lines[i][field];
    bool is_said = false;

    for (size_t k = 0; k < c->language_count; k++)
        is_said = is_said || lines[c->languages[k]];
    if (!is_said && fill_usual(c, key, field, words))
        return;
    if (lines[campaign_main_lang(c)] == 0) {
        at_report(
            r->diags, DIAG_BAD_ROW, r->file, r->source, r->section_line[i], 0, 0,
            arena_printf(c->arena, "[audience %.*s] %.*s = … is missing", SPAN_ARGS(key), SPAN_ARGS(fields[field])),
            (struct span){0});
        return;
    }
    for (size_t k = 1; k < c->language_count; k++)
        if (lines[c->languages[k]] == 0)
            at_report(r->diags, DIAG_TRANSLATION_MISSING, r->file, r->source, lines[campaign_main_lang(c)], 0, 0,
                      arena_printf(c->arena, "“%.*s_%.*s” is missing", SPAN_ARGS(fields[field]),
                                   SPAN_ARGS(lang_code(c->languages[k]))),
                      (struct span){0});
}

void audiences_complete(struct audiences_reader *r)
{
    struct campaign *c = r->c;

    for (size_t i = 0; c->audiences.count < COUNT(usual) && r->section_line[0] == 0; i++)
        add(r, usual[i].key, 0);
    for (size_t i = 0; i < c->audiences.count; i++) {
        struct audience *one = &c->audiences.items[i];

        complete_words(r, i, FIELD_NAME, &one->name);
        complete_words(r, i, FIELD_PURPOSE, &one->purpose);
        if (one->takes_work_mail && one->asks_workplace)
            at_report(
                r->diags, DIAG_BAD_ROW, r->file, r->source, r->lines[i][FIELD_WORK_MAIL][campaign_main_lang(c)], 0, 0,
                S("who works there is never written to at work: takes_work_mail and asks_workplace exclude each other"),
                (struct span){0});
    }
}
