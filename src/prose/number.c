/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Numbers as people write them, in digits and in words, with the bound that stands before or behind them.
 */
#include "base/rc.h"
#include "prose/scan.h"

enum { MILLION = 1000000 };
static const int64_t MOST = 1000000000000;
static const int64_t VALUE_MAX = (int64_t)1000000000000 * MILLION;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits up to the next separator; gives their count. */
static size_t take_digits(struct span *s, uint64_t *value_out)
{
    size_t n = 0;

    *value_out = 0;
    while (n < s->n && is_digit(s->p[n])) {
        if (n < 13)
            *value_out = *value_out * 10 + (uint64_t)(s->p[n] - '0');
        n++;
    }
    *s = span_from(*s, n);
    return n;
}

/* "1,700" "1.700" "2.5" → a value. False for "1,2,3", "12,34" and what is too large. */
static bool parse_digits(struct span s, bool dot_groups, struct decimal *out)
{
    uint64_t group;
    uint64_t value;
    size_t digits = take_digits(&s, &value);
    bool is_grouped = false;

    if (digits == 0 || digits > 12)
        return false;
    while (s.n) {
        char mark = s.p[0];
        size_t skip = 0;

        while (skip < s.n && !is_digit(s.p[skip]))
            skip++;
        s = span_from(s, skip);
        size_t n = take_digits(&s, &group);
        bool may_group = n == 3 && digits <= 3 && !(value == 0 && !is_grouped) && (mark != '.' || dot_groups);

        if (may_group && value < 1000000000) {
            value = value * 1000 + group;
            is_grouped = true;
            continue;
        }
        if (s.n || n == 0 || n > 6 || (mark != '.' && mark != ','))
            return false;
        for (size_t i = n; i < 6; i++)
            group *= 10;
        out->millionths = (int64_t)value * MILLION + (int64_t)group;
        return true;
    }
    out->millionths = (int64_t)value * MILLION;
    return true;
}

static const struct numeral *numeral_at(const struct scan *s, size_t i)
{
    if (i >= s->count)
        return NULL;
    for (size_t k = 0; k < s->words->numeral_count; k++)
        if (span_eq(s->words->numerals[k].word, s->tokens[i].lower))
            return &s->words->numerals[k];
    return NULL;
}

bool scan_is_numeral(const struct scan *s, size_t i)
{
    return s->tokens[i].is_number || numeral_at(s, i) != NULL;
}

/* Only a space or a hyphen between token `i` and the one after it? */
static bool is_joined(const struct scan *s, size_t i)
{
    char c = scan_byte_after(s, i);

    return i + 1 < s->count && (c == ' ' || c == '-') &&
           s->tokens[i].at + s->tokens[i].lower.n + 1 == s->tokens[i + 1].at;
}

/* May a numeral of `value` stand behind one whose last part was `last`? "forty" + "six" yes, "six" + "seven" no. */
static bool may_follow(uint32_t last, uint32_t value)
{
    if (last == 0)
        return true;
    if (last >= 1000)
        return value < 1000;
    if (last >= 100)
        return value < 100;
    return last >= 20 && last % 10 == 0 && value < 10;
}

/* "a hundred", but not "a school" and not "half a dozen". */
static bool is_before_scale(const struct scan *s, size_t i)
{
    const struct numeral *n = is_joined(s, i) ? numeral_at(s, i + 1) : NULL;

    return n && (n->kind == NUMERAL_HUNDRED || n->kind == NUMERAL_SCALE) &&
           !(i && span_eq(s->tokens[i - 1].lower, S("half")));
}

/* "one hundred and forty-six", "mil setecientos". */
static bool number_in_words(const struct scan *s, size_t i, struct number *out)
{
    const struct numeral *n = numeral_at(s, i);
    int64_t total = 0;
    int64_t current = 0;
    uint32_t last = 0;
    size_t after = i;

    if (n == NULL || n->kind == NUMERAL_JOIN || n->kind == NUMERAL_HUNDRED)
        return false;
    if (n->kind == NUMERAL_SCALE && n->value != 1000) /* "million" alone is no number; "mil" is */
        return false;
    if (n->kind == NUMERAL_BEFORE_SCALE && !is_before_scale(s, i))
        return false;
    out->is_weak = n->kind == NUMERAL_ARTICLE;
    for (size_t k = i; n; n = numeral_at(s, k)) {
        if (n->kind == NUMERAL_JOIN) {
            const struct numeral *behind = numeral_at(s, k + 1);

            if (!is_joined(s, k) || behind == NULL || behind->kind != NUMERAL_ADD || !may_follow(last, behind->value))
                break;
        } else if (n->kind == NUMERAL_HUNDRED) {
            if (current > MOST / 100)
                break;
            current = (current ? current : 1) * 100;
            last = 100;
            after = k + 1;
        } else if (n->kind == NUMERAL_SCALE) {
            if (current > MOST / n->value)
                break;
            total += (current ? current : 1) * n->value;
            current = 0;
            last = 1000;
            after = k + 1;
        } else {
            if (!may_follow(last, n->value) || (k > i && n->kind == NUMERAL_BEFORE_SCALE))
                break;
            current += n->value;
            last = n->value;
            after = k + 1;
        }
        if (total + current > MOST || !is_joined(s, k))
            break;
        k++;
    }
    if (after != i + 1)
        out->is_weak = false;
    out->value.millionths = (total + current) * MILLION;
    out->after_token = after;
    out->is_words = true;
    return after > i;
}

static bool vague_number(const struct scan *s, size_t i, struct number *out)
{
    for (size_t k = 0; k < s->words->vague_count; k++) {
        if (span_eq(s->words->vagues[k].word, s->tokens[i].lower)) {
            out->value.millionths = (int64_t)s->words->vagues[k].at_least * MILLION;
            out->bound = BOUND_VAGUE;
            out->after_token = i + 1;
            out->is_words = true;
            return true;
        }
    }
    return false;
}

/* "million" behind digits. */
static void take_scale(const struct scan *s, struct number *out)
{
    const struct numeral *n = is_joined(s, out->after_token - 1) ? numeral_at(s, out->after_token) : NULL;

    if (n == NULL || n->kind != NUMERAL_SCALE || out->value.millionths > VALUE_MAX / n->value)
        return;
    out->value.millionths *= n->value;
    out->after_token++;
}

static void take_bound(const struct scan *s, size_t i, struct number *out)
{
    size_t longest = 0;

    for (size_t k = 0; k < s->words->bound_count; k++) {
        const struct bound_words *b = &s->words->bounds[k];

        for (size_t n = 1; n <= 3 && n <= i; n++) {
            if (n > longest && scan_phrase_at(s, i - n, b->words) == n && !s->tokens[i].begins_sentence &&
                scan_byte_after(s, i - 1) != '.') {
                out->bound = b->bound;
                longest = n;
            }
        }
    }
    for (size_t k = 0; longest == 0 && k < s->words->bound_after_count; k++)
        if (out->after_token < s->count && scan_phrase_at(s, out->after_token, s->words->bounds_after[k].words))
            out->bound = s->words->bounds_after[k].bound;
    if (longest == 0 && scan_byte_after(s, out->after_token - 1) == '+')
        out->bound = BOUND_AT_LEAST;
}

/* "por ciento", from its first word on. */
static bool is_por_ciento(const struct scan *s, size_t i)
{
    return scan_phrase_at(s, i, S("por ciento")) || scan_phrase_at(s, i, S("por cien"));
}

bool scan_number_at(const struct scan *s, size_t i, struct number *number_out)
{
    const struct token *last;
    struct number n = {.first_token = i, .after_token = i + 1, .at = s->tokens[i].at};

    if (i && is_por_ciento(s, i - 1))
        return false; /* its words are no number of their own */
    if (s->tokens[i].is_number) {
        if (!parse_digits(s->tokens[i].lower, s->words->dot_groups_thousands, &n.value))
            return false;
        take_scale(s, &n);
    } else if (!number_in_words(s, i, &n) && !vague_number(s, i, &n)) {
        return false;
    }
    if (n.bound == BOUND_EXACT)
        take_bound(s, i, &n);
    last = &s->tokens[n.after_token - 1];
    n.n = last->at + last->lower.n - n.at;
    n.is_percent = scan_byte_after(s, n.after_token - 1) == '%' ||
                   (n.after_token < s->count &&
                    (span_eq(s->tokens[n.after_token].lower, S("percent")) || is_por_ciento(s, n.after_token)));
    *number_out = n;
    return true;
}
