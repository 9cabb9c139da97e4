/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The words of documents: what the file says, with what a person typed from its picture in the place of its pages.
 *
 * Who reads files is the caller's: another process, a cache, or nobody. Whatever it gives out is another's text.
 */
#ifndef MAIN_DOCUMENTS_H
#define MAIN_DOCUMENTS_H

#include "folder/source.h"
#include "page/site.h"
#include "prose/prose.h"

struct document_reader {
    void *ctx;
    /* The pages of one document, in `a`; its bytes are at d->file of `source`. RC_NOT_FOUND: nobody read it, and that is
     * no fault. Any other but RC_OK: `fault_out` is a sentence about the file. */
    enum rc (*text)(void *ctx, struct arena *a, const struct folder_source *source, const struct document *d,
                    struct doc_text *text_out, struct span *fault_out);
    /* Fills in d->shown, public_ini and public_words of a document whose text was read. RC_OK, or a fault as above. Null:
     * nobody makes public copies. */
    enum rc (*show)(void *ctx, struct arena *a, const struct folder_source *source, const struct campaign *c,
                    struct document *d, struct span *fault_out);
};

/* Fills in text and is_read of all documents and checks what their .ini says of pages. What stands under a redaction is
 * in no text. `reader` may be null; it is not asked for documents that came packed. Where nothing was wrong so far it also
 * makes the public copies. */
void documents_read(struct arena *a, struct campaign *c, const struct folder_source *source,
                    const struct document_reader *reader, struct diags *diags);

/* For comparing quotations; null where no page has a word. Borrows the document's words. */
const struct quote_index *documents_index(struct arena *a, const struct campaign *c, const struct document *d);

/* For `doc:KEY`; `detail` is the address of its pages' pictures, the same in every language. */
struct prose_target documents_find(struct arena *a, const struct site *site, struct span key, enum lang lang);
struct span documents_nearest(struct arena *a, const struct campaign *c, struct span key);

#endif
