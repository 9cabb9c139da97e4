/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The languages Breakroom speaks. The code is what stands in file names, addresses and `lang` attributes.
 */
#ifndef MODEL_LANG_H
#define MODEL_LANG_H

#include "base/span.h"

enum lang { LANG_EN, LANG_ES };
enum { LANG_COUNT = 2 };

/* Words of our own, one text a language; empty where it is missing. */
struct words {
    struct span in[LANG_COUNT];
};

struct span lang_code(enum lang lang); /* "en", "es" */
bool lang_from_code(struct span code, enum lang *lang_out);

#endif
