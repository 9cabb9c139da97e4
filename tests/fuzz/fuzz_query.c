/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as what somebody typed (up to the first NUL and one byte more) and as the text that is searched. A query is
 * small and its words clean, whatever it was; marks are in order, inside and on whole characters; a query finds itself.
 */
#include "base/utf8.h"
#include "terms/query.h"

#include <string.h>

enum { MEMORY = 256 * 1024 * 1024, ROOM = 16 * 1024 * 1024 };

/* What engines get inside quotation marks: nothing in it may end one, or part it. */
static void check_word(struct span word)
{
    CHECK(word.n > 0 && word.n <= TERM_MAX && utf8_first_fault(word) == SPAN_NONE);
    for (size_t i = 0; i < word.n; i++)
        CHECK((uint8_t)word.p[i] >= 0x80 || utf8_is_word((uint8_t)word.p[i]));
}

static void check_query(const struct query *query)
{
    size_t words = 0;

    CHECK(query->parts.count > 0 && query->parts.count <= QUERY_WORDS_MAX);
    for (size_t i = 0; i < query->parts.count; i++) {
        const struct query_part *part = &query->parts.items[i];

        CHECK(part->count > 0 && span_starts(part->phrase, S(" ")) && span_ends(part->phrase, S(" ")));
        words += part->count;
        for (size_t k = 0; k < part->count; k++) {
            check_word(part->words[k].folded);
            for (int lang = 0; lang < LANG_COUNT; lang++)
                for (size_t s = 0; s < part->words[k].stem_count[lang]; s++)
                    check_word(part->words[k].stems[lang][s]);
        }
    }
    CHECK(words == query->words && words <= QUERY_WORDS_MAX);
}

static void check_marks(const struct query_marks *marks, struct span text)
{
    size_t at = 0;

    for (size_t i = 0; i < marks->list.count; i++) {
        const struct query_mark *m = &marks->list.items[i];

        CHECK(m->at >= at && m->n > 0 && m->at + m->n <= text.n && m->parts);
        at = m->at + m->n;
    }
}

static bool is_found(struct terms *terms, struct arena *a, const struct query *query, enum lang lang, struct span text)
{
    struct buf *folded = buf_new(a, ROOM);

    query_fold(folded, text);
    CHECK(!buf_overflowed(folded));
    return query_is_in(query, lang, buf_span(folded), query_forms(terms, a, lang, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span whole = {(const char *)data, size};
    size_t end = size ? span_find_char(whole, '\0') : SPAN_NONE;
    struct span typed = end == SPAN_NONE ? whole : span_sub(whole, 0, end);
    struct span text = end == SPAN_NONE ? whole : span_from(whole, end + 1);
    struct arena *a = arena_open(MEMORY);
    struct terms *terms = terms_open();

    for (int lang = 0; lang < LANG_COUNT; lang++) {
        struct query query;
        struct query_marks marks;

        if (query_parse(terms, a, (enum lang)lang, typed, &query) != QUERY_FINE)
            continue;
        check_query(&query);
        query_mark(terms, a, &query, (enum lang)lang, text, &marks);
        check_marks(&marks, text);
        if (is_found(terms, a, &query, (enum lang)lang, text))
            CHECK(marks.list.count > 0);
        if (span_find_char(typed, '\n') == SPAN_NONE)
            CHECK(is_found(terms, a, &query, (enum lang)lang, typed));
    }
    terms_close(&terms);
    arena_close(&a);
    return 0;
}
