/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * bench_quote DOCUMENTS PAGES QUOTATIONS: cuts and numbers the words of so many documents, then looks for so many
 * quotations of twelve words, each on its page, one in ten of them wrong. Prints the milliseconds of both. Exit 1 when one
 * is judged wrongly.
 */
#include "prose/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PAGE_WORDS = 500, LINE_WORDS = 12, VOCABULARY = 6000, WORD_MAX = 16 };

static double now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Common words come often, as in any text; some end a sentence or have an accent. */
static struct span make_word(struct arena *a, uint32_t *seed)
{
    uint32_t n = next_random(seed) % VOCABULARY;
    uint32_t which = next_random(seed) % 3 ? n % 150 : n;

    return arena_printf(a, "%s%c%c%c%u%s", which % 9 ? "" : "á", (char)('a' + which % 26),
                        (char)('a' + which / 26 % 26), (char)('a' + which / 700), which % 7,
                        next_random(seed) % 15 ? "" : ".");
}

static struct doc_text make_document(struct arena *a, size_t pages, uint32_t *seed)
{
    struct doc_text text = {.pages = ARENA_ARRAY(a, struct doc_page, pages), .page_count = pages};

    for (size_t p = 0; p < pages; p++) {
        struct doc_word *words = ARENA_ARRAY(a, struct doc_word, PAGE_WORDS);

        for (uint32_t i = 0; i < PAGE_WORDS; i++) {
            int32_t y = (int32_t)(i / LINE_WORDS) * 150;

            words[i] = (struct doc_word){make_word(a, seed), {0, y, 100, y + 100}, i / LINE_WORDS, 100};
        }
        text.pages[p] = (struct doc_page){6120, 7920, DOC_READING_FILE, words, PAGE_WORDS};
    }
    return text;
}

static struct span make_quotation(struct arena *a, const struct doc_page *page, uint32_t *seed, bool is_wrong)
{
    size_t from = next_random(seed) % (PAGE_WORDS - 12);
    struct buf b;

    buf_init(&b, a, 4096);
    for (size_t i = 0; i < 12; i++)
        buf_printf(&b, "%.*s ", SPAN_ARGS(is_wrong && i == 7 ? S("elephants") : page->words[from + i].text));
    return buf_span(&b);
}

int main(int argc, char **argv)
{
    struct arena *a = arena_open((size_t)4 << 30);
    struct arena *scratch = arena_open((size_t)1 << 30);
    size_t documents = argc > 3 ? (size_t)atoi(argv[1]) : 0;
    size_t pages = argc > 3 ? (size_t)atoi(argv[2]) : 0;
    size_t quotations = argc > 3 ? (size_t)atoi(argv[3]) : 0;
    struct doc_text *texts = ARENA_ARRAY(a, struct doc_text, documents + 1);
    struct quote_index **indexes = ARENA_ARRAY(a, struct quote_index *, documents + 1);
    uint32_t seed = 1;
    size_t wrong = 0;
    double start;
    double cut;

    if (documents == 0 || pages == 0)
        return 2;
    for (size_t i = 0; i < documents; i++)
        texts[i] = make_document(a, pages, &seed);
    start = now_ms();
    for (size_t i = 0; i < documents; i++)
        indexes[i] = quote_index_new(a, &texts[i],
                                     &(struct quote_rules){.parties = &(struct span){"Bayside", 7}, .party_count = 1});
    cut = now_ms();
    for (size_t i = 0; i < quotations; i++) {
        size_t d = next_random(&seed) % documents;
        uint32_t page = next_random(&seed) % (uint32_t)pages;
        bool is_wrong = i % 10 == 0;
        struct span quotation;
        struct quote_result r;

        arena_reset(scratch);
        quotation = make_quotation(scratch, &texts[d].pages[page], &seed, is_wrong);
        quote_match(scratch, indexes[d], quotation, page + 1, page + 1, &r);
        quote_explain(scratch, indexes[d], quotation, page + 1, page + 1, &r);
        wrong += (r.verdict == QUOTE_STANDS) == is_wrong;
    }
    printf("%.0f %.0f\n", cut - start, now_ms() - cut);
    arena_close(&scratch);
    arena_close(&a);
    return wrong != 0;
}
