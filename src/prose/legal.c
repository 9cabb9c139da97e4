/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Words of law: what a sentence says of an allegation is no stronger than what became of it by the day of the text, and what
 * calls something unlawful names the ruling, or says "alleged".
 *
 * Genuine is not unlawful, and charged is not found. A sentence is judged for each `case:` link in it; words inside another
 * link are that link's alone, and a semicolon parts sentences. "Alleged" counts in its clause, which is less. What fell
 * (settled, dismissed, reversed) bears no more than "alleged" and has to be said in the same paragraph; a sentence that says
 * it may also tell how far it had come.
 *
 * Each word looks no farther than FAR words around it, and each sentence at its own links once: a text of nothing but
 * "illegal" costs what its length is.
 */
#include "prose/prose_impl.h"
#include "prose/legal.h"

/* A sentence: tokens from `from` up to `to`. */
struct sentence {
    size_t from;
    size_t to;
};

static const struct word_list *fallen_words(const struct words_of *words, enum case_state state)
{
    return state == CASE_SETTLED     ? &words->legal_settled
           : state == CASE_DISMISSED ? &words->legal_dismissed
                                     : &words->legal_reversed;
}

enum { FAR = 60 }; /* words that a clause has at most */

static bool ends_before(const struct scan *s, size_t i)
{
    size_t from = s->tokens[i - 1].at + s->tokens[i - 1].lower.n;

    return s->tokens[i].begins_sentence ||
           span_find_char(span_sub(s->text, from, s->tokens[i].at - from), ';') != SPAN_NONE;
}

/* What parts a token from the one before it. */
enum part {
    PART_NONE,
    PART_COMMA, /* a colon or a dash does as well */
    PART_AND,
    PART_TURN, /* "but"; a comma and "and" */
};

static enum part part_before(const struct scan *s, size_t i)
{
    size_t from = s->tokens[i - 1].at + s->tokens[i - 1].lower.n;
    struct span between = span_sub(s->text, from, s->tokens[i].at - from);
    bool has_comma = span_find_char(between, ',') != SPAN_NONE || span_find_char(between, ':') != SPAN_NONE ||
                     span_find(between, S("—")) != SPAN_NONE || span_find(between, S("–")) != SPAN_NONE ||
                     span_find(between, S(" - ")) != SPAN_NONE;

    if (scan_list_at(s, i, &s->words->legal_turns))
        return PART_TURN;
    if (scan_list_at(s, i, &s->words->legal_and))
        return has_comma ? PART_TURN : PART_AND;
    return has_comma ? PART_COMMA : PART_NONE;
}

enum { FAR_OF_CONCLUSION = 2, FAR_OF_STEP = 4 }; /* words between a negation and what it denies */

/* A negation before: "not illegal", "no judge has ruled". Of a conclusion it has to stand nearer: who did not stop an illegal
 * thing calls it illegal, and so does who says "not only". Small words between do not count, but none goes over a comma. */
static bool is_negated(const struct scan *s, size_t i, size_t far)
{
    size_t least = i > FAR ? i - FAR : 0;

    for (; far > 0 && i > least && !s->tokens[i].begins_sentence && part_before(s, i) != PART_COMMA &&
           part_before(s, i) != PART_TURN;
         i--) {
        if (scan_list_at(s, i - 1, &s->words->legal_still))
            return false;
        if (scan_list_at(s, i - 1, &s->words->negations))
            return true;
        if (scan_list_at(s, i - 1, &s->words->legal_small) == 0)
            far--;
    }
    return false;
}

/* Does somebody allege the `count` tokens at `i`? "Alleged" counts in its clause; "alleges that" for what comes behind it,
 * over commas. */
static bool is_alleged(const struct scan *s, size_t i, size_t count)
{
    bool is_act = scan_list_at(s, i, &s->words->legal_acts) > 0;
    bool is_near = true;

    for (size_t k = i; k > 0 && i - k < FAR && !ends_before(s, k); k--) {
        enum part part = part_before(s, k);

        if (part == PART_TURN)
            break;
        is_near = is_near && part != PART_COMMA && !(part == PART_AND && is_act);
        if (scan_list_at(s, k - 1, &s->words->legal_alleges) ||
            (is_near && scan_list_at(s, k - 1, &s->words->legal_alleged)))
            return true;
    }
    for (size_t k = i + count; k < s->count && k - i < FAR && !ends_before(s, k); k++) {
        enum part part = part_before(s, k);

        if (part == PART_TURN || part == PART_COMMA || (part == PART_AND && is_act))
            break;
        if (scan_list_at(s, k, &s->words->legal_alleged))
            return true;
    }
    return false;
}

/* "Whether it was illegal": asked, not said. A few words may stand between, but no comma. */
static bool is_asked(const struct scan *s, size_t i)
{
    enum { NEAR = 8 };

    for (size_t back = 1; back <= NEAR && back <= i && !s->tokens[i - back + 1].begins_sentence; back++) {
        if (scan_byte_after(s, i - back) == ',')
            return false;
        if (scan_list_at(s, i - back, &s->words->legal_asked))
            return true;
    }
    return false;
}

static size_t conclusion_at(const struct scan *s, size_t i)
{
    size_t n = scan_list_at(s, i, &s->words->legal_conclusions);
    size_t act = scan_list_at(s, i, &s->words->legal_acts);

    n = act > n ? act : n;
    if (n == 0 || scan_list_before(s, i, &s->words->legal_charge_before) ||
        (i + n < s->count && scan_list_at(s, i + n, &s->words->legal_charge_after)))
        return 0; /* "an unfair practice charge" */
    return n;
}

static size_t step_at(const struct scan *s, size_t i, enum legal_strength *strength_out)
{
    size_t longest = 0;

    for (size_t k = 0; k < s->words->legal_step_count; k++) {
        const struct legal_words *step = &s->words->legal_steps[k];
        size_t n = step->words.p[0] == s->tokens[i].lower.p[0] ? scan_phrase_at(s, i, step->words) : 0;

        if (n > longest) {
            longest = n;
            *strength_out = step->strength;
        }
    }
    return longest;
}

/* "No judge has ruled that it was illegal": nobody found it, in the same clause. */
static bool is_not_found(const struct scan *s, size_t i)
{
    enum legal_strength strength = LEGAL_NOTHING;
    size_t least = i > FAR ? i - FAR : 0;

    for (; i > least && !s->tokens[i].begins_sentence && part_before(s, i) == PART_NONE; i--)
        if (step_at(s, i - 1, &strength) && strength == LEGAL_FOUND)
            return is_negated(s, i - 1, FAR_OF_STEP);
    return false;
}

/* Strong words at token `i`; false for none. */
static bool strong_at(const struct scan *s, size_t i, struct legal_strong *out)
{
    *out = (struct legal_strong){.first = i};
    out->count = conclusion_at(s, i);
    out->is_conclusion = out->count > 0;
    if (!out->is_conclusion)
        out->count = step_at(s, i, &out->needs);
    else
        out->needs = is_alleged(s, i, out->count) ? LEGAL_ALLEGED : LEGAL_FOUND;
    return out->count > 0 && !is_negated(s, i, out->is_conclusion ? FAR_OF_CONCLUSION : FAR_OF_STEP) &&
           !is_asked(s, i) && !(out->is_conclusion && is_not_found(s, i));
}

static bool next_sentence(const struct scan *s, struct sentence *sentence)
{
    size_t i = sentence->to;

    if (i >= s->count)
        return false;
    *sentence = (struct sentence){i, i + 1};
    for (i++; i < s->count && !ends_before(s, i); i++)
        sentence->to = i + 1;
    return true;
}

struct legal_text legal_text_of(struct arena *a, struct span text, enum lang lang)
{
    return (struct legal_text){scan_text(a, text, lang), flat_of_text(a, text).marks};
}

bool legal_next(const struct legal_text *t, size_t from, struct legal_strong *out)
{
    for (size_t i = from; i < t->scan.count; i++)
        if (!(t->marks[t->scan.tokens[i].at] & FLAT_QUOTE) && strong_at(&t->scan, i, out))
            return true;
    return false;
}

/* ---- a block of a text ---- */

struct block {
    struct compile *c;
    const struct flat *flat;
    const struct scan *scan;
    bool is_cited;
    const struct flat_link **inside; /* of each token: the `case:` link that it stands in, or null */
    unsigned *told;                  /* of each link: how it fell, as its own words tell it; a bit a state */
};

static size_t at_of(const struct block *b, size_t token)
{
    return b->scan->tokens[token].at;
}

/* Null also where nothing had become of it yet: that is reported of the link. */
static const struct allegation *allegation_of(const struct block *b, const struct flat_link *l)
{
    const struct node *n = l->node;
    const struct allegation *al =
        n->reference && n->reference->scheme == PROSE_CASE && n->target ? n->target->allegation : NULL;

    return al && allegation_outcome(al, b->c->request->day) ? al : NULL;
}

static bool is_inside(const struct flat_link *l, size_t at)
{
    return at >= l->from && at < l->to;
}

/* Links stand one behind the other. */
static void find_inside(struct block *b)
{
    size_t k = 0;

    for (size_t i = 0; i < b->scan->count; i++) {
        while (k < b->flat->links.count && b->flat->links.items[k].to <= at_of(b, i))
            k++;
        if (k < b->flat->links.count && allegation_of(b, &b->flat->links.items[k]) &&
            is_inside(&b->flat->links.items[k], at_of(b, i)))
            b->inside[i] = &b->flat->links.items[k];
    }
}

static bool is_others_words(const struct block *b, size_t token)
{
    uint8_t marks = b->flat->marks[at_of(b, token)];

    return (marks & FLAT_CODE) || (b->is_cited && (marks & FLAT_QUOTE));
}

static void report(const struct block *b, enum diag_code code, const struct legal_strong *strong, struct span message,
                   struct span note)
{
    const struct token *last = &b->scan->tokens[strong->first + strong->count - 1];
    size_t from = b->flat->from[at_of(b, strong->first)];
    size_t to = b->flat->from[last->at + last->lower.n - 1] + 1;

    place_report(b->c, code, from, to > from ? to - from : 1, message, note);
}

static struct span words_at(const struct scan *s, const struct legal_strong *strong)
{
    const struct token *last = &s->tokens[strong->first + strong->count - 1];
    size_t from = s->tokens[strong->first].at;

    return span_sub(s->text, from, last->at + last->lower.n - from);
}

/* Links, one behind the other, that are judged together, and how one of them may have fallen as the words around tell it. */
struct links {
    size_t first;
    size_t end;
    unsigned told;
};

static bool tells_fall(const struct block *b, const struct links *in, size_t link, enum case_state state)
{
    return (in->told | b->told[link]) & (1U << state);
}

/* What tokens from `from` up to `to` tell of how things fell: for all of the links, and each for the link it stands in. */
static void hear_falls(const struct block *b, size_t from, size_t to, struct links *in)
{
    static const enum case_state states[] = {CASE_SETTLED, CASE_DISMISSED, CASE_REVERSED};

    in->told = 0;
    for (size_t i = in->first; i < in->end; i++)
        b->told[i] = 0;
    for (size_t i = from; i < to; i++) {
        unsigned told = 0;

        for (size_t k = 0; k < COUNT(states) && !is_others_words(b, i); k++)
            if (scan_list_at(b->scan, i, fallen_words(b->scan->words, states[k])))
                told |= 1U << states[k];
        if (b->inside[i])
            b->told[b->inside[i] - b->flat->links.items] |= told;
        else
            in->told |= told;
    }
}

struct span legal_may_say(enum legal_strength strength)
{
    static const struct span may[] = {
        [LEGAL_NOTHING] = SPAN_INIT("nothing yet"),
        [LEGAL_ALLEGED] = SPAN_INIT("“alleged” is what it bears"),
        [LEGAL_CHARGED] = SPAN_INIT("that it was charged is what it bears; else “alleged”"),
        [LEGAL_COMPLAINT] = SPAN_INIT("that a complaint was issued is what it bears; else “alleged”"),
        [LEGAL_FOUND] = SPAN_INIT("that it was found"),
    };

    return may[strength];
}

/* ---- a sentence ---- */

/* What the words in the sentence may say of the link's allegation: a conclusion, or how far it has come. */
static enum legal_strength bears(const struct block *b, const struct links *in, size_t link, bool is_conclusion)
{
    const struct allegation *al = allegation_of(b, &b->flat->links.items[link]);
    struct date day = b->c->request->day;
    enum case_state state = allegation_outcome(al, day)->state;

    return !is_conclusion && case_state_is_fallen(state) && tells_fall(b, in, link, state)
               ? allegation_strength_ever(al, day)
               : allegation_strength(al, day);
}

/* The first link that bears less than each strength, or SPAN_NONE: of conclusions, and of steps. */
struct judged {
    bool has_link;
    size_t weak[2][LEGAL_FOUND + 1];
};

static void judge(const struct block *b, const struct links *in, struct judged *out)
{
    out->has_link = false;
    for (int kind = 0; kind < 2; kind++)
        for (int needs = 0; needs <= LEGAL_FOUND; needs++)
            out->weak[kind][needs] = SPAN_NONE;
    for (size_t i = in->first; i < in->end; i++) {
        if (allegation_of(b, &b->flat->links.items[i]) == NULL)
            continue;
        out->has_link = true;
        for (int kind = 0; kind < 2; kind++)
            for (int needs = (int)bears(b, in, i, kind == 0) + 1; needs <= LEGAL_FOUND; needs++)
                if (out->weak[kind][needs] == SPAN_NONE)
                    out->weak[kind][needs] = i;
    }
}

static void report_too_strong(const struct block *b, const struct links *in, size_t link,
                              const struct legal_strong *strong)
{
    const struct allegation *al = allegation_of(b, &b->flat->links.items[link]);
    enum case_state state = allegation_outcome(al, b->c->request->day)->state;

    report(b, DIAG_LEGAL_TOO_STRONG, strong,
           arena_printf(b->c->arena, "“%.*s” says more than the docket: on the day of this text “%.*s” was %.*s",
                        SPAN_ARGS(words_at(b->scan, strong)), SPAN_ARGS(al->key), SPAN_ARGS(case_state_name(state))),
           legal_may_say(bears(b, in, link, strong->is_conclusion)));
}

/* Words in a `case:` link are judged by it alone, others by each that stands in the sentence. */
static void check_strong(const struct block *b, const struct links *in, const struct judged *judged,
                         const struct legal_strong *strong)
{
    const struct flat_link *own = b->inside[strong->first + strong->count - 1];
    size_t link = judged->weak[strong->is_conclusion ? 0 : 1][strong->needs];

    if (own) {
        link = (size_t)(own - b->flat->links.items);
        if (strong->needs <= bears(b, in, link, strong->is_conclusion))
            link = SPAN_NONE;
    }
    if (link != SPAN_NONE)
        report_too_strong(b, in, link, strong);
    else if (!judged->has_link && strong->is_conclusion && strong->needs == LEGAL_FOUND)
        report(b, DIAG_LEGAL_UNSUPPORTED, strong,
               arena_printf(b->c->arena, "“%.*s” is for a ruling to say", SPAN_ARGS(words_at(b->scan, strong))),
               S("[…](case:KEY#ALLEGATION), or “alleged”"));
}

/* `in` has the links of the sentence before. */
static void check_sentence(const struct block *b, const struct sentence *s, struct links *in)
{
    const struct flat_link *links = b->flat->links.items;
    struct judged judged;

    while (in->first < b->flat->links.count && links[in->first].to <= at_of(b, s->from))
        in->first++;
    for (in->end = in->first; in->end < b->flat->links.count && links[in->end].from <= at_of(b, s->to - 1);)
        in->end++;
    hear_falls(b, s->from, s->to, in);
    judge(b, in, &judged);
    for (size_t i = s->from; i < s->to; i++) {
        struct legal_strong strong;

        if (!strong_at(b->scan, i, &strong) || is_others_words(b, i))
            continue;
        check_strong(b, in, &judged, &strong);
        i += strong.count - 1;
    }
}

/* ---- a paragraph ---- */

static void check_fallen(const struct block *b, const struct links *in, size_t which)
{
    const struct flat_link *link = &b->flat->links.items[which];
    const struct allegation *al = allegation_of(b, link);
    const struct case_step *outcome = al ? allegation_outcome(al, b->c->request->day) : NULL;
    const struct node *n = link->node;
    bool is_found = n->address_at != SPAN_NONE;

    if (outcome == NULL || !case_state_is_fallen(outcome->state) || tells_fall(b, in, which, outcome->state))
        return;
    place_report(b->c, DIAG_LEGAL_TOO_STRONG, is_found ? n->address_at : n->at,
                 is_found ? S("case:").n + n->reference->keys[0].n + 1 + n->reference->fragment.n : n->width,
                 arena_printf(b->c->arena, "“%.*s” was %.*s on %04d-%02d-%02d, and nothing here says so",
                              SPAN_ARGS(al->key), SPAN_ARGS(case_state_name(outcome->state)), outcome->date.year,
                              outcome->date.month, outcome->date.day),
                 S("say it in the same paragraph"));
}

/* ---- what stands above a text ---- */

/* Does a link of the text lead to what was found? */
static bool has_ruling(const struct compile *c, const struct node *parent)
{
    for (const struct node *n = parent->first; n; n = n->next) {
        bool may_refer = n->kind == NODE_LINK || n->kind == NODE_EMBED; /* others have no memory for a target */
        const struct allegation *al = may_refer && n->target ? n->target->allegation : NULL;

        if ((al && allegation_strength(al, c->request->day) == LEGAL_FOUND) || has_ruling(c, n))
            return true;
    }
    return false;
}

/* A question does not say so. */
static bool is_question(struct span text)
{
    return span_ends(span_trim(text), S("?"));
}

static void check_field(struct compile *c, struct span field)
{
    struct legal_text t = legal_text_of(c->scratch, field, c->entry->lang);
    struct legal_strong strong;

    for (size_t i = 0; legal_next(&t, i, &strong); i = strong.first + strong.count) {
        struct span words = words_at(&t.scan, &strong);

        if (!strong.is_conclusion || strong.needs != LEGAL_FOUND)
            continue;
        place_report(
            c, DIAG_LEGAL_UNSUPPORTED, (size_t)(field.p - c->entry->source.p) + t.scan.tokens[strong.first].at, words.n,
            arena_printf(c->arena, "“%.*s” is for a ruling to say, and no case: below has one", SPAN_ARGS(words)),
            S("“alleged”, or a case: below that has one"));
        return;
    }
}

void legal_check_front(struct compile *c)
{
    const struct span fields[] = {c->entry->title, c->entry->subject, c->entry->summary};

    if (c->request->is_checked || has_ruling(c, c->doc->root))
        return;
    for (size_t i = c->entry->kind == ENTRY_CLAIM; i < COUNT(fields); i++) /* the heading of a claim is what they say */
        if (fields[i].n && !is_question(fields[i]))
            check_field(c, fields[i]);
}

void legal_check_shown(struct compile *c, const struct node *n, const struct flat *flat)
{
    const struct allegation *al = n->target ? n->target->allegation : NULL;
    struct span words = {flat->text, flat->n};
    struct scan s;

    if (c->request->is_checked || is_question(words) || (al && allegation_strength(al, c->request->day) == LEGAL_FOUND))
        return;
    s = scan_text(c->scratch, words, c->entry->lang);
    legal_check(c, flat, &s, false);
}

void legal_check(struct compile *c, const struct flat *flat, const struct scan *scan, bool is_cited)
{
    struct block b = {
        .c = c,
        .flat = flat,
        .scan = scan,
        .is_cited = is_cited,
        .inside = ARENA_ARRAY(c->scratch, const struct flat_link *, scan->count + 1),
        .told = ARENA_ARRAY(c->scratch, unsigned, flat->links.count + 1),
    };
    struct links in = {0};
    struct sentence sentence = {0};

    find_inside(&b);
    while (next_sentence(scan, &sentence))
        check_sentence(&b, &sentence, &in);
    in = (struct links){.end = flat->links.count};
    hear_falls(&b, 0, scan->count, &in);
    for (size_t i = 0; i < flat->links.count; i++)
        check_fallen(&b, &in, i);
}
