/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See query.h. Both sides, what was typed and what is searched, are read by terms_next(): that is why they meet.
 */
#include "terms/query.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { FOLDED_MAX = 64 * 1024 * 1024, CURLY_OPEN = 0x201C, CURLY_CLOSE = 0x201D, LOW_OPEN = 0x201E };
enum { ANGLE_OPEN = 0xAB, ANGLE_CLOSE = 0xBB };

/* ---- reading ---- */

static bool is_quote(uint32_t c)
{
    return c == '"' || c == CURLY_OPEN || c == CURLY_CLOSE || c == LOW_OPEN || c == ANGLE_OPEN || c == ANGLE_CLOSE;
}

static bool is_space(uint32_t c)
{
    return c <= ' ' || c == 0x7F || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

struct reading {
    struct terms *terms;
    struct arena *arena;
    enum lang lang;
    struct query *query;
    bool has_other; /* a part that is more than a word that says nothing */
};

static void add_stems(struct reading *r, const struct terms_text *t, struct query_word *word)
{
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        struct span stems[TERM_STEMS];

        word->stem_count[lang] = terms_stems(r->terms, (enum lang)lang, t, stems);
        for (size_t i = 0; i < word->stem_count[lang]; i++) {
            struct span form = query_stem_form(r->arena, (enum lang)lang, stems[i]);

            word->stems[lang][i] = arena_dup(r->arena, stems[i]);
            word->forms[lang][i] = arena_join(r->arena, (struct span[]){S(" "), form, S(" ")}, 3);
        }
    }
}

static bool is_there(const struct query *query, const struct query_part *part)
{
    for (size_t i = 0; i < query->parts.count; i++)
        if (query->parts.items[i].is_exact == part->is_exact && span_eq(query->parts.items[i].phrase, part->phrase))
            return true;
    return false;
}

/* One part, if there is a word in it. False: too many words. */
static bool add_part(struct reading *r, struct span typed, bool is_quoted)
{
    struct terms_text t = {.text = typed};
    struct query_word *words = ARENA_ARRAY(r->arena, struct query_word, QUERY_WORDS_MAX);
    struct query_part part = {.is_exact = is_quoted, .words = words};
    struct buf *phrase = buf_new(r->arena, (size_t)QUERY_CHARS_MAX * TERM_MAX);

    buf_char(phrase, ' ');
    while (terms_next(&t)) {
        if (r->query->words + part.count == QUERY_WORDS_MAX)
            return false;
        words[part.count].folded = arena_dup(r->arena, t.folded);
        buf_put(phrase, t.folded);
        buf_char(phrase, ' ');
        add_stems(r, &t, &words[part.count]);
        part.count++;
    }
    if (part.count == 0)
        return true;
    part.is_exact = is_quoted || part.count > 1;
    part.is_stop = !part.is_exact && terms_is_stop(r->lang, words[0].folded);
    part.phrase = buf_span(phrase);
    if (is_there(r->query, &part))
        return true;
    r->has_other = r->has_other || !part.is_stop;
    r->query->words += part.count;
    *LIST_ADD(r->arena, &r->query->parts) = part;
    return true;
}

/* Cuts the next piece off: what stands between quotation marks, or what stands without a space. A mark that is never
 * closed is closed by the end; one that ends a word opens the next piece. */
static bool next_piece(struct span *rest, struct span *piece_out, bool *is_quoted_out)
{
    struct span begin;
    struct span here;
    uint32_t c;

    do {
        begin = *rest;
        if (!utf8_next(rest, &c))
            return false;
    } while (is_space(c));
    *is_quoted_out = is_quote(c);
    if (*is_quoted_out)
        begin = *rest;
    for (here = *rest; utf8_next(rest, &c); here = *rest) {
        if (is_quote(c) || (!*is_quoted_out && is_space(c))) {
            *piece_out = span_sub(begin, 0, begin.n - here.n);
            if (!*is_quoted_out)
                *rest = here;
            return true;
        }
    }
    *piece_out = begin;
    return true;
}

enum query_fault query_parse(struct terms *terms, struct arena *a, enum lang lang, struct span typed,
                             struct query *query_out)
{
    struct reading r = {.terms = terms, .arena = a, .lang = lang, .query = query_out};
    struct span rest = typed;
    struct span piece;
    bool is_quoted = false;
    bool is_empty = true;

    *query_out = (struct query){0};
    if (typed.n > QUERY_CHARS_MAX * 4 || utf8_count(typed) > QUERY_CHARS_MAX)
        return QUERY_TOO_LONG;
    if (utf8_first_fault(typed) != SPAN_NONE)
        return QUERY_UNREADABLE;
    while (next_piece(&rest, &piece, &is_quoted)) {
        is_empty = false;
        if (!add_part(&r, piece, is_quoted))
            return QUERY_TOO_MANY;
    }
    if (query_out->parts.count == 0)
        return is_empty ? QUERY_EMPTY : QUERY_NO_WORDS;
    for (size_t i = 0; i < query_out->parts.count && !r.has_other; i++)
        query_out->parts.items[i].is_stop = false;
    return QUERY_FINE;
}

/* ---- forms of a text ---- */

void query_fold(struct buf *out, struct span text)
{
    struct terms_text t = {.text = text};
    bool is_first = true;

    buf_char(out, ' ');
    while (terms_next(&t)) {
        if (t.is_apart && !is_first)
            buf_put(out, S("| "));
        buf_put(out, t.folded);
        buf_char(out, ' ');
        is_first = false;
    }
}

void query_pairs(struct buf *out, struct span text)
{
    struct terms_text t = {.text = text};
    char room[TERM_MAX];
    struct span before = {0};

    while (terms_next(&t)) {
        if (before.n && !t.is_apart) {
            buf_put(out, before);
            buf_char(out, '+');
            buf_put(out, t.folded);
            buf_char(out, ' ');
        }
        memcpy(room, t.folded.p, t.folded.n);
        before = (struct span){room, t.folded.n};
    }
}

struct span query_stem_form(struct arena *a, enum lang lang, struct span stem)
{
    return arena_join(a, (struct span[]){lang_code(lang), S("="), stem}, 3);
}

static int compare_spans(const void *left, const void *right)
{
    return span_cmp(*(const struct span *)left, *(const struct span *)right);
}

struct span query_forms(struct terms *terms, struct arena *a, enum lang lang, struct span text)
{
    struct terms_text t = {.text = text};
    LIST(struct span) forms = {0};
    struct buf *out = buf_new(a, FOLDED_MAX);

    while (terms_next(&t)) {
        struct span stems[TERM_STEMS];
        size_t count = terms_stems(terms, lang, &t, stems);

        *LIST_ADD(a, &forms) = arena_dup(a, t.folded);
        for (size_t i = 0; i < count; i++)
            *LIST_ADD(a, &forms) = query_stem_form(a, lang, stems[i]);
    }
    if (forms.count)
        qsort(forms.items, forms.count, sizeof *forms.items, compare_spans);
    buf_char(out, ' ');
    for (size_t i = 0; i < forms.count; i++) {
        if (i > 0 && span_eq(forms.items[i], forms.items[i - 1]))
            continue;
        buf_put(out, forms.items[i]);
        buf_char(out, ' ');
    }
    return buf_span(out);
}

/* ---- finding ---- */

bool query_phrases_are_in(const struct query *query, struct span folded)
{
    for (size_t i = 0; i < query->parts.count; i++)
        if (query->parts.items[i].count > 2 && span_find(folded, query->parts.items[i].phrase) == SPAN_NONE)
            return false;
    return true;
}

static bool is_word_in(const struct query_part *part, enum lang lang, struct span forms)
{
    const struct query_word *word = part->words;

    if (span_find(forms, part->phrase) != SPAN_NONE)
        return true;
    for (size_t i = 0; i < word->stem_count[lang] && !part->is_exact; i++)
        if (span_find(forms, word->forms[lang][i]) != SPAN_NONE)
            return true;
    return false;
}

bool query_is_in(const struct query *query, enum lang lang, struct span folded, struct span forms)
{
    for (size_t i = 0; i < query->parts.count; i++) {
        const struct query_part *part = &query->parts.items[i];

        if (part->is_stop)
            continue;
        if (part->count > 1 ? span_find(folded, part->phrase) == SPAN_NONE : !is_word_in(part, lang, forms))
            return false;
    }
    return true;
}

/* ---- marking ---- */

/* The newest words of the text, as many as a phrase may have. */
struct newest {
    struct {
        size_t at;
        size_t end;
        size_t folded_n;
        bool is_apart;
        char folded[TERM_MAX];
    } words[QUERY_WORDS_MAX];
    size_t count; /* read so far */
};

static bool ends_phrase(const struct newest *newest, const struct query_part *part)
{
    if (newest->count < part->count)
        return false;
    for (size_t i = 0; i < part->count; i++) {
        size_t k = (newest->count - part->count + i) % QUERY_WORDS_MAX;

        if (i > 0 && newest->words[k].is_apart)
            return false;
        if (!span_eq(part->words[i].folded, (struct span){newest->words[k].folded, newest->words[k].folded_n}))
            return false;
    }
    return true;
}

/* Stems begin like their words: where the first byte differs there is no need to ask. */
static bool is_form(struct terms *terms, const struct query_part *part, enum lang lang, const struct terms_text *t)
{
    const struct query_word *word = part->words;
    struct span stems[TERM_STEMS];
    size_t count;

    if (span_eq(t->folded, word->folded))
        return true;
    if (part->is_exact || t->folded.p[0] != word->folded.p[0])
        return false;
    count = terms_stems(terms, lang, t, stems);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < word->stem_count[lang]; k++)
            if (span_eq(stems[i], word->stems[lang][k]))
                return true;
    return false;
}

static void remember(struct newest *newest, const struct terms_text *t)
{
    size_t k = newest->count++ % QUERY_WORDS_MAX;

    newest->words[k].at = (size_t)(t->word.p - t->text.p);
    newest->words[k].end = newest->words[k].at + t->word.n;
    newest->words[k].is_apart = t->is_apart;
    newest->words[k].folded_n = t->folded.n;
    for (size_t i = 0; i < t->folded.n; i++)
        newest->words[k].folded[i] = t->folded.p[i];
}

/* Puts a mark behind the others; those that it reaches over become one with it. */
static void add_mark(struct arena *a, struct query_marks *marks, size_t at, size_t end, uint32_t parts)
{
    while (marks->list.count) {
        const struct query_mark *last = &marks->list.items[marks->list.count - 1];

        if (last->at + last->n <= at)
            break;
        at = last->at < at ? last->at : at;
        end = last->at + last->n > end ? last->at + last->n : end;
        parts |= last->parts;
        marks->list.count--;
    }
    *LIST_ADD(a, &marks->list) = (struct query_mark){at, end - at, parts};
}

void query_mark(struct terms *terms, struct arena *a, const struct query *query, enum lang lang, struct span text,
                struct query_marks *marks_out)
{
    struct terms_text t = {.text = text};
    struct newest newest = {.count = 0};

    *marks_out = (struct query_marks){0};
    while (terms_next(&t)) {
        size_t end = (size_t)(t.word.p - text.p) + t.word.n;

        remember(&newest, &t);
        for (size_t i = 0; i < query->parts.count; i++) {
            const struct query_part *part = &query->parts.items[i];
            bool is_hit = part->count > 1 ? ends_phrase(&newest, part) : is_form(terms, part, lang, &t);
            size_t first = (newest.count - part->count) % QUERY_WORDS_MAX;

            if (is_hit && !part->is_stop)
                add_mark(a, marks_out, newest.words[first].at, end, 1u << i);
        }
    }
}
