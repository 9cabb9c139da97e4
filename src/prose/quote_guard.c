/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What brackets may not hide: negations, numbers, the names of the parties. Phrases of several words count as a whole.
 *
 * Of a name counts the whole, each word that is not a usual part of such names ("schools", "educators": lists in words_*.c)
 * and its initials.
 */
#include "prose/quote_impl.h"
#include "prose/words.h"

#include <string.h>

enum { SLOTS = 1024, NAME_MAX_WORDS = 64 };

uint32_t quote_hash(struct span s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (uint8_t)s.p[i]) * 16777619u;
    return h;
}

static void add_phrase(struct guard *g, struct arena *a, const struct span *words, size_t count, uint8_t mark)
{
    struct phrase *p;
    uint32_t *slot;

    if (count == 0 || count > PHRASE_MAX)
        return;
    slot = &g->slots[quote_hash(words[0]) % g->slot_count];
    p = LIST_ADD(a, &g->phrases);
    *p = (struct phrase){.count = count, .mark = mark, .next = *slot};
    for (size_t i = 0; i < count; i++)
        p->words[i] = words[i];
    *slot = (uint32_t)g->phrases.count;
}

static size_t fold_words(struct arena *a, struct span text, struct span *words, size_t room)
{
    struct cutter c = {.text = text};
    struct cut_word w;
    size_t count = 0;
    char small[256];

    while (count < room && cut_next(&c, &w))
        words[count++] = arena_dup(a, cut_fold(a, text, &w, small, sizeof small));
    return count;
}

static void add_list(struct guard *g, struct arena *a, const struct word_list *list, uint8_t mark)
{
    for (size_t i = 0; i < list->count; i++) {
        struct span words[PHRASE_MAX];

        add_phrase(g, a, words, fold_words(a, list->items[i], words, COUNT(words)), mark);
    }
}

static bool is_usual(struct span word)
{
    for (int l = 0; l < LANG_COUNT; l++) {
        const struct word_list *list = &words_for((enum lang)l)->usual_in_names;

        for (size_t i = 0; i < list->count; i++)
            if (span_eq(list->items[i], word))
                return true;
    }
    return false;
}

static void add_party(struct guard *g, struct arena *a, struct span name)
{
    struct span words[NAME_MAX_WORDS];
    struct cutter c = {.text = name};
    struct cut_word w;
    struct buf initials;
    size_t count = fold_words(a, name, words, COUNT(words));

    add_phrase(g, a, words, count < PHRASE_MAX ? count : PHRASE_MAX, MARK_PARTY);
    for (size_t i = 0; i < count; i++)
        if (!is_usual(words[i]) && words[i].n > 1)
            add_phrase(g, a, &words[i], 1, MARK_PARTY);
    buf_init(&initials, a, NAME_MAX_WORDS);
    for (size_t i = 0; cut_next(&c, &w) && i < count; i++)
        if (name.p[w.at] >= 'A' && name.p[w.at] <= 'Z')
            buf_char(&initials, words[i].p[0]);
    if (initials.n > 1)
        add_phrase(g, a, &(struct span){initials.p, initials.n}, 1, MARK_PARTY);
}

static bool knows(const struct quote_rules *rules, enum lang lang)
{
    bool is_known = false;

    for (size_t i = 0; i < rules->lang_count; i++) {
        enum lang one;

        if (!lang_from_code(rules->langs[i], &one))
            return true; /* which words it denies with we do not know: all that we know */
        is_known = is_known || one == lang;
    }
    return is_known || rules->lang_count == 0;
}

void guard_init(struct guard *g, struct arena *a, const struct quote_rules *rules)
{
    *g = (struct guard){.slots = ARENA_ARRAY(a, uint32_t, SLOTS), .slot_count = SLOTS};
    for (int l = 0; l < LANG_COUNT; l++) {
        const struct words_of *words = words_for((enum lang)l);

        if (!knows(rules, (enum lang)l))
            continue;
        add_list(g, a, &words->negations, MARK_NEGATION);
        add_list(g, a, &words->amounts, MARK_NUMBER);
        for (size_t i = 0; i < words->numeral_count; i++)
            if (words->numerals[i].kind == NUMERAL_ADD || words->numerals[i].kind == NUMERAL_HUNDRED ||
                words->numerals[i].kind == NUMERAL_SCALE)
                add_phrase(g, a, &words->numerals[i].word, 1, MARK_NUMBER);
    }
    for (size_t i = 0; i < rules->party_count; i++)
        add_party(g, a, rules->parties[i]);
}

static const struct phrase *phrase_from(const struct guard *g, uint32_t index, struct span word)
{
    for (; index; index = g->phrases.items[index - 1].next)
        if (span_eq(g->phrases.items[index - 1].words[0], word))
            return &g->phrases.items[index - 1];
    return NULL;
}

const struct phrase *guard_first(const struct guard *g, struct span word)
{
    return phrase_from(g, g->slots[quote_hash(word) % g->slot_count], word);
}

const struct phrase *guard_next(const struct guard *g, const struct phrase *p)
{
    return phrase_from(g, p->next, p->words[0]);
}

uint8_t guard_word(struct span word)
{
    uint8_t marks = 0;

    if (span_ends(word, S("n't")))
        marks |= MARK_NEGATION;
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] >= '0' && word.p[i] <= '9')
            marks |= MARK_NUMBER;
    if (word.n &&
        (word.p[0] == '-' || word.p[0] == '%' || word.p[0] == '$' || (word.n > 1 && (uint8_t)word.p[0] == 0xE2)))
        marks |= MARK_NUMBER; /* the signs that are words: ‰ and most of money begin so */
    return marks;
}
