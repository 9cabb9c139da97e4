/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What every page needs to know about the site it stands on: the campaign, the moment, and how addresses are written.
 *
 * A page's name inside the program is its path: "/es/news/2026-04-24-memo". On a server that is its address as well. In
 * a static build each page is a file, links are relative and carry ".html", so that they work from file://. Addresses
 * for other people's programs (canonical, feed, sitemap) are always "https://HOST" and the path.
 */
#ifndef PAGE_SITE_H
#define PAGE_SITE_H

#include "html/html.h"
#include "model/campaign.h"

enum { PAGE_SIZE_MAX = 32 * 1024 * 1024 }; /* of one page; the largest folder stays far below */

struct site {
    const struct campaign *campaign;
    struct instant now;
    struct date today; /* `now` in the campaign's zone */
    bool is_static;
    bool takes_subscribers; /* there are keys to seal to, and somebody who carries letters: /subscribe is open */
    bool keeps_keys;        /* the server goes on with a newsletter by itself: server.ini, handover = server */
};

/* One public address and what makes its bytes. Every list, feed and sitemap is made of these. */
struct prose_library; /* prose/prose.h; this folder passes it on and does not look inside */
struct page_row {
    struct span path;
    struct span content_type;
    struct date last_modified; /* not set when nobody knows */
    bool in_sitemap;
    enum lang lang;
    struct span other;     /* path of the same page in the other language; empty when there is none */
    struct span moved_to;  /* an old address: the path it leads to. A server answers 301 */
    struct span piece;     /* of what is sent as it is: what the store calls it. Empty for all else */
    bool is_read_in_place; /* a PDF that a browser may show in the place of the page */
    const void *arg;       /* for `render` */
    /* The whole body of the answer. Lives in `a` or, for files, as long as the campaign. Empty for a `piece` that only
     * the store keeps. */
    struct span (*render)(struct arena *a, const struct site *site, const struct prose_library *lib,
                          const struct page_row *row);
};
struct page_rows {
    struct arena *arena;
    LIST(struct page_row) list;
};
/* Appends a zeroed row for a page in HTML. The pointer is good until the next row. */
struct page_row *page_rows_add(struct page_rows *rows, enum lang lang, struct span path);
/* One row a language of the campaign for the page at `path` ("/faq/"), each knowing the other, for the sitemap. */
void page_rows_add_all(struct page_rows *rows, const struct site *site, struct span path, const void *arg,
                       struct span (*render)(struct arena *, const struct site *, const struct prose_library *,
                                             const struct page_row *));

/* A row for the leaflet of a stem (campaign_leaflet()), where there is one today. */
void page_rows_add_leaflet(struct page_rows *rows, const struct site *site, enum lang lang, struct span stem,
                           struct span path);

/* "/faq/" in the campaign's other language: "/es/faq/". */
struct span site_path(const struct site *site, struct arena *a, enum lang lang, struct span path);
/* The language that is not `lang`. False when the campaign has only one. */
bool site_other_lang(const struct site *site, enum lang lang, enum lang *other_out);

/* The language that an address speaks, whether there is a page or not: "/es/nowhere" is Spanish where that is not the
 * main one. */
enum lang site_lang_of(const struct site *site, struct arena *a, struct span path);

/* Where a text is read: "/es/faq/#is-it-legal". Empty for a block, which has no place of its own. */
struct span site_entry_path(const struct site *site, struct arena *a, const struct entry *e);

/* The file a path becomes in a static build: "faq/index.html", "news/2026-04-24-memo.html", "feed.xml". */
struct span site_file_of(struct arena *a, struct span path);

/* What stands in the href of the page at `from`: for a path of ours, with fragment or without, or for an address
 * elsewhere. "#" for what is neither. */
struct url site_link(const struct site *site, struct arena *a, struct span from, struct span address);
/* The same with "https://HOST" before our own paths. */
struct url site_absolute(const struct site *site, struct arena *a, struct span address);

/* What stands in the href of a source's words on the page of `row`: "press:KEY" leads to "/es/press#KEY", https and paths
 * stay. An address that is not set, for `#if`, when there is no page behind it. */
struct url page_source_link(const struct site *site, struct arena *a, const struct page_row *row, struct span address);

/* From the page of `row` to what the employer said and what is so; not set when nothing is answered. */
struct url page_claims_link(const struct site *site, struct arena *a, const struct page_row *row);

/* For struct prose_web: `ctx` is a struct page_place, or a struct site for absolute addresses. */
struct page_place {
    const struct site *site;
    struct span path;
};
struct url page_link(const void *ctx, struct arena *a, struct span address);
struct url page_link_absolute(const void *ctx, struct arena *a, struct span address);

/* The code for a `lang` attribute around words in `lang` on a page in `page_lang`: empty when they are the same. */
struct span page_foreign(enum lang lang, enum lang page_lang);

/* Words of our own, and the `lang` they need around them. */
struct page_words {
    struct span text;
    struct span foreign;
};
struct page_words page_words(const struct site *site, const struct words *words, enum lang lang);

#endif
