/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as a packed document's words, and as its picture. What is taken as words holds to its limits, and is the same
 * bytes when it is written again; a picture's size is one that a WebP can have.
 */
#include "base/utf8.h"
#include "folder/doc_words.h"
#include "folder/packed.h"

enum { SOURCE_MAX = 256 * 1024, MEMORY = 512 * 1024 * 1024 };

static void check_word(const struct doc_page *page, const struct doc_word *word, struct span bytes)
{
    uintptr_t at = (uintptr_t)word->text.p;

    CHECK(word->text.n > 0 && at >= (uintptr_t)bytes.p && at + word->text.n <= (uintptr_t)bytes.p + bytes.n);
    CHECK(utf8_first_fault(word->text) == SPAN_NONE && span_find_char(word->text, ' ') == SPAN_NONE);
    CHECK(word->box.x0 >= 0 && word->box.x0 <= word->box.x1 && word->box.x1 <= page->width);
    CHECK(word->box.y0 >= 0 && word->box.y0 <= word->box.y1 && word->box.y1 <= page->height);
    CHECK(word->confidence <= 100);
}

static void check_words(struct arena *a, struct span bytes)
{
    struct doc_text text;
    struct doc_picture *pictures;
    struct doc_words_fault fault;
    struct span again;

    if (!doc_words_read(a, bytes, &text, &pictures, &fault)) {
        CHECK(fault.line > 0 && fault.words.n > 0);
        return;
    }
    CHECK(text.page_count > 0 && text.page_count <= DOC_PAGES_MOST);
    for (size_t p = 0; p < text.page_count; p++) {
        const struct doc_page *page = &text.pages[p];

        CHECK(page->width > 0 && page->height > 0 && page->width <= DOC_SIDE_MOST && page->height <= DOC_SIDE_MOST);
        CHECK(pictures[p].width > 0 && pictures[p].height > 0);
        CHECK(page->reading != DOC_READING_NONE || page->word_count == 0);
        for (size_t i = 0; i < page->word_count; i++) {
            check_word(page, &page->words[i], bytes);
            CHECK(i == 0 || page->words[i - 1].line <= page->words[i].line);
        }
    }
    CHECK(doc_words_write(a, &text, pictures, &again) && span_eq(again, bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {(const char *)data, size};
    struct arena *a = arena_open(MEMORY);
    uint32_t width = 0;
    uint32_t height = 0;

    if (size <= SOURCE_MAX)
        check_words(a, bytes);
    if (packed_webp_size(bytes, &width, &height))
        CHECK(width > 0 && height > 0 && width <= 16384 && height <= 16384);
    arena_close(&a);
    return 0;
}
