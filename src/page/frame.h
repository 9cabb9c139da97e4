/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The frame around every page: head, navigation, foot. A part renders what stands between and hands it over.
 *
 * Nothing in a page leads to another site by itself: no script, no font, no picture from elsewhere.
 */
#ifndef PAGE_FRAME_H
#define PAGE_FRAME_H

#include "page/site.h"

enum frame_nav {
    FRAME_NAV_NONE,
    FRAME_NAV_NEWS,
    FRAME_NAV_RIGHTS,
    FRAME_NAV_FAQ,
    FRAME_NAV_PLATFORM,
    FRAME_NAV_CHRONOLOGY,
    FRAME_NAV_DOCKET,  /* once there is a case */
    FRAME_NAV_SOURCES, /* once a document can be seen */
    FRAME_NAV_PRESS,
    FRAME_NAV_ABOUT,
    FRAME_NAV_SEARCH, /* of a server alone */
};

struct frame {
    const struct site *site;
    const struct page_row *row; /* its path, language and twin */
    struct span title;
    struct span description; /* may be empty */
    enum frame_nav nav;
    bool is_article;      /* a newsletter, for who shows a card of it */
    bool is_hidden;       /* not for search engines */
    bool is_private;      /* neither, and its address is somebody's own: it stands nowhere in the page */
    bool has_tools;       /* documents, forms, search, the finder: tools.css as well */
    struct span moved_to; /* an old address: the path that a browser goes on to at once */
    struct markup body;
};

/* The whole page. Lives in `a`. */
struct span frame_render(struct arena *a, const struct frame *frame);

/* A buffer for one template's output. */
struct buf *frame_buf(struct arena *a);

#endif
