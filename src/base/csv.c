/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Rows of a CSV file, one at a time, each byte looked at a fixed number of times.
 *
 * Between two calls the reader stands at the start of a line. Within a row a `scan` walks ahead of it and knows its
 * line and column; a fault leaves the scan at the place to be shown, and reading goes on behind the next line end.
 * Only a field with doubled quotes costs memory: at most its own length.
 */
#include "base/csv.h"

#include "base/utf8.h"

struct scan {
    struct span source;
    size_t at;
    uint32_t line;
    uint32_t column;
};

/* Bytes of the line end at `at`: 1 for LF, 2 for CRLF, 0 when there is none. A CR by itself is text. */
static size_t line_end(struct span source, size_t at)
{
    if (at < source.n && source.p[at] == '\n')
        return 1;
    if (at + 1 < source.n && source.p[at] == '\r' && source.p[at + 1] == '\n')
        return 2;
    return 0;
}

/* Moves on to `to`, which must be an ASCII byte or the end: characters are then never cut in two. */
static void scan_to(struct scan *s, size_t to)
{
    struct span passed = span_sub(s->source, s->at, to - s->at);
    size_t end;

    while ((end = span_find_char(passed, '\n')) != SPAN_NONE) {
        passed = span_from(passed, end + 1);
        s->line++;
        s->column = 1;
    }
    s->column += (uint32_t)utf8_count(passed);
    s->at = to;
}

/* Offset of the quote that closes the one at `open`, or SPAN_NONE. */
static size_t find_closing(struct span source, size_t open, bool *doubled_out)
{
    size_t from = open + 1;

    *doubled_out = false;
    for (;;) {
        size_t found = span_find_char(span_from(source, from), '"');

        if (found == SPAN_NONE)
            return SPAN_NONE;
        from += found;
        if (from + 1 >= source.n || source.p[from + 1] != '"')
            return from;
        *doubled_out = true;
        from += 2;
    }
}

static struct span undouble(struct arena *a, struct span text)
{
    char *plain = arena_alloc(a, text.n);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        plain[n++] = text.p[i];
        if (text.p[i] == '"')
            i++;
    }
    return (struct span){plain, n};
}

static enum csv_fault scan_quoted(struct scan *s, struct arena *a, struct span *text_out)
{
    size_t open = s->at;
    bool doubled;
    size_t close = find_closing(s->source, open, &doubled);

    if (close == SPAN_NONE)
        return CSV_QUOTE_OPEN;
    scan_to(s, close + 1);
    if (s->at < s->source.n && s->source.p[s->at] != ',' && line_end(s->source, s->at) == 0)
        return CSV_QUOTE_INSIDE;
    *text_out = span_sub(s->source, open + 1, close - open - 1);
    if (doubled)
        *text_out = undouble(a, *text_out);
    return CSV_FINE;
}

static enum csv_fault scan_plain(struct scan *s, struct span *text_out)
{
    size_t begin = s->at;
    size_t at = begin;

    while (at < s->source.n && s->source.p[at] != ',' && s->source.p[at] != '"' && line_end(s->source, at) == 0)
        at++;
    scan_to(s, at);
    if (at < s->source.n && s->source.p[at] == '"')
        return CSV_QUOTE_INSIDE;
    *text_out = span_sub(s->source, begin, at - begin);
    return CSV_FINE;
}

/* The fields up to the line end or the end of the source, where the scan then stands. */
static enum csv_fault scan_row(struct scan *s, struct arena *a, struct csv_row *row)
{
    for (;;) {
        struct csv_field *field;
        enum csv_fault fault;

        if (row->count == CSV_FIELDS_MAX)
            return CSV_TOO_WIDE;
        field = &row->fields[row->count];
        *field = (struct csv_field){.line = s->line, .column = s->column};
        if (s->at < s->source.n && s->source.p[s->at] == '"')
            fault = scan_quoted(s, a, &field->text);
        else
            fault = scan_plain(s, &field->text);
        if (fault != CSV_FINE)
            return fault;
        row->count++;
        if (s->at == s->source.n || s->source.p[s->at] != ',')
            return CSV_FINE;
        scan_to(s, s->at + 1);
    }
}

static void skip_line(struct csv_reader *r)
{
    size_t end = span_find_char(span_from(r->source, r->at), '\n');

    r->at = end == SPAN_NONE ? r->source.n : r->at + end + 1;
    r->line++;
}

void csv_begin(struct csv_reader *r, struct span source)
{
    *r = (struct csv_reader){.source = source, .line = 1};
    if (span_starts(source, S("\xEF\xBB\xBF")))
        r->at = 3;
}

bool csv_next(struct csv_reader *r, struct arena *a, struct csv_row *row_out)
{
    struct scan s;

    while (line_end(r->source, r->at) > 0)
        skip_line(r);
    if (r->at >= r->source.n)
        return false;
    s = (struct scan){.source = r->source, .at = r->at, .line = r->line, .column = 1};
    row_out->line = r->line;
    row_out->count = 0;
    row_out->fault_line = 0;
    row_out->fault_column = 0;
    row_out->fault = scan_row(&s, a, row_out);
    if (row_out->fault != CSV_FINE) {
        row_out->fault_line = s.line;
        row_out->fault_column = s.column;
    }
    r->at = row_out->fault == CSV_QUOTE_OPEN ? r->source.n : s.at;
    r->line = s.line;
    skip_line(r);
    return true;
}

void csv_put(struct buf *b, struct span text)
{
    bool is_quoted = false;

    for (size_t i = 0; i < text.n && !is_quoted; i++)
        is_quoted = text.p[i] == ',' || text.p[i] == '"' || text.p[i] == '\n' || text.p[i] == '\r';
    if (!is_quoted) {
        buf_put(b, text);
        return;
    }
    buf_char(b, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            buf_char(b, '"');
        buf_char(b, text.p[i]);
    }
    buf_char(b, '"');
}
