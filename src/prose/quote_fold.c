/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Text → words as they are compared: NFKC and case folding, apostrophes only inside, separators only between digits.
 *
 * Signs of money and of percent are words of their own, and so is a minus before a number: 5 is not 5 %, nor -5. Nearly
 * all words are ASCII and go without the library.
 */
#include "base/buf.h"
#include "base/utf8.h"
#include "prose/quote_impl.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

enum sign {
    SIGN_OTHER,
    SIGN_SPACE,
    SIGN_WORD,
    SIGN_DIGIT,
    SIGN_APOSTROPHE,
    SIGN_HYPHEN,
    SIGN_DASH,    /* may be a minus */
    SIGN_BETWEEN, /* belongs to a number when it stands between digits */
    SIGN_AMOUNT,  /* money, percent */
    SIGN_DAMAGE,  /* where a ligature's glyph had no name */
    SIGN_NOTHING, /* takes no room: soft hyphens, joiners */
};

static enum sign sign_of_ascii(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return SIGN_WORD;
    if (c >= '0' && c <= '9')
        return SIGN_DIGIT;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
        return SIGN_SPACE;
    if (c < ' ' || c == 0x7F)
        return SIGN_DAMAGE;
    if (c == '\'' || c == '`')
        return SIGN_APOSTROPHE;
    if (c == '-')
        return SIGN_HYPHEN;
    if (c == '.' || c == ',' || c == ':' || c == '/')
        return SIGN_BETWEEN;
    return c == '$' || c == '%' ? SIGN_AMOUNT : SIGN_OTHER;
}

static enum sign sign_of(uint32_t c)
{
    if (c < 0x80)
        return sign_of_ascii(c);
    switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x02BC:
    case 0x2032:
    case 0xFF07:
    case 0xB4:
        return SIGN_APOSTROPHE;
    case 0x2010:
    case 0x2011:
        return SIGN_HYPHEN;
    case 0x2012:
    case 0x2013:
    case 0x2212:
        return SIGN_DASH;
    case 0xAD:
    case 0x200B:
    case 0x200C:
    case 0x200D:
    case 0x2060:
    case 0xFEFF:
        return SIGN_NOTHING;
    case 0xFFFD:
    case 0xAC:
        return SIGN_DAMAGE;
    case 0x2030:
        return SIGN_AMOUNT;
    default:
        break;
    }
    if ((c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7))
        return SIGN_WORD;
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Nd))
        return SIGN_DIGIT;
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N))
        return SIGN_WORD;
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Sc))
        return SIGN_AMOUNT;
    if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Z))
        return SIGN_SPACE;
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Co | UC_CATEGORY_MASK_Cc) ? SIGN_DAMAGE : SIGN_OTHER;
}

/* What stands at `at`; `after_out` is behind it. SIGN_SPACE at the end of the text. */
static enum sign sign_at(struct span text, size_t at, size_t *after_out)
{
    struct span rest = span_from(text, at);
    uint32_t c;

    if (rest.n && (uint8_t)rest.p[0] < 0x80) {
        *after_out = at + 1;
        return sign_of_ascii((uint8_t)rest.p[0]);
    }
    if (!utf8_next(&rest, &c)) {
        *after_out = at;
        return SIGN_SPACE;
    }
    *after_out = text.n - rest.n;
    return sign_of(c);
}

static bool is_letter(enum sign s)
{
    return s == SIGN_WORD || s == SIGN_DIGIT;
}

/* The next sign that takes room. */
static enum sign sign_beyond(struct span text, size_t at)
{
    enum sign s;

    do
        s = sign_at(text, at, &at);
    while (s == SIGN_NOTHING && at < text.n);
    return s;
}

/* Goes to the word's end, from its first sign at `w->at`. */
static void take_word(struct span text, struct cut_word *w)
{
    size_t at = w->at;
    size_t end = at; /* behind the last sign that belongs to it */
    enum sign before = SIGN_OTHER;
    bool is_ascii = true;

    for (;;) {
        size_t after;
        enum sign s = sign_at(text, at, &after);
        enum sign next = after < text.n ? sign_beyond(text, after) : SIGN_SPACE;

        if (s == SIGN_DAMAGE)
            w->is_damaged = true;
        else if (s == SIGN_APOSTROPHE ? !is_letter(next) && next != SIGN_DAMAGE
                 : s == SIGN_BETWEEN  ? before != SIGN_DIGIT || next != SIGN_DIGIT
                 : s == SIGN_NOTHING  ? !is_letter(next) && next != SIGN_APOSTROPHE && next != SIGN_DAMAGE
                                      : !is_letter(s))
            break;
        is_ascii = is_ascii && (uint8_t)text.p[at] < 0x80 && s != SIGN_DAMAGE && text.p[at] != '`';
        end = at = after;
        if (s != SIGN_NOTHING)
            before = s;
        if (at >= text.n)
            break;
    }
    w->n = end - w->at;
    w->is_ascii = is_ascii;
}

/* What stands between this word and the next. */
static void look_behind(struct span text, size_t at, struct cut_word *w)
{
    bool is_first = true;

    while (at < text.n) {
        char c = text.p[at];
        enum sign s = sign_at(text, at, &at);

        if (is_letter(s) || s == SIGN_AMOUNT)
            return;
        if (is_first && (s == SIGN_HYPHEN || s == SIGN_NOTHING)) {
            size_t after = at;

            w->joins = at >= text.n || sign_at(text, at, &after) == SIGN_SPACE;
        }
        is_first = false;
        w->ends_sentence = w->ends_sentence || c == '.' || c == '!' || c == '?' || c == ';';
        if (s == SIGN_SPACE)
            return;
    }
}

bool cut_next(struct cutter *c, struct cut_word *word_out)
{
    bool is_apart = true; /* a space or the beginning stands before */

    while (c->at < c->text.n) {
        size_t after;
        enum sign s = sign_at(c->text, c->at, &after);
        enum sign next = after < c->text.n ? sign_at(c->text, after, &(size_t){0}) : SIGN_SPACE;
        bool is_minus = is_apart && (s == SIGN_HYPHEN || s == SIGN_DASH) && next == SIGN_DIGIT;

        if (is_letter(s) || s == SIGN_AMOUNT || is_minus || (s == SIGN_DAMAGE && next == SIGN_WORD)) {
            *word_out = (struct cut_word){.at = c->at, .n = after - c->at};
            if (s == SIGN_AMOUNT || is_minus)
                word_out->is_ascii = (uint8_t)c->text.p[c->at] < 0x80;
            else
                take_word(c->text, word_out);
            c->at += word_out->n;
            look_behind(c->text, c->at, word_out);
            if (word_out->is_damaged && c->at >= c->text.n && span_ends(c->text, S("¬")))
                word_out->joins = true; /* some fonts write a line's hyphen so */
            return true;
        }
        is_apart = s == SIGN_SPACE || s == SIGN_OTHER || s == SIGN_AMOUNT || (is_apart && s == SIGN_NOTHING);
        c->at = after;
    }
    return false;
}

/* The word with apostrophes, minus and damage made one each, and without what takes no room. */
static struct span tidy(struct span raw, char *to)
{
    size_t n = 0;
    size_t at = 0;

    while (at < raw.n) {
        size_t after;
        enum sign s = sign_at(raw, at, &after);
        struct span piece = span_sub(raw, at, after - at);

        if (s == SIGN_APOSTROPHE)
            piece = S("'");
        else if (s == SIGN_HYPHEN || s == SIGN_DASH)
            piece = S("-");
        else if (s == SIGN_DAMAGE)
            piece = S("\xEF\xBF\xBD");
        else if (s == SIGN_NOTHING)
            piece.n = 0;
        if (piece.n)
            memcpy(to + n, piece.p, piece.n);
        n += piece.n;
        at = after;
    }
    return (struct span){to, n};
}

static struct span fold_any(struct arena *a, struct span raw, char *small, size_t room)
{
    size_t most = raw.n * 3; /* a control sign becomes three bytes */
    struct span plain = tidy(raw, most <= room ? small : arena_alloc(a, most + 1));
    uint8_t bytes[512];
    size_t n = sizeof bytes;
    uint8_t *folded = u8_casefold((const uint8_t *)plain.p, plain.n, NULL, UNINORM_NFKC, bytes, &n);
    struct span out;

    if (folded == NULL)
        return plain; /* no memory for the library: compared as it is written */
    if (n <= room && n > 0) {
        memcpy(small, folded, n);
        out = (struct span){small, n};
    } else {
        out = arena_dup(a, (struct span){(const char *)folded, n});
    }
    if (folded != bytes)
        free(folded);
    return out;
}

struct span cut_fold(struct arena *a, struct span text, const struct cut_word *w, char *small, size_t room)
{
    struct span raw = span_sub(text, w->at, w->n);
    char *to;

    if (!w->is_ascii)
        return fold_any(a, raw, small, room);
    to = raw.n <= room ? small : arena_alloc(a, raw.n);
    for (size_t i = 0; i < raw.n; i++)
        to[i] = raw.p[i] >= 'A' && raw.p[i] <= 'Z' ? (char)(raw.p[i] + ('a' - 'A')) : raw.p[i];
    return (struct span){to, raw.n};
}

/* ---- glyphs without a name ---- */

/* What fonts draw as one glyph. */
static const struct span ligatures[] = {
    SPAN_INIT("ff"), SPAN_INIT("fi"), SPAN_INIT("fl"), SPAN_INIT("ffi"), SPAN_INIT("ffl"), SPAN_INIT("ft"),
    SPAN_INIT("fj"), SPAN_INIT("st"), SPAN_INIT("ct"), SPAN_INIT("th"),  SPAN_INIT("tt"),  SPAN_INIT("ti"),
};
enum { DAMAGES_MAX = 4 };

static bool fits(struct span damaged, struct span word, int left)
{
    size_t at = span_find(damaged, S("\xEF\xBF\xBD"));
    struct span rest;

    if (at == SPAN_NONE)
        return span_eq(damaged, word);
    if (left == 0 || !span_starts(word, span_sub(damaged, 0, at)))
        return false;
    word = span_from(word, at);
    rest = span_from(damaged, at + 3);
    for (size_t i = 0; i < COUNT(ligatures); i++)
        if (span_starts(word, ligatures[i]) && fits(rest, span_from(word, ligatures[i].n), left - 1))
            return true;
    return false;
}

bool cut_fits_damaged(struct span damaged, struct span word)
{
    return fits(damaged, word, DAMAGES_MAX);
}
