/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Diagnostics for people, like a compiler's, and as JSON for programs.
 */
#ifndef MAIN_PRINT_H
#define MAIN_PRINT_H

#include "model/diag.h"

#include <stdio.h>

/* All of them, the waivers, and how many there were beyond those that are kept. Nothing when there is nothing. */
void print_diags(struct arena *a, FILE *out, const struct diags *d);
/* One JSON object (RFC 8259): errors, warnings, diagnostics, waivers. */
void print_diags_json(struct arena *a, FILE *out, const struct diags *d);

#endif
