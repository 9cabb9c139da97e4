/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * A status that has no words of its own has those of its hundred. Nothing that came with the request is on the page.
 */
#include "page/errors.h"

#include "page/frame.h"

#include "templates.h"

struct error_words {
    unsigned status;
    enum msg title;
    enum msg advice;
};

static const struct error_words known[] = {
    {400, MSG_ERROR_BAD, MSG_ERROR_BAD_ADVICE},         {403, MSG_ERROR_ELSEWHERE, MSG_ERROR_ELSEWHERE_ADVICE},
    {405, MSG_ERROR_METHOD, MSG_ERROR_METHOD_ADVICE},   {413, MSG_ERROR_LARGE, MSG_ERROR_LARGE_ADVICE},
    {414, MSG_ERROR_ADDRESS, MSG_ERROR_ADDRESS_ADVICE}, {415, MSG_ERROR_KIND, MSG_ERROR_KIND_ADVICE},
    {422, MSG_ERROR_ANSWERS, MSG_ERROR_ANSWERS_ADVICE}, {429, MSG_ERROR_OFTEN, MSG_ERROR_OFTEN_ADVICE},
    {431, MSG_ERROR_HEAD, MSG_ERROR_HEAD_ADVICE},       {500, MSG_ERROR_OURS, MSG_ERROR_OURS_ADVICE},
    {503, MSG_ERROR_BUSY, MSG_ERROR_BUSY_ADVICE},
};

static const struct error_words *words_for(unsigned status)
{
    const struct error_words *words = &known[0]; /* 400 */

    for (size_t i = 0; i < COUNT(known); i++) {
        if (known[i].status == status || (known[i].status == 500 && status >= 500))
            words = &known[i];
    }
    return words;
}

static struct span render(struct arena *a, const struct site *site, enum lang lang, unsigned status, uint64_t number)
{
    const struct error_words *words = words_for(status);
    struct page_row row = {.path = site_path(site, a, lang, S("/")), .lang = lang};
    struct tpl_error v = {
        .title = msg_plain(lang, words->title),
        .advice = msg_plain(lang, words->advice),
        .home = site_link(site, a, row.path, row.path),
    };
    struct frame frame = {.site = site, .row = &row, .title = v.title, .is_hidden = true};
    struct buf *out = frame_buf(a);
    enum lang other;

    if (status >= 500)
        v.number = arena_printf(a, "%llu", (unsigned long long)number);
    if (site_other_lang(site, lang, &other))
        row.other = site_path(site, a, other, S("/"));
    tpl_error(out, lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}

void page_error_send(struct req *rq, const struct site *site, unsigned status)
{
    enum lang lang = site_lang_of(site, rq->arena, rq->path);
    struct http_answer answer = {
        .status = status, .type = "text/html; charset=utf-8", .language = lang_code(lang).p, /* a literal */
    };

    http_send(rq, &answer, render(rq->arena, site, lang, status, rq->id));
}
