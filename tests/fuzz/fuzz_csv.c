/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a CSV file. Every field lies inside the source or the arena, places only move forward, and rows that
 * are written again, every field in quotes, are read as the same rows.
 */
#include "base/buf.h"
#include "base/csv.h"
#include "base/utf8.h"

enum { SOURCE_MAX = 16 * 1024, MEMORY = 16 * 1024 * 1024 };

static void put_quoted(struct buf *b, struct span text)
{
    buf_char(b, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            buf_char(b, '"');
        buf_char(b, text.p[i]);
    }
    buf_char(b, '"');
}

static void put_row(struct buf *b, const struct csv_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        if (i > 0)
            buf_char(b, ',');
        put_quoted(b, row->fields[i].text);
    }
    buf_put(b, S("\r\n"));
}

/* Offset of the character at (line, column); the line ends of quoted fields count. */
static size_t offset_of(struct span source, uint32_t line, uint32_t column)
{
    struct span rest = span_starts(source, S("\xEF\xBB\xBF")) ? span_from(source, 3) : source;
    uint32_t c;

    while (--line > 0) {
        size_t end = span_find_char(rest, '\n');

        CHECK(end != SPAN_NONE);
        rest = span_from(rest, end + 1);
    }
    while (--column > 0)
        CHECK(utf8_next(&rest, &c) && c != '\n');
    return source.n - rest.n;
}

static void check_field(struct span source, const struct csv_field *f)
{
    uintptr_t from = (uintptr_t)source.p;
    uintptr_t at = (uintptr_t)f->text.p;
    bool borrows = f->text.n == 0 || (at >= from && at + f->text.n <= from + source.n);
    size_t place = offset_of(source, f->line, f->column);
    bool quoted = place < source.n && source.p[place] == '"';
    volatile char seen = 0;

    for (size_t i = 0; i < f->text.n; i++) /* the sanitizer knows what of the arena may be read */
        seen = f->text.p[i];
    (void)seen;
    if (borrows && f->text.n > 0)
        CHECK(at == from + place + quoted);
    else if (f->text.n > 0)
        CHECK(quoted && span_find_char(f->text, '"') != SPAN_NONE);
    if (!quoted)
        CHECK(span_find_char(f->text, ',') == SPAN_NONE && span_find_char(f->text, '\n') == SPAN_NONE &&
              span_find_char(f->text, '"') == SPAN_NONE);
}

static void check_row(struct span source, const struct csv_row *row, uint32_t line_before)
{
    uint32_t line = row->line;
    uint32_t column = 0;

    CHECK(row->line > line_before);
    CHECK(row->count <= CSV_FIELDS_MAX);
    if (row->fault != CSV_FINE) {
        CHECK(row->fault_line >= row->line);
        CHECK(offset_of(source, row->fault_line, row->fault_column) <= source.n);
        if (row->fault != CSV_TOO_WIDE && row->fault != CSV_QUOTE_INSIDE)
            CHECK(source.p[offset_of(source, row->fault_line, row->fault_column)] == '"');
        return;
    }
    CHECK(row->fault_line == 0 && row->fault_column == 0);
    CHECK(row->count >= 1 && row->fields[0].line == row->line && row->fields[0].column == 1);
    for (size_t i = 0; i < row->count; i++) {
        const struct csv_field *f = &row->fields[i];

        CHECK(f->line > line || (f->line == line && f->column > column));
        line = f->line;
        column = f->column;
        check_field(source, f);
    }
}

static void check_same(const struct csv_row *a, const struct csv_row *b)
{
    CHECK(a->fault == CSV_FINE && b->fault == CSV_FINE);
    CHECK(a->count == b->count);
    for (size_t i = 0; i < a->count; i++)
        CHECK(span_eq(a->fields[i].text, b->fields[i].text));
}

static void read_again(struct arena *a, struct span source, struct span written)
{
    struct csv_reader first;
    struct csv_reader second;
    struct csv_row row;
    struct csv_row again;

    csv_begin(&first, source);
    csv_begin(&second, written);
    while (csv_next(&first, a, &row)) {
        if (row.fault != CSV_FINE)
            continue;
        CHECK(csv_next(&second, a, &again));
        check_same(&row, &again);
    }
    CHECK(!csv_next(&second, a, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span source = {(const char *)data, size};
    struct arena *a = arena_open(MEMORY);
    struct buf *written = buf_new(a, MEMORY / 4);
    struct csv_reader r;
    struct csv_row row;
    uint32_t line = 0;

    if (size <= SOURCE_MAX) {
        csv_begin(&r, source);
        while (csv_next(&r, a, &row)) {
            check_row(source, &row, line);
            line = row.line;
            if (row.fault == CSV_FINE)
                put_row(written, &row);
            else if (row.fault == CSV_QUOTE_OPEN)
                CHECK(!csv_next(&r, a, &row));
        }
        CHECK(!csv_next(&r, a, &row));
        CHECK(!buf_overflowed(written));
        read_again(a, source, buf_span(written));
    }
    arena_close(&a);
    return 0;
}
