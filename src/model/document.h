/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A document as plain rows: what its .ini says of it, and what its pages say. No I/O here.
 *
 * Authenticity and clearance are apart: that a paper is genuine does not make it public, and neither makes what it shows
 * unlawful. The text of pages comes from elsewhere (a PDF's own text, a machine that read a picture, a person who typed
 * it); how far a page can be trusted travels with it.
 */
#ifndef MODEL_DOCUMENT_H
#define MODEL_DOCUMENT_H

#include "base/time.h"
#include "model/diag.h"
#include "model/lang.h"

/* Tenths of a point (1/720 inch) from the top left corner of the page as a person sees it: rotation is applied. */
struct doc_box {
    int32_t x0, y0, x1, y1;
};

enum doc_reading {
    DOC_READING_NONE = 0, /* no words on it, or nobody has read it */
    DOC_READING_FILE,     /* the file's own text */
    DOC_READING_MACHINE,  /* Tesseract read the picture */
    DOC_READING_TYPED,    /* a person typed it from the picture: words have no box (all zero) */
};

struct doc_word {
    struct span text; /* UTF-8 as it was found; no white space in it */
    struct doc_box box;
    uint32_t line;       /* on its page, in reading order, from 0: columns one after the other */
    uint32_t confidence; /* DOC_READING_MACHINE: 0 to 100; else 100 */
};

struct doc_page {
    int32_t width; /* tenths of a point */
    int32_t height;
    enum doc_reading reading;
    struct doc_word *words; /* in reading order */
    size_t word_count;
};

/* Pages in the file's order: pages[0] is the first. */
struct doc_text {
    struct doc_page *pages;
    size_t page_count;
};

enum doc_kind { DOC_KIND_PDF, DOC_KIND_JPEG, DOC_KIND_PNG, DOC_KIND_TIFF };

enum authenticity {
    AUTHENTICITY_UNVERIFIED,
    AUTHENTICITY_CORROBORATED,
    AUTHENTICITY_ADMITTED,
    AUTHENTICITY_DISPUTED,
    AUTHENTICITY_FALSE,
};

enum clearance {
    CLEARANCE_RECEIVED,
    CLEARANCE_PRIVILEGED,
    CLEARANCE_REJECTED,
    CLEARANCE_CLEARED, /* may be shown; shown once something quotes it or it is listed */
    CLEARANCE_PUBLISHED,
};

/* Burnt into the public copy: nothing under it leaves the organizer's computer. */
struct redaction {
    uint32_t page; /* from 1, place in the file */
    struct doc_box box;
    uint32_t line; /* of the .ini */
};

enum doc_label { DOC_LABEL_NUMBER, DOC_LABEL_ROMAN, DOC_LABEL_NONE };

/* Pages one after the other with their printed numbers: "i-iv", "1-", "-" for one without. */
struct doc_run {
    enum doc_label label;
    uint32_t first; /* printed number of the first */
    uint32_t count; /* 0: to the end of the file; only the last */
};

/* Who looked at a page, or typed it. */
struct page_note {
    uint32_t page; /* from 1, place in the file */
    struct span by;
    uint32_t line; /* of the .ini */
};

/* KEY.p3.txt: what a person typed from the picture; or KEY.p3.webp. */
struct typed_page {
    uint32_t page; /* from 1, place in the file */
    struct span file;
    struct span bytes; /* UTF-8, of a .txt */
};

/* One page as everybody may see it. */
struct doc_picture {
    uint32_t width; /* pixels */
    uint32_t height;
    struct span webp; /* none where the store keeps it */
};

/* What may be seen of a document: drawn anew, redactions burnt in. Nothing in it comes from the original's bytes, and
 * neither does a hash but `commitment`, which hides them: SHA-256(32 random bytes ‖ original), opened at filing. */
struct doc_public {
    bool is_made;
    struct span pdf; /* the redrawn pages, with the text layer of `text`; none where the store keeps them */
    size_t pdf_size;
    struct span sha256;           /* of `pdf`, 64 hexadecimal digits */
    struct span commitment;       /* 64 hexadecimal digits */
    struct doc_text text;         /* the words that may be shown */
    struct doc_picture *pictures; /* one a page of `text` */
};

/* The public copy as it travels in a folder, KEY.copy.pdf, KEY.words and KEY.p1.webp …, each as it was found. */
struct doc_files {
    struct span copy_file;
    struct span copy;
    size_t copy_size; /* also where the bytes are elsewhere */
    struct span words_file;
    struct span words;
    LIST(struct typed_page) pictures; /* in the order of their names */
    uint32_t commitment_line;         /* of the .ini, and the next; 0: is not there */
    uint32_t copy_line;
};

struct document {
    struct span key;
    struct place ini;      /* its .ini; no line */
    struct span ini_bytes; /* of it, to show a line */
    struct span file;      /* "documents/memo.pdf": whose bytes nobody keeps; ask the source they came from */
    enum doc_kind kind;
    size_t size;        /* of the file, in bytes */
    bool is_wrong_kind; /* not what its suffix says: was reported */
    bool is_packed;     /* the public copy stands here, not the paper: `file` is KEY.copy.pdf */
    struct doc_files files;

    struct span title[LANG_COUNT]; /* empty where it is missing */
    struct date date;              /* of the paper; may be unset */
    struct span author;            /* as it claims; may be empty */
    struct date received;          /* may be unset */
    struct span language;          /* two letters */
    struct span parties;           /* names beside the employer's and the union's, parted by commas */
    enum authenticity authenticity;
    struct span authenticity_by[LANG_COUNT];
    struct date authenticity_on;
    enum clearance clearance;
    struct span superseded_by; /* a key, or empty */
    uint32_t superseded_line;
    uint32_t pages_line;
    LIST(struct doc_run) runs; /* none: pages are counted from 1 */
    LIST(struct redaction) redactions;
    LIST(struct page_note) confirmed; /* a machine's reading that a person compared with the picture */
    LIST(struct page_note) typists;
    LIST(struct typed_page) typed;

    bool is_read;         /* somebody read the file: page_count is its own */
    struct doc_text text; /* filled in by who compiles */

    struct doc_public shown; /* not made: the document cannot be seen (yet) */
    /* KEY.ini and KEY.words of `shown`, as they may travel to a server; empty while it is not made. */
    struct span public_ini;
    struct span public_words;
};

/* Sides of a page, in tenths of a point, and pages of a document. */
enum { DOC_SIDE_MOST = 150000, DOC_PAGES_MOST = 2000 };

/* May anybody see it? */
bool document_is_cleared(const struct document *d);
/* Can everybody see it now? Cleared, and its public copy is made. */
bool document_is_shown(const struct document *d);
/* The page, from 1, on which `label` ("9", "iv") is printed; without printed numbers its place. False when no page is
 * called so. It may lie behind the last page of the file. */
bool document_find_page(const struct document *d, struct span label, uint32_t *page_out);
/* What is printed on page `page`, or its place. */
struct span document_label(struct arena *a, const struct document *d, uint32_t page);
/* The page's name in addresses: "p9", "piv". */
struct span document_anchor(struct arena *a, const struct document *d, uint32_t page);
bool document_is_confirmed(const struct document *d, uint32_t page);
/* "i-iv,1-" → runs. False for anything else. */
bool document_parse_runs(struct arena *a, struct span text, struct document *d);

struct span authenticity_name(enum authenticity authenticity); /* "corroborated" */
struct span clearance_name(enum clearance clearance);
enum { AUTHENTICITY_COUNT = AUTHENTICITY_FALSE + 1, CLEARANCE_COUNT = CLEARANCE_PUBLISHED + 1 };

#endif
