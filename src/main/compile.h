/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A campaign folder compiled: rows, documents, every public address, and all diagnostics in their order.
 *
 * The same folder and the same `now` give the same result. Drafts and newsletters of the future are compiled and checked
 * too; what is public at `now` is for `rows` to say.
 */
#ifndef MAIN_COMPILE_H
#define MAIN_COMPILE_H

#include "folder/source.h"
#include "main/documents.h"
#include "main/pages.h"
#include "prose/prose.h"

struct compiled {
    struct campaign *campaign;
    struct site site;
    struct prose_library library;
    struct page_rows *rows;
    struct diags diags;
};

/* RC_OK: compiled, with diagnostics or without. RC_INVALID: campaign.ini keeps the rest from being read; only `diags`
 * holds. Else the folder cannot be read, and `fault_out` says why. Everything lives in `a`. */
MUST_USE enum rc compile_folder(struct arena *a, const char *dir, const struct document_reader *reader,
                                struct instant now, bool is_static, struct compiled *compiled_out,
                                struct span *fault_out);
/* The same from any source, without a reader; what is compiled may borrow its bytes. */
MUST_USE enum rc compile_source(struct arena *a, const struct folder_source *source, struct instant now, bool is_static,
                                struct compiled *compiled_out, struct span *fault_out);
/* The same with somebody who reads documents; null: only what was typed is known of them. */
MUST_USE enum rc compile_source_reading(struct arena *a, const struct folder_source *source,
                                        const struct document_reader *reader, struct instant now, bool is_static,
                                        struct compiled *compiled_out, struct span *fault_out);

#endif
