/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See answer.h.
 */
#include "paper/answer.h"

#include "base/utf8.h"

static bool is(struct paper_problem *problem, enum paper_fault fault, uint32_t page)
{
    *problem = (struct paper_problem){fault, page};
    return fault == PAPER_FINE;
}

static bool take_fault(const struct answer_source *source, size_t n, struct paper_problem *problem_out)
{
    char bytes[8];
    struct wire_in in = {{bytes, sizeof bytes}, false};
    enum paper_fault fault;
    uint32_t code;

    if (n != sizeof bytes)
        return is(problem_out, PAPER_NONSENSE, 0);
    fault = source->read(source->arg, bytes, n);
    if (fault != PAPER_FINE)
        return is(problem_out, fault, 0);
    code = wire_take_u32(&in);
    /* what only the client can know is not for a helper to say */
    if (code == PAPER_FINE || (code >= PAPER_NO_HELPER && code != PAPER_NO_LANGUAGE && code != PAPER_NONSENSE) ||
        code >= PAPER_FAULT_COUNT)
        return is(problem_out, PAPER_NONSENSE, 0);
    return is(problem_out, (enum paper_fault)code, wire_take_u32(&in));
}

bool answer_either(struct arena *a, const struct answer_source *source, enum wire_kind first, enum wire_kind second,
                   enum wire_kind *kind_out, struct span *bytes_out, struct paper_problem *problem_out)
{
    char head[WIRE_HEAD];
    struct wire_in in = {{head, sizeof head}, false};
    enum paper_fault fault = source->read(source->arg, head, sizeof head);
    uint32_t kind;
    uint32_t n;
    char *p;

    *bytes_out = (struct span){0};
    if (fault != PAPER_FINE)
        return is(problem_out, fault, 0);
    kind = wire_take_u32(&in);
    n = wire_take_u32(&in);
    if (kind == WIRE_FAULT)
        return take_fault(source, n, problem_out);
    if ((kind != (uint32_t)first && kind != (uint32_t)second) || n > wire_most(kind))
        return is(problem_out, PAPER_NONSENSE, 0);
    p = arena_alloc(a, n);
    fault = n ? source->read(source->arg, p, n) : PAPER_FINE;
    *kind_out = (enum wire_kind)kind;
    *bytes_out = (struct span){p, n};
    return is(problem_out, fault, 0);
}

bool answer_next(struct arena *a, const struct answer_source *source, enum wire_kind kind, struct span *bytes_out,
                 struct paper_problem *problem_out)
{
    enum wire_kind is_kind;

    return answer_either(a, source, kind, kind, &is_kind, bytes_out, problem_out);
}

bool answer_u32(struct span bytes, uint32_t *value_out)
{
    struct wire_in in = {bytes, false};

    *value_out = wire_take_u32(&in);
    return !in.is_short && in.rest.n == 0;
}

static bool is_side(int64_t tenths)
{
    return tenths >= 0 && tenths <= WIRE_SIDE_MOST;
}

/* White space, control characters and broken UTF-8 would cheat whoever compares words. */
static bool is_word(struct span text)
{
    uint32_t c;

    if (text.n == 0 || text.n > WIRE_WORD_MOST || utf8_first_fault(text) != SPAN_NONE)
        return false;
    while (utf8_next(&text, &c))
        if (c <= ' ' || (c >= 0x7F && c <= 0xA0) || c == 0x2028 || c == 0x2029 || (c >= 0x2000 && c <= 0x200B) ||
            c == 0x3000)
            return false;
    return true;
}

static int32_t clamped(int32_t value, int32_t most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

/* A word may begin the next line or stay on its own. */
static bool take_word(struct wire_in *in, const struct doc_page *page, uint32_t next_line, struct doc_word *word_out)
{
    word_out->box.x0 = clamped(wire_take_i32(in), page->width);
    word_out->box.y0 = clamped(wire_take_i32(in), page->height);
    word_out->box.x1 = clamped(wire_take_i32(in), page->width);
    word_out->box.y1 = clamped(wire_take_i32(in), page->height);
    word_out->line = wire_take_u32(in);
    word_out->confidence = wire_take_u16(in);
    word_out->text = wire_take_text(in);
    return !in->is_short && word_out->box.x0 <= word_out->box.x1 && word_out->box.y0 <= word_out->box.y1 &&
           word_out->line <= next_line && word_out->line + 1 >= next_line && word_out->confidence <= 100 &&
           is_word(word_out->text);
}

bool answer_page(struct arena *a, struct span bytes, struct answer_page *page_out)
{
    struct wire_in in = {bytes, false};
    struct doc_page *page = &page_out->page;
    uint32_t count;

    *page_out = (struct answer_page){0};
    page_out->number = wire_take_u32(&in);
    page->width = wire_take_i32(&in);
    page->height = wire_take_i32(&in);
    page_out->turn = wire_take_u32(&in);
    count = wire_take_u32(&in);
    if (in.is_short || page->width <= 0 || page->height <= 0 || !is_side(page->width) || !is_side(page->height) ||
        page_out->turn > 270 || page_out->turn % 90 || count > in.rest.n / WIRE_WORD_MIN)
        return false;
    page->words = ARENA_ARRAY(a, struct doc_word, count);
    page->word_count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t next = i ? page->words[i - 1].line + 1 : 0;

        if (!take_word(&in, page, next, &page->words[i]))
            return false;
        page_out->bytes += page->words[i].text.n;
    }
    return in.rest.n == 0;
}

bool answer_picture(struct span bytes, struct answer_picture *picture_out)
{
    struct wire_in in = {bytes, false};

    picture_out->page = wire_take_u32(&in);
    picture_out->width = wire_take_u32(&in);
    picture_out->height = wire_take_u32(&in);
    picture_out->bytes = in.rest;
    return !in.is_short && picture_out->width > 0 && picture_out->height > 0 &&
           picture_out->width <= WIRE_PIXELS_MOST / picture_out->height && picture_out->bytes.n > 0;
}
