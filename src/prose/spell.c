/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Text that is not spelled in the source as it reads: "\*" is a star, "&amp;" an ampersand.
 *
 * Only for finding the place of a text: what it says was decided by the Markdown library. Entities are not looked up;
 * whatever has the form of one stands for one character.
 */
#include "base/utf8.h"
#include "prose/prose_impl.h"

static size_t entity_len(struct span s)
{
    size_t n = 1;

    if (s.n == 0 || s.p[0] != '&')
        return 0;
    while (n < s.n && n < 40 && (s.p[n] == '#' || utf8_is_word((uint8_t)s.p[n])))
        n++;
    return n > 1 && n < s.n && s.p[n] == ';' ? n + 1 : 0;
}

struct spelled spell_next(struct span source, struct span text)
{
    size_t entity = entity_len(source);
    size_t n = source.n > 1 && source.p[0] == '\\' && source.p[1] == text.p[0] && !utf8_is_word((uint8_t)text.p[0]);
    struct spelled piece = {.skip = n};
    struct span rest = text;
    uint32_t c;

    if (entity && !span_starts(text, span_sub(source, 0, entity)) && utf8_next(&rest, &c))
        return (struct spelled){0, entity, text.n - rest.n};
    source = span_from(source, n);
    while (n < source.n && n < text.n && source.p[n] == text.p[n] &&
           (n == 0 || (source.p[n] != '\\' && source.p[n] != '&')))
        n++;
    piece.source = piece.text = n;
    return piece;
}
