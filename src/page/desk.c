/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Shared by all threads: the source, written once before the first of them asks.
 */
#include "page/desk.h"

static struct page_desk_source from;

void page_desk_from(const struct page_desk_source *source)
{
    from = *source;
}

bool page_desk_open(struct req *rq, struct page_desk *desk_out)
{
    *desk_out = (struct page_desk){0};
    if (from.open && from.open(from.ctx, rq, desk_out))
        return true;
    http_error(rq, 404);
    return false;
}

void page_desk_close(struct page_desk *desk)
{
    from.close(from.ctx, desk);
    *desk = (struct page_desk){0};
}

bool page_desk_language(const struct page_desk *desk, const struct req *rq, struct span path, enum lang *lang_out)
{
    const struct campaign *c = desk->site->campaign;

    for (size_t i = 0; i < c->language_count; i++) {
        *lang_out = c->languages[i];
        if (span_eq(rq->path, site_path(desk->site, rq->arena, *lang_out, path)))
            return true;
    }
    return false;
}
