/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Inside the compiler: the document tree that all renderers share, and what the checks know of a place in it.
 *
 * The tree is ours, not the Markdown library's: it has what the language adds (references, embeds, the dashed last line
 * of a quotation) and the place of each thing in the source. Built once by parse, decorated once by check, then const.
 */
#ifndef PROSE_PROSE_IMPL_H
#define PROSE_PROSE_IMPL_H

#include "prose/prose.h"

enum node_kind {
    /* blocks */
    NODE_DOCUMENT,
    NODE_PARAGRAPH,
    NODE_HEADING,
    NODE_LIST,
    NODE_ITEM,
    NODE_QUOTE,
    NODE_CITE, /* the last line of a block quote, when it begins with a dash */
    NODE_CODE_BLOCK,
    NODE_RULE,
    NODE_TABLE,
    NODE_ROW,
    NODE_CELL,
    NODE_EMBED,  /* an image with one of our schemes, alone: shows the thing itself */
    NODE_FIGURE, /* a photo alone in its paragraph */
    /* inlines */
    NODE_TEXT,
    NODE_SOFT_BREAK,
    NODE_HARD_BREAK,
    NODE_EMPH,
    NODE_STRONG,
    NODE_CODE,
    NODE_LINK,
    NODE_IMAGE, /* a photo in the middle of a line */
};

enum link_kind {
    LINK_WORDS,   /* the words alone: what it points at is not there, or not built yet */
    LINK_ADDRESS, /* to `address`, on our site or elsewhere */
    LINK_FIGURE,  /* to the note of the figure `key` */
};

enum { KEYS_MAX = 8 };

/* One of our references, as written. */
struct reference {
    enum prose_scheme scheme;
    size_t key_count;           /* one at least */
    struct span fragment;       /* "p2", "access": without '#' */
    struct span keys[KEYS_MAX]; /* in a tree there is no memory behind the last of them */
};

/* What a `doc:` reference points at, and what it owns. */
struct citation {
    const struct document *document;
    const struct quote_index *index; /* null: nobody read it. The registers': gone when all texts are compiled */
    uint32_t first;                  /* pages, by their place in the file; 0: none is named */
    uint32_t last;
    struct span words;   /* title and page, in the text's language; one line */
    bool is_wrong;       /* its page is not there: reported */
    bool is_owner;       /* of a quotation */
    bool is_translation; /* of which the words are ours */
};

/* A server keeps tens of thousands of them, and most need little: of some kinds there is no memory behind a member, as
 * node_size() has it. */
struct node {
    enum node_kind kind;
    uint32_t width; /* bytes to underline; 0 when unknown */
    size_t at;      /* where it begins, as an offset into the entry's source */
    struct node *next;
    struct node *first;
    /* SOFT_BREAK and HARD_BREAK end here. */
    struct span text; /* TEXT, CODE, CODE_BLOCK, HEADING */
    /* TEXT ends here. */
    struct node *last;
    /* All that only hold others end here, and CODE and CODE_BLOCK. */
    struct span address; /* LINK, IMAGE, EMBED, FIGURE: as written; after the check where it leads */
    size_t address_at;   /* offset of the address in the source; SIZE_MAX when it is not found there */
    struct span title;   /* LINK, IMAGE, FIGURE */
    struct span anchor;  /* HEADING */
    int level;           /* HEADING: 1 … 6; LIST: the first number; ROW: 1 for the head */
    bool is_ordered;     /* LIST */
    bool is_tight;       /* LIST */
    char align;          /* CELL: 'l' 'c' 'r' or 0 */

    enum link_kind link;
    struct reference *reference; /* LINK, EMBED: null for an address */
    struct prose_target *target; /* EMBED: null when there is nothing to show */
    const struct figure *figure; /* EMBED of fig:; LINK of fig: */
    const struct photo_file *photo;
    struct citation *citation; /* LINK, EMBED of doc: whose document is there */
};

/* A range of source lines in which warnings of one code may stand. */
struct allowance {
    size_t waiver; /* index into the list of waivers */
    uint32_t first_line;
    uint32_t last_line;
    bool is_file; /* stands before everything: counts for warnings about the file as well */
};

struct prose_doc {
    const struct entry *entry;
    struct node *root;
    LIST(struct node *) headings;
    LIST(const struct figure *) figures;
    LIST(struct prose_lean) leans;
    LIST(struct prose_pending) pending;
    LIST(struct prose_quote) quotes;
};

struct prose_room {
    struct arena *scratch; /* of the block that is being checked */
    struct arena *index;   /* of `lines` */
    struct arena *compare; /* of one comparison of a quotation */
    char *library;         /* of the Markdown library, all of it zero between texts; null: none yet */
};

/* What one compile works with. */
struct compile {
    struct arena *arena; /* of the document */
    struct prose_room *room;
    struct arena *scratch; /* the room's */
    struct arena *index;
    struct arena *compare;
    const struct prose_request *request;
    const struct prose_registers *registers;
    struct diags *diags;
    struct prose_doc *doc;
    const struct entry *entry;
    LIST(size_t) lines; /* offset of each line of the source */
    struct {
        size_t start; /* of the line in which a column was counted last */
        size_t at;
        size_t column; /* 0: none yet */
    } counted;
    size_t long_lines;       /* shown with a fault so far */
    LIST(struct diag) found; /* not yet filtered by the waivers */
    LIST(struct waiver) waivers;
    LIST(struct allowance) allowances;
    LIST(struct span) placed; /* keys of the blocks that are placed */
    struct {
        size_t compared;  /* bytes of quotations and words of pages */
        size_t explained; /* the one times the other, of quotations that do not stand */
        size_t searched;  /* words of documents, for quotations that name none */
    } work;
};

/* ---- place.c ---- */
void place_index(struct compile *c);
uint32_t place_line(const struct compile *c, size_t at);
size_t place_line_start(const struct compile *c, uint32_t line);
struct span place_line_text(const struct compile *c, uint32_t line);
/* The same to be shown with a fault; empty when lines of many pages were shown often enough. */
struct span place_shown_text(struct compile *c, uint32_t line);
uint32_t place_column(struct compile *c, size_t at);
uint32_t place_width(const struct compile *c, size_t at, size_t width); /* in characters, up to the line's end */
/* Adds a diagnostic at an offset of the source; `width` in bytes, 0 for a caret alone. */
void place_report(struct compile *c, enum diag_code code, size_t at, size_t width, struct span message,
                  struct span note);
void place_report_line(struct compile *c, enum diag_code code, uint32_t line, struct span message);

/* ---- spell.c ---- */
/* How the beginning of a text is spelled in the source. */
struct spelled {
    size_t skip;   /* a backslash */
    size_t source; /* bytes there, without it */
    size_t text;   /* bytes of text; 0: the source does not go on like this */
};
struct spelled spell_next(struct span source, struct span text); /* `text` is not empty */

/* ---- parse.c ---- */
/* Builds the tree. False when the Markdown asks for too much; the reason is then reported. */
bool parse_document(struct compile *c);
void parse_room_close(char **library); /* accepts null */

/* ---- check.c, links.c, figures.c, words.c ---- */
void check_document(struct compile *c);
void check_link(struct compile *c, struct node *n);
void check_image(struct compile *c, struct node *n); /* IMAGE, FIGURE and EMBED */
void check_figure_link(struct compile *c, struct node *n);
const struct figure *check_figure_row(struct compile *c, struct node *n, struct span key);
void check_wording(struct compile *c, struct node *block);
/* legal.c: words of law in a block whose links were checked */
struct scan;
struct flat;
void legal_check(struct compile *c, const struct flat *flat, const struct scan *scan, bool is_cited);
/* The words of a picture or of what is shown, which stand alone; its target was looked for. */
void legal_check_shown(struct compile *c, const struct node *n, const struct flat *flat);
/* Title, subject and summary, which have no links: what the text below has a ruling for may stand in them. Comes last. */
void legal_check_front(struct compile *c);
bool reference_parse(struct span address, struct reference *reference_out, bool *is_ours_out);
struct span scheme_name(enum prose_scheme scheme);

/* ---- cite.c: what a `doc:` reference points at ---- */
/* False when nothing may be shown for it; what is wrong is then reported. The reference's target is found already. */
bool cite_check(struct compile *c, struct node *n);
/* The same for an embed: one page of it. */
bool cite_check_embed(struct compile *c, struct node *n);
/* "page 2", "pages 6-7", as a sentence of a diagnostic names them. */
struct span cite_pages(struct arena *a, const struct document *d, uint32_t first, uint32_t last);

/* Is there a `doc:` link among `n` and what is below it? */
bool cite_is_below(const struct node *n);

/* ---- own.c: which quotation a link owns, and whether it stands ---- */
void own_check(struct compile *c);

/* ---- claim.c ---- */
/* What they said: the block quote that a claim begins with. Null when there is none, or the document is no claim. */
const struct node *claim_said(const struct prose_doc *doc);
void claim_check(struct compile *c);

/* ---- doc.c ---- */
/* Does a checked link lead anywhere? Not to a document that nobody can see (yet): then its words stand alone. */
bool node_leads(const struct node *n);

/* ---- flat.c: the words of a block in one line ---- */
enum { FLAT_LINK = 1, FLAT_CODE = 2, FLAT_QUOTE = 4, FLAT_CITED = 8, FLAT_BREAK = 16 };
struct flat_link {
    const struct node *node;
    size_t from; /* in the text */
    size_t to;
};
struct flat {
    char *text;     /* line ends are spaces */
    uint32_t *from; /* for each byte its offset in the source */
    uint8_t *marks; /* FLAT_… */
    size_t n;
    LIST(struct flat_link) links;
};
/* Of the inlines below `n`; quotations are marked in `lang`'s quotation marks. */
struct flat flat_of(struct arena *a, const struct node *n);
/* Of a text that has no source of its own. */
struct flat flat_of_text(struct arena *a, struct span text);
/* Of the paragraphs below `n`, a list item or a block quote, a space between them: of an item without what is inside its
 * lists and block quotes, of a block quote without its dashed last line. */
struct flat flat_of_blocks(struct arena *a, const struct node *n);
/* The n-th quotation with its marks, from the outside; false after the last. One that does not end goes on to the end of
 * the text. `at` is where to begin looking. */
bool flat_next_quotation(const struct flat *f, size_t at, size_t *from_out, size_t *to_out);

/* The words of what is below `parent`, without markup, in one line: what describes a photo, for one. */
void plain_words(struct buf *out, const struct node *parent);

#endif
