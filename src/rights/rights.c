/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Your rights: the finder where there is a server to ask, one table by activity, place and time, then each right in full.
 *
 * What was superseded has an anchor still, but no line in the table.
 */
#include "rights/rights_card.h"
#include "rights/rights_impl.h"

struct span rights_verdict(enum answer answer, enum lang lang)
{
    switch (answer) {
    case ANSWER_YES:
        return msg_plain(lang, MSG_RIGHTS_YES);
    case ANSWER_NO:
        return msg_plain(lang, MSG_RIGHTS_NO);
    case ANSWER_DEPENDS:
        return msg_plain(lang, MSG_RIGHTS_DEPENDS);
    }
    return S("");
}

struct markup rights_section(struct arena *a, const struct site *site, const struct prose_library *lib,
                             const struct page_row *row, const struct finder_right *right, struct notes *notes,
                             const struct rights_shown *shown)
{
    const struct entry *e = right->words;
    const struct answer_item item = {.words = e, .facts = right->facts};
    struct answer_row rows[6] = {{MSG_RIGHTS_HOLDER, e->holder}};
    size_t count = 1;
    struct tpl_rights_answer v = {
        .key = e->key,
        .foreign = page_foreign(e->lang, row->lang),
        .title = e->title,
        .answer = answer_body(a, site, lib, row, e, notes),
    };
    struct buf *out = frame_buf(a);

    if (shown->has_case) {
        rows[count++] = (struct answer_row){MSG_RIGHTS_ACTIVITY, e->activity};
        rows[count++] = (struct answer_row){MSG_RIGHTS_PLACE, e->place};
        rows[count++] = (struct answer_row){MSG_RIGHTS_TIME, e->time};
    }
    rows[count++] = (struct answer_row){MSG_RIGHTS_BREAKS, e->breaks};
    rows[count++] = (struct answer_row){MSG_ANSWER_LAW, e->law};
    v.facts = answer_facts(a, site, row, &item, rows, count, S("/rights/"));
    if (shown->has_verdict)
        v.verdict = rights_verdict(right->facts->answer, row->lang);
    if (shown->has_warning && finder_is_due(right, site->today))
        v.due = date_words(a, row->lang, right->facts->review_by);
    tpl_rights_answer(out, row->lang, &v);
    return markup_of(out);
}

struct span rights_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                          const struct page_row *row)
{
    const struct finder *f = finder_of(a, site->campaign, row->lang);
    const struct rights_shown shown = {.has_verdict = true, .has_case = true};
    struct tpl_rights_rights *rights = ARENA_ARRAY(a, struct tpl_rights_rights, f->rights.list.count);
    struct tpl_rights v = {.rights = rights, .rights_count = f->rights.list.count, .none = f->rights.list.count == 0};
    enum msg caption = site->is_static ? MSG_RIGHTS_QUESTION : MSG_FINDER_AT_A_GLANCE;
    struct notes notes = {0};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_NAV_RIGHTS),
        .description = msg_plain(row->lang, MSG_RIGHTS_INTRO),
        .nav = FRAME_NAV_RIGHTS,
        .has_tools = true,
    };
    struct buf *out = frame_buf(a);

    if (campaign_leaflet(site->campaign, S(RIGHTS_CARD_STEM), site->today))
        v.card = site_link(site, a, row->path, S(RIGHTS_CARD_PATH));
    if (!site->is_static)
        v.form = finder_form(a, site, f, &(struct finder_question){0}, MSG_RIGHTS_QUESTION);
    v.table = rights_table(a, site, f, &f->rights, msg_plain(row->lang, caption), false);
    for (size_t i = 0; i < f->rights.list.count; i++)
        rights[i].section = rights_section(a, site, lib, row, &f->rights.list.items[i], &notes, &shown);
    v.notes = notes_render(a, &notes, site, row);
    tpl_rights(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
