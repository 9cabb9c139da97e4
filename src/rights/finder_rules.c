/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Choices are told apart by their words without regard to case and spaces. Keys say less than words and may fall
 * together ("C" and "C++"): then none of them gets the short key, for an old address must never come to ask something
 * else in silence.
 */
#include "rights/finder_rules.h"

#include "base/utf8.h"
#include "rights/rights_impl.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SLUG_MAX = 64, FOLD_MAX = 1024 * 1024 };

/* ---- words to keys ---- */

static bool is_blank(uint32_t c)
{
    return c <= ' ' || c == 0xA0;
}

/* "  Salón  de Clases" → "salón de clases". */
static struct span fold(struct arena *a, struct span words)
{
    struct buf *out = buf_new(a, FOLD_MAX);
    bool is_space = false;
    uint32_t c;

    while (utf8_next(&words, &c)) {
        if (is_blank(c)) {
            is_space = out->n > 0;
            continue;
        }
        if (is_space)
            buf_char(out, ' ');
        is_space = false;
        buf_utf8(out, utf8_lower(c));
    }
    return buf_span(out);
}

static bool is_plain(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* "salón & pasillo" → "salon-pasillo". */
static struct span slug(struct arena *a, struct span folded)
{
    struct buf *out = buf_new(a, SLUG_MAX + 1);
    bool is_gap = false;
    uint32_t c;

    while (out->n < SLUG_MAX && utf8_next(&folded, &c)) {
        c = utf8_without_accent(c);
        if (!is_plain(c)) {
            is_gap = out->n > 0;
            continue;
        }
        if (is_gap)
            buf_char(out, '-');
        is_gap = false;
        buf_char(out, (char)c);
    }
    return buf_span(out);
}

/* Tells words with one slug apart (FNV-1a). */
static uint64_t mark_of(struct span folded)
{
    uint64_t mark = 0xCBF29CE484222325U;

    for (size_t i = 0; i < folded.n; i++)
        mark = (mark ^ (unsigned char)folded.p[i]) * 0x100000001B3U;
    return mark;
}

static void name_choices(struct arena *a, struct finder_choices *choices)
{
    struct finder_choice *items = choices->list.items;
    size_t count = choices->list.count;
    bool *is_shared = ARENA_ARRAY(a, bool, count + 1);

    for (size_t i = 0; i < count; i++) {
        items[i].key = slug(a, items[i].folded);
        is_shared[i] = items[i].key.n == 0;
        for (size_t k = 0; k < i; k++) {
            if (!span_eq(items[k].key, items[i].key))
                continue;
            is_shared[i] = true;
            is_shared[k] = true;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_shared[i])
            items[i].key = arena_printf(a, "%.*s%s%016" PRIx64, SPAN_ARGS(items[i].key), items[i].key.n ? "-" : "",
                                        mark_of(items[i].folded));
    }
}

/* ---- what there is to ask ---- */

static struct span words_of(const struct entry *e, enum finder_part part)
{
    switch (part) {
    case FINDER_ACTIVITY:
        return e->activity;
    case FINDER_PLACE:
        return e->place;
    case FINDER_TIME:
        return e->time;
    }
    return S("");
}

static size_t choice_with(struct arena *a, struct finder_choices *choices, struct span words, enum lang lang)
{
    struct span folded = fold(a, words);
    struct finder_choice *choice;

    for (size_t i = 0; i < choices->list.count; i++) {
        if (span_eq(choices->list.items[i].folded, folded))
            return i;
    }
    choice = LIST_ADD(a, &choices->list);
    choice->folded = folded;
    choice->lang = lang;
    return choices->list.count - 1;
}

static void add_choices(struct arena *a, struct finder *f, struct finder_right *right)
{
    const struct campaign *c = f->campaign;

    for (unsigned part = 0; part < FINDER_PARTS; part++) {
        struct finder_choices *choices = &f->choices[part];
        struct finder_choice *choice;

        right->at[part] = choice_with(a, choices, words_of(right->facts, part), right->facts->lang);
        choice = &choices->list.items[right->at[part]];
        choice->is_offered = choice->is_offered || right->facts->superseded.n == 0;
        for (size_t i = 0; i < c->language_count; i++) {
            enum lang lang = c->languages[i];
            const struct entry *e = campaign_entry(c, ENTRY_RIGHT, right->facts->key, lang);

            if (e && choice->words[lang].n == 0)
                choice->words[lang] = words_of(e, part);
        }
    }
}

static int in_order(const void *left, const void *right)
{
    return answers_compare(((const struct finder_right *)left)->facts, ((const struct finder_right *)right)->facts);
}

const struct finder *finder_of(struct arena *a, const struct campaign *c, enum lang lang)
{
    struct finder *f = ARENA_NEW(a, struct finder);
    size_t count = 0;
    const struct entry *all = campaign_entries(c, ENTRY_RIGHT, &count);

    f->campaign = c;
    f->lang = lang;
    for (size_t i = 0; i < count; i++) {
        struct finder_right *right;

        if (i > 0 && span_eq(all[i].key, all[i - 1].key))
            continue; /* the same right in its second language */
        right = LIST_ADD(a, &f->rights.list);
        right->words = campaign_entry_any(c, ENTRY_RIGHT, all[i].key, lang);
        right->facts = campaign_entry_any(c, ENTRY_RIGHT, all[i].key, campaign_main_lang(c));
    }
    if (f->rights.list.count > 1)
        qsort(f->rights.list.items, f->rights.list.count, sizeof *f->rights.list.items, in_order);
    for (size_t i = 0; i < f->rights.list.count; i++)
        add_choices(a, f, &f->rights.list.items[i]);
    for (unsigned part = 0; part < FINDER_PARTS; part++)
        name_choices(a, &f->choices[part]);
    return f;
}

struct span finder_words(const struct finder *f, const struct finder_choice *choice, enum lang *lang_out)
{
    *lang_out = choice->words[f->lang].n ? f->lang : choice->lang;
    return choice->words[*lang_out];
}

/* ---- asking ---- */

void finder_choose(const struct finder *f, struct finder_question *q, enum finder_part part, struct span key)
{
    const struct finder_choices *choices = &f->choices[part];

    if (key.n == 0)
        return;
    for (size_t i = 0; i < choices->list.count && q->chosen[part] == NULL; i++) {
        if (span_eq(choices->list.items[i].key, key))
            q->chosen[part] = &choices->list.items[i];
    }
    q->is_unknown[part] = q->chosen[part] == NULL;
}

struct finder_question finder_question_of(const struct finder *f, const struct finder_right *right)
{
    struct finder_question q = {0};

    for (unsigned part = 0; part < FINDER_PARTS; part++)
        q.chosen[part] = &f->choices[part].list.items[right->at[part]];
    return q;
}

/* ---- answering ---- */

static bool fits(const struct finder *f, const struct finder_right *right, const struct finder_question *q)
{
    const bool holds_for_all[FINDER_PARTS] = {
        [FINDER_PLACE] = right->facts->is_everywhere,
        [FINDER_TIME] = right->facts->is_always,
    };

    for (unsigned part = 0; part < FINDER_PARTS; part++) {
        const struct finder_choice *own = &f->choices[part].list.items[right->at[part]];

        if (q->chosen[part] && q->chosen[part] != own && !holds_for_all[part])
            return false;
    }
    return true;
}

static bool holds(const struct finder_rights *rights, const struct entry *facts)
{
    for (size_t i = 0; i < rights->list.count; i++) {
        if (rights->list.items[i].facts == facts)
            return true;
    }
    return false;
}

/* The right in force that took the place of `old`, over any number of steps; null when they lead nowhere or round. */
static const struct finder_right *successor(const struct finder *f, const struct finder_right *old)
{
    const struct finder_right *at = old;

    for (size_t steps = 0; at && at->facts->superseded.n && steps <= f->rights.list.count; steps++) {
        const struct finder_right *next = NULL;

        for (size_t i = 0; i < f->rights.list.count && next == NULL; i++) {
            if (span_eq(f->rights.list.items[i].facts->key, at->facts->superseded))
                next = &f->rights.list.items[i];
        }
        at = next;
    }
    return at && at->facts->superseded.n == 0 ? at : NULL;
}

static struct finder_rights fitting(struct arena *a, const struct finder *f, const struct finder_question *q)
{
    struct finder_rights fit = {0};

    for (size_t i = 0; i < f->rights.list.count; i++) {
        const struct finder_right *right = &f->rights.list.items[i];

        if (right->facts->superseded.n == 0 && fits(f, right, q))
            *LIST_ADD(a, &fit.list) = *right;
    }
    return fit;
}

static struct finder_rights newer_ones(struct arena *a, const struct finder *f, const struct finder_question *q,
                                       const struct finder_rights *fit)
{
    struct finder_rights newer = {0};

    for (size_t i = 0; i < f->rights.list.count; i++) {
        const struct finder_right *right = &f->rights.list.items[i];
        const struct finder_right *now;

        if (right->facts->superseded.n == 0 || !fits(f, right, q))
            continue;
        now = successor(f, right);
        if (now && !holds(fit, now->facts) && !holds(&newer, now->facts))
            *LIST_ADD(a, &newer.list) = *now;
    }
    return newer;
}

/* No before “it depends” before yes: who reads only the first one takes the smaller risk. */
static struct finder_rights careful_first(struct arena *a, const struct finder_rights *rights)
{
    static const enum answer order[] = {ANSWER_NO, ANSWER_DEPENDS, ANSWER_YES};
    struct finder_rights sorted = {0};

    for (size_t n = 0; n < COUNT(order); n++) {
        for (size_t i = 0; i < rights->list.count; i++) {
            if (rights->list.items[i].facts->answer == order[n])
                *LIST_ADD(a, &sorted.list) = rights->list.items[i];
        }
    }
    return sorted;
}

static enum finder_state state_of(const struct finder_question *q, const struct finder_rights *fit)
{
    bool says[ANSWER_DEPENDS + 1] = {false};
    size_t chosen = 0;
    size_t unknown = 0;

    for (unsigned part = 0; part < FINDER_PARTS; part++) {
        chosen += q->chosen[part] != NULL;
        unknown += q->is_unknown[part];
    }
    for (size_t i = 0; i < fit->list.count; i++)
        says[fit->list.items[i].facts->answer] = true;
    if (unknown)
        return FINDER_UNKNOWN;
    if (chosen == 0)
        return FINDER_BLANK;
    if (fit->list.count == 0)
        return FINDER_NONE;
    if (chosen < FINDER_PARTS)
        return FINDER_PARTIAL;
    return says[ANSWER_YES] && says[ANSWER_NO] ? FINDER_CONFLICT : FINDER_ANSWERED;
}

struct finder_found finder_answer(struct arena *a, const struct finder *f, const struct finder_question *q)
{
    struct finder_rights fit = fitting(a, f, q);
    struct finder_found found = {.state = state_of(q, &fit)};
    const struct finder_question same_activity = {.chosen = {q->chosen[FINDER_ACTIVITY]}};

    if (found.state == FINDER_BLANK || found.state == FINDER_UNKNOWN)
        return found;
    found.newer = newer_ones(a, f, q, &fit);
    if (found.state == FINDER_NONE && q->chosen[FINDER_ACTIVITY])
        found.near = fitting(a, f, &same_activity);
    if (found.state != FINDER_ANSWERED && found.state != FINDER_CONFLICT) {
        found.rights = fit;
        return found;
    }
    found.rights = careful_first(a, &fit);
    CHECK(found.rights.list.count > 0); /* or it would not be answered */
    found.verdict = found.rights.list.items[0].facts->answer;
    return found;
}

bool finder_is_due(const struct finder_right *right, struct date today)
{
    return date_is_set(right->facts->review_by) && date_cmp(right->facts->review_by, today) < 0;
}
