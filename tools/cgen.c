/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the generators share.
 */
#include "cgen.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void give_up(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(1);
}

struct span cgen_read(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct buf content;
    char part[16 * 1024];
    size_t n;

    if (f == NULL)
        give_up(path);
    buf_init(&content, a, CGEN_FILE_MOST);
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        buf_put(&content, (struct span){part, n});
    if (ferror(f))
        give_up(path);
    (void)fclose(f);
    if (buf_overflowed(&content)) {
        fprintf(stderr, "%s: larger than %d bytes\n", path, (int)CGEN_FILE_MOST);
        exit(1);
    }
    return buf_span(&content);
}

void cgen_write(const char *path, struct span content)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL)
        give_up(path);
    if (fwrite(content.p, 1, content.n, f) != content.n || fclose(f) != 0) {
        int why = errno;

        (void)remove(path); /* half a file would look up to date */
        errno = why;
        give_up(path);
    }
}

static void put_byte(struct buf *out, unsigned char c, bool is_utf8)
{
    if (c == '\n')
        buf_put(out, S("\\n"));
    else if (c == '"' || c == '\\' || c == '?') /* ??= would be a trigraph */
        buf_printf(out, "\\%c", c);
    else if (c < 0x20 || c == 0x7F || (c >= 0x80 && !is_utf8))
        buf_printf(out, "\\%03o", c);
    else
        buf_char(out, (char)c);
}

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

void cgen_literal(struct buf *out, struct span text, unsigned indent)
{
    enum { LINE = 90 };
    bool is_utf8 = utf8_first_fault(text) == SPAN_NONE;
    size_t line_from = 0;

    buf_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        bool may_break = i > line_from && (text.p[i - 1] == '\n' || i - line_from >= LINE);

        if (may_break && begins_character(text.p[i])) {
            buf_printf(out, "\"\n%*s\"", (int)indent, "");
            line_from = i;
        }
        put_byte(out, (unsigned char)text.p[i], is_utf8);
    }
    buf_char(out, '"');
}

size_t cgen_literal_part(struct span text)
{
    size_t n = CGEN_LITERAL_MOST;

    if (text.n <= n)
        return text.n;
    while (n > CGEN_LITERAL_MOST - 4 && !begins_character(text.p[n]))
        n--;
    return n;
}

struct span cgen_basename(struct span path)
{
    size_t slash = span_find_last_char(path, '/');

    return slash == SPAN_NONE ? path : span_from(path, slash + 1);
}

void cgen_guard(struct buf *out, struct span header_path)
{
    struct span name = cgen_basename(header_path);

    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (c >= 'a' && c <= 'z')
            c = (char)(c - ('a' - 'A'));
        else if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            c = '_';
        buf_char(out, c);
    }
}

bool cgen_is_keyword(struct span name)
{
    static const char *const words[] = {
        "auto",   "bool",     "break",  "case",   "char",     "const",    "continue", "default", "do",
        "double", "else",     "enum",   "extern", "false",    "float",    "for",      "goto",    "if",
        "inline", "int",      "linux",  "long",   "register", "restrict", "return",   "short",   "signed",
        "sizeof", "static",   "struct", "switch", "true",     "typedef",  "union",    "unix",    "unsigned",
        "void",   "volatile", "while",  "asm",    "typeof",   "errno",    "stdin",    "stdout",  "stderr",
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (span_eq(name, span_of(words[i])))
            return true;
    return false;
}
