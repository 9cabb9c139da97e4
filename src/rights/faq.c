/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * All questions on one page: people search it with the browser and print it whole.
 */
#include "rights/rights_impl.h"

static struct tpl_faq_questions question(struct arena *a, const struct site *site, const struct prose_library *lib,
                                         const struct page_row *row, const struct answer_item *item,
                                         struct notes *notes)
{
    const struct entry *e = item->words;
    const struct answer_row rows[] = {
        {MSG_ANSWER_LAW, e->law},
        {MSG_ANSWER_AUDIENCE, e->audience},
    };

    return (struct tpl_faq_questions){
        .foreign = page_foreign(e->lang, row->lang),
        .link = url_path(arena_join(a, (struct span[]){S("#"), e->key}, 2)),
        .title = e->title,
        .key = e->key,
        .answer = answer_body(a, site, lib, row, e, notes),
        .facts = answer_facts(a, site, row, item, rows, COUNT(rows), S("/faq/")),
    };
}

struct span faq_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                       const struct page_row *row)
{
    struct answer_items items = answers_of(a, site->campaign, ENTRY_FAQ, row->lang);
    struct tpl_faq_questions *questions = ARENA_ARRAY(a, struct tpl_faq_questions, items.list.count);
    struct tpl_faq v = {
        .questions = questions,
        .questions_count = items.list.count,
        .claims = page_claims_link(site, a, row),
    };
    struct notes notes = {0};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_NAV_FAQ),
        .description = msg_plain(row->lang, MSG_FAQ_INTRO),
        .nav = FRAME_NAV_FAQ,
    };
    struct buf *out = frame_buf(a);

    for (size_t i = 0; i < items.list.count; i++)
        questions[i] = question(a, site, lib, row, &items.list.items[i], &notes);
    v.notes = notes_render(a, &notes, site, row);
    tpl_faq(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
