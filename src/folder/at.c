/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Diagnostics in a text file that is not Markdown: a CSV, an .ini, front matter.
 */
#include "base/utf8.h"
#include "folder/folder_impl.h"

enum { LINES_A_MARK = 256 };

/* Remembers where every 256th line begins: a file may have millions of lines, and a thousand faults at its end. */
static void mark_lines(struct diags *d, struct span source)
{
    size_t line = 0;

    d->lines.source = source;
    d->lines.starts.count = 0;
    *LIST_ADD(d->arena, &d->lines.starts) = 0;
    for (size_t i = 0; i < source.n; i++)
        if (source.p[i] == '\n' && ++line % LINES_A_MARK == 0)
            *LIST_ADD(d->arena, &d->lines.starts) = i + 1;
}

/* The text of a line, without its end; empty for line 0 or past the last. */
static struct span line_text(struct diags *d, struct span source, uint32_t line)
{
    size_t mark = line ? (line - 1) / LINES_A_MARK : 0;
    struct span text = {0};

    if (span_starts(source, S("\xEF\xBB\xBF")))
        source = span_from(source, 3);
    if (mark && (d->lines.source.p != source.p || d->lines.source.n != source.n))
        mark_lines(d, source);
    if (line == 0 || (mark && mark >= d->lines.starts.count))
        return (struct span){0};
    source = span_from(source, mark ? d->lines.starts.items[mark] : 0);
    for (size_t i = mark * LINES_A_MARK; i < line; i++)
        if (!span_next(&source, '\n', &text))
            return (struct span){0};
    if (text.n && text.p[text.n - 1] == '\r')
        text.n--;
    return text;
}

void at_report(struct diags *d, enum diag_code code, struct span file, struct span source, uint32_t line,
               uint32_t column, uint32_t width, struct span message, struct span note)
{
    size_t count = diag_is_error(code) ? d->errors : d->warnings;

    diags_add(d, &(struct diag){
                     .code = code,
                     .at = {file, line, column},
                     .width = width,
                     .message = message,
                     .note = note,
                     .text = count < DIAGS_KEPT ? line_text(d, source, line) : (struct span){0},
                 });
}

bool at_check_text(struct diags *d, struct span file, struct span bytes)
{
    size_t at = utf8_first_fault(bytes);
    struct span before;
    uint32_t line = 1;
    size_t start;

    if (at == SPAN_NONE)
        return true;
    before = span_sub(bytes, 0, at);
    for (size_t i = 0; i < at; i++)
        line += bytes.p[i] == '\n';
    start = span_find_last_char(before, '\n');
    start = start == SPAN_NONE ? 0 : start + 1;
    at_report(d, DIAG_BAD_FILE, file, (struct span){0}, line, (uint32_t)utf8_count(span_from(before, start)) + 1, 0,
              bytes.p[at]
                  ? arena_printf(d->arena, "byte 0x%02X is not UTF-8: save this file as UTF-8", (uint8_t)bytes.p[at])
                  : S("a NUL byte: this is not a text file"),
              (struct span){0});
    return false;
}

struct span at_did_you_mean(struct arena *a, struct span word, const struct span *known, size_t count)
{
    struct span nearest = model_nearest(word, known, count);

    return nearest.n ? arena_printf(a, "did you mean “%.*s”?", SPAN_ARGS(nearest)) : nearest;
}

void at_report_field(struct diags *d, enum diag_code code, const struct entry *e, struct span piece,
                     struct span message, struct span note)
{
    struct span before = span_sub(e->source, 0, (size_t)(piece.p - e->source.p));
    size_t end = span_find_last_char(before, '\n');
    uint32_t line = 1;

    for (size_t i = 0; i < before.n; i++)
        line += before.p[i] == '\n';
    at_report(d, code, e->file, e->source, line,
              (uint32_t)utf8_count(span_from(before, end == SPAN_NONE ? 0 : end + 1)) + 1, (uint32_t)utf8_count(piece),
              message, note);
}
