/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Characters out of bytes, and the small alphabet our word lists need: English, Spanish and their neighbours.
 *
 * Nothing here allocates, and nothing knows Unicode past Latin Extended-A. Whatever the bytes are, reading them takes
 * one step a character and never looks past the span's end.
 */
#include "base/utf8.h"

enum { REPLACEMENT = 0xFFFD, ACCENTED_FIRST = 0xC0, ACCENTED_LAST = 0x17F };

/* The letter below the accent for U+00C0 … U+017F, by Unicode's canonical decompositions; '.' where there is none. */
static const char without_accent[] = "AAAAAA.CEEEEIIII.NOOOOO..UUUUY.."  /* U+00C0 */
                                     "aaaaaa.ceeeeiiii.nooooo..uuuuy.y"  /* U+00E0 */
                                     "AaAaAaCcCcCcCcDd..EeEeEeEeEeGgGg"  /* U+0100 */
                                     "GgGgHh..IiIiIiIiI...JjKk.LlLlLl."  /* U+0120 */
                                     "...NnNnNn...OoOoOo..RrRrRrSsSsSs"  /* U+0140 */
                                     "SsTtTt..UuUuUuUuUuUuWwYyYZzZzZz."; /* U+0160 */
_Static_assert(sizeof without_accent - 1 == ACCENTED_LAST - ACCENTED_FIRST + 1, "one letter for each");

static uint8_t byte_at(struct span s, size_t i)
{
    return (uint8_t)s.p[i];
}

/* Bytes that a character with this first byte has; 0 when no character begins so. */
static size_t length_by_first(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    if (first >= 0xF0 && first <= 0xF4)
        return 4;
    return 0;
}

/* The second byte is where overlong forms, surrogates and what lies past U+10FFFF show (RFC 3629 §4). */
static bool second_fits(uint8_t first, uint8_t second)
{
    uint8_t low = 0x80;
    uint8_t high = 0xBF;

    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    return second >= low && second <= high;
}

/* Length of the character at the start of a span that is not empty; 0 when there is none. */
static size_t decode(struct span s, uint32_t *code_point_out)
{
    uint8_t first = byte_at(s, 0);
    size_t length = length_by_first(first);
    uint32_t c;

    if (length == 0 || length > s.n)
        return 0;
    if (length == 1) {
        *code_point_out = first;
        return 1;
    }
    if (!second_fits(first, byte_at(s, 1)))
        return 0;
    c = first & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((byte_at(s, i) & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (byte_at(s, i) & 0x3Fu);
    }
    *code_point_out = c;
    return length;
}

bool utf8_next(struct span *s, uint32_t *code_point_out)
{
    size_t length;

    if (s->n == 0)
        return false;
    length = decode(*s, code_point_out);
    if (length == 0) {
        *code_point_out = REPLACEMENT;
        length = 1;
    }
    *s = span_from(*s, length);
    return true;
}

size_t utf8_first_fault(struct span s)
{
    size_t at = 0;

    while (at < s.n) {
        uint32_t c;
        size_t length;

        if (byte_at(s, at) - 1U < 0x7F) { /* ASCII but for NUL: nearly every byte */
            at++;
            continue;
        }
        length = decode(span_from(s, at), &c);
        if (length == 0 || c == 0)
            return at;
        at += length;
    }
    return SPAN_NONE;
}

size_t utf8_count(struct span s)
{
    size_t count = 0;
    uint32_t c;

    while (utf8_next(&s, &c))
        count++;
    return count;
}

bool utf8_is_word(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (c < 0xC0)
        return c == 0xAA || c == 0xB5 || c == 0xBA;      /* ª µ º */
    return c <= ACCENTED_LAST && c != 0xD7 && c != 0xF7; /* × ÷ */
}

/* Latin Extended-A: capital and small letters alternate, but which comes first changes twice. */
static uint32_t lower_extended(uint32_t c)
{
    if (c == 0x130) /* İ */
        return 'i';
    if (c == 0x178) /* Ÿ */
        return 0xFF;
    if (c == 0x138 || c == 0x149 || c == 0x17F) /* ĸ ŉ ſ have no capital here */
        return c;
    if ((c >= 0x139 && c <= 0x148) || c >= 0x179)
        return c + (c & 1);
    return c | 1;
}

uint32_t utf8_lower(uint32_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c + ('a' - 'A');
    if (c >= 0xC0 && c <= 0xDE && c != 0xD7)
        return c + 0x20;
    if (c >= 0x100 && c <= ACCENTED_LAST)
        return lower_extended(c);
    return c;
}

uint32_t utf8_without_accent(uint32_t c)
{
    char plain;

    if (c < ACCENTED_FIRST || c > ACCENTED_LAST)
        return c;
    plain = without_accent[c - ACCENTED_FIRST];
    return plain == '.' ? c : (uint8_t)plain;
}
