/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A figure as people write it: digits grouped, "$" and "%" in their places, the unit behind.
 */
#include "prose/prose_impl.h"

/* "1700" → "1,700", in English and in the Spanish of the Americas alike. */
static struct span group_digits(struct arena *a, struct span digits)
{
    struct buf b;
    struct span whole;
    struct span part;
    bool has_part = span_cut(digits, '.', &whole, &part);

    buf_init(&b, a, digits.n * 2 + 8);
    for (size_t i = 0; i < whole.n; i++) {
        if (i && (whole.n - i) % 3 == 0 && whole.p[i - 1] != '-')
            buf_char(&b, ',');
        buf_char(&b, whole.p[i]);
    }
    if (has_part) {
        buf_char(&b, '.');
        buf_put(&b, part);
    }
    return buf_span(&b);
}

struct span prose_figure_words(struct arena *a, const struct campaign *c, const struct figure *f, enum lang lang)
{
    return prose_value_words(a, c, f, f->is_withdrawn ? f->was : f->value_text, lang);
}

struct span prose_value_words(struct arena *a, const struct campaign *c, const struct figure *f, struct span value,
                              enum lang lang)
{
    struct span number = group_digits(a, value);
    struct span unit = words_in(c, &f->unit, lang, NULL);

    if (span_eq(unit, S("$")))
        return arena_join(a, (struct span[]){S("$"), number}, 2);
    if (span_eq(unit, S("%")))
        return arena_join(a, (struct span[]){number, lang == LANG_ES ? S(" %") : S("%")}, 2);
    return unit.n ? arena_join(a, (struct span[]){number, S(" "), unit}, 3) : number;
}
