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

    *LIST_ADD(c->arena, &c->lines) = 0;
    for (size_t i = 0; i < source.n; i++)
        if (source.p[i] == '\n' || (source.p[i] == '\r' && (i + 1 == source.n || source.p[i + 1] != '\n')))
            *LIST_ADD(c->arena, &c->lines) = i + 1;
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

/* Counted from the place asked for before: a line may have half a million characters, and as many faults. */
uint32_t place_column(struct compile *c, size_t at)
{
    struct span source = c->entry->source;
    size_t start = place_line_start(c, place_line(c, at));
    size_t end = start + place_line_text(c, place_line(c, at)).n;

    if (at > end)
        at = end;
    while (at > start && at < source.n && ((uint8_t)source.p[at] & 0xC0) == 0x80)
        at--; /* never inside a character, or the counts would not add up */
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

void place_report(struct compile *c, enum diag_code code, size_t at, size_t width, struct span message,
                  struct span note)
{
    uint32_t line = place_line(c, at);
    size_t start = place_line_start(c, line);
    struct span text = place_line_text(c, line);
    struct span under = span_sub(text, at - start, width);

    if (c->found.count >= 2 * DIAGS_KEPT) { /* counted, as the list does; nobody reads the two thousandth */
        diags_add(c->diags,
                  &(struct diag){.code = code, .at = {.file = c->entry->file, .line = line}, .message = message});
        return;
    }
    *LIST_ADD(c->arena, &c->found) = (struct diag){
        .code = code,
        .at = {c->entry->file, line, place_column(c, at)},
        .width = (uint32_t)utf8_count(under),
        .message = message,
        .note = note,
        .text = text,
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
