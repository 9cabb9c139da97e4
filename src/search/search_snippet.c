/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The piece of a text that shows why it was found. What is marked is the text itself, letter by letter as it was written.
 */
#include "search/search_impl.h"

enum { WINDOW = 240, LEAD = 70, TAIL = 40, SNIPPET_MAX = 64 * 1024, FIRST_READ = 1000 };

struct window {
    size_t from;
    size_t to;
};

/* ---- where to cut ---- */

static unsigned parts_within(const struct query_marks *marks, size_t first)
{
    uint32_t parts = 0;
    size_t end = marks->list.items[first].at + WINDOW - LEAD;

    for (size_t i = first; i < marks->list.count && marks->list.items[i].at < end; i++)
        parts |= marks->list.items[i].parts;
    return (unsigned)__builtin_popcount(parts);
}

/* The first place in which most parts stand together; how many those are. */
static size_t best_place(const struct query_marks *marks, unsigned *parts_out)
{
    size_t best = 0;

    *parts_out = 0;
    for (size_t i = 0; i < marks->list.count; i++) {
        unsigned parts = parts_within(marks, i);

        if (parts > *parts_out) {
            *parts_out = parts;
            best = i;
        }
    }
    return best;
}

static unsigned parts_wanted(const struct query *query)
{
    unsigned count = 0;

    for (size_t i = 0; i < query->parts.count; i++)
        count += !query->parts.items[i].is_stop;
    return count;
}

/* The first line's end behind `at`, or the text's. */
static size_t line_end(struct span text, size_t at)
{
    size_t n = at < text.n ? span_find_char(span_from(text, at), '\n') : SPAN_NONE;

    return n == SPAN_NONE ? text.n : at + n;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* Does a line or a sentence begin here? "Gov. Code" is none: three small letters before the full stop make one. */
static bool is_beginning(struct span text, size_t at)
{
    if (at == 0 || text.p[at - 1] == '\n')
        return true;
    if (at < 5 || text.p[at - 1] != ' ')
        return false;
    if (text.p[at - 2] == '?' || text.p[at - 2] == '!')
        return true;
    return text.p[at - 2] == '.' && is_letter(text.p[at - 3]) && is_letter(text.p[at - 4]) && is_letter(text.p[at - 5]);
}

/* Back to where the line or its sentence begins, or else to the beginning of a word. */
static size_t begin_near(struct span text, size_t at)
{
    size_t floor = at > LEAD ? at - LEAD : 0;
    size_t word = at;

    for (size_t i = at; i > floor; i--) {
        if (is_beginning(text, i))
            return i;
        if (text.p[i - 1] == ' ')
            word = i;
    }
    return floor == 0 ? 0 : word;
}

/* The end of a word near WINDOW, or of the text where that is not far. */
static size_t end_near(struct span text, size_t from, size_t must)
{
    size_t to = from + WINDOW > must ? from + WINDOW : must;

    if (to + TAIL >= text.n)
        return text.n;
    for (size_t i = to; i < to + TAIL; i++)
        if (text.p[i] == '\n')
            return i;
    for (size_t i = to; i > must && i > from; i--)
        if (text.p[i] == ' ' || text.p[i] == '\n')
            return i;
    while (to < text.n && ((uint8_t)text.p[to] & 0xC0) == 0x80)
        to++;
    return to;
}

/* ---- writing ---- */

/* A line's end becomes a space, after a heading or a row of a table a dot in the middle. */
static void put_words(struct buf *out, struct span text, size_t at, size_t n)
{
    struct span rest = span_sub(text, at, n);
    size_t end;

    while ((end = span_find_char(rest, '\n')) != SPAN_NONE) {
        size_t behind = (size_t)(rest.p - text.p) + end;
        char last = behind ? text.p[behind - 1] : ' ';

        html_text(out, span_sub(rest, 0, end));
        buf_put(out, last == '.' || last == '?' || last == '!' || last == ':' ? S(" ") : S(" · "));
        rest = span_from(rest, end + 1);
    }
    html_text(out, rest);
}

static struct markup mark_up(struct arena *a, const struct query_marks *marks, struct span text, struct window w)
{
    struct buf *out = buf_new(a, SNIPPET_MAX);
    size_t at = w.from;

    if (!is_beginning(text, w.from))
        buf_put(out, S("… "));
    for (size_t i = 0; i < marks->list.count; i++) {
        const struct query_mark *m = &marks->list.items[i];

        if (m->at < at || m->at + m->n > w.to)
            continue;
        put_words(out, text, at, m->at - at);
        buf_put(out, S("<mark>"));
        put_words(out, text, m->at, m->n);
        buf_put(out, S("</mark>"));
        at = m->at + m->n;
    }
    put_words(out, text, at, w.to - at);
    if (w.to < text.n)
        buf_put(out, S(" …"));
    return markup_of(out);
}

struct markup search_marked(struct terms *terms, struct arena *a, const struct query *query, enum lang lang,
                            struct span text)
{
    struct query_marks marks;

    query_mark(terms, a, query, lang, text, &marks);
    return mark_up(a, &marks, text, (struct window){0, text.n});
}

/* Reads no more of a long text than it takes to find all parts together. What is found in its title shows how it begins,
 * unless they stand there too. */
struct markup search_snippet(struct terms *terms, struct arena *a, const struct query *query, enum lang lang,
                             struct span body, bool is_title)
{
    struct query_marks marks = {0};
    struct window w = {0, 0};
    unsigned wanted = parts_wanted(query);
    unsigned parts = 0;
    size_t best = 0;
    size_t at = 0;
    size_t must = 0;

    body = span_trim(body);
    for (size_t read = FIRST_READ; parts < wanted; read *= 4) {
        query_mark(terms, a, query, lang, span_sub(body, 0, line_end(body, read)), &marks);
        best = best_place(&marks, &parts);
        if (read >= body.n || is_title)
            break;
    }
    if (parts) {
        at = marks.list.items[best].at;
        must = at + marks.list.items[best].n;
    }
    w.from = begin_near(body, at);
    w.to = end_near(body, w.from, must);
    return mark_up(a, &marks, body, w);
}
