/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Escapes by context. Runs of harmless ASCII are copied whole: most of what we write is that.
 */
#include "html/html.h"

#include "base/utf8.h"

#include <string.h>

/* What stands for an ASCII byte, or null when it stands for itself. U+FFFD for what neither HTML nor XML takes. */
static const char *ascii_escape(unsigned char c, bool in_attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\r': /* a bare one would be read as a line feed */
        return "&#13;";
    case '\n': /* XML would read a space here */
        return in_attribute ? "&#10;" : NULL;
    case '\t':
        return in_attribute ? "&#9;" : NULL;
    default:
        return c < 0x20 || c == 0x7F ? "\xEF\xBF\xBD" : NULL;
    }
}

/* Controls of the upper half and the code points that are no characters. */
static bool is_refused(uint32_t c)
{
    return (c >= 0x80 && c <= 0x9F) || (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

/* What stands for the character at the start of `text`, or null; `taken_out` is its length in bytes. */
static const char *instead_of(struct span text, bool in_attribute, size_t *taken_out)
{
    struct span rest = text;
    uint32_t c = 0;

    *taken_out = 1;
    if ((unsigned char)text.p[0] < 0x80)
        return ascii_escape((unsigned char)text.p[0], in_attribute);
    (void)utf8_next(&rest, &c);
    *taken_out = text.n - rest.n;
    return is_refused(c) || (c == 0xFFFD && *taken_out == 1) ? "\xEF\xBF\xBD" : NULL;
}

static void escape(struct buf *out, struct span text, bool in_attribute)
{
    size_t copied = 0; /* what lies before is written */
    size_t at = 0;

    while (at < text.n) {
        const char *instead;
        size_t taken;

        if (is_plain((unsigned char)text.p[at])) {
            at++;
            continue;
        }
        instead = instead_of(span_from(text, at), in_attribute, &taken);
        if (instead) {
            buf_put(out, span_sub(text, copied, at - copied));
            buf_put(out, span_of(instead));
            copied = at + taken;
        }
        at += taken;
    }
    buf_put(out, span_from(text, copied));
}

void html_text(struct buf *out, struct span text)
{
    escape(out, text, false);
}

void html_attr(struct buf *out, struct span text)
{
    escape(out, text, true);
}

void html_int(struct buf *out, int64_t value)
{
    uint64_t size = (uint64_t)value;

    if (value < 0) {
        buf_char(out, '-');
        size = 0 - size;
    }
    buf_u64(out, size);
}

void html_markup(struct buf *out, struct markup markup)
{
    buf_put(out, markup.s);
}

/* Bytes that RFC 3986 has no place for. What is left of ASCII may stand in some part of a URI; `%` is taken as already
 * encoded. */
static bool is_percent_encoded(unsigned char c)
{
    return c <= 0x20 || c >= 0x7F || strchr("\"<>\\^`{|}", c) != NULL;
}

void html_url(struct buf *out, struct url url)
{
    static const char hex[] = "0123456789ABCDEF";

    CHECK(url.s.n > 0);
    for (size_t i = 0; i < url.s.n; i++) {
        unsigned char c = (unsigned char)url.s.p[i];

        if (is_percent_encoded(c)) {
            buf_put(out, (struct span){(char[]){'%', hex[c >> 4], hex[c & 15]}, 3});
        } else if (c == '&') {
            buf_put(out, S("&amp;"));
        } else if (c == '\'') {
            buf_put(out, S("&#39;"));
        } else {
            buf_char(out, (char)c);
        }
    }
}

/* No control byte, no backslash (browsers read it as a slash), UTF-8, and no white space at either end. */
static bool is_clean(struct span s, bool space_inside)
{
    if (s.n == 0 || s.p[0] == ' ' || s.p[s.n - 1] == ' ' || utf8_first_fault(s) != SPAN_NONE)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c < 0x20 || c == 0x7F || c == '\\' || (c == ' ' && !space_inside))
            return false;
    }
    return true;
}

bool url_relative(struct span path, struct url *url_out)
{
    size_t first = 0;

    if (!is_clean(path, true) || span_starts(path, S("//")))
        return false;
    /* A colon in the first segment would make what stands before it a scheme. */
    while (first < path.n && strchr("/?#", path.p[first]) == NULL) {
        if (path.p[first] == ':')
            return false;
        first++;
    }
    *url_out = (struct url){path};
    return true;
}

struct url url_path(struct span path)
{
    struct url url = {0};

    CHECK(url_relative(path, &url));
    return url;
}

/* "//host", perhaps with a port, then the rest. No user name: "https://bayside.example@elsewhere.example" deceives. */
static bool has_plain_host(struct span after_scheme)
{
    size_t end = 2;

    if (!span_starts(after_scheme, S("//")))
        return false;
    while (end < after_scheme.n && strchr("/?#", after_scheme.p[end]) == NULL) {
        if (after_scheme.p[end] == '@')
            return false;
        end++;
    }
    return end > 2 && after_scheme.p[2] != ':';
}

bool url_external(struct span address, struct url *url_out)
{
    struct span scheme;
    struct span rest;
    bool fine;

    if (!is_clean(address, false) || !span_cut(address, ':', &scheme, &rest))
        return false;
    if (span_eq_nocase(scheme, S("http")) || span_eq_nocase(scheme, S("https")))
        fine = has_plain_host(rest);
    else
        fine = rest.n > 0 && (span_eq_nocase(scheme, S("mailto")) || span_eq_nocase(scheme, S("tel")));
    if (fine)
        *url_out = (struct url){address};
    return fine;
}

struct markup markup_of(const struct buf *b)
{
    return (struct markup){buf_overflowed(b) ? (struct span){"", 0} : buf_span(b)};
}
