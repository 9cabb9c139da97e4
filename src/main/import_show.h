/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a person sees of an import before it happens, and what is written down of those who were left out. Lines and
 * reasons, never an address: a screen is looked at, and a file lies about.
 */
#ifndef MAIN_IMPORT_SHOW_H
#define MAIN_IMPORT_SHOW_H

#include "main/import_list.h"
#include "main/import_step.h"

/* On stdout. `name` is the file's. */
void import_show(struct arena *a, const char *name, const struct import_list *list, const struct import_rules *rules,
                 const struct import_told *told);
/* Everybody who was left out, as CSV: line, kind, reason. */
struct span import_faults_csv(struct arena *a, const struct import_list *list);
/* The list of imports, on stdout. */
void import_show_all(struct arena *a, const struct import_told *told);

#endif
