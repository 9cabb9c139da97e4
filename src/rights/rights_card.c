/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * See rights_card.h. A card lies in a pocket for months: only what holds today is on it, neither superseded nor overdue for
 * its review, and it says from when that is and where the whole answer stands.
 */
#include "rights/rights_card.h"

#include "page/qr.h"
#include "prose/leaflet.h"
#include "rights/rights_impl.h"

enum { CARD_MOST = 256 * 1024 };

struct side {
    struct arena *a;
    const struct site *site;
    const struct prose_library *lib;
    enum lang lang;
    struct leaflet *card;
    struct buf *out;
};

static bool holds(const struct finder_right *r, struct date today)
{
    return r->facts->superseded.n == 0 && !finder_is_due(r, today);
}

static void paragraph(struct side *s, struct span tag, struct span class_name, unsigned ink, struct span words)
{
    if (words.n == 0)
        return;
    leaflet_open(s->out, tag, class_name, ink, 0);
    leaflet_words(s->out, words);
    leaflet_close(s->out, tag);
}

static void say(struct side *s, struct span class_name, unsigned ink, enum msg msg)
{
    paragraph(s, S("p"), class_name, ink, msg_plain(s->lang, msg));
}

static struct span done(struct side *s)
{
    struct span html = arena_dup(s->a, buf_span(s->out));

    s->out = buf_new(s->a, CARD_MOST);
    return html;
}

static void end_part(struct side *s)
{
    *LIST_ADD(s->a, &s->card->parts) = (struct leaflet_part){.kind = LEAFLET_PART_TEXT, .html = done(s)};
}

/* ---- the panels ---- */

static void write_head(struct side *s, bool has_back)
{
    paragraph(s, S("p"), S("k n"), LEAFLET_ACCENT, s->site->campaign->name);
    paragraph(s, S("h1"), S(""), LEAFLET_TEXT, msg_plain(s->lang, MSG_NAV_RIGHTS));
    say(s, S("u"), LEAFLET_TEXT, MSG_CARD_INTRO);
    if (has_back)
        say(s, S("s n"), LEAFLET_SOFT, MSG_CARD_BACK);
    s->card->head = done(s);
}

static enum rc write_right(struct side *s, const struct finder_right *r)
{
    const struct prose_leaflet with = {.ctx = s->site, .link = page_link_absolute};
    const struct prose_doc *doc = prose_of(s->lib, r->words);
    enum rc rc;

    paragraph(s, S("h3"), S(""), LEAFLET_HEADING, r->words->title);
    leaflet_open(s->out, S("p"), S("t"), LEAFLET_HEADING, 0);
    buf_put(s->out, S("<b>"));
    leaflet_words(s->out, rights_verdict(r->facts->answer, s->lang));
    buf_put(s->out, S("</b>"));
    leaflet_close(s->out, S("p"));
    end_part(s);
    rc = prose_render_leaflet(s->a, doc, &with, s->card);
    paragraph(s, S("p"), S("s n"), LEAFLET_CITE, r->words->law.n ? r->words->law : r->facts->law);
    end_part(s);
    return rc;
}

static void named(struct side *s, enum msg label, const struct words *words)
{
    struct span said = page_words(s->site, words, s->lang).text;

    if (said.n == 0)
        return;
    leaflet_words(s->out, msg_plain(s->lang, label));
    buf_char(s->out, ' ');
    leaflet_words(s->out, said);
    buf_char(s->out, ' ');
}

static void write_foot(struct side *s, struct date reviewed)
{
    const struct campaign *c = s->site->campaign;
    struct url address = site_absolute(s->site, s->a, site_path(s->site, s->a, s->lang, S("/rights/")));
    const struct msg_arg args[] = {{S("date"), date_words(s->a, s->lang, reviewed)}};

    say(s, S("n"), LEAFLET_TEXT, MSG_CARD_WEB);
    leaflet_open(s->out, S("p"), S("n"), LEAFLET_TEXT, leaflet_link(s->a, s->card, address));
    buf_put(s->out, S("<b>"));
    leaflet_words(s->out, address.s);
    buf_put(s->out, S("</b>"));
    leaflet_close(s->out, S("p"));
    paragraph(s, S("p"), S("n"), LEAFLET_TEXT, msg_text(s->a, s->lang, MSG_CARD_CHECKED, 0, args, COUNT(args)));
    say(s, S("n"), LEAFLET_TEXT, MSG_RIGHTS_NO_ADVICE);
    leaflet_open(s->out, S("p"), S("n"), LEAFLET_TEXT, 0);
    named(s, MSG_FRAME_RUN_BY, &c->run_by);
    named(s, MSG_FRAME_PAID_BY, &c->paid_by);
    leaflet_words(s->out, c->address);
    leaflet_close(s->out, S("p"));
    s->card->foot = done(s);
    s->card->code.dark = qr_bits(s->a, address.s, &s->card->code.width);
}

static enum rc write_side(struct side *s, enum leaflet_paper paper, bool has_back)
{
    const struct campaign *c = s->site->campaign;
    const struct finder *f = finder_of(s->a, c, s->lang);
    struct date oldest = {0};
    struct date newest = {0};
    enum rc rc = RC_OK;

    *s->card = (struct leaflet){.is_card = true,
                                .paper = paper,
                                .lang = s->lang,
                                .accent = leaflet_accent(c->accent),
                                .title = msg_plain(s->lang, MSG_NAV_RIGHTS),
                                .author = c->name};
    write_head(s, has_back);
    for (size_t i = 0; i < f->rights.list.count && rc == RC_OK; i++) {
        const struct finder_right *r = &f->rights.list.items[i];
        struct date day = r->facts->reviewed;

        if (!holds(r, s->site->today))
            continue;
        oldest = !date_is_set(oldest) || date_cmp(day, oldest) < 0 ? day : oldest;
        newest = !date_is_set(newest) || date_cmp(day, newest) > 0 ? day : newest;
        rc = write_right(s, r);
    }
    s->card->day = arena_printf(s->a, "%04d%02d%02d", newest.year, newest.month, newest.day);
    write_foot(s, oldest);
    return !date_is_set(oldest) ? RC_NOT_FOUND : rc;
}

enum rc rights_card(struct arena *a, const struct site *site, const struct prose_library *lib, enum leaflet_paper paper,
                    struct leaflet *card_out)
{
    struct leaflet *back = ARENA_NEW(a, struct leaflet);
    struct side s = {a, site, lib, campaign_main_lang(site->campaign), card_out, buf_new(a, CARD_MOST)};
    enum lang other;
    bool has_back = site_other_lang(site, s.lang, &other);
    enum rc rc = write_side(&s, paper, has_back);

    if (rc != RC_OK || !has_back)
        return rc;
    s.lang = other;
    s.card = back;
    rc = write_side(&s, paper, has_back);
    card_out->back = back;
    return rc;
}

struct date rights_card_ends(const struct site *site)
{
    size_t count = 0;
    const struct entry *all = campaign_entries(site->campaign, ENTRY_RIGHT, &count);
    struct date first = {0};

    for (size_t i = 0; i < count; i++)
        if (date_is_set(all[i].review_by) && date_cmp(all[i].review_by, site->today) >= 0 &&
            (!date_is_set(first) || date_cmp(all[i].review_by, first) < 0))
            first = all[i].review_by;
    return date_is_set(first) ? date_from_days(date_to_days(first) + 1) : first;
}
