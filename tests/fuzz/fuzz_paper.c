/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Any bytes as what a helper answers. What is let through is within its limits: pages of a size, words without white
 * space in order of their lines, pictures no larger than their bytes may be. Nothing is allocated for a length alone.
 */
#include "paper/answer.h"

#include "base/utf8.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum paper_fault take(void *arg, char *p, size_t n)
{
    struct span *rest = arg;

    if (rest->n < n)
        return PAPER_DIED;
    memcpy(p, rest->p, n);
    *rest = span_from(*rest, n);
    return PAPER_FINE;
}

static void check_page(struct arena *a, struct span bytes)
{
    struct answer_page page;
    uint32_t line = 0;

    if (!answer_page(a, bytes, &page))
        return;
    CHECK(page.page.width > 0 && page.page.width <= WIRE_SIDE_MOST);
    CHECK(page.page.height > 0 && page.page.height <= WIRE_SIDE_MOST);
    CHECK(page.turn % 90 == 0 && page.turn < 360);
    CHECK(page.page.word_count * WIRE_WORD_MIN <= bytes.n && page.bytes <= bytes.n);
    for (size_t i = 0; i < page.page.word_count; i++) {
        const struct doc_word *w = &page.page.words[i];

        CHECK(w->text.n > 0 && utf8_first_fault(w->text) == SPAN_NONE && span_find_char(w->text, ' ') == SPAN_NONE);
        CHECK(w->box.x0 >= 0 && w->box.x0 <= w->box.x1 && w->box.x1 <= page.page.width);
        CHECK(w->box.y0 >= 0 && w->box.y0 <= w->box.y1 && w->box.y1 <= page.page.height);
        CHECK(w->line == line || (i > 0 && w->line == line + 1));
        CHECK(w->confidence <= 100);
        line = w->line;
    }
}

static void check_picture(struct span bytes)
{
    struct answer_picture picture;

    if (!answer_picture(bytes, &picture))
        return;
    CHECK((uint64_t)picture.width * picture.height <= WIRE_PIXELS_MOST);
    CHECK(picture.bytes.n > 0 && picture.bytes.n < bytes.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_open((size_t)64 * 1024 * 1024);
    struct span rest = {(const char *)data, size};
    struct answer_source source = {take, &rest};
    struct paper_problem problem = {0};
    enum wire_kind kind;
    struct span bytes;
    uint32_t number;

    /* kinds alternate, as the first byte says; the rest is frames */
    unsigned wanted = size ? data[0] : 0;

    rest = span_from(rest, 1);
    for (unsigned i = 0; i < 8; i++) {
        bool want_page = wanted >> i & 1;

        if (!answer_either(a, &source, want_page ? WIRE_PAGE : WIRE_PICTURE, i == 0 ? WIRE_COUNT : WIRE_END, &kind,
                           &bytes, &problem))
            break;
        CHECK(problem.fault == PAPER_FINE && bytes.n <= wire_most(kind));
        if (kind == WIRE_PAGE)
            check_page(a, bytes);
        if (kind == WIRE_PICTURE)
            check_picture(bytes);
        if (kind == WIRE_COUNT)
            CHECK(answer_u32(bytes, &number) == (bytes.n == 4));
    }
    CHECK(problem.fault < PAPER_FAULT_COUNT && problem.fault != PAPER_STOPPED);
    arena_close(&a);
    return 0;
}
