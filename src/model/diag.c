/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The list of diagnostics: counted without limit, kept up to one, sorted for showing.
 */
#include "model/diag.h"

#include <stdlib.h>
#include <string.h>

static const struct span names[DIAG_CODE_COUNT] = {
    [DIAG_BAD_CLAIM] = SPAN_INIT("bad-claim"),
    [DIAG_BAD_FILE] = SPAN_INIT("bad-file"),
    [DIAG_BAD_FRONT_MATTER] = SPAN_INIT("bad-front-matter"),
    [DIAG_BAD_ROW] = SPAN_INIT("bad-row"),
    [DIAG_BROKEN_LINK] = SPAN_INIT("broken-link"),
    [DIAG_CLAIM_NO_SOURCE] = SPAN_INIT("claim-no-source"),
    [DIAG_DOCUMENT_NOT_CLEARED] = SPAN_INIT("document-not-cleared"),
    [DIAG_FIGURE_DIFFERS] = SPAN_INIT("figure-differs"),
    [DIAG_IMAGE_NO_ALT] = SPAN_INIT("image-no-alt"),
    [DIAG_LEGAL_TOO_STRONG] = SPAN_INIT("legal-too-strong"),
    [DIAG_MAIL_TOO_LARGE] = SPAN_INIT("mail-too-large"),
    [DIAG_NOT_REVIEWED] = SPAN_INIT("not-reviewed"),
    [DIAG_QUOTE_NO_PAGE] = SPAN_INIT("quote-no-page"),
    [DIAG_QUOTE_NOT_FOUND] = SPAN_INIT("quote-not-found"),
    [DIAG_RAW_HTML] = SPAN_INIT("raw-html"),
    [DIAG_UNKNOWN_REFERENCE] = SPAN_INIT("unknown-reference"),
    [DIAG_BLOCK_MISSING] = SPAN_INIT("block-missing"),
    [DIAG_FIGURE_STALE] = SPAN_INIT("figure-stale"),
    [DIAG_LEGAL_UNSUPPORTED] = SPAN_INIT("legal-unsupported"),
    [DIAG_LINK_TEXT] = SPAN_INIT("link-text"),
    [DIAG_LONG_SUBJECT] = SPAN_INIT("long-subject"),
    [DIAG_NO_LEAFLET] = SPAN_INIT("no-leaflet"),
    [DIAG_NOT_CHECKED] = SPAN_INIT("not-checked"),
    [DIAG_QUOTE_CUT_FAR] = SPAN_INIT("quote-cut-far"),
    [DIAG_QUOTE_MACHINE_READ] = SPAN_INIT("quote-machine-read"),
    [DIAG_QUOTE_TRANSLATED] = SPAN_INIT("quote-translated"),
    [DIAG_QUOTE_UNSOURCED] = SPAN_INIT("quote-unsourced"),
    [DIAG_RELATIVE_DATE] = SPAN_INIT("relative-date"),
    [DIAG_SUPERSEDED_SOURCE] = SPAN_INIT("superseded-source"),
    [DIAG_TRANSLATION_MISSING] = SPAN_INIT("translation-missing"),
    [DIAG_UNCITED_NUMBER] = SPAN_INIT("uncited-number"),
};

struct span diag_code_name(enum diag_code code)
{
    return names[code];
}

bool diag_code_from_name(struct span name, enum diag_code *code_out)
{
    for (int i = 0; i < DIAG_CODE_COUNT; i++) {
        if (span_eq(names[i], name)) {
            *code_out = (enum diag_code)i;
            return true;
        }
    }
    return false;
}

bool diag_is_error(enum diag_code code)
{
    return code < DIAG_BLOCK_MISSING;
}

bool diag_stops(const struct diag *d)
{
    return diag_is_error(d->code) && !d->only_warns;
}

void diags_init(struct diags *d, struct arena *a)
{
    *d = (struct diags){.arena = a};
}

void diags_add(struct diags *d, const struct diag *diag)
{
    size_t *count = diag_stops(diag) ? &d->errors : &d->warnings;

    if (++*count <= DIAGS_KEPT)
        *LIST_ADD(d->arena, &d->list) = *diag;
}

static int compare(const void *left, const void *right)
{
    const struct diag *a = left;
    const struct diag *b = right;
    int order = span_cmp(a->at.file, b->at.file);

    if (order == 0)
        order = (a->at.line > b->at.line) - (a->at.line < b->at.line);
    if (order == 0)
        order = (a->at.column > b->at.column) - (a->at.column < b->at.column);
    if (order == 0)
        order = (int)a->code - (int)b->code;
    if (order == 0)
        order = span_cmp(a->message, b->message);
    return order;
}

static int compare_waivers(const void *left, const void *right)
{
    const struct waiver *a = left;
    const struct waiver *b = right;
    int order = span_cmp(a->at.file, b->at.file);

    return order ? order : (a->at.line > b->at.line) - (a->at.line < b->at.line);
}

void diags_sort(struct diags *d)
{
    if (d->list.count)
        qsort(d->list.items, d->list.count, sizeof *d->list.items, compare);
    if (d->waivers.count)
        qsort(d->waivers.items, d->waivers.count, sizeof *d->waivers.items, compare_waivers);
}

enum { NEAREST_LEN = 64 };

/* Letters to add, drop, change or swap with their neighbour to make one of the other (optimal string alignment). */
static size_t distance(struct span a, struct span b)
{
    size_t rows[3][NEAREST_LEN + 1];

    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t best = above[j - 1] + (a.p[i - 1] != b.p[j - 1]);

            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
                rows[(i - 2) % 3][j - 2] + 1 < best)
                best = rows[(i - 2) % 3][j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[a.n % 3][b.n];
}

struct span model_nearest(struct span word, const struct span *known, size_t count)
{
    struct span best = {0};
    size_t best_distance = word.n / 3 + 1; /* farther than this is another word */

    if (word.n == 0 || word.n > NEAREST_LEN)
        return best;
    for (size_t i = 0; i < count; i++) {
        size_t d;

        if (known[i].n == 0 || known[i].n > NEAREST_LEN)
            continue;
        if (known[i].n > word.n + best_distance || word.n > known[i].n + best_distance)
            continue;
        d = distance(word, known[i]);
        if (d < best_distance || (d == best_distance && best.n == 0)) {
            best = known[i];
            best_distance = d;
        }
    }
    return best;
}
