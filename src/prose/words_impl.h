/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The lists themselves, one variable a language: for words.c alone.
 */
#ifndef PROSE_WORDS_IMPL_H
#define PROSE_WORDS_IMPL_H

#include "prose/words.h"

extern const struct words_of words_en;
extern const struct words_of words_es;

#endif
