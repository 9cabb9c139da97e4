/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Reads the documents of fixture.h: "%PDF-1.4 file" or "%PDF-1.4 machine" in the first line, then pages of plain text.
 */
#ifndef TESTS_FIXTURE_READER_H
#define TESTS_FIXTURE_READER_H

#include "main/documents.h"
#include "quote_fixture.h"

static inline enum rc fixture_text(void *ctx, struct arena *a, const struct folder_source *source,
                                   const struct document *d, struct doc_text *text_out, struct span *fault_out)
{
    struct span bytes;
    struct span head;
    struct span rest;

    (void)ctx;
    if (d->kind != DOC_KIND_PDF)
        return RC_NOT_FOUND;
    if (source->read(source->ctx, a, d->file, 1 << 20, &bytes) != FOLDER_FINE)
        return RC_IO;
    span_cut(bytes, '\n', &head, &rest);
    if (!span_ends(head, S("file")) && !span_ends(head, S("machine"))) {
        *fault_out = S("ends before its pages do");
        return RC_INVALID;
    }
    *text_out = quote_document(a, rest, span_ends(head, S("file")) ? DOC_READING_FILE : DOC_READING_MACHINE);
    return RC_OK;
}

static const struct document_reader fixture_reader = {.text = fixture_text};

/* As compile_folder(), with documents. */
static inline enum rc fixture_compile(struct arena *a, const char *folder, struct instant now, struct compiled *out)
{
    struct folder_source source;
    struct span fault = {0};
    enum rc rc = folder_source_open(a, folder, &source, &fault);

    if (rc == RC_OK)
        rc = compile_source_reading(a, &source, &fixture_reader, now, false, out, &fault);
    folder_source_close(&source);
    return rc;
}

#endif
