/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * "May I do this, here, now?" One table by activity, place and time; then each right in full.
 *
 * Rights with the same words share a line of the table. What was superseded has an anchor still, but no line.
 */
#include "rights/rights_impl.h"

/* Where a right stands in the table: its group by activity, its line by place and time. */
struct line {
    const struct entry *first;
    LIST(struct tpl_rights_groups_lines_answers) answers;
};
struct group {
    const struct entry *first;
    LIST(struct line) lines;
};
struct groups {
    LIST(struct group) list;
};

static struct span verdict(enum answer answer, enum lang lang)
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

static struct group *group_of(struct arena *a, struct groups *groups, const struct entry *e)
{
    struct group *group;

    for (size_t i = 0; i < groups->list.count; i++) {
        if (span_eq(groups->list.items[i].first->activity, e->activity))
            return &groups->list.items[i];
    }
    group = LIST_ADD(a, &groups->list);
    group->first = e;
    return group;
}

static struct line *line_of(struct arena *a, struct group *group, const struct entry *e)
{
    struct line *line;

    for (size_t i = 0; i < group->lines.count; i++) {
        line = &group->lines.items[i];
        if (span_eq(line->first->place, e->place) && span_eq(line->first->time, e->time))
            return line;
    }
    line = LIST_ADD(a, &group->lines);
    line->first = e;
    return line;
}

static struct groups by_activity(struct arena *a, const struct answer_items *items, enum lang lang)
{
    struct groups groups = {0};

    for (size_t i = 0; i < items->list.count; i++) {
        const struct answer_item *item = &items->list.items[i];
        const struct entry *e = item->words;

        if (item->facts->superseded.n)
            continue;
        *LIST_ADD(a, &line_of(a, group_of(a, &groups, e), e)->answers) = (struct tpl_rights_groups_lines_answers){
            .link = url_path(arena_join(a, (struct span[]){S("#"), e->key}, 2)),
            .verdict = verdict(item->facts->answer, lang),
            .foreign = page_foreign(e->lang, lang),
            .title = e->title,
        };
    }
    return groups;
}

static struct tpl_rights_groups table_group(struct arena *a, const struct group *group, enum lang lang)
{
    struct tpl_rights_groups_lines *lines = ARENA_ARRAY(a, struct tpl_rights_groups_lines, group->lines.count);

    for (size_t i = 0; i < group->lines.count; i++) {
        const struct line *line = &group->lines.items[i];

        lines[i] = (struct tpl_rights_groups_lines){
            .foreign = page_foreign(line->first->lang, lang),
            .place = line->first->place,
            .time = line->first->time,
            .answers = line->answers.items,
            .answers_count = line->answers.count,
        };
    }
    return (struct tpl_rights_groups){
        .foreign = page_foreign(group->first->lang, lang),
        .activity = group->first->activity,
        .lines = lines,
        .lines_count = group->lines.count,
    };
}

static void fill_table(struct arena *a, const struct answer_items *items, enum lang lang, struct tpl_rights *v)
{
    struct groups groups = by_activity(a, items, lang);
    struct tpl_rights_groups *shown = ARENA_ARRAY(a, struct tpl_rights_groups, groups.list.count);

    for (size_t i = 0; i < groups.list.count; i++)
        shown[i] = table_group(a, &groups.list.items[i], lang);
    v->groups = shown;
    v->groups_count = groups.list.count;
}

static struct tpl_rights_rights right(struct arena *a, const struct site *site, const struct prose_library *lib,
                                      const struct page_row *row, const struct answer_item *item, struct notes *notes)
{
    const struct entry *e = item->words;
    const struct answer_row rows[] = {
        {MSG_RIGHTS_HOLDER, e->holder}, {MSG_RIGHTS_ACTIVITY, e->activity}, {MSG_RIGHTS_PLACE, e->place},
        {MSG_RIGHTS_TIME, e->time},     {MSG_RIGHTS_BREAKS, e->breaks},     {MSG_ANSWER_LAW, e->law},
    };

    return (struct tpl_rights_rights){
        .key = e->key,
        .foreign = page_foreign(e->lang, row->lang),
        .title = e->title,
        .verdict = verdict(item->facts->answer, row->lang),
        .answer = answer_body(a, site, lib, row, e, notes),
        .facts = answer_facts(a, site, row, item, rows, COUNT(rows), S("/rights/")),
    };
}

struct span rights_render(struct arena *a, const struct site *site, const struct prose_library *lib,
                          const struct page_row *row)
{
    struct answer_items items = answers_of(a, site->campaign, ENTRY_RIGHT, row->lang);
    struct tpl_rights_rights *rights = ARENA_ARRAY(a, struct tpl_rights_rights, items.list.count);
    struct tpl_rights v = {.rights = rights, .rights_count = items.list.count, .none = items.list.count == 0};
    struct notes notes = {0};
    struct frame frame = {
        .site = site,
        .row = row,
        .title = msg_plain(row->lang, MSG_NAV_RIGHTS),
        .description = msg_plain(row->lang, MSG_RIGHTS_INTRO),
        .nav = FRAME_NAV_RIGHTS,
    };
    struct buf *out = frame_buf(a);

    fill_table(a, &items, row->lang, &v);
    for (size_t i = 0; i < items.list.count; i++)
        rights[i] = right(a, site, lib, row, &items.list.items[i], &notes);
    v.notes = notes_render(a, &notes, site, row);
    tpl_rights(out, row->lang, &v);
    frame.body = markup_of(out);
    return frame_render(a, &frame);
}
