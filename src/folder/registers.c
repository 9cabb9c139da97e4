/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The four registers: figures, chronology, press, corrections. One table of columns and one function a row each.
 */
#include "folder/folder_impl.h"

/* ---- figures.csv ---- */

enum { FIG_KEY, FIG_VALUE, FIG_UNIT, FIG_AS_OF, FIG_SOURCE, FIG_REVIEW_BY, FIG_WAS, FIG_WHY, FIG_CORRECTED };
static const struct column figure_columns[] = {
    [FIG_KEY] = {.name = SPAN_INIT("key")},
    [FIG_VALUE] = {.name = SPAN_INIT("value")},
    [FIG_UNIT] = {.name = SPAN_INIT("unit"), .is_words = true},
    [FIG_AS_OF] = {.name = SPAN_INIT("as_of")},
    [FIG_SOURCE] = {.name = SPAN_INIT("source"), .is_words = true},
    [FIG_REVIEW_BY] = {.name = SPAN_INIT("review_by")},
    [FIG_WAS] = {.name = SPAN_INIT("was")},
    [FIG_WHY] = {.name = SPAN_INIT("why"), .is_words = true},
    [FIG_CORRECTED] = {.name = SPAN_INIT("corrected"), .is_optional = true},
};

static void check_correction(struct rows *r, const struct figure *f)
{
    struct decimal was;

    if (f->was.n && !decimal_parse(f->was, &was))
        rows_report(r, FIG_WAS, S("the value that was corrected is a number"), (struct span){0});
    else if (f->was.n && !f->is_withdrawn && was.millionths == f->value.millionths)
        rows_report(r, FIG_WAS, S("this is the value that stands here now: `was` is the one before"), (struct span){0});
    if (f->was.n && rows_cell(r, FIG_WHY).n == 0)
        rows_report(r, FIG_WHY, S("a corrected figure says why"), (struct span){0});
    if (f->was.n == 0 && rows_cell(r, FIG_WHY).n)
        rows_report(r, FIG_WAS, S("“why” explains a correction: what stood here before?"), (struct span){0});
    if (f->is_withdrawn && f->was.n == 0)
        rows_report(r, FIG_VALUE, S("a figure without a value was withdrawn: say what it was, why, and on which day"),
                    (struct span){0});
}

/* On which day it was corrected: newsletters from before that day are marked. */
static void read_corrected(struct rows *r, struct figure *f)
{
    if (rows_cell(r, FIG_CORRECTED).n == 0 || !rows_date(r, FIG_CORRECTED, &f->corrected))
        return;
    if (f->was.n == 0)
        rows_report(r, FIG_CORRECTED, S("nothing was corrected in this row: `was` is empty"), (struct span){0});
    else if (date_is_set(f->as_of) && date_cmp(f->corrected, f->as_of) < 0)
        rows_report(r, FIG_CORRECTED, S("a figure is not corrected before the day it is of, `as_of`"),
                    (struct span){0});
}

static void read_figure(struct rows *r, struct figure *f)
{
    struct span review_by = rows_cell(r, FIG_REVIEW_BY);

    f->at = rows_place(r);
    (void)rows_key(r, FIG_KEY, &f->key);
    f->value_text = rows_cell(r, FIG_VALUE);
    f->is_withdrawn = f->value_text.n == 0;
    if (!f->is_withdrawn && !decimal_parse(f->value_text, &f->value))
        rows_report(r, FIG_VALUE, S("a value is a plain number: 1700, 0.92"), S("the unit has its own column"));
    f->unit = rows_words(r, FIG_UNIT);
    (void)rows_date(r, FIG_AS_OF, &f->as_of);
    (void)rows_source(r, FIG_SOURCE, &f->source);
    if (rows_cell(r, FIG_SOURCE).n == 0)
        rows_report(r, FIG_SOURCE, S("a figure has a source"), (struct span){0});
    if (review_by.n)
        (void)rows_date(r, FIG_REVIEW_BY, &f->review_by);
    f->was = rows_cell(r, FIG_WAS);
    f->why = rows_words(r, FIG_WHY);
    check_correction(r, f);
    read_corrected(r, f);
}

/* One row a key and day, and behind it one for each time that it was corrected after. */
static bool continues(const struct figure *b, const struct figure *a)
{
    return b->was.n && span_eq(b->was, a->value_text) && date_cmp(a->corrected, b->corrected) < 0;
}

/* The rows are sorted once all are read; the second of two is named by its line. */
static void check_doubles(struct campaign *c, struct span bytes, struct diags *diags)
{
    campaign_sort(c);
    for (size_t i = 1; i < c->figures.count; i++) {
        const struct figure *a = &c->figures.items[i - 1];
        const struct figure *b = &c->figures.items[i];

        if (span_eq(a->key, b->key) && date_cmp(a->as_of, b->as_of) == 0 && !continues(b, a))
            at_report(
                diags, DIAG_BAD_ROW, b->at.file, bytes, b->at.line, 0, 0,
                arena_printf(
                    c->arena,
                    "“%.*s” has a row for this day already, in line %u: a correction changes that row and fills `was`, `why` and `corrected`",
                    SPAN_ARGS(b->key), a->at.line),
                S("corrected once more? keep that row; in the next, `was` is its value and `corrected` a later day"));
    }
}

void folder_figures(struct campaign *c, struct span file, struct span bytes, struct diags *diags)
{
    struct rows r;

    if (!rows_begin(&r, c, file, bytes, figure_columns, COUNT(figure_columns), diags))
        return;
    while (rows_next(&r)) {
        struct figure f = {0};

        bool is_whole;

        read_figure(&r, &f);
        is_whole = !r.is_bad;
        if (f.was.n && rows_cell(&r, FIG_CORRECTED).n == 0)
            rows_report(&r, FIG_WAS, S("corrected or withdrawn, but not when: write the day in the column “corrected”"),
                        S("as in 2026-05-02; newsletters from before that day then say so"));
        if (is_whole) /* a store has rows without that day which were taken in before there was one */
            *LIST_ADD(c->arena, &c->figures) = f;
    }
    check_doubles(c, bytes, diags);
}

/* ---- chronology.csv ---- */

enum { CHR_KEY, CHR_DATE, CHR_CERTAINTY, CHR_TEXT, CHR_SOURCE, CHR_PUBLIC };
static const struct column chronology_columns[] = {
    [CHR_KEY] = {.name = SPAN_INIT("key")},
    [CHR_DATE] = {.name = SPAN_INIT("date")},
    [CHR_CERTAINTY] = {.name = SPAN_INIT("certainty")},
    [CHR_TEXT] = {.name = SPAN_INIT("text"), .is_words = true},
    [CHR_SOURCE] = {.name = SPAN_INIT("source"), .is_words = true},
    [CHR_PUBLIC] = {.name = SPAN_INIT("public")},
};

/* "2026-03-02", "2026-03" or "2026-03-02/2026-03-06". */
static bool parse_when(struct arena *a, struct span text, struct happening *h)
{
    struct span from;
    struct span to;

    if (span_cut(text, '/', &from, &to))
        return date_parse(from, &h->from) && date_parse(to, &h->to) && date_cmp(h->from, h->to) < 0;
    if (date_parse(text, &h->from)) {
        h->to = h->from;
        return true;
    }
    if (text.n != 7 || !date_parse(arena_join(a, (struct span[]){text, S("-01")}, 2), &h->from))
        return false;
    h->is_month = true;
    h->to = h->from;
    h->to.day = 28;
    while (date_from_days(date_to_days(h->to) + 1).month == h->from.month)
        h->to = date_from_days(date_to_days(h->to) + 1);
    return true;
}

static void read_happening(struct rows *r, struct happening *h)
{
    static const struct span certainties[] = {SPAN_INIT("certain"), SPAN_INIT("about"), SPAN_INIT("reported")};
    static const struct span yes_no[] = {SPAN_INIT("yes"), SPAN_INIT("no")};
    struct span text;
    size_t i = 0;

    h->at = rows_place(r);
    (void)rows_key(r, CHR_KEY, &h->key);
    if (rows_filled(r, CHR_DATE, &text) && !parse_when(r->campaign->arena, text, h))
        rows_report(r, CHR_DATE, S("a day (2026-03-02), a month (2026-03) or a range (2026-03-02/2026-03-06)"),
                    (struct span){0});
    if (rows_one_of(r, CHR_CERTAINTY, certainties, COUNT(certainties), &i))
        h->certainty = (enum certainty)i;
    (void)rows_filled(r, CHR_TEXT, &text);
    h->text = rows_words(r, CHR_TEXT);
    (void)rows_source(r, CHR_SOURCE, &h->source);
    if (rows_one_of(r, CHR_PUBLIC, yes_no, COUNT(yes_no), &i))
        h->is_public = i == 0;
}

void folder_chronology(struct campaign *c, struct span file, struct span bytes, struct diags *diags)
{
    struct rows r;

    if (!rows_begin(&r, c, file, bytes, chronology_columns, COUNT(chronology_columns), diags))
        return;
    while (rows_next(&r)) {
        struct happening h = {0};
        size_t cells = c->cells.count;

        read_happening(&r, &h);
        if (!h.is_public)
            c->cells.count = cells;
        for (size_t i = 0; i < c->chronology.count && !r.is_bad; i++)
            if (span_eq(c->chronology.items[i].key, h.key))
                rows_report(&r, CHR_KEY,
                            arena_printf(c->arena, "the key “%.*s” stands in line %u already", SPAN_ARGS(h.key),
                                         c->chronology.items[i].at.line),
                            (struct span){0});
        if (!r.is_bad)
            *LIST_ADD(c->arena, &c->chronology) = h;
    }
}

/* ---- press.csv ---- */

enum { PRESS_KEY, PRESS_OUTLET, PRESS_TITLE, PRESS_DATE, PRESS_ADDRESS, PRESS_STANCE, PRESS_LANGUAGE };
static const struct column press_columns[] = {
    [PRESS_KEY] = {.name = SPAN_INIT("key")},           [PRESS_OUTLET] = {.name = SPAN_INIT("outlet")},
    [PRESS_TITLE] = {.name = SPAN_INIT("title")},       [PRESS_DATE] = {.name = SPAN_INIT("date")},
    [PRESS_ADDRESS] = {.name = SPAN_INIT("address")},   [PRESS_STANCE] = {.name = SPAN_INIT("stance")},
    [PRESS_LANGUAGE] = {.name = SPAN_INIT("language")},
};

static bool is_language_code(struct span s)
{
    return s.n == 2 && s.p[0] >= 'a' && s.p[0] <= 'z' && s.p[1] >= 'a' && s.p[1] <= 'z';
}

static void read_press_item(struct rows *r, struct press_item *p)
{
    static const struct span stances[] = {SPAN_INIT("report"), SPAN_INIT("for"), SPAN_INIT("against")};
    size_t i = 0;

    p->at = rows_place(r);
    (void)rows_key(r, PRESS_KEY, &p->key);
    (void)rows_filled(r, PRESS_OUTLET, &p->outlet);
    (void)rows_filled(r, PRESS_TITLE, &p->title);
    (void)rows_date(r, PRESS_DATE, &p->date);
    if (rows_filled(r, PRESS_ADDRESS, &p->address) &&
        ((!span_starts(p->address, S("https://")) && !span_starts(p->address, S("http://"))) ||
         span_find_char(p->address, ' ') != SPAN_NONE))
        rows_report(r, PRESS_ADDRESS, S("an address begins with https:// and has no spaces"), (struct span){0});
    if (rows_one_of(r, PRESS_STANCE, stances, COUNT(stances), &i))
        p->stance = (enum stance)i;
    if (rows_filled(r, PRESS_LANGUAGE, &p->language) && !is_language_code(p->language))
        rows_report(r, PRESS_LANGUAGE, S("a language is two lower-case letters: en, es"), (struct span){0});
}

void folder_press(struct campaign *c, struct span file, struct span bytes, struct diags *diags)
{
    struct rows r;

    if (!rows_begin(&r, c, file, bytes, press_columns, COUNT(press_columns), diags))
        return;
    while (rows_next(&r)) {
        struct press_item p = {0};
        const struct press_item *twin;

        read_press_item(&r, &p);
        twin = r.is_bad ? NULL : campaign_press(c, p.key);
        if (twin)
            rows_report(
                &r, PRESS_KEY,
                arena_printf(c->arena, "the key “%.*s” stands in line %u already", SPAN_ARGS(p.key), twin->at.line),
                (struct span){0});
        if (!r.is_bad)
            *LIST_ADD(c->arena, &c->press) = p;
    }
}

/* ---- corrections.csv ---- */

enum { COR_KEY, COR_DATE, COR_KIND, COR_WHAT };
static const struct column correction_columns[] = {
    [COR_KEY] = {.name = SPAN_INIT("key")},
    [COR_DATE] = {.name = SPAN_INIT("date")},
    [COR_KIND] = {.name = SPAN_INIT("kind")},
    [COR_WHAT] = {.name = SPAN_INIT("what"), .is_words = true},
};

static void read_correction(struct rows *r, struct correction *correction)
{
    static const struct span kinds[] = {SPAN_INIT("typo"), SPAN_INIT("correction"), SPAN_INIT("withdrawn")};
    const struct campaign *c = r->campaign;
    struct span text;
    size_t i = 0;

    correction->at = rows_place(r);
    if (rows_key(r, COR_KEY, &correction->key) && campaign_entry_any(c, ENTRY_NEWS, correction->key, LANG_EN) == NULL)
        rows_report(r, COR_KEY, arena_printf(c->arena, "there is no newsletter “%.*s”", SPAN_ARGS(correction->key)),
                    (struct span){0});
    (void)rows_date(r, COR_DATE, &correction->date);
    if (rows_one_of(r, COR_KIND, kinds, COUNT(kinds), &i))
        correction->kind = (enum correction_kind)i;
    (void)rows_filled(r, COR_WHAT, &text);
    correction->what = rows_words(r, COR_WHAT);
}

void folder_corrections(struct campaign *c, struct span file, struct span bytes, struct diags *diags)
{
    struct rows r;

    if (!rows_begin(&r, c, file, bytes, correction_columns, COUNT(correction_columns), diags))
        return;
    while (rows_next(&r)) {
        struct correction correction = {0};

        read_correction(&r, &correction);
        if (!r.is_bad)
            *LIST_ADD(c->arena, &c->corrections) = correction;
    }
}

/* ---- all of them ---- */

const struct column *registers_columns(struct span file, size_t *count_out)
{
    static const struct {
        struct span file;
        const struct column *columns;
        size_t count;
    } all[] = {
        {SPAN_INIT("figures.csv"), figure_columns, COUNT(figure_columns)},
        {SPAN_INIT("chronology.csv"), chronology_columns, COUNT(chronology_columns)},
        {SPAN_INIT("press.csv"), press_columns, COUNT(press_columns)},
        {SPAN_INIT("corrections.csv"), correction_columns, COUNT(correction_columns)},
    };

    for (size_t i = 0; i < COUNT(all); i++) {
        if (span_eq(all[i].file, file)) {
            *count_out = all[i].count;
            return all[i].columns;
        }
    }
    return NULL;
}
