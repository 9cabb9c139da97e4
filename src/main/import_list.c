/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See import_list.h. The file is walked twice: first for what refuses it whole and for how its days are written, then row
 * by row. Doubles are found last, by sorting; whoever any row says left is then left out of all.
 */
#include "main/import_list.h"

#include "base/utf8.h"
#include "mail/address.h"
#include "mail/employer.h"
#include "main/import_cells.h"

#include <stdlib.h>

enum { SCRATCH_MEMORY = 2 * IMPORT_FILE_MOST, NOON_HOURS = 12 };
static const int64_t day_us = INT64_C(86400) * 1000000;

struct seen {
    struct span address; /* in lower case */
    uint32_t line;
    size_t person; /* SIZE_MAX: a row that says they left */
};

struct walk {
    struct arena *arena;
    struct arena *scratch; /* a row's */
    const struct import_rules *rules;
    struct import_list *list;
    struct import_days days;
    LIST(struct seen) seen;
    struct span *fault;
};

static enum rc refuse(const struct walk *w, struct span sentence)
{
    *w->fault = sentence;
    return RC_INVALID;
}

/* ---- the file ---- */

static uint32_t line_at(struct span bytes, size_t at)
{
    struct span before = span_sub(bytes, 0, at);
    uint32_t line = 1;
    size_t end;

    while ((end = span_find_char(before, '\n')) != SPAN_NONE) {
        before = span_from(before, end + 1);
        line++;
    }
    return line;
}

static bool is_wide(struct span bytes)
{
    size_t nuls = 0;

    for (size_t i = 0; i < bytes.n && i < 1000; i++)
        nuls += bytes.p[i] == '\0';
    return span_starts(bytes, S("\xFF\xFE")) || span_starts(bytes, S("\xFE\xFF")) || nuls > 200;
}

static enum rc check_text(const struct walk *w, struct span bytes)
{
    size_t nul = span_find_char(bytes, '\0');
    size_t fault;

    if (span_trim(bytes).n == 0)
        return refuse(w, S("it is empty"));
    if (span_starts(bytes, S("PK\x03\x04")) || span_starts(bytes, S("\xD0\xCF\x11\xE0")))
        return refuse(w, S("it is a workbook of a spreadsheet program: save its sheet as CSV, in UTF-8"));
    if (is_wide(bytes))
        return refuse(w, S("it is UTF-16: save it as CSV in UTF-8"));
    if (nul != SPAN_NONE)
        return refuse(w, arena_printf(w->arena, "line %u has a NUL byte: it is no CSV file", line_at(bytes, nul)));
    fault = utf8_first_fault(bytes);
    if (fault != SPAN_NONE)
        return refuse(w, arena_printf(w->arena,
                                      "line %u is not UTF-8, perhaps Latin-1 or Windows-1252: save it as CSV in UTF-8",
                                      line_at(bytes, fault)));
    if (span_find_char(bytes, '\n') == SPAN_NONE && span_find_char(bytes, '\r') != SPAN_NONE)
        return refuse(w, S("its lines end with CR alone, as on old Macs: save it anew"));
    return RC_OK;
}

/* What a row shows of the file as a whole: may it have swallowed others? */
static enum rc check_row(const struct walk *w, const struct csv_row *row)
{
    if (row->fault == CSV_QUOTE_OPEN)
        return refuse(w, arena_printf(w->arena,
                                      "the quotation mark in line %u is never closed: what is behind it "
                                      "cannot be told apart",
                                      row->fault_line));
    if (row->fault == CSV_TOO_WIDE)
        return refuse(w, arena_printf(w->arena, "line %u has more than %d cells", row->line, CSV_FIELDS_MAX));
    if (row->fault == CSV_QUOTE_INSIDE)
        return row->fault_line == row->line
                   ? RC_OK
                   : refuse(w, arena_printf(w->arena,
                                            "the quotation marks of lines %u to %u do not match: what is between them "
                                            "cannot be told apart",
                                            row->line, row->fault_line));
    for (size_t i = 0; i < row->count; i++)
        if (row->fields[i].text.n > IMPORT_CELL_MOST)
            return refuse(w, arena_printf(w->arena, "line %u has a cell of %zu KB: it is no list of people",
                                          row->fields[i].line, row->fields[i].text.n / 1024));
    return RC_OK;
}

static struct span cell_at(const struct csv_row *row, size_t column)
{
    return column < row->count ? span_trim(row->fields[column].text) : (struct span){0};
}

static bool is_blank(const struct csv_row *row)
{
    for (size_t i = 0; i < row->count; i++)
        if (span_trim(row->fields[i].text).n)
            return false;
    return row->fault == CSV_FINE;
}

/* The first walk. */
static enum rc look_over(struct walk *w, struct csv_reader reader, struct csv_row *row)
{
    size_t date = w->list->columns.at[IMPORT_DATE];

    while (csv_next(&reader, w->scratch, row)) {
        enum rc rc = check_row(w, row);

        if (rc != RC_OK)
            return rc;
        if (row->fault == CSV_FINE)
            import_days_see(&w->days, cell_at(row, date));
        if (!is_blank(row) && ++w->list->rows > IMPORT_PEOPLE_MOST) {
            *w->fault = arena_printf(w->arena, "it has more than %d rows: part it, and import one after the other",
                                     IMPORT_PEOPLE_MOST);
            return RC_LIMIT;
        }
        arena_reset(w->scratch);
    }
    if (w->list->rows == 0)
        return refuse(w, S("it has names of columns and nothing below them"));
    return RC_OK;
}

static enum rc read_heading(struct walk *w, struct csv_reader *reader, struct csv_row *row, const struct span *maps,
                            size_t map_count)
{
    enum rc rc;

    if (!csv_next(reader, w->arena, row))
        return refuse(w, S("it is empty"));
    rc = check_row(w, row);
    if (rc != RC_OK)
        return rc;
    if (row->fault != CSV_FINE)
        return refuse(w, S("a quotation mark stands in the wrong place in its first line"));
    if (row->count == 1 && (span_find_char(row->fields[0].text, ';') != SPAN_NONE ||
                            span_find_char(row->fields[0].text, '\t') != SPAN_NONE))
        return refuse(w, S("its columns are parted by semicolons or tabs: save it with commas"));
    return import_columns_read(w->arena, row, maps, map_count, &w->list->columns, w->fault);
}

/* ---- a row ---- */

static struct span lowered(struct arena *a, struct span address)
{
    char *made = arena_cstr(a, address);

    for (size_t i = 0; i < address.n; i++)
        if (made[i] >= 'A' && made[i] <= 'Z')
            made[i] = (char)(made[i] + 'a' - 'A');
    return (struct span){made, address.n};
}

static void see(struct walk *w, struct span address, uint32_t line, size_t person)
{
    *LIST_ADD(w->arena, &w->seen) = (struct seen){lowered(w->arena, address), line, person};
}

/* Does a column that is obeyed say that they are not to be written to? */
static bool has_left(const struct walk *w, const struct csv_row *row)
{
    const struct import_columns *c = &w->list->columns;

    for (size_t i = 0; i < c->count; i++) {
        struct span said;

        if (c->uses[i] < IMPORT_SUBSCRIBED)
            continue;
        said = import_fold(w->scratch, cell_at(row, i));
        if ((c->uses[i] == IMPORT_SUBSCRIBED && !import_says_yes(said)) ||
            (c->uses[i] == IMPORT_UNSUBSCRIBED && !import_says_no(said)) ||
            (c->uses[i] == IMPORT_STATUS && import_says_left(said)))
            return true;
    }
    return false;
}

static bool read_address(const struct walk *w, struct span cell, struct span *address_out, struct span *why_out)
{
    enum rc rc;

    if (cell.n == 0) {
        *why_out = S("no address");
        return false;
    }
    if (cell.p[0] == '=') {
        *why_out = S("a formula in the place of the address");
        return false;
    }
    rc = mail_address(w->scratch, cell, address_out);
    if (rc == RC_DENIED)
        *why_out = S("an address with other letters than a–z in its first half: no mail server promises to carry it");
    else if (rc != RC_OK)
        *why_out = S("that is no mail address");
    return rc == RC_OK;
}

static struct span shown(const struct walk *w, struct span cell)
{
    return import_may_show(cell) ? arena_printf(w->arena, "“%.*s”", SPAN_ARGS(cell)) : S("what stands there");
}

static bool read_audience(const struct walk *w, struct span cell, const struct audience **audience_out,
                          struct span *why_out)
{
    const struct import_rules *r = w->rules;
    struct span said = import_fold(w->scratch, cell);

    *audience_out = r->audience;
    if (cell.n == 0 && r->audience)
        return true;
    for (size_t i = 0; i < r->audience_count && cell.n; i++) {
        const struct audience *a = &r->audiences[i];
        bool is_it = span_eq(cell, a->key) || span_eq(said, import_fold(w->scratch, a->key));

        for (size_t k = 0; k < LANG_COUNT && !is_it; k++)
            is_it = a->name.in[k].n && span_eq(said, import_fold(w->scratch, a->name.in[k]));
        if (is_it) {
            *audience_out = a;
            return true;
        }
    }
    *why_out = cell.n ? arena_printf(w->arena, "%.*s is no audience of the campaign", SPAN_ARGS(shown(w, cell)))
                      : S("no audience");
    return false;
}

static bool read_workplace(const struct walk *w, struct span cell, const struct audience *audience,
                           struct import_person *person, struct span *why_out)
{
    if (cell.n == 0)
        return true;
    person->has_dropped = !audience->asks_workplace;
    if (person->has_dropped)
        return true;
    if (cell.p[0] == '=' || cell.p[0] == '@') {
        *why_out = S("a formula in the place of the workplace");
        return false;
    }
    for (size_t i = 0; i < cell.n; i++)
        if ((unsigned char)cell.p[i] < 0x20) {
            *why_out = S("a line break in the workplace");
            return false;
        }
    if (utf8_count(cell) > SUBSCRIBER_WORKPLACE_MOST) {
        *why_out = arena_printf(w->arena, "a workplace of more than %d letters", SUBSCRIBER_WORKPLACE_MOST);
        return false;
    }
    person->subscriber.workplace = arena_dup(w->arena, cell);
    return true;
}

static void read_lang(const struct walk *w, struct span cell, struct import_person *person)
{
    struct subscriber *s = &person->subscriber;
    enum lang said;
    bool is_known = import_says_lang(import_fold(w->scratch, cell), &said);

    s->lang = w->rules->lang;
    for (size_t i = 0; is_known && i < w->rules->lang_count; i++)
        if (w->rules->langs[i] == said) {
            s->lang = said;
            return;
        }
    person->is_other_lang = cell.n > 0;
}

static bool read_day(const struct walk *w, struct span cell, struct subscriber *s, struct span *why_out)
{
    struct date day;
    enum rc rc;

    s->asked_at = w->rules->now;
    if (cell.n == 0)
        return true;
    rc = import_day_read(&w->days, cell, &day);
    if (rc == RC_OK) { /* noon in Greenwich is that day nearly everywhere */
        s->asked_at.us = date_to_days(day) * day_us + day_us / 24 * NOON_HOURS;
        if (s->asked_at.us <= w->rules->now.us + day_us && s->asked_at.us >= 0)
            return true;
        *why_out =
            arena_printf(w->arena, "%.*s is no day on which anybody can have said yes", SPAN_ARGS(shown(w, cell)));
    } else if (rc == RC_CONFLICT) {
        *why_out =
            arena_printf(w->arena, "%.*s may be either of two days: write 2026-04-24", SPAN_ARGS(shown(w, cell)));
    } else {
        *why_out = arena_printf(w->arena, "%.*s is no day: write 2026-04-24", SPAN_ARGS(shown(w, cell)));
    }
    return false;
}

/* Is it the employer's, or does it look so? `why_out` says which, and what to do. */
static bool is_work_mail(const struct walk *w, struct span address, struct span *why_out)
{
    switch (mail_owner_of(w->scratch, w->rules->work_domains, address)) {
    case MAIL_OWNER_ANYBODY:
        return false;
    case MAIL_OWNER_EMPLOYER:
        *why_out = S("an address of the employer's, who can read what goes there: ask for another");
        return true;
    case MAIL_OWNER_LOOKALIKE:
        *why_out = S("an address that looks like one of the employer's, a slip or a trap: ask for another");
        return true;
    }
    return false;
}

/* Cells in which a person stands. False: `why_out`. */
static bool read_person(const struct walk *w, const struct csv_row *row, struct import_person *person,
                        const struct audience **audience_out, struct span *why_out)
{
    const size_t *at = w->list->columns.at;
    struct subscriber *s = &person->subscriber;

    *person = (struct import_person){.line = row->line, .subscriber = {.source = w->rules->source}};
    if (!read_address(w, cell_at(row, at[IMPORT_ADDRESS]), &s->address, why_out) ||
        !read_audience(w, cell_at(row, at[IMPORT_AUDIENCE]), audience_out, why_out) ||
        !read_workplace(w, cell_at(row, at[IMPORT_WORKPLACE]), *audience_out, person, why_out) ||
        !read_day(w, cell_at(row, at[IMPORT_DATE]), s, why_out))
        return false;
    s->address = arena_dup(w->arena, s->address);
    s->audience = (*audience_out)->key;
    read_lang(w, cell_at(row, at[IMPORT_LANGUAGE]), person);
    if (subscriber_put(buf_new(w->scratch, SUBSCRIBER_RECORD_MOST), s))
        return true;
    *why_out = S("it holds characters that no record may hold");
    return false;
}

static bool has_width(const struct walk *w, const struct csv_row *row)
{
    for (size_t i = w->list->columns.count; i < row->count; i++)
        if (span_trim(row->fields[i].text).n)
            return false;
    return row->count >= w->list->columns.count;
}

static enum import_fate read_row(struct walk *w, const struct csv_row *row, struct span *why_out)
{
    const size_t *at = w->list->columns.at;
    const struct audience *audience = NULL;
    struct import_person person;
    struct span address;

    if (row->fault != CSV_FINE) {
        *why_out = S("a quotation mark in the wrong place");
        return IMPORT_FAULT;
    }
    if (!has_width(w, row)) {
        *why_out = arena_printf(w->arena, "%zu cells, and the first line names %zu columns", row->count,
                                w->list->columns.count);
        return IMPORT_FAULT;
    }
    if (has_left(w, row)) {
        if (read_address(w, cell_at(row, at[IMPORT_ADDRESS]), &address, why_out))
            see(w, address, row->line, SIZE_MAX);
        return IMPORT_LEFT;
    }
    if (!read_person(w, row, &person, &audience, why_out))
        return IMPORT_FAULT;
    if (!(w->rules->takes_work_mail && audience->takes_work_mail) &&
        is_work_mail(w, person.subscriber.address, why_out))
        return IMPORT_WORK;
    see(w, person.subscriber.address, row->line, w->list->people.count);
    *LIST_ADD(w->arena, &w->list->people) = person;
    return IMPORT_TAKEN;
}

static void note(struct walk *w, uint32_t line, enum import_fate fate, struct span why)
{
    *LIST_ADD(w->arena, &w->list->notes) = (struct import_note){line, fate, why};
}

/* ---- doubles ---- */

static int compare_seen(const void *left, const void *right)
{
    const struct seen *a = left;
    const struct seen *b = right;
    int by_address = span_cmp(a->address, b->address);

    return by_address ? by_address : (a->line > b->line) - (a->line < b->line);
}

static int compare_notes(const void *left, const void *right)
{
    const struct import_note *a = left;
    const struct import_note *b = right;

    return (a->line > b->line) - (a->line < b->line);
}

/* Rows of one address, from..to. Marks those who are not taken by a line of 0. */
static void settle_same(struct walk *w, size_t from, size_t to)
{
    const struct seen *seen = w->seen.items;
    const struct seen *first = NULL;
    uint32_t left = 0;

    for (size_t i = from; i < to; i++)
        if (seen[i].person == SIZE_MAX)
            left = seen[i].line;
    for (size_t i = from; i < to; i++) {
        struct import_person *person;

        if (seen[i].person == SIZE_MAX)
            continue;
        if (left == 0 && first == NULL) {
            first = &seen[i];
            continue;
        }
        person = &w->list->people.items[seen[i].person];
        if (left)
            note(w, seen[i].line, IMPORT_LEFT, arena_printf(w->arena, "line %u says that they left", left));
        else
            note(w, seen[i].line, IMPORT_DOUBLE, arena_printf(w->arena, "the same address as in line %u", first->line));
        w->list->counts[left ? IMPORT_LEFT : IMPORT_DOUBLE]++;
        person->line = 0;
    }
}

static void settle_doubles(struct walk *w)
{
    struct import_list *list = w->list;
    size_t kept = 0;
    size_t from = 0;

    if (w->seen.count)
        qsort(w->seen.items, w->seen.count, sizeof *w->seen.items, compare_seen);
    for (size_t i = 1; i <= w->seen.count; i++)
        if (i == w->seen.count || !span_eq(w->seen.items[i].address, w->seen.items[from].address)) {
            settle_same(w, from, i);
            from = i;
        }
    for (size_t i = 0; i < list->people.count; i++)
        if (list->people.items[i].line)
            list->people.items[kept++] = list->people.items[i];
    list->people.count = kept;
    list->counts[IMPORT_TAKEN] = kept;
    if (list->notes.count)
        qsort(list->notes.items, list->notes.count, sizeof *list->notes.items, compare_notes);
}

static void count_people(const struct walk *w)
{
    struct import_list *list = w->list;

    for (size_t i = 0; i < list->people.count; i++) {
        const struct import_person *person = &list->people.items[i];
        const struct subscriber *s = &person->subscriber;

        list->langs[s->lang]++;
        list->other_langs += person->is_other_lang;
        list->workplaces_dropped += person->has_dropped;
        list->workplaces += s->workplace.n > 0;
        list->days += s->asked_at.us != w->rules->now.us;
    }
}

/* ---- all of it ---- */

static void read_rows(struct walk *w, struct csv_reader reader, struct csv_row *row)
{
    while (csv_next(&reader, w->scratch, row)) {
        struct span why = {0};
        enum import_fate fate;

        if (!is_blank(row)) {
            fate = read_row(w, row, &why);
            w->list->counts[fate]++;
            if (fate == IMPORT_FAULT || fate == IMPORT_WORK)
                note(w, row->line, fate, why);
        }
        arena_reset(w->scratch);
    }
    settle_doubles(w);
    count_people(w);
}

enum rc import_list_read(struct arena *a, struct span bytes, const struct span *maps, size_t map_count,
                         const struct import_rules *rules, struct import_list *list_out, struct span *fault_out)
{
    struct walk w = {.arena = a, .rules = rules, .list = list_out, .fault = fault_out};
    struct csv_row *row = ARENA_NEW(a, struct csv_row);
    struct csv_reader reader;
    enum rc rc;

    *list_out = (struct import_list){0};
    *fault_out = (struct span){0};
    rc = check_text(&w, bytes);
    if (rc != RC_OK)
        return rc;
    w.scratch = arena_open(SCRATCH_MEMORY);
    csv_begin(&reader, bytes);
    rc = read_heading(&w, &reader, row, maps, map_count);
    if (rc == RC_OK)
        rc = look_over(&w, reader, row);
    if (rc == RC_OK)
        read_rows(&w, reader, row);
    arena_close(&w.scratch);
    return rc;
}

const char *import_source_fault(struct span source)
{
    struct span rest = source;
    uint32_t c;

    if (utf8_first_fault(source) != SPAN_NONE)
        return "it is not UTF-8";
    while (utf8_next(&rest, &c))
        if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029)
            return "it has more than one line, or signs that are none";
    if (utf8_count(span_trim(source)) < IMPORT_SOURCE_LEAST)
        return "say where and when they said yes, in a few words";
    if (utf8_count(source) > SUBSCRIBER_SOURCE_MOST)
        return "it is longer than 200 letters";
    if (span_find_char(source, '@') != SPAN_NONE)
        return "no address belongs there: it stands in clear in the store";
    return NULL;
}
