/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What the files of this part share: which newsletters are public, and how their addresses look.
 *
 * Drafts and newsletters whose time has not come are dropped by news_is_shown() and nowhere else: every address, list
 * and feed of this part asks it.
 */
#ifndef NEWS_NEWS_IMPL_H
#define NEWS_NEWS_IMPL_H

#include "news/news_web.h"
#include "page/dates.h"
#include "page/frame.h"
#include "page/notes.h"
#include "prose/prose.h"
#include "templates.h"

struct news_item {
    const struct entry *entry;
    bool is_foreign; /* only in the other language */
};
struct news_items {
    LIST(struct news_item) list;
};

/* ---- news_rules.c ---- */

/* Public at the site's moment, and in a language the campaign speaks. */
bool news_is_shown(const struct site *site, const struct entry *e);
/* What readers of `lang` are offered, newest first: each newsletter in their language, or else in the other. */
struct news_items news_public(struct arena *a, const struct site *site, enum lang lang);
/* Only those that are in `lang`. */
struct news_items news_public_in(struct arena *a, const struct site *site, enum lang lang);
/* The next ones to a public newsletter, of those in its language; null where there is none. */
struct news_beside {
    const struct entry *newer;
    const struct entry *older;
};
struct news_beside news_beside(const struct site *site, const struct entry *e);
/* The same newsletter in the other language; null when it is not public. */
const struct entry *news_twin(const struct site *site, const struct entry *e);
struct span news_path(const struct site *site, struct arena *a, const struct entry *e);

/* Where its leaflet is, if there is one, from its page's path. */
struct span news_leaflet_path(struct arena *a, struct span path);

/* Corrections of a newsletter up to today, in the order of the register. Null after the last. */
const struct correction *news_correction(const struct site *site, const struct entry *e, size_t n);
struct span news_correction_label(struct arena *a, const struct correction *correction, enum lang lang);
/* The day of its last change. */
struct date news_changed(const struct site *site, const struct entry *e);

/* ---- news_since.c ---- */

/* One thing that a newsletter leaned on, and what has become of it after its day. A figure that has grown is none. */
struct news_since {
    struct date date;
    struct span text;    /* what it was then, and what it is now */
    enum lang lang;      /* of the text */
    struct span address; /* where more is to be read; or empty */
};
struct news_sinces {
    LIST(struct news_since) list;
};
/* By today, the newest first. */
struct news_sinces news_since(struct arena *a, const struct site *site, const struct prose_library *lib,
                              const struct entry *e);
struct span news_since_label(struct arena *a, const struct news_since *since,
                             enum lang lang); /* "After this was written, on …:" */
/* A paragraph each; empty for none. `link` is as in struct prose_web. */
struct markup news_since_render(struct arena *a, const struct news_sinces *sinces, enum lang lang,
                                struct url (*link)(const void *, struct arena *, struct span), const void *ctx);

/* ---- news_notes.c: for letters and leaflets ---- */

/* What a figure leans on, in words. */
struct news_note {
    struct span what;
    struct span as_of;
    struct span source;
    struct span address; /* with its host, or empty */
    struct span change;  /* or empty */
    struct span why;
};
/* `day` is that of what it stands under. */
struct news_note news_note(struct arena *a, const struct site *site, const struct figure *f, struct date day,
                           enum lang lang);
/* The days it tells of, where they are others than the one it came out on; else empty. */
struct span news_event_words(struct arena *a, const struct entry *e, enum lang lang);

/* ---- the pages ---- */

/* A document as a part of a page at `row`; `has_notes`: its figures lead to the page's notes. */
struct markup news_prose(struct arena *a, const struct site *site, const struct prose_library *lib,
                         const struct page_row *row, const struct entry *e, int heading_base, bool has_notes);
/* The figures of a document into the notes of its page. */
void news_add_notes(struct notes *notes, struct arena *a, const struct site *site, const struct prose_doc *doc,
                    enum lang lang);

struct markup news_items_render(struct arena *a, const struct site *site, const struct page_row *row,
                                const struct news_item *items, size_t count);

struct span news_home_render(struct arena *, const struct site *, const struct prose_library *,
                             const struct page_row *);
struct span news_list_render(struct arena *, const struct site *, const struct prose_library *,
                             const struct page_row *);
struct span news_page_render(struct arena *, const struct site *, const struct prose_library *,
                             const struct page_row *);
struct span news_text_render(struct arena *, const struct site *, const struct prose_library *,
                             const struct page_row *);
struct span news_moved_render(struct arena *, const struct site *, const struct prose_library *,
                              const struct page_row *);
struct span news_feed_render(struct arena *, const struct site *, const struct prose_library *,
                             const struct page_row *);
struct span news_corrections_render(struct arena *, const struct site *, const struct prose_library *,
                                    const struct page_row *);
struct span news_standing_render(struct arena *, const struct site *, const struct prose_library *,
                                 const struct page_row *);
struct span news_platform_render(struct arena *, const struct site *, const struct prose_library *,
                                 const struct page_row *);

#endif
