/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The compiler: Markdown in, a checked document tree and diagnostics out; from the tree, every form it is published in.
 *
 * It knows the campaign's registers only through `struct prose_registers`, so it works on a folder, on a store and in
 * a test alike. One pass, no clock, no files: the same inputs give the same bytes. Hostile Markdown is limited in size,
 * memory and depth before it can hurt.
 */
#ifndef PROSE_PROSE_H
#define PROSE_PROSE_H

#include "html/html.h"
#include "model/campaign.h"
#include "prose/quote.h"

/* ---- what the compiler asks of the registers ---- */

enum prose_scheme {
    PROSE_FIG,
    PROSE_FAQ,
    PROSE_RIGHT,
    PROSE_BLOCK,
    PROSE_PRESS,
    PROSE_FILE,
    PROSE_DOC,
    PROSE_CASE,
    PROSE_CLAIM,
    PROSE_SIGN, /* these two come with their parts: parsed, not checked */
    PROSE_WHO,
};
enum { PROSE_SCHEME_COUNT = PROSE_WHO + 1 };

struct prose_doc;

enum prose_state {
    PROSE_FOUND,
    PROSE_UNKNOWN,
    PROSE_UNREVIEWED, /* exists, but nobody who knows has looked at it in time */
    PROSE_SUPERSEDED,
    PROSE_NOT_YET, /* of an allegation: nothing became of it by that day */
};

/* What a register answers to a key. */
struct prose_target {
    enum prose_state state;
    struct span nearest;          /* UNKNOWN: the key that was probably meant, or empty */
    struct span replaced_by;      /* SUPERSEDED */
    struct span address;          /* path on the site: "/faq/#is-it-legal"; empty when it has none */
    struct span title;            /* of an embed's box, in the page's language */
    struct span detail;           /* a second line: the law, the outlet and the day */
    enum lang lang;               /* of title and body */
    const struct prose_doc *body; /* of a question, right, block or claim, already compiled; null for the others */
    const struct allegation *allegation; /* of a case; null for the others */
};

struct prose_registers {
    const void *ctx;
    /* faq, right, block, press, file, doc, claim, and case with "KEY#ALLEGATION"; on the day of the document that asks. */
    struct prose_target (*find)(const void *ctx, struct arena *a, enum prose_scheme scheme, struct span key,
                                enum lang lang, struct date day);
    /* The row in force on that day, or null. `nearest_out`: a key that was probably meant; `is_known_out`: has a row on
     * some other day. */
    const struct figure *(*figure)(const void *ctx, struct span key, struct date day, bool *is_known_out,
                                   struct span *nearest_out);
    /* A page of ours: `path` as on the site ("/faq/", "/es/news/2026-04-24-memo") or, with `is_file`, inside the folder
     * ("faq/x.md", "photos/x.jpg"). False when there is none. `address_out`: where it is, for a page in that language;
     * it may have a fragment ("/faq/#x"). */
    bool (*page)(const void *ctx, struct arena *a, struct span path, bool is_file, enum lang lang,
                 struct span *address_out);
    const struct photo_file *(*photo)(const void *ctx, struct span name);
    /* The n-th standing block's key; the empty span after the last. */
    struct span (*standing)(const void *ctx, size_t n);
    /* A document and its words; null when there is none. */
    const struct document *(*document)(const void *ctx, struct span key, const struct quote_index **index_out);
    /* The n-th of all; null after the last. */
    const struct document *(*nth_document)(const void *ctx, size_t n, const struct quote_index **index_out);
};

/* ---- compiling ---- */

/* Memory to compile in, for one text after the other: one thread's at a time. Nothing of a text is left in it for the
 * next. */
struct prose_room;
struct prose_room *prose_room_open(void);
void prose_room_close(struct prose_room **room); /* accepts null */

struct prose_request {
    const struct campaign *campaign; /* name, languages: no register of it is read */
    const struct entry *entry;
    struct date day;         /* of the document: its newsletter's date, or today for a standing page */
    bool is_embedded_kind;   /* faq, right, block, item, claim: may not show one of them in turn */
    bool is_checked;         /* it was, when it was taken in: what could only be reported is not looked for again */
    struct prose_room *room; /* null: one for this text alone */
};

/* Compiles the body of one entry and checks it. What is wrong goes to `diags`. Always gives a document: where the text
 * cannot be read at all it is empty and an error says so. Lives in `a`; borrows the entry's source. */
const struct prose_doc *prose_compile(struct arena *a, const struct prose_request *request,
                                      const struct prose_registers *registers, struct diags *diags);

/* Compiled documents of a campaign, one an entry, in the order of its entries. */
struct prose_library {
    const struct campaign *campaign;
    const struct prose_doc **docs;
};
const struct prose_doc *prose_of(const struct prose_library *lib, const struct entry *e);

/* Headings of a document: for anchors that other pages may point at, and for the platform's short form. */
size_t prose_heading_count(const struct prose_doc *doc);
struct span prose_heading_text(const struct prose_doc *doc, size_t n);
struct span prose_heading_anchor(const struct prose_doc *doc, size_t n);
bool prose_has_anchor(const struct prose_doc *doc, struct span anchor);

/* The figures a document leans on, each once, in order of appearance. */
size_t prose_figure_count(const struct prose_doc *doc);
const struct figure *prose_figure(const struct prose_doc *doc, size_t n);

/* What else it leans on, each once, in order of appearance: documents, allegations and claims that a link or an embed in it
 * refers to. Not what those lean on in turn: that is shown as it is now, by reference. */
struct prose_lean {
    enum prose_scheme scheme;            /* PROSE_DOC, PROSE_CASE or PROSE_CLAIM */
    struct span key;                     /* "counsel-memo", "access#mail", "fact-sheet-2" */
    const struct allegation *allegation; /* of PROSE_CASE; null for the others */
    struct span title;                   /* as a box of it has them, and the next two */
    struct span detail;
    struct span address;
    enum lang lang; /* of title and detail */
};
size_t prose_lean_count(const struct prose_doc *doc);
const struct prose_lean *prose_lean(const struct prose_doc *doc, size_t n);
/* "case:access#mail", as a text refers to it. */
struct span prose_lean_name(struct arena *a, const struct prose_lean *lean);

/* What a document quotes, in the order of its links: for pages of exhibits, which mark the words. */
struct prose_quote {
    const struct document *document;
    uint32_t first; /* pages, by their place in the file */
    uint32_t last;
    const struct quote_range *ranges; /* none where it does not stand, or is a translation */
    size_t range_count;
    bool is_translation;
    struct place at; /* of the link */
    uint32_t width;
    struct span text; /* the source line */
};
size_t prose_quote_count(const struct prose_doc *doc);
const struct prose_quote *prose_quote(const struct prose_doc *doc, size_t n);
/* A translated quotation has the same reference as its original, in the same order. `original` is the same text in the
 * language `lang` of the documents that are compared; call it once both are compiled. */
void prose_check_translation(const struct prose_doc *doc, const struct prose_doc *original, struct span lang,
                             struct diags *diags);

/* Links that need more than this document to be checked: to others' sites (for `check --online`), and to a place inside
 * another page of ours, whose anchors are known once all documents are compiled. */
struct prose_pending {
    struct place at;
    uint32_t width;
    struct span address;  /* "https://…", or a path on our site without its fragment */
    struct span fragment; /* empty for others' sites */
    struct span text;     /* the source line */
};
size_t prose_pending_count(const struct prose_doc *doc);
const struct prose_pending *prose_pending(const struct prose_doc *doc, size_t n);

/* ---- rendering ---- */

/* Of a claim: what they said, the block quote that it begins with, and our answer. */
enum prose_part { PROSE_WHOLE, PROSE_SAID, PROSE_ANSWER };

struct prose_web {
    const void *ctx;
    /* From a path on our site ("/faq/#x") to what stands in this page's href; from "https://…" to itself. */
    struct url (*link)(const void *ctx, struct arena *a, struct span address);
    enum lang lang;            /* of the page around it */
    int heading_base;          /* the level at which the document's first heading comes out: 2 below a page's h1 */
    struct span anchor_prefix; /* before the anchors of its headings, where several documents share a page */
    bool has_figure_notes;     /* a `fig:` link leads to "#fig-KEY" on the same page; else the figure is plain text */
    enum prose_part part;
};
/* The document as HTML for a page: what is trusted is made here and nowhere else. */
struct markup prose_render_web(struct arena *a, const struct prose_doc *doc, const struct prose_web *web);

struct prose_text {
    struct span origin; /* "https://host": put before our own paths */
    enum lang lang;
    unsigned width;    /* characters a line */
    bool links_photos; /* a photo's words lead to it, as in a letter */
};
/* The document as plain text with numbered links at its end. */
struct span prose_render_text(struct arena *a, const struct prose_doc *doc, const struct prose_text *text);

/* The words of the document, a line a block: for search. */
struct span prose_render_plain(struct arena *a, const struct prose_doc *doc);

/* A number as people of that language write it, with its unit: "1,700 educators", "$920,000", "1,700 educadores". Of one
 * that was withdrawn: the one that stood there. */
struct span prose_figure_words(struct arena *a, const struct campaign *c, const struct figure *f, enum lang lang);
/* The same of another value that its row had. */
struct span prose_value_words(struct arena *a, const struct campaign *c, const struct figure *f, struct span value,
                              enum lang lang);

#endif
