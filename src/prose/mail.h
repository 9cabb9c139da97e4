/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * How a letter looks: what the renderer of its text and the frame around it (news/news_mail.c) share.
 *
 * Mail programs drop style sheets, so what matters stands inline, in the light colours. The one <style> of a letter holds
 * only what a program that keeps it may better: the dark colours, by class. Nothing in a letter is fetched.
 */
#ifndef PROSE_MAIL_H
#define PROSE_MAIL_H

#include "prose/prose.h"

#define MAIL_PAPER "#fffdf8"
#define MAIL_INK   "#1c1a17"
#define MAIL_SOFT  "#5d574e"
#define MAIL_RULE  "#ddd5c7"
#define MAIL_WASH  "#f6f1e7"
#define MAIL_AMBER "#c98a00"

#define MAIL_SERIF "Charter,'Bitstream Charter','Sitka Text',Cambria,Georgia,serif"
#define MAIL_SANS  "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

/* The wash box that everything set apart stands in; a table, for one mail program knows no padding but a cell's. */
#define MAIL_BOX                                                                                                       \
    "<table role=\"presentation\" class=\"w\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "        \
    "style=\"margin:0 0 20px;background:" MAIL_WASH "\">"
#define MAIL_BOX_END "</td></tr></table>\n"

struct prose_mail {
    const void *ctx;
    /* From a path on our site or an address elsewhere to what stands in an href: with its host, always. */
    struct url (*link)(const void *ctx, struct arena *a, struct span address);
    enum lang lang;
    struct span accent; /* "#rrggbb"; prose_mail_accent() */
};

/* The campaign's colours, or the house's. */
struct span prose_mail_accent(const struct campaign *c);

/* The document as HTML for the body of a letter: links to the same addresses as prose_render_text() with
 * `links_photos`; no picture, no anchor, no class that decides what can be read. RC_LIMIT: far larger than a letter. */
MUST_USE enum rc prose_render_mail(struct arena *a, const struct prose_doc *doc, const struct prose_mail *mail,
                                   struct markup *html_out);

/* The content of the letter's <style>: the same classes in the dark, and on a phone. */
void prose_mail_style(struct buf *out, const struct campaign *c);

#endif
