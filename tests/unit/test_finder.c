/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * "May I do this, here, now?": each case is a few rights and a question, and says what must come of it. First of all
 * that nothing is ever guessed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "rights/finder_rules.h"

#define TODAY ((struct date){2026, 5, 1})

static int open_arena(void **state)
{
    *state = arena_open((size_t)1 << 26);
    return 0;
}

static int close_arena(void **state)
{
    struct arena *a = *state;

    arena_close(&a);
    return 0;
}

/* ---- a campaign of a few rights ---- */

struct right {
    const char *key; /* "talk", or "talk.es" for its translation */
    const char *activity;
    const char *place;
    const char *time;
    enum answer answer;
    const char *superseded;
    bool is_everywhere;
    bool is_always;
    int64_t order;
};

enum { RIGHTS_MAX = 6 };

static const struct campaign *campaign(struct arena *a, const struct right *rights)
{
    struct campaign *c = ARENA_NEW(a, struct campaign);

    c->arena = a;
    c->languages[0] = LANG_EN;
    c->languages[1] = LANG_ES;
    c->language_count = 2;
    for (size_t i = 0; i < RIGHTS_MAX && rights[i].key; i++) {
        const struct right *r = &rights[i];
        struct entry *e = LIST_ADD(a, &c->entries);
        struct span lang;

        e->kind = ENTRY_RIGHT;
        e->lang = span_cut(span_of(r->key), '.', &e->key, &lang) ? LANG_ES : LANG_EN;
        e->activity = span_of(r->activity);
        e->place = span_of(r->place);
        e->time = span_of(r->time);
        e->answer = r->answer;
        e->superseded = span_of(r->superseded);
        e->is_everywhere = r->is_everywhere;
        e->is_always = r->is_always;
        e->order = r->order;
    }
    campaign_sort(c);
    return c;
}

/* ---- the table ---- */

struct question {
    const char *activity;
    const char *place;
    const char *time;
};

struct scenario {
    int line;
    struct right rights[RIGHTS_MAX];
    struct question asks;
    const char *expect; /* what finder_answer() found, as said() writes it */
};

#define CASE .line = __LINE__
/* The last is what took its place, and whatever else there is to say. */
#define RIGHT(key_, activity_, place_, time_, answer_, ...)                                                            \
    {                                                                                                                  \
        .key = key_, .activity = activity_, .place = place_, .time = time_, .answer = answer_,                         \
        .superseded = __VA_ARGS__                                                                                      \
    }
#define TALK(key, answer, ...) RIGHT(key, "Talk", "Break room", "Lunch", answer, __VA_ARGS__)
#define LONG_NAME              "A place whose name goes on and on and on, longer than any name of a place ought to, "
#define FULL                                                                                                           \
    {                                                                                                                  \
        "talk", "break-room", "lunch"                                                                                  \
    }

static const struct scenario scenarios[] = {
    /* nothing to go by */
    {CASE, .asks = {"", "", ""}, .expect = "blank"},
    {CASE, .asks = FULL, .expect = "unknown activity place time"},
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL)}, .asks = {"", "", ""}, .expect = "blank"},
    /* one right, one answer */
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL)}, .asks = FULL, .expect = "yes: a"},
    {CASE, .rights = {TALK("a", ANSWER_NO, NULL)}, .asks = FULL, .expect = "no: a"},
    {CASE, .rights = {TALK("a", ANSWER_DEPENDS, NULL)}, .asks = FULL, .expect = "depends: a"},
    /* part of a question is no question, even where only one right is left */
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL)}, .asks = {"talk", "", ""}, .expect = "partial: a"},
    {CASE, .rights = {TALK("a", ANSWER_NO, NULL)}, .asks = {"talk", "break-room", ""}, .expect = "partial: a"},
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL)}, .asks = {"", "break-room", "lunch"}, .expect = "partial: a"},
    {CASE,
     .rights = {TALK("b", ANSWER_YES, NULL), RIGHT("a", "Talk", "Gate", "Lunch", ANSWER_NO, NULL),
                RIGHT("c", "Sign", "Gate", "Lunch", ANSWER_YES, NULL)},
     .asks = {"talk", "", "lunch"}, .expect = "partial: a b"},
    /* no rule: neither yes nor no; what is near is only near */
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL), RIGHT("b", "Sign", "Gate", "Dinner", ANSWER_YES, NULL)},
     .asks = {"talk", "gate", "dinner"}, .expect = "none; near: a"},
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL), RIGHT("b", "Sign", "Gate", "Dinner", ANSWER_YES, NULL)},
     .asks = {"talk", "gate", ""}, .expect = "none; near: a"},
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL), RIGHT("b", "Sign", "Gate", "Dinner", ANSWER_YES, NULL)},
     .asks = {"", "gate", "lunch"}, .expect = "none"},
    /* several: the most careful first, all of them */
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL), TALK("b", ANSWER_DEPENDS, NULL)}, .asks = FULL,
     .expect = "depends: b a"},
    {CASE, .rights = {TALK("a", ANSWER_DEPENDS, NULL), TALK("b", ANSWER_NO, NULL)}, .asks = FULL, .expect = "no: b a"},
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL, .order = 2), TALK("b", ANSWER_YES, NULL, .order = 1)}, .asks = FULL,
     .expect = "yes: b a"},
    /* yes and no: both are shown, neither is the answer */
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL), TALK("b", ANSWER_NO, NULL)}, .asks = FULL,
     .expect = "conflict: b a"},
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL), TALK("b", ANSWER_DEPENDS, NULL), TALK("c", ANSWER_NO, NULL)},
     .asks = FULL, .expect = "conflict: c b a"},
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL), TALK("b", ANSWER_NO, "a")}, .asks = FULL, .expect = "yes: a"},
    /* superseded: it never answers, but points on, over any number of steps */
    {CASE, .rights = {TALK("a", ANSWER_YES, "b"), RIGHT("b", "Talk", "Gate", "Lunch", ANSWER_NO, NULL)}, .asks = FULL,
     .expect = "none; near: b; newer: b"},
    {CASE,
     .rights = {TALK("a", ANSWER_YES, "b"), TALK("b", ANSWER_YES, "c"),
                RIGHT("c", "Sign", "Gate", "Lunch", ANSWER_NO, NULL)},
     .asks = FULL, .expect = "none; newer: c"},
    {CASE,
     .rights = {TALK("a", ANSWER_YES, "b"), RIGHT("b", "Talk", "Gate", "Lunch", ANSWER_NO, NULL),
                TALK("c", ANSWER_DEPENDS, NULL)},
     .asks = FULL, .expect = "depends: c; newer: b"},
    {CASE, .rights = {TALK("a", ANSWER_YES, "a")}, .asks = FULL, .expect = "none"},
    {CASE, .rights = {TALK("a", ANSWER_YES, "b"), TALK("b", ANSWER_YES, "a")}, .asks = FULL, .expect = "none"},
    {CASE, .rights = {TALK("a", ANSWER_YES, "gone")}, .asks = FULL, .expect = "none"},
    {CASE, .rights = {TALK("a", ANSWER_YES, "b"), TALK("b", ANSWER_NO, NULL)}, .asks = {"talk", "", ""},
     .expect = "partial: b"},
    /* everywhere, always: only where the file says so */
    {CASE,
     .rights = {TALK("a", ANSWER_YES, NULL), RIGHT("b", "Record", "Anywhere", "Any time", ANSWER_NO, NULL,
                                                   .is_everywhere = true, .is_always = true)},
     .asks = {"record", "break-room", "lunch"}, .expect = "no: b"},
    {CASE,
     .rights = {TALK("a", ANSWER_YES, NULL),
                RIGHT("b", "Record", "Anywhere", "Any time", ANSWER_NO, NULL, .is_everywhere = true)},
     .asks = {"record", "break-room", "lunch"}, .expect = "none; near: b"},
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL), RIGHT("b", "Record", "Anywhere", "Any time", ANSWER_YES, NULL)},
     .asks = {"record", "break-room", "any-time"}, .expect = "none; near: b"},
    {CASE,
     .rights = {TALK("a", ANSWER_YES, NULL),
                RIGHT("b", "Talk", "Anywhere", "Lunch", ANSWER_NO, NULL, .is_everywhere = true)},
     .asks = FULL, .expect = "conflict: b a"},
    {CASE, /* the other way round: “anywhere” does not mean each place that some right has */
     .rights = {TALK("a", ANSWER_YES, NULL),
                RIGHT("b", "Talk", "Anywhere", "Lunch", ANSWER_NO, NULL, .is_everywhere = true)},
     .asks = {"talk", "anywhere", "lunch"}, .expect = "no: b"},
    /* values that nobody offers */
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL)}, .asks = {"talk", "break-rooms", "lunch"},
     .expect = "unknown place"},
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL)}, .asks = {"Talk", "Break room", " lunch"},
     .expect = "unknown activity place time"},
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL)}, .asks = {"break-room", "talk", "lunch"},
     .expect = "unknown activity place"},
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL)}, .asks = {"talk", "", "\xff"}, .expect = "unknown time"},
    /* the same words in another spelling are one choice; other words are another */
    {CASE, .rights = {TALK("a", ANSWER_YES, NULL), RIGHT("b", "TALK", "break  ROOM", " lunch ", ANSWER_DEPENDS, NULL)},
     .asks = FULL, .expect = "depends: b a"},
    {CASE,
     .rights = {RIGHT("a", "Talk", "Room C", "Lunch", ANSWER_YES, NULL),
                RIGHT("b", "Talk", "Room C++", "Lunch", ANSWER_NO, NULL)},
     .asks = {"talk", "room-c", "lunch"}, .expect = "unknown place"},
    /* a missing translation changes nothing, nor does one that stands alone */
    {CASE,
     .rights = {TALK("a", ANSWER_NO, NULL), RIGHT("a.es", "Hablar", "Sala", "Almuerzo", ANSWER_YES, NULL),
                TALK("b", ANSWER_DEPENDS, NULL)},
     .asks = FULL, .expect = "no: a b"},
    {CASE, .rights = {RIGHT("a.es", "Hablar", "Salón", "Almuerzo", ANSWER_NO, NULL)},
     .asks = {"hablar", "salon", "almuerzo"}, .expect = "no: a"},
};

static void put_keys(struct buf *out, const char *before, const struct finder_rights *rights)
{
    if (rights->list.count)
        buf_put(out, span_of(before));
    for (size_t i = 0; i < rights->list.count; i++)
        buf_printf(out, " %.*s", SPAN_ARGS(rights->list.items[i].facts->key));
}

static struct span said(struct arena *a, const struct finder_question *q, const struct finder_found *found)
{
    static const char *const states[] = {"blank", "unknown", "partial:", "", "conflict:", "none"};
    static const char *const verdicts[] = {"yes:", "no:", "depends:"};
    static const char *const parts[] = {" activity", " place", " time"};
    struct buf *out = buf_new(a, 4096);

    buf_put(out, span_of(found->state == FINDER_ANSWERED ? verdicts[found->verdict] : states[found->state]));
    for (size_t i = 0; i < FINDER_PARTS; i++)
        if (q->is_unknown[i])
            buf_put(out, span_of(parts[i]));
    put_keys(out, "", &found->rights);
    put_keys(out, "; near:", &found->near);
    put_keys(out, "; newer:", &found->newer);
    return buf_span(out);
}

static void ask(const struct finder *f, const struct question *asks, struct finder_question *q)
{
    finder_choose(f, q, FINDER_ACTIVITY, span_of(asks->activity));
    finder_choose(f, q, FINDER_PLACE, span_of(asks->place));
    finder_choose(f, q, FINDER_TIME, span_of(asks->time));
}

static void cases(void **state)
{
    struct arena *a = *state;
    size_t wrong = 0;

    for (size_t i = 0; i < COUNT(scenarios); i++) {
        const struct scenario *s = &scenarios[i];

        for (unsigned lang = 0; lang < LANG_COUNT; lang++) { /* what is true does not depend on who reads it */
            const struct finder *f = finder_of(a, campaign(a, s->rights), (enum lang)lang);
            struct finder_question q = {0};
            struct finder_found found;
            struct span got;

            ask(f, &s->asks, &q);
            found = finder_answer(a, f, &q);
            got = said(a, &q, &found);
            if (span_eq(got, span_of(s->expect)))
                continue;
            print_error("line %d: “%.*s”, not “%s”\n", s->line, SPAN_ARGS(got), s->expect);
            wrong++;
        }
    }
    assert_int_equal(wrong, NULL);
}

/* ---- words and keys ---- */

static struct span word(const struct finder *f, enum finder_part part, size_t n, enum lang *lang_out)
{
    return finder_words(f, &f->choices[part].list.items[n], lang_out);
}

static void words_of_both_languages_have_one_key(void **state)
{
    static const struct right rights[RIGHTS_MAX] = {
        RIGHT("a", "Talk", "Break room", "Lunch", ANSWER_YES, NULL),
        RIGHT("a.es", "Hablar", "Sala de descanso", "Almuerzo", ANSWER_YES, NULL),
        RIGHT("b", "Sign", "Break room", "Lunch", ANSWER_YES, NULL),
    };
    const struct campaign *c = campaign(*state, rights);
    const struct finder *en = finder_of(*state, c, LANG_EN);
    const struct finder *es = finder_of(*state, c, LANG_ES);
    enum lang lang;

    for (unsigned part = 0; part < FINDER_PARTS; part++) {
        assert_int_equal(en->choices[part].list.count, es->choices[part].list.count);
        for (size_t i = 0; i < en->choices[part].list.count; i++)
            assert_true(span_eq(en->choices[part].list.items[i].key, es->choices[part].list.items[i].key));
    }
    assert_true(span_eq(word(es, FINDER_PLACE, 0, &lang), S("Sala de descanso")));
    assert_int_equal(lang, LANG_ES);
    assert_true(span_eq(es->choices[FINDER_PLACE].list.items[0].key, S("break-room")));
    /* a choice without a translation keeps its words, and says whose they are */
    assert_true(span_eq(word(es, FINDER_ACTIVITY, 1, &lang), S("Sign")));
    assert_int_equal(lang, LANG_EN);
}

static void keys_are_short_and_never_two_things(void **state)
{
    static const struct right rights[RIGHTS_MAX] = {
        RIGHT("a", "Talk", "Room C", "¡Después!", ANSWER_YES, NULL),
        RIGHT("b", "Talk", "Room C++", "?", ANSWER_YES, NULL),
        RIGHT("c", "Talk", "Salón & pasillo: 2", "Lunch", ANSWER_YES, NULL),
        RIGHT("d", "Talk", LONG_NAME "north", "Lunch", ANSWER_YES, NULL),
        RIGHT("e", "Talk", LONG_NAME "south", "Lunch", ANSWER_YES, NULL),
    };
    const struct finder *f = finder_of(*state, campaign(*state, rights), LANG_EN);

    for (unsigned part = 0; part < FINDER_PARTS; part++) {
        for (size_t i = 0; i < f->choices[part].list.count; i++) {
            struct span key = f->choices[part].list.items[i].key;

            assert_true(key.n > 0 && key.n <= 96);
            assert_true(model_is_key(span_sub(key, 0, 64)));
            for (size_t k = 0; k < i; k++)
                assert_false(span_eq(key, f->choices[part].list.items[k].key));
        }
    }
    assert_true(span_starts(f->choices[FINDER_PLACE].list.items[0].key, S("room-c-")));
    assert_true(span_eq(f->choices[FINDER_PLACE].list.items[2].key, S("salon-pasillo-2")));
    assert_true(span_eq(f->choices[FINDER_TIME].list.items[0].key, S("despues")));
}

static void a_right_answers_its_own_question(void **state)
{
    static const struct right rights[RIGHTS_MAX] = {RIGHT("a", "Talk", "Room C", "Noon", ANSWER_YES, NULL),
                                                    RIGHT("b", "Talk", "Room C++", "Noon", ANSWER_YES, NULL),
                                                    RIGHT("c", "Sign", "Gate", "Noon", ANSWER_YES, NULL)};
    const struct finder *f = finder_of(*state, campaign(*state, rights), LANG_ES);

    for (size_t i = 0; i < f->rights.list.count; i++) {
        struct finder_question own = finder_question_of(f, &f->rights.list.items[i]);
        struct finder_question again = {0};
        struct finder_found found;

        for (unsigned part = 0; part < FINDER_PARTS; part++)
            finder_choose(f, &again, (enum finder_part)part, own.chosen[part]->key);
        found = finder_answer(*state, f, &again);
        assert_int_equal(found.state, FINDER_ANSWERED);
        assert_int_equal(found.rights.list.count, 1);
        assert_ptr_equal(found.rights.list.items[0].facts, f->rights.list.items[i].facts);
    }
}

static void only_what_holds_is_offered(void **state)
{
    static const struct right rights[RIGHTS_MAX] = {RIGHT("a", "Talk", "Old room", "Lunch", ANSWER_YES, "b"),
                                                    RIGHT("b", "Talk", "Break room", "Lunch", ANSWER_YES, NULL)};
    const struct finder *f = finder_of(*state, campaign(*state, rights), LANG_EN);
    const struct finder_choice *places = f->choices[FINDER_PLACE].list.items;

    assert_int_equal(f->choices[FINDER_PLACE].list.count, 2);
    assert_true(span_eq(places[0].key, S("break-room")) && places[0].is_offered);
    assert_true(span_eq(places[1].key, S("old-room")) && !places[1].is_offered);
}

static void review_is_due_after_its_day(void **state)
{
    struct entry e = {0};
    const struct finder_right right = {.facts = &e};

    (void)state;
    assert_false(finder_is_due(&right, TODAY));
    e.review_by = TODAY;
    assert_false(finder_is_due(&right, TODAY));
    e.review_by = (struct date){2026, 4, 30};
    assert_true(finder_is_due(&right, TODAY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cases, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(words_of_both_languages_have_one_key, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(keys_are_short_and_never_two_things, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_right_answers_its_own_question, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(only_what_holds_is_offered, open_arena, close_arena),
        cmocka_unit_test(review_is_due_after_its_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
