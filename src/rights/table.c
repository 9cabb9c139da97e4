/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Rights as a table: a group for each activity, a line for each place and time, the answers in a word. Rights with the
 * same words share a line.
 */
#include "rights/rights_impl.h"

/* A group by activity, its lines by place and time. */
struct line {
    const struct finder_right *first;
    LIST(struct tpl_rights_table_groups_lines_answers) answers;
};
struct group {
    const struct finder_right *first;
    LIST(struct line) lines;
};
struct groups {
    LIST(struct group) list;
};

static struct group *group_of(struct arena *a, struct groups *groups, const struct finder_right *right)
{
    struct group *group;

    for (size_t i = 0; i < groups->list.count; i++) {
        if (span_eq(groups->list.items[i].first->words->activity, right->words->activity))
            return &groups->list.items[i];
    }
    group = LIST_ADD(a, &groups->list);
    group->first = right;
    return group;
}

static struct line *line_of(struct arena *a, struct group *group, const struct finder_right *right)
{
    const struct entry *e = right->words;
    struct line *line;

    for (size_t i = 0; i < group->lines.count; i++) {
        line = &group->lines.items[i];
        if (span_eq(line->first->words->place, e->place) && span_eq(line->first->words->time, e->time))
            return line;
    }
    line = LIST_ADD(a, &group->lines);
    line->first = right;
    return line;
}

static struct tpl_rights_table_groups table_group(struct arena *a, const struct group *group, enum lang lang)
{
    struct tpl_rights_table_groups_lines *lines =
        ARENA_ARRAY(a, struct tpl_rights_table_groups_lines, group->lines.count);

    for (size_t i = 0; i < group->lines.count; i++) {
        const struct line *line = &group->lines.items[i];
        const struct entry *e = line->first->words;

        lines[i] = (struct tpl_rights_table_groups_lines){
            .foreign = page_foreign(e->lang, lang),
            .place = e->place,
            .time = e->time,
            .answers = line->answers.items,
            .answers_count = line->answers.count,
        };
    }
    return (struct tpl_rights_table_groups){
        .foreign = page_foreign(group->first->words->lang, lang),
        .activity = group->first->words->activity,
        .lines = lines,
        .lines_count = group->lines.count,
    };
}

struct markup rights_table(struct arena *a, const struct site *site, const struct finder *f,
                           const struct finder_rights *rights, struct span caption, bool leads_to_answers)
{
    struct tpl_rights_table v = {.caption = caption};
    struct tpl_rights_table_groups *shown;
    struct groups groups = {0};
    struct buf *out = frame_buf(a);

    for (size_t i = 0; i < rights->list.count; i++) {
        const struct finder_right *right = &rights->list.items[i];
        struct finder_question q = finder_question_of(f, right);
        struct span link = leads_to_answers ? finder_path(a, site, f->lang, &q)
                                            : arena_join(a, (struct span[]){S("#"), right->facts->key}, 2);

        if (right->facts->superseded.n)
            continue;
        *LIST_ADD(a, &line_of(a, group_of(a, &groups, right), right)->answers) =
            (struct tpl_rights_table_groups_lines_answers){
                .link = url_path(link),
                .verdict = rights_verdict(right->facts->answer, f->lang),
                .foreign = page_foreign(right->words->lang, f->lang),
                .title = right->words->title,
            };
    }
    if (groups.list.count == 0)
        return (struct markup){0};
    shown = ARENA_ARRAY(a, struct tpl_rights_table_groups, groups.list.count);
    for (size_t i = 0; i < groups.list.count; i++)
        shown[i] = table_group(a, &groups.list.items[i], f->lang);
    v.groups = shown;
    v.groups_count = groups.list.count;
    tpl_rights_table(out, f->lang, &v);
    return markup_of(out);
}
