/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The languages Breakroom speaks.
 */
#include "model/lang.h"

static const struct span codes[LANG_COUNT] = {[LANG_EN] = SPAN_INIT("en"), [LANG_ES] = SPAN_INIT("es")};

struct span lang_code(enum lang lang)
{
    return codes[lang];
}

bool lang_from_code(struct span code, enum lang *lang_out)
{
    for (int i = 0; i < LANG_COUNT; i++) {
        if (span_eq(code, codes[i])) {
            *lang_out = (enum lang)i;
            return true;
        }
    }
    return false;
}
