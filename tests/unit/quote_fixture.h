/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A document from plain text, for tests of the matcher: "\f" parts pages, "\n" lines, blanks words.
 */
#ifndef TESTS_QUOTE_FIXTURE_H
#define TESTS_QUOTE_FIXTURE_H

#include "prose/quote.h"

enum { QUOTE_PAGES_MAX = 64 };

/* Lines stand one below the other, 12 points each. */
static inline struct doc_text quote_document(struct arena *a, struct span text, enum doc_reading reading)
{
    struct doc_text out = {.pages = ARENA_ARRAY(a, struct doc_page, QUOTE_PAGES_MAX)};
    struct span page;

    while (out.page_count < QUOTE_PAGES_MAX && span_next(&text, '\f', &page)) {
        LIST(struct doc_word) words = {0};
        struct span line;
        uint32_t n = 0;

        while (span_next(&page, '\n', &line)) {
            struct span word;

            while (span_next(&line, ' ', &word))
                if (word.n)
                    *LIST_ADD(a, &words) =
                        (struct doc_word){word, {0, (int32_t)n * 120, 100, (int32_t)n * 120 + 100}, n, 100};
            n++;
        }
        out.pages[out.page_count++] = (struct doc_page){6120, 7920, reading, words.items, words.count};
    }
    return out;
}

#endif
