/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Inside the pages of documents: who quotes which words, and a page's words as paragraphs.
 */
#ifndef SOURCES_EXHIBIT_IMPL_H
#define SOURCES_EXHIBIT_IMPL_H

#include "page/dates.h"
#include "page/frame.h"
#include "prose/prose.h"
#include "prose/shown.h"
#include "sources/sources_impl.h"
#include "templates.h"

/* ---- exhibit.c ---- */
/* "/sources/KEY", in a language, and its files. */
struct span exhibit_path(const struct site *site, struct arena *a, enum lang lang, const struct document *d);
/* The title in `lang`, or else in the main language; and the code it needs then. */
struct page_words exhibit_title(const struct site *site, const struct document *d, enum lang lang);
/* "Admitted as genuine by the employer, April 23, 2026." */
struct span exhibit_standing(struct arena *a, const struct site *site, const struct document *d, enum lang lang);
/* The code of the paper's language, where it is not the page's. */
struct span exhibit_foreign(const struct document *d, enum lang lang);
struct span exhibit_length(struct arena *a, const struct document *d, enum lang lang); /* "9 pages" */

/* ---- exhibit_quotes.c ---- */
/* One text that quotes the document, as the reader of a page in that language finds it. */
struct exhibit_quoter {
    const struct entry *entry;
    LIST(uint32_t) pages; /* places in the file, each once */
};
/* Words of one page, and who quotes just these. */
struct exhibit_quote {
    uint32_t page;
    bool is_begun;                   /* on an earlier page */
    bool goes_on;                    /* on a later one */
    LIST(struct quote_range) ranges; /* of words that are shown */
    LIST(size_t) quoters;            /* places in `quoters` */
};
struct exhibit_quotes {
    LIST(struct exhibit_quoter) quoters; /* the newest newsletter first, then what has no day */
    LIST(struct exhibit_quote) quotes;   /* by page, in the order of their words */
};
/* What everybody may read now quotes of `d`. A text that is public in `lang` stands for its translations. */
void exhibit_quotes_find(struct arena *a, const struct site *site, const struct prose_library *lib,
                         const struct document *d, enum lang lang, struct exhibit_quotes *out);

/* ---- exhibit_text.c ---- */
size_t exhibit_text_size(const struct doc_page *page); /* bytes of its words, with a space each */
/* The words of a page as paragraphs, the marked ones in <mark>. Empty for a page without words. */
struct markup exhibit_text(struct arena *a, const struct doc_page *page, const bool *marks);
/* The words of a quotation on its page, "…" for what is between them or stands elsewhere; cut where they are many. */
struct span exhibit_words(struct arena *a, const struct doc_page *page, const struct exhibit_quote *q);

#endif
