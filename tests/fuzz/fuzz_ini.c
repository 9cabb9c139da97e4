/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as an .ini file. Everything borrows, lines only move forward, columns point at what they name, every line
 * with text is accounted for, and what is written again is read as the same.
 */
#include "base/buf.h"
#include "base/ini.h"
#include "base/utf8.h"

enum { SOURCE_MAX = 16 * 1024, MEMORY = 16 * 1024 * 1024 };

static bool lies_in(struct span outer, struct span inner)
{
    uintptr_t from = (uintptr_t)outer.p;
    uintptr_t at = (uintptr_t)inner.p;

    return inner.n == 0 || (at >= from && at + inner.n <= from + outer.n);
}

/* The source from (line, column) on; a mark at its start has no column. */
static struct span text_at(struct span source, uint32_t line, uint32_t column)
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
    return rest;
}

static void check_entry(struct span source, const struct ini_entry *e, uint32_t line_before)
{
    CHECK(e->line > line_before);
    CHECK(lies_in(source, e->section) && lies_in(source, e->key) && lies_in(source, e->value));
    CHECK(span_eq(span_trim(e->section), e->section));
    CHECK(span_find_char(e->section, '\n') == SPAN_NONE && span_find_char(e->section, ']') == SPAN_NONE);
    if (e->fault != INI_FINE) {
        CHECK(e->key.n == 0 && e->value.n == 0);
        CHECK(text_at(source, e->line, e->key_column).n > 0);
        return;
    }
    CHECK(e->key.n > 0 && span_find_char(e->key, '=') == SPAN_NONE);
    CHECK(span_eq(span_trim(e->key), e->key) && span_eq(span_trim(e->value), e->value));
    CHECK(e->value_column > e->key_column);
    CHECK(text_at(source, e->line, e->key_column).p == e->key.p);
    if (e->value.n > 0)
        CHECK(text_at(source, e->line, e->value_column).p == e->value.p);
    else
        CHECK(text_at(source, e->line, e->value_column).p[-1] == '=');
}

static void put_entry(struct buf *b, const struct ini_entry *e, struct span *section)
{
    if (!span_eq(e->section, *section)) {
        buf_put(b, S("["));
        buf_put(b, e->section);
        buf_put(b, S("]\r\n"));
        *section = e->section;
    }
    buf_put(b, e->key);
    buf_put(b, S(" = "));
    buf_put(b, e->value);
    buf_put(b, S("\r\n"));
}

/* The next entry that could be read. */
static bool next_fine(struct ini_reader *r, struct ini_entry *e)
{
    while (ini_next(r, e))
        if (e->fault == INI_FINE)
            return true;
    return false;
}

static void read_again(struct span source, struct span written)
{
    struct ini_reader first;
    struct ini_reader second;
    struct ini_entry e;
    struct ini_entry again;

    ini_begin(&first, source);
    ini_begin(&second, written);
    while (next_fine(&first, &e)) {
        CHECK(next_fine(&second, &again));
        CHECK(span_eq(e.section, again.section) && span_eq(e.key, again.key) && span_eq(e.value, again.value));
    }
    CHECK(!next_fine(&second, &again));
}

/* Lines that are neither blank, nor a comment, nor a sound section: as many as there are entries. */
static size_t count_lines(struct span source)
{
    struct span line;
    size_t count = 0;

    if (span_starts(source, S("\xEF\xBB\xBF")))
        source = span_from(source, 3);
    while (span_next(&source, '\n', &line)) {
        struct span text = span_trim(line);
        size_t close = span_find_char(text, ']');

        if (text.n == 0 || text.p[0] == ';' || text.p[0] == '#')
            continue;
        if (text.p[0] == '[' && close == text.n - 1 && span_trim(span_sub(text, 1, close - 1)).n > 0)
            continue;
        count++;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span source = {(const char *)data, size};
    struct arena *a = arena_open(MEMORY);
    struct buf *written = buf_new(a, MEMORY / 4);
    struct span section = {0};
    struct ini_reader r;
    struct ini_entry e;
    uint32_t line = 0;
    size_t count = 0;

    buf_put(written, S("\xEF\xBB\xBF")); /* or a key that begins with one would lose it */
    if (size <= SOURCE_MAX) {
        ini_begin(&r, source);
        for (; ini_next(&r, &e); count++) {
            check_entry(source, &e, line);
            line = e.line;
            if (e.fault == INI_FINE)
                put_entry(written, &e, &section);
        }
        CHECK(count == count_lines(source));
        CHECK(!ini_next(&r, &e));
        if (!buf_overflowed(written)) /* a long section named again and again */
            read_again(source, buf_span(written));
    }
    arena_close(&a);
    return 0;
}
