/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See terms.h. utf8proc knows the characters, libstemmer the endings; this file knows what belongs to a word.
 */
#include "terms/terms.h"

#include "base/utf8.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { PIECES_MAX = 32, SOFT_HYPHEN = 0xAD, APOSTROPHE = 0x2019 };

/* ---- characters ---- */

static bool is_mark(uint32_t c)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);

    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
}

static bool is_word(uint32_t c)
{
    utf8proc_category_t category;

    if (c < 0x80)
        return utf8_is_word(c);
    category = utf8proc_category((utf8proc_int32_t)c);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NL);
}

/* Nobody sees it: soft hyphen, joiners, direction marks. */
static bool is_invisible(uint32_t c)
{
    return c >= SOFT_HYPHEN && utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_CF;
}

/* Scripts that part words by nothing: each character is one. */
static bool is_ideograph(uint32_t c)
{
    return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_apostrophe(uint32_t c)
{
    return c == '\'' || c == APOSTROPHE;
}

/* Letters that no decomposition takes apart, and people type without their stroke. */
static struct span plain_of(uint32_t c)
{
    switch (c) {
    case 0xE6: /* æ */
        return S("ae");
    case 0x153: /* œ */
        return S("oe");
    case 0xF8: /* ø */
        return S("o");
    case 0x142: /* ł */
        return S("l");
    case 0x111: /* đ */
        return S("d");
    case 0x131: /* ı */
        return S("i");
    default:
        return S("");
    }
}

/* ---- forms of a word ---- */

/* Appends whole characters, or nothing where there is no room: a word longer than any is cut. */
static void put_char(char *room, size_t *n, uint32_t c)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t length = utf8proc_encode_char((utf8proc_int32_t)c, bytes);

    if (length <= 0 || *n + (size_t)length > TERM_MAX)
        return;
    memcpy(room + *n, bytes, (size_t)length);
    *n += (size_t)length;
}

static void put_folded(char *room, size_t *n, uint32_t c)
{
    utf8proc_int32_t pieces[PIECES_MAX];
    utf8proc_ssize_t count;
    int boundary = 0;

    if (c < 0x80) {
        put_char(room, n, utf8_lower(c));
        return;
    }
    count = utf8proc_decompose_char((utf8proc_int32_t)c, pieces, PIECES_MAX,
                                    UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK,
                                    &boundary);
    for (utf8proc_ssize_t i = 0; i < count && i < PIECES_MAX; i++) {
        struct span plain = plain_of((uint32_t)pieces[i]);

        for (size_t k = 0; k < plain.n; k++)
            put_char(room, n, (uint8_t)plain.p[k]);
        if (plain.n == 0 && is_word((uint32_t)pieces[i]))
            put_char(room, n, (uint32_t)pieces[i]);
    }
}

/* The word in small letters with its accents, each one character: what stemmers know. */
static struct span lower_of(char *room, struct span word)
{
    utf8proc_int32_t chars[TERM_MAX];
    utf8proc_ssize_t count = 0;
    bool has_mark = false;
    size_t n = 0;
    uint32_t c;

    while (n < word.n && n < TERM_MAX && (uint8_t)word.p[n] < 0x80 && utf8_is_word((uint8_t)word.p[n])) {
        room[n] = (char)utf8_lower((uint8_t)word.p[n]);
        n++;
    }
    if (n == word.n)
        return (struct span){room, n};
    n = 0;
    while (count < TERM_MAX && utf8_next(&word, &c)) {
        if (is_invisible(c) || is_apostrophe(c) || c == ',')
            continue;
        has_mark = has_mark || is_mark(c);
        chars[count++] = utf8proc_tolower((utf8proc_int32_t)c);
    }
    if (has_mark)
        count = utf8proc_normalize_utf32(chars, count, UTF8PROC_COMPOSE);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        put_char(room, &n, (uint32_t)chars[i]);
    return (struct span){room, n};
}

static struct span folded_of(char *room, struct span word)
{
    size_t n = 0;
    uint32_t c;

    while (n < TERM_MAX && utf8_next(&word, &c)) {
        if (c < 0x80 && utf8_is_word(c))
            room[n++] = (char)utf8_lower(c);
        else if (is_word(c) && !is_mark(c))
            put_folded(room, &n, c);
    }
    return (struct span){room, n};
}

/* ---- where a word ends ---- */

static uint32_t peek(struct span s)
{
    uint32_t c = 0;

    (void)utf8_next(&s, &c);
    return c;
}

/* "1,700": a comma between digits, with three of them behind it and no fourth. */
static bool is_grouping(struct span word, struct span after)
{
    if (word.n == 0 || !is_digit((uint8_t)word.p[word.n - 1]) || after.n < 4)
        return false;
    for (size_t i = 1; i < 4; i++)
        if (!is_digit((uint8_t)after.p[i]))
            return false;
    return after.n == 4 || !is_digit((uint8_t)after.p[4]);
}

/* The apostrophe of "don't" is inside a word, that of "the teachers' room" behind one. */
static bool is_inside(uint32_t c, struct span word, struct span after)
{
    struct span behind = after;
    uint32_t next;

    (void)utf8_next(&behind, &next);
    if (c == ',')
        return is_grouping(word, after);
    return is_apostrophe(c) && behind.n && is_word(peek(behind)) && !is_ideograph(peek(behind));
}

/* The length of the word at the start of `s`, which begins with one of its characters. */
static size_t length_of(struct span s)
{
    struct span rest = s;
    uint32_t c = 0;

    (void)utf8_next(&rest, &c);
    if (is_ideograph(c))
        return s.n - rest.n;
    while (rest.n) {
        struct span here = rest;

        (void)utf8_next(&rest, &c);
        if ((is_word(c) && !is_ideograph(c)) || is_invisible(c))
            continue;
        if (!is_inside(c, span_sub(s, 0, s.n - here.n), here))
            return s.n - here.n;
    }
    return s.n;
}

/* Without 's at its end. */
static struct span without_possessive(struct span word)
{
    struct span rest = word;
    uint32_t c;

    while (utf8_next(&rest, &c))
        if (is_apostrophe(c) && span_eq_nocase(rest, S("s")))
            return span_sub(word, 0, (size_t)(rest.p - word.p) - (c == '\'' ? 1 : 3));
    return word;
}

/* Nearly every word: ASCII letters and digits, and behind them neither an apostrophe, nor a comma, nor anything but ASCII.
 * False: the long way has to look. */
static bool take_plain(struct terms_text *t, struct span here)
{
    size_t n = 0;

    while (n < here.n && n < TERM_MAX && utf8_is_word((uint8_t)here.p[n]) && (uint8_t)here.p[n] < 0x80) {
        t->folded_room[n] = (char)utf8_lower((uint8_t)here.p[n]);
        n++;
    }
    if (n == TERM_MAX || n == 0)
        return false;
    if (n < here.n && ((uint8_t)here.p[n] >= 0x80 || here.p[n] == '\'' || here.p[n] == ','))
        return false;
    t->word = span_sub(here, 0, n);
    t->folded = (struct span){t->folded_room, n};
    t->at += n;
    return true;
}

bool terms_next(struct terms_text *t)
{
    t->is_apart = false;
    while (t->at < t->text.n) {
        struct span here = span_from(t->text, t->at);
        struct span rest = here;
        uint32_t c = 0;
        size_t n;

        if (take_plain(t, here))
            return true;
        (void)utf8_next(&rest, &c);
        if (!is_word(c)) {
            t->is_apart = t->is_apart || c == '\n';
            t->at += here.n - rest.n;
            continue;
        }
        n = length_of(here);
        t->at += n;
        t->word = without_possessive(span_sub(here, 0, n));
        t->folded = folded_of(t->folded_room, t->word);
        if (t->folded.n)
            return true;
    }
    return false;
}

/* ---- stems ---- */

struct terms {
    struct sb_stemmer *stemmers[LANG_COUNT];
    char lower[TERM_MAX];
    char rooms[TERM_STEMS][TERM_MAX];
};

struct terms *terms_open(void)
{
    static const char *const names[LANG_COUNT] = {[LANG_EN] = "english", [LANG_ES] = "spanish"};
    struct terms *terms = calloc(1, sizeof *terms);

    CHECK(terms != NULL);
    for (int i = 0; i < LANG_COUNT; i++) {
        terms->stemmers[i] = sb_stemmer_new(names[i], NULL);
        CHECK(terms->stemmers[i] != NULL);
    }
    return terms;
}

void terms_close(struct terms **terms)
{
    if (*terms == NULL)
        return;
    for (int i = 0; i < LANG_COUNT; i++)
        sb_stemmer_delete((*terms)->stemmers[i]);
    free(*terms);
    *terms = NULL;
}

static struct span stem_of(struct sb_stemmer *stemmer, char *room, struct span word)
{
    const sb_symbol *bytes = sb_stemmer_stem(stemmer, (const sb_symbol *)word.p, (int)word.n);
    int n = sb_stemmer_length(stemmer);

    return bytes ? folded_of(room, (struct span){(const char *)bytes, n > 0 ? (size_t)n : 0}) : (struct span){0};
}

size_t terms_stems(struct terms *terms, enum lang lang, const struct terms_text *t, struct span stems_out[TERM_STEMS])
{
    size_t count = 0;
    const struct span forms[TERM_STEMS] = {lower_of(terms->lower, t->word), t->folded};

    for (size_t i = 0; i < TERM_STEMS; i++) {
        struct span stem;

        if (i > 0 && span_eq(forms[i], forms[0]))
            break;
        stem = stem_of(terms->stemmers[lang], terms->rooms[i], forms[i]);
        if (stem.n && (count == 0 || !span_eq(stem, stems_out[0])))
            stems_out[count++] = stem;
    }
    return count;
}

/* ---- words that say nothing alone ---- */

bool terms_is_stop(enum lang lang, struct span folded)
{
    static const char *const lists[LANG_COUNT] = {
        [LANG_EN] =
            " a am an and are as at be but by can could did do does for from had has have how i if in into is it its "
            "may me my no not of on or our s should so that the their them they this to us was we were what when "
            "where which who why will with would you your ",
        [LANG_ES] =
            " a al como con cual cuando de del donde el ella ellos en es esta este la las le les lo los me mi mis no "
            "nos o para pero por puede puedo que quien se si sin son su sus te tu un una uno unos y ya yo ",
    };
    char room[TERM_MAX + 2];

    if (folded.n > TERM_MAX)
        return false;
    room[0] = ' ';
    memcpy(room + 1, folded.p, folded.n);
    room[folded.n + 1] = ' ';
    return span_find(span_of(lists[lang]), (struct span){room, folded.n + 2}) != SPAN_NONE;
}

/* ---- single characters ---- */

size_t terms_bare(uint32_t code_point, uint32_t bare_out[TERM_BARE])
{
    utf8proc_int32_t parts[TERM_BARE] = {0};
    int boundary = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(
        (utf8proc_int32_t)code_point, parts, TERM_BARE,
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE, &boundary);

    bare_out[0] = code_point;
    if (n < 0 || n > TERM_BARE)
        return 1;
    for (utf8proc_ssize_t i = 0; i < n; i++)
        bare_out[i] = (uint32_t)parts[i];
    return (size_t)n;
}
