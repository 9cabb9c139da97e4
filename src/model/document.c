/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Printed page numbers, and the words of a document's two standings.
 */
#include "model/document.h"

enum { LABEL_MOST = 100000, RUNS_MAX = 100 };

static const struct span authenticities[AUTHENTICITY_COUNT] = {
    [AUTHENTICITY_UNVERIFIED] = SPAN_INIT("unverified"), [AUTHENTICITY_CORROBORATED] = SPAN_INIT("corroborated"),
    [AUTHENTICITY_ADMITTED] = SPAN_INIT("admitted"),     [AUTHENTICITY_DISPUTED] = SPAN_INIT("disputed"),
    [AUTHENTICITY_FALSE] = SPAN_INIT("false"),
};
static const struct span clearances[CLEARANCE_COUNT] = {
    [CLEARANCE_RECEIVED] = SPAN_INIT("received"),   [CLEARANCE_PRIVILEGED] = SPAN_INIT("privileged"),
    [CLEARANCE_REJECTED] = SPAN_INIT("rejected"),   [CLEARANCE_CLEARED] = SPAN_INIT("cleared"),
    [CLEARANCE_PUBLISHED] = SPAN_INIT("published"),
};

struct span authenticity_name(enum authenticity authenticity)
{
    return authenticities[authenticity];
}

struct span clearance_name(enum clearance clearance)
{
    return clearances[clearance];
}

bool document_is_cleared(const struct document *d)
{
    return d->clearance == CLEARANCE_CLEARED || d->clearance == CLEARANCE_PUBLISHED;
}

bool document_is_shown(const struct document *d)
{
    return document_is_cleared(d) && d->shown.is_made;
}

bool document_is_confirmed(const struct document *d, uint32_t page)
{
    for (size_t i = 0; i < d->confirmed.count; i++)
        if (d->confirmed.items[i].page == page)
            return true;
    return false;
}

/* ---- printed numbers ---- */

static const struct {
    uint32_t value;
    struct span text;
} romans[] = {
    {1000, SPAN_INIT("m")}, {900, SPAN_INIT("cm")}, {500, SPAN_INIT("d")}, {400, SPAN_INIT("cd")},
    {100, SPAN_INIT("c")},  {90, SPAN_INIT("xc")},  {50, SPAN_INIT("l")},  {40, SPAN_INIT("xl")},
    {10, SPAN_INIT("x")},   {9, SPAN_INIT("ix")},   {5, SPAN_INIT("v")},   {4, SPAN_INIT("iv")},
    {1, SPAN_INIT("i")},
};

static void roman_put(struct buf *b, uint32_t n)
{
    for (size_t i = 0; i < COUNT(romans); i++) {
        while (n >= romans[i].value && n < 4000) {
            buf_put(b, romans[i].text);
            n -= romans[i].value;
        }
    }
}

/* Only as it is properly written: "iv", never "iiii". */
static bool roman_parse(struct arena *a, struct span text, uint32_t *value_out)
{
    struct span rest = text;
    struct buf again;
    uint32_t value = 0;

    for (size_t i = 0; i < COUNT(romans) && rest.n; i++) {
        while (span_starts(rest, romans[i].text) && value < 4000) {
            value += romans[i].value;
            rest = span_from(rest, romans[i].text.n);
        }
    }
    buf_init(&again, a, 32);
    roman_put(&again, value);
    *value_out = value;
    return value > 0 && span_eq(buf_span(&again), text);
}

static bool label_parse(struct arena *a, struct span text, enum doc_label *label_out, uint32_t *value_out)
{
    uint64_t value;

    if (span_to_u64(text, LABEL_MOST, &value) && value > 0) {
        *label_out = DOC_LABEL_NUMBER;
        *value_out = (uint32_t)value;
        return true;
    }
    *label_out = DOC_LABEL_ROMAN;
    return text.n <= 15 && roman_parse(a, text, value_out);
}

static bool parse_run(struct arena *a, struct span text, struct doc_run *run_out, bool *is_open_out)
{
    struct span first;
    struct span last;
    enum doc_label label;
    uint32_t end;
    bool is_range = span_cut(text, '-', &first, &last);

    *is_open_out = false;
    if (span_eq(text, S("-"))) {
        *run_out = (struct doc_run){DOC_LABEL_NONE, 0, 1};
        return true;
    }
    if (!label_parse(a, span_trim(first), &run_out->label, &run_out->first))
        return false;
    run_out->count = 1;
    if (!is_range)
        return true;
    run_out->count = 0;
    *is_open_out = span_trim(last).n == 0;
    if (*is_open_out)
        return true;
    if (!label_parse(a, span_trim(last), &label, &end) || label != run_out->label || end < run_out->first)
        return false;
    run_out->count = end - run_out->first + 1;
    return true;
}

bool document_parse_runs(struct arena *a, struct span text, struct document *d)
{
    struct span piece;
    bool is_open = false;

    d->runs.count = 0;
    while (span_next(&text, ',', &piece)) {
        struct doc_run run;

        if (is_open || d->runs.count == RUNS_MAX || !parse_run(a, span_trim(piece), &run, &is_open)) {
            d->runs.count = 0;
            return false;
        }
        *LIST_ADD(a, &d->runs) = run;
    }
    return d->runs.count > 0;
}

bool document_find_page(const struct document *d, struct span label, uint32_t *page_out)
{
    struct arena *a = arena_open(4096);
    enum doc_label kind;
    uint32_t value;
    uint32_t page = 1;
    bool is_label = label_parse(a, label, &kind, &value);

    arena_close(&a);
    if (!is_label)
        return false;
    if (d->runs.count == 0 && kind == DOC_LABEL_NUMBER) {
        *page_out = value;
        return true;
    }
    for (size_t i = 0; i < d->runs.count; i++) {
        const struct doc_run *run = &d->runs.items[i];

        if (run->label == kind && value >= run->first && (run->count == 0 || value - run->first < run->count)) {
            *page_out = page + (value - run->first);
            return true;
        }
        page += run->count;
    }
    return false;
}

struct span document_label(struct arena *a, const struct document *d, uint32_t page)
{
    uint32_t before = 1;
    struct buf b;

    buf_init(&b, a, 32);
    for (size_t i = 0; i < d->runs.count; i++) {
        const struct doc_run *run = &d->runs.items[i];
        uint32_t value = run->first + (page - before);

        if (run->count && page - before >= run->count) {
            before += run->count;
            continue;
        }
        if (run->label == DOC_LABEL_NONE)
            break;
        if (run->label == DOC_LABEL_ROMAN && value < 4000)
            roman_put(&b, value);
        else
            buf_u64(&b, value);
        return buf_span(&b);
    }
    buf_u64(&b, page);
    return buf_span(&b);
}

struct span document_anchor(struct arena *a, const struct document *d, uint32_t page)
{
    struct span label = document_label(a, d, page);
    uint32_t found;

    if (document_find_page(d, label, &found) && found == page)
        return arena_printf(a, "p%.*s", SPAN_ARGS(label));
    return arena_printf(a, "p-%u", page); /* nothing is printed on it, or the same as on an earlier one */
}
