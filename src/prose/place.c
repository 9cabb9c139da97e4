/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * From an offset in the source to a line and a column in characters, and from there to a diagnostic.
 *
 * Diagnostics wait in `found` until the whole document is checked: a waiver may stand behind what it allows.
 */
#include "base/utf8.h"
#include "prose/prose_impl.h"

void place_index(struct compile *c)
{
    struct span source = c->entry->source;

    *LIST_ADD(c->index, &c->lines) = 0;
    for (size_t i = 0; i < source.n; i++)
        if (source.p[i] == '\n' || (source.p[i] == '\r' && (i + 1 == source.n || source.p[i + 1] != '\n')))
            *LIST_ADD(c->index, &c->lines) = i + 1;
}

uint32_t place_line(const struct compile *c, size_t at)
{
    size_t low = 0;
    size_t high = c->lines.count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (c->lines.items[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)(low + 1);
}

size_t place_line_start(const struct compile *c, uint32_t line)
{
    if (line == 0)
        return 0;
    return line > c->lines.count ? c->entry->source.n : c->lines.items[line - 1];
}

struct span place_line_text(const struct compile *c, uint32_t line)
{
    size_t start = place_line_start(c, line);
    struct span text = span_sub(c->entry->source, start, place_line_start(c, line + 1) - start);

    while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
        text.n--;
    return text;
}

enum { LONG_LINE = 8 * 1024, LONG_LINES_SHOWN = 64 };

struct span place_shown_text(struct compile *c, uint32_t line)
{
    struct span text = place_line_text(c, line);

    if (text.n > LONG_LINE && ++c->long_lines > LONG_LINES_SHOWN)
        text.n = 0;
    return text;
}

/* The start of the character at or around `at`; the end of its line when `at` lies in the line end. */
static size_t character_at(const struct compile *c, size_t at)
{
    uint32_t line = place_line(c, at);
    size_t start = place_line_start(c, line);
    size_t end = start + place_line_text(c, line).n;

    if (at >= end)
        return end;
    while (at > start && ((uint8_t)c->entry->source.p[at] & 0xC0) == 0x80)
        at--;
    return at;
}

/* Counted from the place asked for before: a line may have half a million characters, and as many faults. */
uint32_t place_column(struct compile *c, size_t at)
{
    struct span source = c->entry->source;
    size_t start = place_line_start(c, place_line(c, at));

    at = character_at(c, at);
    if (c->counted.column == 0 || c->counted.start != start) {
        c->counted.start = c->counted.at = start;
        c->counted.column = 1;
    }
    if (at >= c->counted.at)
        c->counted.column += utf8_count(span_sub(source, c->counted.at, at - c->counted.at));
    else
        c->counted.column -= utf8_count(span_sub(source, at, c->counted.at - at));
    c->counted.at = at;
    return (uint32_t)c->counted.column;
}

uint32_t place_width(const struct compile *c, size_t at, size_t width)
{
    uint32_t line = place_line(c, at);
    size_t end = place_line_start(c, line) + place_line_text(c, line).n;
    size_t from = character_at(c, at);
    size_t to = width < end - from ? character_at(c, from + width) : end;

    return (uint32_t)utf8_count(span_sub(c->entry->source, from, to - from));
}

void place_report(struct compile *c, enum diag_code code, size_t at, size_t width, struct span message,
                  struct span note)
{
    uint32_t line = place_line(c, at);

    if (c->found.count >= 2 * DIAGS_KEPT) { /* counted, as the list does; nobody reads the two thousandth */
        diags_add(c->diags,
                  &(struct diag){.code = code, .at = {.file = c->entry->file, .line = line}, .message = message});
        return;
    }
    *LIST_ADD(c->arena, &c->found) = (struct diag){
        .code = code,
        .at = {c->entry->file, line, place_column(c, at)},
        .width = place_width(c, at, width),
        .message = message,
        .note = note,
        .text = place_shown_text(c, line),
    };
}

void place_report_line(struct compile *c, enum diag_code code, uint32_t line, struct span message)
{
    *LIST_ADD(c->arena, &c->found) = (struct diag){
        .code = code,
        .at = {c->entry->file, line, 0},
        .message = message,
        .text = place_line_text(c, line),
    };
}
