/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One newsletter of a folder or a store, for the commands that make something else of it: a letter, a leaflet.
 */
#ifndef MAIN_NEWSLETTER_H
#define MAIN_NEWSLETTER_H

#include "main/compile.h"
#include "main/options.h"

/* The folder that is the first operand, or the campaign in --data. An exit code; unless EXIT_FINE a sentence was said. */
int newsletter_compile(struct arena *a, const struct options *o, struct compiled *compiled_out);

/* Null, with a sentence, when there is none. */
const struct entry *newsletter_find(const struct campaign *c, struct span key);

/* To a file, or to standard output for "-". False, with a sentence, when it cannot. */
bool newsletter_write(const char *path, struct span bytes);

#endif
