/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Checks of our own words: relative dates without a day, and numbers without a figure behind them; legal.c has the words of law.
 *
 * Warnings for a second person to tick. What is quoted is the employer's or the paper's; what stands in a link is
 * checked by the link.
 */
#include "base/utf8.h"
#include "prose/prose_impl.h"
#include "prose/scan.h"

enum { BESIDE = 60 }; /* bytes: how near a date has to be to make "this morning" mean something */

struct wording {
    struct compile *c;
    struct flat flat;
    struct scan scan;
};

static bool in_list(const struct word_list *list, struct span word)
{
    for (size_t i = 0; i < list->count; i++)
        if (span_eq(list->items[i], word))
            return true;
    return false;
}

static bool is_month(const struct scan *s, size_t i)
{
    return i < s->count && in_list(&s->words->months, s->tokens[i].lower);
}

static bool number_below(const struct token *t, uint64_t low, uint64_t high)
{
    uint64_t value;

    return t->is_number && span_to_u64(t->lower, UINT64_MAX, &value) && value >= low && value <= high;
}

/* Is token `i` part of a date: "April 24", "24 de abril", "2026-04-24", "4/24", "2026"? */
static bool is_date_part(const struct scan *s, size_t i)
{
    const struct token *t = &s->tokens[i];
    char before = scan_byte_before(s, i);
    char after = scan_byte_after(s, i);

    if (t->is_number && t->lower.n == 4 && number_below(t, 1850, 2199))
        return true;
    if (!number_below(t, 1, 31))
        return false;
    if ((i && is_month(s, i - 1)) || is_month(s, i + 1))
        return true;
    if (i + 2 < s->count && span_eq(s->tokens[i + 1].lower, S("de")) && is_month(s, i + 2))
        return true;
    if (i >= 2 && number_below(&s->tokens[i - 1], 1, 31) && before == '-' && is_month(s, i - 2))
        return true;                                          /* April 20-24 */
    for (size_t k = i + 1; k < s->count && k <= i + 4; k++) { /* "20 al 24 de abril", "20 and 24 April" */
        if (is_month(s, k) && !s->tokens[k].begins_sentence)
            return true;
        if (!s->tokens[k].is_number && s->tokens[k].lower.n > 3)
            break;
    }
    for (size_t k = i; k > 0 && i - k < 4; k--) { /* "April 20 and 24", "April 20–24" */
        if (is_month(s, k - 1) && !s->tokens[i].begins_sentence)
            return true;
        if (!s->tokens[k - 1].is_number && s->tokens[k - 1].lower.n > 3)
            break;
    }
    return (after == '/' || before == '/' || ((after == '-' || before == '-') && t->lower.n == 2)) &&
           ((i + 1 < s->count && s->tokens[i + 1].is_number) || (i && s->tokens[i - 1].is_number));
}

/* A day beside token `i`, in its sentence and near. A year alone is not a day. */
static bool has_date_beside(const struct scan *s, size_t i, size_t words)
{
    size_t from = i;
    size_t to = i + words;

    while (from > 0 && !s->tokens[from].begins_sentence && s->tokens[i].at - s->tokens[from - 1].at <= BESIDE)
        from--;
    while (to < s->count && !s->tokens[to].begins_sentence && s->tokens[to].at - s->tokens[i].at <= BESIDE)
        to++;
    for (size_t k = from; k < to; k++) {
        bool is_year = s->tokens[k].lower.n == 4 && s->tokens[k].is_number;

        if (is_date_part(s, k) && (!is_year || scan_byte_after(s, k) == '-'))
            return true;
    }
    return false;
}

/* How many words at token `i` are a date only on the day of writing; 0 for none. */
static size_t relative_at(const struct scan *s, size_t i)
{
    const struct words_of *w = s->words;
    size_t n = scan_list_at(s, i, &w->relative_dates);

    if (n == 1 && span_eq(s->tokens[i].lower, S("mañana")) && i &&
        (span_eq(s->tokens[i - 1].lower, S("la")) || span_eq(s->tokens[i - 1].lower, S("cada")) ||
         span_eq(s->tokens[i - 1].lower, S("una")) || span_eq(s->tokens[i - 1].lower, S("de"))))
        n = 0; /* the morning, not tomorrow */
    if (n)
        return n;
    if (i + 1 < s->count && in_list(&w->weekday_before, s->tokens[i].lower) &&
        in_list(&w->weekdays, s->tokens[i + 1].lower) && !s->tokens[i + 1].begins_sentence)
        return 2;
    if (in_list(&w->ago_units, s->tokens[i].lower) && i + 1 < s->count &&
        in_list(&w->ago_after, s->tokens[i + 1].lower))
        return 2;
    if (!in_list(&w->ago_before, s->tokens[i].lower))
        return 0;
    for (size_t k = i + 1; k < s->count && !s->tokens[k].begins_sentence; k++) {
        if (in_list(&w->ago_units, s->tokens[k].lower))
            return k - i + 1;
        if (!scan_is_numeral(s, k) && !in_list(&w->ago_between, s->tokens[k].lower))
            break;
    }
    return 0;
}

static void report_tokens(struct wording *w, enum diag_code code, size_t first, size_t count, struct span message,
                          struct span note)
{
    const struct token *a = &w->scan.tokens[first];
    const struct token *b = &w->scan.tokens[first + count - 1];
    size_t from = w->flat.from[a->at];
    size_t to = w->flat.from[b->at + b->lower.n - 1] + 1;

    place_report(w->c, code, from, to > from ? to - from : 1, message, note);
}

static uint8_t marks_at(const struct wording *w, size_t token)
{
    return w->flat.marks[w->scan.tokens[token].at];
}

static void check_relative_dates(struct wording *w, bool is_cited)
{
    for (size_t i = 0; i < w->scan.count; i++) {
        size_t n = relative_at(&w->scan, i);

        if (n == 0)
            continue;
        if (!(is_cited && (marks_at(w, i) & FLAT_QUOTE)) && !has_date_beside(&w->scan, i, n)) {
            const struct token *last = &w->scan.tokens[i + n - 1];
            struct span words =
                span_sub(w->scan.text, w->scan.tokens[i].at, last->at + last->lower.n - w->scan.tokens[i].at);

            report_tokens(w, DIAG_RELATIVE_DATE, i, n,
                          arena_printf(w->c->arena, "“%.*s” means nothing once the day is past", SPAN_ARGS(words)),
                          S("put the date beside it"));
        }
        i += n - 1;
    }
}

static bool is_time_of_day(const struct scan *s, const struct number *n)
{
    size_t i = n->first_token;
    char after = scan_byte_after(s, n->after_token - 1);
    char before = scan_byte_before(s, i);

    if ((after == ':' && n->after_token < s->count && s->tokens[n->after_token].is_number) ||
        (before == ':' && i && s->tokens[i - 1].is_number))
        return true;
    if (n->after_token < s->count && scan_list_at(s, n->after_token, &s->words->clock_after))
        return true;
    if (after == ' ' && n->after_token < s->count && !in_list(&s->words->clock_follow, s->tokens[n->after_token].lower))
        return false; /* "at 7 schools" */
    return n->value.millionths >= 1000000 && n->value.millionths <= 24000000 &&
           scan_list_before(s, i, &s->words->clock_before);
}

/* "page 9", "Section 3543.5", "K-12", "8(a)(1)", "12 Harbor Street": a number that names, and counts nothing. */
static bool is_name(const struct scan *s, const struct number *n)
{
    size_t i = n->first_token;
    char before = scan_byte_before(s, i);
    char after = scan_byte_after(s, n->after_token - 1);
    size_t k = i;

    if (before == '#' || before == '/' || after == '/' || after == '(' ||
        (before == '-' && i && !s->tokens[i - 1].is_number))
        return true;
    if (after == '-' && n->after_token < s->count && !s->tokens[n->after_token].is_number && !n->is_words &&
        s->tokens[n->after_token].lower.n <= 2)
        return true;
    /* "pages 6, 7 and 9", "8(a)(1)": back over numbers, single letters and the words that join them */
    while (k > 0 && !s->tokens[k].begins_sentence && i - k < 6) {
        const struct token *behind = &s->tokens[k - 1];

        if (scan_list_before(s, k, &s->words->not_a_count_before))
            return true;
        if (!behind->is_number && behind->lower.n > 1 && !in_list(&s->words->number_joins, behind->lower))
            break;
        k--;
    }
    /* A capital behind it: "12 Harbor Street". */
    if (!n->is_words && n->after_token + 1 < s->count && !s->tokens[n->after_token].begins_sentence) {
        char c = s->text.p[s->tokens[n->after_token].at];
        char d = s->text.p[s->tokens[n->after_token + 1].at];

        return after == ' ' && c >= 'A' && c <= 'Z' && d >= 'A' && d <= 'Z';
    }
    return false;
}

enum { WORDS_FROM = 10 }; /* "two council members" is prose; "twelve" is a count */

static void check_numbers(struct wording *w)
{
    for (size_t i = 0; i < w->scan.count; i++) {
        struct number n;
        size_t first = i;

        if (!scan_number_at(&w->scan, i, &n))
            continue;
        i = n.after_token - 1;
        if ((marks_at(w, first) & (FLAT_LINK | FLAT_CODE | FLAT_QUOTE)) || n.is_weak)
            continue;
        if (n.is_words && !n.is_percent && n.value.millionths < (int64_t)WORDS_FROM * 1000000)
            continue;
        if (is_date_part(&w->scan, first) || is_time_of_day(&w->scan, &n) || is_name(&w->scan, &n))
            continue;
        report_tokens(w, DIAG_UNCITED_NUMBER, first, n.after_token - first,
                      S("a number of ours with nothing behind it"), S("[…](fig:KEY)"));
    }
}

/* A right, and an answer that cites a law, has the law's numbers. */
static bool numbers_count(const struct entry *e)
{
    return e->kind != ENTRY_RIGHT && e->law.n == 0;
}

void check_wording(struct compile *c, struct node *block)
{
    struct wording w = {.c = c};

    if (c->request->is_checked)
        return;
    w.flat = flat_of(c->scratch, block);
    w.scan = scan_text(c->scratch, (struct span){w.flat.text, w.flat.n}, c->entry->lang);
    check_relative_dates(&w, cite_is_below(block));
    if (numbers_count(c->entry))
        check_numbers(&w);
    legal_check(c, &w.flat, &w.scan, cite_is_below(block));
}
