/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Which word lists belong to which language.
 */
#include "prose/words_impl.h"

const struct words_of *words_for(enum lang lang)
{
    static const struct words_of *const all[LANG_COUNT] = {[LANG_EN] = &words_en, [LANG_ES] = &words_es};

    return all[lang];
}
