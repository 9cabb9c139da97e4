/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Documents of others, read, drawn and copied by helper programs that can do nothing else.
 *
 * Neither MuPDF nor Tesseract is in this process: breakroom-paper and breakroom-ocr stand beside the running program,
 * are started for one document, closed in, and killed at their limits. What they answer is taken as hostile. Only a
 * command may call this (it forks and execs); a server process cannot. A call blocks; calls from several threads are
 * fine, each with an arena of its own.
 *
 * What must hold: no byte of an original, and no word under a redaction, is in anything that paper_draw() or
 * paper_copy() gives.
 */
#ifndef PAPER_PAPER_H
#define PAPER_PAPER_H

#include "model/document.h"
#include "model/leaflet.h"
#include "paper/fault.h"

struct paper_limits {
    uint32_t page_ms;      /* of a helper's own computing, a page */
    uint32_t page_wait_ms; /* of waiting, a page, whoever computes */
    uint32_t document_ms;  /* in all, all helpers */
    uint32_t pages_most;
};

/* 10 s a page (120 s of waiting), 30 minutes, 2,000 pages. Memory is the helpers' own limit: 256 MB a page. */
struct paper_limits paper_limits_default(void);

/* `done` of `total` steps; false stops the work (PAPER_STOPPED). */
typedef bool paper_progress_fn(void *arg, uint32_t done, uint32_t total);

/* What was made before, by key (64 hexadecimal digits). A cache may forget anything; what it gives is checked. */
struct paper_cache {
    /* False: nothing there. At most `most` bytes, in `a`. */
    bool (*get)(void *arg, struct arena *a, struct span key, size_t most, struct span *bytes_out);
    void (*put)(void *arg, struct span key, struct span bytes);
    void *arg;
};

struct paper_job {
    struct paper_limits limits;
    paper_progress_fn *progress; /* null: nobody wants to know */
    void *arg;
    const struct paper_cache *cache; /* null: none */
};

struct paper_source {
    struct span bytes;
    enum doc_kind kind;
    enum lang lang; /* of the document: which language Tesseract reads */
};

/* Which page, if it is one, else 0. */
struct paper_problem {
    enum paper_fault fault;
    uint32_t page;
};

/* `turns[i]`: degrees clockwise by which pages[i] was turned to stand upright, on top of what the file says; its size
 * and boxes are as it stands then. Always 0 for pages with text of their own. Null: no page is turned. */
struct paper_text {
    struct doc_text text;
    uint16_t *turns;
};

/* Room that paper_read() may need in its arena, beside what is in it. Past it: PAPER_MANY_WORDS. */
#define PAPER_TEXT_MOST ((size_t)192 * 1024 * 1024)

/* The words of every page, by Tesseract where the file has none that can be seen. RC_INVALID: the document is at fault;
 * RC_IO: the machine. Then `problem_out` says what, and `text_out` is all zero. Everything in `a`. */
MUST_USE enum rc paper_read(struct arena *a, const struct paper_job *job, const struct paper_source *source,
                            struct paper_text *text_out, struct paper_problem *problem_out);

/* Redactions are in tenths of a point of the page as it stands after its turn; corners in any order. */
struct paper_drawing {
    const uint32_t *pages; /* from 1 */
    const uint16_t *turns; /* one a page; null: none is turned */
    size_t page_count;
    const struct redaction *redactions; /* of any page of the document */
    size_t redaction_count;
    uint32_t width; /* pixels at most; pages are drawn with 200 dots an inch, or fewer */
};

enum { PAPER_PICTURE_MOST = 16 * 1024 * 1024 };

struct paper_picture {
    uint32_t page;
    uint32_t width, height; /* pixels */
    struct span webp;
};

/* `pictures_out`: one a page that was asked for, in that order, in `a` (count on 300 kB each; never more than PAPER_PICTURE_MOST). */
MUST_USE enum rc paper_draw(struct arena *a, const struct paper_job *job, const struct paper_source *source,
                            const struct paper_drawing *drawing, struct paper_picture *pictures_out,
                            struct paper_problem *problem_out);

/* A PDF of all pages as pictures, 200 dots an inch, redactions burnt in, with the words of `text` that no redaction
 * touches laid under them. `text` is what paper_read() gave, pages that a person typed put in. The same input gives the
 * same bytes. At most 512 MB, in `a`. */
MUST_USE enum rc paper_copy(struct arena *a, const struct paper_job *job, const struct paper_source *source,
                            const struct paper_text *text, const struct redaction *redactions, size_t redaction_count,
                            struct span *pdf_out, struct paper_problem *problem_out);

/* A leaflet set as a PDF of one or two pages (doc/decisions/0029-leaflet.md). The same leaflet is the same bytes. At most
 * 64 MB, in `a`. RC_INVALID: PAPER_LEAFLET_LONG, whose page is how many lines do not fit; PAPER_NO_LETTER, whose page is a
 * character that no font has; or a photo is at fault. */
MUST_USE enum rc paper_leaflet(struct arena *a, const struct paper_job *job, const struct leaflet *leaflet,
                               struct span *pdf_out, struct paper_problem *problem_out);

/* The words that may be shown: without those that a redaction touches. On a page with a redaction, words that have no
 * place (DOC_READING_TYPED) all go, for nobody knows which of them it covers: a person types that page again from the
 * public picture. Shares `text`'s bytes; the rest in `a`. */
struct doc_text paper_public_text(struct arena *a, const struct doc_text *text, const struct redaction *redactions,
                                  size_t redaction_count);

/* A cache in a folder of its own (0700, its files 0600), made if it is not there. Files hold the words of documents:
 * it belongs on the organizer's own computer. False: it cannot be used. Close it after the last call. */
bool paper_cache_open(struct arena *a, const char *folder, struct paper_cache *cache_out);
void paper_cache_close(struct paper_cache *cache);

#endif
