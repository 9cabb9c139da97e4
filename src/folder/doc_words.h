/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * KEY.words: the words that may be shown of a document, with their places, a line each. One writer and one reader, here;
 * nobody types such a file, so the reader takes only what the writer writes, byte for byte.
 *
 *   breakroom words 1
 *   page WIDTH HEIGHT READING WIDE HIGH WORDS     the page in tenths of a point, its picture in pixels
 *   LINE X0 Y0 X1 Y1 WORD                         "file": the file's own text
 *   LINE X0 Y0 X1 Y1 CONFIDENCE WORD              "machine"
 *   LINE WORD                                     "typed": a word without a place
 *
 * As many pages as the document has, in their order, each with as many words as it says. READING may be "none".
 */
#ifndef FOLDER_DOC_WORDS_H
#define FOLDER_DOC_WORDS_H

#include "model/document.h"

/* `pictures`: one a page; only their sizes are written. False: larger than FOLDER_WORDS_MAX. */
MUST_USE bool doc_words_write(struct arena *a, const struct doc_text *text, const struct doc_picture *pictures,
                              struct span *bytes_out);

/* What is wrong with it, and in which line. */
struct doc_words_fault {
    uint32_t line;
    struct span words; /* a sentence without its end */
};

/* False for anything that doc_words_write() cannot have written. The words borrow `bytes`, the rest is in `a`: at most
 * ten times `bytes`. `pictures_out`: one a page, without bytes. */
MUST_USE bool doc_words_read(struct arena *a, struct span bytes, struct doc_text *text_out,
                             struct doc_picture **pictures_out, struct doc_words_fault *fault_out);

#endif
