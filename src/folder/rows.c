/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A CSV file by its columns: the heading names them, in any order; a column of our own words has one a language.
 *
 * A row at fault is reported with all its faults and left out; the rows around it are read.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

static struct arena *arena_of(const struct rows *r)
{
    return r->campaign->arena;
}

struct span rows_column_name(const struct campaign *c, const struct column *column, enum lang lang)
{
    if (lang == campaign_main_lang(c))
        return column->name;
    return arena_printf(c->arena, "%.*s_%.*s", SPAN_ARGS(column->name), SPAN_ARGS(lang_code(lang)));
}

static struct span column_name(const struct rows *r, size_t column, enum lang lang)
{
    return rows_column_name(r->campaign, &r->columns[column], lang);
}

/* Which column and language a heading names. */
static bool find_column(const struct rows *r, struct span name, size_t *column_out, enum lang *lang_out)
{
    for (size_t column = 0; column < r->column_count; column++) {
        for (size_t i = 0; i < r->campaign->language_count; i++) {
            enum lang lang = r->campaign->languages[i];

            if ((i == 0 || r->columns[column].is_words) && span_eq(name, column_name(r, column, lang))) {
                *column_out = column;
                *lang_out = lang;
                return true;
            }
        }
    }
    return false;
}

static void report_field(struct rows *r, const struct csv_field *f, enum diag_code code, struct span message,
                         struct span note)
{
    at_report(r->diags, code, r->file, r->source, f->line, f->column, (uint32_t)utf8_count(f->text), message, note);
    if (diag_is_error(code))
        r->is_bad = true;
}

static void read_heading(struct rows *r)
{
    struct span names[COLUMNS_MAX];

    for (size_t i = 0; i < r->column_count; i++)
        names[i] = r->columns[i].name;
    for (size_t i = 0; i < r->row.count; i++) {
        const struct csv_field *f = &r->row.fields[i];
        struct span name = span_trim(f->text);
        size_t column;
        enum lang lang;

        if (!find_column(r, name, &column, &lang)) {
            report_field(r, f, DIAG_BAD_ROW, arena_printf(arena_of(r), "no column is called “%.*s”", SPAN_ARGS(name)),
                         at_did_you_mean(arena_of(r), name, names, r->column_count));
        } else if (r->index[column][lang] != SPAN_NONE) {
            report_field(r, f, DIAG_BAD_ROW,
                         arena_printf(arena_of(r), "the column “%.*s” stands here twice", SPAN_ARGS(name)),
                         (struct span){0});
        } else {
            r->index[column][lang] = i;
        }
    }
}

bool rows_begin(struct rows *r, struct campaign *c, struct span file, struct span bytes, const struct column *columns,
                size_t count, struct diags *diags)
{
    bool is_complete = true;

    *r = (struct rows){
        .campaign = c, .diags = diags, .file = file, .source = bytes, .columns = columns, .column_count = count};
    CHECK(count <= COLUMNS_MAX);
    for (size_t i = 0; i < count; i++)
        for (size_t lang = 0; lang < LANG_COUNT; lang++)
            r->index[i][lang] = SPAN_NONE;
    if (!at_check_text(diags, file, bytes))
        return false;
    csv_begin(&r->reader, bytes);
    if (!csv_next(&r->reader, c->arena, &r->row) || r->row.fault != CSV_FINE) {
        at_report(diags, DIAG_BAD_ROW, file, bytes, 1, 0, 0, S("the first line names the columns"), (struct span){0});
        return false;
    }
    r->width = r->row.count;
    read_heading(r);
    for (size_t i = 0; i < count; i++) {
        if (r->index[i][campaign_main_lang(c)] != SPAN_NONE || columns[i].is_optional)
            continue;
        at_report(diags, DIAG_BAD_ROW, file, bytes, r->row.line, 0, 0,
                  arena_printf(c->arena, "the column “%.*s” is missing", SPAN_ARGS(columns[i].name)), (struct span){0});
        is_complete = false;
    }
    return is_complete;
}

static struct span fault_words(enum csv_fault fault)
{
    switch (fault) {
    case CSV_QUOTE_OPEN:
        return S("this quoted cell never ends: a quotation mark is missing");
    case CSV_QUOTE_INSIDE:
        return S("a quotation mark inside a cell: put the whole cell in quotation marks and double those inside");
    case CSV_TOO_WIDE:
        return S("more than 512 cells in one row");
    case CSV_FINE:
        break;
    }
    return (struct span){0};
}

bool rows_next(struct rows *r)
{
    while (csv_next(&r->reader, arena_of(r), &r->row)) {
        r->is_bad = false;
        if (++r->read > FOLDER_ROWS_MAX) {
            at_report(r->diags, DIAG_BAD_ROW, r->file, r->source, r->row.line, 0, 0,
                      S("more than 5,000 rows: nothing from here on was read"), (struct span){0});
            return false;
        }
        if (r->row.fault != CSV_FINE) {
            at_report(r->diags, DIAG_BAD_ROW, r->file, r->source, r->row.fault_line, r->row.fault_column, 0,
                      fault_words(r->row.fault), (struct span){0});
            continue;
        }
        if (r->row.count == r->width)
            return true;
        at_report(r->diags, DIAG_BAD_ROW, r->file, r->source, r->row.line, 0, 0,
                  arena_printf(arena_of(r), "this row has %zu cells, the heading %zu", r->row.count, r->width),
                  S("is a comma inside a cell? put the cell in quotation marks"));
    }
    return false;
}

struct place rows_place(const struct rows *r)
{
    return (struct place){r->file, r->row.line, 0};
}

/* Of a column that is not in the file: the row's first. */
static const struct csv_field *field_of(const struct rows *r, size_t column)
{
    size_t at = r->index[column][campaign_main_lang(r->campaign)];

    return &r->row.fields[at == SPAN_NONE ? 0 : at];
}

struct span rows_cell(const struct rows *r, size_t column)
{
    return rows_cell_in(r, column, campaign_main_lang(r->campaign));
}

struct span rows_cell_in(const struct rows *r, size_t column, enum lang lang)
{
    size_t at = r->index[column][lang];

    if (at == SPAN_NONE)
        return (struct span){0};
    return span_trim(r->row.fields[at].text);
}

/* Notes where our own words stand. */
static void keep_words(struct rows *r, const struct csv_field *f, enum lang lang, struct span text)
{
    struct cell_words cell = {{r->file, f->line, f->column}, r->source, text, lang, false};
    bool is_in_source = text.p >= r->source.p && text.p < r->source.p + r->source.n;

    if (text.n == 0)
        return;
    cell.is_doubled = !is_in_source;
    cell.at.column += (uint32_t)(text.p - f->text.p); /* what was trimmed is spaces */
    if (!is_in_source || (f->text.p > r->source.p && f->text.p[-1] == '"'))
        cell.at.column++;
    *LIST_ADD(arena_of(r), &r->campaign->cells) = cell;
}

struct words rows_words(struct rows *r, size_t column)
{
    struct words words = {0};
    struct span main_words = rows_cell(r, column);

    for (size_t i = 0; i < r->campaign->language_count; i++) {
        enum lang lang = r->campaign->languages[i];
        size_t at = r->index[column][lang];

        if (at != SPAN_NONE) {
            words.in[lang] = span_trim(r->row.fields[at].text);
            keep_words(r, &r->row.fields[at], lang, words.in[lang]);
        }
        if (main_words.n && words.in[lang].n == 0)
            report_field(r, field_of(r, column), DIAG_TRANSLATION_MISSING,
                         arena_printf(arena_of(r), "“%.*s” is empty", SPAN_ARGS(column_name(r, column, lang))),
                         (struct span){0});
    }
    return words;
}

void rows_report(struct rows *r, size_t column, struct span message, struct span note)
{
    report_field(r, field_of(r, column), DIAG_BAD_ROW, message, note);
}

bool rows_filled(struct rows *r, size_t column, struct span *text_out)
{
    *text_out = rows_cell(r, column);
    if (text_out->n)
        return true;
    rows_report(r, column, arena_printf(arena_of(r), "“%.*s” is empty", SPAN_ARGS(r->columns[column].name)),
                (struct span){0});
    return false;
}

bool rows_key(struct rows *r, size_t column, struct span *key_out)
{
    if (!rows_filled(r, column, key_out))
        return false;
    if (model_is_key(*key_out))
        return true;
    rows_report(r, column, S("a key has lower-case letters, digits and hyphens, 64 at most"), (struct span){0});
    return false;
}

bool rows_date(struct rows *r, size_t column, struct date *date_out)
{
    struct span text;

    if (!rows_filled(r, column, &text))
        return false;
    if (date_parse(text, date_out))
        return true;
    rows_report(r, column, arena_printf(arena_of(r), "“%.*s” is not a day: 2026-04-24", SPAN_ARGS(text)),
                (struct span){0});
    return false;
}

bool rows_one_of(struct rows *r, size_t column, const struct span *known, size_t count, size_t *index_out)
{
    struct span text;

    if (!rows_filled(r, column, &text))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (span_eq(text, known[i])) {
            *index_out = i;
            return true;
        }
    }
    rows_report(r, column,
                arena_printf(arena_of(r), "“%.*s” is none of: %.*s%s%.*s%s%.*s", SPAN_ARGS(text), SPAN_ARGS(known[0]),
                             count > 1 ? ", " : "", SPAN_ARGS(count > 1 ? known[1] : S("")), count > 2 ? ", " : "",
                             SPAN_ARGS(count > 2 ? known[2] : S(""))),
                at_did_you_mean(arena_of(r), text, known, count));
    return false;
}

bool rows_source(struct rows *r, size_t column, struct source *source_out)
{
    struct words words = rows_words(r, column);
    struct span address = {0};

    for (size_t lang = 0; lang < LANG_COUNT; lang++) {
        struct span text = words.in[lang];
        size_t open = span_find_last_char(text, '<');

        if (open == SPAN_NONE || !span_ends(text, S(">")))
            continue;
        if (address.n == 0 || lang == campaign_main_lang(r->campaign))
            address = span_trim(span_sub(text, open + 1, text.n - open - 2));
        words.in[lang] = span_trim(span_sub(text, 0, open));
    }
    *source_out = (struct source){words, address};
    if (address.n == 0 || span_starts(address, S("https://")) || span_starts(address, S("http://")) ||
        span_starts(address, S("press:")) || span_starts(address, S("file:")))
        return true;
    rows_report(r, column, S("in < > stands an address, https://…, press:KEY or file:NAME"), (struct span){0});
    return false;
}
