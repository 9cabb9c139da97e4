/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Does a text say what the register of figures says? (campaign.md F8; codes figure-differs, figure-stale)
 *
 * The numbers in a link's text are compared, in order, with the rows in force on the document's day. A word before a
 * number widens or narrows what it may stand for; the bounds are the table in doc/guide/writing.md.
 */
#include "prose/prose_impl.h"
#include "prose/scan.h"

/* Is `value` what "BOUND n" says? */
static bool agrees(enum bound bound, int64_t n, int64_t value)
{
    switch (bound) {
    case BOUND_EXACT:
        return value == n;
    case BOUND_OVER:
        return value > n && value <= n / 2 * 3;
    case BOUND_AT_LEAST:
        return value >= n && value <= n / 2 * 3;
    case BOUND_NEARLY:
        return value < n && value >= n - n / 10;
    case BOUND_ABOUT:
        return value >= n - n / 10 && value <= n + n / 10;
    case BOUND_UNDER:
        return value < n && value >= n / 3 * 2;
    case BOUND_UP_TO:
        return value <= n && value >= n / 3 * 2;
    case BOUND_VAGUE:
        return value >= n && value < n * 10;
    }
    return false;
}

/* The values that a text may give for a row: the one that stands in it and, of a text from before a correction, those that
 * stood in it since: its words stay, and a note says so. Empty after the last. */
static struct span value_of(struct compile *c, const struct figure *f, size_t n)
{
    const struct figure *change;

    if (!f->is_withdrawn && n-- == 0)
        return f->value_text;
    change = campaign_figure_change(c->request->campaign, f, c->request->day, n);
    return change ? change->was : (struct span){0};
}

static bool agrees_with(struct compile *c, const struct number *n, const struct figure *f)
{
    struct span text;

    for (size_t i = 0; (text = value_of(c, f, i)).n; i++) {
        struct decimal value;

        if (decimal_parse(text, &value) && agrees(n->bound, n->value.millionths, value.millionths))
            return true;
    }
    return false;
}

static struct span bound_fault(enum bound bound)
{
    switch (bound) {
    case BOUND_EXACT:
        return (struct span){0};
    case BOUND_OVER:
    case BOUND_AT_LEAST:
        return S(" (a lower bound may not pass the value, nor fall below two thirds of it)");
    case BOUND_NEARLY:
        return S(" (“nearly” stands for a value below the number, by at most a tenth of it)");
    case BOUND_ABOUT:
        return S(" (“about” stands for a value within a tenth of the number)");
    case BOUND_UNDER:
    case BOUND_UP_TO:
        return S(" (an upper bound may not fall below the value, nor pass it by more than half)");
    case BOUND_VAGUE:
        return S(" (dozens are 24 or more, hundreds 200, thousands 2,000)");
    }
    return (struct span){0};
}

static void date_span(struct compile *c, struct date d, struct span *out)
{
    struct buf b;

    buf_init(&b, c->arena, 16);
    date_put(&b, d);
    *out = buf_span(&b);
}

/* Remembers that the document leans on `f`. */
static void lean_on(struct compile *c, const struct figure *f)
{
    for (size_t i = 0; i < c->doc->figures.count; i++)
        if (c->doc->figures.items[i] == f)
            return;
    *LIST_ADD(c->arena, &c->doc->figures) = f;
}

/* Offset and width of a node's reference: the address where it was found, else its words. */
static void report_at_address(struct compile *c, struct node *n, enum diag_code code, struct span message,
                              struct span note)
{
    if (n->address_at != SPAN_NONE)
        place_report(c, code, n->address_at, n->address.n, message, note);
    else
        place_report(c, code, n->at, n->width, message, note);
}

const struct figure *check_figure_row(struct compile *c, struct node *n, struct span key)
{
    struct arena *a = c->arena;
    struct date day = c->request->day;
    struct span nearest = {0};
    struct span day_text;
    bool is_known = false;
    const struct figure *f = c->registers->figure(c->registers->ctx, key, day, &is_known, &nearest);

    if (f == NULL && !is_known) {
        report_at_address(c, n, DIAG_UNKNOWN_REFERENCE,
                          arena_printf(a, "no figure “%.*s” in figures.csv", SPAN_ARGS(key)),
                          nearest.n ? arena_printf(a, "did you mean “%.*s”?", SPAN_ARGS(nearest)) : nearest);
        return NULL;
    }
    if (f == NULL) {
        date_span(c, day, &day_text);
        report_at_address(c, n, DIAG_FIGURE_DIFFERS,
                          arena_printf(a, "“%.*s” has no value yet on %.*s", SPAN_ARGS(key), SPAN_ARGS(day_text)),
                          S("its first row is later"));
        return NULL;
    }
    if (f->is_withdrawn && value_of(c, f, 0).n == 0) {
        report_at_address(c, n, DIAG_FIGURE_DIFFERS,
                          arena_printf(a, "“%.*s” was withdrawn: %.*s", SPAN_ARGS(key),
                                       SPAN_ARGS(words_in(c->request->campaign, &f->why, c->entry->lang, NULL))),
                          (struct span){0});
        return NULL;
    }
    if (date_is_set(f->review_by) && date_cmp(day, f->review_by) > 0) {
        struct span by;

        date_span(c, f->review_by, &by);
        report_at_address(c, n, DIAG_FIGURE_STALE,
                          arena_printf(a, "“%.*s” was to be checked again by %.*s", SPAN_ARGS(key), SPAN_ARGS(by)),
                          (struct span){0});
    }
    lean_on(c, f);
    return f;
}

/* Is it so of any of the values that the two rows may stand for? */
static bool has_grown(struct compile *c, const struct growth_words *g, const struct figure *const *rows)
{
    struct span text[2];

    for (size_t i = 0; (text[0] = value_of(c, rows[0], i)).n; i++) {
        for (size_t k = 0; (text[1] = value_of(c, rows[1], k)).n; k++) {
            struct decimal now;
            struct decimal then;
            int64_t needed;

            if (!decimal_parse(text[0], &now) || !decimal_parse(text[1], &then))
                continue;
            needed = then.millionths / 100 * g->factor_percent;
            if (g->factor_percent > 100 ? now.millionths >= needed && now.millionths <= needed / 2 * 3
                                        : now.millionths <= needed && now.millionths >= needed / 2)
                return true;
        }
    }
    return false;
}

/* "doubled": a word of growth and two figures, newer first. True when the text has one, checked. */
static bool check_growth(struct compile *c, const struct scan *s, const struct flat *flat,
                         const struct figure *const *rows, size_t count)
{
    for (size_t i = 0; i < s->count; i++) {
        for (size_t k = 0; k < s->words->growth_count; k++) {
            const struct growth_words *g = &s->words->growths[k];
            size_t words = scan_phrase_at(s, i, g->words);
            const struct token *last = &s->tokens[i + (words ? words - 1 : 0)];

            if (words == 0)
                continue;
            if (count != 2) {
                place_report(c, DIAG_FIGURE_DIFFERS, flat->from[s->tokens[i].at],
                             last->at + last->lower.n - s->tokens[i].at,
                             arena_printf(c->arena, "“%.*s” compares two figures: fig:NOW,THEN", SPAN_ARGS(g->words)),
                             (struct span){0});
                return true;
            }
            if (rows[0] == NULL || rows[1] == NULL)
                return true;
            if (!has_grown(c, g, rows))
                place_report(c, DIAG_FIGURE_DIFFERS, flat->from[s->tokens[i].at],
                             last->at + last->lower.n - s->tokens[i].at,
                             arena_printf(c->arena, "“%.*s” does not fit: it was %.*s and is %.*s", SPAN_ARGS(g->words),
                                          SPAN_ARGS(rows[1]->value_text), SPAN_ARGS(rows[0]->value_text)),
                             (struct span){0});
            return true;
        }
    }
    return false;
}

static void check_number(struct compile *c, const struct flat *flat, const struct number *n, const struct figure *f)
{
    struct span fault;
    struct span as_of;
    struct span written = {flat->text + n->at, n->n};

    if (f == NULL || agrees_with(c, n, f))
        return;
    fault = bound_fault(n->bound);
    date_span(c, f->as_of, &as_of);
    place_report(
        c, DIAG_FIGURE_DIFFERS, flat->from[n->at],
        n->n && flat->from[n->at + n->n - 1] > flat->from[n->at] ? flat->from[n->at + n->n - 1] - flat->from[n->at] + 1
                                                                 : n->n,
        arena_printf(c->arena, "“%.*s” does not agree with the register%.*s", SPAN_ARGS(written), SPAN_ARGS(fault)),
        f->is_withdrawn ? arena_printf(c->arena, "“%.*s” was withdrawn; it was %.*s as of %.*s", SPAN_ARGS(f->key),
                                       SPAN_ARGS(f->was), SPAN_ARGS(as_of))
                        : arena_printf(c->arena, "“%.*s” is %.*s as of %.*s", SPAN_ARGS(f->key),
                                       SPAN_ARGS(f->value_text), SPAN_ARGS(as_of)));
}

enum { NUMBERS_MAX = 32 };

static size_t find_numbers(const struct scan *s, bool with_weak, struct number *numbers)
{
    size_t count = 0;

    for (size_t i = 0; i < s->count && count < NUMBERS_MAX; i++) {
        struct number n;

        if (!scan_number_at(s, i, &n))
            continue;
        i = n.after_token - 1;
        if (with_weak || !n.is_weak)
            numbers[count++] = n;
    }
    return count;
}

/* Numbers beside a word of growth: each is one of the two figures. */
static void check_beside_growth(struct compile *c, const struct flat *flat, const struct scan *s,
                                const struct figure *const *rows, size_t keys)
{
    struct number numbers[NUMBERS_MAX];
    size_t count = find_numbers(s, false, numbers);

    for (size_t i = 0; i < count; i++) {
        bool is_one = false;

        for (size_t k = 0; k < keys; k++)
            is_one = is_one || rows[k] == NULL || agrees_with(c, &numbers[i], rows[k]);
        if (!is_one)
            check_number(c, flat, &numbers[i], rows[0]);
    }
}

void check_figure_link(struct compile *c, struct node *n)
{
    struct flat flat;
    struct scan s;
    const struct figure *rows[KEYS_MAX] = {0};
    struct number numbers[NUMBERS_MAX];
    size_t keys = n->reference->key_count;
    size_t count;

    for (size_t i = 0; i < keys; i++)
        rows[i] = check_figure_row(c, n, n->reference->keys[i]);
    n->link = rows[0] ? LINK_FIGURE : LINK_WORDS;
    n->figure = rows[0];
    if (c->request->is_checked)
        return;
    flat = flat_of(c->scratch, n);
    s = scan_text(c->scratch, (struct span){flat.text, flat.n}, c->entry->lang);
    if (check_growth(c, &s, &flat, rows, keys)) {
        check_beside_growth(c, &flat, &s, rows, keys);
        return;
    }
    count = find_numbers(&s, false, numbers);
    if (count != keys)
        count = find_numbers(&s, true, numbers);
    if (count == 0 && keys == 1)
        return; /* "[our register](fig:signers)": no number is claimed */
    if (count != keys) {
        place_report(c, DIAG_FIGURE_DIFFERS, n->at, n->width,
                     arena_printf(c->arena, "numbers in this text: %zu; figures behind it: %zu", count, keys),
                     S("one key a number, in order"));
        return;
    }
    for (size_t i = 0; i < keys; i++)
        check_number(c, &flat, &numbers[i], rows[i]);
}
