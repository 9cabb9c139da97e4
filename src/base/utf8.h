/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * UTF-8 by the letter of RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/span.h"

/* Takes the next character off `s`. False at its end. A byte that is not UTF-8 comes out as U+FFFD, one byte long. */
bool utf8_next(struct span *s, uint32_t *code_point_out);

/* Offset of the first byte that is not UTF-8, or SPAN_NONE when all of it is. NUL counts as a fault. */
size_t utf8_first_fault(struct span s);

size_t utf8_count(struct span s); /* characters, not bytes */

/* Letters and digits as our word lists see them: ASCII, Latin-1 and Latin Extended-A letters, ASCII digits. */
bool utf8_is_word(uint32_t code_point);
uint32_t utf8_lower(uint32_t code_point);          /* the same alphabets; all else unchanged */
uint32_t utf8_without_accent(uint32_t code_point); /* á → a, ñ → n, Ü → U; all else unchanged */

#endif
