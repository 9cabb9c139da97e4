/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The frame of a leaflet, around what prose made of the text: whose it is, the tagline, the title; corrections, what the
 * figures lean on; and at the foot the way to the web page, who runs this and who pays. Its words are the page's words:
 * what is corrected there is corrected on the next copy.
 */
#include "news/news_leaflet.h"

#include "news/news_impl.h"
#include "page/qr.h"
#include "prose/leaflet.h"

enum { FRAME_MOST = 256 * 1024 };

struct sheet {
    struct arena *a;
    const struct site *site;
    const struct entry *e;
    enum lang lang;
    struct leaflet *leaflet;
    struct buf *out;
};

static void begin(struct sheet *s, struct span tag, struct span class_name, unsigned ink, size_t link)
{
    leaflet_open(s->out, tag, class_name, ink, link);
}

static void say(struct sheet *s, enum msg msg)
{
    leaflet_words(s->out, msg_plain(s->lang, msg));
}

static void paragraph(struct sheet *s, struct span tag, struct span class_name, unsigned ink, struct span words)
{
    if (words.n == 0)
        return;
    begin(s, tag, class_name, ink, 0);
    leaflet_words(s->out, words);
    leaflet_close(s->out, tag);
}

static struct span done(struct sheet *s)
{
    struct span html = arena_dup(s->a, buf_span(s->out));

    s->out = buf_new(s->a, FRAME_MOST);
    return html;
}

static void end_part(struct sheet *s)
{
    *LIST_ADD(s->a, &s->leaflet->parts) = (struct leaflet_part){.kind = LEAFLET_PART_TEXT, .html = done(s)};
}

static struct span tagline(struct sheet *s)
{
    const struct campaign *c = s->site->campaign;
    struct span words[2 * COUNT(c->tagline)];
    size_t count = 0;

    for (size_t i = 0; i < COUNT(c->tagline); i++) {
        struct span line = page_words(s->site, &c->tagline[i], s->lang).text;

        if (line.n == 0)
            continue;
        if (count)
            words[count++] = S(" ");
        words[count++] = line;
    }
    return arena_join(s->a, words, count);
}

/* ---- above ---- */

static void write_head(struct sheet *s)
{
    const struct entry *e = s->e;
    struct span event = news_event_words(s->a, e, s->lang);

    paragraph(s, S("p"), S("k n"), LEAFLET_ACCENT, s->site->campaign->name);
    paragraph(s, S("p"), S("g"), LEAFLET_TEXT, tagline(s));
    paragraph(s, S("h1"), S(""), LEAFLET_TEXT, e->title);
    paragraph(s, S("p"), S("u"), LEAFLET_TEXT, e->summary);
    begin(s, S("p"), S("s n"), LEAFLET_SOFT, 0);
    leaflet_words(s->out, date_words(s->a, s->lang, e->date));
    if (event.n) {
        buf_put(s->out, S(" · "));
        say(s, MSG_NEWS_EVENT);
        buf_char(s->out, ' ');
        leaflet_words(s->out, event);
    }
    leaflet_close(s->out, S("p"));
    s->leaflet->head = done(s);
}

static void write_running(struct sheet *s)
{
    paragraph(s, S("p"), S("n r"), LEAFLET_SOFT, msg_plain(s->lang, MSG_LEAFLET_MORE));
    s->leaflet->more = done(s);
    begin(s, S("p"), S("n"), LEAFLET_SOFT, 0);
    leaflet_words(s->out, s->site->campaign->name);
    buf_put(s->out, S(" · "));
    leaflet_words(s->out, s->e->title);
    buf_put(s->out, S(" · "));
    say(s, MSG_LEAFLET_SECOND);
    leaflet_close(s->out, S("p"));
    s->leaflet->next = done(s);
}

static void write_mark(struct sheet *s, struct span label, struct span words)
{
    begin(s, S("p"), S("s"), LEAFLET_TEXT | LEAFLET_IN_BOX, 0);
    buf_put(s->out, S("<b>"));
    leaflet_words(s->out, label);
    buf_put(s->out, S("</b> "));
    leaflet_words(s->out, words);
    leaflet_close(s->out, S("p"));
}

/* What was corrected, and what became of what it leaned on. */
static void write_marks(struct sheet *s, const struct prose_library *lib)
{
    struct news_sinces sinces = news_since(s->a, s->site, lib, s->e);
    const struct correction *c;

    if (news_correction(s->site, s->e, 0) == NULL && sinces.list.count == 0)
        return;
    buf_put(s->out, S("<div class=\"b\">\n"));
    for (size_t n = 0; (c = news_correction(s->site, s->e, n)) != NULL; n++)
        write_mark(s, news_correction_label(s->a, c, s->lang), page_words(s->site, &c->what, s->lang).text);
    for (size_t n = 0; n < sinces.list.count; n++)
        write_mark(s, news_since_label(s->a, &sinces.list.items[n], s->lang), sinces.list.items[n].text);
    buf_put(s->out, S("</div>\n"));
    end_part(s);
}

/* ---- below ---- */

static void write_note(struct sheet *s, const struct news_note *n)
{
    begin(s, S("p"), S("s"), LEAFLET_SOFT, 0);
    buf_put(s->out, S("<b>"));
    leaflet_words(s->out, n->what);
    buf_put(s->out, S("</b>, "));
    leaflet_words(s->out, n->as_of);
    buf_put(s->out, S(". "));
    say(s, MSG_NOTES_SOURCE);
    buf_char(s->out, ' ');
    begin(s, S("span"), S(""), LEAFLET_SOFT,
          n->address.n ? leaflet_link(s->a, s->leaflet, site_absolute(s->site, s->a, n->address)) : 0);
    leaflet_words(s->out, n->source);
    buf_put(s->out, S("</span>"));
    if (n->change.n) {
        buf_put(s->out, S(". "));
        leaflet_words(s->out, n->change);
        buf_char(s->out, ' ');
        leaflet_words(s->out, n->why);
    }
    leaflet_close(s->out, S("p"));
}

static void write_notes(struct sheet *s, const struct prose_doc *doc)
{
    if (prose_figure_count(doc) == 0)
        return;
    paragraph(s, S("h3"), S(""), LEAFLET_HEADING, msg_plain(s->lang, MSG_NOTES_TITLE));
    for (size_t i = 0; i < prose_figure_count(doc); i++) {
        struct news_note n = news_note(s->a, s->site, prose_figure(doc, i), s->e->date, s->lang);

        write_note(s, &n);
    }
    end_part(s);
}

static void named(struct sheet *s, enum msg label, struct span words)
{
    if (words.n == 0)
        return;
    say(s, label);
    buf_char(s->out, ' ');
    leaflet_words(s->out, words);
    buf_char(s->out, ' ');
}

static void write_foot(struct sheet *s)
{
    const struct campaign *c = s->site->campaign;
    struct url address = site_absolute(s->site, s->a, news_path(s->site, s->a, s->e));

    begin(s, S("p"), S("n"), LEAFLET_TEXT, 0);
    say(s, MSG_LEAFLET_WEB);
    buf_put(s->out, S("<br>\n<b>"));
    begin(s, S("span"), S(""), LEAFLET_TEXT, leaflet_link(s->a, s->leaflet, address));
    leaflet_words(s->out, address.s);
    buf_put(s->out, S("</span></b>"));
    leaflet_close(s->out, S("p"));
    begin(s, S("p"), S("n"), LEAFLET_TEXT, 0);
    named(s, MSG_FRAME_RUN_BY, page_words(s->site, &c->run_by, s->lang).text);
    named(s, MSG_FRAME_PAID_BY, page_words(s->site, &c->paid_by, s->lang).text);
    leaflet_words(s->out, c->name);
    buf_put(s->out, S(", "));
    leaflet_words(s->out, c->address);
    leaflet_close(s->out, S("p"));
    s->leaflet->foot = done(s);
    s->leaflet->code.dark = qr_bits(s->a, address.s, &s->leaflet->code.width);
}

static struct span day_of(struct arena *a, struct date date)
{
    return arena_printf(a, "%04d%02d%02d", date.year, date.month, date.day);
}

enum rc news_leaflet(struct arena *a, const struct site *site, const struct prose_library *lib, const struct entry *e,
                     enum leaflet_paper paper, struct leaflet *leaflet_out)
{
    const struct prose_leaflet with = {.ctx = site, .link = page_link_absolute};
    const struct prose_doc *doc = prose_of(lib, e);
    struct sheet s = {
        .a = a, .site = site, .e = e, .lang = e->lang, .leaflet = leaflet_out, .out = buf_new(a, FRAME_MOST)};
    enum rc rc;

    *leaflet_out = (struct leaflet){
        .paper = paper,
        .lang = e->lang,
        .accent = leaflet_accent(site->campaign->accent),
        .title = e->title,
        .author = site->campaign->name,
        .day = day_of(a, e->date),
    };
    write_head(&s);
    write_running(&s);
    write_marks(&s, lib);
    rc = prose_render_leaflet(a, doc, &with, leaflet_out);
    write_notes(&s, doc);
    write_foot(&s);
    return rc;
}

size_t news_leaflet_leans(struct arena *a, const struct site *site, const struct prose_library *lib,
                          const struct entry *e)
{
    return news_since(a, site, lib, e).list.count;
}
