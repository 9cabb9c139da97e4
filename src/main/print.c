/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * How a diagnostic looks. A source line is somebody's text: control characters in it never reach a terminal.
 */
#include "main/print.h"

#include "base/buf.h"
#include "base/utf8.h"

enum { LINE_MAX_CHARS = 110, BEFORE_CARET = 60, TEXT_MAX = 64 * 1024 };

/* Characters `from` … `from + count` of a line, fit for a terminal: one column each where the terminal agrees. */
static void put_visible(struct buf *b, struct span text, size_t from, size_t count)
{
    uint32_t c;

    for (size_t i = 0; i < from + count && utf8_next(&text, &c); i++) {
        bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
                          (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF;

        if (i >= from)
            buf_utf8(b, c == '\t' ? ' ' : is_control ? 0xFFFD : c);
    }
}

static void put_repeat(struct buf *b, char c, size_t count)
{
    while (count--)
        buf_char(b, c);
}

/* The source line and, under it, where in it. A long line is cut around the place. */
static void put_line(struct buf *b, const struct diag *d)
{
    size_t length = utf8_count(d->text);
    size_t column = d->at.column ? d->at.column - 1 : 0;
    size_t from = column > BEFORE_CARET && length > LINE_MAX_CHARS ? column - BEFORE_CARET : 0;
    size_t count = length - from > LINE_MAX_CHARS ? LINE_MAX_CHARS : length - from;
    size_t width = d->width;

    buf_put(b, S("      "));
    if (from)
        buf_put(b, S("… "));
    put_visible(b, d->text, from, count);
    if (from + count < length)
        buf_put(b, S(" …"));
    buf_char(b, '\n');
    if (d->at.column == 0)
        return;
    put_repeat(b, ' ', (from ? 8u : 6u) + column - from);
    buf_char(b, '^');
    if (width > count - (column - from))
        width = count - (column - from);
    if (width > 1)
        put_repeat(b, '~', width - 1);
    if (d->note.n) {
        buf_char(b, ' ');
        put_visible(b, d->note, 0, SIZE_MAX / 2);
    }
    buf_char(b, '\n');
}

static void put_place(struct buf *b, const struct place *at)
{
    put_visible(b, at->file, 0, SIZE_MAX / 2);
    if (at->line)
        buf_printf(b, ":%u", at->line);
    if (at->line && at->column)
        buf_printf(b, ":%u", at->column);
    buf_put(b, S(": "));
}

static void put_diag(struct buf *b, const struct diag *d)
{
    put_place(b, &d->at);
    buf_put(b, diag_stops(d) ? S("error: ") : S("warning: "));
    put_visible(b, d->message, 0, SIZE_MAX / 2);
    buf_put(b, S(" ["));
    buf_put(b, diag_code_name(d->code));
    buf_put(b, S("]\n"));
    if (d->text.n)
        put_line(b, d);
    if (d->note.n && (d->text.n == 0 || d->at.column == 0)) {
        buf_put(b, S("      "));
        put_visible(b, d->note, 0, SIZE_MAX / 2);
        buf_char(b, '\n');
    }
}

void print_diags(struct arena *a, FILE *out, const struct diags *d)
{
    struct buf b;

    for (size_t i = 0; i < d->list.count; i++) {
        buf_init(&b, a, TEXT_MAX);
        put_diag(&b, &d->list.items[i]);
        fwrite(b.p, 1, b.n, out);
    }
    if (d->errors + d->warnings > d->list.count)
        fprintf(out, "… and %zu more, not shown\n", d->errors + d->warnings - d->list.count);
    for (size_t i = 0; i < d->waivers.count; i++) {
        const struct waiver *w = &d->waivers.items[i];

        buf_init(&b, a, TEXT_MAX);
        put_place(&b, &w->at);
        buf_put(&b, w->used ? S("waived: ") : S("waiver that waives nothing: "));
        put_visible(&b, w->reason, 0, SIZE_MAX / 2);
        buf_put(&b, S(" ["));
        buf_put(&b, diag_code_name(w->code));
        buf_put(&b, S("]\n"));
        fwrite(b.p, 1, b.n, out);
    }
}

/* ---- JSON ---- */

static void put_json_text(struct buf *b, struct span text)
{
    uint32_t c;

    buf_char(b, '"');
    while (utf8_next(&text, &c)) {
        if (c == '"' || c == '\\') {
            buf_char(b, '\\');
            buf_char(b, (char)c);
        } else if (c < 0x20 || c == 0x7F || c == 0x2028 || c == 0x2029) {
            buf_printf(b, "\\u%04x", (unsigned)c);
        } else {
            buf_utf8(b, c);
        }
    }
    buf_char(b, '"');
}

static void put_json_field(struct buf *b, struct span name, struct span text)
{
    buf_char(b, '"');
    buf_put(b, name);
    buf_put(b, S("\":"));
    put_json_text(b, text);
    buf_char(b, ',');
}

static void put_json_place(struct buf *b, const struct place *at)
{
    put_json_field(b, S("file"), at->file);
    buf_printf(b, "\"line\":%u,\"column\":%u,", at->line, at->column);
}

static void put_json_diag(struct buf *b, const struct diag *d)
{
    buf_char(b, '{');
    put_json_place(b, &d->at);
    buf_printf(b, "\"width\":%u,", d->width);
    put_json_field(b, S("severity"), diag_stops(d) ? S("error") : S("warning"));
    put_json_field(b, S("code"), diag_code_name(d->code));
    put_json_field(b, S("message"), d->message);
    put_json_field(b, S("note"), d->note);
    b->n--; /* the last comma */
    buf_char(b, '}');
}

void print_diags_json(struct arena *a, FILE *out, const struct diags *d)
{
    struct buf b;

    fprintf(out, "{\"errors\":%zu,\"warnings\":%zu,\"diagnostics\":[", d->errors, d->warnings);
    for (size_t i = 0; i < d->list.count; i++) {
        buf_init(&b, a, 8 * TEXT_MAX);
        put_json_diag(&b, &d->list.items[i]);
        fprintf(out, "%s\n", i ? "," : "");
        fwrite(b.p, 1, b.n, out);
    }
    fprintf(out, "],\"waivers\":[");
    for (size_t i = 0; i < d->waivers.count; i++) {
        const struct waiver *w = &d->waivers.items[i];

        buf_init(&b, a, 8 * TEXT_MAX);
        buf_char(&b, '{');
        put_json_place(&b, &w->at);
        put_json_field(&b, S("code"), diag_code_name(w->code));
        put_json_field(&b, S("reason"), w->reason);
        buf_printf(&b, "\"used\":%s}", w->used ? "true" : "false");
        fprintf(out, "%s\n", i ? "," : "");
        fwrite(b.p, 1, b.n, out);
    }
    fprintf(out, "]}\n");
}
