/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The frame of a letter, around what prose made of the text: who writes, when, where it stands on the site, what the
 * figures lean on, who pays, and the way off the list. The text and the HTML lead to the same addresses, and the HTML
 * is good without a style sheet, without pictures and in the dark.
 */
#include "news/news_mail.h"

#include "base/utf8.h"
#include "mail/address.h"
#include "news/news_impl.h"
#include "prose/mail.h"

#include <string.h>

enum { LETTER_MOST = 20 * 1024 * 1024, WIDTH = 72, PIECES = 5 };

/* What both bodies are made of. */
struct draft {
    struct arena *a;
    const struct site *site;
    const struct entry *e;
    const struct prose_doc *doc;
    enum lang lang;
    struct span accent;
    bool shows_paid_by;
    struct span leave;       /* the token follows */
    struct span preferences; /* the same token */
    size_t links_beside;     /* in the letter's other part */
    struct buf *out;
    size_t from; /* where the piece being written begins in `out` */
    struct span pieces[PIECES];
    size_t count;
};

static void put(struct draft *d, struct span s)
{
    buf_put(d->out, s);
}

static void say(struct draft *d, enum msg msg)
{
    html_text(d->out, msg_plain(d->lang, msg));
}

/* Ends the piece: a token follows, or the end. */
static void cut(struct draft *d)
{
    CHECK(d->count < PIECES);
    d->pieces[d->count++] = arena_dup(d->a, span_from(buf_span(d->out), d->from));
    d->from = d->out->n;
}

static struct span absolute(struct draft *d, struct span path)
{
    return site_absolute(d->site, d->a, path).s;
}

static struct span address_of(struct draft *d, const struct entry *e)
{
    return absolute(d, news_path(d->site, d->a, e));
}

static struct span archive(struct draft *d)
{
    return absolute(d, site_path(d->site, d->a, d->lang, S("/news/")));
}

/* ---- HTML ---- */

static void html_link(struct draft *d, struct span address, struct span words)
{
    put(d, S("<a class=\"a\" href=\""));
    html_url(d->out, site_absolute(d->site, d->a, address));
    put(d, S("\" style=\"color:"));
    put(d, d->accent);
    put(d, S("\">"));
    html_text(d->out, words);
    put(d, S("</a>"));
}

/* A link that ends with the token. */
static void html_own(struct draft *d, struct span address, enum msg words)
{
    put(d, S("<a class=\"a\" href=\""));
    put(d, address);
    cut(d);
    put(d, S("\" style=\"color:"));
    put(d, d->accent);
    put(d, S("\">"));
    say(d, words);
    put(d, S("</a>"));
}

static void html_start(struct draft *d)
{
    put(d, S("<!DOCTYPE html>\n<html lang=\""));
    html_attr(d->out, lang_code(d->lang));
    put(d, S("\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n"
             "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
             "<meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no\">\n<title>"));
    html_text(d->out, d->e->title);
    put(d, S("</title>\n<style>\n"));
    prose_mail_style(d->out, d->site->campaign);
    put(d, S("</style>\n</head>\n<body class=\"p\" style=\"margin:0;padding:0;background:" MAIL_PAPER ";color:" MAIL_INK
             "\">\n"));
    if (d->e->summary.n) {
        put(d, S("<div style=\"display:none\">"));
        html_text(d->out, d->e->summary);
        put(d, S("</div>\n"));
    }
    put(d, S("<table role=\"presentation\" class=\"p\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
             "style=\"background:" MAIL_PAPER ";color:" MAIL_INK "\">\n"
             "<tr><td class=\"b\" align=\"center\" style=\"padding:0;border-top:6px solid "));
    put(d, d->accent);
    put(d, S("\">\n<table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
             "style=\"width:100%;max-width:600px\">\n"
             "<tr><td class=\"e\" align=\"left\" style=\"padding:20px 28px 40px;font:18px/1.6 " MAIL_SERIF
             ";text-align:left;overflow-wrap:break-word;word-break:break-word\">\n"
             "<div role=\"article\" lang=\""));
    html_attr(d->out, lang_code(d->lang));
    put(d, S("\" aria-label=\""));
    html_attr(d->out, d->e->title);
    put(d, S("\">\n"));
}

/* Who writes, when, and the ways out: to the site, to the other language, off the list. */
static void html_masthead(struct draft *d)
{
    const struct entry *twin = news_twin(d->site, d->e);

    put(d, S("<p style=\"margin:0;font-size:19px;line-height:1.3\"><strong>"));
    html_text(d->out, d->site->campaign->name);
    put(d,
        S("</strong></p>\n<p class=\"r s\" style=\"margin:4px 0 30px;padding:0 0 14px;border-bottom:1px solid " MAIL_RULE
          ";font:15px/1.7 " MAIL_SANS ";color:" MAIL_SOFT "\">"));
    html_link(d, news_path(d->site, d->a, d->e), msg_plain(d->lang, MSG_MAIL_WEB));
    put(d, S(" &nbsp; "));
    if (twin) {
        put(d, S("<span lang=\""));
        html_attr(d->out, lang_code(twin->lang));
        put(d, S("\">"));
        html_link(d, news_path(d->site, d->a, twin), msg_plain(d->lang, MSG_NEWS_IN_OTHER_LANGUAGE));
        put(d, S("</span> &nbsp; "));
    }
    html_own(d, d->leave, MSG_MAIL_LEAVE);
    put(d, S("</p>\n"));
}

static void html_title(struct draft *d)
{
    struct span event = news_event_words(d->a, d->e, d->lang);

    put(d, S("<h1 class=\"t\" style=\"margin:0 0 12px;font-size:36px;line-height:1.12;letter-spacing:-0.01em\">"));
    html_text(d->out, d->e->title);
    put(d, S("</h1>\n"));
    if (d->e->summary.n) {
        put(d, S("<p class=\"s\" style=\"margin:0 0 16px;font-size:20px;line-height:1.4;color:" MAIL_SOFT "\">"));
        html_text(d->out, d->e->summary);
        put(d, S("</p>\n"));
    }
    put(d, S("<p class=\"s\" style=\"margin:0 0 26px;font:15px/1.5 " MAIL_SANS ";color:" MAIL_SOFT "\">"));
    html_text(d->out, date_words(d->a, d->lang, d->e->date));
    if (event.n) {
        put(d, S(" &nbsp; "));
        say(d, MSG_NEWS_EVENT);
        put(d, S(" "));
        html_text(d->out, event);
    }
    put(d, S("</p>\n"));
}

static void html_corrections(struct draft *d)
{
    const struct correction *c;

    if (news_correction(d->site, d->e, 0) == NULL)
        return;
    put(d, S(MAIL_BOX "<tr><td style=\"padding:14px 18px 2px;border-left:4px solid " MAIL_AMBER
                      ";font:16px/1.5 " MAIL_SANS "\">\n"));
    for (size_t n = 0; (c = news_correction(d->site, d->e, n)) != NULL; n++) {
        put(d, S("<p style=\"margin:0 0 12px\"><strong>"));
        html_text(d->out, news_correction_label(d->a, c, d->lang));
        put(d, S("</strong> "));
        html_text(d->out, page_words(d->site, &c->what, d->lang).text);
        put(d, S("</p>\n"));
    }
    put(d, S(MAIL_BOX_END));
}

static void html_note(struct draft *d, const struct news_note *n)
{
    put(d, S("<p style=\"margin:0 0 10px\"><strong>"));
    html_text(d->out, n->what);
    put(d, S("</strong>, "));
    html_text(d->out, n->as_of);
    put(d, S(". "));
    say(d, MSG_NOTES_SOURCE);
    put(d, S(" "));
    if (n->address.n)
        html_link(d, n->address, n->source);
    else
        html_text(d->out, n->source);
    if (n->change.n) {
        put(d, S(". "));
        html_text(d->out, n->change);
        put(d, S(" "));
        html_text(d->out, n->why);
    }
    put(d, S("</p>\n"));
}

static void html_notes(struct draft *d)
{
    if (prose_figure_count(d->doc) == 0)
        return;
    put(d, S("<div class=\"r s\" style=\"margin:34px 0 0;padding:16px 0 0;border-top:1px solid " MAIL_RULE
             ";font:15px/1.5 " MAIL_SANS ";color:" MAIL_SOFT "\">\n"
             "<h2 style=\"margin:0 0 10px;font-size:16px;line-height:1.3\">"));
    say(d, MSG_NOTES_TITLE);
    put(d, S("</h2>\n"));
    for (size_t i = 0; i < prose_figure_count(d->doc); i++) {
        struct news_note n = news_note(d->a, d->site, prose_figure(d->doc, i), d->e->date, d->lang);

        html_note(d, &n);
    }
    put(d, S("</div>\n"));
}

static void html_named(struct draft *d, enum msg label, const struct words *words)
{
    put(d, S("<p style=\"margin:0 0 8px\">"));
    say(d, label);
    put(d, S(" "));
    html_text(d->out, page_words(d->site, words, d->lang).text);
    put(d, S("</p>\n"));
}

/* Filters count the links of a letter, those of both parts together, and take an odd number for a sign of spam: the last
 * place for one evens it out. Addresses of mail are none. */
static size_t links_so_far(const struct draft *d, struct span begins)
{
    struct span rest = buf_span(d->out);
    size_t count = 0;
    size_t at;

    while ((at = span_find(rest, begins)) != SPAN_NONE) {
        rest = span_from(rest, at + begins.n);
        count++;
    }
    return count;
}

static void html_foot(struct draft *d)
{
    const struct campaign *c = d->site->campaign;

    put(d, S("<div class=\"r s\" style=\"margin:34px 0 0;padding:16px 0 0;border-top:2px solid " MAIL_RULE
             ";font:15px/1.5 " MAIL_SANS ";color:" MAIL_SOFT "\">\n<p style=\"margin:0 0 8px\">"));
    say(d, MSG_MAIL_WHY);
    put(d, S("</p>\n<p style=\"margin:0 0 8px\">"));
    html_own(d, d->leave, MSG_MAIL_LEAVE);
    put(d, S(" &nbsp; "));
    html_own(d, d->preferences, MSG_MAIL_PREFERENCES);
    put(d, S(" &nbsp; "));
    html_link(d, site_path(d->site, d->a, d->lang, S("/news/")), msg_plain(d->lang, MSG_HOME_ALL_NEWS));
    if ((links_so_far(d, S("href=\"http")) + d->links_beside) % 2) {
        put(d, S(" &nbsp; "));
        html_link(d, news_path(d->site, d->a, d->e), msg_plain(d->lang, MSG_MAIL_WEB));
    }
    put(d, S("</p>\n"));
    html_named(d, MSG_FRAME_RUN_BY, &c->run_by);
    if (d->shows_paid_by)
        html_named(d, MSG_FRAME_PAID_BY, &c->paid_by);
    put(d, S("<p style=\"margin:0 0 8px\">"));
    html_text(d->out, c->name);
    put(d, S(", "));
    html_text(d->out, c->address);
    put(d, S("</p>\n<p style=\"margin:0\">"));
    say(d, MSG_MAIL_NO_TRACKERS);
    put(d, S("</p>\n</div>\n</div>\n</td></tr>\n</table>\n</td></tr>\n</table>\n</body>\n</html>\n"));
}

static enum rc write_html(struct draft *d)
{
    const struct prose_mail mail = {.ctx = d->site, .link = page_link_absolute, .lang = d->lang, .accent = d->accent};
    struct markup body;
    enum rc rc = prose_render_mail(d->a, d->doc, &mail, &body);

    html_start(d);
    html_masthead(d);
    html_title(d);
    html_corrections(d);
    html_markup(d->out, body);
    html_notes(d);
    html_foot(d);
    cut(d);
    return buf_overflowed(d->out) ? RC_LIMIT : rc;
}

/* ---- plain text ---- */

/* A paragraph filled into lines, and an empty line. */
static void text_paragraph(struct draft *d, struct span words)
{
    size_t column = 0;
    struct span word;

    while (span_next(&words, ' ', &word)) {
        size_t n = utf8_count(word);

        if (n == 0)
            continue;
        if (column && column + 1 + n > WIDTH) {
            put(d, S("\n"));
            column = 0;
        }
        if (column)
            put(d, S(" "));
        put(d, word);
        column += n + (column ? 1 : 0);
    }
    put(d, S("\n\n"));
}

static void text_line(struct draft *d, struct span words, struct span more)
{
    put(d, words);
    put(d, more);
    put(d, S("\n"));
}

static void text_head(struct draft *d)
{
    const struct entry *twin = news_twin(d->site, d->e);
    struct span event = news_event_words(d->a, d->e, d->lang);
    const struct correction *c;

    text_line(d, d->site->campaign->name, S("\n"));
    text_line(d, d->e->title, S(""));
    for (size_t i = utf8_count(d->e->title); i > 0; i--)
        buf_char(d->out, '-'); /* not "=": it would travel as three */
    put(d, S("\n"));
    text_line(d, date_words(d->a, d->lang, d->e->date), S(""));
    if (event.n) {
        put(d, msg_plain(d->lang, MSG_NEWS_EVENT));
        text_line(d, S(": "), event);
    }
    text_line(d, address_of(d, d->e), S(""));
    if (twin) {
        put(d, msg_plain(d->lang, MSG_NEWS_IN_OTHER_LANGUAGE));
        text_line(d, S(": "), address_of(d, twin));
    }
    put(d, S("\n"));
    if (d->e->summary.n)
        text_paragraph(d, d->e->summary);
    for (size_t n = 0; (c = news_correction(d->site, d->e, n)) != NULL; n++)
        text_paragraph(d, arena_join(d->a,
                                     (struct span[]){news_correction_label(d->a, c, d->lang), S(" "),
                                                     page_words(d->site, &c->what, d->lang).text},
                                     3));
}

static void text_notes(struct draft *d)
{
    if (prose_figure_count(d->doc) == 0)
        return;
    text_line(d, S("\n"), msg_plain(d->lang, MSG_NOTES_TITLE));
    for (size_t i = 0; i < prose_figure_count(d->doc); i++) {
        struct news_note n = news_note(d->a, d->site, prose_figure(d->doc, i), d->e->date, d->lang);

        struct span change = n.change.n ? arena_printf(d->a, ". %.*s %.*s", SPAN_ARGS(n.change), SPAN_ARGS(n.why))
                                        : S("");

        text_paragraph(d, arena_printf(d->a, "- %.*s, %.*s. %.*s %.*s%.*s %.*s", SPAN_ARGS(n.what), SPAN_ARGS(n.as_of),
                                       SPAN_ARGS(msg_plain(d->lang, MSG_NOTES_SOURCE)), SPAN_ARGS(n.source),
                                       SPAN_ARGS(change), SPAN_ARGS(n.address)));
        d->out->n--; /* the notes stand close */
    }
}

static void text_named(struct draft *d, enum msg label, const struct words *words)
{
    text_paragraph(
        d, arena_join(d->a,
                      (struct span[]){msg_plain(d->lang, label), S(" "), page_words(d->site, words, d->lang).text}, 3));
}

static void text_foot(struct draft *d)
{
    const struct campaign *c = d->site->campaign;

    text_line(d, S("\n-----\n"), S(""));
    text_paragraph(d, msg_plain(d->lang, MSG_MAIL_WHY));
    put(d, msg_plain(d->lang, MSG_MAIL_LEAVE));
    put(d, S(":\n"));
    put(d, d->leave);
    cut(d);
    put(d, S("\n"));
    put(d, msg_plain(d->lang, MSG_MAIL_PREFERENCES));
    put(d, S(":\n"));
    put(d, d->preferences);
    cut(d);
    put(d, S("\n"));
    put(d, msg_plain(d->lang, MSG_HOME_ALL_NEWS));
    text_line(d, S(":\n"), archive(d));
    put(d, S("\n"));
    text_named(d, MSG_FRAME_RUN_BY, &c->run_by);
    if (d->shows_paid_by)
        text_named(d, MSG_FRAME_PAID_BY, &c->paid_by);
    text_paragraph(d, arena_join(d->a, (struct span[]){c->name, S(", "), c->address}, 3));
    text_paragraph(d, msg_plain(d->lang, MSG_MAIL_NO_TRACKERS));
    d->out->n--;
}

static void write_text(struct draft *d)
{
    const struct prose_text text = {
        .origin = arena_join(d->a, (struct span[]){S("https://"), d->site->campaign->host}, 2),
        .lang = d->lang,
        .width = WIDTH,
        .links_photos = true,
    };

    text_head(d);
    put(d, prose_render_text(d->a, d->doc, &text));
    text_notes(d);
    text_foot(d);
    cut(d);
}

/* ---- the letter ---- */

static struct draft begin(struct arena *a, const struct site *site, const struct prose_library *lib,
                          const struct entry *e, bool shows_paid_by)
{
    return (struct draft){
        .a = a,
        .site = site,
        .e = e,
        .doc = prose_of(lib, e),
        .lang = e->lang,
        .accent = prose_mail_accent(site->campaign),
        .shows_paid_by = shows_paid_by,
        .leave = arena_join(a, (struct span[]){S("https://"), site->campaign->host, S("/leave/")}, 3),
        .preferences = arena_join(a, (struct span[]){S("https://"), site->campaign->host, S("/preferences/")}, 3),
        .out = buf_new(a, LETTER_MOST),
    };
}

static struct mail_body body_of(const struct draft *d)
{
    struct span *pieces = ARENA_ARRAY(d->a, struct span, d->count);

    memcpy(pieces, d->pieces, d->count * sizeof *pieces);
    return (struct mail_body){pieces, d->count};
}

enum rc news_mail_letter(struct arena *a, const struct site *site, const struct prose_library *lib,
                         const struct entry *e, bool shows_paid_by, struct mail_letter *letter_out)
{
    const struct campaign *c = site->campaign;
    struct span domain = campaign_mail_domain(c->host);
    struct draft text = begin(a, site, lib, e, shows_paid_by);
    struct draft html = begin(a, site, lib, e, shows_paid_by);

    *letter_out = (struct mail_letter){
        .kind = MAIL_NEWS,
        .lang = e->lang,
        .from_name = c->name,
        .from = arena_join(a, (struct span[]){c->mail_from.n ? c->mail_from : S("news"), S("@"), domain}, 3),
        .subject = e->subject.n ? e->subject : e->title,
        .list_name = c->name,
        .list_id = arena_join(a, (struct span[]){S("news."), domain}, 2),
        .leave = html.leave,
        .archive = archive(&html),
        .feedback = arena_join(a, (struct span[]){e->slug, S(":"), lang_code(e->lang), S(":news")}, 4),
    };
    if (mail_address(a, c->contact, &letter_out->reply_to) != RC_OK)
        return RC_INVALID;
    write_text(&text);
    html.links_beside = links_so_far(&text, S("://"));
    if (write_html(&html) != RC_OK || buf_overflowed(text.out))
        return RC_LIMIT;
    letter_out->text = body_of(&text);
    letter_out->html = body_of(&html);
    return RC_OK;
}

enum rc news_mail(struct arena *a, const struct site *site, const struct prose_library *lib, const struct entry *e,
                  const struct mail_message **message_out)
{
    struct mail_letter letter;
    enum rc rc = news_mail_letter(a, site, lib, e, true, &letter);

    *message_out = NULL;
    return rc == RC_OK ? mail_compile(a, &letter, message_out) : rc;
}
